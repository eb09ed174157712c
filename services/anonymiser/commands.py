"""The file command of the anonymiser: JSON lines in, JSON lines out."""

from collections.abc import Iterable, Iterator

import msgspec

from services.anonymiser.pseudonymisation import Passage, pseudonymise
from services.errors import Finding, InputRefused

_MEND = 'Each line is one object: {"id": "…", "text": "…"}.'


class _Line(msgspec.Struct, frozen=True):
    id: str
    text: str


class _SpanOut(msgspec.Struct, frozen=True):
    start: int
    end: int
    label: str
    replacement: str


class _DoubtOut(msgspec.Struct, frozen=True):
    start: int
    end: int
    reason: str


class _LineOut(msgspec.Struct, frozen=True):
    id: str
    text: str
    spans: tuple[_SpanOut, ...]
    doubts: tuple[_DoubtOut, ...]
    held: bool


def pseudonymise_lines(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Yield one JSON line, with its line feed, for each JSON line of ``lines``; empty lines are passed over.

    Every line is a bundle of its own: nothing is learnt from one for another. ``text`` is the pseudonymised text;
    ``start`` and ``end`` of a span are offsets into the input, those of a doubt into the output, in characters.

    Raises:
        InputRefused: a line is not a JSON object with the texts ``id`` and ``text``; nothing of it is quoted.
    """
    decoder = msgspec.json.Decoder(_Line)
    encoder = msgspec.json.Encoder()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        done = pseudonymise([_read(decoder, number, line)])[0]
        yield (
            encoder.encode(
                _LineOut(
                    id=done.id,
                    text=done.text,
                    spans=tuple(_SpanOut(each.start, each.end, each.label, each.replacement) for each in done.spans),
                    doubts=tuple(_DoubtOut(each.start, each.end, each.reason) for each in done.doubts),
                    held=done.held,
                )
            )
            + b"\n"
        )


def _read(decoder: msgspec.json.Decoder[_Line], number: int, line: bytes) -> Passage:
    try:
        read = decoder.decode(line)
    except msgspec.ValidationError:
        rule = "the object lacks the text id or the text text, or one of them is no text"
    except (msgspec.DecodeError, UnicodeDecodeError):
        rule = "the line is not valid JSON in UTF-8"
    else:
        return Passage(read.id, read.text)
    # The decoder's own message may quote the line.
    raise InputRefused([Finding(f"line {number}", rule, _MEND)]) from None
