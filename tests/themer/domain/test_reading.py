"""Utterances, scope, scoring and cuts: the steps between words and nodes."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.safeguarding.wording import BREAK, read
from services.themer import profiles
from services.themer.bank import Cut, Ramp, bank
from services.themer.crosswalk import SIGNALS, blended, chosen, covered, nodes_said, order_of, signals
from services.themer.profiles import FORMS, SECTORS, sound, telling_places
from services.themer.scope import closed_words
from services.themer.scoring import Found, Ground, chance_of, concepts_said, names_said, phrase_book, together
from services.themer.utterances import LONG, utterances


def words_of(text, at):
    reading = read(text)
    return [reading.words[one] for one in at(reading)]


def concepts(text):
    reading = read(text)
    closed = closed_words(reading)
    return concepts_said(reading, phrase_book().find(reading, closed), utterances(reading), closed)


def test_each_sentence_is_an_utterance():
    assert len(utterances(read("He came to the house again. Nobody would open the door."))) == 2


def test_a_very_short_sentence_joins_the_one_before():
    assert len(utterances(read("They asked my husband to translate. My husband!"))) == 1


def test_a_long_sentence_is_cut_into_like_pieces():
    cut = utterances(read("word " * (LONG * 3)))
    lengths = [one.last - one.first + 1 for one in cut]
    assert len(cut) > 2
    assert max(lengths) - min(lengths) <= 1


@given(st.lists(st.sampled_from(["word", "other", ".", "but", ","]), max_size=120))
def test_utterances_hold_every_word_once_in_order(words):
    reading = read(" ".join(words))
    held = [at for one in utterances(reading) for at in range(one.first, one.last + 1)]
    assert [at for at in held if reading.words[at] != BREAK] == [
        at for at, word in enumerate(reading.words) if word != BREAK
    ]


def test_a_denial_closes_its_clause_and_no_more():
    closed = words_of("It was never about the police, it was my manager.", closed_words)
    assert "polic" in closed
    assert "manager" not in closed


def test_what_others_say_is_closed_up_to_the_turn():
    closed = words_of("People say that lighting is the answer but nobody walks there.", closed_words)
    assert "lighting" in closed
    assert "walk" not in closed


def test_what_others_say_stays_open_without_a_turn():
    assert words_of("People say that lighting is the answer.", closed_words) == []


def test_an_ordinary_negation_closes_nothing():
    assert words_of("Nobody believed me and they did not call.", closed_words) == []


@pytest.mark.parametrize(("likeness", "chance"), [(0.0, 0.0), (0.2, 0.0), (0.4, 0.4), (0.6, 0.8), (1.0, 0.8)])
def test_a_likeness_becomes_a_chance_along_the_ramp(likeness, chance):
    assert chance_of(likeness, Ramp(0.2, 0.6, 0.8)) == pytest.approx(chance)


def test_chances_add_up_as_chances_do():
    assert together([]) == 0
    assert together([0.5, 0.5]) == 0.75
    assert together({"a": 0.5, "b": 1.0}) == 1.0


@given(st.lists(st.floats(0, 1), max_size=6), st.floats(0, 1))
def test_another_ground_never_lowers_a_chance(chances, one):
    assert together([*chances, one]) >= together(chances) - 1e-12


def test_a_cue_said_twice_counts_once():
    once = concepts("They asked my son to translate at the station.")["no_interpreter"]
    twice = concepts(
        "They asked my son to translate at the station. Then they asked my son to translate at the station."
    )["no_interpreter"]
    assert twice.chance == pytest.approx(once.chance)
    assert len(twice.grounds) > len(once.grounds)


def test_the_strongest_ground_stands_first():
    for found in concepts("They asked my husband to translate at the police station, my own language.").values():
        assert list(found.grounds) == sorted(found.grounds, key=lambda ground: -ground.chance)


def test_small_talk_takes_the_weight_from_a_passing_word():
    assert "no_interpreter" not in concepts("Has anybody seen my umbrella?")


def test_a_cut_keeps_what_is_strong_and_near_the_best():
    scores = {"a": 0.9, "b": 0.5, "c": 0.44, "d": 0.2}
    assert chosen(scores, Cut(0.3, 0.5, 3)) == ["a", "b"]
    assert chosen(scores, Cut(0.3, 0.1, 3)) == ["a", "b", "c"]
    assert chosen(scores, Cut(0.1, 0.1, 2)) == ["a", "b"]
    assert chosen(scores, Cut(0.95, 0.1, 3)) == []
    assert chosen({}, Cut(0.1, 0.1, 3)) == []


def test_equal_scores_stand_in_the_order_of_their_ids():
    assert chosen({"b": 0.5, "a": 0.5}, Cut(0.1, 0.1, 3)) == ["a", "b"]


def node_signals(said=None, text=""):
    heard = sound(read(text), frozenset())
    return {
        node: dict(zip(SIGNALS, told, strict=True))
        for node, told in signals("mayor_2022_25", said or {}, heard).items()
    }


def sure(concept_id):
    return {concept_id: Found(1.0, (Ground(1.0, ((0, 4),), "cue: made for a test"),))}


def test_a_concept_that_is_sure_gives_its_nodes_what_the_crosswalk_says():
    concept = next(one for one in bank().concepts if one.id == "no_interpreter")
    found = node_signals(sure("no_interpreter"))
    for node, weight in concept.nodes["mayor_2022_25"].items():
        assert found[node]["cued"] == pytest.approx(weight)
    best = max(concept.nodes["mayor_2022_25"].values())
    assert max(one["share"] for one in found.values()) == 1.0
    assert found["2.3"]["share"] == pytest.approx(concept.nodes["mayor_2022_25"]["2.3"] / best)


def test_a_cue_makes_its_node_surer():
    framework = "mayor_2022_25"
    heard = sound(read("They wanted my son to explain to them what I said."), frozenset())
    without, cued = blended(framework, {}, heard), blended(framework, sure("no_interpreter"), heard)
    assert cued["2.3"] > without["2.3"]


def test_a_text_of_known_words_sounds_like_its_node_and_names_the_words():
    text = "They asked my little son to interpret and translate because I have no English."
    reading = read(text)
    heard = sound(reading, frozenset())
    mayor = heard.scores["mayor_2022_25"]
    assert max(mayor, key=mayor.get) == "2.3"
    places = telling_places(heard, ("mayor_2022_25", "2.3"), 3)
    told = {text[reading.starts[at] : reading.ends[at]] for at in places}
    assert told & {"interpret", "translate", "English"}
    assert len(places) <= 3


def test_small_talk_sounds_more_like_nothing_than_a_complaint_does():
    talk, complaint = (
        sound(read(text), frozenset())
        for text in ("Thank you for the lunch and the biscuits.", "The officer laughed at me and closed the case.")
    )
    assert talk.nothing > 0 > complaint.nothing


def test_unknown_words_have_no_sound():
    assert sound(read("xyzzy qwertz"), frozenset()).scores == {}


def test_closed_words_have_no_sound():
    reading = read("interpreter interpreter")
    assert sound(reading, frozenset({0, 1})).scores == {}


def test_a_word_said_often_sounds_no_louder():
    once, often = (sound(read(text), frozenset()) for text in ("interpreter", "interpreter. interpreter. interpreter"))
    assert once.scores == often.scores


def test_nothing_said_is_not_covered_and_brings_no_nodes():
    reading = read("")
    heard = sound(reading, frozenset())
    assert nodes_said(reading, {}, heard, names_said([])) == []
    assert not covered({}, heard, names_said([]), 0)


def test_what_is_plainly_said_is_covered():
    text = "They asked my husband to translate for me at the police station, there was no interpreter."
    reading = read(text)
    named = names_said(phrase_book().find(reading))
    assert covered(concepts(text), sound(reading, frozenset()), named, len(reading.words))


def test_forms_and_sectors_have_signals_as_nodes_have():
    reading = read("A stalker follows me everywhere and the police do nothing about stalking.")
    heard = sound(reading, frozenset())
    named = names_said(phrase_book().find(reading))
    told = signals(FORMS, concepts("A stalker follows me everywhere."), heard, named["form"])
    assert set(told) <= set(order_of(FORMS))
    assert told["stalking"][SIGNALS.index("named")] >= 0.9
    assert heard.scores[FORMS]["stalking"] > heard.scores[FORMS]["trafficking"]
    assert named["sector"]["police"] > 0.5


@pytest.mark.parametrize("group", ["mayor_2022_25", "prevention_principles", FORMS, SECTORS])
@pytest.mark.parametrize(
    "text",
    [
        "A stalker follows me everywhere and the police do nothing about stalking.",
        "My manager noticed and moved my shifts.",
        "The biscuits were nice.",
        "They asked my son to translate at the hospital and he was nine.",
    ],
)
def test_a_chance_is_the_logistic_of_the_weighted_signals(group, text):
    reading = read(text)
    heard, said = sound(reading, frozenset()), concepts(text)
    named = names_said(phrase_book().find(reading)).get({FORMS: "form", SECTORS: "sector"}.get(group), {})
    blend = bank().blends[group]
    expected = {
        node: 1
        / (
            1
            + math.exp(
                -blend.bias[node] - sum(blend.weights[one] * value for one, value in zip(SIGNALS, told, strict=True))
            )
        )
        for node, told in signals(group, said, heard, named).items()
    }
    found = blended(group, said, heard, named)
    assert found == pytest.approx({node: chance for node, chance in expected.items() if node in found}, abs=1e-4)
    assert all(chance < 1e-4 for node, chance in expected.items() if node not in found)


def test_only_nodes_with_none_below_them_are_given():
    assert "2" not in order_of("mayor_2022_25")
    assert "2.2" in order_of("mayor_2022_25")
    assert len(order_of(SECTORS)) == 13


@given(st.lists(st.sampled_from(["interpreter", "police", "refuge", "stalker", "biscuits"]), min_size=1, max_size=400))
def test_a_long_text_is_added_up_as_a_short_one_is(words):
    said = sound(read(" ".join(words)), frozenset())
    assert all(-4 < score < 4 for scores in said.scores.values() for score in scores.values())
    assert said.scores == sound(read(" ".join(words)), frozenset()).scores


def test_more_words_than_may_be_added_at_once_are_added_in_turn(monkeypatch):
    text = "They asked my little son to interpret and translate because I have no English at the police station."
    whole = sound(read(text), frozenset())
    monkeypatch.setattr(profiles, "_MOST_ADDED", 3)
    assert sound(read(text), frozenset()) == whole


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_surer_concept_never_lowers_its_cued_signal(one, other):
    low, high = sorted((one, other))
    ground = Ground(0.5, ((0, 1),), "cue: x")
    signal = [node_signals({"no_interpreter": Found(chance, (ground,))})["2.3"]["cued"] for chance in (low, high)]
    assert signal[0] <= signal[1]
