"""The events that the themer answers with: the whole ``themed`` event, and where a contribution stands."""

from typing import Final, Literal

import msgspec

from services.eventlog.cloudevents import new_record
from services.eventlog.interface import NewRecord
from services.events import (
    ContributionSettled,
    ContributionThemed,
    SealedPart,
    SettledState,
    Stance,
    ThemedNode,
    Use,
)
from services.themer.tagging import Tagged

NAME: Final = "themer"

ThemedState = Literal["released", "held", "rejected"]


class Codes(msgspec.Struct, frozen=True):
    """What a contribution was tagged with, as it is stored and sent: no free text."""

    themes: tuple[ThemedNode, ...] = ()
    sectors: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    stance: Stance = "neutral"
    uncovered: bool = False


def codes_of(tagged: Tagged) -> Codes:
    """Return the codes of a tagged text; the best score where a node stands twice."""
    best: dict[tuple[str, str], float] = {}
    for theme in tagged.themes:
        place = (theme.framework, theme.node)
        best[place] = max(best.get(place, 0.0), theme.score)
    return Codes(
        themes=tuple(ThemedNode(framework=place[0], node=place[1], score=score) for place, score in best.items()),
        sectors=tagged.sectors,
        forms=tagged.forms,
        stance=msgspec.convert(tagged.stance, Stance),
        uncovered=tagged.uncovered,
    )


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer needs to know of a contribution."""

    contribution: str
    contributor: str
    revision: int
    uses: tuple[Use, ...]
    bank: str
    pseudonymiser: str
    facts: SealedPart
    codes: Codes


def themed(standing: Standing, state: ThemedState, month: str) -> NewRecord:
    """Return the whole ``themed`` event; without nodes unless the contribution is released."""
    shown = standing.codes if state == "released" else Codes()
    event = ContributionThemed(
        contribution=standing.contribution,
        contributor=standing.contributor,
        revision=standing.revision,
        state=state,
        uses=standing.uses,
        bank=standing.bank,
        pseudonymiser=standing.pseudonymiser,
        facts=standing.facts,
        themes=shown.themes,
        sectors=shown.sectors,
        forms=shown.forms,
        stance=shown.stance,
        uncovered=shown.uncovered,
    )
    return new_record(event, stage=NAME, source_service=NAME, revision=standing.revision, time=month)


def settled(
    contribution: str,
    contributor: str,
    revision: int,
    state: SettledState,
    month: str,
    *,
    reason: str | None = None,
) -> NewRecord:
    """Return where a contribution stands; a withdrawal has a stage of its own, so that its id is never another's."""
    event = ContributionSettled(
        contribution=contribution,
        contributor=contributor,
        revision=revision,
        state=state,
        month=month,
        reason=reason,
    )
    stage = f"{NAME}.withdrawn" if state == "withdrawn" else NAME
    return new_record(event, stage=stage, source_service=NAME, revision=revision, time=month)
