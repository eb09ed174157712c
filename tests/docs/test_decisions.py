"""Every dependency has its paragraph in ``docs/decisions.md``, and no paragraph stands for one that is gone."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")


def required(file: str) -> list[str]:
    """Return the packages that a requirements file names itself, without extras and versions."""
    lines = (ROOT / "requirements" / file).read_text(encoding="utf-8").splitlines()
    names = [re.match(r"[A-Za-z0-9._-]+", line) for line in lines if line and not line.startswith(("#", "-"))]
    return [found.group() for found in names if found]


def described() -> list[str]:
    """Return the packages that have a paragraph, from the sections on dependencies."""
    sections = TEXT.partition("## Written by hand")[0]
    return re.findall(r"^\*\*([A-Za-z0-9._-]+)\*\* \(\d{4}-\d{2}\)\. ", sections, re.MULTILINE)


@pytest.mark.parametrize("package", [*required("runtime.in"), *required("tests.in")])
def test_a_dependency_has_a_dated_paragraph(package: str) -> None:
    assert package in described()


def test_no_paragraph_is_about_a_package_that_is_not_required() -> None:
    assert sorted(described()) == sorted({*required("runtime.in"), *required("tests.in")})


def test_what_was_written_by_hand_is_dated_too() -> None:
    by_hand = TEXT.partition("## Written by hand")[2].partition("## Not yet")[0]
    paragraphs = [part for part in by_hand.split("\n\n") if part.startswith("**")]

    assert len(paragraphs) >= 6
    assert [part for part in paragraphs if not re.match(r"\*\*[^*]+\*\* \(\d{4}-\d{2}\)\. ", part)] == []


def test_there_is_a_place_for_departures_from_the_plan() -> None:
    assert "\n## Departures from the plan\n" in TEXT
