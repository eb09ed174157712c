"""The anonymiser's step: a sealed bundle in, sealed pseudonymised contributions out; one function of its input.

It ignores consent: a bundle is pseudonymised as a whole, and the themer drops what was refused.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

import msgspec

from services.anonymiser.pseudonymisation import (
    PSEUDONYMISER_VERSION,
    Passage,
    Pseudonymised,
    pseudonymise,
)
from services.anonymiser.pseudonymisation import Mark as PassageMark
from services.clock import Clock, month_of
from services.contracts import decode, encode
from services.errors import ContractBroken, NotFound
from services.eventlog.cloudevents import new_record
from services.eventlog.interface import NewRecord, Record
from services.events import (
    BundledContribution,
    BundledStatement,
    ContributionPseudonymised,
    DoubtFound,
    PseudonymisedWords,
    SealedPart,
    SessionSubmitted,
    StatementPseudonymised,
    Words,
)
from services.runner.announcements import PublicKeys
from services.sealing.bundles import BundleSealer, Opener

NAME: Final = "anonymiser"


class Redaction:
    """Handles submitted bundles."""

    def __init__(self, *, opener: Opener, keys: PublicKeys, clock: Clock) -> None:
        self._opener = opener
        self._keys = keys
        self._clock = clock

    async def handle(self, records: Sequence[Record]) -> Sequence[NewRecord]:
        """Return the pseudonymised contributions of every bundle, sealed to the themer.

        Raises:
            ContractBroken, SealingError: a bundle cannot be read; it is parked.
            KeyAwaited: the themer has announced no key for today.
        """
        outputs: list[NewRecord] = []
        for record in records:
            outputs.extend(await self._redact(decode(SessionSubmitted, record.value)))
        return outputs

    async def reject(self, record: Record, contribution: str | None) -> Sequence[NewRecord]:
        """Let a parked bundle, or one contribution or statement of it, go on without words; the themer rejects it.

        Raises:
            NotFound: the bundle holds no such contribution.
            ContractBroken: the bundle cannot be read at all, so that nobody knows whom it is about.
        """
        bundle = decode(SessionSubmitted, record.value)
        chosen = [said for said in bundle.contributions if contribution in (None, said.contribution)]
        unstated = [stated for stated in bundle.statements if contribution in (None, stated.statement)]
        if not chosen and not unstated:
            raise NotFound("That bundle holds no such contribution.")
        outputs = [self._without_words(bundle, said) for said in chosen]
        outputs += [self._statement_without_words(bundle, stated) for stated in unstated]
        rest = tuple(said for said in bundle.contributions if said not in chosen)
        still = tuple(stated for stated in bundle.statements if stated not in unstated)
        if rest or still:
            outputs.extend(await self._redact(msgspec.structs.replace(bundle, contributions=rest, statements=still)))
        return outputs

    async def _redact(self, bundle: SessionSubmitted) -> list[NewRecord]:
        sealer = await self._keys.sealer(NAME_OF_READER, "pseudonymised", self._clock.today(), bundle.bundle)
        passages = [self._open(bundle, said.contribution, said.words) for said in bundle.contributions]
        passages += [self._open(bundle, stated.statement, stated.words) for stated in bundle.statements]
        # Off the event loop: pages and health answer while a long bundle is read.
        clean = await asyncio.to_thread(pseudonymise, passages)
        by_id = {each.id: each for each in clean}
        if len(by_id) != len(passages):
            raise ContractBroken("session.submitted: an id stands twice in a bundle")
        outputs = [self._contribution(bundle, said, by_id[said.contribution], sealer) for said in bundle.contributions]
        outputs += [self._statement(bundle, stated, by_id[stated.statement], sealer) for stated in bundle.statements]
        return outputs

    def _open(self, bundle: SessionSubmitted, subject: str, body: bytes) -> Passage:
        plain = self._opener.open(bundle.words, body, subject)
        try:
            words = msgspec.json.decode(plain, type=Words)
        except msgspec.DecodeError:
            # The decoder's text may quote the words.
            raise ContractBroken("session.submitted: sealed words do not keep their contract") from None
        marks = tuple(PassageMark(mark.start, mark.end, mark.action) for mark in words.marks)
        return Passage(subject, words.text, marks)

    def _contribution(
        self,
        bundle: SessionSubmitted,
        said: BundledContribution,
        clean: Pseudonymised,
        sealer: BundleSealer,
    ) -> NewRecord:
        event = ContributionPseudonymised(
            contribution=said.contribution,
            contributor=said.contributor,
            session=bundle.session,
            revision=said.revision,
            uses=said.uses,
            pseudonymiser=clean.version,
            facts=SealedPart(envelope=bundle.facts, body=said.facts),
            words=sealer.part(said.contribution, encode(_words(clean))),
        )
        return self._record(event, said.revision)

    def _statement(
        self,
        bundle: SessionSubmitted,
        stated: BundledStatement,
        clean: Pseudonymised,
        sealer: BundleSealer,
    ) -> NewRecord:
        event = msgspec.structs.replace(
            _about(bundle, stated),
            pseudonymiser=clean.version,
            words=sealer.part(stated.statement, encode(_words(clean))),
        )
        return self._record(event, stated.revision)

    def _statement_without_words(self, bundle: SessionSubmitted, stated: BundledStatement) -> NewRecord:
        return self._record(_about(bundle, stated), stated.revision)

    def _without_words(self, bundle: SessionSubmitted, said: BundledContribution) -> NewRecord:
        event = ContributionPseudonymised(
            contribution=said.contribution,
            contributor=said.contributor,
            session=bundle.session,
            revision=said.revision,
            uses=said.uses,
            pseudonymiser=PSEUDONYMISER_VERSION,
            facts=SealedPart(envelope=bundle.facts, body=said.facts),
        )
        return self._record(event, said.revision)

    def _record(self, event: ContributionPseudonymised | StatementPseudonymised, revision: int) -> NewRecord:
        month = month_of(self._clock.today())
        return new_record(event, stage=NAME, source_service=NAME, revision=revision, time=month)


NAME_OF_READER: Final = "themer"


def _about(bundle: SessionSubmitted, stated: BundledStatement) -> StatementPseudonymised:
    """Return what goes on of a statement beside its words: what the group said of it, and whose it is."""
    return StatementPseudonymised(
        statement=stated.statement,
        session=bundle.session,
        group=bundle.group,
        revision=stated.revision,
        kind=stated.kind,
        area=stated.area,
        sectors=stated.sectors,
        pseudonymiser=PSEUDONYMISER_VERSION,
    )


def _words(clean: Pseudonymised) -> PseudonymisedWords:
    doubts = tuple(DoubtFound(start=doubt.start, end=doubt.end, reason=doubt.reason) for doubt in clean.doubts)
    if clean.held and not doubts:
        doubts = (DoubtFound(start=0, end=0, reason="held"),)
    return PseudonymisedWords(text=clean.text, doubts=doubts)


def contributors_of(record: Record) -> frozenset[str]:
    """Return whom a submitted bundle is about.

    Raises:
        ContractBroken: it cannot be read.
    """
    return frozenset(said.contributor for said in decode(SessionSubmitted, record.value).contributions)
