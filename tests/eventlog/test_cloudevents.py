"""The CloudEvents codec, both ways and against the SDK."""

import json
from datetime import datetime

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, from_structured, to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from services.errors import ContractBroken
from services.eventlog.cloudevents import from_headers, from_json, to_headers, to_json
from services.eventlog.interface import Attributes, NewRecord

FULL = Attributes(
    id="0123456789abcdef",
    source="/survivor-voice/intake",
    type="org.survivorvoice.consent.changed.v1",
    subject="contributor-1",
    time="2026-03-14T00:00:00Z",
    dataschema="events/consent.changed.v1.json",
    traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    extensions={"epoch": "2026-03", "dlqattempts": "3"},
)
BARE = Attributes(id="i", source="/s", type="t", subject="k")

words = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1, max_size=30)
names = st.from_regex(r"ext[a-z0-9]{1,10}", fullmatch=True)
days = st.dates().map(lambda day: f"{day.isoformat()}T00:00:00Z")


def attributes_with(times):
    return st.builds(
        Attributes,
        id=words,
        source=words,
        type=words,
        subject=words,
        time=times,
        dataschema=st.none() | words,
        traceparent=st.none() | words,
        extensions=st.dictionaries(names, words, max_size=3),
    )


attributes = attributes_with(st.none() | days)
#: The SDK makes up a time where there is none.
timed = attributes_with(days)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
).filter(lambda value: value is not None)


def told_by_sdk(event):
    """Return what the SDK read, as our attributes and the key."""
    read = dict(event.get_attributes())
    assert read.pop("specversion") == "1.0"
    assert read.pop("datacontenttype") == "application/json"
    if isinstance(read.get("time"), datetime):
        read["time"] = read["time"].isoformat().replace("+00:00", "Z")
    key = read.pop("partitionkey", None)
    known = {name: read.pop(name) for name in list(read) if hasattr(BARE, name)}
    return Attributes(**known, extensions=read), key


def as_sdk(given_attributes, value, key=None):
    """Return the SDK's event of our attributes and value."""
    told = {
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "id": given_attributes.id,
        "source": given_attributes.source,
        "type": given_attributes.type,
        "subject": given_attributes.subject,
        **given_attributes.extensions,
    }
    for name in ("dataschema", "traceparent"):
        if getattr(given_attributes, name) is not None:
            told[name] = getattr(given_attributes, name)
    if given_attributes.time is not None:
        told["time"] = datetime.fromisoformat(given_attributes.time)
    if key is not None:
        told["partitionkey"] = key
    return CloudEvent(told, value)


def test_headers_follow_the_binding():
    assert dict(to_headers(FULL)) == {
        "ce_specversion": b"1.0",
        "ce_id": b"0123456789abcdef",
        "ce_source": b"/survivor-voice/intake",
        "ce_type": b"org.survivorvoice.consent.changed.v1",
        "ce_subject": b"contributor-1",
        "ce_time": b"2026-03-14T00:00:00Z",
        "ce_dataschema": b"events/consent.changed.v1.json",
        "ce_traceparent": b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "ce_epoch": b"2026-03",
        "ce_dlqattempts": b"3",
        "content-type": b"application/json",
    }


def test_absent_attributes_have_no_header():
    assert [name for name, _ in to_headers(BARE)] == [
        "ce_specversion",
        "ce_id",
        "ce_source",
        "ce_type",
        "ce_subject",
        "content-type",
    ]


@given(attributes)
def test_headers_come_back_as_the_attributes_that_they_were(given_attributes):
    assert from_headers(to_headers(given_attributes)) == given_attributes


def test_other_headers_and_other_letter_cases_are_no_hindrance():
    headers = [(name.upper(), value) for name, value in to_headers(FULL)]
    assert from_headers([("trace", b"\xff"), *headers]) == FULL


