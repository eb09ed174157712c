"""Counting distinct people by columns, many people at once.

What a person said is a *pattern*: a number with one bit for each value of each dimension. To count, the patterns of
many people are turned on their side: each value gets a *column*, a number with one byte for each person, 1 where she
said it. A cell of a table is then the columns of its values taken together, and the rules of the dimensions (all above
what was said was said, the first of several answers counts) are a few such steps for all people at once. That takes as
long, and as much memory, however much people differ.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Final

from services.errors import ContractBroken, SettingsError
from services.reporter.dimensions import Dimension

_BITS: Final = 8
#: For each bit of a byte, the table that leaves of every byte whether that bit is set.
_LEAVING: Final = tuple(bytes(byte >> bit & 1 for byte in range(256)) for bit in range(_BITS))


class Layout:
    """Gives each value of some dimensions, their roots among them, one bit of a pattern.

    Args:
        dimensions: by name.
    """

    def __init__(self, dimensions: Mapping[str, Dimension]) -> None:
        self.dimensions = dict(dimensions)
        self._places: dict[str, dict[str, int]] = {}
        number = 0
        for name, dimension in self.dimensions.items():
            self._places[name] = {value: number + place for place, value in enumerate(dimension.values)}
            number += len(dimension.values)
        self._bytes = -(-number // _BITS)

    def bit(self, name: str, value: str) -> int:
        """Return the pattern of one value.

        Raises:
            ContractBroken: the dimension does not hold it.
        """
        place = self._places[name].get(value)
        if place is None:
            raise ContractBroken(f"A value that the dimension {name} does not hold.")
        return 1 << place

    def pattern(self, values: Mapping[str, Iterable[str]]) -> int:
        """Return the pattern of what one person said; what is said of other dimensions is left out.

        Raises:
            ContractBroken: a value that its dimension does not hold.
        """
        return reduce(or_, (self.bit(name, value) for name in self.dimensions for value in values.get(name, ())), 0)

    def columns(self, patterns: Sequence[int]) -> "Columns":
        """Return the columns of some people by their patterns."""
        length = self._bytes
        joined = b"".join([pattern.to_bytes(length, "little") for pattern in patterns])
        lanes = [joined[place::length] for place in range(length)]
        return Columns(
            self.dimensions,
            {
                name: {
                    value: int.from_bytes(lanes[place // _BITS].translate(_LEAVING[place % _BITS]), "little")
                    for value, place in places.items()
                }
                for name, places in self._places.items()
            },
            column(b"\1" * len(patterns)),
        )


def column(marked: Iterable[bool] | bytes) -> int:
    """Return the column in which some of the people are marked, given in their order."""
    return int.from_bytes(bytes(marked), "little")


class Columns:
    """What some people said: for each dimension the column of each value.

    Attributes:
        dimensions: by name.
        said: columns by dimension and value.
        everyone: the column in which each person is marked.
    """

    def __init__(self, dimensions: Mapping[str, Dimension], said: dict[str, dict[str, int]], everyone: int) -> None:
        self.dimensions = dimensions
        self.said = said
        self.everyone = everyone

    def keep_first(self, name: str) -> None:
        """Leave each person, of several values of a dimension, the first in its order."""
        taken = 0
        said = self.said[name]
        for value, held in said.items():
            said[value] = held & ~taken
            taken |= held

    def keep_unless_other(self, name: str, value: str) -> None:
        """Leave one value of a dimension to those alone who said no other of it, whether they said it or nothing."""
        said = self.said[name]
        others = reduce(or_, (held for other, held in said.items() if other != value), 0)
        said[value] = self.everyone & ~others

    def close_upward(self) -> None:
        """Check what everyone said, and add all that stands above it.

        Raises:
            SettingsError: a person breaks what a dimension says of itself (additive: one value at most; covering: one
                at least), which would let the proof of a release assume something untrue.
        """
        for name, dimension in self.dimensions.items():
            said = self.said[name]
            _check(dimension, said, self.everyone)
            for value in reversed(dimension.values):
                above = dimension.parents.get(value)
                if above is not None:
                    said[above] |= said[value]
            said[dimension.root] = self.everyone

    def shared_with(self, other: "Columns") -> "Columns":
        """Return what is said both here and in another account of the same people, in the same order."""
        return Columns(
            self.dimensions,
            {
                name: {value: held & other.said[name][value] for value, held in said.items()}
                for name, said in self.said.items()
            },
            self.everyone & other.everyone,
        )

    def among(self, marked: int) -> "Columns":
        """Return what those say who are marked in a column; the others say nothing and are not there."""
        return Columns(self.dimensions, self.said, self.everyone & marked)

    def count(self, cell: Iterable[tuple[str, str]]) -> int:
        """Return how many people said all of some values, each given with its dimension; of no value: all people."""
        return reduce(and_, (self.said[name][value] for name, value in cell), self.everyone).bit_count()


def _check(dimension: Dimension, said: Mapping[str, int], everyone: int) -> None:
    taken = twice = 0
    for held in said.values():
        twice |= taken & held
        taken |= held
    silent = dimension.covering and taken != everyone
    if dimension.kind == "additive" and (twice or silent):
        raise SettingsError(f"The dimension {dimension.name} is additive, so each person needs exactly one value.")
    if silent:
        raise SettingsError(f"The dimension {dimension.name} covers everybody, so each person needs a value.")
