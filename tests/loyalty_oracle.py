"""A loyalty programme replayed one event at a time, in plain Python and exact fractions.

It reads declarations only; nothing of the evaluation in `crmkit` is used. It is the arbiter, and
where a rule of the programme can be read in two ways it takes the reading that a customer at a
till would expect:

Of order

 1. Events of one instant: expiry, activation, tier review, baskets, redemptions by themselves,
    transfers, then events such as an account opened.
 2. Baskets of one account at one second stand by amount, sum of squared amounts, quantity,
    squared quantities, number of lines, sorted lines, and by label last. Lines of a basket stand
    by product, amount, quantity, attributes.
 3. `as_of` as a date is the end of that day; a datetime is that instant, midnight too.

Of baskets

 4. A line is a return if its quantity or its amount is negative. A sale and a return of one
    product in a basket net to one line with the attributes of the sale, unless the return names
    another basket as its origin. A line of no quantity and no amount, netted or not, is neither
    sale nor return.
 5. A purchase is a basket whose lines (returns too) sum to more than zero. Only purchases count
    as visits, as the n-th purchase, as last purchase, and as activity for points that go by
    inactivity.
 6. Guests get discounts; trigger limits hold for each of their baskets by itself.

Of money

 7. The list price is the amount plus `discount_given`. A discount is about some lines only if
    its condition has the grain of lines; a rule likewise.
 8. Tax shrinks with the price, to the nearest minor unit (ties to even). What was paid with
    points or excluded tenders is spread over all sales by what they cost, by largest remainder;
    what falls on excluded lines lowers nothing.
 9. Excluded lines cannot be selected by any earn rule. `BasketTotal` of the basis is that of
    basket rules; in the money phase, where there is no basis yet, it is the price at the rule's
    turn.
10. Points are worth whole minor units, rounded down. A request beyond the balance: CLAMP cuts it
    before share, multiple and minimum; DECLINE, REJECT and ALLOW look at what is left after
    these. Several redemptions of one basket or one second go from the smallest.

Of points

11. A rule that offers 0 fires all the same: it uses its trigger, and wins FIRST or EXCLUSIVE.
12. `PerUnit` on a basket is a total whose weights are the units. D0 = lcm(1000, every `per` in
    minor units, denominators of all rates). A multiplier's points lie on lines if those of all
    rules before it *that gave something here* do.
13. Rules that count for tiers only are rounded by themselves and are in no entry and no lot.
14. `earn` is a rule of the first group of earn rules that does not multiply; all others are
    `bonus`. The POINTS counter counts what `earn` rules booked.
15. Ties of fractions go to the rule evaluated first; ties of lines to the larger weight, then to
    the line that comes first. The lines of a rule are spread by `policies.remainder`.

Of lots

16. FIFO is the order of booking. A hold holds all that is earned, events and referrals too;
    points given back and transferred can be spent at once.
17. AFTER lasts through the day on which life ends; ends of months and years ignore it.
18. Under inactivity each purchase moves all open lots, those held too; a lot booked between
    purchases lives from its booking.
19. Transfers are cut to what is there (DECLINE: skipped; REJECT: refused), and pay the
    receiver's deficit at once. What was given names no basket any more.

Of returns

20. A sale can be returned through exactly `window_days` x 24 hours later. A return without an
    origin goes through the purchases of its product until its quantity is used up; with one it
    stays in that basket. Lines of a basket are taken in their order.
21. A line is measured by its quantity, or by its amount if it has none. A return without
    quantity of a line with quantity counts by its share of the amount.
22. Points of a line below 0 (a factor below 1) are not taken back. Values for PRO_RATA_VALUE and
    for points given back are prices after discounts; goods without value count equally.
23. REBUILD uses the tiers, purchases, limits and points paid of the original basket: discounts
    the tier it found, points the tier in force. Prices of lines shrink by the floor of their
    share.
24. Head-room is restored by the points of each rule on what came back; triggers are not
    restored.
25. `reverse` carries the basket of the return, and one entry per basket that it undoes.

Of tiers

26. Periods are those of the calendar, whatever the hour at which trading days start. Caps,
    weekdays, birthdays and anniversaries go by trading days; `Between` and `TimeOfDay` by the
    clock.
27. With a rolling window the grace delays the review. A lifetime tier never falls.
28. An account starts at the tier that a counter of 0 reaches, if one does. Where the balance
    is the counter, the tier goes up whenever points come in and at any basket, and at the end
    of a period it is what the balance says, up or down.

Of referrals

29. It pays once, at the first basket of at least the minimum (after discounts) within
    `valid_days`, if the friend had bought nothing before being referred, and is somebody else.
    Both entries are `bonus` of "referral".
"""

