"""The anonymiser's part in a withdrawal: it keeps no row, so it holds its consent cursor until nothing can reach it.

That is so when intake has confirmed, this group has passed the heads of the submitted words as they stood then, the
log is truncated there, and no dead letter holds her. Then it confirms, and the cursor moves.
"""

from collections.abc import Sequence

from services.anonymiser.redacting import NAME, contributors_of
from services.clock import Clock
from services.contracts import decode, topic_of
from services.errors import NotYet
from services.eventlog.interface import EventLog, NewRecord, Record, TopicPartition
from services.eventlog.tail import Tail
from services.events import ConsentChanged, ErasureConfirmed, SessionSubmitted
from services.runner.confirming import confirmation
from services.runner.dead_letters import DeadLetters

_WORDS = topic_of(SessionSubmitted)
_BEFORE = "intake"


class Forgetting:
    """Handles consent at the anonymiser: only refusals concern it."""

    def __init__(self, *, log: EventLog, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._confirmations = Tail(log, topic_of(ErasureConfirmed))
        self._confirmed_before: set[str] = set()
        self._heads: dict[str, dict[TopicPartition, int]] = {}
        self._dead_letters = DeadLetters(NAME, [_WORDS], log)

    async def handle(self, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Return a confirmation for every refusal among the records.

        Raises:
            NotYet: not all of them can be confirmed; the cursor stays where it is.
        """
        refused = []
        for record in records:
            if record.value is None:
                continue
            change = decode(ConsentChanged, record.value)
            if not change.uses:
                refused.append(change.contributor)
        await self._listen()
        outputs = []
        for contributor in refused:
            if contributor not in self._confirmed_before:
                raise NotYet("The service before has not confirmed yet.")
            if contributor not in self._heads:
                self._heads[contributor] = await self._log.heads([_WORDS])
            await self._require_passed(contributor)
            outputs.append(confirmation(NAME, contributor, self._clock.today()))
        for contributor in refused:
            self._heads.pop(contributor, None)
        return outputs

    async def _listen(self) -> None:
        for record in await self._confirmations.catch_up():
            if record.is_marker or record.value is None:
                continue
            heard = decode(ErasureConfirmed, record.value)
            if heard.service == _BEFORE:
                self._confirmed_before.add(heard.contributor)

    async def _require_passed(self, contributor: str) -> None:
        heads = self._heads[contributor]
        cursors = await self._log.cursors(NAME, [_WORDS])
        if any(cursors.get(place, 0) < head for place, head in heads.items()):
            raise NotYet("Words from before the refusal are still on their way.")
        if await self._dead_letters.holds(contributor, contributors_of):
            raise NotYet("A dead letter may still hold her words.")
        settled = await self._dead_letters.settled_ends()
        await self._log.trim({**heads, **settled}, physically=True)
