"""Published maps of other tools: the numbers that their boxes imply."""

from __future__ import annotations

import json
from collections import Counter

import pytest

import crmkit as ck
from crmkit.segmentation import (
    PYMC_MARKETING,
    RECENCY_FREQUENCY_GRID,
    RFM_PYPI,
    RSQUARED_ACADEMY_V02,
    RSQUARED_ACADEMY_V03,
    STANDARD_SEGMENTS,
    SegmentRules,
    rfm,
)
from oracles import all_triples, name_of, quietly
from shared_data import case

# Note, section 4.5, as printed there: "45" is 4 to 5, "2-5" is 2 to 5, "any" is 1 to 5.
V02 = """Champions 45 45 45; Loyal Customers 2-5 3-5 3-5; Potential Loyalist 3-5 1-3 1-3;
New Customers 45 1 1; Promising 34 1 1; Need Attention 23 23 23; About To Sleep 23 12 12;
At Risk 12 2-5 2-5; Can't Lose Them 1 45 45; Lost 12 12 12"""
V03 = """Champions 5 5 5; Potential Loyalist 3-5 3-5 2-5; Loyal Customers 2-4 2-4 2-4;
Promising 34 1-3 3-5; New Customers 45 1-3 1-5; Can't Lose Them 12 34 45; At Risk 12 2-5 45;
Need Attention 1-3 3-5 3-5; About To Sleep 23 1-3 1-4; Lost 1 1-5 1-5"""
PYPI = """Champions 45 45 45; Promising 45 12 345; Loyal Accounts 345 345 345;
Potential Loyalist 345 23 234; New Active Accounts 5 1 any; Low Spenders 345 any 12;
Need Attention 23 12 45; About to Sleep 23 12 123; At Risk 12 any 345; Lost 12 any 12"""
GRID = """Hibernating 12 12 any; At Risk 12 34 any; Cannot Lose 12 5 any; About to Sleep 3 12 any;
Needs Attention 3 3 any; Loyal 34 45 any; Promising 4 1 any; New 5 1 any;
Potential Loyalists 45 23 any; Champions 5 45 any"""
PYMC = {
    "Premium": "334 443 444 344 434 433 343 333",
    "Repeat": "244 234 232 332 143 233 243",
    "Top Spender": "424 414 144 314 324 124 224 423 413 133 323 313 134",
    "At Risk": "422 223 212 122 222 132 322 312 412 123 214",
    "Inactive": "411 111 113 114 112 211 311",
}


def boxes(published: str):
    for entry in published.split(";"):
        *name, r, f, m = entry.split()
        yield " ".join(name), *map(span, (r, f, m))


def span(text: str) -> tuple[int, int]:
    return (1, 5) if text == "any" else (int(text[0]), int(text[-1]))


def name_by_code(rules: SegmentRules) -> dict[str, str | None]:
    rows = [(rule.name, rule.r, rule.f, rule.m) for rule in rules.rules]
    return {
        "".join(map(str, t)): name_of(t, rows, rules.otherwise) for t in all_triples(rules.bins)
    }


@pytest.mark.parametrize(
    ("rules", "published"),
    [
        (RSQUARED_ACADEMY_V02, V02),
        (RSQUARED_ACADEMY_V03, V03),
        (RFM_PYPI, PYPI),
        (RECENCY_FREQUENCY_GRID, GRID),
    ],
    ids=lambda x: x.source if isinstance(x, SegmentRules) else "",
)
def test_boxes_are_as_published(rules, published):
    assert list(boxes(published)) == [(rule.name, rule.r, rule.f, rule.m) for rule in rules.rules]
    assert rules.bins == 5


@pytest.mark.parametrize(
    ("preset", "case_id"),
    [
        (RSQUARED_ACADEMY_V02, "rfm_orders_champions_v02"),
        (RSQUARED_ACADEMY_V03, "rfm_customer_segments_v03"),
    ],
)
def test_boxes_are_those_of_the_r_package(preset, case_id):
    # rsquaredacademy/rfm, tests @9054890 (0.2) and docs/articles (0.3).
    published = case("rfm_clv.json", case_id)["inputs"]
    ends = [published[f"{letter}_{end}"] for letter in "RFM" for end in ("lo", "hi")]
    expected = list(zip(published["names"], *ends, strict=True))
    assert expected == [(rule.name, *rule.r, *rule.f, *rule.m) for rule in preset.rules]


