"""Late charges: every policy and way of costing against fractions, and the figures of others.

Worked cases are from the test suites and issue trackers of the systems that each case names.
"""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money import cumulative_shares, from_minor
from crmkit.profitability import Revaluation, StockLayers, StockMoves, revalue
from money_oracles import rounded
from shared_data import case
from stock_oracles import depleted, layer_numbers, moves_of, net_quantities, replayed, stocks

AVERAGE_RULES = ("depletion", "replay", "pool", "earliest")
MODES = ("half_up", "half_even", "half_down", "down", "up", "floor", "ceiling")
cents = st.one_of(st.integers(-40, 40), st.integers(-(10**12), 10**12))


def kept_shares(moves, rule):
    """Return which share of each layer counts as on hand, as fractions."""
    if rule == "replay":
        return replayed(moves)
    received, left, _ = depleted(moves)
    names = [moves[row].product for row in layer_numbers(moves)]
    shares, given_out = [], dict.fromkeys(names, 0)
    for name, came, rest in zip(names, received, left, strict=True):
        stock = sum(n for n, other in zip(left, names, strict=True) if other == name)
        kept = {
            "depletion": rest,
            "pool": min(came, stock),
            "earliest": max(min(came, stock - given_out[name]), 0),
        }[rule]
        given_out[name] += came
        shares.append(Fraction(kept, came) if came else Fraction(0))
    return shares


def money(units):
    return [from_minor(unit) for unit in units]


@given(
    moves=stocks(),
    rule=st.sampled_from(AVERAGE_RULES),
    rounds=st.sampled_from(["stock", "issued"]),
    mode=st.sampled_from(MODES),
    data=st.data(),
)
@settings(max_examples=200)
def test_each_layer_is_split_as_fractions_say(moves, rule, rounds, mode, data):
    layers = moves_of(moves).layers()
    charge = [data.draw(cents) if came else 0 for came in layers.received.units.tolist()]

    found = revalue(
        layers,
        money(charge),
        costing="average",
        average_rule=rule,
        rounds=rounds,
        rounding=mode,
    )

    stock = [
        rounded(cost * share, mode)
        if rounds == "stock"
        else cost - rounded(cost - cost * share, mode)
        for cost, share in zip(charge, kept_shares(moves, rule), strict=True)
    ]
    assert found.to_stock.tolist() == stock
    parts = found.to_stock + found.to_cost_of_sales + found.to_variance
    assert parts.tolist() == charge


@given(moves=stocks(), costing=st.sampled_from(["fifo", "average"]), mode=st.sampled_from(MODES))
@settings(max_examples=60)
def test_the_stock_is_worth_what_fractions_say(moves, costing, mode):
    layers = moves_of(moves).layers()
    nothing = revalue(layers, money([0] * len(layers)), costing=costing, rounding=mode)

    shares = kept_shares(moves, "depletion" if costing == "fifo" else "replay")
    expected = dict.fromkeys(layers.product.labels.tolist(), Fraction(0))
    for name, value, share in zip(
        layers.product.decode(), layers.values().tolist(), shares, strict=True
    ):
        worth = value * share
        expected[name] += rounded(worth, mode) if costing == "fifo" else worth
    before = nothing.by_product().value_before.tolist()
    assert before == [rounded(worth, mode) for worth in expected.values()]


@given(moves=stocks(), rule=st.sampled_from(["depletion", "replay"]), data=st.data())
@settings(max_examples=80)
def test_what_goes_back_on_issues_is_a_running_total(moves, rule, data):
    layers = moves_of(moves).layers()
    charge = [data.draw(cents) if came else 0 for came in layers.received.units.tolist()]

    found = revalue(layers, money(charge), policy="restate", costing="average", average_rule=rule)
    issues = found.issues()

    back = np.zeros(len(layers), dtype=np.int64)
    np.add.at(back, issues.layer, issues.amount)
    assert back.tolist() == found.to_cost_of_sales.tolist()
    keys = list(zip(issues.layer.tolist(), issues.move.tolist(), strict=True))
    assert keys == sorted(set(keys))
    exact = _issued_shares(moves, rule)
    for layer, cost in enumerate(charge):
        sums = np.cumsum(issues.amount[issues.layer == layer]).tolist()
        shares = np.cumsum([share for (on, _), share in exact.items() if on == layer]).tolist()
        if cost:
            assert len(sums) == len(shares)
            assert all(
                abs(total - cost * share) <= 1 for total, share in zip(sums, shares, strict=True)
            )


