"""Announcements: only a pinned identity announces a key; a changed pin, key or date is refused."""

import datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import IdentityChanged, KeyAwaited, SealBroken, SealingError
from services.events import KeyAnnounced
from services.sealing.bundles import Opener
from services.sealing.directory import KeyDirectory
from services.sealing.epochs import EpochKeys, epoch_for
from services.sealing.identities import Identity, Pins, fingerprint
from services.sealing.suite import PrivateKey

DAY = datetime.date(2025, 3, 10)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("identities")


@pytest.fixture(scope="module")
def identity(place):
    return Identity(place / "anonymiser", "anonymiser")


@pytest.fixture(scope="module")
def pins(place, identity):
    pins = Pins(place / "folder" / "pins.toml")
    pins.pin("anonymiser", identity.public)
    return pins


@pytest.fixture(scope="module")
def keys(place):
    keys = EpochKeys(place / "anonymiser", "anonymiser", "words")
    keys.ensure(DAY)
    return keys


@pytest.fixture(scope="module")
def announcement(identity, keys):
    (epoch,) = keys.ensure(DAY)
    return identity.announce(epoch, keys.public_bytes(epoch.key))


@pytest.fixture
def directory(pins):
    return KeyDirectory(pins)


def test_an_announcement_of_the_pinned_identity_is_taken(pins, announcement):
    pins.verify(announcement)


def test_an_announcement_says_what_the_epoch_says(announcement, identity):
    assert (announcement.key, announcement.opens, announcement.closes) == (
        "anonymiser-words-2025-03",
        "2025-03-01",
        "2025-03-31",
    )
    assert announcement.identity == fingerprint(identity.public)


def test_an_announcement_is_true_after_a_journey_as_json(pins, announcement):
    pins.verify(msgspec.json.decode(msgspec.json.encode(announcement), type=KeyAnnounced))


CHANGES = {
    "service": "themer",
    "key": "anonymiser-words-2025-04",
    "revision": 2,
    "purpose": "facts",
    "suite": "another",
    "public_key": bytes(1216),
    "opens": "2025-02-01",
    "closes": "2026-03-31",
    "identity": "0" * 32,
    "signature": bytes(64),
}


def test_every_field_of_an_announcement_is_looked_at():
    assert set(CHANGES) == set(KeyAnnounced.__struct_fields__)


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_field_is_refused(pins, announcement, name):
    with pytest.raises(IdentityChanged):
        pins.verify(msgspec.structs.replace(announcement, **{name: CHANGES[name]}))


@settings(max_examples=60, deadline=None)
@given(number=st.integers(min_value=0), length=st.integers(0, 70))
def test_any_other_signature_is_refused(place, number, length):
    identity = Identity(place / "anonymiser", "anonymiser")
    announcement = identity.announce(epoch_for("anonymiser", "words", DAY), b"public")
    number %= len(announcement.signature) * 8
    flipped = bytearray(announcement.signature)
    flipped[number // 8] ^= 1 << number % 8
    pins = Pins(place / "folder" / "pins.toml")
    for signature in (bytes(flipped), bytes(length)):
        with pytest.raises(IdentityChanged):
            pins.verify(msgspec.structs.replace(announcement, signature=signature))


def test_an_announcement_of_a_service_without_a_pin_is_refused(tmp_path, announcement):
    with pytest.raises(IdentityChanged, match="not pinned"):
        Pins(tmp_path / "pins.toml").verify(announcement)


def test_an_announcement_by_somebody_else_is_refused(tmp_path, pins, keys):
    stranger = Identity(tmp_path / "stranger", "anonymiser")
    (epoch,) = keys.ensure(DAY)
    with pytest.raises(IdentityChanged):
        pins.verify(stranger.announce(epoch, keys.public_bytes(epoch.key)))


def test_a_suite_that_is_not_ours_is_refused_even_when_it_is_truly_signed(pins, identity, announcement):
    draft = msgspec.structs.replace(announcement, suite="another", signature=b"")
    signed = identity._private.sign(msgspec.json.encode(draft, order="deterministic"))
    with pytest.raises(IdentityChanged):
        pins.verify(msgspec.structs.replace(draft, signature=signed))
    ours = msgspec.structs.replace(announcement, signature=b"")
    again = identity._private.sign(msgspec.json.encode(ours, order="deterministic"))
    pins.verify(msgspec.structs.replace(ours, signature=again))


def test_the_identity_is_made_once_and_stays(tmp_path):
    first = Identity(tmp_path / "keys", "themer")
    assert Identity(tmp_path / "keys", "themer").public == first.public
    assert Identity(tmp_path / "keys", "reporter").public != first.public


def test_an_identity_shows_nothing_of_its_private_key(tmp_path):
    identity = Identity(tmp_path / "keys", "themer")
    private = (tmp_path / "keys" / "themer-identity.key").read_bytes()
    shown = repr(identity) + str(identity) + repr(vars(identity))
    assert private.hex() not in shown
    assert repr(private)[2:-1] not in shown


def test_a_changed_identity_is_refused_and_the_pin_stays(tmp_path):
    pins = Pins(tmp_path / "keys" / "pins.toml")
    pins.pin("themer", bytes(32))
    with pytest.raises(IdentityChanged, match="restore its key folder"):
        pins.pin("themer", b"\1" * 32)
    assert pins.pinned("themer") == bytes(32)


def test_pinning_the_same_again_changes_nothing(tmp_path):
    path = tmp_path / "keys" / "pins.toml"
    Pins(path).pin("themer", bytes(32))
    before = path.read_bytes()
    Pins(path).pin("themer", bytes(32))
    assert path.read_bytes() == before


def test_pins_of_several_services_stand_side_by_side(tmp_path):
    pins = Pins(tmp_path / "keys" / "pins.toml")
    for number, service in enumerate(("intake", "anonymiser", "themer", "reporter")):
        pins.pin(service, bytes([number]) * 32)
    again = Pins(tmp_path / "keys" / "pins.toml")
    assert [again.pinned(service)[0] for service in ("intake", "anonymiser", "themer", "reporter")] == [0, 1, 2, 3]
    assert again.pinned("nobody") is None


@pytest.mark.parametrize(
    "content", [b"[pins\n", b"", b'[pins]\nthemer = "zz"\n', b"[pins]\nthemer = 3\n", b"pins = 3\n", b"\xff"]
)
def test_a_damaged_list_of_pins_says_what_to_do(tmp_path, content):
    path = tmp_path / "pins.toml"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SealingError, match="restore"):
        Pins(path).pinned("themer")


