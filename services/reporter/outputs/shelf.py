"""The shelf of files: each is made when it is first asked for, one at a time, and kept in memory.

A release's files lie under the page that they were written from. When its words change, by a retraction above all, its
files are dropped and made anew. Nothing is written to disk.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

import structlog

from services.errors import NotInstalled
from services.reporter.outputs.edition import Edition
from services.reporter.outputs.formats import FORMATS, Format
from services.web.contexts import Download, Report

_LOG: Final = structlog.get_logger("services.reporter")
_MOST: Final = 8
_KILOBYTE: Final = 1024


@dataclass(slots=True)
class _Kept:
    page: Report
    files: dict[str, bytes] = field(default_factory=dict)


class Shelf:
    """Keeps the files of the releases that were asked for last, at most ``most`` of them."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._missing: dict[str, str] = {}
        self._turn = asyncio.Lock()
        self._making: dict[str, asyncio.Task[None]] = {}

    async def fetch(self, report: str, edition: Edition, kind: Format) -> bytes:
        """Return one file of a release.

        Raises:
            NotInstalled: this machine cannot make it; the text says what to install.
        """
        kept = self._keep(report, edition)
        if kind.file not in kept.files:
            async with self._turn:
                if kind.file not in kept.files:
                    kept.files[kind.file] = await self._make(edition, kind)
        return kept.files[kind.file]

    def list_files(self, report: str, edition: Edition) -> tuple[Download, ...]:
        """Return the files of a release as its page lists them; the size of one that was not made yet is left out."""
        files = self._keep(report, edition).files
        return tuple(
            Download(
                title=kind.title,
                path=f"/reports/{report}/{kind.file}",
                format=kind.label,
                size=size_in_words(len(files[kind.file])) if kind.file in files else "",
                missing=self._missing.get(kind.file, ""),
            )
            for kind in FORMATS.values()
        )

    def make_all(self, report: str, edition: Edition) -> None:
        """Begin to make what is not there yet, aside, so that the page never waits and soon names every size."""
        files = self._keep(report, edition).files
        wanted = [kind for kind in FORMATS.values() if kind.file not in files and kind.file not in self._missing]
        if wanted and report not in self._making:
            task = asyncio.create_task(self._make_each(report, edition, wanted))
            self._making[report] = task
            task.add_done_callback(lambda _: self._making.pop(report, None))

    async def close(self) -> None:
        """Stop what is being made aside, and drop everything."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._kept.clear()

    async def _make_each(self, report: str, edition: Edition, wanted: list[Format]) -> None:
        for kind in wanted:
            try:
                await self.fetch(report, edition, kind)
            except NotInstalled:
                continue
            except Exception as error:  # noqa: BLE001 - who asks for that very file gets its error; the others are made
                _LOG.warning("a file could not be made", error=type(error).__name__)

    async def _make(self, edition: Edition, kind: Format) -> bytes:
        try:
            return await asyncio.to_thread(kind.write, edition)
        except NotInstalled:
            self._missing[kind.file] = f"cannot be made on this machine. {kind.needs}"
            raise

    def _keep(self, report: str, edition: Edition) -> _Kept:
        kept = self._kept.get(report)
        if kept is None or kept.page != edition.page:
            kept = self._kept[report] = _Kept(edition.page)
        self._kept.move_to_end(report)
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return kept


def size_in_words(size: int) -> str:
    """Return a number of bytes as the page says it."""
    return f"{max(1, round(size / _KILOBYTE))} KB"
