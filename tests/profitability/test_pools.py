"""Lines pooled, summed and spread."""

from __future__ import annotations

import numpy as np
import pytest

from crmkit.errors import InexactSumsWarning, InvalidDataError
from crmkit.profitability import (
    DutyRule,
    DutySchedule,
    ImportDeclaration,
    ShipmentLines,
    Tax,
    import_duties,
)
from crmkit.profitability.duties.pools import exact_sum


def test_sums_beyond_64_bits_are_refused():
    with pytest.raises(InvalidDataError, match="the base: the amounts sum to more"):
        exact_sum([np.full(2, 2**61), np.full(2, 2**61)], "the base", 2)


def lines_of(value):
    return ShipmentLines(
        shipment=[1, 1], product=[1, 2], quantity=[1, 1], value=value, hs_code=["0901"] * 2
    )


def asked(value, *, rate="0.1", **declared):
    rules = {"third_country": DutyRule(level="item")}
    schedule = DutySchedule({"hs_prefix": ["09"], "ad_valorem": [rate]}, rules=rules)
    declaration = ImportDeclaration(**declared)
    return import_duties(
        lines_of(value), schedule, as_of="2026-03-01", valuation="FOB", declared=declaration
    )


def test_values_of_a_finer_grid_that_fit_the_digits_are_taken():
    # 10.5 lies on a grid of one digit, and so does 20.0; in yen only 20 fits.
    assert [10, 30] == asked([100, 300], digits=0).duty.tolist()
    with pytest.raises(
        InvalidDataError,
        match="finer than 0 digits on line 0",
    ):
        asked([10.5, 20.0], digits=0)


def test_values_too_large_for_the_digits_are_refused():
    with pytest.raises(InvalidDataError, match="too large for 8 digits"):
        asked([10**12, 1], digits=8)


def test_values_on_no_grid_are_refused():
    with pytest.warns(InexactSumsWarning):
        lines = lines_of([1 / 3, 1.0])
    schedule = DutySchedule({"hs_prefix": ["09"], "ad_valorem": [0]})
    with pytest.raises(InvalidDataError, match="no decimal grid: round them"):
        import_duties(lines, schedule, as_of="2026-03-01", valuation="FOB")


def test_an_item_too_large_to_be_exact_names_its_first_line():
    with pytest.raises(InvalidDataError, match="line 0: the duty of row 0: .* 64 bits"):
        asked([10**16, 10**16], rate="2")


def test_a_tax_is_not_spread_by_a_base_below_zero():
    vat = Tax(name="vat", rate="0.2", on="rebate", level="shipment")
    schedule = DutySchedule({"hs_prefix": ["09"], "ad_valorem": [0]})
    declared = ImportDeclaration(incidental={"rebate": [300, -100]})
    with pytest.raises(InvalidDataError, match="tax 'vat', pool of line 1: the weight is negative"):
        import_duties(
            lines_of([1, 1]),
            schedule,
            as_of="2026-03-01",
            valuation="FOB",
            taxes=[vat],
            declared=declared,
        )
