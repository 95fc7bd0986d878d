"""Worked cases of other systems for allocation and landed cost; each keeps its origin.

Every case of these areas is answered by a test here or with its own question; the last test counts
them, so none is lost.
"""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from crmkit.errors import InvalidDataError, OverReceiptWarning
from crmkit.money import allocate, cumulative_shares, from_minor, multiply, to_minor
from crmkit.profitability import Basis, Charge, ShipmentLines, landed_cost
from shared_data import case, shared_file

FILE = "landed.json"
HALF_UP_LAST = {"method": "last", "rounding": "half_up", "on_zero": "equal"}


def given_and_expected(case_id):
    worked = case(FILE, case_id)
    return worked["inputs"], worked["expected"]


def cents(values):
    return to_minor(values).tolist()


def lines_of(quantity, value, **columns):
    n = len(quantity)
    return ShipmentLines(
        shipment=[1] * n, product=range(n), quantity=quantity, value=value, **columns
    )


@pytest.mark.parametrize("case_id", ["odoo-alloc-equal", "odoo-alloc-weight", "odoo-neg-equal"])
def test_by_equal_shares_or_weight(case_id):
    given, expected = given_and_expected(case_id)
    rows = given["lines"]
    lines = lines_of(
        [r["qty"] for r in rows], [0] * len(rows), weight=[r["weight_total"] for r in rows]
    )
    landed = landed_cost(lines, [Charge("cost", given["cost"], Basis(given["basis"]))])
    assert landed.amounts[0].tolist() == cents(expected["allocation"])


def test_conventions_of_rounding_up_and_half_up():
    given, expected = given_and_expected("odoo-190449")
    total, weights = to_minor(given["cost"]), [1] * given["n"]
    assert allocate(total, weights, method="last", rounding="up").tolist() == cents(
        expected["round_up_policy"]
    )
    assert allocate(total, weights, **HALF_UP_LAST).tolist() == cents(
        expected["half_up_last_policy"]
    )
    assert allocate(total, weights).tolist() == cents(expected["largest_remainder"])


def test_several_charges_all_add_up():
    given, expected = given_and_expected("odoo-41923")
    lines = lines_of([given["qty"]], [given["qty"] * given["price"]])
    charges = [Charge(f"c{i}", cost, Basis.QUANTITY) for i, cost in enumerate(given["costs"])]
    assert landed_cost(lines, charges).landed_unit[0] == expected["unit_cost"]


def test_duty_and_insurance_are_in_the_cost():
    given, expected = given_and_expected("odoo-24028")
    charges = [Charge(name, given[name], Basis.VALUE) for name in ("duty", "insurance")]
    landed = landed_cost(lines_of([1], [given["price"]]), charges)
    assert landed.landed_unit[0] == expected["unit_landed"] == expected["cogs"]
    assert given["sale"] - landed.landed_unit[0] == expected["gross_profit"]


def test_unit_costs_are_kept_as_total_and_quantity():
    given, expected = given_and_expected("odoo-11737")
    landed = landed_cost(lines_of([given["qty"]], [given["cost"]]), [])
    assert landed.landed_total[0] == cents([expected["fix_total"]])[0]
    lots = landed.to_lots([0] * given["qty"], [1] * given["qty"]).figures.landed_total
    assert lots.sum() == 1500
    naive = round(given["cost"] / given["qty"], 2)
    assert naive == expected["naive_unit"]
    assert round(naive * given["qty"], 2) == expected["naive_total"]


def test_net_values_are_the_basis():
    given, expected = given_and_expected("erp-discounted")
    quantity = [row[0] for row in given["lines"]]
    landed = landed_cost(
        lines_of(quantity, expected["amounts"]), [Charge("cost", given["cost"], Basis.VALUE)]
    )
    assert landed.amounts[0].tolist() == cents(expected["allocation"])
    unit = (landed.figures.value / np.array(quantity) / 100).tolist()
    assert unit == expected["rates"]


def test_returns_inside_the_basis():
    given, expected = given_and_expected("erp-offset-return")
    with pytest.raises(InvalidDataError, match="sum to 0"):
        allocate(to_minor(given["cost"]), given["amounts"], negative_weights=True)
    by_quantity = allocate(to_minor(given["cost"]), given["qty"], negative_weights=True)
    assert by_quantity.tolist() == cents(expected["by_qty"])
    with pytest.raises(InvalidDataError, match="negative"):
        allocate(to_minor(given["cost"]), given["qty"])


