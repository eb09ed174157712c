"""Transcripts: from cues to what each person said, with a number in place of her name.

Names of speakers are used to tell one from another and never handed on. People are numbered in the order in which they
first speak; the facilitator's own turns are left out when she is named.
"""

import re
from collections import Counter
from typing import Any, BinaryIO

from msgspec import Struct
from msgspec.structs import replace

from services.intake.files import values
from services.intake.files.columns import plain
from services.intake.files.cues import Cue, read_cues
from services.intake.files.decoding import read_text
from services.intake.files.findings import THE_FILE, Findings
from services.intake.files.header import Header, given, new_submission
from services.intake.files.paragraphs import Notes, is_single, require_facts
from services.intake.files.tables import HIGHEST_MARK
from services.intake.submissions import MOST_CONTRIBUTIONS, SubmittedContribution

_LABEL = re.compile(r"([^\s:<>][^:<>]{0,59}?)[ \u00a0]*:(?=\s)\s*(\S.*)\Z", re.DOTALL)
#: A part that somebody has in a talk, such as "interviewer" or "speaker 2".
_PART = re.compile(r"[^\W\d_]+[ \u00a0]?\d{0,3}\Z")
_MOST_WORDS_OF_A_NAME = 5
_TIMES_OF_A_NAME = 2


class Turn(Struct, frozen=True):
    """What one person says without anybody else in between: her name (None for nobody named), and her words."""

    place: str
    speaker: str | None
    text: str


def read_transcript(source: BinaryIO, *, subrip: bool, header: Header, facilitator: tuple[str, ...]) -> Notes:
    """Return the session of a transcript.

    Args:
        source: the file.
        subrip: it is SRT, else WebVTT.
        header: the options.
        facilitator: names as they stand in the file, whose turns are left out.

    Raises:
        InputRefused: not a transcript, a fact of the session that no option gives, a facilitator who does not speak in
            it, or words of which nobody can tell who said them.
    """
    text, notes = read_text(source)
    findings, facts = Findings(), given(header)
    require_facts(facts, findings)
    cues, comments = read_cues(text, subrip=subrip, findings=findings)
    told = list(notes)
    if comments:
        told.append(f"{comments} comment(s) left out.")
    if not cues and not len(findings):
        findings.add(THE_FILE, "nothing was said", "Send a transcript with at least one cue.")
    findings.refuse_if_any()
    names = {plain(name) for name in facilitator}
    turns = _turns(_with_speakers(cues, names, told))
    _check_speakers(turns, facilitator, facts, findings)
    kept = [turn for turn in turns if turn.speaker not in names]
    if len(kept) < len(turns):
        told.append(f"{len(turns) - len(kept)} turn(s) of the facilitator were left out.")
    elif any(turn.speaker is not None for turn in turns):
        told.append("No facilitator was named: everybody who speaks was read as a participant.")
    return _numbered(kept, facts, told, findings)


def _with_speakers(cues: list[Cue], facilitator: set[str], told: list[str]) -> list[Cue]:
    """Return the cues with their speakers, in plain form, from voice marks or else from ``Name: words``.

    Where every cue begins with what can be a name, each is one. Where only some do, a label is a name if it looks like
    one and comes again, and the cues behind it go on with the same person; one that stands once is kept as words.
    """
    if any(cue.speaker is not None for cue in cues):
        return [Cue(cue.place, None if cue.speaker is None else plain(cue.speaker), cue.text) for cue in cues]
    labels = [found if (found := _LABEL.match(cue.text)) and _is_short(found[1]) else None for cue in cues]
    everywhere = all(
        label is not None and (_looks_like_a_name(label[1]) or _PART.match(label[1]) is not None) for label in labels
    )
    often = Counter(plain(label[1]) for label in labels if label is not None)
    read: list[Cue] = []
    once: list[str] = []
    went_on = 0
    speaker: str | None = None
    for cue, label in zip(cues, labels, strict=True):
        name = None if label is None else plain(label[1])
        if label is not None and name is not None:
            again = often[name] >= _TIMES_OF_A_NAME and _looks_like_a_name(label[1])
            if everywhere or again or name in facilitator:
                speaker = name
                read.append(Cue(cue.place, speaker, label[2]))
                continue
            once.append(cue.place.rpartition(" ")[2])
        went_on += speaker is not None
        read.append(Cue(cue.place, speaker, cue.text))
    if went_on:
        told.append(f"{went_on} cue(s) without a name were read as going on with who spoke before.")
    if once:
        told.append(f"What stands before a colon only once was kept as words: cue {', '.join(once[:10])}.")
    return read


def _turns(cues: list[Cue]) -> list[Turn]:
    turns: list[Turn] = []
    words: list[str] = []
    for cue in cues:
        if turns and turns[-1].speaker == cue.speaker:
            words.append(cue.text)
            continue
        if turns:
            turns[-1] = replace(turns[-1], text=" ".join(words))
        turns.append(Turn(cue.place, cue.speaker, ""))
        words = [cue.text]
    if turns:
        turns[-1] = replace(turns[-1], text=" ".join(words))
    return turns


def _check_speakers(turns: list[Turn], facilitator: tuple[str, ...], facts: dict[str, Any], findings: Findings) -> None:
    speakers = {turn.speaker for turn in turns}
    for number, name in enumerate(facilitator, start=1):
        if plain(name) not in speakers:
            findings.add(
                f"option facilitator, name {number}",
                "nobody of that name speaks in the file",
                "Write the name as the transcript has it, or leave it out.",
            )
    people = speakers - {plain(name) for name in facilitator}
    named = people - {None}
    if not named and None in people and not is_single(facts):
        findings.add(
            THE_FILE,
            "no cue says who speaks",
            "Export it with names, or send it as plain text with one paragraph for each point.",
        )
    if is_single(facts) and len(people) > 1:
        findings.add(
            THE_FILE,
            "more than one person speaks in a session of one person",
            "Name the facilitator as an option, or choose the kind of session that it was.",
        )
    if len(named) > HIGHEST_MARK:
        findings.add(THE_FILE, "more speakers than a session has people", f"At most {HIGHEST_MARK} people speak.")


def _numbered(turns: list[Turn], facts: dict[str, Any], told: list[str], findings: Findings) -> Notes:
    if not turns and not len(findings):
        findings.add(THE_FILE, "nothing was said but by the facilitator", "Send a transcript in which others speak.")
    if len(turns) > MOST_CONTRIBUTIONS:
        findings.add(THE_FILE, "too many turns", f"Send at most {MOST_CONTRIBUTIONS} in one file.")
    findings.refuse_if_any()
    if is_single(facts):
        told.append("A session of one person: all turns were kept together.")
        turns = [replace(turns[0], text="\n\n".join(turn.text for turn in turns))]
    people: dict[str, int] = {}
    said = []
    for turn in turns:
        person = None if turn.speaker is None else people.setdefault(turn.speaker, len(people) + 1)
        text = values.read_words(turn.text, turn.place, findings)
        said.append(SubmittedContribution(text=text or "", person=person))
    findings.refuse_if_any()
    submission = replace(new_submission(facts), contributions=tuple(said))
    return Notes(submission, tuple(turn.place for turn in turns), tuple(told))


def _is_short(label: str) -> bool:
    return len(label.split()) <= _MOST_WORDS_OF_A_NAME and not any(mark in label for mark in "?!;,")


def _looks_like_a_name(label: str) -> bool:
    return not any(word[0].islower() for word in label.split())
