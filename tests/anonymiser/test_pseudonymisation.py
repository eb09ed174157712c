"""What the pseudonymiser promises of any text: pure, faithful offsets, marks obeyed, doubt where it cannot be sure."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.anonymiser.pseudonymisation import PSEUDONYMISER_VERSION, Mark, Passage, pseudonymise

_SAID = (
    "i my the ex mark will amina hope Grace Tariq O'Shea said told me at in flat 14 Elm Road Peckham is 34 years old on"
    " 12 May 2022 07700 900461 a@b.example @me_x SE15 4AB [PERSON-1] MARAC police Zorblatta zorblatta — ’ é Siân \u200b"
    " İ ſ ¼ Mrs . , ( ) \n I’m double oh seven"
)
_WORDS = st.sampled_from(_SAID.split(" "))
_TEXTS = st.one_of(st.text(max_size=120), st.lists(_WORDS, max_size=40).map(" ".join))


@given(_TEXTS)
def test_the_output_is_the_input_with_its_spans_replaced(text):
    done = pseudonymise([Passage("one", text)])[0]
    rebuilt, position = [], 0
    for span in done.spans:
        assert position <= span.start < span.end <= len(text)
        rebuilt += [text[position : span.start], span.replacement]
        position = span.end
    assert done.text == "".join([*rebuilt, text[position:]])


@given(_TEXTS)
def test_doubts_lie_in_the_output_and_hold_it(text):
    done = pseudonymise([Passage("one", text)])[0]
    assert all(0 <= doubt.start < doubt.end <= len(done.text) for doubt in done.doubts)
    assert done.held == bool(done.doubts)
    assert all(re.fullmatch(r"[a-z-]+", doubt.reason) for doubt in done.doubts)


@given(st.lists(_TEXTS, max_size=4))
def test_the_same_bundle_gives_the_same_answer(texts):
    passages = [Passage(str(number), text) for number, text in enumerate(texts)]
    assert pseudonymise(passages) == pseudonymise(list(passages))


@given(_TEXTS)
def test_an_input_never_brings_a_placeholder_of_its_own(text):
    done = pseudonymise([Passage("one", f"{text} [PERSON-9]")])[0]
    assert "[PERSON-9]" not in done.text


@given(_TEXTS, st.integers(0, 60), st.integers(1, 60))
def test_what_is_marked_to_go_goes(text, start, size):
    marked = text[start : start + size]
    done = pseudonymise([Passage("one", text, (Mark(start, start + size, "remove"),))])[0]
    covered = {position for span in done.spans for position in range(span.start, span.end)}
    ends = range(start, start + len(marked))
    assert all(position in covered for position in ends if text[position].isalnum())


def test_a_kept_word_stays_and_is_no_doubt():
    text = "I told Amina and Tariq."
    at = text.index("Amina")
    done = pseudonymise([Passage("one", text, (Mark(at, at + 5, "keep"),))])[0]
    assert done.text == "I told Amina and [PERSON-2]."
    assert not done.held


def test_a_structured_identifier_cannot_be_kept():
    text = "Ring 07700 900461."
    done = pseudonymise([Passage("one", text, (Mark(0, len(text), "keep"),))])[0]
    assert done.text == "Ring [PHONE]."


def test_removing_wins_over_keeping():
    text = "the blue door"
    marks = (Mark(0, len(text), "keep"), Mark(4, 8, "remove"))
    assert pseudonymise([Passage("one", text, marks)])[0].text == "the [REMOVED] door"


def test_a_removed_word_is_doubted_wherever_it_stands_in_the_bundle():
    first = Passage("one", "We met at Blixtowe then.", (Mark(10, 18, "remove"),))
    second = Passage("two", "i went past the blixtowe again")
    done = pseudonymise([first, second])
    assert "Blixtowe" not in done[0].text
    assert "blixtowe" not in done[1].text or done[1].held


def test_a_name_learnt_in_one_passage_is_known_in_the_others_but_not_its_number():
    done = pseudonymise(
        [
            Passage("one", "My cousin Tariq told Zorblatta, and Zorblatta rang Tariq."),
            Passage("two", "after that zorblatta never came"),
        ]
    )
    assert done[0].text == "My cousin [PERSON-1] told [PERSON-2], and [PERSON-2] rang [PERSON-1]."
    assert done[1].text == "after that [PERSON-1] never came"


def test_a_word_that_was_somebodys_name_elsewhere_is_still_a_word():
    done = pseudonymise([Passage("one", "My ex Will hit me."), Passage("two", "It will be hard but we will go on.")])
    assert done[1].text == "It will be hard but we will go on."
    assert not done[1].held


def test_a_name_like_word_that_nothing_explains_is_held():
    done = pseudonymise([Passage("one", "then zorblatt again and again")])[0]
    assert done.held or "zorblatt" not in done.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n ",
        "I rang the council and nobody came for three weeks.",
        "definately the wrost thing was waiting, becuase nobody told us anyhting",
        "We want what was promised: money, beds, and people who listen.",
    ],
)
def test_an_ordinary_text_passes_unchanged_and_is_not_held(text):
    done = pseudonymise([Passage("one", text)])[0]
    assert done.text == text
    assert not done.held


def test_no_passages_give_nothing():
    assert pseudonymise([]) == []


def test_the_version_names_the_rules_and_the_word_lists():
    assert re.fullmatch(r"\d+\.\d+\+[0-9a-f]{8}", PSEUDONYMISER_VERSION)
    assert pseudonymise([Passage("one", "hello")])[0].version == PSEUDONYMISER_VERSION


def test_ids_and_order_are_kept():
    assert [done.id for done in pseudonymise([Passage("b", "x"), Passage("a", "y")])] == ["b", "a"]
