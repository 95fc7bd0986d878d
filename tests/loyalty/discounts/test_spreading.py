"""Amounts spread over lines that take no more than they have room for."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.loyalty.discounts.chosen import Chosen
from crmkit.loyalty.discounts.spreading import spread_within
from discount_oracle import spread

methods = st.sampled_from(["largest_remainder", "largest_weight", "first", "last"])
tight_lines = st.lists(
    st.integers(1, 60).flatmap(lambda money: st.tuples(st.just(money), st.integers(0, money))),
    min_size=1,
    max_size=7,
)
pools = st.lists(st.tuples(st.integers(0, 150), tight_lines), min_size=1, max_size=4)


def chosen_of(money, sizes):
    basket = np.repeat(np.arange(len(sizes)), sizes)
    money = np.array(money, dtype=np.int64)
    every = np.arange(len(money))
    return Chosen(line=every, basket=basket, money=money, units=np.zeros_like(every))


@settings(max_examples=300, deadline=None)
@given(pools, methods)
def test_spreading_agrees_with_iterated_redistribution(pools, method):
    lines = [line for _, one in pools for line in one]
    money, rooms = (np.array(column) for column in zip(*lines, strict=True))
    chosen = chosen_of(money, [len(one) for _, one in pools])
    amounts = np.array([amount for amount, _ in pools])

    shares = spread_within(amounts, chosen, rooms, method)

    expected = []
    for amount, one in pools:
        weights, room = dict(enumerate(m for m, _ in one)), dict(enumerate(r for _, r in one))
        expected += spread(amount, weights, room, method).values()
    assert shares.tolist() == expected
    assert (shares <= rooms).all()
    assert (chosen.sums(shares) == np.minimum(amounts, chosen.sums(rooms))).all()


def test_what_the_last_line_has_no_room_for_goes_to_the_one_before():
    chosen = chosen_of([10, 10, 10], [3])

    shares = spread_within(np.array([20]), chosen, np.array([10, 10, 6]), "last")

    assert shares.tolist() == [7, 7, 6]
    shares = spread_within(np.array([20]), chosen, np.array([10, 10, 7]), "last")
    assert shares.tolist() == [6, 7, 7]


def test_nothing_to_spread_and_nobody_to_take_it():
    nobody = chosen_of([], [])
    someone = chosen_of([5, 5], [2])

    assert spread_within(np.zeros(0, dtype=np.int64), nobody, nobody.money, "last").tolist() == []
    assert spread_within(np.array([0]), someone, someone.money, "last").tolist() == [0, 0]
    assert spread_within(np.array([9]), someone, np.array([0, 0]), "first").tolist() == [0, 0]
