"""``python -m services.demo.labels``: write the labels as lines, read proof of the texts, compare the labellings."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import msgspec

from services.demo.agreement import agreements
from services.demo.consultation import planned_sessions
from services.demo.labels import Half, built_lines, half_of, is_long, labelled_texts, second_pass
from services.demo.proofreading import proof_of, proof_of_repeats, proof_of_second
from services.errors import Finding


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return the exit code: 1 where the proof finds something."""
    parser = argparse.ArgumentParser(prog="python -m services.demo.labels", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="write identifiers.jsonl and themes.jsonl")
    build.add_argument("folder", type=Path, help="where to; it is made where it is missing")
    build.add_argument("--half", choices=get_args(Half), help="of one half alone")
    commands.add_parser("check", help="read proof of the texts, the labels and the plan")
    agreement = commands.add_parser("agreement", help="compare the first and the second labelling")
    agreement.add_argument("--json", action="store_true", help="one JSON line a field")
    commands.add_parser("counts", help="say how many texts there are of which kind")
    given = parser.parse_args(arguments)
    if given.command == "build":
        return _build(given.folder, given.half)
    if given.command == "check":
        return _check()
    return _compare(as_json=given.json) if given.command == "agreement" else _count()


def proof() -> list[Finding]:
    """Return everything that is wrong with the texts, both labellings and the plan."""
    said = [one.text for session in planned_sessions() for one in session.submission.contributions]
    texts = labelled_texts()
    return [*proof_of(texts), *proof_of_second(second_pass(), texts), *proof_of_repeats(said)]


def counts() -> dict[str, object]:
    """Return how many texts, longer ones, halves, kinds, spans and contributions there are."""
    texts = labelled_texts()
    sessions = planned_sessions()
    return {
        "texts": len(texts),
        "longer": sum(is_long(text.words) for text in texts),
        "halves": dict(sorted(Counter(half_of(text.id) for text in texts).items())),
        "kinds": dict(sorted(Counter(text.kind for text in texts).items())),
        "labels": dict(sorted(Counter(span.label for text in texts for span in text.spans).items())),
        "stances": dict(sorted(Counter(text.stance for text in texts).items())),
        "safeguarding": sum(text.safeguarding for text in texts),
        "uncovered": sum(text.uncovered for text in texts),
        "second_pass": len(second_pass()),
        "sessions": dict(sorted(Counter(session.submission.kind for session in sessions).items())),
        "contributions": sum(len(session.submission.contributions) for session in sessions),
    }


def _build(folder: Path, half: Half | None) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in built_lines(labelled_texts(), half):
        (folder / name).write_text(content, encoding="utf-8")
        _say(f"{folder / name}: {content.count(chr(10))} lines")
    return 0


def _check() -> int:
    found = proof()
    for finding in found:
        _say(str(finding))
    _say(f"{len(labelled_texts())} texts read, {len(found)} findings.")
    return 1 if found else 0


def _compare(*, as_json: bool) -> int:
    for each in agreements(labelled_texts(), second_pass()):
        if as_json:
            _say(msgspec.json.encode(each).decode())
            continue
        f1, kappa = ("    -" if value is None else f"{value:5.2f}" for value in (each.f1, each.kappa))
        told = f"{each.texts} texts, {each.first} and {each.second} said, {each.both} by both"
        _say(f"{each.field:34} F1 {f1}  kappa {kappa}  ({told})")
    return 0


def _count() -> int:
    for name, value in counts().items():
        _say(f"{name:14} {json.dumps(value)}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
