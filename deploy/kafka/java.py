# ruff: noqa: INP001 - scripts in a folder of their own, run by their path
"""Java, and the broker's files by Maven: found, fetched once, or a line that says what to do."""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
_LEAST_JAVA = 17
_INSTEAD = (
    "Or use deploy/compose.yaml where there is Docker, or a broker that you have: KAFKA_BOOTSTRAP=host:port make kafka."
)


class Trouble(Exception):
    """One line: what is wrong and what to do."""


def find_java() -> str:
    """Return the Java to run, that of ``JAVA_HOME`` before the one on the path.

    Raises:
        Trouble: there is none, or it is too old.
    """
    home = os.environ.get("JAVA_HOME")
    java = shutil.which("java", path=f"{home}/bin") if home else shutil.which("java")
    if java is None:
        raise Trouble(f"Java is missing: install Java {_LEAST_JAVA} or newer. {_INSTEAD}")
    done = subprocess.run([java, "-version"], stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603 - as found
    version = done.stderr.partition('version "')[2].partition(".")[0].partition('"')[0]
    if not version.isdigit() or int(version) < _LEAST_JAVA:
        raise Trouble(f"This Java is too old: install Java {_LEAST_JAVA} or newer. {_INSTEAD}")
    return java


def fetch_jars(cache: Path) -> Path:
    """Return the folder with what ``pom.xml`` names; Maven fetches it once for each pom, offline ever after.

    Raises:
        Trouble: Maven is missing, or could not fetch it.
    """
    pom = HERE / "pom.xml"
    target = cache / hashlib.sha256(pom.read_bytes()).hexdigest()[:16]
    if target.is_dir():
        return target
    maven = shutil.which("mvn")
    if maven is None:
        raise Trouble(f"Maven is missing, which fetches the broker: install Maven 3.6 or newer. {_INSTEAD}")
    cache.mkdir(parents=True, exist_ok=True)
    sys.stderr.write("Fetching Apache Kafka by Maven (44 MB, once)...\n")
    with tempfile.TemporaryDirectory(dir=cache, prefix=".fetching-") as scratch:
        fresh = Path(scratch) / "jars"
        command = [maven, "-q", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={fresh}"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)  # noqa: S603 - our own words
        if done.returncode or not any(fresh.glob("kafka_*.jar")):
            raise Trouble(f"Maven could not fetch the broker: {last_line(done.stdout)} {_INSTEAD}")
        with contextlib.suppress(OSError):  # another start was quicker: its files are the same
            fresh.rename(target)
    return target


def last_line(text: str) -> str:
    """Return the line of a program's output that says what went wrong: its first error, else its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if "ERROR" in line or "Exception" in line]
    return errors[0] if errors else (lines or ["It said nothing."])[-1]
