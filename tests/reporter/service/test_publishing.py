"""Releases: two people, a quarter that is over, nothing on its way, a proof, and no quarter twice."""

import asyncio
import datetime
import hashlib
import json

import msgspec
import pytest
from service_bench import bench_in, confirmed, consent, found_record, held_session

from services.contracts import encode
from services.errors import Conflict, Held, InputRefused, LogUnavailable, NotFound, StoreUnavailable
from services.eventlog.cloudevents import new_record
from services.events import ConsentChanged, ContributionThemed, ReportPublished, SessionHeld, Tallies
from services.reporter import store
from services.reporter.outputs import csv_bytes, json_bytes
from services.reporter.publishing import _envelope
from services.reporter.release import Signatory, body_bytes, citation
from services.vocabulary.frameworks import framework

AFTER = datetime.date(2025, 4, 7)
Q1 = "2025-Q1"


async def fill(bench, people=24, *, first=0, **more):
    """Give the reporter so many people who spoke of the same."""
    node = framework("mayor_2022_25").nodes[0].id
    records = [
        await bench.themed(
            contribution=f"contribution-{number}",
            contributor=f"contributor-{number}",
            nodes=(node,),
            sectors=("police",),
            **more,
        )
        for number in range(first, first + people)
    ]
    await bench.reporter.handler.handle([held_session(present=people), *records])


@pytest.fixture
async def publishing(bench, monkeypatch):
    """A reporter with a quarter of figures that is over."""
    monkeypatch.setattr(bench.reporter.publishing.waiting, "seconds", 0.3)
    await fill(bench)
    bench.clock.move_to(AFTER)
    return bench.reporter.publishing


async def prepared(publishing, by="Officer"):
    (line,) = await publishing.prepare(Q1, prepared_by=by)
    return line


async def published(publishing):
    (line,) = await publishing.publish(Q1, prepared_by="Officer", approved_by="Board member")
    return line


async def test_what_is_prepared_is_public_to_nobody(publishing):
    line = await prepared(publishing)
    assert (line.state, line.published_on) == ("prepared", None)
    assert line.published > 0
    assert await publishing.listed(published_only=True) == []
    with pytest.raises(NotFound):
        await publishing.published(line.report)


async def test_somebody_else_approves_and_then_it_is_public(publishing):
    line = await publishing.approve((await prepared(publishing)).report, approved_by="Board member")
    assert (line.state, line.published_on) == ("published", AFTER.isoformat())
    assert [each.report for each in await publishing.listed(published_only=True)] == [line.report]


@pytest.mark.parametrize("same", ["Officer", " officer ", "OFFICER", "\tOfficer"])
async def test_the_one_who_prepared_does_not_approve_however_her_name_is_written(publishing, same):
    line = await prepared(publishing)
    with pytest.raises(InputRefused, match="Two different people"):
        await publishing.approve(line.report, approved_by=same)
    with pytest.raises(InputRefused, match="Two different people"):
        await publishing.publish(Q1, prepared_by="Officer", approved_by=same)
    assert (await publishing.listed())[0].state == "prepared"


@pytest.mark.parametrize("nobody", ["", "  ", "\n"])
async def test_a_missing_name_is_refused(publishing, nobody):
    with pytest.raises(InputRefused):
        await publishing.prepare(Q1, prepared_by=nobody)
    with pytest.raises(InputRefused):
        await publishing.publish(Q1, prepared_by="Officer", approved_by=nobody)
    assert await publishing.listed() == []


@pytest.mark.parametrize("period", ["2025-Q2", "2026-Q1"])
async def test_a_quarter_that_is_not_over_is_refused(publishing, period):
    with pytest.raises(InputRefused, match="not over yet"):
        await publishing.prepare(period, prepared_by="Officer")


async def test_a_quarter_is_over_on_the_day_after_its_last(bench, monkeypatch):
    await fill(bench)
    bench.clock.move_to(datetime.date(2025, 3, 31))
    with pytest.raises(InputRefused, match="not over yet"):
        await bench.reporter.publishing.prepare(Q1, prepared_by="Officer")
    bench.clock.move_to(datetime.date(2025, 4, 1))
    assert await bench.reporter.publishing.prepare(Q1, prepared_by="Officer")


@pytest.mark.parametrize("period", ["", "velvet", "20255", "2025Q1", "Q1-2025", "2025-Q", "-Q1"])
async def test_what_is_no_quarter_is_refused_without_being_repeated(publishing, period):
    with pytest.raises(InputRefused, match="not a quarter") as refused:
        await publishing.prepare(period, prepared_by="Officer")
    assert "velvet" not in str(refused.value)


