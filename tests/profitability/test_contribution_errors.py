"""What contribution refuses: every problem of every step in one error, in words that help."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import crmkit as ck
from crmkit.errors import InvalidArgumentError, InvalidDataError, MissingRoleError
from crmkit.profitability import (
    Capital,
    CostModel,
    PerBasket,
    PercentOfCost,
    PercentOfSales,
    PerCustomer,
    PerUnit,
    Pool,
    ResourceDays,
    ShipmentLines,
    UnitCosts,
    contribution,
    landed_cost,
)

CHANNELS = {"web": "3.50", "store": "0.80"}


def lines(**changes):
    given_ones = {
        "customer": ["ann", "bob", "bob"],
        "time": ["2026-01-03"] * 3,
        "amount": [10, 5, 3],
        "quantity": [2, 1, 1],
        "cost": [6, 4, 2],
        "product": ["tea", "mug", "tea"],
        "basket": [1, 2, 2],
        "attributes": {"channel": ["web", "store", "store"]},
    }
    return ck.Transactions.from_arrays(**(given_ones | changes))


BARE = ck.Transactions.from_arrays(customer=[1, 2], time=["2026-01-03"] * 2, amount=[10, 5])


def refused(tx, error=InvalidDataError, missing="raise", digits=2, **steps):
    with pytest.raises(error) as raised:
        contribution(tx, CostModel(**steps), missing=missing, digits=digits)
    assert type(raised.value) is error
    text = str(raised.value)
    assert "np." not in text
    assert "array(" not in text
    return text.split("\n")


# --- all at once ---------------------------------------------------------------------------------


def test_all_problems_of_all_steps_are_in_one_error():
    text = refused(
        lines(amount=[10, 5, 0.001], attributes={"channel": ["web", "shop", None]}),
        landed=UnitCosts.of(["mug"], [1], [1]),
        channel=PerBasket(CHANNELS, attribute="channel"),
        payment=PercentOfSales("0.01"),
        service=[Pool(9, {"tea": 0}), Pool("9.999", "lines")],
    )
    joined = "\n".join(text)
    assert "gross_sales, payment: amount: 1 value finer than 2 digits" in joined
    assert "service: a pool of 9 goes by weights by product, which is zero" in joined
    assert "service: pool: 1 value finer than 2 digits; the first is '9.999'" in joined
    assert "channel: the tariff names no amount for 1 value of channel, the first" in joined
    assert "1 line without channel, the first of them line 2" in joined


def test_missing_costs_do_not_hide_other_problems():
    text = refused(
        lines(),
        landed=UnitCosts.of(["mug"], [1], [1]),
        shelf=Pool(9, {}),
        capital=Capital("0.1", days={}),
    )
    assert [line.partition(": ")[0] for line in text] == ["landed", "shelf", "capital"]


def test_one_problem_of_several_steps_is_said_once():
    text = refused(BARE, MissingRoleError, transport=PerUnit(1), handling=[PerUnit(2), PerUnit(3)])
    assert len(text) == 1
    assert text[0].startswith("transport, handling: contribution() needs the quantity of each line")


@pytest.mark.parametrize(
    ("steps", "error"),
    [
        ({"service": Pool(9, {"tea": 0})}, InvalidDataError),
        ({"service": Pool(9, {"tea": 0}), "channel": PerBasket(1)}, MissingRoleError),
        ({"channel": PerBasket(1), "shelf": "other lines"}, InvalidArgumentError),
        ({"service": Pool(9, {"tea": 0}), "shelf": "other lines"}, InvalidArgumentError),
    ],
)
def test_of_several_kinds_the_error_is_the_one_to_mend_first(steps, error):
    foreign = ck.LineValues.of(lines(), [1, 2, 3], name="metres")
    given_ones = {s: foreign if source == "other lines" else source for s, source in steps.items()}
    tx = ck.Transactions.from_arrays(
        customer=[1], time=["2026-01-03"], product=["tea"], amount=[10], quantity=[1]
    )
    assert len(refused(tx, error, **given_ones)) == len(steps)


# --- what lines lack -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "role"),
    [
        ("cost", "cost"),
        (PercentOfCost("0.1"), "cost"),
        (Pool(1, "cost"), "cost"),
        (Capital("0.1", days=3), "cost"),
        (PerUnit(1), "quantity"),
        (Pool(1, "quantity"), "quantity"),
        (PerBasket(1), "basket"),
        (Pool(1, {"tea": 1}), "product"),
        (ResourceDays(1, {"tea": 1}), "product"),
        (UnitCosts.of(["tea"], [1], [1]), "quantity"),
    ],
)
def test_missing_roles_are_named_with_their_step(source, role):
    (text,) = refused(BARE, MissingRoleError, shelf=source)
    assert text.startswith(f"shelf: contribution() needs the {role} of each line")


def test_sales_need_amounts():
    tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"])
    (text,) = refused(tx, MissingRoleError, payment=PercentOfSales("0.01"))
    assert text.startswith("gross_sales, payment: contribution() needs the amount of each line")


def test_products_without_a_cost_are_counted():
    tx = lines(amount=[10, -5, 3])
    (text,) = refused(tx, landed=UnitCosts.of(["tea"], [1], [1]))
    assert text == (
        "landed: 1 product without a cost, on 1 line (27.8% of sales), the first of them 'mug'."
        " Give them one, or say missing='exclude' to leave their sales out too."
    )


def test_days_of_products_that_are_not_said():
    (text,) = refused(lines(), capital=Capital("0.1", days={"tea": 3}))
    assert text.startswith("capital: 1 product without days on hand, the first of them 'mug'.")


# --- tariffs and pools ---------------------------------------------------------------------------


def test_values_without_a_tariff():
    tx = lines(attributes={"channel": ["web", "stor", "stor"]})
    (text,) = refused(tx, channel=PerBasket(CHANNELS, attribute="channel"))
    assert text == (
        "channel: the tariff names no amount for 1 value of channel, the first of them 'stor'; it"
        " names 'web', 'store'. Hint: did you mean 'store'?"
    )


def test_baskets_of_two_channels():
    tx = lines(attributes={"channel": ["web", "store", "web"]})
    (text,) = refused(tx, channel=PerBasket(CHANNELS, attribute="channel"))
    assert text == (
        "channel: 1 basket with lines of more than one channel, the first of them 2. Split such"
        " baskets by channel."
    )


@pytest.mark.parametrize(
    ("driver", "what"),
    [
        ("cost", "cost, which is zero on every sale"),
        ({"tea": 0, "mug": "0"}, "weights by product, which is zero on every product"),
        ({}, "weights by product, which is zero on every product"),
        ({"tea": 1e-15, "mug": 123456}, "too many digits"),
    ],
)
def test_pools_that_nothing_can_carry(driver, what):
    (text,) = refused(lines(cost=[0, 0, 0]), service=Pool("9.50", driver))
    assert what in text


def test_pools_by_figures_below_zero():
    tx = lines()
    kg = ck.LineValues.of(tx, [1, -2, 3], name="kg")
    (text,) = refused(tx, service=Pool(9, kg))
    assert "goes by kg, which is negative on 1 sale." in text


def test_a_pool_of_nothing_needs_no_driver():
    tx = lines(cost=[0, 0, 0])
    assert contribution(tx, CostModel(service=Pool(0, "cost"))).minor("service").tolist() == [0] * 3


# --- digits and sizes ----------------------------------------------------------------------------


def test_figures_finer_than_the_digits():
    tx = lines(cost=[6.001, 4, 2])
    off = ck.LineValues.of(tx, [0, 0.005, 0], name="card price")
    text = refused(
        tx,
        purchase="cost",
        discounts=off,
        channel=PerBasket("0.125"),
        service=PerCustomer({"ann": 0.333}),
    )
    values = ["card price: 1", "cost: 1", "tariff: 1", "tariff: 1"]
    assert [
        line.split(": ", 1)[1][: len(v)] for line, v in zip(text, values, strict=True)
    ] == values
    assert contribution(tx, CostModel(purchase="cost"), digits=3).minor("purchase")[0] == -6001


@pytest.mark.filterwarnings("ignore::crmkit.errors.InexactSumsWarning")
def test_figures_on_no_grid():
    tx = lines()
    thirds = ck.LineValues.of(tx, [1 / 3, 1, 1], name="kg")
    text = refused(tx, transport=PerUnit(1, per=thirds), shelf=Pool(1, thirds))
    assert text == [
        "transport, shelf: kg: the figures lie on no decimal grid of up to 8 digits; round them."
    ]


def test_figures_too_large_for_64_bits():
    tx = lines(amount=[10**14] * 3, quantity=[10**9] * 3)
    assert "say fewer digits" in refused(tx, digits=8)[0]
    (text,) = refused(tx, transport=PerUnit(10**12))
    assert "too large for 64 bits. Is the rate per unit" in text
    huge = PerUnit(10**7)
    assert "too large to be summed" in refused(tx, transport=[huge], handling=huge)[0]


@pytest.mark.parametrize("digits", [-1, 9, "2", 2.0])
def test_digits_outside_their_domain(digits):
    assert "digits must be" in refused(lines(), InvalidArgumentError, digits=digits)[0]


@pytest.mark.parametrize("option", ["rounding", "missing"])
def test_options_are_words(option):
    with pytest.raises(InvalidArgumentError, match=f"{option} must be one of"):
        contribution(lines(), CostModel(), **{option: "hlaf_up"})


# --- declarations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: PercentOfSales(np.float64(-0.1)), "a rate must be one number >= 0 .* got -0.1"),
        (lambda: PercentOfCost("a tenth"), "a rate must be one number .* got a tenth"),
        (lambda: PerUnit(float("nan")), "a rate must be one number .* got nan"),
        (lambda: PercentOfSales([0.1, 0.2]), "a rate must be one number"),
        (lambda: PercentOfSales(1.5), "'0.015' for 1.5 %; got 1.5, which is 150%"),
        (lambda: PercentOfCost("3/2"), "a share must be 0 .. 1"),
        (lambda: PerUnit(1, per="kg"), "per must be LineValues; got str"),
        (lambda: PerUnit(1, returns="keeps"), "returns must be one of .* did you mean 'keep'"),
        (lambda: PerBasket({"web": "-1", "store": 0.8}, attribute="channel"), "of 'web' must be"),
        (lambda: PerBasket(-1), "the amount must be a number >= 0, such as '3.50'; got -1"),
        (lambda: PerBasket(None), "the amount must be a number"),
        (lambda: PerBasket({"web": 1}), "needs the attribute it is by"),
        (lambda: PerBasket(1, attribute="channel"), "needs the attribute it is by"),
        (lambda: PerBasket(1, returns="reverse"), "stays served"),
        (lambda: PerCustomer({7: "1,50"}), "the amount of 7 must be a number"),
        (lambda: Pool("much", "lines"), "the amount of a pool must be a number"),
        (lambda: Pool(float("inf"), "lines"), "the amount of a pool must be a number"),
        (lambda: Pool(1, "quantiy"), "did you mean 'quantity'"),
        (lambda: Pool(1, np.array([1, 2])), "or a mapping of weights by product; got ndarray"),
        (
            lambda: ResourceDays(1, {"tea": -1}),
            "use of product 'tea' must be .* got -1",
        ),
        (lambda: Pool(1, {"tea": 1, "mug": "-2"}), "weight of product 'mug' must be .* got -2"),
        (lambda: Pool(1, {"tea": "much"}), "weight of product 'tea' must be a number"),
        (lambda: ResourceDays(1, {"tea": None}), "'tea' must be a number >= 0; got None"),
        (lambda: ResourceDays(1, 5), "used must be Mapping"),
        (lambda: Capital("0.1", days=1, year=364), "year must be one of 360, 365"),
        (lambda: Capital("0.1", days=45.5), "the days must be a whole number; got 45.5"),
        (lambda: Capital("0.1", days={"tea": 45.5}), "of every product must be a whole number"),
        (lambda: UnitCosts.of([1, 2], [1, 2], [1, 0]), "product 2 has no positive quantity"),
        (lambda: UnitCosts.of([1, 1], [1, 2], [1, 1]), "product 1 has more than one cost"),
        (lambda: UnitCosts.of(["a"], [-1], [1]), "product 'a' has a negative total"),
        (lambda: UnitCosts.of(["a"], [1, 2], [1]), "equally long; got 1, 2 and 1"),
        (lambda: CostModel(payment=PercentOfSales), "payment: the class PercentOfSales is no"),
        (lambda: CostModel(payment="csot"), "did you mean 'cost'"),
        (lambda: CostModel(payment="0.12"), r"what it is of: PerUnit\('0.12'\)"),
        (lambda: CostModel(payment={"tea": 5}), "For costs by product say UnitCosts.of"),
        (lambda: CostModel(payment=pd.Series([1.0, 2.0])), "payment: a Series is no source. Say"),
        (lambda: CostModel(shelf=np.arange(3)), "shelf: a ndarray is no source.*LineValues.of"),
    ],
)
def test_declarations_say_what_they_take(make, text):
    with pytest.raises(InvalidArgumentError, match=f"(?s){text}") as raised:
        use(make)
    assert "np." not in str(raised.value)


def use(make):
    made = make()
    contribution(lines(), made if isinstance(made, CostModel) else CostModel(service=made))


def test_all_sources_that_are_none_are_listed():
    text = refused(
        lines(), InvalidArgumentError, payment=0.015, service=["cost", None], shelf=PerUnit
    )
    assert [line.split(" is no source")[0] for line in text] == [
        "shelf: the class PerUnit",
        "service: None",
        "payment: 0.015",
    ]


def test_declarations_and_data_are_refused_together():
    tx = lines(attributes={"channel": ["web", "shop", "shop"]})
    dollars = ck.LineValues.of(tx, [1, 1, 1], name="freight", unit="USD")
    euros = ck.LineValues.of(tx, [1, 1, 1], name="duty", unit="EUR")
    text = refused(
        tx,
        InvalidArgumentError,
        purchase=UnitCosts.of(["mug"], [1], [1]),
        landed=dollars,
        warehouse=euros,
        shelf=PercentOfSales(-0.01, returns="revers"),
        channel=PerBasket(CHANNELS, attribute="channel"),
        service=Pool("100"),
    )
    assert len(text) == 6
    joined = "\n".join(text)
    for words in (
        "purchase: 1 product without a cost",
        "shelf: a rate must be one number >= 0 of at most 15 digits, such as '0.015'; got -0.01.",
        "returns must be one of 'reverse', 'keep', 'charge'; got 'revers'. Hint: did you mean",
        "channel: the tariff names no amount for 1 value of channel, the first of them 'shop'",
        "service: the driver of a pool must be one of 'net_sales', 'quantity', 'lines', 'cost'",
        "landed, warehouse: several currencies: landed in USD, warehouse in EUR. Convert them",
    ):
        assert words in joined


def test_lines_of_several_currencies():
    tx = lines(attributes={"currency": ["EUR", "USD", "EUR"]})
    assert refused(tx, InvalidArgumentError) == [
        "gross_sales: several currencies: gross_sales in EUR, gross_sales in USD. Convert them to"
        " that of the amounts."
    ]
    one = lines(attributes={"currency": ["EUR"] * 3})
    assert len(contribution(one, CostModel(landed=ck.LineValues.of(one, [1] * 3, name="x")))) == 3
    dollars = ck.LineValues.of(one, [1] * 3, name="x", unit="USD")
    (text,) = refused(one, InvalidArgumentError, landed=dollars)
    assert text.startswith("gross_sales, landed: several currencies: gross_sales in EUR, landed")


def test_of_many_amounts_below_zero_the_first_is_named():
    (text,) = refused(
        lines(), InvalidArgumentError, service=PerCustomer({"ann": -1, "bob": 2, "eve": "x"})
    )
    assert "the amount of 'ann' must be a number >= 0, such as '3.50'; got -1 and 1 more." in text


@pytest.mark.filterwarnings("ignore::crmkit.errors.InexactSumsWarning")
def test_unit_costs_of_quantities_on_no_grid():
    with pytest.raises(InvalidArgumentError, match="of the units bought, not a quotient"):
        UnitCosts.of(["tea"], [1], [1 / 3])


def test_unit_costs_need_a_rollup_by_product():
    came = ShipmentLines(shipment=[1], product=["tea"], quantity=[3], value=[10])
    with pytest.raises(InvalidArgumentError, match="costs by product; got them by shipment"):
        UnitCosts.from_rollup(landed_cost(came, []).by("shipment"))


@pytest.mark.parametrize(
    ("ask", "text"),
    [
        (lambda earned: earned.minor("margin"), "'margin' is no step .* 'gross_margin'"),
        (lambda earned: earned.minor("xyz"), "no step .* It goes to net_sales, gross_margin, adj"),
        (lambda earned: earned.by("customer").minor("shelfs"), "did you mean 'shelf'"),
        (lambda earned: earned.unallocated.of("contribution"), "'contribution' is no step"),
        (lambda earned: earned.by(), "needs a field"),
        (lambda earned: earned.by(["customer"]), r"a field of by\(\) must be str; got list"),
        (lambda earned: earned.by("amount"), "needs ids"),
    ],
)
def test_questions_that_have_no_answer(ask, text):
    with pytest.raises(InvalidArgumentError, match=text):
        ask(contribution(lines(), CostModel()))
