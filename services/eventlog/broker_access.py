"""Users and access on a broker, from the declared grants; needs the optional extra ``topics`` (confluent-kafka).

aiokafka's admin client has neither access control nor SCRAM users, so this is the one place with the other library;
importing it without that library raises ImportError. Its calls block: run them in a thread.
"""

import os
import secrets
import time
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # it re-exports them without saying so
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from services.errors import AccessDenied, LogUnavailable, SettingsError
from services.eventlog.access import USERS, Grant, grants
from services.eventlog.kafka_access import SYSTEM, KafkaAccess
from services.eventlog.topic_admin import on_broker
from services.eventlog.topic_planning import PREFIX, Difference, compare_access

_PATIENCE = 15.0
_POLL = 0.1
_ITERATIONS = 8192
_PRINCIPAL = "User:"
_EVERY_HOST = "*"
_ANY_NAME = "*"


class BrokerAccess:
    """Who may do what on one broker.

    Args:
        access: how to reach it, as an administrator; its prefix goes before the names of topics and groups.

    Raises:
        SettingsError: a file of the settings cannot be read.
    """

    def __init__(self, access: KafkaAccess) -> None:
        self._access = access
        self._client = AdminClient(_options(access), logger=_Silent())

    def differences(self) -> list[Difference]:
        """Return the access that is missing and that is too much.

        Too much is whatever is not declared for one of our users, topics or groups, for anybody.

        Raises:
            LogUnavailable: the broker has no access control, or cannot be reached.
            AccessDenied: this user is no administrator.
        """
        found = self._found()
        wanted = self._wanted()
        missing = {grant for grant, binding in wanted.items() if binding not in found}
        surplus = [self._said(binding) for binding in self._surplus(found, wanted.values())]
        return compare_access(grants(), missing, sorted(surplus))

    def grant(self) -> int:
        """Give every declared access that is missing; return how many.

        Raises:
            LogUnavailable: as for :meth:`differences`.
            AccessDenied: this user is no administrator.
        """
        found = self._found()
        missing = [binding for binding in self._wanted().values() if binding not in found]
        if missing:
            for done in self._client.create_acls(missing, request_timeout=_PATIENCE).values():
                self._result(done)
            self._seen(lambda: self._found().issuperset(missing))
        return len(missing)

    def revoke(self) -> int:
        """Take away whatever is too much; return how many.

        Raises:
            LogUnavailable: as for :meth:`differences`.
            AccessDenied: this user is no administrator.
        """
        surplus = self._surplus(self._found(), self._wanted().values())
        if surplus:
            filters = [self._filter(binding) for binding in surplus]
            for done in self._client.delete_acls(filters, request_timeout=_PATIENCE).values():
                self._result(done)
            self._seen(lambda: self._found().isdisjoint(surplus))
        return len(surplus)

    def missing_users(self) -> list[Difference]:
        """Return the declared users that the broker does not know by SCRAM-SHA-512.

        Raises:
            LogUnavailable: the broker cannot be reached.
            AccessDenied: this user is no administrator.
        """
        asked: Any = self._client.describe_user_scram_credentials(request_timeout=_PATIENCE)
        known = self._result(asked)
        lacking = [user for user in USERS if user not in known]
        return [Difference("missing user", user, f"{user} cannot log in by SCRAM-SHA-512") for user in lacking]

    def make_users(self, folder: Path) -> list[str]:
        """Make the declared users that are missing; return their names.

        A user's password is what ``<user>.password`` in the folder holds; where there is no such file one is made,
        readable by its owner alone. A user that is there keeps its password.

        Raises:
            SettingsError: the folder or a file in it cannot be read or written.
            LogUnavailable: the broker cannot be reached.
            AccessDenied: this user is no administrator.
        """
        users = [difference.name for difference in self.missing_users()]
        new: list[Any] = [
            UserScramCredentialUpsertion(
                user,
                ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, _ITERATIONS),
                _password_of(user, folder),
            )
            for user in users
        ]
        if new:
            for done in self._client.alter_user_scram_credentials(new, request_timeout=_PATIENCE).values():
                self._result(done)
            self._seen(lambda: not self.missing_users())
        return users

    # --- between grants and the library's bindings ---

    def _wanted(self) -> dict[Grant, Any]:
        return {grant: self._binding(grant) for grant in grants()}

    def _binding(self, grant: Grant) -> Any:
        return AclBinding(
            ResourceType.TOPIC if grant.resource == "topic" else ResourceType.GROUP,
            on_broker(self._access, grant.name),
            ResourcePatternType.LITERAL,
            f"{_PRINCIPAL}{grant.user}",
            _EVERY_HOST,
            AclOperation[grant.operation.upper()],
            AclPermissionType.ALLOW,
        )

    def _found(self) -> set[Any]:
        anything: Any = None
        every = AclBindingFilter(
            ResourceType.ANY,
            anything,
            ResourcePatternType.ANY,
            anything,
            anything,
            AclOperation.ANY,
            AclPermissionType.ANY,
        )
        return set(self._result(self._client.describe_acls(every, request_timeout=_PATIENCE)))

    def _filter(self, binding: Any) -> Any:
        return AclBindingFilter(
            binding.restype,
            binding.name,
            binding.resource_pattern_type,
            binding.principal,
            binding.host,
            binding.operation,
            binding.permission_type,
        )

    def _surplus(self, found: Collection[Any], wanted: Iterable[Any]) -> list[Any]:
        declared = set(wanted)
        return sorted((each for each in found if each not in declared and self._is_ours(each)), key=self._said)

    def _is_ours(self, binding: Any) -> bool:
        """Whether it touches us: one of our users, or a topic or group of ours by name, by prefix or by any name.

        What takes away (DENY) is looked at as well: it is not declared either.
        """
        if binding.principal in {f"{_PRINCIPAL}{user}" for user in USERS}:
            # On a broker that installations share the users of another one have names of their own.
            return not self._access.prefix or self._touches(binding)
        return self._touches(binding)

    def _touches(self, binding: Any) -> bool:
        if binding.restype == ResourceType.TOPIC:
            start = on_broker(self._access, PREFIX)
            return binding.name == _ANY_NAME or binding.name.startswith(start) or self._covers(binding, start)
        if binding.restype == ResourceType.GROUP:
            names = {on_broker(self._access, grant.name) for grant in grants() if grant.resource == "group"}
            covered = any(self._covers(binding, name) for name in names)
            return binding.name == _ANY_NAME or binding.name in names or covered
        return False

    def _covers(self, binding: Any, name: str) -> bool:
        is_prefix = binding.resource_pattern_type == ResourcePatternType.PREFIXED
        return bool(is_prefix and name.startswith(binding.name))

    def _said(self, binding: Any) -> str:
        permission = "may" if binding.permission_type == AclPermissionType.ALLOW else "may not"
        pattern = " whatever begins with" if self._covers(binding, binding.name) else ""
        return (
            f"{binding.principal.removeprefix(_PRINCIPAL)} {permission} {binding.operation.name.lower()} the "
            f"{binding.restype.name.lower()}{pattern} {binding.name}, which is not declared"
        )

    def _seen(self, shows: Callable[[], bool]) -> None:
        """Wait until the broker shows what was ordered: a change takes a moment to reach every broker."""
        deadline = time.monotonic() + _PATIENCE
        while not shows():
            if time.monotonic() > deadline:
                raise LogUnavailable("The broker has not carried out every change yet: look with topics check.")
            time.sleep(_POLL)

    def _result(self, done: "Future[Any]") -> Any:
        try:
            return done.result(timeout=_PATIENCE)
        except KafkaException as trouble:
            raise self._meaning(trouble.args[0]) from None
        except TimeoutError:
            raise LogUnavailable("The broker did not answer in time. Check SV_LOG, and that it runs.") from None

    def _meaning(self, error: Any) -> Exception:
        if error.code() == KafkaError.SECURITY_DISABLED:
            return LogUnavailable("The broker has no access control: set authorizer.class.name on it, or --no-access.")
        if error.code() in {KafkaError.CLUSTER_AUTHORIZATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED}:
            return AccessDenied("This user may not look after access: use the broker's administrator (--user).")
        return LogUnavailable(f"The broker could not be asked about access ({error.name()}). Try again.")


