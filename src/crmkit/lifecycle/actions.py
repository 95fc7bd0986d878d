"""What to do about each product, and which customers that concerns."""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.product_buyers import Buyers, product_buyers
from crmkit.data import Labels, ProductPeriods, Transactions
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.lifecycle.playbook import Playbook, StageAction
from crmkit.lifecycle.series import looks_at
from crmkit.typing import Audience, BoolArray, IntArray, LabelArray

_EARLY: Final = 8
_OFTEN: Final = 2
_TEXTS: Final = ("who", "offer", "stock", "price", "measure", "stop", "costs_money")


@attrs.frozen(kw_only=True, eq=False)
class StageBuyers:
    """Customers by product.

    Attributes:
        buyers: pairs of product (its row) and customer.
        ids: of the customers.
        early: shape (customers,), who bought two products or more within 8 periods of their launch.
    """

    buyers: Buyers
    ids: LabelArray = array()
    early: BoolArray = array()

    def chosen(self, audience: Audience) -> BoolArray:
        """Say which pairs belong to an audience of buyers; for early buyers those to leave out."""
        days = self.buyers.days
        if audience == "triers":
            return np.asarray(days == 1)
        if audience == "repeaters":
            return np.asarray(days >= _OFTEN)
        if audience == "early_buyers":
            return self.early[self.buyers.customer]
        return np.full(len(days), audience == "buyers")

    def counts(self, audience: Audience, products: int) -> IntArray:
        """Count an audience of each product."""
        pairs = self.buyers.product[self.chosen(audience)]
        counts = np.bincount(pairs, minlength=products)
        return np.count_nonzero(self.early) - counts if audience == "early_buyers" else counts

    def of_product(self, audience: Audience, row: int) -> LabelArray:
        """Return the audience of one product."""
        mine = self.chosen(audience) & (self.buyers.product == row)
        customers = self.buyers.customer[mine]
        if audience == "early_buyers":
            customers = np.setdiff1d(np.flatnonzero(self.early), customers)
        ids: LabelArray = self.ids[customers]
        return ids


@attrs.frozen(kw_only=True, repr=False)
class StageActions(Answer):
    """What to do about each product.

    As a frame: product, stage, audience, customers (if transactions were given), who, offer, stock,
    price, measure, stop, costs_money.

    Attributes:
        stages: the stage of each product.
        playbook: the action for each stage.
        buyers: who bought what, or None.

    Examples:
        >>> from crmkit.data import ProductPeriods
        >>> from crmkit.lifecycle import stages
        >>> weeks = [[3, 4, 3, 5, 4, 7, 9, 12, 15, 20]]
        >>> actions = stages(ProductPeriods.from_matrix(weeks, products=["tea"])).actions()
        >>> actions
        StageActions(1 product: 1 growth)
        >>> actions.of("tea").stock
        'avoid stock-outs: raise the reorder point, add facings and stores'
    """

    stages: Labels
    playbook: Playbook
    buyers: StageBuyers | None = None

    def __len__(self) -> int:
        """How many products."""
        return len(self.stages)

    def __repr__(self) -> str:
        """How many products need which action."""
        counts = zip(self.stages.counts(), self.stages.names, strict=True)
        shown = ", ".join(f"{n:,} {name}" for n, name in counts if n)
        return f"StageActions({check.counted(len(self), 'product')}: {shown or 'none'})"

    def of(self, product: object) -> StageAction:
        """Return the action for one product.

        Raises:
            InvalidArgumentError: there is no such product.

        Examples:
            >>> from crmkit.data import ProductPeriods
            >>> from crmkit.lifecycle import stages
            >>> weeks = [[4, 9, 31, 68, 99, 95, 81, 50, 29, 16]]
            >>> stages(ProductPeriods.from_matrix(weeks, products=["tea"])).actions().of("tea").stop
            'stock sold and loyal users served'
        """
        return self.playbook[self._stage_of(self._row(product))]

    def customers(self, product: object) -> LabelArray:
        """Return the ids of the customers one product's action concerns.

        Early buyers bought two other products or more within 8 periods of their launch, and not
        this one; triers bought it on one day, repeaters on several, buyers on any.

        Raises:
            InvalidArgumentError: there is no such product, or no transactions were given.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.data import ProductPeriods
            >>> from crmkit.lifecycle import stages
            >>> weeks = [[4, 9, 31, 68, 99, 95, 81, 50, 29, 16]]
            >>> found = stages(ProductPeriods.from_matrix(weeks, products=["tea"]))
            >>> lines = ck.Transactions.from_arrays(
            ...     customer=["ann", "bob"], time=["2026-01-02"] * 2, product=["tea", "soap"]
            ... )
            >>> found.actions(tx=lines).customers("tea")
            array(['ann'], dtype=object)
        """
        row = self._row(product)
        if self.buyers is None:
            raise InvalidArgumentError("no customers are known; say actions(tx=transactions).")
        return self.buyers.of_product(self.playbook[self._stage_of(row)].audience, row)

    def _row(self, product: object) -> int:
        rows = np.flatnonzero(np.asarray(self.stages.ids == product))
        if not len(rows):
            raise InvalidArgumentError(
                f"there is no product {product!r}." + check.hint(product, self.stages.ids.tolist())
            )
        return int(rows[0])

    def _stage_of(self, row: int) -> str:
        return self.stages.names[int(self.stages.codes[row])]

    def _spread(self, name: str) -> NDArray[Any]:
        """Return one field of each product's action."""
        values = [getattr(self.playbook[stage], name) for stage in self.stages.names]
        dtype = bool if name == "costs_money" else object
        return np.array(values, dtype=dtype)[self.stages.codes]

    def _counts(self) -> dict[str, NDArray[Any]]:
        if self.buyers is None:
            return {}
        counts = [
            self.buyers.counts(self.playbook[stage].audience, len(self))
            for stage in self.stages.names
        ]
        return {"customers": np.stack(counts)[self.stages.codes, np.arange(len(self))]}

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "product": self.stages.ids,
            "stage": self.stages.decode(),
            "audience": self._spread("audience"),
            **self._counts(),
            **{name: self._spread(name) for name in _TEXTS},
        }


