"""A lookout for danger in long files: a second process looks through the texts while this one reads and seals.

The texts go to it through a pipe of this process and nowhere else; it answers with categories, urgencies and counts.
What it leaves unanswered, because it could not be started or has died, is looked through here: the answer is the same.
"""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

import msgspec

from services.intake.dangers import Danger, added_up, dangers_in

#: From so many contributions on, a process of its own pays for its start.
LONG: Final = 5_000
#: How far the process may be behind. Its answers to all of that fit into a pipe, so that neither waits for the other.
_MOST_UNANSWERED: Final = 48
_MOST_LETTERS: Final = 4_000_000
_PIPE: Final = 1 << 20
#: Bytes of the number before each message that says how long it is.
_SIZE: Final = 4
_PROGRAM: Final = "from services.intake.lookout import answer; answer()"

_texts = msgspec.msgpack.Decoder(list[str])
_dangers = msgspec.msgpack.Decoder(tuple[Danger, ...])


class Lookout:
    """Looks through the texts of one file, session by session; close it, or use it in a ``with``.

    Args:
        contributions: how many there will be; for a few, or on one processor, no process is started.
    """

    def __init__(self, contributions: int) -> None:
        self._found: dict[int, tuple[Danger, ...]] = {}
        self._unanswered: deque[tuple[int, Sequence[str]]] = deque()
        self._letters = 0
        self._process = _started() if contributions >= LONG and _processors() > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def look(self, session: int, texts: Sequence[str]) -> None:
        """Look through some texts of a session, here or beside; may take a while: call it in a thread."""
        if self._process is None:
            self._note(session, dangers_in(texts))
            return
        self._unanswered.append((session, texts))
        self._letters += sum(map(len, texts))
        try:
            _write(self._process.stdin, msgspec.msgpack.encode(texts))
            while len(self._unanswered) > _MOST_UNANSWERED or self._letters > _MOST_LETTERS:
                self._hear(self._process.stdout)
        except (OSError, ValueError, msgspec.MsgspecError):
            self._go_on_here()

    def found(self) -> dict[int, tuple[Danger, ...]]:
        """Return the dangers of each session that tells of any, once all is looked through; may take a while."""
        try:
            while self._process is not None and self._unanswered:
                self._hear(self._process.stdout)
        except (OSError, ValueError, msgspec.MsgspecError):
            self._go_on_here()
        return self._found

    def close(self) -> None:
        """End the process; doing it again changes nothing."""
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            # Leaving it closes the pipes and waits for its end.
            with process:
                pass

    def _hear(self, pipe: IO[bytes] | None) -> None:
        """Take the next answer."""
        dangers = _dangers.decode(_read(pipe))
        session, texts = self._unanswered.popleft()
        self._letters -= sum(map(len, texts))
        self._note(session, dangers)

    def _go_on_here(self) -> None:
        """Do without the process, from the first texts on that it has not answered."""
        self.close()
        while self._unanswered:
            session, texts = self._unanswered.popleft()
            self._note(session, dangers_in(texts))

    def _note(self, session: int, dangers: tuple[Danger, ...]) -> None:
        if dangers:
            self._found[session] = added_up(self._found.get(session, ()), dangers)


def answer() -> None:
    """Look through what comes in, text by text, until nothing more comes: the whole program of the process."""
    try:
        while True:
            dangers = dangers_in(_texts.decode(_read(sys.stdin.buffer)))
            _write(sys.stdout.buffer, msgspec.msgpack.encode(dangers))
            sys.stdout.buffer.flush()
    except BrokenPipeError:
        return


def _processors() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def _started() -> "subprocess.Popen[bytes] | None":
    """Return the process, or None where none can be had."""
    try:
        return subprocess.Popen(  # noqa: S603 - this very interpreter and a program of ours
            [sys.executable, "-c", _PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Whatever it might complain of could hold a word that was said.
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pipesize=_PIPE,
            # It is told where the code lies, and none of our settings.
            env={"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )
    except OSError:
        return None


def _write(pipe: IO[bytes] | None, message: bytes) -> None:
    if pipe is None:
        raise BrokenPipeError
    left = memoryview(len(message).to_bytes(_SIZE, "big") + message)
    while left:
        left = left[pipe.write(left) :]


def _read(pipe: IO[bytes] | None) -> bytes:
    """Return the next message.

    Raises:
        BrokenPipeError: nothing more comes.
    """
    return _exactly(pipe, int.from_bytes(_exactly(pipe, _SIZE), "big"))


def _exactly(pipe: IO[bytes] | None, size: int) -> bytes:
    taken = bytearray()
    while len(taken) < size:
        piece = pipe.read(size - len(taken)) if pipe is not None else b""
        if not piece:
            raise BrokenPipeError
        taken += piece
    return bytes(taken)
