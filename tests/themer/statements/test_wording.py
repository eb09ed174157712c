"""The rules of a wording: by field, all at once, and never the words."""

import subprocess
import sys

import pytest
from statement_bench import FINDING, NODES, RECOMMENDATION, said_of, wording

from services.errors import InputRefused
from services.events import DoubtFound, PseudonymisedWords
from services.themer.statements.wording import MOST_NODES, ChosenNode, Wording, check_wording
from services.vocabulary.frameworks import frameworks

NO_NODE = "not a priority or an action of its framework"
NO_MEASURE = "not a measure of its framework"
ONE = ("wandsworth_2022_25", "SS.01-1")
RECEIVED = [PseudonymisedWords(text=FINDING)]


def refused(kind, made, received=RECEIVED):
    with pytest.raises(InputRefused) as caught:
        check_wording(kind, made, received)
    assert "Quillmere" not in str(caught.value)
    return {(finding.place, finding.rule) for finding in caught.value.findings}


def test_lists_come_back_in_order_and_each_entry_once():
    nodes = (ChosenNode("wandsworth_2022_25", "SS"), *NODES, *NODES)
    made = check_wording("finding", wording(f"  {FINDING}\n", nodes=nodes, sectors=("health", "police")), RECEIVED)
    assert made.words == FINDING
    assert made.nodes == (*NODES, ChosenNode("wandsworth_2022_25", "SS"))
    assert made.sectors == ("police", "health")


def test_every_measure_of_every_framework_can_be_spoken_of():
    keys = [(each.id, key) for each in frameworks().values() for row in each.rows for key in row.measure_ids]
    assert len(keys) >= 90
    for first in range(0, len(keys), 20):
        measures = tuple(said_of(*key, "mixed") for key in keys[first : first + 20])
        assert check_wording("finding", wording(measures=measures), RECEIVED).measures


@pytest.mark.parametrize(
    ("kind", "made", "found"),
    [
        ("finding", wording("I was told nothing."), ("words", "about one life")),
        ("finding", wording(f"{FINDING} {FINDING}"), ("words", "more than one sentence")),
        ("finding", wording("Zebedee Quillmere waits."), ("words", "it may hold a name")),
        ("finding", wording("Ring 07700 900123."), ("words", "it holds a long number")),
        ("finding", wording("[PERSON-1] waits."), ("words", "it holds a mark in brackets")),
        ("finding", wording("Write to a@b.org."), ("words", "it holds an address")),
        ("finding", wording("The case AB12345 waits."), ("words", "it holds a reference")),
        ("finding", wording(nodes=(ChosenNode("Quillmere", "1"),)), ("nodes", NO_NODE)),
        ("finding", wording(nodes=(ChosenNode("mayor_2022_25", "Quillmere"),)), ("nodes", NO_NODE)),
        (
            "finding",
            wording(nodes=tuple(ChosenNode("mayor_2022_25", str(n)) for n in range(MOST_NODES + 1))),
            ("nodes", "too many"),
        ),
        ("finding", wording(sectors=("Quillmere",)), ("sectors", "not one of the sectors")),
        ("finding", wording(area="services"), ("area", "only a recommendation has an area")),
        ("finding", wording(measures=(said_of("Quillmere", "SS.01-1", "better"),)), ("measures", NO_MEASURE)),
        ("finding", wording(measures=(said_of("wandsworth_2022_25", "SS.01-99", "better"),)), ("measures", NO_MEASURE)),
        (
            "finding",
            wording(measures=(said_of(*ONE, "better"), said_of(*ONE, "worse"))),
            ("measures", "a measure stands twice"),
        ),
        ("recommendation", wording(RECOMMENDATION), ("area", "not one of the five areas")),
        (
            "recommendation",
            wording(RECOMMENDATION, kind="recommendation", measures=(said_of(*ONE, "better"),)),
            ("measures", "only a finding speaks of measures"),
        ),
        ("paraphrase", wording("People wait long.", nodes=()), ("nodes", "missing")),
    ],
)
def test_a_broken_rule_is_said_by_field(kind, made, found):
    assert found in refused(kind, made)


def test_everything_that_is_wrong_is_said_at_once():
    made = Wording(words="", nodes=(ChosenNode("x", "y"),), sectors=("z",), area="q")
    assert {place for place, _ in refused("finding", made)} == {"words", "nodes", "sectors", "area"}


def test_no_doubtful_word_stays_whatever_its_capitals():
    text = "The blorvix desk keeps women waiting."
    received = [PseudonymisedWords(text=text, doubts=(DoubtFound(start=4, end=11, reason="unexplained-word"),))]
    for words in (text, "The BLORVIX desk is closed.", "Blorvix keeps women waiting."):
        assert ("words", "it holds what was marked as doubtful") in refused("finding", wording(words), received)
    assert check_wording("finding", wording("The desk keeps women waiting."), received).words


def test_what_the_anonymiser_looked_at_and_did_not_doubt_may_be_said_again():
    received = [PseudonymisedWords(text="The blorvix desk keeps women waiting.")]
    assert check_wording("finding", wording("Women wait at the blorvix desk."), received)
    assert ("words", "it may hold a name") in refused("finding", wording("Women wait at the blorvix desk."), RECEIVED)


def test_a_paraphrase_shares_no_more_than_five_words_in_a_row_with_anybody():
    received = [PseudonymisedWords(text="They kept me waiting for the counsellor, and never said why.")]
    assert check_wording("paraphrase", wording("People are kept waiting for the counsellor."), received)
    shared = wording("People were kept waiting, waiting for the counsellor AND NEVER said why.")
    assert ("words", "it repeats somebody’s words") in refused("paraphrase", shared, received)
    assert check_wording("finding", wording("They never said why women waited."), received), "a group's own may stay"


def test_the_rules_touch_neither_database_nor_network():
    code = (
        "import sys, services.themer.statements.wording\n"
        "print([each for each in ('aiohttp', 'sqlalchemy', 'sqlite3', 'services.runner') if each in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
