"""Every event of the project as a typed struct: the contracts in Python.

Their register (types, topics, ids, coding) is :mod:`services.contracts`; ``schemas/events/*.json`` is generated
from both. An event's *value* is the JSON of one struct; its CloudEvents attributes travel beside it.

Rules that hold for every contract (design, "Events"):

* A writer counts a ``revision`` up for each subject; a reader applies only a greater one.
* The event id is a hash of (stage, contract, subject, revision, output index): a re-send has the same id.
* ``day`` is an ISO date, ``month`` is ``YYYY-MM``; only safeguarding keeps minutes.
* Sealed parts are opaque to everyone but their recipient.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Id = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$(?!\n)", description="An opaque id.")]
Revision = Annotated[int, Meta(ge=1, description="Counted up by the writer for each subject.")]
Day = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)", description="An ISO date.")]
Month = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}$(?!\n)", description="A calendar month.")]
Minute = Annotated[
    str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z$(?!\n)", description="UTC, to the minute.")
]
Term = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,79}$(?!\n)", description="A word of one of the vocabularies.")
]
Version = Annotated[str, Meta(min_length=1, max_length=80)]
Use = Literal["count", "paraphrase", "quote"]
Service = Literal["intake", "anonymiser", "themer", "reporter"]
Stance = Literal["concern", "praise", "suggestion", "mixed", "neutral"]
SettledState = Literal["held", "released", "rejected", "withdrawn"]


class Payload(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What all payloads share: they are immutable, written by name, and leave defaults out."""


# --- sealed parts and what they hold ---


class SealEnvelope(Payload, frozen=True, kw_only=True):
    """How a bundle's content key is wrapped for one recipient.

    Attributes:
        suite: the sealing suite's name.
        key: id of the recipient's epoch key.
        bundle: the bundle that the content key belongs to; bound into the wrap.
        wrap: the content key, wrapped by HPKE.
    """

    suite: Version
    key: Term
    bundle: Id
    wrap: bytes


class SealedPart(Payload, frozen=True, kw_only=True):
    """One sealed value with all that its recipient needs to open it.

    Attributes:
        envelope: the wrapped content key.
        body: nonce and AES-256-GCM ciphertext.
    """

    envelope: SealEnvelope
    body: bytes


class Mark(Payload, frozen=True, kw_only=True):
    """A facilitator's mark on the words: remove more, or keep what a detector would take.

    Attributes:
        start: offset of the first character.
        end: offset behind the last character.
        action: what she asked for.
    """

    start: Annotated[int, Meta(ge=0)]
    end: Annotated[int, Meta(ge=0)]
    action: Literal["remove", "keep"]


class Words(Payload, frozen=True, kw_only=True):
    """Sealed to the anonymiser: the words as spoken, with the facilitator's marks."""

    text: str
    marks: tuple[Mark, ...] = ()


class Facts(Payload, frozen=True, kw_only=True):
    """Sealed to the reporter: what it may count by. Free text never stands here.

    Attributes:
        role: the self-chosen role.
        areas: whose services are spoken of; empty reads as not said.
        month: of the session.
        group: the group, where there is one.
        session: the session.
        kind: of the session.
        identified: she has a seat or a receipt, or the kind makes each contribution a person.
        characteristics: answers that she opted in to use with what she said, by vocabulary.
    """

    role: Term
    areas: tuple[Term, ...]
    month: Month
    session: Id
    kind: Term
    identified: bool
    group: Id | None = None
    characteristics: dict[Term, Term] = {}


class Tallies(Payload, frozen=True, kw_only=True):
    """Sealed to the reporter: answers counted in the room, by question and answer."""

    answers: dict[Term, dict[Term, Annotated[int, Meta(ge=0)]]]


class DoubtFound(Payload, frozen=True, kw_only=True):
    """A place in pseudonymised words that a person must look at.

    Attributes:
        start: offset into the pseudonymised text.
        end: offset behind the last character.
        reason: the rule's name, never a value.
    """

    start: Annotated[int, Meta(ge=0)]
    end: Annotated[int, Meta(ge=0)]
    reason: Term


class PseudonymisedWords(Payload, frozen=True, kw_only=True):
    """Sealed to the themer: pseudonymised words with the doubts found."""

    text: str
    doubts: tuple[DoubtFound, ...] = ()


# --- transit ---


class BundledContribution(Payload, frozen=True, kw_only=True):
    """One contribution of a bundle; its sealed parts use the bundle's two envelopes."""

    contribution: Id
    contributor: Id
    revision: Revision
    uses: tuple[Use, ...]
    words: bytes
    facts: bytes


class BundledStatement(Payload, frozen=True, kw_only=True):
    """One statement of a group, agreed in the room; its words use the bundle's words envelope.

    Attributes:
        area: which of the five areas of recommendations, for a recommendation.
        sectors: who should act, where the group said so.
    """

    statement: Id
    revision: Revision
    kind: Literal["finding", "recommendation"]
    words: bytes
    area: Term | None = None
    sectors: tuple[Term, ...] = ()


