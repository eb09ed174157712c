"""The cues of a transcript: WebVTT and SubRip (SRT) cut into speaker and words.

Our own reading, because the library at hand leaves out blocks that it does not understand, all but the first speaker of
a cue, and character references. Times, settings, comments and styles are left out; everything else is read or refused.
"""

import html
import re
from collections.abc import Iterator

from msgspec import Struct

from services.intake.files.findings import THE_FILE, Findings

_TIME = r"(?:\d{1,4}:)?\d{1,2}:\d{2}[.,]\d{1,3}"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?\Z", re.ASCII)
_TAG = re.compile(r"<([^<>]*)>")
_KNOWN_TAG = re.compile(r"/?(?:[cbiu]|ruby|rt|lang|font|v)?(?:[.\s=].*)?\Z|\d[\d:.]*\Z", re.DOTALL | re.ASCII)
_VOICE = re.compile(r"v(?:\.\S*)?\s+(.*\S)\s*\Z", re.DOTALL)
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_POSITION = re.compile(r"\{\\[^{}]*\}")
_ESCAPE = "Write < as &lt; where it belongs to the words, or export the transcript again."


class Cue(Struct, frozen=True):
    """Words of one cue, or of one speaker within a cue.

    Attributes:
        place: the cue, counted from 1.
        speaker: the name that a voice mark gives, None without one.
        text: the words, marks taken out, character references resolved.
    """

    place: str
    speaker: str | None
    text: str


def read_cues(text: str, *, subrip: bool, findings: Findings) -> tuple[list[Cue], int]:
    """Return the cues of a transcript, and how many comments were left out.

    Args:
        text: the whole file.
        subrip: it is SRT, else WebVTT.
        findings: takes what is refused.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    blocks = [block.split("\n") for block in re.split(r"\n(?:[ \t]*\n)+", text.strip("\n"))]
    if not subrip:
        if re.match(r"WEBVTT(?:[ \t]|\Z)", blocks[0][0]) is None:
            findings.refuse(THE_FILE, "it does not begin with WEBVTT", "Export the transcript again as WebVTT.")
        # The lines below the mark, up to the first blank line, are a head that may hold names.
        blocks = blocks[1:]
    cues: list[Cue] = []
    comments = number = 0
    for lines in blocks:
        if not "".join(lines).strip():
            continue
        if not subrip and re.match(r"(?:NOTE|STYLE|REGION)(?:\s|\Z)", lines[0]) and "-->" not in "".join(lines[:2]):
            comments += lines[0].startswith("NOTE")
            continue
        number += 1
        place = f"{THE_FILE}, cue {number}"
        payload = _payload(lines)
        if payload is None:
            findings.add(place, "no times above it, or a blank line within it", "Export the transcript again.")
        elif any("-->" in line for line in payload):
            findings.add(place, "times where words should stand", "Put a blank line between any two cues.")
        else:
            cues.extend(_spoken(place, " ".join(line.strip() for line in payload), subrip=subrip, findings=findings))
    return cues, comments


def _payload(lines: list[str]) -> list[str] | None:
    """Return the lines below the times, which stand in the first line or below a number or name of the cue."""
    for above in (0, 1):
        if len(lines) > above and _TIMING.match(lines[above]):
            return lines[above + 1 :]
    return None


def _spoken(place: str, line: str, *, subrip: bool, findings: Findings) -> Iterator[Cue]:
    """Yield what each speaker says in one cue."""
    if subrip:
        line = _POSITION.sub("", line)
    if "<" in _TAG.sub("", line) or any(_KNOWN_TAG.match(tag[1].strip()) is None for tag in _TAG.finditer(line)):
        findings.add(place, "a < that begins no mark", _ESCAPE)
        return
    speaker: str | None = None
    words: list[str] = []
    at = 0
    for tag in _TAG.finditer(line):
        words.append(line[at : tag.start()])
        at = tag.end()
        inside = tag[1].strip()
        voice = _VOICE.match(inside)
        if voice is not None or inside in ("/v", "v"):
            if text := _plain("".join(words)):
                yield Cue(place, speaker, text)
            words.clear()
            speaker = _plain(voice[1]) if voice is not None else None
    words.append(line[at:])
    if text := _plain("".join(words)):
        yield Cue(place, speaker, text)


def _plain(text: str) -> str:
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text).strip()
