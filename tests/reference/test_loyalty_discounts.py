"""Discounts of Sylius, Solidus, Oscar, Medusa and Odoo, each under the settings of its system.

The expected figures are those that the tests of these systems assert; each case names its source.
"""

import json
from decimal import Decimal

import numpy as np
import pytest

from crmkit.loyalty import (
    AmountOff,
    BuyGet,
    DiscountPolicy,
    DiscountRule,
    FlexiRate,
    Group,
    PercentOff,
    TieredPercent,
)
from crmkit.loyalty.discounts.lines import PricedLines
from crmkit.loyalty.discounts.phase import discount_lines
from crmkit.money import allocate, to_minor
from shared_data import case, shared_file

PRESETS = {
    "SY": DiscountPolicy.sylius_like(),
    "SO": DiscountPolicy.solidus_like(),
    "OS": DiscountPolicy.oscar_like(),
    "ME": DiscountPolicy.medusa_like(),
    "OD": DiscountPolicy.odoo_like(),
}
KINDS = ("discount", "stacking", "rounding")
CASES = {
    "SY": (6, 7, 9, 10, 14, 16, 17, 19, 20, 21, 23, 26, 29, 30),
    "SO": (1, 4, 5, 6, 7, 9, 12, 13, 14, 18),
    "OS": (1, 3, 5, 7, 8, 9, 11, 15, 16, 17, 18),
    "ME": (1, 2, 3, 4),
    "OD": (8, 12, 14, 21, 22, 23, 24, 26, 27, 32, 33, 35),
}
IDS = [f"{system}-{number:02}" for system, numbers in CASES.items() for number in numbers]


def test_no_discount_case_is_left_out():
    listed = json.loads(shared_file("cases", "loyalty.json").read_text(encoding="utf-8"))["cases"]

    wanted = [c["id"] for c in listed if c["id"][:2] in PRESETS and c["kind"] in KINDS]

    assert sorted(wanted) == sorted(IDS)
    assert len(IDS) == 51


# --- the neutral cases as rules and lines --------------------------------------------------------


def text(number):
    return None if number is None else str(number)


def lines_of(inputs):
    """The lines of a case, as dicts."""
    if "items" in inputs:
        return [
            {"product": n, "unit_price": item["subtotal"] / item["qty"], "qty": item["qty"]}
            for n, item in enumerate(inputs["items"])
        ]
    if "lines" not in inputs:
        quantity = inputs.get("qty", inputs.get("paid_qty", 1))
        return [{"product": "only", "unit_price": inputs.get("price", 100), "qty": quantity}]
    lines = list(inputs["lines"])
    if "shipping" in inputs:
        lines.append({"product": "shipping", "unit_price": inputs["shipping"], "qty": 1})
    return lines


def priced(lines):
    def each_times_quantity(name):
        return to_minor([Decimal(str(line.get(name, 0))) * line["qty"] for line in lines])

    return PricedLines(
        starts=[0, len(lines)],
        amount=each_times_quantity("unit_price"),
        quantity=[line["qty"] for line in lines],
        floor=each_times_quantity("floor_price"),
    )


def discount_of(rule):
    kind = rule["type"]
    if kind in ("discount_percent", "unit_percent", "percentage"):
        percent = text(rule.get("percent", rule.get("value")))
        most = rule.get("max_units", rule.get("max_quantity"))
        return PercentOff(percent, max_amount=text(rule.get("max_amount")), max_units=most)
    if kind in ("discount_fixed", "unit_fixed", "fixed"):
        each = kind == "unit_fixed" or rule.get("allocation") == "each"
        most = rule.get("max_units", rule.get("max_quantity"))
        amount = text(rule.get("amount", rule.get("value")))
        return AmountOff(amount, each_unit=each, max_units=most)
    if kind == "multibuy_cheapest_free":
        return BuyGet(rule.get("min_qty", 2) - 1, 1, max_groups=1)
    if kind == "buy_x_get_y":
        return BuyGet(rule["buy"], rule["get"], free="added")
    if kind == "tiered_percent":
        return TieredPercent(rule["base"], rule["tiers"])
    if kind == "flexi_rate":
        rates = (text(rule["first"]), text(rule["additional"]))
        return FlexiRate(*rates, max_units=rule["max_items"] or None)
    assert kind == "free_shipping"
    return PercentOff(100)


def by_line(rule):
    unit = rule["type"].startswith("unit_") or rule.get("scope") == "line"
    return unit or rule.get("allocation") == "each" or rule["type"] == "tiered_percent"


def selects(rule, line):
    """Whether a rule is aimed at a line."""
    aim, _, name = rule.get("scope", "").partition(":")
    if rule["type"] == "free_shipping" or line["product"] == "shipping":
        return rule["type"] == "free_shipping" and line["product"] == "shipping"
    if aim in ("product", "category") and line.get(aim) != name:
        return False
    categories = rule.get("categories_any", [rule["category"]] if "category" in rule else None)
    products = rule.get("eligible", [rule["product"]] if "product" in rule else None)
    return (categories is None or line.get("category") in categories) and (
        products is None or line["product"] in products
    )


THRESHOLDS = ("min_order", "min_amount", "min_value")


