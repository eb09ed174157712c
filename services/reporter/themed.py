"""Themed rows from a file: one JSON object a line, checked, and turned into people and a table design.

This is the input of the file command, which serves those who theme elsewhere and want the same disclosure control.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from services.errors import Finding, InputRefused, SettingsError
from services.reporter.counting import NOT_SAID, ORGANISATION
from services.reporter.dimensions import Dimension, Tree, flat, of_tree
from services.reporter.tables import CellKey, Design, Person, TableSpec
from services.vocabulary.age_bands import age_bands
from services.vocabulary.areas import areas
from services.vocabulary.roles import roles

ROOT = "ALL"
THEME = "theme"
QUARTER = "quarter"
AREA = "borough"
SINGLE = ("role", "age_band", "ethnicity", "disability")
"""Fields of which each person has one value: that of her earliest row which says any."""

MOST_FINDINGS = 50
"""Findings after which a file is read no further."""


class ThemedRow(msgspec.Struct, frozen=True):
    """One contribution of a file, with the fields that its person is counted by.

    Attributes:
        contribution: its id.
        participant: the person's id.
        held_on: day of the session.
        values: stated values by field; a field that says nothing is missing.
    """

    contribution: str
    participant: str
    held_on: str
    values: dict[str, tuple[str, ...]]


def read_lines(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """Return line number and object of each line that is not empty.

    Raises:
        InputRefused: the file cannot be read, or a line is not a JSON object.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise InputRefused(
            [Finding(path.name, "cannot be read as UTF-8 text", "Check the name and the file.")]
        ) from None
    lines, findings = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if isinstance(found, dict):
            lines.append((number, found))
        else:
            findings.append(Finding(f"{path.name}, line {number}", "not a JSON object", "Write one object a line."))
    _refuse(findings)
    return lines


def read_tree(path: Path) -> Tree:
    """Return the tree of a framework from ``{"root": ..., "children": {...}}``.

    Raises:
        InputRefused: it is not written so, or is not one tree.
    """
    try:
        tree = msgspec.json.decode(path.read_bytes(), type=Tree)
        of_tree(THEME, tree).values  # noqa: B018 - reading the values checks that they form one tree
    except (OSError, msgspec.MsgspecError, SettingsError):
        mend = "Give an object with root and children, each node below one parent."
        raise InputRefused([Finding(path.name, "not one tree", mend)]) from None
    return tree


def read_rows(path: Path, tree: Tree | None, by: Iterable[str]) -> list[ThemedRow]:
    """Return the rows of persons, each contribution once; organisations are not persons and are left out.

    Raises:
        InputRefused: what is wrong, by line and field.
    """
    nodes = frozenset(of_tree(THEME, tree).values) if tree is not None else frozenset[str]()
    fields = [field for field in by if field != QUARTER]
    rows: list[ThemedRow] = []
    findings: list[Finding] = []
    seen: set[str] = set()
    for number, line in read_lines(path):
        wrong = _wrong_fields(line, fields, nodes if tree is not None else None)
        if not wrong and line["contribution_id"] in seen:
            wrong = [("contribution_id", "stands twice in the file", "Give each contribution once.")]
        findings += [Finding(f"{path.name}, line {number}, {field}", rule, mend) for field, rule, mend in wrong]
        if len(findings) >= MOST_FINDINGS:
            break
        if not wrong:
            seen.add(line["contribution_id"])
            if line.get("role") != ORGANISATION:
                rows.append(_row(line, fields, with_themes=tree is not None))
    _refuse(findings)
    return sorted(rows, key=lambda row: (row.held_on, row.contribution))


def read_withdrawn(path: Path) -> frozenset[str]:
    """Return the participants who withdrew.

    Raises:
        InputRefused: a line without participant or day.
    """
    findings, gone = [], set()
    for number, line in read_lines(path):
        findings += [
            Finding(f"{path.name}, line {number}, {field}", "missing", "Give it as a text.")
            for field in ("participant", "withdrawn_on")
            if not _is_word(line.get(field))
        ]
        gone.add(str(line.get("participant")))
    _refuse(findings)
    return frozenset(gone)


