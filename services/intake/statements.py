"""What a group found and recommends, as it comes with its session: checked, and sealed beside what its people said.

Only a group makes statements. A finding is one sentence about services; a recommendation at most three, in one of the
five areas, with who should act where the group said so. A refusal names the place and the rule, never the words.
"""

import re
from collections.abc import Sequence
from typing import Literal, cast

import msgspec
from msgspec import Struct

from services.contracts import encode
from services.errors import Finding
from services.events import BundledStatement, Words
from services.ids import NewId
from services.sealing.bundles import BundleSealer
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.sectors import sectors
from services.vocabulary.statements import faults_of, statement_rules

StatementKind = Literal["finding", "recommendation"]
KINDS: tuple[StatementKind, ...] = ("finding", "recommendation")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class SubmittedStatement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One statement as the group agreed it.

    Attributes:
        kind: ``finding`` or ``recommendation``.
        text: the words.
        area: of a recommendation: one of the five areas.
        sectors: whose services it speaks of, or who should act.
    """

    kind: str
    text: str
    area: str | None = None
    sectors: tuple[str, ...] = ()


class CheckedStatement(Struct, frozen=True, kw_only=True):
    """A statement that keeps every rule."""

    kind: StatementKind
    text: str
    area: str | None
    sectors: tuple[str, ...]


def check_statements(
    given: Sequence[SubmittedStatement], *, group: str | None, places: Sequence[str], findings: list[Finding]
) -> tuple[CheckedStatement, ...]:
    """Return a session's statements as checked; what is wrong is added to the findings.

    Args:
        given: as submitted.
        group: whose session it was, or None.
        places: where each stands, as its sender would say it; numbered where there are fewer.
        findings: takes what is wrong.
    """
    if given and group is None:
        findings.append(
            Finding("statements", "only a group makes statements", "Name the group, or leave them out."),
        )
    most = statement_rules().most_in_a_session
    if len(given) > most:
        findings.append(Finding("statements", "too many", f"Send at most {most} with one session."))
        return ()
    checked = []
    for number, stated in enumerate(given):
        place = places[number] if number < len(places) else f"statements[{number}]"
        before = len(findings)
        findings.extend(_wrong(stated, place))
        if len(findings) == before:
            checked.append(
                CheckedStatement(
                    kind=cast("StatementKind", stated.kind),
                    text=stated.text,
                    area=stated.area,
                    sectors=sectors().in_order(stated.sectors),
                )
            )
    return tuple(checked)


def seal_statements(
    stated: Sequence[CheckedStatement], *, words: BundleSealer, new_id: NewId
) -> tuple[BundledStatement, ...]:
    """Return statements with new ids, their words sealed as those of the contributions beside them."""
    sealed = []
    for each in stated:
        statement = new_id()
        sealed.append(
            BundledStatement(
                statement=statement,
                revision=1,
                kind=each.kind,
                words=words.seal(statement, encode(Words(text=each.text))),
                area=each.area,
                sectors=each.sectors,
            )
        )
    return tuple(sealed)


def weight_of(stated: Sequence[CheckedStatement]) -> int:
    """Return about how many bytes statements take in a bundle."""
    return sum(len(msgspec.json.encode(each.text)) + 600 for each in stated)


def _wrong(stated: SubmittedStatement, place: str) -> list[Finding]:
    if stated.kind not in KINDS:
        return [Finding(f"{place}.kind", "neither a finding nor a recommendation", f"Choose from {', '.join(KINDS)}.")]
    findings = [Finding(f"{place}.text", rule, mend) for rule, mend in faults_of(stated.kind, stated.text)]
    if _CONTROL.search(stated.text):
        findings.append(
            Finding(f"{place}.text", "control characters", "Save the file as plain UTF-8 text and send it again.")
        )
    areas = recommendation_areas()
    if stated.kind == "recommendation" and stated.area is None:
        findings.append(Finding(f"{place}.area", "missing", f"Choose from {', '.join(areas.ids)}."))
    elif stated.kind == "finding" and stated.area is not None:
        findings.append(Finding(f"{place}.area", "only a recommendation has an area", "Leave it out."))
    elif stated.area is not None and stated.area not in areas.id_set:
        findings.append(Finding(f"{place}.area", "not one of the five areas", f"Choose from {', '.join(areas.ids)}."))
    if set(stated.sectors) - sectors().id_set:
        findings.append(
            Finding(f"{place}.sectors", "not one of the sectors", f"Choose from {', '.join(sectors().ids)}.")
        )
    elif len(set(stated.sectors)) != len(stated.sectors):
        findings.append(Finding(f"{place}.sectors", "a sector stands twice", "Name each once."))
    return findings
