"""Templates: everything escaped, nothing prints None, forms carry no value, [c] explained before it is met."""

import html
import re

import pytest
from aiohttp import web

from services.web.contexts import (
    Answer,
    AnswerList,
    ApprovedSentence,
    Choices,
    Report,
    ReportLine,
    ReportList,
    Section,
    Table,
    TableRow,
    Use,
    Withdrawal,
)
from services.web.shell import make_templates, render

NASTY = "<script>alert('x')</script>&\""


@pytest.fixture
async def show(sampler, aiohttp_client):
    """Return the text of one template for one page."""

    async def make(template, page):
        async def handle(request):
            return render(request, template, page=page)

        app = sampler.app()
        app.router.add_get("/shown", handle)
        response = await (await aiohttp_client(app)).get("/shown")
        assert response.status == 200
        return await response.text()

    return make


@pytest.fixture
async def texts(sampler, aiohttp_client):
    client = await aiohttp_client(sampler.app())
    return {path: await (await client.get(path)).text() for path in sampler.paths}


def test_no_page_prints_none_or_an_unknown_value(texts):
    for path, text in texts.items():
        assert not re.search(r"\bNone\b|\bUndefined\b", text), path


def test_no_page_carries_style_or_behaviour_that_the_policy_would_refuse(texts):
    for path, text in texts.items():
        assert not re.search(r"\sstyle=|\son[a-z]+=|javascript:", text), path


def test_no_page_names_another_site(texts):
    for path, text in texts.items():
        addresses = re.findall(r'(?:href|src|action)="([^"]*)"', text)
        assert addresses
        assert all(address.startswith(("/", "#")) for address in addresses), path


def test_ids_are_unique_on_every_page(texts):
    for path, text in texts.items():
        ids = re.findall(r'\sid="([^"]*)"', text)
        assert len(ids) == len(set(ids)), path


def test_every_form_posts_and_asks_the_browser_to_remember_nothing(texts):
    forms = [form for text in texts.values() for form in re.findall(r"<form[^>]*>", text)]
    assert forms
    assert all('method="post"' in form and 'autocomplete="off"' in form for form in forms)


def test_none_is_written_as_nothing_by_components_too():
    template = make_templates({}).from_string(
        '{% from "govuk_frontend_jinja/components/textarea/macro.html" import govukTextarea %}'
        '{{ govukTextarea({"id": "said", "name": "said", "value": nothing, "label": {"text": nothing}}) }}'
    )
    assert "None" not in template.render(nothing=None)


def test_the_words_are_not_written_back_after_an_error(texts):
    field = re.search(r'<input[^>]*class="govuk-input govuk-input--error"[^>]*>', texts["/receipt-error"]).group()
    assert 'name="words"' in field
    assert 'value=""' in field
    assert 'autocomplete="off"' in field
    assert 'spellcheck="false"' in field


def test_an_error_stands_in_the_summary_beside_the_field_and_in_the_title(texts):
    text = texts["/receipt-error"]
    assert "<title>Error: Your choices</title>" in text
    assert '<a href="#words">Enter the five words, with a space between</a>' in text
    assert text.count("Enter the five words, with a space between") == 2
    assert "Error:" not in texts["/receipt"]
    assert "There is a problem" not in texts["/receipt"]


def test_a_field_without_an_error_is_not_marked(texts):
    assert texts["/choices-error"].count("govuk-form-group--error") == 1
    assert "govuk-form-group--error" not in texts["/choices"]


def test_c_is_explained_once_a_page_before_the_first(texts):
    text = texts["/reports/1"]
    assert text.count(">[c]<") > 2
    assert text.count("[c] stands for a number that is withheld") == 1
    assert text.index("[c] stands for") < text.index(">[c]<")


async def test_rows_without_a_figure_are_named_once_and_folded_away(show):
    table = Table("People", ("Subject", "People"), (TableRow("Housing", (12,)),), (), ("Courts", "<Schools>"))
    text = await show("report.html.j2", Report("R", "A", "today", 1, (), (Section("s", "Some", table=table),)))
    folded = text[text.index("<details") : text.index("</details>")]
    assert "No figure can be shown for 2 more" in folded
    assert "Courts" in folded
    assert "&lt;Schools&gt;" in folded
    assert "[c]" not in text


async def test_c_is_not_explained_where_nothing_is_hidden(show):
    table = Table("People", ("Subject", "People"), (TableRow("Housing", (12, "text")),))
    section = Section("s", "All were counted", table=table)
    text = await show("report.html.j2", Report("R", "A", "today", 1, (), (section,)))
    assert "[c]" not in text
    assert ">12</td>" in text
    assert ">text</td>" in text


