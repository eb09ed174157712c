"""Which tables a release has: fixed by its frameworks and by whether it is a year's, before anything is counted."""

from collections.abc import Sequence
from functools import cache
from typing import Final

import msgspec

from services.errors import DataFileError, Finding, InputRefused
from services.reporter.counting import ORGANISATION
from services.reporter.dimensions import Tree
from services.reporter.periods import is_year
from services.reporter.tables import Design, organisations_design, people_design
from services.vocabulary.areas import areas
from services.vocabulary.characteristics import characteristics
from services.vocabulary.datafiles import load_as
from services.vocabulary.frameworks import Framework, framework, framework_ids
from services.vocabulary.roles import roles
from services.vocabulary.sectors import sectors

ROOT: Final = "all"
MOST_FRAMEWORKS: Final = 2


class _Chosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    licence: str
    version: int
    annual_pairs: tuple[tuple[str, str], ...]


@cache
def broken_down_by() -> dict[str, tuple[str, ...]]:
    """Return the characteristics that releases break people down by, each with its answers."""
    return {each.id: each.answers for each in characteristics().entries if each.published}


def catalogues_of(frameworks: Sequence[str]) -> tuple[Framework, ...]:
    """Return the catalogues of one or two frameworks, by id.

    Raises:
        InputRefused: none, more than two, or one that is not known.
    """
    wanted = sorted(set(frameworks))
    if not 1 <= len(wanted) <= MOST_FRAMEWORKS or not set(wanted) <= set(framework_ids()):
        mend = f"Choose one or two from {', '.join(framework_ids())}."
        raise InputRefused([Finding("frameworks", "not one or two frameworks that are known", mend)])
    return tuple(framework(name) for name in wanted)


def designs_of(frameworks: Sequence[str], period: str) -> tuple[Design, Design]:
    """Return the tables of people and those of organisations for a quarter, or for a year.

    They do not depend on what was counted: that a table is missing would say of each of its cells that it is small.

    Raises:
        InputRefused: frameworks that cannot be published.
    """
    trees = {catalogue.id: tree_of(catalogue) for catalogue in catalogues_of(frameworks)}
    people = people_design(
        trees,
        roles=tuple(role for role in roles().ids if role != ORGANISATION),
        areas=areas().ids,
        sectors=sectors().ids,
        characteristics=broken_down_by(),
        pairs=_chosen().annual_pairs if is_year(period) else (),
    )
    return people, organisations_design(trees, sectors=sectors().ids)


def tree_of(catalogue: Framework) -> Tree:
    """Return the tree of a framework's counted nodes below one root."""
    children = {ROOT: tuple(node.id for node in catalogue.nodes if node.parent is None)}
    for node in catalogue.nodes:
        below = tuple(child.id for child in catalogue.children(node.id))
        if below:
            children[node.id] = below
    return Tree(ROOT, children)


@cache
def _chosen() -> _Chosen:
    found = load_as(_Chosen, "reports", "tables.yaml")
    if not {name for pair in found.annual_pairs for name in pair} <= set(broken_down_by()):
        raise DataFileError("The data file reports/tables.yaml pairs a characteristic that is not published.")
    return found
