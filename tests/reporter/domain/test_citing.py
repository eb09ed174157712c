"""Which sentences a release cites: findings of enough people, recommendations always, others beside figures."""

import msgspec
import pytest

from services.reporter.citing import Agreed, Approved, beside_figures, cite, is_shown
from services.reporter.composing import compose_body
from services.reporter.release import MeasureRef, StatementRef
from services.vocabulary.frameworks import framework

MAYOR = "mayor_2022_25"
NODE = framework(MAYOR).nodes[0].id
SESSIONS = {
    "a": Agreed("2025-Q1", 6),
    "b": Agreed("2025-Q1", 5),
    "c": Agreed("2025-Q2", 30),
    "small": Agreed("2025-Q1", 2),
}


def finding(*sessions, kind="finding", name="s1", **more):
    return Approved(id=name, sha256="a" * 64, kind=kind, nodes=(), sessions=sessions, **more)


def cited(*statements, period="2025-Q1", before=()):
    return {ref.id: ref for ref in cite(statements, SESSIONS, period=period, cited=frozenset(before))}


def test_a_finding_needs_ten_attendances_over_two_sessions():
    assert cited(finding("a", "b"))["s1"].present_at_least == 10
    assert cited(finding("a", "small")) == {}
    assert cited(finding("c"), period="2025-Q2") == {}
    assert cited(finding("a")) == {}
    assert cited(finding()) == {}


def test_one_session_named_twice_is_one_session():
    assert cited(finding("c", "c"), period="2025-Q2") == {}


def test_a_finding_waits_for_the_session_that_makes_it_enough():
    statement = finding("a", "c")
    assert cited(statement, period="2025-Q1") == {}
    assert cited(statement, period="2025-Q2")["s1"].present_at_least == 25


def test_a_recommendation_needs_no_number_and_tells_none_below_ten():
    assert cited(finding("small", kind="recommendation"))["s1"].present_at_least is None
    assert cited(finding("a", "b", kind="recommendation"))["s1"].present_at_least == 10
    assert cited(finding(kind="recommendation"))["s1"].present_at_least is None


def test_what_was_agreed_after_the_quarter_comes_in_the_next():
    assert cited(finding("c", kind="recommendation"), period="2025-Q1") == {}
    assert "s1" in cited(finding("c", kind="recommendation"), period="2025-Q2")


def test_what_a_quarter_cited_is_not_repeated_by_the_next_and_is_by_its_year():
    statement = finding("a", "b")
    assert cited(statement, period="2025-Q2", before=["s1"]) == {}
    assert "s1" in cited(statement, period="2025", before=["s1"])
    assert cited(statement, period="2025") == {}


def test_references_are_sorted_whatever_the_order():
    measures = (MeasureRef("f", "m2", "worse"), MeasureRef("f", "m1", "better"))
    one = finding("a", "b", name="s2", sectors=("police", "housing"), measures=measures)
    other = finding("a", "b", name="s1")
    refs = cite([one, other], SESSIONS, period="2025-Q1", cited=frozenset())
    assert [ref.id for ref in refs] == ["s1", "s2"]
    assert refs[1].sectors == ("housing", "police")
    assert [measure.measure for measure in refs[1].measures] == ["m1", "m2"]


@pytest.fixture(scope="module")
def body(row):
    """A release in which 30 of 80 people raised one subject and nobody any other."""
    rows = [row(contribution=f"c{n}", contributor=f"w{n}", nodes=((MAYOR, NODE),) if n < 30 else ()) for n in range(80)]
    found, _ = compose_body(
        [msgspec.structs.replace(each, areas=("lambeth",)) for each in rows],
        period="2025-Q1",
        frameworks=[MAYOR],
        threshold=10,
        versions={"pseudonymiser": "p", "bank": "b"},
        sessions={"interview": 30},
    )
    return found


def shown_nodes(body):
    dimension = f"node:{MAYOR}"
    table = next(each for each in body.tables if each.id == f"nodes:{MAYOR}")
    return [cell.dims[dimension] for cell in table.cells if list(cell.dims) == [dimension] and cell.value is not None]


def paraphrase(*nodes):
    return StatementRef("s1", "a" * 64, tuple(f"{MAYOR}:{node}" for node in nodes), "paraphrase")


@pytest.mark.parametrize("kind", ["finding", "recommendation"])
def test_what_a_group_agreed_needs_no_figure_beside_it(body, kind):
    ref = StatementRef("s", "a" * 64, (), kind)
    assert beside_figures(ref, body) is ref


def test_a_paraphrase_keeps_the_nodes_whose_figures_are_shown(body):
    dimension = next(each for each in body.dimensions if each.name == f"node:{MAYOR}")
    every = [node for nodes in dimension.children.values() for node in nodes]
    shown = set(shown_nodes(body))
    hidden = next(node for node in every if node not in shown)
    assert NODE in shown
    assert beside_figures(paraphrase(NODE, hidden), body).nodes == (f"{MAYOR}:{NODE}",)
    assert is_shown(f"{MAYOR}:{NODE}", body)
    assert beside_figures(paraphrase(hidden), body) is None
    assert not is_shown(f"{MAYOR}:{hidden}", body)


@pytest.mark.parametrize("node", ["nothing:1.1", "mayor_2022_25:velvet", "", ":"])
def test_what_no_framework_knows_is_beside_no_figure(body, node):
    assert not is_shown(node, body)
