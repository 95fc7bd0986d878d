"""What does a product or a customer really earn? From gross sales to contribution, per line."""

from __future__ import annotations

from typing import Literal

from crmkit import _validation as check
from crmkit.data.transactions import Transactions
from crmkit.money.amounts import check_digits
from crmkit.profitability.profit.answer import Contribution
from crmkit.profitability.profit.booking import book
from crmkit.profitability.profit.model import CostModel
from crmkit.profitability.profit.till import Till
from crmkit.typing import (
    RoundingMode,
)


def contribution(
    tx: Transactions,
    model: CostModel,
    *,
    digits: int = 2,
    rounding: RoundingMode = "half_up",
    missing: Literal["raise", "exclude"] = "raise",
    origin: str | None = None,
) -> Contribution:
    """Follow each line from gross sales to what it contributes, to the last cent.

    Every step is a figure per line in whole minor units; steps sum to the contribution on every
    line, for every customer and product, and for the shop. Rates are never rounded line by line:
    a step's total is rounded once and spread over the lines. Costs of baskets and customers reach
    their lines by what was paid for them. What no line can carry is `unallocated`.

    Amounts are taken as they are, without value added tax: do not mix prices with tax and costs
    without. Each line's cent belongs to these lines: a part of them, computed alone, may differ by
    a cent a line.

    Args:
        tx: the lines, with amount and what the sources of the model need.
        model: what each step goes by.
        digits: digits of the currency.
        rounding: where totals between two minor units go.
        missing: "raise" refuses lines of products without a unit cost; "exclude" takes them out of
            sales and costs alike, and counts them.
        origin: attribute that names, on a return, the basket it was sold in. Costs that a return
            gives back then are what its sale carries, by units, instead of the rate in force;
            returns of unknown sales, or of more than was sold, are counted as unlinked.

    Raises:
        InvalidDataError: figures finer than the digits, tariffs without a value that occurs,
            products without a cost ...
        MissingRoleError: the lines lack what a source needs.
        InvalidArgumentError: figures made for other lines, options outside their domain.

    All problems of all steps are in one error; where they are of several kinds it is an
    InvalidArgumentError if any is, else a MissingRoleError.

    Time and memory grow with lines x supplied steps, 8 bytes each.

    Source: R. S. Kaplan and R. Cooper, Cost & Effect (1998); direct product profit after the
    unified method of the Food Marketing Institute (1986).

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.profitability import CostModel, PerBasket, PercentOfSales, contribution
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann", "ann", "bob"], time=["2026-01-03"] * 3, basket=[1, 1, 2],
        ...     amount=["20.00", "10.00", "4.00"], cost=["12.00", "7.00", "3.00"],
        ... )
        >>> model = CostModel(
        ...     purchase="cost", shelf=PercentOfSales(0.015), channel=PerBasket("0.80")
        ... )
        >>> earned = contribution(tx, model)
        >>> earned
        Contribution(3 lines, net sales 34.00, contribution 9.89, 15 steps assumed zero)
        >>> earned.by("customer").to_frame()[["customer", "net_sales", "contribution"]]
          customer  net_sales  contribution
        0      ann       30.0          9.75
        1      bob        4.0          0.14
    """
    check.instance(tx, Transactions, "tx", "Transactions.from_frame makes them.")
    check.instance(model, CostModel, "model", "Say CostModel(purchase='cost', ...).")
    check.choice(rounding, RoundingMode, "rounding")
    check.choice(missing, Literal["raise", "exclude"], "missing")
    till = Till(tx=tx, digits=check_digits(digits), rounding=rounding, origin=origin)
    booked = book(till, model, exclude=missing == "exclude")
    return Contribution(
        transactions=tx,
        model=model,
        digits=digits,
        steps=booked.steps,
        unallocated=booked.unallocated,
        excluded=booked.excluded,
        linked=booked.linked,
        frame_kind=tx.frame_kind,
    )
