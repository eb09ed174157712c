"""Bodies are limited by path, and read without repeating what was sent."""

import io
import json

import msgspec
import pytest
from aiohttp import FormData, web

from services.web.bodies import FORM_LIMIT, Upload, read_form, read_json, read_lists, read_upload


class Session(msgspec.Struct, forbid_unknown_fields=True):
    kind: str
    present: int


async def take_json(request):
    session = await read_json(request, Session)
    return web.json_response({"present": session.present})


async def take_form(request):
    return web.json_response(await read_form(request))


async def take_lists(request):
    return web.json_response(await read_lists(request))


async def take_upload(request):
    fields, files = await read_upload(request)
    sheet = files["sheet"]
    return web.json_response({**fields, "name": sheet.file_name, "content": sheet.content.hex()})


async def take_bytes(request):
    return web.json_response({"bytes": len(await request.read())})


@pytest.fixture
async def client(sampler, aiohttp_client):
    app = sampler.app(body_limits={"/api/": 2000, "/api/files": 3000, "/upload": 4000})
    app.router.add_post("/api/json", take_json)
    app.router.add_post("/api/files", take_bytes)
    app.router.add_post("/form", take_form)
    app.router.add_post("/lists", take_lists)
    app.router.add_post("/upload", take_upload)
    return await aiohttp_client(app)


async def test_a_good_body_becomes_its_type(client):
    response = await client.post("/api/json", json={"kind": "workshop", "present": 8})
    assert await response.json() == {"present": 8}


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"kind": "workshop", "present": "whispered"}', "$.present"),
        (b'{"kind": "workshop"}', "$"),
        (b'{"kind": "workshop", "present": 1, "whispered": 1}', "$"),
    ],
)
async def test_a_bad_body_is_refused_by_place_and_never_repeated(client, body, place):
    response = await client.post("/api/json", data=body, headers={"Content-Type": "application/json"})
    text = await response.text()
    assert response.status == 422
    assert [found["place"] for found in json.loads(text)["error"]["fields"]] == [place]
    assert "whispered" not in text


@pytest.mark.parametrize("body", [b"whispered", b'{"kind": "whispered \xff", "present": 1}', b""])
async def test_a_body_that_is_not_json_is_malformed(client, body):
    response = await client.post("/api/json", data=body, headers={"Content-Type": "application/json"})
    assert response.status == 400
    assert "whispered" not in await response.text()


async def test_a_body_of_another_type_is_not_taken(client):
    response = await client.post("/api/json", data=b'{"kind": "workshop", "present": 1}')
    assert response.status == 415


async def test_the_longest_fitting_path_sets_the_limit(client):
    assert (await client.post("/api/files", data=b"x" * 2500)).status == 200
    assert (await client.post("/api/files", data=b"x" * 3001)).status == 413
    assert (await client.post("/api/json", data=b"x" * 2001)).status == 413


async def test_a_body_of_unknown_length_is_cut_off_while_it_is_read(client):
    async def pieces():
        for _ in range(4):
            yield b"x" * 1000

    assert (await client.post("/api/files", data=pieces())).status == 413


async def test_a_form_that_is_too_big_gets_a_page_that_says_so(client):
    response = await client.post("/form", data={"words": "x" * (FORM_LIMIT + 1)})
    assert response.status == 413
    assert "That is too big" in await response.text()


async def test_an_api_path_without_a_limit_of_its_own_takes_a_mebibyte(sampler, aiohttp_client):
    app = sampler.app()
    app.router.add_post("/api/files", take_bytes)
    client = await aiohttp_client(app)
    assert (await client.post("/api/files", data=io.BytesIO(b"x" * 2**20))).status == 200
    assert (await client.post("/api/files", data=io.BytesIO(b"x" * (2**20 + 1)))).status == 413


async def test_a_forms_fields_are_trimmed_and_the_first_of_a_name_counts(client):
    response = await client.post("/form", data=FormData([("words", "  one two "), ("words", "three")]))
    assert await response.json() == {"words": "one two"}


async def test_a_name_that_comes_twice_keeps_both_values_where_lists_are_asked_for(client):
    response = await client.post("/lists", data=FormData([("use", "count"), ("use", "quote")]))
    assert await response.json() == {"use": ["count", "quote"]}


async def test_an_empty_form_has_no_fields(client):
    assert await (await client.post("/form")).json() == {}


async def test_a_form_with_a_file_is_refused_where_text_is_expected(client):
    response = await client.post("/form", data=upload())
    assert response.status == 422
    assert "whispered" not in await response.text()


async def test_a_form_in_an_unknown_script_is_refused(client):
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=no-such-thing"}
    assert (await client.post("/form", data=b"words=%E9", headers=headers)).status == 422


async def test_an_upload_gives_fields_and_files_byte_for_byte(client):
    content = bytes(range(256)) * 4 + b"\r\n--not-a-boundary\r\n"
    response = await client.post("/upload", data=upload(content))
    assert await response.json() == {"round": "spring", "name": "whispered.txt", "content": content.hex()}


async def test_an_upload_never_touches_the_disk(client, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a temporary file was opened")

    monkeypatch.setattr("tempfile.SpooledTemporaryFile", refuse)
    monkeypatch.setattr("aiohttp.web_request.SpooledTemporaryFile", refuse)
    assert (await client.post("/upload", data=upload(b"x" * 3500))).status == 200


async def test_an_upload_over_the_limit_of_its_path_is_refused(client):
    assert (await client.post("/upload", data=upload(b"x" * 5000))).status == 413


async def test_an_upload_of_unknown_length_is_cut_off_too(client):
    async def pieces():
        yield b'--b\r\nContent-Disposition: form-data; name="sheet"; filename="a"\r\n\r\n'
        for _ in range(6):
            yield b"x" * 1000
        yield b"\r\n--b--\r\n"

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert (await client.post("/upload", data=pieces(), headers=headers)).status == 413


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"not a form"),
        ("multipart/form-data; boundary=b", b"not a form"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--b--\r\n',
        ),
        ("multipart/form-data", b"--b"),
    ],
)
async def test_anything_that_is_no_upload_is_refused(client, content_type, body):
    response = await client.post("/upload", data=body, headers={"Content-Type": content_type})
    assert response.status == 422


def test_a_files_content_is_not_shown_by_its_repr():
    assert "whispered" not in repr(Upload("a.txt", b"whispered"))


def upload(content=b"whispered"):
    form = FormData()
    form.add_field("round", "spring")
    form.add_field("sheet", content, filename="whispered.txt")
    return form
