"""Whole files over the interface: as the body or in a form, all or nothing, and the same one known again."""

import hashlib
import json

import pytest
import pytest_asyncio
from aiohttp import FormData
from front_door import open_front_door

from services.intake.files.reading import LARGEST_TABLE

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILES = "/api/intake/v1/files"
ROOM = {"kind": "workshop", "month": "2025-01", "role": "survivor", "uses": "count,paraphrase", "areas": "camden"}
DANGER = "He is outside my house now and he has a knife."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(tmp_path_factory):
    async with open_front_door(tmp_path_factory.mktemp("file-api")) as found:
        yield found


def table(*texts):
    return "text,person\n" + "".join(f'"{text}",{number}\n' for number, text in enumerate(texts, start=1))


async def send(front, content, content_type="text/csv", **query):
    headers = {**front.token, "Content-Type": content_type}
    async with front.client.post(FILES, data=content, headers=headers, params=query or ROOM) as answer:
        return answer.status, await answer.json()


async def send_form(front, content, name="notes.csv", **fields):
    form = FormData()
    for field, values in (fields or ROOM).items():
        for value in values if isinstance(values, list) else [values]:
            form.add_field(field, value)
    form.add_field("file", content, filename=name)
    async with front.client.post(FILES, data=form, headers=front.token) as answer:
        return answer.status, await answer.json()


async def accepted(front):
    return (await front.installation.intake.door.reconcile()).accepted


async def test_a_file_as_the_body_is_accepted_with_ids_and_numbers(front):
    before = await accepted(front)
    status, answer = await send(front, table("The bus is late.", "The door was open."))
    assert status == 202
    assert (len(answer["sessions"]), answer["contributions"]) == (1, 2)
    assert (answer["notes"], answer["concerns"]) == ([], [])
    assert await accepted(front) == before + 2


async def test_a_file_in_a_form_is_read_by_its_ending_and_keeps_no_name(front):
    text = "Person 1: The stop needs a light.\n\nPerson 2: So does the path."
    status, answer = await send_form(front, text.encode(), name="Zebedee Marchbanks.txt")
    assert (status, answer["contributions"]) == (202, 2)
    assert "Zebedee" not in json.dumps(answer)


async def test_a_second_time_it_says_when_the_first_was_and_stores_nothing(front):
    content = table("Only once.", "And no more.")
    _, first = await send(front, content)
    before = await accepted(front)
    for again in (await send(front, content), await send_form(front, content.encode())):
        assert again == (202, first | {"first_sent_on": "2025-01-15"})
    assert await accepted(front) == before
    digest = hashlib.sha256(content.encode()).hexdigest()
    for sha256, day in ((digest, "2025-01-15"), ("0" * 64, None)):
        status, known = await front.call("POST", f"{FILES}/known", {"sha256": sha256})
        assert (status, known) == (200, {"first_sent_on": day})


async def test_the_same_file_with_other_answers_is_a_conflict_with_the_day(front):
    content = table("The same bytes.")
    await send(front, content)
    status, answer = await send(front, content, **(ROOM | {"month": "2024-12"}))
    assert status == 409
    assert "15 January 2025" in answer["error"]["message"]


async def test_a_bad_row_refuses_the_whole_file_by_place_and_rule(front):
    before = await accepted(front)
    status, answer = await send(front, "text,role\nGood.,survivor\nvelvet,velvet umbrellas\n")
    assert status == 422
    (field,) = answer["error"]["fields"]
    assert (field["place"], field["rule"]) == ("the file, row 3, column B", "not one of the roles")
    assert "velvet" not in json.dumps(answer)
    assert await accepted(front) == before


async def test_what_only_the_whole_session_shows_refuses_it_too(front):
    before = await accepted(front)
    status, answer = await send(front, table("One.", "Two.", "Three."), **(ROOM | {"number_present": "2"}))
    assert status == 422
    assert "fewer than the people who spoke" in json.dumps(answer)
    status, answer = await send(front, table("One."), **(ROOM | {"month": "2031-01"}))
    assert (status, answer["error"]["fields"][0]["place"]) == (422, "the file, row 2, month")
    assert await accepted(front) == before


async def test_names_of_a_facilitator_are_taken_from_a_form_alone(front):
    cues = (
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ruth>Welcome.</v>\n\n00:02.000 --> 00:03.000\n<v Ann>It is dark.</v>\n"
    )
    status, answer = await send_form(front, cues.encode(), name="c.vtt", **ROOM, facilitator=["Ruth"])
    assert (status, answer["contributions"]) == (202, 1)
    status, answer = await send(front, cues, content_type="text/vtt", **ROOM, facilitator="Ruth")
    assert status == 422
    assert "Ruth" not in json.dumps(answer)


async def test_a_danger_is_raised_once_a_session_and_category(front):
    status, answer = await send(front, table(DANGER, DANGER, "The bus is late."))
    assert status == 202
    (concern,) = answer["concerns"]
    assert (concern["category"], concern["urgency"], concern["contributions"]) == ("immediate_danger", "now", 2)
    assert concern["session"] == answer["sessions"][0]
    assert "knife" not in json.dumps(answer)


@pytest.mark.parametrize("kind", ["application/pdf", "application/x-www-form-urlencoded", "image/png"])
async def test_another_kind_of_body_is_415(front, kind):
    assert (await send(front, b"x", content_type=kind))[0] == 415


@pytest.mark.parametrize(
    "query",
    [{"kind": "workshop", "velvet": "x"}, {"format": "velvet"}, {"number_present": "velvet"}, {"debrief": "velvet"}],
)
async def test_an_option_that_there_is_not_is_refused_without_its_value(front, query):
    status, answer = await send(front, table("One."), **query)
    assert status == 422
    assert "velvet" not in json.dumps(answer)


async def test_a_form_without_a_file_is_refused(front):
    form = FormData()
    form.add_field("kind", "workshop")
    form.add_field("more", b"x", filename="x")
    async with front.client.post(FILES, data=form, headers=front.token) as answer:
        assert answer.status == 422


async def test_a_form_that_breaks_off_is_refused(front):
    headers = {**front.token, "Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"", b"--x\r\nContent-Disposition: form-data\r\n\r\nx", b"nothing of the kind"):
        async with front.client.post(FILES, data=body, headers=headers) as answer:
            assert answer.status == 422


async def test_a_file_beyond_the_limit_is_413_before_it_is_read(front):
    headers = {
        **front.token,
        "Content-Type": "text/csv",
        "Content-Length": str(LARGEST_TABLE * 2),
        "Connection": "close",
    }

    async def nothing():
        yield b"x"

    async with front.client.post(FILES, data=nothing(), headers=headers) as answer:
        assert answer.status == 413


async def test_nothing_of_a_file_lies_on_the_disk_in_clear(front):
    await send(front, table("velvet umbrellas by the lock"))
    data = front.installation.folder.path
    found = [path.name for path in data.rglob("*") if path.is_file() and b"velvet umbrellas" in path.read_bytes()]
    assert found == []
