"""A loyalty programme and the lines it is played over, for benchmarks; seeded."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import NDArray

import crmkit as ck
from crmkit import Codes, Decimals
from crmkit._kernels.lots import Debits, Lots
from crmkit.loyalty import (
    BasketTotal,
    Cap,
    Channel,
    EarnRule,
    Expiry,
    Field,
    FirstPurchaseSince,
    Flat,
    Multiply,
    NthPurchase,
    PerSpend,
    Policies,
    Programme,
    Tier,
    TierAtLeast,
    Tiers,
    Weekday,
)

CATEGORIES = [f"c{k:02}" for k in range(20)]
CHANNELS = ["app", "store", "web"]
PRODUCTS = [f"p{k:04}" for k in range(5_000)]
CAPS = (Cap(200, per="day"), Cap(2_000, per="month"), Cap(20_000, per="lifetime"))
YEAR = 365 * 86_400
START = np.datetime64("2025-01-01", "s")
AS_OF = np.datetime64("2025-12-31", "D")


def programme(rules: int = 20) -> Programme:
    """Return a programme of up to 20 rules: by line, by basket and multipliers.

    However few, the first and the last are among them, so that the tier matters in all.
    """
    every = _rules()
    chosen = [every[k] for k in np.linspace(0, len(every) - 1, rules).round().astype(int)]
    return Programme(
        rules=tuple(chosen),
        tiers=Tiers((Tier("silver", 300), Tier("gold", 1_000))),
        policies=Policies(expiry=Expiry(months=3, end="end_of_month")),
    )


def _rules() -> list[EarnRule]:
    base = EarnRule("base", amount=PerSpend(1, "1.00"), caps=CAPS)
    return [base, *_by_category(), *_bonuses(), *_multipliers()]


def _by_category() -> list[EarnRule]:
    several = Field("quantity") >= 2
    return [
        EarnRule(
            f"category {k}",
            when=Field("category").isin(CATEGORIES[k : k + 2]) & several,
            amount=PerSpend(1, "2.00"),
            caps=CAPS,
        )
        for k in range(9)
    ]


def _bonuses() -> list[EarnRule]:
    large = [BasketTotal(str(100 + 20 * k)) & Weekday({k + 1, k + 2}) for k in range(3)]
    told = [(f"large {k}", when, 10, CAPS) for k, when in enumerate(large)]
    told += [("first", NthPurchase(1), 100, ()), ("back", FirstPurchaseSince(60), 50, ())]
    return [
        EarnRule(name, when=when, amount=Flat(points), scope="basket", group="bonuses", caps=caps)
        for name, when, points, caps in told
    ]


def _multipliers() -> list[EarnRule]:
    told = [(f"web {k}", Weekday({k + 3}) & Channel({"web"}), "2") for k in range(3)]
    fresh = Weekday({2}) & Field("category").isin(CATEGORIES[3:5])
    told += [("fresh", fresh, "2"), ("gold", TierAtLeast("gold"), "1.5")]
    return [
        EarnRule(name, when=when, amount=Multiply(factor), group="multipliers")
        for name, when, factor in told
    ]


@attrs.frozen(eq=False)
class Purchases:
    """Ten lines a basket, ten baskets a customer, spread over a year."""

    customer: NDArray[np.int32]
    basket: NDArray[np.int32]
    time: NDArray[np.datetime64]
    columns: dict[str, NDArray[np.int32]]
    quantity: NDArray[np.int64]
    cents: NDArray[np.int64]

    @classmethod
    def of(cls, lines: int) -> Purchases:
        """Invent lines; category follows product, channel follows basket."""
        rng = np.random.default_rng(0)
        baskets, customers = max(lines // 10, 1), max(lines // 100, 1)
        basket = (np.arange(lines) // 10 % baskets).astype(np.int32)
        buyer = rng.integers(0, customers, baskets).astype(np.int32)
        moment = START + rng.integers(0, YEAR, baskets)
        product = rng.integers(0, len(PRODUCTS), lines).astype(np.int32)
        channel = rng.integers(0, len(CHANNELS), baskets).astype(np.int32)
        columns = {
            "product": product,
            "category": product % len(CATEGORIES),
            "channel": channel[basket],
        }
        quantity, cents = rng.integers(1, 4, lines), rng.integers(50, 3_000, lines)
        return cls(buyer[basket], basket, moment[basket], columns, quantity, cents)

    def codes(self, name: str) -> Codes:
        """Return an attribute as crmkit encodes it."""
        labels = {"product": PRODUCTS, "category": CATEGORIES, "channel": CHANNELS}[name]
        return Codes(self.columns[name], np.array(labels, dtype=object))

    def transactions(self) -> ck.Transactions:
        """Return the lines encoded, remembering nothing of earlier questions."""
        return ck.Transactions(
            customer=Codes(self.customer, np.arange(int(self.customer.max()) + 1)),
            basket=Codes(self.basket, np.arange(int(self.basket.max()) + 1)),
            product=self.codes("product"),
            time=self.time,
            amount=Decimals(self.cents, 2),
            quantity=Decimals(self.quantity, 0),
            attributes={name: self.codes(name) for name in ("category", "channel")},
        )


def lots_and_debits(events: int) -> tuple[Lots, Debits, int]:
    """Return three lots for every two debits, fifty events an account, and the last clock."""
    rng = np.random.default_rng(1)
    accounts, end = max(events // 50, 1), 2 * YEAR
    n_lots = events * 3 // 5
    account, clock = _rows(rng, accounts, n_lots, end)
    lots = Lots(account, clock, clock + YEAR, rng.integers(1, 200, n_lots))
    account, clock = _rows(rng, accounts, events - n_lots, end)
    whole = np.zeros(len(account), dtype=np.int64)
    return lots, Debits(account, clock, rng.integers(1, 100, len(account)), whole - 1, whole), end


def _rows(
    rng: np.random.Generator, accounts: int, rows: int, end: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    account, clock = np.sort(rng.integers(0, accounts, rows)), rng.integers(0, end, rows)
    return account, clock[np.lexsort((clock, account))]
