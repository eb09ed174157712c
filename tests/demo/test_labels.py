"""Marks in a text, and the lines that are built of them."""

import hashlib
import json
import re

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.demo import labels
from services.demo.labels import (
    KEEP,
    LabelledText,
    Span,
    built_lines,
    half_of,
    identifiers_line,
    is_long,
    labelled_texts,
    read_marks,
    second_pass,
    themes_line,
)
from services.errors import DataFileError
from services.vocabulary.datafiles import schema_path

PLAIN = st.text(st.characters(exclude_characters="{}|", exclude_categories=["Cs"]), max_size=20)
SURFACE = st.text(st.characters(exclude_characters="{}|", exclude_categories=["Cs"]), min_size=1, max_size=20)
MARK = st.tuples(st.sampled_from(["PERSON", "PLACE", KEEP]), st.sampled_from([None, "p1", "p2"]), SURFACE)


def text_of(marked="Mind the gap.", **more):
    """Return a labelled text, good but for what a test says."""
    given_fields = {
        "id": "x-0001",
        "kind": "survey",
        "role": "survivor",
        "areas": ("lambeth",),
        "voice": "plain",
        "marked": marked,
        "themes": {"mayor_2022_25": ("2.2",)},
        "sectors": ("police",),
        "forms": (),
        "stance": "concern",
        "safeguarding": False,
        "uncovered": False,
    }
    return LabelledText(**{**given_fields, **more})


def test_a_mark_becomes_a_span_over_its_surface():
    words, spans = read_marks("I told {{PERSON|Ada}} twice.")
    assert words == "I told Ada twice."
    assert spans == (Span(7, 10, "PERSON", None),)


def test_marks_of_one_person_bear_the_same_number():
    words, spans = read_marks("{{PERSON#p1|Adaeze}} or {{PERSON#p1|Ada}}, not {{PERSON#p2|Bea}}")
    assert [words[span.start : span.end] for span in spans] == ["Adaeze", "Ada", "Bea"]
    assert [span.person for span in spans] == ["p1", "p1", "p2"]


def test_a_text_without_marks_is_its_own_words():
    assert read_marks("Nothing to see.") == ("Nothing to see.", ())


@pytest.mark.parametrize("broken", ["{{PERSON|Ada", "{{person|Ada}}", "{{PERSON|}}", "{{PERSON Ada}}", "{PERSON|Ada}"])
def test_a_broken_mark_is_left_in_the_words_for_the_proof_to_find(broken):
    words, spans = read_marks(broken)
    assert words == broken
    assert spans == ()


@given(st.lists(st.tuples(PLAIN, MARK), max_size=6), PLAIN)
def test_every_span_points_at_what_was_marked(pieces, end):
    marked = "".join(
        f"{before}{{{{{label}{'#' + person if person else ''}|{surface}}}}}"
        for before, (label, person, surface) in pieces
    )
    words, spans = read_marks(marked + end)
    assert words == "".join(before + mark[2] for before, mark in pieces) + end
    assert [(span.label, span.person, words[span.start : span.end]) for span in spans] == [mark for _, mark in pieces]


@given(st.text(max_size=30))
def test_the_half_is_the_parity_of_the_sha256_as_a_number(text_id):
    odd = int(hashlib.sha256(text_id.encode("utf-8", "surrogatepass")).hexdigest(), 16) % 2
    assert half_of(text_id) == ("reporting" if odd else "tuning")


def test_the_halves_of_known_texts_never_change():
    found = {text_id: half_of(text_id) for text_id in ("a-0001", "a-0002", "b-0001", "b-0002", "b-0003")}
    assert found == {
        "a-0001": "reporting",
        "a-0002": "reporting",
        "b-0001": "reporting",
        "b-0002": "reporting",
        "b-0003": "tuning",
    }


def test_both_halves_are_of_like_size():
    tuning = sum(half_of(text.id) == "tuning" for text in labelled_texts())
    assert 0.45 < tuning / len(labelled_texts()) < 0.55


@pytest.mark.parametrize(("words", "long"), [(25, False), (26, True)])
def test_a_text_of_more_than_25_words_is_long(words, long):
    assert is_long("word " * words) is long


def test_the_line_of_identifiers_keeps_apart_what_goes_and_what_stays():
    line = identifiers_line(text_of("{{PERSON#p1|Ada}} rang the {{KEEP|police}} in {{PLACE|Brixton}}."))
    assert line["text"] == "Ada rang the police in Brixton."
    assert line["spans"] == [
        {"start": 0, "end": 3, "label": "PERSON", "person": "p1"},
        {"start": 23, "end": 30, "label": "PLACE", "person": None},
    ]
    assert line["keep"] == [{"start": 13, "end": 19}]


def test_the_line_of_themes_has_the_words_and_no_marks():
    line = themes_line(text_of("{{PERSON|Ada}} rang.", stance="praise", safeguarding=True))
    assert line["text"] == "Ada rang."
    assert line["themes"] == {"mayor_2022_25": ["2.2"]}
    assert (line["stance"], line["safeguarding"], line["uncovered"]) == ("praise", True, False)


@pytest.mark.parametrize("name", ["identifiers", "themes"])
def test_every_built_line_fits_its_schema(name):
    schema = json.loads(schema_path("demo", f"{name}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    content = dict(built_lines(labelled_texts()))[f"{name}.jsonl"]
    lines = [json.loads(line) for line in content.splitlines()]
    assert len(lines) == len(labelled_texts())
    assert [line["id"] for line in lines if not validator.is_valid(line)] == []


@pytest.mark.parametrize("half", ["tuning", "reporting"])
def test_one_half_is_built_alone_and_says_so_in_each_line(half):
    for _, content in built_lines(labelled_texts(), half):
        lines = [json.loads(line) for line in content.splitlines()]
        assert {line["half"] for line in lines} == {half}
        assert all(half_of(line["id"]) == half for line in lines)


def test_the_two_halves_together_are_the_whole():
    whole = {name: set(content.splitlines()) for name, content in built_lines(labelled_texts())}
    for name, lines in whole.items():
        parts = [dict(built_lines(labelled_texts(), half))[name].splitlines() for half in ("tuning", "reporting")]
        assert sorted(lines) == sorted(parts[0] + parts[1])


def test_building_twice_gives_the_same():
    assert list(built_lines(labelled_texts())) == list(built_lines(labelled_texts()))


def test_files_without_marks_are_not_read_as_texts():
    ids = {text.id for text in labelled_texts()}
    assert not any(text_id.startswith("gf-") for text_id in ids)
    assert len(ids) == len(labelled_texts())


def test_the_second_pass_is_of_100_texts_that_there_are():
    ids = [second.id for second in second_pass()]
    assert len(ids) == len(set(ids)) == 100
    assert set(ids) <= {text.id for text in labelled_texts()}


def test_a_broken_line_is_refused_by_place_and_never_by_its_words(tmp_path, monkeypatch):
    (tmp_path / "broken.jsonl").write_text('{"id": "x-0001", "marked": "secret heron"}\n', encoding="utf-8")
    monkeypatch.setattr(labels, "TEXTS", tmp_path)
    labelled_texts.cache_clear()
    try:
        with pytest.raises(DataFileError, match=re.escape("broken.jsonl, line 1")) as refused:
            labelled_texts()
    finally:
        labelled_texts.cache_clear()
    assert "heron" not in str(refused.value)
