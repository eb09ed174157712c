"""``survivor-voice recommendations rebuild``: the rows come back from the log as they were, never beside a reporter."""

import asyncio
import json

import pytest
from journey_world import make_installation
from loop_bench import LEAD, recommendation

from services.cli import main
from services.commands.recommendations import line_of
from services.contracts import decode
from services.events import RecommendationChanged
from services.reporter import store
from services.reporter.recommendations.answers import Answer
from services.reporter.recommendations.births import Births
from services.reporter.recommendations.keeping import Rebuilt, record_of

TABLES = (store.recommendations, store.steps)


@pytest.fixture
def data(tmp_path):
    """Return the folder of an installation with three recommendations, one of them answered, and no service running."""
    folder = tmp_path / "data"
    asyncio.run(with_reporter(folder, fill))
    return folder


@pytest.fixture
def rebuild(data, capsys):
    def run(*more):
        capsys.readouterr()
        code = main(["recommendations", "rebuild", "--data", str(data), *more])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


async def with_reporter(folder, work):
    """Do something with a reporter whose tasks do not run."""
    installation = make_installation(folder, only=("reporter",))
    reporter = installation.reporter
    await reporter.database.open()
    try:
        return await work(reporter)
    finally:
        await reporter.database.close()
        await installation.close()


async def fill(reporter):
    loop = reporter.recommendations
    await loop.organisations.add("housing", "Housing service", kind="statutory", sectors=["housing"])
    for number in range(3):
        async with reporter.database.begin() as transaction:
            await Births(loop.keeping).follow(transaction, recommendation(f"statement-{number}"))
    await reporter.outbox.flush()
    (first, *_) = sorted(row.recommendation for row in await kept_rows(reporter, store.recommendations))
    await loop.answering.answer(first, "housing", Answer(answer="accepted", lead=LEAD))


async def kept_rows(reporter, table):
    async with reporter.database.read() as view:
        return sorted((await view.execute(table.select())).all())


async def kept(reporter):
    return [await kept_rows(reporter, table) for table in TABLES]


def test_what_is_kept_is_equal_before_and_after(data, rebuild):
    before = asyncio.run(with_reporter(data, kept))
    code, out, err = rebuild()
    assert (code, err) == (0, "")
    assert out == "3 recommendations made anew from 7 steps. Each stands as it stood before.\n"
    assert asyncio.run(with_reporter(data, kept)) == before
    assert [len(rows) for rows in before] == [3, 7]


def test_what_was_lost_and_what_was_spoilt_come_back_and_are_counted(data, rebuild):
    before = asyncio.run(with_reporter(data, kept))

    async def spoil(reporter):
        (one, two, _) = before[0]
        async with reporter.database.begin() as transaction:
            table = store.recommendations
            await transaction.execute(table.delete().where(table.c.recommendation == one.recommendation))
            await transaction.execute(
                table.update().where(table.c.recommendation == two.recommendation).values(state="closed")
            )

    asyncio.run(with_reporter(data, spoil))
    code, out, _ = rebuild("--json")
    assert (code, json.loads(out)) == (0, {"recommendations": 3, "steps": 7, "mended": 2})
    assert asyncio.run(with_reporter(data, kept)) == before


def test_it_is_refused_while_the_reporter_runs_on_the_folder(data, rebuild):
    before = asyncio.run(with_reporter(data, kept))
    installation = make_installation(data, only=("reporter",))
    lock = installation.folder.lock("reporter")
    try:
        code, out, err = rebuild()
    finally:
        lock.release()
        asyncio.run(installation.close())
    assert (code, out) == (1, "")
    assert err.startswith("survivor-voice: Another reporter uses the folder")
    assert "stop it first" in err
    assert asyncio.run(with_reporter(data, kept)) == before
    assert rebuild()[0] == 0, "and the lock is let go of"


def test_a_log_that_lacks_a_step_leaves_everything_as_it_was(data, rebuild):
    async def lose(reporter):
        """Send a step that skips two revisions."""
        (row, *_) = await kept_rows(reporter, store.steps)
        skipped = {**json.loads(row.event), "revision": 9, "step": "published"}
        async with reporter.database.begin() as transaction:
            event = decode(RecommendationChanged, json.dumps(skipped).encode())
            await reporter.outbox.put(transaction, [record_of(event)])
        await reporter.outbox.flush()

    asyncio.run(with_reporter(data, lose))
    before = asyncio.run(with_reporter(data, kept))
    code, out, err = rebuild()
    assert (code, out) == (1, "")
    assert "a step is missing" in err
    assert asyncio.run(with_reporter(data, kept)) == before


def test_a_folder_without_an_installation_is_refused_and_stays_empty(tmp_path, capsys):
    folder = tmp_path / "nothing"
    assert main(["recommendations", "rebuild", "--data", str(folder)]) == 1
    assert "There is no installation in this folder" in capsys.readouterr().err
    assert not folder.exists()


def test_an_installation_without_recommendations_says_so(tmp_path, capsys):
    async def nothing(_):
        return None

    asyncio.run(with_reporter(tmp_path / "data", nothing))
    assert main(["recommendations", "rebuild", "--data", str(tmp_path / "data")]) == 0
    assert capsys.readouterr().out == "There is no recommendation on the log, and none was kept.\n"


@pytest.mark.parametrize(
    ("rebuilt", "line"),
    [
        (Rebuilt(1, 1, 1), "1 recommendation made anew from 1 step. 1 stands otherwise than before."),
        (Rebuilt(2, 9, 2), "2 recommendations made anew from 9 steps. 2 stand otherwise than before."),
        (Rebuilt(0, 0, 1), "0 recommendations made anew from 0 steps. 1 stands otherwise than before."),
    ],
)
def test_the_sentence_has_its_numbers_right(rebuilt, line):
    assert line_of(rebuilt) == line
