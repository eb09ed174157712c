"""Counting one population of contributors from the rows of a store.

Rows come in no order, a share of the contributors at a time: all rows of a share are heard, what each of its
contributors said in all of them is united, and then the share is counted and forgotten. The rules are those of
``counting``, for many people at once; a test holds both against each other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import islice
from operator import or_
from typing import Any, Final

from services.errors import ContractBroken
from services.reporter.columns import Columns, Layout, column
from services.reporter.counting import NOT_SAID
from services.reporter.tables import CellKey, Design, Tabulation, node_dimension

#: What of a row says something of its contributor; who she is comes first.
SAID: Final = ("contributor", "role", "areas", "nodes", "sectors", "characteristics")
#: Contributors who are counted together.
_AT_ONCE: Final = 10_000
#: Differing texts of a column whose meaning is remembered.
_MOST_KNOWN: Final = 20_000

Mark = Callable[[str], str]


class Census:
    """Counts one population, share by share.

    Args:
        design: whose cells are counted.
        quarters: of a year, whose part in it is counted as well; none for a quarter.
        mark: gives the keyed hash of a contributor, where the ledger is to know who was counted.
        since: sets of such hashes; those who are not in one are counted once more, apart, for it. It needs ``mark``.
    """

    def __init__(
        self,
        design: Design,
        *,
        quarters: Sequence[str] = (),
        mark: Mark | None = None,
        since: Sequence[frozenset[str]] = (),
    ) -> None:
        self._layout = Layout(design.dimensions)
        self._meanings = _meanings(self._layout)
        self._mark = mark
        self._since = since
        self._said: dict[str, int] = {}
        self._said_in: dict[str, dict[str, int]] = {quarter: {} for quarter in quarters}
        self._marks: list[str] = []
        self._counted = Tabulation(design)
        self._joined = tuple(Tabulation(design) for _ in since)
        self._both = {quarter: Tabulation(design) for quarter in quarters}

    def hear(self, rows: Sequence[Sequence[Any]]) -> None:
        """Take rows that count, the columns of ``SAID`` first and, for a year, the quarter last.

        Raises:
            ContractBroken: an area or a service that the design does not hold.
        """
        columns = list(zip(*rows, strict=True))
        if not columns:
            return
        read = [map(meaning.__getitem__, columns[place]) for place, meaning in self._meanings.items()]
        patterns = list(reduce(lambda one, other: map(or_, one, other), read))
        _unite(self._said, columns[0], patterns)
        for quarter, said in self._said_in.items():
            own = [(each[0], pattern) for each, pattern in zip(rows, patterns, strict=True) if each[-1] == quarter]
            _unite(said, [contributor for contributor, _ in own], [pattern for _, pattern in own])

    def count(self) -> Iterator[int]:
        """Count everyone whose rows were heard, and forget them; yield after some people how many they were.

        Raises:
            SettingsError: somebody lacks a role that is known (see ``columns``).
        """
        waiting = iter(self._said.items())
        while some := list(islice(waiting, _AT_ONCE)):
            self._count(some)
            yield len(some)
        self._said = {}
        self._said_in = {quarter: {} for quarter in self._said_in}

    @property
    def counts(self) -> dict[CellKey, int]:
        """Every cell of the design."""
        return self._counted.counts()

    @property
    def people(self) -> tuple[str, ...]:
        """The keyed hashes of those counted, sorted."""
        return tuple(sorted(self._marks))

    @property
    def joined(self) -> tuple[dict[CellKey, int], ...]:
        """For each earlier set of hashes, the counts of those who are not in it."""
        return tuple(each.counts() for each in self._joined)

    @property
    def both(self) -> dict[str, dict[CellKey, int]]:
        """For each quarter of a year, the counts of those in a cell of it who are in that cell for the year too."""
        return {quarter: each.counts() for quarter, each in self._both.items()}

    def _count(self, some: Sequence[tuple[str, int]]) -> None:
        whole = self._columns([pattern for _, pattern in some])
        self._counted.add(whole)
        for quarter, said in self._said_in.items():
            here = [(said[contributor], pattern) for contributor, pattern in some if contributor in said]
            part = self._columns([pattern for pattern, _ in here])
            self._both[quarter].add(part.shared_with(self._columns([pattern for _, pattern in here])))
        if self._mark is not None:
            marks = [self._mark(contributor) for contributor, _ in some]
            self._marks += marks
            for known, joined in zip(self._since, self._joined, strict=True):
                joined.add(whole.among(column(mark not in known for mark in marks)))

    def _columns(self, patterns: Sequence[int]) -> Columns:
        """Return what people said after the rules: one role and answer each, ``not_said`` beside no area."""
        columns = self._layout.columns(patterns)
        for name, dimension in self._layout.dimensions.items():
            if dimension.kind == "additive":
                columns.keep_first(name)
        if "area" in self._layout.dimensions:
            columns.keep_unless_other("area", NOT_SAID)
        columns.close_upward()
        return columns


class _Meaning(dict[str, int]):
    """The pattern of each text of one column of rows; the same text is read once, as far as there is room."""

    def __init__(self, tokens: Mapping[str, int], *, whole: bool) -> None:
        super().__init__()
        self._tokens = tokens
        #: Every token must be known; else those that are not say nothing.
        self._whole = whole

    def __missing__(self, text: str) -> int:
        if len(self) > _MOST_KNOWN:
            self.clear()
        found, tokens = 0, self._tokens
        for token in text.split():
            pattern = tokens.get(token)
            if pattern is not None:
                found |= pattern
            elif self._whole:
                raise ContractBroken("A row names an area or a service that the tables do not hold.")
        self[text] = found
        return found


def _meanings(layout: Layout) -> dict[int, _Meaning]:
    """Return, for the place of each column of ``SAID`` that the dimensions ask for, what its texts mean."""
    roles: dict[str, int] = {}
    nodes: dict[str, int] = {}
    answers: dict[str, int] = {}
    found = {"role": _Meaning(roles, whole=False), "nodes": _Meaning(nodes, whole=False)}
    for name, dimension in layout.dimensions.items():
        values = {value: layout.bit(name, value) for value in dimension.values}
        if name in ("area", "sector"):
            found[f"{name}s"] = _Meaning(values, whole=True)
        elif name.startswith(node_dimension("")):
            framework = name.removeprefix(node_dimension(""))
            nodes.update({f"{framework}:{value}": pattern for value, pattern in values.items()})
        elif name == "role":
            roles.update({role: values[role] for role in dimension.values[1:]})
        else:
            found["characteristics"] = _Meaning(answers, whole=False)
            answers.update({f"{name}:{answer}": values[answer] for answer in dimension.values[1:]})
    return {SAID.index(column): meaning for column, meaning in found.items()}


def _unite(said: dict[str, int], contributors: Sequence[str], patterns: Sequence[int]) -> None:
    get = said.get
    for contributor, pattern in zip(contributors, patterns, strict=True):
        said[contributor] = get(contributor, 0) | pattern