class SessionSubmitted(Payload, frozen=True, kw_only=True):
    """One bundle: the contributions of one session that arrived together."""

    bundle: Id
    session: Id
    words: SealEnvelope
    facts: SealEnvelope
    contributions: Annotated[tuple[BundledContribution, ...], Meta(max_length=200)]
    group: Id | None = None
    statements: tuple[BundledStatement, ...] = ()


class ContributionPseudonymised(Payload, frozen=True, kw_only=True):
    """Pseudonymised words, sealed to the themer; the facts go on unopened.

    ``words`` is absent when a dead letter was rejected by a named person: the themer then settles it as rejected.
    """

    contribution: Id
    contributor: Id
    session: Id
    revision: Revision
    uses: tuple[Use, ...]
    pseudonymiser: Version
    facts: SealedPart
    words: SealedPart | None = None


class StatementPseudonymised(Payload, frozen=True, kw_only=True):
    """A group's statement in pseudonymised words, sealed to the themer."""

    statement: Id
    session: Id
    revision: Revision
    kind: Literal["finding", "recommendation"]
    pseudonymiser: Version
    group: Id | None = None
    area: Term | None = None
    sectors: tuple[Term, ...] = ()
    words: SealedPart | None = None


class ThemedNode(Payload, frozen=True, kw_only=True):
    """One node that a contribution was tagged with."""

    framework: Term
    node: Term
    score: Annotated[float, Meta(ge=0, le=1)]


class ContributionThemed(Payload, frozen=True, kw_only=True):
    """The codes of one contribution: no free text. Held or rejected after release: no nodes and that state."""

    contribution: Id
    contributor: Id
    revision: Revision
    state: Literal["released", "held", "rejected"]
    uses: tuple[Use, ...]
    bank: Version
    pseudonymiser: Version
    facts: SealedPart
    themes: tuple[ThemedNode, ...] = ()
    sectors: tuple[Term, ...] = ()
    forms: tuple[Term, ...] = ()
    stance: Stance = "neutral"
    uncovered: bool = False


# --- kept ---


class ContributionSettled(Payload, frozen=True, kw_only=True):
    """Where a contribution stands at the themer; ``reason`` is a rule, for rejected ones."""

    contribution: Id
    contributor: Id
    revision: Revision
    state: SettledState
    month: Month
    reason: Term | None = None


class ContributionCounted(Payload, frozen=True, kw_only=True):
    """Where a contribution stands at the reporter: its uses may not include counting."""

    contribution: Id
    revision: Revision
    state: Literal["counted", "uncounted"]
    month: Month


class SessionHeld(Payload, frozen=True, kw_only=True):
    """A session took place: what a report may say of it, and tallies sealed to the reporter.

    Attributes:
        frameworks: the one or two that its round names; none where it belongs to no round.
    """

    session: Id
    revision: Revision
    kind: Term
    areas: tuple[Term, ...]
    month: Month
    number_present: Annotated[int, Meta(ge=0, le=10000)]
    day: Day
    group: Id | None = None
    tallies: SealedPart | None = None
    frameworks: tuple[Term, ...] = ()


class ConsentChanged(Payload, frozen=True, kw_only=True):
    """The uses that remain for a contributor; none is a refusal, which is permanent."""

    contributor: Id
    revision: Revision
    uses: tuple[Use, ...]
    day: Day


class ErasureConfirmed(Payload, frozen=True, kw_only=True):
    """One service has erased a contributor, on this day."""

    contributor: Id
    service: Service
    revision: Revision
    day: Day


class SafeguardingRaised(Payload, frozen=True, kw_only=True):
    """A concern that was handed on: no words, only the organisation's own contact and reference."""

    concern: Id
    session: Id
    revision: Revision
    category: Term
    urgency: Literal["now", "soon", "past"]
    at: Minute
    contact: Annotated[str, Meta(max_length=80)] | None = None
    reference: Annotated[str, Meta(max_length=40)] | None = None


class SafeguardingAcknowledged(Payload, frozen=True, kw_only=True):
    """A lead took a concern over, and what was done, by list."""

    concern: Id
    session: Id
    revision: Revision
    at: Minute
    done: Term


class ThemeCorrected(Payload, frozen=True, kw_only=True):
    """A person changed a tag: an announcement; the themer's own ``themed`` event carries the answer."""

    contribution: Id
    revision: Revision
    role: Term
    framework: Term
    node: Term
    change: Literal["added", "removed"]
    month: Month


class MeasureSaid(Payload, frozen=True, kw_only=True):
    """What a finding says of one success measure: set by the person who words it, never by the tagger."""

    framework: Term
    measure: Term
    said: Literal["better", "worse", "mixed"]