from __future__ import annotations

import copy
import datetime as dt
import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from crmkit.loyalty.declaration.amounts import Multiply
from crmkit.loyalty.declaration.earning import Counter, EarnRule
from crmkit.loyalty.declaration.events import EventRule
from crmkit.loyalty.declaration.programme import Programme
from crmkit.loyalty.declaration.tiers import TierApplies, TierCounter
from crmkit.loyalty.declaration.words import Overdraft, RedemptionOrder
from loyalty_oracle_account import Account, Entry, Lot, Sold, SoldLine
from loyalty_oracle_facts import Facts, Sale, seconds
from loyalty_oracle_money import (
    lower_prices,
    most_points,
    payable,
    set_bases,
    worth,
)
from loyalty_oracle_points import Given, Uses, points_of
from loyalty_oracle_returns import take_back
from loyalty_world import Basket, Line, World


class OverdrawnError(Exception):
    """A redemption or transfer above what is available, under REJECT."""


class Balance(NamedTuple):
    """What an account has at the end."""

    balance: int
    available: int
    pending: int
    qualifying: int
    tier: str | None


@dataclass
class State:
    """All accounts after a replay, to go on from."""

    as_of: int
    accounts: dict[Any, Account]


@dataclass
class Result:
    """What a replay booked. `entries` are those of this replay; the rest is of all replays."""

    entries: list[Entry]
    lots: dict[Any, list[Lot]]
    balances: dict[Any, Balance]
    tiers: dict[Any, list[tuple[int, str | None, str | None]]]
    discounts: dict[tuple[Any, int], dict[str, int]]
    codes: dict[tuple[Any, str], str]
    redemptions: dict[Any, list[tuple[int, int, str]]]
    unmatched: list[tuple[Any, str, Fraction]]
    given: dict[Any, list[Given]]
    state: State

    def booked(self, kind: str | None = None) -> int:
        """Return the points of all entries, or of those of one kind."""
        return sum(entry.points for entry in self.entries if kind in (None, entry.kind))


def moment(as_of: dt.date) -> int:
    """Return the last second that `as_of` covers."""
    if isinstance(as_of, dt.datetime):
        return seconds(as_of)
    return seconds(dt.datetime.combine(as_of, dt.time())) + 86_399


def replay(
    programme: Programme, world: World, as_of: dt.date, state: State | None = None
) -> Result:
    """Replay all that happened up to *as_of*, after *state* if there is one."""
    end = moment(as_of)
    run = _Run(programme, world, copy.deepcopy(state.accounts) if state else {})
    written = {label: len(account.entries) for label, account in run.accounts.items()}
    for _, time, happens in sorted(run.events(), key=lambda event: event[0]):
        if time > end or (state is not None and time <= state.as_of):
            raise ValueError(f"an event at {time} is not after the state and up to as_of")
        happens()
    for account in run.accounts.values():
        account.advance(end)
    return run.result(end, written)


