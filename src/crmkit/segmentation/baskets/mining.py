"""Which products are bought together often?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from crmkit import _validation as check
from crmkit._kernels.itemsets.closure import candidates, closed, maximal, written
from crmkit._kernels.itemsets.expansion import Sets, expanded
from crmkit._kernels.itemsets.lattice import kinds
from crmkit._kernels.itemsets.search import Found, Task, search
from crmkit._kernels.itemsets.trie import largest_size, sets_of_size, sets_up_to, shapes_of
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.itemsets import Itemsets, itemsets_of
from crmkit.segmentation.baskets.thresholds import min_count_of
from crmkit.typing import IntoSupport, ItemsetKind, Progress

MAX_ITEMSETS = 5_000_000
_STEPS = 100


def frequent_itemsets(
    baskets: Baskets,
    min_support: IntoSupport,
    *,
    max_len: int | None = None,
    kind: ItemsetKind = "frequent",
    max_itemsets: int = MAX_ITEMSETS,
    progress: Progress | None = None,
) -> Itemsets:
    """Find all sets of products that at least so many baskets hold.

    A share is turned into a count once, so that 7 of 100 baskets are in at 0.07. The size of the
    answer is known before it is written out: products that come with a set in all of its baskets
    are set aside and counted, not searched. If it passes *max_itemsets*, the answer holds all sets
    up to the largest size that fits, `complete` is False, and `reason` has the figure. Closed and
    maximal sets of any size are found even then, unless the search itself had to stop.

    Args:
        baskets: which products are in which baskets.
        min_support: a share of all baskets (float, Fraction or Decimal in (0, 1]) or a count
            (int): 1 is one basket, 1.0 is all of them.
        max_len: the largest sets to return.
        kind: "frequent" for all; "closed" for those with no larger set in as many baskets;
            "maximal" for those with no larger frequent set; "generator" for those with no smaller
            set, the empty one included, in as many baskets. Kinds are judged on all frequent sets,
            and *max_len* filters afterwards.
        max_itemsets: the most sets to write out, frequent ones whatever the kind.
        progress: called as progress(done, 100), at most a hundred times.

    Raises:
        InvalidArgumentError: an option outside its domain.

    Time grows with the pairs of products that stand together in baskets, and with the sets found.
    Memory: 12 bytes for each entry of a basket, 16 for each pair of frequent products (up to 5,800
    of them), 4 for each product of each set found, and work space of some 0.5 GB, 1 GB if the
    search comes near the default *max_itemsets*.

    Source: Agrawal and Srikant (1994); Zaki (2000) for classes; Borgelt (2012) for perfect
    extensions.

    Examples:
        >>> from crmkit.segmentation import Baskets, frequent_itemsets
        >>> lists = [["milk", "bread"], ["milk", "bread", "eggs"], ["bread"], ["milk", "eggs"]]
        >>> frequent_itemsets(Baskets.from_lists(lists), 0.5).to_frame()
                 itemset  size  count  support
        0       (bread,)     1      3     0.75
        1        (milk,)     1      3     0.75
        2        (eggs,)     1      2     0.50
        3  (bread, milk)     2      2     0.50
        4   (eggs, milk)     2      2     0.50
    """
    check.instance(baskets, Baskets, "baskets", "Baskets.from_lists(...) makes them.")
    check.choice(kind, ItemsetKind, "kind")
    most = check.whole_number(max_itemsets, "max_itemsets", at_least=1)
    longest = None if max_len is None else check.whole_number(max_len, "max_len", at_least=1)
    least = min_count_of(min_support, len(baskets))
    _prove_callable(progress)
    task = Task(least, _size_to_search(baskets, longest, kind), most, baskets.relatives)
    found = _mined(baskets, task, kind, progress)
    of_kind = found if found.kind == kind else _of_kind(found, kind)
    return of_kind if longest is None else _up_to(of_kind, longest)


def _prove_callable(progress: object) -> None:
    if progress is not None and not callable(progress):
        raise InvalidArgumentError(
            f"progress must be callable, as progress(done, total); got {progress!r}."
        )


def _size_to_search(baskets: Baskets, max_len: int | None, kind: ItemsetKind) -> int:
    if max_len is None:
        return max(len(baskets.products), 1)
    # Sets of one more item decide what kind those of max_len are.
    return max_len if kind == "frequent" else max_len + 1


def _mined(baskets: Baskets, task: Task, kind: ItemsetKind, progress: Progress | None) -> Itemsets:
    """Mine frequent sets, or at once those of the kind wanted where the frequent ones are many."""
    steps = _Steps(progress)
    found = search(baskets.incidence, task, steps.reach)
    size, why = _largest_that_fits(found, task)
    sets = _from_trie(found, kind) if why and task.max_size >= len(baskets.products) else None
    reason = ""
    if sets is None:
        reason = _reason(why, task.max_nodes, size if kind == "frequent" else size - 1)
        sets, kind = expanded(found.levels, found.order, size), "frequent"
    steps.finish()
    return itemsets_of(
        sets,
        products=baskets.products,
        n_baskets=len(baskets),
        min_count=task.min_count,
        kind=kind,
        complete=not reason,
        reason=reason,
        frame_kind=baskets.frame_kind,
    )


def _from_trie(found: Found, kind: ItemsetKind) -> list[Sets] | None:
    """Find closed or maximal sets without the frequent ones; None where that cannot be done."""
    if found.max_size is not None or kind not in ("closed", "maximal"):
        return None
    every = closed(candidates(found.levels, len(found.order)))
    of_kind = maximal(every) if every is not None and kind == "maximal" else every
    return None if of_kind is None else written(of_kind, found.order)


class _Steps:
    """Turns shares of the work into hundredths that only ever grow."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress, self._done = progress, 0

    def reach(self, share: float) -> None:
        """Report a share, if it is a hundredth more than the last one and not yet the end."""
        step = min(int(share * _STEPS), _STEPS - 1)
        if self._progress is not None and step > self._done:
            self._done = step
            self._progress(step, _STEPS)

    def finish(self) -> None:
        """Report the end."""
        if self._progress is not None:
            self._progress(_STEPS, _STEPS)


