"""What the tagger promises of every answer."""

import itertools

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.themer.bank import bank
from services.themer.tagging import Tagged, bank_version, tag
from services.vocabulary.forms import forms
from services.vocabulary.frameworks import frameworks
from services.vocabulary.sectors import sectors

SAID = [
    "The officer told me it was just a domestic and never wrote it down.",
    "I waited eleven months for counselling and nobody rang.",
    "They asked my husband to interpret. My husband!",
    "Teach the boys about consent in year seven, not only the girls.",
    "He broke the non-molestation order four times and nothing happened.",
    "Men shout at us from vans on the way home from school.",
    "Thank you for the biscuits.",
    "[PERSON-1] laughed along with his mates and said it was just banter.",
    "",
    "!!!",
]
texts = st.lists(
    st.sampled_from([*SAID, "[PERSON-2]", "police", "but", "he has a knife", "order", ".", "\n", "ÄÖ ñ 你好", "'"]),
    max_size=8,
).map(" ".join)


def nodes(text, framework_id):
    return {theme.node for theme in tag(text).themes if theme.framework == framework_id}


@pytest.mark.parametrize(
    ("text", "framework_id", "node"),
    [
        (SAID[0], "mayor_2022_25", "2.2"),
        (SAID[1], "mayor_2022_25", "2.1"),
        (SAID[2], "mayor_2022_25", "2.3"),
        (SAID[2], "prevention_principles", "G6"),
        (SAID[3], "mayor_2022_25", "1.2"),
        (SAID[3], "wandsworth_2022_25", "AB"),
        (SAID[4], "mayor_2022_25", "3.3"),
        (SAID[4], "wandsworth_2022_25", "PA"),
        (SAID[4], "strategy_2018_21", "perpetrators"),
        (SAID[5], "mayor_2022_25", "1.4"),
        (SAID[7], "mayor_2022_25", "1.3"),
    ],
)
def test_plain_things_said_are_found(text, framework_id, node):
    assert node in nodes(text, framework_id)


@pytest.mark.parametrize(
    "text", ["Thank you for the biscuits.", "Has anybody seen my umbrella?", "", "!!!", "[PERSON-1]"]
)
def test_what_no_strategy_covers_gets_no_theme(text):
    tagged = tag(text)
    assert tagged.themes == ()
    assert tagged.uncovered


def test_what_is_denied_is_not_counted():
    assert nodes("It was never about the police taking me seriously, it was my landlord.", "mayor_2022_25") == set()


@pytest.mark.parametrize(
    ("text", "both"),
    [
        (
            (
                "There was no interpreter, so my husband had to translate. "
                "Then I heard nothing about the case for nine months and the officer had changed twice."
            ),
            {"2.2", "2.3"},
        ),
        (
            "He broke the non-molestation order four times. The refuge was full and there was no bed anywhere.",
            {"2.1", "3.3"},
        ),
    ],
)
def test_two_subjects_in_one_text_are_both_found(text, both):
    assert both <= nodes(text, "mayor_2022_25")


@given(texts)
@settings(max_examples=150, deadline=None)
def test_evidence_lies_in_the_text_in_order_and_never_inside_a_placeholder(text):
    taken = [(at, at + len("[PERSON-1]")) for at in range(len(text)) if text.startswith("[PERSON-", at)]
    for theme in tag(text).themes:
        assert theme.evidence
        assert all(0 <= one.start < one.end <= len(text) for one in theme.evidence)
        assert all(one.end <= other.start for one, other in itertools.pairwise(theme.evidence))
        assert all(one.end <= first or one.start >= last for one in theme.evidence for first, last in taken)


@given(texts)
@settings(max_examples=150, deadline=None)
def test_themes_stand_in_the_promised_order_with_at_most_three_a_framework(text):
    themes = tag(text).themes
    order = list(frameworks())
    keys = [(order.index(theme.framework), -theme.score, theme.node) for theme in themes]
    assert keys == sorted(keys)
    assert all(len([theme for theme in themes if theme.framework == one]) <= 3 for one in order)
    assert len({(theme.framework, theme.node) for theme in themes}) == len(themes)


@given(texts)
@settings(max_examples=100, deadline=None)
def test_no_node_stands_beside_one_above_it(text):
    themes = tag(text).themes
    for theme in themes:
        above = {node.id for node in frameworks()[theme.framework].ancestors(theme.node)}
        assert not above & {other.node for other in themes if other.framework == theme.framework}


@given(texts)
@settings(max_examples=100, deadline=None)
def test_scores_are_chances_with_four_places(text):
    for theme in tag(text).themes:
        assert 0 < theme.score <= 1
        assert round(theme.score, 4) == theme.score


@given(texts)
@settings(max_examples=100, deadline=None)
def test_labels_come_from_the_vocabularies_in_their_order(text):
    tagged = tag(text)
    assert tagged.forms == forms().in_order(tagged.forms)
    assert tagged.sectors == sectors().in_order(tagged.sectors)
    assert tagged.stance in {"concern", "praise", "suggestion", "mixed", "neutral"}
    assert tagged.uncovered == (not tagged.themes)


@given(st.permutations(SAID))
@settings(max_examples=20, deadline=None)
def test_an_answer_does_not_depend_on_what_was_tagged_before(order):
    alone = {text: tag(text) for text in SAID}
    assert {text: tag(text) for text in order} == alone


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_is_answered(text):
    assert isinstance(tag(text), Tagged)


def test_a_rule_names_a_cue_or_an_example_of_the_bank_and_never_the_text():
    concepts = {concept.id: concept for concept in bank().concepts}
    for text in SAID:
        for theme in tag(text).themes:
            concept = concepts[theme.concept]
            kind, _, rest = theme.rule.partition(": ")
            if theme.rule == "words of the node":
                assert theme.node in concept.nodes[theme.framework]
            elif kind == "cue":
                assert rest in {cue if isinstance(cue, str) else cue.cue for cue in concept.cues}
            else:
                owner, number = rest.split()
                assert (kind, owner) == ("example", concept.id)
                assert 1 <= int(number) <= len(concept.examples)


def test_an_example_of_the_bank_is_its_own_nearest_example():
    concept = next(concept for concept in bank().concepts if concept.id == "no_interpreter")
    said = {theme.node for example in concept.examples for theme in tag(example).themes}
    assert set(concept.nodes["mayor_2022_25"]) <= said


def test_the_version_is_declared_and_hashed_and_on_every_answer():
    declared, _, digest = bank_version().partition("-")
    assert declared == str(bank().calibration.version)
    assert len(digest) == 12
    assert tag("anything").bank_version == bank_version()


def test_an_answer_can_be_sent_and_read_back():
    tagged = tag(SAID[0])
    assert msgspec.json.decode(msgspec.json.encode(tagged), type=Tagged) == tagged


def test_dictated_text_without_stops_is_read_in_pieces():
    dictated = "well so i went there and " * 12 + "they asked my husband to interpret for me " + "and so on " * 20
    assert "2.3" in nodes(dictated, "mayor_2022_25")
