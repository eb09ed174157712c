"""Hosting: one or more services in one application on one port, with the shell, health, and one life cycle."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import Protocol

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from services.errors import Held, SurvivorVoiceError
from services.runner.checks import NamedProbe
from services.runner.supervision import Supervisor
from services.web.health import Check, Light, Reading, health_routes
from services.web.pages import setup_shell
from services.web.shell import ShellSettings


class HostedService(Protocol):
    """A service that can be hosted, alone or beside others."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def supervisor(self) -> Supervisor:
        """Its tasks."""

    @property
    def registry(self) -> CollectorRegistry:
        """Its metrics."""

    def probes(self) -> Sequence[NamedProbe]:
        """Return what it asks of its parts before it is ready."""

    def attach(self, app: web.Application) -> None:
        """Put what its handlers need into the application, and its routes."""

    async def start(self) -> None:
        """Open stores and start tasks."""

    async def stop(self) -> None:
        """Stop tasks and close stores; doing it again changes nothing."""


class _Joined(Collector):
    """The metrics of several services on one page."""

    def __init__(self, registries: Sequence[CollectorRegistry]) -> None:
        self._registries = registries

    def collect(self) -> Iterator[Metric]:
        """Yield every family of every service."""
        for registry in self._registries:
            yield from registry.collect()


def host(services: Sequence[HostedService], shell: ShellSettings) -> web.Application:
    """Return an application that answers for the given services; their life begins and ends with it."""
    app = web.Application()
    setup_shell(app, shell)
    registry = CollectorRegistry()
    registry.register(_Joined([service.registry for service in services]))
    checks = [
        Check(f"{service.name}: {probe.name}", _reading(probe)) for service in services for probe in service.probes()
    ]
    app.router.add_routes(health_routes(checks, registry))
    for service in services:
        service.attach(app)

    async def lives(_: web.Application) -> AsyncIterator[None]:
        started: list[HostedService] = []
        try:
            for service in services:
                await service.start()
                started.append(service)
            yield
        finally:
            for service in reversed(started):
                await service.stop()

    app.cleanup_ctx.append(lives)
    return app


def _reading(probe: NamedProbe) -> Callable[[], Awaitable[Reading]]:
    async def ask() -> Reading:
        try:
            await probe.ask()
        except Held as reason:
            return Reading(Light.RED, str(reason))  # a fixed sentence of ours
        except SurvivorVoiceError as trouble:
            return Reading(Light.RED, type(trouble).__name__)
        return Reading(Light.GREEN)

    return ask
