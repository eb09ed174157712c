"""``docs/architecture.md`` draws the topics, the services and the layers that the code declares."""

import re
import tomllib
from pathlib import Path

import pytest

from services.eventlog.topics import DECLARED
from services.settings import SERVICES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
FOLLOWERS = ("sv.consent.changed.v1", "sv.erasure.confirmed.v1", "sv.key.announced.v1")


def topic_rows() -> dict[str, list[str]]:
    """Return the cells of the topics' table by topic."""
    section = PAGE.partition("\n## Topics\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `sv.")]
    cells = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return {row[0].strip("`"): row for row in cells}


def services_in(cell: str) -> set[str]:
    """Return the services that a cell names; words for several of them are spelt out."""
    if cell in {"all four", "all, without a cursor"}:
        return set(SERVICES)
    return {service for service in SERVICES if service in cell}


def test_the_table_holds_every_declared_topic_and_no_other() -> None:
    assert sorted(topic_rows()) == sorted(DECLARED)


@pytest.mark.parametrize("name", sorted(DECLARED))
def test_a_topic_s_writers_and_retention_are_as_declared(name: str) -> None:
    topic = DECLARED[name]
    _, writers, _, retention = topic_rows()[name]

    assert services_in(writers) == set(topic.writers)
    assert retention.startswith(topic.retention)
    assert ("without a limit in days" in retention) == (topic.retention == "kept" and topic.days is None)


@pytest.mark.parametrize("name", sorted(set(DECLARED) - set(FOLLOWERS)))
def test_a_topic_s_readers_are_as_declared(name: str) -> None:
    readers = topic_rows()[name][2]

    assert services_in(readers) == {group.partition(".")[0] for group in DECLARED[name].readers}
    assert (readers == "no group") == (not DECLARED[name].readers)


def test_topics_in_drawing_and_prose_are_declared() -> None:
    named = set(re.findall(r"\bsv\.[a-z]+\.[a-z_]+\.v\d+", PAGE))

    assert named == set(DECLARED)


def test_the_drawing_has_every_service_and_says_the_same_as_the_text() -> None:
    drawing = re.search(r"```mermaid\n(.*?)```", PAGE, re.DOTALL)
    assert drawing is not None
    text = PAGE.partition("The same as plain text:")[2].partition("\n## ")[0]

    for service in SERVICES:
        assert f"[{service}]" in drawing.group(1)
        assert service in text.lower()
    assert set(re.findall(r"sv\.[a-z.]+\.v1", drawing.group(1))) == set(re.findall(r"sv\.[a-z.]+\.v1", text))


def test_the_layers_are_in_the_order_that_is_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    drawing = PAGE.partition("direction of imports\n")[2].partition("```\n")[2].partition("```")[0]
    drawn = [set(re.findall(r"\w+", layer)) for layer in drawing.split("→")]

    assert drawn == [set(layer.replace("services.", "").replace("|", " ").split()) for layer in layers]
