"""Deliveries: whole files brought to the door, accepted all or nothing, in memory that does not grow with their rows.

A file is read and checked first; its parts are sealed into a nameless temporary file as they are read, so that nothing
of it lies on the disk in clear; then one transaction stores them all with the concerns that they raise. The same file
is known again by the keyed hash of its bytes, whatever it is called and by whatever way it comes.
"""

import asyncio
import contextlib
import datetime
import itertools
import json
import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import sqlalchemy as sa
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy.ext.asyncio import AsyncConnection

from services.clock import Clock, day_in_words
from services.database.engine import Database
from services.errors import Conflict, Finding, InputRefused, Plain, SurvivorVoiceError
from services.ids import NewId
from services.intake import store
from services.intake.acceptance import Acceptance, Arrival
from services.intake.bundling import MOST_IN_A_BUNDLE, SealedSubmission, seal_submission
from services.intake.concerns import Concerns, raise_dangers
from services.intake.dangers import Danger, Raised
from services.intake.files.findings import THE_FILE
from services.intake.files.reading import TABLES, Header, ReadFile, SessionChunk, read_file, stream_rows
from services.intake.lookout import Lookout
from services.intake.receipts import InstallationSecret
from services.intake.submissions import CheckedSubmission, check
from services.runner.announcements import PublicKeys
from services.runner.outbox import Outbox
from services.vocabulary.safeguarding_urgencies import safeguarding_urgencies

#: So many parts, of up to 200 contributions each, are stored with one statement a table.
_AT_ONCE: Final = 8
#: More contributions than these are a large transaction.
_MANY: Final = 2_000
#: Bytes of the number in front of each part that says how long it is.
_SIZE: Final = 4

#: Called with how many contributions are done and how many there are, each counted once read and once stored.
Progress = Callable[[int, int], None]


