"""What breaks a kept contract: each kind of change by hand, from structs before and after."""

from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, Struct, defstruct

from services.contracts import CONTRACTS
from services.schema_changes import breaks, used_again
from services.schemas import event_schema, generated, schema_of


class Part(Struct):
    name: str
    note: str | None = None


class LongerPart(Struct):
    name: str
    note: str | None = None
    more: int = 0


class StrictPart(Struct):
    name: str
    note: str


class Chain(Struct):
    link: int
    next: "Chain | None" = None


class OtherChain(Struct):
    link: str
    next: "OtherChain | None" = None


def record(*fields):
    return schema_of(defstruct("Record", list(fields), kw_only=True))


def field(kind, *default):
    return record(("field", kind, *default))


IDENTICAL = [str, int, bytes, Part, Chain, list[Part], dict[str, Part], str | None, Part | None, int | str, Any]


@pytest.mark.parametrize("kind", IDENTICAL, ids=str)
def test_nothing_breaks_where_nothing_changes(kind):
    assert breaks(field(kind), field(kind)) == []


@pytest.mark.parametrize("schema", generated().values(), ids=generated())
def test_our_own_contracts_do_not_break_themselves(schema):
    assert breaks(schema, schema) == []


TYPES = [
    (str, int, "the type changed from string to integer"),
    (int, float, "the type changed from integer to number"),
    (float, int, "the type changed from number to integer"),
    (bool, int, "the type changed from boolean to integer"),
    (str, list[str], "the type changed from string to array"),
    (list[str], dict[str, str], "the type changed from array to object"),
    (str, Literal["a", "b"], "the type changed from string to enum"),
    (Part, str, "the type changed from object to string"),
    (str, Any, "the type changed from string to anything"),
    (Any, str, "the type changed from anything to string"),
    (int, int | str, "the type changed from integer to one of several"),
    (str, str | None, "may now be null"),
    (str | None, str, "may no longer be null"),
    (int | str, int | str | None, "may now be null"),
    (str, bytes, "contentEncoding changed from nothing to 'base64'"),
    (bytes, str, "contentEncoding changed from 'base64' to nothing"),
    (int | str, int | str | list[int], "the alternatives changed from 2 to 3"),
]


@pytest.mark.parametrize(("before", "after", "line"), TYPES, ids=str)
def test_another_type_breaks(before, after, line):
    assert breaks(field(before), field(after)) == [f"$.field: {line}"]


LIMITS = [
    (Annotated[str, Meta(pattern="^a")], str, "pattern changed from '^a' to nothing"),
    (str, Annotated[str, Meta(pattern="^a")], "pattern changed from nothing to '^a'"),
    (Annotated[str, Meta(pattern="^a")], Annotated[str, Meta(pattern="^b")], "pattern changed from '^a' to '^b'"),
    (Annotated[str, Meta(max_length=9)], Annotated[str, Meta(max_length=8)], "maxLength changed from 9 to 8"),
    (Annotated[str, Meta(max_length=8)], Annotated[str, Meta(max_length=9)], "maxLength changed from 8 to 9"),
    (Annotated[str, Meta(min_length=1)], str, "minLength changed from 1 to nothing"),
    (Annotated[int, Meta(ge=1)], Annotated[int, Meta(ge=0)], "minimum changed from 1 to 0"),
    (Annotated[int, Meta(le=5)], Annotated[int, Meta(le=4)], "maximum changed from 5 to 4"),
    (int, Annotated[int, Meta(gt=4)], "exclusiveMinimum changed from nothing to 4"),
    (Annotated[int, Meta(multiple_of=2)], int, "multipleOf changed from 2 to nothing"),
    (
        Annotated[list[int], Meta(max_length=3)],
        Annotated[list[int], Meta(max_length=4)],
        "maxItems changed from 3 to 4",
    ),
    (list[int], Annotated[list[int], Meta(min_length=1)], "minItems changed from nothing to 1"),
]


@pytest.mark.parametrize(("before", "after", "line"), LIMITS, ids=lambda value: str(value)[-40:])
def test_a_limit_that_is_narrower_or_wider_breaks(before, after, line):
    assert breaks(field(before), field(after)) == [f"$.field: {line}"]


def test_an_enum_that_is_narrowed_breaks_old_records():
    assert breaks(field(Literal["a", "b", "c"]), field(Literal["b"])) == ["$.field: the enum was narrowed by 'a', 'c'"]


def test_an_enum_that_is_widened_breaks_old_readers():
    assert breaks(field(Literal["a"]), field(Literal["a", "b"])) == ["$.field: the enum was widened by 'b'"]


def test_a_value_that_is_swapped_narrows_and_widens():
    assert breaks(field(Literal["a", "b"]), field(Literal["a", "c"])) == [
        "$.field: the enum was narrowed by 'b'",
        "$.field: the enum was widened by 'c'",
    ]


def test_the_order_of_an_enum_means_nothing():
    one, other = {"enum": ["a", "b"]}, {"enum": ["b", "a"]}
    assert breaks(one, other) == []


def test_an_enum_beside_a_type_is_added_or_removed():
    plain, listed = {"type": "string"}, {"type": "string", "enum": ["a"]}
    assert breaks(plain, listed) == ["$: an enum was added"]
    assert breaks(listed, plain) == ["$: an enum was removed"]


def test_an_optional_field_may_come():
    assert breaks(record(("a", str)), record(("a", str), ("b", int, 0))) == []


