"""Files as they are named on the command line: opening them, and saying what is wrong with one."""

import argparse
import hashlib
import sys
from pathlib import Path
from typing import BinaryIO, Final

from services.errors import Finding, InputRefused, SurvivorVoiceError
from services.intake.deliveries import BroughtFile
from services.intake.files.reading import TRANSCRIPTS, Header, format_of

_FIRST_BYTES: Final = 4096


def opened(path: Path) -> BinaryIO:
    """Return a file to be read.

    Raises:
        InputRefused: it cannot be; says nothing of its name, which may hold a person's.
    """
    try:
        return path.open("rb")
    except OSError:
        raise InputRefused([Finding("the file", "cannot be read", "Check the path and who may read it.")]) from None


def brought_from(source: BinaryIO, path: Path, given: argparse.Namespace) -> BroughtFile:
    """Return a file with what the command line says about it."""
    try:
        first = source.read(_FIRST_BYTES)
        source.seek(0)
        digest = hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]  # a file, which reads into
        source.seek(0)
    except OSError:
        raise InputRefused([Finding("the file", "cannot be read", "Check the path and who may read it.")]) from None
    chosen = given.format or format_of(path.name, first)
    return BroughtFile(
        source=source,
        digest=digest,
        format=chosen,
        header=header_from(given),
        facilitator=tuple(given.facilitator) if chosen in TRANSCRIPTS else (),
    )


def complain(number: int, path: Path, refusal: SurvivorVoiceError) -> None:
    """Say what is wrong with a file; its number on the command line stands for its name."""
    lines = refusal.findings if isinstance(refusal, InputRefused) and refusal.findings else [refusal]
    for line in lines:
        print(f"file {number} ({path.suffix or 'no ending'}): {line}", file=sys.stderr)


def header_from(given: argparse.Namespace) -> Header:
    """Return what the command line says about the session."""
    return Header(
        kind=given.kind,
        month=given.month,
        areas=_several(given.areas),
        role=given.role,
        uses=_several(given.uses),
        number_present=given.present,
        group=given.group,
    )


def _several(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(part.strip() for part in text.split(",") if part.strip())
