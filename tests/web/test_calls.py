"""Intake, anonymiser and themer in three processes: the write-up asks them by calls, and nothing of a call is kept."""

import contextlib
import dataclasses

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from front_door import open_front_door
from journey_world import PLANTED, holding, make_installation, until
from signed_in import Person, browser_of, make_account

from services.bootstrap import OPEN_PATHS
from services.errors import NotYet, SettingsError
from services.events import Words
from services.intake.asking import preview_by_call, subjects_by_call
from services.web.calls import CALL_PATHS, PREVIEW_PATH, SUBJECTS_PATH, check_address

BUNDLE = (Words(text="My worker Zebedee Marchbanks was kind."), Words(text="They moved us three times."))


@contextlib.asynccontextmanager
async def alone(data, service):
    """Run one service as a process of its own would be, with a door."""
    installation = make_installation(data, only=(service,))
    async with TestServer(installation.application()) as server:
        try:
            yield installation, str(server.make_url("")).rstrip("/")
        finally:
            await installation.close()


@pytest.fixture
async def apart(tmp_path):
    """An anonymiser and a themer apart, and what intake is given to ask them."""
    data = tmp_path / "data"
    async with (
        alone(data, "anonymiser") as (_, words),
        alone(data, "themer") as (_, themes),
        alone(data, "reporter"),
        open_front_door(data, only=("intake",)) as front,
    ):
        parts = front.installation.intake.parts
        settings = dataclasses.replace(parts.settings, preview_address=words, subjects_address=themes)
        yield front, dataclasses.replace(parts, settings=settings)


def asking(front, parts):
    keys = parts.public_keys()
    front.installation.intake.desk._preview = preview_by_call(parts, keys)
    front.installation.intake.desk._subjects = subjects_by_call(parts, keys)
    return front.installation.intake.desk._preview, front.installation.intake.desk._subjects


async def test_a_preview_by_call_is_the_preview_in_one_process(apart):
    from services.anonymiser.preview import preview
    from services.themer.looking import subjects_of

    ask_preview, ask_subjects = asking(*apart)
    found = await ask_preview(BUNDLE)
    assert list(found) == await preview(BUNDLE)
    texts = [each.text for each in found]
    assert list(await ask_subjects(texts)) == await subjects_of(texts)


async def test_a_session_is_written_up_with_the_services_apart(apart, tmp_path):
    front, parts = apart
    asking(front, parts)
    await make_account(front.client, "ann", "facilitator")
    async with browser_of(front.client) as browser:
        ann = Person(browser)
        await ann.sign_in("ann")
        await ann.read("/sessions/start")
        await ann.fill()
        await ann.fill(group="none")
        await ann.fill(kind="focus_group", month="1", year="2025", present="8")
        await ann.fill(areas=["lambeth"])
        await ann.fill(held=["limits_explained"])
        await ann.fill(role="survivor", uses=["count"])
        await ann.fill(tally__felt_heard__0="6")
        await ann.fill(notes=f"They said that {PLANTED}.\n\nThe police never rang back after I reported him.")
        assert "[PERSON-1]" in ann.page.words
        assert "Marchbanks" not in ann.page.words.partition("Take more out")[0].partition("Keep something")[0]
        await ann.fill(do="continue", page="1")
        page = await ann.fill()
    assert "The notes are sent" in page.words
    assert "What it is about" in page.words
    assert "seems to be about" in page.words

    async def settled():
        return (await front.installation.intake.door.reconcile()).on_their_way == 0

    await until(settled, what="rest")
    assert holding(tmp_path / "data", PLANTED) == []


async def test_while_nobody_answers_the_caller_is_told_to_wait(apart):
    front, parts = apart
    settings = dataclasses.replace(parts.settings, preview_address="http://127.0.0.1:1")
    ask_preview, _ = asking(front, dataclasses.replace(parts, settings=settings))
    with pytest.raises(NotYet, match="The anonymiser does not answer now"):
        await ask_preview(BUNDLE)


async def test_without_the_token_no_call_is_answered(apart, tmp_path):
    front, parts = apart
    token = tmp_path / "other.token"
    token.write_text("x" * 40)
    token.chmod(0o600)
    settings = dataclasses.replace(parts.settings, call_token_file=str(token))
    ask_preview, ask_subjects = asking(front, dataclasses.replace(parts, settings=settings))
    for ask, asked in ((ask_preview, BUNDLE), (ask_subjects, ["One."])):
        with pytest.raises(NotYet):
            await ask(asked)


@pytest.mark.parametrize(
    ("token", "content_type", "body", "status"),
    [
        ("wrong", "application/json", b"{}", 401),
        (None, "application/json", b"{}", 401),
        ("right", "text/plain", b"{}", 415),
        ("right", "application/json", b"{}", 400),
        ("right", "application/json", b"\xff\x00", 400),
    ],
)
async def test_what_is_no_call_gets_a_status_and_nothing_else(apart, token, content_type, body, status):
    front, parts = apart
    headers = {"Content-Type": content_type}
    if token is not None:
        headers["Authorization"] = f"Bearer {front.installation.folder.token() if token == 'right' else token}"
    async with aiohttp.ClientSession() as session:
        for url in (parts.settings.preview_address + PREVIEW_PATH, parts.settings.subjects_address + SUBJECTS_PATH):
            async with session.post(url, data=body, headers=headers) as answer:
                assert answer.status == status


async def test_a_process_with_all_services_answers_no_calls(tmp_path):
    async with open_front_door(tmp_path / "data") as front:
        for path in CALL_PATHS:
            status, _ = await front.call("POST", path, {})
            assert status == 404


def test_every_call_looks_at_its_own_token():
    """The guard of the installation's token leaves them alone, so that this token opens nothing else."""
    assert set(CALL_PATHS) <= set(OPEN_PATHS)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8462", "http://localhost:1/", "http://[::1]:9", "https://inside:9"]
)
def test_calls_go_to_this_machine_or_by_tls(address):
    check_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "127.0.0.1:8462",
        "http://inside:8462",
        "ftp://127.0.0.1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1/a",
        "http://[",
    ],
)
def test_any_other_address_is_refused_and_not_shown(address):
    with pytest.raises(SettingsError, match="SV_PREVIEW_ADDRESS") as refused:
        check_address(address)
    assert not address or address not in str(refused.value)
