"""Fit the table of the stance on the tuning half of the demo texts and print it as ``stance_weights.yaml``.

    python benchmarks/stance_fit.py > schemas/vocabularies/themer/stance_weights.yaml

A multinomial logistic regression over the handful of named signals of ``services/themer/stance.py``, by plain gradient
descent from zero with a fixed number of steps: no randomness, so the same texts give the same table. The signals are
acts of speech, never words, so no text can be learnt by heart.
"""

import math
import sys

from tag_score import DEMO, in_tuning_half, plain, records

from services.safeguarding.wording import read
from services.themer.scope import closed_words
from services.themer.scoring import phrase_book
from services.themer.stance import STANCES, signals
from services.themer.utterances import utterances

STEPS = 1500
RATE = 0.8
KEEP_SMALL = 0.006
"""Weight of the penalty on large weights, per text."""
SHARE = 0.45
"""How far rare stances are raised towards the common ones: 0 not at all, 1 to the same weight."""


def rows() -> list[tuple[dict[str, float], int]]:
    found = []
    for record in records(sorted(DEMO.glob("*.jsonl"))):
        reading = read(plain(record))
        cut = utterances(reading)
        if in_tuning_half(record) and cut:
            hits = phrase_book().find(reading, closed_words(reading))
            told = signals(reading, hits, cut, covered=not record["uncovered"])
            found.append((told, STANCES.index(record["stance"])))
    return found


def softmax(sums: list[float]) -> list[float]:
    most = max(sums)
    powers = [math.exp(one - most) for one in sums]
    return [power / sum(powers) for power in powers]


def fit(data: list[tuple[dict[str, float], int]]) -> list[dict[str, float]]:
    names = sorted({name for told, _ in data for name in told})
    weights = [dict.fromkeys(names, 0.0) for _ in STANCES]
    counts = [sum(1 for _, stance in data if stance == at) for at in range(len(STANCES))]
    raised = [(len(data) / (len(STANCES) * max(1, count))) ** SHARE for count in counts]
    for _ in range(STEPS):
        slopes = [dict.fromkeys(names, 0.0) for _ in STANCES]
        for told, true in data:
            given = softmax(
                [sum(weights[at][name] * value for name, value in told.items()) for at in range(len(STANCES))]
            )
            for at, chance in enumerate(given):
                error = raised[true] * (chance - (at == true)) / len(data)
                for name, value in told.items():
                    slopes[at][name] += error * value
        for at in range(len(STANCES)):
            for name in names:
                weights[at][name] -= RATE * (slopes[at][name] + KEEP_SMALL * weights[at][name])
    return weights


def main() -> None:
    weights = fit(rows())
    out = sys.stdout
    out.write(
        "# How much each signal of a text speaks for each stance: printed by benchmarks/stance_fit.py, not edited.\n"
    )
    out.write("title: Weights of the stance\nsource: Fitted on the tuning half of our own development texts\n")
    out.write("licence: MIT\nversion: 1\nweights:\n")
    for stance, table in zip(STANCES, weights, strict=True):
        out.write(f"  {stance}:\n")
        for name, weight in table.items():
            out.write(f"    {name}: {weight:.3f}\n")


if __name__ == "__main__":
    main()
