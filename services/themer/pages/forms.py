"""The forms of statements as plain structures: what can be chosen, what was chosen, and reading it back. Pure."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, cast

from services.events import DoubtFound, MeasureSaid
from services.themer.pages.doors import Typed, one
from services.themer.statements.wording import ChosenNode, Wording
from services.vocabulary.frameworks import Framework, Node, Row, framework, frameworks
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.sectors import sectors
from services.web.forms import Choice

SAID: Final = {"": "Not raised", "better": "Better", "worse": "Worse", "mixed": "Mixed"}
#: So many of the tagger's proposals stand on top of the form.
MOST_PROPOSED: Final = 8
_BETWEEN: Final = "|"


@dataclass(frozen=True, slots=True)
class Chapter:
    """Choices that belong together, below a heading; open where something in it is chosen."""

    name: str
    title: str
    choices: tuple[Choice, ...]

    @property
    def opened(self) -> bool:
        """Say whether something in it is chosen."""
        return any(choice.chosen for choice in self.choices)


@dataclass(frozen=True, slots=True)
class MeasureChoice:
    """One success measure with what may be said of it."""

    name: str
    text: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class RowChoice:
    """One action or commitment below a chosen node, with its measures."""

    choice: Choice
    measures: tuple[MeasureChoice, ...]

    @property
    def opened(self) -> bool:
        """Say whether something is said of one of its measures."""
        return any(choice.chosen and choice.value for measure in self.measures for choice in measure.choices)


@dataclass(frozen=True, slots=True)
class RowChapter:
    """The rows below one chosen node."""

    title: str
    rows: tuple[RowChoice, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of pseudonymised words; ``doubtful`` where a person must look."""

    text: str
    doubtful: bool


def pieces_of(text: str, doubts: Sequence[DoubtFound]) -> tuple[Piece, ...]:
    """Return a text cut at its doubts; together the pieces are the text."""
    size = len(text)
    edges = sorted({0, size, *(min(edge, size) for doubt in doubts for edge in (doubt.start, doubt.end))})
    return tuple(
        Piece(text[start:end], any(doubt.start <= start and end <= doubt.end for doubt in doubts))
        for start, end in pairwise(edges)
    )


def title_of(node: Node) -> str:
    """Return a node as a person would look it up."""
    return f"{node.printed_ref} {node.title}" if node.printed_ref else node.title


def name_of(chosen: ChosenNode) -> str:
    """Return a node or a row with its framework, for people.

    Raises:
        NotFound: there is no such framework, node or row.
    """
    catalogue = framework(chosen.framework)
    if chosen.node in catalogue.ordered:
        return f"{title_of(catalogue.node(chosen.node))} ({catalogue.short_title})"
    row = catalogue.row(chosen.node)
    return f"{row.printed_ref or ''} {row.title or row.summary}".strip() + f" ({catalogue.short_title})"


def sector_titles(chosen: Sequence[str]) -> list[str]:
    """Return the titles of sectors."""
    return [sectors().title_of(each) for each in chosen]


def area_title(area: str | None) -> str:
    """Return an area's title in sentence case, or nothing."""
    return "" if area is None else recommendation_areas().title_of(area).capitalize()


def measures_said(wording: Wording) -> list[tuple[str, str]]:
    """Return what a finding says of measures: the measure, and better, worse or mixed."""
    return [
        (framework(each.framework).measure(each.measure)[1].text, SAID[each.said].lower()) for each in wording.measures
    ]


def proposed_nodes(proposed: Sequence[ChosenNode], chosen: Collection[ChosenNode]) -> Chapter:
    """Return what the tagger found in the words, for a person to choose from."""
    listed = tuple(Choice(value_of(each), name_of(each), each in chosen) for each in proposed)
    return Chapter("proposed", "Found in the words", listed)


def node_chapters(chosen: Collection[ChosenNode], *, besides: Collection[ChosenNode] = ()) -> tuple[Chapter, ...]:
    """Return every counted node, framework by framework, without those that stand elsewhere on the page."""
    return tuple(
        Chapter(
            f"nodes-{number}",
            catalogue.short_title,
            tuple(
                Choice(value_of(each), title_of(node), each in chosen, node.summary)
                for node in catalogue.nodes
                if (each := ChosenNode(catalogue.id, node.id)) not in besides
            ),
        )
        for number, catalogue in enumerate(frameworks().values(), start=1)
    )


