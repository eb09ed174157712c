"""Request bodies: how large they may be, and reading them without ever repeating what was sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

import msgspec
from aiohttp import BodyPartReader, web
from aiohttp.typedefs import Handler, Middleware

from services.errors import Finding, InputRefused

FORM_LIMIT: Final = 64 * 1024
API_LIMIT: Final = 1024 * 1024
_PLACE: Final = re.compile(r" - at `([^`]*)`$")
_UNREADABLE: Final = Finding("the form", "It could not be read", "Open the page again and send it.")
_NUL: Final = Finding("the text", "It holds a NUL character", "Save it as plain UTF-8 text and send it again.")
_Kind = TypeVar("_Kind")


def limit_bodies(limits: Mapping[str, int]) -> Middleware:
    """Refuse (413) a body larger than the limit of its path, in bytes.

    Args:
        limits: path prefix to limit; the longest prefix that fits decides. Without one, ``/api/`` paths take
            ``API_LIMIT`` and pages ``FORM_LIMIT``.
    """
    by_length = sorted(limits.items(), key=lambda item: (-len(item[0]), item[0]))

    def limit_of(path: str) -> int:
        for prefix, limit in by_length:
            if path.startswith(prefix):
                return limit
        return API_LIMIT if path.startswith("/api/") else FORM_LIMIT

    @web.middleware
    async def check_size(request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse at once by the declared length; a body without one is cut off while it is read."""
        limit = limit_of(request.path)
        if not request.body_exists:
            return await handler(request)
        declared = request.content_length
        if declared is not None and declared > limit:
            raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=declared)
        return await handler(request.clone(client_max_size=limit))

    return check_size


async def read_json(request: web.Request, kind: type[_Kind]) -> _Kind:
    """Return the JSON body as ``kind`` (a msgspec or dataclass type).

    Raises:
        web.HTTPUnsupportedMediaType: not JSON by its type (415).
        web.HTTPBadRequest: not JSON by its content (400).
        InputRefused: not of that shape (422). The finding names the place and the rule, never the value.
    """
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    body = await request.read()
    try:
        found = msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as refused:
        named = _PLACE.search(str(refused))
        place = named.group(1) if named else "$"
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise web.HTTPBadRequest from None
    else:
        refuse_nul(body)
        return found
    raise InputRefused([Finding(place, "It is missing or not of the expected kind", "See the API description.")])


def refuse_nul(body: bytes) -> None:
    """Refuse JSON with a NUL character in any of its texts: no text of ours may hold one, on any database.

    Raises:
        InputRefused: it holds one; says neither where nor what.
    """
    # The escape is the only way to write one in JSON; it is looked at closely only where it seems to be there.
    if b"\\u0000" in body and _holds_nul(msgspec.json.decode(body)):
        raise InputRefused([_NUL])


def _holds_nul(found: object) -> bool:
    if isinstance(found, str):
        return "\0" in found
    if isinstance(found, dict):
        return any(_holds_nul(key) or _holds_nul(value) for key, value in found.items())
    return isinstance(found, list) and any(_holds_nul(each) for each in found)


@web.middleware
async def refuse_nul_in_address(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer 404 to an address with a NUL character in its path or query: nothing is to be found under it."""
    if "\0" in request.path or any("\0" in value for value in request.query.values()):
        raise web.HTTPNotFound
    return await handler(request)


async def read_form(request: web.Request) -> dict[str, str]:
    """Return a form's fields, the first of each name, with spaces at the ends taken off.

    For forms that send text only. One with a file is read by ``read_upload``, because aiohttp's own reading of it may
    write the file to disk, unencrypted.

    Raises:
        InputRefused: the body is not a form of text fields.
    """
    fields = {name: values[0] for name, values in (await read_lists(request)).items()}
    return {name: value.strip() for name, value in fields.items()}


async def read_lists(request: web.Request) -> dict[str, list[str]]:
    """Return a form's fields with every value of each name, as sent: for check boxes that share a name.

    Raises:
        InputRefused: the body is not a form of text fields.
    """
    if request.body_exists and request.content_type != "application/x-www-form-urlencoded":
        raise InputRefused([_UNREADABLE])
    try:
        form = await request.post()
    except (ValueError, LookupError):
        raise InputRefused([_UNREADABLE]) from None
    if any("\0" in name or "\0" in str(value) for name, value in form.items()):
        raise InputRefused([_NUL])
    fields: dict[str, list[str]] = {}
    for name, value in form.items():
        fields.setdefault(name, []).append(str(value))
    return fields


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: the name it had there (never used as a path) and its bytes, in memory only."""

    file_name: str
    content: bytes = field(repr=False)


async def read_upload(request: web.Request) -> tuple[dict[str, str], dict[str, Upload]]:
    """Return a form's text fields and its files, both by name, the first of each; nothing touches the disk.

    The limit of the path (``limit_bodies``) bounds the whole body.

    Raises:
        InputRefused: the body is not a form with files.
        web.HTTPRequestEntityTooLarge: it is larger than the limit.
    """
    if request.content_type != "multipart/form-data":
        raise InputRefused([_UNREADABLE])
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    left = request.client_max_size
    try:
        parts = await request.multipart()
        while (part := await parts.next()) is not None:
            if not isinstance(part, BodyPartReader) or part.name is None:
                raise InputRefused([_UNREADABLE])
            content = await _read_part(part, left)
            left -= len(content)
            if part.filename is None:
                fields.setdefault(part.name, content.decode("utf-8").strip())
            else:
                files.setdefault(part.name, Upload(part.filename, content))
    except (ValueError, LookupError):
        raise InputRefused([_UNREADABLE]) from None
    if any("\0" in value for value in fields.values()):
        raise InputRefused([_NUL])
    return fields, files


async def _read_part(part: BodyPartReader, limit: int) -> bytes:
    """Return one part's bytes, or refuse as soon as there are more than ``limit``."""
    content = bytearray()
    while chunk := await part.read_chunk():
        content += chunk
        if len(content) > limit:
            raise web.HTTPRequestEntityTooLarge(max_size=limit, actual_size=len(content))
    return bytes(content)
