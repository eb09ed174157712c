"""Measure how often the pseudonymiser and the tagger miss something, and write it where the method page reads it.

    python benchmarks/measured.py [--day 2026-11-21]

Writes ``schemas/reports/measured.yaml``: figures, the command that measures them, and the day.
"""

import argparse
import datetime
import re
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "schemas" / "reports" / "measured.yaml"
HEADER = """\
# How often the machine misses something. Written by benchmarks/measured.py; do not edit it by hand.
"""
TEXTS = "services/demo/texts/*.jsonl"
PSEUDONYMISE = f"python benchmarks/pseudonymise_score.py {TEXTS}"
TAG = "python benchmarks/tag_score.py"
FRAMEWORKS = {
    "mayor_2022_25": "the Mayor’s strategy of 2022",
    "strategy_2018_21": "the Mayor’s strategy of 2018",
    "wandsworth_2022_25": "Wandsworth’s strategy",
    "prevention_principles": "the prevention principles",
    "health_pledges": "the health pledges",
}


def run(command: str) -> str:
    """Return what a benchmark prints."""
    _, script, *patterns = command.split()
    files = [str(path.relative_to(ROOT)) for pattern in patterns for path in sorted(ROOT.glob(pattern))]
    done = subprocess.run([sys.executable, script, *files], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout


def found(pattern: str, text: str) -> str:
    """Return the first group of a pattern that must be there."""
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise SystemExit("A benchmark prints something else than expected: mend benchmarks/measured.py.")
    return match[1]


def pseudonymiser(text: str) -> list[dict[str, str]]:
    """Return the figures of the pseudonymiser."""

    def share(name: str) -> str:
        return found(rf"^{re.escape(name)} +([0-9.]+%)", text)

    return [
        {"what": "Names, addresses and other direct identifiers that were taken out", "figure": share("direct recall")},
        {"what": "Places, dates, ages and jobs that were made general", "figure": share("quasi recall")},
        {"what": "Texts in which a direct identifier stayed", "figure": share("texts leaking")},
        {"what": "The same, after texts with doubts were held for a person", "figure": share("leaking after holds")},
        {"what": "Words taken out that could have stayed", "figure": share("over-redaction")},
    ]


def tagger(text: str) -> list[dict[str, str]]:
    """Return the figures of the tagger on the half that it was not tuned on."""
    half = text[text.index("reporting half:") :]
    figures = []
    for framework, words in FRAMEWORKS.items():
        line = rf"^ *{framework} +micro [0-9.]+ +macro [0-9.]+ +precision ([0-9.]+) +recall ([0-9.]+)"
        precision, recall = found(line, half), found(line.replace("precision (", "precision (?:"), half)
        figures += [
            {"what": f"Subjects that were raised and found, by {words}", "figure": percent(recall)},
            {"what": f"Subjects found that were raised, by {words}", "figure": percent(precision)},
        ]
    return [
        *figures,
        {
            "what": "Texts that fit no priority and were seen so",
            "figure": percent(found(r"^ *uncovered +recall ([0-9.]+)", half)),
        },
        {
            "what": "Texts with a danger in them that were seen",
            "figure": percent(found(r"^ *safeguarding +recall ([0-9.]+)", half)),
        },
    ]


def percent(share: str) -> str:
    """Return a share as people read it."""
    return f"{round(100 * float(share))}%"


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--day", default=datetime.datetime.now(datetime.UTC).date().isoformat())
    given = parser.parse_args()
    removed, tagged = run(PSEUDONYMISE), run(TAG)
    texts = found(r"^([0-9,]+) texts", removed)
    half = found(r"reporting half: ([0-9,]+) texts", tagged)
    content = {
        "source": "benchmarks/measured.py",
        "licence": "MIT",
        "version": 1,
        "measurements": [
            {
                "id": "pseudonymiser",
                "title": "What could point to a person",
                "on": f"{texts} invented texts in which every identifier is marked by hand",
                "command": PSEUDONYMISE,
                "day": given.day,
                "figures": pseudonymiser(removed),
            },
            {
                "id": "tagger",
                "title": "What was said, found by the machine before anybody checks it",
                "on": f"{half} invented texts, labelled by hand, that the tagger was not tuned on",
                "command": TAG,
                "day": given.day,
                "figures": tagger(tagged),
            },
        ],
    }
    FILE.write_text(HEADER + yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120), encoding="utf-8")
    print(f"Written: {FILE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
