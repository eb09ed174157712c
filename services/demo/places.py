"""Where a demonstration keeps its log and its stores, when that is not its data folder: a broker, a database server.

Both may be shared with others, so a demonstration has topics and groups under a prefix of its own, and neither begins
on what was used before.
"""

import secrets
from collections.abc import Mapping
from typing import Final

from services.bootstrap import Installation
from services.errors import DataFolderError
from services.settings import Settings

SCHEME: Final = "kafka:"
#: A demonstration's day is in the past, and a broker counts by its own: it would drop what is kept for a year at once,
#: before anybody has read it. The topics are taken off its clock; the demonstration's own tidying goes by its own day.
OFF_THE_CLOCK: Final = {"retention.ms": "-1"}
_PREFIX_BYTES: Final = 3


def environment_of(environment: Mapping[str, str], *, log: str | None, database: str | None) -> dict[str, str]:
    """Return the settings' variables with the places that the command line names; those go before all others.

    Args:
        environment: as the process has it.
        log: as in ``SV_LOG``, or None.
        database: as in ``SV_DATABASE``, or None.
    """
    named = {"LOG": log, "DATABASE": database}
    given = {name: value for name, value in named.items() if value is not None}
    # One service's own would leave the demonstration in two places.
    kept = {
        variable: value
        for variable, value in environment.items()
        if not (variable.startswith("SV_") and variable.rpartition("_")[2] in given)
    }
    return {**kept, **{f"SV_{name}": value for name, value in given.items()}}


def with_prefix(log_url: str) -> str:
    """Return the address of a log on a broker with a prefix: the one in it, or a new one."""
    brokers, mark, prefix = log_url.partition("://")[2].partition("/")
    if mark and prefix:
        return log_url
    return f"{SCHEME}//{brokers}/demo-{secrets.token_hex(_PREFIX_BYTES)}"


async def declare_log(settings: Settings) -> None:
    """Make the topics of a log on a broker where they are missing, and refuse a log that was used before.

    Args:
        settings: whose log is on a broker, with a prefix.

    Raises:
        LogUnavailable: the broker cannot be reached, or refuses; the message says why.
        DataFolderError: something lies in the topics.
    """
    # Late, so that a demonstration on one machine never loads the broker's client.
    from services.eventlog.kafka import KafkaLog
    from services.eventlog.kafka_access import KafkaAccess
    from services.eventlog.topic_admin import TopicAdmin
    from services.eventlog.topics import DECLARED

    access = KafkaAccess.from_settings(settings.log_url, settings)
    await TopicAdmin(access, overrides=OFF_THE_CLOCK).apply()
    log = KafkaLog(access)
    try:
        used = any((await log.heads(DECLARED)).values())
    finally:
        await log.close()
    if used:
        raise DataFolderError(
            f"The topics under {access.prefix} have been used: a demonstration begins with new ones, so name another "
            "prefix, or none for a new one."
        )


async def require_new(installation: Installation) -> None:
    """Refuse stores that an earlier demonstration has filled.

    Args:
        installation: with intake, started.

    Raises:
        DataFolderError: there are groups or contributions already.
    """
    assert installation.intake is not None
    door = installation.intake.door
    if await door.groups() or (await door.reconcile()).accepted:
        raise DataFolderError("The database holds an earlier demonstration: name an empty one.")
