"""Every kind of file that goes wrong in practice, and what ``submit --check`` says to it, as a table.

python tests/support/bad_files.py        print the table and write docs/bad-files.md
"""

import contextlib
import csv
import io
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import made_files as made

from services.cli import main as survivor_voice

PAGE = Path(__file__).resolve().parents[2] / "docs" / "bad-files.md"
ROOM = ("--kind", "workshop", "--month", "2025-03", "--role", "survivor", "--uses", "count")
ROWS = 100_000
_HEADINGS = ["kind", "month", "areas", "role", "uses", "text"]
_ROW = ["workshop", "2025-03", "camden", "survivor", "count", "The stop needs a light."]
_MOST_SHOWN = 2


@dataclass(frozen=True)
class BadFile:
    """One file: what is the matter with it, the ending of its name, its bytes, and what the command line says."""

    what: str
    ending: str
    make: Callable[[], bytes]
    options: tuple[str, ...] = ROOM
    name: str = "notes"


def table(**changed: str) -> bytes:
    """Return a CSV file of one row with some cells changed."""
    row = dict(zip(_HEADINGS, _ROW, strict=True)) | changed
    return lines(list(row), list(row.values()))


def lines(*rows: list[str]) -> bytes:
    """Return a CSV file."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def sheet(*, before: str = "", after: str = "", rows: str = "") -> bytes:
    """Return an XLSX file with one good row, and more around or below it."""
    body = made.sheet_rows([_HEADINGS, _ROW]) + rows
    return made.workbook({"Notes": made.worksheet(body, before=before, after=after)})


def hidden_row() -> str:
    """Return a third row that is hidden."""
    cells = "".join(made.cell(f"{chr(65 + at)}3", text) for at, text in enumerate(_ROW))
    return f'<row r="3" hidden="1">{cells}</row>'


def zeros() -> bytes:
    """Return an XLSX file of some 200 KB with 200 MB of zeros in it."""
    parts = made.unpack(sheet())
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, body in parts.items():
            packed.writestr(name, body)
        with packed.open("xl/media/image1.png", "w", force_zip64=True) as part:
            for _ in range(200):
                part.write(bytes(1_000_000))
    return out.getvalue()


def entities() -> bytes:
    """Return an XLSX file whose sheet declares entities that grow."""
    declared = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + each)} "{f"&{chr(97 + each)};" * 10}">' for each in range(8)
    )
    body = f"{declared}]>{made.worksheet(made.sheet_rows([_HEADINGS, [*_ROW[:5], 'x']]))}"
    return made.workbook({"Notes": body.replace('<t xml:space="preserve">x<', "<t>&i;<")})


def many_rows() -> bytes:
    """Return a CSV file of 100,000 rows."""
    return lines(_HEADINGS, *([*_ROW[:5], f"The stop needs a light. {number}"] for number in range(ROWS)))


_MERGED = '<mergeCells count="1"><mergeCell ref="A2:B2"/></mergeCells>'
_TRACKED = "<w:p><w:del><w:r><w:delText>They</w:delText></w:r></w:del><w:ins><w:r><w:t>We</w:t></w:r></w:ins></w:p>"
_PERSON = "Zebedee Marchbanks"
FILES = (
    BadFile("columns in another order", ".csv", lambda: lines(_HEADINGS[::-1], _ROW[::-1]), ()),
    BadFile("a column that there is not", ".csv", lambda: lines([*_HEADINGS, "postcode"], [*_ROW, "x"]), ()),
    BadFile("no column for the uses", ".csv", lambda: lines([*_HEADINGS[:4], "text"], [*_ROW[:4], _ROW[5]]), ()),
    BadFile("uses left empty on a row", ".csv", lambda: table(uses=""), ()),
    BadFile("an unknown area", ".csv", lambda: table(areas="Atlantis"), ()),
    BadFile("an unknown kind of session", ".csv", lambda: table(kind="chat"), ()),
    BadFile("a month in the future", ".csv", lambda: table(month="2999-01"), ()),
    BadFile("a date with the day first", ".csv", lambda: table(month="13/04/2025"), ()),
    BadFile("a date with the month first", ".csv", lambda: table(month="04/13/2025"), ()),
    BadFile("two sheets", ".xlsx", lambda: made.workbook(
        {name: made.worksheet(made.sheet_rows([_HEADINGS, _ROW])) for name in ("One", "Two")}), ()),
    BadFile("merged cells", ".xlsx", lambda: sheet(after=_MERGED), ()),
    BadFile("a hidden row", ".xlsx", lambda: sheet(rows=hidden_row()), ()),
    BadFile("tracked changes", ".docx", lambda: made.word(_TRACKED)),
    BadFile("a cell of 5 MB", ".csv", lambda: table(text="word " * 1_000_000), ()),
    BadFile("a cell of 5 MB in a workbook", ".xlsx", lambda: made.workbook(
        {"Notes": made.worksheet(made.sheet_rows([_HEADINGS, [*_ROW[:5], "word " * 1_000_000]]))}), ()),
    BadFile("200 MB of zeros packed into 200 KB", ".xlsx", zeros, ()),
    BadFile("XML entities that grow", ".xlsx", entities, ()),
    BadFile("macros, by its ending", ".xlsm", sheet, ()),
    BadFile("macros, inside", ".xlsx", lambda: made.pack({**made.unpack(sheet()), "xl/vbaProject.bin": b"x"}), ()),
    BadFile("protected by a password", ".xlsx", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), ()),
    BadFile("cut off: a workbook", ".xlsx", lambda: sheet()[:-120], ()),
    BadFile("cut off: a quote that never ends", ".csv", lambda: table(text='"Said') [:-3], ()),
    BadFile("text in UTF-16", ".csv", lambda: table(text="A café – at last").decode().encode("utf-16"), ()),
    BadFile("text in Windows-1252", ".csv", lambda: table(text="A café – at last").decode().encode("cp1252"), ()),
    BadFile("a formula", ".xlsx", lambda: sheet(rows='<row r="3"><c r="F3"><f>1+1</f><v>2</v></c></row>'), ()),
    BadFile("a text that looks like a formula", ".csv", lambda: table(text="=1+1"), ()),
    BadFile("NUL bytes", ".csv", lambda: table(text="a light\x00 please"), ()),
    BadFile("right-to-left marks", ".csv", lambda: table(kind="\u200fworkshop", text="\u202ea light\u202c"), ()),
    BadFile("emoji", ".csv", lambda: table(text="A light at the stop 🌱💡"), ()),
    BadFile("a person's name in the name of the file", ".csv", lambda: table(areas="Atlantis"), (), _PERSON),
    BadFile("a PDF", ".pdf", lambda: b"%PDF-1.7\n"),
    BadFile("an old workbook (.xls)", ".xls", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)),
    BadFile("an empty file", ".csv", lambda: b""),
    BadFile("headings and no row", ".csv", lambda: lines(_HEADINGS), ()),
    BadFile("100,000 rows", ".csv", many_rows, ()),
)  # fmt: skip


def answers(files: tuple[BadFile, ...] = FILES) -> Iterator[tuple[BadFile, int, str]]:
    """Yield each file with the exit code and what the command says, as one line."""
    with tempfile.TemporaryDirectory() as folder:
        for file in files:
            path = Path(folder) / f"{file.name}{file.ending}"
            path.write_bytes(file.make())
            out, err = io.StringIO(), io.StringIO()
            nowhere = Path(folder) / "no-data-folder"
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                code = survivor_voice(["submit", "--check", "--data", str(nowhere), *file.options, str(path)])
            if nowhere.exists():
                raise SystemExit("submit --check made a data folder")
            path.unlink()
            yield file, code, told(out.getvalue(), err.getvalue())


def told(out: str, err: str) -> str:
    """Return what was said, without what every answer has in common."""
    said = [line.partition("): ")[2] for line in err.splitlines()]
    if not said:
        said = [line.removeprefix("file 1: ") for line in out.splitlines() if line and line != "Nothing was stored."]
        said = [line.partition(" Files read:")[0] for line in said]
    shown = said[:_MOST_SHOWN]
    return " ".join(shown) + ("" if len(said) <= _MOST_SHOWN else f" (and {len(said) - _MOST_SHOWN} more lines)")


def page(rows: list[tuple[BadFile, int, str]]) -> str:
    """Return the page of the documentation."""
    head = (
        "# What bad files get\n\n"
        "`make bad-files` makes each of these files, gives it to `survivor-voice submit --check`, and writes this\n"
        "page. A refusal names the place and the rule and says how to mend it. It repeats nothing of the file, and\n"
        "not its name.\n"
        "The interface and the write-up pages read files with the same code.\n\n"
        "| file | ending | answer | what is said |\n| --- | --- | --- | --- |\n"
    )
    return head + "".join(
        f"| {file.what} | `{file.ending}` | {'refused' if code else 'taken'} | {said.replace('|', '/')} |\n"
        for file, code, said in rows
    )


def main() -> int:
    """Print the table and write the page."""
    written = page(list(answers()))
    print(written)
    PAGE.write_text(written, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
