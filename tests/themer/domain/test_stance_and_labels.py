"""Stance by speech act; sectors and forms."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.safeguarding.wording import read
from services.themer.bank import bank
from services.themer.scope import closed_words
from services.themer.scoring import phrase_book
from services.themer.stance import STANCES, signals, stance_of
from services.themer.tagging import tag
from services.themer.utterances import utterances


def stance(text, *, covered=True):
    reading = read(text)
    return stance_of(reading, phrase_book().find(reading, closed_words(reading)), utterances(reading), covered=covered)


def signals_of(text):
    reading = read(text)
    return signals(reading, phrase_book().find(reading), utterances(reading), covered=True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Nobody rang me back and they closed the case. I was let down and ignored.", "concern"),
        ("The officer laughed at me and did nothing. I gave up.", "concern"),
        ("Thank you to my worker, she saved my life. She listened and never judged.", "praise"),
        ("She was brilliant. I could not fault her. God bless her.", "praise"),
        ("There should be an advocate in every station. Train them and fund it for five years.", "suggestion"),
        ("Could we have a woman interpreter on the phone, please?", "suggestion"),
        ("Put more lights in the park.", "suggestion"),
    ],
)
def test_what_somebody_does_with_words_decides(text, said):
    assert stance(text) == said


def test_dark_words_do_not_make_thanks_a_complaint():
    assert stance("After the rape she sat with me all night. Thank you, she saved my life.") == "praise"


def test_talk_that_nothing_covers_and_that_asks_for_nothing_is_neutral():
    assert stance("I only came with my friend, I have nothing to add.", covered=False) == "neutral"


def test_no_words_are_neutral():
    assert stance("") == "neutral"


def test_a_sentence_that_opens_with_a_bare_verb_asks_for_something():
    assert signals_of("Train the staff.")["suggestion most"] > signals_of("The staff train.")["suggestion most"]


def test_signals_are_chances_and_know_first_from_last():
    found = signals_of("Thank you so much for that. Nobody rang me back and I was ignored.")
    assert all(0 <= strength <= 1.000001 for strength in found.values())
    assert found["praise first"] > found["praise last"]
    assert found["concern last"] > found["concern first"]


def test_every_signal_has_a_weight_for_every_stance():
    names = set(signals_of("Anything at all."))
    assert set(bank().stance_weights) == set(STANCES)
    assert all(set(table) == names for table in bank().stance_weights.values())


@given(st.lists(st.sampled_from(["thank you", "nobody", "should", "but", "train them", ".", "rang"]), max_size=15))
@settings(max_examples=100, deadline=None)
def test_a_stance_is_one_of_five(parts):
    assert stance(" ".join(parts)) in STANCES


@pytest.mark.parametrize(
    ("text", "sector"),
    [
        ("The officer took my statement.", "police"),
        ("The judge would not let me have a screen.", "prosecution_courts"),
        ("His probation worker never rang.", "probation"),
        ("The housing officer said I had made myself homeless.", "housing"),
        ("My GP asked me on my own.", "health"),
        ("They sent me to A&E.", "health"),
        ("Adult social care came once.", "adult_social_care"),
        ("The social worker believed him.", "children_social_care"),
        ("The teacher told the class.", "education"),
        ("A man on the night bus.", "transport"),
        ("My IDVA came to the bank with me.", "specialist_vawg"),
        ("HR moved me to another desk.", "employer"),
        ("Instagram would not take it down.", "online_platform"),
        ("The imam spoke about it at the mosque.", "community_faith"),
    ],
)
def test_a_service_that_is_named_is_found(text, sector):
    assert sector in tag(text).sectors


@pytest.mark.parametrize(
    ("text", "sector"),
    [("The housing officer was kind.", "police"), ("They should train staff.", "transport"), ("Good.", "police")],
)
def test_a_word_of_another_trade_names_no_service(text, sector):
    assert sector not in tag(text).sectors


def test_no_service_is_named_in_small_talk():
    assert tag("It is a lovely day.").sectors == ()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("He groomed her when she was thirteen.", "child_sexual_exploitation"),
        ("He never hit me, it was all controlling and receipts for every penny.", "coercive_control"),
        ("My husband beat me for years.", "domestic_abuse"),
        ("They want to take my cousin for a forced marriage.", "harmful_practices"),
        ("He shared my nudes.", "image_based_sexual_offending"),
        ("It is sexist and misogynistic.", "misogyny"),
        ("Women who sell sex are robbed by punters.", "prostitution"),
        ("I was groped and catcalled.", "sexual_harassment"),
        ("I was raped at university.", "sexual_violence_and_rape"),
        ("A stalker followed me for a year.", "stalking"),
        ("She was trafficked here.", "trafficking"),
    ],
)
def test_a_form_that_is_named_is_found(text, form):
    assert form in tag(text).forms


def test_a_form_that_is_named_leaves_the_usual_one_out():
    assert tag("They had no interpreter for the trafficked girl.").forms == ("trafficking",)


def test_small_talk_has_no_form():
    assert tag("The biscuits were nice.").forms == ()
