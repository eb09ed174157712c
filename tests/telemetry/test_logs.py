"""Logs: a sentence that was planted anywhere never reaches the stream; what is on the list does."""

import io
import json
import logging

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from services.telemetry import logs
from services.telemetry.logs import ALLOWED_KEYS, logger, set_up_logs

PLANTED = "He waits outside the school on Oaktree Road, I told Marta."
WORDS = ("waits", "Oaktree", "Marta")


@pytest.fixture
def stream():
    root = logging.getLogger()
    before = (root.handlers, root.level)
    stream = io.StringIO()
    set_up_logs(stream)
    yield stream
    root.handlers, root.level = before
    structlog.reset_defaults()


def lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def only_line(stream):
    (line,) = lines(stream)
    return line


def assert_nothing_planted(stream):
    assert stream.getvalue() != ""
    assert [word for word in WORDS if word.casefold() in stream.getvalue().casefold()] == []


class PlantedError(Exception):
    """An error as a library would raise it, with a value in its text."""

    def __init__(self):
        super().__init__(PLANTED)


def fail():
    raise PlantedError


class Planting:
    def __str__(self):
        return PLANTED

    __repr__ = __str__


def test_a_plain_line_has_its_event_level_service_and_time(stream):
    logger("themer").info("a record was parked", count=3, topic="sv.contribution.themed.v1")
    line = only_line(stream)
    time = line.pop("time")
    assert line == {
        "event": "a record was parked",
        "level": "info",
        "service": "themer",
        "count": 3,
        "topic": "sv.contribution.themed.v1",
    }
    assert len(time) == len("2025-03-10T09:30:00Z")


@pytest.mark.parametrize("key", sorted(ALLOWED_KEYS - {"level", "error", "service"}))
@pytest.mark.parametrize("value", ["sv.consent.changed.v1", "", 7, 0.5, True, None])
def test_every_key_of_the_list_reaches_the_stream_with_a_plain_value(stream, key, value):
    logger("intake").info("serving", **{key: value})
    line = only_line(stream)
    assert line[key] == value
    assert type(line[key]) is type(value)


def test_a_sentence_as_the_event_is_not_named(stream):
    logger("intake").info(PLANTED)
    assert_nothing_planted(stream)
    assert only_line(stream)["event"] == "unnamed event"


@pytest.mark.parametrize(
    "event", [b"bytes", 3, None, Planting(), PLANTED.encode(), [PLANTED], "x" * 81, "", "two\nlines"]
)
def test_an_event_that_is_no_short_plain_text_is_not_named(stream, event):
    logger("intake").info(event)
    assert only_line(stream)["event"] == "unnamed event"
    assert "Oaktree" not in stream.getvalue()


def test_a_sentence_as_a_key_is_dropped(stream):
    logger("intake").info("serving", **{PLANTED: 1, PLANTED.replace(" ", "_"): 2, "Marta": 3})
    assert_nothing_planted(stream)


@pytest.mark.parametrize("key", sorted(ALLOWED_KEYS - {"level"}))
def test_a_sentence_under_a_key_of_the_list_is_dropped(stream, key):
    logger("intake").info("serving", **{key: PLANTED})
    assert_nothing_planted(stream)


