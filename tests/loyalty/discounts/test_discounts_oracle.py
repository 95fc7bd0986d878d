"""The money phase in columns against one basket and one unit at a time."""

from hypothesis import given, settings

from crmkit.loyalty.discounts.phase import discount_lines
from discount_oracle import Basket, discount_basket
from discount_strategies import (
    PRODUCTS,
    TIERS,
    baskets_of,
    groups_of,
    in_columns,
    lines_of,
    policies,
    rules_of,
)


def one_by_one(baskets, rules, groups, policy):
    for lines, tier, points, least in baskets:
        amounts, quantities, floors, products, bits = zip(*lines, strict=True)
        basket = Basket(
            amounts,
            quantities,
            floors,
            [PRODUCTS[product] for product in products],
            TIERS[tier] if tier >= 0 else None,
            {rule.id: points for rule in rules},
        )

        def selected(rule, current, bits=bits, least=least):
            number = int(rule.id[1:])
            open_ = number % 2 == 0 or sum(current) >= least
            return [bool(open_ and (bit >> number % 3) & 1) for bit in bits]

        yield discount_basket(rules, groups, policy, basket, selected)


@settings(max_examples=300, deadline=None)
@given(baskets_of, rules_of(), groups_of, policies)
def test_columns_agree_with_one_unit_at_a_time(baskets, rules, groups, policy):
    lines = lines_of(baskets, rules)

    taken = discount_lines(rules, groups, policy, lines, in_columns(baskets, lines))

    expected = list(one_by_one(baskets, rules, groups, policy))
    entries = zip(taken.rule.tolist(), taken.line.tolist(), taken.amount.tolist(), strict=True)
    gifts = zip(
        taken.added_rule.tolist(),
        taken.added_basket.tolist(),
        taken.added_units.tolist(),
        strict=True,
    )
    assert {(taken.rules[rule], line): off for rule, line, off in entries} == {
        (rule, lines.starts[number] + line): off
        for number, basket in enumerate(expected)
        for (rule, line), off in basket.entries.items()
    }
    assert taken.price_left.tolist() == [left for basket in expected for left in basket.left]
    assert {(taken.rules[rule], basket): units for rule, basket, units in gifts} == {
        (rule, number): units
        for number, basket in enumerate(expected)
        for rule, units in basket.gifts.items()
    }
