"""Which products decline, and for how long has that been likely?"""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data import ProductPeriods
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.lifecycle.reasons import StageReason
from crmkit.lifecycle.series import looks_at
from crmkit.lifecycle.telling import STAGES, Method, StageFigures, tell
from crmkit.typing import FloatArray, IntArray, LabelArray

_DECLINE = STAGES.index("decline")


@attrs.frozen(kw_only=True, repr=False)
class DeclineAlarms(Answer):
    """Products whose decline is likely, and has been for a while.

    As a frame: product, p_decline, weeks_in_decline, growth_rate.

    Attributes:
        asked: how many products were looked at.
        probability: how likely decline had to be.
        holding: for how many periods in a row, the last one included.
        product: shape (alarms,), ids.
        chance: shape (alarms,), probability of decline now.
        in_decline: shape (alarms,), weeks of decline so far, median.
        growth: shape (alarms,), rate of growth a week, below 0.

    Examples:
        >>> from crmkit.data import ProductPeriods
        >>> from crmkit.lifecycle import stages
        >>> weeks = [[4, 9, 31, 68, 99, 95, 81, 50, 29, 16]]
        >>> stages(ProductPeriods.from_matrix(weeks)).alarms(probability=0.9)
        DeclineAlarms(1 of 1 product, p >= 0.9 for 1 period)
    """

    asked: int
    probability: float
    holding: int
    product: LabelArray = array()
    chance: FloatArray = array()
    in_decline: FloatArray = array()
    growth: FloatArray = array()

    def __len__(self) -> int:
        """How many products."""
        return len(self.product)

    def __repr__(self) -> str:
        """How many products of how many, and what it took."""
        return (
            f"DeclineAlarms({len(self):,} of {check.counted(self.asked, 'product')}, p >="
            f" {self.probability:g} for {check.counted(self.holding, 'period')})"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "product": self.product,
            "p_decline": self.chance,
            "weeks_in_decline": self.in_decline,
            "growth_rate": self.growth,
        }


def decline_alarms(
    periods: ProductPeriods,
    method: Method,
    figures: StageFigures,
    *,
    probability: float,
    holding: int,
) -> DeclineAlarms:
    """Keep the products whose decline is likely now, and was in each of the periods before."""
    least = check.number(probability, "probability")
    if not 0 <= least <= 1:
        raise InvalidArgumentError(f"probability must lie in 0 .. 1; got {probability!r}.")
    held = check.whole_number(holding, "periods", at_least=1)
    told = figures.flags & StageReason.TOLD_BY_AGE.value == 0
    rows = np.flatnonzero(told & (figures.chances[:, _DECLINE] >= least))
    for back in range(1, held):
        rows = rows[_declined(periods, rows, method, back) >= least]
    return DeclineAlarms(
        asked=len(periods),
        probability=least,
        holding=held,
        product=periods.products[rows],
        chance=figures.chances[rows, _DECLINE],
        in_decline=figures.in_stage[rows],
        growth=figures.growth[rows],
        frame_kind=periods.frame_kind,
    )


def _declined(periods: ProductPeriods, rows: IntArray, method: Method, back: int) -> FloatArray:
    """Return how likely decline was some periods ago."""
    now = looks_at(periods, rows)
    then = looks_at(periods, rows, now.first + now.age - 1 - back)
    return tell(then, method, 0.0).chances[:, _DECLINE]
