"""Routing: which organisations are asked, from the sectors that a recommendation names and where it was said. Pure."""

from collections.abc import Collection, Sequence
from typing import Final, Literal, get_args

from msgspec import Struct

Kind = Literal["statutory", "commissioned", "other"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)


class Organisation(Struct, frozen=True, kw_only=True):
    """A responding service.

    Attributes:
        organisation: its id.
        title: as people call it.
        kind: statutory and commissioned bodies are shown as overdue in public, others to the board alone.
        sectors: what it answers for.
        areas: whose services it runs; empty: everywhere.
        has_token: it may answer by the interface.
    """

    organisation: str
    title: str
    kind: Kind
    sectors: tuple[str, ...]
    areas: tuple[str, ...] = ()
    has_token: bool = False

    @property
    def is_shown_overdue(self) -> bool:
        """Whether the public sees that it is late."""
        return self.kind != "other"


class Routed(Struct, frozen=True, kw_only=True):
    """Whom to ask: organisations with their sectors, and the sectors that the board has to find one for."""

    asked: tuple[tuple[str, tuple[str, ...]], ...]
    open_sectors: tuple[str, ...]
    is_open: bool


def route(sectors: Sequence[str], areas: Collection[str], known: Sequence[Organisation]) -> Routed:
    """Return who is asked.

    For each sector and area the one organisation that names the area is asked, else the one that works everywhere.
    None or several: the board decides. Without areas an organisation is asked only when it is the sector's only one.

    Args:
        sectors: who should act, as the group said; none: the board decides.
        areas: where it was said; empty: not known.
        known: all organisations.
    """
    asked: dict[str, list[str]] = {}
    left_open: list[str] = []
    for sector in dict.fromkeys(sectors):
        able = [each for each in known if sector in each.sectors]
        found = [_one_for(area, able) for area in sorted(areas)] if areas else [able[0] if len(able) == 1 else None]
        if None in found:
            left_open.append(sector)
        for each in found:
            if each is not None and sector not in asked.setdefault(each.organisation, []):
                asked[each.organisation].append(sector)
    return Routed(
        asked=tuple((organisation, tuple(named)) for organisation, named in sorted(asked.items())),
        open_sectors=tuple(left_open),
        is_open=bool(left_open) or not sectors,
    )


def _one_for(area: str, able: Sequence[Organisation]) -> Organisation | None:
    named = [each for each in able if area in each.areas]
    everywhere = [each for each in able if not each.areas]
    chosen = named or everywhere
    return chosen[0] if len(chosen) == 1 else None
