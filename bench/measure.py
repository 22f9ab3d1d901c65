"""How things are measured: in turns, so that both sides see the same machine, and as medians."""

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
#: Everything once and small, so that the benchmark cannot rot; its figures then mean nothing.
SMOKE = bool(os.environ.get("SMOKE"))
ROUNDS = 1 if SMOKE else 5


class Row(NamedTuple):
    """One line of the table. `ratio` is ours to the other in what `unit` counts; `reach` is what it should be."""

    what: str
    beside: str
    ours: float
    other: float
    unit: str
    reach: str = ""

    @property
    def ratio(self) -> float:
        return self.ours / self.other

    @property
    def reached(self) -> bool | None:
        """Whether the ratio is what it should be; None where nothing was promised."""
        if not self.reach:
            return None
        sign, bound = self.reach.split()
        return self.ratio >= float(bound) if sign == "≥" else self.ratio <= float(bound)


def cpu_seconds(rounds: int = ROUNDS, **functions: Callable[[], object]) -> dict[str, float]:
    """Median seconds of process time of each function, taken in turns."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.process_time()
            function()
            times[name].append(time.process_time() - start)
    return {name: statistics.median(values) for name, values in times.items()}
