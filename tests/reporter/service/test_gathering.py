"""Counting rows as they pass gives what counting them in memory gives, whatever is among them."""

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from release_bench import MAYOR, NODES
from service_bench import bench_in

from services.reporter import store
from services.reporter.composing import _of, _published_nodes
from services.reporter.counting import CountedRow, count_contributors
from services.reporter.designs import broken_down_by, designs_of
from services.reporter.gathering import gather
from services.reporter.tables import tabulate
from services.vocabulary.roles import roles

PERIOD = "2025-Q1"
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "contributor": st.sampled_from(["w1", "w2", "w3", "w4", "w5"]),
            "session": st.sampled_from(["s1", "s2", "s3"]),
            "role": st.sampled_from(["survivor", "practitioner", "community", "organisation"]),
            "areas": st.lists(st.sampled_from(["lambeth", "camden", "not_said"]), min_size=1, max_size=2, unique=True),
            "nodes": st.lists(st.sampled_from([*NODES[:4], "elsewhere"]), max_size=3, unique=True),
            "sectors": st.lists(st.sampled_from(["police", "housing"]), max_size=2, unique=True),
            "sex": st.sampled_from(["", "sex:woman", "sex:man"]),
            "seated": st.booleans(),
            "grouped": st.booleans(),
        }
    ),
    max_size=14,
)


def stored(number, row):
    return {
        "contribution": f"c{number}", "contributor": row["contributor"], "input_revision": 1, "revision": 1,
        "state": "counted", "uses": "count", "group_id": "g" if row["grouped"] else None, "session": row["session"],
        "kind": "workshop", "role": row["role"], "areas": " ".join(row["areas"]), "month": "2025-01", "period": PERIOD,
        "identified": row["seated"], "nodes": " ".join(f"{MAYOR}:{node}" for node in row["nodes"]),
        "sectors": " ".join(row["sectors"]), "forms": "", "characteristics": row["sex"], "stance": "neutral",
        "uncovered": False, "bank": "b", "pseudonymiser": "p",
    }  # fmt: skip


def in_memory(rows):
    counted = [
        CountedRow(
            contribution=f"c{number}", contributor=row["contributor"], group="g" if row["grouped"] else None,
            session=row["session"], kind="workshop", role=row["role"], areas=tuple(row["areas"]), period=PERIOD,
            seated=row["seated"], number_present=0, nodes=tuple((MAYOR, node) for node in row["nodes"]),
            sectors=tuple(row["sectors"]), forms=(), month="2025-01",
            characteristics=(tuple(row["sex"].split(":")),) if row["sex"] else (),
        )
        for number, row in enumerate(rows)
    ]  # fmt: skip
    found = count_contributors(
        _published_nodes(counted, {MAYOR: set(NODES)}), roles=roles().ids, characteristics=broken_down_by()
    )
    people, bodies = designs_of([MAYOR], PERIOD)
    return (
        tabulate(people, _of(people, found.people)),
        tabulate(bodies, _of(bodies, found.organisations)),
        found.sessions,
    )


@pytest.fixture(scope="module")
def designs():
    return dict(zip(("people", "organisations"), designs_of([MAYOR], PERIOD), strict=True))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=ROWS)
async def test_both_ways_of_counting_agree(tmp_path_factory, designs, rows):
    async with bench_in(tmp_path_factory.mktemp("gathering")) as bench:
        async with bench.reporter.database.begin() as transaction:
            if rows:
                listed = [stored(number, row) for number, row in enumerate(rows)]
                await transaction.execute(store.rows.insert(), listed)
        async with bench.reporter.database.read() as view:
            found = await gather(view, PERIOD, designs)
    people, organisations, sessions = in_memory(rows)
    assert found.counts == {"people": people, "organisations": organisations}
    assert found.sessions == sessions


async def test_nothing_is_counted_of_a_period_in_which_nobody_spoke(bench, designs):
    async with bench.reporter.database.read() as view:
        found = await gather(view, "2024-Q1", designs)
    assert set(found.counts["people"].values()) == {0}
    assert (found.rows, found.versions) == (0, {"bank": "", "pseudonymiser": ""})


async def test_rows_of_other_periods_states_and_of_who_narrowed_are_left_out(bench, designs):
    base = {
        "contributor": "w1", "session": "s1", "role": "survivor", "areas": ["lambeth"], "nodes": [], "sectors": [],
        "sex": "", "seated": True, "grouped": False,
    }  # fmt: skip
    listed = [
        stored(1, base),
        {**stored(2, {**base, "contributor": "w2"}), "period": "2025-Q2"},
        {**stored(3, {**base, "contributor": "w3"}), "state": "uncounted"},
        stored(4, {**base, "contributor": "w4"}),
    ]
    async with bench.reporter.database.begin() as transaction:
        await transaction.execute(store.rows.insert(), listed)
        await transaction.execute(store.consents.insert().values(contributor="w4", revision=1, uses="paraphrase"))
    async with bench.reporter.database.read() as view:
        found = await gather(view, PERIOD, designs, mark=lambda contributor: f"mark-{contributor}")
        assert (await view.execute(sa.select(sa.func.count()).select_from(store.rows))).scalar() == 4
    assert found.counts["people"][()] == 1
    assert found.people["people"] == ("mark-w1",)
