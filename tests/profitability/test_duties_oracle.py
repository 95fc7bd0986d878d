"""Matching, duties and taxes agree with plain Python over random small tariffs."""

from __future__ import annotations

import datetime as dt
import random
from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

import duty_oracle as oracle
from crmkit.errors import InvalidDataError
from crmkit.profitability import (
    DutyRule,
    DutySchedule,
    ImportDeclaration,
    ShipmentLines,
    Tax,
    import_duties,
)
from crmkit.profitability.duties.tariff_match import LineMatcher

CODES = ["0901", "090121", "09012100", "0901210010", "0902", "090240", "1006", "10", "09"]
ORIGINS = [None, None, "CN", "BR", "GSP", "LDC"]
GROUPS = {"BR": ["GSP"], "KE": ["GSP", "LDC"]}
COUNTRIES = ["CN", "BR", "KE", "US"]
DAYS = ["2024-01-01", "2024-06-30", "2025-01-01", "2025-02-28", "2025-12-31"]
SEASONS = [(None, None)] * 3 + [("11-15", "02-28"), ("06-01", "09-30"), ("01-01", "06-30")]
seeds = st.integers(0, 10**9)


def pick(rng, *choices):
    return rng.choice(choices)


def tariff_row(rng, kind):
    start, end = rng.choice([None, *DAYS[:3]]), rng.choice([None, *DAYS[2:]])
    season = rng.choice(SEASONS)
    row = {
        "hs_prefix": rng.choice(["", *CODES]),
        "kind": kind,
        "origin": rng.choice(ORIGINS),
        "start": start,
        "end": end,
        "season_from": season[0],
        "season_to": season[1],
        "ad_valorem": pick(rng, None, "0", "0.065", "0.12345", "1.2"),
        "specific": pick(rng, None, None, "0.3", "11.17", "0.0001"),
        "unit": pick(rng, "unit", "kg", "100 kg", "hl", "lpa"),
        "minimum": pick(rng, None, None, "1.1"),
        "maximum_ad_valorem": pick(rng, None, None, "0.24"),
        "maximum": pick(rng, None, None, "1.4", "-0.2"),
        "maximum_unit": pick(rng, None, "kg", "unit"),
        "currency": pick(rng, None, "USD"),
    }
    if row["ad_valorem"] is None and row["specific"] is None:
        row["ad_valorem"] = "0.05"
    return row


def tariff_rows(rng):
    kinds = ["third_country", "third_country", "preference", "anti_dumping", "excise"]
    rows = [tariff_row(rng, rng.choice(kinds)) for _ in range(rng.randint(1, 14))]
    return [{"hs_prefix": "", "kind": "third_country", "ad_valorem": "0.01"}, *rows]


