"""Present and imminent risk is found; what is past or policy is not."""

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.demo.consultation import texts
from services.errors import DataFileError
from services.safeguarding import detection, glance
from services.safeguarding.detection import Concern, detect
from services.safeguarding.phrases import Cue, PhraseBook
from services.safeguarding.wording import read, spoken_words
from services.vocabulary.datafiles import load_yaml
from services.vocabulary.safeguarding_categories import safeguarding_categories

NOW = [
    ("He says he will kill me if I leave.", "immediate_danger"),
    ("He has a knife under the bed.", "immediate_danger"),
    ("He hit me again last night.", "immediate_danger"),
    ("He locks me in when he goes to work.", "immediate_danger"),
    ("He is outside in his car, I can see it from here.", "immediate_danger"),
    ("He has found my new address.", "immediate_danger"),
    ("I am scared to go home tonight.", "immediate_danger"),
    ("He gets out on Thursday and he wrote that he would come for me.", "immediate_danger"),
    ("I have nowhere to sleep tonight, I have been sleeping in the car.", "immediate_danger"),
    ("My daughter came back from her dad with bruises this week.", "child_at_risk"),
    ("My mum's boyfriend hits my little brother.", "child_at_risk"),
    ("My daughter, she is fourteen, is meeting a man from the internet on Saturday.", "child_at_risk"),
    ("My carer hits me when nobody is looking.", "adult_at_risk"),
    ("My son controls my pension and takes my card.", "adult_at_risk"),
    ("My madam has my passport and I cannot leave.", "adult_at_risk"),
    ("I want to die.", "self_harm_or_suicide"),
    ("I keep thinking about ending it all.", "self_harm_or_suicide"),
    ("I have been cutting myself again.", "self_harm_or_suicide"),
    ("The kids would be better off without me.", "self_harm_or_suicide"),
    ("They have booked a flight to marry her to her cousin this summer.", "fgm_forced_marriage_honour_abuse"),
    ("My brothers are looking for me because of honour and will kill me.", "fgm_forced_marriage_honour_abuse"),
    ("He is a police officer and he hits me.", "position_of_trust"),
]
CALM = [
    "He used to hit me years ago, before I left.",
    "The training should say what to do if a woman has a knife held to her.",
    "When I was a child my father beat us. He died.",
    "I waited eleven months for counselling.",
    "The officer never wrote it down.",
    "The policy says who to tell when a child is hurt now.",
    "Thank you for the biscuits.",
    "He had a knife once, that was in my marriage, long ago.",
    "There should be more lights in the park at night.",
    "",
    "[PERSON-1]",
]


def present(text):
    return [concern for concern in detect(text) if concern.urgency != "past"]


@pytest.mark.parametrize(("text", "category"), NOW)
def test_a_present_risk_is_found_in_its_category(text, category):
    assert category in {concern.category for concern in present(text)}


@pytest.mark.parametrize("text", CALM)
def test_what_is_past_or_policy_or_something_else_is_left_alone(text):
    assert present(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "he says hes gonna kill me",
        "HE IS OUTSIDE NOW",
        "i dont wanna be here anymore",
        "He’s got a knife",
        "he isnt letting me leave, locked in again",
    ],
)
def test_slang_capitals_and_missing_signs_make_no_difference(text):
    assert present(text)


def test_tense_decides():
    assert present("He has a knife by the bed.")
    assert not present("Back then he had a knife by the bed.")


def test_a_deadline_is_soon():
    found = detect("He gets out on Friday.")
    assert {concern.urgency for concern in found} == {"soon"}


def test_harm_long_ago_whose_author_is_near_children_is_told_apart():
    found = detect("My uncle abused me when I was a child and he still babysits my nieces.")
    assert "non_recent_abuse" in {concern.category for concern in found}


def test_a_sign_is_one_concern_however_often_it_is_there():
    found = detect("I want to die. I really want to die.")
    assert [concern.rule for concern in found].count("wants_to_die") == 1
    (concern,) = [one for one in found if one.rule == "wants_to_die"]
    assert len(concern.evidence) == 2


def test_evidence_is_what_was_said():
    text = "Please, he says he will kill me."
    concern = next(one for one in detect(text) if one.rule == "threat_to_kill")
    said = " ".join(text[start:end] for start, end in concern.evidence)
    assert "kill me" in said


def test_a_risk_beside_a_past_one_is_still_found():
    text = "Years ago my first husband hit me. " + "It was long and hard and I went on. " * 3 + "Now he is outside."
    assert present(text)


pieces = st.lists(
    st.sampled_from([text for text, _ in NOW] + CALM + ["[PERSON-1]", "now", "kill", "me", "has a knife", "\n"]),
    max_size=6,
).map(" ".join)


@given(pieces)
def test_every_concern_is_well_formed(text):
    for concern in detect(text):
        assert concern.category in safeguarding_categories().id_set
        assert concern.evidence
        assert list(concern.evidence) == sorted(concern.evidence)
        assert all(0 <= start < end <= len(text) for start, end in concern.evidence)


@given(pieces)
def test_no_evidence_touches_a_placeholder(text):
    taken = [(at, at + 10) for at in range(len(text)) if text.startswith("[PERSON-1]", at)]
    for concern in detect(text):
        assert all(end <= first or start >= last for start, end in concern.evidence for first, last in taken)


@given(pieces)
def test_the_same_text_gives_the_same_concerns(text):
    assert detect(text) == detect(text)