def test_a_chart_has_a_title_and_words_for_those_who_do_not_see_it(texts):
    text = texts["/reports/1"]
    for layout in ("wide", "narrow"):
        named = re.search(rf'<svg class="sv-chart__drawing sv-chart__drawing--{layout}"[^>]*>', text).group()
        assert 'role="img"' in named
        first, second = re.search(r'aria-labelledby="(\S+) (\S+)"', named).groups()
        assert f'<title id="{first}">People who raised each subject</title>' in text
        assert f'<desc id="{second}">A bar chart with 5 bars.' in text


def test_a_table_has_a_caption_and_scoped_headings(texts):
    text = texts["/reports/1"]
    tables = re.findall(r"<table.*?</table>", text, re.DOTALL)
    assert len(tables) == 2
    for table in tables:
        assert "<caption" in table
        assert 'scope="col"' in table
        assert 'scope="row"' in table
        assert "colspan" not in table
        assert "rowspan" not in table


def test_every_number_of_the_chart_stands_in_the_table(texts):
    text = texts["/reports/1"]
    drawn = re.findall(r'<text class="sv-chart__value"[^>]*>(.*?)</text>', text)
    table = re.search(r"<table.*?</table>", text, re.DOTALL).group()
    cells = re.findall(r"<td[^>]*>(.*?)</td>", table)
    assert drawn == cells * 2


def test_empty_lists_say_what_will_come(texts):
    assert "No report has been published yet" in texts["/reports-empty"]
    assert "Look again in October 2026" in texts["/reports-empty"]
    assert "Each recommendation that a group makes will stand here" in texts["/you-said-we-did-empty"]
    assert "Too few people were heard" in texts["/reports/none-safe"]


def test_an_answer_without_a_date_says_so_and_an_overdue_one_too(texts):
    text = texts["/you-said-we-did"]
    assert "January 2027 (overdue)" in text
    assert "No date set" in text


def test_the_choices_page_shows_uses_and_a_way_to_withdraw(texts):
    text = texts["/choices"]
    assert len(re.findall(r'<input class="govuk-checkboxes__input" id="use-\w+"[^>]* checked', text)) == 2
    assert 'action="/receipt/withdraw"' in text
    assert text.count('name="handle" value="opaque"') == 2
    assert "Your choices are changed." in text
    assert 'action="/receipt/uses"' not in texts["/choices-read-only"]


def test_a_withdrawal_lists_each_service_and_its_day(texts):
    assert "Erased on 1 July 2026" in texts["/withdrawn"]
    assert "Not yet" in texts["/withdrawn"]
    assert "Keep them until every stage has a date" in texts["/withdrawn"]
    assert "What you said is erased everywhere" in texts["/withdrawn-complete"]
    assert "Keep them" not in texts["/withdrawn-complete"]


async def test_everything_given_to_a_template_is_escaped(show):
    section = Section("s", NASTY, (NASTY,), None, Table(NASTY, (NASTY, NASTY), (TableRow(NASTY, (NASTY,)),)),
                      (ApprovedSentence(NASTY, NASTY),))  # fmt: skip
    given = {
        "report.html.j2": Report(NASTY, NASTY, NASTY, 1, (NASTY,), (section,), (NASTY,), (NASTY,), (NASTY,)),
        "reports.html.j2": ReportList((ReportLine(NASTY, "/x", NASTY, NASTY),), NASTY),
        "you_said_we_did.html.j2": AnswerList((Answer(*[NASTY] * 7, verdict=NASTY),), NASTY),
        "choices.html.j2": Choices(NASTY, (Use("count", NASTY, allowed=True),), (NASTY,)),
    }
    for template, page in given.items():
        text = await show(template, page)
        assert "alert('x')" not in text, template
        assert html.escape(NASTY, quote=False).split("&gt;")[0] in text, template


@pytest.mark.parametrize(("days", "complete"), [((), True), (("1 July",), True), (("1 July", ""), False)])
def test_a_withdrawal_is_complete_when_every_service_has_a_day(days, complete):
    from services.web.contexts import Erasure

    assert Withdrawal(tuple(Erasure("x", day) for day in days)).is_complete is complete


async def test_a_page_that_is_not_set_up_fails_as_a_whole_and_not_half(aiohttp_client):
    async def handle(request):
        return render(request, "front.html.j2")

    app = web.Application()
    app.router.add_get("/", handle)
    assert (await (await aiohttp_client(app)).get("/")).status == 500
