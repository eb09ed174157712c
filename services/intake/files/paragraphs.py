"""Notes in paragraphs, from a document or plain text: who said which, and what is one person's.

``Seat 4: ...`` and ``Person 3: ...`` at the beginning of a paragraph say who spoke; ``Finding: ...`` and
``Recommendation (services; housing): ...`` say that the group agreed it as a whole. In a session of one person
(an interview, a letter) all paragraphs are hers, because each contribution of such a session counts as a person.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from services.intake.files import values
from services.intake.files.columns import file_words, is_example, plain
from services.intake.files.decoding import read_text
from services.intake.files.findings import THE_FILE, Findings
from services.intake.files.header import Header, given, new_submission
from services.intake.files.stated import read_stated
from services.intake.files.tables import HIGHEST_MARK
from services.intake.submissions import MOST_CONTRIBUTIONS, Submission, SubmittedContribution
from services.vocabulary.session_kinds import session_kinds

_BLANK_LINES = re.compile(r"\n[ \t\u00a0]*\n\s*")


class Paragraph(Struct, frozen=True):
    """One paragraph: where it stands, and its text as it stands there."""

    place: str
    text: str


class Notes(Struct, frozen=True):
    """One session read from notes or a transcript, with places and what the person should be told."""

    submission: Submission
    places: tuple[str, ...]
    told: tuple[str, ...]


def read_plain_text(source: BinaryIO, header: Header) -> Notes:
    """Return the session of a plain text, whose paragraphs have blank lines between them.

    Raises:
        InputRefused: not text, nothing said, or a fact of the session that no option gives.
    """
    text, told = read_text(source)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    parts = [part for part in _BLANK_LINES.split(text) if part.strip()]
    paragraphs = [Paragraph(f"{THE_FILE}, paragraph {number}", part) for number, part in enumerate(parts, start=1)]
    return write_up(paragraphs, given(header), told, Findings())


def write_up(
    paragraphs: Sequence[Paragraph], facts: dict[str, Any], told: tuple[str, ...], findings: Findings
) -> Notes:
    """Return the session that paragraphs and the facts of the session make.

    Args:
        paragraphs: in order; worked examples are left out.
        facts: fields of a submission that are known, by name.
        told: what is to be told already.
        findings: what was found before.

    Raises:
        InputRefused: everything found before and here.
    """
    require_facts(facts, findings)
    said = [paragraph for paragraph in paragraphs if not is_example(paragraph.text)]
    if len(said) < len(paragraphs):
        told = (*told, f"{len(paragraphs) - len(said)} worked example(s) of the template were left out.")
    if not said:
        findings.add(THE_FILE, "nothing was said", "Write down what was said, one paragraph for each point.")
    if len(said) > MOST_CONTRIBUTIONS:
        findings.refuse(THE_FILE, "too many paragraphs", f"Send at most {MOST_CONTRIBUTIONS} in one file.")
    agreed = [(paragraph, read_stated(paragraph.text, paragraph.place, findings)) for paragraph in said]
    stated = [(paragraph.place, one) for paragraph, one in agreed if one is not None]
    said = [paragraph for paragraph, one in agreed if one is None]
    marked = [_marked(paragraph, findings) for paragraph in said]
    findings.refuse_if_any()
    pieces = [(paragraph, one) for paragraph, one in zip(said, marked, strict=True) if one is not None]
    if is_single(facts):
        pieces = _joined(pieces, findings)
        if len(pieces) < len(said):
            told = (*told, f"A session of one person: its {len(said)} paragraphs were kept together for each person.")
    checked = []
    for paragraph, one in pieces:
        text = values.read_words(one.text, paragraph.place, findings)
        checked.append(replace(one, text=text or ""))
    findings.refuse_if_any()
    submission = replace(
        new_submission(facts), contributions=tuple(checked), statements=tuple(one for _, one in stated)
    )
    places = (*(paragraph.place for paragraph, _ in pieces), *(place for place, _ in stated))
    return Notes(submission, places, told)


def require_facts(facts: dict[str, Any], findings: Findings) -> None:
    """Note each fact that neither the file nor an option gives and that is never guessed."""
    for fact in ("kind", "month", "role", "uses"):
        if facts.get(fact) is None:
            findings.add(
                THE_FILE, f"it says no {fact}", "Give it as an option, or use our template; it is never guessed."
            )


def is_single(facts: dict[str, Any]) -> bool:
    """Say whether each contribution of the session counts as a person."""
    kind = facts.get("kind")
    return kind in session_kinds().id_set and session_kinds().get(kind).people == "single"


def _marked(paragraph: Paragraph, findings: Findings) -> SubmittedContribution | None:
    found = _mark().match(paragraph.text)
    if found is None:
        return SubmittedContribution(text=paragraph.text)
    number = int(found[2])
    if not 1 <= number <= HIGHEST_MARK:
        findings.add(
            paragraph.place, "a number that no seat or person has", f"Write a number from 1 to {HIGHEST_MARK}."
        )
        return None
    if plain(found[1]) in {plain(word) for word in file_words().marks["seat"]}:
        return SubmittedContribution(text=found[3], seat=number)
    return SubmittedContribution(text=found[3], person=number)


def _joined(
    pieces: list[tuple[Paragraph, SubmittedContribution]], findings: Findings
) -> list[tuple[Paragraph, SubmittedContribution]]:
    """Return one piece for each person, in the order in which they first speak."""
    whose: dict[tuple[int | None, int | None], list[tuple[Paragraph, SubmittedContribution]]] = {}
    for paragraph, one in pieces:
        whose.setdefault((one.seat, one.person), []).append((paragraph, one))
    if len(whose) > 1 and (None, None) in whose:
        for paragraph, _ in whose[None, None]:
            findings.add(
                paragraph.place,
                "nobody is named in front, as others are elsewhere in the file",
                "Put “Person 1:” and so on before each paragraph, or before none.",
            )
    return [
        (own[0][0], replace(own[0][1], text="\n\n".join(one.text.strip() for _, one in own))) for own in whose.values()
    ]


@cache
def _mark() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for several in file_words().marks.values() for word in several)
    return re.compile(rf"\s*({words})[ \u00a0]*(\d{{1,4}})[ \u00a0]*:\s*(.*)\Z", re.IGNORECASE | re.DOTALL | re.ASCII)
