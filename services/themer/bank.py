"""The concept bank: lay concepts with their cues, their examples and the crosswalk to every strategy.

Everything under ``schemas/vocabularies/themer/`` belongs to it, the files of ``concepts/`` whatever their names. The
forms are ``concept.schema.json`` and ``label.schema.json`` there. A new strategy needs a crosswalk, not new code.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from msgspec import Struct

from services.errors import DataFileError
from services.safeguarding.phrases import Cue
from services.safeguarding.wording import plain_words
from services.vocabulary.datafiles import load_as, schema_path
from services.vocabulary.forms import forms
from services.vocabulary.frameworks import frameworks
from services.vocabulary.sectors import sectors

_PLACE = ("vocabularies", "themer")
_USUAL = 0.6
_HASH_DIGITS = 12


class WeightedCue(Struct, frozen=True, forbid_unknown_fields=True):
    """A cue with how surely it alone means what it stands for, above 0 and at most 1."""

    cue: str
    weight: float


class Concept(Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that survivors say, and where it belongs.

    Attributes:
        id: unique over all files.
        title: a short name for people.
        definition: what somebody says when she says this.
        does_not_count_when: what is close to it and yet something else.
        cues: expressions that point to it; one without a weight has 0.6.
        examples: invented sentences that say it.
        counter_examples: invented sentences that look like it and do not say it.
        nodes: framework, then node, then how surely a text that says this belongs there, above 0 and at most 1.
        because: for each framework the reason, with the line of its document.
        forms: forms of violence that a text which says this is plainly about, with how surely.
        sectors: services that a text which says this speaks of, with how surely.
    """

    id: str
    title: str
    definition: str
    does_not_count_when: str
    cues: tuple[str | WeightedCue, ...]
    examples: tuple[str, ...]
    counter_examples: tuple[str, ...]
    nodes: dict[str, dict[str, float]]
    because: dict[str, str]
    forms: dict[str, float] = {}
    sectors: dict[str, float] = {}


class Label(Struct, frozen=True, forbid_unknown_fields=True):
    """A sector or a form with the cues that name it or plainly mean it; ``examples`` as for a concept."""

    id: str
    cues: tuple[str | WeightedCue, ...]
    examples: tuple[str, ...] = ()