@dataclass
class _Run:
    programme: Programme
    world: World
    accounts: dict[Any, Account]
    discounts: dict[tuple[Any, int], dict[str, int]] = field(default_factory=dict)
    codes: dict[tuple[Any, str], str] = field(default_factory=dict)
    redemptions: dict[Any, list[tuple[int, int, str]]] = field(default_factory=dict)
    given: dict[Any, list[Given]] = field(default_factory=dict)

    @property
    def unit(self) -> int:
        return 10**self.programme.policies.point_digits

    def account(self, customer: Any) -> Account:
        """Return the account of a customer, opened when it is first asked for."""
        person = self.world.customers.get(customer)
        pooled = self.programme.pooled and person is not None and person.household is not None
        label = person.household if pooled and person else customer
        key = ("household" if pooled else "customer", label)
        if key not in self.accounts:
            self.accounts[key] = Account(self.programme, label)
        return self.accounts[key]

    # --- what happens, in order -------------------------------------------------------------------

    def events(self) -> list[tuple[Any, int, Any]]:
        """Return all events with what sorts them."""
        world = self.world
        found: list[tuple[Any, int, Any]] = []
        for basket in world.baskets:
            time = seconds(basket.time)
            key = (time, 4, _content(basket), str(basket.label))
            found.append((key, time, lambda b=basket: self.basket(b)))
        for customer, when, points, label in world.redemptions:
            if label is None:
                time = seconds(when)
                key = (time, 5, (points,), str(customer))
                found.append((key, time, lambda c=customer, t=time, p=points: self.alone(c, t, p)))
        for sender, receiver, when, points in world.transfers:
            time = seconds(when)
            key = (time, 6, (points,), f"{sender} {receiver}")
            moved = (sender, receiver, time, points)
            found.append((key, time, lambda m=moved: self.transfer(*m)))
        for customer, when, name, referrer in world.events:
            time = seconds(when)
            key = (time, 7, (name,), f"{customer} {referrer}")
            told = (customer, time, name, referrer)
            found.append((key, time, lambda e=told: self.event(*e)))
        return found

    def alone(self, customer: Any, time: int, points: int) -> None:
        """Redeem points without a basket."""
        account = self.account(customer)
        account.advance(time)
        self.redeem(account, time, points, None, None)

    def transfer(self, sender: Any, receiver: Any, time: int, points: int) -> None:
        """Move points; they keep the day on which they go."""
        giver, taker = self.account(sender), self.account(receiver)
        giver.advance(time)
        taker.advance(time)
        if giver is taker:
            return
        asked, there = points * self.unit, max(giver.available(), 0)
        overdraft = self.programme.policies.overdraft
        if asked > there and overdraft == Overdraft.REJECT:
            raise OverdrawnError(f"transfer of {points} at {time} by {sender}")
        if asked > there and overdraft == Overdraft.DECLINE:
            return
        for lot, some in giver.take(min(asked, there), below_zero=False):
            giver.book("adjust", -some, time, None)
            taker.book("adjust", some, time, None)
            taker.new_lot(some, None, hold=False, dead_from=lot.dead_from)
            self._reach(taker, time)

    def event(self, customer: Any, time: int, name: str, referrer: Any) -> None:
        """Book points for what is no purchase."""
        account = self.account(customer)
        account.advance(time)
        for rule in self.programme.events:
            if rule.event == name:
                self._event_rule(account, rule, time)
        brought = name == "referral" and self.programme.referral and referrer is not None
        brought = brought and self.account(referrer) is not account
        if brought and account.referred is None and account.purchases == 0:
            account.referred = (time, referrer)

    def _event_rule(self, account: Account, rule: EventRule, time: int) -> None:
        key, limit = (rule.id, "trigger"), rule.trigger_limit
        if limit:
            if account.uses.left(key, limit, time, None, 1) < 1:
                return
            account.uses.use(key, time, None, 1)
        points = rule.points * self.unit
        if rule.counts != Counter.QUALIFYING:
            account.book("earn", points, time, None, rule.id)
            account.new_lot(points, None)
            self._reach(account, time)
        if rule.counts != Counter.REDEEMABLE and self._counts(TierCounter.STATUS_POINTS):
            account.standing.add(time, None, points)

    def _reach(self, account: Account, time: int) -> None:
        """Go up where the balance is the counter."""
        if self._counts(TierCounter.BALANCE):
            account.standing.add(time, None, 0)

    def _counts(self, counter: TierCounter) -> bool:
        tiers = self.programme.tiers
        return tiers is not None and tiers.counter == counter

    # --- baskets ----------------------------------------------------------------------------------

    def basket(self, basket: Basket) -> None:
        """Run one basket: steps 1 to 12."""
        account = None if basket.customer is None else self.account(basket.customer)
        time = seconds(basket.time)
        if account:
            account.advance(time)
        sales, returns = net(basket)
        facts = self._facts(basket, account, [sale for _, sale in sales])
        uses = account.uses if account else Uses()
        before = uses.copy()
        if sales:
            lower_prices(self.programme, facts, uses, basket.label)
            for place, sale in sales:
                self.discounts[basket.label, place] = sale.discounts
        if account is None:
            self._all_codes(basket, "GUEST")
            return
        if sales:
            self._sell(basket, account, facts, before)
        else:
            self._all_codes(basket, "RETURN_ONLY")
            self._reach(account, time)
        take_back(account, basket, returns, time)

    def _all_codes(self, basket: Basket, code: str) -> None:
        for rule in self.programme.earning:
            self.codes[basket.label, rule.id] = code

    def _facts(self, basket: Basket, account: Account | None, sales: list[Sale]) -> Facts:
        policies = self.programme.policies
        facts = Facts(
            lines=sales,
            time=seconds(basket.time),
            tenders=basket.tenders,
            person=self.world.customers.get(basket.customer),
            money_digits=policies.money_digits,
            cut_off=policies.day_starts_at * 3600,
            tier_names=self.programme.tiers.names if self.programme.tiers else (),
            guest=account is None,
        )
        if account:
            facts.purchase = account.purchases + 1
            facts.tier = facts.found = account.standing.rank
            if account.last_purchase is not None:
                facts.since_last = facts.time - account.last_purchase
        return facts

    def _sell(self, basket: Basket, account: Account, facts: Facts, before: Uses) -> None:
        programme, time = self.programme, facts.time
        asked = sorted(r[2] for r in self.world.redemptions if r[3] == basket.label)
        first = programme.policies.redemption_order == RedemptionOrder.REDEEM_FIRST
        redeemed = self._redeem_in(account, facts, basket, asked) if first else 0
        money = worth(programme, redeemed) if redeemed else 0
        set_bases(programme, facts, money)
        purchase = sum(line.amount for line in basket.lines) > 0
        given = self._points(account, facts, purchase, basket.label)
        self.given[basket.label] = given
        for one in given:
            self.codes[basket.label, one.rule.id] = one.code
        lot, booked = self._book(account, given, basket.label)
        counted = self._counter(facts, given, purchase)
        account.standing.add(time, basket.label, counted)
        if not first:
            redeemed = self._redeem_in(account, facts, basket, asked)
        if purchase:
            account.purchases += 1
            account.last_purchase = time
            account.active_again()
        lines = _sold_lines(facts, given, programme)
        account.sold[basket.label] = Sold(
            basket.label, time, facts, before, lines, given, money, redeemed, counted, lot, booked
        )
        self._referral(account, facts)

    def _points(self, account: Account, facts: Facts, purchase: bool, label: Any) -> list[Given]:
        tiers = self.programme.tiers
        if tiers is not None and tiers.applies == TierApplies.SAME_BASKET:
            first: list[Given] = []
            if tiers.counter in (
                TierCounter.POINTS,
                TierCounter.STATUS_POINTS,
                TierCounter.BALANCE,
            ):
                first = points_of(self.programme, facts, account.uses.copy(), label)
            more = self._counter(facts, first, purchase)
            facts.tier = account.standing.would_be(facts.time, more)
        return points_of(self.programme, facts, account.uses, label)

    def _counter(self, facts: Facts, given: list[Given], purchase: bool) -> int:
        """Return what a basket adds to the counter of tiers."""
        match self.programme.tiers.counter if self.programme.tiers else None:
            case TierCounter.SPEND:
                return sum(sale.basis or 0 for sale in facts.lines)
            case TierCounter.VISITS:
                return int(purchase)
        counter = self.programme.tiers.counter if self.programme.tiers else None
        return sum(g.booked for g in given if _counts_for(g, counter, self.programme))

    def _book(self, account: Account, given: list[Given], label: Any) -> tuple[Lot | None, int]:
        spendable = [one for one in given if one.rule.counts != Counter.QUALIFYING]
        for one in spendable:
            kind = kind_of(one.rule, self.programme)
            account.book(kind, one.booked, account.now, label, one.rule.id)
        booked = sum(one.booked for one in spendable)
        if booked < 0:
            account.take(-booked, below_zero=True)
        return (account.new_lot(booked, label) if booked > 0 else None), booked

    # --- redemptions and referrals ----------------------------------------------------------------

    def _redeem_in(self, account: Account, facts: Facts, basket: Basket, asked: list[int]) -> int:
        redeemed = 0
        for points in asked:
            left = payable(facts) - worth(self.programme, redeemed)
            share = payable(facts)
            room = min(
                most_points(self.programme, share) - redeemed,
                math.floor(left / (worth_of_one(self.programme))),
            )
            redeemed += self.redeem(account, facts.time, points, basket.label, max(room, 0))
        return redeemed

    def redeem(self, account: Account, time: int, points: int, label: Any, room: int | None) -> int:
        """Debit points, cut as the policy says; *room* is what the basket can take."""
        terms = self.programme.redemption
        assert terms is not None, "redemptions, and the programme has none"
        overdraft = self.programme.policies.overdraft
        asked, available = points * self.unit, max(account.available(), 0)
        most = min(asked, available) if overdraft == Overdraft.CLAMP else asked
        code = "FIRED" if most == asked else "OVER_BALANCE"
        if room is not None and room < most:
            most, code = room, "OVER_SHARE"
        step = terms.multiple * self.unit
        if most % step:
            most, code = most // step * step, "NOT_MULTIPLE"
        if most < terms.minimum * self.unit:
            most, code = 0, "BELOW_MINIMUM"
        if most > available and overdraft == Overdraft.REJECT:
            raise OverdrawnError(f"redemption of {points} at {time} by {account.label}")
        if most > available and overdraft == Overdraft.DECLINE:
            most, code = 0, "DECLINED"
        account.take(most, below_zero=True)
        account.book("redeem", -most, time, label)
        self.redemptions.setdefault(label, []).append((asked, most, code))
        return most

    def _referral(self, account: Account, facts: Facts) -> None:
        terms = self.programme.referral
        if terms is None or account.referred is None:
            return
        since, referrer = account.referred
        late = facts.time > since + terms.valid_days * 86_400
        minimum = Fraction(terms.minimum) * 10**self.programme.policies.money_digits
        if late or payable(facts) < minimum or facts.time < since:
            return
        account.referred = (2**62, None)
        other = self.account(referrer)
        other.advance(facts.time)
        for who, points in ((other, terms.referrer), (account, terms.referee)):
            if points:
                who.book("bonus", points * self.unit, facts.time, None, "referral")
                who.new_lot(points * self.unit, None)
                self._reach(who, facts.time)

    # --- the answer -------------------------------------------------------------------------------

    def result(self, end: int, written: dict[Any, int]) -> Result:
        names = self.programme.tiers.names if self.programme.tiers else ()

        def name(rank: int) -> str | None:
            return names[rank] if rank >= 0 else None

        accounts = {account.label: account for account in self.accounts.values()}
        balances = {
            label: Balance(
                a.available() + a.pending(),
                a.available(),
                a.pending(),
                a.standing.count(end),
                name(a.standing.rank),
            )
            for label, a in accounts.items()
        }
        return Result(
            entries=[
                entry
                for key, account in self.accounts.items()
                for entry in account.entries[written.get(key, 0) :]
            ],
            lots={label: account.lots for label, account in accounts.items()},
            balances=balances,
            tiers={
                label: [(t, name(old), name(new)) for t, old, new in a.standing.history]
                for label, a in accounts.items()
            },
            discounts=self.discounts,
            codes=self.codes,
            redemptions=self.redemptions,
            unmatched=[one for a in accounts.values() for one in a.unmatched],
            given=self.given,
            state=State(end, self.accounts),
        )


