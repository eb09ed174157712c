"""Data keys: one a contributor, wrapped by a generation; what is destroyed cannot be opened by anyone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import SealBroken, UnknownKey
from services.sealing.datakeys import DataKey, KeyEncryptionKeys

names = st.text("abcdef0123456789", min_size=1, max_size=32)
few = settings(max_examples=50, deadline=None)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "keys"


@pytest.fixture
def wrapping(folder):
    keys = KeyEncryptionKeys(folder, "themer")
    assert keys.newest() == 1
    return keys


def changed(raw, place):
    place %= len(raw)
    return raw[:place] + bytes([raw[place] ^ 0x80]) + raw[place + 1 :]


@few
@given(subject=names, field=names, plaintext=st.binary(max_size=500))
def test_what_a_data_key_seals_it_opens(subject, field, plaintext):
    key = DataKey.generate()
    assert key.open(subject, field, key.seal(subject, field, plaintext)) == plaintext


@few
@given(one=st.tuples(names, names), other=st.tuples(names, names))
def test_a_stored_value_opens_for_its_subject_and_field_only(one, other):
    key = DataKey.generate()
    sealed = key.seal(*one, b"said")
    if one == other:
        assert key.open(*other, sealed) == b"said"
    else:
        with pytest.raises(SealBroken):
            key.open(*other, sealed)


@settings(max_examples=100, deadline=None)
@given(place=st.integers(min_value=0), plaintext=st.binary(max_size=30))
def test_any_byte_of_a_stored_value_that_is_changed_breaks_the_seal(place, plaintext):
    key = DataKey.generate()
    with pytest.raises(SealBroken):
        key.open("c1", "words", changed(key.seal("c1", "words", plaintext), place))


@pytest.mark.parametrize("length", [0, 5, 12, 20])
def test_a_stored_value_that_is_cut_short_breaks_the_seal(length):
    key = DataKey.generate()
    with pytest.raises(SealBroken):
        key.open("c1", "words", key.seal("c1", "words", b"said")[:length])


def test_another_contributors_key_does_not_open():
    sealed = DataKey.generate().seal("c1", "words", b"said")
    with pytest.raises(SealBroken):
        DataKey.generate().open("c1", "words", sealed)


def test_the_same_words_are_never_stored_as_the_same_bytes():
    key = DataKey.generate()
    assert len({key.seal("c1", "words", b"said") for _ in range(50)}) == 50


def test_a_wrapped_key_comes_back(wrapping):
    key = DataKey.generate()
    wrapped = wrapping.wrap("c1", key, 1)
    assert key.raw not in wrapped
    assert wrapping.unwrap("c1", wrapped, 1).raw == key.raw


def test_a_wrapped_key_is_bound_to_its_contributor(wrapping):
    wrapped = wrapping.wrap("c1", DataKey.generate(), 1)
    with pytest.raises(SealBroken):
        wrapping.unwrap("c2", wrapped, 1)


def test_a_wrapped_key_is_bound_to_its_generation(wrapping, folder):
    second = wrapping.next_generation()
    wrapped = wrapping.wrap("c1", DataKey.generate(), 1)
    # Even were the two generations the same key, the wrap names the one that it was made under.
    (folder / f"themer-kek-{second}.key").write_bytes((folder / "themer-kek-1.key").read_bytes())
    with pytest.raises(SealBroken):
        KeyEncryptionKeys(folder, "themer").unwrap("c1", wrapped, second)


def test_any_byte_of_a_wrapped_key_that_is_changed_breaks_the_seal(wrapping):
    wrapped = wrapping.wrap("c1", DataKey.generate(), 1)
    for place in range(len(wrapped)):
        with pytest.raises(SealBroken):
            wrapping.unwrap("c1", changed(wrapped, place), 1)


def test_the_first_generation_is_made_once(wrapping, folder):
    before = (folder / "themer-kek-1.key").read_bytes()
    assert KeyEncryptionKeys(folder, "themer").newest() == 1
    assert (folder / "themer-kek-1.key").read_bytes() == before


def test_a_folder_that_is_not_there_has_no_generations(tmp_path):
    assert KeyEncryptionKeys(tmp_path / "nowhere", "themer").generations() == []


def test_generations_are_counted_up_by_number_not_by_name(wrapping):
    made = [wrapping.next_generation() for _ in range(10)]
    assert made == list(range(2, 12))
    assert wrapping.generations() == list(range(1, 12))
    assert wrapping.newest() == 11


def test_another_service_has_generations_of_its_own(wrapping, folder):
    wrapping.next_generation()
    intake = KeyEncryptionKeys(folder, "intake")
    assert intake.generations() == []
    assert intake.newest() == 1


def test_what_only_an_old_generation_could_open_is_gone_when_it_is_destroyed(wrapping, folder):
    kept, lost = DataKey.generate(), DataKey.generate()
    old = {"kept": wrapping.wrap("kept", kept, 1), "lost": wrapping.wrap("lost", lost, 1)}
    second = wrapping.next_generation()
    moved = wrapping.wrap("kept", wrapping.unwrap("kept", old["kept"], 1), second)
    wrapping.destroy_before(second)
    assert wrapping.generations() == [second]
    assert wrapping.unwrap("kept", moved, second).raw == kept.raw
    for keys in (wrapping, KeyEncryptionKeys(folder, "themer")):
        for contributor, wrapped in old.items():
            with pytest.raises(UnknownKey):
                keys.unwrap(contributor, wrapped, 1)


def test_a_generation_that_another_process_destroyed_is_not_used_from_memory(wrapping, folder):
    wrapped = wrapping.wrap("c1", DataKey.generate(), 1)
    other = KeyEncryptionKeys(folder, "themer")
    other.destroy_before(other.next_generation())
    with pytest.raises(UnknownKey):
        wrapping.unwrap("c1", wrapped, 1)
    with pytest.raises(UnknownKey):
        wrapping.wrap("c1", DataKey.generate(), 1)
    assert wrapping._loaded == {}


def test_destroying_before_the_first_generation_destroys_nothing(wrapping):
    wrapping.destroy_before(1)
    assert wrapping.generations() == [1]


def test_a_destroyed_generation_is_never_made_again_by_counting(wrapping):
    second = wrapping.next_generation()
    wrapping.destroy_before(second)
    assert wrapping.newest() == second
    assert wrapping.next_generation() == second + 1


def test_no_raw_key_shows_in_any_words_about_a_key(wrapping):
    key = DataKey.generate()
    shown = repr(key) + str(key) + repr(wrapping) + str(wrapping)
    assert key.raw.hex() not in shown
    assert repr(key.raw) not in shown


def test_errors_name_neither_key_nor_contributor(wrapping):
    key = DataKey.generate()
    wrapped = wrapping.wrap("a-contributor", key, 1)
    with pytest.raises(SealBroken) as broken:
        wrapping.unwrap("another-contributor", wrapped, 1)
    assert "contributor-" not in str(broken.value)
    assert "another-contributor" not in str(broken.value)
    assert broken.value.__cause__ is None
    with pytest.raises(UnknownKey) as unknown:
        wrapping.unwrap("a-contributor", wrapped, 7)
    assert "a-contributor" not in str(unknown.value)
