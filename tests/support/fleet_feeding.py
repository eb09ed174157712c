"""Feeding a fleet over its interfaces, as programs do: numbered sessions, each sent until it was confirmed."""

import json
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from fleet import Fleet, until

from services.demo.consultation import texts
from services.errors import InputRefused, NotFound, SurvivorVoiceError

#: Contributions of a session.
EACH = 20
PERIOD = "2025-Q1"
_AREAS = ("lambeth", "camden", "wandsworth")
_REVIEWER = "reviewer"


@cache
def _words() -> tuple[str, ...]:
    return tuple(text.words for text in texts() if text.role == "survivor")


def session(number: int, size: int = EACH) -> dict[str, Any]:
    """Return a numbered session, the same each time: survivors' invented words, each contribution a person."""
    words = _words()
    said = [{"text": words[(number * size + each) % len(words)]} for each in range(size)]
    return {
        "kind": "survey",
        "month": f"2025-{number % 3 + 1:02d}",
        "areas": [_AREAS[number % len(_AREAS)]],
        "role": "survivor",
        "uses": ["count"],
        "contributions": said,
    }


def feed(
    fleet: Fleet,
    total: int,
    remembered: Path,
    *,
    size: int = EACH,
    each_time: Callable[[], None] = lambda: None,
) -> None:
    """Send sessions until so many contributions were confirmed; what was confirmed is remembered in a file.

    Args:
        fleet: where to.
        total: contributions.
        remembered: how many sessions were confirmed, so that another process can go on.
        size: contributions of a session.
        each_time: is called after each session.
    """
    number = int(remembered.read_text()) if remembered.exists() else 0
    while number * size < total:
        try:
            fleet.one("intake").ask(
                "POST", "/api/intake/v1/sessions", session(number, size), Idempotency_Key=f"session {number}"
            )
        except InputRefused:
            raise
        except (SurvivorVoiceError, OSError, ValueError):
            time.sleep(0.1)  # it is away for a moment: the same again
            continue
        number += 1
        draft = remembered.with_suffix(".new")
        draft.write_text(str(number))
        draft.replace(remembered)
        each_time()


def review(fleet: Fleet) -> int:
    """Release everything that is held, so that it goes on at its second revision; return how many were released."""
    released = 0
    try:
        held = fleet.one("themer").ask("GET", "/api/themer/v1/holds")["holds"]
        for each in held:
            try:
                path = f"/api/themer/v1/holds/{each['contribution']}/release"
                fleet.one("themer").ask("POST", path, {"by": _REVIEWER})
                released += 1
            except NotFound:
                continue
    except (SurvivorVoiceError, OSError, ValueError):
        pass
    return released


def totals(fleet: Fleet) -> dict[str, int]:
    """Return where everything stands, or nothing where intake does not answer now."""
    try:
        found: dict[str, int] = fleet.one("intake").ask("GET", "/api/intake/v1/reconciliation")
    except (SurvivorVoiceError, OSError, ValueError):
        return {}
    return found


def until_reconciled(fleet: Fleet, total: int, seconds: float, *, reviewed: bool = True) -> dict[str, int]:
    """Wait until everything that was sent has come to rest, held ones released; return where it stands.

    Raises:
        TimeoutError: it does not; says where everything stands.
    """

    def rested() -> bool:
        fleet.tend()
        found = totals(fleet)
        if not found or found["accepted"] < total or found["on_their_way"]:
            return False
        if reviewed and found["held"]:
            review(fleet)
            return False
        return True

    until(rested, seconds, lambda: json.dumps(totals(fleet)))
    return totals(fleet)


def publish(fleet: Fleet, period: str = PERIOD) -> list[str]:
    """Publish a period; return the citations: the SHA-256 of each body."""
    names = {"prepared_by": "First person", "approved_by": "Second person"}
    told = fleet.one("reporter").ask("POST", "/api/reporter/v1/releases/publish", {"period": period, **names})
    return [release["citation"] for release in told["releases"]]
