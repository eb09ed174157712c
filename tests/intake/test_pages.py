"""A participant's pages on a whole installation: five words open her choices, and nobody else's words do."""

import re
import time

import pytest
import pytest_asyncio
from front_door import open_front_door
from journey_world import at_rest, erased, said, session_of

from services.intake import attempts
from services.intake.receipts import word_list

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRONG = " ".join(word_list()[100:105])
PLANTED = "the heron by the lock"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(tmp_path_factory):
    async with open_front_door(tmp_path_factory.mktemp("receipt-pages")) as found:
        yield found


@pytest.fixture(autouse=True)
def patient(front):
    """Forget wrong tries between tests."""
    found = front.client.app[attempts.ATTEMPTS]
    found._wrong.clear()
    found._until = float("-inf")
    return found


@pytest_asyncio.fixture(loop_scope="module")
async def receipt(front):
    door = front.installation.intake.door
    issued = await door.issue_receipt()
    await door.submit(session_of(said(PLANTED, receipt=issued)))
    return issued


def handle_in(page):
    found = re.search(r'name="handle" value="([^"]+)"', page)
    return found[1] if found else None


def ticked(page):
    """Return the uses that are ticked."""
    boxes = re.findall(r"<input[^>]*name=\"use\"[^>]*>", page)
    return [re.search(r'value="([^"]+)"', box)[1] for box in boxes if "checked" in box]


async def opened(front, receipt):
    status, page = await front.page("/receipt", words=receipt)
    assert status == 200
    return handle_in(page), page


async def test_the_page_asks_for_five_words_and_nothing_else(front):
    status, page = await front.page("/receipt")
    assert status == 200
    assert re.findall(r'<input[^>]*name="([^"]+)"', page) == ["words"]


async def test_the_page_is_kept_by_nobody(front):
    async with front.client.get("/receipt") as answer:
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("words", [WRONG, "one two three", "", "velvet " * 5, "<script>" * 3, "x" * 5_000])
async def test_wrong_words_are_refused_kindly_and_not_repeated(front, words):
    status, page = await front.page("/receipt", words=words)
    assert status == 422
    assert "There is a problem" in page
    assert handle_in(page) is None
    if words.strip():
        assert words.strip() not in page


async def test_unknown_words_and_misspelt_words_get_the_same_answer(front):
    pages = [re.sub(r'nonce="[^"]+"', "", (await front.page("/receipt", words=words))[1]) for words in (WRONG, "no")]
    assert pages[0] == pages[1]


async def test_her_words_show_her_choices_and_never_what_she_said(front, receipt):
    handle, page = await opened(front, receipt)
    assert handle is not None
    assert ticked(page) == ["count", "paraphrase", "quote"]
    for secret in (PLANTED, "heron", receipt, "lambeth", "Lambeth", "2025-01", "January", "survey"):
        assert secret not in page


async def test_the_words_are_known_however_they_were_typed(front, receipt):
    assert (await front.page("/receipt", words=f"  {receipt.upper().replace(' ', '-')} "))[0] == 200


async def test_she_changes_what_may_be_used_and_finds_it_so_again(front, receipt):
    handle, _ = await opened(front, receipt)
    status, page = await front.page("/receipt/uses", handle=handle, use=["count"])
    assert (status, ticked(page)) == (200, ["count"])
    _, again = await opened(front, receipt)
    assert ticked(again) == ["count"]
    status, wider = await front.page("/receipt/uses", handle=handle, use=["count", "quote"])
    assert (status, ticked(wider)) == (200, ["count", "quote"])


async def test_a_use_that_is_not_offered_is_refused(front, receipt):
    handle, _ = await opened(front, receipt)
    status, page = await front.page("/receipt/uses", handle=handle, use=["sell"])
    assert status == 422
    assert "sell" not in page


