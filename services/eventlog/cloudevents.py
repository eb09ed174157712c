"""CloudEvents 1.0.2: headers in binary mode, JSON in structured mode, and the way from a payload to a record and back.

In binary mode each attribute is a header ``ce_<name>``, the content type has a header without that prefix, and the
value is the data alone; a record without a value is a tombstone.
"""

import base64
import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import msgspec

from services.contracts import CONTRACTS_BY_TYPE, MARKER_TYPES, contract_of, decode, encode, event_id, subject_of
from services.errors import ContractBroken
from services.eventlog.interface import Attributes, NewRecord, Record
from services.events import EpochClosed, LogSwept, Payload

Header = tuple[str, bytes]

CONTENT_TYPE = "application/json"
_SPECVERSION = "1.0"
_PREFIX = "ce_"
_SOURCE = "/survivor-voice/"
_REQUIRED = ("id", "source", "type", "subject")
_OPTIONAL = ("time", "dataschema", "traceparent")
_OTHER_NAMES = ("specversion", "datacontenttype", "data", "data_base64", "partitionkey")
_RESERVED = frozenset((*_REQUIRED, *_OPTIONAL, *_OTHER_NAMES))
_EXTENSION_NAME = re.compile(r"[a-z0-9]{1,20}").fullmatch
_NO_EXTENSIONS: Mapping[str, str] = MappingProxyType({})

#: How much of a moment a payload's field gives, and what makes it a whole timestamp.
_MOMENTS = (
    (re.compile(r"\d{4}-\d{2}").fullmatch, "{}-01T00:00:00Z"),
    (re.compile(r"\d{4}-\d{2}-\d{2}").fullmatch, "{}T00:00:00Z"),
    (re.compile(r"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})Z").fullmatch, "{}:00Z"),
    (re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})").fullmatch, "{}"),
)


# --- attributes as headers, a record as JSON ---


def to_headers(attributes: Attributes) -> list[Header]:
    """Return the Kafka headers of a record's attributes."""
    named = {"specversion": _SPECVERSION, **_named(attributes)}
    headers = [(_PREFIX + name, value.encode()) for name, value in named.items()]
    return [*headers, ("content-type", CONTENT_TYPE.encode())]


def from_headers(headers: Iterable[Header]) -> Attributes:
    """Return the attributes in a record's Kafka headers; headers that are not CloudEvents' own are ignored.

    Raises:
        ContractBroken: a required attribute is absent, the version of CloudEvents is another, or it is no UTF-8.
    """
    named: dict[str, str] = {}
    for name, value in headers:
        lowered = name.lower()
        if lowered.startswith(_PREFIX):
            try:
                named[lowered.removeprefix(_PREFIX)] = value.decode()
            except UnicodeDecodeError:
                raise ContractBroken("A header of the record is not UTF-8.") from None
    return _attributes(named)


def to_json(record: Record | NewRecord) -> bytes:
    """Return a record as one structured CloudEvent, its key as ``partitionkey``."""
    event: dict[str, object] = {"specversion": _SPECVERSION, **_named(record.attributes), "partitionkey": record.key}
    if record.value is not None:
        event["datacontenttype"] = CONTENT_TYPE
        if _is_json(record.value):
            event["data"] = msgspec.Raw(record.value)
        else:
            event["data_base64"] = base64.b64encode(record.value).decode()
    return msgspec.json.encode(event)


def from_json(topic: str, text: bytes) -> NewRecord:
    """Return the record in a structured CloudEvent; without ``partitionkey`` the subject is its key.

    Raises:
        ContractBroken: it is not a CloudEvent of version 1.0 with an id, a source, a type and a subject.
    """
    try:
        event = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
        data = event.pop("data", None)
        plain = event.pop("data_base64", None)
        value = None if data is None or bytes(data) == b"null" else bytes(data)
        if plain is not None:
            value = base64.b64decode(msgspec.json.decode(plain, type=str), validate=True)
        named = {name: msgspec.json.decode(raw, type=str) for name, raw in event.items()}
    except (msgspec.MsgspecError, ValueError):
        raise ContractBroken("The event is not a CloudEvent in JSON.") from None
    key = named.pop("partitionkey", None)
    named.pop("datacontenttype", None)
    attributes = _attributes(named)
    return NewRecord(topic, key or attributes.subject, attributes, value)


def _named(attributes: Attributes) -> dict[str, str]:
    given = [(name, getattr(attributes, name)) for name in (*_REQUIRED, *_OPTIONAL)]
    return {name: value for name, value in given if value is not None} | dict(attributes.extensions)


