"""From rows to sessions: first a look through the whole table, then chunks of contributions, one session each.

The first look checks everything and keeps a few facts a session; the second hands the contributions on. So a table of
100,000 rows never stands in memory, and nothing is handed on from a file with a finding.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

from services.intake.files.findings import THE_FILE, Findings
from services.intake.files.header import Header, given, new_submission
from services.intake.files.stated import statement_of
from services.intake.files.tables import Row, RowReader, Table, place_of
from services.intake.statements import SubmittedStatement
from services.intake.submissions import MOST_CONTRIBUTIONS, Submission, SubmittedContribution
from services.vocabulary.areas import NOT_SAID, areas
from services.vocabulary.session_kinds import session_kinds
from services.vocabulary.statements import statement_rules

MOST_SESSIONS = 10_000
#: Rows that wait for their session's chunk to fill; then the fullest goes.
MOST_WAITING = 2_000
_OF_ONE_SESSION = ("number_present", "tallies")


class SessionChunk(Struct, frozen=True, kw_only=True):
    """Some contributions of one session, with the facts of the whole session.

    Attributes:
        session: number of the session in the file, from 0, in the order in which the sessions first appear.
        part: number of the chunk within its session, from 0.
        last: no other chunk of this session comes.
        submission: the session with the contributions of this chunk. Its ``number_present`` is the file's, or the least
            number of people who must have spoken in the whole session.
        places: the place of each contribution, then of each statement.
    """

    session: int
    part: int
    last: bool
    submission: Submission
    places: tuple[str, ...]


@dataclass(slots=True)
class _Room:
    first_row: int
    rows: int = 0
    kind: str | None = None
    month: str | None = None
    number_present: int | None = None
    group: str | None = None
    areas: tuple[str, ...] | None = None
    role: str | None = None
    uses: tuple[str, ...] | None = None
    mixed: set[str] = field(default_factory=set)
    all_areas: set[str] = field(default_factory=set)
    people: set[bytes] = field(default_factory=set)
    stated: int = 0


class RowStream:
    """The sessions of one table, checked as a whole and read again chunk by chunk.

    Args:
        table: the table; it is read twice.
        header: the options, settled.
        at_once: how many contributions a chunk holds at most.

    Attributes:
        sessions: each session without its contributions.
        counts: how many contributions each session has.
        notes: what the person should be told about how the file was read.

    Raises:
        InputRefused: every finding of the table; nothing is handed on.
    """

    def __init__(self, table: Table, header: Header, *, at_once: int = 200) -> None:
        self._table = table
        self._header = header
        self._at_once = at_once
        self._rooms: list[_Room] = []
        self._numbers: dict[str, int] = {}
        reader = self._survey()
        self.sessions: tuple[Submission, ...] = tuple(self._session(room) for room in self._rooms)
        self.counts: tuple[int, ...] = tuple(room.rows - room.stated for room in self._rooms)
        left_out = f"{reader.examples} worked example(s) of the template were left out." if reader.examples else ""
        self.notes: tuple[str, ...] = (*table.notes, *([left_out] if left_out else []))

    def __iter__(self) -> Iterator[SessionChunk]:
        """Yield the chunks; each session's own come in the order of its rows."""
        waiting: dict[int, list[Row]] = {}
        handed_on = [0] * len(self._rooms)
        parts = [0] * len(self._rooms)
        held = 0

        def chunk(session: int) -> SessionChunk:
            nonlocal held
            rows = waiting.pop(session)
            held -= len(rows)
            handed_on[session] += len(rows)
            parts[session] += 1
            return self._chunk(session, parts[session] - 1, handed_on[session] == self._rooms[session].rows, rows)

        for row in RowReader(self._table, self._header, Findings()).rows():
            session = self._numbers[row.session]
            waiting.setdefault(session, []).append(row)
            held += 1
            here = len(waiting[session])
            if here == self._at_once or handed_on[session] + here == self._rooms[session].rows:
                yield chunk(session)
            elif held == MOST_WAITING:
                yield chunk(max(waiting, key=lambda number: (len(waiting[number]), -number)))

    def submissions(self) -> Iterator[tuple[Submission, tuple[str, ...]]]:
        """Yield each session whole, with the places of its contributions, then of its statements; all in memory."""
        said: list[list[SubmittedContribution]] = [[] for _ in self._rooms]
        stated: list[list[SubmittedStatement]] = [[] for _ in self._rooms]
        places: list[list[str]] = [[] for _ in self._rooms]
        beside: list[list[str]] = [[] for _ in self._rooms]
        for chunk in self:
            spoken = len(chunk.submission.contributions)
            said[chunk.session].extend(chunk.submission.contributions)
            stated[chunk.session].extend(chunk.submission.statements)
            places[chunk.session].extend(chunk.places[:spoken])
            beside[chunk.session].extend(chunk.places[spoken:])
        for number, session in enumerate(self.sessions):
            whole = replace(session, contributions=tuple(said[number]), statements=tuple(stated[number]))
            yield whole, (*places[number], *beside[number])

    def _survey(self) -> RowReader:
        findings = Findings()
        reader = RowReader(self._table, self._header, findings)
        for rows, row in enumerate(reader.rows(), start=1):
            if rows > MOST_CONTRIBUTIONS:
                findings.refuse(row.place, "too many rows", f"Send at most {MOST_CONTRIBUTIONS} in one file.")
            self._note(row, findings)
        if not self._rooms and not len(findings):
            findings.add(THE_FILE, "nothing was said", "Write at least one row below the headings and the example.")
        for room in self._rooms:
            self._check_room(room, findings)
        if "" in self._numbers and len(self._rooms) > 1:
            findings.add(
                place_of(self._rooms[self._numbers[""]].first_row),
                "no session label, where other rows have one",
                "Fill the label in on every row, or on none if the file holds one session.",
            )
        if len(self._rooms) > 1:
            for option in _OF_ONE_SESSION:
                if getattr(self._header, option) is not None:
                    findings.add(
                        f"option {option}", "it speaks of one session, and the file holds several", "Leave it out."
                    )
        findings.refuse_if_any()
        return reader

    def _note(self, row: Row, findings: Findings) -> None:
        if row.alike is not None:
            # Everything that it says of its session was noted with the row that it is like.
            self._rooms[self._numbers[row.session]].rows += 1
            return
        if row.session not in self._numbers:
            if len(self._rooms) == MOST_SESSIONS:
                findings.refuse(row.place, "too many sessions", f"Send at most {MOST_SESSIONS} in one file.")
            self._numbers[row.session] = len(self._rooms)
            self._rooms.append(_Room(row.number))
        self._compare(row, self._rooms[self._numbers[row.session]], findings)

    def _compare(self, row: Row, room: _Room, findings: Findings) -> None:
        """Note what a row says of its session, and where that differs from the rows before."""
        room.rows += 1
        for fact in ("kind", "month", "number_present", "group"):
            said, known = getattr(row, fact), getattr(room, fact)
            if known is None:
                setattr(room, fact, said)
            elif said is not None and said != known:
                findings.add(
                    row.place,
                    f"the {fact} differs within one session",
                    "Give the sessions different labels in the column session, or write the same on all rows of one.",
                )
        if row.statement is not None:
            room.stated += 1
            if room.stated == statement_rules().most_in_a_session + 1:
                most = statement_rules().most_in_a_session
                findings.add(row.place, "too many statements", f"Send at most {most} with one session.")
            return
        if room.rows - room.stated == 1:
            room.areas, room.role, room.uses = row.areas, row.role, row.uses
        for fact in ("areas", "role", "uses"):
            if getattr(row, fact) != getattr(room, fact):
                room.mixed.add(fact)
        room.all_areas.update(row.areas or ())
        room.people.add(_who(row))

    def _check_room(self, room: _Room, findings: Findings) -> None:
        for fact in ("kind", "month"):
            if getattr(room, fact) is None and getattr(self._header, fact) is None:
                findings.add(place_of(room.first_row), f"no row of this session says its {fact}", "Fill it in once.")
        present = room.number_present if room.number_present is not None else self._header.number_present
        kind = room.kind or self._header.kind
        in_a_room = kind is not None and session_kinds().get(kind).people == "group"
        # Only here is the whole session seen at once: a chunk knows some of those who spoke.
        if present is not None and in_a_room and present < len(room.people):
            findings.add(
                f"{place_of(room.first_row)}, number_present",
                "fewer than the people who spoke",
                "Count everybody who was in the room.",
            )

    def _session(self, room: _Room) -> Submission:
        facts = given(self._header)
        for fact in ("kind", "month", "number_present", "group"):
            if getattr(room, fact) is not None:
                facts[fact] = getattr(room, fact)
        for fact in ("role", "uses"):
            if fact not in facts and fact not in room.mixed:
                facts[fact] = getattr(room, fact)
        if "areas" not in facts:
            spoken_of = areas().in_order(room.all_areas)
            facts["areas"] = tuple(area for area in spoken_of if area != NOT_SAID or len(spoken_of) == 1)
        return new_submission(facts)

    def _chunk(self, session: int, part: int, last: bool, rows: list[Row]) -> SessionChunk:  # noqa: FBT001 - private
        room, whole = self._rooms[session], self.sessions[session]
        stated = [row for row in rows if row.statement is not None]
        spoken = [row for row in rows if row.statement is None] if stated else rows
        present = whole.number_present
        if present is None:
            single = session_kinds().get(whole.kind).people == "single"
            present = room.rows - room.stated if single else len(room.people)
        submission = replace(
            whole,
            number_present=present,
            contributions=tuple(self._contributions(spoken, whole)),
            statements=tuple(statement_of(row) for row in stated),
        )
        places = tuple(row.place for row in (*spoken, *stated))
        return SessionChunk(session=session, part=part, last=last, submission=submission, places=places)

    def _contributions(self, rows: list[Row], room: Submission) -> Iterator[SubmittedContribution]:
        """Yield what rows say, naming only what differs from the room.

        Where the room's areas were put together from its rows, a row without any is of none of them.
        """
        no_areas = (NOT_SAID,) if room.areas and self._header.areas is None else None
        role, areas_of_room, uses = room.role, room.areas, room.uses
        for row in rows:
            spoken_of = no_areas if row.areas is None else row.areas
            yield SubmittedContribution(
                text=row.text,
                role=None if row.role == role else row.role,
                areas=None if spoken_of == areas_of_room else spoken_of,
                uses=None if row.uses == uses else row.uses,
                seat=row.seat,
                person=row.person,
                receipt=row.receipt,
            )


def _who(row: Row) -> bytes:
    return blake2b(repr((row.seat, row.person, row.receipt)).encode(), digest_size=8).digest()
