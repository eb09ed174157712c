"""Fixtures of the journeys; the tools themselves are in ``tests/support/journey_world.py``."""

import io

import databases
import journey_world
import pytest

from services.telemetry.logs import set_up_logs


@pytest.fixture
def journey():
    """The tools for whole installations."""
    return journey_world


@pytest.fixture(params=databases.ENGINES)
def engine(request):
    """Each engine that stores may lie on, as a driver is told of it."""
    return request.param if request.param == "sqlite" else str(databases.require(request.param).root)


@pytest.fixture
def quiet_logs():
    """Collect what is logged, so that a test can look for words in it."""
    stream = io.StringIO()
    set_up_logs(stream)
    yield stream
    set_up_logs()
