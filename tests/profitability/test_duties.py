"""Worked imports, and imports that are refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability import (
    DutyRule,
    DutySchedule,
    ImportDeclaration,
    ShipmentLines,
    Tax,
    import_duties,
)
from shared_data import case

CASES = "landed.json"
DAY = "2026-03-01"


def one_line(value, **more):
    fields = {"quantity": [1], "hs_code": ["09012100"], "origin": ["CN"]} | more
    return ShipmentLines(shipment=["S"], product=["P"], value=[value], **fields)


def duty_of(lines, rows, *, as_of=DAY, valuation="FOB", **declared):
    schedule = DutySchedule({"hs_prefix": ["09"], **rows})
    return import_duties(
        lines,
        schedule,
        as_of=as_of,
        valuation=valuation,
        declared=ImportDeclaration(**declared),
    )


# --- worked --------------------------------------------------------------------------------------


def test_the_european_pattern_to_the_cent():
    # Worked by hand: value 8,000 + freight 600 + insurance 40, duty 6.5 %, anti-dumping 12 % of
    # the customs value, excise 500 x 0.30, 120 to the first destination, 20 % VAT on all of it.
    schedule = DutySchedule(
        {
            "hs_prefix": ["09", "0901210010", "0901"],
            "kind": ["third_country", "anti_dumping", "excise"],
            "origin": [None, "CN", None],
            "ad_valorem": ["0.065", "0.12", None],
            "specific": [None, None, "0.30"],
            "unit": [None, None, "unit"],
        }
    )
    on = ("customs_value", "duty", "inland")
    answer = import_duties(
        one_line(8000, quantity=[500], hs_code=["0901.21.00 10"]),
        schedule,
        as_of=DAY,
        valuation="CIF",
        taxes=[Tax(name="vat", rate="0.20", on=on, recoverable=True)],
        declared=ImportDeclaration(
            freight=[60000], insurance=[4000], incidental={"inland": [12000]}
        ),
    )
    expected = {
        "customs_value": 864000,
        "third_country": 56160,
        "anti_dumping": 103680,
        "excise": 15000,
        "vat": 210168,
    }

    assert expected == dict(zip(answer.names, answer.amounts[:, 0].tolist(), strict=True))
    assert (174840, 210168) == (int(answer.cost[0]), int(answer.recoverable[0]))
    landed = answer.customs_value + answer.cost + answer.declared.incidental["inland"]
    assert [1050840] == landed.tolist()
    assert (
        "ImportDuties(1 line, customs value 8,640.00, duty 1,748.40, taxes 2,101.68,"
        " recoverable 2,101.68)"
    ) == repr(answer)
    assert [
        "customs_value: 8,640.00 (CIF)",
        "third_country: 6.5% on 8,640.00 = 561.6, half_up per line: 561.60 (row 0: '09')",
        "anti_dumping: 12% on 8,640.00 = 1036.8, half_up per line: 1,036.80 (row 1: '0901210010')",
        "excise: 0.3 per unit on 8,640.00 = 150, half_up per line: 150.00 (row 2: '0901')",
        "vat: 20% on 10,508.40 = 2101.68, half_up per line: 2,101.68",
    ] == list(map(str, answer.explain(0)))


@pytest.mark.parametrize(("value", "expected"), [(3000, 44000), (5000, 45000), (6000, 48000)])
def test_a_compound_duty_between_its_bounds(value, expected):
    # 9 % MIN 1.10/kg MAX 1.40/kg - 0.20/kg, of 400 kg: the maximum is 1.20/kg.
    rows = {"ad_valorem": ["0.09"], "minimum": ["1.1"], "maximum": ["1.2"], "unit": ["kg"]}

    assert [expected] == duty_of(one_line(value, weight=[400]), rows).duty.tolist()


def test_a_maximum_may_take_an_amount_off_a_rate_and_never_gives_money_back():
    rows = {
        "ad_valorem": ["0.5"],
        "maximum_ad_valorem": ["0.24"],
        "maximum": ["-0.20"],
        "maximum_unit": ["kg"],
    }
    duties = [duty_of(one_line(100, weight=[kg]), rows).duty.tolist() for kg in (10, 120, 120.01)]

    assert [[2200], [0], [0]] == duties


def test_uk_vat_stands_on_value_and_duty():
    known = case(CASES, "uk-vat")
    given = known["inputs"]
    rows = {"specific": [given["duty_total"]], "unit": ["line"]}
    duty = DutySchedule({"hs_prefix": [""], **rows})
    vat = Tax(name="vat", rate=given["vat_pct"] / 100, on=("customs_value", "duty"))
    answer = import_duties(
        one_line(given["customs_value"]), duty, as_of=DAY, valuation="CIF", taxes=[vat]
    )

    assert round(100 * known["expected"]["vat"]) == answer.amount("vat")[0]


@pytest.mark.parametrize(("litres", "expected"), [(None, None), (34.999, 17499)])
def test_excise_is_rounded_down_by_law(litres, expected):
    known = case(CASES, "uk-excise-alc")
    given = known["inputs"]
    schedule = DutySchedule(
        {
            "hs_prefix": ["", "2208"],
            "kind": ["third_country", "excise"],
            "ad_valorem": [0, None],
            "specific": [None, given["rate"] * given["spr"]],
            "unit": [None, "lpa"],
        },
        rules={"excise": DutyRule(rounding="down")},
    )
    declared = ImportDeclaration(measures={"lpa": [litres or given["lpa"]]})
    lines = one_line(100, hs_code=["220830"])
    answer = import_duties(lines, schedule, as_of=DAY, valuation="CIF", declared=declared)

    assert (expected or round(100 * known["expected"]["spq"])) == answer.amount("excise")[0]


def test_a_duty_per_kilogram_in_another_currency():
    known = case(CASES, "tryton-duty-qty")
    given = known["inputs"]
    weight = [given["qty_g"] / 1000]
    for unit, expected in (("kg", "specific"), ("line", "fixed_amount")):
        rows = {"specific": [given["duty_per_kg"]], "unit": [unit], "currency": ["USD"]}
        answer = duty_of(one_line(1, weight=weight), rows, rates={"USD": given["fx"]})
        assert round(100 * known["expected"][expected]) == answer.duty[0]


def test_the_indian_cascade():
    known = case(CASES, "import-india")
    given, expected = known["inputs"], known["expected"]
    so_far = ("customs_value", "duty", "surcharge")
    taxes = [
        Tax(name="surcharge", rate=given["surcharge_pct_of_basic"] / 100, on="basic_duty"),
        Tax(name="cvd", rate=given["cvd_pct"] / 100, on=so_far),
        Tax(name="sad", rate=given["sad_pct"] / 100, on=(*so_far, "cvd")),
    ]
    schedule = DutySchedule({"hs_prefix": [""], "ad_valorem": [given["basic_pct"] / 100]})
    answer = import_duties(
        one_line(given["cif"]),
        schedule,
        as_of=DAY,
        valuation="CIF",
        taxes=taxes,
        declared=ImportDeclaration(digits=3),
    )

    found = {name: int(answer.amount(name)[0]) for name in ("surcharge", "cvd", "sad")}
    assert {name: round(1000 * expected[name]) for name in found} == found
    assert round(1000 * expected["total"]) == answer.total[0]


def test_insurance_and_fuel_of_a_declaration_reach_the_customs_value():
    # Prorated by value in the case; the brokerage of 2 % is a tax on quantity x price.
    known = case(CASES, "import-additions")
    goods = [price * units for price, units in known["inputs"]["lines"]]
    expected = known["expected"]
    lines = ShipmentLines(
        shipment=["S", "S"], product=[1, 2], quantity=[20, 60], value=goods, hs_code=["0901"] * 2
    )
    schedule = DutySchedule({"hs_prefix": [""], "ad_valorem": [0]})
    rate = known["inputs"]["brokerage_pct"] / 100
    taxes = [Tax(name="brokerage", rate=rate, on="customs_value", level="shipment")]
    answer = import_duties(lines, schedule, as_of=DAY, valuation="FOB", taxes=taxes)

    assert known["inputs"]["declared_total"] == sum(goods)
    assert [100 * x for x in expected["brokerage"]] == answer.amount("brokerage").tolist()
    shares = [[100 * x for x in expected[name]] for name in ("insurance", "fuel")]
    declared = ImportDeclaration(insurance=shares[0], freight=shares[1])
    with_both = import_duties(lines, schedule, as_of=DAY, valuation="CIF", declared=declared)
    assert [3312000, 3726000] == with_both.customs_value.tolist()


def test_the_base_of_duty_and_vat_under_an_incoterm():
    known = case(CASES, "incoterm-total")
    given, expected = known["inputs"], known["expected"]
    vat = Tax(name="vat", rate=given["vat_pct"] / 100, on=("customs_value", "duty"))
    answer = import_duties(
        one_line(given["value"]),
        DutySchedule({"hs_prefix": [""], "ad_valorem": [given["duty_pct"] / 100]}),
        as_of=DAY,
        valuation="CIF",
        taxes=[vat],
        declared=ImportDeclaration(
            digits=3, freight=[1000 * given["costs"]["S6"]], insurance=[1000 * given["costs"]["S7"]]
        ),
    )

    assert [1000 * expected["customs_base"]] == answer.customs_value.tolist()
    assert round(1000 * expected["duty"]) == answer.duty[0]
    assert round(1000 * expected["vat"]) == answer.amount("vat")[0]


# --- what is named, and what follows from it -----------------------------------------------------


def test_freight_is_part_of_a_cif_value_only_and_assists_of_both():
    costs = {"freight": [600], "insurance": [40], "additions": [5]}
    rows = {"ad_valorem": [0]}
    values = {
        basis: int(duty_of(one_line(1), rows, valuation=basis, **costs).customs_value[0])
        for basis in ("CIF", "FOB")
    }

    assert {"CIF": 745, "FOB": 105} == values


def test_a_preference_is_taken_where_it_is_claimed_even_if_it_is_dearer():
    rows = {
        "hs_prefix": ["09", "09"],
        "kind": ["third_country", "preference"],
        "ad_valorem": ["0.02", "0.03"],
    }
    lines = ShipmentLines(
        shipment=[1, 1], product=[1, 2], quantity=[1, 1], value=[100, 100], hs_code=["0901"] * 2
    )
    answer = duty_of(lines, rows, preference=[True, False])

    assert [0, 200] == answer.amount("third_country").tolist()
    assert [300, 0] == answer.amount("preference").tolist()
    assert [[-1, 0], [1, -1]] == answer.rows.tolist()


def test_a_long_anti_dumping_row_hides_no_duty():
    rows = {
        "hs_prefix": ["0901", "0901210000"],
        "kind": ["third_country", "anti_dumping"],
        "ad_valorem": ["0.05", "0.4"],
    }
    answer = duty_of(one_line(100, hs_code=["0901210000"]), rows)

    assert [[500], [4000]] == answer.amounts[1:].tolist()


def test_duties_compound_only_where_a_rule_says_so():
    rows = {
        "hs_prefix": ["09", "09"],
        "kind": ["third_country", "excise"],
        "ad_valorem": ["0.1", "0.5"],
    }
    rule = DutyRule(on=("customs_value", "basic_duty"))
    plain, compound = DutySchedule(rows), DutySchedule(rows, rules={"excise": rule})
    duties = [
        int(import_duties(one_line(100), s, as_of=DAY, valuation="FOB").amount("excise")[0])
        for s in (plain, compound)
    ]

    assert [5000, 5500] == duties


def test_an_item_is_rounded_once_and_spread_by_value():
    lines = ShipmentLines(
        shipment=[1, 1, 1, 2],
        product=[1, 2, 3, 4],
        quantity=[1] * 4,
        value=["0.10", "0.10", "0.10", "0.10"],
        hs_code=["0901"] * 4,
    )
    rules = {"third_country": DutyRule(level="item")}
    schedule = DutySchedule({"hs_prefix": ["09"], "ad_valorem": ["0.05"]}, rules=rules)

    assert [1, 1, 0, 1] == import_duties(lines, schedule, as_of=DAY, valuation="FOB").duty.tolist()


def test_each_line_has_its_own_day():
    rows = {"hs_prefix": ["09", "09"], "ad_valorem": ["0.1", "0.2"], "start": [None, "2026-01-01"]}
    lines = ShipmentLines(
        shipment=[1, 1], product=[1, 2], quantity=[1, 1], value=[1, 1], hs_code=["0901"] * 2
    )
    for days in (["2025-12-31", "2026-01-01"], np.array(["2025-12-31", "2026-01-01"], "M8[D]")):
        assert [10, 20] == duty_of(lines, rows, as_of=days).duty.tolist()


def test_the_answer_is_a_frame_of_the_kind_that_came_in():
    frame = pl.DataFrame(
        {"shipment": [1], "product": ["a"], "quantity": [1], "value": [10.0], "hs_code": ["0901"]}
    )
    answer = duty_of(ShipmentLines.from_frame(frame), {"ad_valorem": ["0.1"]})

    expected = [1, "a", 10.0, 1.0, 1.0, 0.0, 1.0]
    assert isinstance(answer.to_frame(), pl.DataFrame)
    assert expected == list(answer.to_frame().row(0))
    assert answer == duty_of(ShipmentLines.from_frame(frame), {"ad_valorem": ["0.1"]})


def test_answers_of_other_declarations_differ():
    first, again = (duty_of(one_line(1), {"ad_valorem": [0]}, incidental={"a": [1]}) for _ in "ab")

    assert first == again
    assert first != duty_of(one_line(1), {"ad_valorem": [0]}, incidental={"a": [2]})
    assert first != duty_of(one_line(1), {"ad_valorem": [0]}, as_of="2026-03-02")


def test_the_currency_of_the_lines_needs_no_rate():
    rows = {"specific": [3], "unit": ["unit"], "currency": ["EUR"]}

    assert [300] == duty_of(one_line(1, currency="EUR"), rows).duty.tolist()
    with pytest.raises(InvalidDataError, match="no rate of exchange from EUR to USD"):
        duty_of(one_line(1, currency="USD"), rows)


def test_the_net_weight_declared_stands_before_that_of_the_lines():
    rows = {"specific": [1], "unit": ["kg"]}

    assert [700] == duty_of(one_line(1, weight=[9]), rows, measures={"kg": [7]}).duty.tolist()


def test_lines_without_origins_cannot_be_told_from_those_of_a_row():
    rows = {
        "hs_prefix": ["09", "0901"],
        "kind": ["third_country", "anti_dumping"],
        "origin": [None, "CN"],
        "ad_valorem": [0, "0.5"],
    }
    lines = ShipmentLines(shipment=[1], product=[1], quantity=[1], value=[1], hs_code=["0901"])
    with pytest.raises(InvalidDataError, match="anti_dumping rows for these goods by origin"):
        duty_of(lines, rows)
    elsewhere = ShipmentLines(shipment=[1], product=[1], quantity=[1], value=[1], hs_code=["0902"])
    assert [0] == duty_of(elsewhere, rows).duty.tolist()


def test_a_tariff_without_rows_knows_no_code():
    schedule = DutySchedule({"hs_prefix": [], "ad_valorem": []})
    with pytest.raises(InvalidDataError, match="no third-country row that holds on line 0"):
        import_duties(one_line(1), schedule, as_of=DAY, valuation="FOB")


def test_no_lines_have_no_duty():
    lines = ShipmentLines(shipment=[], product=[], quantity=[], value=[], hs_code=[])
    tax = Tax(name="fee", rate=1, on="duty", level="shipment", minimum=1)
    schedule = DutySchedule({"hs_prefix": ["09"], "ad_valorem": [0]})
    answer = import_duties(lines, schedule, as_of=DAY, valuation="FOB", taxes=[tax])

    assert (0, (3, 0)) == (len(answer), answer.amounts.shape)


# --- refused -------------------------------------------------------------------------------------


def test_everything_that_is_missing_is_said_at_once():
    lines = ShipmentLines(
        shipment=[1] * 6,
        product=list(range(6)),
        quantity=[1] * 6,
        value=["1", "1", "1", "-1", "0.001", "1"],
        hs_code=["0901", "2208", None, "0902", "0901", "0903"],
        weight=[None, 1, 1, 1, None, 1],
        origin=["CN", "CN", "CN", None, "CN", "CN"],
    )
    rows = {
        "hs_prefix": ["0901", "0902", "0903", "0902"],
        "kind": [None, None, None, "safeguard"],
        "origin": [None, None, None, "CN"],
        "ad_valorem": [None, 0, None, 0.5],
        "specific": [1, None, 2, None],
        "unit": ["100 kg", None, "litre", None],
        "currency": ["EUR", None, None, None],
    }
    with pytest.raises(InvalidDataError) as error:
        duty_of(lines, rows, preference=np.arange(6) == 5)
    message = str(error.value)

    for words in (
        "the import has 7 problems",
        "finer than 2 digits on line 4",
        "customs value is negative on line 3",
        "no third-country row that holds on 2 lines, the first of them line 1 (counted from 0),"
        " whose tariff code is '2208'",
        "no origin on line 3 (counted from 0), and the tariff has safeguard rows",
        "a preference is claimed on line 5",
        "'kg' is unknown on 2 lines, the first of them line 0",
        "row 0: third_country '0901', any origin, 1 EUR per 100 kg",
        "fill in the weight of the lines",
        "no rate of exchange from EUR to the currency of the lines on 2 lines",
    ):
        assert words in message
    assert "'litre'" not in message  # the line that would ask for it claims a preference


def test_measures_that_nobody_gave():
    rows = {"specific": [1], "unit": ["litres"]}
    with pytest.raises(InvalidDataError, match="did you mean 'litre'"):
        duty_of(one_line(1), rows)
    with pytest.raises(InvalidDataError, match="is negative on line 0"):
        duty_of(one_line(1), rows, measures={"litres": [-1]})
    with pytest.raises(InvalidDataError, match="no decimal grid"):
        duty_of(one_line(1), rows, measures={"litres": [1 / 3]})
    with pytest.raises(InvalidArgumentError, match="one number per line"):
        duty_of(one_line(1), rows, measures={"litres": [1, 2]})
    with pytest.raises(InvalidArgumentError, match="numbers per line"):
        duty_of(one_line(1), rows, measures={"litres": ["many"]})


def test_a_claim_is_one_and_a_boolean():
    rows = {
        "hs_prefix": ["09"] * 3,
        "kind": ["third_country", "preference", "suspension"],
        "ad_valorem": [0.1, 0.05, 0],
    }
    assert [0] == duty_of(one_line(1), rows, suspension=[True]).duty.tolist()
    with pytest.raises(InvalidDataError, match="both a preference and a suspension"):
        duty_of(one_line(1), rows, suspension=[True], preference=[True])
    with pytest.raises(InvalidArgumentError, match="1 booleans"):
        duty_of(one_line(1), rows, suspension=[1])


def test_amounts_beyond_64_bits_are_refused_not_wrong():
    rows = {"specific": ["1234.12345678"], "unit": ["kg"], "currency": ["USD"]}
    with pytest.raises(InvalidDataError, match="line 0: the duty of row 0: .* 64 bits"):
        duty_of(one_line(1, weight=[98765432.123456]), rows, rates={"USD": "1.23456789012"})
    with pytest.raises(InvalidDataError, match="64 bits"):
        duty_of(one_line(4 * 10**16), {"ad_valorem": [1]})


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"freight": [1, 2]}, "one amount per line: 1 lines; got freight 2"),
        ({"freight": [1.5]}, "whole minor units"),
        ({"incidental": {"inland": [1, 2]}}, "inland 2"),
        ({"rates": {"USD": 0}}, "above 0"),
        ({"digits": 9}, "at most 8"),
    ],
)
def test_declarations_outside_their_domain(declared, words):
    with pytest.raises(InvalidArgumentError, match=words):
        duty_of(one_line(1), {"ad_valorem": [0]}, valuation="CIF", **declared)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"valuation": "cif"}, InvalidArgumentError, "did you mean|CIF"),
        ({"as_of": "today"}, InvalidArgumentError, "as_of must be a day"),
        ({"as_of": ["2026-01-01"] * 2}, InvalidArgumentError, "1 lines, 2 days"),
        ({"as_of": [None]}, InvalidDataError, "as_of"),
        ({"as_of": ["March"]}, InvalidDataError, "as_of"),
    ],
)
def test_options_outside_their_domain(options, error, words):
    with pytest.raises(error, match=words):
        duty_of(one_line(1), {"ad_valorem": [0]}, **options)


def test_lines_need_tariff_codes():
    lines = ShipmentLines(shipment=[1], product=[1], quantity=[1], value=[1])
    with pytest.raises(InvalidArgumentError, match="no hs_code"):
        duty_of(lines, {"ad_valorem": [0]})


def test_questions_about_what_is_not_there():
    answer = duty_of(one_line(1), {"ad_valorem": [0]})
    with pytest.raises(InvalidArgumentError, match="did you mean 'third_country'"):
        answer.amount("thirdcountry")
    with pytest.raises(InvalidArgumentError, match="lines 0 .. 0"):
        answer.explain(1)
