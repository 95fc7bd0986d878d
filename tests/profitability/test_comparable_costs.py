"""Comparable costs against Fractions, one quote and one segment at a time."""

from decimal import Decimal
from fractions import Fraction
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability import ImportDuty, Quote, Segment, comparable_cost, incoterm_bearers
from crmkit.typing import RoundingMode
from money_oracles import rounded
from shared_data import case

RULES = ["EXW", "FCA", "FAS", "FOB", "CFR", "CIF", "CPT", "CIP", "DAP", "DPU", "DDP"]
EVERY = [(code, 2020) for code in RULES] + [("DDU", 2000), ("DEQ", 1990), ("FAS", 1990)]
BEFORE = {"FOB": list(Segment)[:5], "CIF": list(Segment)[:7]}
# CallejaJ/incoterms2020, engine.test.ts, as in the case below.
COSTS = dict(zip(Segment, (150, 80, 350, 120, 220, 1400, 90, 240, 160, 400, 90), strict=True))


def by_hand(price, bearers, costs, rate, base, mode):
    """Added, customs value and duty of one quote, walking from the price to the border."""
    added = value = 0
    for segment in Segment:
        buyer = segment in bearers.buyer
        added += costs[segment] if buyer else 0
        if buyer and segment in BEFORE[base]:
            value += costs[segment]
        if not buyer and segment not in BEFORE[base]:
            value -= costs[segment]
    value += price
    if bearers.bearer("import_clearance") == "buyer":
        duty = rounded(value * rate, mode)
        return added + duty, value, duty
    duty = rounded(value - value / (1 + rate), mode)
    return added, value - duty, duty


rates = st.fractions(0, 2, max_denominator=1000)


@given(
    data=st.data(),
    units=st.lists(st.integers(0, 10**6), min_size=11, max_size=11),
    rate=rates,
    base=st.sampled_from(["CIF", "FOB"]),
    mode=st.sampled_from(get_args(RoundingMode)),
)
@settings(max_examples=40)
def test_every_figure_is_that_of_fractions(data, units, rate, base, mode):
    prices = data.draw(st.lists(st.integers(2 * 10**7, 10**9), min_size=14, max_size=14))
    costs = dict(zip(Segment, units, strict=True))
    quotes = [
        Quote("s", Decimal(price).scaleb(-2), code, version=version)
        for price, (code, version) in zip(prices, EVERY, strict=True)
    ]
    major = {segment: Decimal(n).scaleb(-2) for segment, n in costs.items()}
    found = comparable_cost(quotes, major, duty=ImportDuty(rate, base, rounding=mode))
    expected = [
        by_hand(p, q.bearers, costs, rate, base, mode) for p, q in zip(prices, quotes, strict=True)
    ]
    columns = (found.added.tolist(), found.customs_value.tolist(), found.duty.tolist())
    assert expected == list(zip(*columns, strict=True))
    assert np.array_equal(found.comparable - found.price, found.added)


@given(
    units=st.lists(st.integers(0, 10**6), min_size=11, max_size=11),
    goods=st.integers(1, 10**8),
    rate=rates,
    base=st.sampled_from(["CIF", "FOB"]),
    mode=st.sampled_from(get_args(RoundingMode)),
)
@settings(max_examples=40)
def test_one_offer_quoted_under_every_rule_costs_the_same(units, goods, rate, base, mode):
    # The seller's costs are in its price, and under DDP the duty too: nothing else differs.
    costs = dict(zip(Segment, units, strict=True))
    duty = rounded((goods + sum(costs[s] for s in BEFORE[base])) * rate, mode)
    quotes = []
    for code, version in EVERY:
        rule = incoterm_bearers(code, version=version)
        clears = rule.bearer("import_clearance") == "seller"
        price = goods + sum(costs[s] for s in rule.seller) + (duty if clears else 0)
        quotes.append(Quote(code, Decimal(price).scaleb(-2), code, version=version))
    major = {segment: Decimal(n).scaleb(-2) for segment, n in costs.items()}
    found = comparable_cost(quotes, major, duty=ImportDuty(rate, base, rounding=mode))
    assert {goods + sum(units) + duty} == set(found.comparable.tolist())
    assert {duty} == set(found.duty.tolist())
    assert 1 == len(set(found.customs_value.tolist()))
    assert {1} == set(found.rank.tolist())


def test_the_customs_base_of_the_open_engine_comes_from_a_fob_price():
    expected = case("landed.json", "incoterm-total")["expected"]
    given_ = case("landed.json", "incoterm-total")["inputs"]
    costs = dict(zip(Segment, given_["costs"].values(), strict=True))
    duty = ImportDuty(Fraction(given_["duty_pct"], 100))
    quotes = [Quote("a", given_["value"], "FOB"), Quote("a", given_["value"], "EXW")]
    found = comparable_cost(quotes, costs, duty=duty)
    assert expected["customs_base"] * 100 == found.customs_value[0]
    assert round(expected["duty"] * 100) == found.duty[0]
    # From a price EXW loading, pre-carriage, export clearance and the terminal are missing.
    assert (21490 + 80 + 350 + 120 + 220) * 100 == found.customs_value[1]
    # VAT, 4,693.42, is in no figure: 20,000 + 240 + 160 + 400 + 90 + 1,400 + 90 + 859.60.
    assert 2323960 == found.comparable[0]


def test_the_base_without_freight():
    found = comparable_cost([Quote("a", 20000, "CIF")], COSTS, duty=ImportDuty("0.04", "FOB"))
    assert ([1851000], [74040]) == (found.customs_value.tolist(), found.duty.tolist())