def _issued_shares(moves, rule):
    """Return which share of each layer each issue bears, in order of layers and of time."""
    received, _, taken = depleted(moves)
    if rule == "depletion":
        return {key: Fraction(taken[key], received[key[0]]) for key in sorted(taken)}
    # Take the moves one by one: what a layer loses with one is that issue's.
    number, net, shares = layer_numbers(moves), net_quantities(moves), {}
    for row, layer in number.items():
        product, before = moves[row].product, _stock(moves, net, row)
        owed = [(at, units) for at, units in _uncovered(moves, net, product, row) if units]
        for at, units in owed if before < 0 else ():
            if received[layer]:
                shares[layer, at] = Fraction(units, received[layer])
        rest = replayed_prefix(moves, net, row)
        for at in range(row + 1, len(moves)):
            if moves[at].product == product and moves[at].kind == "issue" and net[at] and rest:
                stock = _stock(moves, net, at)
                now = rest * Fraction(max(stock - net[at], 0), stock)
                shares[layer, at], rest = rest - now, now
    return dict(sorted(shares.items()))


def replayed_prefix(moves, net, row):
    """Return what of a receipt is there right after it came."""
    stock = _stock(moves, net, row) + net[row]
    return Fraction(max(min(stock, net[row]), 0), net[row]) if net[row] else Fraction(0)


def _stock(moves, net, row):
    signs = {"receipt": 1, "issue": -1}
    return sum(
        signs.get(move.kind, 0) * net[place]
        for place, move in enumerate(moves[:row])
        if move.product == moves[row].product
    )


def _uncovered(moves, net, product, row):
    """Say which earlier issues a receipt covers, unit by unit."""
    owed = []
    stock = 0
    for place, move in enumerate(moves[: row + 1]):
        if move.product != product or move.kind not in ("receipt", "issue"):
            continue
        if move.kind == "issue":
            owed += [place] * (net[place] - max(min(stock, net[place]), 0))
            stock -= net[place]
            continue
        covered, owed = owed[: net[place]], owed[net[place] :]
        stock += net[place]
        if place == row:
            return sorted((at, covered.count(at)) for at in set(covered))
    return []


# --- one charge over several receipts ------------------------------------------------------------

WORKED = StockLayers(received=[8, 12], left=[3, 12], value=["80.00", "144.00"])


@pytest.mark.parametrize(
    ("policy", "account"),
    [("remaining", "to_cost_of_sales"), ("variance", "to_variance")],
)
def test_one_amount_is_allocated_over_receipts_and_then_split(policy, account):
    found = revalue(WORKED, "50.00", policy=policy)

    assert found.charge.tolist() == [2000, 3000]
    assert found.to_stock.tolist() == [750, 3000]
    assert getattr(found, account).tolist() == [1250, 0]
    assert {name: float(total) for name, total in found.totals.items() if total} == {
        "charge": 50.0,
        "to_stock": 37.5,
        account: 12.5,
    }


def test_restating_goes_back_on_the_issues_in_order_of_time():
    moves = StockMoves(quantity=[8, 12, -2, -3])
    issues = revalue(moves, "50.00", policy="restate").issues()
    assert issues.to_frame().to_numpy().tolist() == [[2, 0, 2, 5.0], [3, 0, 3, 7.5]]
    assert repr(issues) == "RestatedIssues(12.50 on 2 issues)"
    assert len(issues) == 2


def test_one_amount_may_be_spread_by_value_or_weights():
    assert revalue(WORKED, "22.40", by="value").charge.tolist() == [800, 1440]
    assert revalue(WORKED, "1.00", by=[3, 1]).charge.tolist() == [75, 25]
    assert revalue(WORKED, {1: "0.30"}).charge.tolist() == [0, 30]
    assert revalue(WORKED, [1, "0.30"]).charge.tolist() == [100, 30]


def test_a_charge_is_money_of_the_digits_of_the_layers():
    yen = StockLayers(received=[2], left=[1], digits=0)
    assert revalue(yen, 3).to_stock.tolist() == [2]
    assert revalue(yen, 3, rounding="down").to_stock.tolist() == [1]


def test_the_part_that_is_not_rounded_is_the_rest():
    half = StockLayers(received=[2], left=[1])
    assert revalue(half, "0.01").to_stock.tolist() == [1]
    assert revalue(half, "0.01", rounds="issued").to_stock.tolist() == [0]


