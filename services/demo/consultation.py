"""The sessions that the plan makes of the invented texts.

Texts carry inline marks around identifiers and labels of their themes (`services.demo.labels`); what is submitted is
the words alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.demo.labels import is_long, labelled_texts
from services.demo.loop import agreed_at, submitted
from services.intake.submissions import Submission, SubmittedContribution
from services.vocabulary.areas import NOT_SAID
from services.vocabulary.areas import areas as known_areas

_PLAN = Path(__file__).parent / "plan.yaml"
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
        format: of the file in which its facilitator writes it up.
        submission: what will be submitted.
    """

    group: str | None
    seated: bool
    convened_for: str | None
    format: str
    submission: Submission


@cache
def plan() -> dict[str, Any]:
    """Return the plan."""
    found: dict[str, Any] = yaml.safe_load(_PLAN.read_text(encoding="utf-8"))
    return found


@cache
def texts() -> tuple[Text, ...]:
    """Return every text, in the order of the files and of the lines in them."""
    return tuple(Text(text.id, text.kind, text.role, text.areas, text.words) for text in labelled_texts())


def planned_sessions(stated: dict[str, Any] | None = None) -> list[PlannedSession]:
    """Return the sessions of a plan by month, each text used once but for short answers of the public.

    Args:
        stated: the plan; ours when absent.
    """
    supplies = _Supplies(texts())
    lines = (stated if stated is not None else plan())["sessions"]
    sessions = [session for line in lines for session in _sessions_of(line, supplies)]
    return sorted(sessions, key=lambda session: session.submission.month)


class _Supplies:
    """The texts of each kind, handed out in order; short ones go round again where a line of the plan allows it."""

    def __init__(self, found: tuple[Text, ...]) -> None:
        self._by_kind: dict[str, list[Text]] = {}
        for text in found:
            self._by_kind.setdefault(text.kind, []).append(text)
        interviews = self._by_kind.get("interview", [])
        self._by_kind["interview"], self._by_kind["interview_left"] = interviews[:19], interviews[19:]
        self._rounds: dict[str, int] = {}

    def take(self, kinds: Sequence[str], number: int, *, repeat: bool) -> list[Text]:
        """Take texts in order, kind by kind; fewer when there are no more."""
        taken: list[Text] = []
        for kind in kinds:
            while len(taken) < number:
                stock = self._by_kind[kind]
                if not stock and not (repeat and self._go_round(kind)):
                    break
                taken.append(self._by_kind[kind].pop(0))
                if repeat:
                    self._by_kind.setdefault(f"{kind} again", []).append(taken[-1])
        return taken

    def take_of(self, kinds: Sequence[str], number: int, spoken_of: Sequence[str]) -> list[Text]:
        """Take texts that speak of these areas alone, then texts that name no area."""
        taken: list[Text] = []
        for fits in (set(spoken_of), {NOT_SAID}):
            for kind in kinds:
                stock = self._by_kind[kind]
                chosen = [text for text in stock if fits.issuperset(text.areas)][: number - len(taken)]
                self._by_kind[kind] = [text for text in stock if text not in chosen]
                taken += chosen
        return taken

    def _go_round(self, kind: str) -> bool:
        """Put the short texts back into stock that were handed out; say whether there were any, and not too often."""
        given = self._by_kind.pop(f"{kind} again", [])
        self._rounds[kind] = self._rounds.get(kind, 1) + 1
        short = [text for text in given if not is_long(text.words)]
        if self._rounds[kind] > MOST_REPEATS or not short:
            return False
        self._by_kind[kind] = short
        return True


def _sessions_of(line: dict[str, Any], supplies: _Supplies) -> Iterator[PlannedSession]:
    months = line["months"]
    if line["people"] == "single":
        for number, month in enumerate(months):
            share = line["total"] // len(months) + (number < line["total"] % len(months))
            chosen = supplies.take(line["texts"], share, repeat=line["kind"] == "public_interview")
            # A transcript holds one talk; a table holds them all.
            alone = line.get("each_alone", False)
            for one in [[text] for text in chosen] if alone else [chosen] if chosen else []:
                yield _session(line, month, one, group=None, present=len(one), areas=one[0].areas if alone else ())
        return
    groups = line.get("groups", 1)
    once = [(group, months[group % len(months)]) for group in range(groups)]
    for group, month in [(0, month) for month in months] if groups == 1 else once:
        present = line["present"][group] if isinstance(line["present"], list) else line["present"]
        number = min(line["each"], present)
        areas = line["rooms"][group] if "rooms" in line else line.get("areas", ())
        if "rooms" in line:
            chosen = supplies.take_of(line["texts"], number, areas)
        else:
            chosen = supplies.take(line["texts"], number, repeat=False)
        if chosen:
            name = line["group"] if groups == 1 else f"{line['group']} {group + 1}"
            yield _session(line, month, chosen, group=name, present=present, areas=tuple(areas))


def _session(
    line: dict[str, Any], month: str, chosen: list[Text], *, group: str | None, present: int, areas: tuple[str, ...]
) -> PlannedSession:
    of_the_room = line["format"] == "docx"
    areas = known_areas().in_order(areas)
    said = tuple(
        SubmittedContribution(
            text=text.words,
            role=text.role,
            # Notes in a document say once for the room whose services were spoken of.
            areas=areas if of_the_room else known_areas().in_order(text.areas),
            seat=number + 1 if line["people"] == "seat" else None,
            person=number + 1 if line["people"] == "person" or line.get("each_alone") else None,
        )
        for number, text in enumerate(chosen)
    )
    return PlannedSession(
        group=group,
        seated=line.get("seated", False),
        convened_for=line.get("convened_for"),
        format=line["format"],
        submission=Submission(
            kind=line["kind"],
            month=month,
            areas=areas,
            number_present=present,
            uses=_ALL_USES,
            contributions=said,
            limits_explained=True,
            support_person=True,
            debrief=True,
            under_18_consent=line["kind"] == "children_session",
            statements=tuple(submitted(each) for each in agreed_at(group, month)),
        ),
    )
