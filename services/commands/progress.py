"""A progress bar on a terminal; anywhere else nothing is drawn."""

import sys
import time
from typing import TextIO

_WIDTH = 30
_EVERY = 0.1
#: Shorter work is over before a bar could be read.
LEAST = 2_000


class ProgressBar:
    """Draws how far something has come, at most ten times a second, and takes itself away at the end.

    Args:
        label: what is being done.
        stream: where it is drawn; standard error by default.
    """

    def __init__(self, label: str, stream: TextIO | None = None) -> None:
        self._label = label
        self._stream = sys.stderr if stream is None else stream
        self._shown_at = 0.0
        self._length = 0

    def show(self, done: int, everything: int) -> None:
        """Show that so much of everything is done."""
        now = time.monotonic()
        if everything < LEAST or not self._stream.isatty() or now - self._shown_at < _EVERY:
            return
        self._shown_at = now
        part = min(1.0, done / everything)
        filled = round(part * _WIDTH)
        line = f"{self._label} [{'#' * filled}{'.' * (_WIDTH - filled)}] {part:4.0%}"
        self._length = len(line)
        print(f"\r{line}", end="", file=self._stream, flush=True)

    def clear(self) -> None:
        """Take the bar away."""
        if self._length:
            print("\r" + " " * self._length + "\r", end="", file=self._stream, flush=True)
            self._length = 0