@pytest.mark.parametrize("period", ["2025-Q0", "2025-Q-1", "2024-Q5", "2025-Q01", "02025-Q1"])
async def test_a_quarter_that_is_not_one_of_the_four_is_refused(publishing, period):
    with pytest.raises(InputRefused):
        await publishing.prepare(period, prepared_by="Officer")


async def test_a_published_quarter_is_never_published_again(publishing):
    line = await published(publishing)
    with pytest.raises(Conflict):
        await publishing.prepare(Q1, prepared_by="Officer")
    with pytest.raises(Conflict, match="approved already"):
        await publishing.approve(line.report, approved_by="Board member")


async def test_preparing_again_replaces_what_was_prepared(publishing, bench):
    first = await prepared(publishing)
    await fill(bench, 20, first=100)
    second = await prepared(publishing)
    assert first.report != second.report
    assert [line.report for line in await publishing.listed()] == [second.report]
    with pytest.raises(NotFound):
        await publishing.approve(first.report, approved_by="Board member")


async def test_preparing_the_same_twice_gives_the_same_citation(publishing):
    assert (await prepared(publishing)).citation == (await prepared(publishing)).citation


async def test_a_release_that_is_not_there_cannot_be_approved(publishing):
    with pytest.raises(NotFound):
        await publishing.approve("0" * 32, approved_by="Board member")


async def test_somebody_who_withdraws_between_the_two_steps_holds_the_release(publishing, bench):
    line = await prepared(publishing)
    for number in range(12):
        await bench.hear(bench.reporter, consent(f"contributor-{number}"))
    with pytest.raises(Held, match="prepare it again"):
        await publishing.approve(line.report, approved_by="Board member")
    assert (await publishing.listed())[0].state == "prepared"
    again = await prepared(publishing)
    assert (await publishing.approve(again.report, approved_by="Board member")).state == "published"


async def test_somebody_who_withdraws_while_the_proof_is_made_holds_it_too(publishing, bench, monkeypatch):
    line = await prepared(publishing)
    read = bench.reporter.publishing._material.read

    async def later(view, period, *, as_of):
        found = await read(view, period, as_of=as_of)
        if not await bench.rows(bench.reporter, store.refusals):
            await bench.hear(bench.reporter, consent("contributor-3"))
        return found

    monkeypatch.setattr(bench.reporter.publishing._material, "read", later)
    with pytest.raises(Held, match="prepare it again"):
        await publishing.approve(line.report, approved_by="Board member")
    assert await bench.sent(ReportPublished) == []


@pytest.mark.parametrize("kind", ["themed", "session", "consent"])
async def test_something_on_its_way_holds_both_steps(publishing, bench, kind):
    line = await prepared(publishing)
    event = {
        "consent": consent("contributor-1", "count"),
        "session": msgspec.json.decode(held_session("session-7").value, type=SessionHeld),
        "themed": msgspec.json.decode((await bench.themed(contribution="late")).value, type=ContributionThemed),
    }[kind]
    await bench.log.append([new_record(event, stage="t", source_service="themer", revision=1, time="2025-04")])
    with pytest.raises(Held, match="on its way"):
        await publishing.approve(line.report, approved_by="Board member")
    with pytest.raises(Held, match="on its way"):
        await prepared(publishing)
    if kind == "consent":
        await bench.pass_everything("themer.consent", ConsentChanged)
        with pytest.raises(Held):
            await prepared(publishing)
        await bench.pass_everything("reporter.consent", ConsentChanged)
    else:
        await bench.pass_everything("reporter", ContributionThemed, SessionHeld)
    assert await publishing.approve(line.report, approved_by="Board member")


async def test_the_same_hash_is_cited_by_event_page_and_files(publishing, bench):
    line = await published(publishing)
    (event,) = await bench.sent(ReportPublished)
    shown, body = await publishing.published(line.report)
    assert event.report == line.report
    assert event.body_hash == line.citation == shown.citation == citation(body)
    assert hashlib.sha256(json_bytes(body)).hexdigest() == line.citation
    assert event.body == json.loads(json_bytes(body))
    assert line.report == line.citation[:32]
    assert (event.prepared_by, event.approved_by, event.day) == ("Officer", "Board member", AFTER.isoformat())
    assert event.names_verified is False


async def test_the_body_holds_nobody_and_no_clock(publishing, bench):
    line = await published(publishing)
    _, body = await publishing.published(line.report)
    content = body_bytes(body) + csv_bytes(body)
    for secret in (b"contributor-", b"contribution-", b"Officer", b"Board member", b"2025-04", b"session-1"):
        assert secret not in content


