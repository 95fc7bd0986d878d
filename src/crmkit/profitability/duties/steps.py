"""How the duties and taxes of one line came about, computed again in fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

import attrs
import numpy as np

from crmkit.money.amounts import from_minor
from crmkit.profitability.duties.line_measures import LineMeasures
from crmkit.profitability.duties.pools import Pools
from crmkit.profitability.duties.rules import BASIC
from crmkit.profitability.duties.tariff_reading import RateForm
from crmkit.profitability.duties.taxes import Tax, pools_of
from crmkit.typing import DutyKind, IntArray, RoundingMode, TaxLevel

if TYPE_CHECKING:
    from crmkit.profitability.duties.duties import ImportDuties


@attrs.frozen(kw_only=True)
class DutyStep:
    """One component of one line, and where it comes from.

    Attributes:
        component: "customs_value", a kind of duty, or a tax.
        rate: the rate in words.
        base: what the rate stands on, in minor units, at the level of rounding.
        exact: the exact amount there, in minor units, before rounding and bounds of a tax.
        rounding: how it is rounded; None for the customs value.
        level: where it is rounded: line, item or shipment.
        amount: what the line carries of it, in minor units.
        row: row of the tariff; -1 for taxes and the customs value.
        prefix: its prefix.
        digits: digits of the currency.

    Examples:
        >>> from fractions import Fraction
        >>> from crmkit.profitability import DutyStep
        >>> exact = Fraction("199.8")
        >>> print(DutyStep(component="vat", rate="20%", base=999, exact=exact, amount=200))
        vat: 20% on 9.99 = 1.998, half_up per line: 2.00
    """

    component: str
    rate: str
    base: int
    exact: Fraction
    amount: int
    rounding: RoundingMode | None = "half_up"
    level: TaxLevel = "line"
    row: int = -1
    prefix: str = ""
    digits: int = 2

    def __str__(self) -> str:
        """The step on one line."""
        amount = f"{from_minor(self.amount, digits=self.digits):,}"
        if self.rounding is None:
            return f"{self.component}: {amount} ({self.rate})"
        base = f"{from_minor(self.base, digits=self.digits):,}"
        exact = _written(self.exact / 10**self.digits)
        source = f" (row {self.row}: {self.prefix!r})" if self.row >= 0 else ""
        how = f"{self.rounding} per {self.level}"
        return f"{self.component}: {self.rate} on {base} = {exact}, {how}: {amount}{source}"


def _written(number: Fraction) -> str:
    """Write a fraction as a decimal number; what does not end is cut after 15 digits."""
    value = Decimal(number.numerator) / Decimal(number.denominator)
    return f"{value:.15f}".rstrip("0").rstrip(".")


def steps_of(answer: ImportDuties, line: int) -> tuple[DutyStep, ...]:
    """Return the steps of one line, in the order in which they were computed."""
    value = int(answer.customs_value[line])
    first = DutyStep(
        component="customs_value",
        rate=answer.valuation,
        base=value,
        exact=Fraction(value),
        amount=value,
        rounding=None,
        digits=answer.declared.digits,
    )
    kinds = [
        _duty_step(answer, line, kind, int(row))
        for kind, row in zip(answer.schedule.kinds, answer.rows[:, line], strict=True)
        if row >= 0
    ]
    return (first, *kinds, *(_tax_step(answer, line, tax) for tax in answer.taxes))


def _duty_step(answer: ImportDuties, line: int, kind: DutyKind, row: int) -> DutyStep:
    schedule = answer.schedule
    rule = schedule.rule(kind)
    rows: IntArray = answer.rows[schedule.kinds.index(kind)]
    beside = Pools.of(answer.lines, rule.level, rows >= 0, rows).beside(line)
    names = [n for name in rule.on for n in (BASIC if name == "basic_duty" else (name,))]
    base = sum(int(answer.amount(n)[beside].sum()) for n in names if n in answer.names)
    prefix = schedule.hs_prefix.labels[schedule.hs_prefix.codes[row]]
    return DutyStep(
        component=kind,
        rate=schedule.rate_of(row),
        base=base,
        exact=_exact_duty(answer, row, base, beside),
        amount=int(answer.amount(kind)[line]),
        rounding=rule.rounding,
        level=rule.level,
        row=row,
        prefix=str(prefix),
        digits=answer.declared.digits,
    )


def _exact_duty(answer: ImportDuties, row: int, base: int, beside: IntArray) -> Fraction:
    schedule = answer.schedule
    amount = _of_form(answer, schedule.duty, row, base, beside)
    if schedule.minimum.there[row]:
        amount = max(amount, _of_form(answer, schedule.minimum, row, base, beside))
    if schedule.maximum.there[row]:
        amount = min(amount, _of_form(answer, schedule.maximum, row, base, beside))
    return max(amount, Fraction(0))


def _of_form(
    answer: ImportDuties, form: RateForm, row: int, base: int, beside: IntArray
) -> Fraction:
    amount = form.rate(row) * base
    if form.unit[row] < 0:
        return amount
    measure, size = form.units[form.unit[row]]
    found = LineMeasures(answer.lines, answer.declared).of(measure)
    quantity = Fraction(int(found.units[beside].sum()), 10**found.digits)
    charged: Fraction = form.amount(row) * quantity / size
    return amount + charged * _price(answer, row)


def _price(answer: ImportDuties, row: int) -> Fraction:
    """Return minor units per major unit of the row's currency."""
    currency = answer.schedule.currency
    own = Fraction(10**answer.declared.digits)
    if currency.codes[row] < 0:
        return own
    label = str(currency.labels[currency.codes[row]])
    return own * answer.declared.rates.get(label, Fraction(1))


def _tax_step(answer: ImportDuties, line: int, tax: Tax) -> DutyStep:
    beside = pools_of(tax, answer.lines).beside(line)
    parts = answer.parts()
    nothing = np.zeros(len(answer), dtype=np.int64)
    base = sum(int(parts.get(name, nothing)[beside].sum()) for name in tax.on)
    bounds = (("minimum", tax.minimum), ("maximum", tax.maximum))
    said = [f"{word} {bound}" for word, bound in bounds if bound is not None]
    return DutyStep(
        component=tax.name,
        rate=", ".join([f"{float(tax.rate * 100):.10g}%", *said]),
        base=base,
        exact=tax.rate * base,
        amount=int(answer.amount(tax.name)[line]),
        rounding=tax.rounding,
        level=tax.level,
        digits=answer.declared.digits,
    )
