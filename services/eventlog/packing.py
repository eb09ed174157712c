"""The compact form in which an engine of ours stores attributes beside a record.

What follows from the topic or the key is left out: the type and schema of the topic's own contract, a subject that
is the key, the common start of a source. An id of 32 hexadecimal digits takes 16 bytes. The form is a MessagePack
array.
"""

import re
from functools import lru_cache

import msgspec

from services.contracts import CONTRACTS_BY_TYPE
from services.eventlog.interface import Attributes

_SOURCE = "/survivor-voice/"
_HEXADECIMAL = re.compile(r"[0-9a-f]{32}").fullmatch
_TYPES = {contract.topic: contract.type for contract in CONTRACTS_BY_TYPE.values()}
_SCHEMAS = {contract.type: f"events/{contract.schema_name}" for contract in CONTRACTS_BY_TYPE.values()}


class _Packed(msgspec.Struct, array_like=True):
    """One record's attributes in the order in which they are stored.

    None reads as "what follows from topic, key and type", an empty text as absent.
    """

    digits: bytes | None
    source: str
    time: str | None = None
    type: str | None = None
    subject: str | None = None
    schema: str | None = None
    traceparent: str | None = None
    extensions: dict[str, str] | None = None
    id: str | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed).decode


def schema_of(event_type: str) -> str | None:
    """Return the ``dataschema`` of a contract's events, or None where the type is no contract of ours."""
    return _SCHEMAS.get(event_type)


def pack(attributes: Attributes, topic: str, key: str) -> bytes:
    """Return the stored form of a record's attributes."""
    identity = attributes.id
    short = _HEXADECIMAL(identity) is not None
    source, event_type, schema = _shorten(attributes.source, attributes.type, attributes.dataschema, topic)
    return _encode(
        (
            bytes.fromhex(identity) if short else None,
            source,
            attributes.time,
            event_type,
            None if attributes.subject == key else attributes.subject,
            schema,
            attributes.traceparent,
            dict(attributes.extensions) if attributes.extensions else None,
            None if short else identity,
        )
    )


def unpack(stored: bytes, topic: str, key: str) -> Attributes:
    """Return the attributes that :func:`pack` was given."""
    packed = _decode(stored)
    event_type = _TYPES[topic] if packed.type is None else packed.type
    return Attributes(
        packed.digits.hex() if packed.digits is not None else packed.id or "",
        _lengthen(packed.source),
        event_type,
        key if packed.subject is None else packed.subject,
        packed.time,
        _SCHEMAS[event_type] if packed.schema is None else packed.schema or None,
        packed.traceparent,
        packed.extensions or {},
    )


@lru_cache(maxsize=256)
def _shorten(source: str, event_type: str, schema: str | None, topic: str) -> tuple[str, str | None, str | None]:
    """Return source, type and schema as they are stored: what a log holds has few different ones.

    A source loses the start that all of ours share; any other stands behind a mark.
    """
    service = source.removeprefix(_SOURCE)
    return (
        f"={source}" if service == source or service.startswith("=") else service,
        None if event_type == _TYPES.get(topic) else event_type,
        None if schema and schema == _SCHEMAS.get(event_type) else schema or "",
    )


@lru_cache(maxsize=64)
def _lengthen(stored: str) -> str:
    """Return the source that was shortened."""
    return stored[1:] if stored.startswith("=") else _SOURCE + stored
