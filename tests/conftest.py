"""What all tests may use: the databases of ``tests/support/databases.py``; what no test hands on: its log set-up."""

import logging

import pytest
import structlog

from services.telemetry.logs import set_up_logs

pytest_plugins = ["databases"]


def pytest_configure():
    """Log as a service does, to standard error: a command's output is its own alone."""
    set_up_logs()


@pytest.fixture(autouse=True)
def logs_as_before():
    """Let no test inherit the log set-up of a command that another test ran in this process."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    structlog.configure(**before)
    root.handlers = handlers
    root.setLevel(level)
