"""Intake's interface, as ``schemas/openapi/intake.yaml`` describes it: every body is validated against it first."""

from typing import Any

import msgspec
from aiohttp import web

from services.errors import Finding, InputRefused
from services.intake.description import DESCRIPTION, PREFIX
from services.intake.door import Door, NewRound
from services.intake.file_api import file_routes
from services.intake.submissions import read_submission

DOOR: web.AppKey[Door] = web.AppKey("intake_door", Door)
_LONGEST_KEY = 200


async def submit_session(request: web.Request) -> web.Response:
    """``POST /sessions``: accept one session; 202 with ids when it is durable."""
    submission = read_submission(await DESCRIPTION.read_body(request, "Submission"))
    key = request.headers.get("Idempotency-Key")
    if key is not None and not 1 <= len(key) <= _LONGEST_KEY:
        raise InputRefused([Finding("Idempotency-Key", "empty or too long", f"Use 1 to {_LONGEST_KEY} characters.")])
    # What was understood is compared, so that a file sent by command and by interface counts as the same.
    accepted = await request.config_dict[DOOR].submit(
        submission,
        idempotency_key=key,
        body=msgspec.json.encode(submission),
    )
    answer: dict[str, Any] = {"session": accepted.session, "contributions": list(accepted.contributions)}
    if accepted.statements:
        answer["statements"] = list(accepted.statements)
    if accepted.concerns:
        answer["concerns"] = [each.told() for each in accepted.concerns]
    if accepted.first_sent_on is not None:
        answer["first_sent_on"] = accepted.first_sent_on
    return web.json_response(answer, status=202)


async def make_round(request: web.Request) -> web.Response:
    """``POST /rounds``: make a round; 201 with its id."""
    body = await DESCRIPTION.read_body(request, "NewRound")
    made = await request.config_dict[DOOR].make_round(msgspec.convert(body, NewRound))
    return web.json_response({"round": made}, status=201)


async def make_group(request: web.Request) -> web.Response:
    """``POST /groups``: make a group; 201 with its id."""
    body = await DESCRIPTION.read_body(request, "NewGroup")
    made = await request.config_dict[DOOR].make_group(
        body["title"],
        seated=body.get("seated", False),
        convened=body.get("convened_for"),
        round_id=body.get("round"),
    )
    return web.json_response({"group": made}, status=201)


async def issue_receipt(request: web.Request) -> web.Response:
    """``POST /receipts``: issue five words, shown once; 201. Never idempotent: asking again makes new ones."""
    body = await DESCRIPTION.read_body(request, "NewReceipt")
    words = await request.config_dict[DOOR].issue_receipt(group=body.get("group"), seat=body.get("seat"))
    return web.json_response({"receipt": words}, status=201)


async def change_uses(request: web.Request) -> web.Response:
    """``POST /uses``: set the uses that remain for a person; 204."""
    body = await DESCRIPTION.read_body(request, "NewUses")
    door = request.config_dict[DOOR]
    person = await door.person(receipt=body.get("receipt"), group=body.get("group"), seat=body.get("seat"))
    await door.change_uses(person, body["uses"])
    return web.Response(status=204)


async def withdraw(request: web.Request) -> web.Response:
    """``POST /withdrawals``: withdraw by receipt, by group and seat, or a session's notes; 202 with a token."""
    body = await DESCRIPTION.read_body(request, "Withdrawal")
    door = request.config_dict[DOOR]
    if "session" in body:
        token = await door.withdraw_session(body["session"])
    else:
        token = await door.withdraw(
            await door.person(receipt=body.get("receipt"), group=body.get("group"), seat=body.get("seat")),
        )
    return web.json_response({"withdrawal": token}, status=202)


async def show_withdrawal(request: web.Request) -> web.Response:
    """``POST /withdrawals/status``: which services have erased, and on which day."""
    body = await DESCRIPTION.read_body(request, "WithdrawalStatus")
    done = await request.config_dict[DOOR].confirmations(body["withdrawal"])
    return web.json_response({"erased": done})


async def show_reconciliation(request: web.Request) -> web.Response:
    """``GET /reconciliation``: where everything that was accepted stands, in numbers."""
    found = await request.config_dict[DOOR].reconcile()
    return web.json_response(msgspec.to_builtins(found))


async def describe(_: web.Request) -> web.Response:
    """``GET /openapi.json``: the description itself."""
    return web.json_response(DESCRIPTION.content)


def routes() -> list[web.RouteDef]:
    """Return the interface's routes."""
    return [
        web.post(f"{PREFIX}/sessions", submit_session),
        *file_routes(),
        web.post(f"{PREFIX}/rounds", make_round),
        web.post(f"{PREFIX}/groups", make_group),
        web.post(f"{PREFIX}/receipts", issue_receipt),
        web.post(f"{PREFIX}/uses", change_uses),
        web.post(f"{PREFIX}/withdrawals", withdraw),
        web.post(f"{PREFIX}/withdrawals/status", show_withdrawal),
        web.get(f"{PREFIX}/reconciliation", show_reconciliation),
        web.get(f"{PREFIX}/openapi.json", describe),
    ]
