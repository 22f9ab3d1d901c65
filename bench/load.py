"""Requests to a running server, as many clients at once as wanted: rates, waiting times, the server's CPU time."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import NamedTuple

TICKS = os.sysconf("SC_CLK_TCK")


class Load(NamedTuple):
    """Requests per second, milliseconds waited in the middle and at worst but for 5%, CPU milliseconds of a request."""

    rate: float
    p50: float
    p95: float
    cpu: float


class Server(NamedTuple):
    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """CPU time that the process took so far, of all its threads. Linux only."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def server(kind: str, database: Path) -> Iterator[Server]:
    """A server of `bench.server` in a process of its own."""
    command = [sys.executable, "-m", "bench.server", kind, str(database)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Server(int(process.stdout.readline()), process.pid)
        finally:
            process.terminate()


def load(server: Server, path: str, clients: int, seconds: float, headers: str = "") -> Load:
    """Ask for `path` as fast as the answers come. Raises `RuntimeError` on an answer other than 200."""
    waited: list[float] = []
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()

    async def client(until: float):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        while True:
            start = perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"{path}: {head.splitlines()[0].decode()}")
            await _body(reader, head.lower())
            waited.append(perf_counter() - start)
            if perf_counter() >= until:  # even the shortest warming up asks once
                break
        writer.close()

    async def all_clients(seconds: float):
        until = perf_counter() + seconds
        await asyncio.gather(*(client(until) for _ in range(clients)))

    asyncio.run(all_clients(0.1 * seconds))
    waited.clear()
    cpu, start = server.cpu_seconds(), perf_counter()
    asyncio.run(all_clients(seconds))
    elapsed, cpu = perf_counter() - start, server.cpu_seconds() - cpu
    worst = quantiles(waited, n=20)[-1] if len(waited) > 1 else waited[0]
    return Load(len(waited) / elapsed, 1000 * median(waited), 1000 * worst, 1000 * cpu / len(waited))


async def _body(reader: asyncio.StreamReader, head: bytes):
    if b"\r\ncontent-length:" in head:
        await reader.readexactly(int(head.partition(b"\r\ncontent-length:")[2].split(b"\r\n")[0]))
        return
    while size := int(await reader.readline(), 16):  # chunked
        await reader.readexactly(size + 2)
    await reader.readline()