def holds(rule, lines, totals):
    """Whether a basket reaches what a rule asks for."""
    needed = rule.get("requires_any_category", [rule.get("requires_category")])
    return all(
        (
            any(line.get("category") in needed or needed == [None] for line in lines),
            sum(line["qty"] for line in lines) >= rule.get("min_qty", 0),
            totals[0]
            >= 100 * max(rule.get(k, 0) for k in ("min_order", "min_amount", "min_value")),
            totals[1] >= 100 * rule.get("min_discounted_total", 0),
            untaxed(lines) >= rule.get("min_amount_tax_excl", 0),
        )
    )


def untaxed(lines):
    included = sum(line["unit_price"] * line["qty"] for line in lines)
    return included / 1.15 if lines[0].get("tax") == "15% incl" else included


def run(case_id):
    """Run a case under its preset; return what was taken, and the lines."""
    worked, policy = case("loyalty.json", case_id), PRESETS[case_id[:2]]
    dicts = lines_of(worked["inputs"])
    lines = priced(dicts)
    given = {f"rule {n}": rule for n, rule in enumerate(worked["rules"])}
    rules = [
        DiscountRule(
            name,
            discount_of(rule),
            scope="line" if by_line(rule) else "basket",
            group=str(rule.get("lane", 1)),
            priority=rule.get("priority", 0),
        )
        for name, rule in given.items()
    ]

    def selected(rule, current):
        asked = given.get(rule.id, {"type": ""})
        base = lines.amount if policy.threshold_base == "original" else current
        open_ = holds(asked, dicts, (base.sum(), current.sum()))
        return np.array([open_ and selects(asked, line) for line in dicts])

    if "units_consumed" in worked["expected"]:
        rules.append(DiscountRule("rest", PercentOff(100), group="2"))
    groups = [Group(name, policy.resolution) for name in ("1", "2")]
    return discount_lines(rules, groups, policy, lines, selected), lines, worked


# --- what the systems say ------------------------------------------------------------------------


@pytest.mark.parametrize("case_id", [i for i in IDS if i != "OS-18"])
def test_each_system_gets_its_own_figures(case_id):
    taken, lines, worked = run(case_id)

    expected = worked["expected"]
    figures = set(expected) - {"units_consumed", "shipping"}
    assert figures  # a case that expects nothing proves nothing
    for figure in figures:
        assert FIGURES[figure](taken, lines, worked) == minor(expected[figure]), figure


def minor(value):
    if isinstance(value, bool):
        return value
    if isinstance(value, dict):
        return {key: minor(one) for key, one in value.items()}
    return [minor(one) for one in value] if isinstance(value, list) else round(100 * value)


def of_rules(taken):
    """What the rules of the case took off each line."""
    rest = taken.by_line("rest") if "rest" in taken.rules else 0
    return taken.by_line() - rest


def by_rule(taken, *_):
    if len(taken.rules) == 1:
        return of_rules(taken).tolist()
    return [taken.by_line(rule).tolist() for rule in taken.rules]


def discount(taken, _, worked):
    off = int(of_rules(taken).sum())
    return -off if worked["expected"]["discount"] < 0 else off  # some systems write a negative


def order_total(taken, _, worked):
    total = int(taken.price_left.sum())
    on_top = any(line.get("tax") == "15% excl" for line in worked["inputs"].get("lines", ()))
    return total * 115 // 100 if on_top else total


def unit_discounts(taken, lines, worked):
    units = [
        allocate(int(off), [1] * int(n), method="first").tolist()
        for off, n in zip(taken.by_line(), lines.quantity, strict=True)
    ]
    return dict(zip(worked["expected"]["unit_discounts"], units, strict=True))


FIGURES = {
    "order_total": order_total,
    "price": lambda taken, *_: int(taken.price_left.sum()),
    "discount": discount,
    "total": lambda taken, *_: int(taken.by_line().sum()),
    "first_line_discount": lambda taken, *_: int(taken.by_line()[0]),
    "line_discounts": lambda taken, *_: of_rules(taken).tolist(),
    "amounts": by_rule,
    "unit_discounts": unit_discounts,
    "free_qty": lambda taken, *_: 100 * int(taken.added_units.sum()),
    "discounted": lambda taken, *_: bool(taken.by_line().any()),
    "reward_amount_tax_included": lambda taken, *_: -int(taken.by_line().sum()),
}


@pytest.mark.parametrize("case_id", ["OS-01", "OS-03", "OS-08", "OS-09"])
def test_units_that_served_an_offer_are_not_there_for_the_next(case_id):
    taken, lines, worked = run(case_id)

    # A rule that takes everything finds just the units that no offer has used.
    prices = to_minor([str(line["unit_price"]) for line in lines_of(worked["inputs"])])
    free = taken.by_line("rest") // prices

    assert lines.quantity.sum() - free.sum() == worked["expected"]["units_consumed"]


def test_free_shipping_is_a_line_of_its_own():
    taken, _, worked = run("SY-06")

    assert taken.price_left.tolist() == [63_000, 100 * worked["expected"]["shipping"]]


def test_rules_go_by_priority_then_as_declared():
    worked = case("loyalty.json", "OS-18")
    asked = []
    rules = [DiscountRule(r["name"], AmountOff(1), priority=r["priority"]) for r in worked["rules"]]

    def selected(rule, current):
        asked.append(rule.id)
        return current > 0

    groups = (Group("discounts", PRESETS["OS"].resolution),)
    discount_lines(rules, groups, PRESETS["OS"], priced(lines_of({})), selected)

    assert asked == worked["expected"]["evaluation_order"]
