"""Dead letters: what an operator sees, and how a named person settles them, oldest first."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import ContractBroken, LogUnavailable, NotFound, StoreUnavailable, UnknownTopic
from services.eventlog.interface import TopicPartition
from services.runner.checks import dead_letters_probe
from services.runner.dead_letter_gauge import DeadLetterGauge
from services.runner.dead_letters import DeadLetter, DeadLetters

GROUP = "anonymiser"
PLANTED = "she told Marta by the lock"


class Bundles:
    """A handler of bundles, each the names of its contributions."""

    def __init__(self):
        self.handled = []
        self.rejected = []
        self.trouble = None
        self.records = []

    async def handle(self, records):
        if self.trouble:
            raise self.trouble
        for record in records:
            self.records.append(record)
            self.handled += record.value.decode().split()
        return []

    async def reject(self, record, contribution):
        names = record.value.decode().split()
        if contribution is None:
            self.rejected += names
            return []
        if contribution not in names:
            raise NotFound("No such contribution.")
        self.rejected.append(contribution)
        self.handled += [name for name in names if name != contribution]
        return []


@pytest.fixture
def letters(log, scribe):
    return DeadLetters(GROUP, [scribe.words], log)


@pytest.fixture
def handler():
    return Bundles()


async def settled(log, scribe):
    """Return how many dead letters were settled."""
    place = TopicPartition(f"{scribe.words}.dlq.{GROUP}", 0)
    return (await log.cursors(f"{GROUP}.dead-letters", [place.topic]))[place]


async def test_a_list_shows_place_subject_reason_and_day_and_no_content(log, letters, scribe):
    record = scribe.record(PLANTED.encode(), "session-1", time="2025-02-01T00:00:00Z")
    await scribe.park(log, scribe.words, GROUP, record, dlqreason="SealBroken")
    (letter,) = await letters.listed()
    assert letter == DeadLetter(scribe.words, 0, "session-1", "SealBroken", "2025-02-01T00:00:00Z")
    assert PLANTED not in repr(letter)


async def test_lists_are_oldest_first_and_long_ones_are_whole(log, letters, scribe):
    for number in range(450):
        await scribe.park(log, scribe.words, GROUP, scribe.record(b"%d" % number))
    assert [letter.offset for letter in await letters.listed()] == list(range(450))
    assert [record.value for record in await letters.open_records(scribe.words)] == [b"%d" % n for n in range(450)]


async def test_where_nothing_is_open_there_is_nothing_to_list_or_replay(letters, handler, scribe):
    assert await letters.listed() == []
    assert await letters.replay(scribe.words, handler) == 0


async def test_a_replay_takes_the_oldest_and_moves_the_cursor_by_one(log, letters, handler, scribe):
    for name in (b"a", b"b", b"c"):
        await scribe.park(log, scribe.words, GROUP, scribe.record(name))
    assert await letters.replay(scribe.words, handler) == 1
    assert handler.handled == ["a"]
    assert await settled(log, scribe) == 1
    assert [letter.offset for letter in await letters.listed()] == [1, 2]


async def test_the_handler_gets_the_record_as_it_was(log, letters, handler, scribe):
    record = scribe.record(b"a", "session-9", extensions={"epoch": "e"})
    await scribe.park(log, scribe.words, GROUP, record)
    await letters.replay(scribe.words, handler)
    (restored,) = handler.records
    assert restored.topic == scribe.words
    assert (restored.key, restored.value, restored.attributes) == (record.key, record.value, record.attributes)


async def test_a_replay_stops_at_its_limit_or_when_nothing_is_left(log, letters, handler, scribe):
    for name in (b"a", b"b", b"c"):
        await scribe.park(log, scribe.words, GROUP, scribe.record(name))
    assert await letters.replay(scribe.words, handler, limit=2) == 2
    assert await letters.replay(scribe.words, handler, limit=9) == 1
    assert handler.handled == ["a", "b", "c"]


async def test_a_replay_appends_nothing_of_its_own(log, letters, handler, scribe):
    await scribe.park(log, scribe.words, GROUP, scribe.record(b"a"))
    before = len(log.appended)
    await letters.replay(scribe.words, handler)
    assert len(log.appended) == before


async def test_a_replay_that_fails_again_leaves_the_letter_open(log, letters, handler, scribe):
    await scribe.park(log, scribe.words, GROUP, scribe.record(b"a"))
    for trouble in (ContractBroken("broken"), StoreUnavailable("later")):
        handler.trouble = trouble
        with pytest.raises(type(trouble)):
            await letters.replay(scribe.words, handler)
        assert await settled(log, scribe) == 0
    handler.trouble = None
    assert await letters.replay(scribe.words, handler) == 1


async def test_rejecting_settles_the_oldest_and_the_log_names_who_did_it(log, letters, handler, scribe, lines):
    for name in (b"a", b"b"):
        await scribe.park(log, scribe.words, GROUP, scribe.record(name))
    await letters.reject(scribe.words, handler, by="a.person")
    assert handler.rejected == ["a"]
    assert [letter.offset for letter in await letters.listed()] == [1]
    (line,) = lines.named("a dead letter was rejected")
    assert (line["by"], line["topic"]) == ("a.person", scribe.words)


async def test_rejecting_one_contribution_of_a_bundle_handles_the_rest(log, letters, handler, scribe, lines):
    await scribe.park(log, scribe.words, GROUP, scribe.record(b"c-1 c-2 c-3"))
    await letters.reject(scribe.words, handler, by="a.person", contribution="c-2")
    assert (handler.rejected, handler.handled) == (["c-2"], ["c-1", "c-3"])
    assert await letters.listed() == []


async def test_a_contribution_that_is_not_in_the_letter_changes_nothing(log, letters, handler, scribe, lines):
    await scribe.park(log, scribe.words, GROUP, scribe.record(b"c-1"))
    with pytest.raises(NotFound):
        await letters.reject(scribe.words, handler, by="a.person", contribution="c-9")
    assert len(await letters.listed()) == 1
    assert lines.named("a dead letter was rejected") == []


async def test_rejecting_where_nothing_is_open_is_an_error(letters, handler, scribe, lines):
    with pytest.raises(NotFound):
        await letters.reject(scribe.words, handler, by="a.person")
    assert lines.text == ""


async def test_topics_that_are_never_parked_or_not_read_have_no_dead_letters(log, handler, scribe):
    letters = DeadLetters("anonymiser.consent", [scribe.consent], log)
    assert await letters.listed() == []
    for topic in (scribe.consent, scribe.words):
        with pytest.raises(UnknownTopic):
            await letters.open_records(topic)
        with pytest.raises(UnknownTopic):
            await letters.replay(topic, handler)


async def test_settled_ends_say_up_to_where_the_dead_letters_may_be_erased(log, letters, handler, scribe):
    for name in (b"a", b"b"):
        await scribe.park(log, scribe.words, GROUP, scribe.record(name))
    assert await letters.settled_ends() == {}
    await letters.replay(scribe.words, handler)
    assert await letters.settled_ends() == {TopicPartition(f"{scribe.words}.dlq.{GROUP}", 0): 1}
    assert await DeadLetters("anonymiser.consent", [], log).settled_ends() == {}


def contributors(record):
    if record.value == b"unreadable":
        raise ContractBroken("broken")
    return frozenset(record.value.decode().split())


async def test_an_open_letter_holds_whoever_it_is_about_until_it_is_settled(log, letters, handler, scribe):
    await scribe.park(log, scribe.words, GROUP, scribe.record(b"contributor-1 contributor-2"))
    assert await letters.holds("contributor-2", contributors)
    assert not await letters.holds("contributor-3", contributors)
    await letters.replay(scribe.words, handler)
    assert not await letters.holds("contributor-2", contributors)


async def test_a_letter_that_cannot_be_read_holds_everybody(log, letters, scribe):
    await scribe.park(log, scribe.words, GROUP, scribe.record(b"contributor-1"))
    await scribe.park(log, scribe.words, GROUP, scribe.record(b"unreadable"))
    assert await letters.holds("contributor-1", contributors)
    assert await letters.holds("somebody-else", contributors)


async def test_who_is_in_a_letter_is_asked_of_the_record_as_it_was(log, letters, scribe):
    await scribe.park(log, scribe.words, GROUP, scribe.record(b"contributor-1"))
    seen = []
    await letters.holds("x", lambda record: seen.append(record) or frozenset())
    assert [(record.topic, dict(record.attributes.extensions)) for record in seen] == [(scribe.words, {})]


@given(day=st.dates(datetime.date(2000, 1, 1), datetime.date(2090, 1, 1)), age=st.integers(0, 3000))
def test_age_is_counted_in_whole_days_from_the_day_of_the_event(day, age):
    today = day + datetime.timedelta(days=age)
    assert DeadLetter("t", 0, "s", "r", f"{day.isoformat()}T00:00:00Z").age_days(today) == age
    assert DeadLetter("t", 0, "s", "r", day.isoformat()).age_days(today) == age


def test_a_month_is_as_old_as_its_first_day_and_no_time_is_no_age():
    assert DeadLetter("t", 0, "s", "r", "2025-02").age_days(datetime.date(2025, 3, 1)) == 28
    assert DeadLetter("t", 0, "s", "r", None).age_days(datetime.date(2025, 3, 1)) == 0


async def test_readiness_turns_red_when_the_oldest_letter_is_older_than_a_week(log, letters, scribe, clock):
    await scribe.park(log, scribe.words, GROUP, scribe.record(b"a", time="2025-03-03T00:00:00Z"))
    probe = dead_letters_probe(letters, clock)
    await probe.ask()
    clock.move_to("2025-03-11")
    with pytest.raises(Exception, match="too old"):
        await probe.ask()


@pytest.fixture
def gauge(letters, metrics, clock):
    return DeadLetterGauge(letters, metrics, clock)


def measured(metrics, scribe):
    return (
        metrics.dead_letters.labels(scribe.words, GROUP)._value.get(),
        metrics.dead_letter_age.labels(GROUP)._value.get(),
    )


async def test_how_many_are_open_and_how_old_the_oldest_is_can_be_measured(
    *, log, letters, handler, scribe, metrics, clock, gauge
):
    clock.move_to("2025-03-11")
    await gauge.measure()
    assert measured(metrics, scribe) == (0, 0)
    for value in (b"one", b"two"):
        await scribe.park(log, scribe.words, GROUP, scribe.record(value))
    await gauge.measure()
    assert measured(metrics, scribe) == (2, 10)
    await letters.replay(scribe.words, handler, limit=2)
    await gauge.measure()
    assert measured(metrics, scribe) == (0, 0)


async def test_a_letter_from_tomorrow_is_new(log, scribe, metrics, clock, gauge):
    clock.move_to("2025-02-01")
    await scribe.park(log, scribe.words, GROUP, scribe.record(b"one"))
    await gauge.measure()
    assert measured(metrics, scribe) == (1, 0)


async def test_while_the_log_is_away_the_last_figures_stand(
    *, letters, scribe, metrics, gauge, running, until, monkeypatch
):
    looks = []

    async def away():
        looks.append(1)
        raise LogUnavailable("away")

    metrics.dead_letters.labels(scribe.words, GROUP).set(3)
    monkeypatch.setattr(letters, "listed", away)
    async with running(gauge.run):
        await until(lambda: looks)
    assert measured(metrics, scribe)[0] == 3
