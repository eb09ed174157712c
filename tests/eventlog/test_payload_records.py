"""From a payload to a record and back."""

import pytest
from msgspec.structs import replace

from services.contracts import CONTRACTS, encode
from services.errors import ContractBroken
from services.eventlog.cloudevents import marker_record, new_record, payload_of
from services.eventlog.interface import Record
from services.events import (
    ConsentChanged,
    ContributionPseudonymised,
    EpochClosed,
    LogSwept,
    SafeguardingAcknowledged,
    SealedPart,
    SealEnvelope,
    SessionHeld,
)

CONSENT = ConsentChanged(contributor="contributor-1", revision=3, uses=("count",), day="2026-03-14")


def written(payload=CONSENT, **told):
    return new_record(payload, **{"stage": "intake", "source_service": "intake", "revision": 3, **told})


def as_read(record, **changes):
    values = {"topic": record.topic, "partition": 0, "offset": 7, "key": record.key, "value": record.value}
    return Record(**{**values, "attributes": record.attributes, **changes})


def test_a_record_says_what_its_contract_says():
    record = written()
    assert record.topic == "sv.consent.changed.v1"
    assert record.key == record.attributes.subject == "contributor-1"
    assert record.attributes.type == "org.survivorvoice.consent.changed.v1"
    assert record.attributes.source == "/survivor-voice/intake"
    assert record.attributes.dataschema == "events/consent.changed.v1.json"
    assert record.value == encode(CONSENT)
    assert record.partition is None


def test_a_repeat_has_the_same_id_and_anything_else_another():
    ids = {
        written().attributes.id,
        written(revision=4).attributes.id,
        written(stage="other").attributes.id,
        written(output=1).attributes.id,
    }
    assert len(ids) == 4
    assert written().attributes.id == written(time="2027-01-01", traceparent="t").attributes.id


def test_trace_and_extensions_travel_beside_the_value():
    record = written(traceparent="00-aa-bb-01", extensions={"epoch": "2026-03"})
    assert record.attributes.traceparent == "00-aa-bb-01"
    assert record.attributes.extensions == {"epoch": "2026-03"}


@pytest.mark.parametrize("name", ["dlq_reason", "Epoch", "", "a" * 21, "é", "id", "time", "data", "partitionkey"])
def test_a_name_that_no_extension_may_have_is_refused(name):
    with pytest.raises(ContractBroken, match="extension"):
        written(extensions={name: "1"})


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-03", "2026-03-01T00:00:00Z"),
        ("2026-03-14", "2026-03-14T00:00:00Z"),
        ("2026-03-14T09:05Z", "2026-03-14T09:05:00Z"),
        ("2026-03-14T09:05:30Z", "2026-03-14T09:05:30Z"),
        ("2026-03-14T09:05:30.25+01:00", "2026-03-14T09:05:30.25+01:00"),
    ],
)
def test_a_time_becomes_a_whole_timestamp(told, expected):
    assert written(time=told).attributes.time == expected


@pytest.mark.parametrize("told", ["yesterday", "2026", "2026-3-1", "2026-03-14 09:05", ""])
def test_a_time_that_is_none_is_refused_without_repeating_it(told):
    with pytest.raises(ContractBroken, match="the time is not") as caught:
        written(time=told)
    assert told == "" or told not in str(caught.value)


def test_without_a_time_the_payloads_own_is_taken():
    held = SessionHeld(
        session="s", revision=1, kind="workshop", areas=(), month="2026-02", number_present=8, day="2026-03-14"
    )
    done = SafeguardingAcknowledged(concern="c", session="s", revision=1, at="2026-03-14T09:05Z", done="called")
    assert written(CONSENT).attributes.time == "2026-03-14T00:00:00Z"
    assert written(held).attributes.time == "2026-03-14T00:00:00Z"
    assert written(done).attributes.time == "2026-03-14T09:05:00Z"


def test_a_payload_that_knows_no_time_has_none():
    part = SealedPart(envelope=SealEnvelope(suite="s", key="k", bundle="b", wrap=b"w"), body=b"x")
    payload = ContributionPseudonymised(
        contribution="c", contributor="w", session="s", revision=1, uses=(), pseudonymiser="1", facts=part
    )
    assert written(payload).attributes.time is None


def test_a_record_is_read_as_what_was_written():
    assert payload_of(written()) == CONSENT
    assert payload_of(as_read(written())) == CONSENT


def test_a_dead_letter_is_read_as_what_it_was():
    assert payload_of(as_read(written(), topic="sv.consent.changed.v1.dlq.themer")) == CONSENT


def test_a_type_in_the_wrong_topic_is_refused():
    with pytest.raises(ContractBroken, match="topic of other events"):
        payload_of(as_read(written(), topic="sv.report.published.v1"))


def test_an_unknown_type_is_refused():
    record = written()
    with pytest.raises(ContractBroken, match="not known"):
        payload_of(as_read(record, attributes=replace(record.attributes, type="org.survivorvoice.other.made.v9")))


def test_a_subject_other_than_the_values_is_refused_without_naming_either():
    record = written()
    with pytest.raises(ContractBroken, match="subject") as caught:
        payload_of(as_read(record, attributes=replace(record.attributes, subject="contributor-2")))
    assert "contributor-" not in str(caught.value)


@pytest.mark.parametrize("value", [None, b"", b"{}", b'{"contributor": 5}', b"not json", b"\xff"])
def test_a_value_that_breaks_its_contract_is_refused(value):
    with pytest.raises(ContractBroken, match=r"consent\.changed"):
        payload_of(as_read(written(), value=value))


@pytest.mark.parametrize("payload", [LogSwept(sweep="sweep-1"), EpochClosed(key="key-1", sealer="intake")])
def test_a_marker_is_read_in_any_topic(payload):
    record = marker_record(payload, "sv.session.submitted.v1", 2, source_service="intake")
    assert record.partition == 2
    assert record.attributes.type == CONTRACTS[type(payload)].type
    assert payload_of(record) == payload
    assert as_read(record).is_marker


def test_markers_of_different_places_and_writers_have_different_ids_and_one_key():
    told = [
        ("sv.session.submitted.v1", 0, "intake"),
        ("sv.session.submitted.v1", 1, "intake"),
        ("sv.contribution.themed.v1", 0, "intake"),
        ("sv.session.submitted.v1", 0, "themer"),
    ]
    markers = [
        marker_record(LogSwept(sweep="s"), topic, number, source_service=service) for topic, number, service in told
    ]
    assert len({marker.attributes.id for marker in markers}) == 4
    assert len({marker.key for marker in markers}) == 1
    again = marker_record(LogSwept(sweep="s"), "sv.session.submitted.v1", 0, source_service="intake", revision=2)
    assert again.attributes.id not in {marker.attributes.id for marker in markers}
