"""Many small likelihoods climbed at once."""

from __future__ import annotations

import numpy as np

from crmkit._kernels.batch_ascent import Prior, Rows, climb

WIDE = (np.array([-50.0, -50.0]), np.array([50.0, 50.0]))
FLAT = np.zeros(2)


def normal(values: np.ndarray):
    """Heights and scores of a normal with mean and log of the standard deviation."""

    def evaluate(at: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        away = (values[rows] - at[:, 0]) / np.exp(at[:, 1])
        height = -at[:, 1] - away**2 / 2
        return height, np.stack([away / np.exp(at[:, 1]), away**2 - 1], axis=1)

    return evaluate


def drawn(groups: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    group = np.sort(rng.integers(0, groups, 60 * groups))
    return group, rng.normal(group / 10 - 2, 0.5 + group / 20)


def test_every_group_ends_at_its_own_maximum() -> None:
    group, values = drawn()
    rows = Rows(group, np.ones(len(group)))

    found = climb(normal(values), rows, Prior(np.zeros((40, 2)), FLAT), WIDE)

    parts = [values[group == g] for g in range(40)]
    assert found.converged.all()
    np.testing.assert_allclose(found.parameters[:, 0], [p.mean() for p in parts], atol=2e-3)
    np.testing.assert_allclose(np.exp(found.parameters[:, 1]), [p.std() for p in parts], rtol=2e-3)


def test_a_weight_of_two_is_two_rows() -> None:
    group, values = drawn(3)
    prior = Prior(np.zeros((3, 2)), FLAT)

    twice = climb(normal(values), Rows(group, np.full(len(group), 2.0)), prior, WIDE)
    both = Rows(np.repeat(group, 2), np.ones(2 * len(group)))
    doubled = climb(normal(np.repeat(values, 2)), both, prior, WIDE)

    np.testing.assert_allclose(twice.parameters, doubled.parameters, atol=1e-4)
    np.testing.assert_allclose(twice.height, doubled.height)


def test_a_firm_prior_keeps_a_group_where_it_is() -> None:
    group, values = drawn(3)
    centre = np.zeros((3, 2))

    firm = Prior(centre, np.array([1e9, 0.0]))
    found = climb(normal(values), Rows(group, np.ones(len(group))), firm, WIDE)

    np.testing.assert_allclose(found.parameters[:, 0], 0, atol=1e-4)


def test_a_maximum_beyond_the_bounds_is_looked_for_on_them() -> None:
    group, values = drawn(3)
    bounds = (np.array([-1.0, -9.0]), np.array([1.0, 9.0]))

    prior = Prior(np.zeros((3, 2)), FLAT)
    found = climb(normal(values), Rows(group, np.ones(len(group))), prior, bounds)

    assert found.converged.all()
    assert found.parameters[:, 0].tolist() == [-1.0, -1.0, -1.0]


def test_what_has_no_maximum_is_given_up_and_said() -> None:
    def endless(at: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return at[:, 0].copy(), np.tile([1.0, 0.0], (len(rows), 1))

    far = (np.array([-1e9, -1.0]), np.array([1e9, 1.0]))
    found = climb(endless, Rows(np.array([0]), np.ones(1)), Prior(np.zeros((1, 2)), FLAT), far)

    assert not found.converged[0]
    assert found.steps[0] == 100


def test_no_groups_are_no_work() -> None:
    nothing = Rows(np.zeros(0, dtype=np.int64), np.zeros(0))

    found = climb(normal(np.zeros(0)), nothing, Prior(np.zeros((0, 2)), FLAT), WIDE)

    assert len(found.converged) == 0
