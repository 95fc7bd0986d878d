"""Counts of frequent, closed and maximal sets that others published.

Origin: Borgelt's PyFIM 6.28 and a second enumeration, listed with the data sets; groceries: the
examples of the R package arules.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from crmkit.segmentation import Baskets, Itemsets, frequent_itemsets
from shared_data import fimi, groceries


@cache
def baskets_of(name: str) -> Baskets:
    if name == "groceries":
        return Baskets.from_lists(groceries())
    rows, items, n = fimi(name)
    return Baskets.from_lists(np.split(items, np.cumsum(np.bincount(rows, minlength=n))[:-1]))


COUNTS = [
    ("retail", 2, 55, 55, 20),
    ("retail", 1, 159, 159, 78),
    ("retail", 0.5, 580, 580, 284),
    ("retail", 0.2, 2_691, 2_691, 1_341),
    ("retail", 0.1, 7_589, 7_572, 3_452),
    ("T10I4D100K", 2, 155, 155, 155),
    ("T10I4D100K", 0.5, 1_073, 1_073, 585),
    ("T10I4D100K", 0.2, 13_255, 13_107, 1_938),
    ("T10I4D100K", 0.1, 27_532, 26_806, 4_054),
    ("mushroom", 50, 153, 45, 15),
    ("mushroom", 30, 2_735, 427, 63),
    ("mushroom", 20, 53_583, 1_197, 158),
    ("mushroom", 10, 574_431, 4_885, 547),
    ("chess", 90, 622, 498, 34),
    ("chess", 80, 8_227, 5_083, 226),
    ("chess", 75, 20_993, 11_525, 489),
    ("bms_webview1", 0.1, 3_991, 3_974, 2_067),
    ("bms_webview2", 0.2, 3_683, 3_683, 1_257),
    ("kosarak_head", 0.2, 14_762, None, None),
    ("groceries", 5, 31, None, None),
    ("groceries", 1, 333, None, None),
    ("groceries", 0.1, 13_492, None, None),
]


@pytest.mark.parametrize(("name", "percent", "frequent", "closed", "maximal"), COUNTS)
def test_as_many_sets_as_published(
    name: str, percent: float, frequent: int, closed: int | None, maximal: int | None
) -> None:
    baskets = baskets_of(name)

    assert len(frequent_itemsets(baskets, percent / 100)) == frequent
    if closed is not None:
        assert len(frequent_itemsets(baskets, percent / 100, kind="closed")) == closed
        assert len(frequent_itemsets(baskets, percent / 100, kind="maximal")) == maximal


def test_sizes_as_published() -> None:
    found = frequent_itemsets(baskets_of("T10I4D100K"), 0.001)

    assert [len(sets.items) for sets in found.by_size] == [
        797,
        8_831,
        7_130,
        5_499,
        3_188,
        1_429,
        503,
        130,
        23,
        2,
    ]


def test_an_item_in_every_row_is_a_set_and_no_generator() -> None:
    baskets = baskets_of("mushroom")
    everywhere = frequent_itemsets(baskets, 1.0)

    assert everywhere.labels_of(0) == (85,)
    assert everywhere.counts.tolist() == [8_124]
    assert len(frequent_itemsets(baskets, 1.0, kind="generator")) == 0


@pytest.mark.parametrize(
    ("name", "percent", "room", "closed", "maximal"),
    [
        ("mushroom", 20, 10_000, 1_197, 158),
        ("mushroom", 10, 30_000, 4_885, 547),
        ("chess", 75, 20_000, 11_525, 489),
        ("T10I4D100K", 0.2, 13_254, 13_107, 1_938),
    ],
)
def test_closed_and_maximal_sets_need_no_room_for_the_frequent_ones(
    name: str, percent: float, room: int, closed: int, maximal: int
) -> None:
    """The search itself needs some room; the frequent sets are more than that."""
    baskets = baskets_of(name)

    for kind, expected in (("closed", closed), ("maximal", maximal)):
        found = frequent_itemsets(baskets, percent / 100, kind=kind, max_itemsets=room)  # type: ignore[arg-type]
        every = frequent_itemsets(baskets, percent / 100, kind=kind)  # type: ignore[arg-type]
        assert (len(found), found.complete) == (expected, True)
        assert counted(found) == counted(every)


def counted(found: Itemsets) -> dict[tuple[int, ...], int]:
    return dict(zip(found.labels().tolist(), found.counts.tolist(), strict=True))
