"""Costs of offers against plain arithmetic, ranks, and what is done about the unknown."""

from __future__ import annotations

import math

import attrs
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability import (
    CostRates,
    DeliveryHistory,
    Demand,
    StockPolicy,
    SupplierOffers,
    supplier_cost,
)
from shared_data import scms_shipments

HISTORY = DeliveryHistory(
    supplier=["acme", "bolt", "cord"],
    deliveries=[40, 60, 3],
    late=[12, 2, 0],
    days_late=[9, 2, None],
    lead_time=[45, 9, 20],
    lead_time_sd=[10, 2, 4],
)
DEMAND = Demand(per_year=7300, sd=18, period_days=9)
RATES = CostRates(
    order_cost=80,
    capital_rate=0.08,
    storage_rate=0.12,
    late_per_day=100,
    handling_per_defect=3,
    salvage=1,
)
POLICY = StockPolicy(service_level=0.95)


def offers(**changes):
    columns = {
        "supplier": ["acme", "bolt", "cord"],
        "price": [9.5, 9.9, 9.7],
        "landed": [0.8, 0.1, 0.3],
        "deliveries": HISTORY,
        "defective": [20, 5, 0],
        "inspected": [1000, 1000, 50],
        "payment_days": [0, 60, 30],
        "discount": [0, 0, 0.02],
        "discount_days": [0, 0, 10],
        "transit_days": [30, 0, 5],
    }
    return SupplierOffers(**(columns | changes))


def plain_cost(row, k=5):
    """Work one offer out by hand, formula by formula of the field note, section 9."""
    o, sums = offers(), {"late": 14, "n": 103, "days": 12 * 9 + 2 * 2, "bad": 25, "seen": 2050}
    price = float(o.price[row])
    unit = price + float(o.landed[row])
    h = 0.2 * unit
    q = math.sqrt(2 * 80 * 7300 / h)
    length, varies = float(HISTORY.lead_time[row]), float(HISTORY.lead_time_sd[row])
    reserve = ndtri(0.95) * math.sqrt(length * 36 + 400 * varies**2)
    n, late = int(HISTORY.deliveries[row]), int(HISTORY.late[row])
    own_days = late * float(HISTORY.days_late[row]) if late else 0
    days = (own_days + k * sums["days"] / sums["n"]) / (n + k)
    bad, seen = int(o.defective[row]), int(o.inspected[row])
    defects = (bad + k * sums["bad"] / sums["seen"]) / (seen + k)
    net = price * 1.08 ** (-float(o.payment_days[row]) / 365)
    if o.discount[row] > 0:
        early = price * (1 - o.discount[row]) * 1.08 ** (-float(o.discount_days[row]) / 365)
        net = min(net, early)
    return {
        "purchase": 7300 * price,
        "landed": 7300 * (unit - price),
        "ordering": 80 * 7300 / q,
        "cycle_stock": h * q / 2,
        "safety_stock": h * reserve,
        "pipeline": h * 7300 * float(o.transit_days[row]) / 365,
        "late": 7300 / q * days * 100,
        "defects": 7300 * defects * (unit + 3 - 1),
        "terms": 7300 * (net - price),
    }


def test_each_part_is_what_the_formulas_say():
    costs = supplier_cost(offers(), DEMAND, RATES, policy=POLICY)
    for row in range(3):
        expected = plain_cost(row)
        found = {name: float(part[row]) for name, part in costs.parts.compared.items()}
        assert found == pytest.approx(expected)
        assert costs.total[row] == pytest.approx(sum(expected.values()))
        assert costs.per_unit[row] == pytest.approx(sum(expected.values()) / 7300)
    assert costs.parts.left_out == ()
    assert costs.rank.tolist() == [3, 2, 1]
    assert costs.order().tolist() == [2, 1, 0]


