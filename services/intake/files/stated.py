"""Findings and recommendations in files: marked rows of a table, or marked paragraphs of notes.

In a table the column ``statement`` says what a row is. In notes a paragraph that begins with ``Finding:`` or with
``Recommendation (area; sectors):`` was agreed by the group as a whole; the area and the sectors are ids or titles.
"""

import re
from functools import cache

from services.intake.files import values
from services.intake.files.columns import file_words, plain
from services.intake.files.findings import Findings
from services.intake.files.tables import Row
from services.intake.statements import SubmittedStatement
from services.vocabulary.recommendation_areas import recommendation_areas

_SEVERAL = re.compile(r"[;|]")


def statement_of(row: Row) -> SubmittedStatement:
    """Return the statement that a row holds; call it for a row that is marked as one."""
    return SubmittedStatement(
        kind=row.statement or "", text=row.text, area=row.recommendation_area, sectors=row.sectors or ()
    )


def read_stated(text: str, place: str, findings: Findings) -> SubmittedStatement | None:
    """Return the statement that a paragraph holds, or None where it holds what somebody said."""
    found = _mark().match(text)
    if found is None:
        return None
    kind = next(
        kind
        for kind, words in file_words().statement_marks.items()
        if plain(found[1]) in {plain(each) for each in words}
    )
    area, sectors = _bracketed(found[2] or "", place, findings)
    words = values.read_words(found[3], place, findings)
    return SubmittedStatement(kind=kind, text=words or "", area=area, sectors=sectors)


def _bracketed(inside: str, place: str, findings: Findings) -> tuple[str | None, tuple[str, ...]]:
    """Return the area and the sectors that stand in the brackets, in whatever order."""
    area, sectors = None, []
    for part in filter(str.strip, _SEVERAL.split(inside)):
        as_area = {plain(each.title): each.id for each in recommendation_areas().entries}
        as_area |= {plain(each.id): each.id for each in recommendation_areas().entries}
        if plain(part) in as_area and area is None:
            area = as_area[plain(part)]
        else:
            sectors.append(part)
    if not sectors:
        return area, ()
    return area, values.read_sectors(";".join(sectors), place, findings) or ()


@cache
def _mark() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for several in file_words().statement_marks.values() for word in several)
    return re.compile(rf"\s*({words})[ \u00a0]*(?:\(([^()]*)\))?[ \u00a0]*:\s*(.*)\Z", re.IGNORECASE | re.DOTALL)
