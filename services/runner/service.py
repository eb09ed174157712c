"""What every service is made of: its parts, its supervised tasks and workers, and what it asks before it is ready."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry

from services.events import Service
from services.runner.announcements import Announcer
from services.runner.checks import NamedProbe, workers_probe
from services.runner.parts import Parts
from services.runner.supervision import Supervisor, Task
from services.runner.tidying import Tidier
from services.runner.worker import Worker


class RunningService:
    """A service without a store.

    Attributes:
        name: which service.
        parts: what it was composed of.
        supervisor: its tasks.
        registry: its metrics.
        workers: they read the log for it.
    """

    def __init__(self, name: Service, parts: Parts) -> None:
        self.name: Service = name
        self.parts = parts
        self.supervisor = Supervisor(name)
        self.registry: CollectorRegistry = parts.registry
        self.workers: tuple[Worker, ...] = ()

    def plan(self, workers: Sequence[Worker], **tasks: Task) -> None:
        """Plan the workers, the service's own tasks, and the tidying of what it writes."""
        self.workers = tuple(workers)
        for worker in workers:
            self.supervisor.add(f"worker {worker.group}", worker.run)
        for name, task in tasks.items():
            self.supervisor.add(name, task)
        self.supervisor.add("tidier", Tidier(self.name, self.parts.log, self.parts.clock).run)

    def probes(self) -> Sequence[NamedProbe]:
        """Return what it asks of its parts before it is ready."""
        return (NamedProbe("log", self.parts.log.ping), workers_probe(self.workers, self.supervisor))

    async def start(self) -> None:
        """Start the tasks."""
        self.supervisor.start()

    async def stop(self) -> None:
        """Stop the tasks; doing it again changes nothing."""
        await self.supervisor.stop()


class AnnouncingService(RunningService):
    """A service that others seal to: it announces its keys before it does anything else.

    Attributes:
        announcer: makes and announces its epochs; set before the service starts.
    """

    announcer: Announcer

    async def start(self) -> None:
        """Announce this service's keys and start the tasks."""
        await self.announcer.announce()
        await super().start()
