"""Bodies of the reporter's interface, checked against its description before anything looks at them."""

from functools import cache
from typing import Any, Final

import jsonschema_rs
import msgspec
from aiohttp import web

from services.errors import Finding, InputRefused
from services.vocabulary.datafiles import load_yaml
from services.web.bodies import refuse_nul

_MOST_FINDINGS: Final = 20


@cache
def description() -> dict[str, Any]:
    """Return the description."""
    found: dict[str, Any] = load_yaml("openapi", "reporter.yaml")
    return found


async def read_described(request: web.Request, schema: str) -> Any:
    """Return a request's JSON, validated against a named schema of the description.

    Raises:
        web.HTTPUnsupportedMediaType: not JSON by its type (415).
        web.HTTPBadRequest: not JSON by its content (400).
        InputRefused: not of the schema (422); names fields, never values.
    """
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    raw = await request.read()
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise web.HTTPBadRequest from None
    refuse_nul(raw)
    findings: list[Finding] = []
    for wrong in _validator(schema).iter_errors(body):
        if len(findings) == _MOST_FINDINGS:
            break
        # A made-up key could be a name, and is not repeated.
        named = [str(part) for part in wrong.instance_path if isinstance(part, int) or part in _field_names()]
        rule = str(wrong.schema_path[-1]) if wrong.schema_path else "schema"
        place = "/".join(named) or "$"
        findings.append(Finding(place, f"does not keep the rule {rule}", "See the interface’s description."))
    if findings:
        raise InputRefused(findings)
    return body


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    components = description()["components"]
    return jsonschema_rs.Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": components})


@cache
def _field_names() -> frozenset[str]:
    names: set[str] = set()
    for schema in description()["components"]["schemas"].values():
        names |= set(schema.get("properties", {}))
    return frozenset(names)