class _Silent:
    """Takes the library's log lines, which it would print to the terminal, and drops them: its errors say enough."""

    def log(self, *_: object) -> None:
        """Drop a line."""


def _options(access: KafkaAccess) -> dict[str, Any]:
    options: dict[str, Any] = {
        "bootstrap.servers": ",".join(access.brokers),
        "client.id": "survivor-voice-access",
        "security.protocol": access.security_protocol,
        "socket.timeout.ms": int(_PATIENCE * 1000),
        "log_level": 0,
    }
    if access.ca and access.ca != SYSTEM:
        options["ssl.ca.location"] = access.ca
    if access.certificate:
        options |= {"ssl.certificate.location": access.certificate, "ssl.key.location": access.key}
    if access.user:
        asked = access.connection_options()
        options |= {
            "sasl.mechanisms": access.mechanism,
            "sasl.username": access.user,
            "sasl.password": asked["sasl_plain_password"],
        }
    return options


def _password_of(user: str, folder: Path) -> bytes:
    path = folder / f"{user}.password"
    try:
        if not path.exists():
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_urlsafe(24).encode())
        password, *_ = path.read_bytes().splitlines() or [b""]
    except OSError:
        raise SettingsError("The folder of passwords (--users) cannot be read or written.") from None
    if not password:
        raise SettingsError(f"The password file of {user} holds no password on its first line.")
    return password
