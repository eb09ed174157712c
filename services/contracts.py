"""The register of events: which struct is which contract, its type, topic and subject, and how it is coded.

Types are ``org.survivorvoice.<thing>.<past tense>.v<major>``, topics ``sv.<thing>.<past tense>.v<major>``.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from services.errors import ContractBroken
from services.events import (
    ConsentChanged,
    ContributionCounted,
    ContributionPseudonymised,
    ContributionSettled,
    ContributionThemed,
    EpochClosed,
    ErasureConfirmed,
    KeyAnnounced,
    LogSwept,
    Payload,
    RecommendationAnswered,
    RecommendationChanged,
    ReportPublished,
    SafeguardingAcknowledged,
    SafeguardingRaised,
    SessionHeld,
    SessionSubmitted,
    StatementChanged,
    StatementPseudonymised,
    ThemeCorrected,
)

AnyPayload = TypeVar("AnyPayload", bound=Payload)


@dataclass(frozen=True, slots=True)
class Contract:
    """One event's contract.

    Attributes:
        name: ``<thing>.<past tense>``.
        version: the major version.
        payload: the struct of its value.
        subject: the name of the field that is the event's subject and record key.
    """

    name: str
    version: int
    payload: type[Payload]
    subject: str

    @property
    def type(self) -> str:
        """The CloudEvents type."""
        return f"org.survivorvoice.{self.name}.v{self.version}"

    @property
    def topic(self) -> str:
        """The topic that carries it (markers go to any topic)."""
        return f"sv.{self.name}.v{self.version}"

    @property
    def schema_name(self) -> str:
        """The file name of its JSON Schema below ``schemas/events/``."""
        return f"{self.name}.v{self.version}.json"


_CONTRACTS = (
    Contract("session.submitted", 1, SessionSubmitted, "bundle"),
    Contract("contribution.pseudonymised", 1, ContributionPseudonymised, "contribution"),
    Contract("statement.pseudonymised", 1, StatementPseudonymised, "statement"),
    Contract("contribution.themed", 1, ContributionThemed, "contribution"),
    Contract("contribution.settled", 1, ContributionSettled, "contribution"),
    Contract("contribution.counted", 1, ContributionCounted, "contribution"),
    Contract("session.held", 1, SessionHeld, "session"),
    Contract("consent.changed", 1, ConsentChanged, "contributor"),
    Contract("erasure.confirmed", 1, ErasureConfirmed, "contributor"),
    Contract("safeguarding.raised", 1, SafeguardingRaised, "concern"),
    Contract("safeguarding.acknowledged", 1, SafeguardingAcknowledged, "concern"),
    Contract("theme.corrected", 1, ThemeCorrected, "contribution"),
    Contract("statement.changed", 1, StatementChanged, "statement"),
    Contract("report.published", 1, ReportPublished, "report"),
    Contract("recommendation.changed", 1, RecommendationChanged, "recommendation"),
    Contract("recommendation.answered", 1, RecommendationAnswered, "recommendation"),
    Contract("key.announced", 1, KeyAnnounced, "key"),
    Contract("log.swept", 1, LogSwept, "sweep"),
    Contract("log.epoch_closed", 1, EpochClosed, "key"),
)

CONTRACTS: dict[type[Payload], Contract] = {contract.payload: contract for contract in _CONTRACTS}
CONTRACTS_BY_TYPE: dict[str, Contract] = {contract.type: contract for contract in _CONTRACTS}
MARKER_TYPES = frozenset(CONTRACTS[payload].type for payload in (LogSwept, EpochClosed))

_encoder = msgspec.json.Encoder(order="deterministic")
_decoders: dict[type[Payload], msgspec.json.Decoder[Any]] = {}


def contract_of(payload: type[Payload]) -> Contract:
    """Return the contract of a payload's struct."""
    return CONTRACTS[payload]


def topic_of(payload: type[Payload]) -> str:
    """Return the topic that carries a payload."""
    return CONTRACTS[payload].topic


def encode(payload: Payload) -> bytes:
    """Return the JSON bytes of one payload; equal payloads give equal bytes."""
    return _encoder.encode(payload)


def decode(payload: type[AnyPayload], value: bytes | None) -> AnyPayload:
    """Return the payload in a record's value; fields that are not declared are ignored.

    Raises:
        ContractBroken: the value is absent or does not keep the contract; the message names the contract and the
            place, never the value.
    """
    decoder = _decoders.get(payload)
    if decoder is None:
        decoder = _decoders.setdefault(payload, msgspec.json.Decoder(payload))
    name = CONTRACTS[payload].name if payload in CONTRACTS else payload.__name__
    if value is None:
        raise ContractBroken(f"{name}: the value is absent")
    try:
        decoded: AnyPayload = decoder.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        place = str(broken).rpartition(" - at ")[2].strip("`") if " - at " in str(broken) else "$"
        raise ContractBroken(f"{name}: does not keep its contract at {place}") from None
    return decoded


def subject_of(payload: Payload) -> str:
    """Return the opaque id that an event is about; it is the record key too."""
    return str(getattr(payload, CONTRACTS[type(payload)].subject))


def event_id(stage: str, contract: Contract, subject: str, revision: int, output: int = 0) -> str:
    """Return the id of an event: equal for a re-send, different for each step of a subject's life."""
    text = "\x1f".join((stage, contract.type, subject, str(revision), str(output)))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
