"""The sealed spool: what goes in comes out, from anywhere, and the disk never has it in clear."""

import hashlib
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.spool import BLOCK, SealedSpool


@pytest.fixture
def spool(tmp_path):
    made = SealedSpool(tmp_path / "spool")
    yield made
    made.close()


@given(pieces=st.lists(st.binary(max_size=3 * BLOCK // 2), max_size=4), at=st.integers(0, 3 * BLOCK))
def test_it_gives_back_what_it_took_from_any_place(tmp_path_factory, pieces, at):
    whole = b"".join(pieces)
    spool = SealedSpool(tmp_path_factory.getbasetemp() / "spool")
    for piece in pieces:
        spool.write(piece)
    assert (spool.size, spool.digest()) == (len(whole), hashlib.sha256(whole).hexdigest())
    reader = spool.reader()
    assert reader.read() == whole
    assert reader.seek(0, io.SEEK_END) == len(whole)
    reader.seek(at)
    assert reader.read(100) == whole[at : at + 100]
    spool.close()


def test_lines_are_read_as_from_any_file(spool):
    spool.write(b"one\ntwo\n" * BLOCK)
    assert io.TextIOWrapper(spool.reader(), encoding="utf-8").readline() == "one\n"


def test_the_disk_has_noise(spool):
    spool.write(b"velvet umbrellas " * BLOCK)
    spool.reader()
    spool._file.seek(0)
    assert b"velvet" not in spool._file.read()


def test_it_leaves_no_name_behind(spool, tmp_path):
    spool.write(bytes(2 * BLOCK))
    assert list((tmp_path / "spool").iterdir()) == []


def test_two_spools_of_the_same_bytes_differ(tmp_path):
    written = []
    for _ in range(2):
        spool = SealedSpool(tmp_path)
        spool.write(bytes(BLOCK))
        spool._file.seek(0)
        written.append(spool._file.read())
        spool.close()
    assert written[0] != written[1]
