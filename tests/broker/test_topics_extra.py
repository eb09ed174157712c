"""The optional extra that access on a broker needs: declared in one place, pinned with hashes in another, the same."""

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
WANTED = [line for line in (ROOT / "requirements/topics.in").read_text(encoding="utf-8").splitlines() if line]
PINNED = (ROOT / "requirements/topics.txt").read_text(encoding="utf-8")


def extra():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [Requirement(line) for line in project["optional-dependencies"]["topics"]]


def pins(text):
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, re.MULTILINE))


def test_what_is_pinned_is_what_the_extra_asks_for():
    assert {each.name for each in extra()} == {Requirement(line).name for line in WANTED}
    for each in extra():
        assert each.specifier.contains(pins(PINNED)[each.name])


def test_the_pins_are_those_that_were_asked_for_and_no_more_than_they_need():
    assert pins("\n".join(WANTED)).items() <= pins(PINNED).items()
    known = pins((ROOT / "requirements/runtime.txt").read_text(encoding="utf-8"))
    assert all(known.get(name, version) == version for name, version in pins(PINNED).items())


def test_the_tests_run_on_the_same_version():
    tested = pins((ROOT / "requirements/tests.txt").read_text(encoding="utf-8"))
    assert pins(PINNED).items() <= tested.items()


def test_every_pin_has_hashes_and_no_line_names_a_host():
    parts = re.split(r"\n(?=\S)", PINNED.strip())
    assert parts
    assert all("--hash=sha256:" in part for part in parts)
    assert not re.search(r"://|index|find-links|trusted-host", PINNED)


def test_an_operator_is_told_how_to_install_it():
    text = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert "pip install --require-hashes -r requirements/topics.txt" in text
