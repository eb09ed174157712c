"""Likeness to example sentences."""

from hypothesis import given
from hypothesis import strategies as st

from services.safeguarding.wording import read
from services.themer.examples import Example, ExampleIndex

EXAMPLES = [
    Example("wait", "I waited eleven months for counselling."),
    Example("wait", "The therapy list is a year long."),
    Example("wait", "I waited two years for the trial.", says_it=False),
    Example("street", "I hold my keys in my fist at the bus stop."),
    Example("street", "Vans beep at us in our uniform."),
    Example("school", "They gave us one lesson on consent."),
    Example("none", "Thank you for the biscuits."),
]
INDEX = ExampleIndex(EXAMPLES)


def like(text):
    return INDEX.likenesses(read(text).words)


def test_an_example_is_wholly_like_itself():
    for example in EXAMPLES:
        likeness = like(example.text)[example.owner]
        found = likeness.says_it if example.says_it else likeness.looks_like_it
        assert round(found, 6) == 1.0


def test_the_nearest_example_is_named_by_its_place_among_its_owners():
    assert like("the therapy list is long")["wait"].example == 1
    assert like("vans beep")["street"].example == 1


def test_a_counter_example_is_told_apart():
    likeness = like("two years for the trial")["wait"]
    assert likeness.looks_like_it > likeness.says_it


def test_more_words_in_common_are_more_alike():
    assert like("my keys in my fist")["street"].says_it > like("my keys were lost again")["street"].says_it


def test_words_that_no_example_has_make_it_less_alike():
    assert like("keys fist")["street"].says_it > like("keys fist umbrella dentist giraffe")["street"].says_it


def test_a_misspelt_word_is_still_near():
    assert like("theraphy")["wait"].says_it > 0


def test_another_word_of_like_length_is_not_near():
    assert like("refrigerator") == {}


def test_the_order_of_words_counts_a_little():
    assert like("one lesson on consent")["school"].says_it > like("consent on lesson one")["school"].says_it


def test_nothing_in_common_is_like_nothing():
    assert like("") == {}
    assert like("[PERSON-1] . !") == {}


def test_an_empty_index_is_like_nothing():
    assert ExampleIndex([]).likenesses(["word"]) == {}


@given(
    st.lists(
        st.sampled_from(["wait", "keys", "list", "trial", "biscuit", "consent", "beep", "van", "xyzzyx", "counseling"]),
        max_size=25,
    )
)
def test_likeness_is_between_none_and_whole(words):
    for likeness in INDEX.likenesses(read(" ".join(words)).words).values():
        assert 0 <= likeness.says_it <= 1.000001
        assert 0 <= likeness.looks_like_it <= 1.000001


@given(st.permutations(EXAMPLES))
def test_the_order_of_the_files_changes_no_likeness(order):
    other = ExampleIndex(order)
    words = read("I waited for the bus with my keys and the therapy list").words
    here = {owner: round(one.says_it, 9) for owner, one in INDEX.likenesses(words).items()}
    assert {owner: round(one.says_it, 9) for owner, one in other.likenesses(words).items()} == here