@pytest.mark.parametrize("absent", ["ce_id", "ce_source", "ce_type", "ce_subject"])
def test_a_required_attribute_that_is_absent_or_empty_is_refused(absent):
    headers = [header for header in to_headers(FULL) if header[0] != absent]
    with pytest.raises(ContractBroken, match=absent.removeprefix("ce_")):
        from_headers(headers)
    with pytest.raises(ContractBroken, match=absent.removeprefix("ce_")):
        from_headers([*headers, (absent, b"")])


@pytest.mark.parametrize("version", [None, b"0.3", b"2.0"])
def test_another_version_of_cloudevents_is_refused(version):
    headers = [header for header in to_headers(FULL) if header[0] != "ce_specversion"]
    if version is not None:
        headers.append(("ce_specversion", version))
    with pytest.raises(ContractBroken, match=r"version 1\.0"):
        from_headers(headers)


def test_a_header_that_is_not_utf8_is_refused():
    with pytest.raises(ContractBroken, match="UTF-8"):
        from_headers([*to_headers(BARE), ("ce_epoch", b"\xff\xfe")])


@given(timed, json_values)
def test_the_sdk_reads_our_headers(given_attributes, value):
    message = KafkaMessage(dict(to_headers(given_attributes)), "the-key", json.dumps(value).encode())
    event = from_binary(message, JSONFormat())
    assert told_by_sdk(event) == (given_attributes, "the-key")
    assert event.get_data() == value


@given(timed, json_values)
def test_we_read_the_sdks_headers(given_attributes, value):
    message = to_binary(as_sdk(given_attributes, value), JSONFormat())
    assert from_headers(message.headers.items()) == given_attributes


@given(timed, words, json_values)
def test_the_sdk_reads_our_json(given_attributes, key, value):
    text = to_json(NewRecord("topic", key, given_attributes, json.dumps(value).encode()))
    event = from_structured(KafkaMessage({}, None, text), JSONFormat())
    assert told_by_sdk(event) == (given_attributes, key)
    assert event.get_data() == value


@given(timed, words, json_values)
def test_we_read_the_sdks_json(given_attributes, key, value):
    message = to_structured(as_sdk(given_attributes, value, key), JSONFormat())
    record = from_json("topic", message.value)
    assert (record.topic, record.key, record.attributes) == ("topic", key, given_attributes)
    assert json.loads(record.value) == value


@given(
    attributes, words, st.one_of(st.none(), st.binary(max_size=50), json_values.map(lambda v: json.dumps(v).encode()))
)
def test_json_comes_back_as_the_record_that_it_was(given_attributes, key, value):
    record = NewRecord("topic", key, given_attributes, value)
    read = from_json("topic", to_json(record))
    assert (read.key, read.attributes) == (key, given_attributes)
    assert read.value == (None if value == b"null" else value)


def test_a_tombstone_has_no_data_and_no_content_type():
    event = json.loads(to_json(NewRecord("topic", "key", BARE, None)))
    assert "data" not in event
    assert "datacontenttype" not in event


def test_a_value_that_is_not_json_travels_as_base64():
    event = json.loads(to_json(NewRecord("topic", "key", BARE, b"\xff{")))
    assert event["data_base64"] == "/3s="


def test_without_a_partition_key_the_subject_is_the_key():
    event = {"specversion": "1.0", "id": "i", "source": "/s", "type": "t", "subject": "k", "data": {}}
    assert from_json("topic", json.dumps(event).encode()).key == "k"


@pytest.mark.parametrize(
    "text",
    [b"", b"[]", b"no json", b"\xff", b"{}", b'{"specversion": "1.0"}', b'{"specversion": "1.0", "id": 5}',
     b'{"specversion": "1.0", "id": "i", "source": "s", "type": "t", "subject": "k", "data_base64": "?"}'],
)  # fmt: skip
def test_text_that_is_no_cloudevent_is_refused(text):
    with pytest.raises(ContractBroken):
        from_json("topic", text)