def test_pymc_lists_are_as_published():
    listed = {code: name for name, codes in PYMC.items() for code in codes.split()}
    # No code stands in two lists, so "later entry overwrites earlier" and first match agree.
    assert sum(len(codes.split()) for codes in PYMC.values()) == len(listed)
    actual = name_by_code(PYMC_MARKETING)
    for code, name in actual.items():
        assert listed.get(code, "Other") in name
    assert Counter(actual.values())["Other"] == 18


def test_version_02_of_the_r_package_leaves_36_codes_and_three_names():
    found = RSQUARED_ACADEMY_V02.check()
    assert len(found.uncovered) == 36
    assert found.unreachable_names == ("New Customers", "Promising", "Can't Lose Them")
    assert found.unreachable_names == tuple(rule.name for rule in found.unreachable_rules)
    assert not found


def test_version_03_of_the_r_package_leaves_ten_codes():
    found = RSQUARED_ACADEMY_V03.check()
    assert " ".join(found.uncovered) == "215 241 251 252 341 351 441 451 541 551"
    assert found.unreachable_rules == ()
    # Note, section 4.5: Potential Loyalist takes 35 codes, 554 among them.
    named = name_by_code(RSQUARED_ACADEMY_V03)
    assert Counter(named.values())["Potential Loyalist"] == 35
    assert named["554"] == "Potential Loyalist"


def test_the_pypi_package_covers_all_codes_and_keeps_two_for_new_accounts():
    assert bool(RFM_PYPI.check())
    named = name_by_code(RFM_PYPI)
    new = [code for code, name in named.items() if name == "New Active Accounts"]
    assert new == ["511", "512"]


def test_pymc_leaves_18_of_64_codes():
    found = PYMC_MARKETING.check()
    assert (PYMC_MARKETING.bins, len(found.uncovered)) == (4, 18)
    assert found.unreachable_rules == ()


@pytest.mark.parametrize("rules", [STANDARD_SEGMENTS, RFM_PYPI, RECENCY_FREQUENCY_GRID])
def test_complete_maps_leave_nothing(rules):
    found = rules.check()
    assert (found.uncovered, found.unreachable_rules, found.unreachable_names) == ((), (), ())


def test_the_grid_has_one_box_a_cell_and_does_not_look_at_money():
    owners = Counter(
        (r, f)
        for rule in RECENCY_FREQUENCY_GRID.rules
        for r in range(rule.r[0], rule.r[1] + 1)
        for f in range(rule.f[0], rule.f[1] + 1)
    )
    assert {(r, f): 1 for r in range(1, 6) for f in range(1, 6)} == owners
    assert {(1, 5)} == {rule.m for rule in RECENCY_FREQUENCY_GRID.rules}


@pytest.mark.parametrize(
    "rules",
    [RSQUARED_ACADEMY_V02, RSQUARED_ACADEMY_V03, RFM_PYPI, PYMC_MARKETING, RECENCY_FREQUENCY_GRID],
    ids=lambda rules: rules.source,
)
def test_presets_name_their_source_and_come_back_from_json(rules):
    assert rules.source
    assert rules == SegmentRules.from_dict(json.loads(json.dumps(rules.to_dict())))


def test_the_quartile_segments_of_pymc_marketing_are_reproduced():
    # pymc-labs/pymc-marketing tests/clv/test_utils.py::test_rfm_segmentation_config. Its
    # rfm_segments counts purchase days with the first, days since the last, and the mean per day.
    worked = case("rfm_clv.json", "segments_quartile_default")
    customer, time, amount = zip(*worked["inputs"]["transactions"], strict=True)
    tx = ck.Transactions.from_arrays(customer=customer, time=list(time), amount=amount)

    scores = quietly(
        rfm, tx, as_of="2015-02-06", bins=4, frequency="purchase_days", monetary="mean"
    )

    assert worked["expected"] == scores.segments(PYMC_MARKETING).decode().tolist()
