"""Send damaged files to every reader: each has to be read or refused, never anything else, and never to hang.

    python benchmarks/fuzz_files.py [--files 100000] [--seed 1] [--format csv ...]

A packed file is damaged in its own bytes, which the archive's checks should catch, or in the text of one part before it
is packed again, which gets past them. Prints a line a format and ends with 1 at the first finding.
"""

import argparse
import io
import random
import sys
import time
import zipfile
from collections import Counter

import docx
import xlsxwriter

from services.errors import InputRefused
from services.intake.files.reading import FORMATS, Header, format_of, read_file

HEADER = Header(kind="workshop", month="2025-03", role="survivor", uses=("count",))
SLOWEST_SECONDS = 5.0
_ROWS = [
    ["session", "areas", "uses", "person", "text"],
    ["1", "camden; islington", "count", "1", "The night bus stop needs a light."],
    ["1", "", "count", "2", "One worker from beginning to end — “that” helped 🌱."],
    ["2", "not said", "none", "3", "An interpreter\nwho is not from the family."],
]
_CSV = (
    "session;areas;uses;person;text\r\n"
    '1;camden|islington;count;1;"The night bus; a ""light"" helps"\r\n'
    "2;;none;2;Zoë – früh\r\n"
)
_JSON = (
    '{"kind":"workshop","month":"2025-03","role":"survivor","uses":["count"],"areas":["camden"],'
    '"contributions":[{"text":"A light at the stop.","person":1,"marks":[{"start":0,"end":3,"action":"keep"}]},'
    '{"text":"An interpreter \\u00e9\\ud83c\\udf31","uses":[],"characteristics":{"age_band":"25_34"}}]}'
)
_VTT = (
    "WEBVTT - notes\n\nNOTE kept out\n\nSTYLE\n::cue {color: red}\n\n1\n00:00:01.000 --> 00:00:02.000 align:start\n"
    "<v Speaker One>A light &amp; a bench.</v>\n\n00:02.000 --> 00:03.000\n<v.soft Speaker Two>Yes <i>please</i></v>\n"
)
_SRT = (
    "1\n00:00:01,000 --> 00:00:02,000\nFirst: A light.\n\n2\n00:00:02,000 --> 00:00:03,000\nSecond: {\\an8}<i>Yes</i>\n"
)
_TXT = "Seat 3: A light at the stop.\n\nPerson 2: An interpreter.\nWho stays.\n\nNobody's point: a bench.\n"
_STYLES = (
    '<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>'
)
#: Pieces that mean something to some reader, to be put in anywhere.
_PIECES = [
    *(
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"\xc3",
        b'"',
        b'""',
        b"\r",
        b"\n\n",
        b"\t",
        b";",
        b",",
        b"\\u0000",
        b"\\ud800",
    ),
    *(
        b"{",
        b"[[[[",
        b"]",
        b"null",
        b"1e999",
        b"-1",
        b"99999999999999999999",
        b"NaN",
        b"<",
        b">",
        b"&",
        b"&#0;",
        b"&#x110000;",
    ),
    *(
        b"-->",
        b"<v ",
        b"</v>",
        b"NOTE\n",
        b"WEBVTT",
        b"PK\x03\x04",
        b"PK\x05\x06",
        b"<!DOCTYPE x>",
        b"]]>",
        b"<![CDATA[",
    ),
    *(
        b'r="XFD1048576"',
        b'r="A0"',
        b't="s"',
        b't="e"',
        b' hidden="1"',
        b"<f>1</f>",
        b"<v>9</v>",
        b"<w:ins/>",
        b"</w:p>",
    ),
    *(
        b' table:number-rows-repeated="1048576"',
        b' table:number-columns-repeated="999999999"',
        b"<w:tbl>",
        b"\xe2\x80\xae",
    ),
]


def samples() -> dict[str, bytes]:
    """Return a good file of each format."""
    return {
        "json": _JSON.encode(),
        "csv": _CSV.encode(),
        "xlsx": _xlsx(),
        "ods": _ods(),
        "docx": _docx(),
        "vtt": _VTT.encode(),
        "srt": _SRT.encode(),
        "txt": _TXT.encode(),
    }


