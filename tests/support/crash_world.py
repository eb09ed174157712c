"""Killing installations for real, and looking at what is left: used by the crash tests and by ``benchmarks/kills.py``.

Each life of the installation is a child process, forked from one that has imported everything, so that a life costs
no start-up.
"""

import asyncio
import contextlib
import io
import json
import os
import signal
import sqlite3
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import journey_world

from services.database import engine
from services.database.postgresql import PostgresqlDatabase
from services.errors import InputRefused, NotFound
from services.eventlog.sqlite import SqliteLog
from services.eventlog.sqlite_subscription import SqliteSubscription
from services.sealing import keyfiles
from services.telemetry.logs import set_up_logs

KILLED = 137
TEXTS = (
    "The officer listened and rang me back when she said she would.",
    "I waited months for counselling and had to tell it all again to each person.",
    "They should teach boys about respect before secondary school.",
    "The housing team lost my papers twice and nobody said sorry.",
)


def live(work: Callable[[], Awaitable[None]], *, die_at: int | None = None) -> tuple[int, int]:
    """Run one life in a forked child; return its exit code and how many durable steps it took.

    Args:
        work: what the life does.
        die_at: the durable step at which it dies, counted from 1, before odd and after even ones; None: it lives on.
    """
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        code = 1
        steps = _Steps(die_at)
        try:
            set_up_logs(io.StringIO())
            steps.install()
            asyncio.run(work())
            code = 0
        except BaseException as trouble:  # noqa: BLE001 - a child must never return into the parent's code
            print(f"life ended: {type(trouble).__name__}: {trouble}", file=sys.stderr)
        finally:
            os.write(write_end, str(steps.taken).encode())
            os._exit(code)
    os.close(write_end)
    with os.fdopen(read_end) as pipe:
        taken = pipe.read()
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), int(taken or 0)


def live_until_killed(work: Callable[[], Awaitable[None]], *, seconds: float) -> int:
    """Run one life and kill it with SIGKILL after so many seconds, unless it ends first; return its exit code."""
    child = os.fork()
    if child == 0:
        try:
            set_up_logs(io.StringIO())
            asyncio.run(work())
            os._exit(0)
        except BaseException as trouble:  # noqa: BLE001 - as above
            print(f"life ended: {type(trouble).__name__}: {trouble}", file=sys.stderr)
            os._exit(1)
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


# A killed worker's partitions go to the next life after a lease; the tests need not wait for the usual seconds.
SqliteLog.__init__.__kwdefaults__["lease"] = 0.5


class _Steps:
    """Counts durable steps and dies at one of them, without any clean-up."""

    def __init__(self, die_at: int | None) -> None:
        self.taken = 0
        self._die_at = die_at

    def step(self) -> None:
        self.taken += 1
        if self.taken == self._die_at:
            os._exit(KILLED)

    def install(self) -> None:
        steps = self

        def counted(opened):
            @contextlib.asynccontextmanager
            async def count(database):
                async with opened(database) as transaction:
                    yield transaction
                    steps.step()
                steps.step()

            return count

        def turned(transact):
            async def count(database, work):
                def work_and_step(transaction):
                    found = work(transaction)
                    steps.step()
                    return found

                answer = await transact(database, work_and_step)
                steps.step()
                return answer

            return count

        engine.Database.begin = counted(engine.Database.begin)
        engine.Database.transact = turned(engine.Database.transact)
        PostgresqlDatabase.begin = counted(PostgresqlDatabase.begin)
        PostgresqlDatabase.relaying = counted(PostgresqlDatabase.relaying)
        for owner, name in ((SqliteLog, "append"), (SqliteLog, "trim"), (SqliteSubscription, "commit")):
            setattr(owner, name, self._around(getattr(owner, name)))
        for name in ("write_private", "destroy"):
            setattr(keyfiles, name, self._around_plain(getattr(keyfiles, name)))

    def _around(self, call):
        async def counted(*arguments, **named):
            self.step()
            answer = await call(*arguments, **named)
            self.step()
            return answer

        return counted

    def _around_plain(self, call):
        def counted(*arguments, **named):
            self.step()
            answer = call(*arguments, **named)
            self.step()
            return answer

        return counted