def test_fully_discounted_lines_have_no_value_to_go_by():
    given, expected = given_and_expected("erp-fully-discounted")
    lines = lines_of(given["qty"], given["amounts"])
    with pytest.raises(InvalidDataError, match="sum to 0"):
        landed_cost(lines, [Charge("cost", given["cost"], Basis.VALUE)])
    by_quantity = landed_cost(lines, [Charge("cost", given["cost"], Basis.QUANTITY)])
    assert by_quantity.amounts[0].tolist() == cents(expected["by_qty"])


def test_small_charges_have_no_negative_share():
    given, expected = given_and_expected("erp-small-charge")
    total, weights = to_minor(given["cost"]), [1] * given["n"]
    assert allocate(total, weights).tolist() == cents(expected["largest_remainder"])
    last = allocate(total, weights, **HALF_UP_LAST)
    assert last[-1] == cents([expected["old_last_line_policy_last"]])[0]


def test_the_largest_line_takes_the_rest():
    given, expected = given_and_expected("erp-largest")
    total = to_minor(given["cost"])
    largest = allocate(total, given["amounts"], method="largest_weight", rounding="half_up")
    assert sorted(largest.tolist(), reverse=True) == cents(expected["allocation"])
    assert allocate(total, given["amounts"]).tolist() == cents(expected["allocation"])


def test_free_goods_take_fixed_amounts():
    given, expected = given_and_expected("erp-zero-rate")
    charge = Charge("cost", sum(given["manual"]), Basis.VALUE, fixed=given["manual"])
    landed = landed_cost(lines_of([given["qty"]], [0]), [charge])
    assert landed.inventory_value[0] == cents([expected["stock_value"]])[0]


def test_division_by_a_rate():
    given, expected = given_and_expected("erp-fx-txn")
    rate = 1 / Fraction(str(given["rate"]))
    credit = multiply(to_minor(given["charge_base"]), rate)
    assert from_minor(credit) == Decimal(str(expected["credit_in_transaction_currency"]))


def test_batches_and_their_reversal():
    given, expected = given_and_expected("erp-batch-qty")
    quantity, price = zip(*given["lines"], strict=True)
    lines = lines_of(quantity, [q * p for q, p in given["lines"]])
    landed = landed_cost(lines, [Charge("cost", given["cost"], Basis.QUANTITY)])
    assert landed.landed_unit.tolist() == expected["valuation_rate"]
    after = (landed.landed_total + landed.reverse().amounts.sum(axis=0)) / np.array(quantity) / 100
    assert after.tolist() == expected["after_cancel"] == list(price)


def test_claims_on_one_invoice_never_exceed_it():
    given, expected = given_and_expected("erp-claims")
    invoice = to_minor(given["invoice"])
    claimed = cumulative_shares(invoice, given["claims"], total=given["invoice"])
    assert claimed.sum() == to_minor(expected["claimed"])
    assert claimed[1] == to_minor(expected["after_cancel_first"])
    with pytest.warns(OverReceiptWarning):
        assert cumulative_shares(invoice, [5000], total=given["invoice"]).sum() == invoice


def test_an_asset_with_one_charge():
    given, expected = given_and_expected("erp-asset")
    landed = landed_cost(
        lines_of([1], [given["price"]]), [Charge("cost", given["landed"], Basis.VALUE)]
    )
    assert landed.landed_unit[0] == expected["net_purchase_amount"]


def test_unit_costs_by_weight_and_back():
    given, expected = given_and_expected("tryton-weight")
    moves = given["moves"]
    quantity = np.array([m["qty"] for m in moves])
    value = [m["qty"] * m["price"] for m in moves]
    lines = lines_of(quantity, value, weight=[m["weight"] * m["qty"] for m in moves])
    landed = landed_cost(lines, [Charge("cost", given["cost"], Basis.WEIGHT)])
    assert (landed.amounts[0] / quantity / 100).tolist() == expected["unit_landed"]
    assert landed.landed_unit.tolist() == expected["unit_price"]


