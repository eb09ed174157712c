"""Which of a broker's answers pass by themselves, so that a question is asked again."""

import pytest
from aiokafka import errors

from services.eventlog.kafka_questions import _passes


@pytest.mark.parametrize(
    "error", [errors.NotLeaderForPartitionError, errors.KafkaConnectionError, errors.LeaderNotAvailableError]
)
def test_what_a_restart_brings_passes(error):
    assert _passes(error())


def test_a_cleaner_that_was_quicker_than_a_reader_passes():
    assert _passes(errors.UnknownError())


@pytest.mark.parametrize(
    "error",
    [errors.UnknownTopicOrPartitionError, errors.TopicAuthorizationFailedError, errors.MessageSizeTooLargeError],
)
def test_what_somebody_must_mend_does_not_pass(error):
    assert not _passes(error())
