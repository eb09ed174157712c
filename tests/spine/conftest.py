"""What the spine's tests share: a program run apart, as another process of the installation would."""

import subprocess
import sys
import textwrap

import pytest


@pytest.fixture
def run_apart():
    """Start a Python program in another process; it is ended with the test."""
    running = []

    def start(program, *arguments):
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()
