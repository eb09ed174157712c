"""The description of an interface, and reading bodies that keep it."""

from functools import cache, cached_property
from typing import Any, Final

import jsonschema_rs
import msgspec
from aiohttp import web

from services.errors import Finding, InputRefused
from services.vocabulary.datafiles import load_yaml
from services.web.bodies import refuse_nul

_MOST_FINDINGS: Final = 20


class Description:
    """One OpenAPI file; it is read when it is first asked for.

    Args:
        file: its name below ``schemas/openapi/``.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._validator = cache(self._new_validator)

    @cached_property
    def content(self) -> dict[str, Any]:
        """The file."""
        found: dict[str, Any] = load_yaml("openapi", self._file)
        return found

    async def read_body(self, request: web.Request, schema: str) -> Any:
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
        self.require(body, schema)
        refuse_nul(raw)
        return body

    def require(self, body: Any, schema: str) -> None:
        """Pass when a decoded body keeps a named schema of the description.

        Raises:
            InputRefused: it does not; names fields, never values.
        """
        findings: list[Finding] = []
        for wrong in self._validator(schema).iter_errors(body):
            if len(findings) == _MOST_FINDINGS:
                break
            # A made-up key could be a name, and is not repeated.
            named = [str(part) for part in wrong.instance_path if isinstance(part, int) or part in self._field_names]
            rule = str(wrong.schema_path[-1]) if wrong.schema_path else "schema"
            findings.append(
                Finding("/".join(named) or "$", f"does not keep the rule {rule}", "See the interface's description.")
            )
        if findings:
            raise InputRefused(findings)

    def _new_validator(self, schema: str) -> jsonschema_rs.Draft202012Validator:
        components = self.content["components"]
        return jsonschema_rs.Draft202012Validator(
            {"$ref": f"#/components/schemas/{schema}", "components": components},
        )

    @cached_property
    def _field_names(self) -> frozenset[str]:
        schemas = self.content["components"]["schemas"].values()
        return frozenset(name for schema in schemas for name in schema.get("properties", {}))
