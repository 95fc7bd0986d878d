"""What is odd about programmes: each finding, and that what is found is so."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import given, settings

from crmkit.loyalty import (
    Always,
    Between,
    Cap,
    Condition,
    DiscountRule,
    EarningBase,
    EarnRule,
    Field,
    Flat,
    Group,
    Multiply,
    PercentOff,
    PerSpend,
    Policies,
    Programme,
    Redemption,
    Returns,
    Rolling,
    Tier,
    TierAtLeast,
    Tiers,
    Weekday,
)
from crmkit.loyalty.checking.finding import FindingKind
from crmkit.loyalty.checking.limits import _dead
from crmkit.loyalty.declaration.amounts import EarnAmount
from loyalty_agreement import ledger_of, rows_of
from loyalty_strategies import cases
from loyalty_world import World

MILK = Field("product").isin({"milk"})
DAIRY = Field("product").isin({"milk", "cheese"})
POINT = PerSpend(1, "1.00")
LENIENT = Policies(base=EarningBase(paid_with_points="counted"), overdraft="allow")


def rule(name: str = "base", amount: EarnAmount = POINT, **more: object) -> EarnRule:
    return EarnRule(name, amount=amount, **more)  # type: ignore[arg-type]


def kinds(*rules: EarnRule | DiscountRule, **more: object) -> list[tuple[str, tuple[str, ...]]]:
    programme = Programme(rules=rules, **more)  # type: ignore[arg-type]
    return [(finding.kind.value, finding.where) for finding in programme.check()]


def test_nothing_is_odd_about_a_plain_programme() -> None:
    caps = (Cap(50, per="basket"), Cap(100, per="day"), Cap(500, per="month"))

    assert kinds(rule(caps=caps), rule("double", Multiply(2), group="multipliers")) == []


@pytest.mark.parametrize(
    ("never", "why"),
    [
        (rule(when=Weekday({6}) & Weekday({7})), "contradicts itself"),
        (
            rule(
                when=Between("2026-01-01", "2026-02-01"), valid=Between("2026-03-01", "2026-04-01")
            ),
            "never holds while it is valid",
        ),
        (rule(trigger_limit=Cap(0, per="day")), "trigger limit is 0"),
        (rule(caps=(Cap(0, per="day"), Cap(5, per="month"))), "cap of 0"),
    ],
)
def test_a_rule_that_never_gives_is_named_once(never: EarnRule, why: str) -> None:
    (finding,) = Programme(rules=(never,)).check()

    assert finding.kind == FindingKind.UNREACHABLE
    assert finding.where == ("base",)
    assert why in finding.text


def test_a_rule_about_excluded_lines_never_earns() -> None:
    policies = Policies(base=EarningBase(excluded=DAIRY))

    assert kinds(rule(when=MILK), rule("all"), policies=policies) == [("unreachable", ("base",))]


def test_a_discount_that_never_holds_is_named() -> None:
    off = DiscountRule("off", PercentOff(10), when=MILK & ~DAIRY)

    assert kinds(rule(), off) == [("unreachable", ("off",))]


@pytest.mark.parametrize(
    ("how", "flags", "expected"),
    [
        ("first", {}, "shadowed"),
        ("sum", {"stop": True}, "shadowed"),
        ("exclusive", {"exclusive": True}, "shadowed"),
        ("sum", {}, None),
        ("best", {"stop": True}, None),
        ("first", {"trigger_limit": 1}, None),
        ("first", {"valid": Between("2026-01-01", "2027-01-01")}, None),
    ],
)
def test_a_wider_rule_before_it_keeps_a_rule_out(
    how: str, flags: dict[str, object], expected: str | None
) -> None:
    wide, narrow = rule("wide", when=DAIRY, priority=1, **flags), rule("narrow", when=MILK)
    found = kinds(wide, narrow, groups=(Group("base", how),))

    shadows = [one for one in found if one[0] != "feedback"]
    assert shadows == ([(expected, ("narrow", "wide"))] if expected else [])


def test_a_narrower_rule_before_it_keeps_nothing_out() -> None:
    narrow, wide = rule("narrow", when=MILK, priority=1), rule("wide", when=DAIRY)

    assert kinds(narrow, wide, groups=(Group("base", "first"),)) == []


def test_exclusives_that_shadow_each_other() -> None:
    wide, narrow = (
        rule("wide", exclusive=True),
        rule("narrow", when=MILK, exclusive=True),
    )
    found = kinds(wide, narrow, groups=(Group("base", "exclusive"),))

    assert found == [("shadowed_exclusive", ("narrow", "wide"))]


@pytest.mark.parametrize(
    ("caps", "dead"),
    [
        ((Cap(5, per="day"), Cap(5, per="month")), [0]),
        ((Cap(4, per="day"), Cap(5, per="month")), []),
        ((Cap(5, per="lifetime"), Cap(9, per="basket")), [1]),
        ((Cap(9, per="week"), Cap(5, per="month")), []),
        ((Cap(9, per=Rolling(7)), Cap(9, per=Rolling(30))), [0]),
        ((Cap(9, per=Rolling(30)), Cap(5, per=Rolling(7))), []),
        ((Cap(9, per="day"), Cap(5, per=Rolling(7))), []),
        ((Cap(5, per="day"), Cap(5, per="day")), [1]),
        ((Cap(7, per="day"), Cap(5, per="day")), [0]),
        ((Cap(9, per="day"), Cap(8, per="week"), Cap(5, per="lifetime")), [0, 1]),
    ],
)
def test_a_cap_inside_a_smaller_one_never_binds(caps: tuple[Cap, ...], dead: list[int]) -> None:
    assert sorted(k for one, _ in _dead(caps) for k in [_place(caps, one)]) == dead
    named = [one for one in kinds(rule(caps=caps)) if one[0] == "dead_cap"]
    assert named == [("dead_cap", ("base",))] * len(dead)


def _place(caps: tuple[Cap, ...], cap: Cap) -> int:
    return next(k for k, one in enumerate(caps) if one is cap)


@pytest.mark.parametrize("per", ["month", "year"])
def test_weeks_do_not_nest_in_months(per: str) -> None:
    caps = (Cap(5, per="week"), Cap(9, per=per))

    assert kinds(rule(caps=caps)) == [("caps_do_not_nest", ("base",))]


def test_a_multiplier_needs_something_before_it() -> None:
    double = rule("double", Multiply(2))

    assert ("no_base", ("double",)) in kinds(double, rule())
    assert kinds(rule(), double, groups=(Group("base", "chain"),)) == []


def test_what_feeds_back_is_named_with_its_rules() -> None:
    tiers = Tiers((Tier("gold", 100),))
    gold = rule("gold", Multiply(2), when=TierAtLeast("gold"), group="multipliers")
    best = rule(trigger_limit=1)

    assert kinds(rule(), gold, tiers=tiers) == [("feedback", ("gold",))]
    assert kinds(best, groups=(Group("base", "best"),)) == [("feedback", ("base",))]
    assert kinds(rule(), redemption=Redemption()) == [("feedback", ())]
    assert kinds(rule(), redemption=Redemption(), policies=LENIENT) == []
    declines = attrs.evolve(LENIENT, overdraft="decline")
    assert kinds(rule(), redemption=Redemption(), policies=declines) == [("feedback", ())]


def test_two_capped_rules_with_fractions_may_drop_a_unit() -> None:
    capped = [rule(name, caps=(Cap(9, per="day"),)) for name in ("a", "b")]

    assert kinds(*capped) == [("rounding", ("a", "b"))]
    assert kinds(*capped, policies=Policies(rounding_level="rule")) == []
    assert kinds(capped[0], attrs.evolve(capped[1], amount=Flat(5))) == []
    assert kinds(*capped, policies=Policies(point_digits=2)) == []


@pytest.mark.parametrize(
    ("factor", "when", "odd"), [(2, Always(), False), ("1.5", Always(), True), (2, MILK, True)]
)
def test_a_multiplier_of_whole_steps_shares_them(
    factor: str | int, when: Condition, odd: bool
) -> None:
    steps = rule("steps", PerSpend(7, "2.00", whole=True), scope="basket")
    more = rule("more", Multiply(factor), when=when, group="multipliers")

    assert kinds(steps, more) == ([("rounding", ("more", "steps"))] if odd else [])


def test_rounding_down_on_lines_loses_the_small_ones() -> None:
    lines = Policies(rounding_level="line")
    (finding,) = Programme(rules=(rule(amount=PerSpend(1, "2.50")),), policies=lines).check()

    assert finding.kind == FindingKind.ROUNDING
    assert "below 2.50 earns nothing" in finding.text
    assert kinds(rule(), policies=attrs.evolve(lines, rounding="half_up")) == []


def test_the_least_that_can_be_spent_is_a_multiple() -> None:
    odd = Programme(
        rules=(rule(),), redemption=Redemption(minimum=250, multiple=100), policies=LENIENT
    )
    (finding,) = odd.check()

    assert finding.kind == FindingKind.REDEMPTION_MINIMUM
    assert "are 300" in finding.text
    even = attrs.evolve(odd, redemption=Redemption(minimum=300, multiple=100))
    assert even.check() == ()


def test_points_spent_before_goods_come_back() -> None:
    clamps = Policies(returns=Returns(below_zero="clamp", window_days=30))

    assert kinds(rule(), policies=clamps) == [("hold_below_returns", ())]
    assert kinds(rule(), policies=attrs.evolve(clamps, hold_days=30)) == []
    assert kinds(rule(), policies=Policies(returns=Returns(below_zero="negative"))) == []


def test_a_finding_reads_as_a_sentence() -> None:
    (finding,) = Programme(rules=(rule("double", Multiply(2)),)).check()

    assert repr(finding).startswith("Finding(no_base, double: no rule comes before it")


# --- what is found is so -------------------------------------------------------------------------

EVALUATED = {
    "restore_caps": False,
    "returns": False,
    "return_amounts": ("per_line",),
    "redemptions": False,
    "events": False,
}
GIVES_NOTHING = {
    FindingKind.UNREACHABLE,
    FindingKind.SHADOWED,
    FindingKind.SHADOWED_EXCLUSIVE,
    FindingKind.NO_BASE,
}


@given(cases(**EVALUATED))
@settings(max_examples=60)
def test_rules_that_are_named_give_nothing(drawn: tuple[Programme, World]) -> None:
    programme, world = drawn
    named = {f.where[0] for f in programme.check() if f.kind in GIVES_NOTHING}
    entries = ledger_of(programme, world).entries
    gave = {entries.rules[k] for k in entries.rule.tolist() if k >= 0}

    assert not named & gave


@given(cases(**EVALUATED))
@settings(max_examples=60)
def test_dead_caps_change_nothing(drawn: tuple[Programme, World]) -> None:
    programme, world = drawn
    rules = tuple(_without_dead_caps(one) for one in programme.rules)

    assert rows_of(ledger_of(programme, world)) == rows_of(
        ledger_of(attrs.evolve(programme, rules=rules), world)
    )


def _without_dead_caps(one: object) -> object:
    if not isinstance(one, EarnRule):
        return one
    dead = [id(cap) for cap, _ in _dead(one.caps)]
    return attrs.evolve(one, caps=tuple(cap for cap in one.caps if id(cap) not in dead))
