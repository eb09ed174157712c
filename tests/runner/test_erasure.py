"""Erasing a contributor: two passes, in the order of the hops, and never before everything of hers has passed."""

from dataclasses import replace

import msgspec
import pytest
import sqlalchemy as sa

from services.contracts import decode, encode
from services.errors import ContractBroken, LogUnavailable, StillOnDisk, StoreUnavailable
from services.eventlog.interface import TopicPartition
from services.eventlog.memory import MemoryLog
from services.events import ConsentChanged, ErasureConfirmed
from services.runner.confirming import HOPS, confirmation
from services.runner.consent import ConsentHeard, consents_table
from services.runner.erasure import Erasure, ErasureParts, heard_table, refusals_table
from services.runner.outbox import Outbox, outbox_table

HERS, OTHER = "contributor-1", "contributor-2"


def said_table(metadata):
    """Declare a service's own table: what contributors said."""
    return sa.Table("said", metadata, sa.Column("contributor", sa.Text), sa.Column("text", sa.Text))


class Stage:
    """One stateful service, the themer unless told, with a real database and a log in memory."""

    def __init__(self, store, log, clock, scribe, service="themer"):
        self.database, self.refusals, heard, outbox, self.consents, self.said = store
        self.log = log
        self.scribe = scribe
        self.steps = []
        self.topics = (scribe.output,)
        self.outbox = Outbox(outbox, self.database, log)
        self.parts = ErasureParts(
            service=service,
            refusals=self.refusals,
            heard=heard,
            database=self.database,
            outbox=self.outbox,
            log=log,
            clock=clock,
            group=service,
            topics=self.topics,
            delete=self.delete,
            finish=self.finish,
            contributors_of=lambda record: frozenset(record.value.decode().split()),
        )
        self.erasure = Erasure(self.parts)
        self.heard = ConsentHeard(self.erasure, self.consents)

    async def delete(self, transaction, contributors):
        self.steps.append(f"delete {' '.join(contributors)}")
        await transaction.execute(self.said.delete().where(self.said.c.contributor.in_(contributors)))
        return [self.scribe.record(b"withdrawn", each, self.scribe.output) for each in contributors]

    async def finish(self):
        self.steps.append("finish")

    async def say(self, contributor, text="words"):
        async with self.database.begin() as transaction:
            await transaction.execute(self.said.insert().values(contributor=contributor, text=text))

    async def kept(self):
        async with self.database.read() as view:
            return sorted((await view.execute(sa.select(self.said.c.contributor))).scalars())

    async def refuse(self, *contributors):
        async with self.database.begin() as transaction:
            await self.outbox.put(transaction, await self.erasure.refuse(transaction, contributors))

    async def hear(self, service, *contributors):
        async with self.database.begin() as transaction:
            await self.erasure.hear(
                transaction,
                [
                    ErasureConfirmed(contributor=each, service=service, revision=1, day="2025-03-10")
                    for each in contributors
                ],
            )

    async def consent(self, *changes):
        """Hear changes of consent, each (contributor, revision, uses)."""
        records = [
            self.scribe.record(
                encode(ConsentChanged(contributor=who, revision=revision, uses=uses, day="2025-03-10")),
                who,
                self.scribe.consent,
            )
            for who, revision, uses in changes
        ]
        async with self.database.begin() as transaction:
            await self.outbox.put(transaction, await self.heard.apply_consent(transaction, records))

    async def uses(self):
        async with self.database.read() as view:
            return {row.contributor: (row.revision, row.uses) for row in await view.execute(self.consents.select())}

    async def row(self, contributor=HERS):
        async with self.database.read() as view:
            query = self.refusals.select().where(self.refusals.c.contributor == contributor)
            return (await view.execute(query)).one_or_none()

    async def confirmations(self):
        await self.outbox.flush()
        found = await self.scribe.values(self.log, self.scribe.confirmed)
        return [decode(ErasureConfirmed, value) for value in found]

    async def read_all(self):
        """Let the group read everything, as its worker would."""
        subscription = await self.log.subscribe(self.parts.group, self.topics)
        while (batch := await subscription.poll(max_records=100, timeout=0)).ends:
            await subscription.commit(batch)
        await subscription.close()


@pytest.fixture
def make_stage(open_database, log, clock, scribe):
    async def make(service="themer"):
        store = await open_database(refusals_table, heard_table, outbox_table, consents_table, said_table)
        return Stage(store, log, clock, scribe, service)

    return make


@pytest.fixture
async def stage(make_stage):
    return await make_stage()


# --- pass one ---


async def test_a_refusal_deletes_at_once_and_keeps_a_row(stage):
    await stage.say(HERS)
    await stage.say(OTHER)
    await stage.refuse(HERS)
    assert await stage.kept() == [OTHER]
    row = await stage.row()
    assert (row.refused_on, row.heads, row.confirmed_on) == ("2025-03-10", None, None)
    assert await stage.erasure.pending() == 1


async def test_somebody_never_seen_can_refuse(stage):
    await stage.refuse("contributor-9")
    async with stage.database.read() as view:
        assert await stage.erasure.refused(view, ["contributor-9", OTHER]) == {"contributor-9"}


