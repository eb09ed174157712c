import json
import random
import stat

import pytest

from services.errors import DataFolderError, Held, InputRefused, SettingsError
from services.reporter.files import ReleaseArguments, run_release

TREE = {"root": "ALL", "children": {"ALL": ["p1", "p2"], "p1": ["p1.a", "p1.b"]}}


def line(number, **changes):
    return {
        "contribution_id": f"c{number}",
        "participant": f"w{number}",
        "session_id": "s1",
        "borough": "camden",
        "held_on": "2025-02-01",
        "role": "survivor",
        "age_band": "25_34",
        "ethnicity": None,
        "disability": None,
        "themes": ["p1.a"],
        **changes,
    }


def lines(number, start=0, **changes):
    return [line(start + each, **changes) for each in range(number)]


@pytest.fixture
def release(tmp_path):
    """Run the command on rows and return what it wrote."""
    (tmp_path / "tree.json").write_text(json.dumps(TREE))

    def run(rows, *, withdrawn=(), tree=True, raw=False, **changes):
        (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
        if withdrawn:
            gone = [{"participant": each, "withdrawn_on": "2025-06-01"} for each in withdrawn]
            (tmp_path / "gone.jsonl").write_text("\n".join(json.dumps(each) for each in gone))
            changes["withdrawals"] = tmp_path / "gone.jsonl"
        output = tmp_path / "release.json"
        framework = tmp_path / "tree.json" if tree else None
        given = ReleaseArguments(input=tmp_path / "rows.jsonl", output=output, framework=framework, **changes)
        assert run_release(given) == 0
        return output.read_bytes() if raw else json.loads(output.read_text())

    return run


def figure(form, **dims):
    (cell,) = [cell for cell in form["cells"] if cell["dims"] == dims]
    return cell["value"]


def test_the_plain_form_states_how_it_was_made(release):
    form = release(lines(40), by=("borough",))
    assert (form["threshold"], form["rounding_base"], form["zeros_shown"]) == (10, 5, False)
    assert form["dimensions"]["borough"]["kind"] == "overlapping"
    assert form["dimensions"]["theme"] == {
        "kind": "overlapping",
        "root": "ALL",
        "children": {"ALL": ["p1", "p2"], "p1": ["p1.a", "p1.b"]},
        "covering": False,
    }
    assert figure(form) == 40


def test_without_a_framework_there_is_no_theme(release):
    form = release(lines(40), by=("age_band",), tree=False)
    assert set(form["dimensions"]) == {"age_band"}
    assert form["dimensions"]["age_band"]["kind"] == "additive"
    assert figure(release(lines(40), tree=False)) == 40


def test_several_contributions_of_a_person_count_once_and_unite_their_themes(release):
    rows = lines(60) + [line(100 + each, participant=f"w{each}", themes=["p2"]) for each in range(30)]
    form = release(rows)
    assert (figure(form), figure(form, theme="p2")) == (60, 30)


def test_a_borough_is_one_area_or_several_or_not_said(release):
    rows = lines(60, borough=["camden", "barnet"]) + lines(60, 60, borough=None) + lines(60, 120, borough="brent")
    form = release(rows, by=("borough",), tree=False)
    assert [figure(form, borough=each) for each in ("camden", "barnet", "not_said", "brent")] == [60] * 4
    assert figure(form) == 180


def test_one_who_gives_two_age_bands_counts_in_that_of_her_earliest_row(release):
    earlier = line(200, participant="w0", held_on="2025-01-01", age_band="35_44")
    rows = [*lines(60), earlier, *lines(60, 60, age_band="35_44")]
    form = release(rows, by=("age_band",), tree=False)
    assert figure(form) == 120
    assert figure(form, age_band="35_44") == 60


def test_organisations_are_not_counted_as_people(release):
    assert figure(release(lines(40) + lines(30, 40, role="organisation"), tree=False)) == 40


def test_the_order_of_the_lines_leaves_no_trace(release):
    rows = [
        line(each, borough=("camden", "barnet", ["brent", "camden"])[each % 3], themes=[("p1.a", "p2")[each % 2]])
        for each in range(70)
    ]
    first = release(rows, by=("borough",), raw=True)
    assert first == release(random.Random(3).sample(rows, len(rows)), by=("borough",), raw=True)


@pytest.mark.parametrize("options", [{"by": ("borough",)}, {"by": ("borough", "age_band"), "tree": False}])
def test_what_is_written_withstands_the_attacker(release, attacker, options):
    dice = random.Random(5)
    rows = [
        line(
            each,
            borough=dice.sample(("camden", "barnet", "brent", "ealing"), dice.choice((1, 1, 2))),
            age_band=dice.choice(("18_24", "25_34", "35_44")),
            themes=dice.sample(("p1.a", "p1.b", "p2"), 1),
        )
        for each in range(230)
    ]
    form = release(rows, **options)
    assert attacker(form).findings() == []
    assert any(cell["value"] is None for cell in form["cells"])
    assert any(cell["value"] for cell in form["cells"])


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"held_on": "2025-02-30"}, "held_on"),
        ({"held_on": 7}, "held_on"),
        ({"participant": ""}, "participant"),
        ({"contribution_id": None}, "contribution_id"),
        ({"themes": "p1"}, "themes"),
        ({"themes": ["secret-word"]}, "themes"),
        ({"borough": ["camden", 3]}, "borough"),
        ({"borough": "ALL"}, "borough"),
    ],
)
def test_bad_lines_are_named_by_line_and_field_and_never_by_value(release, changes, place):
    with pytest.raises(InputRefused) as refused:
        release([line(1), line(2, **changes)], by=("borough",))
    assert f"rows.jsonl, line 2, {place}" in str(refused.value)
    assert "secret-word" not in str(refused.value)
    assert refused.value.exit_code == 1


