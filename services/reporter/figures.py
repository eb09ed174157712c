"""Looking figures up in a published body, and choosing among those that it shows; there is no other figure here."""

from collections.abc import Mapping
from functools import cached_property

from services.errors import NotFound
from services.reporter.release import ReleaseBody, ReleaseCell, ReleaseDimension
from services.reporter.tables import node_dimension


class Figures:
    """The cells of one body by table and values."""

    def __init__(self, body: ReleaseBody) -> None:
        self.body = body

    def holds(self, table: str) -> bool:
        """Say whether the body has a table of that id."""
        return table in self._cells

    def find(self, table: str, dims: Mapping[str, str]) -> ReleaseCell | None:
        """Return the cell of a table with these values, roots left out or named, or None where it prints none."""
        wanted = frozenset((name, value) for name, value in dims.items() if value != self._root(name))
        return self._cells.get(table, {}).get(wanted)

    def value(self, table: str, dims: Mapping[str, str]) -> int | None:
        """Return the figure of a cell, or None where it is withheld or not printed."""
        cell = self.find(table, dims)
        return None if cell is None else cell.value

    def published_values(self, table: str, dimension: str) -> tuple[str, ...]:
        """Return the values of a dimension, without its root, for which a table shows a figure, in their order."""
        found = {
            cell.dims[dimension]
            for cell in self._cells.get(table, {}).values()
            if cell.value is not None and dimension in cell.dims
        }
        return tuple(value for value in self.values(dimension) if value in found)

    def values(self, dimension: str) -> tuple[str, ...]:
        """Return the values of a flat dimension without its root, in their order; none where the body lacks it."""
        found = self._dimensions.get(dimension)
        return () if found is None else found.children.get(found.root, ())

    def choose(self, table: str, dimension: str, value: str) -> str:
        """Return a value that a reader asked for, where the table shows any figure of it.

        Raises:
            NotFound: it shows none, or knows no such value; the message is the same.
        """
        if value not in self.published_values(table, dimension):
            raise NotFound("No figure of that is published.")
        return value

    def _root(self, dimension: str) -> str | None:
        found = self._dimensions.get(dimension)
        return None if found is None else found.root

    @cached_property
    def _dimensions(self) -> dict[str, ReleaseDimension]:
        return {each.name: each for each in self.body.dimensions}

    @cached_property
    def _cells(self) -> dict[str, dict[frozenset[tuple[str, str]], ReleaseCell]]:
        return {table.id: {frozenset(cell.dims.items()): cell for cell in table.cells} for table in self.body.tables}


def of_node(framework_id: str, node: str, **others: str) -> dict[str, str]:
    """Return the values that name a node's cell, beside others."""
    return {node_dimension(framework_id): node, **others}
