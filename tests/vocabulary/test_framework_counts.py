"""The catalogues hold exactly what the documents print: every count is one that was taken from a document."""

from collections import Counter

import pytest

from services.errors import NotFound
from services.vocabulary.frameworks import Framework, framework, frameworks

NODES = {
    "health_pledges": 6,
    "mayor_2022_25": 15,
    "prevention_principles": 18,
    "strategy_2018_21": 3,
    "wandsworth_2022_25": 5,
}
ROWS = {
    "health_pledges": {"commitment": 29, "sub_commitment": 5},
    "mayor_2022_25": {"ambition": 15, "commitment": 96, "commissioning_principle": 5},
    "prevention_principles": {"prevention_tier": 3},
    "strategy_2018_21": {"commitment": 10},
    "wandsworth_2022_25": {"action": 37, "priority": 4, "priority_bullet": 18, "approach_commitment": 4},
}


@pytest.fixture
def mayor() -> Framework:
    return framework("mayor_2022_25")


@pytest.fixture
def wandsworth() -> Framework:
    return framework("wandsworth_2022_25")


def per_node(catalogue: Framework, kind: str) -> list[int]:
    counted = Counter(row.node for row in catalogue.rows_of_kind(kind))
    return [counted[node] for node in catalogue.ordered if node in counted]


def test_there_are_47_counted_nodes_in_five_frameworks():
    assert {one.id: len(one.nodes) for one in frameworks().values()} == NODES
    assert sum(NODES.values()) == 47


@pytest.mark.parametrize("framework_id", ROWS)
def test_rows_of_each_kind_are_as_many_as_printed(framework_id):
    assert Counter(row.kind for row in framework(framework_id).rows) == ROWS[framework_id]


def test_the_mayor_has_4_priorities_with_11_sub_priorities(mayor):
    tops = [node.id for node in mayor.nodes if node.parent is None]
    assert tops == ["1", "2", "3", "4"]
    assert [len(mayor.children(top)) for top in tops] == [4, 3, 3, 1]


def test_the_mayors_commitments_and_ambitions_are_spread_as_printed(mayor):
    assert per_node(mayor, "commitment") == [7, 4, 3, 12, 10, 10, 12, 14, 2, 8, 14]
    assert per_node(mayor, "ambition") == [3, 4, 4, 4]


def test_the_commissioning_principles_stand_under_no_priority(mayor):
    assert [row.node for row in mayor.rows_of_kind("commissioning_principle")] == [None] * 5


def test_summaries_of_commitments_are_at_most_25_words(mayor):
    assert max(len(row.summary.split()) for row in mayor.rows_of_kind("commitment")) <= 25


def test_a_commitments_key_begins_with_its_sub_priority_and_counts_from_one(mayor):
    for node in mayor.nodes:
        keys = [row.id for row in mayor.rows_of(node.id, "commitment")]
        assert keys == [f"{node.id}.{at:02}" for at in range(1, len(keys) + 1)]


def test_wandsworth_has_37_actions_in_5_blocks(wandsworth):
    assert wandsworth.ordered == ("AB", "IH", "SS", "PA", "G")
    assert per_node(wandsworth, "action") == [8, 7, 10, 7, 5]


def test_wandsworth_prints_34_distinct_refs_of_which_3_twice(wandsworth):
    printed = Counter(row.printed_ref for row in wandsworth.rows_of_kind("action"))
    assert len(printed) == 34
    assert sorted(ref for ref, times in printed.items() if times == 2) == ["IH.06", "SS.05", "SS.08"]
    assert Counter(ref.split(".")[0] for ref in printed) == {"AB": 8, "IH": 6, "SS": 8, "PA": 7, "G": 5}


def test_the_second_row_of_a_ref_has_a_key_of_its_own(wandsworth):
    second = [row for row in wandsworth.rows_of_kind("action") if row.id != row.printed_ref]
    assert [(row.id, row.printed_ref) for row in second] == [
        ("IH.06/2", "IH.06"),
        ("SS.05/2", "SS.05"),
        ("SS.08/2", "SS.08"),
    ]


def test_the_missing_ref_stays_missing_and_the_page_order_is_kept(wandsworth):
    order = [row.id for row in wandsworth.rows_of("IH", "action")]
    assert order == ["IH.01", "IH.02", "IH.03", "IH.05", "IH.06", "IH.07", "IH.06/2"]


def test_governance_refs_have_one_digit(wandsworth):
    assert [row.printed_ref for row in wandsworth.rows_of("G", "action")] == ["G.1", "G.2", "G.3", "G.4", "G.5"]


def test_there_are_95_measures_spread_as_printed(wandsworth):
    spread = [sum(len(row.measures) for row in wandsworth.rows_of(node, "action")) for node in wandsworth.ordered]
    assert spread == [26, 17, 20, 19, 13]
    assert sum(spread) == 95


