"""The labelled texts of this folder: figures that must not fall behind what was reached when they were written."""

import importlib.util
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[2]
_DATA = sorted((Path(__file__).parent / "data").glob("*.jsonl"))


@pytest.fixture(scope="module")
def scoring():
    spec = importlib.util.spec_from_file_location("pseudonymise_score", _ROOT / "benchmarks" / "pseudonymise_score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def results(scoring):
    texts = scoring.read_texts([str(path) for path in _DATA])
    return {
        "ours": scoring.score(texts, scoring.ours),
        "baseline": scoring.score(texts, scoring.pseudonymise_baseline.run),
    }


@pytest.mark.parametrize(
    ("figure", "least"),
    [
        ("direct recall", 98),
        ("structured recall", 99.9),
        ("quasi recall", 95),
        ("precision (chars)", 95),
        ("pseudonym consistency", 97),
    ],
)
def test_what_is_found_stays_above(results, figure, least):
    assert results["ours"][figure] >= least
    assert results["ours"][figure] > results["baseline"][figure]


@pytest.mark.parametrize(
    ("figure", "most"), [("texts leaking", 5), ("leaking after holds", 1), ("held", 15), ("over-redaction", 2)]
)
def test_what_goes_wrong_stays_below(results, figure, most):
    assert results["ours"][figure] <= most


def test_marks_are_read_into_offsets(scoring):
    read = scoring.read_marked("x", "I told {{PERSON#p1|Amina}} at {{KEEP|MARAC}}.")
    assert read.text == "I told Amina at MARAC."
    assert [(read.text[each.start : each.end], each.label, each.person) for each in read.gold] == [
        ("Amina", "PERSON", "p1"),
        ("MARAC", "KEEP", ""),
    ]
