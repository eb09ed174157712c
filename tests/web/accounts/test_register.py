"""Accounts: who may sign in, lock-out after wrong passwords, and sessions that end by time or by hand."""

import re
import sqlite3

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.errors import Conflict, InputRefused, NotFound, UsageError
from services.web.accounts import passwords
from services.web.accounts.register import (
    ABSOLUTE_SECONDS,
    IDLE_SECONDS,
    LOCKED_SECONDS,
    WRONG_IN_A_ROW,
    Accounts,
    name_of,
)
from services.web.accounts.roles import ROLES

PASSWORD = "three unrelated words"


@pytest.fixture
async def ann(register):
    await register.add("ann", "facilitator", PASSWORD)
    return register


async def wrong(register, times, name="ann"):
    for _ in range(times):
        assert await register.sign_in(name, "not the right one") is None


def test_the_roles_are_those_of_the_design():
    assert ROLES == ("facilitator", "reviewer", "safeguarding_lead", "board", "responder", "approver", "operator")


def test_passwords_are_kept_as_argon2id_with_19_mib_two_passes_and_one_lane():
    assert passwords.hash_password("ann", PASSWORD).startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_the_same_password_is_kept_differently_each_time():
    assert passwords.hash_password("ann", PASSWORD) != passwords.hash_password("ann", PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 30, "x" * 201, "annabel-longname"])
def test_a_password_that_is_short_long_or_easy_is_refused_without_being_repeated(password):
    with pytest.raises(InputRefused) as refused:
        passwords.hash_password("Annabel-Longname", password)
    assert not password or password not in str(refused.value)


def test_one_letter_written_in_two_ways_is_one_password():
    stored = passwords.hash_password("ann", "caf\u00e9 and river")
    assert passwords.is_right(stored, "cafe\u0301 and river")
    assert not passwords.is_right(stored, "cafe and river")


def test_nobodys_hash_fits_nothing_and_a_damaged_one_is_no_error():
    assert not passwords.is_right(passwords.hash_of_nobody(), PASSWORD)
    assert not passwords.is_right("damaged", PASSWORD)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_a_name_is_refused_or_stays_the_same_when_read_again(text):
    try:
        settled = name_of(text)
    except InputRefused:
        assert not re.fullmatch(r"[a-z0-9]{1,40}", text)
    else:
        assert name_of(settled) == settled


async def test_somebody_signs_in_and_is_known_by_role(ann):
    session = await ann.find(await ann.sign_in(" Ann ", PASSWORD))
    assert (session.name, session.role) == ("ann", "facilitator")
    assert len(session.csrf) >= 32


@pytest.mark.parametrize(("name", "password"), [("ann", "wrong"), ("bob", PASSWORD), ("", ""), ("a b", PASSWORD)])
async def test_wrong_and_unknown_are_refused_alike(ann, name, password):
    assert await ann.sign_in(name, password) is None


async def test_a_name_is_taken_once_and_a_role_must_exist(ann):
    with pytest.raises(Conflict):
        await ann.add("ANN", "board", PASSWORD)
    with pytest.raises(UsageError):
        await ann.add("bob", "king", PASSWORD)
    assert [account.name for account in await ann.list()] == ["ann"]


async def test_each_sign_in_has_a_session_of_its_own(ann):
    first, second = await ann.sign_in("ann", PASSWORD), await ann.sign_in("ann", PASSWORD)
    assert first != second
    assert (await ann.find(first)).csrf != (await ann.find(second)).csrf
    await ann.end(first)
    assert await ann.find(first) is None
    assert await ann.find(second) is not None


async def test_an_invented_session_is_nobodys(ann):
    for session in ("", "x", "a" * 43):
        assert await ann.find(session) is None


async def test_a_session_ends_after_thirty_minutes_without_use(ann, clock):
    session = await ann.sign_in("ann", PASSWORD)
    clock.seconds += IDLE_SECONDS - 1
    assert await ann.find(session) is not None
    clock.seconds += IDLE_SECONDS - 1
    assert await ann.find(session) is not None
    clock.seconds += IDLE_SECONDS
    assert await ann.find(session) is None