def test_the_frame_lists_the_cheapest_first():
    frame = supplier_cost(offers(), DEMAND, RATES, policy=POLICY).to_frame()
    assert frame["supplier"].tolist() == ["cord", "bolt", "acme"]
    parts = [
        "purchase",
        "landed",
        "ordering",
        "cycle_stock",
        "safety_stock",
        "pipeline",
        "late",
        "defects",
        "terms",
    ]
    assert frame[parts].sum(axis=1).to_numpy() == pytest.approx(frame["total"].to_numpy())
    assert (frame["on_time_low"] <= frame["on_time"]).all()
    assert frame["lead_time_cv"].to_numpy() == pytest.approx([0.2, 2 / 9, 10 / 45])


def test_parts_that_nobody_spoke_of_are_left_out_and_named():
    bare = SupplierOffers(supplier=["acme", "bolt"], price=[9.5, 9.9])
    costs = supplier_cost(bare, DEMAND, CostRates(order_cost=80, capital_rate=0.2))
    assert costs.parts.left_out == (
        "landed",
        "safety_stock",
        "pipeline",
        "late",
        "defects",
        "terms",
    )
    assert costs.total == pytest.approx(
        [7300 * p + math.sqrt(2 * 80 * 7300 * 0.2 * p) for p in (9.5, 9.9)]
    )
    assert "without landed, safety_stock" in repr(costs)
    assert "late" not in costs.to_frame().columns


def test_risk_is_in_no_total():
    free_of_blame = attrs.evolve(RATES, late_per_day=None)
    worse = attrs.evolve(HISTORY, late=[40, 2, 0])
    policy = StockPolicy(quantity=500)
    one, other = (
        supplier_cost(offers(deliveries=h), DEMAND, free_of_blame, policy=policy)
        for h in (HISTORY, worse)
    )
    assert one.total.tolist() == other.total.tolist()
    assert one.risk.on_time[0] == 0.7
    assert other.risk.on_time[0] == 0


# --- ranks ---------------------------------------------------------------------------------------


@given(st.lists(st.sampled_from([8.0, 9.0, 9.5]), min_size=1, max_size=9), st.randoms())
def test_equal_offers_share_a_rank_wherever_they_stand(prices, random):
    rates = CostRates(order_cost=80, capital_rate=0.2)

    def ranks(listed):
        asked = SupplierOffers(supplier=np.arange(len(listed)), price=listed)
        return supplier_cost(asked, DEMAND, rates).rank.tolist()

    assert ranks(prices) == [1 + sum(other < p for other in prices) for p in prices]
    shuffled = random.sample(prices, len(prices))
    assert sorted(zip(shuffled, ranks(shuffled), strict=True)) == sorted(
        zip(prices, ranks(prices), strict=True)
    )


def test_numbers_as_ids_are_shown_plainly():
    asked = SupplierOffers(supplier=[7, 9], price=[9, 8])
    assert "cheapest 9 at" in repr(
        supplier_cost(asked, DEMAND, attrs.evolve(RATES, late_per_day=None))
    )
    with pytest.raises(InvalidDataError, match="first 9 in row 1"):
        SupplierOffers(supplier=[7, 9], price=[9, -8])


def test_an_offer_is_judged_by_the_history_of_its_supplier():
    twice = SupplierOffers(supplier=["bolt", "acme", "bolt"], price=[9, 9, 8], deliveries=HISTORY)
    risk = supplier_cost(twice, DEMAND, RATES).risk
    assert risk.late.tolist() == [2, 12, 2]
    assert risk.late_probability[0] == risk.late_probability[2]


# --- the unknown ---------------------------------------------------------------------------------


def with_stranger(**changes):
    return SupplierOffers(
        supplier=["acme", "new", "bolt"], price=[9.5, 5, 9.9], deliveries=HISTORY, **changes
    )


def test_an_offer_without_history_has_no_rank():
    costs = supplier_cost(with_stranger(), DEMAND, RATES, policy=POLICY)
    assert np.isnan(costs.total).tolist() == [False, True, False]
    assert costs.rank.tolist() == [1, -1, 2]
    assert costs.order().tolist() == [0, 2, 1]
    assert costs.risk.deliveries.tolist() == [40, 0, 60]
    assert "1 of unknown safety_stock, late" in repr(costs)
    for figure in (costs.risk.on_time, costs.risk.late_probability, costs.risk.lead_time_cv):
        assert np.isnan(figure).tolist() == [False, True, False]


