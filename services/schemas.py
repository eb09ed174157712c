"""The JSON Schemas of the events, generated from their structs: ``python -m services.schemas write|check``.

The command writes and compares ``schemas/asyncapi.json`` too (:mod:`services.eventlog.asyncapi`).

``schemas/events/<name>.v<n>.json`` describes an event's value, ``schemas/events/sealed/<name>.v<n>.json`` what a
recipient finds in a sealed part. The content model is open: a reader passes over fields that it does not know.

The schemas say what :func:`services.contracts.decode` accepts, but for three things that JSON Schema cannot say:
that base64 is whole (``contentEncoding`` is an annotation), that ``1.0`` is not an integer, and that a text holds no
lone surrogate. Committed schemas of kept events change by the rule of :mod:`services.schema_changes` alone.
"""

import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import yaml

from services.contracts import CONTRACTS, MARKER_TYPES, Contract
from services.errors import DataFileError
from services.events import (
    ContributionPseudonymised,
    ContributionThemed,
    Facts,
    Payload,
    PseudonymisedWords,
    SessionSubmitted,
    StatementPseudonymised,
    Tallies,
    Words,
)
from services.schema_changes import Schema, breaks, used_again
from services.vocabulary.datafiles import schemas_root

DIALECT = "https://json-schema.org/draft/2020-12/schema"
RETIRED = "retired.yaml"

#: Events that are gone as soon as they are read: these alone may change as they like, once nothing is on its way.
IN_TRANSIT: frozenset[type[Payload]] = frozenset(
    {SessionSubmitted, ContributionPseudonymised, StatementPseudonymised, ContributionThemed},
)

#: What is sealed, to whom, and in which version; kept like a kept event, for it is opened long after it was written.
SEALED: dict[type[Payload], tuple[str, int, str]] = {
    Words: ("words", 1, "anonymiser"),
    PseudonymisedWords: ("pseudonymised-words", 1, "themer"),
    Facts: ("facts", 1, "reporter"),
    Tallies: ("tallies", 1, "reporter"),
}


