"""Scores pseudonymisers on texts with inline marks: ours and the baseline, in one run, on one core.

Usage: ``python benchmarks/pseudonymise_score.py FILE.jsonl [FILE.jsonl ...] [--show KIND]``

Each line holds ``marked``: a text with ``{{LABEL|surface}}``, and ``{{PERSON#key|surface}}`` for people, where one
key is one person. A span counts as found when all its letters and digits are covered. *Direct*: PERSON, ADDRESS,
REFUGE, DOB and the structured labels. *Quasi*: PLACE, ORG, DATE, AGE, OCCUPATION. STATUS is not judged; KEEP must
stay. ``--show`` prints what was missed (``direct``, ``quasi``, ``keep``, ``extra``, ``names``, ``held``) for invented
texts only.
"""

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import pseudonymise_baseline
from services.anonymiser.detection import STRUCTURED
from services.anonymiser.pseudonymisation import Passage, pseudonymise

_MARK = re.compile(r"\{\{([A-Z_]+)(?:#([\w-]+))?\|([^{}]*)\}\}")
_DIRECT = STRUCTURED | {"PERSON", "ADDRESS", "REFUGE", "DOB"}
_QUASI = frozenset({"PLACE", "ORG", "DATE", "AGE", "OCCUPATION"})
_NOT_JUDGED = re.compile(
    r"\b(?:mr|mrs|ms|miss|dr|pc|dc|ds|di|sgt|pcso|monday|tuesday|wednesday|thursday|friday|saturday|sunday"
    r"|years? old|year[- ]olds?|months? old|yrs? old)\b\.?",
    re.IGNORECASE,
)


class Gold(NamedTuple):
    """One labelled stretch."""

    start: int
    end: int
    label: str
    person: str


class Text(NamedTuple):
    """One text without its marks, and what they said."""

    id: str
    text: str
    gold: tuple[Gold, ...]


def read_marked(identifier: str, marked: str) -> Text:
    """Return the text behind inline marks."""
    parts: list[str] = []
    gold: list[Gold] = []
    position = size = 0
    for found in _MARK.finditer(marked):
        before = marked[position : found.start()]
        parts += [before, found.group(3)]
        start = size + len(before)
        size = start + len(found.group(3))
        gold.append(Gold(start, size, found.group(1), found.group(2) or ""))
        position = found.end()
    parts.append(marked[position:])
    return Text(identifier, "".join(parts), tuple(gold))


def read_texts(paths: Sequence[str]) -> list[Text]:
    """Return every marked text of some JSONL files."""
    texts = []
    for path in paths:
        for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines()):
            data = json.loads(line) if line.strip() else {}
            if "marked" in data:
                texts.append(read_marked(str(data.get("id", number)), data["marked"]))
    return texts


def ours(text: str) -> dict[str, Any]:
    """Return our answer in the shape of the command's lines."""
    done = pseudonymise([Passage("x", text)])[0]
    spans = [{"start": s.start, "end": s.end, "label": s.label, "replacement": s.replacement} for s in done.spans]
    doubts = [(done.text[d.start : d.end], d.reason) for d in done.doubts]
    return {"spans": spans, "held": done.held, "doubts": doubts}


def score(texts: Sequence[Text], run: Callable[[str], dict[str, Any]], show: str = "") -> dict[str, float]:
    """Return every figure for one pseudonymiser, in per cent; speed in characters a second."""
    run(texts[0].text)
    before = time.perf_counter()
    answers = [run(each.text) for each in texts]
    seconds = time.perf_counter() - before
    tally: Counter[str] = Counter()
    for each, answer in zip(texts, answers, strict=True):
        _score_text(each, answer, tally, show)
    share = lambda part, whole: 100.0 * tally[part] / tally[whole] if tally[whole] else 100.0  # noqa: E731
    return {
        "direct recall": share("direct found", "direct"),
        "structured recall": share("structured found", "structured"),
        "texts leaking": 100.0 * tally["leaking"] / len(texts),
        "leaking after holds": 100.0 * tally["leaking unheld"] / len(texts),
        "held": 100.0 * tally["held"] / len(texts),
        "quasi recall": share("quasi found", "quasi"),
        "precision (chars)": share("true chars", "chars"),
        "over-redaction": share("keep hit", "keep") if tally["keep"] else 0.0,
        "pseudonym consistency": share("mention same", "mention"),
        "chars/s": sum(len(each.text) for each in texts) / seconds,
    }