def test_the_pool_may_stand_for_it():
    costs = supplier_cost(with_stranger(), DEMAND, RATES, policy=POLICY, unknown="pool")
    assert costs.rank.tolist() == [2, 1, 3]
    assert costs.risk.late_probability[1] == pytest.approx(14 / 103)
    assert costs.risk.days_late[1] == pytest.approx(112 / 14)
    pool = HISTORY.pool()
    reserve = ndtri(0.95) * math.sqrt(pool.lead_time[0] * 36 + 400 * pool.lead_time_sd[0] ** 2)
    assert costs.safety_units[1] == pytest.approx(reserve)
    # It has been relied on never; the table of risk goes on saying so.
    assert np.isnan(costs.risk.on_time[1])
    assert np.isnan(costs.risk.reliability()[1])


def test_lateness_that_costs_nothing_is_left_out_even_of_the_unknown():
    costs = supplier_cost(with_stranger(), DEMAND, attrs.evolve(RATES, late_per_day=None))
    assert costs.rank.tolist() == [2, 1, 3]


def test_unknown_quality_and_terms():
    asked = offers(defective=[20, 0, 0], inspected=[1000, 0, 50], payment_days=[0, 60, np.nan])
    found = supplier_cost(asked, DEMAND, RATES).parts
    assert np.isnan(found.defects).tolist() == [False, True, False]
    assert np.isnan(found.terms).tolist() == [False, False, True]
    pooled = supplier_cost(asked, DEMAND, RATES, unknown="pool").parts
    assert pooled.defects[1] == pytest.approx(7300 * 20 / 1050 * (10 + 3 - 1))


def test_rates_of_defects_are_taken_as_given():
    plain = {"defective": None, "inspected": None, "defect_rate": [0.02, np.nan, 0.04]}
    lost = [7300 * 0.02 * 12.3, math.nan, 7300 * 0.04 * 12.0]
    found = supplier_cost(offers(**plain), DEMAND, RATES).parts.defects
    assert found == pytest.approx(lost, nan_ok=True)
    pooled = supplier_cost(offers(**plain), DEMAND, RATES, unknown="pool").parts.defects
    assert pooled[1] == pytest.approx(7300 * 0.03 * 12.0)


# --- quantities and terms ------------------------------------------------------------------------


def test_the_policy_says_how_much_is_ordered():
    rates = CostRates(order_cost=80, capital_rate=0.2)

    def quantity(policy, **changes):
        return supplier_cost(offers(**changes), DEMAND, rates, policy=policy).quantity.tolist()

    assert quantity(StockPolicy(quantity=500)) == [500] * 3
    assert quantity(StockPolicy(review_days=14)) == pytest.approx([280] * 3)
    least = [1000, 0, 600]
    assert quantity(StockPolicy(quantity=500), minimum_quantity=least) == [1000, 500, 600]
    assert min(quantity(StockPolicy())) > 700


def test_a_review_period_lengthens_the_exposure():
    policy = StockPolicy(review_days=14, service_level=0.95)
    costs = supplier_cost(offers(), DEMAND, RATES, policy=policy)
    assert costs.safety_units[1] == pytest.approx(ndtri(0.95) * math.sqrt(23 * 36 + 400 * 4))


def test_price_breaks_are_offers_with_a_minimum():
    # The all-units prices of the published example: 500 units at 450, 472,900 a year.
    asked = SupplierOffers(
        supplier=["a"] * 3, price=[500, 475, 450], minimum_quantity=[0, 200, 500]
    )
    rates = CostRates(order_cost=200, capital_rate=0.2)
    costs = supplier_cost(asked, Demand(per_year=1000), rates)
    assert costs.rank.tolist() == [3, 2, 1]
    assert costs.total[2] == pytest.approx(472_900)