def test_frames_show_major_units():
    layers = StockLayers(product=["tea"], received=[8], left=[3], value=["80.00"])
    frame = revalue(layers, "20.00").to_frame()
    assert frame.to_dict("records") == [
        {
            "product": "tea",
            "layer": 0,
            "received": 8.0,
            "left": 3.0,
            "charge": 20.0,
            "to_stock": 7.5,
            "to_cost_of_sales": 12.5,
            "to_variance": 0.0,
        }
    ]
    values = revalue(layers, "20.00").by_product()
    assert values.to_frame().to_numpy().tolist() == [["tea", 3.0, 30.0, 7.5, 37.5]]


def test_amounts_of_any_size_are_replayed_exactly():
    moves = StockMoves(quantity=[7, -1, 5, -3, 4, -5])
    charge = 2**53 + 1
    found = revalue(
        moves, [charge, 0, 0], costing="average", average_rule="replay", rounding="down"
    )
    share = Fraction(6, 7) * Fraction(8, 11) * Fraction(7, 12)
    assert found.to_stock[0] == int(charge * 100 * share)


def test_average_values_of_many_layers_are_exact():
    moves = StockMoves(
        product=["a"] * 4 + ["b"] * 2,
        quantity=[1, 1, 1, -1, 2, -1],
        value=["0.50", "0.51", "0.50", None, "0.01", None],
    )
    values = revalue(moves, {0: 0}, costing="average").by_product()
    assert values.value_before.tolist() == [101, 1]


# --- one public example, and the rules that it leaves open ---------------------------------------


@pytest.mark.parametrize(
    ("how", "value"),
    [
        ({}, 380),
        ({"costing": "average"}, 375),
        ({"costing": "average", "average_rule": "replay"}, 380),
        ({"costing": "average", "average_rule": "pool"}, 385),
        ({"costing": "average", "average_rule": "earliest"}, 385),
    ],
)
def test_how_stock_is_costed_decides_what_it_is_worth(how, value):
    moves = StockMoves(quantity=[10, 10, -1], value=["100", "200", None])
    assert revalue(moves, {0: "100"}, **how).stock_value == value


def test_earliest_receipts_first_is_not_what_depletion_leaves():
    moves = StockMoves(quantity=[4, 6, -5])
    fifo = revalue(moves, ["80", "60"])
    earliest = revalue(moves, ["80", "60"], costing="average", average_rule="earliest")
    assert (fifo.totals["to_stock"], earliest.totals["to_stock"]) == (50, 90)


def _late(case_id, costing, rule="depletion"):
    worked = case("landed.json", case_id)
    inputs = worked["inputs"]
    signs = {"in": 1, "out": -1}
    listed = inputs["moves"]
    moves = StockMoves(
        quantity=[signs[kind] * units for kind, units, *_ in listed],
        value=[units * price[0] if price else None for _, units, *price in listed],
    )
    charge = inputs.get("landed_on_move1", inputs.get("landed_on_move2"))
    return worked["expected"], revalue(moves, {0: charge}, costing=costing, average_rule=rule)


@pytest.mark.parametrize(
    ("case_id", "costing"),
    [
        ("odoo-fifo-negative-1", "fifo"),
        ("odoo-avco-negative-1", "average"),
        ("odoo-avco-alreadyout-1", "average"),
        ("odoo-avco-alreadyout-2", "average"),
    ],
)
def test_worked_cases_of_late_costs(case_id, costing):
    expected, found = _late(case_id, costing)
    assert (found.stock_value, found.by_product().layers.on_hand()[0]) == (
        expected["value"],
        expected["qty"],
    )


def test_a_later_issue_takes_its_share_of_the_charge():
    worked = case("landed.json", "odoo-fifo-normal-1")
    moves = StockMoves(quantity=[10, 10, -1], value=["100", "200", None])
    assert revalue(moves, {0: 100}).stock_value == worked["expected"]["value"]


def test_two_ways_to_average_are_both_offered():
    expected, remaining = _late("odoo-71458", "average")
    assert round(float(remaining.stock_value) / 9, 3) == 11.889  # truncated to 11.888 there
    assert abs(float(remaining.stock_value) / 9 - expected["odoo_unit"]) < 0.001
    _, full = _late("odoo-71458", "average", "replay")
    assert full.stock_value == expected["value_full_retro"]
    assert full.stock_value / 9 == expected["reporter_expected_unit"]