@given(st.text(max_size=200))
def test_any_text_is_read(text):
    assert all(isinstance(concern, Concern) for concern in detect(text))


SIGNS = {
    "title": "Test",
    "source": "Test",
    "licence": "MIT",
    "version": 1,
    "lists": {"past": ["long ago"]},
    "signs": [{"id": "one", "category": "immediate_danger", "urgency": "now", "cues": ["help"], "unless": ["past"]}],
}


@pytest.fixture
def signs(monkeypatch):
    """Let the detector read the signs that a test gives it."""

    def use(**change):
        content = SIGNS | change
        monkeypatch.setattr(
            detection, "load_as", lambda kind, *parts: msgspec.convert(content, type=kind), raising=True
        )
        detection._signs.cache_clear()

    yield use
    monkeypatch.undo()
    detection._signs.cache_clear()


def test_what_weakens_a_sign_works_only_nearby(signs):
    signs()
    assert detect("help")
    assert not detect("long ago help")
    assert detect("long ago " + "and " * 30 + "help")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"signs": SIGNS["signs"] * 2}, "twice"),
        ({"signs": [SIGNS["signs"][0] | {"category": "weather"}]}, "category"),
        ({"signs": [SIGNS["signs"][0] | {"unless": ["nowhere"]}]}, "@nowhere"),
    ],
)
def test_signs_that_contradict_themselves_are_refused(signs, change, message):
    signs(**change)
    with pytest.raises(DataFileError, match=message):
        detect("help")


# --- the quick look before a text is read ---


@given(
    st.lists(
        st.sampled_from([word for text, _ in NOW for word in text.split()] + ["policy", "[PERSON-1]", "years", "ago."]),
        max_size=30,
    )
)
def test_the_quick_look_passes_over_nothing_that_reading_would_find(words):
    text = " ".join(words)
    assert detect(text) == detection.concerns_in(read(text, spoken_words))


def words_of_signs():
    """Words and phrases that the signs are made of, as they stand in the data file."""
    signs = load_yaml("vocabularies", "safeguarding", "signs.yaml")
    cues = [cue.rpartition(" /")[0] or cue for sign in signs["signs"] for cue in sign["cues"]]
    parts = {part.strip() for cue in cues for part in re.split(r"[&~|]", cue)} | {
        phrase for phrases in signs["lists"].values() for phrase in phrases
    }
    return sorted(part for part in parts if part and not part.startswith("@"))


ANY_WRITING = st.sampled_from(
    ["{}", "{}.", "{}, ", "[{}]", "({})", "{}…", "{}\n", "{}–", "{}’s", "{}'ll", "{}n't", "“{}”"]
)


@settings(max_examples=300)
@given(
    st.lists(st.tuples(st.sampled_from(words_of_signs()), ANY_WRITING), max_size=12),
    st.sampled_from([" ", "  ", "\n", "-", " - ", "\u00a0", "\u2028", ""]),
    st.sampled_from([str, str.upper, str.title]),
)
def test_the_quick_look_passes_over_no_phrase_of_any_sign_however_it_is_written(words, between, written):
    text = written(between.join(form.format(word) for word, form in words))
    if detection.concerns_in(read(text, spoken_words)):
        assert detection._may_tell(text)


@given(st.text(max_size=60), st.sampled_from([text for text, _ in NOW]), st.text(max_size=60))
def test_the_quick_look_finds_a_sign_in_the_middle_of_anything(before, text, after):
    whole = f"{before} {text} {after}"
    assert detect(whole) == detection.concerns_in(read(whole, spoken_words))


def test_the_quick_look_agrees_with_reading_on_every_text_of_the_demonstration():
    for each in texts():
        assert detect(each.words) == detection.concerns_in(read(each.words, spoken_words))


@given(st.lists(st.text(alphabet="abc'. ", max_size=12), max_size=6))
def test_a_book_of_any_cues_is_glanced_at_rightly(words):
    cues = ["a", "b c", "ab & c", "a b | ca & abc /3", "c ~ a", "cab & a & b"]
    book = PhraseBook([Cue("it", cue, 1.0) for cue in cues], {}, spoken_words)
    glance = book.glance()
    text = " ".join(words)
    if book.find(read(text, spoken_words)):
        assert glance.may_hold(text)


def test_a_book_without_cues_is_glanced_at_too():
    assert not PhraseBook([], {}).glance().may_hold("anything")


def test_a_glance_leaves_cues_of_one_owner_aside():
    glance = PhraseBook([Cue("one", "help", 1.0), Cue("other", "police", 1.0)], {}).glance(besides="other")
    assert glance.may_hold("help")
    assert not glance.may_hold("police")


def test_a_glance_forgets_the_rarest_pieces_and_stays_right(monkeypatch):
    monkeypatch.setattr(glance, "_MOST_KNOWN", 3)
    looking = PhraseBook([Cue("it", "help me", 1.0)], {}).glance()
    for _ in range(2):
        assert looking.may_hold("one two three four please help me now " + "x" * 50)
        assert not looking.may_hold("help one me two three four " + "x" * 50)


@pytest.mark.parametrize(("text", "_category"), NOW)
def test_the_quick_look_sends_every_sign_on_to_be_read(text, _category):
    assert detection._may_tell(text)


def test_the_quick_look_spares_most_that_tells_of_nothing():
    assert not detection._may_tell("The form was eleven pages and nobody explained the second half.")
