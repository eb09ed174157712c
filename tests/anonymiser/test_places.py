"""Places, addresses, sites, organisations, occupations and statuses are made general."""

import pytest

from services.anonymiser.pseudonymisation import Passage, pseudonymise


def text_of(text):
    return pseudonymise([Passage("one", text)])[0].text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I live in Peckham now.", "I live in [PLACE in Southwark] now."),
        ("i was in dagenham heathway then", "i was in [PLACE in Barking and Dagenham] then"),
        ("They moved us to Luton.", "They moved us to [PLACE in England]."),
        ("She is in Shepherd's Bush.", "She is in [PLACE in Hammersmith and Fulham]."),
        ("I came from Somalia with nothing.", "I came from [PLACE abroad] with nothing."),
        ("I live at 27 Cranmer Road.", "I live at [ADDRESS]."),
        ("he came to 9 pellerin road again", "he came to [ADDRESS] again"),
        ("twelve fossil road is mine", "[ADDRESS] is mine"),
        ("at flat 6, 112 Hazelmere Court we hid", "at [ADDRESS] we hid"),
        ("she teaches at oakfield primary now", "she teaches at [PLACE school] now"),
        ("I go to Elm Tree Surgery.", "I go to [PLACE practice]."),
        ("We met at Whittington Hospital.", "We met at [PLACE hospital]."),
        ("The GP on Cranmer Road was kind.", "The GP on [ADDRESS street] was kind."),
        ("He prays at Masjid Al-Noor daily.", "He prays at [PLACE place of worship] daily."),
        ("It was in the Red Lion.", "It was in [PLACE]."),
        ("We live on the Pembury Estate.", "We live on [PLACE estate]."),
        ("I work as a tower crane operator.", "I work as a [OCCUPATION transport]."),
        ("My lodger, a trapeze teacher, left.", "My lodger, a [OCCUPATION], left."),
        ("I came on a spouse visa.", "I came on a [STATUS insecure immigration status]."),
        ("She is Albanian.", "She is [STATUS migrant]."),
    ],
)
def test_what_points_to_a_place_or_a_life_is_made_general(text, expected):
    assert text_of(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "I live in Lambeth, in London.",
        "The council in Tower Hamlets moved us.",
        "We need a leaflet in Polish or Urdu.",
        "She speaks Somali with us.",
        "I walked down the road to the school.",
        "It was reading week and I had a bath.",
        "I work as a nurse.",
        "The crown court was cold.",
        "The high street was empty.",
        "They put us in a mother and baby unit.",
    ],
)
def test_what_points_to_nobody_stays(text):
    assert text_of(text) == text


def test_a_refuge_by_name_goes():
    assert "Rosewood" not in text_of("She was moved to Rosewood House, a refuge.")


def test_a_person_may_have_the_name_of_a_place():
    assert text_of("My friend Chelsea rang. I live in Chelsea.") == "My friend [PERSON-1] rang. I live in Chelsea."