def columns_of(rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {name: [row.get(name) for row in rows] for name in names}


def schedule_of(rng, rows, rules):
    """A schedule; rows that nothing tells apart are left out, for it refuses them."""
    while True:
        try:
            made = {kind: DutyRule(**rule) for kind, rule in rules.items()}
            return rows, DutySchedule(columns_of(rows), groups=GROUPS, rules=made)
        except InvalidDataError as refused:
            message = str(refused)
            at_fault = [k for k in range(1, len(rows)) if f"row {k}: " in message]
            ends = [
                k
                for k, row in enumerate(rows)
                if row.get("start") and row.get("end") and row["end"] < row["start"]
            ]
            assert at_fault or ends, message
            gone = set(ends or at_fault[-1:])
            rows = [row for k, row in enumerate(rows) if k not in gone]


def shipment_lines(rng, codes=6, countries=4):
    known = rng.sample([code for code in CODES if len(code) >= 4], codes)
    origins = rng.sample(COUNTRIES, countries)
    return [
        {
            "shipment": rng.choice(["S1", "S2"]),
            "hs_code": rng.choice(known),
            "origin": rng.choice(origins),
            "quantity": rng.randint(0, 20),
            "weight": rng.randint(0, 5000) / 1000,
            "value": rng.randint(0, 100_000) / 100,
            "litre": rng.randint(0, 1000) / 10,
            "lpa": rng.randint(0, 999) / 1000,
        }
        for _ in range(rng.randint(1, 9))
    ]


def lines_of(lines):
    names = ("shipment", "hs_code", "origin", "quantity", "weight", "value")
    return ShipmentLines(
        product=list(range(len(lines))), **{name: [x[name] for x in lines] for name in names}
    )


def days_for(rng, lines):
    days = ["2024-01-01", "2024-02-28", "2024-07-15", "2025-01-01", "2025-02-28", "2025-12-31"]
    drawn = [rng.choice(days) for _ in lines]
    return drawn, [dt.date.fromisoformat(day) for day in drawn]


@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_every_line_gets_the_row_that_a_search_row_by_row_finds(seed):
    rng = random.Random(seed)
    rows, schedule = schedule_of(rng, tariff_rows(rng), {})
    lines = shipment_lines(rng)
    texts, days = days_for(rng, lines)
    matcher = LineMatcher(lines_of(lines), schedule, np.array(texts, dtype="datetime64[D]"))

    for kind in schedule.kinds:
        expected = [
            oracle.match(rows, kind, *pair, GROUPS) for pair in zip(lines, days, strict=True)
        ]
        assert expected == matcher.rows(kind).tolist()


RULES = st.fixed_dictionaries(
    {
        "rounding": st.sampled_from(["half_up", "down", "up", "half_even"]),
        "level": st.sampled_from(["line", "item"]),
    }
)


def some_taxes(rng, lines):
    names = ["customs_value", "duty", "inland"]
    taxes = []
    for name in ("fee", "vat", "cess")[: rng.randint(0, 3)]:
        low = rng.choice([None, "0.50", "20"])
        taxes.append(
            {
                "name": name,
                "rate": pick(rng, "0.2", "0.003464", "0.05", "1"),
                "on": rng.sample(names, rng.randint(1, len(names))),
                "recoverable": pick(rng, "0", "1", "0.35"),
                "rounding": pick(rng, "half_up", "down", "up", "half_even"),
                "level": pick(rng, "line", "item", "shipment"),
                "minimum": low,
                "maximum": pick(rng, None, "30"),
                "where": [rng.random() < 0.8 for _ in lines],
            }
        )
        names = [*names, name]
    return taxes


@settings(max_examples=60, deadline=None)
@given(seed=seeds, rule=RULES, excise=RULES)
def test_duties_and_taxes_are_those_of_plain_fractions(seed, rule, excise):
    rng = random.Random(seed)
    rules = {
        "third_country": rule | {"on": ["customs_value"]},
        "excise": excise | {"on": ["customs_value", "basic_duty"]},
    }
    rows, schedule = schedule_of(rng, tariff_rows(rng), rules)
    lines = shipment_lines(rng, codes=rng.randint(1, 3), countries=1)
    texts, days = days_for(rng, lines)
    for line, day in zip(lines, days, strict=True):
        has = oracle.match(rows, "preference", line, day, GROUPS) >= 0
        line["claim"] = "preference" if has and rng.random() < 0.5 else "third_country"
    freight = [rng.randint(0, 9999) for _ in lines]
    inland = [rng.randint(0, 999) for _ in lines]
    for line, carried in zip(lines, freight, strict=True):
        line["customs_value"] = round(100 * line["value"]) + carried
    taxes = some_taxes(rng, lines)

    answer = import_duties(
        lines_of(lines),
        schedule,
        as_of=texts,
        valuation="CIF",
        taxes=[Tax(**tax) for tax in taxes],
        declared=ImportDeclaration(
            freight=freight,
            incidental={"inland": inland},
            preference=np.array([line["claim"] == "preference" for line in lines]),
            measures={name: [line[name] for line in lines] for name in ("litre", "lpa")},
            rates={"USD": "0.917"},
        ),
    )
    columns, applied = oracle.assessed(lines, days, rows, GROUPS, rules, Fraction("0.917"))
    levied, recovered = oracle.taxed(lines, columns, taxes, {"inland": inland})

    found = dict(zip(answer.names, answer.amounts.tolist(), strict=True))
    assert columns | levied == found
    assert list(applied.values()) == answer.rows.tolist()
    assert list(recovered.values()) == answer.recovered.tolist()
    assert (answer.cost + answer.recoverable == answer.total).all()
    check_steps(answer)


def check_steps(answer):
    """What `explain` computes again in fractions rounds to the amounts of lines."""
    taxes = {tax.name: tax for tax in answer.taxes}
    for line in range(len(answer)):
        for step in answer.explain(line):
            assert int(answer.amount(step.component)[line]) == step.amount
            tax = taxes.get(step.component)
            bounded = tax is not None and (tax.minimum is not None or tax.maximum is not None)
            if step.rounding and step.level == "line" and not bounded:
                levied = tax is None or tax.where[line]
                assert levied * oracle.rounded(step.exact, step.rounding) == step.amount


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_the_order_of_lines_and_of_rows_does_not_matter(seed):
    rng = random.Random(seed)
    rows, schedule = schedule_of(rng, tariff_rows(rng), {})
    lines = shipment_lines(rng)
    declared = {name: [line[name] for line in lines] for name in ("litre", "lpa")}
    order = rng.sample(range(len(lines)), len(lines))
    turned = {name: [column[k] for k in order] for name, column in declared.items()}
    other = DutySchedule(columns_of(rows[::-1]), groups=GROUPS)

    def duty(some, tariff, measures):
        declaration = ImportDeclaration(measures=measures, rates={"USD": 2})
        asked = import_duties(
            lines_of(some), tariff, as_of="2025-02-28", valuation="FOB", declared=declaration
        )
        return asked.duty

    expected = duty(lines, schedule, declared)
    assert expected[order].tolist() == duty([lines[k] for k in order], other, turned).tolist()
