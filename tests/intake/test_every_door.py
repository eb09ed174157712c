"""One session in every format by every door gives the same pseudonymised texts: page, interface and command."""

import argparse
import asyncio
import csv
import io
import json

import docx
import made_files
import pytest
from front_door import open_front_door
from journey_world import make_installation, until
from signed_in import Person, browser_of, make_account

from services.cli import build_parser
from services.commands.brought import brought_from
from services.contracts import decode, encode, topic_of
from services.events import ContributionPseudonymised, PseudonymisedWords
from services.intake import file_api
from services.intake.files.templates import write_template
from services.sealing.bundles import Opener

SAID = [
    (1, "My worker Zebedee Marchbanks in Camden Town was kind."),
    (2, "Her number is 07700 900123 — “please” ring it 🌱."),
    (1, "On 3 March 2024 Zebedee rang me & nobody else did."),
]
FACTS = {"kind": "focus_group", "month": "2025-01", "areas": "camden", "role": "survivor", "uses": "count; paraphrase"}
OPTIONS = [
    *("--kind", "focus_group", "--month", "2025-01", "--areas", "camden"),
    *("--role", "survivor", "--uses", "count,paraphrase"),
]
FIELDS = FACTS | {"uses": "count,paraphrase"}
FORMATS = ("json", "csv", "xlsx", "ods", "template", "docx", "vtt", "srt", "txt")
TYPES = {ending: media_type for media_type, ending in file_api.MEDIA_TYPES.items() if ending}
DOORS = ("page", "interface", "command")


def rows():
    return [[*FACTS, "person", "text"], *([*FACTS.values(), str(person), text] for person, text in SAID)]


def as_template():
    """Fill our own document in as a person would: the table of facts, then a paragraph for each point."""
    empty = io.BytesIO()
    write_template("docx", empty)
    document = docx.Document(io.BytesIO(empty.getvalue()))
    for row in document.tables[0].rows:
        name = row.cells[0].text.strip().lower()
        found = next((value for key, value in FACTS.items() if name.startswith(key[:4])), None)
        if found is not None:
            row.cells[1].text = found
    for person, text in SAID:
        document.add_paragraph(f"Person {person}: {text}")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def cues(form):
    listed = []
    for number, (person, text) in enumerate(SAID, start=1):
        times = f"00:00:0{number}.000 --> 00:00:0{number}.900"
        escaped = text.replace("&", "&amp;")
        if form == "vtt":
            listed.append(f"{times}\n<v P{person}>{escaped}</v>")
        else:
            listed.append(f"{number}\n{times.replace('.', ',')}\nP{person}: {escaped}")
    return "\n\n".join(["WEBVTT", *listed] if form == "vtt" else listed).encode()


def as_csv():
    out = io.StringIO()
    csv.writer(out).writerows(rows())
    return out.getvalue().encode()


def as_json():
    facts = FACTS | {"areas": ["camden"], "uses": ["count", "paraphrase"]}
    return json.dumps({**facts, "contributions": [{"person": person, "text": text} for person, text in SAID]}).encode()


def file_of(kind):
    """Return the session in a format, and the ending of its name."""
    marked = [f"Person {person}: {text}" for person, text in SAID]
    make = {
        "json": as_json,
        "csv": as_csv,
        "xlsx": lambda: made_files.workbook({"A": made_files.worksheet(made_files.sheet_rows(rows()))}),
        "ods": lambda: made_files.opendocument(made_files.table(rows())),
        "template": as_template,
        "docx": lambda: made_files.document(marked),
        "vtt": lambda: cues("vtt"),
        "srt": lambda: cues("srt"),
        "txt": lambda: "\n\n".join(marked).encode(),
    }
    return make[kind](), "docx" if kind == "template" else kind


def says_the_session(kind):
    """Whether the format has a place for the facts of the session."""
    return kind in ("json", "csv", "xlsx", "ods", "template")


async def by_page(front, _tmp_path, kind, content, ending):
    await make_account(front.client, "ann")
    async with browser_of(front.client) as browser:
        await write_up(Person(browser), content, ending)


async def write_up(person, content, ending):
    await person.sign_in("ann")
    await person.read("/sessions/start")
    path = (await person.fill()).path.rpartition("/")[0]
    await person.fill(group="none")
    await person.fill(kind="focus_group", month="1", year="2025", present="3")
    await person.fill(areas=["camden"])
    await person.fill(held=[])
    await person.fill(role="survivor", uses=["count", "paraphrase"])
    await person.fill()
    await person.read(f"{path}/upload")
    await person.send_file(f"{path}/upload", f"notes.{ending}", content)
    assert person.page.path == f"{path}/preview", person.page.words
    await person.fill(do="continue", page="1")
    await person.fill()
    assert "The notes are sent" in person.page.words


async def by_interface(front, _tmp_path, kind, content, ending):
    query = {} if says_the_session(kind) else FIELDS
    headers = {**front.token, "Content-Type": TYPES[ending]}
    async with front.client.post("/api/intake/v1/files", data=content, headers=headers, params=query) as answer:
        assert answer.status == 202, await answer.text()


async def by_command(front, tmp_path, kind, content, ending):
    path = tmp_path / f"notes.{ending}"
    path.write_bytes(content)
    arguments = ["submit", str(path), *([] if says_the_session(kind) else OPTIONS)]
    given: argparse.Namespace = build_parser().parse_args(arguments)
    with path.open("rb") as source:
        await front.installation.intake.deliveries.take(brought_from(source, path, given))


@pytest.fixture
async def pseudonymised(tmp_path):
    """Submit a file by a door and return what the anonymiser hands on, in the order of the contributions."""

    async def through(door, kind):
        content, ending = file_of(kind)
        data = tmp_path / f"{door}-{kind}"
        keys = make_installation(data)
        await keys.themer.announcer.announce()
        opener = Opener("pseudonymised", keys.themer._epochs)
        await keys.close()
        # Without a themer nothing that the anonymiser hands on is read or trimmed.
        async with open_front_door(data, only=("reporter", "anonymiser", "intake")) as front:
            walk = {"page": by_page, "interface": by_interface, "command": by_command}[door]
            await walk(front, tmp_path, kind, content, ending)
            return await heard(front.installation, opener)

    return through


async def heard(installation, opener):
    topic = topic_of(ContributionPseudonymised)
    found = []

    async def all_there():
        found.clear()
        for place in sorted(await installation.log.heads([topic])):
            found.extend(record for record in await installation.log.read(place, 0, 100) if not record.is_marker)
        return len(found) == len(SAID)

    await until(all_there, what="the anonymiser's answer")
    texts = []
    for record in found:
        event = decode(ContributionPseudonymised, record.value)
        words = decode(PseudonymisedWords, opener.open_part(event.words, event.contribution))
        texts.append(encode(words).decode())
    return sorted(texts)


async def test_every_format_by_every_door_gives_the_same(pseudonymised):
    expected = await pseudonymised("command", "json")
    assert len(expected) == len(SAID)
    assert not any("Zebedee" in text or "900123" in text for text in expected)
    assert any("[PERSON-1]" in text for text in expected)
    for door in DOORS:
        for kind in FORMATS:
            assert await pseudonymised(door, kind) == expected, f"{kind} by {door}"
            await asyncio.sleep(0)
