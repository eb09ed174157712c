"""One session written up in each format gives one and the same submission."""

import csv
import datetime
import io
import json

import pytest

from services.intake.files.reading import Header, read_file
from services.intake.submissions import check

SAID = [(1, "A light at the bus stop."), (2, "A bench — “please” 🌱."), (1, "Fish & chips <3.")]
FACTS = {
    "kind": "workshop",
    "month": "2025-03",
    "areas": ["camden", "islington"],
    "role": "survivor",
    "uses": ["count", "paraphrase"],
    "number_present": 8,
}
WORDS = {key: "; ".join(value) if isinstance(value, list) else str(value) for key, value in FACTS.items()}
OPTIONS = {key: tuple(value) if isinstance(value, list) else value for key, value in FACTS.items()}


def rows():
    return [[*WORDS, "person", "text"], *([*WORDS.values(), str(person), text] for person, text in SAID)]


def as_json():
    return json.dumps({**FACTS, "contributions": [{"person": person, "text": text} for person, text in SAID]}).encode()


def as_csv():
    out = io.StringIO()
    csv.writer(out).writerows(rows())
    return out.getvalue().encode()


def as_transcript(form):
    cues = []
    for number, (person, text) in enumerate(SAID, start=1):
        escaped = text.replace("&", "&amp;").replace("<", "&lt;")
        times = f"00:00:0{number}.000 --> 00:00:0{number}.900"
        if form == "vtt":
            cues.append(f"{times}\n<v P{person}>{escaped}</v>")
        else:
            cues.append(f"{number}\n{times.replace('.', ',')}\nP{person}: {escaped}")
    return "\n\n".join(["WEBVTT", *cues] if form == "vtt" else cues).encode()


def written(files, kind_of_file):
    """Return the session in a format, and the options that the format has no place for."""
    marked = [f"Person {person}: {text}" for person, text in SAID]
    make = {
        "json": as_json,
        "csv": as_csv,
        "xlsx": lambda: files.workbook({"A": files.worksheet(files.sheet_rows(rows()))}),
        "ods": lambda: files.opendocument(files.table(rows())),
        "docx": lambda: files.document(marked, WORDS),
        "txt": lambda: "\n\n".join(marked).encode(),
        "vtt": lambda: as_transcript("vtt"),
        "srt": lambda: as_transcript("srt"),
    }
    return make[kind_of_file](), OPTIONS if kind_of_file in ("txt", "vtt", "srt") else {}


@pytest.mark.parametrize("kind_of_file", ["csv", "xlsx", "ods", "docx", "vtt", "srt", "txt"])
def test_every_format_gives_what_json_gives(files, kind_of_file):
    expected = read_file(io.BytesIO(written(files, "json")[0]), format="json", header=Header()).submissions
    body, options = written(files, kind_of_file)
    found = read_file(io.BytesIO(body), format=kind_of_file, header=Header(**options))
    assert found.submissions == expected
    checked = check(found.submissions[0], today=datetime.date(2025, 6, 1), places=list(found.places[0]))
    assert [each.text for each in checked.contributions] == [text for _, text in SAID]


@pytest.mark.parametrize("kind_of_file", ["json", "csv", "xlsx", "ods", "docx", "vtt", "srt", "txt"])
def test_reading_twice_gives_the_same(files, kind_of_file):
    body, options = written(files, kind_of_file)
    first, second = (read_file(io.BytesIO(body), format=kind_of_file, header=Header(**options)) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("kind_of_file", ["json", "csv", "xlsx", "ods", "docx", "vtt", "srt", "txt"])
def test_a_source_that_cannot_be_rewound_is_read_all_the_same(files, kind_of_file):
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

    body, options = written(files, kind_of_file)
    assert read_file(Pipe(body), format=kind_of_file, header=Header(**options)).submissions