def _attributes(named: dict[str, str]) -> Attributes:
    if named.pop("specversion", None) != _SPECVERSION:
        raise ContractBroken("The record is not a CloudEvent of version 1.0.")
    absent = [name for name in _REQUIRED if not named.get(name)]
    if absent:
        raise ContractBroken(f"The record lacks the CloudEvents attribute {absent[0]}.")
    known = {name: named.pop(name) for name in (*_REQUIRED, *_OPTIONAL) if name in named}
    return Attributes(
        id=known["id"],
        source=known["source"],
        type=known["type"],
        subject=known["subject"],
        time=known.get("time"),
        dataschema=known.get("dataschema"),
        traceparent=known.get("traceparent"),
        extensions=named,
    )


def _is_json(value: bytes) -> bool:
    try:
        msgspec.json.decode(value)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


# --- from a payload to a record and back ---


def new_record(
    payload: Payload,
    *,
    stage: str,
    source_service: str,
    revision: int,
    output: int = 0,
    time: str | None = None,
    traceparent: str | None = None,
    extensions: Mapping[str, str] = _NO_EXTENSIONS,
) -> NewRecord:
    """Return the record that carries a payload; its key is its subject.

    Args:
        payload: what happened.
        stage: the step that writes it; part of the id, so that two steps never share one.
        source_service: the service that writes it.
        revision: of the subject; a re-send has the same.
        output: which of several of the same subject and revision.
        time: a month, a day, a minute or a whole timestamp; absent, the payload's own ``at``, ``day`` or ``month``.
        traceparent: W3C trace context.
        extensions: further attributes.

    Raises:
        ContractBroken: an extension's name or the time is not as CloudEvents has them.
    """
    contract = contract_of(type(payload))
    subject = subject_of(payload)
    for name in extensions:
        if not _EXTENSION_NAME(name) or name in _RESERVED:
            raise ContractBroken(f"{contract.name}: {name!r} cannot be the name of an extension.")
    attributes = Attributes(
        id=event_id(stage, contract, subject, revision, output),
        source=_SOURCE + source_service,
        type=contract.type,
        subject=subject,
        time=_timestamp(time if time is not None else _own_time(payload), contract.name),
        dataschema=f"events/{contract.schema_name}",
        traceparent=traceparent,
        extensions=dict(extensions),
    )
    return NewRecord(contract.topic, subject, attributes, encode(payload))


def marker_record(
    payload: LogSwept | EpochClosed, topic: str, partition: int, *, source_service: str, revision: int = 1
) -> NewRecord:
    """Return a marker for one partition of a topic.

    Markers of one kind share a key, so that a compacted topic keeps one of them in each partition.

    Args:
        payload: what the marker says.
        topic: the topic that it goes to.
        partition: and the partition.
        source_service: the service that writes it.
        revision: counts repeats of the same marker.
    """
    contract = contract_of(type(payload))
    subject = subject_of(payload)
    attributes = Attributes(
        id=event_id(f"{source_service}/{topic}/{partition}", contract, subject, revision),
        source=_SOURCE + source_service,
        type=contract.type,
        subject=subject,
        dataschema=f"events/{contract.schema_name}",
    )
    return NewRecord(topic, contract.name, attributes, encode(payload), partition)


def payload_of(record: Record | NewRecord) -> Payload:
    """Return what a record says, by its type.

    A dead letter is read as what it was.

    Raises:
        ContractBroken: the type is unknown, does not belong in the topic, or the value does not keep its contract or
            is about another subject than the record says; the message never holds the value.
    """
    attributes = record.attributes
    contract = CONTRACTS_BY_TYPE.get(attributes.type)
    if contract is None:
        raise ContractBroken("The record's type is not known here.")
    if attributes.type not in MARKER_TYPES and record.topic.partition(".dlq.")[0] != contract.topic:
        raise ContractBroken(f"{contract.name}: lies in a topic of other events")
    payload: Payload = decode(contract.payload, record.value)
    if subject_of(payload) != attributes.subject:
        raise ContractBroken(f"{contract.name}: the subject is not the one in its value")
    return payload


def _own_time(payload: Payload) -> str | None:
    for name in ("at", "day", "month"):
        value: str | None = getattr(payload, name, None)
        if value is not None:
            return value
    return None


def _timestamp(time: str | None, name: str) -> str | None:
    """Return a whole RFC 3339 timestamp for a month, a day or a minute."""
    if time is None:
        return None
    for matches, form in _MOMENTS:
        found = matches(time)
        if found is not None:
            return form.format(found[1] if form == "{}:00Z" else time)
    raise ContractBroken(f"{name}: the time is not a month, a day or a timestamp")
