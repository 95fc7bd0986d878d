"""Slow plain-Python answers, written from the definitions, that the library is compared with.

Only dicts, lists, integers and fractions: no numpy, no floats, nothing shared with `crmkit`. Money
is in whole cents. The Hypothesis strategies that feed both sides stand at the end.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import CrmkitWarning

# --- lines and the summary per customer ----------------------------------------------------------


class Line(NamedTuple):
    """One line of the till; the customer None is a guest."""

    customer: Any
    time: dt.datetime
    basket: int
    quantity: int
    cents: int

    @property
    def is_return(self) -> bool:
        """Negative quantity or negative amount; everything else is a purchase line."""
        return self.quantity < 0 or self.cents < 0


class Customer(NamedTuple):
    """What one customer did; days are None for a customer with returns only."""

    first_day: dt.date | None
    last_day: dt.date | None
    purchase_days: int
    baskets: int
    cents: int
    returned_cents: int


def summarise(lines: Iterable[Line]) -> dict[Any, Customer]:
    """Summarise per customer: days and baskets of purchase lines, money net over all lines."""
    by_customer = defaultdict(list)
    for line in lines:
        if line.customer is not None:
            by_customer[line.customer].append(line)
    return {customer: _customer(own) for customer, own in by_customer.items()}


def _customer(lines: Sequence[Line]) -> Customer:
    days = {line.time.date() for line in lines if not line.is_return}
    return Customer(
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        purchase_days=len(days),
        baskets=len({line.basket for line in lines if not line.is_return}),
        cents=sum(line.cents for line in lines),
        returned_cents=-sum(line.cents for line in lines if line.cents < 0),
    )


# --- recency, frequency, money -------------------------------------------------------------------


class Measures(NamedTuple):
    """What is scored of one customer."""

    recency: int
    frequency: int
    monetary: Fraction


def measures(
    customers: Mapping[Any, Customer], as_of: dt.date, *, frequency: str, monetary: str
) -> dict[Any, Measures]:
    """Measure the customers who have a purchase day."""
    found = {}
    for customer, row in customers.items():
        if row.last_day is not None:
            times = row.baskets if frequency == "baskets" else row.purchase_days
            money = Fraction(row.cents, 100)
            money = money / times if monetary == "mean" else money
            found[customer] = Measures((as_of - row.last_day).days, times, money)
    return found


def type_7_cuts(values: Iterable[Any], bins: int) -> list[Fraction] | None:
    """Return the exact quantiles of Hyndman and Fan's type 7; None without values."""
    ordered = sorted(map(Fraction, values))
    if not ordered:
        return None
    cuts = []
    for j in range(1, bins):
        rank = Fraction((len(ordered) - 1) * j, bins)
        low = math.floor(rank)
        high = min(low + 1, len(ordered) - 1)
        cuts.append(ordered[low] + (ordered[high] - ordered[low]) * (rank - low))
    return cuts


def class_of(value: Any, cuts: Sequence[Any]) -> int:
    """One more than the number of cuts below *value*: equal to a cut is the lower class."""
    return 1 + sum(cut < value for cut in cuts)


Triple = tuple[int, int, int]


class IndependentCuts(NamedTuple):
    """One vector of cuts per dimension."""

    recency: list[Fraction]
    frequency: list[Fraction]
    monetary: list[Fraction]

    @classmethod
    def of(cls, measured: Mapping[Any, Measures], bins: int) -> IndependentCuts:
        """Cut each dimension over all customers."""
        columns = [[m[k] for m in measured.values()] for k in range(3)]
        return cls(*(type_7_cuts(column, bins) for column in columns))

    def score(self, m: Measures) -> Triple:
        """Score one customer; few days are the better recency."""
        r = len(self.recency) + 2 - class_of(m.recency, self.recency)
        return r, class_of(m.frequency, self.frequency), class_of(m.monetary, self.monetary)


class NestedCuts:
    """Recency over all, frequency within each r, money within each (r, f), coarser ones beside."""

    def __init__(self, measured: Mapping[Any, Measures], bins: int) -> None:
        """Cut level by level."""
        everyone = list(measured.values())
        self.bins = bins
        self.recency = type_7_cuts((m.recency for m in everyone), bins)
        self.frequency = {
            r: type_7_cuts((m.frequency for m in everyone if self.r(m) == r), bins)
            for r in range(1, bins + 1)
        }
        self.frequency_of_all = type_7_cuts((m.frequency for m in everyone), bins)
        self.monetary = {
            (r, f): type_7_cuts((m.monetary for m in everyone if self.rf(m) == (r, f)), bins)
            for r in range(1, bins + 1)
            for f in range(1, bins + 1)
        }
        self.monetary_of_r = {
            r: type_7_cuts((m.monetary for m in everyone if self.r(m) == r), bins)
            for r in range(1, bins + 1)
        }
        self.monetary_of_all = type_7_cuts((m.monetary for m in everyone), bins)

    def r(self, m: Measures) -> int:
        """Score recency."""
        return self.bins + 1 - class_of(m.recency, self.recency)

    def rf(self, m: Measures) -> tuple[int, int]:
        """Score recency, and frequency among those of that recency, else among all."""
        r = self.r(m)
        return r, class_of(m.frequency, self.frequency[r] or self.frequency_of_all)

    def score(self, m: Measures) -> Triple:
        """Score all three; money in its cell, else in its r, else among all."""
        r, f = self.rf(m)
        cuts = self.monetary[r, f] or self.monetary_of_r[r] or self.monetary_of_all
        return r, f, class_of(m.monetary, cuts)

    def borrows(self, m: Measures) -> bool:
        """Say whether a customer is scored by cuts of a coarser level."""
        r, f = self.rf(m)
        return self.frequency[r] is None or self.monetary[r, f] is None


