"""Every catalogue and list keeps its published JSON Schema, and the schema is strict enough to catch a slip."""

import copy
import json

import pytest
import yaml
from jsonschema import Draft202012Validator

from services.vocabulary import local_nodes
from services.vocabulary.datafiles import load_yaml, schema_path
from services.vocabulary.local_nodes import LocalNode, LocalNodes

FRAMEWORKS = sorted(path.name for path in schema_path("frameworks").glob("*.yaml"))
LISTS = sorted(path.name for path in schema_path("vocabularies").glob("*.yaml"))


def validator(*parts: str) -> Draft202012Validator:
    schema = json.loads(schema_path(*parts).read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="module")
def framework_schema():
    return validator("frameworks", "framework.schema.json")


@pytest.fixture(scope="module")
def list_schema():
    return validator("vocabularies", "vocabulary.schema.json")


@pytest.fixture(scope="module")
def local_schema():
    return validator("frameworks", "local_nodes.schema.json")


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_catalogue_keeps_the_schema(framework_schema, name):
    assert [error.message for error in framework_schema.iter_errors(load_yaml("frameworks", name))] == []


@pytest.mark.parametrize("name", LISTS)
def test_a_list_keeps_the_schema(list_schema, name):
    assert [error.message for error in list_schema.iter_errors(load_yaml("vocabularies", name))] == []


def test_all_five_catalogues_and_fourteen_lists_are_looked_at():
    assert len(FRAMEWORKS) == 5
    assert len(LISTS) == 14


@pytest.mark.parametrize("field", ["id", "printed_ref", "title", "summary", "parent", "source"])
def test_a_node_without_a_required_field_breaks_the_schema(framework_schema, field):
    catalogue = copy.deepcopy(load_yaml("frameworks", "strategy_2018_21.yaml"))
    del catalogue["nodes"][0][field]
    assert not framework_schema.is_valid(catalogue)


@pytest.mark.parametrize(
    ("field", "value"),
    [("line", 0), ("line", "12"), ("summary", " padded "), ("id", "two words"), ("colour", "red"), ("measures", [])],
)
def test_a_row_with_a_slip_breaks_the_schema(framework_schema, field, value):
    catalogue = copy.deepcopy(load_yaml("frameworks", "strategy_2018_21.yaml"))
    catalogue["rows"]["commitment"][0][field] = value
    assert not framework_schema.is_valid(catalogue)


@pytest.mark.parametrize("field", ["title", "source", "licence", "version", "entries"])
def test_a_list_without_its_header_breaks_the_schema(list_schema, field):
    listed = copy.deepcopy(load_yaml("vocabularies", "roles.yaml"))
    del listed[field]
    assert not list_schema.is_valid(listed)


@pytest.mark.parametrize(
    ("field", "value"), [("id", "With Capitals"), ("title", ""), ("counts_as", "crowd"), ("colour", "red")]
)
def test_an_entry_with_a_slip_breaks_the_schema(list_schema, field, value):
    listed = copy.deepcopy(load_yaml("vocabularies", "roles.yaml"))
    listed["entries"][0][field] = value
    assert not list_schema.is_valid(listed)


def test_the_local_nodes_that_the_docs_show_keep_their_schema_and_load(local_schema):
    example = yaml.safe_load(local_nodes.__doc__.split("::\n", 1)[1])
    assert local_schema.is_valid(example)
    assert set(example) == set(LocalNodes.__struct_fields__)
    assert set(example["nodes"][0]) <= set(LocalNode.__struct_fields__)
    del example["framework"]
    assert not local_schema.is_valid(example)