class StatementChanged(Payload, frozen=True, kw_only=True):
    """Approved words of a statement with its two approvers' roles; retracted: no words, at the next revision.

    Attributes:
        nodes: of the frameworks: counted nodes or rows below them, chosen by the person who words it.
        group, sessions: whose it is and where it was agreed, for a group's own.
        area: which of the five areas of recommendations, for a recommendation.
        sectors: who it speaks of or should act.
        measures: what a finding says of success measures.
    """

    statement: Id
    revision: Revision
    kind: Literal["paraphrase", "quotation", "finding", "recommendation"]
    state: Literal["approved", "retracted"]
    day: Day
    words: Annotated[str, Meta(max_length=2000)] | None = None
    nodes: tuple[ThemedNode, ...] = ()
    approvers: tuple[Term, ...] = ()
    group: Id | None = None
    sessions: tuple[Id, ...] = ()
    area: Term | None = None
    sectors: tuple[Term, ...] = ()
    measures: tuple[MeasureSaid, ...] = ()


class ReportPublished(Payload, frozen=True, kw_only=True):
    """One release: its body's hash and the body (cells, symbols, ids and hashes of its sentences).

    ``body`` is the release body as in ``schemas/reports/release-body.schema.json``; its SHA-256 over the
    canonical bytes is ``body_hash`` and the release's citation.
    """

    report: Id
    revision: Revision
    body_hash: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
    body: dict[str, Any]
    prepared_by: Annotated[str, Meta(max_length=80)]
    approved_by: Annotated[str, Meta(max_length=80)]
    names_verified: bool
    day: Day


class RecommendationChanged(Payload, frozen=True, kw_only=True):
    """One step of a recommendation's life, with the statement's id and hash, never its words.

    Attributes:
        state: where it stands after the step; see ``services.reporter.recommendations.life``.
        lead, due: who leads at the responding service, and by when.
        reason: why it was declined or partly accepted, or what is to be checked, from a list.
        organisation: the responding service that is asked, or took the step.
        made_by: a group's recommendation or the board's own.
        public_from: the day from which it may be shown.
        passed_to: the sector of the body that it is really for.
        changed: the group's answer to "did it change?".
        step: what happened; see ``services.reporter.recommendations.life``.
        answer: what was answered.
        answer_by: the day by which an answer is due.
        group: whose it is.
        sectors: who should act.
        said: why, in the service's words, once an approver has read them.
        milestone: what was reached, in the service's words, once an approver has read them.
    """

    recommendation: Id
    revision: Revision
    statement: Id
    statement_hash: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
    state: Term
    area: Term
    day: Day
    lead: Annotated[str, Meta(max_length=120)] | None = None
    due: Day | None = None
    reason: Term | None = None
    organisation: Id | None = None
    made_by: Literal["group", "board"] | None = None
    public_from: Day | None = None
    passed_to: Term | None = None
    changed: Literal["yes", "partly", "no"] | None = None
    step: Term | None = None
    answer: Literal["accepted", "partly", "declined"] | None = None
    answer_by: Day | None = None
    group: Id | None = None
    sectors: tuple[Term, ...] = ()
    said: Annotated[str, Meta(max_length=600)] | None = None
    milestone: Annotated[str, Meta(max_length=200)] | None = None


class RecommendationAnswered(Payload, frozen=True, kw_only=True):
    """A responding service's answer or progress: the inbox of the reporter.

    Attributes:
        answer: accepted with a date that has not begun is "planned".
        reason: in its own words; shown only after an approver has read it.
        because: the reason from a list; a declined or partly accepted answer gives one.
        passed_to: the sector of the body that it is really for.
        progress: work has begun or is done; the answer repeats.
        milestone: what was reached, in a few words.
    """

    recommendation: Id
    revision: Revision
    organisation: Id
    answer: Literal["accepted", "partly", "declined"]
    day: Day
    reason: Annotated[str, Meta(max_length=600)] | None = None
    lead: Annotated[str, Meta(max_length=120)] | None = None
    due: Day | None = None
    because: Term | None = None
    passed_to: Term | None = None
    progress: Literal["in_progress", "done"] | None = None
    milestone: Annotated[str, Meta(max_length=200)] | None = None


class KeyAnnounced(Payload, frozen=True, kw_only=True):
    """A service's public epoch key, signed (Ed25519) by its pinned identity.

    Attributes:
        service: whose key it is.
        key: the key id, ``<service>-<purpose>-<epoch>``.
        purpose: what is sealed to it.
        suite: the sealing suite.
        public_key: the raw public key bytes of the suite.
        opens: first day of use.
        closes: last day of use.
        identity: fingerprint of the signing identity.
        signature: over the canonical form of the other fields.
    """

    service: Service
    key: Term
    revision: Revision
    purpose: Literal["words", "facts", "pseudonymised"]
    suite: Version
    public_key: bytes
    opens: Day
    closes: Day
    identity: Term
    signature: bytes


class LogSwept(Payload, frozen=True, kw_only=True):
    """A marker that lets old segments go; no handler sees it."""

    sweep: Id


class EpochClosed(Payload, frozen=True, kw_only=True):
    """A marker: this sealer seals nothing more to this epoch key; no handler sees it."""

    key: Term
    sealer: Service