async def test_withdrawing_needs_the_tick(front, receipt):
    handle, _ = await opened(front, receipt)
    status, page = await front.page("/receipt/withdraw", handle=handle)
    assert status == 422
    assert "Tick the box" in page
    assert handle_in(page) is not None
    door = front.installation.intake.door
    assert not await door.has_withdrawn(await door.find(await door.person(receipt=receipt)))


async def test_withdrawing_shows_the_four_services_and_then_the_days(front, receipt):
    door = front.installation.intake.door
    handle, _ = await opened(front, receipt)
    contributor = door.opened(handle, now=0)
    status, page = await front.page("/receipt/withdraw", handle=handle, sure="yes")
    assert status == 200
    for place in (
        "Where notes come in",
        "Where names are taken out",
        "Where notes are sorted by subject",
        "Where reports are made",
    ):
        assert place in page
    token = door.withdrawal_of(contributor)
    await erased(front.installation, token)
    await at_rest(front.installation)
    assert await door.has_withdrawn(contributor)
    # The last confirmation removes the receipt, so that nothing shows any more that she was ever here.
    assert (await front.page("/receipt", words=receipt))[0] == 422


async def test_her_words_still_show_how_far_it_has_come_until_all_is_done(front, receipt, monkeypatch):
    door = front.installation.intake.door
    contributor = await door.find(await door.person(receipt=receipt))

    async def withdrawn(_self, _contributor):
        return True

    monkeypatch.setattr(type(door), "has_withdrawn", withdrawn)
    status, page = await front.page("/receipt", words=receipt)
    assert status == 200
    assert page.count("Where ") >= 4
    assert contributor not in page
    assert handle_in(page) is None


@pytest.mark.parametrize("path", ["/receipt/uses", "/receipt/withdraw"])
@pytest.mark.parametrize("spoil", ["", "nonsense", "turned", "token", "late"])
async def test_a_handle_that_is_old_or_was_changed_opens_nothing(front, receipt, path, spoil):
    door = front.installation.intake.door
    good, _ = await opened(front, receipt)
    contributor = door.opened(good, now=0)
    handle = {
        "turned": good[:-6] + good[-5:] + good[-6],
        "token": door.withdrawal_of(contributor),
        "late": door.handle(contributor, until=int(time.time()) - 1),
    }.get(spoil, spoil)
    status, page = await front.page(path, handle=handle, sure="yes", use="count")
    assert status == 409
    assert "Open the page again" in page
    assert not await door.has_withdrawn(contributor)


async def test_a_handle_names_nobody(front, receipt):
    handle, page = await opened(front, receipt)
    contributor = front.installation.intake.door.opened(handle, now=0)
    assert contributor not in page


async def test_too_many_wrong_tries_make_everybody_wait_and_later_it_goes_on(front, receipt, patient):
    now = 5_000.0
    patient._now = lambda: now
    try:
        for _ in range(front.installation.settings.locked_out_after):
            assert (await front.page("/receipt", words=WRONG))[0] == 422
        status, page = await front.page("/receipt", words=receipt)
        assert status == 429
        assert "too many tries" in page
        assert handle_in(page) is None
        assert (await front.page("/receipt"))[0] == 200
        now += attempts.PAUSE_SECONDS
        assert (await front.page("/receipt", words=receipt))[0] == 200
    finally:
        patient._now = time.monotonic


async def test_a_form_from_another_site_changes_nothing(front, receipt):
    handle, _ = await opened(front, receipt)
    async with front.client.post(
        "/receipt/withdraw", data={"handle": handle, "sure": "yes"}, headers={"Sec-Fetch-Site": "cross-site"}
    ) as answer:
        assert answer.status == 403
    door = front.installation.intake.door
    assert not await door.has_withdrawn(door.opened(handle, now=0))


async def test_a_body_that_is_no_form_is_refused(front):
    async with front.client.post("/receipt", json={"words": WRONG}) as answer:
        assert answer.status == 422
        assert WRONG not in await answer.text()
