"""The published strategies as catalogues: nodes that are counted, and rows below them that never are.

One file below ``schemas/frameworks/`` is one framework; its form is ``framework.schema.json`` there. A new strategy is
a new file. Titles, references, leads and lines come from the documents; summaries are our own words.
"""

from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from types import MappingProxyType

import msgspec
from msgspec import Struct

from services.errors import DataFileError, NotFound
from services.vocabulary.datafiles import load_as, schema_path

FOLDER = "frameworks"


class Document(Struct, frozen=True, forbid_unknown_fields=True):
    """The published document behind a framework.

    Attributes:
        id: our key for it, which every node's source repeats.
        title: as printed.
        publisher: who published it.
        published: day of publication or signature (``YYYY-MM-DD``), or None where the document does not say.
    """

    id: str
    title: str
    publisher: str
    published: str | None


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """Where a title stands: the document's id and the line of its plain text, counted from 1."""

    document: str
    line: int


class Node(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that themes are counted against.

    Attributes:
        id: the key, unique among the framework's nodes and rows.
        printed_ref: the reference as printed, or None where none is; not always unique.
        title: as printed.
        also_titled: a second name that the document prints for the same thing.
        category: the printed heading under which the node stands, where it has no parent node.
        objectives: the objectives printed with it.
        summary: one or two plain sentences of our own.
        parent: the id of the node above, or None at the top.
        source: where the title stands; None for a local node.
        local: added by an organisation for itself, not part of the published document.
    """

    id: str
    title: str
    summary: str
    printed_ref: str | None = None
    also_titled: str | None = None
    category: str | None = None
    objectives: tuple[str, ...] = ()
    parent: str | None = None
    source: Source | None = None
    local: bool = False


class Measure(Struct, frozen=True, forbid_unknown_fields=True):
    """One sign by which an action is to be judged: the printed mark (None where none is) and our short wording."""

    mark: str | None
    text: str


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line below the counted nodes: a commitment, an action, an ambition.

    Attributes:
        id: the key, unique among the framework's nodes and rows (``SS.05/2`` is the second row printed as SS.05).
        kind: the list it comes from, such as ``action`` or ``commitment``; set by the loader.
        node: the counted node it stands under, or None where it stands under none.
        parent: the row above it, where rows are nested.
        line: the line of the document's plain text, counted from 1.
        printed_ref: the reference as printed, or None; two rows may share one.
        title: as printed, where it has one.
        summary: our own words.
        lead: who leads, as printed, or None.
        deliver_by: the date as printed; None where the cell is empty ("no date set").
        measures: how success is to be seen, in the printed order.
    """

    id: str
    line: int
    summary: str
    kind: str = ""
    node: str | None = None
    parent: str | None = None
    printed_ref: str | None = None
    title: str | None = None
    lead: str | None = None
    deliver_by: str | None = None
    measures: tuple[Measure, ...] = ()

    @property
    def measure_ids(self) -> tuple[str, ...]:
        """The keys of the measures, in their order: the row's id and the place from 1 (``AB.03-2``).

        The printed marks cannot be keys: one action has a measure without a mark, another begins with (d).
        """
        return tuple(f"{self.id}-{place}" for place in range(1, len(self.measures) + 1))


class _Header(Struct, frozen=True, kw_only=True):
    """What a framework and its file have in common; `Framework` explains the fields."""

    id: str
    title: str
    short_title: str
    publisher: str
    years: str | None
    document: Document
    licence: str
    version: int
    local_nodes_allowed: bool
    nodes: tuple[Node, ...]


class Framework(_Header, frozen=True, kw_only=True, dict=True):
    """One strategy: its nodes in framework order, its rows in the order of its lists.

    Attributes:
        id: the framework's key, which is also its file's name.
        title: as printed.
        short_title: for headings and tables.
        publisher: who published it.
        years: the years it covers as printed, or None.
        document: the document it was taken from.
        licence: what may be done with this catalogue.
        version: counts up with every change to the file.
        local_nodes_allowed: whether an organisation may hang nodes of its own below these.
        nodes: every node; a parent stands before its children.
        rows: every row, kind by kind as in the file, each kind in the order of the document.
    """

    rows: tuple[Row, ...]

    @cached_property
    def ordered(self) -> tuple[str, ...]:
        """The ids of the nodes in framework order."""
        return tuple(node.id for node in self.nodes)

    def node(self, node_id: str) -> Node:
        """Return one node.

        Raises:
            NotFound: no node has that id.
        """
        try:
            return self._nodes[node_id]
        except KeyError:
            raise NotFound(f"No such node in {self.id}: choose one of {', '.join(self.ordered)}.") from None

    def row(self, row_id: str) -> Row:
        """Return one row.

        Raises:
            NotFound: no row has that id.
        """
        try:
            return self._rows[row_id]
        except KeyError:
            raise NotFound(f"No such row in {self.id}: its rows are listed in its catalogue file.") from None

    def measure(self, measure_id: str) -> tuple[Row, Measure]:
        """Return one measure with its row; the key is one of :attr:`Row.measure_ids`.

        Raises:
            NotFound: no measure has that key.
        """
        row_id, _, _ = measure_id.rpartition("-")
        row = self._rows.get(row_id)
        found = {} if row is None else dict(zip(row.measure_ids, row.measures, strict=True))
        if row is None or measure_id not in found:
            raise NotFound(f"No such measure in {self.id}: its rows list their measures.")
        return row, found[measure_id]

    def rows_of(self, node_id: str, kind: str | None = None) -> tuple[Row, ...]:
        """Return the rows that stand directly under a node, in document order, of one kind or of all.

        Raises:
            NotFound: no node has that id.
        """
        self.node(node_id)
        return tuple(row for row in self.rows if row.node == node_id and kind in (None, row.kind))

    def rows_of_kind(self, kind: str) -> tuple[Row, ...]:
        """Return every row of one kind, in document order; none where the framework has no such list."""
        return tuple(row for row in self.rows if row.kind == kind)

    def children(self, node_id: str) -> tuple[Node, ...]:
        """Return the nodes directly below a node, in framework order.

        Raises:
            NotFound: no node has that id.
        """
        self.node(node_id)
        return tuple(node for node in self.nodes if node.parent == node_id)

    def ancestors(self, node_id: str) -> tuple[Node, ...]:
        """Return the nodes above a node, the nearest first; none at the top.

        Raises:
            NotFound: no node has that id.
        """
        above: list[Node] = []
        parent = self.node(node_id).parent
        while parent is not None:
            above.append(self._nodes[parent])
            parent = above[-1].parent
        return tuple(above)

    def close_upward(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Return the ids with everything above them, once each: a sub-priority brings its priority.

        Ids of rows may be among them; a row brings its node and the row above it. Nodes come first, in framework order,
        then rows in document order. Closing a closed set changes nothing.

        Raises:
            NotFound: an id is neither a node nor a row.
        """
        closed: set[str] = set()
        waiting = list(ids)
        while waiting:
            one = waiting.pop()
            if one in closed:
                continue
            row = self._rows.get(one)
            above = (row.node, row.parent) if row is not None else (self.node(one).parent,)
            closed.add(one)
            waiting.extend(upper for upper in above if upper is not None)
        return tuple(sorted(closed, key=self._positions.__getitem__))

    @cached_property
    def _nodes(self) -> dict[str, Node]:
        return {node.id: node for node in self.nodes}

    @cached_property
    def _rows(self) -> dict[str, Row]:
        return {row.id: row for row in self.rows}

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {one: at for at, one in enumerate((*self.ordered, *self._rows))}


class _FrameworkFile(_Header, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A framework as written in its file, where rows are kept by kind."""

    rows: dict[str, tuple[Row, ...]]


@cache
def framework_ids() -> tuple[str, ...]:
    """Return the ids of the frameworks, in the order of their files' names."""
    return tuple(sorted(path.stem for path in schema_path(FOLDER).glob("*.yaml")))


@cache
def framework(framework_id: str) -> Framework:
    """Return one framework; its file is read once.

    Raises:
        NotFound: no framework has that id.
        DataFileError: its file is broken or contradicts itself.
    """
    if framework_id not in framework_ids():
        raise NotFound(f"No such framework: choose one of {', '.join(framework_ids())}.")
    name = f"{framework_id}.yaml"
    read = load_as(_FrameworkFile, FOLDER, name)
    fields = {field: getattr(read, field) for field in _Header.__struct_fields__}
    rows = tuple(msgspec.structs.replace(row, kind=kind) for kind, listed in read.rows.items() for row in listed)
    loaded = Framework(**fields, rows=rows)
    if loaded.id != framework_id:
        raise DataFileError(f"The data file {FOLDER}/{name} names another framework than its file name.")
    check_links(loaded, f"{FOLDER}/{name}")
    return loaded


@cache
def frameworks() -> Mapping[str, Framework]:
    """Return every framework by id, in the order of the files' names.

    Raises:
        DataFileError: a file is broken or contradicts itself.
    """
    return MappingProxyType({framework_id: framework(framework_id) for framework_id in framework_ids()})


def check_links(loaded: Framework, place: str) -> None:
    """Check that ids are unique, that parents stand before their children, and that sources name the document.

    Raises:
        DataFileError: one of these does not hold; ``place`` and the id are named.
    """
    node_ids: set[str] = set()
    for node in loaded.nodes:
        if node.id in node_ids:
            raise DataFileError(f"{place}: the id {node.id} is there twice.")
        if node.parent is not None and node.parent not in node_ids:
            raise DataFileError(f"{place}: the parent of {node.id} does not stand before it.")
        if not node.local and (node.source is None or node.source.document != loaded.document.id):
            raise DataFileError(f"{place}: the source of {node.id} is not this document.")
        node_ids.add(node.id)
    row_ids: set[str] = set()
    for row in loaded.rows:
        if row.id in node_ids or row.id in row_ids:
            raise DataFileError(f"{place}: the id {row.id} is there twice.")
        if row.node is not None and row.node not in node_ids:
            raise DataFileError(f"{place}: {row.id} stands under no node of this framework.")
        if row.parent is not None and row.parent not in row_ids:
            raise DataFileError(f"{place}: the row above {row.id} does not stand before it.")
        row_ids.add(row.id)
