"""Paraphrases: from several people who all allow it, by two reviewers, and gone when one does not any more."""

import itertools

import pytest
from service_bench import consent
from statement_bench import NODES

from services.contracts import topic_of
from services.errors import Conflict, InputRefused, NotFound
from services.events import ContributionSettled, ErasureConfirmed, StatementChanged
from services.themer import store
from services.themer.statements.wording import ChosenNode, Wording

TEXTS = (
    "I waited months for counselling and had to tell it all again to each person.",
    "They kept me waiting for the counsellor and never said how long.",
    "The waiting list for therapy was a year and nobody rang.",
)
WORDS = "People wait long for counselling and are not told how long."


def made(words=WORDS, nodes=NODES, **more):
    return Wording(words=words, nodes=nodes, **more)


@pytest.fixture
async def spoken(bench):
    return await bench.spoken(*TEXTS)


@pytest.fixture
async def published(bench, spoken):
    statement = await bench.paraphrases.write(spoken, made(), by="Ann")
    assert await bench.statements.approve(statement, by="Bea") == "approved"
    return statement


async def states(bench):
    return [(event.state, event.revision, event.words) for event in await bench.told()]


async def test_two_people_make_a_sentence_of_what_three_said(bench, published):
    (event,) = await bench.told()
    assert (event.kind, event.state, event.words) == ("paraphrase", "approved", WORDS)
    assert (event.group, event.sessions, event.approvers) == (None, (), ("reviewer", "approver"))
    assert [node.node for node in event.nodes] == ["2.1"]


async def test_no_contributor_and_no_contribution_stands_in_the_event(bench, published):
    (record,) = await bench.records(StatementChanged)
    assert b"contribut" not in record.value


async def test_nobody_approves_her_own_sentence(bench, spoken):
    statement = await bench.paraphrases.write(spoken, made(), by="Ann")
    with pytest.raises(Conflict, match="second person"):
        await bench.statements.approve(statement, by="Ann")


async def test_a_sentence_that_its_writer_takes_back_is_gone(bench, spoken):
    statement = await bench.paraphrases.write(spoken, made(), by="Ann")
    await bench.statements.unword(statement, by="Ann")
    assert (await bench.line(statement)).state == "retracted"
    assert await bench.rows(bench.themer, store.statement_grounds) == []
    assert await bench.told() == []


@pytest.mark.parametrize("chosen", [0, 1, 2])
async def test_too_few_people_are_refused(bench, spoken, chosen):
    with pytest.raises(InputRefused, match="too few people"):
        await bench.paraphrases.write(spoken[:chosen], made(), by="Ann")


async def test_three_contributions_of_two_people_are_too_few(bench):
    for number, who in enumerate(("one", "one", "two"), start=1):
        await bench.themer.handler.handle(
            [await bench.pseudonymised(TEXTS[number - 1], contribution=f"c-{number}", contributor=who)]
        )
    with pytest.raises(InputRefused, match="too few people"):
        await bench.paraphrases.write(["c-1", "c-2", "c-3"], made(), by="Ann")


@pytest.mark.parametrize(
    ("wording", "field"),
    [
        (made("I had to tell it all again to each person."), "words"),
        (made("People had to tell it all again to each person."), "words"),
        (made("Zebedee keeps people waiting for counselling."), "words"),
        (made("People wait. They are not told. Nobody rings."), "words"),
        (made(""), "words"),
        (made(nodes=()), "nodes"),
        (made(nodes=(ChosenNode("mayor_2022_25", "99.9"),)), "nodes"),
        (made(area="services"), "area"),
        (made(same_as="statement-1"), "same_as"),
    ],
    ids=[
        "one life",
        "six words of hers",
        "a name",
        "three sentences",
        "nothing",
        "no node",
        "no such node",
        "area",
        "link",
    ],
)
async def test_a_broken_rule_is_named_by_field_and_nothing_is_kept(bench, spoken, wording, field):
    with pytest.raises(InputRefused) as refused:
        await bench.paraphrases.write(spoken, wording, by="Ann")
    assert field in {finding.place for finding in refused.value.findings}
    assert "Zebedee" not in str(refused.value)
    assert await bench.rows(bench.themer, store.statements) == []


