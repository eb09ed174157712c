"""People's names: which words are names, and who is who."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.anonymiser.lexicon import GIVEN, KEEP, ORDINARY, lexicon
from services.anonymiser.pseudonymisation import Passage, pseudonymise

_PLAIN_NAMES = sorted(
    word
    for word, kind in lexicon().kinds.items()
    if kind == GIVEN and len(word) > 3 and word.isascii() and not lexicon().is_ordinary(word)
)


def text_of(text):
    return pseudonymise([Passage("one", text)])[0].text


@given(st.sampled_from(_PLAIN_NAMES), st.sampled_from([str.lower, str.upper, str.title]))
def test_a_listed_name_goes_in_any_case(name, case):
    assert case(name) not in text_of(f"my sister {case(name)} rang them twice")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my ex mark hit me and mark left a mark", "my ex [PERSON-1] hit me and [PERSON-1] left a mark"),
        ("I'm Hope and I had no hope.", "I'm [PERSON-1] and I had no hope."),
        (
            "my social worker may said i may have to move in may",
            "my social worker [PERSON-1] said i may have to move in may",
        ),
        ("Her son Will will not sleep.", "Her son [PERSON-1] will not sleep."),
        ("will bought me roses. then william left", "[PERSON-1] bought me roses. then [PERSON-1] left"),
        ("I told grace about it. With good grace they came.", "I told [PERSON-1] about it. With good grace they came."),
        ("i met chance there and by chance my mate came", "i met [PERSON-1] there and by chance my mate came"),
        ("The charity closed. Charity Mensah told me.", "The charity closed. [PERSON-1] told me."),
        ("Christian told them. He is a christian man.", "[PERSON-1] told them. He is a christian man."),
        ("PC Lamb asked me about the lamb.", "PC [PERSON-1] asked me about the lamb."),
        ("d.s. marsh rang me", "d.s. [PERSON-1] rang me"),
        ("A robin sat there and the heather was out.", "A robin sat there and the heather was out."),
    ],
)
def test_a_name_that_is_a_word_is_told_by_what_stands_around_it(text, expected):
    assert text_of(text) == expected


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Amina Hassan came. Amina's mum rang. Miss Hassan cried.", 1),
        ("Samantha is sam to me, and sammy to him.", 1),
        ("Kwabena rang. Kobby waited.", 1),
        ("Rukhsana ran and they hid Ruksana.", 1),
        ("Mohammed answers. Mo tells them.", 1),
        ("sabrina was there, and brina is in year 10", 1),
        ("amina moved me and aminah wrote", 1),
        ("Amina Hassan and her husband Mr Hassan.", 2),
        ("Priya, Jaz and Agnieszka share it.", 3),
        ("Mr Iqbal rang Mrs Demetriou.", 2),
        ("My ex J rang. J never stops.", 1),
        ("Tariq hit me. Nasreen saw Tariq.", 2),
    ],
)
def test_one_person_keeps_one_pseudonym(text, people):
    done = pseudonymise([Passage("one", text)])[0]
    assert len({span.replacement for span in done.spans if span.label == "PERSON"}) == people


def test_persons_are_numbered_in_the_order_in_which_they_come():
    assert text_of("Tariq rang Nasreen, then Tariq left.") == "[PERSON-1] rang [PERSON-2], then [PERSON-1] left."


def test_a_possessive_ending_stays_outside_the_pseudonym():
    assert text_of("It was Amina's house.") == "It was [PERSON-1]'s house."


def test_an_unmarked_possessive_goes_with_the_name():
    assert text_of("i rang from nasreens house") == "i rang from [PERSON-1] house"


def test_a_name_in_accents_is_the_same_name_without_them():
    done = pseudonymise([Passage("one", "midwife Siân stayed. Sian asked me.")])[0]
    assert {span.replacement for span in done.spans} == {"[PERSON-1]"}


def test_a_name_spelt_out_letter_by_letter_goes():
    assert "D-I-M" not in text_of("Let me spell it. D-I-M-P-N-A. Dimpna rang.")


def test_a_capital_inside_a_sentence_marks_a_name_that_no_list_holds():
    assert text_of("I told Zorblatta everything.") == "I told [PERSON-1] everything."


@pytest.mark.parametrize(
    "text",
    [
        "The police said I should ring Women's Aid.",
        "My hooyo and my khala were there.",
        "We asked the Met, the CPS and the Mayor.",
        "Black women and Deaf women are not believed.",
        "I went to MARAC with my IDVA in Lambeth.",
        "They found stalkerware on it.",
        "She can ask for Angela at the bar.",
    ],
)
def test_what_boards_need_to_read_stays(text):
    done = pseudonymise([Passage("one", text)])[0]
    assert done.text == text
    assert not done.held


def test_no_kept_word_is_only_a_name():
    kinds = lexicon().kinds
    assert all(kinds[word] & (ORDINARY | KEEP) for word in ("marac", "idva", "police", "mayor", "refuge"))


@pytest.mark.parametrize(
    "text",
    [
        "they wanted my ni number again",
        "My NI number and proof of address",
        "the NI letter never came",
        "my ni contributions were wrong",
        "he took my ni card",
        "the ni office lost my form",
        "I do not have an ni.",
    ],
)
def test_what_goes_with_national_insurance_is_no_name(text):
    (done,) = pseudonymise([Passage("1", text)])
    assert (done.text, done.held) == (text, False)


def test_a_person_called_so_still_goes():
    (done,) = pseudonymise([Passage("1", "Mrs Ni was kind")])
    assert done.text == "Mrs [PERSON-1] was kind"
