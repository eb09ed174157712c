"""What somebody may opt in to use with what she said; never nationality or immigration status."""

import contextlib
from functools import cache
from typing import Final

from services.errors import NotFound
from services.vocabulary.age_bands import age_bands
from services.vocabulary.lists import Entry, Vocabulary, load_vocabulary

LEAST_PRESENT: Final = 10
"""People present from which these may be asked by a show of hands: in a smaller room a hand points to somebody."""


class Characteristic(Entry, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One characteristic with the ids of the answers that may be given.

    Attributes:
        answers: their ids, in the order shown.
        published: releases break people down by it. A show of hands is asked for no other: nobody would read it.
    """

    answers: tuple[str, ...]
    published: bool

    def answer_title(self, answer: str) -> str:
        """Return what an answer is called; one that no list holds is its own id in plain words."""
        if self.id == "age_band":
            with contextlib.suppress(NotFound):
                return age_bands().title_of(answer)
        words = answer.replace("_", " ").strip()
        return f"{words[:1].upper()}{words[1:]}"


@cache
def characteristics() -> Vocabulary[Characteristic]:
    """Return our nine, each with "prefer not to say"."""
    return load_vocabulary("characteristics", Characteristic)
