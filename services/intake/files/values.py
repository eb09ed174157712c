"""Reading one value: a month, an entry of a list, a number, a text.

What does not fit becomes a finding and reads as None. The lists' own ids and titles are understood, whatever their case
and spacing; nothing else is, and nothing is guessed.
"""

import datetime
import re
from functools import cache
from typing import Any, TypeVar

from services.intake.files.columns import file_words, plain, seen
from services.intake.files.findings import Findings
from services.intake.submissions import LONGEST_TEXT
from services.vocabulary.areas import NOT_SAID, areas
from services.vocabulary.lists import Entry, Vocabulary
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.roles import roles
from services.vocabulary.sectors import sectors
from services.vocabulary.session_kinds import session_kinds
from services.vocabulary.uses import uses

#: What a cell of a table may hold; a text reader gives text alone.
Cell = str | int | float | bool | datetime.date | datetime.time | datetime.timedelta | None

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BREAKS = re.compile(r"\r\n?|\u2028|\u2029")
_MONTH = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?\Z", re.ASCII)
_SLASHED = re.compile(r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}\Z", re.ASCII)
_NUMBER = re.compile(r"\d{1,6}\Z", re.ASCII)
_GROUP = re.compile(r"[a-z0-9][a-z0-9-]{0,63}\Z", re.ASCII)
_SEVERAL = re.compile(r"[;|]")
_LONGEST_RECEIPT = 120
_WRITE_MONTH = "Write it as year and month, like 2025-03."

AnyEntry = TypeVar("AnyEntry", bound=Entry)


def is_blank(cell: Cell) -> bool:
    """Say whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def has_control(text: str) -> bool:
    """Say whether a text holds control characters, or characters that no encoding can write."""
    return _CONTROL.search(text) is not None


def read_words(cell: Cell, place: str, findings: Findings) -> str | None:
    """Return what was said: line ends made one kind, space at the ends taken off, everything else kept as it is."""
    if (plainly := printed_words(cell)) is not None:
        return plainly
    text = _as_text(cell, place, findings, "words")
    if text is None:
        return None
    text = _BREAKS.sub("\n", text).strip()
    if not text:
        findings.add(place, "empty", "Write down what was said, or leave it out.")
    elif len(text) > LONGEST_TEXT:
        findings.add(place, "too long", f"At most {LONGEST_TEXT} characters: split it by person or point.")
    else:
        return text
    return None


def printed_words(cell: Cell) -> str | None:
    """Return the words of a cell that holds nothing but printed characters, as most do; None: look closer."""
    # Nothing printed is a control character, half a character or a line break.
    if isinstance(cell, str) and cell.isprintable():
        text = cell.strip()
        if 0 < len(text) <= LONGEST_TEXT:
            return text
    return None


def read_month(cell: Cell, place: str, findings: Findings) -> str | None:
    """Return a month as ``YYYY-MM``; of a whole date the day is dropped."""
    if isinstance(cell, datetime.date):
        return f"{cell.year:04d}-{cell.month:02d}"
    text = _short(cell, place, findings, "a month")
    if text is None:
        return None
    found = _MONTH.match(text)
    if found is None:
        slashed = _SLASHED.match(text) is not None
        findings.add(
            place,
            "a date whose day and month could be read two ways" if slashed else "not a month",
            _WRITE_MONTH,
        )
        return None
    try:
        day = datetime.date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        findings.add(place, "not a month of the calendar", _WRITE_MONTH)
        return None
    return f"{day.year:04d}-{day.month:02d}"


def read_kind(cell: Cell, place: str, findings: Findings) -> str | None:
    """Return the id of a kind of session."""
    return _one(session_kinds(), cell, place, "not one of the session kinds", findings)


def read_role(cell: Cell, place: str, findings: Findings) -> str | None:
    """Return the id of a role."""
    return _one(roles(), cell, place, "not one of the roles", findings)


def read_areas(cell: Cell, place: str, findings: Findings) -> tuple[str, ...] | None:
    """Return ids of areas in the order of the list; several stand with ``;`` or ``|`` between them."""
    found = _several(areas(), cell, place, "not one of the areas", findings)
    if found is not None and NOT_SAID in found and len(found) > 1:
        findings.add(place, "not said beside an area", f"Either name areas, or write {NOT_SAID} alone.")
        return None
    return found


def read_uses(cell: Cell, place: str, findings: Findings) -> tuple[str, ...] | None:
    """Return ids of uses in the order of the list; the word for none gives an empty tuple."""
    if isinstance(cell, str) and plain(cell) == plain(file_words().none_word):
        return ()
    return _several(uses(), cell, place, "not one of the uses", findings)


def read_statement(cell: Cell, place: str, findings: Findings) -> str | None:
    """Return ``finding`` or ``recommendation``."""
    text = _short(cell, place, findings, "finding or recommendation")
    if text is None:
        return None
    for kind, words in file_words().statement_marks.items():
        if plain(text) in {plain(word) for word in words}:
            return kind
    findings.add(
        place,
        "neither a finding nor a recommendation",
        "Write one of the two, or leave it empty for one person’s words.",
    )
    return None


def read_recommendation_area(cell: Cell, place: str, findings: Findings) -> str | None:
    """Return the id of one of the five areas of recommendations."""
    return _one(recommendation_areas(), cell, place, "not one of the five areas", findings)


def read_sectors(cell: Cell, place: str, findings: Findings) -> tuple[str, ...] | None:
    """Return ids of sectors in the order of the list."""
    return _several(sectors(), cell, place, "not one of the sectors", findings)


def read_number(cell: Cell, place: str, findings: Findings, *, least: int, most: int) -> int | None:
    """Return a whole number from ``least`` to ``most``."""
    text = _short(cell, place, findings, "a whole number")
    if text is None:
        return None
    if _NUMBER.match(text) is None or not least <= int(text) <= most:
        findings.add(place, "not a whole number that may stand here", f"Write a number from {least} to {most}.")
        return None
    return int(text)


def read_group(cell: Cell, place: str, findings: Findings) -> str | None:
    """Return a group's id."""
    text = _short(cell, place, findings, "a group's id")
    if text is not None and _GROUP.match(text) is None:
        findings.add(
            place, "not a group's id", "Write the id that the group was given: small letters, digits, hyphens."
        )
        return None
    return text