# --- segments and their profile ------------------------------------------------------------------

Box = tuple[str, tuple[int, int], tuple[int, int], tuple[int, int]]


def name_of(triple: Triple, boxes: Iterable[Box], otherwise: str | None = None) -> str | None:
    """Scan the boxes in order; the first that holds all three scores gives its name."""
    for name, *ranges in boxes:
        if all(low <= score <= high for score, (low, high) in zip(triple, ranges, strict=True)):
            return name
    return otherwise


def all_triples(bins: int) -> list[Triple]:
    """List every code of *bins* scores."""
    one = range(1, bins + 1)
    return [(r, f, m) for r in one for f in one for m in one]


class ProfileRow(NamedTuple):
    """One segment; typical values are None for an empty one."""

    customers: int
    baskets: int
    cents: int
    mean: Measures | None
    median: Measures | None
    mean_tenure: Fraction | None


def profile(
    names: Iterable[str],
    segment_of: Mapping[Any, str],
    customers: Mapping[Any, Customer],
    measured: Mapping[Any, Measures],
    as_of: dt.date,
) -> dict[str, ProfileRow]:
    """Describe each segment over its customers who were scored."""
    rows = {}
    for name in names:
        own = [c for c in measured if segment_of.get(c) == name]
        columns = list(zip(*(measured[c] for c in own), strict=True))
        tenures = [(as_of - customers[c].first_day).days for c in own]
        rows[name] = ProfileRow(
            customers=len(own),
            baskets=sum(customers[c].baskets for c in own),
            cents=sum(customers[c].cents for c in own),
            mean=Measures(*(sum(map(Fraction, x)) / len(own) for x in columns)) if own else None,
            median=Measures(*(statistics.median(map(Fraction, x)) for x in columns))
            if own
            else None,
            mean_tenure=Fraction(sum(tenures), len(own)) if own else None,
        )
    return rows


# --- what both sides are asked about -------------------------------------------------------------


def transactions(lines: Sequence[Line], **changes: Any) -> ck.Transactions:
    """Hand the same lines to the library."""
    columns: dict[str, Any] = {
        "customer": np.array([line.customer for line in lines], dtype=object),
        "time": np.array([line.time for line in lines], dtype="datetime64[s]"),
        "basket": np.array([line.basket for line in lines], dtype=np.int64),
        "quantity": np.array([line.quantity for line in lines], dtype=np.int64),
        "amount": np.array([line.cents / 100 for line in lines], dtype=np.float64),
    }
    return ck.Transactions.from_arrays(**(columns | changes))


def quietly(question: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """Ask without the warnings about few customers, ties and windows; others stay errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CrmkitWarning)
        return question(*args, **options)


CUSTOMERS = ("ANN", "BOB", "CEM", "DAN", "EVE", "FAY", "GUS", "HAL")

_CENTS = st.sampled_from([0, 10, 20, 30, 255, 1995, 1999, 5550, -10, -255, -1995])


def lines_of(
    customers: Sequence[Any] = (None, *CUSTOMERS), *, min_size: int = 0, max_size: int = 40
) -> st.SearchStrategy[list[Line]]:
    """Draw lines around New Year 1970, so that some days lie before the epoch.

    Basket numbers repeat between customers and days; quantity and amount may be 0 or negative.
    """
    line = st.builds(
        Line,
        customer=st.sampled_from(customers),
        time=st.datetimes(dt.datetime(1969, 12, 22), dt.datetime(1970, 1, 12, 23, 59, 59)).map(
            lambda time: time.replace(microsecond=0)
        ),
        basket=st.integers(1, 6),
        quantity=st.sampled_from([1, 1, 2, 3, 0, -1]),
        cents=_CENTS,
    )
    return st.lists(line, min_size=min_size, max_size=max_size)


def day_asked_about(lines: Sequence[Line], later: int = 0) -> dt.date:
    """Return a day *later* than the last line."""
    return max((x.time.date() for x in lines), default=dt.date(1970, 1, 12)) + dt.timedelta(later)
