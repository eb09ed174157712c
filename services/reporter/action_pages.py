"""What the pages of a release read by action take: one line of a strategy, and the list of all its lines."""

from dataclasses import dataclass

from services.reporter.sayings import Sayings
from services.web.contexts import Table
from services.web.forms import Choice


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One action in a list: where it leads, what it is, and what is known of it."""

    path: str
    ref: str
    text: str
    note: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one recommendation stands today: its public page, the state alone, and all of it as a line."""

    path: str
    state: str
    text: str


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """One sign by which an action is to be judged: the printed mark, our wording, and what findings say of it."""

    mark: str
    text: str
    said: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line about an action, with the address of what it names or ""."""

    label: str
    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class ActionPage:
    """One action, commitment or node.

    Attributes:
        ref: as printed, else our key.
        title: as printed, else "".
        summary: our own words.
        facts: what it is part of, lead, date, and where it is printed.
        counted_as: the title of the node whose figure is given, or "".
        figure: what was said, in a sentence.
        tables: the same by role, and by area for a priority; empty where nothing is counted.
        direct: statements that name it.
        wider: statements that name what it stands under; of a node, those that name what stands below it.
        wider_heading: says which of these.
        measures: signs of success, none where the strategy prints none.
        lines: what stands below a node, by kind.
        back: address of the list.
    """

    ref: str
    title: str
    summary: str
    facts: tuple[Fact, ...]
    counted_as: str
    figure: str
    tables: tuple[Table, ...]
    direct: Sayings
    wider: Sayings
    wider_heading: str
    measures: tuple[MeasureLine, ...]
    lines: tuple[tuple[str, tuple[ActionLine, ...]], ...]
    back: str


@dataclass(frozen=True, slots=True)
class NodeGroup:
    """One counted node of a framework with the lines that stand directly under it."""

    path: str
    heading: str
    is_part: bool
    figure: str
    lines: tuple[tuple[str, tuple[ActionLine, ...]], ...]


@dataclass(frozen=True, slots=True)
class ActionsPage:
    """A framework with all its lines."""

    heading: str
    summary: str
    choices: tuple[Choice, ...]
    shown_for: str
    groups: tuple[NodeGroup, ...]
    others: tuple[tuple[str, tuple[ActionLine, ...]], ...]
    action: str
    back: str
