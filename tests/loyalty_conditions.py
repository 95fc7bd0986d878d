"""Random conditions of every kind, and random facts that they can tell apart."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from hypothesis import strategies as st

from crmkit.data.codes import Codes
from crmkit.loyalty import (
    Always,
    Anniversary,
    BasketQuantity,
    BasketTotal,
    Between,
    Birthday,
    Channel,
    Condition,
    Field,
    FirstPurchaseSince,
    HasProducts,
    InSegment,
    MoneyBase,
    Never,
    NthPurchase,
    Store,
    Tender,
    TierAtLeast,
    TimeOfDay,
    Weekday,
)
from crmkit.loyalty.conditions.facts import UNKNOWN_DAY, Classes, Facts

DAY = 86_400
CATEGORIES = ("bakery", "dairy", "wine")
PRODUCTS = ("bread", "milk", "rose")
STORES = ("north", "south")
TIERS = ("basic", "silver", "gold")
SEGMENTS = ("new", "vip")
START = (dt.date(2024, 2, 26) - dt.date(1970, 1, 1)).days


def _sets(*words: Any) -> st.SearchStrategy[Any]:
    return st.sets(st.sampled_from(words))


def _compared(name: str, bounds: tuple[str, ...]) -> st.SearchStrategy[Condition]:
    field = Field(name)
    signs = [field.__ge__, field.__gt__, field.__le__, field.__lt__]
    return st.builds(lambda sign, bound: sign(bound), st.sampled_from(signs), _one(*bounds))


def _one(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


def line_leaves() -> st.SearchStrategy[Condition]:
    """Conditions on lines."""
    return st.one_of(
        st.builds(Field("category").isin, _sets(*CATEGORIES, "none")),
        st.builds(Field("product").isin, _sets(*PRODUCTS)),
        st.just(Field("category").known()),
        _compared("quantity", ("0", "1", "1.5", "2", "2.0")),
        _compared("amount", ("0", "1.00", "2.005", "3")),
        _compared("unit_price", ("0", "0.5", "1", "1.333", "2")),
        _compared("cost", ("0", "1.00", "2")),
    )


def _moments() -> st.SearchStrategy[dt.date]:
    days = st.integers(0, 4).map(lambda k: dt.date(2024, 2, 26) + dt.timedelta(days=k))
    hours = st.integers(0, 23)
    exact = st.builds(lambda day, h: dt.datetime(day.year, day.month, day.day, h), days, hours)
    return st.one_of(days, exact)


def _between(one: dt.date, two: dt.date, closed: str) -> Condition:
    first, last = sorted((one, two), key=lambda moment: moment.isoformat())
    return Between(first, last, closed="both") if first == last else _or_both(first, last, closed)


def _or_both(first: dt.date, last: dt.date, closed: str) -> Condition:
    whole = isinstance(first, dt.datetime), isinstance(last, dt.datetime)
    return Between(first, last, closed=closed if whole == (True, True) else "both")


def _clock(one: int, two: int) -> Condition:
    return TimeOfDay(dt.time(one), dt.time(two)) if one != two else Always()


def basket_leaves(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Condition]:
    """Conditions on baskets and accounts; *of* are the conditions on lines inside them."""
    hours = st.integers(0, 23)
    return st.one_of(
        st.just(Always()),
        st.just(Never()),
        st.builds(
            BasketTotal,
            _one("0", "2", "3.00", "5.505"),
            money=_one(*MoneyBase),
            of=st.one_of(st.none(), of),
            side=_one("at_least", "above"),
        ),
        st.builds(BasketQuantity, _one("1", "2", "3.5"), of=st.one_of(st.none(), of)),
        st.builds(HasProducts, of),
        st.builds(HasProducts, _sets(*PRODUCTS)),
        st.builds(Weekday, st.sets(st.integers(1, 7))),
        st.builds(_clock, hours, hours),
        st.builds(_between, _moments(), _moments(), _one("left", "right", "both", "neither")),
        st.builds(Channel, _sets("web", "shop")),
        st.builds(Store, _sets(*STORES)),
        st.builds(Tender, _sets("card", "cash")),
        st.builds(NthPurchase, st.integers(1, 3)),
        st.builds(FirstPurchaseSince, st.integers(1, 3)),
        st.builds(Birthday, before=st.integers(0, 2), after=st.integers(0, 2)),
        st.builds(Anniversary, before=st.integers(0, 2), after=st.integers(0, 2)),
        st.builds(InSegment, _sets(*SEGMENTS)),
        st.builds(TierAtLeast, _one(*TIERS)),
    )


def joined(leaves: st.SearchStrategy[Condition], size: int = 6) -> st.SearchStrategy[Condition]:
    """Leaves put together with `&`, `|` and `~`."""
    return st.recursive(
        leaves,
        lambda parts: st.one_of(
            st.builds(lambda a, b: a & b, parts, parts),
            st.builds(lambda a, b: a | b, parts, parts),
            st.builds(lambda a: ~a, parts),
        ),
        max_leaves=size,
    )


def conditions(size: int = 6) -> st.SearchStrategy[Condition]:
    """Conditions of every kind and grain."""
    of = joined(line_leaves(), 2)
    return joined(st.one_of(line_leaves(), basket_leaves(of)), size)


def _codes(draw: Any, rows: int, labels: tuple[str, ...]) -> Codes:
    found = draw(st.lists(st.integers(-1, len(labels) - 1), min_size=rows, max_size=rows))
    return Codes(np.array(found, dtype=np.int32), np.array(labels, dtype=object))


def _numbers(draw: Any, rows: int, low: int, high: int) -> Any:
    found = draw(st.lists(st.integers(low, high), min_size=rows, max_size=rows))
    return np.array(found, dtype=np.int64)


def _days(draw: Any, rows: int) -> Any:
    known = START + _numbers(draw, rows, -2, 6) - 366 * _numbers(draw, rows, 0, 3)
    return np.where(_numbers(draw, rows, 0, 3) == 0, UNKNOWN_DAY, known)


@st.composite
def facts(draw: Any, *, sales_only: bool = False) -> Facts:
    """Return the facts of a few baskets."""
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    baskets, lines = len(sizes), sum(sizes)
    low = 1 if sales_only else -3
    amount = _numbers(draw, lines, low, 6) * 50
    shop = _codes(draw, baskets, ("shop", "web"))
    return Facts(
        starts=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        sale=np.full(lines, True) if sales_only else _numbers(draw, lines, 0, 4) > 0,
        codes={
            "category": _codes(draw, lines, CATEGORIES),
            "product": _codes(draw, lines, PRODUCTS),
            "channel": Codes(np.repeat(shop.codes, sizes), shop.labels),
            "store": _codes(draw, lines, STORES),
        },
        money={
            MoneyBase.ORIGINAL: amount,
            MoneyBase.CURRENT: amount // 2,
            MoneyBase.BASIS: amount - 50,
        },
        quantity=_numbers(draw, lines, low, 6) * 5,
        quantity_scale=10,
        cost=_numbers(draw, lines, 0, 5) * 50,
        time=START * DAY + _numbers(draw, baskets, 0, 5 * 24 - 1) * 3600,
        day_start=draw(_one(0, 4 * 3600)),
        purchases=_numbers(draw, baskets, 1, 4),
        since_last=np.maximum(_numbers(draw, baskets, -1, 4) * DAY + 1, -1),
        tier=_numbers(draw, baskets, -1, 2).astype(np.int32),
        tier_names=TIERS,
        birthday=_days(draw, baskets),
        joined=_days(draw, baskets),
        segments={"segment": Classes(_codes(draw, baskets, SEGMENTS).codes, SEGMENTS)},
        tenders={
            "card": _numbers(draw, baskets, 0, 1) > 0,
            "cash": _numbers(draw, baskets, 0, 1) > 0,
        },
    )
