"""Which sale does a return undo, and what did that sale carry?"""

from __future__ import annotations

import attrs
import numpy as np
import pandas as pd

from crmkit._kernels.grouping import sums_by
from crmkit.data.codes import Codes
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidDataError
from crmkit.money import allocate
from crmkit.profitability.keys import combined
from crmkit.typing import BoolArray, CodeArray, IntArray


@attrs.frozen(eq=False)
class ReturnLinks:
    """Returns and the sales they undo: the lines of one product in one basket.

    Attributes:
        rows: lines of returns whose sale is known and was at least as large.
        pair: which pair of sale and returns each of them is in.
        units: what each of them brings back.
        sales: lines of these sales.
        sale_pair: the pair of each.
        kept: units of each pair that were not brought back.
    """

    rows: IntArray
    pair: CodeArray
    units: IntArray
    sales: IntArray
    sale_pair: CodeArray
    kept: IntArray

    @classmethod
    def of(cls, keys: list[Codes], units: IntArray, returned: BoolArray) -> ReturnLinks:
        """Pair returns with sales of equal *keys*; *units* of lines are not negative."""
        told = units > 0
        for codes in keys:
            told &= ~codes.missing
        found = combined(keys)[0].astype(np.int32)
        n = int(found.max(initial=-1)) + 1
        back, sold = told & returned, told & ~returned
        brought, bought = (_sums(found[rows], n, units[rows]) for rows in (back, sold))
        fits = (brought > 0) & (brought <= bought)
        pair = (np.cumsum(fits) - 1).astype(np.int32)[found]
        rows, sales = (np.flatnonzero(some & fits[found]) for some in (back, sold))
        kept = (bought - brought)[fits]
        return cls(rows, pair[rows], units[rows], sales, pair[sales], kept)

    def reversal(self, shares: IntArray) -> IntArray:
        """Return what returns give back of the shares that their sales carry.

        By units, to the cent: all returns of a sale, if nothing is kept, give back all of it.
        """
        n = len(self.kept)
        carried = _sums(self.sale_pair, n, shares[self.sales])
        pairs = np.concatenate([self.pair, np.arange(n, dtype=np.int32)])
        parts = allocate(carried, np.concatenate([self.units, self.kept]), groups=pairs)
        given_back = np.zeros_like(shares)
        given_back[self.rows] = -parts[: len(self.rows)]
        return given_back


def _sums(codes: CodeArray, n: int, figures: IntArray) -> IntArray:
    return np.asarray(sums_by(codes, n, figures), dtype=np.int64)


def original_baskets(tx: Transactions, origin: str, question: str) -> Codes:
    """Return the basket of each line; of returns, the one that the attribute *origin* names.

    Raises:
        MissingRoleError: the lines lack baskets, or the attribute.
        InvalidDataError: baskets are numbers in one of both and text in the other.
    """
    baskets, origins = tx.ids("basket", question=question), tx.ids(origin, question=question)
    kinds = {codes.labels.dtype == object for codes in (baskets, origins) if codes.n_used}
    if len(kinds) == 2:
        raise InvalidDataError(
            f"{origin!r} must name baskets: it holds {origins.labels[0]!r}, and baskets are like"
            f" {baskets.labels[0]!r}. Bring both as one kind."
        )
    places = pd.Index(baskets.labels).get_indexer(pd.Index(origins.labels)).astype(np.int32)
    named = np.append(places, np.int32(-1))[origins.codes]
    return Codes(np.where(tx.is_return, named, baskets.codes), baskets.labels)
