"""Reading files that were made by hand."""

import io

import made_files
import pytest

from services.errors import InputRefused
from services.intake.files.reading import Header, read_file

ROOM = {"kind": "workshop", "month": "2025-03", "role": "survivor", "uses": ("count",)}


@pytest.fixture
def files():
    return made_files


@pytest.fixture
def read():
    """Read a file with the facts of the room as options, unless others are given."""

    def reading(kind_of_file, body, *, facilitator=(), **options):
        source = io.BytesIO(body.encode() if isinstance(body, str) else body)
        return read_file(source, format=kind_of_file, header=Header(**(options or ROOM)), facilitator=facilitator)

    return reading


@pytest.fixture
def refused(read):
    """Read a file that has to be refused, and return the findings."""

    def refusing(kind_of_file, body, **options):
        with pytest.raises(InputRefused) as caught:
            read(kind_of_file, body, **options)
        return caught.value.findings

    return refusing


@pytest.fixture
def texts():
    """Return what was said in each session."""
    return lambda found: [[said.text for said in session.contributions] for session in found.submissions]
