"""Taxes: what each is levied on, where it is rounded, what of it comes back."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability import (
    DutySchedule,
    ImportDeclaration,
    ShipmentLines,
    Tax,
    import_duties,
)

FREE = DutySchedule({"hs_prefix": [""], "ad_valorem": [0]})


def asked(values, taxes, *, shipment=None, schedule=FREE, **declared):
    lines = ShipmentLines(
        shipment=shipment or [1] * len(values),
        product=list(range(len(values))),
        quantity=[1] * len(values),
        value=values,
        hs_code=["0901"] * len(values),
    )
    return import_duties(
        lines,
        schedule,
        as_of="2026-03-01",
        valuation="CIF",
        taxes=taxes,
        declared=ImportDeclaration(**declared),
    )


def test_a_fee_is_clamped_per_entry_and_then_spread():
    # The merchandise processing fee of the United States, with its bounds of 2025.
    fee = Tax(
        name="mpf",
        rate="0.003464",
        on="customs_value",
        level="shipment",
        minimum="32.71",
        maximum="634.62",
    )
    answer = asked([100, 200, 1_000_000, 50_000], [fee], shipment=["A", "A", "B", "C"])

    assert [1090, 2181, 63462, 17320] == answer.amount("mpf").tolist()


def test_levels_differ_by_cents():
    amounts = {}
    for level in ("line", "item", "shipment"):
        vat = Tax(name="vat", rate="0.05", on="customs_value", level=level)
        amounts[level] = asked(["0.10"] * 3, [vat]).amount("vat").tolist()

    assert {"line": [1, 1, 1], "item": [1, 1, 0], "shipment": [1, 1, 0]} == amounts


def test_the_mode_is_the_tax_s_own():
    taxes = [Tax(name=m, rate="0.5", on="customs_value", rounding=m) for m in ("down", "half_up")]
    answer = asked(["0.33"], taxes)

    assert [16, 17] == [int(answer.amount(name)[0]) for name in ("down", "half_up")]


def test_a_partly_exempt_importer_claims_back_a_share():
    vat = Tax(name="vat", rate="0.2", on="customs_value", recoverable=Fraction(1, 3))
    answer = asked(["50.00", "0.05"], [vat])

    assert [1000, 1] == answer.total.tolist()
    assert [333, 0] == answer.recoverable.tolist()
    assert [667, 1] == answer.cost.tolist()


def test_what_is_recoverable_is_in_no_cost():
    answer = asked([100], [Tax(name="vat", rate=0.2, on=["customs_value"], recoverable=True)])

    assert (2000, 2000, 0) == tuple(
        int(x[0]) for x in (answer.total, answer.recoverable, answer.cost)
    )


def test_two_rates_of_one_tax_are_two_taxes():
    books = np.array([True, False])
    taxes = [
        Tax(name="vat_7", rate="0.07", on="customs_value", where=books, level="shipment"),
        Tax(name="vat_19", rate="0.19", on="customs_value", where=~books, level="shipment"),
    ]

    assert [700, 1900] == asked([100, 100], taxes).total.tolist()


def test_a_minimum_on_a_base_of_zero_is_spread_evenly():
    fee = Tax(name="fee", rate=0, on="customs_value", level="shipment", minimum="1")

    assert [34, 33, 33] == asked([0, 0, 0], [fee]).total.tolist()


def test_nothing_is_levied_where_no_line_is_meant():
    fee = Tax(name="fee", rate=0, on="duty", level="shipment", minimum="1", where=np.array([False]))

    assert [0] == asked([100], [fee]).total.tolist()


# --- refused -------------------------------------------------------------------------------------


def refused(*taxes, **declared):
    with pytest.raises(InvalidArgumentError) as error:
        asked([100], taxes, **declared)
    return str(error.value)


def test_all_that_is_wrong_with_a_cascade_is_said_at_once():
    message = refused(
        Tax(name="a", rate=0.1, on=("customs_value", "b")),
        Tax(name="b", rate=0.1, on=("a", "c")),
        Tax(name="c", rate=0.1, on=("dutty",)),
        Tax(name="c", rate=0.1, on=("duty", "third_country")),
        Tax(name="d", rate=0.1, on=("d",)),
    )

    for words in (
        "tax 'a' is levied on 'b', and that on 'a': a cycle",
        "tax 'b' is levied on 'c', which comes after it: put 'c' first",
        "tax 'c' is levied on 'dutty', which is none of",
        "did you mean 'duty'?",
        "tax 'c': the name is taken",
        "tax 'c' counts 'third_country' twice",
        "tax 'd' is levied on 'd', and that on 'd': a cycle",
    ):
        assert words in message


def test_names_of_costs_and_taxes_do_not_meet():
    vat = Tax(name="inland", rate=0.1, on="duty")

    assert "the name is taken" in refused(vat, incidental={"inland": [1]})
    assert "is taken" in refused(incidental={"duty": [1]})


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rate": -0.1}, "negative"),
        ({"recoverable": 1.5}, "from 0 to 1"),
        ({"on": ()}, "levied on nothing"),
        ({"level": "entry"}, "level must be one of"),
        ({"rounding": "nearest"}, "rounding must be one of"),
    ],
)
def test_options_outside_their_domain(options, words):
    with pytest.raises(InvalidArgumentError, match=words):
        Tax(**{"name": "vat", "rate": 0.1, "on": "duty"} | options)


def test_bounds_are_in_order_and_fit_the_digits():
    with pytest.raises(InvalidArgumentError, match="minimum <= maximum"):
        Tax(name="fee", rate=0, on="duty", minimum=2, maximum=1).bounds(2)
    with pytest.raises(InvalidDataError, match="finer than 2 digits"):
        Tax(name="fee", rate=0, on="duty", minimum="0.001").bounds(2)


def test_masks_are_booleans_per_line():
    with pytest.raises(InvalidArgumentError, match="1 booleans, one per line"):
        asked([1], [Tax(name="vat", rate=0.1, on="duty", where=[True, False])])


def test_rates_that_are_no_numbers_are_refused():
    with pytest.raises(InvalidDataError, match="6.5 %"):
        Tax(name="vat", rate="20 %", on="duty")
