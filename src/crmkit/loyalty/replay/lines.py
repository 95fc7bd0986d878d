"""The lines of a block of accounts."""

from __future__ import annotations

import attrs

from crmkit.typing import BoolArray, IntArray

NO_ORIGIN = -1
UNKNOWN_ORIGIN = -2
"""The origin of a line that names no basket, and of one that names a basket nobody knows."""


@attrs.frozen(kw_only=True, eq=False)
class Lines:
    """The lines of a block, basket by basket.

    Attributes:
        baskets: their places among all baskets.
        rows: the lines in the transactions.
        starts: where the lines of each basket start; one more at the end.
        amount: minor units.
        quantity: units over *scale*; ones where the lines have none.
        scale: units of one piece.
        sale: which are sales.
        returned: which are returns; a line that was scanned and voided is neither.
        origin: the place of the basket that each line says it undoes, or one of the above.
        gone: what of each line has come back since, and the whole of it in the same measure.
    """

    baskets: IntArray
    rows: IntArray
    starts: IntArray
    amount: IntArray
    quantity: IntArray
    scale: int
    sale: BoolArray
    returned: BoolArray
    origin: IntArray | None = None
    gone: tuple[IntArray, IntArray] | None = None

    def left_of(self, figures: IntArray) -> IntArray:
        """Return what is left of a figure of each line; what is gone of it is rounded down."""
        if self.gone is None:
            return figures
        part, whole = self.gone
        return figures - figures * part // whole