def damage(sample: bytes, chance: random.Random) -> bytes:
    """Return a copy of a file with something wrong, or a few things."""
    if not sample.startswith(b"PK") or chance.random() < 0.25:
        return _damage_bytes(sample, chance)
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(sample)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        parts = [part for part in old.namelist() if part.endswith((".xml", ".rels", "mimetype"))]
        main = [
            part for part in parts if part.endswith(("sheet1.xml", "document.xml", "content.xml", "sharedStrings.xml"))
        ]
        chosen = chance.choice(main if chance.random() < 0.7 else parts)
        for part in old.namelist():
            body = old.read(part)
            new.writestr(part, _damage_bytes(body, chance) if part == chosen else body)
    return out.getvalue()


def read_or_refuse(name: str, damaged: bytes) -> bool:
    """Return whether a damaged file was read (True) or refused; anything else comes out as it is."""
    try:
        read_file(io.BytesIO(damaged), format=name, header=HEADER)
        format_of(f"notes.{name}", damaged[:4096])
    except InputRefused:
        return False
    return True


def _damage_bytes(sample: bytes, chance: random.Random) -> bytes:
    body = bytearray(sample)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at = chance.randrange(len(body) + 1)
        match chance.randrange(6):
            case 0:
                body[at:at] = chance.choice(_PIECES)
            case 1:
                del body[at : at + chance.randint(1, 20)]
            case 2 if at < len(body):
                body[at] = chance.randrange(256)
            case 3:
                body[at:at] = body[at : at + chance.randint(1, 60)]
            case 4:
                del body[at:]
            case _:
                end = at + chance.randint(1, 8)
                body[at:end] = chance.choice(_PIECES)
    return bytes(body)


def _xlsx() -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(_ROWS):
        for column, cell in enumerate(row):
            sheet.write_string(number, column, cell)
    sheet.write_number(1, 3, 1)
    book.close()
    return out.getvalue()


def _ods() -> bytes:
    rows = "".join(
        "<table:table-row>"
        + "".join(
            '<table:table-cell office:value-type="string">'
            + "".join(f"<text:p>{line}</text:p>" for line in cell.split("\n"))
            + "</table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in _ROWS
    )
    names = "".join(
        f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"' for short in ("office", "table", "text")
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        packed.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{names}><office:body><office:spreadsheet>'
            f'<table:table table:name="A">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
        packed.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><m:manifest'
            ' xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            '<m:file-entry m:full-path="/"/></m:manifest>',
        )
    return out.getvalue()


def _docx() -> bytes:
    document = docx.Document()
    table = document.add_table(rows=2, cols=2)
    for row, (field, answer) in enumerate((("areas", "camden"), ("number present", "8"))):
        table.rows[row].cells[0].text, table.rows[row].cells[1].text = field, answer
    document.add_heading("What was said", level=1)
    for line in _TXT.split("\n\n"):
        document.add_paragraph(line)
    whole, out = io.BytesIO(), io.BytesIO()
    document.save(whole)
    # Without themes, pictures and a hundred styles a file is damaged where it matters, and ten times as fast.
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(out, "w") as new:
        for part in ("[Content_Types].xml", "_rels/.rels", "word/document.xml"):
            new.writestr(part, old.read(part))
        new.writestr("word/styles.xml", _STYLES)
    return out.getvalue()


def main() -> int:
    """Run it; return the exit code."""
    options = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    options.add_argument("--files", type=int, default=100_000, help="how many files in all")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--format", nargs="*", choices=FORMATS, default=list(FORMATS))
    chosen = options.parse_args()
    good = samples()
    each = -(-chosen.files // len(chosen.format))
    for name in chosen.format:
        chance = random.Random(f"{chosen.seed} {name}")
        told: Counter[bool] = Counter()
        slowest = 0.0
        began = time.perf_counter()
        for number in range(each):
            damaged = damage(good[name], chance)
            start = time.perf_counter()
            try:
                told[read_or_refuse(name, damaged)] += 1
            except BaseException as fault:  # noqa: BLE001 - a fault inside a library is no Exception
                print(f"{name}: file {number} of seed {chosen.seed} came out as {type(fault).__name__}")
                return 1
            slowest = max(slowest, time.perf_counter() - start)
        seconds = time.perf_counter() - began
        print(
            f"{name}: {each} files, {told[True]} read, {told[False]} refused, {each / seconds:.0f} a second,"
            f" slowest {slowest * 1000:.0f} ms"
        )
        if slowest > SLOWEST_SECONDS:
            print(f"{name}: slower than {SLOWEST_SECONDS} s")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
