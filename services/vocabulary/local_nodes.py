"""Nodes that an organisation adds for itself, below the nodes of a framework that allows it.

Partners who signed the six pledges may hold bespoke ones of their own (introduction of the pledges' page). Their files
lie with the organisation, not below ``schemas/``; their form is ``frameworks/local_nodes.schema.json``::

    framework: health_pledges
    title: Pledges of our trust
    source: Our board paper of May 2023
    licence: ours
    version: 1
    nodes:
      - {id: P3.night_shift, parent: P3, title: Safe night shifts, summary: Staff who work at night get home safely.}
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec
import yaml
from msgspec import Struct

from services.errors import Finding, InputRefused
from services.vocabulary.frameworks import Framework, Node, frameworks


class LocalNode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A node as an organisation writes it: ``parent`` is a node of the framework, or a local node written before."""

    id: str
    parent: str
    title: str
    summary: str
    printed_ref: str | None = None


class LocalNodes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One organisation's file of local nodes for one framework."""

    framework: str
    title: str
    source: str
    licence: str
    version: int
    nodes: tuple[LocalNode, ...]


_FIELDS = (*LocalNodes.__struct_fields__, *(f"nodes.{field}" for field in LocalNode.__struct_fields__))


def with_local_nodes(
    files: Iterable[Path], catalogues: Mapping[str, Framework] | None = None
) -> Mapping[str, Framework]:
    """Return the frameworks with the local nodes of ``files`` hung below them, in the order of the files.

    A local node follows its parent and whatever already stands below that parent; the order of other nodes stays.
    ``catalogues`` are those to add to, by default all of ours, which stay as they are.

    Raises:
        InputRefused: a file cannot be read or does not fit, its framework is unknown or allows no local nodes, an id is
            already taken, or a parent is unknown. Every finding of every file is listed; nothing written in a file is
            repeated.
    """
    found: list[Finding] = []
    result = dict(frameworks() if catalogues is None else catalogues)
    for path in files:
        local = _read(path, found)
        if local is None:
            continue
        base = result.get(local.framework)
        if base is None:
            found.append(_finding(path.name, "framework", "no such framework", f"Choose one of {', '.join(result)}."))
        elif not base.local_nodes_allowed:
            allowed = ", ".join(one.id for one in result.values() if one.local_nodes_allowed)
            found.append(_finding(path.name, "framework", "it allows no local nodes", f"These do: {allowed}."))
        else:
            result[base.id] = _hang(base, local, path.name, found)
    if found:
        raise InputRefused(found)
    return MappingProxyType(result)


def _read(path: Path, found: list[Finding]) -> LocalNodes | None:
    """Return one file, or None with a finding."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return msgspec.convert(yaml.load(path.read_text(encoding="utf-8"), Loader=loader), type=LocalNodes)  # noqa: S506 - a safe loader either way
    except (OSError, UnicodeDecodeError):
        found.append(_finding(path.name, "file", "it cannot be read", "Give the path of a YAML file in UTF-8."))
    except yaml.YAMLError:
        found.append(_finding(path.name, "file", "it is not valid YAML", "Check indents and quotes."))
    except msgspec.ValidationError as misfit:
        rule, _, place = str(misfit).partition(" - at ")
        if "unknown field" in rule:
            rule = "it has a field that does not belong there"
        found.append(_finding(path.name, place.strip("`$.") or "file", rule, f"Fields: {', '.join(_FIELDS)}."))
    return None


def _hang(base: Framework, local: LocalNodes, name: str, found: list[Finding]) -> Framework:
    """Return the framework with one file's nodes in it; those that break a rule become findings."""
    nodes = list(base.nodes)
    known = {node.id for node in nodes}
    taken = known | {row.id for row in base.rows}
    for at, one in enumerate(local.nodes):
        place = f"nodes[{at}]"
        if one.id in taken:
            found.append(
                _finding(name, f"{place}.id", "the id is already taken", "Choose one that no node or row has.")
            )
        elif one.parent not in known:
            mend = f"Name one of {', '.join(base.ordered)}, or a local node written before."
            found.append(_finding(name, f"{place}.parent", "no such node", mend))
        else:
            node = Node(
                id=one.id,
                title=one.title,
                summary=one.summary,
                printed_ref=one.printed_ref,
                parent=one.parent,
                local=True,
            )
            nodes.insert(_end_of_branch(nodes, one.parent), node)
            known.add(one.id)
            taken.add(one.id)
    return msgspec.structs.replace(base, nodes=tuple(nodes))


def _end_of_branch(nodes: list[Node], top: str) -> int:
    """Return the index behind the last node that stands at or below ``top``; parents stand before their children."""
    branch = {top}
    end = 0
    for at, node in enumerate(nodes):
        if node.id in branch or node.parent in branch:
            branch.add(node.id)
            end = at + 1
    return end


def _finding(name: str, place: str, rule: str, mend: str) -> Finding:
    return Finding(f"{name}, {place}", rule, mend)
