"""The static files: looked up by plain name, served under a name that changes with the content.

Only files that the build's manifest names are served, so no path is ever built from a request.
"""

import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web

from services.web.health import Check, Light, Reading
from services.web.styling import BUILT, MANIFEST

PREFIX: Final = "/assets/"
IMMUTABLE: Final = "public, max-age=31536000, immutable"
_PLAIN_SHEET: Final = Path(__file__).resolve().parent / "static" / "plain.css"


@dataclass(frozen=True, slots=True)
class Assets:
    """The files a page may name.

    Attributes:
        built: False while the styles have not been built; pages then take a plain stylesheet and no script.
        addresses: plain name (``main.css``, ``start.js``, ``icon.svg``) to the address a page gives.
        files: name in the address to the file on disk.
    """

    built: bool
    addresses: Mapping[str, str]
    files: Mapping[str, Path]


def find_assets(folder: Path = BUILT) -> Assets:
    """Return what ``folder`` holds, or the plain stylesheet alone when the styles are not built."""
    try:
        names: dict[str, str] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError):
        return Assets(built=False, addresses={"main.css": f"{PREFIX}plain.css"}, files={"plain.css": _PLAIN_SHEET})
    return Assets(
        built=True,
        addresses={plain: f"{PREFIX}{hashed}" for plain, hashed in names.items()},
        files={hashed: folder / hashed for hashed in names.values()},
    )


def styles_check(assets: Assets) -> Check:
    """Return a readiness check: amber while pages go out with the plain stylesheet only."""

    async def look() -> Reading:
        """Say how the styles are."""
        if assets.built:
            return Reading(Light.GREEN)
        return Reading(Light.AMBER, "not built: run python -m services.web.styling")

    return Check("styles", look)


def asset_route(assets: Assets) -> web.RouteDef:
    """Return the route that serves the files of ``assets``."""

    async def serve(request: web.Request) -> web.StreamResponse:
        """Serve one file; built names change with their content, so they may be kept for ever."""
        name = request.match_info["name"]
        file = assets.files.get(name)
        if file is None or not file.is_file():
            raise web.HTTPNotFound
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        kept = IMMUTABLE if assets.built else "no-cache"
        return web.FileResponse(file, headers={"Content-Type": kind, "Cache-Control": kept})

    return web.get(PREFIX + "{name}", serve)
