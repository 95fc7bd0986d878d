"""Loyalty: conditions, whole programmes and lots of points, against rule engines and plain loops.

    python benchmarks/peers/loyalty.py --lines 10000000

One condition of three parts over the same lines: rule engines get a dictionary for each line ready
made, crmkit its columns. A programme of 20 rules with three nested caps, tiers and expiring lots
has no open peer: the tests' slow replay in fractions is the arbiter, on some hundred accounts.
Lots are spent from the oldest; the loop keeps closing balances only, crmkit also those after each
event, and which debit took how much from which lot. Answers are compared first.
"""

from __future__ import annotations

import datetime as dt
import statistics
import sys
import timeit
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import rule_engine
from business_rules.engine import check_conditions_recursively
from business_rules.variables import (
    BaseVariables,
    numeric_rule_variable,
    select_multiple_rule_variable,
)
from json_logic import jsonLogic
from numpy.typing import NDArray

from crmkit import Transactions
from crmkit._kernels.lots import Debits, Lots, line_of, settled
from crmkit.loyalty import Channel, Condition, Field, evaluate
from crmkit.loyalty.conditions.facts import Facts
from crmkit.loyalty.conditions.masks import mask
from side_by_side import arguments, compare, heading, peak_extra_bytes
from stamps import AS_OF, CATEGORIES, CHANNELS, PRODUCTS, Purchases, lots_and_debits, programme

sys.path.append(str(Path(__file__).parents[2] / "tests"))

from loyalty_oracle import Result, replay
from loyalty_world import Basket, Line, World

SAMPLE = 50_000
"""Lines that rule engines read one by one."""
ACCOUNTS = 300
"""Accounts that are replayed in fractions."""
EVENTS = 5_000_000
WANTED = {"category": CATEGORIES[3:7], "channel": ["app", "web"]}
AT_LEAST = 3
Row = dict[str, Any]


def main() -> None:
    options = arguments(__doc__)
    peers = ("business-rules", "rule-engine", "json-logic-qubit")
    heading("Loyalty", ("crmkit", "numpy", *peers))
    conditions(options.rounds)
    against_replay(options.rounds)
    growth(options.lines, options.rounds)
    lots(options.rounds)


# --- one condition, line by line -----------------------------------------------------------------


def conditions(rounds: int) -> None:
    purchases = Purchases.of(SAMPLE)
    rows = as_rows(purchases)
    facts, many = facts_of(purchases), facts_of(Purchases.of(20 * SAMPLE))
    condition = (
        Field("category").isin(WANTED["category"])
        & Channel(WANTED["channel"])
        & (Field("quantity") >= AT_LEAST)
    )
    engines: dict[str, Callable[[], Any]] = {
        "crmkit": lambda: mask(condition, facts),
        "rule-engine": lambda: with_rule_engine(rows),
        "business-rules": lambda: with_business_rules(rows),
        "json-logic-qubit": lambda: with_json_logic(rows),
    }
    ours = mask(condition, facts)
    assert 0 < ours.sum() < len(ours)
    for name, run in engines.items():
        assert np.array_equal(ours, run()), name
    compare(f"a condition of three parts, {SAMPLE:,} lines", engines, rounds=rounds)
    for held, lines in ((facts, SAMPLE), (many, 20 * SAMPLE)):
        print(f"crmkit, {lines:,} lines: {lines / seconds_of(condition, held):,.0f} a second")
    for name in list(engines)[1:]:
        print(f"{name}: {SAMPLE / median(engines[name], rounds):,.0f} a second")
    print(flush=True)


def seconds_of(condition: Condition, held: Facts, times: int = 50) -> float:
    """Return the median time of a mask, which is too short for three decimals."""
    return median(lambda: mask(condition, held), times)


def median(run: Callable[[], object], rounds: int) -> float:
    return statistics.median(timeit.repeat(run, number=1, repeat=rounds))


def as_rows(purchases: Purchases) -> list[Row]:
    labels = {
        name: purchases.codes(name).labels[purchases.columns[name]].tolist() for name in WANTED
    }
    return [
        {"category": category, "channel": channel, "quantity": quantity}
        for category, channel, quantity in zip(
            labels["category"], labels["channel"], purchases.quantity.tolist(), strict=True
        )
    ]


