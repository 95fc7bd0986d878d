"""Returns that found no sale, or not for all that they brought back."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.loyalty.ledger.entries import labelled
from crmkit.typing import BoolArray, CodeArray, IntArray, LabelArray


@attrs.frozen(kw_only=True, repr=False)
class Unmatched(Answer):
    """Lines of members that brought back what no sale in reach accounts for; no points go for it.

    What is left over is counted in units, or in money where goods are not measured in units.

    Attributes:
        account: who, as a place in *accounts*.
        basket: the basket that brought goods back, as a place in *baskets*.
        product: what came back, as a place in *products*; -1 for unknown.
        left: how much of it found no sale: units over *scale*, or minor units of money.
        in_money: whether that is money.
        accounts: labels of accounts.
        baskets: labels of baskets.
        products: labels of products.
        scale: units of one piece.
        money_digits: decimals of the currency.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import EarnRule, PerSpend, Programme, evaluate
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], product=["milk"], quantity=[-2],
        ...     amount=["-2.50"],
        ... )
        >>> programme = Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00")),))
        >>> ledger = evaluate(programme, tx, as_of="2026-03-31")
        >>> ledger
        Ledger(1 account, 0 entries, 0 points; 1 line came back without a sale)
        >>> ledger.unmatched.to_frame()
          customer  basket product  quantity  amount
        0      ann       1    milk       2.0     NaN
    """

    account: CodeArray = array()
    basket: CodeArray = array()
    product: CodeArray = array()
    left: IntArray = array()
    in_money: BoolArray = array()
    accounts: LabelArray = array()
    baskets: LabelArray = array()
    products: LabelArray = array()
    scale: int = 1
    money_digits: int = 2

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many lines."""
        return len(self.left)

    def __repr__(self) -> str:
        """How many lines, of how many accounts."""
        accounts = check.counted(len(np.unique(self.account)), "account")
        return f"Unmatched({check.counted(len(self), 'line')} of {accounts})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        units, money = self.left / self.scale, self.left / 10**self.money_digits
        return {
            "customer": self.accounts[self.account],
            "basket": self.baskets[self.basket],
            "product": labelled(self.products, self.product),
            "quantity": np.where(self.in_money, np.nan, units),
            "amount": np.where(self.in_money, money, np.nan),
        }
