"""The proof that a release is safe, and the checker that knows nothing of how it was found.

A certificate names, for each hidden cell, two tables of whole numbers that agree with everything published: in one the
cell is high, in the other low. Reading it takes additions only. It holds true figures (the true table is one of the
witnesses), so it stays in the reporter's store and is never published.
"""

from collections.abc import Mapping, Sequence

import msgspec

from services.errors import Held
from services.reporter.audit import Attack
from services.reporter.knowledge import Row


class Certificate(msgspec.Struct, frozen=True):
    """The witnesses of one population's tables.

    Attributes:
        threshold: least number that may be shown.
        witnesses: each a table, listed by cell number where it differs from the true table.
        proofs: cell number, high witness, low witness.
        above: hidden cells that are known to reach the threshold, which is no secret, and so need no low witness.
        exempt: cells that the plan of sessions leaves empty and says so.
    """

    threshold: int
    witnesses: tuple[dict[int, int], ...]
    proofs: tuple[tuple[int, int, int], ...]
    above: tuple[int, ...]
    exempt: tuple[int, ...]


def certify(attack: Attack) -> Certificate:
    """Return the certificate of an attack that found nothing, with only the witnesses that it needs."""
    proofs = attack.proofs()
    used = sorted({place for pair in proofs.values() for place in pair})
    place_of = {old: new for new, old in enumerate(used)}
    return Certificate(
        attack.threshold,
        tuple(attack.witnesses[place] for place in used),
        tuple((cell, place_of[high], place_of[low]) for cell, (high, low) in sorted(proofs.items())),
        tuple(attack.above()),
        tuple(sorted(attack.exempt)),
    )


def verify(
    certificate: Certificate,
    truth: Sequence[int],
    rows: Sequence[Row],
    bounds: Mapping[int, tuple[int, int]],
    hidden: frozenset[int],
) -> None:
    """Check a certificate in whole numbers.

    Args:
        certificate: what is to be checked.
        truth: the true value of each cell, by number.
        rows: the structure that the attacker knows.
        bounds: what the attacker reads off each cell alone, in the order of the cells.
        hidden: the cells that are not shown.

    Raises:
        Held: a witness does not fit what is published, a hidden cell has no proof, or its two values are too close.
    """
    rows_of: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        _check(row, truth, {})
        for cell, _ in row.terms:
            rows_of.setdefault(cell, []).append(place)
    if any(not lower <= value <= upper for value, (lower, upper) in zip(truth, bounds.values(), strict=True)):
        raise Held("A published figure does not agree with what was counted.")
    for witness in certificate.witnesses:
        if any(not bounds[cell][0] <= value <= bounds[cell][1] for cell, value in witness.items()):
            raise Held("A witness does not agree with a published figure.")
        for place in sorted({place for cell in witness for place in rows_of.get(cell, ())}):
            _check(rows[place], truth, witness)
    proved = {cell for cell, _, _ in certificate.proofs}.union(certificate.above, certificate.exempt)
    if not hidden <= proved:
        raise Held("A hidden figure has no proof.")
    for cell, high, low in certificate.proofs:
        top = certificate.witnesses[high].get(cell, truth[cell])
        bottom = certificate.witnesses[low].get(cell, truth[cell])
        if top < certificate.threshold or top - bottom < certificate.threshold - 1:
            raise Held("A hidden figure lies in too narrow an interval.")


def _check(row: Row, truth: Sequence[int], witness: Mapping[int, int]) -> None:
    total = sum(sign * witness.get(cell, truth[cell]) for cell, sign in row.terms)
    if total < row.lower or (row.upper is not None and total > row.upper):
        raise Held("A witness does not agree with the structure of the tables.")
