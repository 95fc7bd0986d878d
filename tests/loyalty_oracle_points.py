"""The oracle's points of one basket: offers, groups, caps, whole points, lines; exact fractions."""

from __future__ import annotations

import copy
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from crmkit.loyalty.declaration.amounts import Flat, Multiply, PerSpend, PerUnit
from crmkit.loyalty.declaration.caps import Cap, Rolling, Window
from crmkit.loyalty.declaration.earning import Counter, EarnRule
from crmkit.loyalty.declaration.groups import Resolution, Scope
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.declaration.words import RoundingLevel
from loyalty_oracle_facts import DAY, Facts, holds, is_of_lines, moment_of


def rounded(number: Fraction, mode: str) -> int:
    """Round to a whole number; *mode* speaks of magnitudes except for floor and ceiling."""
    down = math.floor(number)
    if number == down:
        return down
    if mode in ("floor", "ceiling"):
        return down if mode == "floor" else down + 1
    size, sign = abs(number), 1 if number > 0 else -1
    whole = math.floor(size)
    rest = size - whole
    half = Fraction(1, 2)
    more = {
        "down": False,
        "up": True,
        "half_up": rest >= half,
        "half_down": rest > half,
        "half_even": rest > half or (rest == half and whole % 2 == 1),
    }[mode]
    return sign * (whole + more)


def spread(amount: int, weights: Sequence[Fraction | int], method: str) -> list[int]:
    """Spread whole units by weights; the parts sum to the amount. Equal weights when all are 0."""
    sizes = [abs(Fraction(weight)) for weight in weights]
    total = sum(sizes)
    if not amount or not sizes:
        return [0] * len(sizes)
    if not total:
        sizes, total = [Fraction(1)] * len(sizes), Fraction(len(sizes))
    exact = [abs(amount) * size / total for size in sizes]
    parts = [math.floor(part) for part in exact]
    left = abs(amount) - sum(parts)
    places = [k for k, size in enumerate(sizes) if size]
    if method == "last":
        parts[places[-1]] += left
        left = 0
    elif method == "largest_remainder":
        places.sort(key=lambda k: (-(exact[k] - math.floor(exact[k])), -sizes[k], k))
    elif method == "largest_weight":
        places.sort(key=lambda k: (-sizes[k], k))
    for k in places[:left]:
        parts[k] += 1
    return [-part for part in parts] if amount < 0 else parts


def window_of(time: int, window: Window, basket: Any, cut_off: int) -> Any:
    """Return the calendar window of a moment; days start at the cut-off."""
    day = moment_of(time - cut_off).date()
    match window:
        case Window.BASKET:
            return ("basket", basket)
        case Window.DAY:
            return day
        case Window.WEEK:
            return day.isocalendar()[:2]
        case Window.MONTH:
            return day.year, day.month
        case Window.YEAR:
            return day.year
        case _:
            return "lifetime"


@dataclass
class Uses:
    """How much of its limits an account has used: (rule, limit) -> [(time, basket, used)]."""

    cut_off: int = 0
    log: dict[tuple[str, str], list[list[Any]]] = field(default_factory=lambda: defaultdict(list))

    def copy(self) -> Uses:
        """Return the same use, to go on with separately."""
        return copy.deepcopy(self)

    def left(self, key: tuple[str, str], cap: Cap, time: int, basket: Any, unit: int) -> int:
        """Return the head-room of a limit at a moment."""
        if isinstance(cap.per, Rolling):
            since = time - cap.per.days * DAY
            used = sum(entry[2] for entry in self.log[key] if entry[0] > since)
        else:
            now = window_of(time, cap.per, basket, self.cut_off)
            used = sum(
                entry[2]
                for entry in self.log[key]
                if window_of(entry[0], cap.per, entry[1], self.cut_off) == now
            )
        return max(cap.limit * unit - used, 0)

    def use(self, key: tuple[str, str], time: int, basket: Any, much: int) -> None:
        """Note what was used."""
        self.log[key].append([time, basket, much])

    def restore(self, key: tuple[str, str], basket: Any, much: int) -> None:
        """Take back what a basket used, in its own windows."""
        for entry in self.log[key]:
            if entry[1] == basket:
                entry[2] = max(entry[2] - much, 0)


@dataclass
class Given:
    """What became of one rule in one basket.

    `lines` are exact points by line where lines make the total, else None and `weights` say how
    the total lies on lines.
    """

    rule: EarnRule
    code: str
    total: Fraction = Fraction(0)
    lines: list[Fraction] | None = None
    weights: list[Fraction] = field(default_factory=list)
    offered: Fraction = Fraction(0)
    counted: int = 0
    granted: int | None = None
    booked: int = 0
    booked_lines: list[int] = field(default_factory=list)

    @property
    def fired(self) -> bool:
        """Whether the rule had its turn and won."""
        return self.code in (
            "FIRED",
            "CAPPED",
            "CAPPED_OUT",
            "ROUNDED_AWAY",
            "NO_BASE",
            "BELOW_STEP",
        )

    def on(self, chosen: Sequence[bool], step: int) -> Fraction:
        """Return the points that lie on some lines; shares of totals in steps of 1/*step*."""
        if self.lines is not None:
            return sum((p for p, c in zip(self.lines, chosen, strict=True) if c), Fraction(0))
        if not self.total:
            return Fraction(0)
        part = sum((w for w, c in zip(self.weights, chosen, strict=True) if c), Fraction(0))
        whole = sum(self.weights, Fraction(0))
        if part == whole:
            return self.total
        return Fraction(rounded(self.total * part / whole * step, "half_even"), step)


