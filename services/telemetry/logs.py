"""Logs: one JSON line an event, on standard error, with allow-listed keys only.

A processor drops every key that is not on the list and every value that is not a short plain word or a number, and
replaces an exception by its class: a survivor's word cannot get into a log line, whoever writes it.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO, cast

import structlog

#: What a line may hold beside its event name, level and time.
ALLOWED_KEYS = frozenset(
    {
        "attempts",
        "by",
        "count",
        "day",
        "demo",
        "error",
        "format",
        "generation",
        "group",
        "host",
        "key",
        "kind",
        "level",
        "limit",
        "method",
        "offset",
        "outcome",
        "partition",
        "port",
        "reason",
        "place",
        "reference",
        "release",
        "route",
        "seconds",
        "service",
        "services",
        "state",
        "status",
        "stage",
        "topic",
        "topics",
        "version",
        "worker",
    },
)
_PLAIN = re.compile(r"[A-Za-z0-9_.:/+{}\[\]^-]{0,120}\Z")
#: The name of a person of staff who decided something.
_PERSON = re.compile(r"(?:[^\W\d_][\w .'’-]{0,79})?\Z")
#: Every event that a line may name: a sentence that is not one of these does not get into a log.
EVENTS = frozenset(
    {
        "a dead letter was rejected",
        "a file could not be made",
        "a key was announced",
        "a library spoke",
        "a marker cannot be read",
        "a record that may never be parked cannot be handled",
        "a record was parked",
        "a task died, so the process ends",
        "an announcement was refused",
        "an epoch key was destroyed",
        "an erasure waits",
        "another worker took over",
        "closing epochs waits",
        "erasures were confirmed",
        "opening recommendations waits",
        "request_failed",
        "request_refused",
        "serving",
        "the announcement waits",
        "the database is away",
        "the database is back",
        "the relay waits",
        "tidying waits",
        "waiting and trying again",
        "waiting for the log",
    },
)


def _allow_listed(_: object, __: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
    kept: dict[str, Any] = {}
    event = line.get("event")
    kept["event"] = event if isinstance(event, str) and event in EVENTS else "unnamed event"
    failure = line.pop("exc_info", None)
    if isinstance(failure, BaseException):
        kept["error"] = type(failure).__name__
    elif failure:
        kept["error"] = getattr(sys.exc_info()[0], "__name__", "unknown")
    for name in sorted(ALLOWED_KEYS & line.keys()):
        value = line[name]
        plain = _PERSON if name == "by" else _PLAIN
        if isinstance(value, BaseException):
            kept[name] = type(value).__name__
        elif value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and plain.match(value)):
            kept[name] = value
    return kept


class _LibraryLines(logging.Handler):
    """What libraries log: only where it came from and how serious it is, never their text."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().warning(
            "a library spoke",
            kind=record.name,
            reason=record.levelname,
            error=record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None,
        )


class _StandardError:
    """Standard error as it is when a line is written; one that was replaced meanwhile is never written to."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def set_up_logs(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Send every log line of this process, libraries' too, through the allow-list to ``stream`` (standard error)."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            _allow_listed,
            structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%SZ", utc=True, key="time"),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream or cast(TextIO, _StandardError())),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_LibraryLines()]
    root.setLevel(logging.WARNING)
    for name in ("aiokafka", "sqlalchemy", "asyncio", "aiohttp.access", "aiosqlite"):
        logging.getLogger(name).setLevel(logging.WARNING)


class ServiceLogger:
    """The logger of one service; it looks its set-up up at each line, so that none escapes the allow-list."""

    def __init__(self, **bound: Any) -> None:
        self._bound = bound

    def bind(self, **more: Any) -> "ServiceLogger":
        """Return a logger that adds more keys to each line."""
        return ServiceLogger(**{**self._bound, **more})

    def info(self, event: str, **keys: Any) -> None:
        """Log what happened."""
        structlog.get_logger().info(event, **{**self._bound, **keys})

    def warning(self, event: str, **keys: Any) -> None:
        """Log what passes by itself."""
        structlog.get_logger().warning(event, **{**self._bound, **keys})

    def error(self, event: str, **keys: Any) -> None:
        """Log what a person must look at."""
        structlog.get_logger().error(event, **{**self._bound, **keys})

    def critical(self, event: str, **keys: Any) -> None:
        """Log what cannot wait."""
        structlog.get_logger().critical(event, **{**self._bound, **keys})

    def exception(self, event: str, **keys: Any) -> None:
        """Log an error with the class of the exception that is being handled."""
        structlog.get_logger().exception(event, **{**self._bound, **keys})


def logger(service: str) -> ServiceLogger:
    """Return the logger of one service."""
    return ServiceLogger(service=service)
