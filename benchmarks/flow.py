"""The flow in ratios and rates, one run: durable POST against the same without its commit, and submitted to counted.

    python benchmarks/flow.py [--contributions 6000] [--seconds 6]

1. *durable POST*: ``POST /sessions`` with one 60-word contribution over 32 connections, divided by the same call
(decode, validate, check, seal) without storing anything.
2. *submitted to counted*: four processes on one data folder; sessions of 100 contributions of 60 words each; from the
first submission until the reporter has counted the last one; with the memory of the four: proportional set size, in
which a page that several of them share (the interpreter, the libraries) counts once in all, as it does in the machine.
Where the system does not tell it, resident size stands for it, in which such a page counts four times.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import aiohttp
from aiohttp import web

from services.bootstrap import Installation
from services.commands.client import call
from services.commands.serve import share_interpreter
from services.intake.acceptance import Accepted
from services.settings import SERVICE_PORTS, SERVICES, read_settings

WORDS = (
    "when I rang the second time the officer was kind and told me what would happen next but nobody rang me back for "
    "three weeks and I had to tell it all again to somebody new at the desk which made me feel as if I had done "
    "something wrong and I think one person should stay with you from the beginning until the end of it all please"
)
CONNECTIONS = 32


def submission(contributions: int) -> dict[str, object]:
    """Return one session as JSON."""
    said = [{"text": f"{WORDS} {number}"} for number in range(contributions)]
    return {
        "kind": "survey",
        "month": "2025-01",
        "areas": ["lambeth"],
        "role": "survivor",
        "uses": ["count"],
        "contributions": said,
    }


def _installation(data: Path, *, only: tuple[str, ...] = SERVICES) -> Installation:
    """Return an installation with the machine's clock, as a real one has: a demonstration reads a file each time."""
    return Installation(read_settings(data=data, environment={}, port=0), only=only, environment={})


class _NothingStored:
    """A writer that stores nothing: what is left is the work of a POST without its commit."""

    async def store(self, arrival: object) -> Accepted:
        return Accepted(arrival.sealed.session, ())  # type: ignore[attr-defined]


def _serve(data: str, port: int, ready: object, *, durable: bool) -> None:
    share_interpreter()

    async def run() -> None:
        installation = _installation(Path(data))
        if not durable:
            installation.intake.door._writer = _NothingStored()  # type: ignore[union-attr, assignment]  # noqa: SLF001 - the measure's point
        for service in (installation.anonymiser, installation.themer, installation.reporter):
            await service.announcer.announce()  # type: ignore[union-attr]
        alone = _installation(Path(data), only=("intake",)) if durable else installation
        runner = web.AppRunner(alone.application(), access_log=None)
        if durable:
            await runner.setup()
        else:
            alone.intake.start = _nothing  # type: ignore[union-attr, method-assign]
            for service in (installation.anonymiser, installation.themer, installation.reporter):
                service.start = _nothing  # type: ignore[union-attr, method-assign]
            await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        ready.set()  # type: ignore[attr-defined]
        await asyncio.Event().wait()

    asyncio.run(run())


async def _nothing() -> None:
    return None


async def _post_for(seconds: float, address: str, token: str) -> float:
    """Return how many POSTs a second 32 connections get through."""
    body = json.dumps(submission(1)).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    done = 0
    ends = time.monotonic() + seconds

    async def one(client: aiohttp.ClientSession) -> None:
        nonlocal done
        while time.monotonic() < ends:
            async with client.post(f"{address}/api/intake/v1/sessions", data=body, headers=headers) as response:
                if response.status != 202:
                    raise SystemExit(f"the POST was refused: {response.status} {await response.text()}")
            done += 1

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as client:
        began = time.monotonic()
        await asyncio.gather(*(one(client) for _ in range(CONNECTIONS)))
        return done / (time.monotonic() - began)


def measure_posts(seconds: float) -> tuple[float, float]:
    """Return POSTs a second, durable and without the commit."""
    rates = []
    for number, durable in enumerate((True, False)):
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "data"
            ready = multiprocessing.Event()
            port = 18460 + number
            server = multiprocessing.Process(
                target=_serve, args=(str(data), port, ready), kwargs={"durable": durable}, daemon=True
            )
            server.start()
            ready.wait(30)
            token = (data / "token").read_text().strip()
            rates.append(asyncio.run(_post_for(seconds, f"http://127.0.0.1:{port}", token)))
            server.kill()
            server.join()
    return rates[0], rates[1]


def measure_flow(contributions: int) -> dict[str, float]:
    """Return contributions a second from submitted to counted over four processes, and their memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        installation = _installation(data)
        token = installation.folder.token()
        asyncio.run(installation.close())
        command = [str(Path(sys.executable).parent / "survivor-voice"), "serve", "--data", str(data), "--only"]
        processes = [
            subprocess.Popen([*command, service], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            for service in SERVICES
        ]
        try:
            address = f"http://127.0.0.1:{SERVICE_PORTS['intake']}"
            _until_ready()
            began = time.monotonic()
            for number in range(contributions // 100):
                headers = {"Idempotency-Key": f"flow {number}"}
                call(address, token, "POST", "/api/intake/v1/sessions", submission(100), headers=headers)
            submitted = time.monotonic() - began
            while True:
                totals = call(address, token, "GET", "/api/intake/v1/reconciliation")
                if totals["accepted"] == contributions and not totals["on_their_way"]:
                    break
                time.sleep(0.05)
            took = time.monotonic() - began
            held = {f"MB {name}": _memory(process.pid) for name, process in zip(SERVICES, processes, strict=True)}
            resident = sum(_resident(process.pid) for process in processes)
            seconds = {name: _cpu(process.pid) for name, process in zip(SERVICES, processes, strict=True)}
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
            for process in processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(20)
    return {
        "rate": contributions / took,
        "submit rate": contributions / submitted,
        "memory MB": sum(held.values()),
        **held,
        "resident MB": resident,
        **{f"cpu s {name}": spent for name, spent in seconds.items()},
        "held": totals["held"],
    }


def _until_ready() -> None:
    for port in SERVICE_PORTS.values():
        for _ in range(200):
            with contextlib.suppress(Exception):
                call(f"http://127.0.0.1:{port}", "", "GET", "/livez")
                break
            time.sleep(0.1)
        else:
            raise SystemExit(f"no service answers on port {port}")


def _memory(pid: int) -> float:
    """Return the proportional set size of a process in MB, or its resident size where that is not told."""
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("Pss:")).split()[1]) / 1024
    return _resident(pid)


def _resident(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def _cpu(pid: int) -> float:
    parts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--contributions", type=int, default=6000)
    parser.add_argument("--seconds", type=float, default=6.0)
    given = parser.parse_args()
    durable, without = measure_posts(given.seconds)
    print(f"durable POST, {CONNECTIONS} connections        {durable:8.0f} a second")
    print(f"the same without its commit          {without:8.0f} a second")
    print(f"durable / without (bar 0.5)          {durable / without:8.2f}")
    for name, value in measure_flow(given.contributions).items():
        bar = " (bar 300, aim 1000)" if name == "rate" else " (bar 400)" if name == "memory MB" else ""
        print(f"submitted to counted: {name:<14}{bar:<22} {value:8.1f}")


if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    main()