def people_of(rows: Iterable[ThemedRow], design: Design) -> list[Person]:
    """Return the distinct people of rows that are in order of day and id."""
    own: dict[str, list[ThemedRow]] = defaultdict(list)
    for row in rows:
        own[row.participant].append(row)
    people = []
    for participant in sorted(own):
        values: dict[str, frozenset[str]] = {}
        for name in design.dimensions:
            said = [row.values[name] for row in own[participant] if name in row.values]
            if name in SINGLE:
                values[name] = frozenset(said[0] if said else (NOT_SAID,))
            else:
                values[name] = frozenset(value for each in said for value in each)
            if name == AREA:
                values[name] = (values[name] - {NOT_SAID}) or frozenset({NOT_SAID})
        people.append(Person(participant, values))
    return people


def design_of(rows: Iterable[ThemedRow], tree: Tree | None, by: Iterable[str]) -> tuple[Design, frozenset[CellKey]]:
    """Return the one table, every breakdown by every other, and the cells that are listed because somebody is in them.

    A field whose values all belong to our own list shows that whole list, which says nothing about anybody. Of other
    fields the values found are listed, so that an attacker knows of somebody in each.
    """
    rows = list(rows)
    dimensions: dict[str, Dimension] = {}
    present: set[CellKey] = set()
    if tree is not None:
        dimensions[THEME] = of_tree(THEME, tree)
    for field in by:
        if field == QUARTER:
            continue
        found = {value for row in rows for value in row.values.get(field, ())}
        listed = _listed(field)
        if not found <= set(listed):
            present |= {((field, value),) for value in found}
            listed = tuple(sorted(found - {NOT_SAID}))
        values = (*(value for value in listed if value != NOT_SAID), NOT_SAID)
        dimensions[field] = flat(field, "overlapping" if field == AREA else "additive", values, root=ROOT)
    axes = tuple((name, dimension.values) for name, dimension in dimensions.items())
    return Design(dimensions, (TableSpec("release", "Distinct people", axes),)), frozenset(present)


def _listed(field: str) -> tuple[str, ...]:
    if field == AREA:
        return areas().ids
    if field == "age_band":
        return age_bands().ids
    if field == "role":
        return tuple(role for role in roles().ids if role != ORGANISATION)
    return ()


def _wrong_fields(
    line: dict[str, Any], fields: Iterable[str], nodes: frozenset[str] | None
) -> list[tuple[str, str, str]]:
    wrong = [
        (field, "missing or not a text", "Give it as a text.")
        for field in ("contribution_id", "participant")
        if not _is_word(line.get(field))
    ]
    if not _is_day(line.get("held_on")):
        wrong.append(("held_on", "not a day", "Write it as 2025-03-14."))
    for field in fields:
        said = _stated(line, field)
        if not all(value is None or _is_word(value) for value in said):
            wrong.append((field, "not a text", "Give one text, or null where it was not said."))
        elif ROOT in said:
            wrong.append((field, "the name of the total", "Give one part, not the whole."))
    if nodes is not None:
        themes = line.get("themes")
        if not isinstance(themes, list) or not all(isinstance(theme, str) for theme in themes):
            wrong.append(("themes", "not a list of node ids", "Give a list; an empty one where nothing was tagged."))
        elif not nodes.issuperset(themes):
            wrong.append(("themes", "a node that the framework does not hold", "Use ids of the framework's tree."))
    return wrong


def _row(line: dict[str, Any], fields: Iterable[str], *, with_themes: bool) -> ThemedRow:
    values = {}
    for field in fields:
        stated = tuple(value for value in _stated(line, field) if value is not None)
        if stated:
            values[field] = stated
    if with_themes:
        values[THEME] = tuple(line["themes"])
    return ThemedRow(line["contribution_id"], line["participant"], line["held_on"], values)


def _stated(line: dict[str, Any], field: str) -> list[Any]:
    """Return what a line states in a field; only areas may be several."""
    said = line.get(field)
    return said if field == AREA and isinstance(said, list) else [said]


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_day(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _refuse(findings: list[Finding]) -> None:
    if findings:
        raise InputRefused(findings)
