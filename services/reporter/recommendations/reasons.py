"""The lists of the loop: why a service does not do all of it, and what it may ask to be checked."""

from functools import cache
from typing import Final, Literal

from services.errors import DataFileError
from services.vocabulary.datafiles import load_as
from services.vocabulary.lists import Entry, Vocabulary

FOLDER: Final = "recommendations"


class Reason(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"answers": "for"}):
    """One reason: with which answers it may be given, and whether it says whose it is instead."""

    answers: tuple[Literal["partly", "declined"], ...]
    needs_sector: bool = False


@cache
def answer_reasons() -> Vocabulary[Reason]:
    """Return the reasons that an answer may give.

    Raises:
        DataFileError: the file is missing or broken.
    """
    return _checked(load_as(Vocabulary[Reason], FOLDER, "answer_reasons.yaml"))


@cache
def accuracy_queries() -> Vocabulary[Entry]:
    """Return what a service may ask to be checked before a recommendation is public.

    Raises:
        DataFileError: the file is missing or broken.
    """
    found = load_as(Vocabulary[Entry], FOLDER, "accuracy_queries.yaml")
    if len(found.id_set) != len(found.entries):
        raise DataFileError("The data file recommendations/accuracy_queries.yaml has an id twice.")
    return found


def _checked(found: Vocabulary[Reason]) -> Vocabulary[Reason]:
    if len(found.id_set) != len(found.entries):
        raise DataFileError("The data file recommendations/answer_reasons.yaml has an id twice.")
    return found
