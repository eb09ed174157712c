"""The anonymiser's word lists, read once from ``schemas/vocabularies/anonymiser/`` into look-ups.

Every word is one key of :attr:`Lexicon.kinds`, a map of folded word to a sum of the ``Kind`` bits below; phrases
stand in :class:`Phrases`, by their first word. A word that is in no list may still be ordinary by its beginning and
ending (:meth:`Lexicon.is_ordinary`).
"""

import unicodedata
import zlib
from collections.abc import Iterable
from functools import cache
from typing import Any

from services.anonymiser.cues import cue_names, cue_text, cue_words
from services.vocabulary.datafiles import load_yaml, schema_path

ORDINARY = 1
GIVEN = 2
SURNAME = 4
KEEP = 8
RELATION = 16
TITLE = 32
SPEAKING = 64
TO_PERSON = 128
ARTICLE = 256
NUMBER = 512
PLACE = 1024  # the first word of a place's name
KEPT_PHRASE = 2048  # the first word of a kept phrase
SITE = 4096  # the last word of a site's, street's or organisation's name
JOB = 8192  # the first word of an occupation
STATUS = 16384  # nationality, or the first word of an immigration status
TIME = 32768  # months, ordinals, decades, festivals: may start or end a date
FUNCTION = 65536  # words that never are part of a name
CUE_START = 131072  # the first word of a phrase that names somebody
KINSHIP = 262144  # kinship words in any language
LEAD = 524288  # words that may stand before a site's name, or begin it

NAME = GIVEN | SURNAME
_FOLDER = ("vocabularies", "anonymiser")
FILES = (
    "circumstances.yaml",
    "cues.yaml",
    "given_names.yaml",
    "keep.yaml",
    "ordinary_words.yaml",
    "places.yaml",
    "short_forms.yaml",
    "spoken.yaml",
    "surnames.yaml",
)
_SPECIAL = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ħ": "h"}
)
_LONG_NAME = 3
_AFTER_E = frozenset({"d", "n", "r", "st"})  # "used", "taken", "user", "finest"; not "bron" from "bro"


def fold(word: str) -> str:
    """Return ``word`` in lower case and without accents, as the lists hold it."""
    lower = word.lower()
    if lower.isascii():
        return lower
    decomposed = unicodedata.normalize("NFKD", lower.translate(_SPECIAL))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def split_terms(text: str) -> list[str]:
    """Return the terms of a comma-separated list, folded and without empty ones."""
    return [term for term in (fold(part.strip()) for part in text.replace("\n", " ").split(",")) if term]


class Phrases:
    """Terms of one or several words, looked up by their first (or, reversed, last) word."""

    __slots__ = ("_beside", "by_word", "reverse")

    def __init__(self, *, reverse: bool = False) -> None:
        self.by_word: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        # by the word looked up: its longer terms by the neighbour there, and what it means alone
        self._beside: dict[str, tuple[dict[str, list[tuple[tuple[str, ...], str]]], tuple[int, str] | None]] = {}
        self.reverse = reverse

    def add(self, term: str, value: str) -> str:
        """Take in one term with its value; return the word that it is looked up by."""
        words = tuple(term_words(term))
        return self._put(words, value)

    def add_place(self, term: str, value: str) -> list[str]:
        """Take in a place's name with its spelling with an apostrophe ("golders green", "Golder's Green")."""
        words = tuple(term_words(term))
        keys = [self._put(words, value)]
        if len(words) > 1 and words[0].endswith("s") and words[0] != "st":
            keys.append(self._put((words[0][:-1], *words[1:]), value))
        return keys

    def _put(self, words: tuple[str, ...], value: str) -> str:
        key = words[-1] if self.reverse else words[0]
        self.by_word.setdefault(key, []).append((words, value))
        return key

    def finish(self) -> None:
        """Put longer terms before shorter ones, so that the first match is the longest."""
        for entries in self.by_word.values():
            entries.sort(key=lambda entry: (-len(entry[0]), entry[0]))
        neighbour = -2 if self.reverse else 1
        for key, entries in self.by_word.items():
            longer: dict[str, list[tuple[tuple[str, ...], str]]] = {}
            for entry in entries:
                if len(entry[0]) > 1:
                    longer.setdefault(entry[0][neighbour], []).append(entry)
            alone = next(((1, value) for words, value in entries if len(words) == 1), None)
            self._beside[key] = longer, alone

    def match(self, keys: list[str], index: int) -> tuple[int, str] | None:
        """Return how many words match at ``index`` and their value, or None.

        Forward phrases start at ``index``; reversed ones end there.
        """
        beside = self._beside.get(keys[index])
        if beside is None:
            return None
        longer, alone = beside
        at = index - 1 if self.reverse else index + 1
        if longer and 0 <= at < len(keys):
            for words, value in longer.get(keys[at], ()):
                size = len(words)
                start = index - size + 1 if self.reverse else index
                if start >= 0 and tuple(keys[start : start + size]) == words:
                    return size, value
        return alone


