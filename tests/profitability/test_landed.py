"""Landed cost against Fractions, the conventions of other systems, and what is refused."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money import AllocationRule
from crmkit.profitability import Basis, Charge, ChargeableWeight, ShipmentLines, landed_cost
from money_oracles import allocated, rounded

MEASURES = {Basis.VALUE: "value", Basis.QUANTITY: "quantity", Basis.WEIGHT: "weight"}


def shipment_lines(**changes):
    columns = {
        "shipment": ["S1", "S1", "S2"],
        "product": ["tea", "mug", "mug"],
        "quantity": [10, 5, 8],
        "value": ["100.00", "50.00", "80.00"],
        "weight": [20.0, 5.0, 8.0],
        "category": ["food", "home", "home"],
    }
    return ShipmentLines(**{**columns, **changes})


# --- against Fractions ---------------------------------------------------------------------------

row = st.tuples(
    st.integers(0, 3),  # shipment
    st.integers(0, 2),  # product
    st.integers(1, 20),  # quantity
    st.integers(1, 10_000),  # value in cents
    st.integers(1, 5000),  # grams
)
charges = st.tuples(
    st.sampled_from([*MEASURES, Basis.EQUAL]),
    st.dictionaries(st.integers(0, 3), st.integers(-5000, 5000), min_size=1),
    st.booleans(),  # one pool of all shipments
    st.sampled_from([False, True, "0.5", "0.333"]),  # recoverable
    st.booleans(),  # capitalise
)


def oracle_shares(rows, charge):
    basis, by_shipment, pooled, _, _ = charge
    column = {Basis.QUANTITY: 2, Basis.VALUE: 3, Basis.WEIGHT: 4}
    weights = [1 if basis is Basis.EQUAL else r[column[basis]] for r in rows]
    shares = [0] * len(rows)
    pools = defaultdict(list)
    for i, r in enumerate(rows):
        pools[None if pooled else r[0]].append(i)
    amounts = {None: sum(by_shipment.values())} if pooled else by_shipment
    for key, amount in amounts.items():
        spread = allocated(amount, [weights[i] for i in pools[key]])
        for i, share in zip(pools[key], spread, strict=True):
            shares[i] += share
    return shares


def oracle_recoverable(rows, charge, shares):
    _, _, pooled, share, _ = charge
    if isinstance(share, bool):
        return shares if share else [0] * len(rows)
    back = [0] * len(rows)
    for key in {None} if pooled else {r[0] for r in rows}:
        for sign in (1, -1):
            mine = [
                i for i, r in enumerate(rows) if (pooled or r[0] == key) and shares[i] * sign > 0
            ]
            part = rounded(Fraction(share) * sum(shares[i] for i in mine), "half_up")
            spread = allocated(part, [abs(shares[i]) for i in mine])
            for i, units in zip(mine, spread, strict=True):
                back[i] = units
    return back


def charge_of(number, drawn, digits):
    basis, by_shipment, pooled, recoverable, capitalise = drawn
    flags = {"recoverable": recoverable, "capitalise": capitalise}
    if pooled:
        total = Decimal(sum(by_shipment.values())).scaleb(-digits)
        return Charge(f"c{number}", total, basis, **flags)
    amounts = [Decimal(a).scaleb(-digits) for a in by_shipment.values()]
    return Charge(f"c{number}", amounts, basis, shipment=list(by_shipment), **flags)


@given(rows=st.lists(row, min_size=1, max_size=9), drawn=st.lists(charges, max_size=4))
@pytest.mark.parametrize("digits", [0, 2, 3])  # yen, euro, Kuwaiti dinar
@settings(max_examples=30)
def test_landed_costs_are_those_of_fractions(digits, rows, drawn):
    there = {r[0] for r in rows}
    drawn = [
        (b, {s: a for s, a in by.items() if s in there} or {rows[0][0]: 7}, *rest)
        for b, by, *rest in drawn
    ]
    shipment, product, quantity, cents, grams = map(list, zip(*rows, strict=True))
    lines = ShipmentLines(
        shipment=shipment,
        product=product,
        quantity=quantity,
        value=[Decimal(c).scaleb(-digits) for c in cents],
        weight=np.array(grams) / 1000,
    )
    given = [charge_of(i, d, digits) for i, d in enumerate(drawn)]
    landed = landed_cost(lines, given, digits=digits)
    expected = [oracle_shares(rows, d) for d in drawn]
    back = [oracle_recoverable(rows, d, e) for d, e in zip(drawn, expected, strict=True)]
    assert landed.amounts.tolist() == expected
    for i in range(len(rows)):
        shares = [e[i] for e in expected]
        cost = [s - b[i] for s, b in zip(shares, back, strict=True)]
        stock = [c if d[4] else 0 for d, c in zip(drawn, cost, strict=True)]
        assert landed.landed_total[i] == cents[i] + sum(cost)
        assert landed.inventory_value[i] == cents[i] + sum(stock)
        assert landed.recoverable[i] == sum(shares) - sum(cost)
    by_product = landed.by("product").to_frame()
    for name, total in zip(by_product["product"], by_product["landed_total"], strict=True):
        mine = np.array(product) == name
        assert round(total * 10**digits) == landed.landed_total[mine].sum()
    assert not (landed.amounts + landed.reverse().amounts).any()
    assert not (landed.landed_total + landed.reverse().landed_total).any()


def test_shuffled_lines_cost_the_same():
    rng = np.random.default_rng(0)
    n = 500
    columns = {
        "shipment": rng.integers(0, 40, n),
        "product": np.arange(n),
        "quantity": rng.integers(1, 9, n),
        "value": rng.integers(1, 10_000, n) / 100,
    }
    charge = [Charge("freight", "1234.56", Basis.VALUE), Charge("fee", "99.99", Basis.EQUAL)]
    one = landed_cost(ShipmentLines(**columns), charge)
    order = rng.permutation(n)
    other = landed_cost(ShipmentLines(**{k: v[order] for k, v in columns.items()}), charge)
    assert other.amounts[0].sum() == one.amounts[0].sum() == 123_456
    distinct = np.flatnonzero(np.bincount((columns["value"] * 100).astype(int)) == 1)
    alone = np.isin((columns["value"] * 100).astype(int), distinct)
    assert np.array_equal(one.amounts[0][order][alone[order]], other.amounts[0][alone[order]])


# --- charges -------------------------------------------------------------------------------------


def test_the_example_of_the_docs():
    charges = [
        Charge("freight", "33.33", Basis.WEIGHT, shipment="S1"),
        Charge("broker", "10.00", Basis.EQUAL),
    ]
    frame = landed_cost(shipment_lines(), charges).to_frame()
    assert list(frame) == [
        "shipment", "product", "quantity", "value", "freight", "broker", "landed_total",
        "landed_unit",
    ]  # fmt: skip
    assert frame["freight"].tolist() == [26.66, 6.67, 0]
    assert frame["broker"].tolist() == [3.34, 3.33, 3.33]
    assert frame["landed_total"].tolist() == [130.0, 60.0, 83.33]


def test_recoverable_tax_has_columns_of_its_own():
    charges = [
        Charge("vat", "46.00", Basis.VALUE, recoverable=True, element="tax"),
        Charge("storage", "2.30", Basis.VALUE, capitalise=False),
    ]
    landed = landed_cost(shipment_lines(), charges)
    frame = landed.to_frame()
    assert frame["landed_total"].tolist() == [101.0, 50.5, 80.8]
    assert frame["inventory_value"].tolist() == [100.0, 50.0, 80.0]
    assert frame["recoverable"].tolist() == [20.0, 10.0, 16.0]


def test_a_partly_recoverable_tax_is_split_exactly():
    landed = landed_cost(
        shipment_lines(), [Charge("vat", "10.01", Basis.EQUAL, recoverable="0.333")]
    )
    assert landed.recoverable.sum() == 333
    assert landed.landed_total.sum() == 23_000 + 1001 - 333
    assert (landed.recoverable <= landed.amounts[0]).all()


@pytest.mark.parametrize(
    ("amounts", "back"),
    [
        (["10.00", "-10.00"], [250, 250, -500]),  # nothing in all, and still half of each
        (["10.00", "-9.99"], [250, 250, -500]),  # a cent in all: 499.5 is rounded half up
        (["-10.00", "4.00"], [-250, -250, 200]),
    ],
)
def test_of_charges_and_credits_each_gives_its_share_back(amounts, back):
    vat = [Charge("vat", amounts, Basis.EQUAL, shipment=["S1", "S2"], recoverable="0.5")]
    one_by_one = [
        Charge("vat", amount, Basis.EQUAL, shipment=shipment, recoverable="0.5")
        for amount, shipment in zip(amounts, ["S1", "S2"], strict=True)
    ]
    assert landed_cost(shipment_lines(), vat).recoverable.tolist() == back
    assert landed_cost(shipment_lines(), one_by_one).recoverable.tolist() == back


def test_of_no_amounts_nothing_comes_back():
    none = Charge("vat", [], Basis.EQUAL, shipment=[], recoverable="0.5")
    assert landed_cost(shipment_lines(), [none]).recoverable.tolist() == [0, 0, 0]


def test_a_pinned_credit_within_a_shipment_gives_its_share_back():
    charge = Charge(
        "vat", "10.00", Basis.EQUAL, shipment="S1", fixed=["-10.00", None, None], recoverable="0.25"
    )
    landed = landed_cost(shipment_lines(), [charge])
    assert landed.amounts.tolist() == [[-1000, 2000, 0]]
    assert landed.recoverable.tolist() == [-250, 500, 0]


@pytest.mark.parametrize(
    ("digits", "value", "amount", "rate", "shares", "totals"),
    [
        # 100.005 KWD at 480.5 yen are 48,052.4025 yen; whole yen are spread
        (0, [30_000, 20_000, 10_000], "100.005", "480.5", [24_026, 16_017, 8_009],
         [54_026, 36_017, 18_009]),
        # 1,000 yen at 0.0020812 dinar are 2.0812 dinar, 2,081 fils
        (3, ["30.001", "20", "9.999"], 1000, "0.0020812", [1040, 694, 347],
         [31_041, 20_694, 10_346]),
    ],
)  # fmt: skip
def test_charges_in_yen_and_in_dinars(digits, value, amount, rate, shares, totals):
    lines = shipment_lines(value=value, currency={0: "JPY", 3: "KWD"}[digits])
    other = {0: "KWD", 3: "JPY"}[digits]
    charge = Charge("freight", amount, Basis.VALUE, currency=other, rate=rate)
    landed = landed_cost(lines, [charge], digits=digits)
    exact = Fraction(str(amount)) * Fraction(rate) * 10**digits
    units = [int(Decimal(str(v)).scaleb(digits)) for v in value]
    assert shares == allocated(rounded(exact, "half_up"), units)
    assert landed.amounts.tolist() == [shares]
    assert landed.landed_total.tolist() == totals
    frame = landed.to_frame()
    assert frame["landed_total"].tolist() == [total / 10**digits for total in totals]


@pytest.mark.parametrize(("digits", "amount"), [(0, "10.5"), (3, "10.0005")])
def test_amounts_finer_than_the_currency_are_refused_or_rounded(digits, amount):
    whole = shipment_lines(value=[100, 50, 80])
    charge = [Charge("fee", amount, Basis.EQUAL)]
    with pytest.raises(InvalidDataError, match="charge 'fee'.*rounding"):
        landed_cost(whole, charge, digits=digits)
    up, even = (
        int(landed_cost(whole, charge, digits=digits, rounding=mode).amounts.sum())
        for mode in ("half_up", "half_even")
    )
    assert (up, even) == ({0: 11, 3: 10_001}[digits], {0: 10, 3: 10_000}[digits])


def test_charges_of_one_name_share_a_column():
    charges = [Charge("freight", 1, Basis.VALUE, shipment=s) for s in ("S1", "S2")]
    landed = landed_cost(shipment_lines(), charges)
    assert landed.amounts.shape == (2, 3)
    assert landed.to_frame()["freight"].tolist() == [0.67, 0.33, 1.0]


def test_a_foreign_charge_is_converted_once():
    lines = shipment_lines(currency="EUR")
    yen = Charge("freight", 10_000, Basis.VALUE, currency="JPY", rate="0.006125")
    assert landed_cost(lines, [yen]).amounts.sum() == 6125
    own = Charge("fee", "1.00", Basis.VALUE, currency="EUR")
    assert landed_cost(lines, [own]).amounts.sum() == 100
    two = Charge("f", [1, "2.345"], Basis.VALUE, shipment=["S1", "S2"], rate=["1.1", 2])
    assert landed_cost(lines, [two]).amounts.sum(axis=1).tolist() == [110 + 469]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"category": "home"}, [0, 385, 615]),
        ({"category": ["home", "food"], "product": "tea"}, [1000, 0, 0]),
        (np.array([True, True, False]), [667, 333, 0]),
    ],
)
def test_scope(scope, expected):
    landed = landed_cost(shipment_lines(), [Charge("f", 10, Basis.VALUE, scope=scope)])
    assert landed.amounts[0].tolist() == expected


def test_fixed_amounts_first():
    charge = Charge("f", "10.00", Basis.VALUE, fixed=["4.00", None, None])
    assert landed_cost(shipment_lines(), [charge]).amounts[0].tolist() == [400, 231, 369]
    floats = Charge("f", "10.00", Basis.VALUE, fixed=[np.nan, 10.0, np.nan])
    assert landed_cost(shipment_lines(), [floats]).amounts[0].tolist() == [0, 1000, 0]


def test_a_million_shipments_are_one_charge():
    lines = ShipmentLines(
        shipment=np.arange(1000) % 500,
        product=["x"] * 1000,
        quantity=[1] * 1000,
        value=[1] * 1000,
    )
    amounts = np.arange(500) / 100
    landed = landed_cost(lines, [Charge("f", amounts, Basis.QUANTITY, shipment=np.arange(500))])
    assert np.array_equal(np.bincount(np.arange(1000) % 500, landed.amounts[0]), np.arange(500))
    twice = Charge("f", [1, 2], Basis.QUANTITY, shipment=[7, 7])
    assert landed_cost(lines, [twice]).amounts.sum() == 300


def test_chargeable_weight_binds_per_consignment_or_per_line():
    lines = ShipmentLines(
        shipment=[1, 1, 1],
        product=["a", "b", "c"],
        quantity=[1, 1, 1],
        value=[1, 1, 1],
        weight=[40, 5, 15],
        volume=[0.06, 0.18, 0.06],
    )
    factor = Fraction(1000, 6)
    whole = Charge("air", "60.00", ChargeableWeight(factor))
    each = Charge("air", "85.00", ChargeableWeight(factor, per="line"))
    amounts = landed_cost(lines, [whole, each]).amounts.tolist()
    assert amounts == [[4000, 500, 1500], [4000, 3000, 1500]]
    light = attrs_evolved(lines, weight=[4, 5, 5])
    assert landed_cost(light, [whole]).amounts[0].tolist() == [1200, 3600, 1200]


def attrs_evolved(lines, **changes):
    columns = {name: values.tolist() for name, values in lines.columns().items()}
    return ShipmentLines(**{**columns, **changes})


def test_other_systems_by_rule():
    lines = ShipmentLines(shipment=[1] * 6, product=range(6), quantity=[1] * 6, value=[1] * 6)
    charge = [Charge("f", "6.85", Basis.EQUAL)]
    odoo = AllocationRule(method="last", rounding="half_up", on_zero="equal")
    assert landed_cost(lines, charge, rule=odoo).amounts[0].tolist() == [114] * 5 + [115]


# --- follow-up questions -------------------------------------------------------------------------


def test_by_any_combination():
    lines = shipment_lines(supplier=["A", None, "B"])
    landed = landed_cost(lines, [Charge("f", 1, Basis.EQUAL)])
    frame = landed.by("supplier").to_frame()
    assert frame["supplier"].isna().tolist() == [False, False, True]
    assert frame["landed_total"].tolist() == [100.34, 80.33, 50.33]
    both = landed.by("shipment", "product").to_frame()
    assert both[["shipment", "product"]].to_numpy().tolist() == [
        ["S1", "mug"],
        ["S1", "tea"],
        ["S2", "mug"],
    ]
    assert landed.by("product").landed_unit.tolist() == [(50.33 + 80.33) / 13, 10.034]


def test_explain_says_weight_and_exact_share():
    charges = [
        Charge("freight", "33.33", Basis.WEIGHT, shipment="S1"),
        Charge("fee", "10.00", Basis.EQUAL, fixed=["4.00", None, None]),
        Charge("air", "1.00", [1, 1, 2]),
    ]
    landed = landed_cost(shipment_lines(), charges)
    first = landed.explain(0).to_frame()
    assert first["basis"].tolist() == ["weight", "fixed", "own"]
    assert first["exact"].round(6).tolist() == [26.664, 4.0, 0.25]
    assert first["share"].tolist() == [26.66, 4.0, 0.25]
    last = landed.explain(2).to_frame()
    assert last["charge"].tolist() == ["fee", "air"]
    assert last["total_weight"].tolist() == [2, 4]


@given(
    quantities=st.lists(st.integers(1, 9), min_size=1, max_size=5),
    cents=st.integers(-2000, 2000),
)
def test_lots_sum_to_their_line(quantities, cents):
    lines = shipment_lines(quantity=[sum(quantities), 5, 8])
    landed = landed_cost(lines, [Charge("f", Decimal(cents) / 100, Basis.VALUE)])
    lots = landed.to_lots([0] * len(quantities), quantities)
    assert lots.figures.landed_total.sum() == landed.landed_total[0]
    shares = allocated(int(landed.amounts[0, 0]), quantities)
    assert lots.figures.charges["f"].tolist() == shares


def test_frames_come_back_in_kind():
    frame = pl.DataFrame(
        {"asn": [1, 1], "product": ["a", "b"], "quantity": [1, 2], "value": [1.5, 2.5]}
    )
    lines = ShipmentLines.from_frame(frame, {"shipment": "asn"})
    landed = landed_cost(lines, [Charge("f", 1, Basis.EQUAL)])
    assert isinstance(landed.to_frame(), pl.DataFrame)
    assert isinstance(landed.by("product").to_frame(), pl.DataFrame)
    assert isinstance(landed.explain(0).to_frame(), pl.DataFrame)
    assert isinstance(landed.to_lots([0], [1]).to_frame(), pl.DataFrame)
    assert "landed_total" in landed._repr_html_()


def test_quantity_zero_has_no_unit_cost():
    lines = shipment_lines(quantity=[0, 5, 8])
    landed = landed_cost(lines, [Charge("f", "1.00", Basis.EQUAL)])
    assert np.isnan(landed.landed_unit[0])
    assert landed.amounts[0].tolist() == [0, 50, 50]


# --- refused -------------------------------------------------------------------------------------


def refused(charges, lines=None, **options):
    with pytest.raises(InvalidDataError) as caught:
        landed_cost(lines or shipment_lines(), charges, **options)
    return str(caught.value)


def test_all_problems_of_all_charges_at_once():
    message = refused(
        [
            Charge("freight", 5, Basis.VOLUME),
            Charge("fee", 5, Basis.EQUAL, shipment="S3"),
            Charge("toll", 5, Basis.VALUE, scope={"category": "wine"}),
            Charge("duty", "1.005", Basis.VALUE, currency="USD", rate=None),
            Charge("pin", 5, Basis.VALUE, shipment="S1", fixed=["6", None, "1"]),
            Charge("pin2", 5, Basis.VALUE, fixed=["6", None, None]),
        ]
    )
    for words in (
        "charge 'freight': the lines have no volume",
        "charge 'fee': 1 shipment not among the lines, the first of them 'S3'",
        "charge 'toll': an amount of 500 and no line to carry it",
        "charge 'duty': it is in USD, and the lines name no currency",
        "charge 'pin': a fixed amount on 1 line outside its shipments and scope, the first of",
        "charge 'pin2': fixed amounts of 600 are beyond the 500",
    ):
        assert words in message, message


@pytest.mark.parametrize(
    ("charge", "lines", "words"),
    [
        (
            Charge("f", [1, 2], Basis.WEIGHT, shipment=["S1", "S2"]),
            {"weight": [1.0, 2.0, None]},
            "charge 'f', shipment 'S2', first line 2: the weight is nan on 1 line",
        ),
        (
            Charge("f", 1, Basis.VALUE, shipment="S1"),
            {"value": [0, 0, 5]},
            "charge 'f', shipment 'S1', first line 0: its weights sum to 0",
        ),
        (
            Charge("f", 1, Basis.VALUE),
            {"value": [-1, 2, 3]},
            "charge 'f', first line 0: the weight is negative",
        ),
        (Charge("f", 1, [1, 2]), {}, "weights of one's own must be 3 numbers"),
        (Charge("f", "0.001", Basis.VALUE), {}, "charge 'f': amount: 1 value finer than 2 digits"),
        (Charge("f", np.nan, Basis.VALUE), {}, "charge 'f': amount: 1 value missing"),
        (Charge("f", 1, Basis.VALUE, rate=-2), {}, "a rate must be positive"),
        (Charge("f", 1, Basis.VALUE, rate="x"), {}, "no number"),
        (Charge("f", 1, Basis.VALUE, fixed=[1, 1, 1]), {}, "beyond the 100"),
        (
            Charge("f", 4, Basis.VALUE, fixed=[1, 1, 1]),
            {},
            "charge 'f': an amount of 100 and no line to carry it",
        ),
        (
            Charge("f", 1, ChargeableWeight(200)),
            {"volume": [0.1, np.nan, 0.2]},
            "first line 1: the weight is nan",
        ),
        (Charge("f", 1, Basis.VALUE), {"value": ["1.005", 2, 3]}, "value: 1 value finer"),
        (
            Charge("f", 1, Basis.VALUE, currency="USD"),
            {"currency": "EUR"},
            "it is in USD, the lines in EUR. Say rate=",
        ),
    ],
)
def test_refused_data(charge, lines, words):
    assert words in refused([charge], shipment_lines(**lines))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Charge("", 1, Basis.VALUE), "name must not be empty"),
        (lambda: Charge("f", 1, "wieght"), "basis must be one of Basis.VALUE"),
        (lambda: Charge("f", [1, 2], Basis.VALUE), "2 amounts and one shipment"),
        (lambda: Charge("f", 1, Basis.VALUE, shipment=["a"]), "one amount and 1 shipment"),
        (
            lambda: Charge("f", [1, 2], Basis.VALUE, shipment=[1, 2], rate=[1]),
            "1 rate for 2 amounts",
        ),
        (lambda: Charge("f", 1, Basis.VALUE, recoverable=2), "share from 0 to 1"),
        (lambda: Charge("f", 1, Basis.VALUE, element="frieght"), "did you mean 'freight'"),
        (lambda: ChargeableWeight(0), "must be positive"),
        (lambda: ChargeableWeight(1, per="box"), "per must be one of"),
        (
            lambda: landed_cost(shipment_lines(), [Charge("value", 1, Basis.VALUE)]),
            "cannot be called 'value'",
        ),
        (lambda: landed_cost([1], []), "lines must be ShipmentLines"),
        (lambda: landed_cost(shipment_lines(), ["freight"]), "each charge must be Charge"),
        (lambda: landed_cost(shipment_lines(), []).by(), "needs a field"),
        (lambda: landed_cost(shipment_lines(), []).by("produkt"), "did you mean 'product'"),
        (lambda: landed_cost(shipment_lines(), []).by("origin"), "have no origin"),
        (lambda: landed_cost(shipment_lines(), []).explain(3), "lines 0 to 2; got 3"),
        (lambda: landed_cost(shipment_lines(), []).to_lots([3], [1]), "lot 0 is of line 3"),
        (lambda: landed_cost(shipment_lines(), []).to_lots([0], [1, 2]), "two lists of one length"),
    ],
)
def test_refused_arguments(call, words):
    with pytest.raises(InvalidArgumentError, match=words):
        call()


def test_lots_must_be_complete():
    with pytest.raises(InvalidDataError, match=r"line 0: 9 in lots, 10 on the line"):
        landed_cost(shipment_lines(), []).to_lots([0, 0], [4, 5])


def test_a_basis_may_be_its_word():
    assert Charge("f", 1, "weight").basis is Basis.WEIGHT
    assert Charge("f", [1, 2], "value", shipment=[1, 2]) == Charge(
        "f", np.array([1, 2]), Basis.VALUE, shipment=[1, 2]
    )
    assert Charge("f", 1, "value") != Charge("f", [1], "value", shipment=[1])


# --- lines ---------------------------------------------------------------------------------------


def test_lines_from_a_frame():
    frame = pd.DataFrame(
        {
            "asn": ["A", "A"],
            "product": [1, 2],
            "quantity": [1.5, 2],
            "value": [Decimal("1.10"), Decimal("2")],
            "hs_code": ["0901.21", None],
            "weight": [None, 2.5],
        }
    )
    lines = ShipmentLines.from_frame(frame, {"shipment": "asn"}, currency="EUR")
    assert lines.hs_code.decode().tolist() == ["090121", None]
    assert lines.value.units.tolist() == [11, 20]
    assert list(lines.to_frame()) == [
        "shipment", "product", "quantity", "value", "weight", "hs_code",
    ]  # fmt: skip
    assert lines == ShipmentLines.from_frame(lines.to_frame(), currency="EUR")


def test_lines_with_every_problem():
    with pytest.raises(InvalidDataError) as caught:
        ShipmentLines(
            shipment=["S", None],
            product=["a", "b"],
            quantity=[1, np.nan],
            value=["1", "x"],
            weight=[-1, 2],
            hs_code=["090", "0901"],
        )
    for words in (
        "shipment (column 'shipment'): missing",
        "quantity (column 'quantity'): missing",
        "value (column 'value'): not a number",
        "weight (column 'weight'): no measure",
        "hs_code (column 'hs_code'): no tariff code in 1 row, first in row 0",
    ):
        assert words in str(caught.value), str(caught.value)


def test_tariff_codes_as_numbers_are_refused():
    with pytest.raises(InvalidDataError, match="leading zero"):
        shipment_lines(hs_code=[901, 902, 903])


def test_odd_roles_and_columns():
    with pytest.raises(InvalidArgumentError, match="did you mean 'weight'"):
        ShipmentLines.from_frame(pd.DataFrame({"a": [1]}), {"wieght": "a"})
    with pytest.raises(KeyError, match="ASN"):
        ShipmentLines.from_frame(pd.DataFrame({"a": [1]}), {"shipment": "ASN"})
    with pytest.raises(InvalidArgumentError, match="equally long"):
        shipment_lines(weight=[1])
    with pytest.raises(InvalidArgumentError, match="no id of shipment lines"):
        shipment_lines().ids("value")


def test_values_that_do_not_fit_64_bits_are_refused():
    message = refused([], shipment_lines(value=[2**60, 1, 1]))
    assert "value: the figures are too large to be summed in units of 10**-2" in message


def test_rounding_is_named_or_refused():
    lines = shipment_lines(value=["1.005", "1.015", "2"])
    landed = landed_cost(lines, [Charge("f", "0.125", Basis.EQUAL)], rounding="half_even")
    assert landed.figures.value.tolist() == [100, 102, 200]
    assert landed.amounts.sum() == 12 == rounded(Fraction("12.5"), "half_even")
