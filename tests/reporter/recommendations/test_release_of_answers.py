"""Time to answer, what changed, what was declined and why: in the body of a release, in its files and on its page."""

import dataclasses
import json

import msgspec
import pytest
import released

from services.reporter.loop_figures import LoopFigures
from services.reporter.outputs import json_bytes
from services.reporter.outputs.document import print_html
from services.reporter.reading import report_page
from services.reporter.release import body_bytes, citation
from services.web.contexts import Section

ALL = LoopFigures(
    made=9,
    answered=7,
    median_days_to_answer=12,
    accepted=2,
    partly=1,
    declined={"no_money": 3, "not_lawful": 1},
    done=2,
    changed_yes=1,
    changed_no=1,
    overdue=2,
)


def bodies(**figures):
    return msgspec.structs.replace(released.compose(), loop=msgspec.structs.replace(ALL, **figures))


def answers_on(body) -> Section | None:
    line = dataclasses.replace(released.line_of(body), prepared_on=released.DAY)
    page = report_page(line, body, area=released.AREA, words=released.WORDS)
    return next((section for section in page.sections if section.name == "answers"), None)


def test_the_page_says_all_of_it_in_sentences():
    assert answers_on(bodies()).paragraphs == (
        "9 recommendations can be read by everybody on 7 April 2025.",
        "7 of 9 were answered (77%).",
        "Half of the answers took 12 days or less.",
        "Accepted: 2. Accepted in part: 1. Declined: 4.",
        "Declined: Not without more money: 3.",
        "Declined: The law does not allow it: 1.",
        "Said to be done: 2.",
        "Did it change? Groups said yes of 1, partly of 0, no of 1.",
        "Overdue: 2.",
    )


def test_the_body_and_its_file_hold_the_same_and_its_citation_depends_on_it():
    body = bodies()
    told = json.loads(body_bytes(body))["loop"]
    assert msgspec.convert(told, LoopFigures) == ALL
    assert json.loads(json_bytes(body))["loop"] == told
    assert citation(body) != citation(bodies(overdue=3))


def test_the_printed_release_says_the_same_as_the_page():
    body = bodies()
    edition = released.edition_of(body)
    printed = print_html(edition)
    for sentence in answers_on(body).paragraphs[1:]:
        assert sentence in printed


@pytest.mark.parametrize(
    ("figures", "absent"),
    [
        ({"median_days_to_answer": None, "answered": 0}, "Half of the answers"),
        ({"declined": {}}, "Declined: Not"),
        ({"changed_yes": 0, "changed_no": 0}, "Did it change?"),
        ({"done": 0}, "Said to be done"),
        ({"overdue": 0}, "Overdue"),
    ],
)
def test_what_there_is_none_of_is_not_said(figures, absent):
    assert absent not in " ".join(answers_on(bodies(**figures)).paragraphs)


def test_where_nothing_can_be_read_by_everybody_there_is_no_such_section():
    assert answers_on(bodies(made=0)) is None


def test_a_reason_that_is_not_listed_any_more_is_not_made_up():
    told = answers_on(bodies(declined={"of_long_ago": 1})).paragraphs
    assert "Declined: another reason: 1." in told
    assert "Declined: 1." in told[3]
