"""The stored form of attributes: small for what follows from the rest, exact for anything else."""

from hypothesis import given
from hypothesis import strategies as st

from services.contracts import CONTRACTS
from services.eventlog.interface import Attributes
from services.eventlog.packing import pack, schema_of, unpack

TOPICS = sorted({contract.topic for contract in CONTRACTS.values()})
TYPES = sorted({contract.type for contract in CONTRACTS.values()})
SCHEMAS = sorted(f"events/{contract.schema_name}" for contract in CONTRACTS.values())

texts = st.text(min_size=1, max_size=40)
sources = st.one_of(
    texts,
    st.sampled_from(["/survivor-voice/intake", "/survivor-voice/", "/survivor-voice/=x", "=x", "/survivor-voice"]),
    texts.map(lambda text: "/survivor-voice/" + text),
)
ids = st.one_of(texts, st.binary(min_size=16, max_size=16).map(bytes.hex), st.just("A" * 32), st.just("0" * 32))
attributes = st.builds(
    Attributes,
    id=ids,
    source=sources,
    type=st.one_of(st.sampled_from(TYPES), texts),
    subject=texts,
    time=st.none() | texts,
    dataschema=st.none() | st.sampled_from(SCHEMAS) | texts,
    traceparent=st.none() | texts,
    extensions=st.dictionaries(texts, st.text(max_size=20), max_size=4),
)


@given(attributes, st.one_of(st.sampled_from(TOPICS), texts), texts)
def test_what_was_packed_is_unpacked_as_it_was(given_attributes, topic, key):
    assert unpack(pack(given_attributes, topic, key), topic, key) == given_attributes


@given(attributes, st.sampled_from(TOPICS))
def test_a_subject_that_is_the_key_comes_back(given_attributes, topic):
    key = given_attributes.subject
    assert unpack(pack(given_attributes, topic, key), topic, key) == given_attributes


def test_an_event_of_its_own_topic_takes_few_bytes():
    for contract in CONTRACTS.values():
        own = Attributes(
            id="0123456789abcdef" * 2,
            source="/survivor-voice/anonymiser",
            type=contract.type,
            subject="a-long-subject-that-is-the-key-as-well",
            time="2026-03-01T00:00:00Z",
            dataschema=f"events/{contract.schema_name}",
        )
        assert len(pack(own, contract.topic, own.subject)) < 60


def test_the_key_is_not_stored_a_second_time():
    own = Attributes(id="i", source="/survivor-voice/intake", type="t", subject="the-subject")
    assert b"the-subject" not in pack(own, TOPICS[0], "the-subject")
    assert b"the-subject" in pack(own, TOPICS[0], "another")


def test_every_contract_has_a_schema_and_nothing_else_has():
    for contract in CONTRACTS.values():
        assert schema_of(contract.type) == f"events/{contract.schema_name}"
    assert schema_of("some.other.type") is None