def term_words(term: str) -> list[str]:
    """Return a term's words as the tokeniser would give them: no hyphens, no possessive endings."""
    spaced = term.replace("-", " ").replace("&", " ").replace("/", " ").replace("+", " ")
    return [
        word[:-2] if word.endswith("'s") and len(word) > _LONG_NAME else word.rstrip("'") for word in spaced.split()
    ]


def fingerprint() -> str:
    """Return eight hexadecimal digits that change when any word list changes."""
    digest = 0
    for name in FILES:
        digest = zlib.crc32(schema_path(*_FOLDER, name).read_bytes(), digest)
    return f"{digest:08x}"


class Lexicon:
    """All word lists, ready for look-up; built once and never changed."""

    def __init__(self) -> None:
        self.kinds: dict[str, int] = {}
        self._read_words()
        self._read_names()
        self._read_cues()
        self._read_places()
        self._read_keep()
        self._read_circumstances()
        self._read_spoken()

    def _mark(self, words: Iterable[str], kind: int) -> None:
        kinds = self.kinds
        for word in words:
            kinds[word] = kinds.get(word, 0) | kind

    def _read_words(self) -> None:
        data = _load("ordinary_words.yaml")
        for letter, words in data["words"].items():
            self._mark(words.split(), ORDINARY | FUNCTION if letter == "function" else ORDINARY)
        self.beginnings = tuple(sorted(data["beginnings"].split(), key=lambda word: (-len(word), word)))
        self.endings = tuple(sorted(data["endings"].split(), key=lambda word: (-len(word), word)))
        # the endings by their last letter, and the beginnings by their first: most words have none of either
        self._endings_in = {
            last: tuple(e for e in self.endings if e[-1] == last) for last in {e[-1] for e in self.endings}
        }
        self._beginnings_in = {
            first: tuple(b for b in self.beginnings if b[0] == first) for first in {b[0] for b in self.beginnings}
        }

    def _read_names(self) -> None:
        for words in _load("given_names.yaml")["groups"].values():
            self._mark(term_words(fold(words)), GIVEN)
        for words in _load("surnames.yaml")["groups"].values():
            self._mark([word for word in term_words(fold(words)) if len(word) > 1], SURNAME)
        self.short_forms: dict[str, frozenset[str]] = {}
        links: dict[str, set[str]] = {}
        for line in _load("short_forms.yaml")["forms"].splitlines():
            full, _, short = line.partition(":")
            for name in full.split():
                for form in short.split():
                    links.setdefault(name, set()).add(form)
                    links.setdefault(form, set()).add(name)
        self.short_forms = {name: frozenset(forms) for name, forms in links.items()}
        self._mark([form for form in sorted(links) if not self.kinds.get(form, 0) & FUNCTION], GIVEN)

    def _read_cues(self) -> None:
        sets = self.cues = {name: cue_words(name) for name in cue_names()}
        self._mark(sets["relations"], RELATION)
        self._mark(sets["titles"], TITLE)
        self._mark(sets["speaking"], SPEAKING)
        self._mark(sets["to_person"], TO_PERSON)
        self._mark(sets["articles"], ARTICLE)
        self._mark(sets["months"], TIME)
        self.idioms = Phrases()
        for term in split_terms(cue_text("idioms")):
            self.idioms.add(term, "idiom")
        self.idioms.finish()
        self.self_phrases = Phrases(reverse=True)
        for term in split_terms(cue_text("self_phrases")):
            self.self_phrases.add(term, "named")
        self.self_phrases.finish()
        self._mark(self.self_phrases.by_word, CUE_START)
        self.festivals = Phrases()
        for term in split_terms(cue_text("festivals")):
            self._mark([self.festivals.add(term, "festival")], TIME)
        self.festivals.finish()

    def _read_places(self) -> None:
        data = _load("places.yaml")
        self.places = Phrases()
        weak = frozenset(split_terms(data["weak_without_place_word"]))
        self.weak_places = frozenset(" ".join(term_words(term)) for term in weak)
        for borough, names in data["neighbourhoods"].items():
            for term in split_terms(names):
                self._mark(self.places.add_place(term, f"in {borough}"), PLACE)
        for nation, names in data["britain"].items():
            for term in split_terms(names):
                self._mark([self.places.add(term, f"in {nation}")], PLACE)
        for term in split_terms(data["abroad"]):
            self._mark([self.places.add(term, "abroad")], PLACE)
        self.places.finish()
        self.sites = Phrases(reverse=True)
        for kind, names in data["sites"].items():
            for term in split_terms(names):
                self._mark([self.sites.add(term, kind)], SITE)
        self.sites.finish()
        self.weak_sites = frozenset(data["site_words_weak"].split())
        self.street_types = frozenset(data["street_types"].split())
        self.strong_street_types = frozenset(data["street_types_strong"].split())
        self._mark(self.street_types, SITE)
        for name in ("site_lead", "site_on", "site_saints"):
            self._mark(cue_words(name), LEAD)
        self.house_words = frozenset(data["house_words"].split())
        self.agent_nouns = frozenset(_load("circumstances.yaml")["agent_nouns"].split())
        self.common_jobs = frozenset(_load("circumstances.yaml")["common_jobs"].split())
        self.organisation_words = frozenset(data["organisation_words"].split())
        self._mark(self.organisation_words, SITE)
        self.institution_words = frozenset(data["institution_words"].split())
        self.generic_before_site = frozenset(term_words(data["generic_before_site"]))

    def _read_keep(self) -> None:
        data = _load("keep.yaml")
        self.kept = Phrases()
        for group, names in data["groups"].items():
            for term in split_terms(names):
                first = self.kept.add(term, group)
                words = term_words(term)
                self._mark([first], KEPT_PHRASE)
                if len(words) == 1:
                    self._mark(words, KEEP | (KINSHIP if group == "kinship" else 0))
        self.kept.finish()
        self.helplines = frozenset("".join(filter(str.isdigit, term)) for term in data["helplines"].split(","))

    def _read_circumstances(self) -> None:
        data = _load("circumstances.yaml")
        self.jobs = Phrases()
        for sector, names in data["occupations"].items():
            for term in split_terms(names):
                self._mark([self.jobs.add(term, sector)], JOB)
        self.jobs.finish()
        self.rare_jobs = frozenset(" ".join(term_words(term)) for term in split_terms(data["rare_jobs_always"]))
        last_words = {words[-1] for entries in self.jobs.by_word.values() for words, _ in entries}
        self.agent_nouns = self.agent_nouns | last_words - frozenset(data["plain_last_words"].split())
        self._mark(sorted(self.agent_nouns), JOB)
        self.job_cues = frozenset(data["occupation_cues"].split())
        self.statuses = Phrases()
        for term in split_terms(data["nationalities"]):
            self._mark([self.statuses.add(term, "migrant")], STATUS)
        for term in split_terms(data["statuses"]):
            self._mark([self.statuses.add(term, "insecure immigration status")], STATUS)
        self.statuses.finish()
        self.ambiguous_nationalities = frozenset(split_terms(data["ambiguous_nationalities"]))
        self.language_words = frozenset(data["language_words"].split())
        self.language_before = frozenset(data["language_before"].split())

    def _read_spoken(self) -> None:
        data = _load("spoken.yaml")
        self.digits: dict[str, int] = data["digits"]
        self.small_numbers: dict[str, int] = {**data["digits"], **data["teens"]}
        self.tens: dict[str, int] = data["tens"]
        self.ordinals: dict[str, int] = data["ordinals"]
        self.decades: dict[str, int] = data["decades"]
        self.months: dict[str, int] = data["months"]
        self.repeats: dict[str, int] = data["repeats"]
        self._mark([*self.small_numbers, *self.tens, *self.repeats], NUMBER)
        self._mark([*self.decades, *self.months, *self.ordinals, *cue_words("date_seasons"), "born"], TIME)

    def kind(self, word: str, *, capital: bool = False) -> int:
        """Return the kinds of a folded word; 0 for a word that nothing explains.

        A word with a capital is not explained as two words run together: "Brightwell" may be somebody.
        """
        found = self.kinds.get(word)
        if found is not None:
            return found
        return ORDINARY if self.is_ordinary(word, compounds=not capital) else 0

    def is_ordinary(self, word: str, *, compounds: bool = True) -> bool:
        """Tell whether a word outside the lists is an ordinary one by its endings and beginnings."""
        if self.is_inflected(word):
            return True
        for beginning in self._beginnings_in.get(word[:1], ()):
            rest = word[len(beginning) :]
            long_enough = len(rest) > _LONG_NAME and word.startswith(beginning)
            if long_enough and (self.kinds.get(rest, 0) & ORDINARY or self.is_inflected(rest)):
                return True
        return compounds and self.is_compound(word)

    def is_inflected(self, word: str) -> bool:
        """Tell whether ``word`` is an ordinary word with one of the endings."""
        kinds = self.kinds
        for ending in self._endings_in.get(word[-1:], ()):
            if not word.endswith(ending):
                continue
            stem = word[: -len(ending)]
            if len(stem) < 2 or (ending in _AFTER_E and stem[-1] not in "ew"):  # noqa: PLR2004 - one letter is no stem
                continue
            if kinds.get(stem, 0) & ORDINARY:
                return True
            if len(stem) < _LONG_NAME:
                continue
            if kinds.get(stem + "e", 0) & ORDINARY and ending[0] in "aeiouy":
                return True
            if stem[-1] == "i" and kinds.get(stem[:-1] + "y", 0) & ORDINARY:
                return True
            if stem[-1] == stem[-2] and kinds.get(stem[:-1], 0) & ORDINARY and ending[0] in "aeiouy":
                return True
        return False

    def is_compound(self, word: str) -> bool:
        """Tell whether ``word`` is two ordinary words of four letters or more run together."""
        size = len(word)
        if size < 8:  # noqa: PLR2004 - two words of four letters are the shortest compound we trust
            return False
        kinds = self.kinds
        return any(
            kinds.get(word[:cut], 0) & ORDINARY and kinds.get(word[cut:], 0) & ORDINARY for cut in range(4, size - 3)
        )


def _load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = load_yaml(*_FOLDER, name)
    return loaded


@cache
def lexicon() -> Lexicon:
    """Return the one lexicon of the process, read at first use.

    Raises:
        DataFileError: a word list is missing or broken.
    """
    return Lexicon()
