"""JSON files with the fields of the interface."""

import datetime
import json

import pytest

from services.intake.submissions import check

SESSION = {
    "kind": "workshop",
    "month": "2025-03",
    "areas": ["camden"],
    "role": "survivor",
    "uses": ["count"],
    "number_present": 8,
    "contributions": [{"text": "A light at the bus stop."}, {"text": "A bench.", "uses": [], "person": 2}],
}
NOTHING = {"number_present": None}


def with_(**changes):
    return json.dumps({**SESSION, **changes})


def test_one_session_is_read(read):
    found = read("json", json.dumps(SESSION), **NOTHING)
    assert found.places == (("the file, contribution 1", "the file, contribution 2"),)
    assert found.submissions[0].contributions[1].uses == ()
    assert check(found.submissions[0], today=datetime.date(2025, 6, 1)).number_present == 8


def test_a_list_of_sessions_is_read_in_its_order(read, texts):
    other = {**SESSION, "contributions": [{"text": "A crèche."}]}
    found = read("json", json.dumps([SESSION, other]), **NOTHING)
    assert texts(found) == [["A light at the bus stop.", "A bench."], ["A crèche."]]
    assert found.places[1] == ("the file, session 2, contribution 1",)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_other_encodings_of_json_are_read(read, encoding):
    assert read("json", json.dumps(SESSION).encode(encoding), **NOTHING).submissions[0].kind == "workshop"


def test_json_in_an_old_encoding_is_read_and_that_is_said(read, texts):
    body = with_(contributions=[{"text": "Zoë"}]).replace("\\u00eb", "ë").encode("cp1252")
    found = read("json", body, **NOTHING)
    assert texts(found) == [["Zoë"]]
    assert "Windows-1252" in found.notes[0]


@pytest.mark.parametrize("body", ["[]", "  "])
def test_nothing_is_refused(refused, body):
    assert refused("json", body)


@pytest.mark.parametrize("body", ["{", '{"kind": }', "plain words", '{"kind": "x"} {}', "[1,]"])
def test_what_is_not_json_is_refused_with_its_line(refused, body):
    (finding,) = refused("json", body)
    assert finding.place.startswith("the file, line 1")
    assert finding.rule == "not JSON from here on"


@pytest.mark.parametrize("body", ["[" * 100_000, "9" * 10_000])
def test_json_that_would_break_a_reader_is_refused(refused, body):
    assert "too deeply" in refused("json", body)[0].rule


@pytest.mark.parametrize("body", ["[NaN]", "[-Infinity]"])
def test_numbers_that_json_does_not_have_are_refused(refused, body):
    assert refused("json", body)[0].rule == "a number that JSON does not have"


def test_a_field_that_stands_twice_is_refused_and_not_overwritten(refused):
    body = '{"kind":"workshop","kind":"survey","month":"2025-03","contributions":[]}'
    assert refused("json", body)[0].rule == "a field stands twice in one object"


@pytest.mark.parametrize("body", ["3", '"words"', "null", "[3]", "[[]]"])
def test_what_is_not_an_object_is_refused(refused, body):
    assert refused("json", body)[0].rule == "not an object"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"colour": "crimson"}, "the file"),
        ({"number_present": "8"}, "the file, number_present"),
        ({"areas": "camden"}, "the file, areas"),
        ({"areas": [1]}, "the file, areas[0]"),
        ({"group": "Our Group!"}, "the file, group"),
        ({"debrief": "yes"}, "the file, debrief"),
        ({"contributions": [{"text": 3}]}, "the file, contribution 1, text"),
        ({"contributions": [{"words": "a"}]}, "the file, contribution 1"),
        ({"contributions": [{"text": "a", "seat": 0}]}, "the file, contribution 1, seat"),
        ({"contributions": ["a"]}, "the file, contribution 1"),
        ({"contributions": [{"text": "a", "marks": [{"start": -1, "end": 3, "action": "keep"}]}]}, None),
        ({"contributions": "a"}, "the file"),
        ({"contributions": None}, "the file"),
    ],
)
def test_a_wrong_shape_is_refused_with_its_place_and_without_the_value(refused, changes, place):
    findings = refused("json", with_(**changes), **NOTHING)
    assert len(findings) == 1
    assert place in (None, findings[0].place.rstrip("."))
    assert "crimson" not in str(findings[0])