def _silent(_done: int, _all: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtFile:
    """A file at the door.

    Attributes:
        source: its bytes; it can be rewound.
        digest: their SHA-256, in hexadecimal.
        format: one of the formats that are read.
        header: what was said about the session outside the file.
        facilitator: names whose turns a transcript leaves out.
    """

    source: BinaryIO
    digest: str
    format: str
    header: Header = field(default_factory=Header)
    facilitator: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What the sender of a file is told: ids, numbers, and what to do about a danger.

    Attributes:
        sessions: their ids, in the order of the file.
        contributions: how many there are.
        notes: how the file was read.
        concerns: what was raised, the most urgent first.
        first_sent_on: the day of the first time, where the file came before; nothing was stored again then.
    """

    sessions: tuple[str, ...]
    contributions: int
    notes: tuple[str, ...] = ()
    concerns: tuple[Raised, ...] = ()
    first_sent_on: str | None = None


@dataclass(slots=True)
class Reading:
    """A file that was read as a whole once, and gives its parts; how many contributions, and how it was read."""

    parts: Generator[SessionChunk, None, None]
    contributions: int
    notes: tuple[str, ...]


class _Part(Struct, frozen=True):
    sealed: SealedSubmission
    receipts: dict[str, str]
    is_part: bool


@dataclass(slots=True)
class _Prepared:
    """What is ready to be stored."""

    parts: BinaryIO
    contributions: int
    notes: tuple[str, ...]
    sessions: dict[int, str] = field(default_factory=dict)
    dangers: dict[int, tuple[Danger, ...]] = field(default_factory=dict)


class Deliveries:
    """Takes files in.

    Args:
        folder: where sealed parts lie until they are stored.

    Attributes:
        concerns: what was raised.
    """

    def __init__(
        self,
        *,
        folder: Path,
        database: Database,
        outbox: Outbox,
        acceptance: Acceptance,
        concerns: Concerns,
        keys: PublicKeys,
        secret: InstallationSecret,
        clock: Clock,
        new_id: NewId,
    ) -> None:
        self.folder = folder
        self._database = database
        self._outbox = outbox
        self._acceptance = acceptance
        self.concerns = concerns
        self._keys = keys
        self._secret = secret
        self._clock = clock
        self._new_id = new_id

    async def first_sent_on(self, digest: str) -> str | None:
        """Return the day on which a file was accepted, by its SHA-256, or None."""
        return await find_first_sent(self._database, self._secret, digest)

    async def take(self, brought: BroughtFile, progress: Progress = _silent) -> Delivered:
        """Check, seal and store everything in a file; durable when this returns, and all of it or nothing.

        Raises:
            InputRefused: every rule it breaks, by place; nothing was stored.
            Conflict: it came before with other answers about the session.
            NotFound: no such group.
            KeyAwaited, StoreUnavailable: not now; nothing was stored.
        """
        async with self._database.read() as view:
            known = await self._known(view, brought.digest)
        if known is not None:
            return await self._repeated(known, brought)
        with tempfile.TemporaryFile(dir=_made(self.folder)) as parts:
            prepared = await self._prepare(brought, parts, progress)
            async with self._database.begin(is_large=prepared.contributions > _MANY) as transaction:
                known = await self._known(transaction, brought.digest)
                if known is None:
                    return await self._store(transaction, prepared, brought, progress)
        return await self._repeated(known, brought)

    async def _prepare(self, brought: BroughtFile, parts: BinaryIO, progress: Progress) -> _Prepared:
        reading = await asyncio.to_thread(read_parts, brought, self._clock.today())
        prepared = _Prepared(parts, reading.contributions, reading.notes)
        today = self._clock.today()
        with contextlib.closing(reading.parts), Lookout(reading.contributions) as lookout:

            def next_checked() -> tuple[SessionChunk, CheckedSubmission] | None:
                chunk = next(reading.parts, None)
                if chunk is None:
                    return None
                checked = check_part(chunk, today)
                lookout.look(chunk.session, [said.text for said in checked.contributions])
                return chunk, checked

            await self._seal(reading, next_checked, prepared, progress)
            prepared.dangers = await asyncio.to_thread(lookout.found)
        return prepared

    async def _seal(
        self,
        reading: Reading,
        next_checked: Callable[[], tuple[SessionChunk, CheckedSubmission] | None],
        prepared: _Prepared,
        progress: Progress,
    ) -> None:
        """Seal part after part into the temporary file."""
        today = self._clock.today()
        encoder = msgspec.msgpack.Encoder()
        done = 0
        while (each := await asyncio.to_thread(next_checked)) is not None:
            chunk, checked = each
            session = prepared.sessions.get(chunk.session)
            sealed = await seal_submission(checked, keys=self._keys, today=today, new_id=self._new_id, session=session)
            prepared.sessions[chunk.session] = sealed.session
            receipts = await self._receipts(sealed)
            packed = encoder.encode(_Part(sealed, receipts, session is not None))
            prepared.parts.write(len(packed).to_bytes(_SIZE, "big") + packed)
            done += len(checked.contributions)
            progress(done, 2 * reading.contributions)

    async def _receipts(self, sealed: SealedSubmission) -> dict[str, str]:
        return {
            said.contribution: await asyncio.to_thread(self._secret.receipt_hash, said.receipt)
            for bundle in sealed.bundles
            for said in bundle.contributions
            if said.receipt is not None
        }

    async def _store(
        self, transaction: AsyncConnection, prepared: _Prepared, brought: BroughtFile, progress: Progress
    ) -> Delivered:
        today, at = self._clock.today().isoformat(), self._clock.minute()
        people: dict[tuple[str, int | None], str] = {}
        done = prepared.contributions
        prepared.parts.seek(0)
        decoded = _decoded(prepared.parts)
        while some := list(itertools.islice(decoded, _AT_ONCE)):
            arrivals = [
                Arrival(sealed=part.sealed, key_hash=None, body_hash="", receipts=part.receipts, is_part=part.is_part)
                for part in some
            ]
            answers, events = await transaction.run_sync(
                self._acceptance.apply,
                arrivals,
                today=today,
                people=people,
            )
            for answer in answers:
                if isinstance(answer, SurvivorVoiceError):
                    raise answer
                done += len(answer.contributions)
            await self._outbox.put(transaction, events)
            progress(done, 2 * prepared.contributions)
        raised: list[Raised] = []
        for number, dangers in sorted(prepared.dangers.items()):
            told, rows, records = raise_dangers(prepared.sessions[number], dangers, at)
            raised += told
            await transaction.execute(store.concerns.insert(), rows)
            await self._outbox.put(transaction, records)
        sessions = tuple(prepared.sessions[number] for number in sorted(prepared.sessions))
        answered = {
            "session": sessions[0],
            "contributions": [],
            "sessions": list(sessions),
            "count": prepared.contributions,
        }
        await transaction.execute(
            store.idempotency.insert().values(
                key_hash=file_hash(self._secret, brought.digest),
                body_hash=self._answers_hash(brought),
                session=sessions[0],
                answer=json.dumps(answered),
                day=today,
            ),
        )
        return Delivered(
            sessions=sessions,
            contributions=prepared.contributions,
            notes=prepared.notes,
            concerns=_urgent_first(raised),
        )

    async def _repeated(self, known: Any, brought: BroughtFile) -> Delivered:
        answer = json.loads(known.answer)
        if known.body_hash != self._answers_hash(brought) and "sessions" in answer:
            raise Conflict(
                Plain(
                    f"This file was sent before, on {day_in_words(known.day)}, with other answers about the session."
                    " Nothing was stored again."
                )
            )
        sessions = tuple(answer.get("sessions", [answer["session"]]))
        return Delivered(
            sessions=sessions,
            contributions=answer.get("count", len(answer["contributions"])),
            concerns=await self.concerns.of_sessions(sessions),
            first_sent_on=known.day,
        )

    async def _known(self, view: AsyncConnection, digest: str) -> Any:
        return await _row_of(view, file_hash(self._secret, digest))

    def _answers_hash(self, brought: BroughtFile) -> str:
        said = msgspec.json.encode((brought.header, sorted(brought.facilitator)), order="sorted").decode()
        return self._secret.key_hash(f"answers|{said}")


def file_hash(secret: InstallationSecret, digest: str) -> str:
    """Return the keyed hash under which a file is known again."""
    return secret.key_hash(f"file|{digest}")


async def find_first_sent(database: Database, secret: InstallationSecret, digest: str) -> str | None:
    """Return the day on which a file was accepted, by its SHA-256, or None."""
    async with database.read() as view:
        row = await _row_of(view, file_hash(secret, digest))
    return None if row is None else str(row.day)


async def _row_of(view: AsyncConnection, key_hash: str) -> Any:
    table = store.idempotency
    return (await view.execute(sa.select(table).where(table.c.key_hash == key_hash))).one_or_none()


def read_parts(brought: BroughtFile, today: datetime.date) -> Reading:
    """Return a file that can be taken, to be gone through once more part by part.

    Raises:
        InputRefused: everything that is wrong with it.
    """
    if brought.format in TABLES:
        stream = stream_rows(brought.source, format=brought.format, header=brought.header)
        return Reading((part for part in stream), sum(stream.counts), stream.notes)
    read = read_file(brought.source, format=brought.format, header=brought.header, facilitator=brought.facilitator)
    # Whole sessions are checked, so that the number present is compared with everybody who spoke.
    present = [
        check(submission, today=today, places=list(places)).number_present
        for submission, places in zip(read.submissions, read.places, strict=True)
    ]
    contributions = sum(len(each.contributions) for each in read.submissions)
    return Reading(_parts_of(read, present), contributions, read.notes)


def _parts_of(read: ReadFile, present: list[int]) -> Generator[SessionChunk, None, None]:
    for number, (submission, places) in enumerate(zip(read.submissions, read.places, strict=True)):
        said = submission.contributions
        for part, first in enumerate(range(0, len(said), MOST_IN_A_BUNDLE)):
            last = min(first + MOST_IN_A_BUNDLE, len(said))
            own = replace(submission, contributions=said[first:last], number_present=present[number])
            yield SessionChunk(
                session=number, part=part, last=last == len(said), submission=own, places=places[first:last]
            )


def check_part(part: SessionChunk, today: datetime.date) -> CheckedSubmission:
    """Return a part with every rule checked; what is wrong with its session is said at its first contribution.

    Raises:
        InputRefused: as ``submissions.check``.
    """
    try:
        return check(part.submission, today=today, places=list(part.places))
    except InputRefused as refused:
        raise InputRefused(
            [
                found
                if found.place.startswith(THE_FILE)
                else Finding(f"{part.places[0]}, {found.place}", found.rule, found.mend)
                for found in refused.findings
            ]
        ) from None


def _decoded(parts: BinaryIO) -> Iterator[_Part]:
    decoder = msgspec.msgpack.Decoder(_Part)
    while size := parts.read(_SIZE):
        yield decoder.decode(parts.read(int.from_bytes(size, "big")))


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _urgent_first(raised: list[Raised]) -> tuple[Raised, ...]:
    order = safeguarding_urgencies().ids
    return tuple(sorted(raised, key=lambda each: (order.index(each.urgency), each.category, each.concern)))
