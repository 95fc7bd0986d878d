"""Random discount rules, baskets and policies, in one place for the tests of discounts."""

import numpy as np
from hypothesis import strategies as st

from crmkit.data.codes import Codes
from crmkit.loyalty import (
    AmountOff,
    BuyGet,
    CatalogueReward,
    DiscountPolicy,
    DiscountRule,
    FlexiRate,
    Group,
    PercentOff,
    PerPoint,
    PriceLevel,
    Resolution,
    TieredPercent,
)
from crmkit.loyalty.discounts.lines import PricedLines

PRODUCTS, TIERS = ("bread", "milk", "wine"), ("silver", "gold")
MODES = ["half_even", "half_up", "half_down", "down", "up", "floor", "ceiling"]

money = st.integers(1, 900).map(lambda cents: f"{cents / 100:.2f}")
few = st.integers(1, 4)
some = st.none() | few
percents = st.integers(1, 100) | st.sampled_from(["12.5", "33.3", "0.5"])
prices = st.dictionaries(st.sampled_from(PRODUCTS), money, min_size=1)

discounts = st.one_of(
    st.builds(PercentOff, percents, max_amount=st.none() | money, max_units=some),
    st.builds(AmountOff, money, each_unit=st.booleans(), max_units=some),
    st.builds(
        BuyGet,
        few,
        few,
        percent=percents,
        order=st.sampled_from(["cheapest", "grouped"]),
        max_groups=some,
    ),
    st.builds(BuyGet, few, few, free=st.just("added"), max_groups=some),
    st.builds(TieredPercent, st.integers(0, 50), st.dictionaries(money, percents, min_size=1)),
    st.builds(FlexiRate, money, money, max_units=some),
    st.builds(PriceLevel, st.dictionaries(st.sampled_from(TIERS), prices, min_size=1)),
    st.builds(CatalogueReward, st.sets(st.sampled_from(PRODUCTS), min_size=1), points=few),
    st.builds(PerPoint, st.sampled_from(["0.01", "0.5", "0.333"])),
)
policies = st.builds(
    DiscountPolicy,
    rounding=st.sampled_from(MODES),
    rounded=st.sampled_from(["discount", "price"]),
    remainder=st.sampled_from(["largest_remainder", "largest_weight", "first", "last"]),
    threshold_base=st.sampled_from(["original", "current"]),
    each_unit_once=st.booleans(),
    best_per_line=st.booleans(),
)


@st.composite
def rules_of(draw, most=5):
    rules = []
    for number in range(draw(st.integers(1, most))):
        discount = draw(discounts)
        scopes = ["basket"] if isinstance(discount, PerPoint) else ["basket", "line"]
        rules.append(
            DiscountRule(
                f"r{number}",
                discount,
                scope=draw(st.sampled_from(scopes)),
                group=draw(st.sampled_from(["one", "two"])),
                priority=draw(st.integers(0, 2)),
                exclusive=draw(st.booleans()),
            )
        )
    return tuple(rules)


line = st.tuples(
    st.integers(-300, 2500) | st.sampled_from([100, 200, 0]),  # money
    st.integers(0, 7),  # units
    st.integers(0, 600) | st.just(0),  # floor
    st.integers(0, 2),  # product
    st.sampled_from([7, 7, 7, 6, 5, 3, 1, 0]),  # which rules select it, by bits
)
baskets_of = st.lists(
    st.tuples(
        st.lists(line, min_size=1, max_size=5),
        st.integers(-1, 1),  # tier
        st.integers(0, 9),  # points on each rule
        st.integers(0, 2000),  # what the basket must cost for rules of odd numbers
    ),
    min_size=1,
    max_size=4,
)
groups_of = st.tuples(st.sampled_from(Resolution), st.sampled_from(Resolution)).map(
    lambda two: (Group("one", two[0]), Group("two", two[1]))
)


def lines_of(baskets, rules):
    every = [line for lines, *_ in baskets for line in lines]
    amount, quantity, floor, product, _ = (list(column) for column in zip(*every, strict=True))
    points = np.array([points for _, _, points, _ in baskets])
    return PricedLines(
        starts=np.cumsum([0, *(len(lines) for lines, *_ in baskets)]),
        amount=amount,
        quantity=quantity,
        floor=floor,
        product=Codes(np.array(product, dtype=np.int32), np.array(PRODUCTS, dtype=object)),
        tier=[tier for _, tier, *_ in baskets],
        tiers=TIERS,
        points={rule.id: points for rule in rules},
    )


def in_columns(baskets, lines):
    bits = np.array([line[4] for one, *_ in baskets for line in one])
    least = np.array([least for *_, least in baskets])

    def selected(rule, current):
        number = int(rule.id[1:])
        mask = (bits >> number % 3) & 1 == 1
        if number % 2:
            mask = mask & (lines.totals(current) >= least)[lines.basket]
        return mask

    return selected
