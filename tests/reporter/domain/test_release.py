import hashlib
import json
import random

import msgspec
import pytest

from services.errors import Held, InputRefused, SettingsError
from services.reporter.plain import plain_release
from services.reporter.release import (
    ReleaseBody,
    Section,
    Signatory,
    StatementRef,
    Versions,
    approve,
    body_bytes,
    build_body,
    citation,
)
from services.reporter.suppression import Cell, Control, protect
from services.reporter.tables import EVERYONE, organisations_design, people_design, tabulate

VERSIONS = Versions(pseudonymiser="p1", bank="b1", catalogue="k1", control="1")
ROLES = ("survivor", "practitioner")


@pytest.fixture
def sections(tree, crowd):
    people = people_design({"f": tree}, roles=ROLES, areas=("camden", "barnet", "not_said"), sectors=("police",))
    bodies = organisations_design({"f": tree}, sectors=("police",))
    heard = crowd(
        (64, {"node:f": "p1.a", "role": "survivor", "area": "camden", "sector": "police"}),
        (33, {"node:f": "p2.a.x p1", "role": "survivor", "area": "camden barnet"}),
        (7, {"node:f": "p1.b", "role": "practitioner", "area": "not_said"}),
    )
    spoke = crowd((14, {"node:f": "p1"}), (4, {"node:f": "p2", "sector": "police"}))
    return [
        Section("people", people, protect(people, tabulate(people, heard))),
        Section("organisations", bodies, protect(bodies, tabulate(bodies, spoke))),
    ]


@pytest.fixture
def build(sections):
    def make(**changes):
        given = {
            "name": "Themes",
            "round_id": "standing",
            "period": "2025-Q1",
            "frameworks": ["f"],
            "control": Control(),
            "versions": VERSIONS,
            "sections": sections,
            "sessions": {"workshop": 12, "interview": 3, "survey": 0},
            "statements": [StatementRef("s2", "b" * 64, ("p2",)), StatementRef("s1", "a" * 64, ("p1",))],
        }
        return build_body(**{**given, **changes})

    return make


def test_the_citation_is_the_hash_of_the_canonical_bytes(build):
    assert citation(build()) == hashlib.sha256(body_bytes(build())).hexdigest()


def test_the_same_figures_give_the_same_bytes_in_any_order(build, sections):
    turned = build(
        sections=sections[::-1],
        sessions={"survey": 0, "interview": 3, "workshop": 12},
        statements=[StatementRef("s1", "a" * 64, ("p1",)), StatementRef("s2", "b" * 64, ("p2",))],
    )
    assert body_bytes(turned) == body_bytes(build())


def test_the_bytes_are_sorted_json_that_reads_back_as_the_same_body(build):
    body = build()
    parsed = json.loads(body_bytes(body))
    assert list(parsed) == sorted(parsed)
    assert msgspec.json.decode(body_bytes(body), type=ReleaseBody) == body


def test_another_figure_gives_another_citation(build, sections):
    people, _ = sections
    cells = {**people.protected.cells, EVERYONE: Cell(200)}
    other = msgspec.structs.replace(people, protected=msgspec.structs.replace(people.protected, cells=cells))
    assert citation(build(sections=[other])) != citation(build(sections=[people]))


def test_the_body_holds_no_person_and_no_true_figure(build, sections):
    text = body_bytes(build()).decode()
    assert "w00001" not in text
    assert "prepared" not in text
    assert "approved" not in text
    assert "certificate" not in text
    assert "witness" not in text


def test_every_figure_is_a_multiple_of_the_base_and_at_least_ten(build):
    values = [cell.value for table in build().tables for cell in table.cells if cell.value is not None]
    assert values
    assert all(value >= 10 and value % 5 == 0 for value in values)


def test_a_figure_stands_the_same_in_every_table(build):
    seen = {}
    for table in build().tables:
        for cell in table.cells:
            place = (table.counts, *sorted(cell.dims.items()))
            assert seen.setdefault(place, (cell.value, cell.symbol)) == (cell.value, cell.symbol)


def test_organisations_stand_in_tables_of_their_own(build):
    counts = {table.id: table.counts for table in build().tables}
    assert counts["people"] == "people"
    assert counts["organisations:f"] == "organisations"


def test_sessions_are_told_in_bands_from_ten_up_and_never_as_a_number(build):
    told = {held.kind: held.at_least for held in build(sessions={"a": 9, "b": 10, "c": 26, "d": 0, "e": 1}).sessions}
    assert told == {"a": None, "b": 10, "c": 25, "e": None}