def test_a_contribution_given_twice_is_refused(release):
    with pytest.raises(InputRefused, match="stands twice"):
        release([line(1), line(1)])


def test_files_that_are_not_what_they_should_be_are_refused(release, tmp_path):
    (tmp_path / "broken.jsonl").write_text('{"a": 1}\nnot json\n[1]\n')
    given = ReleaseArguments(input=tmp_path / "broken.jsonl", output=tmp_path / "out.json")
    with pytest.raises(InputRefused, match="line 2") as refused:
        run_release(given)
    assert len(refused.value.findings) == 2
    (tmp_path / "tree.json").write_text('{"root": "ALL", "children": {"ALL": ["a", "a"]}}')
    with pytest.raises(InputRefused, match="not one tree"):
        release(lines(1))
    with pytest.raises(InputRefused, match="cannot be read"):
        run_release(ReleaseArguments(input=tmp_path / "missing.jsonl", output=tmp_path / "out.json"))


@pytest.mark.parametrize("changes", [{"by": ("nationality",)}, {"by": ("borough", "borough")}, {"close": "2025-Q5"}])
def test_arguments_that_are_not_offered_are_refused(release, changes):
    with pytest.raises(InputRefused):
        release(lines(1), **changes)


def test_a_threshold_below_ten_is_refused_and_a_higher_one_holds(release):
    with pytest.raises(SettingsError):
        release(lines(40), threshold=9)
    form = release(lines(19) + lines(40, 19, themes=["p2"]), threshold=20)
    assert figure(form, theme="p1.a") is None
    assert figure(form, theme="p2") == 40


def quarters(first, second):
    return lines(first) + lines(second, 1000, held_on="2025-05-01")


def test_quarters_are_counted_apart_and_never_added(release):
    form = release(quarters(40, 60), by=("quarter",))
    assert figure(form, quarter="2025-Q1") == 40
    assert figure(form, quarter="2025-Q2") == 60
    assert not [cell for cell in form["cells"] if "quarter" not in cell["dims"]]
    assert form["dimensions"]["quarter"]["time"] is True


def test_one_who_speaks_in_two_quarters_counts_once_in_each(release):
    rows = lines(40) + [line(500 + each, participant=f"w{each}", held_on="2025-05-01") for each in range(40)]
    form = release(rows, by=("quarter",))
    assert [figure(form, quarter=each) for each in ("2025-Q1", "2025-Q2")] == [40, 40]


def test_close_leaves_later_quarters_open(release, tmp_path):
    form = release(quarters(40, 60), by=("quarter",), ledger=tmp_path / "ledger", close="2025-Q1")
    assert {cell["dims"]["quarter"] for cell in form["cells"]} == {"2025-Q1"}


def test_a_published_quarter_is_never_recomputed(release, tmp_path):
    options = {"by": ("quarter",), "ledger": tmp_path / "ledger"}
    first = release(quarters(40, 60), close="2025-Q1", **options)
    gone = [f"w{each}" for each in range(30)]
    second = release(quarters(40, 60), close="2025-Q2", withdrawn=gone, **options)
    old = [cell for cell in second["cells"] if cell["dims"]["quarter"] == "2025-Q1"]
    assert old == first["cells"]
    assert figure(second, quarter="2025-Q2") == 60


