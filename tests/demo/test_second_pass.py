"""The sample of the second labelling is the one that the page describes, and it was made of plain words."""

import hashlib
import json

import pytest

from services.demo.labels import KEEP, SECOND_PASS, TEXTS, labelled_texts, second_pass

#: Texts whose labels the second reader had met before the sample was drawn.
MET_BEFORE = frozenset(
    [
        *("a-0001", "a-0002", "a-0003", "a-0071", "a-0072", "a-0073", "a-0141", "a-0142", "a-0143"),
        *("b-0001", "b-0002", "b-0003", "b-0004", "b-0301", "b-0302", "b-0303", "b-0401", "b-0402", "b-0403"),
        *("b-0501", "b-0502", "b-0503", "b-0601", "b-0602", "b-0603", "b-0701", "b-0702", "b-0703"),
    ]
)


def drawn(number):
    """Return the ids of the sample, by the rule of the page."""
    ids = [text.id for text in labelled_texts() if text.id not in MET_BEFORE]
    return set(sorted(ids, key=lambda text_id: hashlib.sha256(f"second pass {text_id}".encode()).hexdigest())[:number])


def test_the_sample_is_drawn_by_hash_and_not_by_choice():
    assert len(MET_BEFORE) == 28
    assert {labels.id for labels in second_pass()} == drawn(100)


def test_the_sample_has_both_halves_and_many_kinds():
    by_id = {text.id: text for text in labelled_texts()}
    kinds = {by_id[labels.id].kind for labels in second_pass()}
    assert {"survey", "public_interview", "workshop", "focus_group", "survivor_forum", "interview"} <= kinds


def test_lines_stand_in_the_order_of_their_ids():
    ids = [json.loads(line)["id"] for line in SECOND_PASS.read_text(encoding="utf-8").splitlines()]
    assert ids == sorted(ids)


def test_every_span_covers_whole_words():
    by_id = {text.id: text.words for text in labelled_texts()}
    for labels in second_pass():
        words = by_id[labels.id]
        for span in labels.spans:
            assert not (words[max(0, span.start - 1)] + words[span.start]).isalnum() or span.start == 0
            assert not words[span.end - 1 : span.end + 1].isalnum() or span.end == len(words)


def test_what_stays_is_not_marked_and_persons_are_not_told_apart():
    for labels in second_pass():
        assert all(span.label != KEEP and span.person is None for span in labels.spans)


def test_the_sidecar_says_source_and_licence():
    sidecar = (TEXTS / "README.md").read_text(encoding="utf-8")
    assert "| Source | written for this project |" in sidecar
    assert "| Licence | MIT" in sidecar


@pytest.mark.parametrize("path", sorted(TEXTS.glob("*.jsonl")), ids=lambda path: path.stem)
def test_every_file_of_texts_is_one_json_object_a_line(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines
    assert all(isinstance(json.loads(line), dict) for line in lines)
