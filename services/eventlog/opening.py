"""From a setting to a log."""

from pathlib import Path

from services.errors import SettingsError
from services.eventlog.interface import EventLog
from services.eventlog.memory import MemoryLog
from services.eventlog.sqlite import SqliteLog


def open_log(url: str) -> EventLog:
    """Return the log that a setting names: ``sqlite:<path>`` or ``memory:``.

    Raises:
        SettingsError: no such kind of log, or no path.
        DataFolderError: the file is not an event log, is damaged, or was written by a newer version.
        LogUnavailable: it cannot be read or written now.
    """
    scheme, mark, rest = url.partition(":")
    if mark and scheme == "sqlite" and rest:
        return SqliteLog(Path(rest))
    if url == "memory:":
        return MemoryLog()
    raise SettingsError("The event log is set as sqlite:<path of its file>, or as memory: for trying things out.")
