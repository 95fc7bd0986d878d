"""Taxes at the border, each levied on what it names: value, duties, costs, earlier taxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import read_only, same_array
from crmkit.errors import InvalidArgumentError
from crmkit.money.amounts import minor_units, rationals, rounded_product, rounding_mode
from crmkit.profitability.duties.pools import Pools, exact_sum
from crmkit.profitability.lines import ShipmentLines
from crmkit.typing import BoolArray, IntArray, IntoMoney, IntoRate, RoundingMode, TaxLevel


def _fraction(rate: IntoRate) -> Fraction:
    top, bottom = rationals(rate)
    return Fraction(int(top[0]), int(bottom[0]))


def _names(on: str | Sequence[str]) -> tuple[str, ...]:
    return (on,) if isinstance(on, str) else tuple(on)


def _share(value: bool | IntoRate) -> Fraction:
    return Fraction(int(value)) if isinstance(value, bool | np.bool_) else _fraction(value)


def _mask(values: ArrayLike | None) -> NDArray[Any] | None:
    return None if values is None else read_only(np.asarray(values))


@attrs.frozen(kw_only=True)
class Tax:
    """One tax or fee at the border: a rate on named components.

    Attributes:
        name: its column in the answer; later taxes name it as their base.
        rate: a share, "0.20" for 20 %, kept as an exact fraction.
        on: what it is levied on, each counted once: "customs_value", kinds of duty, "basic_duty"
            (third country, preference or suspension), "duty" (all kinds together), names of
            incidental costs, names of taxes that come before it.
        recoverable: True if it is all claimed back, or the share that is, for an importer who is
            partly exempt. What is recoverable is in no cost.
        rounding: where amounts between two minor units go.
        level: what is rounded once: each "line", each tariff "item" (shipment x tariff code x
            origin) or each "shipment"; then it is spread over the lines by the tax's own base.
        minimum: least amount, in major units, per line, item or shipment as *level* says.
        maximum: largest amount, likewise.
        where: the lines it is levied on; None for all. Two rates of one tax are two of these.

    Raises:
        InvalidArgumentError: a negative rate, a share outside 0 .. 1, unknown words.

    Examples:
        >>> from crmkit.profitability import Tax
        >>> Tax(name="vat", rate="0.20", on=("customs_value", "duty"), recoverable=True).rate
        Fraction(1, 5)
    """

    name: str
    rate: Fraction = attrs.field(converter=_fraction)
    on: tuple[str, ...] = attrs.field(converter=_names)
    recoverable: Fraction = attrs.field(default=Fraction(0), converter=_share)
    rounding: RoundingMode = "half_up"
    level: TaxLevel = "line"
    minimum: IntoMoney | None = None
    maximum: IntoMoney | None = None
    where: BoolArray | None = attrs.field(
        default=None, converter=_mask, eq=attrs.cmp_using(eq=same_array)
    )

    __hash__ = None  # type: ignore[assignment]

    def __attrs_post_init__(self) -> None:
        check.choice(self.level, TaxLevel, "level")
        rounding_mode(self.rounding)
        if self.rate < 0:
            raise InvalidArgumentError(f"tax {self.name!r}: the rate {self.rate} is negative.")
        if not 0 <= self.recoverable <= 1:
            raise InvalidArgumentError(
                f"tax {self.name!r}: recoverable must be True, False or a share from 0 to 1; got"
                f" {self.recoverable}."
            )
        if not self.on:
            raise InvalidArgumentError(
                f"tax {self.name!r} is levied on nothing; say on=('customs_value', 'duty')."
            )

    def bounds(self, digits: int) -> tuple[int | None, int | None]:
        """Return minimum and maximum in minor units.

        Raises:
            InvalidArgumentError: the minimum is above the maximum, or below 0.
            InvalidDataError: they are no amounts of so many digits.

        Examples:
            >>> from crmkit.profitability import Tax
            >>> Tax(name="fee", rate="0.003464", on="customs_value", minimum="32.71").bounds(2)
            (3271, None)
        """
        low, high = (_minor(x, digits, self.name) for x in (self.minimum, self.maximum))
        if (low or 0) < 0 or (low is not None and high is not None and low > high):
            raise InvalidArgumentError(
                f"tax {self.name!r}: 0 <= minimum <= maximum must hold; got {self.minimum} and"
                f" {self.maximum}."
            )
        return low, high


def _minor(amount: IntoMoney | None, digits: int, name: str) -> int | None:
    if amount is None:
        return None
    return int(minor_units(np.array([str(amount)]), digits, None, f"bounds of {name!r}")[0])


def check_cascade(taxes: Sequence[Tax], before: Mapping[str, Sequence[str]]) -> None:
    """Prove that every tax is levied on what is known by then, and on nothing twice.

    *before* are the components there without taxes: what each name is the sum of.

    Raises:
        InvalidArgumentError: unknown, later or repeated names, cycles; all of them are listed.
    """
    for tax in taxes:
        check.instance(tax, Tax, "a tax", "Tax(name='vat', rate='0.2', on='duty') makes one.")
    names = [tax.name for tax in taxes]
    problems = [
        f"tax {name!r}: the name is taken; choose another."
        for place, name in enumerate(names)
        if name in before or name in ("total", "recoverable", "cost") or name in names[:place]
    ]
    reach = _reach(taxes)
    known: dict[str, Sequence[str]] = dict(before)
    for place, tax in enumerate(taxes):
        problems += [
            _unknown(tax.name, name, names[place:], known, reach)
            for name in tax.on
            if name not in known
        ]
        problems += _repeated(tax, known)
        known[tax.name] = (tax.name,)
    if problems:
        raise InvalidArgumentError("\n".join(problems))


def _reach(taxes: Sequence[Tax]) -> dict[str, set[str]]:
    """Return the taxes each one stands on, directly or through others."""
    own = {tax.name: set(tax.on) for tax in taxes}
    for _ in taxes:
        for name, bases in own.items():
            own[name] = bases.union(*(own.get(base, set()) for base in bases))
    return own


def _unknown(
    tax: str, base: str, later: list[str], known: Mapping[str, Any], reach: Mapping[str, set[str]]
) -> str:
    if base in later and tax in reach[base]:
        return f"tax {tax!r} is levied on {base!r}, and that on {tax!r}: a cycle. Take one out."
    if base in later:
        return f"tax {tax!r} is levied on {base!r}, which comes after it: put {base!r} first."
    there = ", ".join(map(repr, known))
    return f"tax {tax!r} is levied on {base!r}, which is none of {there}." + check.hint(base, known)


def _repeated(tax: Tax, known: Mapping[str, Sequence[str]]) -> list[str]:
    parts = [part for name in tax.on for part in known.get(name, ())]
    twice = sorted({part for part in parts if parts.count(part) > 1})
    return [f"tax {tax.name!r} counts {part!r} twice: {', '.join(tax.on)}." for part in twice]


@attrs.frozen(eq=False)
class Levied:
    """A tax of each line, and the part of it that is claimed back."""

    amounts: IntArray
    recovered: IntArray


def pools_of(tax: Tax, lines: ShipmentLines) -> Pools:
    """Return what the tax is computed of: lines, items or shipments."""
    everywhere = np.ones(len(lines), dtype=np.bool_)
    some = everywhere if tax.where is None else check.line_mask(tax.where, len(lines))
    return Pools.of(lines, tax.level, some)


def levy(tax: Tax, lines: ShipmentLines, bases: list[IntArray], digits: int) -> Levied:
    """Compute a tax: at its level, rounded once, then spread over the lines by its base."""
    pools = pools_of(tax, lines)
    base = exact_sum(bases, f"the base of tax {tax.name!r}", len(lines))
    top, bottom = (np.array([part]) for part in tax.rate.as_integer_ratio())
    amounts = rounded_product(pools.summed(base), top, bottom, tax.rounding)
    low, high = tax.bounds(digits)
    if low is not None or high is not None:
        amounts = np.clip(amounts, low, high)
    levied = pools.spread(amounts, base, f"tax {tax.name!r}")
    return Levied(levied, _recovered(tax, pools, amounts, levied))


def _recovered(tax: Tax, pools: Pools, amounts: IntArray, levied: IntArray) -> IntArray:
    if tax.recoverable in (0, 1):
        return levied * int(tax.recoverable)
    top, bottom = (np.array([part]) for part in tax.recoverable.as_integer_ratio())
    back = rounded_product(amounts, top, bottom, tax.rounding)
    return pools.spread(back, levied, f"the recoverable part of {tax.name!r}")