def _score_text(each: Text, answer: dict[str, Any], tally: Counter[str], show: str) -> None:  # noqa: C901, PLR0912 - a table of rules, one a line
    size = len(each.text)
    covered = bytearray(size)
    for span in answer["spans"]:
        covered[span["start"] : span["end"]] = b"\x01" * (span["end"] - span["start"])
    labelled = bytearray(size)
    neutral = bytearray(size)
    for found in _NOT_JUDGED.finditer(each.text):
        neutral[found.start() : found.end()] = b"\x01" * (found.end() - found.start())
    leaks = False
    for gold in each.gold:
        surface = each.text[gold.start : gold.end]
        letters = [at for at in range(gold.start, gold.end) if each.text[at].isalnum()]
        if gold.label == "KEEP":
            hit = any(covered[at] for at in letters)
            tally["keep"] += 1
            tally["keep hit"] += hit
            if hit and show == "keep":
                print(each.id, "KEEP", surface, "|", each.text[max(0, gold.start - 30) : gold.end + 30])
            continue
        if gold.label == "STATUS":
            neutral[gold.start : gold.end] = b"\x01" * (gold.end - gold.start)
            continue
        labelled[gold.start : gold.end] = b"\x01" * (gold.end - gold.start)
        found_whole = all(covered[at] for at in letters)
        group = "direct" if gold.label in _DIRECT else "quasi" if gold.label in _QUASI else "other"
        tally[group] += 1
        tally[f"{group} found"] += found_whole
        if gold.label in STRUCTURED:
            tally["structured"] += 1
            tally["structured found"] += found_whole
        if not found_whole:
            leaks = leaks or group == "direct"
            if show in (group, "all"):
                print(
                    each.id,
                    gold.label,
                    repr(surface),
                    "held" if answer["held"] else "",
                    "|",
                    each.text[max(0, gold.start - 35) : gold.end + 35],
                )
    for at in range(size):
        if covered[at] and not neutral[at] and each.text[at].isalnum():
            tally["chars"] += 1
            tally["true chars"] += labelled[at]
    if show == "extra":
        for span in answer["spans"]:
            if not any(labelled[at] or neutral[at] for at in range(span["start"], span["end"])):
                print(
                    each.id,
                    span["label"],
                    repr(each.text[span["start"] : span["end"]]),
                    "|",
                    each.text[max(0, span["start"] - 30) : span["end"] + 30],
                )
    if show == "held" and answer["held"]:
        print(each.id, answer.get("doubts"))
    tally["leaking"] += leaks
    tally["leaking unheld"] += leaks and not answer["held"]
    tally["held"] += bool(answer["held"])
    _score_names(each, answer, tally, show)


def _score_names(each: Text, answer: dict[str, Any], tally: Counter[str], show: str) -> None:
    given: dict[str, list[str]] = {}
    for gold in each.gold:
        if gold.label != "PERSON" or not gold.person:
            continue
        names = [
            span["replacement"]
            for span in answer["spans"]
            if span["start"] < gold.end and span["end"] > gold.start and span["label"] == "PERSON"
        ]
        if names:
            given.setdefault(gold.person, []).append(names[0])
    main = {person: Counter(names).most_common(1)[0][0] for person, names in given.items()}
    shared = Counter(main.values())
    for person, names in given.items():
        for name in names:
            same = name == main[person] and shared[name] == 1
            tally["mention"] += 1
            tally["mention same"] += same
            if not same and show == "names":
                print(each.id, person, names, main)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--show", default="")
    chosen = parser.parse_args()
    texts = read_texts(chosen.files)
    if not texts:
        parser.error("no marked texts in these files")
    results = {"ours": score(texts, ours, chosen.show), "baseline": score(texts, pseudonymise_baseline.run)}
    print(f"{len(texts)} texts, {sum(len(each.text) for each in texts):,} characters")
    print(f"{'':24}" + "".join(f"{name:>14}" for name in results))
    for figure in results["ours"]:
        form = "{:>14,.0f}" if figure == "chars/s" else "{:>13.1f}%"
        print(f"{figure:24}" + "".join(form.format(result[figure]) for result in results.values()))


if __name__ == "__main__":
    main()