def test_without_a_duty_import_clearance_is_a_cost_like_others():
    quotes = [Quote("a", 1000, code) for code in ("DDP", "DAP")]
    found = comparable_cost(quotes, {"import_clearance": "55.50", "unloading": 1})
    assert ([100100, 105650], None) == (found.comparable.tolist(), found.duty)
    assert ["supplier", "incoterm", "price", "added", "comparable"] == list(found.to_frame())


def test_costs_of_a_quote_come_before_the_common_ones():
    quotes = [
        Quote("near", 100, "DPU", segment_costs={"import_clearance": 7}),
        Quote("far", 100, "DPU"),
        Quote("premises", 100, "FCA", buyer_bears="pre_carriage", segment_costs={"loading": 99}),
    ]
    found = comparable_cost(quotes, dict.fromkeys(Segment, "1.00"))
    # The seller of the third loads: what loading costs is in its price.
    assert [700, 100, 800] == found.added.tolist()
    assert ["near", "far", "premises"] == found.supplier.tolist()


def test_ranking_puts_the_cheapest_first_and_keeps_the_order_of_equals():
    quotes = [Quote(str(k), price, "DPU") for k, price in enumerate([30, 20, 20, 10])]
    found = comparable_cost(quotes, {"import_clearance": 0}, duty=None)
    assert [4, 2, 2, 1] == found.rank.tolist()
    assert ["3", "1", "2", "0"] == found.ranking().supplier.tolist()
    assert "ComparableCosts(4 quotes, cheapest 3 DPU: 10.00)" == repr(found)
    assert 4 == len(found)
    taxed = comparable_cost(quotes, {"import_clearance": 0, "destination_terminal": 0,
        "on_carriage": 0, "unloading": 0}, duty=ImportDuty("0.1"))  # fmt: skip
    assert [100, 200, 200, 300] == taxed.ranking().duty.tolist()


def test_missing_costs_are_told_of_all_quotes_at_once():
    quotes = [Quote("Acme", 1, "FOB"), Quote("Brix", 1, "DDP"), Quote("Cole", 1, "DAP")]
    costs = {"main_carriage": 1, "insurance": 1, "destination_terminal": 1, "on_carriage": 1}
    with pytest.raises(InvalidDataError) as refused:
        comparable_cost(quotes, costs)
    first, second, third = str(refused.value).splitlines()
    assert "quote 0 (Acme, FOB): no cost is given for import_clearance, unloading" in first
    assert "quote 1 (Brix, DDP): no cost is given for unloading, which its buyer bears" in second
    assert third.startswith("quote 2 (Cole, DAP)")
    with pytest.raises(InvalidDataError, match="Brix.*import_clearance, which.* its price holds"):
        comparable_cost(quotes[1:2], costs | {"unloading": 0}, duty=ImportDuty("0.04"))


def test_a_long_list_of_problems_is_cut_and_counted():
    with pytest.raises(InvalidDataError) as refused:
        comparable_cost([Quote("a", 1, "DPU")] * 60, {})
    lines = str(refused.value).splitlines()
    assert (51, "... and 10 more.") == (len(lines), lines[-1])


def test_odd_amounts_are_told_by_quote_and_segment():
    quotes = [
        Quote("Acme", "1,000", "DPU"),
        Quote("Brix", float("nan"), "DPU", segment_costs={"import_clearance": -5}),
    ]
    with pytest.raises(InvalidDataError) as refused:
        comparable_cost(quotes, {"import_clearance": "0.005"})
    text = str(refused.value)
    for part in (
        "import_clearance of segment_costs: 1 value finer",
        "price of quote 0 (Acme, DPU): 1 value no number; the first is '1,000'",
        "price of quote 1 (Brix, DPU): 1 value missing",
        "import_clearance of quote 1 (Brix, DPU): a cost is not negative; got -5",
    ):
        assert part in text


def test_a_price_below_what_it_holds_is_refused():
    quotes = [Quote("a", 20000, "DDP"), Quote("b", 500, "DDP")]
    with pytest.raises(InvalidDataError, match="^quote 1 .b, DDP.: the price is below the costs"):
        comparable_cost(quotes, COSTS, duty=ImportDuty("0.04"))


def test_amounts_beyond_64_bits_are_refused():
    with pytest.raises(InvalidDataError, match="quote 0 .a, DPU.*too large for 64 bits"):
        comparable_cost([Quote("a", 9 * 10**16, "DPU")], {"import_clearance": "1"})


@pytest.mark.parametrize("quotes", [[], Quote("a", 1, "FOB"), ["FOB"]])
def test_quotes_are_wanted(quotes):
    with pytest.raises(InvalidArgumentError, match="Quote"):
        comparable_cost(quotes, COSTS)


def test_unknown_segments_and_roundings_are_refused():
    with pytest.raises(InvalidArgumentError, match="segment_costs: 'main_cariage'.*'main_ca"):
        comparable_cost([Quote("a", 1, "DPU")], {"main_cariage": 1})
    with pytest.raises(InvalidArgumentError, match="rounding must be one of"):
        comparable_cost([Quote("a", 1, "DPU")], COSTS, rounding="nearest")


def test_yen_have_no_digits():
    found = comparable_cost([Quote("a", 1500, "DPU")], {"import_clearance": 20}, digits=0)
    assert ([1520], 1520) == (found.comparable.tolist(), found.to_frame()["comparable"][0])
