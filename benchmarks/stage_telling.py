"""Show lives to `stages` as a till would, and keep what it says as arrays."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple, Self

import numpy as np
import pandas as pd
from crmkit.lifecycle import stages

from crmkit.data import ProductPeriods
from crmkit.datasets import STAGES, ProductLives
from crmkit.typing import FloatArray

METHOD: Final = "template_bank"
BASELINES: Final = {"two windows": "two_window", "Polli-Cook": "polli_cook"}


class View(NamedTuple):
    """What of the lives is shown.

    Attributes:
        weeks: how many weeks up to now; all of them if None.
        masked: whether weeks without stock are marked as such.
        exposure: whether the true season and share of stores are told.
        launch_at_start: whether the first week shown is taken for the launch.
    """

    weeks: int | None = None
    masked: bool = True
    exposure: bool = False
    launch_at_start: bool = False


class Told(NamedTuple):
    """What was told, one row per product.

    Attributes:
        chances: shape (products, 4).
        low: earliest end of the stage, in weeks from now.
        middle: its median.
        high: latest end.
        demand: demand class.
    """

    chances: FloatArray
    low: FloatArray
    middle: FloatArray
    high: FloatArray
    demand: np.ndarray[Any, Any]

    @classmethod
    def joined(cls, parts: Iterable[Self]) -> Self:
        """Put the answers to several worlds together."""
        return cls(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def tell(lives: ProductLives, *, method: str = METHOD, view: View = View()) -> Told:  # noqa: B008
    """Ask where each product stands."""
    definition = "bass_inflection" if lives.family == "bass" else "growth_regime"
    answer = stages(_periods(lives, view), definition=definition, method=method)
    frame = pd.DataFrame(answer.to_frame())
    return Told(
        chances=frame[[f"p_{stage}" for stage in STAGES]].to_numpy(),
        low=frame["next_low"].to_numpy(dtype=np.float64),
        middle=frame["next_median"].to_numpy(dtype=np.float64),
        high=frame["next_high"].to_numpy(dtype=np.float64),
        demand=frame["demand_class"].to_numpy(dtype=str),
    )


def _periods(lives: ProductLives, view: View) -> ProductPeriods:
    raise NotImplementedError