async def test_what_may_not_be_put_in_other_words_is_neither_listed_nor_shown_nor_used(bench):
    await bench.spoken(*TEXTS)
    await bench.themer.handler.handle(
        [
            await bench.pseudonymised(
                TEXTS[0], contribution="only-count", contributor="narrow", uses=("count", "quote")
            ),
            await bench.pseudonymised(TEXTS[0], contribution="held", contributor="doubt", doubts=[(0, 1, "name")]),
        ]
    )
    await bench.hear(bench.themer, consent("contributor-2", "count"))
    found = {each.contribution for each in await bench.paraphrases.sources("mayor_2022_25", "2.1")}
    for name in ("only-count", "held", "contribution-2", "no-such"):
        assert name not in found
        with pytest.raises(NotFound):
            await bench.paraphrases.text_of(name)
        with pytest.raises(NotFound):
            await bench.paraphrases.write(["contribution-1", "contribution-3", name], made(), by="Ann")
    shown = await bench.paraphrases.text_of("contribution-1")
    assert shown.text == TEXTS[0]


async def test_sources_are_listed_by_node_and_without_text(bench, spoken):
    tagged = [node.node for event in await bench.sent_themes() for node in event.themes]
    assert "2.1" in tagged
    listed = await bench.paraphrases.sources("mayor_2022_25", "2.1")
    assert listed
    assert not any(word in repr(listed) for word in ("waited", "kept", "therapy"))
    with pytest.raises(NotFound):
        await bench.paraphrases.sources("mayor_2022_25", "99.9")


async def refuse(bench):
    await bench.hear(bench.themer, consent("contributor-2"))


async def narrow(bench):
    await bench.hear(bench.themer, consent("contributor-2", "count"))


async def reject(bench):
    await bench.themer.holds.reject("contribution-2", by="Ann")


async def come_again_held(bench):
    record = await bench.pseudonymised(
        TEXTS[1], contribution="contribution-2", contributor="contributor-2", revision=2, doubts=[(0, 4, "name")]
    )
    await bench.themer.handler.handle([record])


async def come_again_for_less(bench):
    record = await bench.pseudonymised(
        TEXTS[1], contribution="contribution-2", contributor="contributor-2", revision=2, uses=("count",)
    )
    await bench.themer.handler.handle([record])


GROUND_LOST = [refuse, narrow, reject, come_again_held, come_again_for_less]


@pytest.mark.parametrize("lose", GROUND_LOST, ids=lambda each: each.__name__)
async def test_a_published_sentence_goes_by_itself_when_one_ground_does(bench, published, lose):
    await lose(bench)
    assert await states(bench) == [("approved", 1, WORDS), ("retracted", 2, None)]
    assert (await bench.line(published)).state == "retracted"
    assert await bench.rows(bench.themer, store.statement_grounds) == []


@pytest.mark.parametrize("lose", GROUND_LOST, ids=lambda each: each.__name__)
async def test_a_sentence_not_approved_yet_goes_too_and_can_never_be_approved(bench, spoken, lose):
    statement = await bench.paraphrases.write(spoken, made(), by="Ann")
    await lose(bench)
    with pytest.raises(Conflict):
        await bench.statements.approve(statement, by="Bea")
    assert await bench.told() == []


async def test_a_sentence_that_rests_on_others_stays(bench, published):
    await bench.hear(bench.themer, consent("contributor-9"))
    await bench.themer.handler.handle([await bench.pseudonymised("Other.", contribution="c-9", contributor="nine")])
    await bench.themer.holds.reject("c-9", by="Ann")
    assert await states(bench) == [("approved", 1, WORDS)]


async def test_narrowing_that_leaves_the_use_changes_nothing(bench, published):
    await bench.hear(bench.themer, consent("contributor-2", "paraphrase"))
    assert await states(bench) == [("approved", 1, WORDS)]


async def test_allowing_it_again_brings_nothing_back(bench, published):
    await narrow(bench)
    await bench.hear(bench.themer, consent("contributor-2", "count", "paraphrase", revision=2))
    assert (await states(bench))[-1] == ("retracted", 2, None)
    with pytest.raises(Conflict):
        await bench.statements.approve(published, by="Cec")


async def test_a_withdrawal_heard_twice_retracts_once(bench, published):
    for _ in range(3):
        await refuse(bench)
    assert [event[1] for event in await states(bench)] == [1, 2]


