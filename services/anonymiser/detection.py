"""What a detector is, and the ones that an operator added.

A detector reads one normalised text and gives spans; ours and an operator's own (a local language model, a list of
local names) stand behind the same protocol. An operator's package names its detector in the entry point group
``survivor_voice.detectors``: a callable without arguments that returns a :class:`Detector`.
"""

from collections.abc import Iterable
from functools import cache
from importlib.metadata import entry_points
from typing import Final, Literal, Protocol, runtime_checkable

import msgspec

ENTRY_POINT_GROUP: Final = "survivor_voice.detectors"

Label = Literal[
    "PERSON",
    "PLACE",
    "ORG",
    "ADDRESS",
    "DATE",
    "AGE",
    "OCCUPATION",
    "PHONE",
    "EMAIL",
    "URL",
    "HANDLE",
    "POSTCODE",
    "NHS_NUMBER",
    "NINO",
    "VEHICLE_REG",
    "BANK",
    "IP",
    "REFERENCE",
    "STATUS",
    "PLACEHOLDER",
]

STRUCTURED: Final = frozenset(
    {"PHONE", "EMAIL", "URL", "HANDLE", "POSTCODE", "NHS_NUMBER", "NINO", "VEHICLE_REG", "BANK", "IP", "REFERENCE"}
)


class Found(msgspec.Struct, frozen=True):
    """One thing found in a text.

    Attributes:
        start, end: offsets into the text that the detector was given.
        label: what it is.
        detail: what a generalised replacement may say ("30-39", "in Lambeth"); empty for the label alone.
        reason: the rule that found it, never a value.
        score: 0 to 1; higher wins where two overlap and their labels are of one rank.
    """

    start: int
    end: int
    label: Label
    detail: str
    reason: str
    score: float


@runtime_checkable
class Detector(Protocol):
    """Finds things that may point to a person in one text."""

    name: str

    def find(self, text: str) -> Iterable[Found]:
        """Return what was found in ``text``; the same answer for the same text."""
        ...


@cache
def added_detectors() -> tuple[Detector, ...]:
    """Return the detectors that an operator added, by name; empty in a plain installation.

    Raises:
        TypeError: an entry point gives something that is no detector.
    """
    detectors: list[Detector] = []
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda each: each.name):
        detector = entry.load()()
        if not isinstance(detector, Detector):
            raise TypeError(f"The entry point {entry.name} of {ENTRY_POINT_GROUP} does not give a detector.")
        detectors.append(detector)
    return tuple(detectors)
