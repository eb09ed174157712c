"""Sealing a bundle's parts: only the right recipient, purpose, bundle and subject open them, and only unchanged."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import DestroyedEpochKey, SealBroken, UnknownKey
from services.events import SealedPart
from services.sealing.bundles import BundleSealer, Opener
from services.sealing.suite import SUITE, PrivateKey, PublicKey

PURPOSES = ("words", "facts", "pseudonymised")
KEY = "anonymiser-words-2025-03"
PRIVATE, OTHER = PrivateKey.generate(), PrivateKey.generate()
subjects = st.text("0123456789abcdef", min_size=1, max_size=32)
few = settings(max_examples=30, deadline=None)


class Keys:
    """Private keys in memory, as an opener sees them."""

    def __init__(self, **keys):
        self.known = {key.replace("_", "-"): private for key, private in keys.items()}
        self.destroyed = set()

    def private_key(self, key):
        if key in self.destroyed:
            raise DestroyedEpochKey(key)
        if key not in self.known:
            raise UnknownKey(key)
        return self.known[key]


def keys(private=PRIVATE):
    return Keys(anonymiser_words_2025_03=private)


def sealer(purpose="words", bundle="b1", key=KEY, private=PRIVATE):
    return BundleSealer(purpose=purpose, bundle=bundle, key=key, public=private.public)


def changed(raw, place):
    place %= len(raw)
    return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]


@few
@given(plaintext=st.binary(max_size=2000), subject=subjects, purpose=st.sampled_from(PURPOSES))
def test_what_is_sealed_opens_again(plaintext, subject, purpose):
    part = sealer(purpose).part(subject, plaintext)
    assert Opener(purpose, keys()).open_part(part, subject) == plaintext


@few
@given(plaintexts=st.lists(st.binary(max_size=50), min_size=1, max_size=6))
def test_all_parts_of_a_bundle_open_with_one_envelope(plaintexts):
    sealing, opener = sealer(), Opener("words", keys())
    bodies = [sealing.seal(f"c{number}", plaintext) for number, plaintext in enumerate(plaintexts)]
    opened = [opener.open(sealing.envelope, body, f"c{number}") for number, body in enumerate(bodies)]
    assert opened == plaintexts


@few
@given(subject=subjects, other=subjects)
def test_a_part_opens_for_its_own_subject_only(subject, other):
    part, opener = sealer().part(subject, b"said"), Opener("words", keys())
    if subject == other:
        assert opener.open_part(part, other) == b"said"
    else:
        with pytest.raises(SealBroken):
            opener.open_part(part, other)


@pytest.mark.parametrize("sealed_for", PURPOSES)
@pytest.mark.parametrize("opened_for", PURPOSES)
def test_a_part_opens_for_its_own_purpose_only(sealed_for, opened_for):
    part, opener = sealer(sealed_for).part("c1", b"said"), Opener(opened_for, keys())
    if sealed_for == opened_for:
        assert opener.open_part(part, "c1") == b"said"
    else:
        with pytest.raises(SealBroken):
            opener.open_part(part, "c1")


@settings(max_examples=150, deadline=None)
@given(place=st.integers(min_value=0), plaintext=st.binary(max_size=40))
def test_any_byte_of_a_body_that_is_changed_breaks_the_seal(place, plaintext):
    part = sealer().part("c1", plaintext)
    with pytest.raises(SealBroken):
        Opener("words", keys()).open(part.envelope, changed(part.body, place), "c1")


def test_every_byte_of_a_wrap_that_is_changed_breaks_the_seal():
    part = sealer().part("c1", b"said")
    for place in range(len(part.envelope.wrap)):
        envelope = msgspec.structs.replace(part.envelope, wrap=changed(part.envelope.wrap, place))
        with pytest.raises(SealBroken):
            Opener("words", keys()).open(envelope, part.body, "c1")


@few
@given(length=st.integers(min_value=0))
def test_a_body_that_is_cut_short_breaks_the_seal(length):
    part = sealer().part("c1", b"said in the room")
    with pytest.raises(SealBroken):
        Opener("words", keys()).open(part.envelope, part.body[: length % len(part.body)], "c1")


@few
@given(length=st.integers(min_value=0))
def test_a_wrap_that_is_cut_short_breaks_the_seal(length):
    part = sealer().part("c1", b"said")
    envelope = msgspec.structs.replace(part.envelope, wrap=part.envelope.wrap[: length % len(part.envelope.wrap)])
    with pytest.raises(SealBroken):
        Opener("words", keys()).open(envelope, part.body, "c1")


@pytest.mark.parametrize("change", [{"bundle": "b2"}, {"suite": "another"}])
def test_another_bundle_or_suite_in_the_envelope_breaks_the_seal(change):
    part = sealer().part("c1", b"said")
    with pytest.raises(SealBroken):
        Opener("words", keys()).open(msgspec.structs.replace(part.envelope, **change), part.body, "c1")


def test_another_key_id_in_the_envelope_breaks_the_seal_even_for_the_same_key():
    part = sealer().part("c1", b"said")
    held = Keys(anonymiser_words_2025_03=PRIVATE, anonymiser_words_2025_04=PRIVATE)
    envelope = msgspec.structs.replace(part.envelope, key="anonymiser-words-2025-04")
    with pytest.raises(SealBroken):
        Opener("words", held).open(envelope, part.body, "c1")


def test_a_part_of_one_bundle_does_not_open_under_anothers_envelope():
    one, other = sealer(bundle="b1"), sealer(bundle="b2")
    with pytest.raises(SealBroken):
        Opener("words", keys()).open(other.envelope, one.seal("c1", b"said"), "c1")


def test_another_private_key_under_the_same_id_does_not_open():
    with pytest.raises(SealBroken):
        Opener("words", keys(OTHER)).open_part(sealer().part("c1", b"said"), "c1")


def test_a_key_that_was_never_here_is_unknown_not_broken():
    with pytest.raises(UnknownKey):
        Opener("words", Keys()).open_part(sealer().part("c1", b"said"), "c1")


def test_a_key_that_is_destroyed_opens_nothing_any_more_even_when_it_was_just_used():
    held = keys()
    opener, part = Opener("words", held), sealer().part("c1", b"said")
    assert opener.open_part(part, "c1") == b"said"
    held.destroyed.add(KEY)
    with pytest.raises(DestroyedEpochKey):
        opener.open_part(part, "c1")


def test_what_was_forgotten_is_unwrapped_again():
    held = keys()
    opener, part = Opener("words", held), sealer().part("c1", b"said")
    assert opener.open_part(part, "c1") == b"said"
    held.known[KEY] = OTHER
    assert opener.open_part(part, "c1") == b"said"
    opener.forget()
    with pytest.raises(SealBroken):
        opener.open_part(part, "c1")


def test_more_bundles_than_are_remembered_all_open(monkeypatch):
    monkeypatch.setattr("services.sealing.bundles._CONTENT_KEYS_KEPT", 3)
    opener = Opener("words", keys())
    parts = [sealer(bundle=f"b{number}").part("c1", str(number).encode()) for number in range(6)]
    assert [opener.open_part(part, "c1") for part in [*parts, *parts]] == [
        str(n).encode() for n in [*range(6), *range(6)]
    ]
    assert len(opener._content_keys) == 3


def test_the_same_words_are_never_sealed_to_the_same_bytes():
    sealing = sealer()
    bodies = {sealing.seal("c1", b"said") for _ in range(50)}
    wraps = {sealer().envelope.wrap for _ in range(20)}
    assert (len(bodies), len(wraps)) == (50, 20)


def test_a_sealed_part_opens_after_a_journey_as_json():
    part = sealer().part("c1", b"said")
    arrived = msgspec.json.decode(msgspec.json.encode(part), type=SealedPart)
    assert Opener("words", keys()).open_part(arrived, "c1") == b"said"


def test_a_sealed_part_shows_neither_plaintext_nor_content_key():
    raw = msgspec.json.encode(sealer().part("c1", b"a planted sentence"))
    assert b"planted" not in raw
    assert SUITE.encode() in raw


@pytest.mark.parametrize("length", [0, 95, 97])
def test_a_private_key_of_another_length_is_refused(length):
    with pytest.raises(SealBroken):
        PrivateKey(bytes(length))


@pytest.mark.parametrize("raw", [b"", bytes(1215), bytes(1217), b"\xff" * 1216])
def test_a_public_key_that_is_none_is_refused(raw):
    with pytest.raises(SealBroken):
        PublicKey(raw)


def test_a_private_key_comes_back_from_its_bytes():
    again = PrivateKey(PRIVATE.raw)
    assert again.public.raw == PRIVATE.public.raw
    assert again.unwrap(PRIVATE.public.wrap(bytes(32), b"info"), b"info") == bytes(32)


def test_a_wrap_is_bound_to_its_info():
    with pytest.raises(SealBroken):
        PRIVATE.unwrap(PRIVATE.public.wrap(bytes(32), b"info"), b"other")


@pytest.mark.parametrize("info", ["sv1|facts|b1|{}", "sv1|words|b2|{}", "sv1|words|b1|other", "words|b1|{}"])
def test_a_wrap_is_bound_to_purpose_bundle_and_key_id(info):
    wrap = sealer().envelope.wrap
    assert len(PRIVATE.unwrap(wrap, f"sv1|words|b1|{KEY}".encode())) == 32
    with pytest.raises(SealBroken):
        PRIVATE.unwrap(wrap, info.format(KEY).encode())


def test_new_keys_are_never_the_same():
    assert len({PrivateKey.generate().raw for _ in range(10)}) == 10
