"""From till lines to stages and the customers concerned."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from crmkit.data import ProductPeriods
from crmkit.datasets import product_lives, shop
from crmkit.lifecycle import TemplateBank, stages

SMALL = TemplateBank(size=500, pool=10_000)


@pytest.fixture(scope="module")
def told():
    tx, truth = shop(np.random.default_rng(7), customers=600)
    periods = ProductPeriods.from_transactions(tx, every="week")
    return stages(periods, method=SMALL), tx, truth


def test_every_product_of_the_till_has_a_stage(told):
    found, tx, _ = told

    assert len(found) <= tx.product.n_used
    np.testing.assert_allclose(found.chances.sum(axis=1), 1)
    assert len(found.to_frame()) == len(found)


def test_labels_become_an_attribute_of_the_lines(told):
    found, tx, _ = told
    labelled = tx.with_labels("stage", found.labels())

    assert "stage" in labelled.attributes


def test_customers_of_an_action_bought_the_product(told):
    found, tx, _ = told
    actions = found.actions(tx=tx)
    frame = actions.to_frame()
    asked = frame[frame["audience"].isin(["buyers", "repeaters", "triers"])].head(5)

    assert len(asked)
    for product, count in zip(asked["product"], asked["customers"], strict=True):
        ids = actions.customers(product)
        mine = tx.product.labels[tx.product.codes] == product
        known = mine & (tx.customer.codes >= 0)
        assert len(ids) == count
        assert set(ids) <= set(tx.customer.labels[tx.customer.codes[known]])


def test_a_launch_before_the_data_gives_the_age_though_not_the_sales():
    lives = product_lives(np.random.default_rng(1), products=200)
    old = np.flatnonzero((lives.age >= 40) & (lives.age <= 150))
    periods = ProductPeriods.from_matrix(lives.counts(26)[old], age_known=False)
    known = attrs.evolve(periods, earlier=(lives.age[old] - 26).astype(np.int32))

    right = [
        (stages(p, method=SMALL).chances.argmax(axis=1) == lives.stage_now[old]).mean()
        for p in (periods, known)
    ]
    assert right[1] > 0.75
    assert right[1] >= right[0] - 0.03
    found = stages(known, method=SMALL)
    assert found.age.tolist() == lives.age[old].tolist()
    assert found.age_known.all()
