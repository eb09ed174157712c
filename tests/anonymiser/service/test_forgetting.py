"""The anonymiser's part in a withdrawal: it keeps no row, so it waits until nothing of hers can reach it any more."""

import msgspec
import pytest
from journey_world import said, session_of
from service_bench import as_record, confirmed, consent, submitted

from services.anonymiser.forgetting import Forgetting
from services.contracts import topic_of
from services.errors import NotYet
from services.eventlog.cloudevents import new_record
from services.eventlog.interface import NewRecord
from services.eventlog.topics import dead_letters_of
from services.events import ErasureConfirmed, SessionSubmitted

WORDS = topic_of(SessionSubmitted)


@pytest.fixture
def forgetting(bench):
    return Forgetting(log=bench.log, clock=bench.clock)


async def confirm(bench, contributor, service="intake"):
    event = confirmed(contributor, service)
    await bench.log.append([new_record(event, stage=service, source_service=service, revision=1, time=event.day)])


async def her(bench):
    """Submit something, and return who said it."""
    await bench.intake.door.submit(session_of(said("Hers.")))
    return (await submitted(bench))[-1].contributions[0].contributor


def refusal(contributor):
    return as_record(consent(contributor), 1)


async def answered(forgetting, *contributors):
    records = await forgetting.handle([refusal(each) for each in contributors])
    return [msgspec.json.decode(record.value, type=ErasureConfirmed) for record in records]


async def test_it_waits_for_the_service_before(bench, forgetting):
    with pytest.raises(NotYet):
        await answered(forgetting, "c1")
    await confirm(bench, "c2")
    await confirm(bench, "c1", "themer")
    with pytest.raises(NotYet):
        await answered(forgetting, "c1")
    await confirm(bench, "c1")
    (event,) = await answered(forgetting, "c1")
    assert (event.contributor, event.service, event.day) == ("c1", "anonymiser", "2025-01-15")


async def test_it_waits_until_the_words_from_before_were_handled_and_erases_them(bench, forgetting):
    contributor = await her(bench)
    await confirm(bench, contributor)
    with pytest.raises(NotYet, match="on their way"):
        await answered(forgetting, contributor)
    await bench.pass_everything("anonymiser", SessionSubmitted)
    assert len(await answered(forgetting, contributor)) == 1
    starts, heads = await bench.log.starts([WORDS]), await bench.log.heads([WORDS])
    assert starts == heads
    assert await bench.records(SessionSubmitted) == []


async def test_words_that_came_after_the_refusal_was_first_seen_are_not_waited_for(bench, forgetting):
    contributor = await her(bench)
    await confirm(bench, contributor)
    with pytest.raises(NotYet):
        await answered(forgetting, contributor)
    await bench.pass_everything("anonymiser", SessionSubmitted)
    await her(bench)  # somebody else's, on its way since
    assert len(await answered(forgetting, contributor)) == 1
    assert len(await bench.records(SessionSubmitted)) == 1


async def test_a_dead_letter_that_may_hold_her_words_keeps_it_waiting(bench, forgetting):
    contributor = await her(bench)
    await confirm(bench, contributor)
    await bench.pass_everything("anonymiser", SessionSubmitted)
    (record,) = await bench.records(SessionSubmitted)
    parked = dead_letters_of(WORDS, "anonymiser")
    await bench.log.append([NewRecord(parked, record.key, record.attributes, record.value, 0)])
    with pytest.raises(NotYet, match="dead letter"):
        await answered(forgetting, contributor)
    await confirm(bench, "somebody-else")
    assert len(await answered(forgetting, "somebody-else")) == 1


async def test_a_dead_letter_that_nobody_can_read_keeps_everybody_waiting(bench, forgetting):
    await her(bench)
    await confirm(bench, "c1")
    await bench.pass_everything("anonymiser", SessionSubmitted)
    (record,) = await bench.records(SessionSubmitted)
    await bench.log.append(
        [NewRecord(dead_letters_of(WORDS, "anonymiser"), record.key, record.attributes, b"not readable", 0)]
    )
    with pytest.raises(NotYet, match="dead letter"):
        await answered(forgetting, "c1")


async def test_narrowed_uses_and_tombstones_do_not_concern_it(bench, forgetting):
    narrowed = as_record(consent("c1", "count"), 1)
    assert await forgetting.handle([narrowed, msgspec.structs.replace(narrowed, value=None)]) == []


async def test_one_that_cannot_be_confirmed_yet_confirms_none_of_the_batch(bench, forgetting):
    await confirm(bench, "c1")
    with pytest.raises(NotYet):
        await answered(forgetting, "c1", "c2")
    await confirm(bench, "c2")
    assert [event.contributor for event in await answered(forgetting, "c1", "c2")] == ["c1", "c2"]


async def test_the_same_refusal_again_gives_the_same_event(bench, forgetting):
    await confirm(bench, "c1")
    one = await forgetting.handle([refusal("c1")])
    other = await Forgetting(log=bench.log, clock=bench.clock).handle([refusal("c1")])
    assert [each.attributes.id for each in one] == [each.attributes.id for each in other]
