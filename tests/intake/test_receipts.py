"""Receipts: five plain words, kept as a slow salted hash, found again however they were typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InputRefused
from services.intake.receipts import WORDS, InstallationSecret, new_receipt, normalise, word_list

FIVE = st.lists(st.sampled_from(word_list()), min_size=5, max_size=5)


@pytest.fixture
def secret(tmp_path):
    return InstallationSecret(tmp_path)


def test_a_receipt_is_five_words_of_the_list_and_each_pick_asks_for_all_of_it():
    asked = []

    def pick(below):
        asked.append(below)
        return len(asked)

    assert new_receipt(pick) == " ".join(word_list()[number] for number in range(1, 6))
    assert asked == [WORDS] * 5


def test_receipts_differ():
    assert len({new_receipt() for _ in range(200)}) == 200


@given(FIVE, st.sampled_from([" ", "  ", "-", ", ", "\n", ". ", "  \t"]), st.booleans())
def test_a_receipt_is_known_again_whatever_stood_between_the_words(words, between, shouted):
    typed = between.join(words)
    assert normalise(f" {typed.upper() if shouted else typed}{between}") == " ".join(words)


@given(FIVE)
def test_the_order_of_the_words_matters(words):
    turned = list(reversed(words))
    assert (normalise(" ".join(words)) == normalise(" ".join(turned))) == (words == turned)


@pytest.mark.parametrize("count", [0, 1, 4, 6])
def test_too_few_or_too_many_words_are_refused_without_repeating_them(count):
    typed = " ".join(word_list()[:count])
    with pytest.raises(InputRefused) as refused:
        normalise(typed)
    assert not any(word in str(refused.value).split() for word in word_list()[:count])


def test_a_word_that_is_not_in_the_list_is_refused_without_saying_which():
    with pytest.raises(InputRefused) as refused:
        normalise(" ".join([*word_list()[:4], "zebedee"]))
    assert "zebedee" not in str(refused.value)
    assert refused.value.findings[0].rule == "not five words of the list"


def test_the_same_receipt_has_the_same_hash_after_a_restart(tmp_path, secret):
    typed = " ".join(word_list()[:5])
    again = InstallationSecret(tmp_path)
    assert again.receipt_hash(typed.upper()) == secret.receipt_hash(typed)
    assert again.seat_hash("g1", 4) == secret.seat_hash("g1", 4)
    assert again.key_hash("k") == secret.key_hash("k")


def test_another_installation_hashes_everything_differently(tmp_path, secret):
    other = InstallationSecret(tmp_path / "other")
    typed = " ".join(word_list()[:5])
    assert other.receipt_hash(typed) != secret.receipt_hash(typed)
    assert other.seat_hash("g1", 4) != secret.seat_hash("g1", 4)
    assert other.key_hash("k") != secret.key_hash("k")


def test_the_secret_lies_in_a_file_that_its_owner_alone_reads(tmp_path, secret):
    assert (tmp_path / "intake-secret.key").stat().st_mode & 0o077 == 0


def test_a_seat_is_another_in_another_group_and_no_key_is_a_seat(secret):
    made = {secret.seat_hash(group, seat) for group in ("g1", "g2", "g11") for seat in (1, 11, 12)}
    assert len(made) == 9
    assert secret.key_hash("g1|1") not in made


@given(st.text(max_size=80))
def test_a_hidden_text_is_revealed_here_and_only_here(tmp_path_factory, text):
    folder = tmp_path_factory.mktemp("secret")
    hidden = InstallationSecret(folder).hidden(text)
    assert InstallationSecret(folder).revealed(hidden) == text
    assert InstallationSecret(folder / "other").revealed(hidden) is None


@pytest.mark.parametrize("change", ["", "x", "====", "not base64 at all!", "é", "QUJD", "A" * 200])
def test_a_value_that_is_not_ours_reveals_nothing(secret, change):
    assert secret.revealed(change) is None


def test_a_hidden_text_that_was_changed_reveals_nothing(secret):
    hidden = secret.hidden("handle,somebody,99")
    for place in range(0, len(hidden) - 2, 3):
        other = "A" if hidden[place] != "A" else "B"
        assert secret.revealed(hidden[:place] + other + hidden[place + 1 :]) is None
