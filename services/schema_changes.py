"""What a change of a contract breaks, read from two JSON Schemas of it.

The rule is FULL_TRANSITIVE: every reader of any version reads every record of any other. Only optional fields come and
go, and a name that went is never used again, because old records still hold it with its old meaning. So neither a
narrower nor a wider rule is allowed: one of them breaks old readers, the other old records.

Places are written ``$.nodes[].score``: ``[]`` is every item of a list, ``.*`` every value of a map.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from typing import Any

Schema = dict[str, Any]
_Above = tuple[tuple[str, str], ...]

_ANNOTATIONS = frozenset({"$schema", "$id", "$defs", "$ref", "$comment", "title", "description", "examples"})
_STRUCTURE = frozenset({"properties", "required", "items", "additionalProperties", "propertyNames", "enum", "anyOf"})
_NULL: Schema = {"type": "null"}


def breaks(old: Schema, new: Schema, retired: AbstractSet[str] = frozenset()) -> list[str]:
    """Return what ``new`` breaks for records and readers of ``old``, one line each with its place; empty when nothing.

    Args:
        old: the schema that was committed.
        new: the schema that the structs now give.
        retired: places of fields that were taken out at some time, without ``$.`` (``nodes[].score``).
    """
    return [*_Comparison(old, new, retired).run(), *used_again(new, retired)]


def used_again(new: Schema, retired: AbstractSet[str]) -> list[str]:
    """Return a line for every field of a schema whose name was retired at that place."""
    present = {place.removeprefix("$.") for place in _field_places(new, new, "$", ())}
    return [f"$.{place}: the name was retired and is used again" for place in sorted(present & retired)]


class _Comparison:
    """Walks two schemas side by side and follows references, into a struct that holds itself only once."""

    def __init__(self, old: Schema, new: Schema, retired: AbstractSet[str]) -> None:
        self._old = old
        self._new = new
        self._retired = retired

    def run(self) -> Iterator[str]:
        for mark in ("x-type", "x-topic", "x-key", "x-sealed-to"):
            if self._old.get(mark) != self._new.get(mark):
                yield f"$: {mark} changed from {_said(self._old.get(mark))} to {_said(self._new.get(mark))}"
        yield from self._schema(self._old, self._new, "$", ())

    def _schema(self, old: Schema, new: Schema, place: str, above: _Above) -> Iterator[str]:
        yield from _default_changed(old, new, place)
        old, old_null = _without_null(old)
        new, new_null = _without_null(new)
        if old_null != new_null:
            yield f"{place}: may {'now' if new_null else 'no longer'} be null"
        references = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if all(references):
            if references in above:
                return
            above = (*above, references)
        old, new = _followed(old, self._old), _followed(new, self._new)
        if _kind(old) != _kind(new):
            yield f"{place}: the type changed from {_kind(old)} to {_kind(new)}"
            return
        yield from _enum_changed(old, new, place)
        yield from _rules_changed(old, new, place)
        yield from self._alternatives(old, new, place, above)
        yield from self._fields(old, new, place, above)
        for keyword, step in (("items", "[]"), ("propertyNames", " (names)"), ("additionalProperties", ".*")):
            yield from self._below((old, new), keyword, f"{place}{step}", above)

    def _fields(self, old: Schema, new: Schema, place: str, above: _Above) -> Iterator[str]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed_before, needed_after = set(old.get("required", ())), set(new.get("required", ()))
        for name in sorted(before.keys() | after.keys()):
            here = f"{place}.{name}"
            if name not in after:
                if name in needed_before:
                    yield f"{here}: a required field was removed"
                elif here.removeprefix("$.") not in self._retired:
                    yield f"{here}: an optional field was removed without being listed as retired"
            elif name not in before:
                if name in needed_after:
                    yield f"{here}: a required field was added"
            else:
                if name in needed_before - needed_after:
                    yield f"{here}: required became optional"
                if name in needed_after - needed_before:
                    yield f"{here}: optional became required"
                yield from self._schema(before[name], after[name], here, above)

    def _below(self, both: tuple[Schema, Schema], keyword: str, place: str, above: _Above) -> Iterator[str]:
        before, after = (schema.get(keyword, True) for schema in both)
        if isinstance(before, dict) and isinstance(after, dict):
            yield from self._schema(before, after, place, above)
        elif before != after:
            yield f"{place}: {keyword} changed from {_said(before)} to {_said(after)}"

    def _alternatives(self, old: Schema, new: Schema, place: str, above: _Above) -> Iterator[str]:
        before, after = old.get("anyOf", []), new.get("anyOf", [])
        if len(before) != len(after):
            yield f"{place}: the alternatives changed from {len(before)} to {len(after)}"
            return
        for number, (one, other) in enumerate(zip(before, after, strict=True), start=1):
            yield from self._schema(one, other, f"{place} (alternative {number})", above)


def _followed(schema: Schema, root: Schema) -> Schema:
    while "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        beside = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
        schema = {**root["$defs"][name], **beside}
    return schema


def _without_null(schema: Schema) -> tuple[Schema, bool]:
    """Return a schema without its null alternative, and whether it had one."""
    alternatives = schema.get("anyOf", [])
    others = [alternative for alternative in alternatives if alternative != _NULL]
    if len(others) == len(alternatives):
        return schema, False
    return (others[0] if len(others) == 1 else {**schema, "anyOf": others}), True


def _kind(schema: Schema) -> str:
    if "anyOf" in schema:
        return "one of several"
    if "type" in schema:
        return str(schema["type"])
    if "enum" in schema:
        return "enum"
    return "anything"


def _default_changed(old: Schema, new: Schema, place: str) -> Iterator[str]:
    # A field that is left out means its default, in the records that are there already too.
    if "default" in old and "default" in new and old["default"] != new["default"]:
        yield f"{place}: the default changed from {_said(old['default'])} to {_said(new['default'])}"


def _enum_changed(old: Schema, new: Schema, place: str) -> Iterator[str]:
    before, after = {_said(value) for value in old.get("enum", [])}, {_said(value) for value in new.get("enum", [])}
    if "enum" in old and "enum" in new:
        if before - after:
            yield f"{place}: the enum was narrowed by {', '.join(sorted(before - after))}"
        if after - before:
            yield f"{place}: the enum was widened by {', '.join(sorted(after - before))}"
    elif "enum" in old or "enum" in new:
        yield f"{place}: {'an enum was removed' if 'enum' in old else 'an enum was added'}"


def _rules_changed(old: Schema, new: Schema, place: str) -> Iterator[str]:
    rules = (old.keys() | new.keys()) - _ANNOTATIONS - _STRUCTURE - {"type", "default"}
    for rule in sorted(rule for rule in rules if not rule.startswith("x-")):
        if old.get(rule) != new.get(rule):
            yield f"{place}: {rule} changed from {_said(old.get(rule))} to {_said(new.get(rule))}"


def _field_places(schema: Schema, root: Schema, place: str, above: tuple[str, ...]) -> Iterator[str]:
    reference = str(schema.get("$ref", ""))
    if reference and reference in above:
        return
    above = (*above, reference) if reference else above
    schema = _followed(schema, root)
    for name, field in schema.get("properties", {}).items():
        yield f"{place}.{name}"
        yield from _field_places(field, root, f"{place}.{name}", above)
    for alternative in schema.get("anyOf", []):
        yield from _field_places(alternative, root, place, above)
    for keyword, step in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(schema.get(keyword), dict):
            yield from _field_places(schema[keyword], root, f"{place}{step}", above)


def _said(value: object) -> str:
    return "nothing" if value is None else repr(value)
