"""How often do known sets occur in other baskets?"""

from __future__ import annotations

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._kernels.itemsets.counting import set_counts
from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.catalogue import find
from crmkit.segmentation.baskets.itemsets import Itemsets


def count_itemsets(itemsets: Itemsets, baskets: Baskets) -> Itemsets:
    """Count given sets in other baskets: held out, of another store, of a later period.

    The sets keep their numbers; those that do not occur count 0. Shares are of the new baskets.

    Args:
        itemsets: the sets.
        baskets: where to count them; products they do not know are in none of them.

    Time: the different beginnings of the sets x baskets / 64.

    Examples:
        >>> from crmkit.segmentation import Baskets, count_itemsets, frequent_itemsets
        >>> itemsets = frequent_itemsets(Baskets.from_lists([["milk", "bread"]] * 3), 2)
        >>> later = Baskets.from_lists([["milk"], ["milk", "bread"], ["eggs"]])
        >>> count_itemsets(itemsets, later).to_frame()
                 itemset  size  count   support
        0        (milk,)     1      2  0.666667
        1       (bread,)     1      1  0.333333
        2  (bread, milk)     2      1  0.333333
    """
    check.instance(itemsets, Itemsets, "itemsets", "frequent_itemsets(baskets, ...) makes them.")
    check.instance(baskets, Baskets, "baskets", "Baskets.from_lists(...) makes them.")
    place = find(baskets.products, itemsets.products)
    sizes = [place[sets.items] for sets in itemsets.by_size]
    counts = set_counts(baskets.incidence, sizes)
    return attrs.evolve(
        itemsets,
        counts=np.concatenate([np.zeros(0, dtype=np.int64), *counts]),
        n_baskets=len(baskets),
        min_count=0,
        frame_kind=baskets.frame_kind,
    )