async def test_a_session_ends_after_eight_hours_whatever_happens(ann, clock):
    session = await ann.sign_in("ann", PASSWORD)
    for _ in range(ABSOLUTE_SECONDS // 1000):
        clock.seconds += 1000
        assert await ann.find(session) is not None
    clock.seconds += 1000
    assert await ann.find(session) is None


async def test_sessions_that_ended_by_time_are_forgotten(ann, clock, tmp_path):
    await ann.sign_in("ann", PASSWORD)
    clock.seconds += ABSOLUTE_SECONDS
    await ann.forget_ended()
    with sqlite3.connect(tmp_path / "accounts" / "accounts.sqlite3") as connection:
        assert connection.execute("SELECT count(*) FROM sessions").fetchone() == (0,)
    connection.close()


async def test_several_wrong_passwords_lock_an_account_for_a_while_even_for_the_right_one(ann, clock):
    await wrong(ann, WRONG_IN_A_ROW - 1)
    assert not (await ann.list())[0].locked
    await wrong(ann, 1)
    assert (await ann.list())[0].locked
    assert await ann.sign_in("ann", PASSWORD) is None
    clock.seconds += LOCKED_SECONDS
    assert await ann.sign_in("ann", PASSWORD) is not None


async def test_a_right_password_begins_the_count_again(ann):
    await wrong(ann, WRONG_IN_A_ROW - 1)
    assert await ann.sign_in("ann", PASSWORD) is not None
    await wrong(ann, WRONG_IN_A_ROW - 1)
    assert await ann.sign_in("ann", PASSWORD) is not None


async def test_a_lock_is_of_one_account_and_lasts_beyond_the_process(ann, clock, tmp_path):
    await ann.add("bob", "board", PASSWORD)
    await wrong(ann, WRONG_IN_A_ROW)
    assert await ann.sign_in("bob", PASSWORD) is not None
    again = Accounts(tmp_path / "accounts" / "accounts.sqlite3", now=clock)
    await again.open()
    assert await again.sign_in("ann", PASSWORD) is None
    await again.close()


async def test_a_lock_leaves_open_sessions_alone(ann):
    session = await ann.sign_in("ann", PASSWORD)
    await wrong(ann, WRONG_IN_A_ROW)
    assert await ann.find(session) is not None


async def test_enabling_takes_a_lock_off(ann):
    await wrong(ann, WRONG_IN_A_ROW)
    await ann.enable("ann")
    assert await ann.sign_in("ann", PASSWORD) is not None


async def test_disabling_ends_every_session_and_lets_nobody_in(ann):
    sessions = [await ann.sign_in("ann", PASSWORD) for _ in range(2)]
    await ann.disable("ann")
    assert [await ann.find(session) for session in sessions] == [None, None]
    assert await ann.sign_in("ann", PASSWORD) is None
    assert (await ann.list())[0].disabled
    await ann.enable("ann")
    assert await ann.sign_in("ann", PASSWORD) is not None


async def test_a_new_password_ends_the_sessions_of_the_old(ann):
    session = await ann.sign_in("ann", PASSWORD)
    await ann.reset("ann", "four other plain words")
    assert await ann.find(session) is None
    assert await ann.sign_in("ann", PASSWORD) is None
    assert await ann.sign_in("ann", "four other plain words") is not None


async def test_an_operator_ends_the_sessions_of_one_account(ann):
    await ann.add("bob", "board", PASSWORD)
    mine, others = await ann.sign_in("ann", PASSWORD), await ann.sign_in("bob", PASSWORD)
    assert [account.sessions for account in await ann.list()] == [1, 1]
    assert await ann.end_sessions("ann") == 1
    assert await ann.find(mine) is None
    assert await ann.find(others) is not None
    assert [account.sessions for account in await ann.list()] == [0, 1]


async def test_what_is_done_to_an_account_that_is_not_there_is_refused(register):
    for step in (register.disable, register.enable, register.end_sessions):
        with pytest.raises(NotFound):
            await step("nobody")
    with pytest.raises(NotFound):
        await register.reset("nobody", PASSWORD)


async def test_the_files_hold_no_password_and_no_session_id(ann, tmp_path):
    session = await ann.sign_in("ann", PASSWORD)
    files = [path for path in (tmp_path / "accounts").iterdir() if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert PASSWORD.encode() not in content
        assert session.encode() not in content


async def test_the_file_is_its_owners_alone(ann, tmp_path):
    assert (tmp_path / "accounts" / "accounts.sqlite3").stat().st_mode & 0o777 == 0o600
