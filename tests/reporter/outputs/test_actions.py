"""A release read by action and by service: the body's figures beside what is printed and what groups said, no more."""

import pytest
import released
from hypothesis import given
from hypothesis import strategies as st

from services.errors import NotFound
from services.reporter.action_pages import Standing
from services.reporter.actions import NO_DATE, NOT_RAISED, Actions, kind_in_words, sum_up
from services.reporter.figures import Figures, of_node
from services.reporter.sayings import on_sector, sayings_of
from services.reporter.sector_reading import list_sectors, read_sector
from services.vocabulary.frameworks import framework, frameworks
from services.vocabulary.sectors import sectors

REPORT = "0" * 32
MAYOR, WANDSWORTH = released.FRAMEWORKS


@pytest.fixture(scope="module")
def read(body):
    def make(name=WANDSWORTH, words=released.WORDS, standings=None):
        return Actions(REPORT, body, words, name, standings)

    return make


@pytest.fixture(scope="module")
def figures(body):
    return Figures(body)


# --- the list ---


def test_every_line_of_the_strategy_is_listed_once_under_its_node(read):
    for name in released.FRAMEWORKS:
        page, catalogue = read(name).listing(), framework(name)
        assert [group.path.rpartition("/")[2] for group in page.groups] == list(catalogue.ordered)
        listed = [line.path for group in page.groups for _, lines in group.lines for line in lines]
        listed += [line.path for _, lines in page.others for line in lines]
        assert len(listed) == len(set(listed)) == len(catalogue.rows)


def test_all_37_actions_show_their_lead_and_no_date(read):
    lines = [
        line
        for group in read().listing().groups
        for kind, listed in group.lines
        for line in listed
        if kind == "Actions"
    ]
    assert len(lines) == 37
    leads = {row.id: row.lead for row in framework(WANDSWORTH).rows_of_kind("action")}
    for line in lines:
        assert line.note.startswith(f"Lead: {leads[line.path.partition(WANDSWORTH + '/')[2]]}. {NO_DATE}.")


def test_two_actions_with_one_printed_number_are_told_apart(read):
    refs = [line.ref for group in read().listing().groups for _, lines in group.lines for line in lines]
    assert "SS.05 (first with this number)" in refs
    assert "SS.05 (another with this number)" in refs
    assert "SS.01" in refs


def test_lists_without_leads_in_print_speak_of_none(read):
    notes = [line.note for group in read(MAYOR).listing().groups for _, lines in group.lines for line in lines]
    assert not any("Lead" in note or NO_DATE in note for note in notes)


def test_the_list_says_what_groups_said_of_an_action(read):
    notes = [line.note for group in read().listing().groups for _, lines in group.lines for line in lines]
    assert next(note for note in notes if "of groups" in note).endswith("1 recommendation and 1 finding of groups.")


# --- the figure ---


def test_the_list_says_where_the_recommendations_on_an_action_stand(read):
    def standing(state):
        return Standing("/recommendations/1", state, "")

    states = ("Declined", "Accepted, planned for 1 May 2025", "Declined")
    notes = {
        line.path.rpartition("/")[2]: line.note
        for group in read(standings={"s-asked": tuple(map(standing, states))}).listing().groups
        for _, lines in group.lines
        for line in lines
    }
    assert notes["AB.03"].endswith("Where that stands: accepted, planned for 1 May 2025; declined.")
    assert [ref for ref, note in notes.items() if "Where that stands" in note] == ["AB.03"]
    gone = {ref: text for ref, text in released.WORDS.items() if ref != "s-asked"}
    listed = read(words=gone, standings={"s-asked": (standing("Declined"),)}).listing()
    assert "Where that stands" not in str(listed), "words that are gone take their standing with them"


def test_the_figure_of_a_line_is_that_of_its_node(read, figures):
    for name in released.FRAMEWORKS:
        for row in framework(name).rows:
            page = read(name).page(row.id)
            if row.node is None:
                assert (page.tables, page.counted_as) == ((), "")
                assert "no figure" in page.figure
                continue
            value = figures.value(f"nodes:{name}", of_node(name, row.node))
            assert page.tables[0].rows[0].cells == (value,)
            if value is None:
                assert page.figure.startswith("[c] people raised it: fewer than 10, or")
            else:
                assert page.figure == f"About {value:,} people raised it."


def test_every_number_on_every_page_is_a_cell_of_the_body(read, body, figures):
    compared = 0
    for name in released.FRAMEWORKS:
        for ref in (*framework(name).ordered, *(row.id for row in framework(name).rows)):
            for table in read(name).page(ref).tables:
                shown = {
                    cell.value
                    for source in table.sources
                    for cell in next(t for t in body.tables if t.id == source).cells
                }
                assert {cell for row in table.rows for cell in row.cells} <= shown
                compared += 1
    assert compared > 200


