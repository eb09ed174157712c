"""Identifiers that are said aloud."""

import pytest

from services.anonymiser.pseudonymisation import Passage, pseudonymise


def read(text):
    return pseudonymise([Passage("one", text)])[0]


@pytest.mark.parametrize(
    ("text", "surface", "label"),
    [
        (
            "my number is oh seven seven double oh nine double oh four six one ok",
            "oh seven seven double oh nine double oh four six one",
            "PHONE",
        ),
        (
            "its oh seven seven oh oh nine hundred one four six",
            "oh seven seven oh oh nine hundred one four six",
            "PHONE",
        ),
        (
            "ring zero two zero, seven nine four six, zero one nine one",
            "zero two zero, seven nine four six, zero one nine one",
            "PHONE",
        ),
        (
            "nhs number nine four three four seven six five nine one nine",
            "nine four three four seven six five nine one nine",
            "NHS_NUMBER",
        ),
        (
            "my email is shaz dot malik eighty two at gmail dot com",
            "shaz dot malik eighty two at gmail dot com",
            "EMAIL",
        ),
        ("go to badgirls dot com slash hackney and see", "badgirls dot com slash hackney", "URL"),
        ("i am tilly underscore rose on there", "tilly underscore rose", "HANDLE"),
        ("the reference is four four seven one two nine", "four four seven one two nine", "REFERENCE"),
        ("my postcode is s e one five four a b", "s e one five four a b", "POSTCODE"),
        ("sort code two zero four five six one", "two zero four five six one", "BANK"),
    ],
)
def test_a_spoken_identifier_is_covered_whole(text, surface, label):
    done = read(text)
    at = text.index(surface)
    spans = [span for span in done.spans if span.start <= at and span.end >= at + len(surface)]
    assert [span.label for span in spans] == [label]


@pytest.mark.parametrize(
    "text",
    [
        "We waited two or three hours.",
        "One in four women told us the same.",
        "I called nine nine nine and then one oh one.",
        "She is at home most days.",
    ],
)
def test_numbers_in_ordinary_speech_stay(text):
    assert read(text).text == text


def test_a_number_before_a_spoken_telephone_number_is_not_swallowed():
    done = read("call between ten and two, 0 7 7 0 0 9 0 0 2 2 3.")
    assert done.text == "call between ten and two, [PHONE]."
