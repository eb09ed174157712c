"""A loopback proxy in front of a broker that cuts, delays and swallows.

A broker tells its clients its own address, so answers are rewritten on the way to name the proxy: the address has the
same length whatever the port.
"""

import asyncio
import contextlib
import struct
from typing import Self


class CuttingProxy:
    """Stands in front of one broker on loopback.

    Attributes:
        delay: seconds that each answer is held back.
        swallowing: nothing passes any more, and nothing is closed either: a network that lost its way.
    """

    def __init__(self, bootstrap: str) -> None:
        self._behind = int(bootstrap.rpartition(":")[2])
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.delay = 0.0
        self.swallowing = False

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        await self.mend()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.cut()

    async def cut(self) -> None:
        """Cut every connection and take no new ones."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self.cut_connections()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=2)
        await asyncio.sleep(0)

    def cut_connections(self) -> None:
        """Cut every connection; new ones are taken."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def mend(self) -> None:
        """Take connections again, on the same port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._behind)
        except OSError:
            writer.transport.abort()
            self._tasks.discard(task)
            return
        self._writers |= {writer, there_writer}
        try:
            await asyncio.gather(self._there(reader, there_writer), self._back(there_reader, writer))
        finally:
            self._writers -= {writer, there_writer}
            for each in (writer, there_writer):
                each.transport.abort()
            self._tasks.discard(task)

    async def _there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while data := await reader.read(65536):
                if not self.swallowing:
                    writer.write(data)
                    await writer.drain()
        writer.transport.abort()

    async def _back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        own, ours = (b"127.0.0.1" + struct.pack(">i", port) for port in (self._behind, self.port))
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readexactly(4)
                frame = await reader.readexactly(struct.unpack(">i", head)[0])
                if self.delay:
                    await asyncio.sleep(self.delay)
                if not self.swallowing:
                    writer.write(head + frame.replace(own, ours))
                    await writer.drain()
        writer.transport.abort()
