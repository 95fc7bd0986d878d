"""One row per customer from purchase lines: days and baskets, counted distinctly."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import NamedTuple, TypeVar

import numpy as np

from crmkit._kernels.grouping import Distinct, distinct_by, distinct_partners, without_repeats
from crmkit.typing import BoolArray, CodeArray, IntArray

A = TypeVar("A")
B = TypeVar("B")

_WORTH_A_THREAD = 200_000


class Visits(NamedTuple):
    """Per customer: distinct purchase days with first and last, and distinct baskets."""

    days: Distinct
    baskets: IntArray | None


def count_visits(
    purchases: BoolArray,
    customer: tuple[CodeArray, int],
    day: tuple[CodeArray, int],
    basket: tuple[CodeArray, int] | None,
) -> Visits:
    """Count distinct days and baskets per customer over purchase lines.

    Each column is its codes and how many there can be.
    """
    if basket is None:
        who, when = without_repeats(purchases, customer[0], day[0])
        return Visits(distinct_by(who, customer[1], when, day[1]), None)
    who, when, where = without_repeats(purchases, customer[0], day[0], basket[0])
    days = partial(distinct_by, who, customer[1], when, day[1])
    baskets = partial(distinct_partners, who, customer[1], where, basket[1])
    return Visits(*_both(days, baskets, threads=len(who) >= _WORTH_A_THREAD))


def _both(first: Callable[[], A], second: Callable[[], B], *, threads: bool) -> tuple[A, B]:
    if not threads:
        return first(), second()
    # The two counts are independent, and their inner loops release the interpreter lock.
    with ThreadPoolExecutor(max_workers=1) as pool:
        later = pool.submit(second)
        return first(), later.result()


def days_since_epoch(seconds: IntArray) -> CodeArray:
    """Turn seconds since 1970 into days since 1970; earlier times are floored as well."""
    return np.asarray(seconds // 86_400, dtype=np.int32)
