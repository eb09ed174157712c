"""Fit the weights of the crosswalk on the tuning half of the demo texts and print ``crosswalk_weights.yaml``.

    python benchmarks/bank_fit.py > new.yaml && mv new.yaml schemas/vocabularies/themer/crosswalk_weights.yaml
    python benchmarks/bank_fit.py --cuts        the cut of each framework that would be best there, to be copied by hand

The model stays the noisy-or of the crosswalk, and only pairs of concept and node that a person has put there have a
weight. Each weight is drawn towards what the tuning texts show and held by what was declared (a penalty on the
distance), so that where there are few texts the declared weight stands. Plain gradient descent from the declared
weights with a fixed number of steps: the same texts give the same table.
"""

import argparse
import math
from typing import Any

from tag_score import DEMO, f1, in_tuning_half, plain, records

from services.safeguarding.wording import read
from services.themer.bank import Cut, bank
from services.themer.crosswalk import chosen
from services.themer.scope import closed_words
from services.themer.scoring import concepts_said, phrase_book
from services.themer.utterances import utterances
from services.vocabulary.frameworks import frameworks

STEPS = 150
RATE = 0.02
HOLD = 3.0
"""How strongly a declared weight is held, in texts."""
LEAST, MOST = 0.02, 0.97
Text = tuple[dict[str, float], dict[str, Any]]
Weights = dict[str, dict[str, float]]


def texts() -> list[Text]:
    found = []
    for record in records(sorted(DEMO.glob("*.jsonl"))):
        if in_tuning_half(record):
            reading = read(plain(record))
            closed = closed_words(reading)
            said = concepts_said(reading, phrase_book().find(reading, closed), utterances(reading), closed)
            found.append(({concept: one.chance for concept, one in said.items()}, record["themes"]))
    return found


def fitted(framework_id: str, data: list[Text]) -> Weights:
    """Return node, then concept, then the fitted weight."""
    declared: Weights = {}
    for concept in bank().concepts:
        for node, weight in concept.nodes.get(framework_id, {}).items():
            declared.setdefault(node, {})[concept.id] = weight
    result: Weights = {}
    for node, start in declared.items():
        weights = dict(start)
        rows = [
            ([(one, chances[one]) for one in start if one in chances], node in themes.get(framework_id, ()))
            for chances, themes in data
        ]
        rows = [row for row in rows if row[0]]
        for _ in range(STEPS):
            slopes = {one: HOLD * (weights[one] - start[one]) for one in weights}
            for present, true in rows:
                left = math.prod(1 - weights[one] * chance for one, chance in present)
                for one, chance in present:
                    rest = left / (1 - weights[one] * chance)
                    slopes[one] += -chance * rest / max(0.02, 1 - left) if true else chance / (1 - weights[one] * chance)
            for one in weights:
                weights[one] = min(MOST, max(LEAST, weights[one] - RATE * slopes[one]))
        result[node] = weights
    return result


def scores(chances: dict[str, float], weights: Weights) -> dict[str, float]:
    return {
        node: 1 - math.prod(1 - weight * chances[one] for one, weight in table.items() if one in chances)
        for node, table in weights.items()
        if any(one in chances for one in table)
    }


def best_cut(framework_id: str, data: list[Text], weights: Weights) -> tuple[float, Cut]:
    """Return the cut with the best mean of micro and macro F1 less the share of false alarms on bare texts."""
    given = [(scores(chances, weights), set(themes.get(framework_id, ()))) for chances, themes in data]
    found = []
    for least in range(15, 70, 5):
        for share in range(40, 95, 10):
            cut = Cut(least / 100, share / 100, 3)
            pairs = [(set(chosen(one, cut)), true) for one, true in given]
            nodes = sorted({node for _, true in pairs for node in true})
            each = [
                f1(
                    sum(node in said & true for said, true in pairs),
                    sum(node in said for said, _ in pairs),
                    sum(node in true for _, true in pairs),
                )
                for node in nodes
            ]
            micro = f1(
                sum(len(said & true) for said, true in pairs),
                sum(len(said) for said, _ in pairs),
                sum(len(true) for _, true in pairs),
            )
            bare = [said for said, (_, themes) in zip((said for said, _ in pairs), data, strict=True) if not any(themes.values())]
            alarm = sum(bool(said) for said in bare) / max(1, len(bare))
            found.append((micro + sum(each) / max(1, len(each)) - alarm / 2, cut))
    return max(found, key=lambda pair: (pair[0], pair[1].least, pair[1].share))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cuts", action="store_true", help="print the best cuts instead of the weights")
    given = parser.parse_args()
    data = texts()
    by_framework = {framework_id: fitted(framework_id, data) for framework_id in frameworks()}
    if given.cuts:
        for framework_id, weights in by_framework.items():
            score, cut = best_cut(framework_id, data, weights)
            print(f"  {framework_id}: {{least: {cut.least}, share: {cut.share}, most: {cut.most}}}  # {score:.3f}")
        return
    print("# Fitted weights of the crosswalk: printed by benchmarks/bank_fit.py, not edited. A weight holds only as long as")
    print("# the declared one in concepts/ is the same as here.")
    print("title: Fitted weights of the crosswalk\nsource: Fitted on the tuning half of our own development texts")
    print("licence: MIT\nversion: 1\nweights:")
    for concept in bank().concepts:
        print(f"  {concept.id}:")
        for framework_id, nodes in concept.nodes.items():
            cells = ", ".join(
                f'"{node}": {{declared: {declared}, fitted: {by_framework[framework_id][node][concept.id]:.3f}}}'
                for node, declared in nodes.items()
            )
            print(f"    {framework_id}: {{{cells}}}")


if __name__ == "__main__":
    main()