def facts_of(purchases: Purchases) -> Facts:
    """Return the lines as conditions read them within `evaluate`."""
    starts = np.append(np.arange(0, len(purchases.cents), 10), len(purchases.cents))
    baskets = np.zeros(len(starts) - 1, dtype=np.int64)
    return Facts(
        starts=starts,
        sale=np.ones(len(purchases.cents), dtype=np.bool_),
        codes={name: purchases.codes(name) for name in WANTED},
        money={},
        quantity=purchases.quantity,
        time=purchases.time[starts[:-1]].astype(np.int64),
        purchases=baskets + 1,
        since_last=baskets - 1,
        tier=baskets - 1,
    )


def with_rule_engine(rows: list[Row]) -> list[bool]:
    sets = " and ".join(f"{name} in {values!r}" for name, values in WANTED.items())
    rule = rule_engine.Rule(f"{sets} and quantity >= {AT_LEAST}")
    return [rule.matches(row) for row in rows]


class OfLine(BaseVariables):  # type: ignore[misc]
    def __init__(self, row: Row) -> None:
        self.row = row

    @select_multiple_rule_variable()  # type: ignore[untyped-decorator]
    def category(self) -> list[str]:
        return [self.row["category"]]

    @select_multiple_rule_variable()  # type: ignore[untyped-decorator]
    def channel(self) -> list[str]:
        return [self.row["channel"]]

    @numeric_rule_variable()  # type: ignore[untyped-decorator]
    def quantity(self) -> int:
        return int(self.row["quantity"])


def with_business_rules(rows: list[Row]) -> list[bool]:
    parts = [
        {"name": name, "operator": "is_contained_by", "value": values}
        for name, values in WANTED.items()
    ]
    last = {"name": "quantity", "operator": "greater_than_or_equal_to", "value": AT_LEAST}
    rule = {"all": [*parts, last]}
    return [check_conditions_recursively(rule, OfLine(row)) for row in rows]


def with_json_logic(rows: list[Row]) -> list[bool]:
    parts: list[Any] = [{"in": [{"var": name}, values]} for name, values in WANTED.items()]
    rule = {"and": [*parts, {">=": [{"var": "quantity"}, AT_LEAST]}]}
    return [jsonLogic(rule, row) for row in rows]


# --- whole programmes ----------------------------------------------------------------------------


def against_replay(rounds: int) -> None:
    purchases, rules = Purchases.of(100 * ACCOUNTS), programme()
    tx, world, end = purchases.transactions(), as_world(purchases), AS_OF.astype(object)
    check_equal(evaluate(rules, tx, as_of=AS_OF), replay(rules, world, end))
    ways = {
        "crmkit": lambda: evaluate(rules, attrs.evolve(tx), as_of=AS_OF),
        "replay in fractions": lambda: replay(rules, world, end),
    }
    title = f"{ACCOUNTS:,} accounts, {len(world.baskets):,} baskets of ten lines, 20 rules"
    compare(title, ways, rounds=min(rounds, 3))


def as_world(purchases: Purchases) -> World:
    baskets: dict[int, Basket] = {}
    names = purchases.columns
    for k, label in enumerate(purchases.basket.tolist()):
        if label not in baskets:
            moment: dt.datetime = purchases.time[k].astype(object)
            baskets[label] = Basket(label, int(purchases.customer[k]), moment, [])
        attributes = {
            "category": CATEGORIES[names["category"][k]],
            "channel": CHANNELS[names["channel"][k]],
        }
        product, quantity = PRODUCTS[names["product"][k]], Fraction(int(purchases.quantity[k]))
        baskets[label].lines.append(Line(product, quantity, int(purchases.cents[k]), attributes))
    return World(baskets=list(baskets.values()))


def check_equal(ledger: Any, result: Result) -> None:
    ours = ledger.balances()
    assert len(result.balances) == len(ours.customers)
    for k, label in enumerate(ours.customers.tolist()):
        theirs = result.balances[label]
        tier = ours.tiers[ours.tier[k]] if ours.tier[k] >= 0 else None
        mine = (ours.balance[k], ours.available[k], ours.pending[k], tier)
        assert mine == (theirs.balance, theirs.available, theirs.pending, theirs.tier), label


