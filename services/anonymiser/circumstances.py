"""Nationality, immigration status and rare occupations, made general so that boards keep the meaning."""

from collections.abc import Iterator

from services.anonymiser.detection import Found
from services.anonymiser.kept import KEPT, TAKEN, take
from services.anonymiser.lexicon import ARTICLE, JOB, STATUS, Lexicon
from services.anonymiser.tokens import LOWER, Tokens

_REACH = 4
_OFFICE = frozenset({"as", "a", "an", "the", "only"})


def find_statuses(tokens: Tokens, states: bytearray, lexicon: Lexicon) -> Iterator[Found]:
    """Yield nationalities, languages and immigration statuses and mark their words as taken."""
    index = 0
    while index < len(tokens):
        matched = None
        if tokens.kinds[index] & STATUS and states[index] not in (KEPT, TAKEN):
            matched = lexicon.statuses.match(tokens.keys, index)
        if matched is None:
            index += 1
            continue
        size, meaning = matched
        if size == 1 and tokens.keys[index] in lexicon.ambiguous_nationalities and tokens.cased and tokens.shapes[index] == LOWER:
            index += 1
            continue
        after = tokens.keys[index + size] if index + size < len(tokens) else ""
        before = tokens.keys[index - 1] if index else ""
        if meaning == "migrant" and (after in lexicon.language_words or before in lexicon.language_before):
            meaning = "another language"
        take(states, index, index + size)
        yield Found(tokens.starts[index], tokens.ends[index + size - 1], "STATUS", meaning, "status", 0.7)
        index += size


def find_occupations(tokens: Tokens, states: bytearray, lexicon: Lexicon) -> Iterator[Found]:
    """Yield occupations that somebody is said to hold, and the rarest wherever they stand; mark their words as taken."""
    index = 0
    while index < len(tokens):
        matched = None
        if tokens.kinds[index] & JOB and states[index] != TAKEN:
            matched = lexicon.jobs.match(tokens.keys, index)
        if matched is None:
            index += 1
            continue
        size, sector = matched
        phrase = " ".join(tokens.keys[index : index + size])
        if phrase in lexicon.rare_jobs or _is_held(tokens, index, lexicon):
            take(states, index, index + size)
            yield Found(tokens.starts[index], tokens.ends[index + size - 1], "OCCUPATION", sector, "occupation", 0.6)
        index += size


def _is_held(tokens: Tokens, index: int, lexicon: Lexicon) -> bool:
    """Tell whether words before ``index`` say that somebody holds the job: "works as a", "I'm the only"."""
    at = index - 1
    while at >= 0 and index - at < _REACH and tokens.gap(at + 1) == " " and (
        tokens.keys[at] in _OFFICE or tokens.kinds[at] & ARTICLE
    ):
        at -= 1
    if at < 0 or at == index - 1 or tokens.gap(at + 1) != " ":
        return False
    return tokens.keys[at] in lexicon.job_cues or (at in tokens.possessive and tokens.keys[at] in ("he", "she"))