class _Retired(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    source: str
    licence: str
    fields: dict[str, tuple[str, ...]] = {}


def schema_of(struct: type[Payload]) -> Schema:
    """Return the JSON Schema of one struct's JSON, with what it refers to under ``$defs``; without ``$id``."""
    (reference,), components = msgspec.json.schema_components([struct], ref_template="#/$defs/{name}")
    name = str(reference["$ref"]).rpartition("/")[2]
    definitions = {other: _tidy(part) for other, part in components.items() if other != name}
    whole: Schema = {"$schema": DIALECT, **_tidy(components[name])}
    if definitions:
        whole["$defs"] = definitions
    # Defaults come as Python's own (tuples, frozen sets): a schema is what its file says.
    plain: Schema = json.loads(written(whole))
    return plain


def event_schema(contract: Contract) -> Schema:
    """Return the schema of one event's value, with its type, topic and key as ``x-`` annotations.

    Markers go to any topic: theirs is ``*``.
    """
    topic = "*" if contract.type in MARKER_TYPES else contract.topic
    marks = {"$id": contract.schema_name, "x-type": contract.type, "x-topic": topic, "x-key": contract.subject}
    return {**schema_of(contract.payload), **marks}


def sealed_schema(struct: type[Payload]) -> Schema:
    """Return the schema of one sealed content, with its recipient as ``x-sealed-to``."""
    name, version, recipient = SEALED[struct]
    return {**schema_of(struct), "$id": f"sealed/{name}.v{version}.json", "x-sealed-to": recipient}


def generated() -> dict[str, Schema]:
    """Return every schema by its path below ``schemas/events/``, in order of path."""
    schemas = [event_schema(contract) for contract in CONTRACTS.values()] + [sealed_schema(struct) for struct in SEALED]
    return {str(schema["$id"]): schema for schema in sorted(schemas, key=lambda schema: str(schema["$id"]))}


def written(schema: Schema) -> str:
    """Return a schema as it stands in its file: the same text for the same schema."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def differences(folder: Path) -> list[str]:
    """Return one line for each file of ``folder`` that is missing, differs, or belongs to no contract."""
    schemas = generated()
    lines = []
    for name, schema in schemas.items():
        path = folder / name
        if not path.exists():
            lines.append(f"{name}: is missing")
        elif path.read_text(encoding="utf-8") != written(schema):
            lines.append(f"{name}: differs from the structs")
    return [*lines, *(f"{name}: belongs to no contract" for name in _files(folder) if name not in schemas)]


def incompatibilities(folder: Path) -> list[str]:
    """Return one line for each break between a committed schema that must be kept and the one that the structs give.

    Raises:
        DataFileError: ``retired.yaml`` or a committed schema cannot be read.
    """
    retired = _retired(folder)
    schemas = generated()
    kept = {name: schema for name, schema in schemas.items() if name not in _transit_names()}
    lines = [f"{name}: has retired fields but is no kept contract" for name in sorted(retired.keys() - kept.keys())]
    for name, schema in kept.items():
        gone = retired.get(name, frozenset())
        path = folder / name
        found = breaks(_committed(path), schema, gone) if path.exists() else used_again(schema, gone)
        lines += [f"{name}: {line}" for line in found]
    lost = [name for name in _files(folder) if name not in schemas and name not in _transit_names()]
    return lines + [f"{name}: a kept contract is gone from the register" for name in lost]


def write(folder: Path) -> list[str]:
    """Write every schema, unless that would break a kept one; return the breaks (nothing is written then)."""
    found = incompatibilities(folder)
    if not found:
        for name, schema in generated().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(written(schema), encoding="utf-8")
    return found


def check(folder: Path) -> list[str]:
    """Return everything that keeps the committed schemas from being those of the structs."""
    return [*differences(folder), *incompatibilities(folder)]


def main(arguments: Sequence[str], folder: Path | None = None) -> int:
    """Run the command; return its exit code: 0 well, 1 with what differs or breaks, 2 when called wrongly."""
    commands = {"write": write, "check": check}
    if len(arguments) != 1 or arguments[0] not in commands:
        sys.stderr.write("usage: python -m services.schemas write|check\n")
        return 2
    try:
        lines = commands[arguments[0]](folder or schemas_root() / "events")
        if folder is None:
            lines += _further(arguments[0])
    except DataFileError as broken:
        lines = [str(broken)]
    for line in lines:
        sys.stderr.write(f"{line}\n")
    if lines:
        sys.stderr.write("A kept contract changes by optional fields alone: else make a new version of it.\n")
    return 1 if lines else 0


def _further(command: str) -> list[str]:
    """Write or compare the document that stands on the declared topics, and so above this module: found by its name."""
    asyncapi = importlib.import_module("services.eventlog.asyncapi")
    if command == "write":
        asyncapi.write(schemas_root())
    found: list[str] = asyncapi.differences(schemas_root())
    return found


def _tidy(part: Schema) -> Schema:
    """Return a struct's schema with the first line of its docstring, and its required fields in order of name."""
    tidy = dict(part)
    if "description" in tidy:
        tidy["description"] = str(tidy["description"]).strip().splitlines()[0]
    if "required" in tidy:
        tidy["required"] = sorted(tidy["required"])
    return tidy


def _transit_names() -> frozenset[str]:
    return frozenset(CONTRACTS[payload].schema_name for payload in IN_TRANSIT)


def _files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.json"))


def _committed(path: Path) -> Schema:
    try:
        schema: Any = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        raise DataFileError(f"The schema {path.name} is not JSON: restore it.") from None
    if not isinstance(schema, dict):
        raise DataFileError(f"The schema {path.name} is not a JSON object: restore it.")
    return schema


def _retired(folder: Path) -> dict[str, frozenset[str]]:
    path = folder / RETIRED
    if not path.exists():
        return {}
    try:
        found = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), type=_Retired)
    except (yaml.YAMLError, msgspec.ValidationError) as broken:
        raise DataFileError(f"The data file events/{RETIRED} does not fit its schema.") from broken
    return {f"{contract}.json": frozenset(places) for contract, places in found.fields.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
