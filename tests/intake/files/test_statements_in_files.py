"""Findings and recommendations in files: the same session whether it comes as rows, as marked paragraphs or as JSON."""

import io
import json

import pytest

from services.errors import InputRefused
from services.intake.files.reading import Header, read_file, stream_rows
from services.intake.statements import SubmittedStatement
from services.intake.submissions import check

FINDING = "Waiting without any word is taken for being forgotten."
RECOMMENDATION = "Say how long it will be. Keep in touch."
EXPECTED = (
    SubmittedStatement(kind="finding", text=FINDING, sectors=("health",)),
    SubmittedStatement(kind="recommendation", text=RECOMMENDATION, area="services", sectors=("housing", "health")),
)
HEADER = Header(
    kind="survivor_forum", month="2025-01", role="survivor", uses=("count",), group="group-1", number_present=8
)
CSV = (
    "text,statement,recommendation_area,sectors,person\n"
    "They kept us waiting.,,,,1\n"
    f"{FINDING},finding,,health,\n"
    "Nobody rang.,,,,2\n"
    f"{RECOMMENDATION},Recommendation,SERVICES,health; housing,\n"
)
NOTES = (
    "Person 1: They kept us waiting.\n\n"
    f"Finding (health): {FINDING}\n\n"
    "Person 2: Nobody rang.\n\n"
    f"recommendation (services; Health; housing): {RECOMMENDATION}\n"
)


def read(text, kind, header=HEADER):
    return read_file(io.BytesIO(text.encode()), format=kind, header=header)


def refused(text, kind, header=HEADER):
    with pytest.raises(InputRefused) as caught:
        read(text, kind, header)
    assert "Quillmere" not in str(caught.value)
    return [(finding.place, finding.rule) for finding in caught.value.findings]


@pytest.mark.parametrize(("text", "kind"), [(CSV, "csv"), (NOTES, "txt")])
def test_rows_and_paragraphs_give_the_same_statements_and_leave_the_words_of_each_person(text, kind):
    found = read(text, kind)
    (session,) = found.submissions
    assert session.statements == EXPECTED
    assert [(each.person, each.text) for each in session.contributions] == [
        (1, "They kept us waiting."),
        (2, "Nobody rang."),
    ]


def test_json_gives_them_as_a_list():
    body = {
        "contributions": [{"text": "They kept us waiting."}],
        "statements": [
            {"kind": "finding", "text": FINDING, "sectors": ["health"]},
            {"kind": "recommendation", "text": RECOMMENDATION, "area": "services", "sectors": ["housing", "health"]},
        ],
    }
    found = read(json.dumps(body), "json")
    assert found.submissions[0].statements == EXPECTED
    assert found.places == (("the file, contribution 1", "the file, statement 1", "the file, statement 2"),)


def test_places_name_the_contributions_first_and_then_the_statements():
    assert read(CSV, "csv").places == (("the file, row 2", "the file, row 4", "the file, row 3", "the file, row 5"),)
    assert read(NOTES, "txt").places[0][2:] == ("the file, paragraph 2", "the file, paragraph 4")


def test_a_statement_that_breaks_a_rule_is_named_by_its_row():
    found = read(CSV.replace(FINDING, "I was told nothing"), "csv")
    with pytest.raises(InputRefused) as caught:
        check(found.submissions[0], today=__import__("datetime").date(2025, 2, 1), places=list(found.places[0]))
    assert [finding.place for finding in caught.value.findings] == ["the file, row 3.text"]


@pytest.mark.parametrize("at_once", [1, 2, 200])
def test_chunks_carry_them_and_count_contributions_alone(at_once):
    stream = stream_rows(io.BytesIO(CSV.encode()), format="csv", header=HEADER, at_once=at_once)
    chunks = list(stream)
    assert stream.counts == (2,)
    assert tuple(each for chunk in chunks for each in chunk.submission.statements) == EXPECTED
    assert all(
        len(chunk.places) == len(chunk.submission.contributions) + len(chunk.submission.statements) for chunk in chunks
    )


def test_neither_role_nor_uses_nor_a_person_is_asked_of_a_statement():
    rows = f"text,statement,role,uses\nThey kept us waiting.,,survivor,count\n{FINDING},finding,,\n"
    header = Header(kind="survivor_forum", month="2025-01", group="group-1")
    (session,) = read(rows, "csv", header).submissions
    assert (len(session.contributions), len(session.statements)) == (1, 1)
    assert (session.role, session.uses) == ("survivor", ("count",))


def test_a_file_of_statements_alone_is_read():
    (session,) = read(f"text,statement\n{FINDING},finding\n", "csv").submissions
    assert (session.contributions, len(session.statements)) == ((), 1)


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        (f"text,statement\n{FINDING},Quillmere\n", "neither a finding nor a recommendation"),
        (f"text,statement,recommendation_area\n{FINDING},recommendation,Quillmere\n", "not one of the five areas"),
        (f"text,statement,sectors\n{FINDING},finding,Quillmere\n", "not one of the sectors"),
        (f"text,statement,person\n{FINDING},finding,3\n", "a person’s mark on what the group agreed"),
        (f"text,sectors\n{FINDING},health\n", "an area of recommendations or sectors, where no statement stands"),
        (
            f"text,recommendation_area\n{FINDING},services\n",
            "an area of recommendations or sectors, where no statement stands",
        ),
        ("text,statement\n" + f"{FINDING},finding\n" * 21, "too many statements"),
    ],
)
def test_a_row_that_cannot_be_read_is_said_by_place_and_rule(rows, rule):
    assert rule in [each for _, each in refused(rows, "csv")]


def test_brackets_that_name_no_area_and_no_sector_are_refused():
    assert refused(f"Finding (Quillmere): {FINDING}", "txt") == [("the file, paragraph 1", "not one of the sectors")]


def test_a_paragraph_that_only_speaks_of_findings_is_what_somebody_said():
    (session,) = read("The findings were never sent to us. Finding: a lawyer was hard.", "txt").submissions
    assert (len(session.contributions), session.statements) == (1, ())
