"""Sharing a programme: to the cent, nobody worse off, Shapley values by all orders of arrival."""

from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money import from_minor
from crmkit.profitability import supplier_programme

cents = st.integers(0, 2000)
RULES = ["proportional", "equal_surplus", "shapley"]


def asked(cost, own, theirs, rule):
    """Ask in cents; the names are positions."""
    assume(own + sum(theirs) > cost)
    values = {str(k): from_minor(value) for k, value in enumerate(theirs)}
    return supplier_programme(from_minor(cost), from_minor(own), values, rule=rule)


@given(cents, cents, st.lists(cents, min_size=1, max_size=6), st.sampled_from(RULES))
def test_fees_cover_the_cost_and_leave_nobody_worse_off(cost, own, theirs, rule):
    found = asked(cost, own, theirs, rule)
    assert found.fee.dtype == np.int64
    assert found.fee.sum() == found.cost == cost
    assert found.net.sum() == own + sum(theirs) - cost
    assert (found.net >= 0).all()
    assert (found.fee[1:] >= 0).all()


def arrivals(cost, own, theirs):
    """What each adds, over all orders in which the parties may come; the retailer is 0."""
    values = [own, *theirs]

    def worth(group):
        return max(sum(values[k] for k in group) - cost, 0) if 0 in group else 0

    orders = list(permutations(range(len(values))))
    added = [0] * len(values)
    for order in orders:
        for place, party in enumerate(order):
            added[party] += worth(order[: place + 1]) - worth(order[:place])
    return [Fraction(total, len(orders)) for total in added]


@given(cents, cents, st.lists(cents, min_size=1, max_size=4))
def test_shapley_is_the_mean_over_all_orders(cost, own, theirs):
    exact = arrivals(cost, own, theirs)
    found = asked(cost, own, theirs, "shapley")
    assert all(abs(net - share) < 1 for net, share in zip(found.net.tolist(), exact, strict=True))


@given(cents, cents, st.lists(cents, min_size=1, max_size=6))
def test_equal_surplus_is_equal_for_all_who_pay(cost, own, theirs):
    found = asked(cost, own, theirs, "equal_surplus")
    paying = np.append(True, found.fee[1:] > 0)
    nets = found.net[paying]
    assert np.ptp(nets) <= 1
    # Those who pay nothing would have to be paid for as much.
    assert (found.net[~paying] <= nets.max()).all()


@given(cents, cents, st.lists(cents, min_size=1, max_size=6))
def test_proportional_fees_are_within_a_cent(cost, own, theirs):
    found = asked(cost, own, theirs, "proportional")
    total = own + sum(theirs)
    for fee, value in zip(found.fee.tolist(), [own, *theirs], strict=True):
        assert abs(fee - Fraction(cost * value, total)) < 1


def test_worked_rules():
    values = {"Acme": 300, "Brix": 100}
    fees = {rule: supplier_programme(600, 700, values, rule=rule).fee.tolist() for rule in RULES}
    # 600 of 1100 each; equal nets of 500/3 cost Brix -66.67, so the others share 400; halves.
    assert fees == {
        "proportional": [38182, 16364, 5454],
        "equal_surplus": [50000, 10000, 0],
        "shapley": [40000, 15000, 5000],
    }


def test_a_retailer_who_would_not_run_it_alone_shares_by_coalitions():
    # Both suppliers are needed: 100 - 90 = 10 is shared by three.
    found = supplier_programme("0.90", "0.40", {"a": "0.30", "b": "0.30"}, rule="shapley")
    assert found.net.tolist() == [4, 3, 3]


def test_short_words_and_frame():
    found = supplier_programme(600, 500, {"Acme": 300, "Brix": 100}, rule="shapley", digits=0)
    assert repr(found).startswith("SupplierProgramme(2 suppliers pay ")
    assert repr(found).endswith(" of 600, shapley)")
    frame = found.to_frame()
    assert frame["party"].tolist() == ["retailer", "Acme", "Brix"]
    assert (frame["value"] - frame["fee"]).tolist() == frame["net"].tolist()


def test_all_odd_amounts_are_told_in_one_error():
    with pytest.raises(InvalidDataError) as refused:
        supplier_programme(-5, "1.234", {"Acme": None, "Brix": -1})
    told = str(refused.value).splitlines()
    assert told[0] == "cost must not be negative; got -5."
    assert told[1].startswith("retailer_value: ")
    assert "finer than 2 digits" in told[1]
    assert told[2].startswith("supplier_values['Acme']: ")
    assert told[3] == "supplier_values['Brix'] must not be negative; got -1."


def test_odd_questions_are_refused():
    with pytest.raises(InvalidDataError, match="costs 6.00 and is worth 6.00 to all together"):
        supplier_programme(6, 5, {"Acme": 1})
    with pytest.raises(InvalidArgumentError, match="did you mean 'shapley'"):
        supplier_programme(6, 5, {"Acme": 2}, rule="shaply")
    with pytest.raises(InvalidArgumentError, match="supplier_values must be Mapping"):
        supplier_programme(6, 5, [2])
    with pytest.raises(InvalidDataError, match="do not fit 64 bits"):
        supplier_programme(6, 4 * 10**16, {"Acme": 4 * 10**16})
    many = dict.fromkeys(range(17), 1)
    with pytest.raises(InvalidArgumentError, match="at most 16; got 17"):
        supplier_programme(6, 5, many, rule="shapley")
    assert len(supplier_programme(5, 5, many, rule="shapley")) == 18