class _Header(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    title: str
    source: str
    licence: str
    version: int


class _ConceptFile(_Header, frozen=True, kw_only=True, forbid_unknown_fields=True):
    concepts: tuple[Concept, ...]
    lists: dict[str, list[str]] = {}


class _LabelFile(_Header, frozen=True, kw_only=True, forbid_unknown_fields=True):
    labels: tuple[Label, ...]


class _StanceFile(_LabelFile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    openings: tuple[str, ...]


class _WeightsFile(_Header, frozen=True, kw_only=True, forbid_unknown_fields=True):
    weights: dict[str, dict[str, float]]


class _NoneFile(_Header, frozen=True, kw_only=True, forbid_unknown_fields=True):
    cues: tuple[str | WeightedCue, ...]
    examples: tuple[str, ...]


class _ScopeFile(_Header, frozen=True, kw_only=True, forbid_unknown_fields=True):
    denials: tuple[str, ...]
    attributions: tuple[str, ...]


class _Lexicon(Struct, frozen=True, forbid_unknown_fields=True):
    lists: dict[str, list[str]]


class Ramp(Struct, frozen=True, forbid_unknown_fields=True):
    """How a likeness between 0 and 1 becomes a chance: none below ``lowest``, ``most`` from ``highest`` upward."""

    lowest: float
    highest: float
    most: float


class Cut(Struct, frozen=True, forbid_unknown_fields=True):
    """What is reported: scores of at least ``least`` that are at least ``share`` of the best, ``most`` of them."""

    least: float
    share: float
    most: int


class Calibration(_Header, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The numbers of the engine, fixed on the tuning half of the development texts.

    Attributes:
        examples: from likeness to the nearest example to the chance that the sentence says the concept.
        unlike: how much of a cue's weight is left where a counter-example is the nearest example of the concept.
        nothing: how much of everything is left in a sentence that is most like the none class.
    """

    examples: Ramp
    unlike: float
    nothing: float


class Blend(Struct, frozen=True, forbid_unknown_fields=True):
    """How the signals of a node become one chance: the logistic of their weighted sum.

    Attributes:
        weights: of ``named`` (a form's or sector's own cues), ``cued`` (the noisy-or of the crosswalk), ``share`` (of
            the best node's), ``sound`` (the profile), ``lead`` (below the loudest node) and ``nothing`` (the none
            class above the loudest node).
        bias: of each node; 0 where it has none.
        cut: what is reported.
    """

    weights: dict[str, float]
    bias: dict[str, float]
    cut: Cut


class Gate(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether any strategy covers a text: the logistic of weighted signals, covered from ``least`` upward."""

    weights: dict[str, float]
    bias: float
    least: float


class _BlendFile(_Header, frozen=True, kw_only=True, forbid_unknown_fields=True):
    gate: Gate
    blends: dict[str, Blend]


class Bank(Struct, frozen=True):
    """All of it, checked: see :func:`bank`.

    Attributes:
        concepts: in the order of the files' names, then of each file.
        sectors: whose service is spoken of, in the order of the vocabulary.
        forms: forms of violence, in the order of the vocabulary.
        acts: what a speaker does with a sentence (``concern``, ``praise`` and so on), for the stance.
        openings: stems of the bare verbs with which a request opens ("Train them").
        stance_weights: for each stance the weight of each signal.
        none_cues: expressions of talk that no strategy covers.
        none_examples: sentences that no strategy covers.
        denials: expressions that open what the speaker denies.
        attributions: expressions that open what others are said to say.
        gate: what tells a covered text from one that no strategy covers.
        blends: for each framework, forms and sectors how cues and sound are blended.
        little: stems of words that say nothing alone: the list ``little`` of the lexicon.
        lexicon: every word list by name.
        calibration: the numbers.
        version: the declared version and a hash of every file.
    """

    concepts: tuple[Concept, ...]
    sectors: tuple[Label, ...]
    forms: tuple[Label, ...]
    acts: tuple[Label, ...]
    openings: frozenset[str]
    stance_weights: dict[str, dict[str, float]]
    none_cues: tuple[str | WeightedCue, ...]
    none_examples: tuple[str, ...]
    denials: tuple[str, ...]
    attributions: tuple[str, ...]
    gate: Gate
    blends: dict[str, Blend]
    little: frozenset[str]
    lexicon: dict[str, list[str]]
    calibration: Calibration
    version: str


def cues_of(owner: str, written: Iterable[str | WeightedCue]) -> Iterator[Cue]:
    """Yield the cues of one owner for a phrase book."""
    for cue in written:
        if isinstance(cue, str):
            yield Cue(owner, cue, _USUAL)
        else:
            yield Cue(owner, cue.cue, cue.weight)


def _files() -> list[Path]:
    folder = schema_path(*_PLACE)
    return sorted((*folder.glob("*.yaml"), *folder.glob("concepts/*.yaml")), key=lambda path: path.relative_to(folder))


def _check_crosswalk(concept: Concept) -> None:
    known = frameworks()
    for framework_id, nodes in concept.nodes.items():
        if framework_id not in known:
            raise DataFileError(f"The concept {concept.id} names a framework that is not there: {framework_id}.")
        for node_id, weight in nodes.items():
            if node_id not in known[framework_id].ordered:
                raise DataFileError(f"The concept {concept.id} names a node that {framework_id} lacks: {node_id}.")
            if not 0 < weight <= 1:
                raise DataFileError(f"The concept {concept.id} has a weight outside 0 to 1 for {framework_id}.")
        if framework_id not in concept.because:
            raise DataFileError(f"The concept {concept.id} gives no reason for {framework_id}.")
    if not (set(concept.forms) <= forms().id_set and set(concept.sectors) <= sectors().id_set):
        raise DataFileError(f"The concept {concept.id} names a form or sector that is not in its list.")


def _concepts(lexicon: dict[str, list[str]]) -> tuple[Concept, ...]:
    """Read every concept file; their word lists are added to ``lexicon``."""
    found: dict[str, Concept] = {}
    for path in sorted(schema_path(*_PLACE, "concepts").glob("*.yaml")):
        read = load_as(_ConceptFile, *_PLACE, "concepts", path.name)
        for name, phrases in read.lists.items():
            if name in lexicon:
                raise DataFileError(f"The word list @{name} of concepts/{path.name} is there already.")
            lexicon[name] = phrases
        for concept in read.concepts:
            if concept.id in found:
                raise DataFileError(f"The concept {concept.id} of concepts/{path.name} is there already.")
            _check_crosswalk(concept)
            found[concept.id] = concept
    return tuple(found.values())


def _in_order(file: _LabelFile, name: str, allowed: Iterable[str]) -> tuple[Label, ...]:
    read = {label.id: label for label in file.labels}
    if set(read) != set(allowed):
        raise DataFileError(f"The data file {name}.yaml of the themer does not hold exactly the list it is for.")
    return tuple(read[label_id] for label_id in allowed)


def _check_blends(blends: Mapping[str, Blend]) -> None:
    if set(blends) != {*frameworks(), "forms", "sectors"}:
        raise DataFileError("blend.yaml needs a blend for each framework, forms and sectors, and for nothing else.")


ACTS = ("concern", "praise", "suggestion", "contrast", "report")
"""What a speaker may do with a sentence; ``contrast`` joins two sides, ``report`` only tells or asks."""


@cache
def bank() -> Bank:
    """Return the bank, read and checked once.

    Raises:
        DataFileError: a file is missing or broken, an id or list is there twice, or the crosswalk names what is not.
    """
    lexicon = dict(load_as(_Lexicon, *_PLACE, "lexicon.yaml").lists)
    concepts = _concepts(lexicon)
    of_sectors = load_as(_LabelFile, *_PLACE, "sectors.yaml")
    of_forms = load_as(_LabelFile, *_PLACE, "forms.yaml")
    nothing = load_as(_NoneFile, *_PLACE, "none.yaml")
    stance = load_as(_StanceFile, *_PLACE, "stance.yaml")
    scope = load_as(_ScopeFile, *_PLACE, "scope.yaml")
    calibration = load_as(Calibration, *_PLACE, "calibration.yaml")
    blend = load_as(_BlendFile, *_PLACE, "blend.yaml")
    _check_blends(blend.blends)
    return Bank(
        concepts=concepts,
        sectors=_in_order(of_sectors, "sectors", sectors().ids),
        forms=_in_order(of_forms, "forms", forms().ids),
        acts=_in_order(stance, "stance", ACTS),
        openings=frozenset(word for verb in stance.openings for word in plain_words(verb)),
        stance_weights=load_as(_WeightsFile, *_PLACE, "stance_weights.yaml").weights,
        none_cues=nothing.cues,
        none_examples=nothing.examples,
        denials=scope.denials,
        attributions=scope.attributions,
        gate=blend.gate,
        blends=blend.blends,
        little=frozenset(stem for said in lexicon["little"] for stem in plain_words(said)),
        lexicon=lexicon,
        calibration=calibration,
        version=f"{calibration.version}-{_digest()}",
    )


def _digest() -> str:
    """Return the first digits of a hash over every file that an answer depends on, with their names."""
    whole = hashlib.sha256()
    paths = [*_files(), *sorted(schema_path("vocabularies", "safeguarding").glob("*.yaml"))]
    for path in paths:
        content = path.read_bytes()
        whole.update(f"{path.name} {len(content)}\n".encode())
        whole.update(content)
    return whole.hexdigest()[:_HASH_DIGITS]
