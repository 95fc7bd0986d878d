"""The waterfall: what sums to what, on any lines and on real ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
import profit_oracle as oracle
from crmkit.money import to_minor
from crmkit.profitability import (
    CostModel,
    PerBasket,
    PercentOfCost,
    PercentOfSales,
    PerCustomer,
    PerUnit,
    Pool,
    ResourceDays,
    UnitCosts,
    contribution,
)
from crmkit.profitability.profit.steps import COST_STEPS, STEPS, SUBTOTALS, waterfall_order
from effort import HALF, THIRD
from profit_oracle import PRODUCTS, lines_of_a_till, transactions
from shared_data import complete_journey, ta_feng

TILL = lines_of_a_till()
SMALLER = [*PRODUCTS[1:], "lamp"]


def rich_model(tx, lines):
    """Return a model with a source of nearly every kind."""
    off = ck.LineValues.of(tx, [line.kg / 10 for line in lines], name="card price")
    return CostModel(
        discounts=off,
        markdown=PercentOfSales("0.02"),
        purchase="cost",
        landed=UnitCosts.of(PRODUCTS, ["10.00", "7.00", "3.00"], [3, 9, 7]),
        supplier_funding=PercentOfCost("0.015"),
        warehouse=ResourceDays("0.07", {"tea": 31, "lamp": 9}),
        transport=PerUnit("0.125", returns="charge"),
        loyalty=[PercentOfSales("0.01"), off],
        service=PerCustomer({"ann": "1.10", "eve": "2.00"}),
        channel=PerBasket({"web": "3.50", "store": "0.80"}, attribute="channel", returns="charge"),
        acquisition=Pool("12.34", {"tea": 2, "pot": 1, "lamp": 4}),
    )


@st.composite
def answers(draw):
    lines = draw(TILL)
    tx = transactions(lines)
    return lines, contribution(tx, rich_model(tx, lines))


# --- conservation --------------------------------------------------------------------------------


@given(answers())
@HALF
def test_lines_sum_to_every_level(made):
    lines, earned = made
    fields = {
        "customer": lambda line: line.customer,
        "product": lambda line: line.product,
        "channel": lambda line: line.channel,
        "basket": lambda line: line.basket,
    }
    waterfall = dict(zip(earned.waterfall().figure, earned.waterfall().amounts, strict=True))
    for by in [("customer",), ("product",), ("channel", "customer"), ("basket", "product")]:
        rows = earned.by(*by)
        keys = list(zip(*(rows.keys[field].decode().tolist() for field in by), strict=True))
        mine = [tuple(fields[field](line) for field in by) for line in lines]
        assert sorted(map(str, keys)) == sorted(map(str, set(mine)))
        assert rows.lines.tolist() == [mine.count(key) for key in keys]
        for figure in waterfall_order():
            per_line = earned.minor(figure).tolist()
            sums = [sum(x for x, k in zip(per_line, mine, strict=True) if k == key) for key in keys]
            assert rows.minor(figure).tolist() == sums
            assert sum(sums) == waterfall[figure]


@given(answers())
def test_steps_sum_to_subtotals_on_every_line(made):
    lines, earned = made
    assert earned.minor("net_sales").tolist() == [line.amount for line in lines]

    so_far = np.zeros(len(lines), dtype=np.int64)
    subtotals = iter(SUBTOTALS)
    for figure in waterfall_order():
        if figure in SUBTOTALS:
            assert figure == next(subtotals)
            assert earned.minor(figure).tolist() == so_far.tolist()
        else:
            so_far += earned.minor(figure)
    assert so_far.tolist() == earned.minor("contribution").tolist()


@given(answers())
def test_gross_sales_are_before_reductions_and_returns_apart(made):
    lines, earned = made
    reductions = -(earned.minor("discounts") + earned.minor("markdown"))

    wanted = oracle.gross_and_returns(lines, reductions.tolist())

    found = zip(earned.minor("gross_sales"), earned.minor("returns"), strict=True)
    assert list(found) == wanted


@given(answers())
@HALF
def test_nothing_is_lost_between_lines_and_unallocated(made):
    lines, earned = made
    lost = earned.unallocated
    sold = {line.product for line in lines if not line.returned}

    assert int(earned.minor("acquisition").sum()) + lost.of("acquisition") == -1234
    assert lost.of("service") == -200 - 110 * all(line.customer != "ann" for line in lines)
    # 0.07 x 31 and 0.07 x 9
    assert lost.of("warehouse") == -63 - 217 * ("tea" not in sold)
    assert lost.total == sum(lost.of(step) for step in STEPS)
    assert earned.waterfall().amounts[-1] == lost.total


# --- the order of lines --------------------------------------------------------------------------


@given(st.data())
@THIRD
def test_the_order_of_lines_moves_cents_between_equal_weights_only(data):
    lines = data.draw(TILL)
    order = data.draw(st.permutations(range(len(lines))))
    shuffled = [lines[k] for k in order]
    model = CostModel(payment=PercentOfSales("0.0333"), service=Pool("9.99", {"tea": 1, "lamp": 1}))

    one = contribution(transactions(lines), model)
    two = contribution(transactions(shuffled), model)

    assert one.waterfall() == two.waterfall()
    for step in ("payment", "service"):
        pairs = [(x.product, x.amount, c) for x, c in zip(lines, one.minor(step), strict=True)]
        moved = [(x.product, x.amount, c) for x, c in zip(shuffled, two.minor(step), strict=True)]
        if step == "payment":
            pairs, moved = ([pair[1:] for pair in side] for side in (pairs, moved))
        assert sorted(pairs) == sorted(moved)


@given(st.data())
@THIRD
def test_views_do_not_depend_on_the_order_of_lines_of_different_weights(data):
    lines = data.draw(TILL)
    lines = [
        line._replace(amount=line.amount * 10 + (-k if line.returned else k))
        for k, line in enumerate(lines, start=1)
    ]
    order = data.draw(st.permutations(range(len(lines))))
    spread = Pool("9.99", "net_sales") if any(line.paid for line in lines) else None
    model = CostModel(payment=PercentOfSales("0.0333"), service=PerCustomer(3), shelf=spread)

    one = contribution(transactions(lines), model)
    two = contribution(transactions([lines[k] for k in order]), model)

    for field in ("customer", "product", "channel"):
        assert one.by(field) == two.by(field)
        assert one.by(field).to_frame().equals(two.by(field).to_frame())


# --- small cases ---------------------------------------------------------------------------------


def small(**changes):
    given_ones = {
        "customer": ["ann", "ann", None],
        "time": ["2026-01-03"] * 3,
        "amount": ["20.00", "-5.00", "4.00"],
        "quantity": [2, -1, 1],
        "basket": [1, 1, 2],
        "product": ["tea", "tea", "mug"],
    }
    return ck.Transactions.from_arrays(**(given_ones | changes))


def test_steps_that_nobody_supplied_are_assumed_zero():
    earned = contribution(small(), CostModel(payment=PercentOfSales(0), service=[]))

    assert list(earned.steps) == ["gross_sales", "returns", "payment"]
    assert earned.assumed_zero == tuple(step for step in COST_STEPS if step != "payment")
    assert earned.minor("capital").tolist() == [0, 0, 0]


def test_guests_have_a_row_of_their_own_and_carry_nothing_of_customers():
    rows = contribution(small(), CostModel(service=PerCustomer("1.00"))).by("customer").to_frame()
    assert rows["customer"].fillna("guest").tolist() == ["ann", "guest"]
    assert rows["service"].tolist() == [-1.0, 0.0]
    assert rows["contribution"].tolist() == [14.0, 4.0]


def test_guests_only():
    tx = small(customer=[None] * 3)
    model = CostModel(channel=PerBasket("0.50"), service=[PerCustomer(1), PerCustomer({"ann": 2})])

    earned = contribution(tx, model)

    assert earned.minor("service").tolist() == [0, 0, 0]
    assert earned.unallocated.to_frame().values.tolist() == [["service", "ann", -2.0]]
    assert earned.by("customer").minor("contribution").tolist() == [1900 - 100]


def test_returns_only():
    tx = small(amount=[-3, -2, -1], quantity=[-1, -1, -1])
    model = CostModel(
        purchase=PercentOfSales("0.5"),
        transport=PerUnit(1),
        warehouse=ResourceDays(1, {"tea": 2}),
        channel=PerBasket("0.50"),
        payment=PerBasket("0.51", returns="charge"),
    )
    earned = contribution(tx, model)

    assert "gross_sales" in earned.steps
    assert earned.minor("gross_sales").tolist() == [0, 0, 0]
    assert earned.minor("returns").tolist() == [-300, -200, -100]
    assert earned.minor("purchase").tolist() == [150, 100, 50]
    assert earned.minor("payment").tolist() == [-26, -25, -51]
    assert earned.minor("transport").any() == earned.minor("channel").any() == False  # noqa: E712
    assert earned.unallocated.of("warehouse") == -200


def test_no_lines_at_all():
    none = small().where(np.zeros(3, dtype=np.bool_))
    model = CostModel(
        purchase=UnitCosts.of(["tea"], [1], [1]),
        warehouse=ResourceDays(1, {"tea": 2}),
        service=[PerCustomer({"ann": 2}), PerCustomer(3)],
        channel=PerBasket(1),
        payment=PercentOfSales("0.01"),
    )
    earned = contribution(none, model)

    assert len(earned) == len(earned.by("customer", "product")) == len(earned.to_frame()) == 0
    assert earned.unallocated.total == -400
    assert repr(earned.waterfall()) == "Waterfall(contribution 0.00, unallocated -4.00)"


@pytest.mark.parametrize(("digits", "fee"), [(0, -1), (1, -5), (3, -525)])
def test_currencies_of_other_digits(digits, fee):
    tx = small(amount=[20, 0, 1])
    earned = contribution(tx, CostModel(payment=PercentOfSales("0.025")), digits=digits)
    assert int(earned.minor("payment").sum()) == fee
    assert int(earned.minor("net_sales").sum()) == 21 * 10**digits


def test_the_answer_says_what_it_is_made_of():
    model = CostModel(landed=UnitCosts.of(["tea"], [3], [1]), service=PerCustomer({"eve": 2}))

    earned = contribution(small(), model, missing="exclude")

    assert repr(earned) == (
        "Contribution(3 lines, net sales 15.00, contribution 12.00, unallocated -2.00,"
        " 16 steps assumed zero, 1 line left out)"
    )
    assert repr(earned.unallocated) == "Unassigned(1 row, -2.00)"
    assert earned.line_values("gross_margin").on(earned.transactions).values.tolist() == [14, -2, 0]


def test_answers_are_equal_by_their_figures():
    tx = small()
    half_up = contribution(tx, CostModel(handling=PerUnit("0.005")))
    down = contribution(tx, CostModel(handling=PerUnit("0.005")), rounding="down")

    assert half_up == contribution(tx, CostModel(handling=PerUnit("0.005")))
    assert half_up != down
    assert half_up.by("customer") != down.by("customer")


# --- lines without a cost ------------------------------------------------------------------------


@given(TILL)
def test_excluded_lines_leave_sales_and_costs_alike(lines):
    tx = transactions(lines)
    model = CostModel(
        landed=UnitCosts.of(SMALLER, [3, 4, 5], [2, 3, 4]),
        payment=PercentOfSales("0.0333"),
        channel=PerBasket("0.80", returns="charge"),
        service=PerCustomer("1.00"),
    )
    known = np.array([line.product in SMALLER for line in lines])

    earned = contribution(tx, model, missing="exclude")
    alone = contribution(tx.where(known), model)

    assert earned.n_excluded == len(lines) - known.sum()
    assert (earned.excluded is None) == known.all()
    for figure in waterfall_order():
        assert earned.minor(figure)[known].tolist() == alone.minor(figure).tolist()
        assert not earned.minor(figure)[~known].any()


# --- real lines ----------------------------------------------------------------------------------


def test_the_complete_journey_to_the_cent():
    """Figures computed apart from the published columns: 0.1 % is 4,596.04, not 2,362.70."""
    frame = complete_journey()
    names = ck.Columns(
        customer="household_id",
        time="transaction_timestamp",
        basket="basket_id",
        product="product_id",
        amount="sales_value",
    )
    tx = ck.Transactions.from_frame(frame, names)
    off = (frame["retail_disc"] + frame["coupon_match_disc"]).round(2)
    model = CostModel(
        discounts=ck.LineValues.of(tx, off, name="discounts"), payment=PercentOfSales("0.001")
    )
    earned = contribution(tx, model)

    figures = earned.waterfall().to_frame().set_index("figure")["amount"]
    assert figures["gross_sales"] == 5_392_232.87
    assert figures["discounts"] == -796_193.29
    assert figures["net_sales"] == 4_596_039.58
    assert figures["payment"] == -4_596.04
    # Rounded line by line nearly half of it would be lost; here no line is a cent off.
    cents = to_minor(frame["sales_value"].to_numpy(), digits=2)
    assert int(np.floor(cents / 1000 + 0.5).sum()) == 236_270
    assert float(np.abs(-earned.minor("payment") - cents / 1000).max()) < 1
    by_household = earned.by("customer")
    assert len(by_household) == 2469
    assert int(by_household.minor("contribution").sum()) == 459_603_958 - 459_604


def test_loss_making_lines_of_ta_feng():
    """Gross margins of a grocer, computed apart from the published columns."""
    frame = ta_feng()
    names = ck.Columns(
        customer="CUSTOMER_ID",
        time="TRANSACTION_DT",
        product="PRODUCT_ID",
        quantity="AMOUNT",
        amount="SALES_PRICE",
        cost="ASSET",
    )
    earned = contribution(
        ck.Transactions.from_frame(frame, names), CostModel(purchase="cost"), digits=0
    )

    margin = earned.minor("gross_margin")
    assert int(margin.sum()) == 16_163_257
    assert (np.count_nonzero(margin < 0), int(margin[margin < 0].sum())) == (62_549, -1_155_493)
    by_customer = earned.by("customer").minor("contribution")
    signs = [int(np.count_nonzero(sign)) for sign in (by_customer > 0, by_customer == 0)]
    assert [*signs, len(by_customer)] == [29_571, 59, 32_266]
