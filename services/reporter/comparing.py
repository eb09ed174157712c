"""What a release says of earlier ones, from published figures alone: what changed, a trend, and who is not seen."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from services.reporter.periods import is_year
from services.reporter.release import PEOPLE, Change, NotHeard, ReleaseBody, Trend
from services.reporter.tables import node_dimension

LONGEST_TREND: Final = 8
_BASES_APART: Final = 2
"""Two rounded figures differ in earnest when they are so many rounding bases apart: less may be rounding alone."""

Figures = dict[tuple[tuple[str, str], ...], int | None]


def compared(body: ReleaseBody, earlier: Iterable[tuple[str, ReleaseBody]]) -> ReleaseBody:
    """Return a body with what it says of earlier releases of its kind, and of whom it shows nothing.

    ``earlier`` gives citation and body of published releases, as they stand now: without tables withdrawn since.
    """
    before = sorted(
        (
            (citation, other)
            for citation, other in earlier
            if is_year(other.period) == is_year(body.period) and other.period < body.period
        ),
        key=lambda pair: pair[1].period,
    )
    return msgspec.structs.replace(
        body,
        previous=before[-1][0] if before else None,
        changes=_changes(body, before[-1][1]) if before else (),
        trend=_trend(body, [other for _, other in before][1 - LONGEST_TREND :]),
        not_heard=_not_heard(body),
    )


def figures_of(body: ReleaseBody, counts: str = PEOPLE) -> Figures:
    """Return every figure of one population by its sorted dimensions; None where it is not shown."""
    return {
        tuple(sorted(cell.dims.items())): cell.value
        for table in body.tables
        if table.counts == counts
        for cell in table.cells
    }


def _changes(body: ReleaseBody, before: ReleaseBody) -> tuple[Change, ...]:
    old, new = figures_of(before), figures_of(body)
    return tuple(
        Change(PEOPLE, dict(key), old[key], new[key])
        for key in _watched(body, deep=True)
        if key in old and key in new and _differs(old[key], new[key], body.rounding_base)
    )


def _differs(old: int | None, new: int | None, base: int) -> bool:
    if old is None or new is None:
        return old is not new
    return abs(old - new) >= _BASES_APART * base


def _trend(body: ReleaseBody, before: Sequence[ReleaseBody]) -> tuple[Trend, ...]:
    if not before:
        return ()
    every = [*(figures_of(each) for each in before), figures_of(body)]
    periods = (*(each.period for each in before), body.period)
    found = []
    for key in _watched(body, deep=False):
        values = tuple(figures.get(key) for figures in every)
        if any(value is not None for value in values):
            found.append(Trend(PEOPLE, dict(key), periods, values))
    return tuple(found)


def _watched(body: ReleaseBody, *, deep: bool) -> Iterable[tuple[tuple[str, str], ...]]:
    """Yield the figures that are looked at over time: everybody, each role, and nodes (only the top ones, or all)."""
    known = {dimension.name: dimension for dimension in body.dimensions}
    yield ()
    if "role" in known:
        yield from ((("role", role),) for role in known["role"].children.get(known["role"].root, ()))
    for framework in body.frameworks:
        nodes = known.get(node_dimension(framework))
        if nodes is not None:
            waiting = list(nodes.children.get(nodes.root, ()))
            while waiting:
                node = waiting.pop(0)
                yield ((nodes.name, node),)
                waiting = [*(nodes.children.get(node, ()) if deep else ()), *waiting]


def _not_heard(body: ReleaseBody) -> tuple[NotHeard, ...]:
    """Return, for each flat dimension of people, the values without any figure."""
    figures = figures_of(body)
    used = {name for table in body.tables if table.counts == PEOPLE for name in table.dimensions}
    found = []
    for dimension in body.dimensions:
        if dimension.name in used and not dimension.name.startswith(node_dimension("")):
            values = dimension.children.get(dimension.root, ())
            hidden = tuple(value for value in values if figures.get(((dimension.name, value),)) is None)
            if hidden:
                found.append(NotHeard(dimension.name, hidden))
    return tuple(found)