def test_an_optional_field_may_go_when_its_name_is_retired():
    before, after = record(("a", str), ("b", int, 0)), record(("a", str))
    assert breaks(before, after, {"b"}) == []
    assert breaks(before, after) == ["$.b: an optional field was removed without being listed as retired"]


def test_a_retired_name_is_not_used_again():
    before, after = record(("a", str)), record(("a", str), ("b", str, ""))
    assert breaks(before, after, {"b"}) == ["$.b: the name was retired and is used again"]


def test_a_name_is_retired_at_its_own_place_only():
    after = record(("name", str, ""), ("parts", list[Part], []))
    assert used_again(after, {"parts[].other", "parts.name"}) == []
    assert used_again(after, {"parts[].name"}) == ["$.parts[].name: the name was retired and is used again"]


@pytest.mark.parametrize(
    ("kind", "place"),
    [(Part, "f.name"), (Part | None, "f.name"), (dict[str, Part], "f.*.name"), (list[list[Part]], "f[][].name")],
    ids=str,
)
def test_a_retired_name_is_found_however_deep(kind, place):
    assert used_again(record(("f", kind)), {place}) == [f"$.{place}: the name was retired and is used again"]


def test_a_retired_name_is_looked_for_in_a_struct_that_holds_itself():
    assert used_again(field(Chain), {"field.next"}) == ["$.field.next: the name was retired and is used again"]


def test_a_required_field_may_not_come():
    assert breaks(record(("a", str)), record(("a", str), ("b", int))) == ["$.b: a required field was added"]


def test_a_required_field_may_not_go_retired_or_not():
    before, after = record(("a", str), ("b", int)), record(("a", str))
    assert breaks(before, after) == breaks(before, after, {"b"}) == ["$.b: a required field was removed"]


def test_a_field_that_is_renamed_is_one_gone_and_one_added():
    assert breaks(record(("a", str)), record(("b", str))) == [
        "$.a: a required field was removed",
        "$.b: a required field was added",
    ]


def test_required_and_optional_may_not_change_places():
    required, optional = record(("a", str)), record(("a", str, "x"))
    assert breaks(required, optional) == ["$.a: required became optional"]
    assert breaks(optional, required) == ["$.a: optional became required"]


def test_another_default_changes_what_old_records_mean():
    assert breaks(field(int, 0), field(int, 1)) == ["$.field: the default changed from 0 to 1"]
    assert breaks(field(str | None, None), field(str | None, "x")) == [
        "$.field: the default changed from nothing to 'x'",
    ]


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        (Part, StrictPart, "$.field"),
        (list[Part], list[StrictPart], "$.field[]"),
        (dict[str, Part], dict[str, StrictPart], "$.field.*"),
        (Part | None, StrictPart | None, "$.field"),
        (dict[str, list[Part]], dict[str, list[StrictPart]], "$.field.*[]"),
        (Part | int, StrictPart | int, "$.field (alternative 2)"),
    ],
    ids=str,
)
def test_a_break_is_found_however_deep(before, after, place):
    assert breaks(field(before), field(after)) == [
        f"{place}.note: optional became required",
        f"{place}.note: may no longer be null",
    ]


def test_a_part_may_grow_by_an_optional_field():
    assert breaks(field(list[Part]), field(list[LongerPart])) == []


def test_the_names_of_a_map_may_not_be_ruled_otherwise():
    named = Annotated[str, Meta(pattern="^a")]
    assert breaks(field(dict[named, int]), field(dict[Annotated[str, Meta(pattern="^b")], int])) == [
        "$.field (names): pattern changed from '^a' to '^b'",
    ]
    assert len(breaks(field(dict[str, int]), field(dict[named, int]))) == 1


def test_a_content_model_that_is_closed_breaks():
    closed = {**record(("a", str)), "additionalProperties": False}
    assert breaks(record(("a", str)), closed) == ["$.*: additionalProperties changed from True to False"]


def test_a_map_of_anything_is_not_a_map_of_something():
    assert breaks(field(dict[str, Any]), field(dict[str, int])) != []


def test_a_struct_that_holds_itself_is_walked_once():
    assert breaks(field(Chain), field(OtherChain)) == ["$.field.link: the type changed from integer to string"]


@pytest.mark.parametrize("mark", ["x-type", "x-topic", "x-key"])
def test_type_topic_and_key_stay(mark):
    schema = event_schema(next(iter(CONTRACTS.values())))
    assert breaks(schema, {**schema, mark: "other"}) == [f"$: {mark} changed from {schema[mark]!r} to 'other'"]


@pytest.mark.parametrize("keyword", ["title", "description", "$comment", "$id", "examples", "x-other"])
def test_what_only_explains_may_change(keyword):
    assert breaks(record(("a", str)), {**record(("a", str)), keyword: "other"}) == []


@pytest.mark.parametrize("rule", ["format", "const", "uniqueItems", "dependentRequired", "not", "minProperties"])
def test_a_rule_that_no_struct_makes_today_breaks_all_the_same(rule):
    assert breaks(record(("a", str)), {**record(("a", str)), rule: "other"}) == [
        f"$: {rule} changed from nothing to 'other'",
    ]


def test_every_break_is_named_not_only_the_first():
    before = record(("a", str), ("b", int), ("c", list[Part]))
    after = record(("a", int), ("c", list[StrictPart]), ("d", str))
    assert len(breaks(before, after)) == 5


def test_the_definitions_name_does_not_matter():
    class Same(Struct):
        name: str
        note: str | None = None

    assert breaks(field(Part), field(Same)) == []
