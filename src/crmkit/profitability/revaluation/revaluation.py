"""What a charge that comes late does to stock and to the cost of what was sold."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import FrozenMapping, array, same_array
from crmkit._kernels.grouping import sums_by
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import from_minor, rounding_mode
from crmkit.profitability.revaluation.charges import IntoLayerCharge, per_layer
from crmkit.profitability.revaluation.layers import StockLayers, money_of
from crmkit.profitability.revaluation.moves import StockMoves
from crmkit.profitability.revaluation.splitting import (
    Split,
    SplitRule,
    base_values,
    issued_parts,
    split,
)
from crmkit.profitability.revaluation.stock_values import RestatedIssues, StockValues
from crmkit.typing import (
    AverageRule,
    Costing,
    CostPolicy,
    IntArray,
    RoundedPart,
    RoundingMode,
)


@attrs.frozen(kw_only=True, repr=False)
class Revaluation(Answer):
    """What was posted for a charge, layer by layer: a table whose parts sum to the charge.

    As a frame: product, layer, received, left, charge, to_stock, to_cost_of_sales, to_variance.
    Revaluations of the same layers add up: several charges, an estimate, its reversal and the
    actual cost, a credit note.

    Attributes:
        layers: the receipts.
        rule: how the charge was split.
        charge: the charge of each layer, int64 minor units, as are the three parts.
        to_stock: what stays with the goods on hand.
        to_cost_of_sales: what belongs to goods that have left.
        to_variance: the same where the policy is "variance".

    Examples:
        >>> from crmkit.profitability import StockLayers, revalue
        >>> layers = StockLayers(received=[8, 12], left=[3, 12], value=["80.00", "144.00"])
        >>> freight = revalue(layers, "50.00")
        >>> freight
        Revaluation(50.00 on 2 layers: 37.50 to stock, 12.50 to cost of sales, 0.00 to variance)
        >>> print(freight.stock_value)
        211.50
    """

    layers: StockLayers
    rule: SplitRule
    charge: IntArray = array()
    to_stock: IntArray = array()
    to_cost_of_sales: IntArray = array()
    to_variance: IntArray = array()

    def __len__(self) -> int:
        """How many layers."""
        return len(self.charge)

    def __repr__(self) -> str:
        """The charge and where it went."""
        sums = self.totals
        parts = ", ".join(
            f"{sums[name]:,} {name.replace('_', ' ')}"
            for name in ("to_stock", "to_cost_of_sales", "to_variance")
        )
        return f"Revaluation({sums['charge']:,} on {check.counted(len(self), 'layer')}: {parts})"

    @property
    def totals(self) -> Mapping[str, Decimal]:
        """The charge and its three parts in total, in major units."""
        return FrozenMapping(
            {name: from_minor(int(getattr(self, name).sum()), digits=self.digits) for name in _SUMS}
        )

    @property
    def digits(self) -> int:
        """Digits of the currency."""
        return self.layers.digits

    @property
    def stock_value(self) -> Decimal:
        """What the stock is worth with the charge, in major units: see `by_product`."""
        return from_minor(int(self.by_product().value_after.sum()), digits=self.digits)

    def by_product(self) -> StockValues:
        """Value the stock of each product before and after.

        Under "fifo" each layer is worth its share of what was paid for it; under "average" the
        stock is worth what the moving average leaves of everything paid, rounded once.

        Raises:
            InvalidArgumentError: what was paid is not known, or an average is asked of layers
                whose moves are not.

        Examples:
            >>> from crmkit.profitability import StockMoves, revalue
            >>> moves = StockMoves(quantity=[10, 10, -1], value=["100", "200", None])
            >>> revalue(moves, {0: "100"}, costing="average").by_product().to_frame()
               on_hand  value_before  to_stock  value_after
            0     19.0         285.0      90.0        375.0
        """
        layers = self.layers
        before = base_values(layers, self.rule)
        added = np.asarray(
            sums_by(layers.product_codes, layers.product_span, self.to_stock), dtype=np.int64
        )
        return StockValues(
            layers=layers, value_before=before, to_stock=added, frame_kind=self.frame_kind
        )

    def issues(self) -> RestatedIssues:
        """Say how much goes back on each past issue, per layer it took from.

        The issued part of a layer goes on its issues by running total, in order of time.

        Raises:
            InvalidArgumentError: the policy is not "restate".

        Examples:
            >>> from crmkit.profitability import StockMoves, revalue
            >>> moves = StockMoves(quantity=[8, 12, -2, -3])
            >>> revalue(moves, "50.00", policy="restate").issues().to_frame()
               move  layer  quantity  amount
            0     2      0       2.0     5.0
            1     3      0       3.0     7.5
        """
        if self.rule.policy != "restate":
            raise InvalidArgumentError(
                f"policy={self.rule.policy!r} leaves past issues as they are. Only"
                " revalue(..., policy='restate') puts amounts on them."
            )
        moves, on, units, amounts = issued_parts(
            self.layers, self.rule, Split(self.charge, self.to_stock)
        )
        return RestatedIssues(
            layers=self.layers,
            move=moves,
            layer=on,
            units=units,
            amount=amounts,
            frame_kind=self.frame_kind,
        )

    def reverse(self) -> Self:
        """Return the posting that takes back exactly what was posted.

        It is right while the stock is the one of the posting. Once goods have left since, `settle`
        with the layers of that day takes the charge from where it is now.

        Examples:
            >>> from crmkit.profitability import StockLayers, revalue
            >>> estimate = revalue(StockLayers(received=[3], left=[1]), "0.50")
            >>> estimate + estimate.reverse()
            Revaluation(0.00 on 1 layer: 0.00 to stock, 0.00 to cost of sales, 0.00 to variance)
        """
        return attrs.evolve(self, **{name: -getattr(self, name) for name in _SUMS})

    def __add__(self, other: Revaluation) -> Self:
        """Post two revaluations of the same layers as one."""
        check.instance(other, Revaluation, "the other one", "Only revaluations add up.")
        if other.layers != self.layers:
            raise InvalidArgumentError(
                "the two revaluations are of different layers, or of the same ones on different"
                " days; their figures can be added, but there is no one stock that they value."
            )
        sums = {name: getattr(self, name) + getattr(other, name) for name in _SUMS}
        return attrs.evolve(self, **sums)

    def settle(
        self,
        actual: IntoLayerCharge,
        *,
        by: str | ArrayLike | None = None,
        layers: StockLayers | StockMoves | None = None,
    ) -> Revaluation:
        """Replace this estimate by the actual charge: its reversal and the actual, as one posting.

        Nothing is posted on the difference, whose shares would be those of another charge: each
        layer gives back what it had of the estimate. Add the answer to the estimate and what is
        left is the actual charge; the clearing account of the estimate ends at zero.

        Args:
            actual: the charge as invoiced, in major units; see `revalue`.
            by: what one amount is spread by; see `revalue`.
            layers: the same receipts as of the day of the invoice, if goods have left since: the
                estimate is then taken from where it is by now. None if the stock is the same.

        Raises:
            InvalidDataError: as `revalue` does; *layers* are not the receipts of the estimate.

        Examples:
            >>> from crmkit.profitability import StockLayers, revalue
            >>> estimate = revalue(StockLayers(received=[1], left=[1], value=[2]), "0.30")
            >>> estimate.settle("0.40")
            Revaluation(0.10 on 1 layer: 0.10 to stock, 0.00 to cost of sales, 0.00 to variance)
            >>> print((estimate + estimate.settle("0.40")).stock_value)
            2.40
        """
        if layers is None:
            return self.reverse() + _posted(self.layers, actual, by, self.rule)
        now = _layers(layers)
        if now.digits != self.digits or not _same_receipts(now, self.layers):
            raise InvalidDataError(
                f"the estimate is on {self.layers!r} in {self.digits} digits, the layers given are"
                f" {now!r} in {now.digits}. Give the same receipts, with what is left of them now."
            )
        return _of(now, -self.charge, self.rule) + _posted(now, actual, by, self.rule)

    def _columns(self) -> dict[str, NDArray[Any]]:
        money = {name: money_of(getattr(self, name), self.digits) for name in _SUMS}
        return {**self.layers.keys(), **money}


_SUMS = ("charge", "to_stock", "to_cost_of_sales", "to_variance")


def revalue(
    layers: StockLayers | StockMoves,
    charge: IntoLayerCharge,
    *,
    by: str | ArrayLike | None = None,
    policy: CostPolicy = "remaining",
    costing: Costing = "fifo",
    average_rule: AverageRule = "depletion",
    rounds: RoundedPart = "stock",
    rounding: RoundingMode = "half_up",
) -> Revaluation:
    """Split a charge that comes when part of the goods has left: to stock, and to what has left.

    The charge is first allocated over the receipts, exactly; each receipt's share is then split by
    what is still on hand of it. One part is rounded and the other is the rest, so that the parts
    of each layer sum to its charge.

    Args:
        layers: receipts and what is left of them, or the moves that tell.
        charge: money in major units: one amount for all layers, amounts by the number of a layer,
            or one per layer. Negative for a credit.
        by: what one amount is spread by: "quantity" (received; the default), "value", or weights
            of your own, one per layer.
        policy: where the part of goods that have left goes: "remaining" to the cost of sales of
            today; "restate" back on the past issues (`Revaluation.issues`); "variance" to an
            account of its own.
        costing: "fifo", or "average" where stock is one pool; this alone decides what the stock is
            worth without the charge.
        average_rule: what of a receipt counts as on hand in a pool: what "depletion", first in
            first out, leaves of it; what a "replay" of the moving average leaves, had the charge
            been known in time; all of it if the "pool" still holds as many units; or the stock
            given to the "earliest" receipts first. Only for "average".
        rounds: which part is rounded, "stock" or "issued".
        rounding: where that part goes between two units.

    Returns:
        the postings per layer.

    Raises:
        InvalidDataError: a charge on a layer that is not there or of which nothing was kept,
            money finer than the digits, sizes that 64 bits are not proven to hold.
        InvalidArgumentError: options outside their domain, or past issues asked of layers whose
            moves are not known.

    Time and memory grow with the layers, or with the moves; a replay takes the logarithm of the
    moves per product more, and with "restate" has one row per charged layer and later issue.

    Source: IAS 2, Inventories, paragraphs 23 to 27, for the two ways of costing.

    Examples:
        >>> from crmkit.profitability import StockMoves, revalue
        >>> moves = StockMoves(quantity=[10, 10, -1], value=["100", "200", None])
        >>> print(revalue(moves, {0: "100"}).stock_value)
        380.00
        >>> for rule in ("depletion", "replay", "pool"):
        ...     late = revalue(moves, {0: "100"}, costing="average", average_rule=rule)
        ...     print(rule, late.stock_value)
        depletion 375.00
        replay 380.00
        pool 385.00
    """
    rule = SplitRule(
        policy=policy,
        costing=costing,
        average_rule=average_rule,
        rounds=rounds,
        rounding=rounding_mode(rounding) or "half_up",
    )
    return _posted(_layers(layers), charge, by, rule)


def _layers(layers: StockLayers | StockMoves) -> StockLayers:
    if isinstance(layers, StockMoves):
        return layers.layers()
    check.instance(layers, StockLayers, "layers", "StockMoves, or StockLayers(received=, left=).")
    return layers


def _same_receipts(one: StockLayers, other: StockLayers) -> bool:
    same_products = same_array(one.product_ids(), other.product_ids())
    return len(one) == len(other) and same_products


def _posted(
    layers: StockLayers, charge: IntoLayerCharge, by: str | ArrayLike | None, rule: SplitRule
) -> Revaluation:
    return _of(layers, per_layer(layers, charge, by), rule)


def _of(layers: StockLayers, charge: IntArray, rule: SplitRule) -> Revaluation:
    to_stock = split(layers, charge, rule)
    nothing, rest = np.zeros_like(charge), charge - to_stock
    varies = rule.policy == "variance"
    return Revaluation(
        layers=layers,
        rule=rule,
        charge=charge,
        to_stock=to_stock,
        to_cost_of_sales=nothing if varies else rest,
        to_variance=rest if varies else nothing,
        frame_kind=layers.frame_kind,
    )
