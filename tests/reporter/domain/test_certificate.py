import msgspec
import pytest

from services.errors import Held
from services.reporter.audit import Appearance, Attack
from services.reporter.certificate import Certificate, certify, verify
from services.reporter.knowledge import Row, structure
from services.reporter.tables import all_cells, tabulate

# A total of 40 with parts 20, 15 and 5: total and first part shown, two parts hidden.
TRUTH = [40, 20, 15, 5]
ROWS = (Row(0, 0, ((0, -1), (1, 1), (2, 1), (3, 1))),)
BOUNDS = {0: (38, 42), 1: (18, 22), 2: (0, 100), 3: (0, 100)}
HIDDEN = frozenset({2, 3})
GOOD = Certificate(
    threshold=10,
    witnesses=({}, {2: 0, 3: 20}, {2: 20, 3: 0}),
    proofs=((2, 2, 1), (3, 1, 2)),
    above=(),
    exempt=(),
)


def test_a_good_certificate_passes():
    verify(GOOD, TRUTH, ROWS, BOUNDS, HIDDEN)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"witnesses": ({}, {2: 0, 3: 21}, {2: 20, 3: 0})}, "structure"),
        ({"witnesses": ({}, {1: 15, 2: 5, 3: 20}, {2: 20, 3: 0})}, "published figure"),
        ({"witnesses": ({}, {2: 101, 3: -81}, {2: 20, 3: 0})}, "published figure"),
        ({"proofs": ((2, 2, 1),)}, "no proof"),
        ({"proofs": ((2, 2, 1), (3, 2, 0))}, "narrow"),
        ({"proofs": ((2, 2, 0), (3, 1, 2))}, "narrow"),
    ],
)
def test_a_certificate_that_proves_less_is_refused(change, reason):
    with pytest.raises(Held, match=reason):
        verify(msgspec.structs.replace(GOOD, **change), TRUTH, ROWS, BOUNDS, HIDDEN)


def test_figures_that_contradict_the_count_or_the_structure_are_refused():
    with pytest.raises(Held, match="what was counted"):
        verify(GOOD, TRUTH, ROWS, {**BOUNDS, 1: (23, 27)}, HIDDEN)
    with pytest.raises(Held, match="structure"):
        verify(GOOD, [41, 20, 15, 5], ROWS, BOUNDS, HIDDEN)


def test_the_attack_finds_a_certificate_that_the_checker_accepts():
    shown = {0: Appearance(38, 42), 1: Appearance(18, 22)}
    attack = Attack(TRUTH, ROWS, shown, {}, threshold=10)
    assert attack.prove(attack.hidden()) == []
    certificate = certify(attack)
    assert {cell for cell, _, _ in certificate.proofs} == HIDDEN
    verify(certificate, TRUTH, ROWS, {cell: attack.bounds(cell) for cell in range(4)}, HIDDEN)


def test_the_attack_reports_the_interval_and_what_holds_it_together():
    shown = {0: Appearance(40, 40), 1: Appearance(20, 20), 2: Appearance(15, 15)}
    attack = Attack(TRUTH, ROWS, shown, {}, threshold=10)
    (breach,) = attack.prove(attack.hidden())
    assert (breach.cell, breach.lower, breach.upper) == (3, 5.0, 5.0)
    assert set(breach.pulls) == {0, 1, 2}


def test_hiding_mends_a_breach_and_showing_again_takes_the_proof_away():
    shown = {0: Appearance(40, 40), 1: Appearance(20, 20), 2: Appearance(15, 15)}
    attack = Attack(TRUTH, ROWS, shown, {}, threshold=10)
    attack.hide(2)
    assert attack.prove(attack.hidden()) == []
    state = attack.saved()
    assert attack.show(2, Appearance(15, 15)) == [3]
    assert len(attack.prove([3])) == 1
    attack.restore(state)
    assert attack.prove(attack.hidden()) == []


def test_the_structure_says_what_holds_of_sums_unions_and_the_absent(grid, crowd, tree):
    design = grid(tree, ages=2, areas=0)
    people = crowd((3, {"node": "p1.a", "age": "a0"}), (2, {"age": "a1"}))
    counts = tabulate(design, people)
    number = {key: place for place, key in enumerate(all_cells(design))}
    rows = structure(design, number, counts)
    truth = list(counts.values())
    for row in rows:
        total = sum(sign * truth[cell] for cell, sign in row.terms)
        assert row.lower <= total
        assert row.upper is None or total <= row.upper
    ages = [number[(("age", value),)] for value in ("a0", "a1")]
    assert Row(0, 0, tuple(sorted(((0, -1), *((age, 1) for age in ages))))) in rows


def test_the_attacker_is_told_how_many_speak_of_two_areas(grid, crowd):
    design = grid(ages=0, areas=2)
    counts = tabulate(design, crowd((4, {"area": "r0 r1"}), (5, {"area": "r0"})))
    number = {key: place for place, key in enumerate(all_cells(design))}
    (summed,) = [row for row in structure(design, number, counts) if len(row.terms) == 3]
    assert (summed.lower, summed.upper) == (0, 4)
