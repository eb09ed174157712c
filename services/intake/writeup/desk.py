"""The write-up desk: keeps drafts, asks for previews, finds what is pressing, and sends; pages speak to it alone."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import msgspec

from services.clock import Clock
from services.errors import LogUnavailable, NotYet, StoreUnavailable
from services.events import Words
from services.intake.concerns import Concerns
from services.intake.door import Door
from services.intake.writeup.draft import (
    PRESSING,
    Draft,
    bundle_of,
    check_draft,
    next_step,
    submission_of,
)
from services.intake.writeup.keeping import Drafts
from services.intake.writeup.note import make_note
from services.runner.supervision import every
from services.safeguarding.detection import Concern, detect
from services.telemetry.logs import logger

_TIDY_EVERY = 3600.0


class Stretch(Protocol):
    """A stretch of a text, end exclusive."""

    @property
    def start(self) -> int:
        """Its first character."""

    @property
    def end(self) -> int:
        """Behind its last character."""


class GoneStretch(Stretch, Protocol):
    """A stretch that goes, and where what takes its place will stand."""

    @property
    def shown_start(self) -> int:
        """The first character of what takes its place."""

    @property
    def shown_end(self) -> int:
        """Behind its last character."""

    @property
    def label(self) -> str:
        """What kind of thing it is."""

    @property
    def can_stay(self) -> bool:
        """Whether a mark may keep it."""


class Previewed(Protocol):
    """One text as it will be."""

    @property
    def text(self) -> str:
        """The text."""

    @property
    def spans(self) -> Sequence[GoneStretch]:
        """What goes."""

    @property
    def doubts(self) -> Sequence[Stretch]:
        """Where there is doubt: offsets into the text as it will be."""

    @property
    def held(self) -> bool:
        """Whether a person looks at it first."""


#: The anonymiser's preview of one bundle, as the composition passes it in.
Preview = Callable[[Sequence[Words]], Awaitable[Sequence[Previewed]]]


class PreviewUnreachable(NotYet):
    """The preview cannot be reached: the draft waits."""


class Desk:
    """What the pages of the write-up ask for.

    Attributes:
        drafts: what is being written up.
        door: takes what is sent.
        concerns: what was handed on.
        clock: what day it is.
    """

    def __init__(
        self, *, drafts: Drafts, door: Door, concerns: Concerns, clock: Clock, preview: Preview | None
    ) -> None:
        self.drafts = drafts
        self.door = door
        self.concerns = concerns
        self.clock = clock
        self._preview = preview

    async def next_step(self, draft: Draft) -> str:
        """Return the first question without an answer, or ``check``."""
        return next_step(draft, pressing=bool(await self.pressing(draft)))

    async def pressing(self, draft: Draft) -> list[Concern]:
        """Return the signs of a present or imminent risk in a draft's words."""

        def look() -> list[Concern]:
            found = [concern for said in draft.contributions for concern in detect(said.text)]
            return [concern for concern in found if concern.urgency in PRESSING]

        return await asyncio.to_thread(look)

    async def preview(self, draft: Draft, *, with_keeps: bool = True) -> Sequence[Previewed]:
        """Return every contribution as it will be; without the keeps, everything that would go is among the spans.

        Raises:
            PreviewUnreachable: there is no anonymiser to ask.
        """
        if self._preview is None:
            raise PreviewUnreachable("The preview cannot be reached now: the draft waits.")
        return await self._preview(bundle_of(draft, with_keeps=with_keeps))

    async def send(self, account: str, draft_id: str) -> str:
        """Send a draft, hand its concern on, destroy it, and return the id of the note for the group.

        Sending again after a crash changes nothing: the draft's id is the idempotency key, and the concern's id comes
        from it.

        Raises:
            InputRefused, KeyAwaited, StoreUnavailable: nothing was stored, and the draft is still there.
            PreviewUnreachable: as ``preview``.
            NotFound: not this account's, or sent already.
            NotYet: a question is still open.
        """
        draft = await self.drafts.load(account, draft_id)
        if await self.next_step(draft) != "check":
            raise NotYet("A question is still open.")
        check_draft(draft, self.clock.today())
        heard = await self.preview(draft)
        submission = submission_of(draft)
        accepted = await self.door.submit(
            submission,
            idempotency_key=draft_id,
            body=msgspec.json.encode(submission),
            places=list(draft.places),
            # She was asked on a page of its own, and what she said there is handed on below.
            look_for_danger=False,
            file_digest=draft.file_digest,
        )
        if draft.handed_on is not None:
            await self.concerns.hand_on(draft_id, accepted.session, draft.handed_on)
        group = next((known for known in await self.door.groups() if known.id == draft.group), None)
        note = make_note(
            session=accepted.session,
            month=draft.month,
            heard=[each.text for each in heard],
            held=any(each.held for each in heard),
            hear_back_on="" if group is None else group.hear_back_on,
        )
        kept = await self.drafts.keep_note(account, note)
        await self.drafts.discard(account, draft_id)
        return kept

    async def tidy(self, stop: asyncio.Event) -> None:
        """Destroy drafts and notes that are too old, until ``stop``; a supervised task."""
        while True:
            try:
                await self.drafts.destroy_old()
            except (LogUnavailable, StoreUnavailable) as trouble:
                logger("intake").warning("tidying waits", error=trouble)
            if not await every(_TIDY_EVERY, stop):
                return
