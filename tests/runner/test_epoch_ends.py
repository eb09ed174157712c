"""The end of an epoch: its key goes when its time, the markers and the dead letters allow it, and not before."""

import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts import decode, topic_of
from services.errors import DestroyedEpochKey
from services.eventlog.cloudevents import marker_record, payload_of
from services.eventlog.interface import Record
from services.events import ContributionPseudonymised, EpochClosed, StatementPseudonymised
from services.runner.epoch_ends import EpochCloser, EpochEnd
from services.runner.worker import Pace, Worker
from services.sealing.epochs import EpochKeys

KEY = "anonymiser-words-2025-02"
NEXT = "anonymiser-words-2025-03"
PARTITIONS = range(4)


class Owner:
    """The anonymiser with a key of February, and its group's worker."""

    def __init__(self, folder, log, clock, scribe):
        self.log, self.clock, self.scribe, self.folder = log, clock, scribe, folder
        self.keys = EpochKeys(folder, "anonymiser", "words")
        self.keys.ensure(datetime.date(2025, 2, 1))
        self.end = self.made()

    def made(self):
        """Return the owner's part as a process that starts now has it."""
        return EpochEnd(
            service="anonymiser",
            topic=self.scribe.words,
            keys=self.keys,
            folder=self.folder,
            log=self.log,
            clock=self.clock,
        )

    async def mark(self, partitions=PARTITIONS, key=KEY):
        await self.log.append([self.scribe.marker(key, partition) for partition in partitions])

    async def read(self, saw=None):
        """Let the group's worker read everything."""
        subscription = await self.log.subscribe("anonymiser", [self.scribe.words])
        while (batch := await subscription.poll(max_records=100, timeout=0)).ends:
            for record in batch.records:
                if record.is_marker:
                    (saw or self.end.saw)(record)
            await subscription.commit(batch)
        await subscription.close()

    def destroyed(self):
        return [epoch.key for epoch in self.keys.listed() if epoch.destroyed]


@pytest.fixture
def owner(tmp_path, log, clock, scribe):
    return Owner(tmp_path / "keys", log, clock, scribe)


async def test_a_key_goes_when_its_day_has_passed_and_every_partition_is_marked_and_read(owner, lines):
    await owner.mark()
    await owner.read()
    assert await owner.end.sweep() == [KEY]
    with pytest.raises(DestroyedEpochKey):
        owner.keys.private_key(KEY)
    (line,) = lines.named("an epoch key was destroyed")
    assert line["key"] == KEY


async def test_a_destroyed_key_is_not_destroyed_again_and_leaves_no_notes(owner):
    await owner.mark()
    await owner.read()
    await owner.end.sweep()
    assert await owner.end.sweep() == []
    assert list(owner.folder.glob("*.markers")) == []


@pytest.mark.parametrize(("day", "goes"), [("2025-02-28", False), ("2025-03-01", False), ("2025-03-02", True)])
async def test_its_last_day_and_a_day_of_grace_must_have_passed(owner, clock, day, goes):
    await owner.mark()
    await owner.read()
    clock.move_to(day)
    assert await owner.end.sweep() == ([KEY] if goes else [])


@pytest.mark.parametrize("missing", PARTITIONS)
async def test_a_partition_without_a_marker_keeps_the_key(owner, missing):
    await owner.mark([number for number in PARTITIONS if number != missing])
    await owner.read()
    assert await owner.end.sweep() == []
    await owner.mark([missing])
    await owner.read()
    assert await owner.end.sweep() == [KEY]


async def test_a_marker_that_was_seen_but_not_committed_keeps_the_key(owner, log, scribe):
    await owner.mark()
    for partition in PARTITIONS:
        value = b'{"key": "%s", "sealer": "intake"}' % KEY.encode()
        marker = scribe.marker(KEY, partition)
        owner.end.saw(Record(scribe.words, partition, 0, KEY, marker.attributes, value))
    assert await owner.end.sweep() == []


