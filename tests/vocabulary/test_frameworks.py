"""Look-ups over the catalogues: order, parents, closing upward, and what is refused."""

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.errors import DataFileError, NotFound
from services.vocabulary.datafiles import load_yaml
from services.vocabulary.frameworks import (
    Document,
    Framework,
    Node,
    Row,
    Source,
    check_links,
    framework,
    framework_ids,
    frameworks,
)

every_framework = pytest.mark.parametrize("catalogue", frameworks().values(), ids=lambda one: one.id)


def small(nodes: tuple[Node, ...], rows: tuple[Row, ...] = ()) -> Framework:
    return Framework(
        id="small",
        title="Small",
        short_title="Small",
        publisher="Nobody",
        years=None,
        document=Document("paper", "Paper", "Nobody", None),
        licence="MIT",
        version=1,
        local_nodes_allowed=False,
        nodes=nodes,
        rows=rows,
    )


def node(node_id: str, parent: str | None = None, document: str = "paper") -> Node:
    return Node(id=node_id, title=node_id, summary="x", parent=parent, source=Source(document, 1))


def row(row_id: str, under: str | None = None, parent: str | None = None) -> Row:
    return Row(id=row_id, line=1, summary="x", node=under, parent=parent)


@st.composite
def sets_of_ids(draw):
    catalogue = draw(st.sampled_from(list(frameworks().values())))
    ids = [*catalogue.ordered, *(one.id for one in catalogue.rows)]
    return catalogue, draw(st.lists(st.sampled_from(ids), max_size=8))


def test_frameworks_come_in_the_order_of_their_files():
    assert tuple(frameworks()) == framework_ids() == tuple(sorted(framework_ids()))


def test_a_framework_is_read_once():
    assert framework("mayor_2022_25") is framework("mayor_2022_25") is frameworks()["mayor_2022_25"]


def test_the_map_of_frameworks_cannot_be_changed():
    with pytest.raises(TypeError):
        frameworks()["mayor_2022_25"] = None


def test_a_framework_cannot_be_changed():
    with pytest.raises(AttributeError):
        framework("mayor_2022_25").title = "other"


def test_an_unknown_framework_is_not_found_and_never_repeated():
    with pytest.raises(NotFound) as refused:
        framework("../events/secret")
    assert "secret" not in str(refused.value)
    assert "mayor_2022_25" in str(refused.value)


@pytest.mark.parametrize("ask", [Framework.node, Framework.children, Framework.ancestors, Framework.rows_of])
def test_an_unknown_node_is_not_found_and_never_repeated(ask):
    with pytest.raises(NotFound) as refused:
        ask(framework("health_pledges"), "made up")
    assert "made up" not in str(refused.value)
    assert "P1, P2, P3" in str(refused.value)


def test_an_unknown_row_is_not_found_and_never_repeated():
    with pytest.raises(NotFound) as refused:
        framework("wandsworth_2022_25").row("IH.04")
    assert "IH.04" not in str(refused.value)


def test_closing_an_unknown_id_is_refused():
    with pytest.raises(NotFound):
        framework("mayor_2022_25").close_upward(["1.1", "9.9"])


def test_a_node_is_found_by_its_key():
    found = framework("wandsworth_2022_25").node("G")
    assert found.title == "Governance -Whole Systems Changes"
    assert found.printed_ref is None


def test_children_and_ancestors_follow_the_numbering():
    catalogue = framework("mayor_2022_25")
    assert [child.id for child in catalogue.children("2")] == ["2.1", "2.2", "2.3"]
    assert [upper.id for upper in catalogue.ancestors("2.3")] == ["2"]
    assert catalogue.ancestors("2") == ()
    assert catalogue.children("2.3") == ()


def test_ancestors_come_nearest_first():
    deep = small((node("a"), node("b", "a"), node("c", "b")))
    assert [upper.id for upper in deep.ancestors("c")] == ["b", "a"]


def test_a_sub_priority_brings_its_priority_in_framework_order():
    assert framework("mayor_2022_25").close_upward(["3.1", "1.2", "1"]) == ("1", "1.2", "3", "3.1")


def test_an_action_brings_its_block():
    assert framework("wandsworth_2022_25").close_upward(["SS.05/2"]) == ("SS", "SS.05/2")


def test_a_nested_row_brings_the_row_above_and_the_node():
    assert framework("health_pledges").close_upward(["P2.1.3"]) == ("P2", "P2.1", "P2.1.3")


def test_a_row_under_no_node_brings_nothing():
    assert framework("mayor_2022_25").close_upward(["commissioning.1"]) == ("commissioning.1",)


def test_closing_nothing_gives_nothing():
    assert framework("mayor_2022_25").close_upward([]) == ()


