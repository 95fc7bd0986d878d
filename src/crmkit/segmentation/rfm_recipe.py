"""The options of `rfm`, filled in, checked, and free of contradictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit.errors import InvalidArgumentError, WindowLengthWarning
from crmkit.segmentation.rfm_cuts import (
    DIMENSIONS,
    RfmCuts,
    RfmMeasures,
    independent_cuts,
    nested_cuts,
    thresholds_by_hand,
)
from crmkit.typing import FloatArray, Frequency, Monetary, RfmMethod

Thresholds = Mapping[Literal["recency", "frequency", "monetary"], Sequence[float]]
"""Ascending thresholds by dimension, e.g. {"frequency": (1, 2, 3, 5)}."""

_WINDOW_TOLERANCE = 0.05


@attrs.frozen(kw_only=True)
class Recipe:
    """How to score."""

    bins: int
    method: RfmMethod
    frequency: Frequency
    monetary: Monetary
    thresholds: Mapping[str, FloatArray] = {}
    cuts: RfmCuts | None = None

    @property
    def by_quantiles(self) -> tuple[str, ...]:
        """The dimensions whose cuts come from these customers."""
        if self.cuts is not None:
            return ()
        return tuple(name for name in DIMENSIONS if name not in self.thresholds)

    def cuts_for(self, measures: RfmMeasures, *, window_days: int) -> RfmCuts:
        """Return the cuts given, or make them of the customers' own quantiles."""
        if self.cuts is not None:
            _warn_of_other_window(self.cuts, window_days)
            return self.cuts
        definitions = {
            "frequency_by": self.frequency,
            "monetary_by": self.monetary,
            "window_days": window_days if self.by_quantiles else None,
        }
        if self.method == "nested":
            return nested_cuts(measures, self.bins, **definitions)
        return independent_cuts(measures, self.bins, self.thresholds, **definitions)


def recipe_of(
    cuts: RfmCuts | Thresholds | None,
    *,
    bins: int | None,
    method: RfmMethod | None,
    frequency: Frequency | None,
    monetary: Monetary | None,
) -> Recipe:
    """Fill in the options of `rfm`; cuts of an earlier answer bring theirs with them."""
    if isinstance(cuts, RfmCuts):
        asked = {"bins": bins, "method": method, "frequency": frequency, "monetary": monetary}
        return _recipe_of_cuts(cuts, asked)
    thresholds = _thresholds(cuts or {})
    by_hand = [len(vector) + 1 for vector in thresholds.values()]
    recipe = Recipe(
        bins=bins if bins is not None else max(by_hand, default=5),
        method=method or "independent",
        frequency=frequency or "baskets",
        monetary=monetary or "total",
        thresholds=thresholds,
    )
    _check_recipe(recipe)
    return recipe


def _recipe_of_cuts(cuts: RfmCuts, asked: Mapping[str, object]) -> Recipe:
    if any(np.isnan(getattr(cuts, name)).any() for name in DIMENSIONS):
        raise InvalidArgumentError("these cuts were made of no customers; make new ones.")
    recipe = Recipe(
        bins=cuts.bins,
        method=cuts.method,
        frequency=cuts.frequency_by,
        monetary=cuts.monetary_by,
        cuts=cuts,
    )
    _refuse_contradictions(recipe, asked)
    return recipe


def _thresholds(given: Thresholds) -> dict[str, FloatArray]:
    if not isinstance(given, Mapping):
        raise InvalidArgumentError(
            "cuts must be the cuts of an earlier answer, or a mapping such as"
            f" {{'frequency': (1, 2, 3, 5)}}; got {given!r}."
        )
    for name in given:
        if name not in DIMENSIONS:
            raise InvalidArgumentError(
                f"cuts may be given for {', '.join(DIMENSIONS)}; got {name!r}."
                + check.hint(name, DIMENSIONS)
            )
    return {name: thresholds_by_hand(name, cuts) for name, cuts in given.items()}


def _check_recipe(recipe: Recipe) -> None:
    bins = check.bins(recipe.bins)
    check.choice(recipe.method, RfmMethod, "method")
    check.choice(recipe.frequency, Frequency, "frequency")
    check.choice(recipe.monetary, Monetary, "monetary")
    for name, cuts in recipe.thresholds.items():
        if len(cuts) != bins - 1:
            raise InvalidArgumentError(
                f"{bins} bins need {bins - 1} {name} thresholds; got {len(cuts)}."
            )
    if recipe.thresholds and recipe.method == "nested":
        raise InvalidArgumentError("thresholds by hand go with method='independent' only.")


def _refuse_contradictions(recipe: Recipe, asked: Mapping[str, object]) -> None:
    own = {name: getattr(recipe, name) for name in asked}
    other = {n: v for n, v in asked.items() if v is not None and v != own[n]}
    if other:
        raise InvalidArgumentError(
            "cuts bring their own definitions: "
            + "; ".join(f"{name} is {own[name]!r}, not {value!r}" for name, value in other.items())
            + ". Leave these options out, or make new cuts."
        )


def _warn_of_other_window(cuts: RfmCuts, window_days: int) -> None:
    made_on = cuts.window_days
    if made_on is not None and abs(window_days - made_on) > _WINDOW_TOLERANCE * made_on:
        check.warn(
            f"the cuts were made on a window of {made_on:,} days and are used on one of"
            f" {window_days:,}; frequency and money grow with the window, so the scores shift."
            " Compare periods of equal length with tx.between(start, end).",
            WindowLengthWarning,
        )
