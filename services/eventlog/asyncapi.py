"""The AsyncAPI 3 document of the event log, ``schemas/asyncapi.json``, built from the declared topics and contracts.

Channels are topics (dead letters too), messages are contracts, operations say who sends and who receives. Values are
described by the JSON Schemas beside it, by reference; ``python -m services.schemas`` writes and compares the document.
"""

from pathlib import Path
from typing import Any

from services import __version__
from services.contracts import CONTRACTS, CONTRACTS_BY_TYPE, MARKER_TYPES, Contract
from services.eventlog.topics import OUTSIDERS, Topic, broker_settings
from services.eventlog.trimming import every_topic
from services.schema_changes import Schema
from services.schemas import event_schema, written

FILE = "asyncapi.json"
VERSION = "3.0.0"
#: Where a value's schema lies, seen from the document.
_FOLDER = "events"
_BINDING = "0.5.0"
_SCHEMA_FORMAT = "application/schema+json;version=draft-2020-12"
_RETAINED = {
    "transit": "Trimmed behind its slowest reader; no retention by time.",
    "compacted": "Keeps the newest record of a key.",
}


def document() -> Schema:
    """Return the whole document; the same for the same declaration."""
    topics = every_topic()
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Survivor Voice event log",
            "version": __version__,
            "description": (
                "CloudEvents 1.0.2 in binary mode over Apache Kafka: attributes are headers that begin with ce_, the "
                "value is the data alone, a record without a value is a tombstone. Delivery is at least once: apply a "
                "record only when its revision is greater than the one you have of its subject. Pass over fields that "
                "you do not know, and records of a type that is not listed here. Words and facts are sealed to the "
                "service that may open them."
            ),
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "broker": {
                "host": "broker.example.org:9093",
                "protocol": "kafka-secure",
                "description": "TLS, and one SCRAM-SHA-512 user for each service or party.",
                "security": [{"$ref": "#/components/securitySchemes/scram"}],
            },
        },
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": {name: part for topic in topics for name, part in _operations(topic)},
        "components": {
            "messages": {contract.name: _message(contract) for contract in CONTRACTS.values()},
            "securitySchemes": {"scram": {"type": "scramSha512"}},
        },
    }


def differences(root: Path) -> list[str]:
    """Return a line where the document below ``root`` (the schemas' folder) is missing or differs."""
    path = root / FILE
    if not path.exists():
        return [f"{FILE}: is missing"]
    same = path.read_text(encoding="utf-8") == written(document())
    return (
        []
        if same
        else [f"{FILE}: differs from the declared topics and contracts: run python -m services.schemas write"]
    )


def write(root: Path) -> None:
    """Write the document below ``root``."""
    (root / FILE).write_text(written(document()), encoding="utf-8")


def _channel(topic: Topic) -> dict[str, Any]:
    return {
        "address": topic.name,
        "description": _description(topic),
        "messages": {contract.name: {"$ref": _message_path(contract)} for contract in _carried(topic)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {name: _typed(name, value) for name, value in broker_settings(topic).items()},
                "bindingVersion": _BINDING,
            },
        },
    }


def _description(topic: Topic) -> str:
    source, mark, group = topic.name.partition(".dlq.")
    if mark:
        return (
            f"Records of {source} that {group} could not handle, untouched, with the class of error in their headers."
        )
    payload = _contract_of(topic).payload
    first = (payload.__doc__ or "").strip().splitlines()[0]
    kept = _RETAINED.get(topic.retention) or (
        "Kept for ever." if topic.days is None else f"Kept for {topic.days} days."
    )
    return f"{first} {kept}"


def _contract_of(topic: Topic) -> Contract:
    source = topic.name.partition(".dlq.")[0]
    return next(contract for contract in CONTRACTS.values() if contract.topic == source)


def _carried(topic: Topic) -> list[Contract]:
    """Return what a topic may carry: its contract, and the log's own markers."""
    markers = [CONTRACTS_BY_TYPE[kind] for kind in sorted(MARKER_TYPES)]
    return [_contract_of(topic), *markers]


def _message_path(contract: Contract) -> str:
    return f"#/components/messages/{contract.name}"


def _message(contract: Contract) -> dict[str, Any]:
    schema = event_schema(contract)
    constant = {name: {"type": "string", "const": value} for name, value in _constants(contract).items()}
    return {
        "name": contract.type,
        "title": contract.name,
        "summary": schema.get("description", contract.name),
        "contentType": "application/json",
        "headers": {
            "type": "object",
            "required": ["ce_id", "ce_source", "ce_specversion", "ce_type", "ce_subject"],
            "properties": {
                **constant,
                "ce_id": {"type": "string", "description": "Equal for a record that is sent again."},
                "ce_source": {"type": "string", "description": "/survivor-voice/<service>, or the party's own URI."},
                "ce_subject": {"type": "string", "description": f"The {contract.subject}, an opaque id."},
                "ce_time": {"type": "string", "format": "date-time", "description": "Of a day or a month alone."},
            },
        },
        "payload": {
            "schemaFormat": _SCHEMA_FORMAT,
            "schema": {"$ref": f"{_FOLDER}/{contract.schema_name}"},
        },
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"The {contract.subject}; it decides the partition."},
                "bindingVersion": _BINDING,
            },
        },
    }


def _constants(contract: Contract) -> dict[str, str]:
    return {
        "ce_specversion": "1.0",
        "ce_type": contract.type,
        "ce_dataschema": contract.schema_name,
        "content-type": "application/json",
    }


def _operations(topic: Topic) -> list[tuple[str, dict[str, Any]]]:
    """Return who sends to a topic and who receives from it, each by its name."""
    found = [_operation(topic, writer, "send") for writer in (*topic.writers, *topic.outside_writers)]
    found += [_operation(topic, group, "receive", group) for group in topic.readers]
    readers = [reader for reader in topic.whole_readers if reader not in topic.readers]
    found += [_operation(topic, reader, "receive") for reader in readers]
    return found + [_operation(topic, party, "receive", party) for party in topic.outside_readers]


def _operation(topic: Topic, who: str, action: str, group: str | None = None) -> tuple[str, dict[str, Any]]:
    service = who.partition(".")[0]
    channel = f"#/channels/{topic.name}"
    part: dict[str, Any] = {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{_contract_of(topic).name}"}],
        "tags": [{"name": "outside" if service in OUTSIDERS else "service"}, {"name": service}],
    }
    if group is not None:
        part["bindings"] = {"kafka": {"groupId": {"type": "string", "const": group}, "bindingVersion": _BINDING}}
    return f"{who}.{action}.{topic.name}", part


def _typed(name: str, value: str) -> str | int | float | list[str]:
    """Return a broker's setting as the Kafka binding has it: policies as a list, numbers as numbers."""
    if name == "cleanup.policy":
        return value.split(",")
    try:
        return int(value)
    except ValueError:
        pass
    try:
        return float(value)
    except ValueError:
        return value
