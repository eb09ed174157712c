"""A record as it travels: CloudEvents in binary mode, headers ``ce_*``, the key as UTF-8, the value as it is.

The quick way through the headers in the order and spelling in which this project writes them; anything else goes
through :mod:`services.eventlog.cloudevents`. A message that is no CloudEvent was put on the topic by a stranger: it is
handed on under a type that no contract has, so that the runner parks it like any other that cannot be handled.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, Protocol

from services.errors import ContractBroken
from services.eventlog.cloudevents import CONTENT_TYPE, Header, from_headers
from services.eventlog.interface import Attributes, NewRecord, Record, TopicPartition
from services.eventlog.topics import MAX_RECORD_BYTES

#: The type of a message that is no CloudEvent.
FOREIGN: Final = "foreign"

#: The most that a record may weigh that is no dead letter; the rest of what a topic takes is for what parking adds.
LARGEST: Final = MAX_RECORD_BYTES - 4096
#: And the most that one is handed on with as it is, a little more.
_MOST: Final = LARGEST + 1024
_VERSION: Final[Header] = ("ce_specversion", b"1.0")
_CONTENT: Final[Header] = ("content-type", CONTENT_TYPE.encode())
#: Every header that this project writes beside extensions.
_KNOWN: Final = frozenset(
    {
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_subject",
        "ce_time",
        "ce_dataschema",
        "ce_traceparent",
        "content-type",
    }
)
_DAY_SECONDS: Final = 86_400


def headers_of(attributes: Attributes) -> list[Header]:
    """Return the headers of a record's attributes."""
    headers = [
        _VERSION,
        ("ce_id", attributes.id.encode()),
        ("ce_source", attributes.source.encode()),
        ("ce_type", attributes.type.encode()),
        ("ce_subject", attributes.subject.encode()),
    ]
    if attributes.time is not None:
        headers.append(("ce_time", attributes.time.encode()))
    if attributes.dataschema is not None:
        headers.append(("ce_dataschema", attributes.dataschema.encode()))
    if attributes.traceparent is not None:
        headers.append(("ce_traceparent", attributes.traceparent.encode()))
    if attributes.extensions:
        headers += [(f"ce_{name}", value.encode()) for name, value in attributes.extensions.items()]
    headers.append(_CONTENT)
    return headers


def attributes_of(headers: Iterable[tuple[str, bytes | None]]) -> Attributes:
    """Return the attributes in a record's headers.

    Raises:
        ContractBroken: it is no CloudEvent of version 1.0 with an id, a source, a type and a subject.
    """
    given = [(name, value or b"") for name, value in headers]
    named = dict(given)
    try:
        if named["ce_specversion"] != b"1.0" or len(named) != len(given):
            return from_headers(given)
        identity, source, kind = named["ce_id"].decode(), named["ce_source"].decode(), named["ce_type"].decode()
        subject = named["ce_subject"].decode()
        moment, schema, trace = named.get("ce_time"), named.get("ce_dataschema"), named.get("ce_traceparent")
        extensions = (
            {
                name[3:].lower(): value.decode()
                for name, value in given
                if name not in _KNOWN and name.lower().startswith("ce_")
            }
            if named.keys() - _KNOWN
            else {}
        )
        found = Attributes(
            identity,
            source,
            kind,
            subject,
            None if moment is None else moment.decode(),
            None if schema is None else schema.decode(),
            None if trace is None else trace.decode(),
            extensions,
        )
    except (KeyError, UnicodeDecodeError):
        return from_headers(given)
    return found if identity and source and kind and subject else from_headers(given)


class Message(Protocol):
    """What aiokafka gives of a message, in whichever of its two forms."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def record_of(place: TopicPartition, message: Message) -> Record:
    """Return a message as a record of the log; a stranger's one has the type ``foreign``.

    One that is larger than this project writes, which a stranger can send compressed, comes without its value: no dead
    letter could take it, and whoever parks it would fail for ever.
    """
    (topic, partition), offset, key, value = place, message.offset, message.key, message.value
    if _weight(message) > _MOST:
        name, value, attributes = FOREIGN, None, None
    else:
        name = "" if key is None else key.decode(errors="replace")
        try:
            attributes = attributes_of(message.headers)
        except ContractBroken:
            attributes = None
    if attributes is None:
        attributes = Attributes(f"{topic}/{partition}/{offset}", FOREIGN, FOREIGN, name or FOREIGN)
    return Record(topic, partition, offset, name, attributes, value)


def _weight(message: Message) -> int:
    """Return about the bytes that a message takes when it is written again: a key of no text grows to three times."""
    weight = len(message.value or b"") + 3 * len(message.key or b"")
    for name, value in message.headers:
        weight += 2 + len(name) + len(value or b"")
    return weight


def timestamp_of(record: NewRecord, *, now: float) -> int:
    """Return the time that a record has on the broker, in milliseconds: its own day or month, never the minute.

    A marker has the moment: it must be later than what it lets go. Where the record names no time, or one to come (a
    broker takes none), it is today. Transit topics go by the broker's own time whatever this says.
    """
    if record.partition is not None:
        return int(now * 1000)
    return _day_of(record.attributes.time, int(now // _DAY_SECONDS * _DAY_SECONDS)) * 1000


@lru_cache(maxsize=1024)
def _day_of(named: str | None, today: int) -> int:
    """Return the beginning of the day that a time names, in seconds, today's at most."""
    if named is None:
        return today
    try:
        day = datetime.fromisoformat(named[:10]).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return today
    return max(min(int(day), today), 0)
