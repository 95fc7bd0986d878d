"""The worked case of the rule of Polli and Cook, and what it takes to be the annual one."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from crmkit._kernels import stage_rules as rules
from crmkit.data import ProductPeriods
from crmkit.lifecycle import PolliCook, stages
from shared_data import shared_file

STAGES = ("introduction", "growth", "maturity", "decline")


@pytest.fixture(scope="module")
def worked() -> dict[str, Any]:
    cases = json.loads(shared_file("cases", "plc.json").read_text(encoding="utf-8"))
    return cases["polli_cook_worked"]


def test_changes_and_their_spread_are_those_of_the_case(worked):
    changes = rules.relative_changes(np.array([worked["sales"]]), 1)

    np.testing.assert_allclose(changes[0], worked["pct_change"], atol=1e-8)
    assert rules.spread(changes, about_zero=True)[1] == pytest.approx([worked["sigma_about_zero"]])
    assert rules.spread(changes, about_zero=False)[1] == pytest.approx([worked["sigma_sample"]])


@pytest.mark.parametrize(
    ("about_zero", "key"),
    [(True, "labels_sigma0"), (False, "labels_sample_sd_about_mean")],
)
def test_every_year_is_labelled_as_in_the_case(worked, about_zero, key):
    found = rules.annual(np.array([worked["sales"]]), about_zero=about_zero)[0, 1:]

    assert [STAGES[code] for code in found] == worked[key]


@pytest.mark.parametrize("sigma", ["about_zero", "about_mean"])
def test_the_last_year_is_the_answer(worked, sigma):
    years = ProductPeriods.from_matrix([worked["sales"]], every="year")
    found = stages(years, method=PolliCook(form="annual", sigma=sigma))

    assert found.labels().decode().tolist() == ["decline"]
