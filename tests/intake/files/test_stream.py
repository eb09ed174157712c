"""Large tables: checked as a whole, handed on chunk by chunk, in flat memory."""

import datetime
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from services.errors import InputRefused
from services.intake.files import sessions
from services.intake.files.reading import Header, read_file, stream_rows
from services.intake.submissions import check

HEADER = Header(kind="workshop", month="2025-03", role="survivor", uses=("count",))


class Rows(io.RawIOBase):
    """A file of rows that is never in memory as a whole."""

    def __init__(self, count):
        self._count = count
        self._at = 0
        self._head = b"session,seat,text\n"
        self._row = (
            b"%06d,%03d,The night bus stop needs a light and a bench - said in row %06d. " + b"More. " * 30 + b"\n"
        )
        self._width = len(self._row % (0, 0, 0))

    def seekable(self):
        return True

    def readable(self):
        return True

    def seek(self, offset, whence=0):
        size = len(self._head) + self._count * self._width
        self._at = offset + {0: 0, 1: self._at, 2: size}[whence]
        return self._at

    def read(self, size=-1):
        pieces, left = [], (1 << 62) if size < 0 else size
        while left:
            piece = self._head[self._at :]
            if not piece:
                number, within = divmod(self._at - len(self._head), self._width)
                if number >= self._count:
                    break
                piece = (self._row % (number // 200, number % 30 + 1, number))[within:]
            piece = piece[:left]
            pieces.append(piece)
            self._at += len(piece)
            left -= len(piece)
        return b"".join(pieces)

    def readinto(self, into):
        piece = self.read(len(into))
        into[: len(piece)] = piece
        return len(piece)

    read1 = read


def chunks_of(body, **options):
    source = io.BytesIO(body.encode())
    return list(stream_rows(source, format="csv", header=HEADER, **options))


@pytest.mark.slow
def test_a_hundred_thousand_rows_are_read_in_flat_memory():
    tracemalloc.start()
    try:
        stream = stream_rows(Rows(100_000), format="csv", header=replace(HEADER, group="g-1"))
        count = sum(len(chunk.submission.contributions) for chunk in stream)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 100_000
    assert len(stream.sessions) == 500
    assert set(stream.counts) == {200}
    assert peak < 60_000_000


def test_one_row_more_than_that_is_refused():
    with pytest.raises(InputRefused, match="too many rows"):
        stream_rows(io.BytesIO(b"text\n" + b"A light.\n" * 100_001), format="csv", header=HEADER)


def test_too_many_sessions_are_refused(monkeypatch):
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 2)
    with pytest.raises(InputRefused, match="too many sessions"):
        chunks_of("session,text\na,One.\nb,Two.\nc,Three.\n")


def test_findings_are_raised_before_the_first_chunk_is_handed_on():
    with pytest.raises(InputRefused):
        stream_rows(io.BytesIO(b"text,person\n" + b"A light.,1\n" * 500 + b"A light.,x\n"), format="csv", header=HEADER)


def test_a_chunk_is_of_one_session_and_the_last_one_says_so():
    chunks = chunks_of("session,text\n" + "a,One.\nb,Two.\n" * 3, at_once=2)
    assert [(chunk.session, chunk.part, chunk.last, len(chunk.places)) for chunk in chunks] == [
        (0, 0, False, 2),
        (1, 0, False, 2),
        (0, 1, True, 1),
        (1, 1, True, 1),
    ]


def test_every_chunk_knows_how_many_people_spoke_in_the_whole_session():
    body = "person,text\n" + "".join(f"{number % 7 + 1},One.\n" for number in range(20))
    chunks = chunks_of(body, at_once=3)
    assert {chunk.submission.number_present for chunk in chunks} == {7}
    whole = read_file(io.BytesIO(body.encode()), format="csv", header=HEADER).submissions[0]
    assert check(whole, today=datetime.date(2025, 6, 1)).number_present == 7


def test_in_a_survey_each_row_is_a_person():
    source = io.BytesIO(b"text\n" + b"One.\n" * 5)
    header = Header(kind="survey", month="2025-03", role="survivor", uses=("count",))
    assert {
        chunk.submission.number_present for chunk in stream_rows(source, format="csv", header=header, at_once=2)
    } == {5}


def test_every_chunk_keeps_the_rules_by_itself():
    chunks = chunks_of(
        "areas,role,person,text\ncamden,survivor,1,One.\n,practitioner,2,Two.\nislington,survivor,3,Three.\n", at_once=1
    )
    checked = [check(chunk.submission, today=datetime.date(2025, 6, 1), places=list(chunk.places)) for chunk in chunks]
    assert [one.contributions[0].areas for one in checked] == [("camden",), ("not_said",), ("islington",)]
    assert {one.areas for one in checked} == {("camden", "islington")}


def test_rows_of_many_sessions_do_not_pile_up(monkeypatch):
    monkeypatch.setattr(sessions, "MOST_WAITING", 5)
    body = "session,text\n" + "".join(f"{number % 4},Row {number}.\n" for number in range(40))
    chunks = chunks_of(body, at_once=100)
    assert max(len(chunk.places) for chunk in chunks) <= 5
    for session in range(4):
        own = [chunk for chunk in chunks if chunk.session == session]
        assert [chunk.part for chunk in own] == list(range(len(own)))
        assert [chunk.last for chunk in own] == [False] * (len(own) - 1) + [True]


def test_only_tables_can_be_streamed():
    with pytest.raises(InputRefused, match="not a table"):
        stream_rows(io.BytesIO(b"{}"), format="json", header=HEADER)


def test_a_workbook_is_streamed_as_well(files):
    rows = [["session", "text"]] + [[str(number // 3), f"Row {number}."] for number in range(9)]
    book = files.workbook({"A": files.worksheet(files.sheet_rows(rows))})
    stream = stream_rows(io.BytesIO(book), format="xlsx", header=HEADER, at_once=2)
    assert stream.counts == (3, 3, 3)
    assert [len(chunk.places) for chunk in stream] == [2, 1, 2, 1, 2, 1]
    assert [len(chunk.places) for chunk in stream] == [2, 1, 2, 1, 2, 1], "a stream can be read again"


@given(
    labels=st.lists(st.sampled_from("abcd"), min_size=1, max_size=40),
    at_once=st.integers(1, 6),
)
def test_chunks_put_together_are_the_file_as_read_whole(labels, at_once):
    body = "session,text\n" + "".join(f"{label},Row {number}.\n" for number, label in enumerate(labels))
    whole = read_file(io.BytesIO(body.encode()), format="csv", header=HEADER)
    said: dict[int, list[str]] = {}
    places: dict[int, list[str]] = {}
    for chunk in chunks_of(body, at_once=at_once):
        said.setdefault(chunk.session, []).extend(each.text for each in chunk.submission.contributions)
        places.setdefault(chunk.session, []).extend(chunk.places)
    assert [said[number] for number in sorted(said)] == [
        [each.text for each in one.contributions] for one in whole.submissions
    ]
    assert tuple(tuple(places[number]) for number in sorted(places)) == whole.places
