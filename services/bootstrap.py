"""Composing an installation: the data folder, the log, and the services that run in this process."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aiohttp import web

from services.datafolder import DataFolder
from services.errors import (
    AccessDenied,
    CertificateRefused,
    LoginRefused,
    LogUnavailable,
    SettingsError,
    TopicUnfit,
    UsageError,
)
from services.eventlog.access import topics_of
from services.eventlog.interface import EventLog
from services.eventlog.opening import open_log
from services.events import Service
from services.ids import NewId, random_id
from services.runner.parts import Parts
from services.settings import SERVICE_PORTS, SERVICES, Settings, read_settings
from services.web.accounts.guard import end_session
from services.web.accounts.pages import attach_accounts
from services.web.accounts.register import accounts_of
from services.web.calls import CALL_PATHS, LARGEST_CALL
from services.web.contexts import HelpLine
from services.web.hosting import HostedService, host
from services.web.shell import ShellSettings

if TYPE_CHECKING:
    from services.anonymiser.app import Anonymiser
    from services.intake.app import Intake
    from services.intake.asking import Preview, Subjects
    from services.reporter.app import Reporter
    from services.themer.app import Themer

#: Those that announce keys start before the one that seals to them.
START_ORDER: Final[tuple[Service, ...]] = ("reporter", "themer", "anonymiser", "intake")

#: The largest submission in bytes.
MOST_SUBMITTED: Final = 32 * 1024 * 1024

#: The largest file that a program may send, in bytes, with its form.
MOST_BROUGHT: Final = 101 * 1024 * 1024

#: The largest file that a facilitator may send from a page, in bytes, with its form.
MOST_UPLOADED: Final = 21 * 1024 * 1024

#: Shown on the safety page and beside a receipt; free of charge, day or night where they say so.
HELP_LINES: Final = (
    HelpLine("National Domestic Abuse Helpline", "0808 2000 247", "free, day and night", "For women"),
    HelpLine("Men’s Advice Line", "0808 801 0327", "free, see its hours", "For men"),
    HelpLine("Galop", "0800 999 5428", "free, see its hours", "For LGBT+ people"),
)


def template_folders() -> dict[str, Path]:
    """Return the folder of each service that has templates of its own."""
    return {name: Path(__file__).parent / name / "templates" for name in ("intake", "themer", "reporter")}


#: What is wrong with a log that no waiting mends.
_BY_HAND: Final = (LoginRefused, CertificateRefused, AccessDenied, TopicUnfit)

#: Calls that need no token of the installation: the public register, and those for which a service has its own.
OPEN_PATHS: Final = (
    *(f"/api/reporter/v1/{path}" for path in ("recommendations", "waiting", "answers", "answers/progress")),
    *CALL_PATHS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What a demonstration or a test puts in the place of the real parts.

    Attributes:
        log: the event log, already open; its opener closes it.
        new_id: makes intake's opaque ids.
        pick: picks intake's receipt words.
    """

    log: EventLog | None = None
    new_id: NewId | None = None
    pick: Callable[[int], int] | None = None


