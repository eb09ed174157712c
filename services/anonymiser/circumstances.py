"""Nationality, immigration status and rare occupations, made general so that boards keep the meaning."""

from collections.abc import Iterator

from services.anonymiser.cues import cue_words
from services.anonymiser.detection import Found
from services.anonymiser.forms import SCIENTISTS
from services.anonymiser.kept import KEPT, TAKEN, take
from services.anonymiser.lexicon import ARTICLE, FUNCTION, JOB, NAME, RELATION, STATUS, Lexicon
from services.anonymiser.tokens import DIGITS, LOWER, Tokens

_REACH = 6
_LONGEST_SPECIALISM = 3
_OFFICE = cue_words("job_office")


def find_statuses(tokens: Tokens, states: bytearray, lexicon: Lexicon) -> Iterator[Found]:
    """Yield nationalities, languages and immigration statuses and mark their words as taken."""
    resume = 0
    for index in tokens.of_kind(STATUS):
        matched = None
        if index >= resume and states[index] not in (KEPT, TAKEN):
            matched = lexicon.statuses.match(tokens.keys, index)
        if matched is None:
            continue
        size, meaning = matched
        if (
            size == 1
            and tokens.keys[index] in lexicon.ambiguous_nationalities
            and tokens.cased
            and tokens.shapes[index] == LOWER
        ):
            continue
        if meaning == "migrant" and _is_language(tokens, index, size, lexicon):
            resume = index + size
            continue
        take(states, index, index + size)
        yield Found(tokens.starts[index], tokens.ends[index + size - 1], "STATUS", meaning, "status", 0.7)
        resume = index + size


def _is_language(tokens: Tokens, index: int, size: int, lexicon: Lexicon) -> bool:
    """Tell whether a nationality is the language somebody needs ("speaks Somali", "a leaflet in Polish or Urdu")."""
    stop = index + size
    if stop < len(tokens) and tokens.keys[stop] in lexicon.language_words:
        return True
    at = index - 1
    while at > 0 and (tokens.keys[at] in ("and", "or") or tokens.kinds[at] & STATUS):
        at -= 1
    return at >= 0 and (tokens.keys[at] in lexicon.language_before or tokens.keys[at] == "in")


def find_occupations(tokens: Tokens, states: bytearray, lexicon: Lexicon) -> Iterator[Found]:
    """Yield occupations that somebody holds, and the rarest wherever they stand; mark their words as taken."""
    resume = 0
    for index in tokens.of_kind(JOB):  # with words that end as the names of sciences' people do
        if index < resume:
            continue
        matched = None
        if tokens.kinds[index] & JOB and states[index] != TAKEN:
            matched = lexicon.jobs.match(tokens.keys, index)
        if matched is None:
            scientist = tokens.keys[index].endswith(SCIENTISTS)
            if (scientist or tokens.keys[index] in lexicon.agent_nouns) and states[index] != TAKEN:
                start = _specialism(tokens, index, lexicon)
                if scientist and start == index and _is_held(tokens, index, lexicon):
                    take(states, index, index + 1)
                    yield Found(tokens.starts[index], tokens.ends[index], "OCCUPATION", "", "specialism", 0.5)
                if start < index:
                    take(states, start, index + 1)
                    yield Found(tokens.starts[start], tokens.ends[index], "OCCUPATION", "", "specialism", 0.5)
            continue
        size, sector = matched
        phrase = " ".join(tokens.keys[index : index + size])
        start = _specialism(tokens, index, lexicon)
        if phrase in lexicon.rare_jobs or start < index or _is_held(tokens, index, lexicon):
            take(states, start, index + size)
            yield Found(tokens.starts[start], tokens.ends[index + size - 1], "OCCUPATION", sector, "occupation", 0.6)
        resume = index + size


def _specialism(tokens: Tokens, index: int, lexicon: Lexicon) -> int:
    """Return where a rare job of several words begins that ends at ``index`` ("I am a harp restorer"), or ``index``."""
    start = index
    while start and index - start < _LONGEST_SPECIALISM and tokens.gap(start) in (" ", "-"):
        before = start - 1
        if tokens.kinds[before] & (ARTICLE | FUNCTION) or tokens.shapes[before] == DIGITS:
            break
        start = before
    if start == index or not {tokens.keys[at] for at in range(start, index)}.isdisjoint(lexicon.common_jobs):
        return index
    return start if _is_held(tokens, start, lexicon) else index


def _is_held(tokens: Tokens, index: int, lexicon: Lexicon) -> bool:
    """Tell whether words before ``index`` say that somebody holds the job: "works as a", "I'm the only"."""
    at = index - 1
    if at > 0 and tokens.keys[at] in ("a", "an", "the") and tokens.keys[at - 1] == "as":
        return True
    if at >= 0 and tokens.keys[at] == "the":
        return False
    if (
        at > 0
        and tokens.keys[at] in ("a", "an")
        and tokens.gap(at) == ", "
        and tokens.kinds[at - 1] & (RELATION | NAME)
    ):
        return True  # "my lodger, a trapeze teacher"
    if at >= 0 and tokens.keys[index].endswith(SCIENTISTS) and tokens.keys[at] in lexicon.job_cues:
        return True
    while (
        at >= 0
        and index - at < _REACH
        and tokens.gap(at + 1) == " "
        and (tokens.keys[at] in _OFFICE or tokens.kinds[at] & ARTICLE)
    ):
        at -= 1
    if at < 0 or at == index - 1 or tokens.gap(at + 1) != " ":
        return False
    return tokens.keys[at] in lexicon.job_cues or (at in tokens.possessive and tokens.keys[at] in ("he", "she"))
