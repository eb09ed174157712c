"""The cue words: sets of words around names, ages, dates and places, by name, from ``cues.yaml``."""

from functools import cache
from typing import Any

from services.errors import DataFileError
from services.vocabulary.datafiles import load_yaml


@cache
def _cues() -> dict[str, Any]:
    loaded: dict[str, Any] = load_yaml("vocabularies", "anonymiser", "cues.yaml")
    return loaded


def cue_text(name: str) -> str:
    """Return one entry of the file as it is written.

    Raises:
        DataFileError: there is no such entry.
    """
    text = _cues().get(name)
    if not isinstance(text, str):
        raise DataFileError(f"The data file vocabularies/anonymiser/cues.yaml lacks the words for {name}.")
    return text


@cache
def cue_words(name: str) -> frozenset[str]:
    """Return the words of one entry.

    Raises:
        DataFileError: there is no such entry.
    """
    return frozenset(cue_text(name).split())


def cue_names() -> tuple[str, ...]:
    """Return the names of all entries but the header's, in the file's order."""
    return tuple(name for name in _cues() if name not in ("about", "source", "licence", "schema"))
