"""Walking through the XML of office files, piece by piece, without ever building a tree.

Python's expat, with every door to the outside shut: a document type declaration (and so any entity) is refused before
its first entity could be expanded.
"""

from collections.abc import Iterator
from typing import NoReturn
from xml.parsers import expat

from services.errors import InputRefused
from services.intake.files.findings import THE_FILE, refusal

DEEPEST = 200
_DAMAGED = "Open it in the program that made it, save it again, and send the new file."

Attributes = dict[str, str]


class Walker:
    """Is told of elements and text; names come without their namespace. Overwrite what is wanted."""

    def start(self, name: str, attributes: Attributes) -> None:
        """Take the beginning of an element."""

    def end(self, name: str) -> None:
        """Take the end of an element."""

    def text(self, text: str) -> None:
        """Take a stretch of text; one text may come in several."""


def walk(pieces: Iterator[bytes], walker: Walker) -> None:
    """Lead a walker through one XML part.

    Raises:
        InputRefused: broken XML, a document type declaration, or whatever the walker raises.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = 0

    def start(name: str, attributes: Attributes) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise refusal(THE_FILE, "damaged: nested too deeply", _DAMAGED)
        walker.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        walker.end(_local(name))

    parser.StartDoctypeDeclHandler = _refuse_declaration
    parser.EntityDeclHandler = _refuse_declaration
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = walker.text
    try:
        for piece in pieces:
            parser.Parse(piece, False)  # noqa: FBT003 - expat takes it by position
        parser.Parse(b"", True)  # noqa: FBT003 - as above
    except InputRefused:
        raise
    except (expat.ExpatError, ValueError, LookupError):
        raise refusal(THE_FILE, "damaged: XML that does not hold together", _DAMAGED) from None


def is_true(value: str | None) -> bool:
    """Say whether an attribute says yes."""
    return value is not None and value.lower() in ("1", "true", "on")


def whole(value: str | None, default: int) -> int:
    """Return an attribute as a whole number from 0.

    Raises:
        InputRefused: it is not one.
    """
    if value is None:
        return default
    if not (value.isascii() and value.isdigit() and len(value) <= 9):  # noqa: PLR2004 - more digits count nothing here
        raise refusal(THE_FILE, "damaged: a number that is none", _DAMAGED)
    return int(value)


def damaged() -> InputRefused:
    """Return the refusal of a part that no office program writes so."""
    return refusal(THE_FILE, "damaged: parts that do not fit together", _DAMAGED)


def _refuse_declaration(*_: object) -> NoReturn:
    raise refusal(THE_FILE, "declarations of its own (DTD), which office files never have", _DAMAGED)


def _local(name: str) -> str:
    return name.rpartition(" ")[2]
