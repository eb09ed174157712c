"""Counting rows as they pass gives what counting them in memory gives, whatever is among them."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from release_bench import MAYOR, NODES
from service_bench import bench_in

from services.errors import ContractBroken, SettingsError
from services.reporter import store
from services.reporter.composing import _of, _published_nodes
from services.reporter.counting import CountedRow, count_contributors
from services.reporter.designs import broken_down_by, designs_of
from services.reporter.gathering import gather
from services.reporter.tables import tabulate
from services.vocabulary.frameworks import framework
from services.vocabulary.roles import roles

PERIOD = "2025-Q1"
WANDSWORTH = "wandsworth_2022_25"
KNOWN = {MAYOR: NODES, WANDSWORTH: framework(WANDSWORTH).ordered}
SAID = [*((MAYOR, node) for node in NODES[:4]), (WANDSWORTH, KNOWN[WANDSWORTH][0]), (MAYOR, "elsewhere")]
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "contributor": st.sampled_from(["w1", "w2", "w3", "w4", "w5"]),
            "session": st.sampled_from(["s1", "s2", "s3"]),
            "role": st.sampled_from(["survivor", "practitioner", "community", "organisation"]),
            "areas": st.lists(st.sampled_from(["lambeth", "camden", "not_said"]), min_size=1, max_size=2, unique=True),
            "nodes": st.lists(st.sampled_from(SAID), max_size=3, unique=True),
            "sectors": st.lists(st.sampled_from(["police", "housing"]), max_size=2, unique=True),
            "answers": st.sampled_from(["", "sex:woman", "sex:man", "age_band:25_34 sex:woman", "age_band:18_24"]),
            "seated": st.booleans(),
            "grouped": st.booleans(),
            "quarter": st.sampled_from(["2025-Q1", "2025-Q1", "2025-Q2", "2025-Q4"]),
        }
    ),
    max_size=14,
)


PLAIN = {
    "contributor": "w1", "session": "s1", "role": "survivor", "areas": ["lambeth"], "nodes": [], "sectors": [],
    "answers": "", "seated": True, "grouped": False,
}  # fmt: skip


def stored(number, row):
    return {
        "contribution": f"c{number}", "contributor": row["contributor"], "input_revision": 1, "revision": 1,
        "state": "counted", "uses": "count", "group_id": "g" if row["grouped"] else None, "session": row["session"],
        "kind": "workshop", "role": row["role"], "areas": " ".join(row["areas"]), "month": "2025-01", "period": PERIOD,
        "identified": row["seated"], "nodes": " ".join(f"{name}:{node}" for name, node in row["nodes"]),
        "sectors": " ".join(row["sectors"]), "forms": "", "characteristics": row["answers"], "stance": "neutral",
        "uncovered": False, "bank": "b", "pseudonymiser": "p",
    }  # fmt: skip


def in_memory(rows):
    counted = [
        CountedRow(
            contribution=f"c{number}", contributor=row["contributor"], group="g" if row["grouped"] else None,
            session=row["session"], kind="workshop", role=row["role"], areas=tuple(row["areas"]), period=PERIOD,
            seated=row["seated"], number_present=0, nodes=tuple(row["nodes"]),
            sectors=tuple(row["sectors"]), forms=(), month="2025-01",
            characteristics=tuple(tuple(each.split(":")) for each in row["answers"].split()),
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip
    found = count_contributors(
        _published_nodes(counted, {name: set(nodes) for name, nodes in KNOWN.items()}),
        roles=roles().ids,
        characteristics=broken_down_by(),
    )
    return {"people": found.people, "organisations": found.organisations}, found.sessions


def designs_for(period):
    return dict(zip(("people", "organisations"), designs_of(list(KNOWN), period), strict=True))


def tabulated(designs, found):
    return {
        population: tabulate(designs[population], _of(designs[population], found[population])) for population in found
    }


async def gathered(folder, listed, *args, **options):
    async with bench_in(folder) as bench:
        async with bench.reporter.database.begin() as transaction:
            if listed:
                await transaction.execute(store.rows.insert(), listed)
        async with bench.reporter.database.read() as view:
            return await gather(view, *args, **options)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=ROWS, share=st.integers(1, 15))
async def test_both_ways_of_counting_agree_however_many_contributors_are_held_at_once(
    tmp_path_factory, monkeypatch, rows, share
):
    monkeypatch.setattr("services.reporter.gathering._SHARE", share)
    listed = [stored(number, row) for number, row in enumerate(rows)]
    designs = designs_for(PERIOD)
    found = await gathered(tmp_path_factory.mktemp("gathering"), listed, PERIOD, designs)
    people, sessions = in_memory(rows)
    assert found.counts == tabulated(designs, people)
    assert found.sessions == sessions


def cells_of_person(design, person):
    return {cell for cell, count in tabulate(design, _of(design, [person])).items() if count}


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=ROWS, share=st.integers(1, 15), known=st.sets(st.sampled_from(["w1", "w2", "w5"])))
async def test_a_year_counts_each_quarters_people_within_it_and_those_who_joined(
    tmp_path_factory, monkeypatch, rows, share, known
):
    monkeypatch.setattr("services.reporter.gathering._SHARE", share)
    rows = [{**row, "grouped": False} for row in rows]
    listed = [{**stored(number, row), "period": row["quarter"]} for number, row in enumerate(rows)]
    designs = designs_for("2025")
    found = await gathered(
        tmp_path_factory.mktemp("year"), listed, "2025", designs, mark="mark-{}".format,
        since=[frozenset(f"mark-{each}" for each in known), frozenset()],
    )  # fmt: skip
    whole, _ = in_memory(rows)
    assert found.counts == tabulated(designs, whole) == found.joined[1]
    joined = {name: [each for each in people if each.contributor not in known] for name, people in whole.items()}
    assert found.joined[0] == tabulated(designs, joined)
    assert found.people == {
        name: tuple(sorted(f"mark-{each.contributor}" for each in people)) for name, people in whole.items()
    }
    for quarter, both in found.both.items():
        part, _ = in_memory([row for row in rows if row["quarter"] == quarter])
        for population, design in designs.items():
            of_year = {each.contributor: cells_of_person(design, each) for each in whole[population]}
            shared = [cells_of_person(design, each) & of_year[each.contributor] for each in part[population]]
            assert both[population] == {cell: sum(cell in each for each in shared) for cell in both[population]}


@pytest.mark.parametrize("column", ["areas", "sectors"])
async def test_an_area_or_service_that_is_not_known_stops_the_counting_and_is_not_repeated(tmp_path, column):
    row = {**stored(1, PLAIN), column: "secret-word"}
    with pytest.raises(ContractBroken) as refused:
        await gathered(tmp_path, [row], PERIOD, designs_for(PERIOD))
    assert "secret-word" not in str(refused.value)


async def test_a_person_without_a_role_that_is_known_stops_the_counting(tmp_path):
    with pytest.raises(SettingsError, match="role is additive"):
        await gathered(tmp_path, [{**stored(1, PLAIN), "role": "elsewhere"}], PERIOD, designs_for(PERIOD))


async def test_nothing_is_counted_of_a_period_in_which_nobody_spoke(bench):
    async with bench.reporter.database.read() as view:
        found = await gather(view, "2024-Q1", designs_for("2024-Q1"))
    assert set(found.counts["people"].values()) == {0}
    assert (found.rows, found.versions) == (0, {"bank": "", "pseudonymiser": ""})


async def test_rows_of_other_periods_states_and_of_who_narrowed_are_left_out(bench):
    listed = [
        stored(1, PLAIN),
        {**stored(2, {**PLAIN, "contributor": "w2"}), "period": "2025-Q2"},
        {**stored(3, {**PLAIN, "contributor": "w3"}), "state": "uncounted"},
        stored(4, {**PLAIN, "contributor": "w4"}),
    ]
    async with bench.reporter.database.begin() as transaction:
        await transaction.execute(store.rows.insert(), listed)
        await transaction.execute(store.consents.insert().values(contributor="w4", revision=1, uses="paraphrase"))
    async with bench.reporter.database.read() as view:
        found = await gather(view, PERIOD, designs_for(PERIOD), mark=lambda contributor: f"mark-{contributor}")
        assert (await view.execute(sa.select(sa.func.count()).select_from(store.rows))).scalar() == 4
    assert found.counts["people"][()] == 1
    assert found.people["people"] == ("mark-w1",)


async def test_each_contributor_is_in_one_share_whatever_order_the_store_keeps_ids_in(bench, monkeypatch):
    ids = ["a", "B", "b", "A-1", "a1", "_", "10", "9", "\u00e9", "Z", "zz"]
    listed = [
        stored(2 * number + again, {**PLAIN, "contributor": each, "areas": [("lambeth", "camden")[again]]})
        for number, each in enumerate(ids)
        for again in (0, 1)
    ]
    async with bench.reporter.database.begin() as transaction:
        await transaction.execute(store.rows.insert(), listed)
    for share in (1, 3, 7, 100):
        monkeypatch.setattr("services.reporter.gathering._SHARE", share)
        async with bench.reporter.database.read() as view:
            found = await gather(view, PERIOD, designs_for(PERIOD), mark=str)
        assert found.people["people"] == tuple(sorted(ids))
        assert (found.rows, found.counts["people"][()]) == (22, 11)
        assert found.counts["people"][("area", "camden"),] == found.counts["people"][("area", "lambeth"),] == 11
