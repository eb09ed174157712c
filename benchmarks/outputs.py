"""How long a release takes to read, one run: its page, its other ways of reading, and all its files.

    python benchmarks/outputs.py [--requests 200]

The release is an invented one of two strategies with some 1,400 cells and four statements, kept as bytes in SQLite and
read anew for each request. Pages are asked for over one connection; times are the client's. Files are made twice: cold,
in a new process with everything still to be imported, and warm. Targets: a page within 50 ms, all files within 10 s.
"""

import argparse
import asyncio
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

import released
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from services.bootstrap import template_folders
from services.reporter import reading_routes
from services.reporter.composing import read_body
from services.reporter.editions import EDITIONS, Editions
from services.reporter.lines import ReleaseLine
from services.reporter.outputs.formats import FORMATS
from services.reporter.release import ReleaseBody, body_bytes
from services.web.pages import setup_shell
from services.web.shell import ShellSettings

PAGE_TARGET_MS = 50
FILES_TARGET_S = 10
PAGES = {
    "report": "",
    "actions": f"/actions/{released.WANDSWORTH}",
    "action": f"/actions/{released.WANDSWORTH}/AB.03",
    "services": "/services",
    "service": "/services/housing",
}


def store(path: Path) -> str:
    """Keep the release in a database of its own; return its id."""
    body = released.compose()
    report = released.line_of(body).report
    with sqlite3.connect(path) as database:
        database.execute("create table releases (release text primary key, body blob)")
        database.execute("insert into releases values (?, ?)", (report, body_bytes(body)))
    return report


def make_app(path: Path) -> web.Application:
    """Return the pages over a stored release."""
    database = sqlite3.connect(path)

    async def published(report: str) -> tuple[ReleaseLine, ReleaseBody]:
        (content,) = database.execute("select body from releases where release = ?", (report,)).fetchone()
        body = read_body(content)
        return released.line_of(body), body

    async def words(_body: ReleaseBody) -> dict[str, str]:
        return dict(released.WORDS)

    app = web.Application()
    shell = ShellSettings(
        service_name="Survivor Voice",
        organisation=released.AREA,
        contact="the officer responsible",
        hosts=("127.0.0.1",),
        template_folders=template_folders(),
    )
    setup_shell(app, shell)
    app[EDITIONS] = Editions(published, words)
    app.cleanup_ctx.append(app[EDITIONS].running)
    app.router.add_routes(reading_routes.routes())
    return app


async def time_pages(path: Path, report: str, requests: int) -> dict[str, dict[str, float]]:
    """Return the median and the 95th of a hundred, in milliseconds, of each page."""
    async with TestClient(TestServer(make_app(path))) as client:
        told = {}
        for file in FORMATS:  # made first, so that what is made aside does not stand in the way of the pages
            answer = await client.get(f"/reports/{report}/{file}")
            await answer.read()
        for name, rest in PAGES.items():
            times = []
            for _ in range(requests):
                begun = time.perf_counter()
                answer = await client.get(f"/reports/{report}{rest}")
                await answer.read()
                times.append((time.perf_counter() - begun) * 1000)
                assert answer.status == 200
            ranked = sorted(times)
            told[name] = {"median_ms": statistics.median(times), "p95_ms": ranked[int(len(ranked) * 0.95)]}
        return told


def time_files() -> dict[str, float]:
    """Return the seconds that each file takes here and now."""
    edition = released.edition_of(released.compose())
    told = {}
    for name, kind in FORMATS.items():
        begun = time.perf_counter()
        kind.write(edition)
        told[name] = time.perf_counter() - begun
    return told


def main() -> int:
    """Measure, print one line of JSON for each part, and say whether the targets are met."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=200)
    parser.add_argument("--files-only", action="store_true", help="time the files once and print them")
    chosen = parser.parse_args()
    if chosen.files_only:
        print(json.dumps(time_files()))
        return 0
    cold = json.loads(
        subprocess.run([sys.executable, __file__, "--files-only"], check=True, capture_output=True, text=True).stdout
    )
    time_files()
    warm = time_files()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "release.db"
        pages = asyncio.run(time_pages(path, store(path), chosen.requests))
    for label, files in (("cold", cold), ("warm", warm)):
        told = {name: round(seconds, 3) for name, seconds in files.items()}
        print(json.dumps({"files": label, **told, "all_s": round(sum(files.values()), 3)}))
    for name, times in pages.items():
        print(json.dumps({"page": name, **{key: round(value, 2) for key, value in times.items()}}))
    met = pages["report"]["median_ms"] <= PAGE_TARGET_MS and sum(cold.values()) <= FILES_TARGET_S
    print(json.dumps({"page_target_ms": PAGE_TARGET_MS, "files_target_s": FILES_TARGET_S, "met": met}))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
