"""``survivor-voice pseudonymise`` and ``tag``: JSONL in, JSONL out; nothing is stored and no service is needed."""

import contextlib
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from services.errors import UsageError

Lines = Callable[[Iterable[bytes]], Iterator[bytes]]


def run(name: str, source: str, target: str) -> int:
    """Run one of the two over a file or standard input.

    Raises:
        UsageError: a file cannot be opened.
        InputRefused: a line is not of the form; names the line and the rule, never the value.
    """
    work = _work(name)
    with _opened(source, "rb", sys.stdin.buffer) as lines, _opened(target, "wb", sys.stdout.buffer) as output:
        for line in work(lines):
            output.write(line if line.endswith(b"\n") else line + b"\n")
        output.flush()
    return 0


def _work(name: str) -> Lines:
    if name == "pseudonymise":
        from services.anonymiser.commands import pseudonymise_lines

        return pseudonymise_lines
    from services.themer.commands import tag_lines

    return tag_lines


def _opened(name: str, mode: str, standard: BinaryIO) -> contextlib.AbstractContextManager[BinaryIO]:
    if name == "-":
        return contextlib.nullcontext(standard)
    try:
        return Path(name).open(mode)  # type: ignore[return-value]  # binary by its mode
    except OSError:
        raise UsageError("A file that was named cannot be opened.") from None