def test_measures_keep_their_printed_marks(wandsworth):
    marks = {row.id: [measure.mark for measure in row.measures] for row in wandsworth.rows_of_kind("action")}
    assert marks["AB.07"] == ["(a)", "(b)", "(c)", "(d)"]
    assert marks["IH.06/2"] == ["(d)"]
    assert marks["G.1"] == ["1.", "2.", "3."]
    assert marks["G.3"] == ["1.", "2.", None]


def test_measures_that_are_printed_alike_read_alike(wandsworth):
    assert wandsworth.row("SS.08").measures[0] == wandsworth.row("SS.02").measures[0]
    first, second = wandsworth.row("PA.02").measures, wandsworth.row("PA.04").measures
    assert first[1].text == second[0].text


def test_every_action_has_a_lead_and_none_has_a_date(wandsworth):
    actions = wandsworth.rows_of_kind("action")
    assert all(row.lead for row in actions)
    assert [row.deliver_by for row in actions] == [None] * 37


def test_leads_that_run_over_a_page_are_whole(wandsworth):
    ending = "Local Authority (Community Safety, Housing, Childrens Services, Adults Services)"
    assert wandsworth.row("SS.02").lead == f"Health, Local Safeguarding Partnerships, and {ending}"
    assert wandsworth.row("SS.08").lead == f"Local Safeguarding Partnerships, and {ending}"


def test_objectives_are_19_and_two_blocks_print_the_same(wandsworth):
    assert [len(node.objectives) for node in wandsworth.nodes] == [4, 4, 3, 4, 4]
    assert wandsworth.node("PA").objectives == wandsworth.node("G").objectives


def test_the_4_printed_priorities_lead_to_4_of_the_5_blocks(wandsworth):
    leads_to = {row.printed_ref: row.node for row in wandsworth.rows_of_kind("priority")}
    assert leads_to == {"01": "AB", "02": "IH", "03": "SS", "04": "PA"}


def test_priority_bullets_are_spread_as_printed_and_stand_with_their_priority(wandsworth):
    bullets = wandsworth.rows_of_kind("priority_bullet")
    assert Counter(row.parent for row in bullets) == {"01": 4, "02": 4, "03": 5, "04": 5}
    assert all(row.node == wandsworth.row(row.parent).node for row in bullets)


def test_the_approach_has_its_4_printed_titles(wandsworth):
    assert [row.title for row in wandsworth.rows_of_kind("approach_commitment")] == [
        "Survivor Voice",
        "Coordinated Community Response",
        "Intersectionality",
        "Continuous learning and development",
    ]


def test_the_principles_are_7_goals_4_ways_and_7_methods():
    catalogue = framework("prevention_principles")
    assert Counter(node.id[0] for node in catalogue.nodes) == {"G": 7, "W": 4, "M": 7}
    assert len({node.category for node in catalogue.nodes}) == 3
    assert all(node.printed_ref == node.id[1:] for node in catalogue.nodes)


def test_the_prevention_tiers_are_in_order():
    tiers = framework("prevention_principles").rows_of_kind("prevention_tier")
    assert [tier.title for tier in tiers] == ["Primary", "Secondary", "Tertiary"]


def test_each_pledge_has_two_printed_names_and_its_number():
    for at, node in enumerate(framework("health_pledges").nodes, start=1):
        assert node.id == f"P{at}"
        assert node.printed_ref == f"Pledge {at}"
        assert node.also_titled not in (None, node.title)


def test_pledge_commitments_are_spread_as_printed():
    catalogue = framework("health_pledges")
    assert per_node(catalogue, "commitment") == [4, 4, 6, 5, 5, 5]
    nested = Counter(row.parent for row in catalogue.rows_of_kind("sub_commitment"))
    assert nested == {"P1.3": 2, "P2.1": 3}


def test_the_strategy_of_2018_has_3_strands_with_10_commitments():
    catalogue = framework("strategy_2018_21")
    assert catalogue.ordered == ("prevention", "perpetrators", "protection_support")
    assert per_node(catalogue, "commitment") == [4, 3, 3]


def test_only_the_pledges_take_local_nodes():
    assert [one.id for one in frameworks().values() if one.local_nodes_allowed] == ["health_pledges"]


def test_every_measure_has_a_key_of_its_own_that_leads_back_to_it(wandsworth):
    keys = [key for row in wandsworth.rows_of_kind("action") for key in row.measure_ids]
    assert len(keys) == len(set(keys)) == 95
    assert wandsworth.row("SS.05/2").measure_ids == ("SS.05/2-1",)
    for row in wandsworth.rows:
        for key, measure in zip(row.measure_ids, row.measures, strict=True):
            assert wandsworth.measure(key) == (row, measure)


@pytest.mark.parametrize("key", ["AB.03", "AB.03-0", "AB.03-4", "AB.03-(a)", "IH.04-1", "", "-", "AB-1"])
def test_a_measure_that_is_not_printed_is_not_found(wandsworth, key):
    with pytest.raises(NotFound):
        wandsworth.measure(key)
