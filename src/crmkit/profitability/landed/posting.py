"""Post one charge on shipment lines: convert its total, find its lines, spread it."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

import attrs
import numpy as np
import pandas as pd

from crmkit import _validation as check
from crmkit._kernels.grouping import sums_by
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.allocation import AllocationRule, RefusedError, spread_over
from crmkit.money.amounts import minor_units, multiply, rationals, rounded_product
from crmkit.money.grouping import Grouping
from crmkit.profitability.duties.duties import ImportDuties
from crmkit.profitability.landed.basis import Consignments, weights_of
from crmkit.profitability.landed.charges import Charge
from crmkit.profitability.lines import ShipmentLines
from crmkit.typing import BoolArray, IntArray, LabelArray, NumberArray, RoundingMode

_CURRENCY_DIGITS = 4
"""No currency of ISO 4217 has more."""


@attrs.frozen(kw_only=True)
class Books:
    """The conventions that charges are posted by, and the duties that some are spread by."""

    digits: int
    rounding: RoundingMode | None
    rule: AllocationRule
    duties: ImportDuties | None = None


class Destination(NamedTuple):
    """Which amount each line belongs to, -1 for none, and which shipment an amount is of."""

    groups: IntArray
    shipments: LabelArray | None

    def name(self, group: int) -> str:
        """Name the shipment of an amount, for a message."""
        if self.shipments is None:
            return ""
        return f", shipment {self.shipments[group : group + 1].tolist()[0]!r}"


class Pins(NamedTuple):
    """Which lines have fixed amounts, and these in minor units, 0 on other lines."""

    there: BoolArray
    units: IntArray


@attrs.frozen(kw_only=True, eq=False)
class Pool:
    """What of a charge is left to spread once fixed amounts are pinned, and over what."""

    destination: Destination
    pins: Pins
    among: Consignments
    amounts: IntArray
    weights: NumberArray


def post(charge: Charge, lines: ShipmentLines, books: Books) -> tuple[IntArray, IntArray]:
    """Return each line's share of a charge and what of it is recoverable, in minor units.

    Raises:
        RefusedError: everything that is wrong with the charge.
    """
    pool = pool_of(charge, lines, books)
    among = pool.among

    def names(group: int, line: int) -> str:
        first = "" if line < 0 else f", first line {among.lines[line]}"
        return f"charge {charge.name!r}{pool.destination.name(group)}{first}"

    grouping = Grouping.of(among.groups, among.n, len(among.lines))
    shares = pool.pins.units.copy()
    shares[among.lines] += spread_over(pool.amounts, pool.weights, grouping, books.rule, names)
    return shares, _recoverable(charge, shares, pool.destination, books)


def _recoverable(
    charge: Charge, shares: IntArray, destination: Destination, books: Books
) -> IntArray:
    """Return what of each share comes back: a share of each total, spread as the total itself is.

    Debits and credits of a shipment are totals of their own. Of a net total, nothing would come
    back where the two cancel, and more than the share where they nearly do.
    """
    if isinstance(charge.recoverable, bool):
        return shares if charge.recoverable else np.zeros_like(shares)
    groups = 2 * (destination.groups + 1) + (shares < 0)  # from -1, lines that bear nothing
    n = 2 * (_count(destination) + 1)
    totals = _summed(groups, n, shares)
    parts = multiply(totals, charge.recoverable, rounding=books.rounding or "half_up")
    grouping = Grouping.of(groups, n, len(shares))
    return spread_over(parts, np.abs(shares), grouping, AllocationRule())


def pool_of(charge: Charge, lines: ShipmentLines, books: Books) -> Pool:
    """Find the lines of a charge, its amounts in the lines' currency, and the weights.

    Raises:
        RefusedError: everything that is wrong with the charge.
    """
    problems: list[str] = []
    with _noted(problems):
        totals = _totals(charge, lines, books)
    with _noted(problems):
        scope = _scope(charge, lines)
    with _noted(problems):
        destination, entries = _destination(charge, lines)
    with _noted(problems):
        pins = _pins(charge, len(lines), books)
    _refuse(charge, problems)
    inside = scope & (destination.groups >= 0)
    amounts = _summed(entries, _count(destination), totals)
    with _noted(problems):
        rest = _less_pinned(amounts, pins, inside, destination)
    free = np.flatnonzero(inside & ~pins.there)
    among = Consignments(lines=free, groups=destination.groups[free], n=len(amounts))
    with _noted(problems):
        weights = weights_of(charge.basis, lines, among, books.duties)
    _refuse(charge, problems)
    return Pool(destination=destination, pins=pins, among=among, amounts=rest, weights=weights)


@contextlib.contextmanager
def _noted(problems: list[str]) -> Iterator[None]:
    """Note what is refused inside, so that one error can say everything that is wrong."""
    try:
        yield
    except (InvalidDataError, InvalidArgumentError) as error:
        problems += str(error).splitlines()


def _refuse(charge: Charge, problems: list[str]) -> None:
    if problems:
        raise RefusedError([f"charge {charge.name!r}: {problem}" for problem in problems])


# --- its total -----------------------------------------------------------------------------------


def _totals(charge: Charge, lines: ShipmentLines, books: Books) -> IntArray:
    """Return the amounts in minor units of the lines' currency, each converted once."""
    given = charge.amount
    amounts = given if isinstance(given, np.ndarray) else np.array([str(given)])
    if charge.rate is None:
        if charge.currency not in (None, lines.currency):
            raise InvalidArgumentError(_no_rate(charge.currency, lines.currency))
        return minor_units(amounts, books.digits, books.rounding, "amount")
    digits = max(_CURRENCY_DIGITS, books.digits)
    units = minor_units(amounts, digits, None, "amount")
    tops, bottoms = rationals(charge.rate)
    if bool((tops <= 0).any()):
        raise InvalidDataError("a rate must be positive: units of the lines' currency for one.")
    finer = bottoms * 10 ** (digits - books.digits)
    return rounded_product(units, tops, finer, books.rounding or "half_up")


