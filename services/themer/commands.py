"""What ``survivor-voice tag`` does: one JSON object a line in, one a line out, nothing kept."""

from collections.abc import Iterable, Iterator

import msgspec
from msgspec import Struct

from services.errors import Finding, InputRefused
from services.themer.tagging import Tagged, tag

MOST_CHARACTERS = 20_000
"""Characters of one text; a longer one is not one contribution."""

_MEND = 'Each line is one JSON object: {"id": "any name", "text": "the words"}.'


class _Line(Struct, frozen=True):
    id: str
    text: str


class _Evidence(Struct, frozen=True):
    start: int
    end: int


class _Theme(Struct, frozen=True):
    framework: str
    node: str
    score: float
    evidence: tuple[_Evidence, ...]


class _Answer(Struct, frozen=True):
    id: str
    themes: tuple[_Theme, ...]
    forms: tuple[str, ...]
    sectors: tuple[str, ...]
    stance: str
    safeguarding: bool
    uncovered: bool


def tag_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield one line of JSON, with its line end, for each line that is not blank, as soon as it is tagged.

    Args:
        lines: UTF-8, each ``{"id", "text"}``; other fields are passed over.

    Raises:
        InputRefused: a line is not such an object; the line and the rule are named, never what stands there. Lines
            before it have been answered.
    """
    decoder = msgspec.json.Decoder(_Line)
    encoder = msgspec.json.Encoder()
    for number, line in enumerate(lines, 1):
        if line.strip():
            read = _read(line, number, decoder)
            yield encoder.encode(_answer(read.id, tag(read.text))) + b"\n"


def _read(line: bytes, number: int, decoder: msgspec.json.Decoder[_Line]) -> _Line:
    place = f"line {number}"
    try:
        read = decoder.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except UnicodeDecodeError:
        raise InputRefused([Finding(place, "not UTF-8", _MEND)]) from None
    except msgspec.ValidationError:
        raise InputRefused([Finding(place, "id or text is missing or is not a string", _MEND)]) from None
    except msgspec.DecodeError:
        raise InputRefused([Finding(place, "not JSON", _MEND)]) from None
    if not read.id:
        raise InputRefused([Finding(place, "the id is empty", _MEND)])
    if len(read.text) > MOST_CHARACTERS:
        raise InputRefused([Finding(place, f"the text has more than {MOST_CHARACTERS} characters", "Split it.")])
    return read


def _answer(text_id: str, tagged: Tagged) -> _Answer:
    """Return the answer in the published form; concept, rule and bank version stay with the themer."""
    return _Answer(
        id=text_id,
        themes=tuple(
            _Theme(
                framework=theme.framework,
                node=theme.node,
                score=theme.score,
                evidence=tuple(_Evidence(one.start, one.end) for one in theme.evidence),
            )
            for theme in tagged.themes
        ),
        forms=tagged.forms,
        sectors=tagged.sectors,
        stance=tagged.stance,
        safeguarding=tagged.safeguarding,
        uncovered=tagged.uncovered,
    )
