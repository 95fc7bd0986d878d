"""Time several ways to the same answer in one run, in turn, and print medians and ratios."""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # for till.py, which the tests use too

Contenders = Mapping[str, Callable[[], object]]


def arguments(description: str | None) -> argparse.Namespace:
    """Read how many lines to compare on and how often."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--lines", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def heading(text: str, packages: tuple[str, ...]) -> None:
    """Print what is compared, where, and with which versions."""
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    print(f"\n## {text}\n")
    print(f"Python {platform.python_version()}, {versions}; {os.cpu_count()} cores\n")


def compare(title: str, contenders: Contenders, *, rounds: int) -> None:
    """Run each contender once per round, in turn; the first one is ours.

    The ratio is the median over rounds of peer / ours within the round, so that a machine whose
    speed drifts does not favour anyone.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            seconds[name].append(_timed(run))
    ours = next(iter(seconds.values()))
    print(f"| {title} | median s | times ours |\n|---|---|---|")
    for name, taken in seconds.items():
        ratio = statistics.median(t / o for t, o in zip(taken, ours, strict=True))
        print(f"| {name} | {statistics.median(taken):.3f} | {ratio:.1f} |")
    print(flush=True)


def _timed(run: Callable[[], object]) -> float:
    gc.collect()
    started = time.perf_counter()
    answer = run()
    taken = time.perf_counter() - started
    del answer
    return taken


def peak_extra_bytes(run: Callable[[], object]) -> int:
    """Return by how much the resident memory of this process peaks above its start (Linux)."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    before = _status_bytes("VmRSS")
    answer = run()
    peak = _status_bytes("VmHWM")
    del answer
    return peak - before


def _status_bytes(name: str) -> int:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise LookupError(name)