def growth(most: int, rounds: int) -> None:
    for lines in sorted({most // 100, most // 10, most}):
        ways = ways_to_evaluate(Purchases.of(lines).transactions())
        extra = peak_extra_bytes(ways["20 rules"])  # first, while no pages can be used again
        compare(f"evaluate, {lines:,} lines", ways, rounds=rounds)
        print(f"Peak beyond the lines, ledger included: {extra / 1e6:,.0f} MB\n", flush=True)


def ways_to_evaluate(tx: Transactions) -> dict[str, Callable[[], Any]]:
    def played(rules: int) -> Callable[[], Any]:
        return lambda: evaluate(programme(rules), attrs.evolve(tx), as_of=AS_OF)

    return {f"{rules} rules": played(rules) for rules in (20, 10, 5)}


# --- lots of points ------------------------------------------------------------------------------


def lots(rounds: int) -> None:
    held, debits, end = lots_and_debits(EVENTS)
    events = in_order(held, debits)
    theirs = loop(*events, end)
    ours = closing(held, debits, end)
    assert np.array_equal(ours, theirs)
    left = settled(held, debits, line_of(held, debits, end), end).left
    assert np.array_equal(np.bincount(held.account, left, len(ours)), np.maximum(ours, 0))
    ways = {
        "crmkit, closing balances": lambda: closing(held, debits, end),
        "crmkit, balance after each event": lambda: running(held, debits, end),
        "crmkit, what became of each lot and debit": lambda: settled(
            held, debits, line_of(held, debits, end), end
        ),
        "Python loop, closing balances": lambda: loop(*events, end),
    }
    compare(f"{EVENTS:,} events of {len(ours):,} accounts", ways, rounds=rounds)


def closing(held: Lots, debits: Debits, end: int) -> NDArray[np.int64]:
    line = line_of(held, debits, end)
    accounts = np.arange(max(held.account[-1], debits.account[-1]) + 1)
    now = line.keys(accounts, np.full(len(accounts), end))
    return line.earned(accounts, now) - line.consumed(accounts, now)


def running(held: Lots, debits: Debits, end: int) -> list[NDArray[np.int64]]:
    """Return the balance after each lot and after each debit."""
    line = line_of(held, debits, end)
    moments = ((held.account, line.active), (debits.account, line.debits))
    return [line.earned(*at) - line.consumed(*at) for at in moments]


def in_order(held: Lots, debits: Debits) -> tuple[list[int], list[int], list[int]]:
    """Return the accounts, clocks and points of all events; debits are negative, after lots."""
    account = np.concatenate([held.account, debits.account])
    clock = np.concatenate([held.active, debits.clock])
    points = np.concatenate([held.points, -debits.points])
    order = np.lexsort((points < 0, clock, account))
    return account[order].tolist(), clock[order].tolist(), points[order].tolist()


def loop(accounts: list[int], clocks: list[int], points: list[int], end: int) -> list[int]:
    """Go through the events; lots live a year, and a deficit is paid by the next ones."""
    life, balances = end // 2, [0] * (accounts[-1] + 1)
    now, balance, first = accounts[0], 0, 0
    earned: list[int] = []
    left: list[int] = []
    for account, clock, some in zip([*accounts, -1], [*clocks, end], [*points, 0], strict=True):
        if account != now:
            while first < len(left) and earned[first] + life <= end:
                balance -= left[first]
                first += 1
            balances[now] = balance
            now, balance, first, earned, left = account, 0, 0, [], []
        while first < len(left) and earned[first] + life <= clock:
            balance -= left[first]
            first += 1
        if some > 0:
            earned.append(clock)
            left.append(max(some + min(balance, 0), 0))
        else:
            rest = -some
            while rest and first < len(left):
                taken = min(rest, left[first])
                left[first] -= taken
                rest -= taken
                if rest:
                    first += 1
        balance += some
    return balances


if __name__ == "__main__":
    main()