async def test_refusing_again_changes_nothing(stage, clock):
    await stage.refuse(HERS)
    before = await stage.row()
    clock.move_to("2025-03-20")
    await stage.refuse(HERS, HERS)
    assert await stage.row() == before
    assert stage.steps == [f"delete {HERS}"]


async def test_a_refusal_and_its_delete_are_undone_together(stage):
    await stage.say(HERS)

    async def fail():
        async with stage.database.begin() as transaction:
            await stage.erasure.refuse(transaction, [HERS])
            raise StoreUnavailable("killed here")

    with pytest.raises(StoreUnavailable):
        await fail()
    assert await stage.kept() == [HERS]
    assert await stage.row() is None


# --- the order of the hops ---


async def test_only_the_first_hop_waits_for_nobody(make_stage):
    stage = await make_stage("intake")
    await stage.refuse(HERS)
    assert (await stage.row()).hop_before


@pytest.mark.parametrize("hop", range(1, len(HOPS)))
async def test_each_hop_waits_for_the_one_before_and_for_no_other(make_stage, hop):
    stage = await make_stage(HOPS[hop])
    await stage.refuse(HERS)
    await stage.outbox.flush()
    for service in HOPS:
        if service != HOPS[hop - 1]:
            await stage.hear(service, HERS)
    assert not (await stage.row()).hop_before
    assert await stage.erasure.sweep() == 0
    assert (await stage.row()).heads is None
    await stage.hear(HOPS[hop - 1], OTHER)
    assert not (await stage.row()).hop_before
    await stage.hear(HOPS[hop - 1], HERS)
    assert (await stage.row()).hop_before


async def test_a_confirmation_that_comes_before_the_refusal_counts(stage):
    await stage.hear("anonymiser", HERS)
    await stage.refuse(HERS)
    await stage.outbox.flush()
    await stage.read_all()
    assert await stage.erasure.sweep() == 1


async def test_confirmations_are_heard_from_records(stage, clock):
    await stage.refuse(HERS)
    record = confirmation("anonymiser", HERS, clock.today())
    async with stage.database.begin() as transaction:
        assert await stage.heard.apply_confirmations(transaction, [record]) == ()
    assert (await stage.row()).hop_before


# --- pass two ---


async def ready(stage, *contributors):
    """Refuse, let the outbox run, hear the hop before, read all there is."""
    await stage.refuse(*contributors)
    await stage.outbox.flush()
    await stage.hear("anonymiser", *contributors)
    await stage.read_all()


async def test_when_all_has_passed_it_is_deleted_again_and_confirmed(stage, clock):
    await ready(stage, HERS)
    await stage.say(HERS, "words that came late")
    clock.move_to("2025-03-12")
    assert await stage.erasure.sweep() == 1
    assert await stage.kept() == []
    assert stage.steps == [f"delete {HERS}", f"delete {HERS}", "finish"]
    assert await stage.confirmations() == [
        ErasureConfirmed(contributor=HERS, service="themer", revision=1, day="2025-03-12")
    ]
    assert (await stage.row()).confirmed_on == "2025-03-12"
    assert await stage.erasure.pending() == 0


async def test_the_heads_are_not_taken_while_the_outbox_holds_something_from_before(stage, scribe, log):
    async with stage.database.begin() as transaction:
        await stage.outbox.put(transaction, [scribe.record(b"from before", HERS, scribe.output)])
    await stage.refuse(HERS)
    await stage.hear("anonymiser", HERS)
    assert await stage.erasure.sweep() == 0
    assert (await stage.row()).heads is None
    await stage.outbox.flush()
    await stage.erasure.sweep()
    heads = {
        TopicPartition(topic, number): head for topic, number, head in msgspec.json.decode((await stage.row()).heads)
    }
    assert heads == await log.heads(stage.topics)


async def test_nothing_is_confirmed_before_the_group_has_passed_the_heads(stage, scribe, log):
    await log.append([scribe.record(b"contributor-1", "c", scribe.output)])
    await stage.refuse(HERS)
    await stage.outbox.flush()
    await stage.hear("anonymiser", HERS)
    assert await stage.erasure.sweep() == 0
    assert await stage.confirmations() == []
    await stage.read_all()
    assert await stage.erasure.sweep() == 1


async def test_heads_are_taken_once_and_later_records_are_not_waited_for(stage, scribe, log):
    await ready(stage, HERS)
    log.trim, trim = fail_to_trim, log.trim
    with pytest.raises(LogUnavailable):
        await stage.erasure.sweep()
    taken = (await stage.row()).heads
    await log.append([scribe.record(b"contributor-2", "c", scribe.output)])
    log.trim = trim
    assert await stage.erasure.sweep() == 1
    assert (await stage.row()).heads == taken
    await stage.outbox.flush()
    assert await scribe.values(log, scribe.output) == [b"contributor-2", b"withdrawn"]


async def fail_to_trim(ends, *, physically=False):
    raise LogUnavailable("a reader is in the way")