def worth_of_one(programme: Programme) -> Fraction:
    """Return what a unit of points pays, in minor units."""
    assert programme.redemption is not None
    policies = programme.policies
    scale = Fraction(10**policies.money_digits, 10**policies.point_digits)
    return programme.redemption.value_per_point * scale


def kind_of(rule: EarnRule, programme: Programme) -> str:
    """Return whether the points of a rule are earned, or a bonus."""
    groups = [g.name for g in programme.groups if any(r.group == g.name for r in programme.earning)]
    base = rule.group == groups[0] and not isinstance(rule.amount, Multiply)
    return "earn" if base else "bonus"


def _content(basket: Basket) -> tuple[Any, ...]:
    lines = basket.lines
    return (
        sum(line.amount for line in lines),
        sum(line.amount**2 for line in lines),
        sum(line.quantity for line in lines),
        sum(line.quantity**2 for line in lines),
        len(lines),
        sorted((str(line.product), line.amount, line.quantity) for line in lines),
    )


def _sale(line: Line) -> Sale:
    return Sale(
        line.product,
        line.quantity,
        line.amount,
        dict(line.attributes),
        tax=line.tax,
        discount_given=line.discount_given,
    )


def net(basket: Basket) -> tuple[list[tuple[int, Sale]], list[Line]]:
    """Return what was sold, with places among the lines, and what came back; voids are netted."""
    rows = sorted(enumerate(basket.lines), key=lambda row: _sale(row[1]).content)
    sales: list[tuple[int, Sale]] = []
    returns = [line for _, line in rows if _elsewhere(line, basket)]
    for product in dict.fromkeys(line.product for _, line in rows):
        ours = [
            (place, line)
            for place, line in rows
            if line.product == product and not _elsewhere(line, basket)
        ]
        back = any(line.is_return for _, line in ours)
        if back and any(not line.is_return for _, line in ours):
            ours = _one(ours)
        sales += [(place, _sale(line)) for place, line in ours if _is_sale(line)]
        returns += [line for _, line in ours if line.is_return]
    sales.sort(key=lambda row: row[1].content)
    returns.sort(key=lambda line: _sale(line).content)
    return sales, returns


