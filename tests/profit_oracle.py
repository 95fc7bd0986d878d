"""What lines of a till cost, one line at a time, in fractions; and lines to try it on.

Written from the definitions: a step's total is rounded once and spread to the cent by weights.
Costs are positive, in minor units of two digits; what no line carries comes beside the lines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

import crmkit as ck
from money_oracles import allocated, rounded

PRODUCTS = ("mug", "pot", "tea")
CUSTOMERS = ("ann", "bob", None)


class Line(NamedTuple):
    """One line; amount and cost in minor units."""

    customer: str | None
    basket: int
    product: str
    quantity: Fraction
    amount: int
    cost: int
    kg: int

    @property
    def channel(self) -> str:
        return "web" if self.basket % 2 else "store"

    @property
    def returned(self) -> bool:
        return self.quantity < 0 or self.amount < 0

    @property
    def visit(self) -> tuple[str | None, int]:
        return self.customer, self.basket

    @property
    def paid(self) -> int:
        return 0 if self.returned else self.amount


Costs = tuple[list[int], int]
"""Minor units per line, and what no line carries."""


# --- lines ---------------------------------------------------------------------------------------


@st.composite
def lines_of_a_till(draw: st.DrawFn, largest: int = 3000) -> list[Line]:
    """Sales, free goods, zero quantities, returns and refunds of positive quantity; guests."""
    kinds = st.sampled_from(["sale", "sale", "sale", "free", "return", "refund"])
    return [_line(draw, kind, largest) for kind in draw(st.lists(kinds, min_size=1, max_size=9))]


def _line(draw: st.DrawFn, kind: str, largest: int) -> Line:
    halves, cents = draw(st.integers(0, 6)), draw(st.integers(0, largest))
    cost, kg = draw(st.integers(0, largest)), draw(st.integers(0, 5))
    sign = -1 if kind in ("return", "refund") else 1
    amount = 0 if kind == "free" else sign * max(cents, 1)
    quantity = Fraction(halves, 2) * (-1 if kind == "return" else 1)
    who = draw(st.sampled_from(CUSTOMERS)), draw(st.integers(1, 3))
    return Line(*who, draw(st.sampled_from(PRODUCTS)), quantity, amount, sign * cost, kg)


def transactions(lines: Sequence[Line]) -> ck.Transactions:
    """Give the lines to the library, as the door would."""
    return ck.Transactions(
        customer=_codes([line.customer for line in lines]),
        time=np.full(len(lines), np.datetime64("2026-01-03", "s")),
        basket=_codes([line.basket for line in lines]),
        product=_codes([line.product for line in lines]),
        quantity=ck.Decimals.of(np.array([float(line.quantity) for line in lines])),
        amount=ck.Decimals.of(np.array([line.amount / 100 for line in lines])),
        cost=ck.Decimals.of(np.array([line.cost / 100 for line in lines])),
        attributes={"channel": _codes([line.channel for line in lines])},
    )


def _codes(ids: Sequence[str | int | None]) -> ck.Codes:
    labels = sorted({i for i in ids if i is not None})
    codes = [labels.index(i) if i is not None else -1 for i in ids]
    kept = np.array(labels, dtype=np.int64 if isinstance(ids[0], int) else object)
    return ck.Codes(np.array(codes, dtype=np.int32), kept)


# --- rates ---------------------------------------------------------------------------------------


def rate(
    lines: Sequence[Line],
    base: Callable[[Line], Fraction | int],
    times: Fraction,
    returns: str,
    rounding: str = "half_up",
) -> Costs:
    """Round the total of sales and that of what is taken back once each, and spread both."""
    figures = [_after(line, Fraction(base(line)), returns) for line in lines]
    costs = [0] * len(lines)
    for sign in (1, -1):
        loads = [max(sign * figure, Fraction(0)) for figure in figures]
        shares = allocated(rounded(times * sum(loads), rounding), loads)
        costs = [cost + sign * share for cost, share in zip(costs, shares, strict=True)]
    return costs, 0


def _after(line: Line, figure: Fraction, returns: str) -> Fraction:
    if not line.returned or returns == "reverse":
        return figure
    return abs(figure) if returns == "charge" else Fraction(0)


def units(line: Line) -> Fraction:
    """Units, negative where they came back."""
    return -abs(line.quantity) if line.returned else line.quantity


def weight(line: Line) -> int:
    """Kilograms, negative where they came back."""
    return -line.kg if line.returned else line.kg


# --- amounts of baskets, customers, products -----------------------------------------------------


def per_basket(lines: Sequence[Line], tariff: Mapping[str, int], *, charged: bool) -> Costs:
    """Cost baskets with a sale; if *charged*, those of returns only as well."""
    costs = [0] * len(lines)
    for visit in {line.visit for line in lines}:
        rows = [
            k
            for k, line in enumerate(lines)
            if line.visit == visit and (charged or not line.returned)
        ]
        if rows:
            _spread(costs, rows, tariff[lines[rows[0]].channel], [lines[k].paid for k in rows])
    return costs, 0


def per_customer(lines: Sequence[Line], amounts: Mapping[str, int]) -> Costs:
    """Cost customers over their lines."""
    costs, lost = [0] * len(lines), 0
    for customer, amount in amounts.items():
        rows = [k for k, line in enumerate(lines) if line.customer == customer]
        if rows:
            _spread(costs, rows, amount, [lines[k].paid for k in rows])
        else:
            lost += amount
    return costs, lost


def per_product(
    lines: Sequence[Line], amounts: Mapping[str, int], by: Callable[[Line], Fraction | int]
) -> Costs:
    """Cost products over their lines sold."""
    costs, lost = [0] * len(lines), 0
    for product, amount in amounts.items():
        rows = [k for k, line in enumerate(lines) if line.product == product and not line.returned]
        if rows:
            _spread(costs, rows, amount, [by(lines[k]) for k in rows])
        else:
            lost += amount
    return costs, lost


def _spread(
    costs: list[int], rows: Sequence[int], amount: int, loads: Sequence[Fraction | int]
) -> None:
    loads = loads if any(loads) else [1] * len(rows)
    for row, share in zip(rows, allocated(amount, loads), strict=True):
        costs[row] += share


# --- pools, resources, capital, unit costs -------------------------------------------------------


def pool(lines: Sequence[Line], amount: int, driver: Callable[[Line], Fraction | int]) -> Costs:
    """Spread an amount over the lines sold."""
    return allocated(amount, [0 if line.returned else driver(line) for line in lines]), 0


def pool_by_product(lines: Sequence[Line], amount: int, weights: Mapping[str, int]) -> Costs:
    """Spread an amount over products, then over what was paid for them."""
    shares = dict(zip(weights, allocated(amount, list(weights.values())), strict=True))
    return per_product(lines, shares, lambda line: line.paid)


def resource_days(lines: Sequence[Line], each: Fraction, used: Mapping[str, Fraction]) -> Costs:
    """Round what each product used times the rate, and spread it over the units sold."""
    costs = {product: rounded(each * use, "half_up") for product, use in used.items()}
    return per_product(lines, costs, lambda line: line.quantity)


def capital(lines: Sequence[Line], yearly: Fraction, days: Mapping[str, int]) -> Costs:
    """Take interest on what was sold, for the days it was held."""
    return rate(lines, lambda line: line.cost * days[line.product], yearly, "keep")


def unit_costs(lines: Sequence[Line], each: Mapping[str, Fraction]) -> Costs:
    """Round what each product's sold units cost once, and what came back once."""
    costs = [0] * len(lines)
    for product, cost in each.items():
        rows = [k for k, line in enumerate(lines) if line.product == product]
        found, _ = rate([lines[k] for k in rows], units, cost, "reverse")
        for row, share in zip(rows, found, strict=True):
            costs[row] = share
    return costs, 0


# --- the waterfall -------------------------------------------------------------------------------


def gross_and_returns(lines: Sequence[Line], reductions: Sequence[int]) -> list[tuple[int, int]]:
    """Return gross sales and returns per line: what was paid and what it was reduced by."""
    full = [line.amount + off for line, off in zip(lines, reductions, strict=True)]
    return [
        (0, gross) if line.returned else (gross, 0) for line, gross in zip(lines, full, strict=True)
    ]