def test_every_bad_contribution_is_found_at_once(refused):
    bad = [{"text": "a"}, {"text": " "}, {"text": "b", "x": 1}, {"text": "c" * 20_001}, {"text": "d\u0007"}]
    findings = refused("json", with_(contributions=bad), **NOTHING)
    assert [finding.place for finding in findings] == [
        "the file, contribution 2, text",
        "the file, contribution 3",
        "the file, contribution 4, text",
        "the file, contribution 5",
    ]


@pytest.mark.parametrize("bad", ["\\ud800", "\\udc00", "\\u0000", "\\uffff"])
@pytest.mark.parametrize(
    "form",
    [
        '{{"text":"a{0}"}}',
        '{{"text":"a","{0}":1}}',
        '{{"text":"a","receipt":"{0}"}}',
        '{{"text":"a","characteristics":{{"{0}":"x"}}}}',
        '{{"text":"a","characteristics":{{"x":"{0}"}}}}',
    ],
)
def test_halves_of_characters_and_control_characters_are_refused_everywhere(refused, bad, form):
    body = '{"kind":"workshop","month":"2025-03","contributions":[' + form.format(bad) + "]}"
    assert refused("json", body)[0].rule == "control characters"


def test_deep_nesting_within_a_field_is_refused(refused):
    deep = "x"
    for _ in range(40):
        deep = [deep]
    assert (
        refused("json", with_(contributions=[{"text": "a", "marks": deep}]), **NOTHING)[0].rule == "nested too deeply"
    )


@pytest.mark.parametrize("missing", ["kind", "month"])
def test_a_missing_fact_is_named(refused, missing):
    body = json.dumps({key: value for key, value in SESSION.items() if key != missing})
    assert refused("json", body, **NOTHING)[0].rule == f"no {missing}"


def test_an_option_fills_what_the_file_leaves_out(read):
    body = json.dumps({"contributions": [{"text": "A light."}]})
    session = read(
        "json", body, kind="children_session", month="2025-03", role="survivor", uses=("count",), under_18_consent=True
    ).submissions[0]
    assert (session.kind, session.under_18_consent) == ("children_session", True)


@pytest.mark.parametrize(
    "option",
    [
        {"kind": "survey"},
        {"month": "2025-04"},
        {"areas": ("islington",)},
        {"role": "practitioner"},
        {"uses": ("count", "quote")},
        {"number_present": 9},
    ],
)
def test_an_option_that_the_file_contradicts_is_refused(refused, option):
    (field,) = option
    (finding,) = refused("json", json.dumps(SESSION), **option)
    assert finding.place == f"the file, {field}"
    assert finding.rule == f"not the same as the option {field}"


def test_an_option_of_one_session_is_refused_for_several(refused):
    body = {key: value for key, value in SESSION.items() if key != "number_present"}
    (finding,) = refused("json", json.dumps([body, body]), number_present=8)
    assert finding.place == "option number_present"


def test_marks_keep_their_places_in_a_text_with_space_in_front(read):
    said = {"text": "  A light.", "marks": [{"start": 2, "end": 3, "action": "remove"}]}
    contribution = read("json", with_(contributions=[said]), **NOTHING).submissions[0].contributions[0]
    assert contribution.text[contribution.marks[0].start] == "A"


def test_a_list_of_100001_contributions_is_refused(refused):
    findings = refused("json", with_(contributions=[{"text": "a"}] * 100_001), **NOTHING)
    assert [finding.rule for finding in findings] == ["too many contributions"]
