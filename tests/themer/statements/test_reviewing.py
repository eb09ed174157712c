"""The life of a statement: worded by one, approved by another, agreed by its group in fourteen days, or no words."""

import asyncio

import pytest
from statement_bench import FINDING, NODES, RECOMMENDATION, said_of, wording

from services.errors import Conflict, InputRefused, NotFound
from services.themer import store
from services.themer.statements.wording import ChosenNode, Wording


async def test_words_are_on_the_log_when_one_person_worded_them_and_the_group_agreed(bench):
    statement = await bench.arrived()
    await bench.statements.word(statement, wording("Waiting without a word feels like being forgotten."), by="Ann")
    assert await bench.told() == []
    await bench.statements.answer_as_panel(statement, "agree", by="Pat")
    (event,) = await bench.told()
    assert (event.state, event.revision, event.kind) == ("approved", 1, "finding")
    assert event.words == "Waiting without a word feels like being forgotten."
    assert (event.group, event.sessions, event.approvers) == ("group-1", ("session-1",), ("reviewer", "panel"))
    assert [(node.framework, node.node, node.score) for node in event.nodes] == [("mayor_2022_25", "2.1", 1.0)]
    assert event.day == "2025-01-15"


async def test_an_event_carries_no_name_of_a_person_who_decided(bench):
    await bench.approved(by="Annabel Quillmere", panel="Patricia Marchbanks")
    (record,) = await bench.records(type((await bench.told())[0]))
    assert b"Quillmere" not in record.value
    assert b"Marchbanks" not in record.value
    acts = await bench.rows(bench.themer, store.statement_decisions)
    assert [(act.act, act.by, act.role, act.day) for act in acts] == [
        ("worded", "Annabel Quillmere", "reviewer", "2025-01-15"),
        ("panel_agree", "Patricia Marchbanks", "panel", "2025-01-15"),
    ]


async def test_a_recommendation_carries_its_area_and_who_should_act(bench):
    statement = await bench.arrived(RECOMMENDATION, kind="recommendation", area="services")
    made = wording(RECOMMENDATION, kind="recommendation", area="information", sectors=("housing", "police"))
    await bench.statements.word(statement, made, by="Ann")
    await bench.statements.answer_as_panel(statement, "agree", by="Pat")
    (event,) = await bench.told()
    assert (event.kind, event.area, event.sectors) == ("recommendation", "information", ("police", "housing"))


async def test_a_finding_says_what_became_better_or_worse_by_measure(bench):
    statement = await bench.arrived()
    measures = (said_of("wandsworth_2022_25", "SS.03-1", "worse"),)
    await bench.statements.word(statement, wording(measures=measures), by="Ann")
    await bench.statements.answer_as_panel(statement, "agree", by="Pat")
    (event,) = await bench.told()
    assert event.measures == measures


async def test_rows_below_the_counted_nodes_can_be_chosen(bench):
    statement = await bench.arrived()
    nodes = (ChosenNode("wandsworth_2022_25", "SS.03"), *NODES)
    await bench.statements.word(statement, wording(nodes=nodes), by="Ann")
    await bench.statements.answer_as_panel(statement, "agree", by="Pat")
    (event,) = await bench.told()
    assert {(node.framework, node.node) for node in event.nodes} == {(each.framework, each.node) for each in nodes}


async def test_a_second_person_and_the_group_are_both_named_by_role_in_whatever_order(bench):
    statement = await bench.arrived()
    await bench.statements.word(statement, wording(), by="Ann")
    assert await bench.statements.approve(statement, by="Bea") == "waits_for_panel"
    assert await bench.told() == []
    await bench.statements.answer_as_panel(statement, "agree", by="Pat")
    (event,) = await bench.told()
    assert event.approvers == ("reviewer", "approver", "panel")


@pytest.mark.parametrize("again", ["Ann", "ann", " ANN "])
async def test_nobody_approves_her_own_wording(bench, again):
    statement = await bench.arrived()
    await bench.statements.word(statement, wording(), by="Ann")
    with pytest.raises(Conflict, match="second person"):
        await bench.statements.approve(statement, by=again)
    with pytest.raises(Conflict, match="cannot answer for the group"):
        await bench.statements.answer_as_panel(statement, "agree", by=again)
    assert await bench.told() == []


async def test_a_second_approval_is_told_that_there_is_one(bench):
    statement = await bench.arrived()
    await bench.statements.word(statement, wording(), by="Ann")
    await bench.statements.approve(statement, by="Bea")
    with pytest.raises(Conflict, match="already"):
        await bench.statements.approve(statement, by="Cec")


