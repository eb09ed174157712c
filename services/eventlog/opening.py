"""From a setting to a log."""

from pathlib import Path

from services.errors import SettingsError
from services.eventlog.interface import EventLog
from services.eventlog.memory import MemoryLog
from services.eventlog.sqlite import SqliteLog
from services.settings import Settings


def open_log(url: str, settings: Settings | None = None) -> EventLog:
    """Return the log that a setting names.

    Args:
        url: ``sqlite:<path>``, ``kafka://<host>:<port>`` (several brokers with commas between them, a prefix of topics
            and groups behind a slash), or ``memory:``.
        settings: where the ``SV_KAFKA_*`` settings stand; without them a broker is reached without TLS and login.

    Raises:
        SettingsError: no such kind of log, no path, or settings that contradict each other.
        DataFolderError: the file is not an event log, is damaged, or was written by a newer version.
        LogUnavailable: the file cannot be read or written now. A broker is looked for when the log is used.
    """
    scheme, mark, rest = url.partition(":")
    if mark and scheme == "sqlite" and rest:
        return SqliteLog(Path(rest))
    if mark and scheme == "kafka":
        # Late, so that an installation on one machine never loads the broker's client.
        from services.eventlog.kafka import KafkaLog
        from services.eventlog.kafka_access import KafkaAccess

        return KafkaLog(KafkaAccess.from_settings(url, settings))
    if url == "memory:":
        return MemoryLog()
    raise SettingsError(
        "The event log is set as sqlite:<path of its file>, as kafka://<host>:<port>, or as memory: for trying things "
        "out."
    )