def test_shipment_costs_of_many_units():
    given, expected = given_and_expected("tryton-purch-ship-50")
    lines = lines_of([given["qty"]], [given["qty"] * given["price"]])
    landed = landed_cost(lines, [Charge("cost", given["cost"], Basis.VALUE)])
    assert landed.landed_unit[0] == expected["unit_price"]
    given, expected = given_and_expected("tryton-purch-ship-135")
    lines = lines_of(given["qty"], [q * given["price"] for q in given["qty"]])
    landed = landed_cost(lines, [Charge("cost", given["cost"], Basis.QUANTITY)], digits=4)
    assert landed.amounts.sum() == 30_000  # where unit prices lose 0.0002
    lost = to_minor(given["cost"], digits=4) - to_minor(expected["allocated_total"], digits=4)
    assert lost == to_minor(expected["lost"], digits=4)


def test_free_goods_by_equal_shares():
    given, expected = given_and_expected("tryton-purch-ship-zero")
    shares = allocate(to_minor(given["cost"]), [0, 0], on_zero="equal")
    assert shares.tolist() == cents(expected["line"])
    assert (shares / 100 / np.array(given["qty"])).tolist() == expected["unit"]


def test_additions_to_declared_values():
    given, expected = given_and_expected("import-additions")
    value = [quantity * price for quantity, price in given["lines"]]
    assert sum(value) == given["declared_total"]
    lines = lines_of([quantity for quantity, _ in given["lines"]], value)
    names = ("brokerage", "insurance", "fuel")
    charges = [Charge(name, sum(expected[name]), Basis.VALUE) for name in names]
    landed = landed_cost(lines, charges)
    for name, shares in zip(names, landed.amounts, strict=True):
        assert shares.tolist() == cents(expected[name])
    assert multiply(to_minor(sum(value)), "0.02") == to_minor(sum(expected["brokerage"]))


def test_negative_amounts_mirror():
    given, expected = given_and_expected("alloc-moneyphp-neg")
    assert allocate(given["amount"], given["ratios"]).tolist() == expected["sign_symmetric"]


def test_amounts_near_the_end_of_floats():
    given, expected = given_and_expected("alloc-moneyphp-832")
    assert allocate(given["amount"], given["ratios"]).tolist() == expected["exact"]


def test_cash_steps():
    given, expected = given_and_expected("alloc-brick-step")
    total, step = to_minor(given["amount"]), to_minor(given["step"])
    nearest = allocate(total, given["ratios"], step=step)
    assert nearest.tolist() == cents(expected["largest_remainder"])
    first = allocate(total, given["ratios"], step=step, method="first")
    assert first.tolist() == cents(expected["to_first"])


def test_partial_receipts_close():
    given, expected = given_and_expected("alloc-metas-partial")
    shares = cumulative_shares(to_minor(given["cost"]), given["receipts"], total=given["qty"])
    assert shares.tolist() == cents(expected["cumulative_rounding"])


def test_declining_balance_of_a_stock_ledger():
    given, expected = given_and_expected("odoo-fifo-round-3")
    value = to_minor(given["in"][0] * given["in"][1]) + to_minor(given["landed"])
    shares = cumulative_shares(value, given["outs"], method="declining_balance")
    assert (-shares).tolist() == cents(expected["layers"][2:])
    assert value - shares.sum() == expected["value"]


ELSEWHERE = {
    "late_cost",
    "late_cost_fifo",
    "late_cost_avco",
    "returns",
    "estimate_vs_actual",
    "reversal",
    "credit_note",
    "partial_receipts",
    "multi_cost_lines",
    "duty",
    "vat",
    "excise",
    "duty_vat_cascade",
    "incoterms",
    "inventory",
    "inventory_discounts",
    "abc",
    "clv",
    "roi",
    "gmroi",
}
"""Areas with tests of their own questions."""


def test_no_case_of_these_areas_is_left_out():
    listed = json.loads(shared_file("cases", FILE).read_text(encoding="utf-8"))["cases"]
    mine = Path(__file__).read_text(encoding="utf-8")
    left = [c["id"] for c in listed if c["area"] not in ELSEWHERE and f'"{c["id"]}"' not in mine]
    assert not left