async def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(bench):
    statement = await bench.arrived()
    await bench.statements.word(statement, wording(), by="Ann")
    version = (await bench.line(statement)).version
    answers = await asyncio.gather(
        *(
            bench.statements.answer_as_panel(statement, "agree", by=who, version=version)
            for who in ("Pat", "Quin", "Ray")
        ),
        return_exceptions=True,
    )
    assert [type(each) for each in answers].count(type(None)) == 1
    assert all("faster" in str(each) for each in answers if each is not None)
    assert [event.revision for event in await bench.told()] == [1]


async def test_the_group_sees_the_very_words_that_it_agrees_to(bench):
    statement = await bench.arrived()
    await bench.statements.word(statement, wording(), by="Ann")
    seen = (await bench.line(statement)).version
    await bench.statements.word(statement, wording("Nobody says how long the wait will be."), by="Bea")
    with pytest.raises(Conflict, match="faster"):
        await bench.statements.answer_as_panel(statement, "agree", by="Pat", version=seen)
    assert await bench.told() == []


async def test_fourteen_days_are_enough_and_fifteen_are_too_many(bench):
    for name, days in (("statement-1", 14), ("statement-2", 15)):
        statement = await bench.arrived(statement=name)
        await bench.statements.word(statement, wording(), by="Ann")
        bench.wait(days)
        if days == 14:
            assert not (await bench.line(statement)).lapsed
            await bench.statements.answer_as_panel(statement, "agree", by="Pat")
        else:
            assert (await bench.line(statement)).lapsed
            with pytest.raises(Conflict, match="without an answer no words"):
                await bench.statements.answer_as_panel(statement, "agree", by="Pat")
            with pytest.raises(Conflict, match="without an answer no words"):
                await bench.statements.approve(statement, by="Bea")
    assert [event.statement for event in await bench.told()] == ["statement-1"]


async def test_silence_means_no_words_even_where_a_second_person_approved(bench):
    statement = await bench.arrived()
    await bench.statements.word(statement, wording(), by="Ann")
    await bench.statements.approve(statement, by="Bea")
    bench.wait(400)
    assert (await bench.line(statement)).lapsed
    assert await bench.told() == []


async def test_worded_anew_the_group_has_its_days_again(bench):
    statement = await bench.arrived()
    await bench.statements.word(statement, wording(), by="Ann")
    bench.wait(20)
    await bench.statements.word(statement, wording(), by="Ann")
    assert (await bench.line(statement)).panel_until == "2025-02-18"
    await bench.statements.answer_as_panel(statement, "agree", by="Pat")
    assert len(await bench.told()) == 1


async def test_a_change_that_the_group_asks_for_sends_it_back_with_its_note(bench):
    statement = await bench.arrived()
    await bench.statements.word(statement, wording(), by="Ann")
    await bench.statements.answer_as_panel(statement, "change", by="Pat", note="Say that it is the counselling.")
    shown = await bench.shelf.shown(statement)
    assert (shown.line.state, shown.wording, shown.note) == ("received", None, "Say that it is the counselling.")
    await bench.statements.word(statement, wording("Waiting for counselling without a word hurts."), by="Bea")
    assert (await bench.shelf.shown(statement)).note == ""
    with pytest.raises(Conflict):
        await bench.statements.answer_as_panel(statement, "agree", by="Bea")
    await bench.statements.answer_as_panel(statement, "agree", by="Pat")
    (event,) = await bench.told()
    assert event.words == "Waiting for counselling without a word hurts."


async def test_a_refusal_of_the_group_takes_the_words_away_for_good(bench):
    statement = await bench.arrived()
    await bench.statements.word(statement, wording(), by="Ann")
    await bench.statements.answer_as_panel(statement, "refuse", by="Pat")
    shown = await bench.shelf.shown(statement)
    assert (shown.line.state, shown.text, shown.wording) == ("refused", "", None)
    assert await bench.told() == []
    for act in (
        bench.statements.word(statement, wording(), by="Ann"),
        bench.statements.approve(statement, by="Bea"),
        bench.statements.retract(statement, by="Bea"),
        bench.statements.answer_as_panel(statement, "agree", by="Pat"),
    ):
        with pytest.raises(Conflict, match="gone for good"):
            await act