def steps_of(programme: Programme) -> int:
    """Return D0: shares of totals are multiples of 1/D0 units of points."""
    minor, unit = 10**programme.policies.money_digits, 10**programme.policies.point_digits
    step = 1000
    for rule in programme.earning:
        if isinstance(rule.amount, PerSpend):
            per = Fraction(rule.amount.per) * minor
            each = rule.amount.points * unit / (1 if rule.amount.whole else per)
            step = math.lcm(step, per.numerator, each.denominator)
        elif not isinstance(rule.amount, Multiply):
            step = math.lcm(step, (rule.amount.points * unit).denominator)
    return step


def points_of(programme: Programme, facts: Facts, uses: Uses, basket: Any) -> list[Given]:
    """Return what each earn rule gives in a basket, in the order of evaluation.

    *uses* is moved on by what fires.
    """
    phase = _Phase(programme, facts, uses, basket)
    for group in programme.groups:
        phase.run(group)
    _whole(phase.done, programme, len(facts.lines))
    return phase.done


@dataclass
class _Phase:
    programme: Programme
    facts: Facts
    uses: Uses
    basket: Any
    done: list[Given] = field(default_factory=list)

    @property
    def unit(self) -> int:
        return 10**self.programme.policies.point_digits

    def run(self, group: Any) -> None:
        rules = [rule for rule in self.programme.earning if rule.group == group.name]
        alone = group.resolution == Resolution.EXCLUSIVE
        rules.sort(key=lambda rule: (not (alone and rule.exclusive), -rule.priority))
        if group.resolution == Resolution.BEST:
            self._best(rules)
        else:
            self._in_turn(rules, group.resolution)

    def _in_turn(self, rules: list[EarnRule], how: Resolution) -> None:
        before = len(self.done)
        ended = False
        for rule in rules:
            chained = how in (Resolution.CHAIN, Resolution.EXCLUSIVE)
            seen = self.done if chained else self.done[:before]
            given = self._offer(rule, list(seen))
            if given.code == "OFFERED":
                given = Given(rule, "LOST", offered=given.offered) if ended else self._grant(given)
                ends = rule.stop or how == Resolution.FIRST
                ends = ends or (how == Resolution.EXCLUSIVE and rule.exclusive)
                ended = ended or (given.fired and ends)
            self.done.append(given)

    def _best(self, rules: list[EarnRule]) -> None:
        offers = [self._offer(rule, list(self.done)) for rule in rules]
        able = [given for given in offers if given.code == "OFFERED"]
        # max keeps the first of equals: rules stand by priority, then as declared.
        best = max(able, key=lambda given: given.total, default=None)
        for given in offers:
            if given is best:
                self.done.append(self._grant(given))
            elif given.code == "OFFERED":
                self.done.append(Given(given.rule, "LOST", offered=given.offered))
            else:
                self.done.append(given)

    # --- (a) and (b): candidates and offers -------------------------------------------------------

    def _offer(self, rule: EarnRule, seen: list[Given]) -> Given:
        if rule.valid is not None and not holds(rule.valid, self.facts):
            return Given(rule, "NOT_VALID")
        chosen = [s.earning and holds(rule.when, self.facts, s) for s in self.facts.lines]
        if not any(chosen):
            return Given(rule, self._why_not(rule))
        limit = rule.trigger_limit
        key = (rule.id, "trigger")
        if limit and self.uses.left(key, limit, self.facts.time, self.basket, 1) < 1:
            return Given(rule, "TRIGGER_SPENT")
        given = self._amount(rule, chosen, seen)
        given.offered = given.total
        return self._rounded(given)

    def _why_not(self, rule: EarnRule) -> str:
        from loyalty_oracle_reasons import why_not

        return why_not(rule, self.facts)

    def _amount(self, rule: EarnRule, chosen: list[bool], seen: list[Given]) -> Given:
        amount, unit = rule.amount, self.unit
        lines = self.facts.lines
        own = is_of_lines(rule.when)
        money = [
            (s.own_basis if own else s.basis or 0) * c for s, c in zip(lines, chosen, strict=True)
        ]
        weights = _or_equal([Fraction(m) for m in money], chosen)
        given = Given(rule, "OFFERED", weights=weights)
        minor = 10**self.programme.policies.money_digits
        match amount:
            case Multiply():
                self._multiply(given, amount.factor - 1, chosen, seen)
            case PerSpend(whole=False):
                each = amount.points * unit / (Fraction(amount.per) * minor)
                given.lines = [m * each for m in money]
            case PerSpend():
                per = Fraction(amount.per) * minor
                each = amount.points * unit
                if rule.scope == Scope.LINE:
                    given.lines = [each * (m // per) for m in money]
                given.total = each * (sum(money) // per)
            case PerUnit():
                each = amount.points * unit
                counts = [max(s.quantity, 0) * c for s, c in zip(lines, chosen, strict=True)]
                if rule.scope == Scope.LINE:
                    given.lines = [each * math.floor(count) for count in counts]
                elif any(counts):
                    given.weights = counts
                given.total = each * math.floor(sum(counts))
            case Flat():
                each = amount.points * unit
                if rule.scope == Scope.LINE:
                    given.lines = [each * c for c in chosen]
                given.total = Fraction(each)
        if given.lines is not None:
            given.total = sum(given.lines, Fraction(0))
        return given

    def _multiply(
        self, given: Given, more: Fraction, chosen: list[bool], seen: list[Given]
    ) -> None:
        step = steps_of(self.programme)
        given.total = more * sum((one.on(chosen, step) for one in seen), Fraction(0))
        some = [one for one in seen if one.total]
        if all(one.lines is not None for one in some):
            below = [sum((one.lines[k] for one in some), Fraction(0)) for k in range(len(chosen))]
            given.lines = [more * b * c for b, c in zip(below, chosen, strict=True)]

    # --- (c): rounding ----------------------------------------------------------------------------

    def _rounded(self, given: Given) -> Given:
        policies = self.programme.policies
        if policies.rounding_level == RoundingLevel.BASKET:
            return given
        if policies.rounding_level == RoundingLevel.LINE and given.lines is not None:
            given.lines = [Fraction(rounded(p, policies.rounding)) for p in given.lines]
            given.total = sum(given.lines, Fraction(0))
        else:
            _set_total(given, rounded(given.total, policies.rounding))
        return given

    # --- (e): limits ------------------------------------------------------------------------------

    def _grant(self, given: Given) -> Given:
        rule, time = given.rule, self.facts.time
        if rule.trigger_limit:
            self.uses.use((rule.id, "trigger"), time, self.basket, 1)
        given.code = "FIRED"
        if not rule.caps:
            return given
        given.counted = rounded(given.total, self.programme.policies.rounding)
        keys = [(rule.id, f"cap {k}") for k in range(len(rule.caps))]
        rooms = [
            self.uses.left(key, cap, time, self.basket, self.unit)
            for key, cap in zip(keys, rule.caps, strict=True)
        ]
        given.granted = min(given.counted, *rooms)
        for key in keys:
            self.uses.use(key, time, self.basket, given.granted)
        if given.granted < given.counted:
            given.code = "CAPPED" if given.granted else "CAPPED_OUT"
            _set_total(given, given.granted)
        return given


def _or_equal(weights: list[Fraction], chosen: list[bool]) -> list[Fraction]:
    return weights if any(weights) else [Fraction(c) for c in chosen]


def _set_total(given: Given, total: int) -> None:
    """Make the total a whole one; lines that do not sum to it any more become its weights."""
    if total == given.total:
        return
    if given.lines is not None and any(given.lines):
        given.weights = [abs(p) for p in given.lines]
    given.lines = None
    given.total = Fraction(total)


# --- step 9: whole points ------------------------------------------------------------------------


def _whole(done: list[Given], programme: Programme, lines: int) -> None:
    spendable = [g for g in done if g.rule.counts != Counter.QUALIFYING]
    _shared(spendable, programme)
    _shared([g for g in done if g.rule.counts == Counter.QUALIFYING], programme)
    for given in done:
        weights = given.lines if given.lines is not None and any(given.lines) else given.weights
        given.booked_lines = [0] * lines
        if given.booked:
            given.booked_lines = spread(given.booked, weights, programme.policies.remainder)
        if given.fired and not given.booked and given.code == "FIRED":
            given.code = _nothing(given)


def _nothing(given: Given) -> str:
    if given.offered:
        return "ROUNDED_AWAY"
    amount = given.rule.amount
    return "BELOW_STEP" if isinstance(amount, PerSpend) and amount.whole else "NO_BASE"


def _shared(done: list[Given], programme: Programme) -> None:
    """Round the basket once; units left over go to the largest fractions, uncapped rules first."""
    target = rounded(sum((g.total for g in done), Fraction(0)), programme.policies.rounding)
    for given in done:
        given.booked = math.floor(given.total)
    left = target - sum(g.booked for g in done)
    takers = [g for g in done if g.total > g.booked and (g.granted is None or g.booked < g.granted)]
    takers.sort(key=lambda g: (g.granted is not None, -(g.total - g.booked)))
    for given in takers[: max(left, 0)]:
        given.booked += 1
