"""The description of intake's interface, and reading bodies that keep it."""

from functools import cache
from typing import Any

import jsonschema_rs
import msgspec
from aiohttp import web

from services.errors import Finding, InputRefused
from services.vocabulary.datafiles import load_yaml
from services.web.bodies import refuse_nul

PREFIX = "/api/intake/v1"
_MOST_FINDINGS = 20


@cache
def description() -> dict[str, Any]:
    """Return ``schemas/openapi/intake.yaml``."""
    found: dict[str, Any] = load_yaml("openapi", "intake.yaml")
    return found


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    components = description()["components"]
    return jsonschema_rs.Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": components},
    )


async def read_body(request: web.Request, schema: str) -> Any:
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
    require(body, schema)
    refuse_nul(raw)
    return body


def require(body: Any, schema: str) -> None:
    """Pass when a decoded body keeps a named schema of the description.

    Raises:
        InputRefused: it does not; names fields, never values.
    """
    findings = []
    for number, wrong in enumerate(_validator(schema).iter_errors(body)):
        if number == _MOST_FINDINGS:
            break
        place = "/".join(str(part) for part in wrong.instance_path if isinstance(part, int) or part in _field_names())
        rule = str(wrong.schema_path[-1]) if wrong.schema_path else "schema"
        findings.append(Finding(place or "$", f"does not keep the rule {rule}", "See the interface's description."))
    if findings:
        raise InputRefused(findings)


@cache
def _field_names() -> frozenset[str]:
    """Return the fields that the description names: a made-up key could be a name, and is not repeated."""
    names: set[str] = set()
    for schema in description()["components"]["schemas"].values():
        names |= set(schema.get("properties", {}))
    return frozenset(names)
