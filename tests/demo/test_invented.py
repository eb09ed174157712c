"""Which numbers and addresses may stand in an invented text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.demo.invented import (
    digits_of,
    domains,
    is_drama_number,
    is_example_domain,
    is_test_health_number,
    telephone_numbers,
)

SPOKEN = ["oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


@pytest.mark.parametrize(
    "number",
    [
        "07700 900142",
        "07700900142",
        "+44 7700 900556",
        "020 7946 0418",
        "020-7946-0418",
        "01632 960 447",
        "oh double seven double oh nine hundred one two three",
        "oh one six three two nine six oh double one seven",
    ],
)
def test_a_number_kept_for_drama_may_stand_in_any_way_of_writing(number):
    assert is_drama_number(number)


@pytest.mark.parametrize(
    "number",
    ["07911 900142", "020 7947 0418", "07700 90014", "07700 9001423", "oh double seven double one nine oh oh one", ""],
)
def test_any_other_telephone_number_may_not(number):
    assert not is_drama_number(number)


@given(st.integers(0, 999))
def test_every_mobile_number_of_the_range_may_stand(last):
    assert is_drama_number(f"07700 900{last:03}")


@given(st.text("0123456789", min_size=1, max_size=12))
def test_digits_are_read_the_same_written_and_spoken(digits):
    spoken = " ".join(SPOKEN[int(digit)] for digit in digits)
    assert digits_of(spoken) == digits_of(digits) == digits


@pytest.mark.parametrize(
    ("said", "digits"),
    [("double seven", "77"), ("triple oh nine", "0009"), ("nine hundred", "900"), ("ring me on one", "1"), ("", "")],
)
def test_double_triple_and_hundred_are_understood(said, digits):
    assert digits_of(said) == digits


@pytest.mark.parametrize("number", ["9990123454", "999 104 7727", "999-330-4158"])
def test_a_test_number_of_the_health_service_has_the_right_check_digit(number):
    assert is_test_health_number(number)


@pytest.mark.parametrize("number", ["9990123455", "943 476 5919", "999", ""])
def test_a_number_that_could_be_a_patients_or_is_none_may_not_stand(number):
    assert not is_test_health_number(number)


@given(st.integers(0, 999_999))
def test_at_most_one_check_digit_is_right(middle):
    right = [digit for digit in range(10) if is_test_health_number(f"999{middle:06}{digit}")]
    assert len(right) <= 1


@pytest.mark.parametrize("name", ["example.com", "www.example.org", "EXAMPLE.NET", "example dot com", "a.invalid"])
def test_example_domains_may_stand(name):
    assert is_example_domain(name)


@pytest.mark.parametrize("name", ["example.co.uk", "notexample.com", "council.gov.uk", "example.com.evil.org"])
def test_other_domains_may_not(name):
    assert not is_example_domain(name)


def test_telephone_numbers_are_found_where_nobody_marked_them():
    assert list(telephone_numbers("Ring 07911 123456 or +44 20 7946 0018, room 12, in 1998.")) == [
        "07911 123456",
        "+44 20 7946 0018",
    ]


@pytest.mark.parametrize("words", ["I was 27 in 2004.", "reference 01KX/44718/23", "it cost 20,000 pounds"])
def test_other_figures_are_not_taken_for_telephone_numbers(words):
    assert list(telephone_numbers(words)) == []


def test_domains_are_found_in_addresses_of_mail_and_pages():
    words = "Write to h.okonjo@mail.council.gov.uk or look at www.things.london/x."
    assert next(domains(words)) == "mail.council.gov.uk"
    assert "www.things.london" in list(domains(words))


def test_the_name_before_an_at_sign_is_no_domain():
    assert set(domains("r.delacroix@example.com")) == {"example.com"}


@pytest.mark.parametrize("words", ["He stopped.Then he came back.", "at 3.30 p.m. sharp", "e.g. this"])
def test_stops_within_a_sentence_are_no_domains(words):
    assert list(domains(words)) == []