async def test_a_marker_of_another_key_or_kind_or_topic_counts_for_nothing(owner, scribe, log):
    await owner.mark(key=NEXT)
    swept = {"type": "org.survivorvoice.log.swept.v1"}
    await log.append([scribe.record(b'{"sweep": "s"}', "s", partition=number, **swept) for number in PARTITIONS])
    await owner.read()
    for partition in PARTITIONS:
        marker = scribe.marker(KEY, partition)
        owner.end.saw(Record(scribe.output, partition, 9, KEY, marker.attributes, marker.value))
    assert await owner.end.sweep() == []


async def test_a_repeated_marker_counts_where_it_lies_last(owner, log):
    await owner.mark()
    await owner.read()
    await owner.mark([2])
    seen = await log.read(next(place for place in await log.heads([owner.scribe.words]) if place.partition == 2), 1, 9)
    owner.end.saw(seen[0])
    assert await owner.end.sweep() == []
    await owner.read()
    assert await owner.end.sweep() == [KEY]


async def test_an_open_dead_letter_of_the_topic_keeps_the_key(owner, log, scribe):
    await owner.mark()
    await owner.read()
    place = await scribe.park(log, scribe.words, "anonymiser", scribe.record(b"sealed"))
    assert await owner.end.sweep() == []
    letters = await log.subscribe("anonymiser.dead-letters", [place.topic])
    await letters.commit(await letters.poll(max_records=1, timeout=0))
    await letters.close()
    assert await owner.end.sweep() == [KEY]


async def test_markers_are_remembered_by_a_process_that_starts_later(owner):
    await owner.mark()
    await owner.read()
    assert await owner.made().sweep() == [KEY]


async def test_two_instances_that_met_markers_of_different_partitions_know_them_all(owner):
    await owner.mark()
    instances = (owner.made(), owner.made())
    await owner.read(lambda record: instances[record.partition % 2].saw(record))
    assert await instances[0].sweep() == [KEY]


async def test_a_worker_notes_markers_by_itself(*, owner, log, scribe, metrics, running, until):
    class Nothing:
        async def handle(self, records):
            return ()

    worker = Worker(
        group="anonymiser",
        topics=[scribe.words],
        handler=Nothing(),
        log=log,
        metrics=metrics,
        pace=Pace(wait=0.01),
        saw_marker=owner.end.saw,
    )
    await log.append([scribe.record(b"one", scribe.key_in(1))])
    await owner.mark()
    async with running(worker.run):
        await until(lambda: scribe.all_read(log, "anonymiser", scribe.words))
    assert await owner.end.sweep() == [KEY]


async def test_where_two_topics_carry_what_was_sealed_both_must_be_marked_and_read(tmp_path, log, clock):
    topics = (topic_of(ContributionPseudonymised), topic_of(StatementPseudonymised))
    key = "themer-pseudonymised-2025-02"
    keys = EpochKeys(tmp_path / "keys", "themer", "pseudonymised")
    keys.ensure(datetime.date(2025, 2, 1))
    end = EpochEnd(
        service="themer",
        topic=topics[0],
        keys=keys,
        folder=tmp_path / "keys",
        log=log,
        clock=clock,
        also=topics[1:],
    )
    for topic, destroyed in zip(topics, ([], [key]), strict=True):
        marker = EpochClosed(key=key, sealer="anonymiser")
        await log.append([marker_record(marker, topic, place, source_service="anonymiser") for place in PARTITIONS])
        subscription = await log.subscribe("themer", [topic])
        while (batch := await subscription.poll(max_records=100, timeout=0)).ends:
            for record in batch.records:
                end.saw(record)
            assert await end.sweep() == [], "seen, and not passed yet"
            await subscription.commit(batch)
        await subscription.close()
        assert await end.sweep() == destroyed


