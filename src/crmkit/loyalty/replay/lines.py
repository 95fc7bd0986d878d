"""The lines of a block of accounts."""

from __future__ import annotations

import attrs

from crmkit.typing import BoolArray, IntArray


@attrs.frozen(kw_only=True, eq=False)
class Lines:
    """The lines of a block, basket by basket.

    Attributes:
        baskets: which baskets, a run of them.
        rows: the lines in the transactions.
        starts: where the lines of each basket start; one more at the end.
        amount: minor units.
        quantity: units over *scale*; ones where the lines have none.
        scale: units of one piece.
        sale: which are sales.
        returned: which are returns; a line that was scanned and voided is neither.
    """

    baskets: slice
    rows: IntArray
    starts: IntArray
    amount: IntArray
    quantity: IntArray
    scale: int
    sale: BoolArray
    returned: BoolArray
