"""Shares over receipts in time: they close, and nothing posted changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError, InvalidDataError, OverReceiptWarning
from crmkit.money import cumulative_shares
from money_oracles import declining, running

MODES = ["half_up", "half_even", "down", "up"]
receipts = st.lists(st.integers(0, 50), min_size=1, max_size=8).filter(any)


@given(
    amount=st.integers(-(10**9), 10**9),
    came=receipts,
    mode=st.sampled_from(MODES),
    open_=st.integers(0, 30),
)
def test_both_methods_are_those_of_fractions(amount, came, mode, open_):
    total = sum(came) + open_
    how = {"total": total, "rounding": mode}
    assert cumulative_shares(amount, came, **how).tolist() == running(amount, came, total, mode)
    assert cumulative_shares(amount, came, method="declining_balance", **how).tolist() == declining(
        amount, came, total, mode
    )


@given(amount=st.integers(-(10**9), 10**9), came=receipts)
def test_the_last_receipt_closes_the_amount(amount, came):
    for method in ("running_total", "declining_balance"):
        assert cumulative_shares(amount, came, method=method).sum() == amount
    earlier = cumulative_shares(amount, came[:1], total=sum(came)) if came[0] else [0]
    assert cumulative_shares(amount, came)[0] == earlier[0]


def test_known_receipts():
    assert cumulative_shares(100, [1, 1, 1]).tolist() == [33, 34, 33]
    assert cumulative_shares(485, [1, 1, 1]).tolist() == [162, 161, 162]
    assert cumulative_shares(485, [1, 1, 1], method="declining_balance").tolist() == [162, 162, 161]
    assert cumulative_shares(100, [0.1, 0.1, 0.1], total=0.3).tolist() == [33, 34, 33]


def test_what_comes_beyond_the_order_carries_nothing():
    with pytest.warns(OverReceiptWarning, match="receipt 1 brings"):
        assert cumulative_shares(100, [15, 10, 3], total=20).tolist() == [75, 25, 0]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cumulative_shares(100, [1, -1]), "receipt 1 must be a number >= 0; got -1"),
        (lambda: cumulative_shares(100, [np.nan]), "receipt 0"),
        (lambda: cumulative_shares(100, [0, 0]), "sum to 0.*total="),
        (lambda: cumulative_shares(100, [1], total=-1), "total must be"),
        (lambda: cumulative_shares(100, [1e-9, 1e12]), "too many digits"),
        (lambda: cumulative_shares(2**62, [2**52, 1]), "too large to be exact"),
    ],
)
def test_refused_data(call, words):
    with pytest.raises(InvalidDataError, match=words):
        call()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: cumulative_shares(1.5, [1]), "whole minor units"),
        (lambda: cumulative_shares(1, [[1]]), "must be a list"),
        (lambda: cumulative_shares(1, [1], method="running"), "did you mean 'running_total'"),
    ],
)
def test_refused_arguments(call, words):
    with pytest.raises(InvalidArgumentError, match=words):
        call()
