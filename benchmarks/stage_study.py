"""Cases of simulated lives, and what is told of their stages: each is asked once and kept."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

import attrs
import numpy as np

import stage_scores as score
from crmkit.datasets import LifeSettings, LifeShapes, ProductLives, product_buyers, product_lives
from crmkit.typing import FloatArray, IntArray, LifeFamily, ScenarioName
from stage_telling import METHOD, Method, Told, View, show, tell

FAMILIES: tuple[LifeFamily, ...] = ("regimes", "trapezoids", "bass")
LEARNERS = 40_000
_BATCH = 5_000
_OTHERS = 10_000


class Case(NamedTuple):
    """A kind of lives, and the week they are looked at.

    Attributes:
        family: which curves.
        scenario: volume and noise.
        shapes: disturbances.
        settings: durations and horizon.
        bought: units of each life by itself, or purchases or triers of customers who are
            simulated one by one.
        from_onset: weeks from the first week of decline to look at them; as drawn if None.
    """

    family: LifeFamily
    scenario: ScenarioName = "B"
    shapes: LifeShapes = LifeShapes()
    settings: LifeSettings = LifeSettings()
    bought: Literal["units", "purchases", "triers"] = "units"
    from_onset: int | None = None

    def draw(self, seed: int, products: int) -> ProductLives:
        """Draw lives; the same seed gives the same lives, whatever else is drawn."""
        rng = np.random.default_rng((seed, FAMILIES.index(self.family), ord(self.scenario)))
        lives = product_lives(
            rng,
            products=products,
            family=self.family,
            scenario=self.scenario,
            shapes=self.shapes,
            settings=self.settings,
        )
        if self.bought != "units":
            buyers = product_buyers(rng, lives)
            again = buyers.again() if self.bought == "purchases" else 0
            lives = attrs.evolve(lives, sold=buyers.first() + again)
        if self.from_onset is None:
            return lives
        age = lives.decline_starts + self.from_onset
        return lives.seen_at(np.clip(age, self.settings.youngest, lives.horizon))


class Question(NamedTuple):
    """What is asked of a case."""

    case: Case
    view: View = View()
    method: Method = METHOD


class Study:
    """Draws each case with several seeds, and asks each question once."""

    def __init__(self, *, seeds: int, products: int) -> None:
        """Say how much to simulate."""
        self.seeds, self.products = seeds, products
        self._told: dict[Question, Told] = {}
        # Whole lives are large: few are kept. What was told of them is small.
        self.lives = lru_cache(16)(self._lives)
        self.truth = lru_cache(None)(self._truth)
        self.age_only = lru_cache(None)(self._age_only)

    def told(self, question: Question) -> Told:
        """Return what was told, asking if need be."""
        self.ask([question])
        return self._told[question]

    def ask(self, questions: Sequence[Question]) -> None:
        """Ask those that are new, all of a kind at once."""
        kinds: dict[object, list[Question]] = {}
        for question in questions:
            if question not in self._told:
                kinds.setdefault(_kind(question), []).append(question)
        for alike in kinds.values():
            parts = [
                show(lives, question.view)
                for question in alike
                for lives in self.lives(question.case)
            ]
            told = iter(tell(parts, alike[0].case.family, alike[0].method))
            for question in alike:
                self._told[question] = Told(
                    *map(np.concatenate, zip(*(next(told) for _ in range(self.seeds)), strict=True))
                )

    def _lives(self, case: Case) -> tuple[ProductLives, ...]:
        return tuple(case.draw(seed, self.products) for seed in range(self.seeds))

    def _truth(self, case: Case, name: str = "stage_now") -> IntArray:
        return np.concatenate([getattr(lives, name) for lives in self.lives(case)])

    def _age_only(self, family: LifeFamily) -> score.AgeOnly:
        """Learn from other lives what the age alone says."""
        others = [Case(family).draw(_OTHERS + k, _BATCH) for k in range(LEARNERS // _BATCH)]
        age = np.concatenate([lives.age for lives in others])
        stage = np.concatenate([lives.stage_now for lives in others])
        return score.AgeOnly.learn(age, stage, others[0].horizon)

    def guessed_by_age(self, case: Case) -> FloatArray:
        """Return the shares of the stages at the age of each product."""
        return self.age_only(case.family).chances(self.truth(case, "age"))


def _kind(question: Question) -> object:
    """Say which questions can be put together: of the same curves, and as wide."""
    case, view, method = question
    if method != METHOD:
        return question  # a rule may pool all products it is asked about
    return case.family == "bass", case.settings.horizon, view.weeks, view.launch_at_start
