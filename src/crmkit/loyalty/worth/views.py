"""What is read of a ledger to say what it costs and owes."""

from __future__ import annotations

from typing import Protocol

from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.discounts.result import Discounts
from crmkit.loyalty.ledger.entries import Entries
from crmkit.loyalty.ledger.lots import Lots, LotUses
from crmkit.loyalty.replay.history import History
from crmkit.typing import CodeArray, IntArray


class LotLedger(Protocol):
    """Lots, and what used them, up to a moment."""

    @property
    def programme(self) -> Programme:
        """The programme that was evaluated."""

    @property
    def lots(self) -> Lots:
        """Every lot, open or not."""

    @property
    def uses(self) -> LotUses:
        """What left the lots; with what remains it makes what was granted."""

    @property
    def as_of(self) -> int:
        """The last second that was evaluated."""


class CostLedger(LotLedger, Protocol):
    """With the entries behind the lots, and what discounts took off."""

    @property
    def entries(self) -> Entries:
        """Every entry."""

    @property
    def history(self) -> History:
        """What was evaluated."""

    @property
    def discounts(self) -> Discounts | None:
        """What discount rules took off the lines; None if there are none."""

    @property
    def digits(self) -> int:
        """Digits of the currency."""


class SalesLedger(CostLedger, Protocol):
    """With what each basket paid, at the places that lots, entries and lines know it by."""

    @property
    def basket_account(self) -> CodeArray:
        """The account of each basket; -1 for a guest."""

    @property
    def basket_time(self) -> IntArray:
        """When each basket was bought, seconds since 1970."""

    @property
    def basket_sales(self) -> IntArray:
        """Minor units received for each basket, net of discounts and of returns of its goods.

        What points paid is not in it: it was received when the points were sold.
        """
