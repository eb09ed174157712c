"""Fit the blends and the gate on the tuning half of the demo texts and print ``blend.yaml``.

    python benchmarks/bank_fit.py > new.yaml && mv new.yaml schemas/vocabularies/themer/blend.yaml

A few weights and a small bias for each node, form and sector, by logistic regression: Newton's steps from zero, so that
the same bank and texts give the same table. The signals are those of ``services/themer/crosswalk.py``; no word is among
them, so no text can be learnt by heart. Each cut is the best of a small grid for the mean of micro and macro F1, on
chances that were fitted without the text they are for. The gate, asked first, tells texts that no strategy covers.
Run it again after the bank has changed.
"""

import math
from typing import Any

from tag_score import DEMO, f1, in_tuning_half, plain, records

from services.safeguarding.wording import read
from services.themer.bank import Cut
from services.themer.crosswalk import SIGNALS, chosen, cover_signals, order_of, signals
from services.themer.profiles import FORMS, SECTORS, Sound, sound
from services.themer.scope import closed_words
from services.themer.scoring import Found, Named, concepts_said, names_said, phrase_book
from services.themer.utterances import utterances
from services.vocabulary.frameworks import frameworks

PARTS = 3
"""Parts of the tuning half, each of which is judged by what was fitted on the others."""
STEPS = 7
"""Newton's steps; the table does not change in its third place after five."""
SMALL = 0.002
"""Penalty on the weights, per text."""
HOLD = 0.008
"""Penalty on the biases of single nodes, so that a rare node keeps about the common one."""
MOST = {FORMS: 3, SECTORS: 4, "prevention_principles": 2, "health_pledges": 2}
"""Labels that a text is given at most; 3 where nothing is said."""
KIND = {FORMS: "form", SECTORS: "sector"}
Text = tuple[dict[str, Found], Sound, Named, int, dict[str, Any]]
Case = tuple[int, int, tuple[float, ...], bool]
"""Number of the text, place of the node, its signals, and whether it is labelled."""


def texts() -> list[Text]:
    found = []
    for record in records(sorted(DEMO.glob("*.jsonl"))):
        if in_tuning_half(record):
            reading = read(plain(record))
            closed = closed_words(reading)
            hits = phrase_book().find(reading, closed)
            said = concepts_said(reading, hits, utterances(reading), closed)
            found.append((said, sound(reading, closed), names_said(hits), len(reading.words), record))
    return found


def logistic(total: float) -> float:
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, total))))


def solve(rows: list[list[float]], right: list[float]) -> list[float]:
    """Solve a small symmetric positive system by elimination."""
    size = len(right)
    for at in range(size):
        for below in range(at + 1, size):
            share = rows[below][at] / rows[at][at]
            if share:
                rows[below] = [one - share * two for one, two in zip(rows[below], rows[at], strict=True)]
                right[below] -= share * right[at]
    found = [0.0] * size
    for at in reversed(range(size)):
        found[at] = (right[at] - sum(rows[at][k] * found[k] for k in range(at + 1, size))) / rows[at][at]
    return found


def fit(cases: list[Case], nodes: int, texts_used: int) -> tuple[list[float], list[float]]:
    """Return the weights of the signals and the bias of each node, the common one within each."""
    width = len(cases[0][2])
    size = width + nodes + 1
    answer = [0.0] * size
    penalty = [SMALL] * width + [HOLD] * nodes + [1e-6]
    for _ in range(STEPS):
        slope = [texts_used * penalty[at] * answer[at] for at in range(size)]
        bend = [[texts_used * penalty[at] if at == other else 0.0 for other in range(size)] for at in range(size)]
        for _, node, told, true in cases:
            inputs = [(at, value) for at, value in enumerate(told) if value]
            inputs += [(width + node, 1.0), (size - 1, 1.0)]
            chance = logistic(sum(answer[at] * value for at, value in inputs))
            error, steep = chance - true, chance * (1 - chance)
            for at, value in inputs:
                slope[at] += error * value
                row, here = bend[at], steep * value
                for other, times in inputs:
                    row[other] += here * times
        step = solve(bend, slope)
        answer = [one - two for one, two in zip(answer, step, strict=True)]
    return answer[:width], [answer[-1] + one for one in answer[width:-1]]


