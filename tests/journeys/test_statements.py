"""A group's finding from its session to the log, through all four services, and back out of every file."""

import pytest

from services.contracts import decode, topic_of
from services.errors import Conflict, InputRefused, NotFound
from services.events import StatementChanged
from services.intake.statements import SubmittedStatement
from services.themer.statements.wording import ChosenNode, Wording

pytestmark = pytest.mark.usefixtures("quiet_logs")

FINDING = "Waiting without any word is taken for being forgotten."
NODES = (ChosenNode("mayor_2022_25", "2.1"),)


def finding(text=FINDING, **more):
    return SubmittedStatement(kind="finding", text=text, **more)


def recommendation(text="Services should say how long the wait will be.", area="services", **more):
    return SubmittedStatement(kind="recommendation", text=text, area=area, **more)


async def submitted(installation, journey, *statements, group=None, key=None, **more):
    door = installation.intake.door
    if group is None:
        group = await door.make_group("Tuesday group", seated=False)
    session = journey.session_of(
        journey.said("They kept us waiting for months."),
        kind="survivor_forum",
        group=group,
        number_present=8,
        statements=statements,
        **more,
    )
    accepted = await door.submit(session, idempotency_key=key, body=b"the same")
    await journey.at_rest(installation)

    async def arrived():
        return {line.statement for line in await installation.themer.shelf.listed()} >= set(accepted.statements)

    await journey.until(arrived, what="the statements")
    return accepted


async def on_the_log(installation):
    topic = topic_of(StatementChanged)
    found = []
    for place, start in (await installation.log.starts([topic])).items():
        records = await installation.log.read(place, start, 1_000)
        found += [decode(StatementChanged, record.value) for record in records]
    return sorted(found, key=lambda each: (each.statement, each.revision))


async def published(installation, statement, text=FINDING, *, by="Ann", panel="Pat"):
    await installation.themer.statements.word(statement, Wording(words=text, nodes=NODES), by=by)
    await installation.themer.statements.answer_as_panel(statement, "agree", by=panel)


async def test_what_a_group_found_and_recommends_reaches_the_log_in_approved_words(tmp_path, journey):
    async with journey.running(tmp_path) as installation:
        accepted = await submitted(
            installation, journey, finding(sectors=("health",)), recommendation(sectors=("health", "housing"))
        )
        one, two = accepted.statements
        shown = await installation.themer.shelf.shown(two)
        assert (shown.area, shown.sectors, shown.text) == (
            "services",
            ("housing", "health"),
            "Services should say how long the wait will be.",
        )
        assert (shown.line.group, shown.sessions) == (shown.line.group, (accepted.session,))
        await published(installation, one)
        (event,) = await on_the_log(installation)
    assert (event.statement, event.words, event.sessions) == (one, FINDING, (accepted.session,))
    assert (event.state, event.revision) == ("approved", 1)


async def test_the_same_session_sent_again_brings_no_second_statement(tmp_path, journey):
    async with journey.running(tmp_path) as installation:
        group = await installation.intake.door.make_group("Tuesday group", seated=False)
        first = await submitted(installation, journey, finding(), group=group, key="once")
        again = await submitted(installation, journey, finding(), group=group, key="once")
        assert (again.repeated, again.statements) == (True, first.statements)
        assert len(await installation.themer.shelf.listed()) == 1
        assert (await installation.intake.door.reconcile()).accepted == 1, "a statement is no contribution"


async def test_a_group_may_send_statements_alone(tmp_path, journey):
    async with journey.running(tmp_path) as installation:
        door = installation.intake.door
        group = await door.make_group("Tuesday group", seated=False)
        accepted = await door.submit(
            journey.session_of(kind="survivor_forum", group=group, number_present=8, statements=(finding(),))
        )

        async def arrived():
            return await installation.themer.shelf.listed()

        await journey.until(arrived, what="the statement")
        assert (accepted.contributions, len(accepted.statements)) == ((), 1)


async def test_nobody_but_a_group_makes_statements(tmp_path, journey):
    async with journey.running(tmp_path) as installation:
        with pytest.raises(InputRefused, match="only a group"):
            await installation.intake.door.submit(
                journey.session_of(journey.said("They kept us waiting."), statements=(finding(),))
            )
        with pytest.raises(NotFound):
            await installation.intake.door.submit(
                journey.session_of(journey.said("They kept us waiting."), group="no-such", statements=(finding(),))
            )


async def test_a_name_in_a_statement_holds_it_and_no_wording_keeps_it(tmp_path, journey):
    named = "Zebedee Marchbanks at the housing office never rings women back."
    async with journey.running(tmp_path) as installation:
        (statement,) = (await submitted(installation, journey, finding(named))).statements
        statements = installation.themer.statements
        shown = await installation.themer.shelf.shown(statement)
        assert shown.line.state == "held"
        assert "Marchbanks" not in shown.text
        for words in (named, shown.text):
            with pytest.raises(InputRefused) as refused:
                await statements.word(statement, Wording(words=words, nodes=NODES), by="Ann")
            assert "Marchbanks" not in str(refused.value)
        with pytest.raises(Conflict):
            await statements.approve(statement, by="Bea")
        await published(installation, statement, "The housing office does not ring women back.")
        (event,) = await on_the_log(installation)
        assert event.words == "The housing office does not ring women back."


async def test_a_planted_name_stands_in_no_file_no_event_and_no_log_line(tmp_path, journey, quiet_logs):
    async with journey.running(tmp_path) as installation:
        (statement,) = (await submitted(installation, journey, finding(f"{journey.PLANTED}."))).statements
        await published(installation, statement)

        async def trimmed():
            topics = ("sv.session.submitted.v1", "sv.statement.pseudonymised.v1")
            return await installation.log.starts(topics) == await installation.log.heads(topics)

        await journey.until(trimmed, what="the trimming")
    assert journey.holding(tmp_path, journey.PLANTED, "Quillmere", "Marchbanks") == []
    assert "Quillmere" not in quiet_logs.getvalue()
    assert FINDING not in quiet_logs.getvalue()


async def test_words_that_were_taken_back_are_in_no_file_and_the_log_says_so(tmp_path, journey):
    text = "The velvet desk upstairs never answers a letter."
    async with journey.running(tmp_path) as installation:
        (statement,) = (await submitted(installation, journey, finding(text))).statements
        await published(installation, statement, text)
        assert (await on_the_log(installation))[-1].words == text
        await installation.themer.statements.retract(statement, by="Cec")
        (event,) = await on_the_log(installation)
        assert (event.state, event.words, event.revision) == ("retracted", None, 2)
    mine = [name for name in journey.holding(tmp_path, text) if not name.startswith("reporter")]
    assert mine == []


async def test_the_second_of_two_sessions_that_say_the_same_is_added(tmp_path, journey):
    async with journey.running(tmp_path) as installation:
        group = await installation.intake.door.make_group("Tuesday group", seated=False)
        first = await submitted(installation, journey, finding(), group=group)
        await published(installation, first.statements[0])
        later = await submitted(installation, journey, finding("Nobody says how long the wait will be."), group=group)
        statements = installation.themer.statements
        await statements.word(later.statements[0], Wording(same_as=first.statements[0]), by="Ann")
        await statements.approve(later.statements[0], by="Bea")
        event = (await on_the_log(installation))[-1]
        assert event.sessions == tuple(sorted((first.session, later.session)))
        assert event.words == FINDING