def row_chapters(wording: Wording, *, with_measures: bool) -> tuple[RowChapter, ...]:
    """Return the rows below the nodes of a wording, with the measures of each where they can be spoken of."""
    chapters = []
    for each in wording.nodes:
        catalogue = frameworks().get(each.framework)
        if catalogue is None or each.node not in catalogue.ordered:
            continue
        rows = catalogue.rows_of(each.node)
        if rows:
            chosen = tuple(_row_choice(catalogue, row, wording, with_measures=with_measures) for row in rows)
            chapters.append(RowChapter(name_of(each), chosen))
    return tuple(chapters)


def sector_choices(chosen: Collection[str]) -> tuple[Choice, ...]:
    """Return the sectors."""
    return tuple(Choice(each.id, each.title, each.id in chosen) for each in sectors().entries)


def area_choices(chosen: str | None) -> tuple[Choice, ...]:
    """Return the five areas of recommendations, in sentence case."""
    return tuple(
        Choice(each.id, each.title.capitalize(), each.id == chosen, each.description or "")
        for each in recommendation_areas().entries
    )


def value_of(node: ChosenNode) -> str:
    """Return a node as a form carries it."""
    return f"{node.framework}{_BETWEEN}{node.node}"


def measure_field(catalogue: str, measure: str) -> str:
    """Return the name of the field of one measure."""
    return f"measure{_BETWEEN}{catalogue}{_BETWEEN}{measure}"


def read_wording(typed: Typed) -> Wording:
    """Return the wording that a form carries; what cannot be is found by its own rules."""
    nodes = []
    for value in (*typed.get("nodes", ()), *typed.get("row", ())):
        catalogue, _, node = value.partition(_BETWEEN)
        nodes.append(ChosenNode(catalogue, node))
    measures = []
    for name in sorted(typed):
        parts = name.split(_BETWEEN)
        said = one(typed, name)
        if len(parts) == 3 and parts[0] == "measure" and said in SAID and said:  # noqa: PLR2004 - measure, framework, id
            word = cast("Literal['better', 'worse', 'mixed']", said)
            measures.append(MeasureSaid(framework=parts[1], measure=parts[2], said=word))
    return Wording(
        words=one(typed, "words"),
        nodes=tuple(dict.fromkeys(nodes)),
        sectors=tuple(dict.fromkeys(typed.get("sectors", ()))),
        measures=tuple(measures),
        area=one(typed, "area") or None,
        same_as=one(typed, "same_as") or None,
    )


def with_rows_of(before: Wording | None, made: Wording) -> Wording:
    """Return a wording with the rows and measures that an earlier one had below the same nodes."""
    if before is None or before.same_as is not None:
        return made
    rows = [each for each in before.nodes if _is_row(each) and each not in made.nodes]
    return Wording(
        words=made.words,
        nodes=(*made.nodes, *rows),
        sectors=made.sectors,
        measures=made.measures or before.measures,
        area=made.area,
    )


def _is_row(chosen: ChosenNode) -> bool:
    catalogue = frameworks().get(chosen.framework)
    return catalogue is not None and chosen.node not in catalogue.ordered


def _row_choice(catalogue: Framework, row: Row, wording: Wording, *, with_measures: bool) -> RowChoice:
    said = {each.measure: each.said for each in wording.measures if each.framework == catalogue.id}
    ref = f"{row.printed_ref}: " if row.printed_ref else ""
    each = ChosenNode(catalogue.id, row.id)
    choice = Choice(value_of(each), f"{ref}{row.title or row.summary}", each in wording.nodes)
    measures = tuple(
        MeasureChoice(
            measure_field(catalogue.id, key),
            measure.text,
            tuple(Choice(value, text, said.get(key, "") == value) for value, text in SAID.items()),
        )
        for key, measure in zip(row.measure_ids, row.measures, strict=True)
    )
    return RowChoice(choice, measures if with_measures else ())
