"""Spread amounts over lines so that the shares sum to them, to the last cent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._kernels.allocation import Pools, Way, group_totals, spread
from crmkit._kernels.exact import is_provable
from crmkit._kernels.weights import LARGEST_TOTAL, whole_weights
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import rounding_mode, whole_units
from crmkit.money.grouping import Grouping
from crmkit.typing import (
    AllocationMethod,
    BoolArray,
    FloatArray,
    IntArray,
    NumberArray,
    OnZero,
    RoundingMode,
    ShareTies,
)

Names: TypeAlias = Callable[[int, int], str]
"""Names a group by its code and its first line, for a message."""


class RefusedError(Exception):
    """Amounts that cannot be spread: every problem, as a line of a message."""

    def __init__(self, problems: list[str]) -> None:
        """Keep the problems apart."""
        super().__init__("\n".join(problems))
        self.problems = problems


@attrs.frozen(kw_only=True)
class AllocationRule:
    """How amounts are spread: one convention, named exactly; see `allocate` for what each means.

    Attributes:
        method: who gets the units that rounding leaves over.
        rounding: how each share is rounded first; None floors them.
        ties: which of two equal remainders comes first.
        step: smallest amount handed out, in minor units; 5 for cash in steps of 0.05.
        on_zero: what becomes of an amount where all weights are zero.
        negative_weights: whether weights below zero are allowed.

    Raises:
        InvalidArgumentError: a word or number outside its domain, or a rounding with the largest
            remainder, which has none.

    Examples:
        >>> from crmkit.money import AllocationRule
        >>> AllocationRule(method="last", rounding="half_up", on_zero="equal").method
        'last'
    """

    method: AllocationMethod = "largest_remainder"
    rounding: RoundingMode | None = None
    ties: ShareTies = "weight"
    step: int = 1
    on_zero: OnZero = "raise"
    negative_weights: bool = False

    def __attrs_post_init__(self) -> None:
        check.choice(self.method, AllocationMethod, "method")
        check.choice(self.ties, ShareTies, "ties")
        check.choice(self.on_zero, OnZero, "on_zero")
        check.whole_number(self.step, "step", at_least=1)
        if rounding_mode(self.rounding) and self.method == "largest_remainder":
            raise InvalidArgumentError(
                "method='largest_remainder' rounds no share: it floors all and gives the units"
                f" left over one each; got rounding={self.rounding!r}. With a rounding, name who"
                " takes the difference: method='last', 'first' or 'largest_weight'."
            )

    @property
    def way(self) -> Way:
        """The rule in the words of the kernel."""
        rounding = self.rounding
        if self.method == "last" and rounding is None:
            rounding = "half_up"
        return Way(self.method, rounding, self.ties)


def allocate(
    amounts: int | Sequence[int] | IntArray,
    weights: ArrayLike,
    groups: ArrayLike | None = None,
    *,
    method: AllocationMethod = "largest_remainder",
    rounding: RoundingMode | None = None,
    ties: ShareTies = "weight",
    step: int = 1,
    on_zero: OnZero = "raise",
    negative_weights: bool = False,
) -> IntArray:
    """Spread each group's amount over its lines in proportion to weights, to the last cent.

    By default shares are floored and the units left over go one each to the largest remainders
    (Hamilton's method), the closest whole numbers there are: every share lies within one step of
    the exact one, zero weight gets zero, and an amount and its reversal cancel. Equal remainders
    go to the larger weight first, then to the earlier line, so permuting lines permutes shares,
    but for lines of equal weight, which may differ by one step. Sort lines by an id before if that
    matters. Known limit (the Alabama paradox): with a larger amount, one share may be smaller; so
    book an increment as an allocation of its own, never as the difference of two.

    Args:
        amounts: minor units, one per group; one number without *groups*.
        weights: what shares are proportional to, one per line: integers or floats, not negative.
            Floats are the decimals they print, so [0.1, 0.3] and [1, 3] are the same weights.
        groups: group code of each line, 0 .. len(amounts) - 1, in any order; None for one group.
        method: who gets the units left over, one each: lines of the "largest_remainder", of the
            "largest_weight", or the "first" lines of any weight. With "last", or a *rounding*,
            the whole difference goes to one line instead: the last, the one of the largest weight
            (the first of these), or the first; that line may then be off by several units.
        rounding: how each share is rounded first, for the conventions of other systems; None
            floors ("half_up" for "last").
        ties: "weight" as said above, or "position" for systems that look at the order only.
        step: amounts are multiples of it, and so is each share; 5 for cash in steps of 0.05.
        on_zero: "raise" refuses an amount whose weights are all zero, "equal" splits it evenly.
        negative_weights: allow weights below zero, as of returns; their sum must be positive, and
            shares may then exceed the amount.

    Returns:
        shape (lines,), int64 minor units; each group's shares sum to its amount.

    Raises:
        InvalidDataError: weights that are missing, infinite, negative, all zero or of too many
            digits; groups without lines; amounts that are no multiple of the step or beyond what
            int64 is proven to spread exactly. All problems are listed.
        InvalidArgumentError: arrays that do not match, options outside their domain.

    Memory: four int64 per line, and the order of the lines if groups are not contiguous.

    Source: M. L. Balinski and H. P. Young, Fair Representation (2001).

    Examples:
        >>> from crmkit.money import allocate
        >>> allocate([1000, -500], weights=[1, 1, 1, 3, 7], groups=[0, 0, 0, 1, 1])
        array([ 334,  333,  333, -150, -350])
        >>> allocate(685, [1] * 6, method="last", rounding="half_up")
        array([114, 114, 114, 114, 114, 115])
    """
    rule = AllocationRule(
        method=method,
        rounding=rounding,
        ties=ties,
        step=step,
        on_zero=on_zero,
        negative_weights=negative_weights,
    )
    units = whole_units(amounts, "amounts")
    loads = _weights(weights)
    try:
        return spread_over(units, loads, Grouping.of(groups, len(units), len(loads)), rule)
    except RefusedError as refused:
        raise InvalidDataError(str(refused)) from None


def _weights(weights: ArrayLike) -> NumberArray:
    array = np.asarray(weights)
    if array.dtype.kind == "O":
        array = _numbers(array)
    if array.ndim != 1 or (len(array) and array.dtype.kind not in "iuf"):
        raise InvalidArgumentError(
            f"weights must be a list of numbers, one per line; got {array.dtype} of shape"
            f" {array.shape}."
        )
    if array.dtype.kind == "u" and int(array.max(initial=0)) >= LARGEST_TOTAL:
        raise InvalidArgumentError(f"weights must be below 2**62; the largest is {array.max():,}.")
    if array.dtype.kind == "f":
        return array.astype(np.float64, copy=False)
    return array.astype(np.int64, copy=False)


def _numbers(array: NDArray[Any]) -> NDArray[np.float64]:
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        raise InvalidArgumentError(
            f"weights must be numbers; got objects such as {array.flat[0]!r}."
        ) from None


# --- proven, then spread -------------------------------------------------------------------------


def _plain(group: int, line: int) -> str:
    return f"group {group}" + (f", first line {line}" if line >= 0 else "")


def spread_over(
    amounts: IntArray,
    weights: NumberArray,
    grouping: Grouping,
    rule: AllocationRule,
    names: Names = _plain,
) -> IntArray:
    """Spread *amounts*, one per group, over lines; see `allocate`.

    Raises:
        RefusedError: what cannot be spread exactly.
    """
    gathered = grouping.gathered(weights)
    problems = [
        *_odd_amounts(amounts, grouping, rule, names),
        *_odd_weights(gathered, grouping, rule, names),
    ]
    if problems:
        raise RefusedError(problems)
    units = amounts[grouping.codes] // rule.step
    loads = _loads(gathered, grouping.starts, rule)
    problems = [
        *_baseless(units, loads, grouping, names),
        *_unprovable(units, loads, grouping, names),
    ]
    if problems:
        raise RefusedError(problems)
    heads, sizes = grouping.starts[:-1], np.diff(grouping.starts)
    totals = np.maximum(loads.totals, 1)
    pools = Pools(np.abs(units), units < 0, loads.weights, heads, sizes, totals)
    shares = spread(pools, rule.way)
    return grouping.scattered(shares if rule.step == 1 else shares * rule.step)


def _odd_amounts(
    amounts: IntArray, grouping: Grouping, rule: AllocationRule, names: Names
) -> list[str]:
    stepless = np.flatnonzero(amounts % rule.step)
    empty = amounts != 0
    empty[grouping.codes] = False
    lost = np.flatnonzero(empty)
    problems = []
    if len(stepless):
        group = int(stepless[0])
        problems.append(
            f"{names(group, -1)}: {amounts[group]:,} is no multiple of the step {rule.step}"
            f"{_and_others(stepless)}. Round the amount to the step first."
        )
    if len(lost):
        group = int(lost[0])
        problems.append(
            f"{names(group, -1)}: an amount of {amounts[group]:,} and no line to carry it"
            f"{_and_others(lost)}. Give it lines, or leave the amount out."
        )
    return problems


def _and_others(places: IntArray) -> str:
    return f" ({check.counted(len(places), 'group')} in all)" if len(places) > 1 else ""


def _odd_weights(
    weights: NumberArray, grouping: Grouping, rule: AllocationRule, names: Names
) -> list[str]:
    unknown = ~np.isfinite(weights) if weights.dtype.kind == "f" else np.zeros(1, dtype=np.bool_)
    below = weights < 0
    problems = []
    if unknown.any():
        where = _at_line(unknown, grouping, names)
        problems.append(
            f"{where}: the weight is {weights[np.argmax(unknown)]} on"
            f" {check.counted(np.count_nonzero(unknown), 'line')}. Unknown is not 0: say the"
            " weight, or spread by what is known of every line."
        )
    if below.any() and not rule.negative_weights:
        where = _at_line(below, grouping, names)
        problems.append(
            f"{where}: the weight is negative ({weights[np.argmax(below)]}) on"
            f" {check.counted(np.count_nonzero(below), 'line')}. Net returns against their lines"
            " first, or say negative_weights=True."
        )
    return problems


def _at_line(mask: BoolArray, grouping: Grouping, names: Names) -> str:
    place = int(np.argmax(mask))
    group = int(np.searchsorted(grouping.starts, place, side="right")) - 1
    line = place if grouping.order is None else int(grouping.order[place])
    return names(int(grouping.codes[group]), line)


class _Loads(NamedTuple):
    """Weights as integers, group after group, with their totals.

    *held* says for which groups the totals are true, *reach* how far a share may exceed its amount.
    """

    weights: IntArray
    totals: IntArray
    held: BoolArray
    reach: FloatArray


def _loads(weights: NumberArray, starts: IntArray, rule: AllocationRule) -> _Loads:
    whole, held = _whole(weights, starts)
    totals = group_totals(whole, starts)
    largest = totals
    if rule.negative_weights and len(totals):
        largest = np.maximum.reduceat(np.abs(whole), starts[:-1])
    reach = np.maximum(largest / np.maximum(totals, 1), 1.0)
    empty = held & (largest == 0)  # weights that cancel are not all zero
    if rule.on_zero == "raise" or not empty.any():
        return _Loads(whole, totals, held, reach)
    whole = np.where(np.repeat(empty, np.diff(starts)), 1, whole)
    return _Loads(whole, group_totals(whole, starts), held, reach)


def _whole(weights: NumberArray, starts: IntArray) -> tuple[IntArray, BoolArray]:
    """Return the weights as integers, and for which groups they can be summed in int64."""
    if weights.dtype.kind == "f":
        return whole_weights(np.asarray(weights, dtype=np.float64), starts)
    whole = weights.astype(np.int64, copy=False)
    largest = max(int(whole.max(initial=0)), -int(whole.min(initial=0)))
    if largest * int(np.diff(starts).max(initial=0)) < LARGEST_TOTAL:
        return whole, np.ones(len(starts) - 1, dtype=np.bool_)
    return whole, np.add.reduceat(np.abs(whole.astype(np.float64)), starts[:-1]) < LARGEST_TOTAL


def _baseless(units: IntArray, loads: _Loads, grouping: Grouping, names: Names) -> list[str]:
    """List groups with an amount and nothing to go by."""
    bad = np.flatnonzero((units != 0) & (loads.totals <= 0) & loads.held)
    if len(bad) == 0:
        return []
    place = int(bad[0])
    where = names(int(grouping.codes[place]), grouping.first_line(place))
    return [
        f"{where}: its weights sum to {loads.totals[place]}, and there are {units[place]:,} units"
        f" to spread{_and_others(bad)}. Spread by another basis, or say on_zero='equal' for even"
        " shares."
    ]


def _unprovable(units: IntArray, loads: _Loads, grouping: Grouping, names: Names) -> list[str]:
    """List groups that int64 is not proven to spread exactly."""
    bounds = np.abs(units).astype(np.float64) * loads.reach
    provable = is_provable(bounds, np.maximum(loads.totals, 1).astype(np.float64))
    bad = np.flatnonzero((units != 0) & ~(loads.held & provable))
    if len(bad) == 0:
        return []
    place = int(bad[0])
    where = names(int(grouping.codes[place]), grouping.first_line(place))
    return [
        f"{where}: {units[place]:,} units over weights that differ too much in size, or of too"
        f" many digits, to be exact in 64 bits{_and_others(bad)}. Use coarser units for the"
        " weights, e.g. grams rounded to whole numbers."
    ]
