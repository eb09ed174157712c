"""Proof of the demonstration's texts and labels: every rule that a text has to keep, each finding by place and rule.

A finding names the text by its id and never repeats its words, though everything in them is invented: the habit is the
same everywhere.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any

import jsonschema_rs

from services.demo.consultation import MOST_REPEATS
from services.demo.invented import (
    domains,
    is_drama_number,
    is_example_domain,
    is_test_health_number,
    telephone_numbers,
)
from services.demo.labels import (
    KEEP,
    SHORT_WORDS,
    LabelledText,
    SecondLabels,
    Span,
    identifiers_line,
    is_long,
    themes_line,
)
from services.errors import Finding
from services.vocabulary.areas import areas
from services.vocabulary.datafiles import schema_path
from services.vocabulary.forms import forms
from services.vocabulary.frameworks import frameworks
from services.vocabulary.roles import roles
from services.vocabulary.sectors import sectors
from services.vocabulary.session_kinds import session_kinds

#: How alike two longer texts may be: shared three-word runs over all of theirs.
MOST_ALIKE = 0.4
FEWEST_TEXTS = 350
MOST_NODES = 3
_RUN = 3
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_MEND_MARK = "Write {{LABEL|surface}} or {{LABEL#person|surface}}."


def proof_of(texts: Iterable[LabelledText]) -> list[Finding]:
    """Return everything that is wrong with the texts and their labels, text by text, then between texts."""
    texts = tuple(texts)
    found = [finding for text in texts for rule in _RULES for finding in rule(text)]
    found += [
        Finding(text_id, "the id stands twice", "Give each text an id of its own.")
        for text_id, times in Counter(text.id for text in texts).items()
        if times > 1
    ]
    found += _alike(texts)
    longer = {" ".join(_words(text.words)) for text in texts if is_long(text.words)}
    if len(longer) < FEWEST_TEXTS:
        rule = f"only {len(longer)} distinct texts of more than {SHORT_WORDS} words"
        found.append(Finding("the texts", rule, f"Write at least {FEWEST_TEXTS}."))
    return found


def proof_of_second(second: Iterable[SecondLabels], texts: Iterable[LabelledText]) -> list[Finding]:
    """Return what is wrong with the second labelling: ids, spans outside their text, unknown labels."""
    by_id = {text.id: text for text in texts}
    found: list[Finding] = []
    for labels in second:
        place = f"second pass, {labels.id}"
        if labels.id not in by_id:
            found.append(Finding(place, "no such text", "Take the line out."))
            continue
        found += _span_findings(place, by_id[labels.id].words, labels.spans)
        found += _label_findings(place, labels)
    return found


def proof_of_repeats(said: Iterable[str]) -> list[Finding]:
    """Return what is wrong with how often the sessions of the plan say one and the same thing.

    Args:
        said: the words of every contribution of the plan.
    """
    found = []
    for words, times in Counter(said).items():
        most = 1 if is_long(words) else MOST_REPEATS
        if times > most:
            length = "longer" if is_long(words) else "short"
            rule = f"a {length} text of {len(words.split())} words is said {times} times"
            found.append(Finding("the plan", rule, f"Say it at most {most} times: ask for fewer, or write more texts."))
    return found


def likeness(one: str, other: str) -> float:
    """Return how alike two texts are, from 0 to 1: three-word runs that both have, over those that either has."""
    return _overlap(_runs(one), _runs(other))


def _overlap(mine: frozenset[tuple[str, ...]], yours: frozenset[tuple[str, ...]]) -> float:
    return len(mine & yours) / len(mine | yours) if mine or yours else 0.0


def _alike(texts: tuple[LabelledText, ...]) -> Iterator[Finding]:
    """Yield pairs of longer texts that are too much alike; only pairs that share a run are compared."""
    runs = [(text.id, _runs(text.words)) for text in texts if is_long(text.words)]
    holders: dict[tuple[str, ...], list[int]] = {}
    for number, (text_id, mine) in enumerate(runs):
        for other in sorted({earlier for run in mine for earlier in holders.get(run, ())}):
            if _overlap(mine, runs[other][1]) > MOST_ALIKE:
                yield Finding(f"{runs[other][0]} and {text_id}", "two texts too much alike", "Write one of them anew.")
        for run in mine:
            holders.setdefault(run, []).append(number)


def _words(words: str) -> list[str]:
    return _WORD.findall(words.lower().replace("’", "'"))


def _runs(words: str) -> frozenset[tuple[str, ...]]:
    said = _words(words)
    return frozenset(zip(*(said[at:] for at in range(_RUN)), strict=False))


def _check_marks(text: LabelledText) -> Iterator[Finding]:
    if "{" in text.words or "}" in text.words:
        yield Finding(text.id, "a mark that is not closed, or of the wrong form", _MEND_MARK)
    if text.words != text.words.strip() or not text.words:
        yield Finding(text.id, "empty, or space at its ends", "Write the words alone.")
    yield from _span_findings(text.id, text.words, [span for span in text.spans if span.label != KEEP])


def _span_findings(place: str, words: str, spans: Iterable[Span]) -> Iterator[Finding]:
    before = 0
    for number, span in enumerate(spans, start=1):
        where = f"{place}, span {number}"
        surface = words[span.start : span.end]
        if not before <= span.start < span.end <= len(words):
            yield Finding(where, "outside the text, or over another span", "Count from 0 in the text without marks.")
        elif surface != surface.strip():
            yield Finding(where, "space at its ends", "Mark the words alone.")
        if span.label not in span_labels():
            yield Finding(where, "an unknown label", f"Choose from: {', '.join(span_labels())}.")
        if span.person is not None and span.label != "PERSON":
            yield Finding(where, "a person's number on another label", "Number persons alone.")
        before = max(before, span.end)


def _check_labels(text: LabelledText) -> Iterator[Finding]:
    yield from _label_findings(text.id, text)
    for name, ids, known in (
        ("kind", (text.kind,), session_kinds().id_set),
        ("role", (text.role,), roles().id_set),
        ("areas", text.areas, areas().id_set),
    ):
        if not ids or not known.issuperset(ids):
            yield Finding(f"{text.id}, {name}", "not in its list", "See schemas/vocabularies.")


def _label_findings(place: str, labels: LabelledText | SecondLabels) -> Iterator[Finding]:
    for framework, nodes in labels.themes.items():
        where = f"{place}, {framework}"
        if framework not in frameworks():
            yield Finding(where, "no such framework", f"Choose from: {', '.join(frameworks())}.")
        elif not set(nodes) <= set(frameworks()[framework].ordered):
            yield Finding(where, "no such node", f"Choose from: {', '.join(frameworks()[framework].ordered)}.")
        if len(nodes) > MOST_NODES or len(set(nodes)) < len(nodes):
            yield Finding(where, "too many nodes, or one twice", f"Choose at most {MOST_NODES}, each once.")
    for name, ids, known in (("sectors", labels.sectors, sectors().id_set), ("forms", labels.forms, forms().id_set)):
        if not known.issuperset(ids) or len(set(ids)) < len(ids):
            yield Finding(f"{place}, {name}", "not in its list, or twice", "See schemas/vocabularies.")
    if labels.stance not in stances():
        yield Finding(f"{place}, stance", "not a stance", f"Choose from: {', '.join(stances())}.")
    if labels.uncovered == any(labels.themes.values()):
        yield Finding(f"{place}, uncovered", "uncovered with a node, or covered with none", "Settle one of the two.")


def _check_numbers(text: LabelledText) -> Iterator[Finding]:
    """Look at what is marked, and at what stands unmarked and looks like a number or an address."""
    marked = [(span.label, text.words[span.start : span.end]) for span in text.spans]
    numbers = [surface for label, surface in marked if label == "PHONE"]
    numbers += telephone_numbers(_without(text.words, (span for span in text.spans if span.label != "PHONE")))
    if not all(map(is_drama_number, numbers)):
        yield Finding(text.id, "a telephone number outside the ranges for drama", "See schemas/demo/invented.yaml.")
    if not all(is_test_health_number(surface) for label, surface in marked if label == "NHS_NUMBER"):
        yield Finding(text.id, "a health service number that could be somebody's", "Begin with 999, check digit right.")
    spoken = [re.split(r"@|\s+at\s+", surface)[-1] for label, surface in marked if label == "EMAIL"]
    if not all(map(is_example_domain, (*spoken, *domains(text.words)))):
        yield Finding(text.id, "a domain that could be somebody's", "Use example.com, example.org or example.net.")


def _without(words: str, spans: Iterable[Span]) -> str:
    """Return the words with a stop in place of every character of the spans."""
    for span in spans:
        words = words[: span.start] + "." * (span.end - span.start) + words[span.end :]
    return words


def _check_lines(text: LabelledText) -> Iterator[Finding]:
    for name, line in (("identifiers", identifiers_line(text)), ("themes", themes_line(text))):
        if not _validator(name).is_valid(line):
            yield Finding(text.id, f"its line of {name} does not fit the schema", f"See {name}.schema.json.")


_RULES: tuple[Callable[[LabelledText], Iterator[Finding]], ...] = (
    _check_marks,
    _check_labels,
    _check_numbers,
    _check_lines,
)


def span_labels() -> tuple[str, ...]:
    """Return the labels that a span may have, from the schema."""
    return tuple(_schema("identifiers")["$defs"]["label"]["enum"])


def stances() -> tuple[str, ...]:
    """Return the stances, from the schema."""
    return tuple(_schema("themes")["properties"]["stance"]["enum"])


@cache
def _schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(schema_path("demo", f"{name}.schema.json").read_text(encoding="utf-8"))
    return found


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_schema(name))