async def test_the_retraction_is_on_the_log_before_the_erasure_is_confirmed(bench, published):
    await bench.hear(bench.themer, consent("contributor-2"))
    await bench.hear(
        bench.themer, ErasureConfirmed(contributor="contributor-2", service="anonymiser", revision=1, day="2025-01-15")
    )
    await bench.pass_themer()
    while not await bench.themer.erasure.sweep():
        await bench.themer.outbox.flush()
    rows = await bench.rows(bench.themer, store.outbox)
    await bench.themer.outbox.flush()
    assert [event.state for event in await bench.told()] == ["retracted"], "the approved words are compacted away"
    assert [each.topic for each in rows][-1] == topic_of(ErasureConfirmed)
    assert WORDS.encode() not in b"".join(path.read_bytes() for path in bench.data.rglob("*") if path.is_file())
    assert b"contributor-2" not in b"".join(
        repr(tuple(row)).encode() for row in await bench.rows(bench.themer, store.statement_grounds)
    )


async def test_stopped_between_the_retraction_and_the_relay_it_is_sent_by_the_next_life(bench, published):
    """The transaction is durable and the process ends: nothing has reached the log, and nothing is lost."""
    relay = bench.themer.outbox.flush

    async def killed():
        raise KeyboardInterrupt

    bench.themer.outbox.flush = killed
    with pytest.raises(KeyboardInterrupt):
        await refuse(bench)
    bench.themer.outbox.flush = relay
    assert (await bench.line(published)).state == "retracted"
    assert (await states(bench))[-1] == ("retracted", 2, None)


async def test_stopped_before_the_commit_neither_the_refusal_nor_the_retraction_has_happened(bench, published):
    put = bench.themer.outbox.put

    async def killed(*_):
        raise KeyboardInterrupt

    bench.themer.outbox.put = killed
    with pytest.raises(KeyboardInterrupt):
        await refuse(bench)
    bench.themer.outbox.put = put
    assert (await bench.line(published)).state == "approved"
    assert await bench.rows(bench.themer, store.refusals) == []
    await refuse(bench)
    assert (await states(bench))[-1] == ("retracted", 2, None)


STEPS = ("speak", "write", "approve", "narrow", "refuse")
ORDERS = [order for order in itertools.permutations(STEPS) if order.index("write") < order.index("approve")]


@pytest.mark.parametrize("first", range(0, len(ORDERS), 10))
async def test_in_every_order_of_events_no_words_stay_published_without_consent(bench, first):
    """She speaks, a sentence is written and approved, she narrows and refuses: each order, also the impossible ones."""
    for number, order in enumerate(ORDERS[first : first + 10], start=first):
        who = f"woman-{number}"
        statement = None
        for other in ("a", "b"):
            await bench.themer.handler.handle(
                [await bench.pseudonymised(TEXTS[1], contribution=f"{other}-{number}", contributor=f"{other}-{number}")]
            )
        for step in order:
            try:
                if step == "speak":
                    await bench.themer.handler.handle(
                        [await bench.pseudonymised(TEXTS[0], contribution=f"c-{number}", contributor=who)]
                    )
                elif step == "write":
                    rest = [f"c-{number}", f"a-{number}", f"b-{number}"]
                    statement = await bench.paraphrases.write(rest, made(), by="Ann")
                elif step == "approve" and statement:
                    await bench.statements.approve(statement, by="Bea")
                elif step == "narrow":
                    await bench.hear(bench.themer, consent(who, "count", revision=1))
                elif step == "refuse":
                    await bench.hear(bench.themer, consent(who, revision=2))
            except (Conflict, NotFound):
                continue  # impossible in this order; every other error fails the test
        told = [event for event in await bench.told() if event.statement == statement]
        assert not told or told[-1].state == "retracted", order
        may_be_published = order.index("approve") < min(order.index("narrow"), order.index("refuse"))
        spoke_first = order.index("speak") < order.index("write")
        assert bool(told) == (may_be_published and spoke_first), order


async def test_contributions_of_those_who_withdrew_are_still_settled_as_withdrawn(bench, published):
    await refuse(bench)
    await bench.themer.outbox.flush()
    assert "withdrawn" in {each.state for each in await bench.sent(ContributionSettled)}
