"""The whole tagger on the development texts: floors that a change of the bank may not fall through.

The reporting half alone, which nothing was fitted on. The floors lie below what was measured, so that a good change
of the bank passes and a broken one does not.
"""

import importlib.util
import sys
from pathlib import Path

import pytest

from services.themer.tagging import tag
from services.vocabulary.frameworks import frameworks

ROOT = Path(__file__).resolve().parents[3]
FLOORS = {
    "mayor_2022_25": 0.57,
    "wandsworth_2022_25": 0.60,
    "prevention_principles": 0.37,
    "strategy_2018_21": 0.73,
    "health_pledges": 0.35,
}


@pytest.fixture(scope="module")
def score():
    """The scoring program, loaded from its file."""
    spec = importlib.util.spec_from_file_location("tag_score", ROOT / "benchmarks" / "tag_score.py")
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


@pytest.fixture(scope="module")
def records(score):
    return score.records(sorted(score.DEMO.glob("*.jsonl")))


@pytest.fixture(scope="module")
def rows(score, records):
    return [(record, tag(score.plain(record))) for record in records if not score.in_tuning_half(record)]


def micro(score, pairs):
    right = sum(len(wanted & given) for wanted, given in pairs)
    return score.f1(right, sum(len(given) for _, given in pairs), sum(len(wanted) for wanted, _ in pairs))


def test_every_framework_has_a_floor():
    assert set(FLOORS) == set(frameworks())


@pytest.mark.parametrize("framework_id", sorted(FLOORS))
def test_nodes_are_found_as_well_as_before(score, rows, framework_id):
    pairs = [
        (
            set(record["themes"].get(framework_id, ())),
            {theme.node for theme in tagged.themes if theme.framework == framework_id},
        )
        for record, tagged in rows
    ]
    assert micro(score, pairs) >= FLOORS[framework_id]


@pytest.mark.parametrize(("name", "floor"), [("forms", 0.53), ("sectors", 0.63)])
def test_labels_are_found_as_well_as_before(score, rows, name, floor):
    assert micro(score, [(set(record[name]), set(getattr(tagged, name))) for record, tagged in rows]) >= floor


def test_the_stance_is_right_as_often_as_before(rows):
    assert sum(record["stance"] == tagged.stance for record, tagged in rows) >= 0.58 * len(rows)


def test_hardly_a_present_risk_is_missed(rows):
    at_risk = [tagged.safeguarding for record, tagged in rows if record["safeguarding"]]
    assert sum(at_risk) == len(at_risk)


def test_present_risk_is_not_seen_everywhere(rows):
    raised = sum(tagged.safeguarding for _, tagged in rows)
    assert raised <= 0.1 * len(rows)


def test_what_no_strategy_covers_is_mostly_left_alone(rows):
    bare = [tagged for record, tagged in rows if record["uncovered"]]
    assert sum(bool(tagged.themes) for tagged in bare) <= 0.34 * len(bare)


def test_a_second_labelling_without_words_is_left_out(score, tmp_path):
    path = tmp_path / "labels.jsonl"
    labels = '"themes": {}, "stance": "neutral"'
    path.write_text(f'{{"id": "a", {labels}}}\n{{"id": "b", "text": "Hello.", {labels}}}\n', encoding="utf-8")
    assert [record["id"] for record in score.records([path])] == ["b"]


def test_the_halves_share_no_text_and_are_about_equal(score, records):
    tuning = [record["id"] for record in records if score.in_tuning_half(record)]
    reporting = [record["id"] for record in records if not score.in_tuning_half(record)]
    assert not set(tuning) & set(reporting)
    assert 0.4 < len(tuning) / len(records) < 0.6


def test_no_sentence_of_the_bank_is_taken_from_the_texts(score, records):
    from services.themer.bank import bank

    whole = "\n".join(score.plain(record).lower() for record in records)
    sentences = {example for concept in bank().concepts for example in (*concept.examples, *concept.counter_examples)}
    sentences |= {example for label in bank().acts for example in label.examples} | set(bank().none_examples)
    assert not [sentence for sentence in sorted(sentences) if len(sentence) > 30 and sentence.lower() in whole]