def _largest_that_fits(found: Found, task: Task) -> tuple[int, str]:
    """Return the largest size of which all sets may be written out, and why it is not the last."""
    shapes = shapes_of(found.levels)
    reached = task.max_size if found.max_size is None else found.max_size
    last, size = min(reached, largest_size(shapes)), 0
    room = task.max_nodes - sets_of_size(shapes, 1)
    while size < last and room >= 0:
        size += 1
        room -= sets_of_size(shapes, size + 1)
    if found.max_size is not None:
        return size, found.why or "there are more itemsets than that"
    if size < last:
        return size, f"there are {_figure(sets_up_to(shapes, reached))} itemsets"
    return size, ""


def _reason(why: str, most: int, judged: int) -> str:
    """Say what stopped the search, and up to which size sets of the kind wanted are known."""
    if not why:
        return ""
    here = f"all of up to {judged} products are here" if judged > 0 else "none is here"
    return f"max_itemsets = {most:,} was reached: {why}; {here}"


def _figure(count: int) -> str:
    # Beyond, nobody reads the digits, and Python refuses to write more than 4,300 of them.
    return f"{count:,}" if count < 10**30 else f"about 10**{math.log10(count):.0f}"


def _of_kind(found: Itemsets, kind: ItemsetKind) -> Itemsets:
    sizes = found.by_size
    flags = getattr(
        kinds(
            [sets.items for sets in sizes],
            [sets.counts for sets in sizes],
            len(found.products),
            found.n_baskets,
        ),
        kind,
    )
    if not found.complete:  # nothing is known above the last size
        sizes, flags = sizes[:-1], flags[:-1]
    kept = [Sets(s.items[f], s.counts[f]) for s, f in zip(sizes, flags, strict=True)]
    return _with_sizes(found, kept, kind=kind)


def _up_to(found: Itemsets, max_len: int) -> Itemsets:
    return _with_sizes(found, found.by_size[:max_len], max_len=max_len)


def _with_sizes(found: Itemsets, sizes: Sequence[Sets], **changes: Any) -> Itemsets:
    names = ("products", "n_baskets", "min_count", "kind", "max_len", "complete", "reason")
    facts = {name: getattr(found, name) for name in (*names, "frame_kind")}
    return itemsets_of(sizes, **facts | changes)
