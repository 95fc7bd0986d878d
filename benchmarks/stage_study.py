"""Cases of simulated lives, and what is told of their stages: each is asked once and kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

import stage_scores as score
from crmkit.datasets import LifeSettings, LifeShapes, ProductLives, product_lives
from crmkit.typing import FloatArray, IntArray, LifeFamily, ScenarioName
from stage_telling import METHOD, Told, View, tell

FAMILIES: tuple[LifeFamily, ...] = ("regimes", "trapezoids", "bass")
LEARNERS = 40_000
_BATCH = 5_000


class Case(NamedTuple):
    """A kind of lives."""

    family: LifeFamily
    scenario: ScenarioName = "B"
    shapes: LifeShapes = LifeShapes()
    settings: LifeSettings = LifeSettings()

    def draw(self, seed: int, products: int) -> ProductLives:
        """Draw lives; the same seed gives the same lives, whatever else is drawn."""
        rng = np.random.default_rng((seed, FAMILIES.index(self.family), ord(self.scenario)))
        return product_lives(
            rng,
            products=products,
            family=self.family,
            scenario=self.scenario,
            shapes=self.shapes,
            settings=self.settings,
        )


class Study:
    """Draws each case with several seeds, and asks each question once."""

    def __init__(self, *, seeds: int, products: int) -> None:
        """Say how much to simulate."""
        self.seeds, self.products = seeds, products
        # Whole lives are large: few are kept. What was told of them is small.
        self.lives = lru_cache(8)(self._lives)
        self.told = lru_cache(None)(self._told)
        self.truth = lru_cache(None)(self._truth)
        self.age_only = lru_cache(None)(self._age_only)

    def _lives(self, case: Case) -> tuple[ProductLives, ...]:
        return tuple(case.draw(seed, self.products) for seed in range(self.seeds))

    def _told(self, case: Case, method: str = METHOD, view: View = View()) -> Told:  # noqa: B008
        return Told.joined([tell(lives, method=method, view=view) for lives in self.lives(case)])

    def _truth(self, case: Case, name: str = "stage_now") -> IntArray:
        return np.concatenate([getattr(lives, name) for lives in self.lives(case)])

    def moved(
        self, case: Case, ages: Callable[[ProductLives], IntArray]
    ) -> tuple[Told, tuple[ProductLives, ...]]:
        """Ask about the same lives at other ages."""
        moved = tuple(lives.seen_at(ages(lives)) for lives in self.lives(case))
        return Told.joined([tell(lives) for lives in moved]), moved

    def _age_only(self, family: LifeFamily) -> score.AgeOnly:
        """Learn from other lives what the age alone says."""
        batches = [Case(family).draw(10_000 + k, _BATCH) for k in range(LEARNERS // _BATCH)]
        age = np.concatenate([lives.age for lives in batches])
        stage = np.concatenate([lives.stage_now for lives in batches])
        return score.AgeOnly.learn(age, stage, batches[0].horizon)

    def guessed_by_age(self, case: Case) -> FloatArray:
        """Return the shares of the stages at the age of each product."""
        return self.age_only(case.family).chances(self.truth(case, "age"))
