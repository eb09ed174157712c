"""No page without a look: every page route of an installation is named with the browser test that opens it."""

import ast
import re
from pathlib import Path

import page_looks
import pytest

HERE = Path(__file__).parent


def test_every_page_is_looked_at_in_a_browser_and_nothing_else_is_claimed(pages):
    assert sorted(set(pages) - set(page_looks.LOOKED_AT)) == [], "add a browser test that opens it"
    assert sorted(set(page_looks.LOOKED_AT) - set(pages)) == [], "there is no such page any more"


@pytest.mark.parametrize("test", sorted(set(page_looks.LOOKED_AT.values())))
def test_each_test_that_is_named_is_there_and_checks_its_pages(test):
    module, _, name = test.partition("::")
    tree = ast.parse((HERE / module).read_text(encoding="utf-8"))
    (found,) = [each for each in tree.body if isinstance(each, ast.AsyncFunctionDef) and each.name == name]
    assert "check_page" in [argument.arg for argument in found.args.args]


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/board", "/board"),
        ("/reports/method", "/reports/method"),
        (f"/reports/{'a' * 32}", "/reports/{report}"),
        (f"/reports/{'a' * 32}/actions/mayor_2022_25/2.1", "/reports/{report}/actions/{framework}/{ref}"),
        (f"/answers/{'a' * 32}/check", "/answers/{recommendation}/check"),
        (f"/answers/{'a' * 32}/words", "/answers/{recommendation}/{page}"),
        ("/no-such-page", None),
    ],
)
def test_an_address_belongs_to_the_page_that_answers_it(pages, path, route):
    assert page_looks.route_of(path, pages) == route


def test_a_test_that_leaves_a_page_out_is_found_out(pages):
    (test,) = {named for route, named in page_looks.LOOKED_AT.items() if route == "/board"}
    opened = [re.sub(r"\{\w+\}", "a" * 32, route) for route in page_looks.claimed_by(test) if route != "/board"]
    assert "/board" in page_looks.unseen(test, opened, pages)
    assert "/answers" not in page_looks.unseen(test, opened, pages)
