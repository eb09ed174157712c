"""Agreement between two labellings: F1 and kappa by known figures, and what they may never do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.demo.agreement import agreements, cohens_kappa, micro_f1
from services.demo.labels import KEEP, LabelledText, SecondLabels, labelled_texts, second_pass
from services.vocabulary.frameworks import frameworks

COUNT = st.integers(0, 40)


def first_of(number, marked="Ada rang.", **more):
    given_fields = {
        "id": f"x-{number:04}",
        "kind": "survey",
        "role": "survivor",
        "areas": ("lambeth",),
        "voice": "plain",
        "marked": marked,
        "themes": {"mayor_2022_25": ("2.2",)},
        "sectors": ("police",),
        "forms": (),
        "stance": "concern",
        "safeguarding": False,
        "uncovered": False,
    }
    return LabelledText(**{**given_fields, **more})


def second_of(first, **more):
    """Return a second labelling that says the same, but for what a test says."""
    same = ("id", "themes", "sectors", "forms", "stance", "safeguarding", "uncovered")
    spans = tuple(span for span in first.spans if span.label != KEEP)
    return SecondLabels(**{**{field: getattr(first, field) for field in same}, "spans": spans, **more})


def by_field(firsts, seconds):
    return {each.field: each for each in agreements(firsts, seconds)}


def test_kappa_of_a_known_table():
    # Two readers of 50 grants: 20 both yes, 5 the first alone, 10 the second alone, 15 both no.
    assert cohens_kappa(20, 5, 10, 15) == pytest.approx(0.4)


def test_kappa_is_one_when_all_is_the_same_and_none_when_only_one_answer_is_given():
    assert cohens_kappa(5, 0, 0, 5) == 1
    assert cohens_kappa(5, 0, 0, 0) is None
    assert cohens_kappa(0, 0, 0, 0) is None


def test_kappa_is_nothing_where_chance_would_do_as_well():
    assert cohens_kappa(1, 1, 1, 1) == 0


@given(COUNT, COUNT, COUNT, COUNT)
def test_kappa_is_the_same_both_ways_and_never_above_one(both, first, second, neither):
    kappa = cohens_kappa(both, first, second, neither)
    assert kappa == cohens_kappa(both, second, first, neither)
    assert kappa is None or -1 <= kappa <= 1 + 1e-9


@given(COUNT, COUNT, COUNT)
def test_micro_f1_lies_between_nothing_and_one(both, first, second):
    f1 = micro_f1(both + first, both + second, both)
    assert f1 is None if both + first + second == 0 else 0 <= f1 <= 1


def test_micro_f1_of_a_known_case():
    assert micro_f1(4, 6, 3) == pytest.approx(0.6)


def test_the_same_labels_agree_wholly():
    firsts = [first_of(1, "{{PERSON|Ada}} rang."), first_of(2, stance="praise", forms=("stalking",))]
    found = by_field(firsts, [second_of(first) for first in firsts])
    assert {field for field, each in found.items() if each.f1 not in (1, None)} == set()
    assert found["stance"].kappa == 1
    assert found["sectors"].kappa == 1


def test_a_node_that_only_one_says_counts_against_its_framework_alone():
    first = first_of(1)
    second = second_of(first, themes={"mayor_2022_25": ("2.1",)})
    found = by_field([first], [second])
    assert found["themes, mayor_2022_25"].f1 == 0
    assert found["themes, mayor_2022_25"].kappa < 0
    assert found["sectors"].f1 == 1


def test_a_framework_that_nobody_names_has_no_figure():
    found = by_field([first_of(1)], [second_of(first_of(1))])
    assert found["themes, health_pledges"].f1 is None
    assert found["themes, health_pledges"].kappa is None


def test_stance_is_the_share_alike_with_kappa_over_five_answers():
    firsts = [
        first_of(number, stance=stance) for number, stance in enumerate(["concern", "concern", "praise", "mixed"])
    ]
    seconds = [second_of(first) for first in firsts]
    seconds[1] = second_of(firsts[1], stance="praise")
    found = by_field(firsts, seconds)["stance"]
    assert found.f1 == pytest.approx(0.75)
    # By hand: seen 3/4; chance (2*1 + 1*2 + 1*1) / 16.
    assert found.kappa == pytest.approx((0.75 - 5 / 16) / (1 - 5 / 16))


def test_a_span_with_another_label_agrees_on_characters_alone():
    first = first_of(1, "{{PLACE|Ada}} rang.")
    second = second_of(first_of(1, "{{PERSON|Ada}} rang."))
    found = by_field([first], [second])
    assert found["identifiers, same span and label"].f1 == 0
    assert found["identifiers, characters"].f1 == 1


def test_what_stays_is_not_compared():
    first = first_of(1, "the {{KEEP|police}} and {{PERSON|Ada}}")
    found = by_field([first], [second_of(first)])
    assert found["identifiers, same span and label"].first == 1


def test_only_texts_that_both_labelled_are_compared():
    firsts = [first_of(1), first_of(2)]
    found = by_field(firsts, [second_of(firsts[0]), second_of(first_of(9))])
    assert {each.texts for each in found.values()} == {1}


def test_every_field_of_the_sample_is_compared():
    found = by_field(labelled_texts(), second_pass())
    themes = {f"themes, {name}" for name in frameworks()}
    rest = {"sectors", "forms", "stance", "safeguarding", "uncovered"}
    spans = {"identifiers, same span and label", "identifiers, characters"}
    assert set(found) == themes | rest | spans
    assert {each.texts for each in found.values()} == {100}


def test_two_readers_find_nearly_the_same_identifiers():
    found = by_field(labelled_texts(), second_pass())
    assert found["identifiers, characters"].f1 > 0.95
