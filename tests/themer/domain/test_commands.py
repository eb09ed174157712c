"""The file command: JSON lines in, JSON lines out."""

import json

import pytest

from services.errors import InputRefused
from services.themer.commands import MOST_CHARACTERS, tag_lines

GOOD = b'{"id": "one", "text": "The officer said it was just a domestic."}\n'


def answers(*lines):
    return [json.loads(line) for line in tag_lines(lines)]


def test_an_answer_has_exactly_the_published_fields():
    (answer,) = answers(GOOD)
    assert list(answer) == ["id", "themes", "forms", "sectors", "stance", "safeguarding", "uncovered"]
    assert list(answer["themes"][0]) == ["framework", "node", "score", "evidence"]
    assert list(answer["themes"][0]["evidence"][0]) == ["start", "end"]


def test_answers_keep_ids_and_order():
    lines = [json.dumps({"id": str(number), "text": "police"}).encode() for number in range(5)]
    assert [answer["id"] for answer in answers(*lines)] == ["0", "1", "2", "3", "4"]


def test_every_answer_is_a_line():
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in tag_lines([GOOD, GOOD]))


def test_blank_lines_other_fields_and_a_byte_order_mark_are_passed_over():
    more = json.dumps({"id": "two", "text": "x", "note": "y"}).encode()
    assert [answer["id"] for answer in answers(b"\xef\xbb\xbf" + GOOD, b"\n", b"  \n", more)] == ["one", "two"]


def test_lines_are_answered_one_by_one():
    def endless():
        while True:
            yield GOOD

    answered = tag_lines(endless())
    assert json.loads(next(answered))["id"] == "one"
    assert json.loads(next(answered))["id"] == "one"


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"{not json: secret}", "not JSON"),
        (b'{"id": "secret"}', "missing"),
        (b'{"text": "secret"}', "missing"),
        (b'{"id": 7, "text": "secret"}', "not a string"),
        (b'{"id": "a", "text": ["secret"]}', "not a string"),
        (b'["secret"]', "missing"),
        (b'{"id": "", "text": "secret"}', "empty"),
        (b'{"id": "a", "text": "secret \xff"}', ""),
        (json.dumps({"id": "a", "text": "secret " * MOST_CHARACTERS}).encode(), "more than"),
    ],
)
def test_a_bad_line_is_refused_by_place_and_rule_and_never_by_value(line, rule):
    with pytest.raises(InputRefused) as refused:
        list(tag_lines([GOOD, line]))
    (finding,) = refused.value.findings
    assert finding.place == "line 2"
    assert rule in finding.rule
    assert finding.mend
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_what_came_before_a_bad_line_was_answered():
    answered = tag_lines([GOOD, b"{"])
    assert json.loads(next(answered))["id"] == "one"
    with pytest.raises(InputRefused):
        next(answered)
