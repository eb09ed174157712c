"""Announcing keys: once, ahead of time, and only under the identity that was pinned."""

import datetime

import pytest
from msgspec.structs import replace

from services.contracts import decode, encode
from services.errors import IdentityChanged, KeyAwaited, LogUnavailable
from services.eventlog.interface import NewRecord
from services.events import KeyAnnounced
from services.runner.announcements import Announcer, PublicKeys
from services.sealing.epochs import EpochKeys
from services.sealing.identities import Identity, Pins

DAY = datetime.date(2025, 3, 10)


@pytest.fixture
def pins(tmp_path):
    return Pins(tmp_path / "pins" / "identities.toml")


@pytest.fixture
def make_announcer(tmp_path, log, clock, pins):
    def make(folder="keys", purpose="words", service="anonymiser"):
        return Announcer(
            service=service,
            identity=Identity(tmp_path / folder, service),
            pins=pins,
            keys=EpochKeys(tmp_path / folder, service, purpose),
            log=log,
            clock=clock,
        )

    return make


@pytest.fixture
def public(log, pins):
    return PublicKeys(log, pins)


async def announced(scribe, log):
    return [decode(KeyAnnounced, value).key for value in await scribe.values(log, scribe.keys)]


async def test_a_key_is_announced_once_however_often_it_is_asked(make_announcer, scribe, log):
    announcer = make_announcer()
    for _ in range(3):
        await announcer.announce()
    assert await announced(scribe, log) == ["anonymiser-words-2025-03"]


async def test_a_process_that_starts_again_announces_nothing_anew(make_announcer, scribe, log):
    await make_announcer().announce()
    await make_announcer().announce()
    assert await announced(scribe, log) == ["anonymiser-words-2025-03"]


@pytest.mark.parametrize(("day", "ahead"), [("2025-03-24", False), ("2025-03-25", True), ("2025-03-31", True)])
async def test_the_next_epoch_is_announced_a_week_ahead(*, make_announcer, scribe, log, clock, day, ahead):
    clock.move_to(day)
    await make_announcer().announce()
    expected = ["anonymiser-words-2025-03"] + ["anonymiser-words-2025-04"] * ahead
    assert await announced(scribe, log) == expected


async def test_a_running_announcer_goes_on_to_the_next_epoch(make_announcer, scribe, log, clock):
    announcer = make_announcer()
    for day in ("2025-03-10", "2025-03-26", "2025-04-02", "2025-04-26"):
        clock.move_to(day)
        await announcer.announce()
    assert await announced(scribe, log) == [f"anonymiser-words-2025-0{month}" for month in (3, 4, 5)]


async def test_an_announcement_is_dated_by_its_first_day_and_repeats_its_id(make_announcer, log, tmp_path):
    await make_announcer().announce()
    (record,) = log.appended
    assert record.attributes.time == "2025-03-01T00:00:00Z"
    assert record.key == "anonymiser-words-2025-03"


async def test_when_the_log_is_away_it_is_announced_later(make_announcer, scribe, log):
    announcer = make_announcer()
    log.failing = 1
    with pytest.raises(LogUnavailable):
        await announcer.announce()
    assert await announced(scribe, log) == []
    await announcer.announce()
    assert await announced(scribe, log) == ["anonymiser-words-2025-03"]


async def test_the_task_goes_on_while_the_log_is_away(
    *, make_announcer, scribe, log, running, until, lines, monkeypatch
):
    monkeypatch.setattr("services.runner.announcements._LOOK_EVERY", 0.005)
    log.failing = 2
    async with running(make_announcer().run):
        await until(lambda: len(log.appended) == 1)
    assert [line["error"] for line in lines.named("the announcement waits")] == ["LogUnavailable"] * 2
    assert lines.named("a key was announced")[0]["key"] == "anonymiser-words-2025-03"


async def test_another_identity_than_the_pinned_one_announces_nothing(make_announcer, scribe, log):
    await make_announcer().announce()
    with pytest.raises(IdentityChanged):
        await make_announcer(folder="another").announce()
    assert len(await announced(scribe, log)) == 1


async def test_who_knows_the_log_can_seal_what_the_owner_opens(make_announcer, public, tmp_path):
    await make_announcer().announce()
    sealer = await public.sealer("anonymiser", "words", DAY, "bundle-1")
    assert sealer.envelope.key == "anonymiser-words-2025-03"


async def test_a_key_is_found_although_it_was_announced_after_the_last_look(make_announcer, public):
    with pytest.raises(KeyAwaited):
        await public.sealer("anonymiser", "words", DAY, "bundle-1")
    await make_announcer().announce()
    assert await public.sealer("anonymiser", "words", DAY, "bundle-1")


async def test_no_key_of_another_purpose_or_day_is_taken(make_announcer, public):
    await make_announcer().announce()
    for purpose, day in (("facts", DAY), ("words", datetime.date(2025, 4, 1))):
        with pytest.raises(KeyAwaited):
            await public.sealer("anonymiser", purpose, day, "bundle-1")


async def test_the_keys_of_ended_epochs_are_listed_oldest_first(make_announcer, public, clock):
    announcer = make_announcer()
    for day in ("2025-01-10", "2025-02-10", "2025-03-10"):
        clock.move_to(day)
        await announcer.announce()
    closed = await public.closed_before("anonymiser", "words", DAY)
    assert closed == ["anonymiser-words-2025-01", "anonymiser-words-2025-02"]


async def forged(scribe, log, make_announcer, **changes):
    """Announce, then append an altered announcement of the next epoch."""
    await make_announcer().announce()
    true = decode(KeyAnnounced, log.appended[0].value)
    false = replace(true, **changes)
    attributes = log.appended[0].attributes
    await log.append([NewRecord(scribe.keys, false.key, attributes, encode(false))])


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "anonymiser-words-2025-04", "opens": "2025-04-01", "closes": "2025-04-30"},
        {"public_key": b"another"},
        {"identity": "0" * 32},
        {"service": "reporter", "key": "reporter-words-2025-03"},
    ],
)
async def test_a_forged_announcement_is_refused_and_said_and_the_rest_still_learnt(
    *, scribe, log, make_announcer, public, lines, changes
):
    await forged(scribe, log, make_announcer, **changes)
    await make_announcer(purpose="facts").announce()
    await public.catch_up()
    assert {line["error"] for line in lines.named("an announcement was refused")} == {"IdentityChanged"}
    sealer = await public.sealer("anonymiser", "words", DAY, "bundle-1")
    assert sealer.envelope.key == "anonymiser-words-2025-03"
    assert await public.sealer("anonymiser", "facts", DAY, "bundle-1")
    with pytest.raises(KeyAwaited):
        await public.sealer("anonymiser", "words", datetime.date(2025, 4, 1), "bundle-1")


async def test_markers_and_tombstones_on_the_topic_are_passed_over(*, scribe, log, make_announcer, public):
    await log.append([scribe.marker("k", 0, scribe.keys), scribe.record(None, "k", scribe.keys)])
    await make_announcer().announce()
    assert await public.is_announced("anonymiser-words-2025-03")
    assert not await public.is_announced("k")
