"""The page on which a facilitator writes down what the group found and recommends: one sentence after another."""

from typing import Final

from aiohttp import web
from msgspec.structs import replace

from services.errors import Finding
from services.intake.statements import SubmittedStatement, check_statements
from services.intake.writeup.desk import PreviewUnreachable
from services.intake.writeup.draft import Draft, answer
from services.intake.writeup.looking import Piece, pieces_of
from services.intake.writeup.pages import DESK, DRAFT_PATH, unreachable
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.sectors import sectors
from services.vocabulary.statements import statement_rules
from services.web.accounts.guard import check_token, require_role
from services.web.accounts.register import Session
from services.web.bodies import read_lists
from services.web.contexts import FormError
from services.web.forms import Choice, Typed
from services.web.shell import render

KINDS: Final = {"finding": "Something we found", "recommendation": "Something that should change"}
_FIELDS: Final = {"text": "text", "area": "area", "kind": "kind", "sectors": "sectors"}


def statement_routes() -> list[web.RouteDef]:
    """Return the routes of this module."""
    return [web.get(f"{DRAFT_PATH}/statements", show), web.post(f"{DRAFT_PATH}/statements", take)]


async def show(request: web.Request) -> web.Response:
    """``GET …/statements``: what is written down so far, as others will read it, and a form for one more."""
    session, draft = await _open(request)
    return await _show(request, session, draft)


async def take(request: web.Request) -> web.Response:
    """``POST …/statements``: add one, take one away, or go on."""
    session, draft = await _open(request)
    typed = await read_lists(request)
    check_token(session, {name: values[0] for name, values in typed.items()})
    desk, path = request.config_dict[DESK], f"/sessions/{request.match_info['draft']}"
    act = _one(typed, "do")
    if act.startswith("remove-"):
        kept = tuple(each for number, each in enumerate(draft.statements) if act != f"remove-{number}")
        await desk.drafts.save(session.account, request.match_info["draft"], _changed(draft, kept))
        raise web.HTTPSeeOther(f"{path}/statements")
    # Words that were typed and not added yet are not lost by going on.
    if act == "add" or _one(typed, "text"):
        made, errors = read_statement(draft, typed)
        if errors:
            return await _show(request, session, draft, typed=typed, errors=errors)
        draft = _changed(draft, (*draft.statements, made))
        await desk.drafts.save(session.account, request.match_info["draft"], draft)
    if act == "add":
        raise web.HTTPSeeOther(f"{path}/statements")
    done = answer(draft, "statements")
    await desk.drafts.save(session.account, request.match_info["draft"], done)
    raise web.HTTPSeeOther(f"{path}/{await desk.next_step(done)}")


def read_statement(draft: Draft, typed: Typed) -> tuple[SubmittedStatement, tuple[FormError, ...]]:
    """Return the statement that was typed, and what to mend in it by field, never the words."""
    kind = _one(typed, "kind")
    made = SubmittedStatement(
        kind=kind,
        text=" ".join(_one(typed, "text").split()),
        area=_one(typed, "area") or None if kind == "recommendation" else None,
        sectors=tuple(sector for sector in sectors().ids if sector in typed.get("sectors", ())),
    )
    if kind not in KINDS:
        return made, (FormError("kind", "Choose whether it is something found or something that should change"),)
    findings: list[FormError] = []
    wrong: list[Finding] = []
    check_statements((*draft.statements, made), group=draft.group, places=("",) * 99, findings=wrong)
    for found in wrong:
        field = _FIELDS.get(found.place.rpartition(".")[2], "text")
        findings.append(FormError(field, f"{found.rule.capitalize()}. {found.mend}"))
    return made, tuple(findings)


def _changed(draft: Draft, statements: tuple[SubmittedStatement, ...]) -> Draft:
    return replace(draft, statements=statements)


async def _open(request: web.Request) -> tuple[Session, Draft]:
    session = await require_role(request, "facilitator")
    draft = await request.config_dict[DESK].drafts.load(session.account, request.match_info["draft"])
    path = f"/sessions/{request.match_info['draft']}"
    if "group" not in draft.answered or draft.group is None:
        raise web.HTTPSeeOther(f"{path}/group")
    if "notes" not in draft.answered:
        raise web.HTTPSeeOther(f"{path}/notes")
    return session, draft


async def _show(
    request: web.Request,
    session: Session,
    draft: Draft,
    *,
    typed: Typed | None = None,
    errors: tuple[FormError, ...] = (),
) -> web.Response:
    try:
        previewed = list(await request.config_dict[DESK].preview(draft))[len(draft.contributions) :]
    except PreviewUnreachable:
        return unreachable(request)
    stated: list[tuple[int, str, tuple[Piece, ...], bool]] = [
        (number, KINDS[each.kind], pieces_of(seen), seen.held or "[" in seen.text)
        for number, (each, seen) in enumerate(zip(draft.statements, previewed, strict=True))
    ]
    given: Typed = typed or {}
    return render(
        request,
        "intake/statements.html.j2",
        stated=stated,
        kinds=[Choice(value, text, _one(given, "kind") == value) for value, text in KINDS.items()],
        areas=[
            Choice(each.id, each.title.capitalize(), _one(given, "area") == each.id, each.description or "")
            for each in recommendation_areas().entries
        ],
        sectors=[Choice(each.id, each.title, each.id in given.get("sectors", ())) for each in sectors().entries],
        text=_one(given, "text"),
        days=statement_rules().panel_days,
        more=len(draft.statements) < statement_rules().most_in_a_session,
        draft_path=f"/sessions/{request.match_info['draft']}",
        csrf=session.csrf,
        errors=errors,
        status=422 if errors else 200,
    )


def _one(typed: Typed, name: str) -> str:
    return next(iter(typed.get(name, ())), "").strip()
