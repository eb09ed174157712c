"""An organisation's own nodes hang below the pledges; what clashes is refused with every reason at once."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InputRefused
from services.vocabulary.frameworks import framework, frameworks
from services.vocabulary.local_nodes import with_local_nodes

HEADER = {"framework": "health_pledges", "title": "Ours", "source": "Our paper", "licence": "ours", "version": 1}


def entry(node_id: str, parent: str = "P3") -> dict[str, str]:
    return {"id": node_id, "parent": parent, "title": f"Title of {node_id}", "summary": "What we promise."}


@pytest.fixture
def write(tmp_path):
    def written(*nodes: dict[str, str], name: str = "ours.yaml", **header: object) -> Path:
        path = tmp_path / name
        path.write_text(yaml.safe_dump({**HEADER, **header, "nodes": list(nodes)}), encoding="utf-8")
        return path

    return written


def findings(*files: Path) -> list[str]:
    with pytest.raises(InputRefused) as refused:
        with_local_nodes(files)
    return [f"{finding.place}: {finding.rule}" for finding in refused.value.findings]


def test_a_local_node_follows_its_pledge(write):
    pledges = with_local_nodes([write(entry("P3.night"))])["health_pledges"]
    assert pledges.ordered == ("P1", "P2", "P3", "P3.night", "P4", "P5", "P6")


def test_a_local_node_is_marked_and_has_no_source(write):
    added = with_local_nodes([write(entry("P3.night"))])["health_pledges"].node("P3.night")
    assert (added.local, added.source, added.parent, added.title) == (True, None, "P3", "Title of P3.night")


def test_a_local_node_closes_upward_to_its_pledge(write):
    pledges = with_local_nodes([write(entry("P3.night"), entry("P3.night.bus", "P3.night"))])["health_pledges"]
    assert pledges.close_upward(["P3.night.bus", "P1"]) == ("P1", "P3", "P3.night", "P3.night.bus")


def test_siblings_keep_the_order_of_the_file_behind_their_elders(write):
    nodes = entry("P3.a"), entry("P3.b"), entry("P3.a.deep", "P3.a"), entry("P6.x", "P6")
    pledges = with_local_nodes([write(*nodes)])["health_pledges"]
    assert pledges.ordered == ("P1", "P2", "P3", "P3.a", "P3.a.deep", "P3.b", "P4", "P5", "P6", "P6.x")


def test_several_files_add_up(write):
    files = [write(entry("P1.x", "P1"), name="one.yaml"), write(entry("P1.y", "P1"), name="two.yaml")]
    assert [node.id for node in with_local_nodes(files)["health_pledges"].children("P1")] == ["P1.x", "P1.y"]


def test_our_own_catalogue_stays_as_it_is(write):
    with_local_nodes([write(entry("P3.night"))])
    assert len(framework("health_pledges").nodes) == 6


def test_rows_and_other_frameworks_are_untouched(write):
    extended = with_local_nodes([write(entry("P3.night"))])
    assert tuple(extended) == tuple(frameworks())
    assert extended["mayor_2022_25"] is frameworks()["mayor_2022_25"]
    assert extended["health_pledges"].row("P3.1") == framework("health_pledges").row("P3.1")


def test_without_files_nothing_changes():
    assert with_local_nodes([]) == frameworks()


def test_catalogues_of_the_callers_own_can_be_extended(write):
    once = with_local_nodes([write(entry("P3.a"), name="one.yaml")])
    twice = with_local_nodes([write(entry("P3.b", "P3.a"), name="two.yaml")], once)
    assert twice["health_pledges"].close_upward(["P3.b"]) == ("P3", "P3.a", "P3.b")


@pytest.mark.parametrize("taken", ["P3", "P3.1", "P1.3.2"])
def test_an_id_of_a_node_or_row_is_refused(write, taken):
    assert findings(write(entry(taken))) == ["ours.yaml, nodes[0].id: the id is already taken"]


def test_an_id_of_another_local_file_is_refused(write):
    files = write(entry("P3.x"), name="one.yaml"), write(entry("P3.x"), name="two.yaml")
    assert findings(*files) == ["two.yaml, nodes[0].id: the id is already taken"]


def test_an_unknown_parent_is_refused(write):
    assert findings(write(entry("P9.x", "P9"))) == ["ours.yaml, nodes[0].parent: no such node"]


def test_a_row_is_no_parent(write):
    assert findings(write(entry("P3.1.x", "P3.1"))) == ["ours.yaml, nodes[0].parent: no such node"]


def test_a_framework_that_takes_no_local_nodes_is_refused(write):
    assert findings(write(entry("x", "1"), framework="mayor_2022_25")) == [
        "ours.yaml, framework: it allows no local nodes"
    ]


def test_an_unknown_framework_is_refused(write):
    assert findings(write(entry("x"), framework="nowhere")) == ["ours.yaml, framework: no such framework"]


def test_every_finding_of_every_file_is_listed(write):
    one = write(entry("P3"), entry("P3.x", "P9"), name="one.yaml")
    two = write(entry("x"), framework="nowhere", name="two.yaml")
    assert len(findings(one, two)) == 3


def test_a_missing_file_is_a_finding(tmp_path):
    assert findings(tmp_path / "absent.yaml") == ["absent.yaml, file: it cannot be read"]


def test_a_file_that_is_not_utf8_is_a_finding(tmp_path):
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"title: caf\xe9\n")
    assert findings(path) == ["latin.yaml, file: it cannot be read"]


def test_a_file_that_is_not_yaml_is_a_finding(tmp_path):
    path = tmp_path / "broken.yaml"
    path.write_text("nodes: [", encoding="utf-8")
    assert findings(path) == ["broken.yaml, file: it is not valid YAML"]


def test_a_field_too_many_is_refused_without_repeating_it(write):
    with pytest.raises(InputRefused) as refused:
        with_local_nodes([write({**entry("P3.x"), "something private": "yes"})])
    assert "private" not in str(refused.value)
    assert "nodes[0]" in str(refused.value)


def test_a_missing_field_is_named(write):
    unfinished = entry("P3.x")
    del unfinished["summary"]
    (finding,) = findings(write(unfinished))
    assert finding == "ours.yaml, nodes[0]: Object missing required field `summary`"


def test_a_file_that_holds_no_mapping_is_a_finding(tmp_path):
    path = tmp_path / "list.yaml"
    path.write_text("- one\n", encoding="utf-8")
    (finding,) = findings(path)
    assert finding.startswith("list.yaml, file: Expected `object`")


@given(st.lists(st.sampled_from(["P1", "P2", "P3", "P4", "P5", "P6"]), max_size=12))
def test_parents_always_stand_before_their_children(tmp_path_factory, parents):
    nodes = [entry(f"local.{at}", parent) for at, parent in enumerate(parents)]
    path = tmp_path_factory.mktemp("local") / "ours.yaml"
    path.write_text(yaml.safe_dump({**HEADER, "nodes": nodes}), encoding="utf-8")
    pledges = with_local_nodes([path])["health_pledges"]
    assert len(pledges.nodes) == 6 + len(parents)
    for one in pledges.nodes:
        if one.parent is not None:
            assert pledges.ordered.index(one.parent) < pledges.ordered.index(one.id)
    assert [one for one in pledges.ordered if not one.startswith("local")] == ["P1", "P2", "P3", "P4", "P5", "P6"]
