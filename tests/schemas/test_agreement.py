"""The JSON Schemas and the decoder accept the same values: made from the structs, then changed at one place.

Where JSON Schema cannot say what the decoder does, values are not made: base64 is whole (shown apart below), an
integer is never written as ``1.0``, and no text holds a lone surrogate.
"""

import base64
import contextlib
import copy
import json
from typing import Annotated

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from msgspec import inspect

from services.contracts import CONTRACTS, decode
from services.errors import ContractBroken
from services.schemas import SEALED, schema_of

STRUCTS = [*CONTRACTS, *SEALED]
VALIDATORS = {struct: Draft202012Validator(schema_of(struct)) for struct in STRUCTS}


#: Fields that are bytes in some struct: a text that is put there is base64, whatever stood there before.
BYTES_FIELDS = {"wrap", "body", "words", "facts", "public_key", "signature"}
ENCODED = st.binary(max_size=12).map(lambda raw: base64.b64encode(raw).decode())
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.floats(-2, 2).filter(lambda number: not number.is_integer()),
    st.builds(list),
    st.builds(dict),
)
TEXTS = st.one_of(
    st.sampled_from(
        ["", "a", "A", "a b", "count", "2025-01", "2025-01-31", "2025-01-31T09:30Z", "held", "x" * 81, "f" * 64]
    ),
    st.text(max_size=5),
    st.integers(0, 2100).map(lambda length: "y" * length),
)
ANYTHING = st.recursive(st.one_of(PLAIN, TEXTS), lambda inner: st.lists(inner, max_size=2), max_leaves=3)


def field_values(fields):
    return {field.encode_name: values_of(field.type) for field in fields}


def text_values(kind):
    if kind.pattern is not None:
        return st.from_regex(kind.pattern)
    return st.text(min_size=kind.min_length or 0, max_size=min(kind.max_length or 20, 20))


MAKERS = {
    inspect.StructType: lambda kind: st.fixed_dictionaries(
        field_values(field for field in kind.fields if field.required),
        optional=field_values(field for field in kind.fields if not field.required),
    ),
    inspect.VarTupleType: lambda kind: st.lists(values_of(kind.item_type), max_size=3),
    inspect.DictType: lambda kind: st.dictionaries(values_of(kind.key_type), values_of(kind.value_type), max_size=2),
    inspect.UnionType: lambda kind: st.one_of([values_of(part) for part in kind.types]),
    inspect.LiteralType: lambda kind: st.sampled_from(sorted(kind.values)),
    inspect.StrType: text_values,
    inspect.IntType: lambda kind: st.integers(kind.ge, kind.le),
    inspect.FloatType: lambda kind: st.floats(kind.ge, kind.le),
    inspect.BytesType: lambda _: ENCODED,
    inspect.BoolType: lambda _: st.booleans(),
    inspect.NoneType: lambda _: st.none(),
    inspect.AnyType: lambda _: ANYTHING,
    inspect.Metadata: lambda kind: values_of(kind.type),
}


def values_of(kind):
    """JSON values that a type accepts."""
    return MAKERS[type(kind)](kind)


