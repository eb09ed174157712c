import csv
import io

import msgspec
import pytest

from services.reporter.outputs import csv_bytes, guard, json_bytes
from services.reporter.release import (
    ReleaseBody,
    ReleaseCell,
    ReleaseDimension,
    ReleaseTable,
    Section,
    Versions,
    build_body,
)
from services.reporter.suppression import Control, protect
from services.reporter.tables import people_design, tabulate


@pytest.fixture
def body(tree, crowd):
    design = people_design({"f": tree}, roles=("survivor", "other"), areas=("camden", "not_said"), sectors=("police",))
    people = crowd(
        (41, {"node:f": "p1.a", "role": "survivor", "area": "camden", "sector": "police"}),
        (13, {"node:f": "p2", "role": "other", "area": "not_said"}),
    )
    return build_body(
        name="Themes",
        round_id="standing",
        period="2025-Q1",
        frameworks=["f"],
        control=Control(),
        versions=Versions("p", "b", "k", "1"),
        sections=[Section("people", design, protect(design, tabulate(design, people)))],
    )


def read(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_every_cell_says_the_same_in_csv_and_json(body):
    rows = read(csv_bytes(body))
    parsed = msgspec.json.decode(json_bytes(body), type=ReleaseBody)
    roots = {dimension.name: dimension.root for dimension in parsed.dimensions}
    told = iter(rows)
    for table in parsed.tables:
        for cell in table.cells:
            row = next(told)
            assert (row["table"], row["counts"]) == (table.id, table.counts)
            for name, root in roots.items():
                assert row[name] == (cell.dims.get(name, root) if name in table.dimensions else "")
            assert row["value"] == (cell.symbol if cell.value is None else str(cell.value))
    assert next(told, None) is None


def test_there_is_one_header_row_and_each_row_has_all_its_fields(body):
    lines = list(csv.reader(io.StringIO(csv_bytes(body).decode("utf-8"), newline="")))
    assert lines[0][:4] == ["release", "period", "table", "counts"]
    assert {len(line) for line in lines} == {len(lines[0])}
    assert len({tuple(line) for line in lines}) == len(lines)


def test_a_hidden_cell_is_its_symbol_and_never_empty_or_nought(body):
    values = {row["value"] for row in read(csv_bytes(body))}
    assert "[c]" in values
    assert not values & {"", "0", "None"}


def test_the_same_body_gives_the_same_bytes(body):
    assert csv_bytes(body) == csv_bytes(body)
    assert json_bytes(body) == json_bytes(msgspec.json.decode(json_bytes(body), type=ReleaseBody))


@pytest.mark.parametrize("field", ["=1+1", "+44", "-1", "@sum", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_guarded(field):
    assert guard(field) == f"'{field}"


@pytest.mark.parametrize("field", ["camden", "[c]", "1-2", "", "a=b"])
def test_other_fields_stay_as_they_are(field):
    assert guard(field) == field


def test_names_from_a_catalogue_are_guarded_too(body):
    cell = ReleaseCell({"=n": "@v"}, None, "[c]")
    hostile = msgspec.structs.replace(
        body,
        name="=name",
        dimensions=(ReleaseDimension("=n", "additive", "all", {"all": ("@v",)}, covering=True),),
        tables=(ReleaseTable("-t", "T", "people", ("=n",), (cell,)),),
    )
    (header, row) = csv.reader(io.StringIO(csv_bytes(hostile).decode("utf-8"), newline=""))
    assert not [field for field in (*header, *row) if field.startswith(("=", "+", "-", "@"))]
    assert "'@v" in row
