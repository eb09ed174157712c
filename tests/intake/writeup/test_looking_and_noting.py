"""The preview cut into stretches, the rows of the check page, and the note as text and document."""

import io
from types import SimpleNamespace

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.submissions import SubmittedContribution
from services.intake.writeup.checking import rows_of
from services.intake.writeup.draft import STEPS, Draft, HandedOn
from services.intake.writeup.looking import choices_of, keeps_from, look, pieces_of
from services.intake.writeup.note import make_note, subjects_line, unsaid_line, write_document


def one(text, spans=(), doubts=(), *, can_stay=True):
    return SimpleNamespace(
        text=text,
        spans=[
            SimpleNamespace(start=a, end=b, shown_start=a, shown_end=b, label="PERSON", can_stay=can_stay)
            for a, b in spans
        ],
        doubts=[SimpleNamespace(start=a, end=b) for a, b in doubts],
        held=bool(doubts),
    )


def draft_of(*texts, **more):
    contributions = tuple(SubmittedContribution(text=text) for text in texts)
    return Draft(contributions=contributions, places=tuple(f"P{n}" for n in range(len(texts))), **more)


stretch = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda pair: (min(pair), max(pair)))


@given(st.text(max_size=12), st.lists(stretch, max_size=3), st.lists(stretch, max_size=3))
def test_the_pieces_together_are_the_text(text, spans, doubts):
    assert "".join(piece.text for piece in pieces_of(one(text, spans, doubts))) == text


def test_what_went_is_told_from_what_is_doubtful():
    pieces = pieces_of(one("Ann met Bea here", [(0, 3)], [(0, 3), (8, 11)]))
    assert [(piece.kind, piece.text) for piece in pieces] == [
        ("gone", "Ann"),
        ("plain", " met "),
        ("doubt", "Bea"),
        ("plain", " here"),
    ]


def test_only_what_may_stay_and_was_not_taken_out_is_offered():
    draft = draft_of("Ann met Bea", removals=("Bea",), keeps={0: ((0, 3),)})
    offered = choices_of(draft, 0, one("Ann met Bea", [(0, 3), (8, 11)]))
    assert [(choice.value, choice.text, choice.chosen) for choice in offered] == [("0:3", "Ann", True)]
    assert choices_of(draft, 0, one("Ann met Bea", [(0, 3)], can_stay=False)) == ()


def test_keeps_of_other_pages_stay_and_invented_ones_are_left_out():
    draft = draft_of("Ann", "Bea", keeps={0: ((0, 3),)})
    everything = [one("Ann", [(0, 3)]), one("Bea", [(0, 3)])]
    assert keeps_from(draft, everything, {1: ["0:3", "0:2", "x"]}) == {0: ((0, 3),), 1: ((0, 3),)}
    assert keeps_from(draft, everything, {0: []}) == {0: ()}


def test_a_page_shows_its_own_contributions():
    draft = draft_of("Ann", "Bea", "Cat")
    seen = look(draft, [one("Ann"), one("Bea"), one("Cat")], [one("Ann"), one("Bea"), one("Cat")], 1, 9)
    assert [(each.number, each.place) for each in seen] == [(1, "P1"), (2, "P2")]


def full_draft(**more):
    return Draft(
        kind="focus_group", month="2025-01", number_present=8, areas=("lambeth", "camden"), role="survivor",
        contributions=(SubmittedContribution(text="One."),), **more,
    )  # fmt: skip


def test_the_check_page_has_an_answer_for_every_question_and_says_what_was_not_provided():
    assert {row.step for row in rows_of(full_draft(group="g1", equality=True), {})} == {*STEPS, "people"}
    rows = rows_of(full_draft(), {})
    rest = {"statements", "equality"}
    assert {row.step for row in rows} == {*STEPS, "people"} - rest, "only a group agrees on something"
    by_key = {row.key: row.values for row in rows}
    assert by_key["How it was held"] == ("Not provided",)
    assert by_key["What may be done"] == ("Nothing",)
    assert by_key["Areas"] == ("Lambeth", "Camden")
    assert by_key["What was said"] == ("1 contribution",)


def test_the_check_page_shows_a_concern_by_its_lists():
    concern = HandedOn(category="child_at_risk", urgency="soon", done=("told_lead",), contact="somebody")
    rows = rows_of(full_draft(handed_on=concern), {})
    assert rows[-1].values == ("A child at risk", "In the next days")


def test_the_note_says_by_when_and_that_a_person_checks_doubts():
    note = make_note(session="abc", month="2025-05", heard=["One.", " "], held=True)
    assert note.month == "May 2025"
    assert note.heard == ("One.", "Everything was taken out.")
    assert any("30 June 2025" in step for step in note.next_steps)
    assert any("one person checks" in step for step in note.next_steps)
    plain = make_note(session="abc", month="2025-05", heard=["One."], held=False, hear_back_on="1 July 2025")
    assert not any("one person checks" in step for step in plain.next_steps)
    assert "You hear back on 1 July 2025." in plain.next_steps


@pytest.mark.parametrize(
    ("subjects", "line"),
    [
        (None, "not known when this was made"),
        ((), "Nothing in the strategy fits"),
        (("Housing",), "A person can still"),
    ],
)
def test_the_note_says_what_it_is_about_or_that_it_is_not_known(subjects, line):
    note = make_note(session="abc", month="2025-05", heard=["One."], held=False, subjects=subjects)
    assert line in subjects_line(note)
    target = io.BytesIO()
    write_document(note, target)
    texts = [paragraph.text for paragraph in docx.Document(io.BytesIO(target.getvalue())).paragraphs]
    at = texts.index("What it is about")
    assert texts[at + 1 : texts.index("What happens next")] == [subjects_line(note), *(subjects or ())]


@pytest.mark.parametrize(("unsaid", "line"), [(0, ""), (1, "One thing that"), (3, "3 things that")])
def test_the_note_says_that_something_is_not_repeated(unsaid, line):
    note = make_note(session="abc", month="2025-05", heard=["One."], held=False, unsaid=unsaid)
    assert unsaid_line(note).startswith(line)
    assert bool(unsaid_line(note)) is bool(unsaid)
    target = io.BytesIO()
    write_document(note, target)
    texts = [paragraph.text for paragraph in docx.Document(io.BytesIO(target.getvalue())).paragraphs]
    assert (unsaid_line(note) in texts) is bool(unsaid)


def test_the_document_holds_the_note_and_nothing_about_who_wrote_it():
    note = make_note(session="abc", month="2025-05", heard=["One.", "Two."], held=False)
    target = io.BytesIO()
    write_document(note, target)
    document = docx.Document(io.BytesIO(target.getvalue()))
    texts = [paragraph.text for paragraph in document.paragraphs]
    assert texts[:2] == ["Session notes", "May 2025. Reference abc."]
    assert [text for text in texts if text in note.heard] == ["One.", "Two."]
    properties = document.core_properties
    assert (properties.author, properties.last_modified_by, properties.comments) == ("", "", "")
    assert properties.created.year == 2000
