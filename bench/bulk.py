"""PubMed files → Parquet: one process, two, and a Dask cluster of two workers on this machine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from bench import corpus
from bench.measure import SMOKE, Row

FILES, COUNT = (2, 20) if SMOKE else (4, 6_000)


def measured(folder: Path) -> Iterator[Row]:
    _, first = corpus.pubmed_files(folder, COUNT)
    files = [folder / f"pubmed26n{i:04}.xml.gz" for i in range(1, FILES + 1)]
    for file in files[1:]:
        shutil.copy(first, file)
    one, two = (_seconds(files, folder / f"shards{workers}", "--workers", str(workers)) for workers in (1, 2))
    cluster = _on_dask(files, folder / "shards-dask")
    unit = f"files of {COUNT:,} citations per minute"
    per_minute = {name: 60 * FILES / seconds for name, seconds in (("1", one), ("2", two), ("dask", cluster))}
    yield Row("bulk, two processes", "one process", per_minute["2"], per_minute["1"], unit)
    yield Row("bulk, Dask cluster of two workers", "one process", per_minute["dask"], per_minute["1"], unit)


def _seconds(files: list[Path], out: Path, *options: str) -> float:
    command = [sys.executable, "-m", "kb.cli", "pubmed", "bulk", *map(str, files), "--out", str(out), *options]
    start = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - start


def _on_dask(files: list[Path], out: Path) -> float:
    from distributed import LocalCluster

    os.environ["DASK_DISTRIBUTED__WORKER__DAEMON"] = "False"
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        return _seconds(files, out, "--scheduler", cluster.scheduler_address)