def held_out(cases: list[Case], nodes: int, count: int) -> list[float]:
    """Return the chance of each case by what was fitted on the other parts."""
    chances = [0.0] * len(cases)
    for part in range(PARTS):
        weights, bias = fit([case for case in cases if case[0] % PARTS != part], nodes, count - count // PARTS)
        for at, (text, node, told, _) in enumerate(cases):
            if text % PARTS == part:
                chances[at] = logistic(bias[node] + sum(map(float.__mul__, weights, told)))
    return chances


def best_cut(pairs: list[tuple[dict[str, float], set[str]]], most: int) -> Cut:
    found = []
    for least in range(12, 72, 3):
        for share in range(30, 90, 10):
            cut = Cut(least / 100, share / 100, most)
            said = [(set(chosen(chances, cut)), true) for chances, true in pairs]
            each = [
                f1(
                    sum(node in given & true for given, true in said),
                    sum(node in given for given, _ in said),
                    sum(node in true for _, true in said),
                )
                for node in sorted({node for _, true in said for node in true})
            ]
            micro = f1(
                sum(len(given & true) for given, true in said),
                sum(len(given) for given, _ in said),
                sum(len(true) for _, true in said),
            )
            found.append((2 * micro + sum(each) / max(1, len(each)), cut))
    return max(found, key=lambda pair: (pair[0], pair[1].least, pair[1].share))[1]


def labels_of(group: str, record: dict[str, Any]) -> set[str]:
    return set(record[group] if group in KIND else record["themes"].get(group, ()))


def show(group: str, data: list[Text]) -> None:
    nodes = order_of(group)
    cases: list[Case] = []
    for number, (said, heard, named, _, record) in enumerate(data):
        told = signals(group, said, heard, named[KIND[group]] if group in KIND else {})
        true = labels_of(group, record)
        cases += [(number, at, told[node], node in true) for at, node in enumerate(nodes) if node in told]
    chances: list[dict[str, float]] = [{} for _ in data]
    for (number, node, _, _), chance in zip(cases, held_out(cases, len(nodes), len(data)), strict=True):
        chances[number][nodes[node]] = chance
    pairs = [(each, labels_of(group, record)) for each, (*_, record) in zip(chances, data, strict=True)]
    cut = best_cut(pairs, MOST.get(group, 3))
    weights, bias = fit(cases, len(nodes), len(data))
    print(f"  {group}:")
    print("    weights: {" + ", ".join(f"{name}: {one:.3f}" for name, one in zip(SIGNALS, weights, strict=True)) + "}")
    print("    bias: {" + ", ".join(f'"{node}": {one:.3f}' for node, one in zip(nodes, bias, strict=True)) + "}")
    print(f"    cut: {{least: {cut.least}, share: {cut.share}, most: {cut.most}}}")


def show_gate(data: list[Text]) -> None:
    """Fit the gate; it is set where it is most often right about bare texts (F1), judged held out."""
    told = [(cover_signals(*text[:4]), any(text[4]["themes"].values())) for text in data]
    names = list(told[0][0])
    cases: list[Case] = [(at, 0, tuple(one.values()), true) for at, (one, true) in enumerate(told)]
    chances = held_out(cases, 1, len(cases))
    bare = sum(not case[3] for case in cases)
    tried = [at / 50 for at in range(10, 45)]

    def right(least: float) -> float:
        said = [case for case, chance in zip(cases, chances, strict=True) if chance < least]
        return f1(sum(not case[3] for case in said), len(said), bare)

    best = max(tried, key=lambda least: (right(least), least))
    weights, bias = fit(cases, 1, len(cases))
    print("gate:")
    print("  weights: {" + ", ".join(f"{name}: {one:.3f}" for name, one in zip(names, weights, strict=True)) + "}")
    print(f"  bias: {bias[0]:.3f}\n  least: {best}")


def main() -> None:
    data = texts()
    print("# How cues and sound are blended: printed by benchmarks/bank_fit.py, not edited.")
    print("title: Blend of cues and sound\nsource: Fitted on the tuning half of our own development texts")
    print("licence: MIT\nversion: 2")
    show_gate(data)
    print("blends:")
    for framework_id in frameworks():
        show(framework_id, [text for text in data if any(text[4]["themes"].values())])
    for group in (FORMS, SECTORS):
        show(group, data)


if __name__ == "__main__":
    main()