async def test_every_figure_stands_for_ten_at_least_and_is_rounded(publishing):
    line = await published(publishing)
    _, body = await publishing.published(line.report)
    figures = [cell.value for table in body.tables for cell in table.cells if cell.value is not None]
    assert figures
    assert min(figures) >= 10
    assert all(figure % body.rounding_base == 0 for figure in figures)
    assert {cell.symbol for table in body.tables for cell in table.cells if cell.value is None} <= {"[c]"}


async def test_a_group_of_eight_publishes_no_figure_at_all(bench, monkeypatch):
    await fill(bench, 8)
    bench.clock.move_to(AFTER)
    line = await published(bench.reporter.publishing)
    assert line.published == 0


async def test_a_quarter_in_which_nothing_was_held_and_nobody_spoke_is_refused(bench):
    bench.clock.move_to(AFTER)
    with pytest.raises(InputRefused, match="nothing to publish"):
        await published(bench.reporter.publishing)
    assert await bench.reporter.publishing.listed() == []


async def test_a_quarter_with_a_session_of_which_nothing_counts_is_a_release_without_figures(bench):
    await bench.reporter.handler.handle([held_session(present=30)])
    bench.clock.move_to(AFTER)
    assert (await published(bench.reporter.publishing)).published == 0


async def test_the_threshold_of_the_settings_is_the_one_of_the_body(tmp_path):
    async with bench_in(tmp_path, SV_THRESHOLD="40") as bench:
        await fill(bench, 24)
        bench.clock.move_to(AFTER)
        line = await published(bench.reporter.publishing)
        _, body = await bench.reporter.publishing.published(line.report)
        assert (body.threshold, line.published) == (40, 0)


async def test_uncounted_and_held_ones_are_in_no_figure(bench):
    await fill(bench, 9)
    await fill(bench, 9, first=50, uses=("paraphrase",))
    await fill(bench, 9, first=80, state="held")
    bench.clock.move_to(AFTER)
    assert (await published(bench.reporter.publishing)).published == 0


async def test_publishing_closes_the_quarter_so_that_later_ones_go_to_the_next(publishing, bench):
    await published(publishing)
    await fill(bench, 1, first=200)
    late = [row for row in await bench.rows(bench.reporter, store.rows) if row.contribution == "contribution-200"]
    assert late[0].period == "2025-Q2"
    (period,) = await bench.rows(bench.reporter, store.periods)
    assert (period.period, period.closed_on) == (Q1, AFTER.isoformat())


async def test_a_withdrawal_after_publishing_changes_no_published_figure(publishing, bench):
    line = await published(publishing)
    before = await publishing.published(line.report)
    await bench.hear(bench.reporter, consent("contributor-1"), confirmed("contributor-1", "themer"))
    assert await publishing.published(line.report) == before


async def test_the_newest_quarter_is_listed_first(publishing, bench):
    await published(publishing)
    bench.clock.move_to(datetime.date(2025, 7, 2))
    await bench.announce()
    await fill(bench, 15, first=300, month="2025-05")
    await publishing.publish("2025-Q2", prepared_by="Officer", approved_by="Board member")
    assert [line.period for line in await publishing.listed()] == ["2025-Q2", Q1]


async def test_the_event_is_sent_once_and_is_kept_by_its_report(publishing, bench):
    line = await published(publishing)
    await bench.reporter.outbox.flush()
    (record,) = await bench.records(ReportPublished)
    assert record.key == line.report
    assert (
        found_record(
            new_record(
                msgspec.json.decode(record.value, type=ReportPublished),
                stage="reporter",
                source_service="reporter",
                revision=1,
                time=AFTER.isoformat(),
            )
        ).attributes.id
        == record.attributes.id
    )
    assert encode(msgspec.json.decode(record.value, type=ReportPublished)) == record.value


async def test_a_failure_before_the_event_is_written_leaves_everything_as_it_was(publishing, bench, monkeypatch):
    line = await prepared(publishing)

    async def fails(*_):
        raise StoreUnavailable("The disk is full.")

    monkeypatch.setattr(bench.reporter.outbox, "put", fails)
    with pytest.raises(StoreUnavailable):
        await publishing.approve(line.report, approved_by="Board member")
    monkeypatch.undo()
    assert [each.state for each in await publishing.listed()] == ["prepared"]
    assert await bench.rows(bench.reporter, store.periods) == []
    assert await bench.rows(bench.reporter, store.ledger) == []
    assert await bench.sent(ReportPublished) == []
    assert (await publishing.approve(line.report, approved_by="Board member")).state == "published"


async def test_a_kill_after_the_commit_loses_no_event(publishing, bench, monkeypatch):
    line = await prepared(publishing)

    async def killed():
        raise LogUnavailable("The log is away.")

    monkeypatch.setattr(bench.reporter.outbox, "flush", killed)
    with pytest.raises(LogUnavailable):
        await publishing.approve(line.report, approved_by="Board member")
    monkeypatch.undo()
    assert (await publishing.published(line.report))[0].state == "published"
    await bench.reporter.outbox.flush()
    assert [event.report for event in await bench.sent(ReportPublished)] == [line.report]


