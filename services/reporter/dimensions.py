"""Dimensions of a table: what a count can be broken down by, and how the parts add up.

An attacker knows this structure, so it is written down beside every release. Additive: each person is in exactly
one child. Overlapping: a person may be in several, so a parent is a union of its children and
``max(children) <= parent <= sum(children)``, the upper half only where the children cover the parent.
"""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Literal

import msgspec

from services.errors import SettingsError

Kind = Literal["additive", "overlapping"]


class Tree(msgspec.Struct, frozen=True):
    """A tree of node ids: the root and the children of each node, in framework order."""

    root: str
    children: dict[str, tuple[str, ...]]


class Dimension(msgspec.Struct, frozen=True, dict=True):
    """One way to break a count down.

    Attributes:
        name: what the dimension is called in a cell, for example ``area``.
        kind: additive or overlapping.
        root: the value that stands for everybody; a cell leaves it out.
        children: the children of each value that has any, in the order in which tables list them.
        covering: everyone in a parent is in at least one listed child.
        time: the dimension of periods; its root is never counted and no table adds periods.
    """

    name: str
    kind: Kind
    root: str
    children: dict[str, tuple[str, ...]]
    covering: bool = True
    time: bool = False

    @cached_property
    def values(self) -> tuple[str, ...]:
        """Every value, the root first, each before its children.

        Raises:
            SettingsError: the children do not form one tree below the root.
        """
        found: list[str] = []
        waiting = [self.root]
        while waiting:
            value = waiting.pop()
            found.append(value)
            waiting.extend(reversed(self.children.get(value, ())))
            if len(found) > self._listed:
                break
        if len(set(found)) != len(found) or not set(self.children) <= set(found):
            raise SettingsError(f"The values of the dimension {self.name} do not form one tree.")
        return tuple(found)

    @property
    def _listed(self) -> int:
        return 1 + sum(len(children) for children in self.children.values())

    @cached_property
    def parents(self) -> dict[str, str]:
        """The parent of each value but the root."""
        return {child: parent for parent, children in self.children.items() for child in children}

    def links(self, listed: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...], bool]]:
        """Yield parent, children and whether all children are listed, for the parents among ``listed`` values."""
        shown = frozenset(listed)
        for parent in self.values:
            children = self.children.get(parent, ())
            kept = tuple(child for child in children if child in shown)
            if parent in shown and kept:
                yield parent, kept, len(kept) == len(children)


def flat(name: str, kind: Kind, values: tuple[str, ...], *, root: str, covering: bool = True) -> Dimension:
    """Return a dimension of one level: ``values`` below ``root``."""
    return Dimension(name, kind, root, {root: values} if values else {}, covering=covering)


def of_tree(name: str, tree: Tree) -> Dimension:
    """Return the dimension of a framework: overlapping, and not covering, for not everybody is tagged."""
    return Dimension(name, "overlapping", tree.root, dict(tree.children), covering=False)
