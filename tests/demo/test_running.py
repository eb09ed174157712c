"""The demonstration run on a small plan: through files and the door, with nothing left behind."""

import json
import tempfile
from pathlib import Path

import journey_world
import pytest
from small_demonstration import run_small, small_plan

from services.bootstrap import Installation
from services.demo import running as demo_running
from services.demo.consultation import plan, planned_sessions
from services.demo.running import Outcome, demo_ids, demo_pick, run_demo, set_clock
from services.errors import SurvivorVoiceError
from services.settings import read_settings
from services.telemetry.logs import set_up_logs


@pytest.fixture(autouse=True)
def _quiet():
    set_up_logs(level=40)
    yield
    set_up_logs()


@pytest.fixture
def own_temporary(tmp_path, monkeypatch):
    """Make temporary folders below the test's own, so that what is left can be looked for."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


async def test_a_small_plan_is_fed_in_and_published_with_no_file_left(tmp_path, own_temporary):
    steps = []
    seen = []

    def progress(done, total):
        steps.append((done, total))
        seen.append(sorted(path.suffix for path in own_temporary.rglob("*") if path.is_file()))

    outcome = await run_small(tmp_path / "data", progress)
    said = [one for session in planned_sessions(small_plan()) for one in session.submission.contributions]
    assert outcome.accepted == len(said)
    assert outcome.themed + outcome.held + outcome.rejected == outcome.accepted
    assert outcome.sessions == {
        "focus_group": 1,
        "interview": 4,
        "survey": 1,
        "survivor_forum": 1,
        "written_submission": 1,
    }
    assert len(outcome.reports) == 1
    assert steps[-1] == (len(said), len(said))
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert {suffix for files in seen for suffix in files} == {".docx", ".xlsx", ".vtt", ".csv", ".json"}
    assert list(own_temporary.iterdir()) == []


async def test_the_data_folder_holds_none_of_the_words(tmp_path, own_temporary):
    await run_small(tmp_path / "data")
    said = [one.text for session in planned_sessions(small_plan()) for one in session.submission.contributions]
    pieces = [text[:40] for text in said if len(text) > 60]
    assert len(pieces) > 20
    assert journey_world.holding(tmp_path / "data", *pieces[:12]) == []


async def test_the_same_plan_twice_gives_the_same_outcome(tmp_path):
    first = await run_small(tmp_path / "one")
    second = await run_small(tmp_path / "two")
    assert first.line() == second.line()
    assert first.reports == second.reports


async def test_files_are_gone_after_a_failure_too(tmp_path, own_temporary, monkeypatch):
    async def fail(*arguments):
        raise SurvivorVoiceError("No door.")

    monkeypatch.setattr(demo_running._Feeding, "_submit", fail)
    with pytest.raises(SurvivorVoiceError, match="No door"):
        await run_small(tmp_path / "data")
    assert list(own_temporary.iterdir()) == []


async def test_without_all_four_services_it_says_so(tmp_path):
    installation = journey_world.make_installation(tmp_path / "data", only=("intake",))
    with pytest.raises(SurvivorVoiceError, match="all four services"):
        await run_demo(installation, lambda done, total: None)


def test_the_clock_is_set_to_the_first_day_and_never_back(tmp_path):
    settings = read_settings(data=tmp_path / "data", environment={}, port=0)
    installation = Installation(settings, demo=True, environment={})
    set_clock(installation)
    assert installation.folder.clock.today().isoformat() == plan()["clock_starts"]
    installation.folder.clock_file.write_text(
        Path(installation.folder.clock_file).read_text().replace("01-06", "02-06")
    )
    set_clock(installation)
    assert installation.folder.clock.today().isoformat() == "2025-02-06"


def test_ids_and_picks_are_the_same_row_each_time():
    first, second = demo_ids(), demo_ids()
    row = [first() for _ in range(5)]
    assert row == [second() for _ in range(5)]
    assert len(set(row)) == 5
    assert [demo_pick()(100) for _ in range(2)] == [demo_pick()(100)] * 2
    assert 0 <= demo_pick()(7) < 7


def test_the_outcome_is_one_line_of_numbers():
    shown = json.loads(Outcome(sessions={"survey": 1}, accepted=3, themed=2, held=1).line())
    assert shown["accepted"] == shown["themed"] + shown["held"] + shown["rejected"]
    assert "withdrawn" not in shown
    assert json.loads(Outcome(withdrawn=2).line())["withdrawn"] == 2
