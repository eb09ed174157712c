"""Runs a driver that kills: a process of its own, because it forks; it prints one JSON line at its end."""

import json
import subprocess
import sys
from pathlib import Path


def drive(driver: Path, *arguments: object, seconds: int = 1200) -> dict:
    """Return what a driver found; one that takes longer than so many seconds hangs."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(driver), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])