def _is_sale(line: Line) -> bool:
    return not line.is_return and bool(line.quantity or line.amount)


def _elsewhere(line: Line, basket: Basket) -> bool:
    return line.is_return and line.origin not in (None, basket.label)


def _one(rows: list[tuple[int, Line]]) -> list[tuple[int, Line]]:
    place, first = next((place, line) for place, line in rows if not line.is_return)
    net = Line(
        first.product,
        sum((line.quantity for _, line in rows), Fraction(0)),
        sum(line.amount for _, line in rows),
        first.attributes,
        None,
        sum(line.tax for _, line in rows),
        sum(line.discount_given for _, line in rows),
    )
    return [(place, net)]


def _sold_lines(facts: Facts, given: list[Given], programme: Programme) -> list[SoldLine]:
    lines = []
    for k, sale in enumerate(facts.lines):
        spendable = [one for one in given if one.rule.counts != Counter.QUALIFYING]
        points = {one.rule.id: one.booked_lines[k] for one in spendable if one.booked}
        size = Fraction(sale.quantity or sale.amount)
        if size > 0:
            lines.append(SoldLine(sale, size, points, _counted_on(k, sale, given, programme)))
    return lines


def _counted_on(k: int, sale: Sale, given: list[Given], programme: Programme) -> int:
    """Return what a line adds to the counter of tiers."""
    counter = programme.tiers.counter if programme.tiers else None
    if counter == TierCounter.SPEND:
        return sale.basis or 0
    return sum(one.booked_lines[k] for one in given if _counts_for(one, counter, programme))


def _counts_for(one: Given, counter: TierCounter | None, programme: Programme) -> bool:
    if counter == TierCounter.POINTS:
        return kind_of(one.rule, programme) == "earn"
    if counter == TierCounter.STATUS_POINTS:
        return one.rule.counts != Counter.REDEEMABLE
    return counter == TierCounter.BALANCE and one.rule.counts != Counter.QUALIFYING
