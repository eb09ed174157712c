"""Dates become months, quarters or years; ages become bands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.anonymiser.ages import band
from services.anonymiser.pseudonymisation import Passage, pseudonymise


def text_of(text):
    return pseudonymise([Passage("one", text)])[0].text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It was on 12 May 2022.", "It was on [DATE May 2022]."),
        ("It was on May 12th, 2022.", "It was on [DATE May 2022]."),
        ("He came on the 3rd of February 2021 again.", "He came on [DATE February 2021] again."),
        ("They closed in December 2020.", "They closed in [DATE October to December 2020]."),
        ("It was 12/03/2019 then.", "It was [DATE March 2019] then."),
        ("on the fourteenth of february twenty twenty", "on [DATE February 2020]"),
        ("I was born on 03/11/1989.", "I was born on [DATE of birth]."),
        ("born in 1961 up north", "born in [DATE of birth] up north"),
        ("born the third of the second eighty eight", "born [DATE of birth]"),
        ("We have met since 1987.", "We have met since [DATE 1987]."),
        ("He was there by the 10th.", "He was there by the [DATE]."),
        ("He came on Boxing Day 2023.", "He came on [DATE 2023]."),
        ("He came on christmas eve.", "He came on [DATE]."),
    ],
)
def test_a_date_is_made_general(text, expected):
    assert text_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "We meet in March every year.",
        "I may have to move again in may.",
        "The Domestic Abuse Act 2021 did not help.",
        "She came on a Tuesday.",
        "We waited ten years.",
        "He was given 24 hours.",
        "She is 34 weeks pregnant.",
        "The van opens at ten.",
        "The stop is pitch black at 9 when my shift finishes.",
    ],
)
def test_what_is_no_date_or_age_stays(text):
    assert text_of(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I am 34 and tired.", "I am [AGE 30-39] and tired."),
        ("im 34 n tired", "im [AGE 30-39] n tired"),
        ("She is thirty four.", "She is [AGE 30-39]."),
        ("She's fifteen, rang me.", "She's [AGE 10-15], rang me."),
        ("my daughter is 7 now", "my daughter is [AGE 5-9] now"),
        ("My grandson's 12 and loud.", "My grandson's [AGE 10-15] and loud."),
        ("Aged 19, I left.", "Aged [AGE 18-24], I left."),
        ("a 45-year-old man", "a [AGE 40-49] man"),
        ("He was 17 when he left.", "He was [AGE 16-17] when he left."),
        ("The boys are 4 and 9.", "The boys are [AGE 0-4] and [AGE 5-9]."),
        ("shes 80 bless her", "shes [AGE 80 or over] bless her"),
        ("I am in my thirties.", "I am in my [AGE 30-39]."),
        ("a woman in her 50s", "a woman in her [AGE 50-59]"),
        ("My son (8) saw it.", "My son ([AGE 5-9]) saw it."),
        ("when she was three months old", "when she was [AGE 0-4]"),
        ("At nineteen I had nobody.", "At [AGE 18-24] I had nobody."),
    ],
)
def test_an_age_becomes_a_band(text, expected):
    assert text_of(text) == expected


@given(st.integers(min_value=0, max_value=110))
def test_every_age_lies_in_its_band(age):
    low, _, high = band(age).partition("-")
    assert age >= int(low.split()[0])
    assert not high or age <= int(high)


@given(st.integers(min_value=0, max_value=109))
def test_bands_never_run_backwards(age):
    assert int(band(age + 1).split("-")[0].split()[0]) >= int(band(age).split("-")[0].split()[0])