async def test_while_the_brokers_disk_holds_one_erasure_others_are_confirmed(stage, log, monkeypatch):
    await ready(stage, HERS, OTHER)
    await stage.erasure.sweep()
    asked = []

    async def trim(ends, *, physically=False):
        asked.append(physically)
        if len(asked) == 1:
            raise StillOnDisk("the segment of the first one is still written to")

    monkeypatch.setattr(log, "trim", trim)
    third, fourth = "contributor-3", "contributor-4"
    await ready(stage, third, fourth)
    assert await stage.erasure.sweep() == 1
    assert [await stage.erasure.pending(), asked] == [1, [True, True]]
    assert await stage.erasure.sweep() == 1
    assert await stage.erasure.pending() == 0


async def test_what_was_read_is_erased_from_the_log_physically(stage, scribe, log, monkeypatch):
    asked = []

    async def trim(ends, *, physically=False):
        asked.append((dict(ends), physically))
        await MemoryLog.trim(log, ends, physically=physically)

    monkeypatch.setattr(log, "trim", trim)
    await log.append([scribe.record(b"contributor-1", "c", scribe.output)])
    await ready(stage, HERS)
    heads = await log.heads(stage.topics)
    await stage.erasure.sweep()
    assert asked == [(heads, True)]
    assert [len(await log.read(place, 0, 10)) for place in heads] == [0] * len(heads)


async def test_a_dead_letter_about_her_holds_the_erasure(stage, scribe, log):
    place = await scribe.park(log, scribe.output, "themer", scribe.record(HERS.encode(), "c", scribe.output))
    await ready(stage, HERS, OTHER)
    assert await stage.erasure.sweep() == 1
    assert [each.contributor for each in await stage.confirmations()] == [OTHER]
    letters = await log.subscribe("themer.dead-letters", [place.topic])
    await letters.commit(await letters.poll(max_records=1, timeout=0))
    await letters.close()
    assert await stage.erasure.sweep() == 1
    assert {each.contributor for each in await stage.confirmations()} == {HERS, OTHER}
    assert await log.read(place, 0, 10) == []


async def test_a_dead_letter_that_cannot_be_read_holds_every_erasure(stage, scribe, log):
    await scribe.park(log, scribe.output, "themer", scribe.record(b"\xff", "c", scribe.output))
    stage.erasure = Erasure(replace(stage.parts, contributors_of=unreadable))
    await ready(stage, HERS)
    assert await stage.erasure.sweep() == 0


def unreadable(record):
    raise ContractBroken("broken")


async def test_a_failure_at_the_end_confirms_nothing_and_the_next_sweep_does_it_all(stage, monkeypatch):
    await ready(stage, HERS)
    erase = stage.database.erase_physically

    async def held():
        raise StoreUnavailable("a reader held it")

    monkeypatch.setattr(stage.database, "erase_physically", held)
    with pytest.raises(StoreUnavailable):
        await stage.erasure.sweep()
    assert await stage.confirmations() == []
    monkeypatch.setattr(stage.database, "erase_physically", erase)
    assert await stage.erasure.sweep() == 1
    assert len(await stage.confirmations()) == 1


async def test_once_confirmed_another_sweep_does_nothing(stage):
    await ready(stage, HERS)
    await stage.erasure.sweep()
    steps, row = list(stage.steps), await stage.row()
    assert await stage.erasure.sweep() == 0
    await stage.refuse(HERS)
    await stage.hear("anonymiser", HERS)
    assert await stage.erasure.sweep() == 0
    assert (stage.steps, await stage.row()) == (steps, row)
    assert len(await stage.confirmations()) == 1


async def test_no_byte_of_what_she_said_stays_in_the_files(stage, tmp_path):
    planted = "the heron by the quillmere lock"
    await stage.say(HERS, planted)
    await ready(stage, HERS)
    await stage.erasure.sweep()
    assert [path.name for path in tmp_path.iterdir() if planted.encode() in path.read_bytes()] == []


async def test_a_service_that_reads_no_words_confirms_when_its_outbox_has_passed(make_stage, log):
    stage = await make_stage("intake")
    stage.erasure = Erasure(replace(stage.parts, topics=()))
    await stage.refuse(HERS)
    await stage.outbox.flush()
    assert await stage.erasure.sweep() == 1


async def test_the_task_goes_on_when_log_or_database_is_away(stage, running, until, lines, monkeypatch):
    # Each comes twice running, and is said once.
    troubles = [LogUnavailable("away")] * 2 + [StoreUnavailable("locked")] * 2
    sweep = stage.erasure.sweep

    async def sometimes():
        if troubles:
            raise troubles.pop()
        return await sweep()

    monkeypatch.setattr("services.runner.erasure.SWEEP_SECONDS", 0.005)
    monkeypatch.setattr(stage.erasure, "sweep", sometimes)
    await ready(stage, HERS)
    async with running(stage.erasure.run):
        await until(lambda: lines.named("erasures were confirmed"))
    assert [line["error"] for line in lines.named("an erasure waits")] == ["StoreUnavailable", "LogUnavailable"]
    assert lines.named("erasures were confirmed")[0]["count"] == 1
