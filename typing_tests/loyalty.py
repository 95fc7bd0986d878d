"""What a type checker sees of crmkit.loyalty; mypy --strict reads it, nothing runs it.

What a programme takes at run time must pass as it is written, and what it refuses must not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import assert_type

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import crmkit as ck
from crmkit.loyalty import (
    AmountOff,
    Anniversary,
    Balances,
    BasketQuantity,
    BasketTotal,
    Between,
    Birthday,
    BuyGet,
    Cap,
    CatalogueReward,
    Channel,
    Condition,
    Counter,
    Customers,
    DiscountPolicy,
    DiscountRule,
    EarningBase,
    EarnRule,
    EventRule,
    Events,
    Expiry,
    Field,
    FieldCompares,
    FieldIn,
    FirstPurchaseSince,
    Flat,
    FlexiRate,
    Group,
    HasProducts,
    History,
    InSegment,
    Ledger,
    Multiply,
    NthPurchase,
    Payments,
    PercentOff,
    PerPoint,
    PerSpend,
    PerUnit,
    Policies,
    PriceLevel,
    Programme,
    Redemption,
    Redemptions,
    Referral,
    Resolution,
    ReturnAmount,
    Returns,
    Rolling,
    RoundingLevel,
    Scope,
    State,
    Tender,
    Tier,
    TierAtLeast,
    TieredPercent,
    Tiers,
    TierWindow,
    TimeOfDay,
    Transfers,
    Weekday,
    Window,
    evaluate,
)

tx = ck.Transactions.from_arrays(
    customer=["ann"],
    time=["2026-03-01"],
    basket=[1],
    amount=["10.00"],
    attributes={"category": ["produce"]},
)

# Amounts of points:
PerSpend(1, "1.00")
PerSpend(points=1, per="1.00")
PerSpend("0.5", Decimal(2), whole=True)
PerUnit(5)
Flat(100)
Multiply(1.5)
Multiply(Fraction(3, 2))
assert_type(PerSpend(1, "1.00").per, Decimal)
assert_type(Multiply("1.5").factor, Fraction)

# Caps:
Cap(500, per="day")
Cap(500, "lifetime")
Cap(500, per=Window.DAY)
Cap(500, per=Rolling(30))
assert_type(Cap(500, per="day").per, Window | Rolling)

# Conditions:
assert_type(Field("category").isin({"produce"}), FieldIn)
assert_type(Field("quantity") >= 3, FieldCompares)
assert_type(Weekday({2}) & Field("category").isin({"produce"}), Condition)
Field("product").isin([17, 18])
Field("product").isin(np.array([17, 18]))
assert_type(Field("amount") < Decimal("5.00"), FieldCompares)
Weekday(2)
Weekday([6, 7])
Weekday(range(1, 6))
TimeOfDay("17:00", dt.time(20))
Between("2026-03-01", dt.date(2026, 4, 1), closed="both")
Between(np.datetime64("2026-03-01"), dt.datetime(2026, 4, 1, 12))
BasketTotal("50.00", money="original", of=Field("category").isin("wine"), side="above")
BasketQuantity(6, of=Field("category").isin({"wine"}))
HasProducts({"milk"})
HasProducts(~Field("category").isin({"gift card"}))
Channel("app")
Channel({"web", "app"})
Tender(("own card",))
NthPurchase(1)
FirstPurchaseSince(365)
Birthday(before=3)
Anniversary(after=6)
InSegment({"champions"}, labels="segment")
TierAtLeast("gold")
assert_type(Weekday({2}).days, tuple[int, ...])

# Rules:
base = EarnRule(
    "base",
    amount=PerSpend(1, "1.00"),
    caps=(Cap(500, per="day"),),
    funding={"acme": "0.5"},
    scope="line",
)
assert_type(base.caps, tuple[Cap, ...])
assert_type(base.scope, Scope)
assert_type(base.counts, Counter)
assert_type(base.funding, Mapping[str, Fraction])
assert_type(base.trigger_limit, Cap | None)
fresh = EarnRule(
    "fresh tuesday",
    when=Weekday({2}) & Field("category").isin({"produce"}),
    amount=Multiply(2),
    group="multipliers",
)
EarnRule("once", amount=Flat(100), trigger_limit=1, counts="both", caps=[], scope=Scope.BASKET)
EarnRule(
    "march", amount=Flat(1), caps=Cap(1, per="week"), valid=Between("2026-03-01", "2026-04-01")
)
welcome = EventRule("welcome", event="account_created", points=200, funding={"acme": 0.5})


def capped(*caps: Cap) -> Programme:
    return Programme(rules=(EarnRule("base", amount=PerSpend(1, "1.00"), caps=caps),))


both = capped(Cap(10, per="week"), Cap(10, per="month"))

# Discounts:
off = DiscountRule("five off", AmountOff("5.00"))
DiscountRule(
    "wine", PercentOff("12.5", max_amount="9.00"), scope="line", trigger_limit=Cap(1, "day")
)
DiscountRule("milk", BuyGet(2, 1, percent=50, free="included", order="grouped"))
steps = {"20.00": 15, "30.00": 20}
DiscountRule("more", TieredPercent(10, steps))
DiscountRule("more", TieredPercent(0, {Decimal(20): "12.5"}))
DiscountRule("more", TieredPercent(0, [("20.00", 15), (30, "20")]))
DiscountRule("sausage", FlexiRate("1.13", 2, max_units=5))
prices = {"milk": "0.99"}
DiscountRule("members", PriceLevel({"gold": prices, "silver": {7: 1}}))
DiscountRule("mug", CatalogueReward({"mug"}, points=500))
DiscountRule("points", PerPoint("0.01"))
DiscountPolicy(rounding="down", resolution="best", rounded="price", threshold_base="original")
DiscountPolicy.oscar_like(remainder="first")

# Policies:
Policies(rounding="half_up", rounding_level="rule", overdraft="allow", remainder="last")
Policies(redemption_order="earn_first", base=EarningBase(paid_with_points="counted"))
Policies.grocery(rounding_level=RoundingLevel.LINE)
Policies.setono_like(
    base=EarningBase(price="list", tax="excluded", paid_with_points="counted"),
    expiry=Expiry(months=24, end="end_of_month", clock="activated", boundary="after"),
    returns=Returns(amount="none", debit="oldest", below_zero="clamp", match="earliest"),
)
EarningBase(excluded=Field("category").isin({"tobacco"}), excluded_tenders=("gift card",))
assert_type(Returns(amount="none").amount, ReturnAmount)
assert_type(Policies.grocery(), Policies)

# Programmes:
tiers = Tiers((Tier("silver", 300), Tier("gold", "600")), window="year", counter="visits")
assert_type(tiers.window, TierWindow | Rolling)
Tiers([Tier("silver", Decimal(300))], window=Rolling(365), applies="same_basket", side="above")
Tiers((Tier("silver", 300),), kept="end_of_period", downgrade="one_level", grace_days=30)
Group("base", Resolution.SUM)
worth = Redemption(points=100, amount="1.00", minimum=500, multiple=100, share_of_basket="0.5")
programme = Programme(
    rules=(base, fresh, welcome, off),
    groups=(Group("base", "sum"), Group("multipliers", "chain"), Group("discounts", "best")),
    policies=Policies.grocery(),
    tiers=tiers,
    redemption=worth,
    referral=Referral(referrer=500, referee=250, minimum="20.00"),
)
Programme(rules=[base], groups=[Group("base", "first")], pooled=True)
assert_type(programme.digest, str)
assert_type(Programme.from_dict(programme.to_dict()), Programme)

# Histories:
asked = Redemptions(customer=["ann"], time=["2026-06-30T12:00"], points=[1])
history = History(
    tx,
    payments=Payments(basket=[1, 1], tender=["card", "cash"], amount=[Decimal("5.00"), "5.00"]),
    redemptions=asked,
    events=Events(customer=["ann"], time=[dt.datetime(2026, 1, 2)], event=["account_created"]),
    transfers=Transfers(sender=["ann"], receiver=["bob"], time=["2026-03-01"], points=[1]),
)
Redemptions(customer=pd.Series([4]), time=np.array(["2025-06-30"]), points=[1], basket=[17])
Redemptions(customer=[4, 5], time=["2025-06-30"] * 2, points=[1, 1], basket=[17, None])
known = Customers(customer=["ann", "bob"], birthday=["1980-02-29", None], household=[1, 1])
assert_type(asked.points, NDArray[np.int64])

ledger = evaluate(both, tx, as_of="2026-12-31")
assert_type(ledger, Ledger)
assert_type(evaluate(both, History(tx), customers=known, as_of=tx.period.last), Ledger)
assert_type(ledger.state, State)
later = ck.Transactions.from_arrays(
    customer=["ann"],
    time=["2027-01-15"],
    basket=[2],
    amount=["10.00"],
    attributes={"category": ["wine"]},
)
assert_type(evaluate(both, later, state=ledger.state, as_of="2027-01-31"), Ledger)
assert_type(ledger.balances(), Balances)
assert_type(ledger.balances().of("ann"), int)
ledger.balances().to_frame()
ledger.explain(basket=1)
ledger.lots.to_frame()
ledger.tiers.to_frame()
assert_type(int(ledger.entries.points.sum()), int)

# What must not pass:
PerSpend(1, 1.0)  # type: ignore[arg-type]
PerSpend(None, "1.00")  # type: ignore[arg-type]
PerSpend(1, "1.00", True)  # type: ignore[call-arg]
Multiply({2})  # type: ignore[arg-type]
Cap(500)  # type: ignore[call-arg]
Cap("500", per="day")  # type: ignore[arg-type]
Cap(500, per="dya")  # type: ignore[arg-type]
Cap(500, per=30)  # type: ignore[arg-type]
Field("category").isin({1.5})  # type: ignore[arg-type]
print(Field("amount") >= 5.0)  # type: ignore[operator]
print(Weekday({2}) & Field("amount") >= 5)  # type: ignore[operator]
Weekday({2}) | "wednesday"  # type: ignore[operator]
Field("brand") & Weekday({2})  # type: ignore[operator]
{"web"} & Channel("app")  # type: ignore[operator]
Weekday({"tuesday"})  # type: ignore[arg-type]
BasketTotal(50.0)  # type: ignore[arg-type]
BasketTotal("50.00", money="gross")  # type: ignore[arg-type]
BasketTotal("50.00", of={"milk"})  # type: ignore[arg-type]
TimeOfDay(17, 20)  # type: ignore[arg-type]
Between("2026-03-01", "2026-04-01", closed="all")  # type: ignore[arg-type]
InSegment({1})  # type: ignore[arg-type]
EarnRule("base")  # type: ignore[call-arg]
EarnRule("base", PerSpend(1, "1.00"))  # type: ignore[call-arg]
EarnRule("base", amount=2)  # type: ignore[arg-type]
EarnRule("base", amount=AmountOff("5.00"))  # type: ignore[arg-type]
EarnRule("base", amount=Flat(1), scope="lines")  # type: ignore[arg-type]
EarnRule("base", amount=Flat(1), caps=(500,))  # type: ignore[arg-type]
EarnRule("base", amount=Flat(1), when="tuesday")  # type: ignore[arg-type]
EarnRule("base", amount=Flat(1), funding={"acme": None})  # type: ignore[dict-item]
EarnRule("base", amount=Flat(1), trigger_limit="once")  # type: ignore[arg-type]
EarnRule("base", amount=Flat(1), valid="2026")  # type: ignore[arg-type]
EventRule("welcome", event="account_created", points="200")  # type: ignore[arg-type]
DiscountRule("welcome", PerSpend(1, "1.00"))  # type: ignore[arg-type]
AmountOff(5.0)  # type: ignore[arg-type]
PercentOff(10, max_amount=9.0)  # type: ignore[arg-type]
BuyGet(2, 1, free="yes")  # type: ignore[arg-type]
TieredPercent(10, {20.0: 15})  # type: ignore[arg-type]
PriceLevel({"gold": {"milk": 0.99}})  # type: ignore[dict-item]
PriceLevel({"milk": "0.99"})  # type: ignore[dict-item]
DiscountPolicy(rounding="halfup")  # type: ignore[arg-type]
Policies(overdraft="forbid")  # type: ignore[arg-type]
Policies(day_starts_at="4")  # type: ignore[arg-type]
Policies.grocery(overdraft="forbid")  # type: ignore[arg-type]
Policies.setono_like(hold=3)  # type: ignore[call-arg]
DiscountPolicy.oscar_like(rounded="prices")  # type: ignore[arg-type]
Expiry(months="24")  # type: ignore[arg-type]
Tier("silver", 300.0)  # type: ignore[arg-type]
Tiers(("silver", "gold"))  # type: ignore[arg-type]
Tiers((Tier("silver", 300),), window="week")  # type: ignore[arg-type]
Group("base", "summ")  # type: ignore[arg-type]
Redemption(points=100, amount=1.0)  # type: ignore[arg-type]
Referral(referrer=500, minimum=20.0)  # type: ignore[arg-type]
Programme((base,))  # type: ignore[call-arg]
Programme(rules=base)  # type: ignore[arg-type]
Programme(rules=(base, Cap(500, per="day")))  # type: ignore[arg-type]
Programme(rules=(base,), tiers=(Tier("silver", 300),))  # type: ignore[arg-type]
Redemptions(customer=[4], time=["2025-06-30"])  # type: ignore[call-arg]
evaluate(programme, tx)  # type: ignore[call-arg]
programme.rules = ()  # type: ignore[misc]