def test_areas_are_shown_only_where_their_figure_is_published(read, figures):
    page = read().page("AB")
    places = page.tables[-1]
    assert places.columns == ("Area", "People")
    assert places.rows
    assert not places.has_hidden


# --- filters ---


def test_only_roles_and_areas_with_a_published_figure_are_offered(read, figures):
    offered = [choice.value for choice in read().listing().choices]
    roles = figures.published_values(f"nodes:{WANDSWORTH}", "role")
    areas = figures.published_values(f"areas:{WANDSWORTH}", "area")
    assert offered == ["", *(f"role.{role}" for role in roles), *(f"area.{area}" for area in areas)]
    assert len(areas) < len(figures.values("area"))


def test_a_choice_shows_the_figures_of_that_role_or_area(read, figures):
    for choice in read().listing().choices[1:]:
        page = read().listing(choice.value)
        assert page.shown_for == choice.text
        name, _, value = choice.value.partition(".")
        table = f"{'areas' if name == 'area' else 'nodes'}:{WANDSWORTH}"
        for group in page.groups:
            node = group.path.rpartition("/")[2]
            figure = figures.value(table, of_node(WANDSWORTH, node, **{name: value}))
            assert group.figure.startswith("[c] people" if figure is None else f"About {figure:,} people")


def test_by_area_a_part_of_a_priority_has_no_figure(read):
    chosen = next(choice.value for choice in read(MAYOR).listing().choices if choice.value.startswith("area."))
    told = {group.is_part: group.figure for group in read(MAYOR).listing(chosen).groups}
    assert told[True] == "By area only whole priorities are counted."
    assert told[False] != told[True]


@pytest.mark.parametrize(
    "wanted",
    [
        "role.nobody",
        "role.",
        "area.atlantis",
        "survivor",
        "age_band.18_24",
        "role.all_roles",
        "area.all_areas",
        "node.AB",
    ],
)
def test_what_is_not_published_cannot_be_chosen(read, wanted):
    with pytest.raises(NotFound):
        read().listing(wanted)


def test_what_is_wholly_hidden_cannot_be_chosen_and_is_refused_like_what_does_not_exist(read, figures):
    hidden = set(figures.values("area")) - set(figures.published_values(f"areas:{WANDSWORTH}", "area"))
    with pytest.raises(NotFound) as known:
        read().listing(f"area.{min(hidden)}")
    with pytest.raises(NotFound) as unknown:
        read().listing("area.atlantis")
    assert str(known.value) == str(unknown.value)


@given(st.text(max_size=30))
def test_any_other_text_is_refused_or_offered(body, wanted):
    actions = Actions(REPORT, body, {}, WANDSWORTH)
    if wanted in {choice.value for choice in actions.listing().choices}:
        assert actions.listing(wanted)
    else:
        with pytest.raises(NotFound):
            actions.listing(wanted)


def test_a_strategy_that_the_report_does_not_use_is_not_there(read):
    for name in set(frameworks()) - set(released.FRAMEWORKS) | {"nothing"}:
        with pytest.raises(NotFound):
            read(name)


@pytest.mark.parametrize("ref", ["IH.04", "AB.3", "ab.03", "", "AB.03-1", "SS.05/3", "../AB.01"])
def test_a_line_that_is_not_printed_is_not_there(read, ref):
    with pytest.raises(NotFound):
        read().page(ref)


# --- what groups said, lead, date and measures ---


def test_the_page_of_an_action_brings_it_all_together(read):
    page = read().page("AB.03")
    assert page.ref == "AB.03"
    facts = {fact.label: fact.text for fact in page.facts}
    assert facts["Lead"] == "Local Authority - (Community Safety and Childrens Services)"
    assert facts["Deliver by"] == "No date set"
    assert facts["Counted under"] == "Changing attitudes and behaviours"
    assert facts["Strategy"].endswith("line 299 of its text")
    assert [(saying.kind, saying.text) for saying in page.direct.shown] == [
        ("recommendation", released.WORDS["s-asked"]),
        ("finding", released.WORDS["s-found"]),
    ]
    assert page.direct.shown[1].source == "Found by groups over several sessions: at least 25 attendances"
    assert [saying.text for saying in page.wider.shown] == [released.WORDS["s-found-too"]]


def test_a_measure_says_better_worse_mixed_or_not_raised(read):
    assert [(line.mark, line.said) for line in read().page("AB.03").measures] == [
        ("(a)", "Better"),
        ("(b)", NOT_RAISED),
        ("(c)", "Mixed"),
    ]
    assert {line.said for line in read().page("AB.04").measures} == {NOT_RAISED}


