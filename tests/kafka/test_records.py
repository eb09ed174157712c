"""A record as it travels: CloudEvents headers there and back, strangers' messages, and times that tell no minute."""

from types import SimpleNamespace

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from hypothesis import given
from hypothesis import strategies as st

from services.errors import ContractBroken
from services.eventlog.cloudevents import from_headers, payload_of, to_headers
from services.eventlog.interface import Attributes, NewRecord, TopicPartition
from services.eventlog.kafka_records import LARGEST, attributes_of, headers_of, record_of, timestamp_of

NOON = 1_780_000_000 // 86400 * 86400 + 43200
TEXTS = st.text(min_size=1, max_size=30).filter(lambda text: text.isprintable())
NAMES = st.from_regex(r"\Adlq[a-z0-9]{1,10}\Z")
ATTRIBUTES = st.builds(
    Attributes,
    id=TEXTS,
    source=TEXTS,
    type=TEXTS,
    subject=TEXTS,
    time=st.none() | TEXTS,
    dataschema=st.none() | TEXTS,
    traceparent=st.none() | TEXTS,
    extensions=st.dictionaries(NAMES, TEXTS, max_size=3),
)


@given(ATTRIBUTES)
def test_attributes_come_back_as_they_were(attributes):
    assert attributes_of(headers_of(attributes)) == attributes


@given(ATTRIBUTES)
def test_the_quick_way_writes_and_reads_what_the_plain_way_does(attributes):
    assert sorted(headers_of(attributes)) == sorted(to_headers(attributes))
    assert attributes_of(to_headers(attributes)) == from_headers(headers_of(attributes)) == attributes


NAMED = st.sampled_from(["ce_id", "ce_source", "ce_type", "ce_subject", "ce_specversion", "CE_ID", "ce_x", "other"])


@given(st.lists(st.tuples(NAMED, st.binary(max_size=5) | st.sampled_from([b"1.0", b"0.3"])), max_size=9))
def test_the_quick_way_refuses_what_the_plain_way_refuses(headers):
    try:
        expected = from_headers(headers)
    except ContractBroken:
        with pytest.raises(ContractBroken):
            attributes_of(headers)
    else:
        assert attributes_of(headers) == expected


def message(**given_):
    return SimpleNamespace(**{"offset": 7, "key": b"k", "value": b"{}", "headers": ()} | given_)


@pytest.mark.parametrize(
    "strange",
    [
        message(),
        message(key=None),
        message(key=b"\xff\xfe", headers=(("ce_id", b"\xff"),)),
        message(headers=(("ce_specversion", b"0.3"), ("ce_id", b"1"))),
        message(headers=(("ce_specversion", None),), value=None),
    ],
)
def test_a_strangers_message_becomes_a_record_that_no_contract_knows(strange):
    record = record_of(TopicPartition("sv.session.submitted.v1", 2), strange)
    assert (record.attributes.type, record.offset, record.value) == ("foreign", 7, strange.value)
    assert not record.is_marker
    with pytest.raises(ContractBroken):
        payload_of(record)


@given(ATTRIBUTES, TEXTS)
def test_nothing_that_this_project_can_write_is_taken_for_a_strangers_for_its_size(attributes, key):
    headers, key = headers_of(attributes), key.encode()
    room = LARGEST - DefaultRecordBatchBuilder.estimate_size_in_bytes(key, b"", headers)
    largest = SimpleNamespace(offset=0, key=key, value=bytes(room), headers=headers)
    assert record_of(TopicPartition("sv.session.submitted.v1", 0), largest).value == largest.value


def new(time=None, partition=None):
    return NewRecord("sv.contribution.settled.v1", "k", Attributes("i", "s", "t", "k", time), b"", partition)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-03-01T00:00:00Z", "2026-03-01"),
        ("2026-03-05T13:59:59Z", "2026-03-05"),
        (None, "today"),
        ("no time", "today"),
        ("2199-01-01T00:00:00Z", "today"),
        ("1899-01-01T00:00:00Z", "1970-01-01"),
    ],
)
def test_a_record_has_its_day_and_never_the_minute(time, expected):
    stamp = timestamp_of(new(time), now=NOON)
    assert stamp % 86_400_000 == 0
    days = {"2026-03-01": 20513, "2026-03-05": 20517, "today": NOON // 86400, "1970-01-01": 0}
    assert stamp // 86_400_000 == days[expected]


def test_a_marker_has_the_moment_so_that_segments_roll():
    assert timestamp_of(new(partition=3), now=NOON + 0.25) == NOON * 1000 + 250