def stage_actions(
    stages: Labels, playbook: Playbook, periods: ProductPeriods, tx: Transactions | None
) -> StageActions:
    """Look actions up, and customers if there are transactions."""
    if tx is not None:
        check.instance(tx, Transactions, "tx", "Transactions.from_frame(frame, ...) makes them.")
    return StageActions(
        stages=stages,
        playbook=playbook,
        buyers=None if tx is None else _buyers(stages, periods, tx),
        frame_kind=stages.frame_kind,
    )


def _buyers(stages: Labels, periods: ProductPeriods, tx: Transactions) -> StageBuyers:
    """Find who bought which product on how many days, and who buys early."""
    bought = tx.purchases()
    product = bought.ids("product", question="actions(tx=...)")
    customer = bought.ids("customer", question="actions(tx=...)")
    rows = _rows_of(stages, product.labels)[product.codes]
    kept = (rows >= 0) & (product.codes >= 0) & (customer.codes >= 0)
    buyers = product_buyers(
        rows[kept],
        customer.codes[kept].astype(np.int64),
        bought.days[kept].astype("datetime64[D]").astype(np.int64),
    )
    launch_end = _early_until(periods)
    early = buyers.first < launch_end[buyers.product]
    times = np.bincount(buyers.customer[early], minlength=len(customer.labels))
    return StageBuyers(buyers=buyers, ids=customer.labels, early=times >= _OFTEN)


def _rows_of(stages: Labels, products: LabelArray) -> IntArray:
    """Return the row of each product, -1 for one that has no stage."""
    places = Labels(
        entity="product",
        name="row",
        ids=stages.ids,
        codes=np.arange(len(stages), dtype=np.int32),
        names=(),
    )
    return places.codes_of(products).astype(np.int64)


def _early_until(periods: ProductPeriods) -> IntArray:
    """Return the day on which each product's first periods are over; day 0 where not known."""
    if periods.starts.dtype.kind != "M":
        return np.full(len(periods), np.iinfo(np.int64).min)
    looks = looks_at(periods)
    at = np.minimum(looks.first + _EARLY, len(periods.starts) - 1)
    days = periods.starts[at].astype("datetime64[D]").astype(np.int64)
    return np.where((looks.earlier == 0) & (looks.age > 0), days, np.iinfo(np.int64).min)