def test_a_change_to_standard_costs_starts_from_the_value_with_the_charge():
    expected, found = _late("odoo-fifo-to-standard", "fifo")
    # What is put in again, 15 units at a standard price of 15, is no late charge.
    assert found.stock_value == -expected["out_value"]


def test_the_part_already_out_may_be_the_one_that_is_rounded():
    worked = case("landed.json", "odoo-already-out-qty")
    layers = StockLayers(received=[5], left=[3])
    for charge, out in ((-16.67, -6.67), (-2.5, -1.0), (-10, -4.0), (-1.25, -0.5)):
        found = revalue(layers, charge, rounds="issued")
        assert float(found.totals["to_cost_of_sales"]) == out
    assert worked["expected"]["already_out_amount"] == -6.67


def test_nothing_stays_behind_once_the_cost_of_sales_has_its_share():
    expected = case("landed.json", "odoo-280044")["expected"]
    moves = StockMoves(quantity=[10, -3], value=["5000", None])
    found = revalue(moves, "100", costing="average")
    assert found.totals["to_stock"] == expected["stock_share"]
    assert found.totals["to_cost_of_sales"] == expected["cogs_share"]
    later = StockMoves(quantity=[10, -3, -7], value=["5000", None, None])
    rest = revalue(later, "100", costing="average").stock_value
    assert rest == expected["residual_after_recompute"]


def test_all_duties_are_in_the_cost_of_sales():
    worked = case("landed.json", "odoo-24028")
    moves = StockMoves(quantity=[1, -1], value=[worked["inputs"]["price"], None])
    duty, insurance = worked["inputs"]["duty"], worked["inputs"]["insurance"]
    both = revalue(moves, duty) + revalue(moves, insurance)
    cost = worked["inputs"]["price"] + both.totals["to_cost_of_sales"]
    assert cost == worked["expected"]["cogs"]


# --- events that add up --------------------------------------------------------------------------


def test_an_estimate_is_replaced_by_the_invoice_and_its_clearing_account_ends_at_zero():
    worked = case("landed.json", "idem-po-inv")
    expected, inputs = worked["expected"], worked["inputs"]
    receipt = StockLayers(received=[inputs["qty"]], left=[1], value=[inputs["price"]])
    estimate = revalue(receipt, inputs["estimated_freight"])
    settled = estimate.settle(inputs["actual_freight"])

    total = estimate + settled
    assert float(total.stock_value) == expected["unit"]
    assert float(settled.totals["to_stock"]) == expected["asset_delta"]
    assert float(-estimate.reverse().totals["charge"]) == expected["clearing_debit"]
    assert (estimate + estimate.reverse()).totals["charge"] == 0
    assert float(total.totals["charge"]) == expected["ap"]


def test_a_credit_note_takes_the_freight_out_again():
    expected = case("landed.json", "idem-cm")["expected"]
    receipt = StockLayers(received=[10], left=[10], value=["50.00"])
    freight = revalue(receipt, "100")
    assert freight.stock_value / 10 == expected["unit_after_freight"]
    assert (freight + revalue(receipt, "-100")).stock_value / 10 == expected["unit_after_credit"]


def test_a_reversal_restores_every_layer():
    worked = case("landed.json", "idem-reversal")
    layers = StockLayers(
        product=["p1", "p2"], received=[10, 10], left=[10, 10], value=["300", "500"]
    )
    freight = revalue(layers, worked["inputs"]["freight"], by="value")
    assert (freight.charge / 100).tolist() == worked["expected"]["allocation"]
    units = freight.by_product().value_after / 1000
    assert units.tolist() == worked["expected"]["unit_after"]
    undone = (freight + freight.reverse()).by_product().value_after / 1000
    assert undone.tolist() == worked["expected"]["after_reversal"]


def test_partial_receipts_carry_their_share_and_give_it_back_in_any_order():
    worked = case("landed.json", "idem-partial")
    inputs, expected = worked["inputs"], worked["expected"]
    shares = cumulative_shares(10_000, inputs["receipts"], total=inputs["po_qty"])
    layers = StockLayers(received=[2, 2, 2], left=[2, 2, 2], value=[20, 20, 20])
    posted = [revalue(layers, {n: from_minor(int(share))}) for n, share in enumerate(shares)]
    assert [float(one.totals["to_stock"]) for one in posted] == [expected["each_landed"]] * 3

    together = posted[0] + posted[1] + posted[2]
    values = (layers.values() + together.to_stock) / 100
    assert values.tolist() == [expected["each_asset"]] * 3
    assert (values / 2).tolist() == [expected["unit"]] * 3
    for order in ([0, 1, 2], [2, 0, 1]):
        books = together
        for n in order:
            books += posted[n].reverse()
        assert not books.to_stock.any()
        assert not books.charge.any()


