"""The labels of the demonstration's texts: marks in a text turned into offsets, and the lines that are built of them.

A mark is ``{{LABEL|surface}}`` or, where spans belong to one person, ``{{LABEL#person|surface}}``. ``KEEP`` marks what
looks like an identifier and has to stay. Offsets count characters of the text without marks, from 0; an end is the
first character behind.

``python -m services.demo.labels build FOLDER`` writes the lines, ``check`` reads proof, ``agreement`` compares the two
labellings of the sample.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from services.errors import DataFileError

Half = Literal["tuning", "reporting"]

TEXTS: Final[Path] = Path(__file__).parent / "texts"
SECOND_PASS: Final = TEXTS / "second_pass.jsonl"
KEEP: Final = "KEEP"
#: A text of more words than this stands alone; shorter ones may be said by several people.
SHORT_WORDS: Final = 25
_MARK = re.compile(r"\{\{([A-Z_]+)(?:#([a-z0-9]+))?\|([^{}|]+)\}\}")


class Span(Struct, frozen=True):
    """A stretch of a text: characters from ``start`` up to ``end``, its label, and which person it belongs to."""

    start: int
    end: int
    label: str
    person: str | None = None


class LabelledText(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One text as it stands in the data files.

    Attributes:
        id: a letter and four digits, unique.
        kind: the kind of session that it was written for.
        role: of the speaker.
        areas: whose services are spoken of.
        voice: in what manner it is written; for those who add texts.
        marked: the words with marks.
        themes: node ids by framework; a framework left out has none.
        sectors: whose service is spoken of.
        forms: of violence, named or plainly meant.
        stance: of the text as a whole.
        safeguarding: a present danger to somebody is told.
        uncovered: no node truly covers it.
    """

    id: str
    kind: str
    role: str
    areas: tuple[str, ...]
    voice: str
    marked: str
    themes: dict[str, tuple[str, ...]]
    sectors: tuple[str, ...]
    forms: tuple[str, ...]
    stance: str
    safeguarding: bool
    uncovered: bool

    @property
    def words(self) -> str:
        """The text without its marks."""
        return read_marks(self.marked)[0]

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every mark as a span, ``KEEP`` too."""
        return read_marks(self.marked)[1]


class SecondLabels(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the second, blind pass said of one text; see `LabelledText`. It marks nothing that stays."""

    id: str
    spans: tuple[Span, ...]
    themes: dict[str, tuple[str, ...]]
    sectors: tuple[str, ...]
    forms: tuple[str, ...]
    stance: str
    safeguarding: bool
    uncovered: bool


def read_marks(marked: str) -> tuple[str, tuple[Span, ...]]:
    """Return a marked text as it was said, and its marks as spans in the order of the text."""
    words: list[str] = []
    spans: list[Span] = []
    length = at = 0
    for mark in _MARK.finditer(marked):
        before, surface = marked[at : mark.start()], mark[3]
        start = length + len(before)
        length = start + len(surface)
        words += before, surface
        spans.append(Span(start, length, mark[1], mark[2]))
        at = mark.end()
    words.append(marked[at:])
    return "".join(words), tuple(spans)


def is_long(words: str) -> bool:
    """Say whether a text is too long for two people to say it in the same words."""
    return len(words.split()) > SHORT_WORDS


def half_of(text_id: str) -> Half:
    """Return the half that a text belongs to for ever: tuning where the SHA-256 of its id is even, else reporting."""
    return "reporting" if hashlib.sha256(text_id.encode()).digest()[-1] % 2 else "tuning"


@cache
def labelled_texts() -> tuple[LabelledText, ...]:
    """Return every text, in the order of the files' names and of the lines in them.

    Raises:
        DataFileError: a line does not have the fields of `LabelledText`; file and line are named.
    """
    found: list[LabelledText] = []
    for path in sorted(TEXTS.glob("*.jsonl")):
        lines = path.read_text(encoding="utf-8").splitlines()
        found.extend(
            _line(row, LabelledText, f"{path.name}, line {number}")
            for number, row in enumerate(map(json.loads, lines), start=1)
            if "marked" in row
        )
    return tuple(found)


@cache
def second_pass() -> tuple[SecondLabels, ...]:
    """Return the second labelling of the sample, in the order of the ids.

    Raises:
        DataFileError: a line does not have the fields of `SecondLabels`.
    """
    lines = SECOND_PASS.read_text(encoding="utf-8").splitlines()
    return tuple(
        _line(json.loads(line), SecondLabels, f"{SECOND_PASS.name}, line {number}")
        for number, line in enumerate(lines, start=1)
    )


def identifiers_line(text: LabelledText) -> dict[str, Any]:
    """Return one line of ``identifiers.jsonl``; its form is ``schemas/demo/identifiers.schema.json``."""
    return {
        "id": text.id,
        "half": half_of(text.id),
        "text": text.words,
        "spans": [
            {"start": span.start, "end": span.end, "label": span.label, "person": span.person}
            for span in text.spans
            if span.label != KEEP
        ],
        "keep": [{"start": span.start, "end": span.end} for span in text.spans if span.label == KEEP],
    }


def themes_line(text: LabelledText) -> dict[str, Any]:
    """Return one line of ``themes.jsonl``; its form is ``schemas/demo/themes.schema.json``."""
    return {
        "id": text.id,
        "half": half_of(text.id),
        "text": text.words,
        "themes": {framework: list(nodes) for framework, nodes in text.themes.items()},
        "sectors": list(text.sectors),
        "forms": list(text.forms),
        "stance": text.stance,
        "safeguarding": text.safeguarding,
        "uncovered": text.uncovered,
    }


def built_lines(texts: tuple[LabelledText, ...], half: Half | None = None) -> Iterator[tuple[str, str]]:
    """Yield what ``build`` writes, as (name of the file, its content); of one half, or of both."""
    chosen = [text for text in texts if half is None or half_of(text.id) == half]
    for name, line in (("identifiers.jsonl", identifiers_line), ("themes.jsonl", themes_line)):
        yield name, "".join(json.dumps(line(text), ensure_ascii=False) + "\n" for text in chosen)


def _line(row: dict[str, Any], kind: type[Any], place: str) -> Any:
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as misfit:
        raise DataFileError(f"The texts of the demonstration, {place}: {misfit}.") from misfit


if __name__ == "__main__":
    from services.demo.labelling import main

    raise SystemExit(main())
