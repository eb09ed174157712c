"""A file that cannot be taken, shown back as her own rows with what is wrong beside each; nothing of it is kept."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.errors import Finding, SurvivorVoiceError
from services.intake.files.decoding import read_text
from services.intake.files.reading import TABLES
from services.intake.files.separated import SeparatedTable
from services.intake.files.spreadsheets import SpreadsheetTable

_PLACED: Final = re.compile(r"(row|paragraph) (\d+)")
_BLANK_LINES: Final = re.compile(r"\n[ \t\u00a0]*\n\s*")
_LONGEST_SHOWN: Final = 200
#: On the page nobody gave an option: she answered a question.
_ANSWERED: Final = re.compile(r"not the same as the option ")
_DIFFERS: Final = "not what you answered about the session"
_SAY_ONCE: Final = "Change it in the file, or go back and change your answer."


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One thing to mend: where, what stands there in her file ("" where it cannot be shown), the rule, the mend."""

    place: str
    stands: str
    rule: str
    mend: str


def lines_of(findings: Sequence[Finding], content: bytes, file_format: str) -> tuple[FindingLine, ...]:
    """Return the findings with what stands at each place of the file.

    Args:
        findings: as reading the file raised them.
        content: the file, in memory.
        file_format: as ``format_of`` told it, or empty.
    """
    wanted = {int(found[2]) for finding in findings if (found := _PLACED.search(finding.place))}
    rows = _pieces(content, file_format, wanted)
    lines = []
    for finding in findings:
        found = _PLACED.search(finding.place)
        stands = rows.get(int(found[2]), "") if found else ""
        answered = _ANSWERED.match(finding.rule)
        rule, mend = (_DIFFERS, _SAY_ONCE) if answered else (finding.rule, finding.mend)
        lines.append(FindingLine(_place(finding.place), stands, rule, mend))
    return tuple(lines)


def _pieces(content: bytes, file_format: str, wanted: set[int]) -> dict[int, str]:
    try:
        if file_format in TABLES:
            source = io.BytesIO(content)
            table = SeparatedTable(source) if file_format == "csv" else SpreadsheetTable(source, file_format)
            return {
                number: _cut(" | ".join("" if cell is None else str(cell) for cell in cells))
                for number, cells in table.rows()
                if number in wanted
            }
        if file_format == "txt":
            text, _ = read_text(io.BytesIO(content))
            parts = [part for part in _BLANK_LINES.split(text.replace("\r\n", "\n")) if part.strip()]
            return {number: _cut(part) for number, part in enumerate(parts, start=1) if number in wanted}
    except SurvivorVoiceError:
        return {}
    return {}


def _cut(text: str) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= _LONGEST_SHOWN else f"{whole[:_LONGEST_SHOWN]}…"


def _place(place: str) -> str:
    text = place.removeprefix("the file, ")
    return text[:1].upper() + text[1:]
