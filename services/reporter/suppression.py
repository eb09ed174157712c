"""Disclosure control: what is hidden, what is shown and how, and that nobody can work back.

Primary suppression hides every figure of 0 to 9 and every figure that is the whole of a small group ("everyone said
it"). Every other figure is rounded from its own true value. Complementary suppression then hides further figures until
the attacker of ``audit`` finds nothing, and shows again what turned out not to be needed. One symbol stands for every
hidden cell, whatever the reason: a printed zero, or a symbol of its own for small figures, would undo the rest.
"""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

import msgspec

from services.errors import Held, SettingsError
from services.reporter.audit import UNKNOWN, Appearance, Attack, Breach
from services.reporter.certificate import Certificate, certify, verify
from services.reporter.knowledge import Row, structure
from services.reporter.tables import CellKey, Design, all_cells, check_design, key_of

LEAST_THRESHOLD = 10
"""No figure below it is ever published; a setting may only raise it."""

HIDDEN = "[c]"
NOT_HELD = "[x]"
IMPOSSIBLE = "[z]"

ROUNDS = 400
"""Rounds of repair after which a release is held rather than mended further."""


_GROUP_LIMIT = 50


class Control(msgspec.Struct, frozen=True):
    """The parameters of disclosure control.

    Attributes:
        threshold: least number of distinct people that may be shown.
        base: figures are rounded to the nearest multiple of it; odd, so that no value lies halfway.
        group_limit: in a group smaller than this, a figure equal to the group is hidden.
    """

    threshold: int = LEAST_THRESHOLD
    base: int = 5
    group_limit: int = _GROUP_LIMIT

    @classmethod
    def of_release(cls, threshold: int, base: int = 5) -> "Control":
        """Return the parameters with which a release of this threshold and rounding is published.

        A raised threshold raises the group limit with it.
        """
        return cls(threshold, base, max(_GROUP_LIMIT, 5 * threshold))

    def check(self) -> None:
        """Check the parameters.

        Raises:
            SettingsError: a threshold below 10, or a base that is even or above the threshold.
        """
        if self.threshold < LEAST_THRESHOLD:
            raise SettingsError(f"The threshold of what is published cannot be below {LEAST_THRESHOLD}.")
        if not 1 <= self.base <= self.threshold or self.base % 2 == 0:
            raise SettingsError("The rounding base must be an odd number between 1 and the threshold.")
        if self.group_limit < self.threshold:
            raise SettingsError("The group limit cannot be below the threshold.")

    def rounded(self, value: int) -> int:
        """Return the nearest multiple of the base."""
        return self.base * ((value + self.base // 2) // self.base)

    def appearance(self, shown: int) -> Appearance:
        """Return what a shown figure says of its true value."""
        half = self.base // 2
        return Appearance(max(self.threshold, shown - half), shown + half)


class Cell(msgspec.Struct, frozen=True):
    """One cell as published: a rounded figure, or no figure and a symbol."""

    value: int | None
    symbol: str = ""


class Plan(msgspec.Struct, frozen=True):
    """What the plan of sessions says, never the counts.

    Attributes:
        not_held: cells for which no session was planned.
        impossible: cells that cannot exist by definition.
    """

    not_held: frozenset[CellKey] = frozenset()
    impossible: frozenset[CellKey] = frozenset()


class Protected(msgspec.Struct, frozen=True):
    """Tables that were proved safe.

    Attributes:
        cells: every cell as published, in the order of the design.
        certificate: the proof; it holds true figures and stays with the reporter.
    """

    cells: dict[CellKey, Cell]
    certificate: Certificate


class Earlier(msgspec.Struct, frozen=True):
    """Tables of the very same people that were published before: their cells stand as they are."""

    design: Design
    cells: dict[CellKey, Cell]


def protect(
    design: Design,
    counts: Mapping[CellKey, int],
    *,
    control: Control | None = None,
    plan: Plan | None = None,
    earlier: Iterable[Earlier] = (),
    present: frozenset[CellKey] = frozenset(),
    withheld: frozenset[CellKey] = frozenset(),
    known: Mapping[CellKey, Appearance] | None = None,
    beside: frozenset[CellKey] = frozenset(),
) -> Protected:
    """Return the cells of a design as they may be published, with the proof.

    ``counts`` must hold every cell of the design and of the ``earlier`` designs (see ``tables.tabulate``). Cells in
    ``present`` are listed because somebody is in them, so that an attacker knows of at least one person there.
    ``withheld`` may not be shown for a reason of their own, and ``known`` gives the ends that an attacker has from
    elsewhere (see ``parts``). Cells in ``beside`` are hidden for the sake of others (see ``joint``): that they are not
    small is no secret.

    Raises:
        SettingsError: parameters or design that are not allowed.
        Held: no proof was found, or an earlier figure contradicts what is now counted.
    """
    control, plan, earlier = control or Control(), plan or Plan(), tuple(earlier)
    control.check()
    designs = (*(release.design for release in earlier), design)
    for each in designs:
        check_design(each)
    keys = tuple(dict.fromkeys(key for each in designs for key in all_cells(each)))
    number = {key: place for place, key in enumerate(keys)}
    rows = tuple(dict.fromkeys(row for each in designs for row in structure(each, number, counts)))
    truth = [counts[key] for key in keys]
    printed = {number[key]: cell for release in earlier for key, cell in release.cells.items()}
    primary = {
        number[key]
        for each in designs
        for key in (*primary_cells(each, counts, control), *withheld)
        if number[key] not in printed
    }
    planned = {number[key] for key in plan.not_held | plan.impossible if key in number}
    hidden = primary | planned | {number[key] for key in beside if number[key] not in printed}
    hidden |= {place for place, cell in printed.items() if cell.value is None}
    shown = {}
    for place, value in enumerate(truth):
        if place not in hidden:
            cell = printed.get(place)
            shown[place] = control.appearance(
                control.rounded(value) if cell is None or cell.value is None else cell.value
            )
            if not shown[place].lower <= value <= shown[place].upper:
                raise Held("An earlier release shows a figure that is no longer what is counted.")
    empty = {place: Appearance(0, 0) for place in planned if truth[place] == 0}
    somebody = {number[key]: Appearance(1, UNKNOWN) for key in present if counts[key]}
    elsewhere = {number[key]: ends for key, ends in (known or {}).items() if key in number}
    attack = Attack(truth, rows, shown, {**elsewhere, **somebody, **empty}, threshold=control.threshold)
    attack.exempt = set(empty)
    # What is known to reach the threshold from elsewhere is no secret any more.
    attack.strict = {place for place in primary if place not in elsewhere or elsewhere[place].lower < control.threshold}
    added = mend(attack, printed.keys())
    show_again(attack, added, control)
    certificate = certify(attack)
    bounds = {place: attack.bounds(place) for place in range(len(truth))}
    verify(certificate, truth, rows, bounds, frozenset(attack.hidden()))
    return Protected({key: _print(attack, number[key], key, plan, control) for key in all_cells(design)}, certificate)


def primary_cells(design: Design, counts: Mapping[CellKey, int], control: Control) -> tuple[CellKey, ...]:
    """Return the cells that are small, or the whole of a group that is smaller than the group limit."""
    found: dict[CellKey, None] = {}
    for table in design.tables:
        for key in all_cells(Design(design.dimensions, (table,))):
            count = counts[key]
            if count < control.threshold or any(
                counts[group] == count < control.group_limit for group in _groups(design, key)
            ):
                found[key] = None
    return tuple(found)


def _groups(design: Design, key: CellKey) -> Iterable[CellKey]:
    values = dict(key)
    for name, value in key:
        yield key_of(design, {**values, name: design.dimensions[name].parents[value]})


def mend(attack: Attack, fixed: AbstractSet[int]) -> dict[int, list[int]]:
    """Hide shown cells until every hidden cell is proved; return what was hidden, and for the sake of which cells.

    Args:
        attack: on the cells.
        fixed: cells that were published before: they stand.

    Raises:
        Held: a breach that hiding cannot mend, or too many rounds.
    """
    added: dict[int, list[int]] = {}

    def choose(breach: Breach) -> int | None:
        open_to = [place for place in breach.pulls if place not in fixed]
        if not open_to:
            raise Held("A hidden figure can be worked out and nothing that may still be hidden would prevent it.")
        if any(place in added for place in open_to):
            return None
        # The largest gain for each person no longer counted; of equals the first in the order of the tables.
        best = min(open_to, key=lambda place: (attack.truth[place] / breach.pulls[place], place))
        added[best] = [breach.cell]
        return best

    todo = attack.hidden()
    for _ in range(ROUNDS):
        before = set(added)
        breaches = attack.prove(todo, choose)
        if not breaches:
            return added
        for place in sorted(set(added) - before):
            attack.hide(place)
        todo = attack.hidden()
    raise Held("No proof was found that the hidden figures are safe.")


def show_again(attack: Attack, added: dict[int, list[int]], control: Control) -> None:
    """Show again, the most valuable first, what is not needed to keep every hidden cell safe."""
    for place in sorted(added, key=lambda place: (-attack.truth[place], place)):
        state = attack.saved()
        lost = attack.show(place, control.appearance(control.rounded(attack.truth[place])))
        if attack.prove(lost, first=[cell for cell in added[place] if cell in lost]):
            attack.restore(state)


def _print(attack: Attack, place: int, key: CellKey, plan: Plan, control: Control) -> Cell:
    if key in plan.impossible:
        return Cell(None, IMPOSSIBLE)
    if key in plan.not_held:
        return Cell(None, NOT_HELD)
    if place in attack.shown:
        return Cell(control.rounded(attack.truth[place]))
    return Cell(None, HIDDEN)


__all__ = ["Cell", "Control", "Earlier", "Plan", "Protected", "Row", "mend", "primary_cells", "protect", "show_again"]
