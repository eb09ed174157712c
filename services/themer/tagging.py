"""The tagger: what a pseudonymised text says, against every strategy, with its evidence. Pure and deterministic."""

from msgspec import Struct

from services.safeguarding.detection import concerns_in
from services.safeguarding.wording import read, spoken_words, stemmed
from services.themer import bank as concept_bank
from services.themer.crosswalk import nodes_said
from services.themer.labels import forms_said, sectors_said
from services.themer.profiles import sound
from services.themer.scope import closed_words
from services.themer.scoring import concepts_said, names_said, phrase_book
from services.themer.stance import stance_of
from services.themer.utterances import utterances


class Evidence(Struct, frozen=True):
    """Offsets into the text, in characters, ``end`` exclusive; never inside a placeholder such as ``[PERSON-1]``."""

    start: int
    end: int


class Theme(Struct, frozen=True):
    """One node that a text belongs to.

    Attributes:
        framework: the strategy's id.
        node: the most specific node (``2.2``, not ``2``).
        score: above 0 and at most 1, rounded to 4 places.
        evidence: in the order of the text, not overlapping; at least one.
        concept: the lay concept that gives most of the score.
        rule: the concept's strongest cue, its nearest example by number, or that the node's words decided; never
            the text's own words.
    """

    framework: str
    node: str
    score: float
    evidence: tuple[Evidence, ...]
    concept: str
    rule: str


class Tagged(Struct, frozen=True):
    """Everything that is read from one text.

    Attributes:
        themes: by framework in catalogue order, then by score downward, then by node; at most 3 a framework.
        forms: forms of violence named or plainly implied, in the order of the vocabulary.
        sectors: whose service is spoken of, in the order of the vocabulary; empty when nobody's is.
        stance: ``concern``, ``praise``, ``suggestion``, ``mixed`` or ``neutral``.
        safeguarding: whether a present or imminent risk is spoken of.
        uncovered: whether no strategy has a node for it.
        bank_version: the version of the concept bank that gave this answer.
    """

    themes: tuple[Theme, ...]
    forms: tuple[str, ...]
    sectors: tuple[str, ...]
    stance: str
    safeguarding: bool
    uncovered: bool
    bank_version: str


def bank_version() -> str:
    """Return the declared version of the concept bank with a hash over its files."""
    return concept_bank.bank().version


def tag(text: str) -> Tagged:
    """Return what ``text`` says; the same text gives the same answer, whatever was tagged before it."""
    spoken = read(text, spoken_words)
    reading = stemmed(spoken)
    closed = closed_words(reading)
    hits = phrase_book().find(reading, closed)
    cut = utterances(reading)
    said = concepts_said(reading, hits, cut, closed)
    heard = sound(reading, closed)
    named = names_said(hits)
    counted = nodes_said(reading, said, heard, named)
    themes = tuple(
        Theme(
            framework=one.framework,
            node=one.node,
            score=one.score,
            evidence=tuple(Evidence(start, end) for start, end in one.spans),
            concept=one.concept,
            rule=one.rule,
        )
        for one in counted
    )
    return Tagged(
        themes=themes,
        forms=forms_said(said, heard, named),
        sectors=sectors_said(said, heard, named),
        stance=stance_of(reading, hits, cut, covered=bool(themes)),
        safeguarding=any(concern.urgency != "past" for concern in concerns_in(spoken)),
        uncovered=not themes,
        bank_version=bank_version(),
    )
