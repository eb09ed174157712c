"""Killing for real, at length: a withdrawal killed at every durable step, and random SIGKILLs while contributions flow.

    python benchmarks/kills.py steps  [--stride 1] [--stores postgresql]
    python benchmarks/kills.py random [--contributions 20000] [--kills 100] [--seed 1] [--stores postgresql]

Prints what was lost, counted twice or overwritten by something older: all must be nought.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

DRIVER = Path(__file__).parent.parent / "tests" / "journeys" / "crash_driver.py"


def drive(engine: str, kind: str, *numbers: int) -> dict[str, object]:
    """Run the driver and return what it found."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-W", "ignore", str(DRIVER), engine, kind, folder, *map(str, numbers)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-2000:])
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    """Run one of the two and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("steps", "random"))
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--contributions", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--stores", choices=("sqlite", "postgresql"), default="sqlite")
    given = parser.parse_args()
    if given.kind == "steps":
        found = drive(given.stores, "steps", given.stride, 0)
    else:
        found = drive(given.stores, "random", given.contributions, given.kills, given.seed)
    for name, value in found.items():
        print(f"{name:<10} {value}")


if __name__ == "__main__":
    main()
