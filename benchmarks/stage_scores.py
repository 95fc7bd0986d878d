"""How well stages are told: shares right, calibration, coverage of intervals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crmkit.typing import BoolArray, FloatArray, IntArray

BINS = 10


def right(chances: FloatArray, truth: IntArray) -> BoolArray:
    """Say where the likeliest stage is the true one."""
    return np.asarray(chances.argmax(axis=1) == truth, dtype=np.bool_)


def accuracy(chances: FloatArray, truth: IntArray) -> float:
    """Return the share of products whose likeliest stage is the true one."""
    return float(right(chances, truth).mean())


def adjacent(chances: FloatArray, truth: IntArray) -> float:
    """Return the share of products whose likeliest stage is the true one or beside it."""
    return float((np.abs(chances.argmax(axis=1) - truth) <= 1).mean())


class Bin(NamedTuple):
    """Products of about the same certainty: how many, how certain, how often right."""

    products: int
    certain: float
    right: float


def reliability(chances: FloatArray, truth: IntArray) -> list[Bin]:
    """Group products by their largest probability into ten equal bins; empty ones are left out."""
    largest = chances.max(axis=1)
    place = np.minimum((largest * BINS).astype(np.int64), BINS - 1)
    hit = right(chances, truth)
    inside = [place == k for k in range(BINS)]
    return [
        Bin(int(some.sum()), float(largest[some].mean()), float(hit[some].mean()))
        for some in inside
        if some.any()
    ]


def calibration_error(chances: FloatArray, truth: IntArray) -> float:
    """Return the mean distance of certainty and share right over the bins (ECE)."""
    bins = reliability(chances, truth)
    return sum(b.products * abs(b.certain - b.right) for b in bins) / len(truth)


def right_of_most_certain(chances: FloatArray, truth: IntArray, share: float) -> float:
    """Return the accuracy of the most certain *share* of products, ties cut by order."""
    first = np.argsort(-chances.max(axis=1), kind="stable")[: round(share * len(truth))]
    return accuracy(chances[first], truth[first])


class AgeOnly(NamedTuple):
    """What one guesses who knows nothing but the age: the commonest stage among others of it."""

    by_age: FloatArray

    @classmethod
    def learn(cls, age: IntArray, stage: IntArray, horizon: int) -> AgeOnly:
        """Count stages by age, with the weeks beside it."""
        counts = np.zeros((horizon + 1, 4))
        np.add.at(counts, (age, stage), 1)
        # The youngest age is another world: a fifth of all are looked at in that very week.
        kernel, youngest = np.ones(5), int(age.min())
        spread = np.stack([np.convolve(c, kernel, mode="same") for c in counts.T], axis=1) + 1e-9
        spread[youngest] = counts[youngest]
        return cls(spread / spread.sum(axis=1, keepdims=True))

    def chances(self, age: IntArray) -> FloatArray:
        """Return the shares of the stages at each age."""
        return self.by_age[age]


def majority(truth: IntArray) -> float:
    """Return the share of the commonest stage."""
    return float(np.bincount(truth, minlength=4).max() / len(truth))
