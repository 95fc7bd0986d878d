"""Cycles of products, and the survival curves of their gaps beside lifelines.

    python benchmarks/peers/replenishment.py --lines 10000000

lifelines gets the gaps ready made, sorted by product, and one fitter per product; crmkit starts
from the till's lines and answers for all products at once. Medians and curves are checked equal
before timing. The model of cycles has no peer here: it is timed alone, and what was planted is
printed beside what was found.
"""

from __future__ import annotations

import time
import warnings

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter
from numpy.typing import NDArray

import crmkit as ck
from crmkit.lifecycle import ReplenishmentCycles, replenishment
from side_by_side import Contenders, arguments, compare, heading, peak_extra_bytes
from stockups import DROPOUT, END, REGULARITY, Stockups, stockups, transactions

Gaps = dict[int, tuple[NDArray[np.int64], NDArray[np.bool_]]]
"""By product: days of each customer's first gap, and whether it ended."""

_FITTERS = 500
"""Products for which a fitter each is timed; the rest would only take longer."""


def main() -> None:
    options = arguments(__doc__)
    heading(f"Replenishment, {options.lines:,} lines", ("crmkit", "numpy", "scipy", "lifelines"))
    lines = stockups(options.lines)
    tx = transactions(lines)
    cycles = alone(tx)
    gaps = first_gaps(lines, cycles)
    check_equal(cycles, gaps)
    compare("medians of all gaps", medians(cycles, gaps), rounds=options.rounds)
    compare("one curve", one_curve(lines, cycles), rounds=options.rounds)


def alone(tx: ck.Transactions) -> ReplenishmentCycles:
    """Time the model of cycles and what it is asked."""
    cycles, seconds = timed(lambda: replenishment(tx))
    print(f"{tx}\n\n{cycles}: {seconds:.1f} s")
    due, seconds = timed(lambda: cycles.due(END, least=0.05))
    print(f"due, probable by 5 %: {seconds:.1f} s, {len(due):,} rows of {cycles.customers.sum():,}")
    everything, seconds = timed(lambda: cycles.due(END))
    print(f"due, all: {seconds:.1f} s, {len(everything):,} rows")
    drift, seconds = timed(lambda: cycles.drift(END))
    print(f"drift: {seconds:.1f} s, {len(drift):,} rows")
    fits = cycles.fits["category"]
    print(
        f"regularity planted {REGULARITY}, found {np.median(fits.k):.3f}; dropout planted"
        f" {DROPOUT}, found {np.median(fits.dropout):.3f}"
    )
    print(f"peak extra memory {peak_extra_bytes(lambda: replenishment(tx)) / 1e6:,.0f} MB\n")
    return cycles


def timed(run):
    started = time.perf_counter()
    return run(), time.perf_counter() - started


def first_gaps(lines: Stockups, cycles: ReplenishmentCycles) -> Gaps:
    """Return the first gap of each customer and product, by pandas."""
    frame = pd.DataFrame({"p": lines.product, "c": lines.customer, "d": lines.day})
    days = frame.drop_duplicates().sort_values(["p", "c", "d"])
    again = days.groupby(["p", "c"])["d"]
    first, second = again.nth(0), again.nth(1)
    firsts = days.loc[first.index].set_index(["p", "c"])["d"]
    seconds = days.loc[second.index].set_index(["p", "c"])["d"]
    gap = seconds.reindex(firsts.index) - firsts
    end = int((cycles.observed_until - np.datetime64("2024-01-01")).astype(int))
    table = pd.DataFrame({"ended": gap.notna(), "days": gap.fillna(end - firsts)}).astype(int)
    return {
        int(p): (part["days"].to_numpy(), part["ended"].to_numpy(dtype=bool))
        for p, part in table.groupby(level="p")
    }


def medians(cycles: ReplenishmentCycles, gaps: Gaps) -> Contenders:
    some = dict(list(gaps.items())[:_FITTERS])
    return {
        f"crmkit, {len(cycles):,} products": cycles.gap_medians,
        f"lifelines, {len(some):,} products": lambda: {p: fitted(*g) for p, g in some.items()},
    }


def one_curve(lines: Stockups, cycles: ReplenishmentCycles) -> Contenders:
    gaps = first_gaps(lines, cycles)
    product = max(gaps, key=lambda p: len(gaps[p][0]))
    return {
        f"crmkit, {len(gaps[product][0]):,} gaps": lambda: cycles.gap_curve(product),
        "lifelines": lambda: fitted(*gaps[product]),
    }


def fitted(days: NDArray[np.int64], ended: NDArray[np.bool_]) -> KaplanMeierFitter:
    return KaplanMeierFitter().fit(days, ended)


def check_equal(cycles: ReplenishmentCycles, gaps: Gaps) -> None:
    found = cycles.gap_medians()
    assert found.item.tolist() == list(gaps)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for place, (product, own) in enumerate(list(gaps.items())[:50]):
            theirs, ours = fitted(*own), cycles.gap_curve(product)
            median = theirs.median_survival_time_
            assert np.array_equal(found.median[place], np.where(np.isinf(median), np.nan, median))
            at = theirs.survival_function_["KM_estimate"].reindex(ours.days)
            np.testing.assert_allclose(at, ours.survival, atol=1e-12)
            band = theirs.confidence_interval_.reindex(ours.days).to_numpy()
            inside = ~np.isnan(ours.lower)
            np.testing.assert_allclose(band[inside, 0], ours.lower[inside], atol=1e-9)
            np.testing.assert_allclose(band[inside, 1], ours.upper[inside], atol=1e-9)


if __name__ == "__main__":
    main()
