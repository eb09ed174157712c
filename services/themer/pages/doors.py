"""What the pages ask for: the doors of statements, who is signed in, and how an error stands beside its field."""

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import web

from services.errors import InputRefused
from services.themer.statements.paraphrasing import Paraphrases
from services.themer.statements.reading import StatementShelf
from services.themer.statements.reviewing import Role, Statements
from services.web.accounts.guard import check_token, require_role
from services.web.accounts.register import Session
from services.web.bodies import read_lists
from services.web.contexts import FormError

STATEMENTS: Final = web.AppKey("themer_statements", Statements)
SHELF: Final = web.AppKey("themer_statement_shelf", StatementShelf)
PARAPHRASES: Final = web.AppKey("themer_paraphrases", Paraphrases)
STATEMENT: Final = "{statement:[a-z0-9][a-z0-9-]{0,63}}"
Typed = Mapping[str, Sequence[str]]
_NAMES: Final = {
    "words": "The words",
    "nodes": "What it is about",
    "sectors": "Sectors",
    "measures": "Measures",
    "area": "The area",
    "note": "The note",
    "contributions": "What several people said",
}


async def reviewer(request: web.Request) -> Session:
    """Return the session of a reviewer or an approver."""
    return await require_role(request, "reviewer", "approver")


async def take_form(request: web.Request, session: Session) -> dict[str, list[str]]:
    """Return the fields of a form that carries its session's token."""
    typed = await read_lists(request)
    check_token(session, {name: values[0] for name, values in typed.items()})
    return typed


def one(typed: Typed, name: str) -> str:
    """Return a field's first value, without space at its ends."""
    return next(iter(typed.get(name, ())), "").strip()


def version_of(typed: Typed) -> int | None:
    """Return the version of the statement that a form was made from."""
    text = one(typed, "version")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None  # noqa: PLR2004 - digits


def role_of(session: Session) -> Role:
    """Return in which role somebody acts on a statement."""
    return "approver" if session.role == "approver" else "reviewer"


def errors_of(refused: InputRefused) -> tuple[FormError, ...]:
    """Return what has to be mended, one error a field."""
    by_field: dict[str, list[str]] = {}
    for found in refused.findings:
        by_field.setdefault(found.place, []).append(f"{found.rule}. {found.mend}")
    return tuple(
        FormError(field, f"{_NAMES.get(field, 'The form')}: {' Also: '.join(texts)}")
        for field, texts in by_field.items()
    )
