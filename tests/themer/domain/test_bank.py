"""The concept bank: what its files have to hold, and what is refused."""

import json

import jsonschema_rs
import pytest
import yaml

from services.errors import DataFileError
from services.themer import bank as concept_bank
from services.themer.bank import WeightedCue, bank, cues_of
from services.themer.crosswalk import SIGNALS, order_of
from services.themer.scoring import example_index, phrase_book
from services.vocabulary import datafiles
from services.vocabulary.datafiles import schema_path
from services.vocabulary.frameworks import frameworks

FOLDER = schema_path("vocabularies", "themer")
FILES = sorted(FOLDER.glob("concepts/*.yaml"))
CONCEPT = {
    "id": "made_for_a_test",
    "title": "Made for a test",
    "definition": "One.",
    "does_not_count_when": "Never.",
    "cues": ["some words", {"cue": "other words", "weight": 0.9}],
    "examples": ["One.", "Two.", "Three.", "Four.", "Five."],
    "counter_examples": [],
    "nodes": {"mayor_2022_25": {"2.2": 0.9}},
    "because": {"mayor_2022_25": "It says so (line 1)."},
}


def validator(name):
    return jsonschema_rs.validator_for(json.loads((FOLDER / name).read_text(encoding="utf-8")))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the data files that a test may break; the bank is read from it."""
    root = tmp_path / "schemas"
    for path in FOLDER.parent.parent.rglob("*.yaml"):
        copy = root / path.relative_to(FOLDER.parent.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(datafiles, "schemas_root", lambda: root)
    bank.cache_clear()
    yield root / "vocabularies" / "themer"
    monkeypatch.undo()
    bank.cache_clear()


def add(folder, *concepts, **more):
    header = {"title": "Test", "source": "Test", "licence": "MIT", "version": 1}
    content = yaml.safe_dump(header | more | {"concepts": list(concepts)})
    (folder / "concepts" / "made.yaml").write_text(content, encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_concept_file_has_the_documented_form(path):
    validator("concept.schema.json").validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["sectors", "forms", "stance"])
def test_every_label_file_has_the_documented_form(name):
    validator("label.schema.json").validate(yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8")))


def test_every_cue_compiles_and_every_example_is_indexed():
    assert phrase_book() is not None
    assert example_index().likenesses(["interpret"])


def test_no_example_stands_for_two_concepts():
    owners = {}
    for concept in bank().concepts:
        for example in concept.examples:
            assert owners.setdefault(example, concept.id) == concept.id


def test_no_counter_example_is_an_example_of_its_concept():
    for concept in bank().concepts:
        assert not set(concept.examples) & set(concept.counter_examples)


def test_every_reason_names_a_line_and_every_framework_has_one():
    for concept in bank().concepts:
        assert set(concept.nodes) <= set(concept.because) <= set(frameworks())


def test_a_cue_without_a_weight_has_the_usual_one():
    assert [cue.weight for cue in cues_of("it", ["a", WeightedCue("b", 0.9)])] == [0.6, 0.9]


def test_a_new_file_is_read_and_changes_the_version(folder):
    before = bank().version
    bank.cache_clear()
    add(folder, CONCEPT, lists={"made_list": ["a word"]})
    after = bank()
    assert "made_for_a_test" in {concept.id for concept in after.concepts}
    assert after.lexicon["made_list"] == ["a word"]
    assert after.version != before


def test_a_changed_comment_changes_the_version(folder):
    before = bank().version
    bank.cache_clear()
    lexicon = folder / "lexicon.yaml"
    lexicon.write_bytes(lexicon.read_bytes() + b"# changed\n")
    assert bank().version != before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"nodes": {"nowhere": {"2.2": 0.9}}, "because": {"nowhere": "line 1"}}, "framework that is not there"),
        ({"nodes": {"mayor_2022_25": {"9.9": 0.9}}}, "node that mayor_2022_25 lacks"),
        ({"nodes": {"mayor_2022_25": {"2.2": 1.5}}}, "weight outside"),
        ({"because": {}}, "gives no reason"),
        ({"forms": {"nothing": 0.5}}, "form or sector"),
        ({"sectors": {"nothing": 0.5}}, "form or sector"),
        ({"id": "no_interpreter"}, "there already"),
        ({"cues": None}, "does not fit"),
    ],
)
def test_a_concept_that_contradicts_the_rest_is_refused(folder, change, message):
    add(folder, CONCEPT | change)
    with pytest.raises(DataFileError, match=message):
        bank()


def test_a_word_list_with_a_name_that_is_taken_is_refused(folder):
    add(folder, CONCEPT, lists={"police": ["somebody"]})
    with pytest.raises(DataFileError, match="@police"):
        bank()


def test_a_label_file_that_lacks_a_label_is_refused(folder):
    path = folder / "sectors.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["labels"].pop()
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(DataFileError, match=r"sectors\.yaml"):
        bank()


@pytest.mark.parametrize("group", ["health_pledges", "forms", "sectors"])
def test_a_table_without_a_blend_for_a_framework_or_for_labels_is_refused(folder, group):
    path = folder / "blend.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    del content["blends"][group]
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(DataFileError, match="each framework"):
        bank()


def test_a_blend_knows_every_signal_and_only_nodes_that_there_are():
    for group, blend in bank().blends.items():
        assert set(blend.weights) == set(SIGNALS)
        assert set(blend.bias) == set(order_of(group))
        assert 1 <= blend.cut.most <= (4 if group == "sectors" else 3)


def test_words_that_say_little_are_stems():
    assert {"the", "becaus"} <= bank().little


def test_acts_are_the_ones_the_stance_knows():
    assert tuple(label.id for label in bank().acts) == concept_bank.ACTS
