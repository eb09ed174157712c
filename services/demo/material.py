"""The sessions of the plan as the files in which facilitators would write them up, and those files read back.

A standing forum and a workshop are notes in our Word template, a focus group is a workbook, a talk a WebVTT transcript
with the facilitator's turns, surveys and talks with the public are CSV, the rest is JSON. What a format cannot say is
said beside the file, as an officer says it on a page: that is the `Header`.

``python -m services.demo.material FOLDER`` writes the files for anybody who wants to look at them.
"""

import argparse
import csv
import datetime
import io
import sys
import zipfile
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

import docx
import msgspec
import xlsxwriter
from docx.document import Document
from docx.opc.oxml import serialize_part_xml

from services.demo.consultation import PlannedSession, plan, planned_sessions
from services.errors import DataFileError
from services.intake.files.columns import column_ids, file_words, plain
from services.intake.files.reading import Header, format_of, read_file
from services.intake.files.templates import write_template
from services.intake.statements import SubmittedStatement
from services.intake.submissions import Submission, SubmittedContribution
from services.vocabulary.areas import NOT_SAID

_MADE = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 - a workbook's own times have no zone
_ZIP_DAY = (2000, 1, 1, 0, 0, 0)
_DOCUMENT = "word/document.xml"
_FIRST_BYTES = 4096
_SECONDS_A_WORD = 0.4
_WORDS_A_CUE = 12


@dataclass(frozen=True, slots=True)
class WrittenUp:
    """One session as a file.

    Attributes:
        name: of the file, without a folder.
        content: its bytes.
        header: what is said beside it.
        facilitator: names in it whose turns are left out.
    """

    name: str
    content: bytes
    header: Header
    facilitator: tuple[str, ...] = ()


def write_up(session: PlannedSession, number: int) -> WrittenUp:
    """Return one session as the file of its format.

    Args:
        session: of the plan.
        number: of the session in the plan, from 1, for the file's name.

    Raises:
        DataFileError: the plan asks for a format that facilitators have no use for.
    """
    said = session.submission
    if session.format not in _WRITERS:
        raise DataFileError(f"The plan of the demonstration: choose a format from {', '.join(_WRITERS)}.")
    header = Header() if session.format == "json" else _said_beside(said)
    facilitator: tuple[str, ...] = ()
    if session.format == "vtt":
        # A transcript says nothing but words: the room is the one person.
        role = said.contributions[0].role
        header = msgspec.structs.replace(header, role=role, number_present=said.number_present)
        facilitator = (plan()["transcript"]["facilitator"],)
    name = f"{number:02}-{said.kind.replace('_', '-')}-{said.month}.{session.format}"
    return WrittenUp(name, _WRITERS[session.format](said), header, facilitator)


def write_material(sessions: Sequence[PlannedSession], folder: Path) -> list[WrittenUp]:
    """Write every session as a file into a folder that exists; return them in the order of the sessions."""
    written = [write_up(session, number) for number, session in enumerate(sessions, start=1)]
    for each in written:
        (folder / each.name).write_bytes(each.content)
    return written


def read_back(path: Path, written: WrittenUp, *, group: str | None) -> tuple[Submission, ...]:
    """Return the sessions of a file through the same readers that a facilitator's files pass.

    Args:
        path: of the file.
        written: what was said beside it.
        group: the id of the session's group, chosen on the page.

    Raises:
        InputRefused: the readers refuse the file.
    """
    with path.open("rb") as file:
        format_name = format_of(path.name, file.read(_FIRST_BYTES))
        file.seek(0)
        header = msgspec.structs.replace(written.header, group=group)
        return read_file(file, format=format_name, header=header, facilitator=written.facilitator).submissions


def _said_beside(said: Submission) -> Header:
    """Return what no file but JSON says of a session."""
    return Header(
        kind=said.kind,
        month=said.month,
        areas=said.areas or (NOT_SAID,),
        uses=said.uses,
        limits_explained=said.limits_explained,
        support_person=said.support_person,
        debrief=said.debrief,
        under_18_consent=said.under_18_consent,
    )


def _write_json(said: Submission) -> bytes:
    return msgspec.json.format(msgspec.json.encode(said), indent=2)


def _write_csv(said: Submission) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(_rows(said))
    return text.getvalue().encode("utf-8-sig")


