"""Which browser test looks at which page, at both widths and with axe, so that no page stays without a look.

``LOOKED_AT`` is compared with the routes of a whole installation, and each test named in it with what it really opened.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from aiohttp import web

#: What is read and is no page: for programs and probes, by the beginning of the route.
_FOR_PROGRAMS: Final = ("/api/", "/assets/", "/livez", "/readyz", "/metrics", "/robots.txt")
#: Routes that give a file, or only lead on.
_NO_PAGES: Final = frozenset(
    {"/exit", "/sessions/{draft}", "/reports/{report}/{file}", "/sessions/note/{note}/session-notes.docx"}
)
_LIVE: Final = "test_live_pages.py::test_the_public_pages_are_accessible_and_fit_a_phone_and_a_desk"
_HERS: Final = "test_live_pages.py::test_her_pages_are_accessible_and_fit_from_the_words_to_the_withdrawal"
_SAMPLES: Final = "test_every_page.py::test_every_page_is_accessible_and_fits_a_phone_and_a_desk"
_READING: Final = "test_reading_pages.py::test_every_way_of_reading_is_accessible_and_fits_a_phone_and_a_desk"
_ROLES: Final = "test_recommendation_pages.py::test_every_page_of_every_role"
_STATES: Final = "test_recommendation_pages.py::test_every_state_of_the_pages_of_board_groups_and_approver"
_RELEASING: Final = "test_releasing_looks.py::test_every_page_from_the_end_of_a_quarter_to_a_withdrawn_table"
_STATEMENTS: Final = "test_statements.py::test_every_page_of_statements_is_accessible_and_fits"
_WRITE_UP: Final = "test_write_up.py::test_every_page_of_the_write_up_is_accessible_and_fits"
#: The test that opens each page, by route.
LOOKED_AT: Final[dict[str, str]] = {
    "/": _LIVE,
    "/leaving": _SAMPLES,
    "/safety": _LIVE,
    "/accessibility": _LIVE,
    "/privacy": _LIVE,
    "/receipt": _HERS,
    "/reports": _LIVE,
    "/reports/{report}": _LIVE,
    "/reports/{report}/actions/{framework}": _READING,
    "/reports/{report}/actions/{framework}/{ref}": _READING,
    "/reports/{report}/services": _READING,
    "/reports/{report}/services/{sector}": _READING,
    "/reports/method": _RELEASING,
    "/reports/prepare": _RELEASING,
    "/reports/prepare/{release}": _RELEASING,
    "/reports/{report}/withdraw": _RELEASING,
    "/you-said-we-did": _LIVE,
    "/recommendations": _ROLES,
    "/recommendations/{recommendation}": _ROLES,
    "/answers": _ROLES,
    "/answers/{recommendation}": _ROLES,
    "/answers/{recommendation}/check": _ROLES,
    "/answers/{recommendation}/take-back": _ROLES,
    "/answers/{recommendation}/query": _ROLES,
    "/answers/{recommendation}/milestone": _ROLES,
    "/answers/{recommendation}/{page}": _ROLES,
    "/board": _ROLES,
    "/board/new": _ROLES,
    "/board/{recommendation}/assign": _ROLES,
    "/board/{recommendation}/changed": _STATES,
    "/answer-texts": _ROLES,
    "/answer-texts/{text}": _ROLES,
    "/groups": _STATES,
    "/groups/{group}": _ROLES,
    "/groups/{group}/{recommendation}/changed": _ROLES,
    "/review": _STATEMENTS,
    "/review/statements/{statement}": _STATEMENTS,
    "/review/statements/{statement}/wording": _STATEMENTS,
    "/review/statements/{statement}/retract": _STATEMENTS,
    "/review/paraphrases": _STATEMENTS,
    "/review/paraphrases/{framework}/{node}": _STATEMENTS,
    "/review/panel/{group}": _STATEMENTS,
    "/review/panel/{group}/{statement}": _STATEMENTS,
    "/sessions": _WRITE_UP,
    "/sessions/start": _WRITE_UP,
    "/sessions/{draft}/new-group": _WRITE_UP,
    "/sessions/{draft}/upload": _WRITE_UP,
    "/sessions/{draft}/{step}": _WRITE_UP,
    "/sessions/{draft}/statements": _WRITE_UP,
    "/sessions/{draft}/preview": _WRITE_UP,
    "/sessions/{draft}/people": _WRITE_UP,
    "/sessions/{draft}/people/{number}": _WRITE_UP,
    "/sessions/{draft}/check": _WRITE_UP,
    "/sessions/{draft}/discard": _WRITE_UP,
    "/sessions/note/{note}": _WRITE_UP,
    "/safeguarding": _WRITE_UP,
    "/sign-in": _WRITE_UP,
    "/sign-out": _WRITE_UP,
}


def pages_of(app: web.Application) -> dict[str, re.Pattern[str]]:
    """Return the pages of an application in the order in which it looks for them: route, and what fits it."""
    found: dict[str, re.Pattern[str]] = {}
    for resource in app.router.resources():
        route = resource.canonical
        read = any(each.method == "GET" for each in resource)
        if read and not route.startswith(_FOR_PROGRAMS) and route not in _NO_PAGES:
            info = resource.get_info()
            found[route] = info.get("pattern") or re.compile(re.escape(str(info.get("path", route))))
    return found


def claimed_by(test: str) -> Iterator[str]:
    """Give the routes at which a test (``module::function``) is said to look."""
    return (route for route, named in LOOKED_AT.items() if named == test)


def route_of(path: str, pages: dict[str, re.Pattern[str]]) -> str | None:
    """Return the page that answers a path, as the application would find it; None where none does."""
    return next((route for route, pattern in pages.items() if pattern.fullmatch(path)), None)


def unseen(test: str, paths: Iterable[str], pages: dict[str, re.Pattern[str]]) -> list[str]:
    """Return the routes at which a test is said to look and that it did not open."""
    opened = {route_of(path, pages) for path in paths}
    return [route for route in claimed_by(test) if route not in opened]
