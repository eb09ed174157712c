"""The demonstration's loop: its plan keeps to the vocabularies, and walking it brings what the plan says."""

import asyncio
import datetime
import itertools

import pytest

from services.bootstrap import Installation, Overrides
from services.demo.consultation import plan, planned_sessions
from services.demo.loop import InventedStatement, agreed_at, invented_statements, loop_plan, sectors_of, submitted
from services.demo.running import demo_ids, demo_pick, run_demo, set_clock
from services.reporter.recommendations.keeping import lives_where, steps_of
from services.settings import read_settings
from services.telemetry.logs import set_up_logs
from services.vocabulary.frameworks import framework
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.sectors import sectors


@pytest.fixture(autouse=True)
def _quiet():
    set_up_logs(level=40)
    yield
    set_up_logs()


def forum_plan(*, quarters=2):
    """Return our plan with the standing forum and one focus group alone: all that the loop speaks of."""
    lines = [{**line} for line in plan()["sessions"] if line["kind"] in {"survivor_forum", "focus_group"}]
    for line in lines:
        if line["kind"] == "focus_group":
            line["groups"], line["present"], line["months"] = 1, line["present"][:1], line["months"][:1]
            line["group"] = "focus 1"
    return {**plan(), "sessions": lines, "quarters": plan()["quarters"][:quarters]}


async def walk(data, stated):
    """Walk a plan on a new installation; return the outcome, the lives, their steps and the releases' bodies."""
    settings = read_settings(data=data, environment={}, port=0)
    installation = Installation(
        settings, demo=True, environment={}, overrides=Overrides(new_id=demo_ids(), pick=demo_pick())
    )
    set_clock(installation)
    await installation.start()
    try:
        outcome = await run_demo(installation, lambda done, total: None, stated=stated)
        reporter = installation.reporter
        async with reporter.database.read() as view:
            lives = await lives_where(view)
            steps = {life.recommendation: await steps_of(view, life.recommendation) for life in lives}
        bodies = [(await reporter.publishing.published(path.removeprefix("/reports/")))[1] for path in outcome.reports]
        return outcome, lives, steps, bodies
    finally:
        await installation.stop()


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Return what stands at the end of the walk of two quarters."""
    set_up_logs(level=40)
    return asyncio.run(walk(tmp_path_factory.mktemp("loop") / "data", forum_plan()))


def test_every_statement_of_the_plan_is_one_that_was_invented_and_is_agreed_in_a_planned_session():
    held = {(session.group, session.submission.month) for session in planned_sessions()}
    for agreed in loop_plan().statements:
        assert agreed.text in invented_statements()
        assert (agreed.group, agreed.month) in held
        assert set(sectors_of(agreed)) <= sectors().id_set


def test_an_invented_statement_names_nodes_and_areas_that_exist():
    assert len(invented_statements()) >= 40
    for statement in invented_statements().values():
        assert isinstance(statement, InventedStatement)
        assert statement.area in recommendation_areas().id_set
        assert set(statement.sectors) <= sectors().id_set
        for name, nodes in statement.nodes.items():
            for node in nodes:
                assert framework(name).node(node)


def test_a_statement_that_is_agreed_again_was_agreed_before():
    for agreed in loop_plan().statements:
        if agreed.again:
            before = [each for each in loop_plan().statements if each.text == agreed.text and not each.again]
            assert [each.group for each in before] == [agreed.group]
            assert before[0].month < agreed.month


def test_acts_come_in_order_and_ask_organisations_that_there_are():
    days = [act.day for act in loop_plan().acts]
    assert days == sorted(days)
    asked = {act.organisation for act in loop_plan().acts if act.organisation}
    assert asked <= {organisation.id for organisation in loop_plan().organisations}
    assert {act.text for act in loop_plan().acts if act.text} <= {each.text for each in loop_plan().statements}


def test_a_session_carries_what_its_group_agreed_and_no_other_does():
    for session in planned_sessions():
        expected = tuple(submitted(each) for each in agreed_at(session.group, session.submission.month))
        assert session.submission.statements == expected
    assert not agreed_at(None, "2025-01")


def test_the_walk_ends_where_the_plan_says(walked):
    _, lives, _, _ = walked
    by_state = sorted((life.state, life.organisation) for life in lives)
    assert by_state == [
        ("accepted", "partnership-board"),
        ("declined", "probation-service"),
        ("public", "courts-service"),
        ("reopened", "support-services"),
    ]


def test_one_was_answered_in_part_done_judged_and_asked_again(walked):
    _, lives, steps, _ = walked
    (again,) = [life for life in lives if life.state == "reopened"]
    assert [step.step for step in steps[again.recommendation]] == [
        "made", "assigned", "published", "answered", "explained", "begun", "reached", "done", "judged",
    ]  # fmt: skip
    days = [step.day for step in steps[again.recommendation]]
    assert days == sorted(days)


def test_one_is_overdue_at_the_end(walked):
    _, lives, _, _ = walked
    last = datetime.date.fromisoformat(plan()["quarters"][-1]["closes"]).isoformat()
    assert [life.organisation for life in lives if life.overdue(last) == "answer"] == ["courts-service"]


def test_somebody_withdrew_between_the_two_reports(walked):
    outcome, _, _, _ = walked
    assert len(outcome.reports) == 2
    assert outcome.withdrawn >= 1
    assert outcome.accepted == outcome.themed + outcome.held + outcome.rejected + outcome.withdrawn


async def test_a_forum_of_eight_publishes_no_count_and_still_says_something(tmp_path):
    alone = forum_plan(quarters=1)
    alone["sessions"] = [line for line in alone["sessions"] if line["kind"] == "survivor_forum"]
    _, _, _, (body,) = await walk(tmp_path / "data", alone)
    assert [cell.value for table in body.tables for cell in table.cells if cell.value is not None] == []
    assert {ref.kind for ref in body.statements} == {"finding", "recommendation"}
    assert [held.kind for held in body.sessions] == ["survivor_forum"]
    assert (body.loop.made, body.loop.answered, body.loop.declined) == (2, 2, {"not_lawful": 1})


def test_a_finding_is_cited_when_two_sessions_agreed_it_and_never_twice(walked):
    _, _, _, bodies = walked
    findings = [ref.id for body in bodies for ref in body.statements if ref.kind == "finding"]
    assert len(findings) == len(set(findings)) == 2
    for one, other in itertools.pairwise(bodies):
        assert {ref.id for ref in one.statements}.isdisjoint({ref.id for ref in other.statements})
