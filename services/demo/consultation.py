"""The invented texts of the demonstration, and the sessions that the plan makes of them.

Texts carry inline marks around identifiers (``{{LABEL#person|surface}}``) and labels of their themes; what is
submitted is the surface alone.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.intake.submissions import Submission, SubmittedContribution

_FOLDER = Path(__file__).parent
_MARK = re.compile(r"\{\{([A-Z_]+)(?:#([a-z0-9]+))?\|([^{}]*)\}\}")
_ALL_USES = ("count", "paraphrase", "quote")
#: How often one short answer may be given by different people.
MOST_REPEATS = 3


@dataclass(frozen=True, slots=True)
class Text:
    """One invented text.

    Attributes:
        id: its id in the data files.
        kind: the kind of session that it was written for.
        role: of the speaker.
        areas: whose services are spoken of.
        words: without the marks.
    """

    id: str
    kind: str
    role: str
    areas: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """One session of the plan, ready but for the id of its group.

    Attributes:
        group: the plan's name of the group, or None.
        seated: the group has seats.
        convened_for: for whom the group was convened, or None.
        submission: what will be submitted.
    """

    group: str | None
    seated: bool
    convened_for: str | None
    submission: Submission


def without_marks(marked: str) -> str:
    """Return a marked text as it was said."""
    return _MARK.sub(lambda found: found[3], marked)


@cache
def plan() -> dict[str, Any]:
    """Return the plan."""
    found: dict[str, Any] = yaml.safe_load((_FOLDER / "plan.yaml").read_text(encoding="utf-8"))
    return found


@cache
def texts() -> tuple[Text, ...]:
    """Return every text, in the order of the files and of the lines in them."""
    found = []
    for path in sorted((_FOLDER / "texts").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if "marked" in row:
                areas = tuple(row["areas"])
                found.append(Text(row["id"], row["kind"], row["role"], areas, without_marks(row["marked"])))
    return tuple(found)


def planned_sessions() -> list[PlannedSession]:
    """Return the sessions of the plan by month, each text used once but for short answers of the public."""
    supplies = _Supplies(texts())
    sessions = [session for line in plan()["sessions"] for session in _sessions_of(line, supplies)]
    return sorted(sessions, key=lambda session: session.submission.month)


class _Supplies:
    """The texts of each kind, handed out in order and round again where the plan asks for more."""

    def __init__(self, found: tuple[Text, ...]) -> None:
        self._by_kind: dict[str, list[Text]] = {}
        for text in found:
            self._by_kind.setdefault(text.kind, []).append(text)
        interviews = self._by_kind.get("interview", [])
        self._by_kind["interview"], self._by_kind["interview_left"] = interviews[:19], interviews[19:]
        self._given: dict[str, int] = {}

    def take(self, kinds: list[str], number: int, *, repeat: bool) -> list[Text]:
        taken: list[Text] = []
        for kind in kinds:
            stock = self._by_kind.get(kind, [])
            while len(taken) < number:
                given = self._given.get(kind, 0)
                if given >= len(stock) * (MOST_REPEATS if repeat else 1):
                    break
                taken.append(stock[given % len(stock)])
                self._given[kind] = given + 1
        return taken


def _sessions_of(line: dict[str, Any], supplies: _Supplies) -> Iterator[PlannedSession]:
    months = line["months"]
    if line["people"] == "single":
        for number, month in enumerate(months):
            share = line["total"] // len(months) + (number < line["total"] % len(months))
            chosen = supplies.take(line["texts"], share, repeat=line["kind"] == "public_interview")
            if chosen:
                yield _session(line, month, chosen, group=None, present=len(chosen))
        return
    groups = line.get("groups", 1)
    once = [(group, months[group % len(months)]) for group in range(groups)]
    for group, month in [(0, month) for month in months] if groups == 1 else once:
        present = line["present"][group] if isinstance(line["present"], list) else line["present"]
        chosen = supplies.take(line["texts"], min(line["each"], present), repeat=False)
        if chosen:
            name = line["group"] if groups == 1 else f"{line['group']} {group + 1}"
            yield _session(line, month, chosen, group=name, present=present)


def _session(
    line: dict[str, Any], month: str, chosen: list[Text], *, group: str | None, present: int
) -> PlannedSession:
    said = tuple(
        SubmittedContribution(
            text=text.words,
            role=text.role,
            areas=text.areas,
            seat=number + 1 if line["people"] == "seat" else None,
            person=number + 1 if line["people"] == "person" else None,
        )
        for number, text in enumerate(chosen)
    )
    return PlannedSession(
        group=group,
        seated=line.get("seated", False),
        convened_for=line.get("convened_for"),
        submission=Submission(
            kind=line["kind"],
            month=month,
            areas=tuple(line.get("areas", ())),
            number_present=present,
            uses=_ALL_USES,
            contributions=said,
            limits_explained=True,
            support_person=True,
            debrief=True,
            under_18_consent=line["kind"] == "children_session",
        ),
    )
