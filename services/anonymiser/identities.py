"""Who is who: the names of one text gathered into persons, each with one number."""

from services.anonymiser.cues import cue_words
from services.anonymiser.lexicon import Lexicon
from services.anonymiser.spelling import sound_key, within_one_edit

_SHORTEST_SLIP = 4
_SHORTEST_PREFIX = 3
_MALE = cue_words("identity_male")
_FEMALE = cue_words("identity_female")


class Person:
    """One person of a text: the folded words that name them, in the order in which they were met.

    Attributes:
        given: the words that may come first.
        family: the words that may come last.
        order: offset of the first mention.
    """

    __slots__ = ("family", "given", "order", "title")

    def __init__(self, given: list[str], family: list[str], order: int, title: str) -> None:
        self.given = given
        self.family = family
        self.order = order
        self.title = title


def gather(mentions: list[tuple[int, tuple[str, ...], str]], lexicon: Lexicon) -> list[int]:
    """Return for each mention the number of its person, from 1, in the order of first mentions.

    Args:
        mentions: offset, folded words of the name, and the title before it ("" for none).
        lexicon: for the table of short forms.
    """
    people: list[Person] = []
    owner: list[Person | None] = [None] * len(mentions)
    full_first = sorted(range(len(mentions)), key=lambda at: (-min(len(mentions[at][1]), 2), mentions[at][0]))
    for at in full_first:
        offset, words, title = mentions[at]
        person = _find(people, words, title, offset, lexicon)
        if person is None:
            if len(words) > 1:
                person = Person([words[0], *words[1:-1]], [words[-1]], offset, title)
            elif title and title in (_MALE | _FEMALE | {"dr", "pc", "dc", "ds", "prof", "sgt"}):
                person = Person([], [words[0]], offset, title)
            else:
                person = Person([words[0]], [], offset, title)
            people.append(person)
        else:
            _extend(person, words)
        person.order = min(person.order, offset)
        owner[at] = person
    ordered = sorted(people, key=lambda person: person.order)
    numbers = {id(person): number for number, person in enumerate(ordered, start=1)}
    return [numbers[id(person)] for person in owner]


def _extend(person: Person, words: tuple[str, ...]) -> None:
    if len(words) == 1:
        return
    if words[0] not in person.given:
        person.given.append(words[0])
    if words[-1] not in person.family:
        person.family.append(words[-1])


def _find(people: list[Person], words: tuple[str, ...], title: str, offset: int, lexicon: Lexicon) -> Person | None:
    if len(words) > 1:
        return next((person for person in people if _same_full(person, words, lexicon)), None)
    word = words[0]
    for same in (_is_given, _is_family, _is_short, _is_slip, _is_initial, _is_prefix):
        fitting = [person for person in people if same(person, word, lexicon) and not _titles_clash(person, title)]
        if fitting:
            before = [person for person in fitting if person.order < offset]
            return max(before, key=lambda person: person.order) if before else fitting[0]
    return None


def _same_full(person: Person, words: tuple[str, ...], lexicon: Lexicon) -> bool:
    first, last = words[0], words[-1]
    given = any(
        _alike(first, name, lexicon)
        or (len(first) == 1 and name.startswith(first))
        or (len(name) == 1 and first.startswith(name))
        for name in person.given
    )
    if not person.given or not person.family:
        return False
    family = any(
        last == name
        or (len(last) == 1 and name.startswith(last))
        or (len(name) == 1 and last.startswith(name))
        or _slip(last, name)
        for name in person.family
    )
    return given and family


def _titles_clash(person: Person, title: str) -> bool:
    if not title:
        return False
    if person.title:
        return (title in _MALE and person.title in _FEMALE) or (title in _FEMALE and person.title in _MALE)
    first = person.given[0] if person.given else ""
    return (title in _MALE and _sounds_female(first)) or (title in _FEMALE and _sounds_male(first))


def _sounds_female(name: str) -> bool:
    return name.endswith(("a", "ah", "een", "elle", "ine", "ette")) and name not in (
        "mustafa",
        "musa",
        "isa",
        "hamza",
        "luca",
        "joshua",
        "krishna",
        "yaya",
        "issa",
    )


def _sounds_male(name: str) -> bool:
    return name.endswith(("o", "ael", "us", "ohn", "ark", "ter", "vid", "ammed", "amed", "ul", "ad", "ald", "ert"))


def _is_given(person: Person, word: str, lexicon: Lexicon) -> bool:
    del lexicon
    return word in person.given


def _is_family(person: Person, word: str, lexicon: Lexicon) -> bool:
    del lexicon
    return word in person.family


def _is_short(person: Person, word: str, lexicon: Lexicon) -> bool:
    forms = lexicon.short_forms.get(word, frozenset())
    return any(
        name in forms
        or (
            (name.startswith(word) or word.startswith(name)) and not forms.isdisjoint(lexicon.short_forms.get(name, ()))
        )
        for name in person.given
    )


def _is_slip(person: Person, word: str, lexicon: Lexicon) -> bool:
    return any(_alike(word, name, lexicon) for name in person.given) or any(_slip(word, name) for name in person.family)


def _is_initial(person: Person, word: str, lexicon: Lexicon) -> bool:
    del lexicon
    return (len(word) == 1 and any(name.startswith(word) for name in person.given)) or (
        len(word) > 1 and any(len(name) == 1 and word.startswith(name) for name in person.given)
    )


def _is_prefix(person: Person, word: str, lexicon: Lexicon) -> bool:
    """Tell whether ``word`` is a pet form by cutting: "Shab" or "Shabs" for "Shabana", "Brina" for "Sabrina"."""
    del lexicon
    for name in person.given:
        short, long = (word, name) if len(word) < len(name) else (name, word)
        for stem in (
            short,
            short.removesuffix("s"),
            short.removesuffix("z"),
            short.removesuffix("ie"),
            short.removesuffix("y"),
            short.removesuffix("o"),
            short.removesuffix("i"),
        ):
            if len(stem) >= _SHORTEST_PREFIX and stem in long and len(long) - len(stem) > 1:
                return True
    return False


def _alike(first: str, second: str, lexicon: Lexicon) -> bool:
    if first == second or second in lexicon.short_forms.get(first, frozenset()):
        return True
    if len(first) >= _SHORTEST_SLIP and sound_key(first) == sound_key(second):
        return True
    both_listed = bool(lexicon.kinds.get(first, 0)) and bool(lexicon.kinds.get(second, 0))
    if both_listed and (len(first) == len(second) or _consonants(first) != _consonants(second)):
        return False
    return _slip(first, second)


def _consonants(word: str) -> str:
    return "".join(letter for letter in word if letter not in "aeiouyh")


def _slip(first: str, second: str) -> bool:
    return min(len(first), len(second)) >= _SHORTEST_SLIP and first[0] == second[0] and within_one_edit(first, second)
