"""Structured identifiers, as they are written."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.anonymiser.pseudonymisation import Passage, pseudonymise


def read(text):
    return pseudonymise([Passage("one", text)])[0]


def labels_of(text, surface):
    """Return the labels over a surface, and check that no letter or digit of it is left."""
    done = read(text)
    at = text.index(surface)
    over = [span for span in done.spans if span.start < at + len(surface) and span.end > at]
    covered = {position for span in over for position in range(span.start, span.end)}
    assert all(position in covered for position in range(at, at + len(surface)) if text[position].isalnum())
    return {span.label for span in over}


@pytest.mark.parametrize(
    ("text", "surface", "label"),
    [
        ("Ring me on 07700 900461 after six.", "07700 900461", "PHONE"),
        ("Ring (020) 7946 0998 please.", "(020) 7946 0998", "PHONE"),
        ("It is +44 7700 900 812.", "+44 7700 900 812", "PHONE"),
        ("call 0 7 7 0 0 9 0 0 2 2 3 now", "0 7 7 0 0 9 0 0 2 2 3", "PHONE"),
        ("Write to jo.bloggs@example.org today.", "jo.bloggs@example.org", "EMAIL"),
        ("jo.bloggs at example.org is mine", "jo.bloggs at example.org", "EMAIL"),
        ("He posted it on www.example.com/her-page again.", "www.example.com/her-page", "URL"),
        ("see badpage.co.uk/pics for it", "badpage.co.uk/pics", "URL"),
        ("My insta is @tilly_rose88 and he found it.", "@tilly_rose88", "HANDLE"),
        ("add me on snap, kylef_xo please", "kylef_xo", "HANDLE"),
        ("She lives at SE15 4AB now.", "SE15 4AB", "POSTCODE"),
        ("postcode n16 5bb dont write", "n16 5bb", "POSTCODE"),
        ("I stay in SE15 with mum.", "SE15", "POSTCODE"),
        ("My NHS number is 943 476 5919.", "943 476 5919", "NHS_NUMBER"),
        ("NI number QQ 12 34 56 C was used.", "QQ 12 34 56 C", "NINO"),
        ("He drives LD19 XKT.", "LD19 XKT", "VEHICLE_REG"),
        ("white van, reg wn14 bhu", "wn14 bhu", "VEHICLE_REG"),
        ("in an uber, lc 68 rjv it was", "lc 68 rjv", "VEHICLE_REG"),
        ("sort code 20-45-61 was his", "20-45-61", "BANK"),
        ("account 73182945 was emptied", "73182945", "BANK"),
        ("my card ending 4471 was used", "4471", "BANK"),
        ("GB29 NWBK 6016 1331 9268 19 is the one", "GB29 NWBK 6016 1331 9268 19", "BANK"),
        ("The IP was 82.14.203.77 they said.", "82.14.203.77", "IP"),
        ("CAD 2291/14SEP23 is the log", "CAD 2291/14SEP23", "REFERENCE"),
        ("crime reference is 01/234567/23 they said", "01/234567/23", "REFERENCE"),
        ("my case number is 0123456/25 they said", "0123456/25", "REFERENCE"),
        ("custody ref kf 5529 23 it said", "kf 5529 23", "REFERENCE"),
        ("Prison number A4417DK is his.", "A4417DK", "REFERENCE"),
        ("Home Office ref H1234567, I waited", "H1234567", "REFERENCE"),
        ("PC 771 Mirza took it down", "771", "REFERENCE"),
    ],
)
def test_an_identifier_is_found_and_named(text, surface, label):
    assert label in labels_of(text, surface)


@pytest.mark.parametrize(
    "text",
    [
        "I rang the helpline on 0808 2000 247 and they listened.",
        "It took 14 months and 3 hearings.",
        "There were 12,000 women on the list.",
        "He paid £25000 for the car.",
        "Section 28 was used for the video.",
        "I had covid19 at the time.",
    ],
)
def test_numbers_that_point_to_nobody_stay(text):
    assert read(text).text == text


@given(st.integers(min_value=100_000_000, max_value=999_999_999))
def test_every_valid_nhs_number_is_found_and_named(stem):
    digits = str(stem)
    check = 11 - sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), digits, strict=True)) % 11
    assume(check != 10)
    assert labels_of(f"They wrote {digits}{check % 11} on it.", f"{digits}{check % 11}") == {"NHS_NUMBER"}


@given(
    st.integers(min_value=0, max_value=999),
    st.sampled_from(["07700 900{}", "07700900{}", "+447700900{}", "020 7946 0{}"]),
)
def test_every_number_kept_for_drama_is_found(last, shape):
    surface = shape.format(f"{last:03d}")
    assert surface not in read(f"Ring {surface} please.").text


def test_what_looks_like_our_placeholders_is_made_different():
    done = read("She wrote [PERSON-1] and [PHONE] herself, and Amina signed.")
    assert done.text.startswith("She wrote (PERSON-1) and (PHONE) herself")
    assert "[PERSON-1] signed" in done.text


def test_a_long_run_of_letters_without_an_end_is_read_in_good_time():
    assert read("a" * 20_000 + " dot at gmail").id == "one"
