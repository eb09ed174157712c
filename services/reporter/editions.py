"""Opening a published release for reading: its body, the words that it cites as they stand now, its page and files."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from aiohttp import web

from services.reporter.lines import ReleaseLine
from services.reporter.outputs.edition import Edition
from services.reporter.outputs.formats import Format
from services.reporter.outputs.shelf import Shelf
from services.reporter.reading import report_page
from services.reporter.recommendations.showing import Shown
from services.reporter.release import ReleaseBody
from services.reporter.sayings import RECOMMENDATION
from services.vocabulary.frameworks import framework
from services.web.contexts import Door, Report

Published: TypeAlias = Callable[[str], Awaitable[tuple[ReleaseLine, ReleaseBody]]]
"""Gives a published release by its id, or raises NotFound."""

Words: TypeAlias = Callable[[ReleaseBody], Awaitable[dict[str, str]]]
"""Gives the words of a body's statements by id: those that stand and may be shown."""

Standings: TypeAlias = Callable[[Collection[str]], Awaitable[dict[str, tuple[Shown, ...]]]]
"""Gives what everybody may see of the recommendations that came from statements, by statement."""


async def no_standings(_statements: Collection[str]) -> dict[str, tuple[Shown, ...]]:
    """Stand in where no recommendations are kept."""
    return {}


#: Pages that are kept for reading.
_KEPT: Final = 16


@dataclass(frozen=True, slots=True)
class Opened:
    """A published release: its id, its edition, and the words that stand now by statement."""

    report: str
    edition: Edition
    words: dict[str, str]

    @property
    def body(self) -> ReleaseBody:
        """The figures."""
        return self.edition.body


class Editions:
    """Opens published releases, and keeps the files that were made of them.

    Args:
        published: gives a release.
        words: gives the words of its statements as they stand now.
        standings: gives where the recommendations among them stand now.
    """

    def __init__(self, published: Published, words: Words, standings: Standings = no_standings) -> None:
        self._published = published
        self._words = words
        self._standings = standings
        self._shelf = Shelf()
        self._opened: deque[tuple[tuple[ReleaseLine, str, tuple[tuple[str, str], ...]], Opened]] = deque(maxlen=_KEPT)

    async def open(self, report: str, *, area: str) -> Opened:
        """Return a published release.

        Raises:
            NotFound: no such release is published.
        """
        line, body = await self._published(report)
        words = await self._words(body)
        # The page depends on the body, on who signed it, and on the words that stand now: it is made once for each.
        key = (line, area, tuple(sorted(words.items())))
        found = next((opened for known, opened in self._opened if known == key), None)
        if found is None:
            page = report_page(line, body, area=area, words=words)
            found = Opened(report, Edition(body, page, line.published_on or ""), words)
            self._opened.append((key, found))
        return found

    async def words(self, body: ReleaseBody) -> dict[str, str]:
        """Return the words of a body's statements by id, as they stand now; also of one that is only prepared."""
        return await self._words(body)

    async def standings(self, opened: Opened) -> dict[str, tuple[Shown, ...]]:
        """Return where a release's recommendations stand today, by statement, as far as everybody may see it."""
        asked = [ref.id for ref in opened.body.statements if ref.kind == RECOMMENDATION and ref.id in opened.words]
        return await self._standings(asked)

    def page(self, opened: Opened) -> Report:
        """Return the page with its files and the other ways of reading it; files not there yet begin to be made."""
        self._shelf.make_all(opened.report, opened.edition)
        files = self._shelf.list_files(opened.report, opened.edition)
        return replace(opened.edition.report, downloads=files, ways=ways_of(opened))

    async def file(self, opened: Opened, kind: Format) -> bytes:
        """Return one file of a release.

        Raises:
            NotInstalled: this machine cannot make it.
        """
        return await self._shelf.fetch(opened.report, opened.edition, kind)

    async def running(self, _app: web.Application) -> AsyncIterator[None]:
        """Drop the files when the application stops (a cleanup context)."""
        yield
        await self._shelf.close()


EDITIONS: Final[web.AppKey[Editions]] = web.AppKey("reporter_editions", Editions)


def ways_of(opened: Opened) -> tuple[Door, ...]:
    """Return the other ways of reading a release: by the actions of each of its strategies, and by service."""
    by_action = (
        Door(
            f"By action: {framework(name).short_title}",
            f"/reports/{opened.report}/actions/{name}",
            "What was said and asked for under each action, who leads on it, and what groups say of its measures.",
        )
        for name in opened.body.frameworks
    )
    by_service = Door(
        "By service",
        f"/reports/{opened.report}/services",
        "What was said of the police, housing, health and others, and what groups ask of each.",
    )
    return (*by_action, by_service)
