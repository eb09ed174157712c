"""From a checked submission to sealed bundles: words to the anonymiser, facts and tallies to the reporter.

Sealing needs no database; whose contribution it is (the contributor) is filled in when the bundle is stored.
"""

import datetime

import msgspec
from msgspec import Struct

from services.contracts import encode
from services.events import BundledStatement, Facts, Mark, SealedPart, SealEnvelope, Tallies, Use, Words
from services.ids import NewId
from services.intake.statements import seal_statements, weight_of
from services.intake.submissions import CheckedContribution, CheckedSubmission
from services.runner.announcements import PublicKeys

MOST_IN_A_BUNDLE = 200
#: A bundle's record stays below 512 KB: sealed bytes grow by a third as base64, and envelopes take a few KB.
MOST_BYTES = 340_000


class SealedContribution(Struct, frozen=True, gc=False):
    """One contribution, sealed; who it is from is said by seat, person or receipt, which stay here."""

    contribution: str
    uses: tuple[Use, ...]
    words: bytes
    facts: bytes
    seat: int | None
    person: int | None
    receipt: str | None


class SealedBundle(Struct, frozen=True):
    """Contributions that travel together, with the two envelopes that wrap their content keys."""

    bundle: str
    words: SealEnvelope
    facts: SealEnvelope
    contributions: tuple[SealedContribution, ...]
    statements: tuple[BundledStatement, ...] = ()


class SealedSubmission(Struct, frozen=True):
    """One session, sealed and ready to be stored.

    Attributes:
        session: its new id.
        checked: what was checked; its texts are not used any more.
        bundles: everything that was said.
        tallies: sealed to the reporter, or None.
    """

    session: str
    kind: str
    month: str
    areas: tuple[str, ...]
    number_present: int
    group: str | None
    single: bool
    bundles: tuple[SealedBundle, ...]
    tallies: SealedPart | None
    limits_explained: bool = False
    support_person: bool = False
    debrief: bool = False


async def seal_submission(
    checked: CheckedSubmission,
    *,
    keys: PublicKeys,
    today: datetime.date,
    new_id: NewId,
    session: str | None = None,
) -> SealedSubmission:
    """Seal everything of a submission, or a part of a long one.

    Args:
        checked: what was checked.
        keys: of the recipients.
        today: the day, which says under which epoch.
        new_id: makes opaque ids.
        session: the id of the session that this is a later part of; its tallies went with the first part.

    Raises:
        KeyAwaited: the anonymiser or the reporter has announced no key for today.
    """
    is_first = session is None
    session = new_id() if session is None else session
    bundles: list[SealedBundle] = []
    for chunk in _chunks(checked.contributions, beside=weight_of(checked.statements)) or [[]]:
        bundle = new_id()
        words = await keys.sealer("anonymiser", "words", today, bundle)
        facts = await keys.sealer("reporter", "facts", today, bundle)
        facts_of: list[bytes] = []
        # Facts repeat from row to row: each wording is written once a bundle, and sealed for each.
        written: dict[tuple[str, tuple[str, ...], bool], bytes] = {}
        for said, _ in chunk:
            identified = checked.single or said.seat is not None or said.receipt is not None
            same = (said.role, said.areas, identified)
            fact = None if said.characteristics else written.get(same)
            if fact is None:
                fact = encode(
                    Facts(
                        role=said.role,
                        areas=said.areas,
                        month=checked.month,
                        group=checked.group,
                        session=session,
                        kind=checked.kind,
                        identified=identified,
                        characteristics=said.characteristics,
                    )
                )
                if not said.characteristics:
                    written[same] = fact
            facts_of.append(fact)
        ids = [new_id() for _ in chunk]
        sealed = tuple(
            SealedContribution(contribution, said.uses, spoken, fact, said.seat, said.person, said.receipt)
            for contribution, (said, _), spoken, fact in zip(
                ids,
                chunk,
                words.seal_all(zip(ids, (written_words for _, written_words in chunk), strict=True)),
                facts.seal_all(zip(ids, facts_of, strict=True)),
                strict=True,
            )
        )
        # The group's statements travel beside its first words: names that were spoken there are known in them too.
        stated = () if bundles else seal_statements(checked.statements, words=words, new_id=new_id)
        bundles.append(SealedBundle(bundle, words.envelope, facts.envelope, sealed, stated))
    tallies = None
    if checked.tallies and is_first:
        bundle = new_id()
        sealer = await keys.sealer("reporter", "facts", today, bundle)
        tallies = sealer.part(session, encode(Tallies(answers=checked.tallies)))
    return SealedSubmission(
        session,
        checked.kind,
        checked.month,
        checked.areas,
        checked.number_present,
        checked.group,
        checked.single,
        tuple(bundles),
        tallies,
        checked.limits_explained,
        checked.support_person,
        checked.debrief,
    )


def _chunks(
    contributions: tuple[CheckedContribution, ...], *, beside: int
) -> list[list[tuple[CheckedContribution, bytes]]]:
    """Return what is said in bundles, each with its words as they are written before they are sealed."""
    chunks: list[list[tuple[CheckedContribution, bytes]]] = []
    chunk: list[tuple[CheckedContribution, bytes]] = []
    size = beside
    for said in contributions:
        marks = msgspec.convert(said.marks, tuple[Mark, ...], from_attributes=True) if said.marks else ()
        written = encode(Words(text=said.text, marks=marks))
        weight = len(written) + 600
        if chunk and (len(chunk) == MOST_IN_A_BUNDLE or size + weight > MOST_BYTES):
            chunks.append(chunk)
            chunk, size = [], 0
        chunk.append((said, written))
        size += weight
    return [*chunks, chunk] if chunk else chunks