def test_every_symbol_that_is_printed_is_explained(build):
    body = build()
    assert {cell.symbol for table in body.tables for cell in table.cells if cell.symbol} <= set(body.symbols)


def test_a_figure_below_the_threshold_is_never_let_through(build, sections):
    people, _ = sections
    cells = {**people.protected.cells, EVERYONE: Cell(5)}
    unsafe = msgspec.structs.replace(people, protected=msgspec.structs.replace(people.protected, cells=cells))
    with pytest.raises(Held, match="below the threshold"):
        build(sections=[unsafe])
    with pytest.raises(SettingsError):
        build(control=Control(threshold=5))


def test_two_tables_of_one_id_hold_the_release(build, sections):
    with pytest.raises(Held, match="Two tables"):
        build(sections=[sections[0], sections[0]])


def test_sections_that_disagree_about_a_dimension_hold_the_release(build, sections, tree):
    other = organisations_design({"f": tree}, sectors=("housing",))
    odd = Section("organisations", other, protect(other, tabulate(other, [])))
    with pytest.raises(Held, match="disagree"):
        build(sections=[sections[0], odd])


def sign(one, other):
    return approve("a" * 64, prepared_by=one, approved_by=other, approved_on="2025-04-30")


def test_two_different_people_prepare_and_approve():
    envelope = sign(Signatory(" Ada "), Signatory("Bea"))
    assert (envelope.citation, envelope.prepared_by, envelope.names_verified) == ("a" * 64, "Ada", False)
    for same in ("Ada", "ADA ", " ada"):
        with pytest.raises(InputRefused, match="Two different people"):
            sign(Signatory("Ada"), Signatory(same))


def test_one_account_under_two_names_is_one_person():
    with pytest.raises(InputRefused, match="Two different people"):
        sign(Signatory("ada", "account-1"), Signatory("bea", "account-1"))


def test_names_are_verified_when_both_come_from_a_sign_in():
    assert sign(Signatory("ada", "a1"), Signatory("bea", "a2")).names_verified
    assert not sign(Signatory("ada", "a1"), Signatory("bea")).names_verified


@pytest.mark.parametrize("name", ["", " ", "x" * 81])
def test_a_name_that_is_missing_or_too_long_is_refused_without_being_repeated(name):
    for people in ((Signatory("Ada"), Signatory(name)), (Signatory(name), Signatory("Ada"))):
        with pytest.raises(InputRefused) as refused:
            sign(*people)
        assert "xxx" not in str(refused.value)


def test_the_plain_form_holds_every_cell_once_with_its_structure(build):
    body = build()
    people, bodies = plain_release(body)
    assert people["dimensions"]["role"]["kind"] == "additive"
    assert people["dimensions"]["area"]["kind"] == "overlapping"
    assert people["dimensions"]["node:f"]["covering"] is False
    assert people["dimensions"]["period"]["time"] is True
    assert "role" not in bodies["dimensions"]
    places = [tuple(sorted(cell["dims"].items())) for cell in people["cells"]]
    assert len(places) == len(set(places))
    for table in body.tables:
        form = people if table.counts == "people" else bodies
        listed = {tuple(sorted(cell["dims"].items())): cell for cell in form["cells"]}
        for cell in table.cells:
            told = listed[tuple(sorted({**cell.dims, "period": "2025-Q1"}.items()))]
            assert told["value"] == cell.value
            assert told["status"] == ("suppressed" if cell.value is None else "rounded")


def test_the_plain_form_of_a_whole_release_withstands_the_attacker(build, attacker):
    for form in plain_release(build()):
        assert attacker(form).findings() == []


def test_the_plain_form_is_plain_json(build):
    forms = plain_release(build())
    assert json.loads(json.dumps(forms)) == forms


def test_the_order_in_which_people_are_counted_leaves_no_trace(tree, crowd, build):
    design = people_design({"f": tree}, roles=ROLES, areas=("camden", "not_said"), sectors=("police",))
    people = crowd(
        (31, {"node:f": "p1.a", "role": "survivor", "area": "camden"}),
        (12, {"node:f": "p2", "role": "practitioner", "area": "not_said"}),
    )
    shuffled = random.Random(7).sample(people, len(people))
    one, other = (Section("people", design, protect(design, tabulate(design, each))) for each in (people, shuffled))
    assert body_bytes(build(sections=[one])) == body_bytes(build(sections=[other]))
