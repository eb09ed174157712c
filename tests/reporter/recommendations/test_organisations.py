"""Responding services, their tokens and their people."""

import pytest

from services.errors import InputRefused, StepRefused
from services.reporter import store


@pytest.fixture
def register(loop):
    return loop.loop.organisations


async def test_a_token_is_shown_once_and_kept_as_a_hash(loop, register):
    token = await register.issue_token("housing")
    assert (await register.with_token(token)).organisation == "housing"
    rows = await loop.bench.rows(loop.bench.reporter, store.organisations)
    assert not any(token in str(row) for row in rows)
    assert token.startswith("svo_")


async def test_a_lost_token_is_revoked_and_made_anew(register):
    lost = await register.issue_token("housing")
    with pytest.raises(StepRefused, match="Revoke it first"):
        await register.issue_token("housing")
    assert await register.revoke_token("housing")
    assert await register.with_token(lost) is None
    assert not await register.revoke_token("housing")
    assert await register.with_token(await register.issue_token("housing")) is not None


@pytest.mark.parametrize("token", ["", "svo_", "svo_made-up", "x" * 5000])
async def test_a_token_that_was_never_made_opens_nothing(register, token):
    assert await register.with_token(token) is None


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"organisation": "No Spaces"}, "id"),
        ({"organisation": ""}, "id"),
        ({"kind": "secret"}, "kind"),
        ({"sectors": []}, "sectors"),
        ({"sectors": ["the_moon"]}, "sectors"),
        ({"areas": ["the_moon"]}, "areas"),
        ({"title": " "}, "title"),
        ({"title": "x" * 121}, "title"),
    ],
)
async def test_an_organisation_that_cannot_be_is_refused(register, more, place):
    before = await register.list()
    given = {"organisation": "new", "title": "New", "kind": "statutory", "sectors": ["health"], "areas": [], **more}
    with pytest.raises(InputRefused) as refused:
        await register.add(given.pop("organisation"), given.pop("title"), **given)
    assert place in [found.place for found in refused.value.findings]
    assert await register.list() == before


async def test_an_id_is_taken_once(register):
    with pytest.raises(StepRefused, match="already"):
        await register.add("housing", "Another", kind="other", sectors=["housing"])


async def test_an_account_answers_for_one_organisation(register):
    await register.name_member("housing", "Olu")
    await register.name_member("police", "olu")
    assert (await register.member_of("olu")).organisation == "police"
    assert await register.remove_member("olu")
    assert await register.member_of("olu") is None
    assert not await register.remove_member("olu")


@pytest.mark.parametrize("step", ["issue_token", "revoke_token"])
async def test_an_unknown_organisation_is_refused(register, step):
    with pytest.raises(InputRefused, match="not known"):
        await getattr(register, step)("nobody")
    with pytest.raises(InputRefused, match="not known"):
        await register.name_member("nobody", "olu")
    with pytest.raises(InputRefused, match="account"):
        await register.name_member("housing", "<olu>")


async def test_a_group_with_a_speaker_is_closed_to_others(register):
    assert await register.closed_to("fay") == frozenset()
    await register.name_speaker("group-1", "fay")
    await register.name_speaker("group-1", "fay")
    assert await register.closed_to("fay") == frozenset()
    assert await register.closed_to("gus") == {"group-1"}