def _no_rate(currency: str | None, base: str | None) -> str:
    if base is None:
        return (
            f"it is in {currency}, and the lines name no currency. Say ShipmentLines(...,"
            f" currency=...), and rate=... if the two differ."
        )
    return f"it is in {currency}, the lines in {base}. Say rate=..., the {base} for one {currency}."


# --- its lines -----------------------------------------------------------------------------------


def _scope(charge: Charge, lines: ShipmentLines) -> BoolArray:
    if charge.scope is None:
        return np.ones(len(lines), dtype=np.bool_)
    if not isinstance(charge.scope, Mapping):
        return check.line_mask(charge.scope, len(lines))
    inside = np.ones(len(lines), dtype=np.bool_)
    for field, wanted in charge.scope.items():
        codes = lines.ids(field)
        several = isinstance(wanted, Collection) and not isinstance(wanted, str)
        chosen = pd.Index(codes.labels).isin(list(wanted) if several else [wanted])
        inside &= np.append(chosen, False)[codes.codes]
    return inside


def _destination(charge: Charge, lines: ShipmentLines) -> tuple[Destination, IntArray]:
    """Return which amount each line belongs to, and which group each amount is for."""
    if charge.shipment is None:
        everywhere = np.zeros(len(lines), dtype=np.int64)
        return Destination(everywhere, None), np.zeros(1, dtype=np.int64)
    labels = lines.shipment.labels
    wanted = np.atleast_1d(np.asarray(charge.shipment)).tolist()
    codes = pd.Index(labels).get_indexer(pd.Index(wanted))
    unknown = np.flatnonzero(codes < 0)
    if len(unknown):
        first = wanted[unknown[0]]
        raise InvalidDataError(
            f"{check.counted(len(unknown), 'shipment')} not among the lines, the first of them"
            f" {first!r}." + check.hint(first, labels.tolist()[:1000])
        )
    named, entries = np.unique(codes, return_inverse=True)
    group = np.full(len(labels) + 1, -1, dtype=np.int64)
    group[named] = np.arange(len(named))
    return Destination(group[lines.shipment.codes], labels[named]), entries


def _summed(groups: IntArray, n: int, units: IntArray) -> IntArray:
    return np.asarray(sums_by(groups.astype(np.int32), n, units), dtype=np.int64)


def _count(destination: Destination) -> int:
    return 1 if destination.shipments is None else len(destination.shipments)


# --- what is pinned ------------------------------------------------------------------------------


def _pins(charge: Charge, lines: int, books: Books) -> Pins:
    units = np.zeros(lines, dtype=np.int64)
    if charge.fixed is None:
        return Pins(np.zeros(lines, dtype=np.bool_), units)
    fixed = np.asarray(charge.fixed)
    if fixed.shape != (lines,):
        raise InvalidArgumentError(
            f"fixed must be {lines:,} amounts, one per line, None where nothing is pinned; got"
            f" shape {fixed.shape}."
        )
    there = np.asarray(pd.notna(fixed))
    units[there] = minor_units(fixed[there], books.digits, books.rounding, "fixed")
    return Pins(there, units)


def _less_pinned(
    amounts: IntArray, pins: Pins, inside: BoolArray, destination: Destination
) -> IntArray:
    """Return what is left of each amount once the fixed ones are taken out."""
    astray = np.flatnonzero(pins.there & ~inside)
    if len(astray):
        raise InvalidDataError(
            f"a fixed amount on {check.counted(len(astray), 'line')} outside its shipments and"
            f" scope, the first of them line {astray[0]}. Pin only lines that the charge is for."
        )
    on = np.flatnonzero(pins.there)
    pinned = _summed(destination.groups[on], len(amounts), pins.units[on])
    rest = amounts - pinned
    over = np.flatnonzero((rest * np.sign(amounts) < 0) | ((amounts == 0) & (pinned != 0)))
    if len(over):
        group = int(over[0])
        raise InvalidDataError(
            f"fixed amounts of {pinned[group]:,} are beyond the {amounts[group]:,} there are, in"
            f" minor units{destination.name(group)}. Pin less, or say a larger amount."
        )
    return rest
