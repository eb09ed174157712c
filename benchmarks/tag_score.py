"""Score the tagger on labelled JSONL texts: F1 by framework, stance, safeguarding, uncovered, texts a second.

    python benchmarks/tag_score.py                     the demo texts: whole, tuning half, reporting half
    python benchmarks/tag_score.py held_out.jsonl ...  any files with ``text`` (or ``marked``) and the labels

The halves are split by the last bit of sha256 of the id: even is for tuning, odd for reporting.
"""

import argparse
import hashlib
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from services.themer.tagging import Tagged, bank_version, tag
from services.vocabulary.frameworks import frameworks

DEMO = Path(__file__).resolve().parent.parent / "services" / "demo" / "texts"
_MARK = re.compile(r"\{\{[^|{}]*\|([^{}]*)\}\}")
Row = tuple[dict[str, Any], Tagged]
Labels = Callable[[Row], set[str]]


def plain(record: dict[str, Any]) -> str:
    """Return the text of a record, its inline marks replaced by what they mark."""
    text: str = record.get("text") or _MARK.sub(r"\1", record["marked"])
    return text


def records(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """Return every labelled record of the files that has words; a second labelling refers to them by id alone."""
    lines = [line for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        record
        for record in map(json.loads, lines)
        if ("text" in record or "marked" in record) and "themes" in record and "stance" in record
    ]


def in_tuning_half(record: dict[str, Any]) -> bool:
    return hashlib.sha256(str(record["id"]).encode()).digest()[-1] % 2 == 0


def f1(right: int, said: int, true: int) -> float:
    return 2 * right / (said + true) if said + true else 0.0


def sets_score(rows: list[Row], truth: Labels, answer: Labels, *, each: bool) -> str:
    """Return micro and macro F1 (over labels that occur), precision and recall, as one line."""
    right, said, true = Counter[str](), Counter[str](), Counter[str]()
    for row in rows:
        wanted, given = truth(row), answer(row)
        right.update(wanted & given)
        said.update(given)
        true.update(wanted)
    scores = {label: f1(right[label], said[label], true[label]) for label in sorted(true)}
    total = right.total()
    line = (
        f"micro {f1(total, said.total(), true.total()):.3f}  macro {sum(scores.values()) / max(1, len(scores)):.3f}"
        f"  precision {total / max(1, said.total()):.3f}  recall {total / max(1, true.total()):.3f}"
    )
    if each:
        line += "".join(f"\n      {label:28} {score:.2f}  of {true[label]}" for label, score in scores.items())
    return line


def flag_score(rows: list[Row], name: str) -> str:
    right = sum(1 for record, tagged in rows if record[name] and getattr(tagged, name))
    said = sum(1 for _, tagged in rows if getattr(tagged, name))
    true = sum(1 for record, _ in rows if record[name])
    return f"recall {right / max(1, true):.3f}  precision {right / max(1, said):.3f}  ({true} true, {said} said)"


def stance_score(rows: list[Row]) -> str:
    true = Counter(record["stance"] for record, _ in rows)
    said = Counter(tagged.stance for _, tagged in rows)
    right = Counter(tagged.stance for record, tagged in rows if record["stance"] == tagged.stance)
    macro = sum(f1(right[kind], said[kind], true[kind]) for kind in sorted(true)) / max(1, len(true))
    return f"accuracy {right.total() / max(1, len(rows)):.3f}  macro {macro:.3f}"


def show(title: str, rows: list[Row], *, each: bool, seconds: float | None = None) -> None:
    """Print every score of one set of texts."""
    rate = f", {len(rows) / seconds:.0f} texts/s" if seconds else ""
    print(f"\n{title}: {len(rows)} texts{rate}")

    def line(name: str, truth: Labels, answer: Labels) -> None:
        print(f"  {name:22}", sets_score(rows, truth, answer, each=each))

    for framework_id in frameworks():
        line(
            framework_id,
            lambda row, one=framework_id: set(row[0]["themes"].get(one, ())),  # type: ignore[misc]
            lambda row, one=framework_id: {theme.node for theme in row[1].themes if theme.framework == one},  # type: ignore[misc]
        )
    line("forms", lambda row: set(row[0]["forms"]), lambda row: set(row[1].forms))
    line("sectors", lambda row: set(row[0]["sectors"]), lambda row: set(row[1].sectors))
    print("  stance                ", stance_score(rows))
    print("  safeguarding          ", flag_score(rows, "safeguarding"))
    print("  uncovered             ", flag_score(rows, "uncovered"))
    bare = [tagged for record, tagged in rows if record["uncovered"]]
    print(f"  false alarm on those    {sum(bool(tagged.themes) for tagged in bare) / max(1, len(bare)):.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--each", action="store_true", help="print each label's F1 and how often it occurs")
    given = parser.parse_args()
    read = records(given.files or sorted(DEMO.glob("*.jsonl")))
    tag("Warm the bank.")
    texts = [plain(record) for record in read]
    started = time.perf_counter()
    answers = [tag(text) for text in texts]
    seconds = time.perf_counter() - started
    rows = list(zip(read, answers, strict=True))
    print(f"bank {bank_version()}")
    show("all", rows, each=given.each, seconds=seconds)
    if not given.files:
        show("tuning half", [row for row in rows if in_tuning_half(row[0])], each=given.each)
        show("reporting half", [row for row in rows if not in_tuning_half(row[0])], each=given.each)


if __name__ == "__main__":
    main()
