"""The proof of texts and labels: each rule finds what breaks it, and the texts that are there keep them all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.demo.labelling import proof
from services.demo.labels import LabelledText, SecondLabels, Span, labelled_texts
from services.demo.proofreading import (
    FEWEST_TEXTS,
    MOST_ALIKE,
    is_long,
    likeness,
    proof_of,
    proof_of_repeats,
    proof_of_second,
    span_labels,
    stances,
)

LONG = (
    "When the lift broke again the caretaker carried the buggy up nine floors without being asked and then he fixed "
    "the light on our landing as well, so please let him keep his job."
)


def text_of(marked="Mind the gap.", **more):
    """Return a labelled text, good but for what a test says."""
    given_fields = {
        "id": "x-0001",
        "kind": "survey",
        "role": "survivor",
        "areas": ("lambeth",),
        "voice": "plain",
        "marked": marked,
        "themes": {"mayor_2022_25": ("2.2",)},
        "sectors": ("police",),
        "forms": ("stalking",),
        "stance": "concern",
        "safeguarding": False,
        "uncovered": False,
    }
    return LabelledText(**{**given_fields, **more})


def second_of(**more):
    """Return a second labelling of the text ``x-0001``."""
    given_fields = {
        "id": "x-0001",
        "spans": (),
        "themes": {"mayor_2022_25": ("2.2",)},
        "sectors": (),
        "forms": (),
        "stance": "concern",
        "safeguarding": False,
        "uncovered": False,
    }
    return SecondLabels(**{**given_fields, **more})


def rules_of(*texts):
    """Return the rules that are broken, without the one that asks for many texts."""
    return [finding.rule for finding in proof_of(texts) if not finding.rule.startswith("only ")]


def test_the_texts_both_labellings_and_the_plan_keep_every_rule():
    assert [str(finding) for finding in proof()] == []


def test_there_are_enough_longer_texts():
    distinct = {text.words for text in labelled_texts() if is_long(text.words)}
    assert len(distinct) >= FEWEST_TEXTS


def test_a_good_text_has_no_finding():
    assert rules_of(text_of("{{PERSON#p1|Ada}} rang {{PHONE|07700 900142}}.")) == []


@pytest.mark.parametrize("marked", ["{{PERSON|Ada rang.", "Ada}} rang.", "{{PERSON Ada}} rang.", "{{PERSON|}} rang."])
def test_a_mark_of_the_wrong_form_is_found(marked):
    assert "a mark that is not closed, or of the wrong form" in rules_of(text_of(marked))


@pytest.mark.parametrize("marked", [" Mind the gap.", "Mind the gap. ", ""])
def test_an_empty_text_and_space_at_its_ends_are_found(marked):
    assert "empty, or space at its ends" in rules_of(text_of(marked))


def test_an_unknown_label_is_found_by_rule_and_by_schema():
    rules = rules_of(text_of("{{SHOE|Boots}} off."))
    assert rules == ["an unknown label", "its line of identifiers does not fit the schema"]


def test_space_within_a_mark_is_found():
    assert rules_of(text_of("I told {{PERSON|Ada }}twice.")) == ["space at its ends"]


def test_a_persons_number_on_a_place_is_found():
    assert rules_of(text_of("in {{PLACE#p1|Brixton}}")) == ["a person's number on another label"]


@pytest.mark.parametrize(
    ("themes", "rule"),
    [
        ({"mayor_1999": ("1",)}, "no such framework"),
        ({"mayor_2022_25": ("9.9",)}, "no such node"),
        ({"mayor_2022_25": ("2.1", "2.1")}, "too many nodes, or one twice"),
        ({"mayor_2022_25": ("1.1", "1.2", "1.3", "1.4")}, "too many nodes, or one twice"),
    ],
)
def test_nodes_that_cannot_stand_are_found(themes, rule):
    assert rule in rules_of(text_of(themes=themes))


def test_three_nodes_of_each_framework_may_stand():
    themes = {"mayor_2022_25": ("1.1", "1.2", "1.3"), "wandsworth_2022_25": ("AB", "IH", "SS")}
    assert rules_of(text_of(themes=themes)) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sectors", ("navy",)),
        ("sectors", ("police", "police")),
        ("forms", ("gossip",)),
        ("kind", "séance"),
        ("role", "judge"),
        ("areas", ("atlantis",)),
        ("areas", ()),
    ],
)
def test_what_is_in_no_list_is_found_at_its_field(field, value):
    found = [finding for finding in proof_of([text_of(**{field: value})]) if finding.place == f"x-0001, {field}"]
    assert len(found) == 1


def test_an_unknown_stance_is_found():
    assert "not a stance" in rules_of(text_of(stance="cross"))


@pytest.mark.parametrize(("themes", "uncovered"), [({}, False), ({"mayor_2022_25": ()}, False)])
def test_a_text_without_a_node_has_to_be_uncovered(themes, uncovered):
    assert rules_of(text_of(themes=themes, uncovered=uncovered)) == ["uncovered with a node, or covered with none"]
    assert rules_of(text_of(themes=themes, uncovered=True)) == []


def test_a_text_with_a_node_may_not_be_uncovered():
    assert rules_of(text_of(uncovered=True)) == ["uncovered with a node, or covered with none"]


@pytest.mark.parametrize("marked", ["{{PHONE|07911 123456}}", "Ring 07911 123456.", "Ring 020 7946 1418."])
def test_a_telephone_number_of_somebodys_is_found_marked_or_not(marked):
    assert rules_of(text_of(marked)) == ["a telephone number outside the ranges for drama"]


def test_figures_marked_as_something_else_are_no_telephone_number():
    assert rules_of(text_of("Pay {{BANK|00-00-00 12345678}}.")) == []


@pytest.mark.parametrize("number", ["943 476 5919", "9990123455", "nine nine nine two seven one eight three oh six"])
def test_a_health_service_number_of_somebodys_is_found(number):
    assert rules_of(text_of(f"mine is {{{{NHS_NUMBER|{number}}}}}")) == [
        "a health service number that could be somebody's"
    ]


@pytest.mark.parametrize(
    "marked",
    [
        "{{EMAIL|ada@council.gov.uk}}",
        "{{EMAIL|ada at somewhere dot com}}",
        "see {{URL|www.somewhere.london/a}}",
        "see www.somewhere.com for more",
    ],
)
def test_a_domain_of_somebodys_is_found_marked_or_not(marked):
    assert rules_of(text_of(marked)) == ["a domain that could be somebody's"]


@pytest.mark.parametrize(
    "marked", ["{{EMAIL|ada at example dot com}}", "{{EMAIL|a.b@example.org}}", "www.example.net/x"]
)
def test_example_domains_have_no_finding(marked):
    assert rules_of(text_of(marked)) == []


def test_an_id_that_stands_twice_is_found():
    assert rules_of(text_of("One."), text_of("Two.")) == ["the id stands twice"]


@pytest.mark.parametrize("change", [lambda text: text, str.upper, lambda text: text.replace("nine", "ten")])
def test_longer_texts_that_are_the_same_or_nearly_are_found(change):
    found = proof_of([text_of(LONG), text_of(change(LONG), id="x-0002")])
    assert [finding.place for finding in found if finding.rule == "two texts too much alike"] == ["x-0001 and x-0002"]


def test_short_texts_may_be_alike():
    assert rules_of(text_of("More lights, please."), text_of("More lights, please.", id="x-0002")) == []


def test_too_few_longer_texts_are_found():
    assert [finding.place for finding in proof_of([text_of(LONG)])] == ["the texts"]


def test_a_repeated_longer_text_is_not_counted_as_another():
    texts = [text_of(LONG, id=f"x-{number:04}") for number in range(2)]
    assert "only 1 distinct texts of more than 25 words" in [finding.rule for finding in proof_of(texts)]


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=12), st.lists(st.sampled_from(["a", "b", "c"]), max_size=12))
def test_likeness_is_a_share_and_the_same_both_ways(one, other):
    first, second = " ".join(one), " ".join(other)
    assert 0 <= likeness(first, second) <= 1
    assert likeness(first, second) == likeness(second, first)


def test_likeness_is_one_for_the_same_words_and_nothing_for_others():
    assert likeness(LONG, LONG.upper()) == 1
    assert likeness(LONG, "Something else altogether was said here today.") == 0
    assert likeness("one two three four", "one two three five") == pytest.approx(1 / 3)
    assert MOST_ALIKE == 0.4


@pytest.mark.parametrize(("words", "times", "findings"), [("Fine.", 3, 0), ("Fine.", 4, 1), (LONG, 1, 0), (LONG, 2, 1)])
def test_a_short_answer_is_said_three_times_at_most_and_a_longer_text_once(words, times, findings):
    assert len(proof_of_repeats([words] * times)) == findings


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"spans": (Span(5, 99, "PERSON"),)}, "outside the text, or over another span"),
        ({"spans": (Span(0, 0, "PERSON"),)}, "outside the text, or over another span"),
        ({"spans": (Span(0, 4, "PERSON"), Span(2, 6, "PLACE"))}, "outside the text, or over another span"),
        ({"spans": (Span(0, 4, "KEEP"),)}, "an unknown label"),
        ({"themes": {"mayor_2022_25": ("9.9",)}}, "no such node"),
        ({"stance": "cross"}, "not a stance"),
        ({"id": "x-9999"}, "no such text"),
    ],
)
def test_the_second_labelling_keeps_the_same_rules(more, rule):
    assert rule in [finding.rule for finding in proof_of_second([second_of(**more)], [text_of()])]


def test_a_good_second_labelling_has_no_finding():
    assert proof_of_second([second_of(spans=(Span(0, 4, "PERSON"),))], [text_of()]) == []


def test_no_finding_repeats_a_text():
    bad = text_of("{{SHOE|heron}} at 07911 123456 heron@heron.com {{", stance="heron", kind="heron", uncovered=True)
    findings = [str(finding) for finding in proof_of([bad, bad])]
    assert len(findings) > 5
    assert not any("heron" in finding or "07911" in finding for finding in findings)


def test_labels_and_stances_come_from_the_schemas():
    assert {"PERSON", "NHS_NUMBER", "STATUS"} <= set(span_labels())
    assert stances() == ("concern", "suggestion", "praise", "mixed", "neutral")