def test_the_better_of_discount_and_credit_is_taken():
    asked = offers(discount=[0.03, 0.001, 0], payment_days=[30, 60, 30])
    found = supplier_cost(asked, DEMAND, RATES).parts.terms / 7300
    at = [9.5 * 0.97 - 9.5, 9.9 * 1.08 ** (-60 / 365) - 9.9, 9.7 * 1.08 ** (-30 / 365) - 9.7]
    assert found == pytest.approx(at)


def test_payment_in_advance_costs():
    found = supplier_cost(offers(payment_days=[-30, 60, 30]), DEMAND, RATES).parts.terms
    assert found[0] == pytest.approx(7300 * 9.5 * (1.08 ** (30 / 365) - 1))
    simple = attrs.evolve(RATES, discounting="simple")
    found = supplier_cost(offers(payment_days=[-30, 60, 30]), DEMAND, simple).parts.terms
    assert found[0] == pytest.approx(7300 * 9.5 * 0.08 * 30 / 365)


# --- the frontier --------------------------------------------------------------------------------


def test_the_frontier_holds_what_is_worth_its_price():
    costs = supplier_cost(offers(), DEMAND, RATES, policy=POLICY)
    best = costs.frontier()
    assert best.supplier.tolist() == ["cord", "bolt"]
    assert best.reliability == pytest.approx(HISTORY.on_time_interval()[0][[2, 1]])
    # Three deliveries, all in time, look perfect until one asks for evidence.
    assert costs.frontier("on_time").supplier.tolist() == ["cord"]
    assert costs.frontier("shrunk").supplier.tolist() == ["cord", "bolt"]
    assert costs.frontier("on_time").to_frame().columns.tolist() == [
        "supplier",
        "total",
        "reliability",
    ]


def test_the_frontier_does_not_compare_the_unknown():
    found = supplier_cost(with_stranger(), DEMAND, RATES).frontier()
    assert found.unknown == 1
    assert "1 unknown" in repr(found)
    assert found.rows.tolist() == [0, 2]


def test_a_frontier_needs_history():
    bare = SupplierOffers(supplier=["acme"], price=[9.5])
    costs = supplier_cost(bare, DEMAND, CostRates(order_cost=80, capital_rate=0.2))
    with pytest.raises(InvalidArgumentError, match="DeliveryHistory.from_dates"):
        costs.frontier()


# --- errors --------------------------------------------------------------------------------------


def test_all_faults_of_the_offers_are_named_at_once():
    with pytest.raises(InvalidDataError) as error:
        SupplierOffers(
            supplier=["acme", "bolt"],
            price=[-3, "dear"],
            landed=[1.0],
            lead_time=[-1, 2],
            lead_time_sd=[0, np.nan],
            defective=[5, 3],
            inspected=[4, 9],
            discount=[1.2, 0.1],
            discount_days=[10, 40],
            payment_days=[30, 30],
        )
    for part in (
        "the offers have 7 problems",
        "price out of range in 1 offer, first 'bolt' in row 1. It must be a number; got 'dear'",
        "price out of range in 1 offer, first 'acme' in row 0. It must be finite and > 0; got -3",
        "landed has shape (1,), not (2,): one per offer",
        "lead_time out of range in 1 offer, first 'acme' in row 0",
        "discount out of range in 1 offer",
        "defective exceeds inspected in 1 offer",
        "discount_days exceeds payment_days in 1 offer, first 'bolt' in row 1",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"supplier": ["acme", None, "cord"]}, "supplier missing in 1 offer"),
        ({"price": [9, 0, 9]}, "price .* 'bolt' in row 1. It must be finite and > 0"),
        ({"lead_time": [1, 2, 3]}, "lead_time and lead_time_sd go together"),
        ({"defect_rate": [0.1, 0.2, 1.1]}, r"(?s)defect_rate out of range.*either defect_rate, or"),
        ({"payment_days": None}, "a discount needs payment_days"),
        ({"inspected": None}, "defective and inspected go together"),
        ({"supplier": ["acne", "blot", "cod"]}, "none of the suppliers .* did you mean 'acme'"),
    ],
)
def test_errors_of_offers(changes, message):
    with pytest.raises(InvalidDataError, match=message):
        offers(**changes)


