"""The API asks for the token; pages and health do not; without sign-in nobody else's machine is served."""

import pytest
from aiohttp import web

from services.errors import SettingsError
from services.web.tokens import check_loopback, is_loopback, make_token, read_token, require_token


async def answer(_request):
    return web.json_response({"ok": True})


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    make_token(path)
    return path


@pytest.fixture
async def client(sampler, aiohttp_client, token_file):
    app = sampler.app(token_file=token_file, open_api_paths=("/api/intake/v1/openapi.json",))
    for path in ("/api/intake/v1/sessions", "/api/intake/v1/openapi.json", "/livez"):
        app.router.add_get(path, answer)
    return await aiohttp_client(app)


async def test_the_right_token_is_let_in(client, token_file):
    headers = {"Authorization": f"Bearer {read_token(token_file)}"}
    assert (await client.get("/api/intake/v1/sessions", headers=headers)).status == 200


async def test_the_scheme_is_read_in_any_case(client, token_file):
    headers = {"Authorization": f"bEaReR {read_token(token_file)}"}
    assert (await client.get("/api/intake/v1/sessions", headers=headers)).status == 200


@pytest.mark.parametrize(
    "given",
    ["", "Bearer", "Bearer ", "Bearer wrong", "Basic abc", "Bearer \u00e9" * 3],
)
async def test_anything_else_is_refused_with_the_scheme_to_use(client, given):
    response = await client.get("/api/intake/v1/sessions", headers={"Authorization": given})
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert (await response.json())["error"]["reference"]


async def test_a_token_that_is_longer_or_shorter_by_one_sign_is_refused(client, token_file):
    token = read_token(token_file)
    for given in (token + "x", token[:-1]):
        response = await client.get("/api/intake/v1/sessions", headers={"Authorization": f"Bearer {given}"})
        assert response.status == 401


async def test_unknown_paths_of_the_api_do_not_say_whether_they_exist(client):
    assert (await client.get("/api/no-such-thing")).status == 401


@pytest.mark.parametrize("path", ["/", "/livez", "/api/intake/v1/openapi.json"])
async def test_pages_health_and_open_paths_need_no_token(client, path):
    assert (await client.get(path)).status == 200


async def test_a_token_in_the_address_is_not_looked_at(client, token_file):
    response = await client.get(f"/api/intake/v1/sessions?token={read_token(token_file)}")
    assert response.status == 401


def test_a_new_token_is_for_its_owner_only_and_stays(tmp_path):
    path = tmp_path / "below" / "token"
    made = make_token(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(made) >= 43
    assert make_token(path) == made == read_token(path)


def test_two_installations_do_not_share_a_token(tmp_path):
    assert make_token(tmp_path / "one") != make_token(tmp_path / "two")


def test_a_token_that_others_may_read_is_not_used(token_file):
    token_file.chmod(0o640)
    with pytest.raises(SettingsError, match="0600"):
        require_token(token_file)


@pytest.mark.parametrize("content", [b"", b"short\n", b"x" * 31, b"two words " * 5, b"\xff" * 40])
def test_a_file_without_a_usable_token_is_refused_without_showing_it(tmp_path, content):
    path = tmp_path / "token"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError) as refused:
        read_token(path)
    assert "short" not in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read"):
        read_token(tmp_path / "none")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.10", "::1", "[::1]", "localhost", "LOCALHOST"])
def test_this_machine_alone_passes(address):
    assert is_loopback(address)
    check_loopback(address)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.5", "example.org", "", "localhost.example.org"])
def test_any_address_that_others_can_reach_is_refused(address):
    assert not is_loopback(address)
    with pytest.raises(SettingsError, match="this machine only"):
        check_loopback(address)
