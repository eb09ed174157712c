"""``survivor-voice topics``: the declared topics, access and users on a broker: planned, applied, checked."""

import argparse
import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from services.commands.session import settings_for
from services.errors import SettingsError, UsageError
from services.eventlog.kafka_access import SCHEME, KafkaAccess
from services.eventlog.topic_admin import TopicAdmin
from services.eventlog.topic_planning import Difference
from services.settings import Settings

if TYPE_CHECKING:
    from services.eventlog.broker_access import BrokerAccess

_NO_EXTRA = (
    "Access and users need one more package: pip install 'survivor-voice[topics]', or leave them out with --no-access."
)


def run(given: argparse.Namespace) -> int:
    """Plan, apply or check; exit 0 when the broker is as declared, 1 when it is not (a plan says what differs)."""
    if given.replicas is not None and given.replicas < 1:
        raise UsageError("--replicas is at least 1.")
    access = _access(settings_for(given.data), given)
    admin = TopicAdmin(access, replicas=given.replicas)
    keeper = _keeper(access, given)
    done: list[str] = []
    if given.step == "apply":
        # Users first: access for somebody who cannot log in helps nobody, and topics are there for those who may.
        if keeper is not None and given.users is not None:
            users = keeper.make_users(given.users)
            done += [f"made the user {user}" for user in users]
        done += [f"mended: {difference}" for difference in asyncio.run(admin.apply())]
        if keeper is not None:
            done += _applied(keeper, revoke=given.revoke)
    differences = asyncio.run(admin.differences()) + _differing(keeper, users=given.users is not None)
    _show(given, access, done, differences)
    return 1 if differences and given.step != "plan" else 0


def _access(settings: Settings, given: argparse.Namespace) -> KafkaAccess:
    """Return how to reach the broker: as the settings say, with the administrator's user where one is named."""
    if not settings.log_url.startswith(f"{SCHEME}:"):
        raise SettingsError("Topics are declared on a broker alone: set SV_LOG=kafka://host:port.")
    access = KafkaAccess.from_settings(settings.log_url, settings)
    if (given.user is None) != (given.password_file is None):
        raise UsageError("--user and --password-file go together.")
    if given.user is None:
        return access
    return replace(access, user=given.user, password_file=str(given.password_file))


def _keeper(access: KafkaAccess, given: argparse.Namespace) -> "BrokerAccess | None":
    """Return what looks after access, unless it is left out; a broker without a login has none to look after."""
    wanted = given.users is not None or given.revoke
    if given.no_access:
        if wanted:
            raise UsageError("--no-access goes with neither --users nor --revoke.")
        return None
    if not (access.user or access.certificate):
        if wanted:
            raise UsageError("Users and access are looked after by an administrator: give --user and --password-file.")
        return None
    try:
        from services.eventlog.broker_access import BrokerAccess
    except ImportError:
        raise SettingsError(_NO_EXTRA) from None
    return BrokerAccess(access)


def _applied(keeper: "BrokerAccess", *, revoke: bool) -> list[str]:
    steps: list[tuple[str, Callable[[], int]]] = [("granted", keeper.grant)]
    if revoke:
        steps.append(("revoked", keeper.revoke))
    return [f"{verb}: {count}" for verb, step in steps if (count := step())]


def _differing(keeper: "BrokerAccess | None", *, users: bool) -> list[Difference]:
    if keeper is None:
        return []
    return (keeper.missing_users() if users else []) + keeper.differences()


def _show(
    given: argparse.Namespace, access: KafkaAccess, done: Sequence[str], differences: Sequence[Difference]
) -> None:
    if given.json:
        rows = [{"kind": each.kind, "name": each.name, "text": each.text} for each in differences]
        print(json.dumps({"done": list(done), "differences": rows}))
        return
    for line in (*done, *map(str, differences)):
        print(line)
    if not differences:
        print("The broker is as declared.")
    elif given.step == "plan":
        print(_ending(differences))
    if not (access.user or access.certificate) and not given.no_access:
        print("The broker is reached without a login: access was not looked at.")


def _ending(differences: Sequence[Difference]) -> str:
    surplus = sum(difference.kind == "surplus access" for difference in differences)
    by_hand = sum(difference.by_hand for difference in differences)
    parts = [f"survivor-voice topics apply mends {len(differences) - surplus - by_hand}"]
    if surplus:
        parts.append(f"with --revoke {surplus} more")
    if by_hand:
        parts.append(f"{by_hand} only by hand")
    return ", ".join(parts) + "."