async def test_the_key_in_use_stays_whatever_markers_say(owner):
    owner.keys.ensure(datetime.date(2025, 3, 10))
    await owner.mark()
    await owner.mark(key=NEXT)
    await owner.read()
    assert await owner.end.sweep() == [KEY]
    assert owner.keys.private_key(NEXT)


@pytest.mark.parametrize(("day", "late"), [("2025-03-07", []), ("2025-03-08", [KEY])])
def test_a_key_is_overdue_when_a_week_has_passed_since_its_last_day(owner, clock, day, late):
    clock.move_to(day)
    assert owner.end.overdue() == late


async def test_a_destroyed_key_is_never_overdue(owner, clock):
    await owner.mark()
    await owner.read()
    await owner.end.sweep()
    clock.move_to("2026-01-01")
    assert owner.end.overdue() == []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    marked=st.sets(st.sampled_from(list(PARTITIONS))),
    read=st.booleans(),
    parked=st.booleans(),
    past=st.integers(-3, 5),
)
async def test_a_key_goes_exactly_when_all_conditions_hold(*, tmp_path, log, clock, scribe, marked, read, parked, past):
    fresh = type(log)()
    owner = Owner(tmp_path / f"keys-{len(list(tmp_path.iterdir()))}", fresh, clock, scribe)
    await owner.mark(sorted(marked))
    if read:
        await owner.read()
    if parked:
        await scribe.park(fresh, scribe.words, "anonymiser", scribe.record(b"sealed"))
    clock.day = datetime.date(2025, 2, 28) + datetime.timedelta(days=past)
    goes = len(marked) == 4 and read and not parked and past > 1
    assert await owner.end.sweep() == ([KEY] if goes else [])
    assert owner.destroyed() == ([KEY] if goes else [])
    await fresh.close()


class Announced:
    """Public keys as a sealer knows them."""

    def __init__(self, *keys):
        self.keys = keys
        self.asked = []

    async def closed_before(self, service, purpose, day):
        self.asked.append((service, purpose, day))
        return list(self.keys)


def closer(scribe, keys):
    return EpochCloser(sealer="intake", owner="anonymiser", purpose="words", topic=scribe.words, keys=keys)


async def test_a_sealer_marks_every_partition_for_each_ended_epoch_once(scribe):
    made = await closer(scribe, Announced("k-1", "k-2")).markers(datetime.date(2025, 3, 10), ["k-1"])
    ((key, records),) = made
    assert key == "k-2"
    assert [record.partition for record in records] == list(PARTITIONS)
    assert {decode(EpochClosed, record.value) for record in records} == {EpochClosed(key="k-2", sealer="intake")}
    assert payload_of(records[0]) == EpochClosed(key="k-2", sealer="intake")


async def test_a_sealer_waits_a_day_longer_so_that_every_instance_has_moved_on(scribe):
    keys = Announced()
    assert await closer(scribe, keys).markers(datetime.date(2025, 3, 10), []) == []
    assert keys.asked == [("anonymiser", "words", datetime.date(2025, 3, 9))]


async def test_markers_made_again_have_the_same_ids(scribe):
    first = await closer(scribe, Announced("k-1")).markers(datetime.date(2025, 3, 10), [])
    assert await closer(scribe, Announced("k-1")).markers(datetime.date(2025, 3, 20), []) == first
    assert len({record.attributes.id for record in first[0][1]}) == 4


async def test_a_sealer_marks_every_topic_that_carries_what_it_seals(scribe):
    both = EpochCloser(
        sealer="intake",
        owner="anonymiser",
        purpose="words",
        topic=scribe.words,
        keys=Announced(KEY),
        also=(topic_of(StatementPseudonymised),),
    )
    ((key, markers),) = await both.markers(datetime.date(2025, 3, 5), set())
    assert key == KEY
    assert [(marker.topic, marker.partition) for marker in markers] == [
        (topic, partition) for topic in (scribe.words, topic_of(StatementPseudonymised)) for partition in PARTITIONS
    ]