@given(sets_of_ids())
def test_closing_keeps_what_was_given_and_is_done_after_once(drawn):
    catalogue, ids = drawn
    closed = catalogue.close_upward(ids)
    assert set(ids) <= set(closed)
    assert catalogue.close_upward(closed) == closed
    assert len(set(closed)) == len(closed)


@given(sets_of_ids())
def test_closing_does_not_depend_on_the_order_given(drawn):
    catalogue, ids = drawn
    assert catalogue.close_upward(ids) == catalogue.close_upward(reversed(ids))


@given(sets_of_ids())
def test_everything_closed_has_what_is_above_it(drawn):
    catalogue, ids = drawn
    closed = catalogue.close_upward(ids)
    for one in closed:
        if one in catalogue.ordered:
            assert {upper.id for upper in catalogue.ancestors(one)} <= set(closed)
        else:
            assert {catalogue.row(one).node, catalogue.row(one).parent} - {None} <= set(closed)


def test_rows_can_be_asked_for_by_kind():
    catalogue = framework("wandsworth_2022_25")
    assert [one.id for one in catalogue.rows_of("AB", "priority")] == ["01"]
    assert len(catalogue.rows_of("AB")) == 8 + 1 + 4
    assert catalogue.rows_of_kind("no such list") == ()


@every_framework
def test_ids_of_nodes_and_rows_never_clash(catalogue):
    ids = [*catalogue.ordered, *(one.id for one in catalogue.rows)]
    assert len(set(ids)) == len(ids)


@every_framework
def test_every_node_names_its_document_and_a_line_of_its_own(catalogue):
    assert {one.source.document for one in catalogue.nodes} == {catalogue.document.id}
    lines = [one.source.line for one in catalogue.nodes]
    assert lines == sorted(set(lines))


@every_framework
def test_no_two_rows_of_a_kind_stand_on_one_line(catalogue):
    for kind in {one.kind for one in catalogue.rows}:
        lines = [one.line for one in catalogue.rows_of_kind(kind)]
        assert len(set(lines)) == len(lines)


@every_framework
def test_summaries_are_one_or_two_plain_sentences(catalogue):
    for one in catalogue.nodes:
        assert one.summary.endswith(".")
        assert one.summary.count(". ") <= 1
        assert one.summary.rstrip(".") != one.title
        assert len(one.summary.split()) <= 40


@every_framework
def test_a_published_framework_holds_no_local_node(catalogue):
    assert not any(one.local for one in catalogue.nodes)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (small((node("a"), node("a"))), "twice"),
        (small((node("b", "a"), node("a"))), "parent"),
        (small((node("a", document="other"),)), "source"),
        (small((msgspec.structs.replace(node("a"), source=None),)), "source"),
        (small((node("a"),), (row("a"),)), "twice"),
        (small((node("a"),), (row("r"), row("r"))), "twice"),
        (small((node("a"),), (row("r", "b"),)), "no node"),
        (small((node("a"),), (row("r", parent="s"), row("s"))), "row above"),
    ],
)
def test_a_catalogue_that_contradicts_itself_is_refused(broken, said):
    with pytest.raises(DataFileError, match=said):
        check_links(broken, "small.yaml")


def test_a_sound_catalogue_passes_the_check():
    check_links(small((node("a"), node("b", "a")), (row("r", "b"), row("s", "b", "r"))), "small.yaml")


@pytest.fixture
def altered(tmp_path, monkeypatch):
    """Give a folder in which one catalogue stands under another name, altered."""

    def write(name: str, **changes: object) -> None:
        catalogue = {**load_yaml("frameworks", "strategy_2018_21.yaml"), "id": name, **changes}
        (tmp_path / "frameworks").mkdir()
        (tmp_path / "frameworks" / f"{name}.yaml").write_text(yaml.safe_dump(catalogue), encoding="utf-8")
        monkeypatch.setattr("services.vocabulary.datafiles.schemas_root", lambda: tmp_path)
        monkeypatch.setattr("services.vocabulary.frameworks.framework_ids", lambda: (name,))

    return write


def test_a_new_file_is_a_new_framework(altered):
    altered("next_year", version=7)
    assert framework("next_year").version == 7


def test_a_file_that_names_another_framework_is_refused(altered):
    altered("misnamed", id="other")
    with pytest.raises(DataFileError, match="another framework"):
        framework("misnamed")


def test_a_file_with_a_slip_is_refused_by_its_place(altered):
    altered("slipped", version="one")
    with pytest.raises(DataFileError, match=r"slipped\.yaml .*version"):
        framework("slipped")


def test_a_file_that_contradicts_itself_is_refused_when_it_is_read(altered):
    altered("twice", nodes=load_yaml("frameworks", "strategy_2018_21.yaml")["nodes"] * 2)
    with pytest.raises(DataFileError, match="twice"):
        framework("twice")
