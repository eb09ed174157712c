"""What findings, recommendations and paraphrases keep to: rules from the data file ``statements/rules.yaml``. Pure."""

import re
from functools import cache
from typing import Annotated, Final

from msgspec import Meta, Struct

from services.vocabulary.datafiles import load_as

#: A sentence ends at its mark, with what may close it, before a space or the end; figures and single letters do not.
_SENTENCE: Final = re.compile(r"(?<![\s.][A-Za-z])[.!?…]+[\"'’”)\]]*(?=\s|\Z)")
_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class StatementKind(Struct, frozen=True, forbid_unknown_fields=True):
    """How long one kind may be: sentences and characters."""

    title: str
    sentences: Annotated[int, Meta(ge=1)]
    longest: Annotated[int, Meta(ge=1, le=2000)]


class StatementRules(Struct, frozen=True, forbid_unknown_fields=True):
    """The data file; its comments explain each field."""

    title: str
    source: str
    licence: str
    version: int
    kinds: dict[str, StatementKind]
    most_in_a_session: Annotated[int, Meta(ge=1, le=50)]
    one_life: frozenset[str]
    panel_days: Annotated[int, Meta(ge=14)]
    least_people: Annotated[int, Meta(ge=2)]
    longest_run: Annotated[int, Meta(ge=1)]
    texts_a_day: Annotated[int, Meta(ge=1)]


@cache
def statement_rules() -> StatementRules:
    """Return the rules.

    Raises:
        DataFileError: the data file is missing or broken, or promises a panel fewer than 14 days.
    """
    return load_as(StatementRules, "vocabularies", "statements", "rules.yaml")


def sentences_in(text: str) -> int:
    """Return how many sentences a text holds; a last one without its mark counts."""
    ends = [found.end() for found in _SENTENCE.finditer(text)]
    rest = text[ends[-1] :] if ends else text
    return len(ends) + bool(rest.strip())


def words_in(text: str) -> list[str]:
    """Return the words of a text in small letters, apostrophes straight."""
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def faults_of(kind: str, text: str) -> list[tuple[str, str]]:
    """Return what is wrong with the words of a statement, each as the rule and how to mend it, never the words.

    Args:
        kind: ``finding``, ``recommendation`` or ``paraphrase``.
        text: the words.
    """
    rules = statement_rules()
    allowed = rules.kinds[kind]
    if not text.strip():
        return [("empty", "Write the sentence, or leave it out.")]
    faults = []
    if len(text) > allowed.longest:
        faults.append(("too long", f"Use at most {allowed.longest} characters."))
    if sentences_in(text) > allowed.sentences:
        wanted = "one sentence" if allowed.sentences == 1 else f"{allowed.sentences} sentences"
        most = "" if allowed.sentences == 1 else "at most "
        faults.append((f"more than {wanted}", f"Say it in {most}{wanted}."))
    if kind != "recommendation" and rules.one_life.intersection(words_in(text)):
        faults.append(("about one life", "Say it about services, not about one person: “we”, not “I”."))
    return faults