def test_a_list_of_pins_that_others_can_read_is_refused(tmp_path):
    path = tmp_path / "keys" / "pins.toml"
    Pins(path).pin("themer", bytes(32))
    path.chmod(0o644)
    with pytest.raises(SealingError, match="chmod 600"):
        Pins(path).pinned("themer")


def test_the_directory_seals_to_the_key_of_the_day(directory, announcement, keys):
    directory.learn(announcement)
    assert directory.knows("anonymiser", "words", DAY)
    part = directory.sealer("anonymiser", "words", DAY, "b1").part("c1", b"said")
    assert part.envelope.key == "anonymiser-words-2025-03"
    assert Opener("words", keys).open_part(part, "c1") == b"said"


@pytest.mark.parametrize(
    ("service", "purpose", "day"),
    [
        ("themer", "words", DAY),
        ("anonymiser", "facts", DAY),
        ("anonymiser", "words", datetime.date(2025, 2, 28)),
        ("anonymiser", "words", datetime.date(2025, 4, 1)),
    ],
)
def test_without_a_key_for_the_day_a_sealer_waits(directory, announcement, service, purpose, day):
    directory.learn(announcement)
    assert not directory.knows(service, purpose, day)
    with pytest.raises(KeyAwaited):
        directory.sealer(service, purpose, day, "b1")


def test_the_directory_learns_nothing_from_a_stranger(directory, announcement):
    with pytest.raises(IdentityChanged):
        directory.learn(msgspec.structs.replace(announcement, closes="2099-12-31"))
    assert not directory.knows("anonymiser", "words", DAY)


def test_a_first_and_a_last_day_belong_to_their_epoch(directory, announcement):
    directory.learn(announcement)
    for day in (datetime.date(2025, 3, 1), datetime.date(2025, 3, 31)):
        assert directory.knows("anonymiser", "words", day)


def test_the_directory_tells_which_epochs_are_over(directory, identity):
    private = PrivateKey.generate()
    for month in (4, 2, 3):
        epoch = epoch_for("anonymiser", "words", datetime.date(2025, month, 1))
        directory.learn(identity.announce(epoch, private.public.raw))
    over = directory.closed_before("anonymiser", "words", datetime.date(2025, 4, 1))
    assert [known.key[-2:] for known in over] == ["02", "03"]
    assert directory.closed_before("anonymiser", "words", datetime.date(2025, 2, 28)) == []
    assert directory.closed_before("anonymiser", "facts", datetime.date(2026, 1, 1)) == []


def test_a_public_key_that_is_none_is_met_when_it_is_used(directory, identity):
    directory.learn(identity.announce(epoch_for("anonymiser", "words", DAY), b"no key"))
    with pytest.raises(SealBroken):
        directory.sealer("anonymiser", "words", DAY, "b1")
