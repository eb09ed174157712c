"""Whole files and concerns over the interface: ``/files``, ``/files/known`` and ``/concerns/record``.

A file comes as the body itself, with what the file leaves out in the query, or as a form with fields. It is never
written anywhere in clear: what has to be read twice lies encrypted under a key that only this process has.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import msgspec
from aiohttp import BodyPartReader, web

from services.errors import Finding, InputRefused
from services.intake.concerns import WhatWasDone
from services.intake.deliveries import BroughtFile, Delivered, Deliveries
from services.intake.description import DESCRIPTION, PREFIX
from services.intake.files.reading import FORMATS, LARGEST_TABLE, Header, format_of
from services.intake.spool import BLOCK, SealedSpool
from services.web.accounts.guard import ACCOUNTS

DELIVERIES: Final = web.AppKey("intake_deliveries", Deliveries)
_FIRST_BYTES: Final = 4096
_LONGEST_FIELD: Final = 2000
#: Media types of bodies that are files, and the format of each; empty: by its content.
MEDIA_TYPES: Final[Mapping[str, str]] = {
    "application/json": "json",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "text/vtt": "vtt",
    "application/x-subrip": "srt",
    "text/plain": "txt",
    "application/octet-stream": "",
}
_LISTS: Final = ("areas", "uses")
_NUMBERS: Final = ("number_present",)
_TICKS: Final = ("limits_explained", "support_person", "debrief", "under_18_consent")


def file_routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [
        web.post(f"{PREFIX}/files", take_file),
        web.post(f"{PREFIX}/files/known", show_known),
        web.post(f"{PREFIX}/concerns/record", record_concern),
    ]


async def take_file(request: web.Request) -> web.Response:
    """``POST /files``: accept every session of a file, or none; 202 when they are durable."""
    deliveries = request.config_dict[DELIVERIES]
    async with _brought(request, SealedSpool(deliveries.folder)) as brought:
        delivered = await deliveries.take(brought)
    return web.json_response(told(delivered), status=202)


async def show_known(request: web.Request) -> web.Response:
    """``POST /files/known``: when a file was first sent, by the SHA-256 of its bytes; null where it was not."""
    body = await DESCRIPTION.read_body(request, "FileDigest")
    day = await request.config_dict[DELIVERIES].first_sent_on(body["sha256"])
    return web.json_response({"first_sent_on": day})


async def record_concern(request: web.Request) -> web.Response:
    """``POST /concerns/record``: note what was done about a concern that was raised; 204."""
    body = await DESCRIPTION.read_body(request, "WhatWasDone")
    not_lead = ""
    if "not_lead" in body:
        not_lead = await request.config_dict[ACCOUNTS].lead_named(body["not_lead"])
    await request.config_dict[DELIVERIES].concerns.record(
        body["concern"],
        WhatWasDone(
            done=tuple(body["done"]),
            contact=body.get("contact", ""),
            reference=body.get("reference", ""),
            not_lead=not_lead,
        ),
    )
    return web.Response(status=204)


def told(delivered: Delivered) -> dict[str, Any]:
    """Return what the sender of a file is told, as the description has it."""
    body: dict[str, Any] = {
        "sessions": list(delivered.sessions),
        "contributions": delivered.contributions,
        "notes": list(delivered.notes),
        "concerns": [each.told() for each in delivered.concerns],
    }
    if delivered.first_sent_on is not None:
        body["first_sent_on"] = delivered.first_sent_on
    return body


@contextlib.asynccontextmanager
async def _brought(request: web.Request, spool: SealedSpool) -> AsyncIterator[BroughtFile]:
    try:
        name, by_type = "", ""
        fields: dict[str, list[str]] = {}
        if request.content_type == "multipart/form-data":
            name, fields = await _read_form(request, spool)
        elif request.content_type in MEDIA_TYPES:
            by_type = MEDIA_TYPES[request.content_type]
            fields = {key: request.query.getall(key) for key in request.query}
            if "facilitator" in fields:
                raise InputRefused([Finding("facilitator", "a name in an address", "Send the file as a form.")])
            async for piece in request.content.iter_chunked(BLOCK):
                await _keep(spool, piece)
        else:
            raise web.HTTPUnsupportedMediaType
        source = spool.reader()
        header, chosen, facilitator = _options(fields)
        file_format = chosen or by_type or format_of(name, source.read(_FIRST_BYTES))
        source.seek(0)
        yield BroughtFile(
            source=source, digest=spool.digest(), format=file_format, header=header, facilitator=facilitator
        )
    finally:
        spool.close()


async def _keep(spool: SealedSpool, piece: bytes) -> None:
    if spool.size + len(piece) > LARGEST_TABLE:
        raise web.HTTPRequestEntityTooLarge(max_size=LARGEST_TABLE, actual_size=spool.size + len(piece))
    await asyncio.to_thread(spool.write, piece)


async def _read_form(request: web.Request, spool: SealedSpool) -> tuple[str, dict[str, list[str]]]:
    """Return the file's name, of which only the ending is looked at, and the other fields."""
    name: str | None = None
    fields: dict[str, list[str]] = {}
    try:
        parts = await request.multipart()
        while (part := await parts.next()) is not None:
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise InputRefused([_unreadable()])
            if part.name == "file" and name is None:
                name = part.filename or ""
                while piece := await part.read_chunk(BLOCK):
                    await _keep(spool, piece)
                continue
            text = await _read_field(part)
            fields.setdefault(part.name, []).append(text)
    except (ValueError, LookupError):
        raise InputRefused([_unreadable()]) from None
    if name is None:
        raise InputRefused([Finding("file", "missing", "Send the file in a field of that name.")])
    return name, fields


async def _read_field(part: BodyPartReader) -> str:
    content = bytearray()
    while piece := await part.read_chunk():
        content += piece
        if len(content) > _LONGEST_FIELD:
            raise InputRefused([Finding("the form", "a field that is too long", "See the interface's description.")])
    return content.decode("utf-8").strip()


def _unreadable() -> Finding:
    return Finding("the form", "it could not be read", "Send it as multipart/form-data.")


def _options(fields: Mapping[str, list[str]]) -> tuple[Header, str, tuple[str, ...]]:
    """Return what was said beside the file: about the session, the format and the facilitator's names.

    Raises:
        InputRefused: a field that there is not, or one with something else in it than belongs there.
    """
    body: dict[str, Any] = {}
    for name, values in fields.items():
        if name == "facilitator":
            body[name] = values
        elif name in _LISTS:
            body[name] = [each.strip() for value in values for each in value.split(",") if each.strip()]
        elif name in _NUMBERS and values[0].isascii() and values[0].isdigit():
            body[name] = int(values[0])
        elif name in _TICKS and values[0] in ("true", "false"):
            body[name] = values[0] == "true"
        else:
            body[name] = values[0]
    DESCRIPTION.require(body, "FileOptions")
    file_format = body.pop("format", "")
    if file_format and file_format not in FORMATS:
        raise InputRefused([Finding("format", "not a format that is read", f"Choose from: {', '.join(FORMATS)}.")])
    facilitator = tuple(body.pop("facilitator", ()))
    return msgspec.convert(body, Header), file_format, facilitator
