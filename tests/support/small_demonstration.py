"""The demonstration on a small plan, wherever its log and its stores lie."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from services.bootstrap import Installation, Overrides
from services.demo.consultation import plan
from services.demo.running import Outcome, Progress, demo_ids, demo_pick, run_demo, set_clock
from services.settings import read_settings

_KINDS = ("survivor_forum", "focus_group", "interview", "written_submission")


def small_plan() -> dict[str, Any]:
    """Return our plan with few sessions, one of each format but CSV, in its first quarter, and a survey."""
    lines = [{**line} for line in plan()["sessions"] if line["kind"] in _KINDS]
    for line in lines:
        line["months"] = line["months"][:1]
        if "total" in line:
            line["total"] = 4
        if line.get("groups", 1) > 1:
            line["groups"], line["present"] = 1, line["present"][:1]
    survey = next(line for line in plan()["sessions"] if line["kind"] == "survey")
    lines.append({**survey, "months": ["2025-01"], "total": 14})
    return {**plan(), "quarters": plan()["quarters"][:1], "sessions": lines}


def _silent(done: int, total: int) -> None:
    del done, total


async def run_small(
    data: Path,
    progress: Progress = _silent,
    *,
    environment: Mapping[str, str] | None = None,
    stated: dict[str, Any] | None = None,
) -> Outcome:
    """Run a plan, the small one when absent, on a new installation; return what happened."""
    environment = environment or {}
    settings = read_settings(data=data, environment=environment, port=0)
    overrides = Overrides(new_id=demo_ids(), pick=demo_pick())
    installation = Installation(settings, demo=True, environment=environment, overrides=overrides)
    set_clock(installation)
    await installation.start()
    try:
        return await run_demo(installation, progress, stated=stated or small_plan())
    finally:
        await installation.stop()
