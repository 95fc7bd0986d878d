"""Winners, sleepers, traffic builders, losers: volume against profit per unit."""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.grouping import means_and_medians
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.data.decimals import Decimals
from crmkit.data.labels import Labels
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.profit.entities import Entities
from crmkit.typing import BoolArray, CodeArray, FloatArray, ProfitFigure, SalesVolume

_QUESTION = "quadrants()"

QUADRANTS: Final = ("winners", "sleepers", "traffic builders", "losers")
"""High volume and unit profit; high unit profit; high volume; neither."""


@attrs.frozen(kw_only=True, repr=False)
class Quadrants(Answer):
    """Products by volume and profit per unit of it, each against a cut, the median as a rule.

    A value equal to the cut is high. What sold nothing, or took back more than it sold, has no
    profit per unit; it is left out and counted, and so is what has no class where medians are
    taken within one. A loss per unit is flagged: the lower half may well earn.

    Attributes:
        ids: the products, in label order.
        by: what they are, e.g. "product".
        figure: the step or subtotal that profit is.
        measure: what volume is: "quantity", units net of returns, or "net_sales".
        within: the attribute that medians are taken within; None is the whole shop.
        volume: what was sold, units or money.
        unit_profit: profit per unit, major units; per unit of money where volume is net sales.
        volume_cut: the volume from which each counts as high.
        profit_cut: the same of profit per unit.
        quadrant: code of the quadrant: 0 winners, 1 sleepers, 2 traffic builders, 3 losers.
        left_out: how many sold nothing net of returns.
        without_class: how many sold, but have no class.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.profitability import CostModel, contribution
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=[1] * 4, time=["2026-01-03"] * 4, product=["a", "b", "c", "d"],
        ...     quantity=[100, 10, 90, 5], amount=[500, 60, 90, 4], cost=[200, 20, 100, 3],
        ... )
        >>> contribution(tx, CostModel(purchase="cost")).quadrants()
        Quadrants(4 products: 1 winners, 1 sleepers, 1 traffic builders, 1 losers; 1 at a loss)
    """

    ids: Codes
    by: str
    figure: ProfitFigure
    measure: SalesVolume
    within: str | None
    volume: FloatArray = array()
    unit_profit: FloatArray = array()
    volume_cut: FloatArray = array()
    profit_cut: FloatArray = array()
    quadrant: CodeArray = array()
    left_out: int
    without_class: int

    __hash__ = None  # type: ignore[assignment]

    @property
    def at_a_loss(self) -> BoolArray:
        """Which lose money on each unit."""
        return np.asarray(self.unit_profit < 0)

    def labels(self) -> Labels:
        """Return the quadrants as labels, for other questions.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1] * 2, time=["2026-01-03"] * 2, product=["a", "b"],
            ...     quantity=[10, 5], amount=[50, 5],
            ... )
            >>> contribution(tx, CostModel()).quadrants().labels()
            Labels(quadrant of 2 products: winners 1, sleepers 0, traffic builders 0, losers 1)
        """
        return Labels(
            entity=self.by,
            name="quadrant",
            ids=self.ids.decode(),
            codes=self.quadrant,
            names=QUADRANTS,
        )

    def __len__(self) -> int:
        """How many products."""
        return len(self.quadrant)

    def __repr__(self) -> str:
        """How many are in each quadrant."""
        counts = np.bincount(self.quadrant, minlength=4)
        said = ", ".join(f"{n:,} {name}" for n, name in zip(counts, QUADRANTS, strict=True))
        loss = np.count_nonzero(self.at_a_loss)
        left = f", {self.left_out:,} without sales left out" if self.left_out else ""
        left += f", {self.without_class:,} without {self.within}" if self.without_class else ""
        return f"Quadrants({check.counted(len(self), self.by)}: {said}; {loss:,} at a loss{left})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            self.by: self.ids.decode(),
            "volume": self.volume,
            "unit_profit": self.unit_profit,
            "volume_cut": self.volume_cut,
            "profit_cut": self.profit_cut,
            "quadrant": np.array(QUADRANTS, dtype=object)[self.quadrant],
            "at_a_loss": self.at_a_loss,
        }


def quadrants_of(
    entities: Entities,
    figure: ProfitFigure,
    measure: SalesVolume,
    within: str | None,
    cuts: tuple[float, float] | None,
) -> Quadrants:
    """Place each entity against the cuts: by hand, or the medians of its class."""
    check.choice(measure, SalesVolume, "volume")
    limits = None if cuts is None else _checked(cuts, within)
    sold = _volumes(entities, measure)
    classes = _classes(entities, within)
    there = np.asarray(sold.units > 0)
    rows = there & ~classes.missing
    volume, profit = sold[rows], _per_unit(entities, figure, sold, rows)
    if limits is None:
        limits = tuple(_medians(values, classes[rows]) for values in (volume.values, profit))
    volume_cut, profit_cut = (np.broadcast_to(limit, len(profit)) for limit in limits)
    codes = 2 * (profit < profit_cut) + (volume.values < volume_cut)
    return Quadrants(
        ids=entities.ids[rows],
        by=entities.by,
        figure=figure,
        measure=measure,
        within=within,
        volume=volume.values,
        unit_profit=profit,
        volume_cut=volume_cut,
        profit_cut=profit_cut,
        quadrant=codes.astype(np.int32),
        left_out=int(np.count_nonzero(~there)),
        without_class=int(np.count_nonzero(there & ~rows)),
        frame_kind=entities.rollup.frame_kind,
    )


def _checked(cuts: object, within: str | None) -> tuple[FloatArray, ...]:
    if within is not None:
        raise InvalidArgumentError("cuts and within exclude each other: cuts hold for all classes.")
    if not isinstance(cuts, tuple | list) or len(cuts) != 2:
        raise InvalidArgumentError(
            f"cuts must be two numbers, of volume and of profit per unit; got {cuts!r}."
        )
    names = ("the cut of volume", "the cut of profit")
    return tuple(np.array(check.number(c, name)) for c, name in zip(cuts, names, strict=True))


def _volumes(entities: Entities, measure: SalesVolume) -> Decimals:
    if measure == "quantity":
        return entities.pieces(_QUESTION)
    return Decimals(entities.minor("net_sales"), entities.rollup.digits)


def _classes(entities: Entities, within: str | None) -> Codes:
    if within is not None:
        return entities.classes(within, _QUESTION)
    return Codes(np.zeros(len(entities.ids), dtype=np.int32), np.array(["all"], dtype=object))


def _per_unit(
    entities: Entities, figure: ProfitFigure, sold: Decimals, rows: BoolArray
) -> FloatArray:
    """Divide once, whole numbers by whole numbers: equal quotients are equal floats."""
    finer = (sold.digits or 0) - entities.rollup.digits
    profit = entities.minor(figure)[rows] * 10.0 ** max(finer, 0)
    return np.asarray(profit / (sold.units[rows] * 10.0 ** max(-finer, 0)))


def _medians(values: FloatArray, classes: Codes) -> FloatArray:
    """Return the median of the class of each."""
    medians = means_and_medians(values, classes.codes, len(classes.labels))[1]
    return np.asarray(medians[classes.codes])
