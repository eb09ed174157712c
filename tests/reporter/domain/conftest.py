"""Rows, people and designs to count, and the benchmark's attacker, who shares no code with the product."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from services.reporter.counting import CountedRow
from services.reporter.dimensions import Tree, flat, of_tree
from services.reporter.tables import Design, Person, TableSpec

ROLES = ("survivor", "practitioner", "family_friend", "community", "organisation")

_BENCHMARK = Path(__file__).parents[3] / "benchmarks" / "disclosure.py"


@pytest.fixture(scope="session")
def benchmark_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("disclosure_benchmark", _BENCHMARK)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def attacker(benchmark_module) -> Callable[..., Any]:
    return benchmark_module.Attacker


@pytest.fixture(scope="session")
def tree() -> Tree:
    return Tree("all", {"all": ("p1", "p2"), "p1": ("p1.a", "p1.b"), "p2": ("p2.a",), "p2.a": ("p2.a.x",)})


@pytest.fixture(scope="session")
def row() -> Callable[..., CountedRow]:
    plain = CountedRow(
        contribution="c1",
        contributor="w1",
        group=None,
        session="s1",
        kind="interview",
        role="survivor",
        areas=("camden",),
        period="2025-Q1",
        seated=True,
        number_present=1,
        nodes=(),
        sectors=(),
        forms=(),
        month="2025-01",
    )
    return lambda **changes: msgspec.structs.replace(plain, **changes)


@pytest.fixture(scope="session")
def grid() -> Callable[..., Design]:
    """A design of one table: a small tree by an additive dimension, and areas where asked for."""

    def make(tree: Tree | None = None, ages: int = 3, areas: int = 0) -> Design:
        dimensions = {}
        if tree is not None:
            dimensions["node"] = of_tree("node", tree)
        if ages:
            dimensions["age"] = flat("age", "additive", tuple(f"a{n}" for n in range(ages)), root="all")
        if areas:
            dimensions["area"] = flat("area", "overlapping", tuple(f"r{n}" for n in range(areas)), root="all")
        axes = tuple((name, dimension.values) for name, dimension in dimensions.items())
        return Design(dimensions, (TableSpec("t", "A table", axes),))

    return make


@pytest.fixture(scope="session")
def crowd() -> Callable[..., list[Person]]:
    """People from (how many, values) pairs; a value is one word or several separated by spaces."""

    def make(*parts: tuple[int, dict[str, str]]) -> list[Person]:
        people = []
        for number, values in parts:
            for _ in range(number):
                stated = {name: frozenset(value.split()) for name, value in values.items()}
                people.append(Person(f"w{len(people):05}", stated))
        return people

    return make
