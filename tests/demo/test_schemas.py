"""The schemas of the built lines refuse what nobody should measure with."""

import copy
import json

import jsonschema
import pytest

from services.demo.labels import identifiers_line, labelled_texts, themes_line
from services.vocabulary.datafiles import schema_path
from services.vocabulary.forms import forms
from services.vocabulary.sectors import sectors


def validator_of(name):
    schema = json.loads(schema_path("demo", f"{name}.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


def first_line(name):
    """Return a good line with at least one span and one node."""
    text = next(text for text in labelled_texts() if text.spans and any(text.themes.values()))
    return copy.deepcopy(identifiers_line(text) if name == "identifiers" else themes_line(text))


@pytest.mark.parametrize("name", ["identifiers", "themes"])
def test_a_good_line_fits(name):
    assert validator_of(name).is_valid(first_line(name))


@pytest.mark.parametrize("name", ["identifiers", "themes"])
def test_a_schema_says_source_and_licence(name):
    described = validator_of(name).schema["description"]
    assert "invented for this project" in described
    assert "MIT" in described


@pytest.mark.parametrize("field", ["id", "half", "text", "spans", "keep"])
def test_no_field_of_an_identifiers_line_may_be_missing(field):
    line = first_line("identifiers")
    del line[field]
    assert not validator_of("identifiers").is_valid(line)


@pytest.mark.parametrize(
    "field", ["id", "half", "text", "themes", "sectors", "forms", "stance", "safeguarding", "uncovered"]
)
def test_no_field_of_a_themes_line_may_be_missing(field):
    line = first_line("themes")
    del line[field]
    assert not validator_of("themes").is_valid(line)


@pytest.mark.parametrize("name", ["identifiers", "themes"])
@pytest.mark.parametrize(
    "wrong",
    [{"id": "a-1"}, {"id": 1}, {"half": "both"}, {"text": ""}, {"voice": "plain"}],
    ids=str,
)
def test_a_wrong_id_half_or_text_and_an_unknown_field_are_refused(name, wrong):
    assert not validator_of(name).is_valid({**first_line(name), **wrong})


@pytest.mark.parametrize(
    "wrong",
    [{"start": -1}, {"start": 0.5}, {"label": "KEEP"}, {"label": "person"}, {"person": "P 1"}, {"surface": "Ada"}],
    ids=str,
)
def test_a_wrong_span_is_refused(wrong):
    line = first_line("identifiers")
    line["spans"] = [{"start": 0, "end": 3, "label": "PERSON", "person": None, **wrong}]
    assert not validator_of("identifiers").is_valid(line)


@pytest.mark.parametrize(
    "wrong",
    [
        {"themes": {"mayor_2022_25": ["1.1", "1.2", "1.3", "1.4"]}},
        {"themes": {"mayor_2022_25": ["1.1", "1.1"]}},
        {"themes": ["1.1"]},
        {"sectors": ["police", "police"]},
        {"forms": "stalking"},
        {"stance": "angry"},
        {"safeguarding": "no"},
        {"uncovered": None},
    ],
    ids=str,
)
def test_wrong_labels_of_themes_are_refused(wrong):
    assert not validator_of("themes").is_valid({**first_line("themes"), **wrong})


def test_the_texts_speak_of_every_sector_and_of_every_form():
    lines = [themes_line(text) for text in labelled_texts()]
    assert {sector for line in lines for sector in line["sectors"]} == sectors().id_set
    assert {form for line in lines for form in line["forms"]} == forms().id_set
