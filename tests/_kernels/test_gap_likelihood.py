"""The closed forms of gamma gaps with gamma rates, against integration over the rate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betaincinv, gammaincc, gammaln

from crmkit._kernels.gap_likelihood import (
    Histories,
    Parameters,
    active,
    log_likelihood,
    log_survival,
    mean_gap,
    next_gap,
    scores,
)

GAPS = st.lists(st.floats(0.5, 60), max_size=5)
PARAMETERS = st.tuples(
    st.floats(0.5, 5),
    st.floats(0.8, 6),
    st.floats(5, 80),
    st.sampled_from([0.0, 0.1, 0.6]),
    st.sampled_from([1.5, 8.0, np.inf]),
)
At = tuple[float, float, float, float, float]


def past_of(gaps: list[float], open_gap: float) -> Histories:
    return Histories(*(np.array([v]) for v in (len(gaps), sum(gaps), np.log(gaps).sum(), open_gap)))


def at_of(*values: float) -> Parameters:
    return Parameters(*(np.array([value]) for value in values))


def chances(n: int, dropout: float, weight: float) -> tuple[float, float]:
    """Return the chances to go on n times and then stop, and to go on once more."""
    if dropout == 0 or weight == np.inf:
        return (1 - dropout) ** n * dropout, (1 - dropout) ** (n + 1)

    def mean(of: Callable[[float], float]) -> float:
        a, b = weight * dropout, weight * (1 - dropout)
        return float(quad(lambda u: of(betaincinv(a, b, u)), 0, 1, limit=200, epsabs=1e-11)[0])

    return mean(lambda p: (1 - p) ** n * p), mean(lambda p: (1 - p) ** (n + 1))


def integrated(gaps: list[float], open_gap: float, at: At) -> tuple[float, float]:
    """Return the likelihood, and that part of it in which the customer has not stopped."""
    k, r, alpha, *stopping = at
    stops, goes_on = chances(len(gaps), *stopping)

    def density(log_rate: float, *, alive: bool) -> float:
        rate = np.exp(log_rate)
        log = r * np.log(alpha) - gammaln(r) + r * log_rate - alpha * rate
        for gap in gaps:
            log += k * log_rate - gammaln(k) + (k - 1) * np.log(gap) - rate * gap
        stays = goes_on * gammaincc(k, rate * open_gap)
        return float(np.exp(log) * (stays if alive else stops + stays))

    # Around the mode, wide enough for any tail and narrow enough to be seen.
    shape = r + k * len(gaps)
    centre = np.log(shape / (alpha + sum(gaps) + open_gap / 2))
    ends = (centre - 40 / np.sqrt(shape) - 5, centre + 8)
    whole, alive = (
        quad(lambda x, a=a: density(x, alive=a), *ends, limit=400, epsabs=0, points=[centre])[0]
        for a in (False, True)
    )
    return whole, alive


@given(GAPS, st.floats(0, 80), PARAMETERS)
def test_the_likelihood_is_the_integral_over_the_rate(
    gaps: list[float], open_gap: float, at: At
) -> None:
    whole, alive = integrated(gaps, open_gap, at)

    assert log_likelihood(past_of(gaps, open_gap), at_of(*at))[0] == pytest.approx(
        np.log(whole), rel=1e-6, abs=1e-6
    )
    assert active(past_of(gaps, open_gap), at_of(*at))[0] == pytest.approx(alive / whole, rel=1e-5)


@given(GAPS, st.floats(0.1, 80), PARAMETERS)
def test_scores_are_the_derivatives(gaps: list[float], open_gap: float, at: At) -> None:
    past = past_of(gaps, open_gap)
    given_at = np.array([*at[:3], max(at[3], 0.05), at[4]])
    found = scores(past, at_of(*given_at))

    assert found.log_likelihood[0] == pytest.approx(
        log_likelihood(past, at_of(*given_at))[0], rel=1e-4, abs=1e-4
    )
    assert found.by[0, 4] == 0 or at[4] < np.inf
    for place, h in enumerate(1e-4 * given_at[: 5 if at[4] < np.inf else 4]):
        ahead, behind = given_at.copy(), given_at.copy()
        ahead[place] += h
        behind[place] -= h
        rise = log_likelihood(past, at_of(*ahead)) - log_likelihood(past, at_of(*behind))
        assert found.by[0, place] == pytest.approx(rise[0] / (2 * h), rel=2e-3, abs=2e-3)


@given(GAPS, st.floats(0, 80), PARAMETERS, st.sampled_from([0.1, 0.5, 0.9]))
def test_a_quantile_of_the_next_gap_leaves_its_share_of_those_who_waited_as_long(
    gaps: list[float], open_gap: float, at: At, quantile: float
) -> None:
    past, given_at = past_of(gaps, open_gap), at_of(*at)

    gap = next_gap(past, given_at, quantile)

    waited = log_survival(past, given_at, past.open)
    assert gap[0] >= open_gap
    left = np.exp(log_survival(past, given_at, gap) - waited)
    assert left[0] == pytest.approx(1 - quantile, rel=1e-5)


def test_a_mean_that_does_not_exist_is_infinite() -> None:
    at = at_of(2.0, 0.8, 30.0, 0.0, np.inf)

    assert mean_gap(past_of([], 0.0), at)[0] == np.inf
    assert mean_gap(past_of([10.0], 0.0), at)[0] == pytest.approx(2 * 40 / 1.8)


def test_without_dropout_everybody_is_active_however_long_ago_they_bought() -> None:
    assert active(past_of([1.0] * 5, 1e9), at_of(5.0, 6.0, 5.0, 0.0, np.inf))[0] == 1.0


def test_unknown_parameters_leave_everything_unknown() -> None:
    nothing = at_of(*[np.nan] * 5)

    assert np.isnan(active(past_of([3.0], 2.0), nothing)[0])
    assert np.isnan(next_gap(past_of([3.0], 2.0), nothing, 0.5)[0])
