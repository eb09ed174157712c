"""Rows, sessions and statements for releases, given to a reporter by hand."""

import datetime
from typing import Any

import msgspec
from service_bench import Bench, as_record, held_session

from services.contracts import encode
from services.events import StatementChanged, Tallies, ThemedNode
from services.vocabulary.frameworks import framework

MAYOR = "mayor_2022_25"
OFFICER, BOARD = "Officer", "Board member"
NODES = framework(MAYOR).ordered
MONTHS = {"2025-Q1": "2025-02", "2025-Q2": "2025-05", "2025-Q3": "2025-08", "2025-Q4": "2025-11"}
AFTER = {
    "2025-Q1": datetime.date(2025, 4, 7),
    "2025-Q2": datetime.date(2025, 7, 7),
    "2025-Q3": datetime.date(2025, 10, 7),
    "2025-Q4": datetime.date(2026, 1, 7),
    "2025": datetime.date(2026, 1, 8),
}


async def speak(bench: Bench, *numbers: int, period: str = "2025-Q1", node: str = NODES[0], **more: Any) -> None:
    """Let some people speak of one subject in a quarter; a person has the same number in every quarter."""
    records = [
        await bench.themed(
            contribution=f"c-{period.lower()}-{number}-{node.replace('.', '-')}",
            contributor=f"contributor-{number}",
            nodes=(node,),
            sectors=("police",),
            month=MONTHS[period],
            session=f"session-{period.lower()}",
            **more,
        )
        for number in numbers
    ]
    await bench.reporter.handler.handle(records)


async def hold(bench: Bench, session: str, *, period: str = "2025-Q1", tallies: Any = None, **more: Any) -> None:
    """Hold a session, with answers by a show of hands where some are given."""
    sealed = None
    if tallies is not None:
        sealer = await bench.keys.sealer("reporter", "facts", bench.clock.today(), bench.new_id())
        sealed = sealer.part(session, encode(Tallies(answers=tallies)))
    given = {"month": MONTHS[period], "tallies": sealed, **more}
    await bench.reporter.handler.handle([held_session(session, **given)])


async def state(bench: Bench, statement: str, kind: str, words: str | None = None, **more: Any) -> None:
    """Approve a statement, or retract it where there are no words."""
    nodes = tuple(ThemedNode(framework=MAYOR, node=node, score=1.0) for node in more.pop("nodes", ()))
    event = StatementChanged(
        statement=statement,
        revision=more.pop("revision", 1),
        kind=kind,
        state="approved" if words is not None else "retracted",
        day="2025-03-20",
        words=words,
        nodes=nodes,
        approvers=("reviewer", "approver"),
        **more,
    )
    await bench.reporter.handler.handle([as_record(event, event.revision, stage="themer")])


async def release(bench: Bench, period: str) -> tuple[Any, Any]:
    """Publish a period after its end; return its line and body."""
    if bench.clock.today() < AFTER[period]:
        bench.clock.move_to(AFTER[period])
        await bench.announce()
    await passed(bench)
    (line,) = await bench.reporter.publishing.publish(period, prepared_by=OFFICER, approved_by=BOARD)
    return await bench.reporter.publishing.published(line.report)


async def passed(bench: Bench) -> None:
    """Let the reporter's groups have read whatever lies on the log."""
    from services.events import ConsentChanged, ContributionThemed, SessionHeld, StatementChanged

    await bench.pass_everything("reporter", ContributionThemed, SessionHeld, StatementChanged)
    for group in ("themer.consent", "reporter.consent"):
        await bench.pass_everything(group, ConsentChanged)


def value(body: Any, table: str, **dims: str) -> int | None:
    """Return the figure of one cell; ``node`` stands for the Mayor's nodes."""
    wanted = {f"node:{MAYOR}" if name == "node" else name: each for name, each in dims.items()}
    found = next(each for each in body.tables if each.id == table)
    return next(cell.value for cell in found.cells if cell.dims == wanted)


def figures(body: Any) -> list[int]:
    """Return every figure that a body shows in its tables."""
    return [cell.value for table in body.tables for cell in table.cells if cell.value is not None]


def replaced(body: Any, **fields: Any) -> Any:
    return msgspec.structs.replace(body, **fields)
