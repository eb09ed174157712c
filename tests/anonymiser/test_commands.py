"""The file command: JSON lines in, JSON lines out."""

import json

import pytest

from services.anonymiser.commands import pseudonymise_lines
from services.errors import InputRefused


def run(*lines):
    return [json.loads(line) for line in pseudonymise_lines(lines)]


def test_a_line_becomes_a_line_with_spans_into_the_input_and_doubts_into_the_output():
    (done,) = run(b'{"id": "a1", "text": "Amina rang zorblax about it"}\n')
    assert set(done) == {"id", "text", "spans", "doubts", "held"}
    assert done["id"] == "a1"
    assert done["spans"][0] == {"start": 0, "end": 5, "label": "PERSON", "replacement": "[PERSON-1]"}
    assert done["held"] == bool(done["doubts"])


def test_every_line_ends_with_a_line_feed():
    assert all(
        line.endswith(b"\n") for line in pseudonymise_lines([b'{"id":"a","text":"x"}', b'{"id":"b","text":"y"}'])
    )


def test_nothing_is_learnt_from_one_line_for_another():
    alone = run(b'{"id": "b", "text": "then zorblatta rang"}')
    after = run(b'{"id": "a", "text": "My cousin Zorblatta told me."}', b'{"id": "b", "text": "then zorblatta rang"}')
    assert after[1] == alone[0]


def test_empty_lines_are_passed_over():
    assert [done["id"] for done in run(b"\n", b'{"id": "a", "text": ""}', b"  \n")] == ["a"]


def test_other_fields_of_a_line_are_passed_over():
    assert run(b'{"id": "a", "text": "x", "role": "survivor"}')[0]["text"] == "x"


@pytest.mark.parametrize(
    "line",
    [
        b'{"id": "a", "text": "Amina',
        b'{"id": "a", "words": "Amina"}',
        b'{"id": 7, "text": "Amina"}',
        b'{"id": "a", "text": ["Amina"]}',
        b'["Amina"]',
        b'"Amina"',
        b'{"id": "a", "text": "\xff Amina"}',
    ],
)
def test_a_bad_line_is_refused_by_number_and_rule_and_never_quoted(line):
    with pytest.raises(InputRefused) as refused:
        run(b'{"id": "a", "text": "fine"}', line)
    message = str(refused.value)
    assert message.startswith("line 2: ")
    assert "Amina" not in message
    assert refused.value.__cause__ is None


def test_lines_before_a_bad_one_have_gone_out():
    lines = pseudonymise_lines([b'{"id": "a", "text": "x"}', b"{"])
    assert json.loads(next(lines))["id"] == "a"
    with pytest.raises(InputRefused):
        next(lines)
