"""How far two labellings of the same texts agree: micro F1 and Cohen's kappa, field by field.

For fields of several ids (nodes, sectors, forms) every pair of text and id is one decision, over all ids that the
field's list has. Micro F1 takes the second labelling as found and the first as right; it is the same the other way
round. Kappa is agreement beyond chance (Cohen 1960): 1 is perfect, 0 is what chance would give.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from services.demo.labels import KEEP, LabelledText, SecondLabels
from services.demo.proofreading import stances
from services.vocabulary.forms import forms
from services.vocabulary.frameworks import frameworks
from services.vocabulary.sectors import sectors

Pair = tuple[LabelledText, SecondLabels]


class Agreement(Struct, frozen=True, kw_only=True):
    """Agreement on one field.

    Attributes:
        field: its name.
        texts: how many texts were compared.
        first: how many things the first labelling says.
        second: how many the second says.
        both: how many both say.
        f1: micro F1, None where neither says anything.
        kappa: Cohen's kappa, None where it is not defined (one answer throughout, or no closed list of decisions).
    """

    field: str
    texts: int
    first: int
    second: int
    both: int
    f1: float | None
    kappa: float | None


def agreements(texts: Iterable[LabelledText], second: Iterable[SecondLabels]) -> list[Agreement]:
    """Return the agreement on every field, over the texts that both labelled."""
    by_id = {text.id: text for text in texts}
    pairs = [(by_id[labels.id], labels) for labels in second if labels.id in by_id]
    found = [
        _of_ids(f"themes, {name}", pairs, framework.ordered, lambda labels, name=name: labels.themes.get(name, ()))  # type: ignore[misc]
        for name, framework in frameworks().items()
    ]
    return [
        *found,
        _of_ids("sectors", pairs, sectors().ids, lambda labels: labels.sectors),
        _of_ids("forms", pairs, forms().ids, lambda labels: labels.forms),
        _of_stance(pairs),
        _of_ids("safeguarding", pairs, ("yes",), lambda labels: ("yes",) if labels.safeguarding else ()),
        _of_ids("uncovered", pairs, ("yes",), lambda labels: ("yes",) if labels.uncovered else ()),
        _of_spans("identifiers, same span and label", pairs, _labelled),
        _of_spans("identifiers, characters", pairs, _characters),
    ]


def cohens_kappa(both: int, only_first: int, only_second: int, neither: int) -> float | None:
    """Return Cohen's kappa of two people's yes or no; None where one answer is given throughout."""
    total = both + only_first + only_second + neither
    if not total:
        return None
    seen = (both + neither) / total
    yes = (both + only_first) * (both + only_second)
    no = (neither + only_first) * (neither + only_second)
    chance = (yes + no) / total**2
    return None if chance == 1 else (seen - chance) / (1 - chance)


def micro_f1(first: int, second: int, both: int) -> float | None:
    """Return micro F1 from how much each says and how much both do; None where neither says anything."""
    return 2 * both / (first + second) if first + second else None


def _of_ids(
    field: str,
    pairs: Sequence[Pair],
    ids: Sequence[str],
    said: Callable[[LabelledText | SecondLabels], Iterable[str]],
) -> Agreement:
    first = second = both = 0
    for one, other in pairs:
        mine, yours = set(said(one)), set(said(other))
        first, second, both = first + len(mine), second + len(yours), both + len(mine & yours)
    neither = len(pairs) * len(ids) - first - second + both
    return Agreement(
        field=field,
        texts=len(pairs),
        first=first,
        second=second,
        both=both,
        f1=micro_f1(first, second, both),
        kappa=cohens_kappa(both, first - both, second - both, neither),
    )


def _of_stance(pairs: Sequence[Pair]) -> Agreement:
    """Return the agreement on the stance, of which every text has one: F1 is the share of texts alike."""
    total = len(pairs)
    both = sum(one.stance == other.stance for one, other in pairs)
    chance = sum(
        sum(one.stance == stance for one, _ in pairs) * sum(other.stance == stance for _, other in pairs)
        for stance in stances()
    ) / (total**2 or 1)
    kappa = None if not total or chance == 1 else (both / total - chance) / (1 - chance)
    f1 = micro_f1(total, total, both)
    return Agreement(field="stance", texts=total, first=total, second=total, both=both, f1=f1, kappa=kappa)


def _of_spans(
    field: str, pairs: Sequence[Pair], marked: Callable[[LabelledText | SecondLabels], set[tuple[object, ...]]]
) -> Agreement:
    first = second = both = 0
    for one, other in pairs:
        mine, yours = marked(one), marked(other)
        first, second, both = first + len(mine), second + len(yours), both + len(mine & yours)
    f1 = micro_f1(first, second, both)
    return Agreement(field=field, texts=len(pairs), first=first, second=second, both=both, f1=f1, kappa=None)


def _labelled(labels: LabelledText | SecondLabels) -> set[tuple[object, ...]]:
    return {(span.start, span.end, span.label) for span in labels.spans if span.label != KEEP}


def _characters(labels: LabelledText | SecondLabels) -> set[tuple[object, ...]]:
    return {(at,) for span in labels.spans if span.label != KEEP for at in range(span.start, span.end)}
