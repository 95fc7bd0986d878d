"""Share an amount out over receipts in time, so that the last one closes it exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from crmkit import _validation as check
from crmkit._kernels.exact import is_provable, muldiv, rounds_away
from crmkit._kernels.weights import whole_weights
from crmkit.errors import InvalidArgumentError, InvalidDataError, OverReceiptWarning
from crmkit.money.amounts import round_ratio, whole_units
from crmkit.typing import IntArray, RoundingMode, RunningMethod


def cumulative_shares(
    amount: int,
    quantities: ArrayLike,
    *,
    total: float | None = None,
    method: RunningMethod = "running_total",
    rounding: RoundingMode = "half_up",
) -> IntArray:
    """Share an amount out over receipts that come one after another.

    The running total of the amount is rounded, and each receipt carries the step it makes: every
    running total lies within half a unit of the exact one, whatever comes later, and the last
    receipt closes the amount. Nothing that was posted before changes.

    Args:
        amount: minor units.
        quantities: what came with each receipt, in order of time; not negative.
        total: what was ordered; None when the receipts are complete. What comes beyond it carries
            no share.
        method: "running_total" as said; "declining_balance" rounds each receipt's share of what
            is left, as some stock ledgers do: it closes as well, but its running totals may drift
            by several units.
        rounding: where a share between two units goes.

    Returns:
        shape (receipts,), int64 minor units.

    Raises:
        InvalidDataError: quantities that are missing, negative, all zero or of too many digits.
        InvalidArgumentError: an amount that is no whole number, unknown words.

    Warns:
        OverReceiptWarning: more came than was ordered.

    Examples:
        >>> from crmkit.money import cumulative_shares
        >>> cumulative_shares(100, [1, 1, 1])
        array([33, 34, 33])
        >>> cumulative_shares(10_000, [2, 2, 2], total=20)
        array([1000, 1000, 1000])
    """
    units = int(whole_units(amount, "amount")[0])
    check.choice(method, RunningMethod, "method")
    mode = check.choice(rounding, RoundingMode, "rounding")
    received, ordered = _received(quantities, total)
    if method == "declining_balance":
        return _declining(units, received, ordered, mode)
    return _running(units, received, ordered, mode)


def _received(quantities: ArrayLike, total: float | None) -> tuple[IntArray, int]:
    """Return the running quantities and what was ordered as integers of one unit."""
    came = np.asarray(quantities, dtype=np.float64)
    if came.ndim != 1:
        raise InvalidArgumentError(f"quantities must be a list; got shape {came.shape}.")
    figures = came if total is None else np.append(came, check.number(total, "total"))
    odd = ~(np.isfinite(figures) & (figures >= 0))
    if odd.any():
        place = int(np.argmax(odd))
        what = "total" if place == len(came) else f"the quantity of receipt {place}"
        raise InvalidDataError(f"{what} must be a number >= 0; got {figures[place]}.")
    whole, held = whole_weights(figures, np.array([0, len(figures)]))
    if not held.all():
        raise InvalidDataError("quantities have too many digits for 64 bits; round them.")
    running = np.cumsum(whole[: len(came)])
    ordered = int(running[-1]) if total is None and len(came) else int(whole[-1:].sum())
    return _capped(running, ordered), ordered


def _capped(running: IntArray, ordered: int) -> IntArray:
    if ordered == 0:
        raise InvalidDataError(
            "the quantities sum to 0: nothing can carry the amount. Say total=, what was ordered."
        )
    over = np.flatnonzero(running > ordered)
    if len(over):
        check.warn(
            f"receipt {over[0]} brings the quantity beyond what was ordered; the surplus carries"
            " no share of the amount.",
            OverReceiptWarning,
        )
    return np.minimum(running, ordered)


def _running(amount: int, running: IntArray, ordered: int, mode: RoundingMode) -> IntArray:
    divisors = np.full(len(running), ordered, dtype=np.int64)
    if not is_provable(np.array([float(abs(amount))]), np.array([float(ordered)])).all():
        raise InvalidDataError(
            f"{amount:,} units over a total of {ordered:,} quantity units is too large to be exact"
            " in 64 bits; use coarser units for the quantities."
        )
    sizes = np.full(len(running), abs(amount), dtype=np.int64)
    totals, rests = muldiv(sizes, running, divisors)
    totals += rounds_away(totals, rests, divisors, mode, amount < 0)
    return np.diff(-totals if amount < 0 else totals, prepend=0)


def _declining(amount: int, running: IntArray, ordered: int, mode: RoundingMode) -> IntArray:
    # Each share depends on the one before: a loop, over the receipts of one order.
    shares = []
    value, quantity = amount, ordered
    for came in np.diff(running, prepend=0).tolist():
        share = round_ratio(value * came, quantity, mode) if quantity else 0
        shares.append(share)
        value, quantity = value - share, quantity - came
    return np.array(shares, dtype=np.int64)