def _write_xlsx(said: Submission) -> bytes:
    made = io.BytesIO()
    plainly = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(made, plainly)
    book.set_properties({"created": _MADE})
    sheet = book.add_worksheet("Sessions")
    for number, row in enumerate(_rows(said)):
        for column, answer in enumerate(row):
            sheet.write_string(number, column, answer) if answer else None
    book.close()
    return _packed(_unpacked(made))


def _write_docx(said: Submission) -> bytes:
    """Fill our own template in: the table of the session, then one paragraph for each point of one person."""
    parts, template = _docx_template()
    document = Document(deepcopy(template.element), template.part)
    answers = _answers(said, said.contributions[0])
    table = document.tables[0]
    for field, answer in zip(table.column_cells(0), table.column_cells(1), strict=True):
        if (known := answers.get(column_ids().get(plain(field.text), ""))) is not None:
            answer.text = known
    for example in [one for one in document.paragraphs if one.text.startswith(file_words().example_mark)]:
        example._element.getparent().remove(example._element)  # noqa: SLF001 - the library has no way to take one out
    for one in said.contributions:
        mark = f"Seat {one.seat}" if one.seat is not None else f"Person {one.person}"
        document.add_paragraph(f"{mark}: {one.text}")
    for stated in said.statements:
        document.add_paragraph(f"{_mark_of(stated)}: {stated.text}")
    return _packed({**parts, _DOCUMENT: serialize_part_xml(document.element)})


def _mark_of(stated: SubmittedStatement) -> str:
    """Return how a paragraph of notes begins that a group agreed as a whole."""
    inside = "; ".join(filter(None, (stated.area, *stated.sectors)))
    return f"{stated.kind.capitalize()} ({inside})" if inside else stated.kind.capitalize()


@cache
def _docx_template() -> tuple[dict[str, bytes], Document]:
    """Return the parts of our Word template, and the document in it; neither is changed."""
    empty = io.BytesIO()
    write_template("docx", empty)
    return _unpacked(empty), docx.Document(empty)


def _write_vtt(said: Submission) -> bytes:
    """Write a talk as cues of a few words, the facilitator's turns before and after it."""
    names = plan()["transcript"]
    words = said.contributions[0].text.split(" ")
    cues = [(names["facilitator"], names["opens"])]
    cues += [
        (names["participant"], " ".join(words[at : at + _WORDS_A_CUE])) for at in range(0, len(words), _WORDS_A_CUE)
    ]
    cues.append((names["facilitator"], names["closes"]))
    lines = ["WEBVTT", ""]
    clock = 0.0
    for speaker, spoken in cues:
        ends = clock + len(spoken.split()) * _SECONDS_A_WORD
        lines += [f"{_time(clock)} --> {_time(ends)}", f"<v {speaker}>{escape(spoken, quote=False)}", ""]
        clock = ends
    return "\n".join(lines).encode()


_WRITERS: dict[str, Callable[[Submission], bytes]] = {
    "docx": _write_docx,
    "xlsx": _write_xlsx,
    "vtt": _write_vtt,
    "csv": _write_csv,
    "json": _write_json,
}


def _rows(said: Submission) -> list[list[str]]:
    columns = file_words().columns
    answers = [_answers(said, one) for one in said.contributions]
    return [[column.title for column in columns], *([own.get(column.id, "") for column in columns] for own in answers)]


def _answers(said: Submission, one: SubmittedContribution) -> dict[str, str]:
    """Return what a file says of a session and one contribution, by column; what is absent is left out."""
    given = {
        "kind": said.kind,
        "month": said.month,
        "number_present": said.number_present,
        "areas": "; ".join(one.areas or ()),
        "role": one.role,
        "uses": "; ".join(said.uses or ()),
        "seat": one.seat,
        "person": one.person,
        "text": one.text,
    }
    return {column: str(answer) for column, answer in given.items() if answer not in (None, "")}


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds * 1000), 60_000)
    return f"{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"


def _unpacked(packed: io.BytesIO) -> dict[str, bytes]:
    with zipfile.ZipFile(packed) as archive:
        return {part.filename: archive.read(part) for part in archive.infolist()}


def _packed(parts: dict[str, bytes]) -> bytes:
    """Return parts as an office file, all of one and the same day, so that a plan gives the same bytes each time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DAY), content, zipfile.ZIP_DEFLATED, compresslevel=1)
    return made.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files into a folder."""
    parser = argparse.ArgumentParser(prog="python -m services.demo.material", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to; it is made where it is missing")
    folder: Path = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    written = write_material(planned_sessions(), folder)
    sys.stdout.write(f"{len(written)} files written to {folder}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
