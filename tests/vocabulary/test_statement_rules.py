"""The rules of statements are a data file that keeps its schema, and no edit makes them weaker than was promised."""

import copy
import json

import msgspec
import pytest
from jsonschema import Draft202012Validator

from services.vocabulary.datafiles import load_yaml, schema_path
from services.vocabulary.statements import StatementRules, statement_rules


def rules():
    return load_yaml("vocabularies", "statements", "rules.yaml")


def schema():
    text = schema_path("vocabularies", "statements", "rules.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def test_the_rules_keep_their_schema():
    assert [error.message for error in schema().iter_errors(rules())] == []
    assert set(statement_rules().kinds) == {"finding", "recommendation", "paraphrase"}


@pytest.mark.parametrize(("field", "weaker"), [("panel_days", 13), ("least_people", 1), ("most_in_a_session", 51)])
def test_neither_the_panels_days_nor_the_people_behind_a_sentence_can_be_made_fewer(field, weaker):
    changed = copy.deepcopy(rules()) | {field: weaker}
    assert not schema().is_valid(changed)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(changed, type=StatementRules)


def test_a_finding_is_one_sentence_and_a_recommendation_three():
    assert statement_rules().kinds["finding"].sentences == 1
    assert statement_rules().kinds["recommendation"].sentences == 3
