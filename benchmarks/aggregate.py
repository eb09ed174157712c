"""Count one million themed contributions as a release does, and read a report page from a stored release.

    python benchmarks/aggregate.py [--rows 1000000] [--page]

Rows are invented: about half of the people have one row, the others more; one to three subjects after Zipf in each of
two frameworks. Printed: seconds to count them on SQLite, the memory that it took, and with ``--page`` the
milliseconds of a report page, the first time and from then on.
"""

import argparse
import asyncio
import hashlib
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from services.database.engine import Database
from services.reporter import store
from services.reporter.composing import compose_body
from services.reporter.counting import CountedRow
from services.reporter.designs import designs_of
from services.reporter.gathering import gather
from services.reporter.lines import ReleaseLine
from services.reporter.reading import report_page
from services.reporter.release import ORGANISATIONS, PEOPLE, citation
from services.vocabulary.areas import areas
from services.vocabulary.frameworks import framework
from services.vocabulary.sectors import sectors
from services.web.shell import make_templates

FRAMEWORKS = ("mayor_2022_25", "wandsworth_2022_25")
PERIOD = "2025-Q1"
SEXES = ("woman", "man")
#: Shares of people who answer no equality question, and of rows that speak of another area than the others of a person.
SILENT, ELSEWHERE = 0.8, 0.05
_AT_ONCE = 20_000


def invented(number: int) -> Iterator[dict[str, Any]]:
    """Yield rows of a store."""
    dice = random.Random(7)
    nodes = {name: framework(name).ordered for name in FRAMEWORKS}
    zipf = {name: [1 / (rank + 1) for rank in range(len(listed))] for name, listed in nodes.items()}
    places, services = areas().ids, sectors().ids
    people = number * 7 // 10
    # What belongs to a person is the same in all her rows, but that every twentieth row speaks of another area.
    roles = [dice.choice(("survivor", "survivor", "community")) for _ in range(997)]
    homes = [dice.choice(places) for _ in range(991)]
    answers = ["" if dice.random() < SILENT else f"age_band:25_34 sex:{dice.choice(SEXES)}" for _ in range(983)]
    for each in range(number):
        person = dice.randrange(people)
        said = [
            f"{name}:{node}"
            for name in FRAMEWORKS
            for node in dice.choices(nodes[name], zipf[name], k=dice.randint(1, 3))
        ]
        yield {
            "contribution": f"c{each:08}", "contributor": hashlib.md5(b"%d" % person).hexdigest(),
            "input_revision": 1, "revision": 1, "state": "counted", "uses": "count", "group_id": None,
            "session": f"s{each % 5000}", "kind": "survey", "role": roles[person % 997],
            "areas": dice.choice(places) if dice.random() < ELSEWHERE else homes[person % 991],
            "month": "2025-02", "period": PERIOD, "identified": True,
            "nodes": " ".join(said), "sectors": " ".join(dice.sample(services, dice.randint(0, 2))), "forms": "",
            "characteristics": answers[person % 983],
            "stance": "neutral", "uncovered": False, "bank": "b", "pseudonymiser": "p",
        }  # fmt: skip


async def count(number: int) -> None:
    """Print how long counting takes."""
    with tempfile.TemporaryDirectory(prefix="survivor-voice-aggregate-") as folder:
        database = Database(f"sqlite:{Path(folder) / 'reporter.sqlite3'}", store.metadata)
        await database.open()
        rows = invented(number)
        while part := [row for _, row in zip(range(_AT_ONCE), rows, strict=False)]:
            async with database.begin() as transaction:
                await transaction.execute(store.rows.insert(), part)
        designs = dict(zip((PEOPLE, ORGANISATIONS), designs_of(FRAMEWORKS, PERIOD), strict=True))
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started, worked = time.perf_counter(), time.process_time()
        async with database.read() as view:
            found = await gather(view, PERIOD, designs)
        seconds, busy = time.perf_counter() - started, time.process_time() - worked
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        print(
            f"{found.rows:,} contributions of {found.counts[PEOPLE][()]:,} people, "
            f"{len(found.counts[PEOPLE]):,} cells: {seconds:.1f} s on SQLite ({busy:.1f} s of work), "
            f"{grown:.0f} MB more memory",
            flush=True,
        )
        await database.close()


def page() -> None:
    """Print how long a page takes."""
    rows = [
        CountedRow(
            contribution=row["contribution"], contributor=row["contribution"], group=None, session=row["session"],
            kind="survey", role=row["role"], areas=(row["areas"],), period=PERIOD, seated=True, number_present=1,
            nodes=tuple(tuple(token.split(":", 1)) for token in row["nodes"].split()),
            sectors=tuple(row["sectors"].split()), forms=(), month="2025-02",
        )
        for row in invented(600)
    ]  # fmt: skip
    versions = {"pseudonymiser": "p", "bank": "b"}
    body, _ = compose_body(
        rows, period=PERIOD, frameworks=FRAMEWORKS, threshold=10, versions=versions, sessions={"survey": 12}
    )
    line = ReleaseLine("0" * 32, PERIOD, " ".join(FRAMEWORKS), "published", citation(body), "2025-04-07", 0, {})
    template = make_templates({}).from_string(
        '{% import "parts.html.j2" as parts %}'
        "{% for section in page.sections %}{{ parts.finding(section) }}{% endfor %}"
    )
    for turn in ("the first time", "from then on"):
        started = time.perf_counter()
        model = report_page(line, body, area="London")
        made = time.perf_counter()
        text = template.render(page=model)
        done = time.perf_counter()
        print(
            f"report page {turn}: model {1000 * (made - started):.1f} ms, "
            f"its findings as HTML {1000 * (done - made):.1f} ms ({len(text) / 1024:.0f} KB)"
        )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--page", action="store_true")
    given = parser.parse_args()
    if given.page:
        page()
    if given.rows:
        asyncio.run(count(given.rows))


if __name__ == "__main__":
    main()