def test_the_last_partial_receipt_closes_the_charge():
    worked = case("landed.json", "alloc-metas-partial")
    shares = cumulative_shares(100, worked["inputs"]["receipts"]) / 100
    assert shares.tolist() == worked["expected"]["cumulative_rounding"]


def test_several_charges_on_one_receipt_add_up():
    worked = case("landed.json", "idem-multi")
    inputs, expected = worked["inputs"], worked["expected"]
    receipt = StockLayers(received=[2], left=[2], value=[20])
    shares = [
        from_minor(int(cumulative_shares(100 * charge, [2], total=inputs["po_qty"])[0]))
        for charge in inputs["landed"]
    ]
    both = revalue(receipt, shares[0]) + revalue(receipt, shares[1])
    assert [float(share) for share in shares] == expected["landed"]
    assert both.stock_value / 2 == expected["unit"]


def test_several_lines_of_one_charge_are_all_there():
    worked = case("landed.json", "odoo-41923")
    receipt = StockLayers(received=[10], left=[10], value=[1000])
    first, second = (revalue(receipt, cost) for cost in worked["inputs"]["costs"])
    assert (first + second).stock_value / 10 == worked["expected"]["unit_cost"]


def test_no_cent_is_lost_to_a_price_per_unit():
    worked = case("landed.json", "odoo-11737")
    receipt = StockLayers(received=[13], left=[13], value=[0])
    assert float(revalue(receipt, worked["inputs"]["cost"]).stock_value) == 15.0


def test_issues_after_the_charge_share_its_value_by_what_is_left():
    worked = case("landed.json", "odoo-fifo-round-3")
    out = cumulative_shares(300 + 185, worked["inputs"]["outs"], method="declining_balance")
    assert (-out / 100).tolist() == worked["expected"]["layers"][2:]
    moves = StockMoves(quantity=[3, -1, -1, -1], value=["3.00", None, None, None])
    assert revalue(moves, "1.85").stock_value == worked["expected"]["value"]


def test_rounding_units_of_a_price_would_lose_what_shares_keep():
    worked = case("landed.json", "tryton-purch-ship-135")
    quantities = worked["inputs"]["qty"]
    layers = StockLayers(received=quantities, left=quantities, digits=4)
    assert revalue(layers, worked["inputs"]["cost"]).totals["to_stock"] == 3


def test_freight_stays_on_the_goods_kept():
    worked = case("landed.json", "erp-54867")
    moves = StockMoves(
        quantity=[10, -5, 10],
        kind=["receipt", "supplier_return", "receipt"],
        of=[-1, 0, -1],
    )
    assert moves.layers().received.units[0] == worked["expected"]["basis_qty"]
    assert revalue(moves, "30").charge.tolist() == [1000, 2000]
    all_back = StockMoves(
        quantity=[10, -10, 10],
        kind=["receipt", "supplier_return", "receipt"],
        of=[-1, 0, -1],
    )
    assert revalue(all_back, "30").charge.tolist() == [0, 3000]


def test_a_charge_follows_goods_to_another_warehouse():
    expected = case("landed.json", "erp-9714")["expected"]
    first = StockMoves(quantity=[10, -10], value=["17.00", None])
    sent = revalue(first, "3.00", policy="restate").issues()
    assert sent.move.tolist() == [1]
    second = StockMoves(quantity=[10, -4, -6], value=["17.00", None, None])
    passed_on = revalue(second, {0: from_minor(int(sent.amount[0]))}, policy="restate")
    assert ((sent.amount.sum() + 1700) / 1000) == expected["cogs_expected"]
    assert passed_on.issues().amount.tolist() == [120, 180]
    assert passed_on.stock_value == 0


@given(first=cents, second=cents, left=st.integers(0, 7), sold=st.integers(0, 7))
def test_settling_leaves_the_actual_charge_wherever_the_goods_are_by_then(
    first, second, left, sold
):
    then = StockLayers(received=[7], left=[left])
    now = StockLayers(received=[7], left=[min(left, sold)])
    estimate = revalue(then, from_minor(first))

    assert estimate + estimate.settle(from_minor(second)) == revalue(then, from_minor(second))

    settled = estimate.settle(from_minor(second), layers=now)
    assert settled == revalue(now, from_minor(-first)) + revalue(now, from_minor(second))
    assert settled.charge.tolist() == [second - first]