def places_in(value, place=()):
    """Every place of a JSON value but its root."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, part in inside:
        yield (*place, step)
        yield from places_in(part, (*place, step))


@st.composite
def changed_values(draw, struct):
    """A value of a struct with one to three things changed, each of which may or may not break it."""
    value = copy.deepcopy(draw(values_of(inspect.type_info(struct))))
    for _ in range(draw(st.integers(1, 3))):
        places = list(places_in(value))
        if not places:
            return value
        *way, last = draw(st.sampled_from(places))
        holder = value
        for step in way:
            holder = holder[step]
        was = holder[last]
        change = draw(st.sampled_from(["replace", "remove", "add", "rename", "repeat"]))
        if change == "remove":
            del holder[last]
        elif change == "add" and isinstance(was, dict):
            was["not_declared"] = draw(ANYTHING)
        elif change == "rename" and isinstance(holder, dict):
            holder[draw(st.sampled_from(["", "two words", "Plain_name"]))] = holder.pop(last)
        elif change == "repeat" and isinstance(was, list):
            was.extend(copy.deepcopy(was) * draw(st.sampled_from([1, 201])))
        else:
            holder[last] = draw(st.one_of(PLAIN, ENCODED if last in BYTES_FIELDS else TEXTS))
    return value


def decodes(struct, raw):
    try:
        if struct in SEALED:
            msgspec.json.decode(raw, type=struct)
        else:
            decode(struct, raw)
    except (ContractBroken, msgspec.ValidationError):
        return False
    return True


def is_valid(struct, raw):
    return VALIDATORS[struct].is_valid(json.loads(raw))


by_struct = pytest.mark.parametrize("struct", STRUCTS, ids=lambda struct: struct.__name__)
unhurried = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@by_struct
@unhurried
@given(data=st.data())
def test_what_the_struct_allows_both_accept(struct, data):
    raw = json.dumps(data.draw(values_of(inspect.type_info(struct)))).encode()
    assert decodes(struct, raw)
    assert is_valid(struct, raw)


@by_struct
@unhurried
@given(data=st.data())
def test_after_any_change_both_still_say_the_same(struct, data):
    raw = json.dumps(data.draw(changed_values(struct))).encode()
    assert is_valid(struct, raw) == decodes(struct, raw)


@by_struct
@unhurried
@given(data=st.data())
def test_what_our_writer_writes_both_accept(struct, data):
    made = msgspec.convert(data.draw(values_of(inspect.type_info(struct))), type=struct)
    raw = msgspec.json.encode(made)
    assert decodes(struct, raw)
    assert is_valid(struct, raw)


@by_struct
@settings(max_examples=15, deadline=None)
@given(value=ANYTHING)
def test_what_is_no_object_both_refuse(struct, value):
    raw = json.dumps(value).encode()
    assert not is_valid(struct, raw)
    assert not decodes(struct, raw)


def test_the_fields_that_are_bytes_are_those_that_this_test_spares():
    found = {
        name
        for struct in STRUCTS
        for schema in (schema_of(struct), *schema_of(struct).get("$defs", {}).values())
        for name, field in schema["properties"].items()
        if "contentEncoding" in field
    }
    assert found == BYTES_FIELDS


@by_struct
def test_each_required_field_is_missed_by_both(struct):
    value = json.loads(json.dumps(example_of(struct)))
    for name in schema_of(struct)["required"]:
        without = json.dumps({key: part for key, part in value.items() if key != name}).encode()
        assert not is_valid(struct, without)
        assert not decodes(struct, without)


@by_struct
def test_a_field_that_is_not_declared_is_passed_over_by_both(struct):
    raw = json.dumps({**example_of(struct), "not_declared": {"deep": [1]}}).encode()
    assert is_valid(struct, raw)
    assert decodes(struct, raw)


@pytest.mark.parametrize("text", ["A", "AA", "A===", "not base64", "AA-_"])
def test_base64_that_is_not_whole_is_refused_by_the_decoder_alone(text):
    struct = next(struct for struct in CONTRACTS if struct.__name__ == "KeyAnnounced")
    raw = json.dumps({**example_of(struct), "public_key": text}).encode()
    assert is_valid(struct, raw)
    assert not decodes(struct, raw)


def test_an_integer_with_a_point_is_refused_by_the_decoder_alone():
    struct = next(struct for struct in CONTRACTS if struct.__name__ == "ConsentChanged")
    raw = json.dumps({**example_of(struct), "revision": 1.0}).encode()
    assert is_valid(struct, raw)
    assert not decodes(struct, raw)


def example_of(struct):
    """One plain value of a struct, the same each time."""
    return example(inspect.type_info(struct))


def example(kind):
    return EXAMPLES[type(kind)](kind)


def example_text(kind):
    for text in ("2025-03-31T09:30Z", "2025-03-31", "2025-03", "f" * 64, "example"):
        with contextlib.suppress(msgspec.ValidationError):
            limits = msgspec.Meta(pattern=kind.pattern, max_length=kind.max_length, min_length=kind.min_length)
            return msgspec.convert(text, type=Annotated[str, limits])
    raise AssertionError(f"the test has no example for {kind}")


EXAMPLES = {
    inspect.StructType: lambda kind: {
        field.encode_name: example(field.type) for field in kind.fields if field.required
    },
    inspect.VarTupleType: lambda _: [],
    inspect.DictType: lambda _: {},
    inspect.LiteralType: lambda kind: min(kind.values),
    inspect.StrType: example_text,
    inspect.IntType: lambda _: 1,
    inspect.BytesType: lambda _: "AAAA",
    inspect.BoolType: lambda _: True,
    inspect.Metadata: lambda kind: example(kind.type),
}