async def test_of_two_who_approve_at_once_one_publishes_and_the_other_is_told(publishing, bench):
    line = await prepared(publishing)
    one, other = await asyncio.gather(
        publishing.approve(line.report, approved_by="Board member"),
        publishing.approve(line.report, approved_by="Another member"),
        return_exceptions=True,
    )
    assert one.state == "published"
    assert isinstance(other, Conflict)
    assert "approved already" in str(other)
    assert len(await bench.sent(ReportPublished)) == 1


async def test_another_process_that_was_quicker_wins(publishing, bench):
    line = await prepared(publishing)
    table = store.releases
    async with bench.reporter.database.begin() as transaction:
        row = (await transaction.execute(table.select())).one()
        await transaction.execute(table.update().values(approved_by="Somebody", state="applied"))
    with pytest.raises(Conflict, match="just now"):
        await publishing._publish(row, _envelope(row, Signatory("Board member"), "2025-04-07"), Signatory("B"))
    assert line.report == row.release


@pytest.mark.parametrize("step", ["prepare", "approve"])
async def test_a_clock_that_went_back_holds_the_release(publishing, bench, step):
    line = await prepared(publishing)
    bench.reporter.publishing._clock = _Stopped(datetime.date(2025, 4, 6))
    with pytest.raises(Held, match="clock went back"):
        await (prepared(publishing) if step == "prepare" else publishing.approve(line.report, approved_by="Board"))


class _Stopped:
    def __init__(self, day):
        self._day = day

    def today(self):
        return self._day


@pytest.mark.parametrize("frameworks", ["velvet", "velvet,mayor_2022_25"])
async def test_a_framework_that_is_not_known_is_refused_by_name_of_those_that_are(tmp_path, frameworks):
    async with bench_in(tmp_path, SV_FRAMEWORKS=frameworks) as bench:
        await fill(bench)
        bench.clock.move_to(AFTER)
        with pytest.raises(InputRefused, match="mayor_2022_25") as refused:
            await bench.reporter.publishing.prepare(Q1, prepared_by="Officer")
        assert "velvet" not in str(refused.value)


async def test_the_frameworks_are_those_that_the_rounds_of_the_period_name(bench):
    await fill(bench)
    await bench.reporter.handler.handle([held_session("s2", frameworks=("wandsworth_2022_25",))])
    bench.clock.move_to(AFTER)
    assert (await prepared(bench.reporter.publishing)).framework == "wandsworth_2022_25"


async def test_rounds_that_name_more_than_two_between_them_hold_the_release(bench):
    for number, name in enumerate(("wandsworth_2022_25", "mayor_2022_25", "strategy_2018_21")):
        await bench.reporter.handler.handle([held_session(f"s{number}", frameworks=(name,))])
    bench.clock.move_to(AFTER)
    with pytest.raises(Held, match="more than two frameworks"):
        await prepared(bench.reporter.publishing)


async def test_answers_by_a_show_of_hands_are_opened_counted_and_rounded(bench):
    for number in range(3):
        sealer = await bench.keys.sealer("reporter", "facts", bench.clock.today(), f"b{number}")
        tallies = sealer.part(f"s{number}", encode(Tallies(answers={"felt_heard": {"yes": 14, "no": 11}})))
        await bench.reporter.handler.handle([held_session(f"s{number}", present=25, tallies=tallies)])
    bench.clock.move_to(AFTER)
    line = await published(bench.reporter.publishing)
    _, body = await bench.reporter.publishing.published(line.report)
    table = next(each for each in body.tables if each.id == "answers:felt_heard")
    shown = {tuple(cell.dims.values()): cell.value for cell in table.cells if cell.value is not None}
    assert shown
    assert set(shown.values()) <= {40, 35, 75}  # 42, 33 and 75


async def test_what_changed_is_told_against_the_quarter_before(publishing, bench):
    first = await published(publishing)
    bench.clock.move_to(datetime.date(2025, 7, 2))
    await bench.announce()
    await fill(bench, 30, first=300, month="2025-05")
    await fill(bench, 30, first=400, month="2025-05", role="practitioner", areas=("camden",))
    (line,) = await publishing.publish("2025-Q2", prepared_by="Officer", approved_by="Board member")
    _, body = await publishing.published(line.report)
    assert body.previous == first.citation
    assert [(change.before, change.now) for change in body.changes if not change.dims] == [(25, 60)]
    assert body.trend[0].periods == (Q1, "2025-Q2")
