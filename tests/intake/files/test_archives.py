"""Packed files: what a zip says about itself is not believed."""

import io
import struct
import zipfile
import zlib

import pytest

from services.errors import InputRefused
from services.intake.files import archives
from services.intake.files.archives import Archive

GOOD = {"a.xml": b"<a/>" * 100, "b/c.xml": b"<b/>"}
ENTRY_SIZE = 24
LOCAL_SIZE = 22


@pytest.fixture
def rule():
    """Return the rule by which an archive is refused."""

    def of(packed):
        with pytest.raises(InputRefused) as caught:
            Archive(io.BytesIO(packed))
        return caught.value.findings[0].rule

    return of


def with_size(packed, size, crc=None):
    """Let the only part of an archive claim another size, in its list and in its head."""
    changed = bytearray(packed)
    entry = changed.index(b"PK\x01\x02")
    struct.pack_into("<I", changed, entry + ENTRY_SIZE, size)
    struct.pack_into("<I", changed, LOCAL_SIZE, size)
    if crc is not None:
        struct.pack_into("<I", changed, entry + 16, crc)
        struct.pack_into("<I", changed, 14, crc)
    return bytes(changed)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_parts_come_out_as_they_went_in(files, method):
    archive = Archive(io.BytesIO(files.pack(GOOD, method)))
    assert {name: b"".join(archive.pieces(name)) for name in archive.names} == GOOD


def test_a_part_of_many_pieces_comes_out_whole(files):
    body = b"".join(str(number).encode() for number in range(100_000))
    assert b"".join(Archive(io.BytesIO(files.pack({"a": body}))).pieces("a")) == body


def test_a_part_that_is_not_there_is_refused(files):
    with pytest.raises(InputRefused):
        list(Archive(io.BytesIO(files.pack(GOOD))).pieces("z"))


@pytest.mark.parametrize("cut", [1, 10, 22, 60, 120])
def test_a_file_that_is_cut_off_is_refused(files, rule, cut):
    assert "damaged" in rule(files.pack(GOOD)[:-cut])


@pytest.mark.parametrize("packed", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"hello" * 100])
def test_what_is_no_archive_is_refused(rule, packed):
    assert rule(packed) == "damaged or cut off"


def test_bytes_in_front_or_behind_are_refused(files, rule):
    packed = files.pack(GOOD)
    assert rule(b"x" + packed) == "damaged or cut off"
    assert rule(packed + b"x") == "damaged or cut off"
    assert rule(packed + packed) == "damaged or cut off"


def test_two_hundred_megabytes_of_zeros_are_refused_before_they_are_unpacked(files, rule):
    bomb = files.pack({"xl/worksheets/sheet1.xml": bytes(200_000_000)})
    assert len(bomb) < 200_000
    assert rule(bomb) == "it unpacks to far more than an office file holds"


def test_a_part_that_is_larger_than_it_claims_is_refused(files, rule):
    packed = files.pack({"a": bytes(5_000_000)})
    assert rule(with_size(packed, 1_000)) == "damaged: a part is not what the archive says of it"


def test_a_part_whose_check_sum_fits_its_false_size_is_refused_all_the_same(files, rule):
    packed = files.pack({"a": bytes(5_000_000)})
    lying = with_size(packed, 1_000, zlib.crc32(bytes(1_000)))
    with zipfile.ZipFile(io.BytesIO(lying)) as trusting:
        assert len(trusting.read("a")) == 1_000
    assert rule(lying) == "damaged: a part is not what the archive says of it"


def test_a_part_that_is_smaller_than_it_claims_is_refused(files, rule):
    assert "not what the archive says" in rule(with_size(files.pack({"a": bytes(1_000)}), 2_000))


def test_more_unpacked_bytes_than_any_session_has_are_refused(files, rule, monkeypatch):
    monkeypatch.setattr(archives, "MOST_UNPACKED", 1_000)
    assert "far more" in rule(files.pack({"a": b"x" * 1_001}, zipfile.ZIP_STORED))


def test_too_many_parts_are_refused(files, rule):
    assert rule(files.pack({f"part{number}": b"" for number in range(2_001)})) == "too many parts inside"


def test_a_password_is_refused(files, rule):
    packed = bytearray(files.pack({"a": b"x"}))
    packed[6] |= 1
    packed[packed.index(b"PK\x01\x02") + 8] |= 1
    assert rule(bytes(packed)) == "protected by a password"


def test_other_ways_of_packing_are_refused(files, rule):
    assert rule(files.pack(GOOD, zipfile.ZIP_LZMA)) == "packed in a way that is not read"


@pytest.mark.parametrize("name", ["../a.xml", "/a.xml", "a/../../b.xml", "a\\b.xml"])
def test_names_that_lead_elsewhere_are_refused(files, rule, name):
    assert "names of parts" in rule(files.pack({name: b"x"}))


def test_two_parts_of_one_name_are_refused(files, rule):
    assert "names of parts" in rule(files.pack({"a.xml": b"x", "A.xml": b"y"}))


def test_a_part_whose_own_head_bears_another_name_is_refused(files, rule):
    packed = files.pack({"a.xml": b"x"}).replace(b"a.xml", b"b.xml", 1)
    assert "damaged" in rule(packed)


@pytest.mark.parametrize(
    ("name", "body"),
    [("x.bin", b"PK\x03\x04rest"), ("x.bin", b"\x1f\x8b\x08"), ("notes.ZIP", b""), ("word/embeddings/a.xlsx", b"x")],
)
def test_an_archive_within_the_archive_is_refused(files, rule, name, body):
    assert rule(files.pack({"a.xml": b"x", name: body})) == "another file is packed inside"


def test_an_old_office_object_within_is_refused(files, rule):
    assert rule(files.pack({"a.xml": b"x", "x.bin": b"\xd0\xcf\x11\xe0\xa1"})) == "an embedded object or macros"


def test_a_byte_that_changed_on_the_way_is_found(files, rule):
    packed = bytearray(files.pack(GOOD, zipfile.ZIP_STORED))
    packed[packed.index(b"<a/>")] ^= 1
    assert "damaged" in rule(bytes(packed))
