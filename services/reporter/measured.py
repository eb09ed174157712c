"""What we measured of our own mistakes: the figures of the method page, each with the command that measures it again.

``schemas/reports/measured.yaml`` is written by ``benchmarks/measured.py``, never by hand.
"""

from functools import cache

import msgspec

from services.vocabulary.datafiles import load_as


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One measured figure.

    Attributes:
        what: what it says, in plain words.
        figure: as it is printed, with its unit.
    """

    what: str
    figure: str


class Measurement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Figures of one run.

    Attributes:
        id: unique, of letters, digits and hyphens.
        title: of what.
        on: what it was measured on.
        command: measures it again.
        day: when it was measured.
        figures: in order.
    """

    id: str
    title: str
    on: str
    command: str
    day: str
    figures: tuple[Figure, ...]


class _Measured(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    source: str
    licence: str
    version: int
    measurements: tuple[Measurement, ...]


@cache
def measurements() -> tuple[Measurement, ...]:
    """Return every measurement, in the order of the file.

    Raises:
        DataFileError: the file is missing or broken.
    """
    return load_as(_Measured, "reports", "measured.yaml").measurements
