"""A release in the plain form that an auditor reads, with nothing of ours needed to understand it.

The fields are described in ``docs/disclosure.md``.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.reporter.release import ReleaseBody, ReleaseDimension, ReleaseTable
from services.reporter.suppression import Control
from services.reporter.tables import CellKey, node_dimension

TIME: Final = "period"
_TOGETHER: Final = frozenset({"role", "area", "sector"})


def plain_release(body: ReleaseBody) -> list[dict[str, Any]]:
    """Return a body in the plain form: objects of tables that share their dimensions, for each population.

    What is broken down by role, area, service and subject stands together; each table by a characteristic stands by
    itself, so that no object has more dimensions than anybody can look through. The period is a dimension of time whose
    root is never counted. Cells of several tables with the same values are one.
    """
    groups: dict[tuple[str, str], list[ReleaseTable]] = {}
    for table in body.tables:
        together = all(name in _TOGETHER or name.startswith(node_dimension("")) for name in table.dimensions)
        groups.setdefault((table.counts, "" if together else table.id), []).append(table)
    return [
        plain_form(
            " ".join(part for part in (body.name, body.period, counts, apart) if part),
            dimensions=body.dimensions,
            cells={
                tuple(sorted({**cell.dims, TIME: body.period}.items())): cell.value
                for table in tables
                for cell in table.cells
            },
            periods=(body.period,),
            control=Control.of_release(body.threshold, body.rounding_base),
        )
        for (counts, apart), tables in groups.items()
    ]


def plain_form(
    name: str,
    *,
    dimensions: Iterable[ReleaseDimension],
    cells: Mapping[CellKey, int | None],
    periods: tuple[str, ...],
    control: Control,
    time: str = TIME,
) -> dict[str, Any]:
    """Return one object of the plain release form; ``time`` names the dimension of periods, where there are any."""
    named = {name for key in cells for name, _ in key}
    described: dict[str, dict[str, Any]] = {
        each.name: {
            "kind": each.kind,
            "root": each.root,
            "children": {parent: list(children) for parent, children in each.children.items()},
            "covering": each.covering,
        }
        for each in dimensions
        if each.name in named
    }
    if periods:
        described[time] = {
            "kind": "overlapping",
            "root": "ALL",
            "children": {"ALL": list(periods)},
            "covering": False,
            "time": True,
        }
    status = "rounded" if control.base > 1 else "published"
    return {
        "release": name,
        "threshold": control.threshold,
        "rounding_base": control.base,
        "rounding": "nearest",
        "threshold_before_rounding": True,
        "zeros_shown": False,
        "omitted": "unknown",
        "required_width": control.threshold - 1,
        "group_limit": control.group_limit,
        "dimensions": described,
        "cells": [
            {"dims": dict(key), "value": value, "status": "suppressed" if value is None else status}
            for key, value in cells.items()
        ],
    }
