"""How was a product's stage told in the course of its life?"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit._fields import array
from crmkit._validation import counted
from crmkit.data import ProductPeriods
from crmkit.data.answers import Answer
from crmkit.lifecycle.reasons import texts
from crmkit.lifecycle.series import looks_at
from crmkit.lifecycle.telling import STAGES, Method, StageFigures, tell
from crmkit.typing import IntArray


@attrs.frozen(kw_only=True, repr=False)
class StageHistory(Answer):
    """The stage of one product as of each period, from what was seen by then.

    As a frame: period, age, stage, p_introduction, p_growth, p_maturity, p_decline, reasons.

    Attributes:
        product: its id.
        period: shape (periods,), the start of each, or its number.
        age: shape (periods,), int64, periods on sale by then.
        threshold: see `ProductStages`.
        figures: one row per period.

    Examples:
        >>> from crmkit.data import ProductPeriods
        >>> from crmkit.lifecycle import stages
        >>> weeks = [[3, 4, 3, 5, 4, 7, 9, 12, 15, 20]]
        >>> stages(ProductPeriods.from_matrix(weeks, products=["tea"])).history("tea")
        StageHistory('tea', 10 periods, growth at the end)
    """

    product: object
    period: NDArray[Any] = array()
    age: IntArray = array()
    threshold: float
    figures: StageFigures

    def __len__(self) -> int:
        """How many periods."""
        return len(self.age)

    def __repr__(self) -> str:
        """Which product, how many periods, and the last stage."""
        last = f", {self.stage[-1]} at the end" if len(self) else ""
        return f"StageHistory({self.product!r}, {counted(len(self), 'period')}{last})"

    @property
    def stage(self) -> NDArray[np.object_]:
        """The stage told in each period, as text."""
        chances = self.figures.chances
        names: NDArray[np.object_] = np.array(STAGES, dtype=object)[chances.argmax(axis=1)]
        names[chances.max(axis=1) < self.threshold] = "indeterminate"
        return names

    def _columns(self) -> dict[str, NDArray[Any]]:
        chances = self.figures.chances.T
        return {
            "period": self.period,
            "age": self.age,
            "stage": self.stage,
            **{f"p_{name}": column for name, column in zip(STAGES, chances, strict=True)},
            "reasons": texts(self.figures.flags),
        }


def stage_history(
    periods: ProductPeriods, row: int, method: Method, threshold: float
) -> StageHistory:
    """Tell the stage of a product as of each period from the first on sale to the last seen."""
    now = looks_at(periods, np.array([row]))
    first, age = int(now.first[0]), int(now.age[0])
    last = np.arange(first, first + age)
    looks = looks_at(periods, np.full(age, row), last)
    return StageHistory(
        product=periods.products[row],
        period=periods.starts[last],
        age=looks.age,
        threshold=threshold,
        figures=tell(looks, method, threshold),
        frame_kind=periods.frame_kind,
    )
