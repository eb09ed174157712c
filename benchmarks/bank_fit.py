"""Fit the blend of each framework on the tuning half of the demo texts and print ``blend.yaml``.

    python benchmarks/bank_fit.py > new.yaml && mv new.yaml schemas/vocabularies/themer/blend.yaml

Five weights and a small bias for each node, by logistic regression: plain gradient descent from zero with a fixed
number of steps, so that the same bank and texts give the same table. The signals are those of
``services/themer/crosswalk.py``; no word is among them, so no text can be learnt by heart. The cut is the best
of a small grid for the mean of micro and macro F1. The gate, asked first, tells texts that no strategy covers. Run it
again after the bank has changed.
"""

import math
from typing import Any

from tag_score import DEMO, f1, in_tuning_half, plain, records

from services.safeguarding.wording import read
from services.themer.bank import Cut
from services.themer.crosswalk import SIGNALS, chosen, cover_signals, signals
from services.themer.profiles import Sound, sound
from services.themer.scope import closed_words
from services.themer.scoring import Found, concepts_said, phrase_book
from services.themer.utterances import utterances
from services.vocabulary.frameworks import Framework, frameworks

HALF_LABELLED = ("prevention_principles",)
"""Frameworks that some of the demo texts leave empty although they would belong: only their labelled texts are used."""
NAMES = SIGNALS
STEPS = 800
RATE = 0.3
_FEW = 6
"""Nodes up to which the step is not shortened."""
SMALL = 0.002
"""Penalty on the weights, per text and node."""
HOLD = 0.02
"""Penalty on the biases of single nodes, so that a rare node keeps about the common one."""
EASE = 0.7
"""The lowest score of a cut is eased so far, as a bank is always a little at home in its tuning texts. Its share stays
low enough for a second subject of a text to be heard."""
ALARM = 0.2
"""Share of the bare tuning texts that may be let through the gate."""
Text = tuple[dict[str, Found], Sound, dict[str, Any]]
Signals = dict[str, dict[str, float]]


def texts() -> list[Text]:
    found = []
    for record in records(sorted(DEMO.glob("*.jsonl"))):
        if in_tuning_half(record):
            reading = read(plain(record))
            closed = closed_words(reading)
            said = concepts_said(reading, phrase_book().find(reading, closed), utterances(reading), closed)
            found.append((said, sound(reading, closed), record["themes"]))
    return found


def logistic(total: float) -> float:
    return 1 / (1 + math.exp(-total))


def fit(rows: list[tuple[Signals, set[str]]], leaves: list[str]) -> tuple[dict[str, float], dict[str, float]]:
    """Return the weights and the biases, the common bias within each."""
    weights = dict.fromkeys(NAMES, 0.0)
    bias = dict.fromkeys(leaves, 0.0)
    common = -2.0
    cases = [(node, told[node], node in true) for told, true in rows for node in leaves if node in told]
    for _ in range(STEPS):
        slopes = dict.fromkeys(NAMES, 0.0)
        tilts = dict.fromkeys(leaves, 0.0)
        for node, told, true in cases:
            error = logistic(common + bias[node] + sum(weights[name] * told[name] for name in NAMES)) - true
            tilts[node] += error
            for name in NAMES:
                slopes[name] += error * told[name]
        share = RATE * _FEW / max(1, len(rows) * max(_FEW, len(leaves)))
        common -= share * sum(tilts.values())
        for name in NAMES:
            weights[name] -= share * slopes[name] + RATE * SMALL * weights[name]
        for node in leaves:
            bias[node] -= share * tilts[node] + RATE * HOLD * bias[node]
    return weights, {node: common + one for node, one in bias.items()}


def best_cut(pairs: list[tuple[dict[str, float], set[str]]]) -> Cut:
    found = []
    for least in range(12, 90, 3):
        for share in range(40, 65, 5):
            cut = Cut(least / 100, share / 100, 3)
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
            found.append((micro + sum(each) / max(1, len(each)), cut))
    return max(found, key=lambda pair: (pair[0], pair[1].least, pair[1].share))[1]


def show(framework: Framework, data: list[Text]) -> None:
    above = {node.parent for node in framework.nodes}
    leaves = [node for node in framework.ordered if node not in above]
    rows = [
        (signals(framework, said, heard), set(themes.get(framework.id, ())))
        for said, heard, themes in data
        if framework.id not in HALF_LABELLED or themes.get(framework.id)
    ]
    weights, bias = fit(rows, leaves)
    pairs = []
    for told, true in rows:
        chances = {
            node: logistic(bias[node] + sum(weights[name] * told[node][name] for name in NAMES))
            for node in leaves
            if node in told
        }
        pairs.append((chances, true))
    cut = best_cut(pairs)
    print(f"  {framework.id}:")
    print("    weights: {" + ", ".join(f"{name}: {weights[name]:.3f}" for name in NAMES) + "}")
    print("    bias: {" + ", ".join(f'"{node}": {one:.3f}' for node, one in bias.items()) + "}")
    print(f"    cut: {{least: {cut.least * EASE:.3f}, share: {cut.share}, most: {cut.most}}}")


def show_gate(data: list[Text]) -> None:
    """Fit the gate; it is set where it lets through no more than the allowed share of the bare texts."""
    rows = [(cover_signals(said, heard), any(themes.values())) for said, heard, themes in data]
    names = sorted(rows[0][0])
    weights, bias = dict.fromkeys(names, 0.0), 1.0
    bare = sum(not true for _, true in rows)
    raised = (len(rows) - bare) / max(1, bare)
    for _ in range(STEPS * 3):
        slopes, tilt = dict.fromkeys(names, 0.0), 0.0
        for told, true in rows:
            error = (logistic(bias + sum(weights[name] * told[name] for name in names)) - true) * (
                1 if true else raised
            )
            tilt += error
            for name in names:
                slopes[name] += error * told[name]
        bias -= RATE / 2 * tilt / len(rows)
        for name in names:
            weights[name] -= RATE / 2 * (slopes[name] / len(rows) + SMALL * weights[name])
    quiet = sorted(
        (logistic(bias + sum(weights[name] * told[name] for name in names)) for told, true in rows if not true),
        reverse=True,
    )
    least = quiet[int(ALARM * len(quiet))]
    print("gate:")
    print("  weights: {" + ", ".join(f"{name}: {weights[name]:.3f}" for name in names) + "}")
    print(f"  bias: {bias:.3f}\n  least: {math.ceil(least * 1000) / 1000}")


def main() -> None:
    data = texts()
    print("# How cues and sound are blended for each framework: printed by benchmarks/bank_fit.py, not edited.")
    print("title: Blend of cues and sound\nsource: Fitted on the tuning half of our own development texts")
    print("licence: MIT\nversion: 1")
    show_gate(data)
    print("frameworks:")
    data = [one for one in data if any(one[2].values())]
    for framework in frameworks().values():
        show(framework, data)


if __name__ == "__main__":
    main()
