"""JSON files: one session, or a list of them, with the fields of the interface."""

import json
from collections.abc import Iterator
from itertools import chain
from typing import Any, BinaryIO

import msgspec

from services.errors import InputRefused
from services.intake.files.decoding import read_text
from services.intake.files.findings import THE_FILE, Findings, refusal
from services.intake.files.header import SESSION_FACTS, Header, contradicts, given, is_wider
from services.intake.files.values import has_control, read_words
from services.intake.submissions import MOST_CONTRIBUTIONS, Submission, SubmittedContribution, read_submission

_MEND = "See the interface's description for the fields and their kinds."
_ROOM = ("areas", "role", "uses")
DEEPEST = 12


Sessions = Iterator[tuple[Submission, tuple[str, ...]]]


def read_sessions(source: BinaryIO, header: Header) -> tuple[Sessions, tuple[str, ...]]:
    """Return each session with the places of its contributions and statements, and what the person should be told.

    Sessions and contributions are counted from 1, as people do.

    Raises:
        InputRefused: not JSON, an unknown field, a wrong shape, or an option that the file contradicts.
    """
    body, told = _decoded(source)
    listed = body if isinstance(body, list) else [body]
    findings = Findings()
    read = []
    if not listed:
        findings.add(THE_FILE, "empty", "Give at least one session.")
    for number, one in enumerate(listed, start=1):
        place = f"{THE_FILE}, session {number}" if isinstance(body, list) else THE_FILE
        session = _session(one, place, header, findings)
        if session is not None:
            places = tuple(f"{place}, contribution {each + 1}" for each in range(len(session.contributions)))
            places += tuple(f"{place}, statement {each + 1}" for each in range(len(session.statements)))
            read.append((session, places))
    if len(listed) > 1:
        for option in ("number_present", "tallies"):
            if getattr(header, option) is not None:
                findings.add(
                    f"option {option}", "it speaks of one session, and the file holds several", "Leave it out."
                )
    findings.refuse_if_any()
    return iter(read), told


def _decoded(source: BinaryIO) -> tuple[Any, tuple[str, ...]]:
    text, told = read_text(source)

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise refusal(THE_FILE, "a field stands twice in one object", "Keep one of the two.")
        return dict(pairs)

    def no_number(_: str) -> Any:
        raise refusal(THE_FILE, "a number that JSON does not have", "Write whole numbers with digits alone.")

    try:
        return json.loads(text, object_pairs_hook=unique, parse_constant=no_number), told
    except json.JSONDecodeError as broken:
        raise refusal(
            f"{THE_FILE}, line {broken.lineno}, column {broken.colno}",
            "not JSON from here on",
            "Save it as JSON in UTF-8.",
        ) from None
    except (RecursionError, ValueError):
        raise refusal(THE_FILE, "nested too deeply, or a number too long", _MEND) from None


def _session(one: Any, place: str, header: Header, findings: Findings) -> Submission | None:
    before = len(findings)
    if not isinstance(one, dict):
        findings.add(place, "not an object", _MEND)
        return None
    body = dict(one)
    said = body.pop("contributions", None)
    if not isinstance(said, list):
        findings.add(place, "no list of contributions", "Give contributions as a list of objects.")
        said = []
    if len(said) > MOST_CONTRIBUTIONS:
        findings.add(place, "too many contributions", f"Send at most {MOST_CONTRIBUTIONS} at a time.")
        return None
    for field, value in given(header).items():
        if body.get(field) is None:
            body[field] = value
    session = _shaped({**body, "contributions": []}, place, findings)
    contributions = [
        _contribution(each, f"{place}, contribution {number}", header, findings)
        for number, each in enumerate(said, start=1)
    ]
    if session is not None:
        _check_against(header, session, place, findings)
    if len(findings) > before or session is None:
        return None
    return msgspec.structs.replace(session, contributions=tuple(each for each in contributions if each is not None))


def _shaped(body: dict[str, Any], place: str, findings: Findings) -> Submission | None:
    body = msgspec.to_builtins(body)
    for field in ("kind", "month"):
        if field not in body:
            findings.add(place, f"no {field}", "Say it in the file or as an option.")
            body[field] = ""
    if not _has_clean_strings(body, place, findings):
        return None
    try:
        return read_submission(body)
    except InputRefused as refused:
        for finding in refused.findings:
            findings.add(_within(place, finding.place), finding.rule, finding.mend)
        return None


def _contribution(each: Any, place: str, header: Header, findings: Findings) -> SubmittedContribution | None:
    if not _has_clean_strings(each, place, findings):
        return None
    try:
        said = msgspec.convert(each, SubmittedContribution, strict=True)
    except msgspec.ValidationError as broken:
        told = str(broken)
        where = told.rpartition(" - at ")[2].strip("`") if " - at " in told else "$"
        rule = "an unknown field" if "unknown field" in told else "the wrong shape, or a required field is missing"
        findings.add(_within(place, where), rule, _MEND)
        return None
    text = read_words(said.text, f"{place}, text", findings)
    if said.uses is not None and is_wider(said.uses, header):
        findings.add(f"{place}, uses", "more uses than the option uses allows", "Write no more uses than the option.")
    if text is None:
        return None
    # Marks count characters from the beginning: a text with marks keeps every one of them.
    return said if said.marks else msgspec.structs.replace(said, text=text)


def _check_against(header: Header, session: Submission, place: str, findings: Findings) -> None:
    for field in SESSION_FACTS:
        contradicts(field, getattr(session, field), header, f"{place}, {field}", findings)
    for field in _ROOM:
        value = getattr(session, field)
        contradicts(field, value, header, f"{place}, {field}", findings)


def _has_clean_strings(body: Any, place: str, findings: Findings) -> bool:
    """Refuse control characters and halves of characters in every string, names of fields too, and deep nesting."""
    fault = _first_fault(body, 0)
    if fault is not None:
        findings.add(place, *fault)
    return fault is None


def _first_fault(body: Any, depth: int) -> tuple[str, str] | None:
    if depth > DEEPEST:
        return "nested too deeply", _MEND
    if isinstance(body, str):
        clean = not has_control(body)
        return None if clean else ("control characters", "Save the file as plain UTF-8 text and send it again.")
    parts: Iterator[Any] = iter(())
    if isinstance(body, dict):
        parts = chain(body, body.values())
    elif isinstance(body, list):
        parts = iter(body)
    return next((fault for part in parts if (fault := _first_fault(part, depth + 1)) is not None), None)


def _within(place: str, pointer: str) -> str:
    inside = pointer.removeprefix("$").lstrip(".")
    return f"{place}, {inside}" if inside else place
