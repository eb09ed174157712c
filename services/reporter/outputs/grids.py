"""A release's tables as people read them: one grid each, with the words for every value."""

from dataclasses import dataclass, replace
from typing import Final

from services.errors import NotFound
from services.reporter.release import ReleaseBody, ReleaseDimension, ReleaseTable
from services.reporter.tables import node_dimension
from services.reporter.titles import ANSWER, dimension_title, question_title, root_title, value_title
from services.vocabulary.frameworks import framework

_NODES: Final = node_dimension("")
_CROSSED: Final = 2


@dataclass(frozen=True, slots=True)
class Grid:
    """One table: ``columns`` are unique; the first ``headings`` of them head the rows, the others hold figures.

    Attributes:
        id: that of the release's table.
        title: what it says.
        counts: people, organisations, or answers.
        columns: the names of all columns.
        headings: how many columns hold words.
        rows: words and figures in the order of the columns; a figure that is not shown is its symbol.
    """

    id: str
    title: str
    counts: str
    columns: tuple[str, ...]
    headings: int
    rows: tuple[tuple[str | int, ...], ...]


def grid_of(body: ReleaseBody, table: ReleaseTable) -> Grid:
    """Return a table of a body as a grid: two dimensions across each other, the longer one downward; else one a row."""
    known = {dimension.name: dimension for dimension in body.dimensions}
    counts = table.counts.partition(":")[0]
    placed = [
        (tuple(cell.dims.get(name, known[name].root) for name in table.dimensions), cell.symbol, cell.value)
        for cell in table.cells
    ]
    figures = {place: symbol if value is None else value for place, symbol, value in placed}
    axes = [tuple(dict.fromkeys(place[at] for place in figures)) for at in range(len(table.dimensions))]
    dimensions = [known[name] for name in table.dimensions]
    if len(axes) == _CROSSED and len(figures) == len(axes[0]) * len(axes[1]):
        title = title_in_words(body, table)
        return _crossed(Grid(table.id, title, counts, (), 1, ()), dimensions, axes, figures)
    return Grid(
        table.id,
        title_in_words(body, table),
        counts,
        _told_apart([*(dimension_title(each.name) for each in dimensions), counts.capitalize()]),
        len(dimensions),
        tuple(
            (*(_words_of(each, value) for each, value in zip(dimensions, place, strict=True)), figure)
            for place, figure in figures.items()
        ),
    )


def title_in_words(body: ReleaseBody, table: ReleaseTable) -> str:
    """Return a table's title with what tells it from its like: the question that was answered, or the strategy."""
    for name in table.dimensions:
        if name.startswith(ANSWER):
            return f"{question_title(name)}: {table.title[:1].lower()}{table.title[1:]}"
        if name.startswith(_NODES) and len(body.frameworks) > 1:
            return f"{table.title} ({_strategy(name.removeprefix(_NODES))})"
    return table.title


def _words_of(dimension: ReleaseDimension, value: str) -> str:
    return root_title(dimension.name) if value == dimension.root else value_title(dimension.name, value)


def _crossed(
    empty: Grid,
    dimensions: list[ReleaseDimension],
    axes: list[tuple[str, ...]],
    figures: dict[tuple[str, ...], str | int],
) -> Grid:
    down, across = (1, 0) if len(axes[1]) > len(axes[0]) else (0, 1)
    names = [dimension_title(dimensions[down].name), *(_words_of(dimensions[across], each) for each in axes[across])]
    rows = tuple(
        (
            _words_of(dimensions[down], row),
            *(figures[(row, column) if down == 0 else (column, row)] for column in axes[across]),
        )
        for row in axes[down]
    )
    return replace(empty, columns=_told_apart(names), rows=rows)


def _told_apart(names: list[str]) -> tuple[str, ...]:
    """Return names of which no two are the same but for capitals, as a spreadsheet's table needs them."""
    told: list[str] = []
    for name in names:
        candidate, number = name, 2
        while candidate.casefold() in {each.casefold() for each in told}:
            candidate, number = f"{name} ({number})", number + 1
        told.append(candidate)
    return tuple(told)


def _strategy(name: str) -> str:
    try:
        return framework(name).short_title
    except NotFound:
        return name
