"""The load that docs/security.md gives figures of: mixed pages, and slow SQL beside them. Run on the same machine.

    python deploy/load.py mixed http://127.0.0.1:8001 [SECONDS] [PID]
    python deploy/load.py beside http://127.0.0.1:8001 http://127.0.0.1:8002 [SECONDS]

Only for servers of your own on this machine.
"""

import asyncio
import statistics
import sys
import time
from pathlib import Path
from urllib.parse import urlparse

import httpx

MIXED = (
    "/ /conditions /claims /claims/crps /claims/migraine /conditions/crps /studies /articles /harms /map /method"
    " /changes /search?q=nerve+pain /search?q=bladder /claims.json /changes.atom /kb/claim"
    " /kb/evidence_table.json?_shape=array"
).split()
SLOW = "/kb.json?sql=select+count(*)+from+citation+a,citation+b,citation+c,citation+d"


def check_local(*addresses: str):
    for address in addresses:
        if urlparse(address).hostname not in ("127.0.0.1", "localhost", "::1"):
            raise SystemExit(f"{address} is not on this machine")


def memory(pid: int) -> float:
    """Resident memory in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


async def visitor(client: httpx.AsyncClient, paths, until: float, times: list[float], wrong: list):
    """Ask for the paths in turn, each as soon as the one before has come."""
    i = 0
    while time.monotonic() < until:
        path, start = paths[i % len(paths)], time.perf_counter()
        response = await client.get(path)
        times.append(time.perf_counter() - start)
        if response.status_code != 200:
            wrong.append((path, response.status_code))
        i += 1


def report(what: str, times: list[float]):
    cuts = statistics.quantiles(times, n=20)
    print(f"{what}: {len(times)} answers, median {1000 * cuts[9]:.1f} ms, 95% within {1000 * cuts[18]:.1f} ms")


async def mixed(
    address: str, seconds: float, pid: int | None = None, visitors: int = 8
) -> tuple[int, list, list[float]]:
    """Visitors of mixed pages; the number of answers, those other than 200, and the memory of `pid` in quarters."""
    times, wrong, kept = [], [], []
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        for path in MIXED:
            await client.get(path)
        for _ in range(4):
            if pid:
                kept.append(memory(pid))
            until = time.monotonic() + seconds / 4
            turns = [[*MIXED[n:], *MIXED[:n]] for n in range(visitors)]
            await asyncio.gather(*(visitor(client, paths, until, times, wrong) for paths in turns))
    if pid:
        kept.append(memory(pid))
    report("mixed pages", times)
    return len(times), wrong, kept


async def beside(pages: str, data: str, seconds: float):
    """The claim page alone, and while six visitors repeat slow SQL."""
    async with (
        httpx.AsyncClient(base_url=pages, timeout=60) as one,
        httpx.AsyncClient(base_url=data, timeout=60) as other,
    ):
        # The second address has an argument that no cache keeps.
        for path in ("/claims/crps", "/claims/crps?fresh=1"):
            for slow in (0, 6):
                times, refused = [], []
                until = time.monotonic() + seconds
                loops = [visitor(other, [SLOW], until, [], refused) for _ in range(slow)]
                await asyncio.gather(visitor(one, [path], until, times, []), *loops)
                report(f"{path}, {slow} visitors with slow SQL ({len(refused)} ended by the limit)", times)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["mixed", address, *rest]:
            check_local(address)
            count, wrong, kept = asyncio.run(
                mixed(address, float(rest[0]) if rest else 60, int(rest[1]) if rest[1:] else None)
            )
            print(f"{count} answers, {len(wrong)} wrong: {wrong[:3]}; memory in MB: {[round(m, 1) for m in kept]}")
        case ["beside", pages, data, *rest]:
            check_local(pages, data)
            asyncio.run(beside(pages, data, float(rest[0]) if rest else 20))
        case _:
            raise SystemExit(__doc__)
