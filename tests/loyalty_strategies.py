"""Random programmes and histories; each feature can be switched off by its flag."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import attrs
from hypothesis import strategies as st

from crmkit.loyalty import (
    Always,
    BasketQuantity,
    BasketTotal,
    Field,
    HasProducts,
    NthPurchase,
    TierAtLeast,
    Weekday,
)
from crmkit.loyalty.conditions.logic import Condition
from crmkit.loyalty.declaration.amounts import Flat, Multiply, PerSpend, PerUnit
from crmkit.loyalty.declaration.caps import Cap, Rolling
from crmkit.loyalty.declaration.earning import Counter, EarnRule
from crmkit.loyalty.declaration.events import EventRule, Referral
from crmkit.loyalty.declaration.groups import Group, Resolution
from crmkit.loyalty.declaration.policies import EarningBase, Expiry, Policies, Returns
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.declaration.redemption import Redemption
from crmkit.loyalty.declaration.tiers import Tier, TierCounter, Tiers, TierWindow
from crmkit.loyalty.discounts.amounts import AmountOff, PercentOff
from crmkit.loyalty.discounts.rules import DiscountRule
from loyalty_world import Basket, Line, World

START = dt.datetime(2026, 1, 1)
END = dt.date(2026, 12, 31)
PRODUCTS = {"milk": "dairy", "cheese": "dairy", "bread": "bakery", "gift": "gift card"}


@attrs.frozen(kw_only=True)
class Features:
    """What random programmes and histories may have."""

    conditions: bool = True
    caps: bool = True
    rolling_caps: bool = True
    triggers: bool = True
    groups: bool = True
    multipliers: bool = True
    below_one: bool = False
    fractions: bool = True
    point_digits: bool = True
    tiers: bool = True
    tier_counters: tuple[str, ...] = ("spend", "visits", "points", "status_points", "balance")
    rolling_tiers: bool = True
    same_basket: bool = True
    holds: bool = True
    expiry: bool = True
    inactivity: bool = True
    earliest_expiry: bool = True
    redemptions: bool = True
    reject: bool = False
    overdrafts: tuple[str, ...] = ("allow", "clamp", "decline")
    returns: bool = True
    return_amounts: tuple[str, ...] = ("per_line", "pro_rata_value", "rebuild", "none")
    own_lot_only: bool = False
    restore_caps: bool = True
    give_back: bool = True
    discounts: bool = False
    exclusions: bool = True
    events: bool = True
    transfers: bool = True
    referral: bool = True
    voids: bool = True
    guests: bool = True
    ties: bool = True
    zero_quantities: bool = True
    levels: tuple[str, ...] = ("line", "rule", "basket")
    modes: tuple[str, ...] = ("floor", "half_up", "half_even", "ceiling", "down")
    customers: int = 3
    baskets: int = 8


def features(**flags: Any) -> Features:
    """Return all features but those that are switched off."""
    return Features(**flags)


def _some(draw: Any, *values: Any) -> Any:
    return draw(st.sampled_from(values))


def _chance(draw: Any, of: int = 2) -> bool:
    return bool(draw(st.integers(0, of - 1)) == 0)


# --- programmes ----------------------------------------------------------------------------------


@st.composite
def programmes(draw: Any, **flags: Any) -> Programme:
    """Return a random programme with the features that are not switched off."""
    has = features(**flags)
    tiers = draw(_tiers(has)) if has.tiers and _chance(draw) else None
    groups = draw(_groups(has))
    rules: list[Any] = [
        draw(_rule(has, f"rule {k}", _group(draw, has, k), tiers))
        for k in range(draw(st.integers(1, 4)))
    ]
    if has.events and _chance(draw, 3):
        limit, counts = _some(draw, None, 1), _some(draw, *Counter)
        rules.append(
            EventRule("hello", event="joined", points=20, trigger_limit=limit, counts=counts)
        )
    if has.discounts:
        groups = (Group("discounts", _some(draw, *Resolution)), *groups)
        rules += [draw(_discount(has, f"off {k}", tiers)) for k in range(draw(st.integers(0, 2)))]
    return Programme(
        rules=tuple(rules),
        groups=groups,
        policies=draw(_policies(has)),
        tiers=tiers,
        redemption=draw(_redemption()) if has.redemptions else None,
        referral=draw(_referral()) if has.referral and _chance(draw, 3) else None,
    )


@st.composite
def _referral(draw: Any) -> Referral:
    return Referral(
        referrer=_some(draw, 0, 15),
        referee=_some(draw, 0, 10),
        minimum=_some(draw, 0, "5.00"),
        valid_days=_some(draw, 20, 180),
    )


def _group(draw: Any, has: Features, k: int) -> str:
    if k == 0 or not has.groups:
        return "base"
    return str(_some(draw, "base", "multipliers", "bonuses"))


@st.composite
def _groups(draw: Any, has: Features) -> tuple[Group, ...]:
    names = ("base", "multipliers", "bonuses")
    if not has.groups:
        return tuple(Group(name, Resolution.SUM) for name in names)
    return tuple(Group(name, _some(draw, *Resolution)) for name in names)


@st.composite
def _rule(draw: Any, has: Features, name: str, group: str, tiers: Tiers | None) -> EarnRule:
    amount = draw(_amount(has, group))
    loses = isinstance(amount, Multiply) and amount.factor < 1
    return EarnRule(
        name,
        amount=amount,
        when=draw(conditions(has, tiers)) if has.conditions else Always(),
        scope=_some(draw, "line", "basket"),
        caps=draw(_caps(has)) if has.caps and not loses and _chance(draw) else (),
        trigger_limit=draw(_limit(has)) if has.triggers and _chance(draw, 4) else None,
        group=group,
        priority=draw(st.integers(0, 2)),
        exclusive=_chance(draw, 3),
        stop=_chance(draw, 6),
        counts=draw(_counter(tiers)),
    )


@st.composite
def _counter(draw: Any, tiers: Tiers | None) -> Counter:
    if tiers is not None and tiers.counter == TierCounter.STATUS_POINTS:
        return Counter(_some(draw, "redeemable", "both", "qualifying"))
    return Counter(_some(draw, "redeemable", "redeemable", "qualifying"))


@st.composite
def _amount(draw: Any, has: Features, group: str) -> Any:
    if group == "multipliers" and has.multipliers:
        least = ("0.5",) if has.below_one else ()
        return Multiply(_some(draw, "2", "3", "1.5", "1.25", *least))
    points = _some(draw, 1, 2, "1.5", "0.3") if has.fractions else _some(draw, 1, 2, 5)
    match draw(st.integers(0, 4)):
        case 0:
            return Flat(points)
        case 1:
            return PerUnit(points)
        case 2:
            return PerSpend(points, _some(draw, "1.00", "2.00", "0.30"), whole=True)
        case _:
            return PerSpend(points, _some(draw, "1.00", "2.00", "0.30", "0.07"))


@st.composite
def _caps(draw: Any, has: Features) -> tuple[Cap, ...]:
    pers = ["basket", "day", "week", "month", "year", "lifetime"]
    chosen = draw(st.lists(st.sampled_from(pers), min_size=1, max_size=3, unique=True))
    caps = [Cap(draw(st.integers(0, 60)), per=per) for per in chosen]
    if has.rolling_caps and _chance(draw, 4):
        caps.append(Cap(draw(st.integers(0, 60)), per=Rolling(draw(st.integers(1, 40)))))
    return tuple(caps)


@st.composite
def _limit(draw: Any, has: Features) -> Cap:
    pers: list[Any] = ["day", "week", "month", "lifetime"]
    if has.rolling_caps:
        pers.append(Rolling(10))
    return Cap(draw(st.integers(1, 3)), per=_some(draw, *pers))


@st.composite
def conditions(draw: Any, has: Features, tiers: Tiers | None = None, depth: int = 2) -> Condition:
    """Return a random condition of the kinds that a random world can tell apart."""
    if depth and _chance(draw, 4):
        one = draw(conditions(has, tiers, depth - 1))
        two = draw(conditions(has, tiers, depth - 1))
        match draw(st.integers(0, 2)):
            case 0:
                return one & two
            case 1:
                return one | two
            case _:
                return ~one
    leaves: list[Any] = [
        Always(),
        Always(),
        Field("category").isin({"dairy"}),
        Field("category").isin({"dairy", "bakery"}),
        Field("product").isin({"milk"}),
        Field("amount") >= "3.00",
        Field("quantity") < 2,
        BasketTotal(_some(draw, "1.00", "5.00", "10.00")),
        BasketQuantity(draw(st.integers(1, 5))),
        HasProducts(Field("category").isin({"bakery"})),
        Weekday((1, 2, 4)),
        NthPurchase(draw(st.integers(1, 3))),
    ]
    if tiers is not None:
        leaves += [TierAtLeast(_some(draw, *tiers.names))] * 3
    return _some(draw, *leaves)


@st.composite
def _tiers(draw: Any, has: Features) -> Tiers:
    counter = TierCounter(_some(draw, *has.tier_counters))
    steps = (1, 3) if counter == TierCounter.VISITS else ("8.00", "20.00")
    window = _some(draw, *TierWindow, *([Rolling(45)] if has.rolling_tiers else []))
    calendar = window != TierWindow.LIFETIME and not isinstance(window, Rolling)
    return Tiers(
        (Tier("silver", steps[0]), Tier("gold", steps[1])),
        counter=counter,
        window=window,
        applies=_some(draw, "same_basket", "next_basket") if has.same_basket else "next_basket",
        kept=_some(draw, "end_of_period", "end_of_next_period"),
        downgrade=_some(draw, "requalify", "one_level", "never") if calendar else "requalify",
        grace_days=_some(draw, 0, 10) if calendar else 0,
        side=_some(draw, "at_least", "above"),
    )


@st.composite
def _redemption(draw: Any) -> Redemption:
    return Redemption(
        points=_some(draw, 1, 10),
        amount=_some(draw, "0.05", "0.10"),
        minimum=_some(draw, 0, 5),
        multiple=_some(draw, 1, 5),
        share_of_basket=_some(draw, 1, "0.5"),
    )


@st.composite
def _discount(draw: Any, has: Features, name: str, tiers: Tiers | None) -> DiscountRule:
    return DiscountRule(
        name,
        _some(draw, PercentOff(10), PercentOff("33.3"), AmountOff("1.00")),
        when=draw(conditions(has, tiers, 0)) if has.conditions else Always(),
        scope=_some(draw, "line", "basket"),
        priority=draw(st.integers(0, 2)),
        exclusive=_chance(draw, 3),
    )


@st.composite
def _policies(draw: Any, has: Features) -> Policies:
    hold = _some(draw, 0, 0, 5, 20) if has.holds else 0
    own = _chance(draw, 3) and has.redemptions
    return Policies(
        rounding=_some(draw, *has.modes),
        rounding_level=_some(draw, *has.levels),
        point_digits=_some(draw, 0, 0, 0, 1, 2) if has.point_digits else 0,
        base=EarningBase(
            paid_with_points="counted" if own else _some(draw, "counted", "excluded"),
            excluded=Field("category").isin({"gift card"})
            if has.exclusions and _chance(draw, 3)
            else None,
        ),
        expiry=draw(_expiry(has, hold)),
        hold_days=hold,
        overdraft=_some(draw, *has.overdrafts, *(["reject"] if has.reject else [])),
        redemption_order="earn_first" if own else "redeem_first",
        returns=draw(_returns(has)),
        day_starts_at=_some(draw, 0, 0, 4),
    )


@st.composite
def _expiry(draw: Any, has: Features, hold: int) -> Expiry:
    if not has.expiry:
        return Expiry()
    way = {"consumption": _some(draw, "fifo", "earliest_expiry") if has.earliest_expiry else "fifo"}
    rest = {
        "clock": _some(draw, "earned", "activated"),
        "boundary": _some(draw, "at", "after"),
        **way,
    }
    end = _some(draw, "exact", "end_of_month", "end_of_year")
    match draw(st.integers(0, 4)):
        case 0:
            return Expiry(**way)
        case 1:
            return Expiry(months=draw(st.integers(1, 3)), end=end, **rest)
        case 2 if has.inactivity:
            return Expiry(inactivity_days=draw(st.integers(21, 60)), **way)
        case 3 if not hold:
            return Expiry(end=_some(draw, "end_of_month", "end_of_year"), **way)
        case _:
            return Expiry(days=draw(st.integers(21, 60)), end=end, **rest)


@st.composite
def _returns(draw: Any, has: Features) -> Returns:
    return Returns(
        amount=_some(draw, *has.return_amounts),
        debit="own_lot" if has.own_lot_only else _some(draw, "own_lot", "oldest"),
        below_zero=_some(draw, "negative", "clamp"),
        match=_some(draw, "same_basket", "latest", "earliest"),
        window_days=_some(draw, 10, 60),
        restore_caps=has.restore_caps and _chance(draw, 3),
        reverse_qualifying=_chance(draw),
        give_back_spent=has.give_back and has.redemptions and _chance(draw, 3),
    )


# --- worlds --------------------------------------------------------------------------------------


@st.composite
def worlds(draw: Any, **flags: Any) -> World:
    """Return a random history with the features that are not switched off."""
    has = features(**flags)
    count = draw(st.integers(1, has.baskets))
    baskets = [draw(_basket(has, f"b{k}")) for k in range(count)]
    world = World(baskets)
    if has.returns:
        for k in range(draw(st.integers(0, 3))):
            back = draw(_return(has, f"r{k}", baskets[:count]))
            if back is not None:
                baskets.append(back)
    if has.redemptions:
        _redeem(draw, world)
    if has.events:
        for _ in range(draw(st.integers(0, 2))):
            world.events.append((_who(draw, has), draw(_time(has)), "joined", None))
    if has.referral:
        for _ in range(draw(st.integers(0, 2))):
            world.events.append((_who(draw, has), draw(_time(has)), "referral", _who(draw, has)))
    if has.transfers:
        for _ in range(draw(st.integers(0, 2))):
            points = draw(st.integers(1, 30))
            world.transfers.append((_who(draw, has), _who(draw, has), draw(_time(has)), points))
    return world


@st.composite
def cases(draw: Any, **flags: Any) -> tuple[Programme, World]:
    """Return a random programme and a random history of the same features."""
    return draw(programmes(**flags)), draw(worlds(**flags))


def _who(draw: Any, has: Features) -> str:
    return f"c{draw(st.integers(1, has.customers))}"


@st.composite
def _time(draw: Any, has: Features) -> dt.datetime:
    if has.ties and _chance(draw, 3):
        return START + dt.timedelta(days=10 * draw(st.integers(0, 8)))
    day = draw(st.integers(0, 120))
    return START + dt.timedelta(days=day, seconds=draw(st.integers(0, 86_399)))


@st.composite
def _line(draw: Any, has: Features) -> Line:
    product = _some(draw, *PRODUCTS)
    quantity = Fraction(_some(draw, 1, 1, 2, 3, *([0] if has.zero_quantities else [])))
    amount = draw(st.integers(0, 1500))
    return Line(product, quantity, amount, {"category": PRODUCTS[product]})


@st.composite
def _basket(draw: Any, has: Features, label: str) -> Basket:
    lines = [draw(_line(has)) for _ in range(draw(st.integers(1, 4)))]
    if has.voids and _chance(draw, 8):
        void = lines[0]
        lines.append(Line(void.product, -void.quantity, -void.amount, void.attributes))
    guest = has.guests and _chance(draw, 10)
    return Basket(label, None if guest else _who(draw, has), draw(_time(has)), lines)


@st.composite
def _return(draw: Any, has: Features, label: str, baskets: list[Basket]) -> Basket | None:
    bought = _some(draw, *baskets)
    later = dt.timedelta(days=draw(st.integers(0, 70)), seconds=draw(st.integers(0, 3600)))
    named = bought.label if _chance(draw) else None
    lines = []
    for line in bought.lines:
        if line.is_return or (not line.quantity and not line.amount) or _chance(draw, 3):
            continue
        units = draw(st.integers(1, max(int(line.quantity), 1)))
        amount = line.amount * units // max(int(line.quantity), 1)
        quantity = Fraction(units) if line.quantity else Fraction(0)
        if quantity or amount:
            lines.append(Line(line.product, -quantity, -amount, line.attributes, named))
    if not lines:
        return None
    if _chance(draw, 4):
        lines.append(draw(_line(has)))
    return Basket(label, bought.customer, bought.time + later, lines)


def _redeem(draw: Any, world: World) -> None:
    members = [b for b in world.baskets if b.customer is not None]
    for k in range(draw(st.integers(0, 3)) if members else 0):
        basket = _some(draw, *members)
        points = draw(st.integers(1, 40))
        if all(r[3] != basket.label for r in world.redemptions) and _chance(draw):
            world.redemptions.append((basket.customer, basket.time, points, basket.label))
        else:
            time = basket.time + dt.timedelta(days=k, seconds=1)
            world.redemptions.append((basket.customer, time, points, None))