@pytest.mark.parametrize(
    "value",
    [
        [PLANTED],
        {"reason": PLANTED},
        (PLANTED,),
        PLANTED.encode(),
        Planting(),
        frozenset({PLANTED}),
        f"a:{PLANTED}",
        "line\nMarta waits",
        "Marta waits",
        "Oaktree\n",
        "Märta,waits,Oaktree",
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_sentence_inside_a_value_is_dropped(stream, value):
    logger("intake").info("serving", reason=value)
    assert_nothing_planted(stream)
    assert "reason" not in only_line(stream)


def test_a_key_that_is_not_on_the_list_is_dropped_whatever_its_value(stream):
    logger("intake").info("serving", words="plain", text=1, contributor="c1")
    assert set(only_line(stream)) == {"event", "level", "service", "time"}


def test_what_was_bound_is_looked_at_too(stream):
    logger("intake").bind(words=PLANTED, reason=PLANTED, topic="sv.a.v1").info("serving")
    assert_nothing_planted(stream)
    assert only_line(stream)["topic"] == "sv.a.v1"


@pytest.mark.parametrize("name", ["exception", "error", "warning", "critical"])
def test_an_exception_is_named_by_its_class_alone(stream, name):
    log = logger("intake")
    try:
        fail()
    except PlantedError:
        getattr(log, name)("failed", exc_info=True)
    assert_nothing_planted(stream)
    assert only_line(stream)["error"] == "PlantedError"


def test_an_exception_given_as_a_value_is_named_by_its_class(stream):
    logger("intake").error("failed", error=PlantedError(), reason=PlantedError())
    assert_nothing_planted(stream)
    assert only_line(stream)["error"] == only_line(stream)["reason"] == "PlantedError"


def test_an_exception_given_as_exc_info_is_named_by_its_class(stream):
    logger("intake").error("failed", exc_info=PlantedError())
    assert_nothing_planted(stream)
    assert only_line(stream)["error"] == "PlantedError"


def test_a_chain_of_exceptions_leaves_only_the_class_of_the_last(stream):
    try:
        try:
            fail()
        except PlantedError as first:
            raise ValueError(PLANTED) from first
    except ValueError:
        logger("intake").exception(PLANTED)
    assert_nothing_planted(stream)
    assert only_line(stream)["error"] == "ValueError"


def test_a_library_that_speaks_leaves_its_name_and_level_only(stream):
    logging.getLogger("sqlalchemy.pool").error("cannot store %s", PLANTED)
    assert_nothing_planted(stream)
    line = only_line(stream)
    assert (line["event"], line["kind"], line["reason"]) == ("a library spoke", "sqlalchemy.pool", "ERROR")


@pytest.mark.parametrize("level", [logging.WARNING, logging.ERROR, logging.CRITICAL])
def test_a_library_that_logs_an_exception_leaves_its_class_only(stream, level):
    library = logging.getLogger("aiohttp.server")
    try:
        fail()
    except PlantedError:
        library.log(level, PLANTED, exc_info=True, extra={"words": PLANTED}, stack_info=True)
    assert_nothing_planted(stream)
    assert only_line(stream)["error"] == "PlantedError"


def test_a_library_whose_very_name_is_a_sentence_leaves_nothing_of_it(stream):
    logging.getLogger(PLANTED).error("x")
    assert_nothing_planted(stream)


def test_a_library_that_chats_is_not_heard(stream):
    for name in ("aiokafka", "sqlalchemy.engine", "asyncio", "aiohttp.access", "anything"):
        logging.getLogger(name).info(PLANTED)
    assert stream.getvalue() == ""


def test_the_level_is_kept(stream):
    set_up_logs(stream, level=logging.WARNING)
    logger("intake").info("serving")
    assert stream.getvalue() == ""
    logger("intake").warning("slow")
    assert only_line(stream)["level"] == "warning"


def test_each_line_is_one_line_of_json(stream):
    for number in range(5):
        logger("intake").info("serving", count=number)
    assert [line["count"] for line in lines(stream)] == list(range(5))


def test_no_key_of_the_list_could_carry_words():
    assert ALLOWED_KEYS.isdisjoint({"words", "text", "name", "message", "body", "value", "path", "url", "contributor"})


@settings(max_examples=200)
@given(
    sentence=st.text(min_size=1, max_size=200).filter(lambda text: not logs._PLAIN.match(text)),
    key=st.sampled_from(sorted(ALLOWED_KEYS - {"by"})),
)
def test_no_value_that_is_not_one_plain_word_passes(sentence, key):
    kept = logs._allow_listed(None, "info", {"event": "serving", key: sentence, sentence: key})
    assert kept == {"event": "serving"}


@given(value=st.recursive(st.text() | st.binary(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_nothing_but_words_numbers_and_classes_passes(value):
    kept = logs._allow_listed(None, "info", {"event": value, "reason": value, "error": ValueError(value)})
    assert kept["error"] == "ValueError"
    assert all(isinstance(part, str) and len(part) <= 120 for part in kept.values())


@pytest.mark.parametrize("name", ["A. Officer", "Zoë O’Neill-Adeyemi", "B"])
def test_the_name_of_whoever_decided_is_kept(stream, name):
    logger("themer").warning("a dead letter was rejected", by=name)
    assert only_line(stream)["by"] == name


@pytest.mark.parametrize("name", ["<script>", "a\nb", "1", "x" * 81])
def test_what_is_no_name_is_not_kept_as_one(stream, name):
    logger("themer").warning("a dead letter was rejected", by=name)
    assert "by" not in only_line(stream)


def test_a_logger_that_was_made_before_the_set_up_cannot_escape_it(stream):
    early = logger("intake").bind(group="intake")
    set_up_logs(stream)
    early.error("a record was parked", error=PlantedError())
    assert_nothing_planted(stream)
