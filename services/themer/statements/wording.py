"""A wording: the words of a statement with what they are about, chosen by a person, and the rules for both. Pure."""

from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from services.errors import Finding, InputRefused, NotFound
from services.events import MeasureSaid, PseudonymisedWords, ThemedNode
from services.vocabulary.frameworks import framework
from services.vocabulary.plain_words import fold, name_like, words_of
from services.vocabulary.recommendation_areas import recommendation_areas
from services.vocabulary.sectors import sectors
from services.vocabulary.statements import faults_of, statement_rules, words_in

Kind = Literal["finding", "recommendation", "paraphrase"]
MOST_NODES: Final = 12
MOST_MEASURES: Final = 24
_REASONS: Final = {
    "possible-name": "it may hold a name",
    "bracket": "it holds a mark in brackets",
    "address": "it holds an address",
    "long-number": "it holds a long number",
    "number-with-letters": "it holds a reference",
}


class ChosenNode(Struct, frozen=True, order=True, forbid_unknown_fields=True):
    """A counted node, or a row below one, that a person says the words are about."""

    framework: str
    node: str


class Wording(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person makes of a statement.

    Attributes:
        words: as they are to be published.
        nodes: what they are about, of any framework.
        sectors: whose services they speak of, or who should act.
        measures: what a finding says of success measures.
        area: which of the five areas, for a recommendation.
        same_as: the approved statement of the same group that says the same; then nothing else is given.
    """

    words: str = ""
    nodes: tuple[ChosenNode, ...] = ()
    sectors: tuple[str, ...] = ()
    measures: tuple[MeasureSaid, ...] = ()
    area: str | None = None
    same_as: str | None = None

    @property
    def themes(self) -> tuple[ThemedNode, ...]:
        """The nodes as an event carries them: chosen by a person, so without doubt."""
        return tuple(ThemedNode(framework=each.framework, node=each.node, score=1.0) for each in self.nodes)


def check_wording(kind: Kind, wording: Wording, received: Sequence[PseudonymisedWords]) -> Wording:
    """Return a wording that keeps every rule, with its lists in order and each entry once.

    Args:
        kind: of the statement.
        wording: as it was written.
        received: the pseudonymised words that it is made from; for a paraphrase those of every contribution.

    Raises:
        InputRefused: every rule that it breaks, by field; never the words.
    """
    words = " ".join(wording.words.split())
    findings = [Finding("words", rule, mend) for rule, mend in faults_of(kind, words)]
    findings += _names_in(words, received)
    if kind == "paraphrase" and any(_shares_a_run(words, each.text) for each in received):
        longest = statement_rules().longest_run
        findings.append(
            Finding("words", "it repeats somebody’s words", f"Share no more than {longest} words in a row with any."),
        )
    findings += _check_nodes(kind, wording)
    if any(sector not in sectors().id_set for sector in wording.sectors):
        findings.append(Finding("sectors", "not one of the sectors", f"Choose from {', '.join(sectors().ids)}."))
    findings += _check_measures(kind, wording)
    if kind == "recommendation" and wording.area not in recommendation_areas().id_set:
        findings.append(
            Finding("area", "not one of the five areas", f"Choose from {', '.join(recommendation_areas().ids)}."),
        )
    if kind != "recommendation" and wording.area is not None:
        findings.append(Finding("area", "only a recommendation has an area", "Leave it out."))
    if findings:
        raise InputRefused(findings)
    return replace(
        wording,
        words=words,
        nodes=tuple(sorted(set(wording.nodes))),
        sectors=sectors().in_order(wording.sectors),
        measures=tuple(sorted(wording.measures, key=lambda each: (each.framework, each.measure))),
    )


def _names_in(words: str, received: Sequence[PseudonymisedWords]) -> list[Finding]:
    known: set[str] = set()
    doubted: set[str] = set()
    for each in received:
        for start, end, word in words_of(each.text):
            marked = any(start < doubt.end and doubt.start < end for doubt in each.doubts)
            (doubted if marked else known).add(word)
    doubtful = {fold(word) for word in doubted}
    findings = []
    rules = {rule for _, _, rule in name_like(words, known=known - doubted)}
    if doubtful.intersection(fold(word) for _, _, word in words_of(words)):
        findings.append(
            Finding("words", "it holds what was marked as doubtful", "Say it without the words that are marked."),
        )
    findings.extend(
        Finding("words", _REASONS[rule], "Say it in ordinary words, without what could point to a person.")
        for rule in _REASONS
        if rule in rules
    )
    return findings


def _shares_a_run(words: str, text: str) -> bool:
    """Say whether more words than allowed stand in the same order in both."""
    size = statement_rules().longest_run + 1
    said = words_in(text)
    runs = {tuple(said[at : at + size]) for at in range(len(said) - size + 1)}
    ours = words_in(words)
    return any(tuple(ours[at : at + size]) in runs for at in range(len(ours) - size + 1))


def _check_nodes(kind: Kind, wording: Wording) -> list[Finding]:
    findings = []
    if kind == "paraphrase" and not wording.nodes:
        findings.append(Finding("nodes", "missing", "A paraphrase stands beside a figure: choose what it is about."))
    if len(wording.nodes) > MOST_NODES:
        findings.append(Finding("nodes", "too many", f"Choose at most {MOST_NODES}."))
    if not all(_is_node(each) for each in wording.nodes):
        findings.append(
            Finding("nodes", "not a priority or an action of its framework", "Choose from the framework’s own lists."),
        )
    return findings


def _is_node(chosen: ChosenNode) -> bool:
    try:
        catalogue = framework(chosen.framework)
        if chosen.node in catalogue.ordered:
            return True
        catalogue.row(chosen.node)
    except NotFound:
        return False
    return True


def _check_measures(kind: Kind, wording: Wording) -> list[Finding]:
    findings = []
    if wording.measures and kind != "finding":
        findings.append(Finding("measures", "only a finding speaks of measures", "Leave them out."))
    if len({(each.framework, each.measure) for each in wording.measures}) != len(wording.measures):
        findings.append(Finding("measures", "a measure stands twice", "Say one thing of each measure."))
    if len(wording.measures) > MOST_MEASURES:
        findings.append(Finding("measures", "too many", f"Choose at most {MOST_MEASURES}."))
    for each in wording.measures:
        try:
            framework(each.framework).measure(each.measure)
        except NotFound:
            findings.append(
                Finding("measures", "not a measure of its framework", "Choose from the measures of the actions."),
            )
            break
    return findings