def test_a_late_contribution_counts_in_the_first_open_quarter_and_stays_there(release, tmp_path):
    options = {"by": ("quarter",), "ledger": tmp_path / "ledger"}
    release(quarters(40, 0), close="2025-Q1", **options)
    late = quarters(40, 60) + lines(15, 2000)
    second = release(late, close="2025-Q2", **options)
    assert figure(second, quarter="2025-Q2") == 75
    third = release(late + lines(20, 3000, held_on="2025-08-01"), close="2025-Q3", **options)
    assert [figure(third, quarter=each) for each in ("2025-Q1", "2025-Q2", "2025-Q3")] == [40, 75, 20]


def test_the_same_call_again_gives_the_same_bytes(release, tmp_path):
    options = {"by": ("quarter", "borough"), "ledger": tmp_path / "ledger", "raw": True}
    assert release(quarters(40, 60), **options) == release(quarters(40, 60), **options)


def test_another_table_of_a_closed_quarter_needs_the_very_same_people(release, tmp_path, attacker):
    options = {"ledger": tmp_path / "ledger", "close": "2025-Q1"}
    rows = lines(40) + lines(13, 40, borough="barnet", age_band="35_44")
    first = release(rows, by=("quarter", "borough"), **options)
    second = release(rows, by=("quarter", "age_band"), **options)
    assert figure(first, quarter="2025-Q1") == figure(second, quarter="2025-Q1")
    assert attacker(second).findings() == []
    with pytest.raises(Held, match="other people") as held:
        release(rows[1:], by=("quarter", "role"), **options)
    assert held.value.exit_code == 3


def test_a_cumulative_figure_stands_until_enough_people_joined(release, tmp_path):
    ledger = {"ledger": tmp_path / "ledger", "tree": False}
    assert figure(release(lines(40), **ledger)) == 40
    assert figure(release(lines(46), **ledger)) == 40
    assert figure(release(lines(40), withdrawn=["w3"], **ledger)) == 40
    assert figure(release(lines(60), withdrawn=["w3"], **ledger)) == 40
    assert figure(release(lines(60), **ledger)) == 60
    assert figure(release(lines(100), withdrawn=[f"w{each}" for each in range(12)], **ledger)) == 90


def test_a_cumulative_figure_that_stands_is_given_byte_for_byte(release, tmp_path):
    options = {"ledger": tmp_path / "ledger", "raw": True, "by": ("borough",)}
    assert release(lines(40), **options) == release(lines(41), **options)


def test_other_tables_of_changed_people_are_held(release, tmp_path):
    release(lines(40), ledger=tmp_path / "ledger", by=("borough",))
    with pytest.raises(Held, match="Too few people"):
        release(lines(43), ledger=tmp_path / "ledger", by=("age_band",))


def test_nothing_is_written_when_a_release_is_held(release, tmp_path):
    release(lines(40), ledger=tmp_path / "ledger", by=("borough",))
    before = (tmp_path / "ledger" / "releases.json").read_bytes(), (tmp_path / "release.json").read_bytes()
    with pytest.raises(Held):
        release(lines(43), ledger=tmp_path / "ledger", by=("age_band",))
    assert before == ((tmp_path / "ledger" / "releases.json").read_bytes(), (tmp_path / "release.json").read_bytes())


def test_the_ledger_names_nobody_and_only_its_owner_may_read_it(release, tmp_path):
    release(lines(40), ledger=tmp_path / "ledger")
    for path in (tmp_path / "ledger").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert b'"w3"' not in path.read_bytes()
        assert b'"c3"' not in path.read_bytes()


def test_a_ledger_that_cannot_be_read_stops_the_release(release, tmp_path):
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger" / "releases.json").write_text("[")
    with pytest.raises(DataFolderError):
        release(lines(40), ledger=tmp_path / "ledger")


def test_eight_quarterly_releases_with_withdrawals_never_differ_in_a_quarter(release, tmp_path):
    dice = random.Random(11)
    days = [f"{year}-{month:02}-01" for year in (2024, 2025) for month in (2, 5, 8, 11)]
    rows, gone, seen = [], set(), {}
    for number, day in enumerate(days):
        rows += [
            line(1000 * number + each, held_on=day, borough=dice.choice(("camden", "barnet", "brent")))
            for each in range(45)
        ]
        gone |= {row["participant"] for row in dice.sample(rows, max(1, len(rows) // 50))}
        quarter = f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"
        form = release(
            rows, by=("borough", "quarter"), ledger=tmp_path / "ledger", close=quarter, withdrawn=sorted(gone)
        )
        for cell in form["cells"]:
            place = tuple(sorted(cell["dims"].items()))
            assert seen.setdefault(place, cell["value"]) == cell["value"]
    assert len({dict(place)["quarter"] for place in seen}) == 8