def test_no_offers_are_refused():
    with pytest.raises(InvalidDataError, match="there are none"):
        SupplierOffers(supplier=[], price=[])


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: Demand(per_year=0), "per_year must be finite and > 0; got 0.0"),
        (lambda: Demand(per_year=1, sd=-1), "sd must be finite and >= 0"),
        (lambda: Demand(per_year="x"), "per_year must be a finite number; got 'x'"),
        (lambda: CostRates(order_cost=0, capital_rate=0.1), "order_cost must be finite and > 0"),
        (lambda: CostRates(order_cost=1, capital_rate=0.1, late_per_day=-1), "late_per_day must"),
        (lambda: CostRates(order_cost=1, capital_rate=1, discounting="x"), "discounting must be"),
        (lambda: StockPolicy(service_level=95), "service_level must be finite and > 0 and < 1"),
        (lambda: StockPolicy(service_level=0.9, fill_rate=0.9), "and not both"),
        (lambda: supplier_cost(offers(), DEMAND, RATES, unknown="drop"), "unknown must be one of"),
        (lambda: supplier_cost(offers(), DEMAND, RATES, prior_weight=-1), "prior_weight must be"),
        (lambda: supplier_cost(offers(), 7300, RATES), "demand must be Demand; got int"),
        (lambda: supplier_cost(None, DEMAND, RATES), "offers must be SupplierOffers"),
    ],
)
def test_errors_of_arguments(ask, message):
    with pytest.raises(InvalidArgumentError, match=message):
        ask()


def test_what_the_offers_lack_is_named_at_once():
    bare = SupplierOffers(supplier=["acme"], price=[9.5])
    with pytest.raises(InvalidArgumentError, match=r"needs lead times.*late_per_day needs"):
        supplier_cost(bare, DEMAND, RATES, policy=POLICY)


def test_free_stock_has_no_economic_order_quantity():
    rates = CostRates(order_cost=80, capital_rate=0)
    bare = SupplierOffers(supplier=["acme"], price=[9.5])
    with pytest.raises(InvalidArgumentError, match=r"capital_rate=\.\.\.\) above 0"):
        supplier_cost(bare, DEMAND, rates)
    costs = supplier_cost(bare, DEMAND, rates, policy=StockPolicy(quantity=100))
    assert costs.total == pytest.approx([7300 * 9.5 + 80 * 73])


def test_defects_earn_nothing():
    with pytest.raises(InvalidArgumentError, match="salvage=20 is more than"):
        supplier_cost(offers(), DEMAND, attrs.evolve(RATES, salvage=20))


# --- real vendors --------------------------------------------------------------------------------


def test_real_vendors_of_one_medicine():
    lines = scms_shipments()
    dates = {
        "ordered": pd.to_datetime(
            lines["PO Sent to Vendor Date"], format="%m/%d/%y", errors="coerce"
        ),
        "promised": pd.to_datetime(lines["Scheduled Delivery Date"], format="%d-%b-%y"),
        "delivered": pd.to_datetime(lines["Delivered to Client Date"], format="%d-%b-%y"),
    }
    # Five lines came before their order: their day of order is a slip.
    dates["ordered"] = dates["ordered"].where(dates["ordered"] <= dates["delivered"])
    history = DeliveryHistory.from_dates(lines["Vendor"], **dates)
    quoted = lines[lines["Item Description"] == "Nevirapine 200mg, tablets, 60 Tabs"]
    prices = quoted.groupby("Vendor")["Pack Price"].median()
    asked = SupplierOffers(supplier=prices.index, price=prices, deliveries=history)

    costs = supplier_cost(asked, Demand(per_year=2.6e6, sd=1e4), RATES, policy=POLICY)

    # Stock of the donor's own warehouse has no order dates, so its lead time is unknown.
    assert asked.supplier[costs.rank < 0].tolist() == ["SCMS from RDC"]
    assert sorted(costs.rank[costs.rank > 0]) == list(range(1, len(asked)))
    frontier = costs.frontier()
    assert frontier.unknown == 1
    assert (np.diff(frontier.reliability) > 0).all()
    assert frontier.total[0] == np.nanmin(costs.total)