def read_receipt(cell: Cell, place: str, findings: Findings) -> str | None:
    """Return the words of a receipt as written, without unseen characters."""
    text = _short(cell, place, findings, "the words of a receipt")
    if text is not None and len(text) > _LONGEST_RECEIPT:
        findings.add(place, "longer than a receipt", "Write the five words of the receipt and nothing else.")
        return None
    return text


def read_label(cell: Cell, place: str, findings: Findings) -> str | None:
    """Return a session's label in its plain form; it is compared and never kept."""
    text = _short(cell, place, findings, "a label")
    return None if text is None else plain(text)


def _as_text(cell: Cell, place: str, findings: Findings, wanted: str) -> str | None:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, bool | datetime.date | datetime.time | datetime.timedelta):
        kind = "a yes-or-no value" if isinstance(cell, bool) else "a date or time"
        findings.add(place, f"{kind} where {wanted} should stand", "Format the column as text and write it again.")
        return None
    text = "" if cell is None else str(cell)
    if has_control(text):
        findings.add(place, "control characters", "Save the file as plain UTF-8 text and send it again.")
        return None
    return text


def _short(cell: Cell, place: str, findings: Findings, wanted: str) -> str | None:
    text = _as_text(cell, place, findings, wanted)
    if text is None:
        return None
    text = seen(text)
    if not text:
        findings.add(place, "empty", f"Write {wanted}.")
        return None
    return text


def _one(vocabulary: Vocabulary[AnyEntry], cell: Cell, place: str, rule: str, findings: Findings) -> str | None:
    text = _short(cell, place, findings, "an entry of the list")
    if text is None:
        return None
    entry_id = _names(vocabulary.title).get(plain(text))
    if entry_id is None:
        findings.add(place, rule, f"Choose from: {', '.join(vocabulary.ids)}.")
    return entry_id


def _several(
    vocabulary: Vocabulary[AnyEntry], cell: Cell, place: str, rule: str, findings: Findings
) -> tuple[str, ...] | None:
    text = _short(cell, place, findings, "entries of the list")
    if text is None:
        return None
    parts = [part for part in _SEVERAL.split(text) if part.strip()]
    names = _names(vocabulary.title)
    found = [entry_id for part in parts if (entry_id := names.get(plain(part))) is not None]
    if len(found) < len(parts) or not found:
        findings.add(place, rule, f"Choose from: {', '.join(vocabulary.ids)}; several with a semicolon between them.")
    elif len(set(found)) < len(found):
        findings.add(place, "an entry stands twice", "Name each once.")
    else:
        return vocabulary.in_order(found)
    return None


@cache
def _names(title: str) -> dict[str, str]:
    lists: tuple[Vocabulary[Any], ...] = (
        areas(),
        roles(),
        session_kinds(),
        uses(),
        recommendation_areas(),
        sectors(),
    )
    vocabulary = next(each for each in lists if each.title == title)
    return {plain(name): entry.id for entry in vocabulary.entries for name in (entry.title, entry.id)}
