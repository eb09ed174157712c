"""The write-up desk: keeps drafts, asks for previews, finds what is pressing, and sends; pages speak to it alone."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import chain

import msgspec

from services.calls import Previewed
from services.clock import Clock
from services.errors import LogUnavailable, NotYet, StoreUnavailable
from services.intake.asking import Preview, Subjects
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
from services.vocabulary.frameworks import framework

_TIDY_EVERY = 3600.0


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
        self,
        *,
        drafts: Drafts,
        door: Door,
        concerns: Concerns,
        clock: Clock,
        preview: Preview,
        subjects: Subjects,
        frameworks: Sequence[str],
    ) -> None:
        self.drafts = drafts
        self.door = door
        self.concerns = concerns
        self.clock = clock
        self._preview = preview
        self._subjects = subjects
        self._frameworks = tuple(frameworks)

    async def next_step(self, draft: Draft) -> str:
        """Return the first question without an answer, or ``check``."""
        return next_step(draft, pressing=bool(await self.pressing(draft)))

    async def pressing(self, draft: Draft) -> list[Concern]:
        """Return the signs of a present or imminent risk in a draft's words."""
        return list(chain.from_iterable((await self._signs(draft)).values()))

    async def _signs(self, draft: Draft) -> dict[int, list[Concern]]:
        """Return the signs of a present or imminent risk, by the number of the contribution that gives any."""

        def look() -> dict[int, list[Concern]]:
            found = {}
            for number, said in enumerate(draft.contributions):
                signs = [concern for concern in detect(said.text) if concern.urgency in PRESSING]
                if signs:
                    found[number] = signs
            return found

        return await asyncio.to_thread(look)

    async def preview(self, draft: Draft, *, with_keeps: bool = True) -> Sequence[Previewed]:
        """Return every contribution as it will be; without the keeps, everything that would go is among the spans.

        Raises:
            PreviewUnreachable: the anonymiser does not answer now.
        """
        try:
            return await self._preview(bundle_of(draft, with_keeps=with_keeps))
        except NotYet:
            raise PreviewUnreachable("The preview cannot be reached now: the draft waits.") from None

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
        # What tells of a danger goes to whoever can help, not onto a paper that goes home in somebody's bag.
        unsaid = {} if draft.handed_on is None else await self._signs(draft)
        told = [each.text for number, each in enumerate(heard) if number not in unsaid]
        note = make_note(
            session=accepted.session,
            month=draft.month,
            heard=told,
            unsaid=len(unsaid),
            # What its releases will name, so that the note and the report speak of the same subjects.
            subjects=await self._subjects_of(told, (group and group.frameworks) or self._frameworks),
            held=any(each.held for each in heard),
            hear_back_on="" if group is None else group.hear_back_on,
        )
        kept = await self.drafts.keep_note(account, note)
        await self.drafts.discard(account, draft_id)
        return kept

    async def _subjects_of(self, texts: Sequence[str], frameworks: Sequence[str]) -> list[str] | None:
        """Return the titles of what the texts would be counted under, the most frequent first; None: not known now."""
        try:
            found = await self._subjects(texts)
        except NotYet:
            return None
        nodes = Counter(
            (subject.framework, subject.node)
            for subject in chain.from_iterable(dict.fromkeys(each) for each in found)
            if subject.framework in frameworks
        )
        return [framework(name).node(node).title for (name, node), _ in nodes.most_common()]

    async def tidy(self, stop: asyncio.Event) -> None:
        """Destroy drafts and notes that are too old, until ``stop``; a supervised task."""
        while True:
            try:
                await self.drafts.destroy_old()
            except (LogUnavailable, StoreUnavailable) as trouble:
                logger("intake").warning("tidying waits", error=trouble)
            if not await every(_TIDY_EVERY, stop):
                return
