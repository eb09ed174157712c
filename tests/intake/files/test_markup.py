"""XML of office files: walked through without a tree, with every door to the outside shut."""

import pytest

from services.errors import InputRefused
from services.intake.files.markup import Walker, is_true, walk, whole

LAUGHS = (
    b'<!DOCTYPE a [<!ENTITY l0 "ha">'
    + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><a>&l9;</a>"
)


class Collecting(Walker):
    def __init__(self):
        self.seen = []

    def start(self, name, attributes):
        self.seen.append((name, attributes))

    def end(self, name):
        self.seen.append(name)

    def text(self, text):
        self.seen.append(text)


def walked(*pieces):
    walker = Collecting()
    walk(iter(pieces), walker)
    return walker.seen


def test_elements_and_attributes_come_without_their_namespace():
    seen = walked(b'<x:a xmlns:x="urn:u" x:b="1" c="2">te', b"xt</x:a>")
    assert seen[0] == ("a", {"b": "1", "c": "2"})
    assert "".join(seen[1:-1]) == "text"
    assert seen[-1] == "a"


@pytest.mark.parametrize(
    "body",
    [
        LAUGHS,
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1/x"><a/>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///x">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY % x "y"> %x;]><a/>',
    ],
)
def test_declarations_are_refused_before_anything_is_expanded(body):
    with pytest.raises(InputRefused, match="DTD"):
        walked(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a>",
        b"<a></b>",
        b"a",
        b"<a>&x;</a>",
        b"<a>\x00</a>",
        b"<x:a/>",
        b'<?xml encoding="utf-7"?><a/>',
        b"<a/><b/>",
    ],
)
def test_xml_that_does_not_hold_together_is_refused(body):
    with pytest.raises(InputRefused, match="damaged"):
        walked(body)


def test_elements_within_elements_have_an_end():
    assert walked(b"<a>" * 200 + b"</a>" * 200)
    with pytest.raises(InputRefused, match="nested too deeply"):
        walked(b"<a>" * 201 + b"</a>" * 201)


@pytest.mark.parametrize(("value", "expected"), [(None, 7), ("0", 0), ("12", 12), ("999999999", 999_999_999)])
def test_whole_numbers_are_read(value, expected):
    assert whole(value, 7) == expected


@pytest.mark.parametrize("value", ["", "-1", "1.0", "x", "9999999999", "１"])
def test_other_numbers_are_damage(value):
    with pytest.raises(InputRefused, match="a number that is none"):
        whole(value, 7)


@pytest.mark.parametrize(
    ("value", "expected"), [("1", True), ("TRUE", True), ("on", True), ("0", False), (None, False)]
)
def test_yes_is_written_in_several_ways(value, expected):
    assert is_true(value) is expected
