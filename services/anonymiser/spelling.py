"""Slips of the keyboard: whether two words are one edit apart, and whether a word is a slip of an ordinary one."""

from collections.abc import Iterable

from services.anonymiser.lexicon import ORDINARY, Lexicon

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHORTEST = 4


def within_one_edit(first: str, second: str) -> bool:
    """Tell whether one insertion, deletion, substitution or swap of neighbours turns one word into the other."""
    if first == second:
        return True
    short, long = (first, second) if len(first) <= len(second) else (second, first)
    if len(long) - len(short) > 1:
        return False
    at = 0
    while at < len(short) and short[at] == long[at]:
        at += 1
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    if short[at + 1 :] == long[at + 1 :]:
        return True
    return short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]


def sound_key(word: str) -> str:
    """Return a rough key of how a name sounds, so that spellings of one name meet ("Mohammed", "Muhamad")."""
    for spelled, sounded in (
        ("ph", "f"),
        ("ck", "k"),
        ("ee", "i"),
        ("oo", "u"),
        ("ou", "u"),
        ("sh", "s"),
        ("y", "i"),
        ("c", "k"),
        ("h", ""),
        ("z", "s"),
    ):
        word = word.replace(spelled, sounded)
    kept: list[str] = []
    for letter in word:
        if not kept or kept[-1] != letter:
            kept.append(letter)
    return "".join(kept)


def stem_of_name(word: str, names: Iterable[str]) -> str:
    """Return the name that ``word`` is a slip or an unmarked possessive of; empty when there is none."""
    for name in sorted(names):
        if len(name) >= _SHORTEST and name[0] == word[0] and within_one_edit(word, name):
            return name
    return ""


def is_slip_of_ordinary(word: str, lexicon: Lexicon) -> bool:
    """Tell whether one edit turns ``word`` into an ordinary word (or two words run together are ordinary)."""
    if len(word) < _SHORTEST:
        return False
    kinds = lexicon.kinds
    for at in range(len(word)):
        head, tail = word[:at], word[at:]
        if kinds.get(head + tail[1:], 0) & ORDINARY and len(word) > _SHORTEST:
            return True
        if len(tail) > 1 and kinds.get(head + tail[1] + tail[0] + tail[2:], 0) & ORDINARY:
            return True
    for at in range(len(word) + 1):
        head, tail = word[:at], word[at:]
        for letter in _LETTERS:
            if at and len(word) > _SHORTEST and kinds.get(head + letter + tail[1:], 0) & ORDINARY:
                return True
            if kinds.get(head + letter + tail, 0) & ORDINARY:
                return True
    return False
