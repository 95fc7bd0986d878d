"""Duties and taxes in the landed cost, and charges that are spread by them."""

import pytest

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability import (
    Basis,
    Charge,
    DutySchedule,
    ImportDeclaration,
    ShipmentLines,
    Tax,
    import_duties,
    landed_cost,
)

TARIFF = DutySchedule(
    {
        "hs_prefix": ["0902", "0902", "0902"],
        "kind": ["third_country", "anti_dumping", "excise"],
        "ad_valorem": ["0.065", "0.12", None],
        "amount": [None, None, "0.30"],
        "unit": [None, None, "unit"],
    }
)
VAT = Tax(
    name="vat",
    rate="0.20",
    on=("customs_value", "third_country", "anti_dumping", "excise", "inland"),
    recoverable=1,
)


def container(value=(8000,), quantity=(500,)):
    n = len(value)
    return ShipmentLines(
        shipment=["S1"] * n,
        product=list(range(n)),
        quantity=list(quantity),
        value=list(value),
        hs_code=["09024000"] * n,
    )


def transport(lines):
    return landed_cost(
        lines,
        [
            Charge("freight", 600, Basis.VALUE, element="freight"),
            Charge("insurance", 40, Basis.VALUE, element="insurance"),
            Charge("inland", 120, Basis.VALUE, element="on_carriage"),
        ],
    )


def assessed(lines):
    carried = transport(lines).figures.charges
    declared = ImportDeclaration(
        freight=carried["freight"],
        insurance=carried["insurance"],
        incidental={"inland": carried["inland"]},
    )
    return import_duties(
        lines, TARIFF, as_of="2026-03-01", valuation="CIF", taxes=(VAT,), declared=declared
    )


def test_the_european_pattern():
    lines = container()
    landed = landed_cost(lines, transport(lines).charges, duties=assessed(lines))
    frame = landed.to_frame().iloc[0]
    assert frame["third_country"] == 561.60
    assert frame["anti_dumping"] == 1036.80
    assert frame["excise"] == 150.00
    assert frame["vat"] == frame["recoverable"] == 2101.68
    assert frame["landed_total"] == frame["inventory_value"] == 10_508.40


def test_charges_by_customs_value_and_duty():
    lines = container((8000, 2000), (500, 1000))
    duties = assessed(lines)
    fees = [
        Charge("broker", 100, Basis.DUTY),
        Charge("entry", 10, Basis.CUSTOMS_VALUE),
    ]
    landed = landed_cost(lines, fees, duties=duties)
    weights = [duties.duty, duties.customs_value]
    for shares, weight, total in zip(landed.amounts, weights, (10_000, 1000), strict=False):
        assert shares.sum() == total
        assert abs(shares[0] - total * weight[0] / weight.sum()) < 1
    assert landed.amounts.shape == (2 + 3 + 1, 2)
    assert not (landed.landed_total + landed.reverse().landed_total).any()
    assert len(landed.explain(0)) == 2
    by_product = landed.by("product").figures
    assert by_product.landed_total.tolist() == landed.landed_total.tolist()


def test_duties_of_other_lines_are_refused():
    lines = container()
    with pytest.raises(InvalidArgumentError, match="other lines"):
        landed_cost(container(), [], duties=assessed(lines))
    with pytest.raises(InvalidArgumentError, match=r"other digits \(2\)"):
        landed_cost(lines, [], digits=3, duties=assessed(lines))
    with pytest.raises(InvalidArgumentError, match="import_duties"):
        landed_cost(lines, [], duties="tariff")
    with pytest.raises(InvalidDataError, match=r"duty needs duties: landed_cost\(..., duties="):
        landed_cost(lines, [Charge("broker", 1, Basis.DUTY)])
