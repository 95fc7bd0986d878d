"""The door of a tariff: what it reads, what it refuses, and how it says so."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import polars as pl
import pytest

from crmkit.errors import InvalidArgumentError, InvalidDataError, MissingColumnsError
from crmkit.profitability import DutyRule, DutySchedule
from crmkit.profitability.duties.tariff_units import tariff_unit

FREE = {"hs_prefix": ["09"], "ad_valorem": [0]}


def refused(rows, **options):
    with pytest.raises(InvalidDataError) as error:
        DutySchedule(rows, **options)
    return str(error.value)


def test_text_decimals_and_floats_are_one_rate():
    rates = [["0.065"], [Decimal("0.065")], [0.065]]
    texts = {DutySchedule({"hs_prefix": ["09"], "ad_valorem": x}).rate_of(0) for x in rates}

    assert {"6.5%"} == texts


def test_dots_and_blanks_are_taken_out_of_prefixes():
    schedule = DutySchedule({"hs_prefix": ["09 01.21", "0902", ""], "ad_valorem": [0.1] * 3})

    assert ["090121", "0902", ""] == schedule.hs_prefix.decode().tolist()


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_frames_of_other_libraries_are_read_alike(kind):
    columns = {
        "commodity": ["0901", "0902"],
        "kind": ["third_country", "anti_dumping"],
        "origin": [None, "CN"],
        "ad_valorem": [0.05, None],
        "specific": [None, 1.5],
        "unit": [None, "100 kg"],
        "start": [dt.datetime(2024, 1, 1), dt.datetime(2025, 1, 1)],
    }
    schedule = DutySchedule.from_frame(kind(columns), {"hs_prefix": "commodity"})
    listed = {"hs_prefix": columns["commodity"]} | {
        name: column for name, column in columns.items() if name != "commodity"
    }

    assert DutySchedule(listed) == schedule
    assert "row 1: anti_dumping '0902', origin CN from 2025-01-01, 1.5 per 100 kg" == (
        schedule.describe(1)
    )


def test_a_row_is_told_with_all_that_bounds_it():
    schedule = DutySchedule(
        {
            "hs_prefix": ["0802"],
            "ad_valorem": ["0.09"],
            "minimum": ["1.10"],
            "maximum_ad_valorem": ["0.24"],
            "maximum": ["-0.2"],
            "maximum_unit": ["unit"],
            "unit": ["kg"],
            "currency": ["EUR"],
            "season_from": ["11-15"],
            "season_to": ["02-28"],
            "end": ["2026-12-31"],
        }
    )
    expected = (
        "row 0: third_country '0802', any origin to 2026-12-31 in 11-15..02-28,"
        " 9% MIN 1.1 EUR per kg MAX 24% + -0.2 EUR per unit"
    )

    assert expected == schedule.describe(0)
    assert "DutySchedule(1 row, 1 prefix: third_country 1)" == repr(schedule)


def test_tariffs_of_other_days_differ():
    first, other = (DutySchedule(FREE | {"start": [day]}) for day in ("2024-01-01", "2025-01-01"))

    assert first != other
    assert first == DutySchedule(FREE | {"start": ["2024-01-01"]})


def test_units_count_a_measure():
    read = {text: tariff_unit(text) for text in ("100 kg", "hl", "g", "degree", "1000 unit")}

    expected = {
        "100 kg": ("kg", 100),
        "hl": ("litre", 100),
        "g": ("kg", Decimal("0.001")),
        "degree": ("degree", 1),
        "1000 unit": ("unit", 1000),
    }
    assert expected == {text: (unit.measure, unit.size) for text, unit in read.items()}
    assert tariff_unit("per 100") is None


# --- refused -------------------------------------------------------------------------------------


def test_everything_wrong_with_the_rows_is_said_at_once():
    message = refused(
        {
            "hs_prefix": ["09", "091", None, "0903", "0904", "0905", "0906"],
            "kind": ["third_country", "antidumping", *[None] * 5],
            "ad_valorem": ["-0.1", "0.1", "0.1", None, "0.1", "x", None],
            "specific": [None, None, None, None, None, None, "1"],
            "start": ["2025-01-01", None, None, None, "2026-01-01", None, None],
            "end": [None, None, None, None, "2025-12-31", None, None],
            "season_from": [None, None, None, "11-31", "13-01", "11-01", None],
        }
    )

    for words in (
        "no prefix in 1 row, first in row 1",
        "hs_prefix (column 'hs_prefix'): missing in 1 row, first in row 2",
        "unknown ('antidumping') in 1 row, first in row 1",
        "did you mean 'anti_dumping'?",
        "negative in 1 row, first in row 0",
        "missing, and so is a specific amount in 1 row, first in row 3",
        "no number in 1 row, first in row 5",
        "without a unit in 1 row, first in row 6",
        "before the start in 1 row, first in row 4",
        "no day of the year in 1 row, first in row 4",
        "half a season",
    ):
        assert words in message


def test_prefixes_as_numbers_have_lost_their_zero():
    message = refused({"hs_prefix": [901, 902], "ad_valorem": [0, 0]})

    assert "no prefix in 2 rows" in message
    assert "read the column as text" in message


def test_a_third_is_no_rate_that_a_tariff_prints():
    assert "finer than 8 digits" in refused({"hs_prefix": ["09"], "ad_valorem": [1 / 3]})


def test_rows_that_tie_are_refused_with_both_of_them():
    twice = {"hs_prefix": ["0901", "09", "0901"], "ad_valorem": ["0.1", "0.2", "0.3"]}
    message = refused(twice | {"end": ["2025-12-31", None, None]})

    assert "two rows overlap, and nothing decides between them: row 0: " in message
    assert "row 2: third_country '0901', any origin, 30%" in message


def test_a_later_start_decides():
    rows = {"hs_prefix": ["09", "09"], "ad_valorem": [0.1, 0.2], "start": [None, "2025-01-01"]}

    assert 2 == len(DutySchedule(rows))


def test_two_groups_of_one_country_tie_too():
    rows = {"hs_prefix": ["09", "09"], "ad_valorem": [0.1, 0.2], "origin": ["GSP", "EBA"]}

    assert 2 == len(DutySchedule(rows, groups={"IN": "GSP", "KH": "EBA"}))
    assert "both hold for KH" in refused(rows, groups={"IN": "GSP", "KH": ["GSP", "EBA"]})


def test_names_are_checked_with_hints():
    with pytest.raises(InvalidArgumentError, match="did you mean 'hs_prefix'"):
        DutySchedule({"hs_prefixes": ["09"]})
    with pytest.raises(MissingColumnsError, match="hs_prefix"):
        DutySchedule({"ad_valorem": [0.1]})
    with pytest.raises(InvalidArgumentError, match="from_frame"):
        DutySchedule(pd.DataFrame(FREE))
    with pytest.raises(InvalidArgumentError, match="both a country and a group"):
        DutySchedule(FREE, groups={"DE": "EU", "EU": "EEA"})


@pytest.mark.parametrize(
    ("kind", "on", "words"),
    [
        ("anti_dumping", ("customs_value", "excise"), "not computed before"),
        ("third_country", ("basic_duty",), "not computed before"),
        ("excise", ("basic_duty", "preference"), "twice"),
        ("excise", ("customs_value", "customs_value"), "twice"),
    ],
)
def test_a_duty_stands_on_what_comes_before_it_and_once(kind, on, words):
    with pytest.raises(InvalidArgumentError, match=words):
        DutySchedule(FREE, rules={kind: DutyRule(on=on)})


def test_rules_know_their_words():
    with pytest.raises(InvalidArgumentError, match="did you mean 'customs_value'"):
        DutyRule(on=("custom_value",))
    with pytest.raises(InvalidArgumentError, match="Taxes know that level"):
        DutyRule(level="shipment")
    with pytest.raises(InvalidArgumentError, match="rounding must be one of"):
        DutyRule(rounding="floor_up")