def test_all_95_measures_are_shown(read):
    pages = [read().page(row.id) for row in framework(WANDSWORTH).rows_of_kind("action")]
    assert sum(len(page.measures) for page in pages) == 95
    assert all(line.text for page in pages for line in page.measures)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([], "Not raised"),
        (["better"], "Better"),
        (["worse"] * 2, "Worse"),
        (["better", "mixed"], "Mixed"),
        (["mixed"], "Mixed"),
    ],
)
def test_findings_that_differ_are_mixed(said, told):
    assert sum_up(said) == told


def test_a_finding_whose_words_are_gone_says_nothing_of_measures_any_more(read):
    words = {name: text for name, text in released.WORDS.items() if name != "s-found"}
    page = read(words=words).page("AB.03")
    assert [line.said for line in page.measures] == [NOT_RAISED, NOT_RAISED, "Better"]
    assert page.direct.withdrawn == 2
    assert released.WORDS["s-found"] not in {saying.text for saying in page.direct.shown}


def test_a_statement_without_its_words_is_counted_as_withdrawn(read):
    assert read().page("AB.03").direct.withdrawn == 1


def test_the_page_of_a_priority_gathers_what_is_said_of_its_lines(read):
    page = read().page("AB")
    assert [saying.text for saying in page.direct.shown] == [released.WORDS["s-found-too"]]
    assert {saying.text for saying in page.wider.shown} == {released.WORDS["s-asked"], released.WORDS["s-found"]}
    assert dict(page.lines)["Actions"][2].ref == "AB.03"
    assert {fact.label for fact in page.facts} >= {"Objectives", "Strategy"}


def test_a_part_of_a_priority_names_what_it_is_part_of_and_a_point_what_it_is_a_point_of(read, body):
    assert read(MAYOR).page("1.1").facts[0].text == "1 Preventing and reducing VAWG"
    point = read().page("01.1")
    assert [fact.label for fact in point.facts][:2] == ["Point of", "Counted under"]
    assert point.facts[0].path.endswith(f"/actions/{WANDSWORTH}/01")
    assert {line.ref for _, lines in read().page("01").lines for line in lines} == {"01.1", "01.2", "01.3", "01.4"}


def test_a_line_without_lead_in_print_says_so(read):
    assert "The strategy prints neither here" in [fact.text for fact in read(MAYOR).page("1.1.01").facts]


def test_every_kind_of_line_of_every_strategy_has_a_heading_of_its_own():
    kinds = {row.kind for each in frameworks().values() for row in each.rows}
    assert len({kind_in_words(kind) for kind in kinds}) == len(kinds)
    assert kind_in_words("new_kind") == "New kind"


# --- by service ---


def test_every_service_is_listed_with_its_published_figure(body, figures):
    page = list_sectors(REPORT, body, released.WORDS)
    assert [line.title for line in page.lines] == [sectors().title_of(each) for each in sectors().ids]
    for sector, line in zip(sectors().ids, page.lines, strict=True):
        value = figures.value("sector_totals", {"sector": sector})
        assert line.figure == ("[c]" if value is None else f"about {value:,}")
    assert page.has_hidden
    notes = {line.path.rpartition("/")[2]: line.note for line in page.lines}
    assert notes["housing"] == "1 recommendation and 1 finding of groups."


def test_the_page_of_a_service_holds_its_figures_and_what_groups_ask_of_it(body, figures):
    for sector in sectors().ids:
        page = read_sector(REPORT, body, released.WORDS, sector)
        by_role = {row.heading: row.cells[0] for row in page.tables[0].rows}
        assert by_role["Everyone"] == figures.value("sector_totals", {"sector": sector})
        assert by_role["Survivor"] == figures.value("sectors", {"sector": sector, "role": "survivor"})
        assert page.tables[1].rows[0].cells == (figures.value("organisations:sectors", {"sector": sector}),)
        assert page.description == sectors().get(sector).description
    housing = read_sector(REPORT, body, released.WORDS, "housing").sayings
    assert [saying.kind for saying in housing.shown] == ["recommendation", "finding"]
    assert read_sector(REPORT, body, released.WORDS, "police").sayings.withdrawn == 1


@pytest.mark.parametrize("sector", ["all_sectors", "nothing", "", "police "])
def test_a_service_that_is_not_listed_is_not_there(body, sector):
    with pytest.raises(NotFound):
        read_sector(REPORT, body, {}, sector)


def test_statements_stand_in_the_same_order_however_they_are_given(body):
    refs = on_sector(body, "housing")
    assert sayings_of(refs, released.WORDS) == sayings_of(reversed(refs), released.WORDS)
    assert sayings_of(refs, released.WORDS).counted == "1 recommendation and 1 finding"
    assert not len(sayings_of((), {}))