class Client:
    """What a person remembers between the lives of the installation: what was confirmed to her."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}

    def remember(self, **facts: str) -> None:
        """Write facts down before anything else is done."""
        self.known.update(facts)
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(self.known))
        draft.replace(self._path)


async def withdrawal_life(data: Path) -> None:
    """One woman speaks among others and withdraws; each command is repeated until it was confirmed."""
    client = Client(data.parent / "client.json")
    async with journey_world.running(data) as installation:
        door = installation.intake.door
        if "receipt" not in client.known:
            client.remember(receipt=await door.issue_receipt())
        if "submitted" not in client.known:
            submission = journey_world.session_of(
                journey_world.said(journey_world.PLANTED, receipt=client.known["receipt"]),
                *(journey_world.said(text) for text in TEXTS),
            )
            with contextlib.suppress(InputRefused):
                accepted = await door.submit(submission, idempotency_key="the one submission", body=b"the same")
                client.remember(submitted=accepted.session)
        await journey_world.at_rest(installation)
        if "withdrawal" not in client.known:
            with contextlib.suppress(NotFound):
                person = await door.person(receipt=client.known["receipt"])
                contributor = await door.find(person)
                client.remember(withdrawal=door.withdrawal_of(contributor))
        # Again, until it was confirmed to her; once every service has erased, the words are not known any more.
        with contextlib.suppress(NotFound):
            await door.withdraw(await door.person(receipt=client.known["receipt"]))
        await journey_world.erased(installation, client.known["withdrawal"])
        await journey_world.at_rest(installation)


async def totals_life(data: Path, into: Path) -> None:
    """Write down where everything stands."""
    async with journey_world.running(data) as installation:
        await journey_world.at_rest(installation)
        found = await installation.intake.door.reconcile()
        into.write_text(json.dumps({name: getattr(found, name) for name in found.__slots__}))


def feeding_life(data: Path, *, total: int, each: int = 20) -> Callable[[], Awaitable[None]]:
    """Return a life that submits numbered sessions until ``total`` contributions were confirmed, and comes to rest."""

    async def life() -> None:
        client = Client(data.parent / "client.json")
        async with journey_world.running(data) as installation:
            door = installation.intake.door
            number = int(client.known.get("sessions", "0"))
            while number * each < total:
                submission = journey_world.session_of(
                    *(journey_world.said(f"{TEXTS[spoken % len(TEXTS)]}") for spoken in range(each)),
                )
                await door.submit(submission, idempotency_key=f"session {number}", body=b"the same")
                number += 1
                client.remember(sessions=str(number))
            # What flowed while it was killed again and again may be thousands.
            await journey_world.at_rest(installation, seconds=900)

    return life


def asked(data: Path, service: str, query: str) -> list[tuple]:
    """Return what a service's store answers, past all of our code."""
    url = journey_world.ENVIRONMENT.get("SV_DATABASE")
    if url is None:
        with contextlib.closing(sqlite3.connect(data / service / f"{service}.sqlite3")) as plain:
            return plain.execute(query).fetchall()

    async def ask() -> list[tuple]:
        plain = await asyncpg.connect(url, server_settings={"search_path": f"sv_{service}"})
        try:
            return [tuple(row) for row in await plain.fetch(query)]
        finally:
            await plain.close()

    return asyncio.run(ask())


def standing(data: Path) -> dict[str, object]:
    """Return what the stores say after everything came to rest: each contribution once, nothing older on top."""
    accepted = {row[0] for row in asked(data, "intake", "SELECT contribution FROM contributions")}
    themed = dict(asked(data, "themer", "SELECT contribution, revision FROM contributions"))
    held = {row[0] for row in asked(data, "themer", "SELECT contribution FROM contributions WHERE state = 'held'")}
    counted = dict(asked(data, "reporter", "SELECT contribution, input_revision FROM rows"))
    return {
        "accepted": len(accepted),
        "lost": len(accepted - set(themed)),
        "unknown": len(set(themed) - accepted),
        "uncounted": len(accepted - held - set(counted)),
        "older": sum(counted[each] != themed[each] for each in counted if each in themed),
    }
