"""No text of ours holds a NUL character: PostgreSQL takes none, so the doors refuse it by rule, on every engine."""

import journey_world
import pytest
from aiohttp.test_utils import TestClient, TestServer

from services.errors import InputRefused
from services.web.bodies import refuse_nul

PLANTED = "planted"


@pytest.mark.parametrize(
    "body",
    [b'"planted \\u0000"', b'{"a": ["x", {"b": "\\u0000"}]}', b'{"planted \\u0000": 1}', b'["\\\\\\u0000"]'],
)
def test_json_with_a_nul_anywhere_in_its_texts_is_refused_without_being_shown(body):
    with pytest.raises(InputRefused) as refused:
        refuse_nul(body)
    assert PLANTED not in str(refused.value)


@pytest.mark.parametrize("body", [b"{}", b'"a backslash, then \\\\u0000 as letters"', b'["0000"]', b"12"])
def test_json_that_only_looks_like_it_passes(body):
    refuse_nul(body)


@pytest.fixture
async def client(tmp_path, stores, monkeypatch):
    monkeypatch.setattr(journey_world, "ENVIRONMENT", stores.environment)
    installation = journey_world.make_installation(tmp_path / "data")
    async with TestClient(TestServer(installation.application())) as found:
        found.token = {"Authorization": f"Bearer {installation.folder.token()}"}
        yield found
    await installation.close()


@pytest.mark.parametrize(
    "body",
    [
        {"title": "planted \0 group", "seated": True},
        {"title": "A group", "seated": True, "convened_for": "planted\0"},
        {"title": "A group", "seated": True, "round": "planted\0"},
    ],
)
async def test_a_group_is_refused_by_rule_on_every_engine(client, body):
    answer = await client.post("/api/intake/v1/groups", json=body, headers=client.token)
    assert answer.status == 422
    assert PLANTED not in await answer.text()


async def test_words_are_refused_by_rule_on_every_engine(client):
    body = {"kind": "survey", "month": "2025-01", "role": "survivor", "uses": ["count"]}
    for more in ({"contributions": [{"text": "planted \0 words"}]}, {"contributions": [{"text": "x"}], "group": "a\0"}):
        answer = await client.post("/api/intake/v1/sessions", json={**body, **more}, headers=client.token)
        assert answer.status == 422
        assert PLANTED not in await answer.text()


@pytest.mark.parametrize("path", ["/reports/planted%00", "/api/themer/v1/holds/planted%00", "/reports?to=planted%00"])
async def test_nothing_is_found_under_an_address_with_a_nul(client, path):
    answer = await client.get(path, headers=client.token)
    assert answer.status == 404
    assert PLANTED not in await answer.text()


@pytest.mark.parametrize("content", ["words=planted%00", "wo%00rds=x"])
async def test_a_form_is_refused_by_rule_on_every_engine(client, content):
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    answer = await client.post("/receipt", data=content, headers=headers)
    assert answer.status == 422
    assert PLANTED not in await answer.text()
