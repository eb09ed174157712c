"""The schemas of the events: one file a contract, the same text each time, open to fields that are not known yet."""

import json

import pytest
from jsonschema import Draft202012Validator

from services import events
from services.contracts import CONTRACTS, MARKER_TYPES
from services.eventlog.topics import DECLARED
from services.schemas import IN_TRANSIT, SEALED, event_schema, generated, schema_of, sealed_schema, written
from services.vocabulary.datafiles import schema_path

NAMES = sorted(generated())


def parts_of(schema):
    """Every schema inside a schema."""
    yield schema
    for keyword in ("properties", "$defs"):
        for part in schema.get(keyword, {}).values():
            yield from parts_of(part)
    for keyword in ("items", "additionalProperties", "propertyNames"):
        if isinstance(schema.get(keyword), dict):
            yield from parts_of(schema[keyword])
    for part in schema.get("anyOf", []):
        yield from parts_of(part)


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_a_schema_of_2020_12(name):
    schema = generated()[name]
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("name", NAMES)
def test_the_committed_file_is_the_generated_one(name):
    assert schema_path("events", *name.split("/")).read_text(encoding="utf-8") == written(generated()[name])


def test_every_contract_has_a_schema_and_so_has_everything_sealed():
    events_named = {contract.schema_name for contract in CONTRACTS.values()}
    sealed_named = {f"sealed/{name}.v{version}.json" for name, version, _ in SEALED.values()}
    assert set(NAMES) == events_named | sealed_named


def test_what_is_sealed_is_words_facts_and_tallies():
    assert set(SEALED) == {events.Words, events.PseudonymisedWords, events.Facts, events.Tallies}


@pytest.mark.parametrize("name", NAMES)
def test_the_id_is_relative_and_names_the_file(name):
    assert generated()[name]["$id"] == name


@pytest.mark.parametrize("payload", CONTRACTS, ids=lambda payload: payload.__name__)
def test_an_event_schema_says_type_topic_and_key(payload):
    contract, schema = CONTRACTS[payload], event_schema(CONTRACTS[payload])
    assert schema["x-type"] == contract.type
    assert schema["x-key"] == contract.subject
    assert schema["x-key"] in schema["required"]
    assert schema["x-topic"] == ("*" if contract.type in MARKER_TYPES else contract.topic)


@pytest.mark.parametrize("struct", SEALED, ids=lambda struct: struct.__name__)
def test_a_sealed_schema_says_who_can_open_it(struct):
    schema = sealed_schema(struct)
    assert schema["x-sealed-to"] in {"anonymiser", "themer", "reporter"}
    assert "x-topic" not in schema


@pytest.mark.parametrize("payload", [*CONTRACTS, *SEALED], ids=lambda payload: payload.__name__)
def test_title_and_description_come_from_the_struct(payload):
    schema = schema_of(payload)
    assert schema["title"] == payload.__name__
    assert schema["description"] == payload.__doc__.strip().splitlines()[0]


@pytest.mark.parametrize("name", NAMES)
def test_no_description_is_longer_than_a_line(name):
    for part in parts_of(generated()[name]):
        assert "\n" not in part.get("description", "")


@pytest.mark.parametrize("name", NAMES)
def test_the_content_model_is_open(name):
    assert all(part.get("additionalProperties") is not False for part in parts_of(generated()[name]))


@pytest.mark.parametrize("name", NAMES)
def test_required_fields_stand_in_order_of_name(name):
    for part in parts_of(generated()[name]):
        assert part.get("required", []) == sorted(part.get("required", []))


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_reads_back_as_it_was_written(name):
    schema = generated()[name]
    text = written(schema)
    assert json.loads(text) == schema
    assert text.endswith("}\n")


def test_generating_twice_gives_the_same_text():
    assert [written(schema) for schema in generated().values()] == [written(schema) for schema in generated().values()]


def test_definitions_are_those_that_are_referred_to():
    assert set(schema_of(events.ContributionThemed)["$defs"]) == {"SealedPart", "SealEnvelope", "ThemedNode"}
    assert "$defs" not in schema_of(events.ConsentChanged)


def test_a_default_is_what_json_would_hold():
    assert schema_of(events.Words)["properties"]["marks"]["default"] == []


def test_what_is_in_transit_is_what_the_topics_declare():
    declared = {payload for payload, contract in CONTRACTS.items() if _retention(contract) == "transit"}
    assert declared == IN_TRANSIT


def test_no_sealed_words_stand_in_the_open_anywhere():
    for payload in CONTRACTS:
        assert "text" not in event_schema(CONTRACTS[payload])["properties"]


def _retention(contract):
    return DECLARED[contract.topic].retention if contract.topic in DECLARED else None
