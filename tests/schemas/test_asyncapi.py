"""``schemas/asyncapi.json`` is AsyncAPI 3, its references lead somewhere, and it says what is declared."""

import json
import os
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from node_packages import install

from services import schemas
from services.contracts import CONTRACTS, MARKER_TYPES
from services.eventlog import asyncapi
from services.eventlog.access import grants
from services.eventlog.topics import OUTSIDERS, broker_settings
from services.eventlog.trimming import every_topic
from services.schemas import main, written

ROOT = Path(__file__).resolve().parents[2]
CHECK = ROOT / "tests" / "asyncapi"
COMMITTED: dict[str, Any] = json.loads((ROOT / "schemas" / asyncapi.FILE).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def official():
    """The official JSON Schema of the version; skipped where it cannot be had, failed in CI."""
    try:
        install(CHECK)
    except (RuntimeError, ImportError) as trouble:
        if os.environ.get("CI"):
            pytest.fail(str(trouble))
        pytest.skip(str(trouble))
    path = CHECK / "node_modules" / "@asyncapi" / "specs" / "schemas" / f"{asyncapi.VERSION}-without-$id.json"
    return jsonschema.Draft7Validator(json.loads(path.read_text(encoding="utf-8")))


def references(part, place=()):
    """Yield every reference in a document with where it stands."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                yield place, value
            else:
                yield from references(value, (*place, name))
    elif isinstance(part, list):
        for number, value in enumerate(part):
            yield from references(value, (*place, number))


def resolved(reference):
    """Return what a reference of the committed document leads to."""
    name, _, pointer = reference.partition("#")
    part = COMMITTED
    if name:
        part = json.loads((ROOT / "schemas" / name).read_text(encoding="utf-8"))
    for step in pointer.split("/")[1:]:
        part = part[step]
    return part


def test_the_committed_document_is_that_of_the_declaration():
    assert asyncapi.document() == COMMITTED
    assert asyncapi.differences(ROOT / "schemas") == []


def test_the_document_keeps_the_official_schema(official):
    assert [f"{list(error.absolute_path)}: {error.message}" for error in official.iter_errors(COMMITTED)] == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.pop("info"),
        lambda document: document.update(asyncapi="2.6.0"),
        lambda document: next(iter(document["channels"].values()))["bindings"]["kafka"].update(partitions=0),
        lambda document: next(iter(document["operations"].values())).update(action="publish"),
    ],
)
def test_the_official_schema_would_see_a_fault(official, spoil):
    document = json.loads(json.dumps(COMMITTED))
    spoil(document)

    assert not official.is_valid(document)


def test_every_reference_leads_somewhere():
    found = list(references(COMMITTED))

    assert len(found) > len(COMMITTED["channels"])
    assert [reference for _, reference in found if not resolved(reference)] == []


def test_each_message_is_a_contract_and_its_value_the_published_schema():
    messages = COMMITTED["components"]["messages"]

    assert set(messages) == {contract.name for contract in CONTRACTS.values()}
    for contract in CONTRACTS.values():
        message = messages[contract.name]
        schema = resolved(message["payload"]["schema"]["$ref"])
        assert schema["x-type"] == message["name"] == contract.type
        assert message["headers"]["properties"]["ce_type"]["const"] == contract.type


def test_each_channel_is_a_topic_with_its_settings_and_carries_its_contract_and_the_markers():
    topics = {topic.name: topic for topic in every_topic()}

    assert set(COMMITTED["channels"]) == set(topics)
    for name, channel in COMMITTED["channels"].items():
        kafka = channel["bindings"]["kafka"]
        stated = {
            setting: ",".join(value) if isinstance(value, list) else str(value)
            for setting, value in kafka["topicConfiguration"].items()
        }
        assert channel["address"] == kafka["topic"] == name
        assert kafka["partitions"] == topics[name].partitions
        assert stated == broker_settings(topics[name])
        carried = {resolved(message["$ref"])["name"] for message in channel["messages"].values()}
        assert carried > MARKER_TYPES
        assert len(carried - MARKER_TYPES) == 1


def test_operations_say_who_sends_and_who_receives_and_no_more_than_access_allows():
    allowed = {(grant.user, grant.name, grant.operation) for grant in grants()}
    said = set()
    for name, operation in COMMITTED["operations"].items():
        who, _, topic = name.partition(f".{operation['action']}.")
        assert operation["channel"]["$ref"] == f"#/channels/{topic}"
        right = "write" if operation["action"] == "send" else "read"
        said.add((who.partition(".")[0], topic, right))
        group = operation.get("bindings", {}).get("kafka", {}).get("groupId", {}).get("const")
        assert group in (None, who)
    for topic in every_topic():
        assert {(group.partition(".")[0], topic.name, "read") for group in topic.readers} <= said
        assert {(writer.partition(".")[0], topic.name, "write") for writer in topic.writers} <= said
    assert said <= allowed
    assert {topic for who, topic, right in said if who in OUTSIDERS and right == "write"} == {
        "sv.recommendation.answered.v1"
    }


def test_a_document_that_drifted_is_named_by_the_check_and_written_anew(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(schemas, "schemas_root", lambda: tmp_path)
    assert main(["write"]) == 0
    path = tmp_path / asyncapi.FILE
    assert path.read_text(encoding="utf-8") == written(asyncapi.document())

    path.write_text("{}", encoding="utf-8")
    assert main(["check"]) == 1
    assert "asyncapi.json: differs from the declared topics" in capsys.readouterr().err
    path.unlink()
    assert main(["check"]) == 1
    assert "asyncapi.json: is missing" in capsys.readouterr().err
    assert main(["write"]) == 0
    assert main(["check"]) == 0
