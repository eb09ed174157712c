"""One invented release of two frameworks, with shown and hidden cells and statements of groups, for tests to read."""

import zlib
from dataclasses import replace

from services.errors import NotFound
from services.reporter.designs import tree_of
from services.reporter.editions import Editions
from services.reporter.lines import ReleaseLine
from services.reporter.loop_figures import LoopFigures
from services.reporter.outputs.edition import Edition
from services.reporter.reading import report_page
from services.reporter.release import (
    FORMAT,
    METHOD,
    SYMBOLS,
    MeasureRef,
    ReleaseBody,
    ReleaseCell,
    ReleaseTable,
    SessionsHeld,
    StatementRef,
    Trend,
    Versions,
    citation,
    describe,
)
from services.reporter.tables import CellKey, answers_design, cells_of, organisations_design, people_design
from services.vocabulary.areas import areas
from services.vocabulary.closed_questions import closed_questions
from services.vocabulary.frameworks import framework
from services.vocabulary.roles import roles
from services.vocabulary.sectors import sectors
from services.web.contexts import ApprovedSentence, Section

FRAMEWORKS = ("mayor_2022_25", "wandsworth_2022_25")
PERIOD = "2025-Q1"
DAY = "2025-04-07"
HIDDEN_EVERYWHERE = {"harrow", "havering", "transport"}
AREA = "Exampleborough Council"
MAYOR, WANDSWORTH = FRAMEWORKS

STATEMENTS = (
    StatementRef(
        "s-asked",
        "1" * 64,
        (f"{WANDSWORTH}:AB.03", f"{MAYOR}:2.1"),
        "recommendation",
        "support",
        ("housing", "specialist_vawg"),
        (),
        None,
    ),
    StatementRef(
        "s-found",
        "2" * 64,
        (f"{WANDSWORTH}:AB.03",),
        "finding",
        None,
        ("housing",),
        (MeasureRef(WANDSWORTH, "AB.03-1", "better"), MeasureRef(WANDSWORTH, "AB.03-3", "worse")),
        25,
    ),
    StatementRef(
        "s-found-too",
        "3" * 64,
        (f"{WANDSWORTH}:AB",),
        "finding",
        None,
        (),
        (MeasureRef(WANDSWORTH, "AB.03-3", "better"),),
        10,
    ),
    StatementRef("s-gone", "4" * 64, (f"{WANDSWORTH}:AB.03",), "finding", None, ("police",), (), 10),
)
WORDS = {
    "s-asked": "Open the forum in the evening as well, with someone to mind the children.",
    "s-found": "Those who came were heard, but the services that were spoken of did not change.",
    "s-found-too": "More people know where to turn than a year ago.",
}


def compose() -> ReleaseBody:
    """Return a body with figures and hidden cells in the places that a small round would give them."""
    trees = {name: tree_of(framework(name)) for name in FRAMEWORKS}
    speakers = tuple(role for role in roles().ids if role != "organisation")
    people = people_design(trees, roles=speakers, areas=areas().ids, sectors=sectors().ids)
    designs = {
        "people": people,
        "organisations": organisations_design(trees, sectors=sectors().ids),
        "answers:felt_heard": answers_design("felt_heard", (*closed_questions().get("felt_heard").answer_ids,)),
    }
    dimensions = {each.name: describe(each) for design in designs.values() for each in design.dimensions.values()}
    return ReleaseBody(
        format=FORMAT,
        name="Themes",
        round="standing",
        period=PERIOD,
        version=1,
        frameworks=FRAMEWORKS,
        threshold=10,
        rounding_base=5,
        versions=Versions("p1", "b1", "c1", "1"),
        dimensions=tuple(dimensions[name] for name in sorted(dimensions)),
        tables=tuple(
            ReleaseTable(
                table.id,
                table.title,
                counts,
                tuple(name for name, _ in table.axes),
                tuple(_cell(counts, key) for key in cells_of(design, table)),
            )
            for counts, design in designs.items()
            for table in design.tables
        ),
        withdrawn=(),
        sessions=(SessionsHeld("focus_group", None), SessionsHeld("interview", 100)),
        statements=STATEMENTS,
        previous=None,
        changes=(),
        trend=(
            Trend("people", {}, ("2024-Q3", "2024-Q4", PERIOD), (None, 1200, 1500)),
            Trend("people", {"role": "survivor"}, ("2024-Q3", "2024-Q4", PERIOD), (160, None, 190)),
        ),
        not_heard=(),
        loop=LoopFigures(),
        symbols=dict(SYMBOLS),
        method=METHOD,
    )


def _cell(counts: str, key: CellKey) -> ReleaseCell:
    """Return a cell that is the same in every table: the more it is broken down, the likelier it is hidden."""
    drawn = zlib.crc32(repr((counts, key)).encode())
    if {value for _, value in key} & HIDDEN_EVERYWHERE:
        return ReleaseCell(dict(key), None, "[c]")
    number = 1500 // (1 + len(key) ** 3) if not key else drawn % (320 // len(key) ** 3)
    return ReleaseCell(dict(key), None, "[c]") if number < 10 else ReleaseCell(dict(key), number // 5 * 5, "")


def line_of(body: ReleaseBody) -> ReleaseLine:
    """Return its line in the list of releases."""
    cited = citation(body)
    return ReleaseLine(cited[:32], PERIOD, " ".join(FRAMEWORKS), "published", cited, DAY, 1, {})


def edition_of(body: ReleaseBody) -> Edition:
    """Return the edition that files are written from, with one section of approved words in any case."""
    page = report_page(line_of(body), body, area=AREA, words=WORDS)
    words = Section(
        "words-of-groups",
        "What a group found",
        ("Said by groups, and approved by two people.",),
        sentences=(ApprovedSentence(WORDS["s-found"], "Found by groups over several sessions"),),
    )
    return Edition(body, replace(page, sections=(*page.sections, words)), DAY)


def editions_of(body: ReleaseBody, words: dict[str, str] | None = None) -> Editions:
    """Return what opens this one release; ``words`` is read at each opening, so that a test can withdraw some."""
    line = line_of(body)
    known = WORDS if words is None else words

    async def published(report: str) -> tuple[ReleaseLine, ReleaseBody]:
        if report != line.report:
            raise NotFound("No such report is published.")
        return line, body

    async def words_of(_body: ReleaseBody) -> dict[str, str]:
        return dict(known)

    return Editions(published, words_of)