class Installation:
    """The services of one process on one data folder.

    Attributes:
        settings: of the installation.
        folder: the data folder.
        log: the event log.
        intake, anonymiser, themer, reporter: those that were asked for, else None.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        only: Sequence[str] = SERVICES,
        demo: bool = False,
        overrides: Overrides | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        unknown = [name for name in only if name not in SERVICES]
        if unknown:
            raise UsageError(f"There is no such service; choose from {', '.join(SERVICES)}.")
        overrides = overrides or Overrides()
        self.settings = settings
        self.folder = DataFolder.open(settings.data, demo=demo)
        self.folder.token()
        self._owns_log = overrides.log is None
        # A service that runs alone reaches a broker as the user that is its own.
        reaching = self._settings_of(only[0], environment) if len(only) == 1 else settings
        self.log = open_log(settings.log_url, reaching) if overrides.log is None else overrides.log
        self.intake: Intake | None = None
        self.anonymiser: Anonymiser | None = None
        self.themer: Themer | None = None
        self.reporter: Reporter | None = None
        for name in START_ORDER:
            if name in only:
                self._make(name, self._parts(name, overrides, environment))

    def _make(self, name: Service, parts: Parts) -> None:
        """Make one service; imported here, so that a process holds only what its services need."""
        if name == "intake":
            from services.intake.app import Intake

            self.intake = Intake(parts, preview=self._preview(), subjects=self._subjects())
        elif name == "anonymiser":
            from services.anonymiser.app import Anonymiser

            self.anonymiser = Anonymiser(parts)
        elif name == "themer":
            from services.themer.app import Themer

            self.themer = Themer(parts)
        else:
            from services.reporter.app import Reporter

            self.reporter = Reporter(parts)

    def _preview(self) -> "Preview | None":
        """Return the anonymiser's preview, where it runs in this process; else intake asks in a call."""
        if self.anonymiser is None:
            return None
        from services.anonymiser.preview import preview

        return preview

    def _subjects(self) -> "Subjects | None":
        """Return what the themer finds notes to be about, likewise."""
        if self.themer is None:
            return None
        from services.themer.looking import subjects_of

        return subjects_of

    def _parts(self, service: Service, overrides: Overrides, environment: Mapping[str, str] | None) -> Parts:
        parts = Parts(
            service=service,
            settings=self._settings_of(service, environment),
            folder=self.folder,
            clock=self.folder.clock,
            log=self.log,
            new_id=(overrides.new_id or random_id) if service == "intake" else random_id,
        )
        if service == "intake" and overrides.pick is not None:
            object.__setattr__(parts, "pick", overrides.pick)
        return parts

    def _settings_of(self, service: str, environment: Mapping[str, str] | None) -> Settings:
        """Return the settings of one service."""
        return read_settings(
            data=self.settings.data,
            environment=os.environ if environment is None else environment,
            service=service,
        )

    @property
    def services(self) -> tuple[HostedService, ...]:
        """The services of this process, in the order in which they start."""
        found = (self.reporter, self.themer, self.anonymiser, self.intake)
        return tuple(service for service in found if service is not None)

    def shell(self) -> ShellSettings:
        """Return what the pages' shell needs."""
        return ShellSettings(
            service_name=self.settings.service_name,
            organisation=self.settings.organisation,
            contact=f"the officer responsible at {self.settings.organisation}",
            exit_to=self.settings.exit_address,
            demo=self.folder.demo,
            token_file=self.folder.token_file,
            open_api_paths=OPEN_PATHS,
            body_limits={
                "/api/intake/": MOST_SUBMITTED,
                "/api/intake/v1/files": MOST_BROUGHT,
                "/sessions/": MOST_UPLOADED,
                **dict.fromkeys(CALL_PATHS, LARGEST_CALL),
            },
            template_folders=template_folders(),
            end_session=end_session,
            help_lines=HELP_LINES,
        )

    def application(self) -> web.Application:
        """Return one application that answers for all services of this process."""
        app = host(self.services, self.shell())
        if self.intake is None:
            answering = [service for service in (self.anonymiser, self.themer) if service is not None]
            app.router.add_routes(service.answer_calls() for service in answering)
        attach_accounts(app, accounts_of(self.settings, self.folder))
        return app

    async def check_log(self) -> None:
        """Make sure that the log lets these services in, and has their topics as they are declared.

        A log that is only away is waited for by whatever uses it, so nothing is said of that here.

        Raises:
            LoginRefused, CertificateRefused, AccessDenied, TopicUnfit: it has to be mended by hand.
        """
        try:
            await self.log.heads(sorted({topic for service in self.services for topic in topics_of(service.name)}))
        except LogUnavailable as trouble:
            if isinstance(trouble, _BY_HAND):
                raise

    async def start(self) -> None:
        """Start the services without a port, for commands."""
        started: list[HostedService] = []
        try:
            for service in self.services:
                await service.start()
                started.append(service)
        except BaseException:
            for service in reversed(started):
                await service.stop()
            raise

    async def stop(self) -> None:
        """Stop the services and close what this installation opened."""
        for service in reversed(self.services):
            await service.stop()
        await self.close()

    async def close(self) -> None:
        """Close the log, where this installation opened it."""
        if self._owns_log:
            await self.log.close()


def port_of(settings: Settings, only: Sequence[str]) -> int:
    """Return the port to listen on: the front door's, or a single service's own."""
    if len(only) == 1 and settings.port == Settings(data=settings.data).port:
        return SERVICE_PORTS[only[0]]
    return settings.port


def require_loopback(host_name: str) -> None:
    """Refuse any address but loopback while there is no sign-in.

    Raises:
        SettingsError: another address.
    """
    if host_name not in {"127.0.0.1", "::1", "localhost"}:
        raise SettingsError("Without sign-in the pages answer on this machine only: leave SV_HOST at 127.0.0.1.")
