"""Reading one file of any format into submissions: the door of this package.

All or nothing: a file is read whole, or refused with everything that is wrong with it.
"""

import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from msgspec import Struct

from services.intake.files import structured
from services.intake.files.documents import read_document
from services.intake.files.findings import THE_FILE, refusal
from services.intake.files.header import Header, settle_header
from services.intake.files.kinds import format_of
from services.intake.files.paragraphs import Notes, read_plain_text
from services.intake.files.separated import SeparatedTable
from services.intake.files.sessions import RowStream, SessionChunk
from services.intake.files.spreadsheets import SpreadsheetTable
from services.intake.files.tables import Table
from services.intake.files.transcripts import read_transcript
from services.intake.submissions import Submission

__all__ = [
    "FORMATS",
    "TABLES",
    "TRANSCRIPTS",
    "Header",
    "ReadFile",
    "RowStream",
    "SessionChunk",
    "format_of",
    "read_file",
    "stream_rows",
]

LARGEST_TABLE = 100_000_000
LARGEST_DOCUMENT = 20_000_000
#: Formats of rows, which can be read in chunks.
TABLES: Final = ("csv", "xlsx", "ods")
#: Formats in which a facilitator can be named.
TRANSCRIPTS: Final = ("vtt", "srt")
FORMATS: Final = ("json", *TABLES, "docx", *TRANSCRIPTS, "txt")


class ReadFile(Struct, frozen=True, kw_only=True):
    """A file as read.

    Attributes:
        submissions: its sessions, in the order in which they first appear.
        places: where each contribution of each session stands, then each statement, as its sender would say it.
        notes: what the person should be told about how it was read: an encoding, worked examples left out.
    """

    submissions: tuple[Submission, ...]
    places: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def read_file(source: BinaryIO, *, format: str, header: Header, facilitator: tuple[str, ...] = ()) -> ReadFile:  # noqa: A002 - the word for it
    """Read a whole file.

    Args:
        source: the file; what cannot be rewound is read into memory first.
        format: one of `FORMATS`, as `format_of` tells it.
        header: options for the whole file.
        facilitator: names as they stand in a transcript; their turns are left out, the names are not kept.

    Raises:
        InputRefused: everything that is wrong, at most 20 findings and the number of the others; nothing was kept.
    """
    if facilitator and format not in TRANSCRIPTS:
        raise refusal("option facilitator", "only transcripts name who speaks", "Leave the option out.")
    settled = settle_header(header)
    if format in TABLES:
        stream = RowStream(_table(_rewindable(source, LARGEST_TABLE), format), settled)
        return _read(stream.submissions(), stream.notes)
    if format == "json":
        return _read(*structured.read_sessions(_rewindable(source, LARGEST_TABLE), settled))
    if format in FORMATS:
        notes = _notes(_rewindable(source, LARGEST_DOCUMENT), format, settled, facilitator)
        return ReadFile(submissions=(notes.submission,), places=(notes.places,), notes=notes.told)
    raise refusal("option format", "not a format that is read", f"Choose from: {', '.join(FORMATS)}.")


def stream_rows(source: BinaryIO, *, format: str, header: Header, at_once: int = 200) -> RowStream:  # noqa: A002 - as above
    """Check a whole table and return its sessions, to be read chunk by chunk.

    The table is checked here, before the first chunk: what is handed on afterwards comes from a file without findings.
    What only `submissions.check` can say is said chunk by chunk, so store all chunks in one transaction.

    Args:
        source: the file; it has to stay open until the last chunk was taken.
        format: one of `TABLES`.
        header: options for the whole file.
        at_once: how many contributions a chunk holds at most.

    Raises:
        InputRefused: as `read_file`.
    """
    if format not in TABLES:
        raise refusal("option format", "not a table", f"Choose from: {', '.join(TABLES)}.")
    return RowStream(_table(_rewindable(source, LARGEST_TABLE), format), settle_header(header), at_once=at_once)


def _table(source: BinaryIO, format: str) -> Table:  # noqa: A002 - as above
    return SeparatedTable(source) if format == "csv" else SpreadsheetTable(source, format)


def _notes(source: BinaryIO, format: str, header: Header, facilitator: tuple[str, ...]) -> Notes:  # noqa: A002 - as above
    if format == "docx":
        return read_document(source, header)
    if format == "txt":
        return read_plain_text(source, header)
    return read_transcript(source, subrip=format == "srt", header=header, facilitator=facilitator)


def _read(sessions: Iterator[tuple[Submission, tuple[str, ...]]], notes: tuple[str, ...]) -> ReadFile:
    read = tuple(sessions)
    return ReadFile(
        submissions=tuple(submission for submission, _ in read),
        places=tuple(places for _, places in read),
        notes=notes,
    )


def _rewindable(source: BinaryIO, largest: int) -> BinaryIO:
    if not source.seekable():
        source = io.BytesIO(source.read(largest + 1))
    size = source.seek(0, io.SEEK_END)
    source.seek(0)
    if size > largest:
        raise refusal(
            THE_FILE, "too large", f"Send at most {largest // 1_000_000} MB at a time, or split it by session."
        )
    return source
