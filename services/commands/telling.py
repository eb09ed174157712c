"""What the sender of a file is told on the command line: numbers, ids, and whom to ring; never a word of the file."""

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from services.clock import day_in_words
from services.intake.dangers import urgency_title
from services.vocabulary.safeguarding_categories import safeguarding_categories

_MOST_SHOWN: Final = 20


def line_of(number: int, told: dict[str, Any], *, stored: bool) -> dict[str, Any]:
    """Return what is told of a file as one JSON object."""
    line = {
        "file": number,
        "sessions": len(told["sessions"]),
        "contributions": told["contributions"],
        "stored": stored,
        "ids": [each for each in told["sessions"] if each],
        "notes": told["notes"],
        "concerns": told["concerns"],
    }
    return line | {name: told[name] for name in ("first_sent_on", "removed") if name in told}


def say_how(number: int, told: dict[str, Any]) -> None:
    """Say how a file was read, and when it was first sent where it was."""
    for note in told["notes"]:
        print(f"file {number}: {note}")
    if "first_sent_on" in told:
        print(f"file {number}: it was sent before, on {day_in_words(told['first_sent_on'])}. Nothing is stored twice.")


def say_whom_to_ring(number: int, concerns: Sequence[dict[str, Any]]) -> None:
    """Say at once whom to ring where somebody may be at risk, and how to record what was done; never any words."""
    if not concerns:
        return
    print()
    print("Somebody may be at risk. This is not an alarm: nobody watches what is sent here.")
    by_kind: Counter[tuple[str, str, str]] = Counter()
    for each in concerns:
        by_kind[each["category"], each["urgency"], each["ring"]] += each["contributions"]
    for (category, urgency, ring), count in by_kind.items():
        title = safeguarding_categories().title_of(category)
        said = "1 contribution" if count == 1 else f"{count} contributions"
        print(f"file {number}: {title} ({urgency_title(urgency).lower()}), {said}")
        print(f"    {ring}")
    raised = [each["concern"] for each in concerns if each["concern"]]
    for concern in itertools.islice(raised, _MOST_SHOWN):
        print(f"Then record what was done: survivor-voice concerns record {concern} --done told_lead")
    if not raised:
        print("Once it is sent, it stands on the safeguarding leads' list.")
