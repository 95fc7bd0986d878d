"""Two computations at once, where both spend their time in code that releases the lock."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")

_WORTH_A_THREAD = 200_000


def both(first: Callable[[], A], second: Callable[[], B], *, lines: int) -> tuple[A, B]:
    """Compute both, on a second thread if there are enough *lines*; the thread ends with it."""
    if lines < _WORTH_A_THREAD:
        return first(), second()
    with ThreadPoolExecutor(max_workers=1) as pool:
        later = pool.submit(second)
        return first(), later.result()


def in_threads(work: Callable[[A], B], parts: list[A], *, threads: int = 2) -> list[B]:
    """Work on every part, in their order; threads help where the work releases the lock."""
    if len(parts) < 2:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(work, parts))
