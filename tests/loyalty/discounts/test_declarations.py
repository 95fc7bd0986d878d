"""Discounts as they are declared: exact, hashable, and refused with all that is wrong."""

import json
from decimal import Decimal
from fractions import Fraction

import attrs
import pytest

from crmkit.errors import InvalidArgumentError
from crmkit.loyalty import (
    AmountOff,
    BuyGet,
    CatalogueReward,
    DiscountPolicy,
    DiscountRule,
    FlexiRate,
    PercentOff,
    PerPoint,
    PriceLevel,
    Resolution,
    Scope,
    TieredPercent,
)
from crmkit.loyalty.declaration.dicts import declaration_of, plain
from crmkit.loyalty.discounts.amounts import KINDS

EXAMPLES = (
    PercentOff(10, max_amount="9.00", max_units=2),
    AmountOff("5.00", each_unit=True),
    BuyGet(2, 1, order="grouped"),
    TieredPercent(0, {"20.00": 15, 30: "20"}),
    FlexiRate("1.13", "2.11"),
    PriceLevel({"gold": {"milk": "0.99", 7: 1}}),
    CatalogueReward({"mug", "cap"}, 500),
    PerPoint("0.005"),
)


@pytest.mark.parametrize("discount", EXAMPLES, ids=lambda d: type(d).__name__)
def test_discounts_are_values(discount):
    again = type(discount)(**attrs.asdict(discount, recurse=False))

    assert again == discount
    assert hash(again) == hash(discount)


@pytest.mark.parametrize("discount", EXAMPLES, ids=lambda d: type(d).__name__)
def test_a_rule_comes_back_from_json_as_it_was(discount):
    rule = DiscountRule("ours", discount, priority=2, funding={"acme": "0.5"}, trigger_limit=3)

    assert declaration_of(json.loads(json.dumps(plain(rule))), DiscountRule) == rule


def test_a_policy_comes_back_from_json_as_it_was():
    policy = DiscountPolicy.oscar_like(rounding="ceiling")

    assert declaration_of(json.loads(json.dumps(plain(policy))), DiscountPolicy) == policy


def test_every_kind_of_discount_is_an_example_here():
    assert {type(discount) for discount in EXAMPLES} == set(KINDS)


def test_steps_and_levels_are_kept_as_sorted_pairs():
    steps = TieredPercent(10, {"30.00": 20, "20.00": 15})

    assert steps.steps == ((Decimal("20.00"), Fraction(15)), (Decimal("30.00"), Fraction(20)))
    assert TieredPercent(10, [["20.00", "15"], ["30.00", 20]]) == steps
    assert PriceLevel([["gold", [["milk", "0.99"]]]]) == PriceLevel({"gold": {"milk": "0.99"}})


def test_one_product_needs_no_set():
    assert CatalogueReward("mug", 500) == CatalogueReward({"mug"}, 500)


def test_a_float_rate_is_the_decimal_that_it_prints():
    assert PercentOff(12.5) == PercentOff("12.5") == PercentOff(Fraction(25, 2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: PercentOff(0), "PercentOff: percent: expected a percentage above 0 and up to 100"),
        (lambda: PercentOff(101), "percentage above 0 and up to 100; got 101"),
        (lambda: PercentOff(10, max_units=0), "max_units: expected a whole number >= 1; got 0"),
        (lambda: AmountOff(5.0), "amount: money in a rule is a text.*Write '5.0'"),
        (lambda: AmountOff("0"), "expected an amount above zero"),
        (lambda: BuyGet(0, 1), "buy: expected a whole number >= 1"),
        (lambda: BuyGet(2, 1, free="add"), "expected one of 'included', 'added'.*'added'"),
        (lambda: BuyGet(2, 1, percent=50, free="added"), "units that come on top are free"),
        (lambda: TieredPercent(10, {}), "different thresholds, one at least"),
        (lambda: TieredPercent(10, {"20.00": 15, 20: 20}), "expected different thresholds"),
        (lambda: TieredPercent(10, "20"), "expected percentages by threshold"),
        (lambda: TieredPercent(10, {20.0: 15}), "money in a rule is a text"),
        (lambda: FlexiRate(1.13, "2.11"), "first: money in a rule is a text"),
        (lambda: PriceLevel({"gold": "0.99"}), "expected prices by product"),
        (lambda: PriceLevel({"gold": {"milk": -1}}), "an amount that is not negative"),
        (lambda: CatalogueReward((), 5), "expected ids of products"),
        (lambda: CatalogueReward({"mug"}, 0), "points: expected a whole number >= 1"),
        (lambda: PerPoint(0.01), "amount: money in a rule is a text"),
        (lambda: DiscountPolicy(remainder="largest"), "remainder must be one of.*'largest_rem"),
        (lambda: DiscountPolicy(resolution="besst"), "did you mean 'best'"),
        (lambda: DiscountRule("pay", PerPoint("0.01"), scope="line"), "say 'basket'"),
        (lambda: DiscountRule("ten", 10), "rule 'ten': discount: expected PercentOff or"),
    ],
)
def test_what_is_no_discount_is_refused(make, message):
    with pytest.raises(InvalidArgumentError, match=message):
        make()


def test_all_problems_of_a_rule_come_at_once():
    with pytest.raises(InvalidArgumentError) as caught:
        DiscountRule("", PercentOff(10), scope="all", funding={"acme": "1.5"}, trigger_limit="x")

    message = str(caught.value)
    for field in ("id:", "scope:", "funding:", "trigger_limit:"):
        assert field in message


def test_words_are_accepted_as_text():
    rule = DiscountRule("ten", PercentOff(10), scope="line", funding={"acme": "0.5"})

    assert rule.scope is Scope.LINE
    assert rule.funding == {"acme": Fraction(1, 2)}


@pytest.mark.parametrize(
    ("preset", "resolution"),
    [
        ("grocery", Resolution.CHAIN),
        ("sylius_like", Resolution.EXCLUSIVE),
        ("solidus_like", Resolution.BEST),
        ("oscar_like", Resolution.CHAIN),
        ("medusa_like", Resolution.CHAIN),
        ("odoo_like", Resolution.CHAIN),
    ],
)
def test_presets_name_themselves_and_take_changes(preset, resolution):
    policy = getattr(DiscountPolicy, preset)(rounding="ceiling")

    assert (policy.preset, policy.resolution, policy.rounding) == (preset, resolution, "ceiling")