@pytest.mark.parametrize("how", ["retract", "refuse"])
async def test_what_was_published_can_be_taken_back_and_the_log_keeps_no_word(bench, how):
    statement = await bench.approved("The velvet heron desk never rings back.")
    if how == "retract":
        await bench.statements.retract(statement, by="Cec", role="approver")
    else:
        await bench.statements.answer_as_panel(statement, "refuse", by="Pat")
    (event,) = await bench.told()
    assert (event.state, event.revision, event.words) == ("retracted", 2, None)
    assert (event.nodes, event.sectors, event.measures, event.approvers) == ((), (), (), ())
    assert (event.group, event.sessions, event.kind) == ("group-1", ("session-1",), "finding")
    assert b"heron" not in b"".join(path.read_bytes() for path in bench.data.rglob("*") if path.is_file())


async def test_what_was_never_published_is_taken_back_without_an_event(bench):
    statement = await bench.arrived()
    await bench.statements.retract(statement, by="Ann")
    assert await bench.told() == []
    assert (await bench.line(statement)).state == "retracted"


async def test_ones_own_wording_can_be_undone_and_nobody_elses(bench):
    statement = await bench.arrived()
    await bench.statements.word(statement, wording(), by="Ann")
    with pytest.raises(Conflict, match="Only the person"):
        await bench.statements.unword(statement, by="Bea")
    await bench.statements.unword(statement, by="Ann")
    shown = await bench.shelf.shown(statement)
    assert (shown.line.state, shown.wording, shown.text) == ("received", None, FINDING)
    with pytest.raises(Conflict, match="Nobody has worded"):
        await bench.statements.approve(statement, by="Bea")


async def test_published_words_are_not_worded_again(bench):
    statement = await bench.approved()
    with pytest.raises(Conflict, match="retract it"):
        await bench.statements.word(statement, wording("Other words."), by="Ann")


async def test_what_is_not_there_is_not_found_and_another_groups_neither(bench):
    statement = await bench.arrived()
    await bench.statements.word(statement, wording(), by="Ann")
    with pytest.raises(NotFound):
        await bench.statements.word("statement-9", wording(), by="Ann")
    for decision in ("agree", "change", "refuse"):
        with pytest.raises(NotFound):
            await bench.statements.answer_as_panel(statement, decision, by="Pat", group="group-2")


@pytest.mark.parametrize("nobody", ["", "  "])
async def test_nobody_decides_nothing(bench, nobody):
    statement = await bench.arrived()
    for act in (
        bench.statements.word(statement, wording(), by=nobody),
        bench.statements.approve(statement, by=nobody),
        bench.statements.answer_as_panel(statement, "agree", by=nobody),
        bench.statements.retract(statement, by=nobody),
    ):
        with pytest.raises(InputRefused):
            await act


async def test_too_long_a_note_is_refused_without_repeating_it(bench):
    statement = await bench.arrived()
    await bench.statements.word(statement, wording(), by="Ann")
    with pytest.raises(InputRefused) as refused:
        await bench.statements.answer_as_panel(statement, "change", by="Pat", note="heron " * 200)
    assert "heron" not in str(refused.value)


async def test_a_later_session_that_says_the_same_is_added_by_two_people(bench):
    first = await bench.approved()
    later = await bench.arrived("Silence during the wait still hurts.", statement="statement-2", session="session-2")
    await bench.statements.word(later, Wording(same_as=first), by="Ann")
    with pytest.raises(Conflict, match="second person"):
        await bench.statements.approve(later, by="Ann")
    assert await bench.statements.approve(later, by="Bea") == "approved"
    one, two = await bench.told()
    assert (one.sessions, two.sessions) == (("session-1",), ("session-1", "session-2"))
    assert (two.statement, two.revision, two.words, two.approvers) == (first, 2, one.words, one.approvers)
    shown = await bench.shelf.shown(later)
    assert (shown.line.state, shown.text, shown.wording) == ("linked", "", None)


@pytest.mark.parametrize(
    ("about", "state"),
    [
        ({"group": "group-2", "session": "session-2"}, "of another group"),
        ({"session": "session-1"}, "of the same session"),
        ({"session": "session-2", "kind": "recommendation"}, "of another kind"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
async def test_only_a_later_session_of_the_same_group_is_added(bench, about, state):
    first = await bench.approved()
    text = RECOMMENDATION if about.get("kind") else FINDING
    later = await bench.arrived(text, statement="statement-2", **about)
    with pytest.raises(Conflict):
        await bench.statements.word(later, Wording(same_as=first), by="Ann")


async def test_a_session_is_not_added_to_what_was_taken_back_meanwhile(bench):
    first = await bench.approved()
    later = await bench.arrived(statement="statement-2", session="session-2")
    await bench.statements.word(later, Wording(same_as=first), by="Ann")
    await bench.statements.retract(first, by="Cec")
    with pytest.raises(Conflict):
        await bench.statements.approve(later, by="Bea")
    assert [event.state for event in await bench.told()] == ["retracted"]