# --- what is refused -----------------------------------------------------------------------------

HAND = StockLayers(product=["tea", "mug"], received=[8, 0], left=[3, 0])


@pytest.mark.parametrize(
    ("charge", "how", "words"),
    [
        ({2: "1"}, {}, "not there: 1, the first of them on 2. Layers are numbered 0 .. 1"),
        ({0: "1", -1: "1", True: "2"}, {}, "not there: 2, the first of them on -1"),
        (["0", "1"], {}, r"nothing was kept: 1 layer, the first of them layer 1 \(product 'mug'\)"),
        ("0.001", {}, "charge.*finer than 2 digits"),
        ("1", {"by": [0, 0]}, "weights sum to 0"),
    ],
)
def test_refused_charges(charge, how, words):
    with pytest.raises(InvalidDataError, match=words):
        revalue(HAND, charge, **how)


def test_charges_beyond_64_bits_are_named_with_all_else_that_is_wrong():
    layers = StockLayers(received=[10**12 + 1, 0], left=[1, 0])
    with pytest.raises(InvalidDataError, match="(?s)nothing was kept.*too large.*layer 0.*coarser"):
        revalue(layers, [9 * 10**16, 1])
    many = StockLayers(received=[1, 1], left=[1, 1])
    with pytest.raises(InvalidDataError, match="together"):
        revalue(many, [4 * 10**16, 4 * 10**16])


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"policy": "restat"}, "policy must be one of.*did you mean 'restate'"),
        ({"costing": "lifo"}, "costing must be one of"),
        ({"average_rule": "last"}, "average_rule must be one of"),
        ({"rounds": "both"}, "rounds must be one of"),
        ({"rounding": "up_half"}, "rounding must be one of"),
        ({"average_rule": "pool"}, "rule of costing='average'"),
        ({"policy": "restate", "costing": "average", "average_rule": "pool"}, "'replay'"),
        ({"policy": "restate"}, "StockMoves"),
        ({"costing": "average", "average_rule": "replay"}, "StockMoves"),
        ({"by": "weight"}, "by must be 'quantity'"),
        ({"by": "value"}, "what was paid"),
        ({"by": [1]}, "one weight per layer"),
    ],
)
def test_refused_options(how, words):
    with pytest.raises(InvalidArgumentError, match=words):
        revalue(HAND, "1", **how)


def test_refused_follow_up_questions():
    late = revalue(HAND, "1")
    with pytest.raises(InvalidArgumentError, match="policy='restate'"):
        late.issues()
    with pytest.raises(InvalidArgumentError, match="value="):
        _ = late.stock_value
    with pytest.raises(InvalidArgumentError, match="moving average.*StockMoves"):
        _ = revalue(WORKED, "1", costing="average").stock_value
    with pytest.raises(InvalidArgumentError, match="different layers"):
        late + revalue(WORKED, "1")
    with pytest.raises(InvalidDataError, match="same receipts"):
        late.settle("1", layers=WORKED)
    with pytest.raises(InvalidArgumentError, match="by= spreads one amount"):
        revalue(HAND, ["1", "0"], by="quantity")
    with pytest.raises(InvalidArgumentError, match="2 layers, 3 amounts"):
        revalue(HAND, [1, 2, 3])
    with pytest.raises(InvalidArgumentError, match="layers must be StockLayers"):
        revalue([1], "1")


def test_a_revaluation_shows_itself():
    late = revalue(HAND, "1.00")
    assert repr(late) == (
        "Revaluation(1.00 on 2 layers: 0.38 to stock, 0.62 to cost of sales, 0.00 to variance)"
    )
    assert isinstance(late, Revaluation)
    assert len(late) == 2


@pytest.mark.parametrize("gone", ["stock", "issued"])
def test_halves_that_floats_miss_are_rounded_as_halves(gone):
    # a/b of the first receipt is left, then b/(2a): exactly one half, in floats often not.
    how = {"costing": "average", "average_rule": "replay", "rounds": gone}
    missed = 0
    for stock in range(3, 60):
        rest = stock - 1
        moves = StockMoves(quantity=[stock, -1, rest, stock - 2 * rest])
        missed += (rest / stock) * (stock / (2 * rest)) != 0.5
        found = revalue(moves, ["0.01", 0], **how)
        assert found.to_stock[0] == (1 if gone == "stock" else 0)
    assert missed > 0
