"""Which products are in which baskets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.itemsets.incidence import Incidence, incidence
from crmkit.data import Transactions
from crmkit.segmentation.baskets.catalogue import codes_in
from crmkit.segmentation.baskets.entries import (
    Entries,
    entries_of_arrays,
    entries_of_lines,
    entries_of_lists,
    entries_of_matrix,
)
from crmkit.typing import (
    BasketUnit,
    BoolArray,
    CodeArray,
    FrameKind,
    IntArray,
    IntoFrame,
    LabelArray,
)

_WAY_TO_LINES = "Transactions.from_frame makes them; for lists there is Baskets.from_lists."


@attrs.frozen(kw_only=True, repr=False)
class Baskets:
    """Baskets as sets of products: duplicates count once, quantities do not matter.

    Row *i* holds the products `items[starts[i]:starts[i + 1]]`, codes into `products`, ascending.
    Memory: 4 bytes for each product in each basket, 8 for each basket.

    Attributes:
        starts: where each basket starts in *items*, int64; one more entry than baskets.
        items: product codes, int32.
        products: the catalogue, in label order; what no basket holds may be among it.
        ids: which basket or customer each row is; None for lists and matrices.
        unit: what a row is: "basket", or "customer" (all that one customer bought).
        levels: what a row is a set of, e.g. ("product",); empty for lists and matrices.
        relatives: int32, 2 x pairs: product and own category, where levels are mined together.
        source: the lines the baskets were made of; None for lists and matrices.
        without_purchase: baskets left out because none of their lines is a purchase.
        unlabelled_lines: purchase lines left out, at one level at least, because their product or
            category is unknown.
        unknown: labels left out because the catalogue given does not have them.
        frame_kind: the frame library that answers come back in.

    Examples:
        >>> from crmkit.segmentation import Baskets
        >>> baskets = Baskets.from_lists([["milk", "bread"], ["bread", "bread"], []])
        >>> baskets
        Baskets(3 baskets of 2 products, 1.0 in each on average)
        >>> baskets.containing(["bread"])
        array([0, 1])
    """

    starts: IntArray = array()
    items: CodeArray = array()
    products: LabelArray = array()
    ids: LabelArray | None = array(optional=True)
    unit: BasketUnit = "basket"
    levels: tuple[str, ...] = ()
    relatives: CodeArray | None = array(optional=True)
    source: Transactions | None = attrs.field(default=None, eq=False)
    without_purchase: int = 0
    unlabelled_lines: int = 0
    unknown: tuple[object, ...] = ()
    frame_kind: FrameKind = attrs.field(default="pandas", eq=False)

    @classmethod
    def from_transactions(
        cls,
        tx: Transactions,
        *,
        level: str | Sequence[str] = "product",
        by: BasketUnit = "basket",
    ) -> Self:
        """Make baskets of till lines.

        Lines of positive quantity that are no returns are in a basket; a product that is sold and
        returned in one basket stays in it. A basket is a (customer, basket) pair, so till numbers
        may come again; guests' baskets count. A basket without a purchase is not a basket.

        Args:
            tx: till lines with products, and with baskets unless *by* is "customer".
            level: "product" or an attribute such as "category": what a basket is a set of. Two or
                more, ("product", "category"), are mined together: labels then are pairs
                (level, label), and no itemset holds a product with its own category.
            by: "basket", or "customer" for all that each identified customer bought.

        Raises:
            MissingRoleError: the lines lack baskets, products or the attribute.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.segmentation import Baskets
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=["ann", "ann", "bob"],
            ...     time=["2026-01-02"] * 3,
            ...     basket=[1, 1, 2],
            ...     product=["milk", "bread", "milk"],
            ... )
            >>> Baskets.from_transactions(tx)
            Baskets(2 baskets of 2 products, 1.5 in each on average)
        """
        check.instance(tx, Transactions, "tx", _WAY_TO_LINES)
        check.choice(by, BasketUnit, "by")
        levels = (level,) if isinstance(level, str) else tuple(level)
        entries, facts = entries_of_lines(tx, levels, by)
        kind = tx.frame_kind
        return cls._of(entries, unit=by, levels=levels, source=tx, frame_kind=kind, **facts)

    @classmethod
    def from_arrays(cls, *, basket: ArrayLike, product: ArrayLike) -> Self:
        """Make baskets of two equally long arrays or columns: entry by entry, basket and product.

        Entries of one basket may stand anywhere. A basket without products has no entry and does
        not count; there are `from_lists` and `from_matrix` for that.

        Args:
            basket: ids of any type that `Transactions` takes.
            product: likewise.

        Raises:
            InvalidArgumentError: arrays of different lengths.
            InvalidDataError: ids that are missing or of mixed types.

        Examples:
            >>> from crmkit.segmentation import Baskets
            >>> Baskets.from_arrays(basket=[7, 7, 9], product=["milk", "bread", "milk"])
            Baskets(2 baskets of 2 products, 1.5 in each on average)
        """
        entries, ids = entries_of_arrays(basket, product)
        return cls._of(entries, ids=ids)

    @classmethod
    def from_lists(
        cls, lists: Iterable[Iterable[Any]], *, products: Sequence[Any] | LabelArray | None = None
    ) -> Self:
        """Make baskets of lists of products; an empty list is an empty basket and counts.

        Args:
            lists: one iterable of labels for each basket; read once.
            products: the catalogue, e.g. `baskets.products` of other baskets. Labels it does not
                have are left out and named in `unknown`. All labels, in label order, if not given.

        Raises:
            InvalidDataError: a basket is no list (a text, say), or a product is missing.

        Examples:
            >>> from crmkit.segmentation import Baskets
            >>> Baskets.from_lists([["milk", "bread"], ["milk"]]).products
            array(['bread', 'milk'], dtype=object)
        """
        entries, unknown = entries_of_lists(lists, products)
        return cls._of(entries, unknown=unknown)

    @classmethod
    def from_matrix(
        cls,
        matrix: NDArray[Any] | sparse.sparray | sparse.spmatrix | IntoFrame,
        *,
        products: Sequence[Any] | LabelArray | None = None,
    ) -> Self:
        """Make baskets of a table of basket x product that holds 0 and 1 (or False and True).

        Args:
            matrix: a scipy sparse matrix of any format, an array of two dimensions, or a one-hot
                frame. Zeros that are stored do not count, repeated coordinates count once.
            products: labels of the columns: a frame's column names or 0, 1, ... if not given.

        Raises:
            InvalidDataError: other values than 0 and 1; the first is named with its place.
            InvalidArgumentError: not two dimensions, or not one label for each column.

        Examples:
            >>> import numpy as np
            >>> from crmkit.segmentation import Baskets
            >>> Baskets.from_matrix(np.eye(3, dtype=bool), products=["ale", "bun", "cod"])
            Baskets(3 baskets of 3 products, 1.0 in each on average)
        """
        return cls._of(entries_of_matrix(matrix, products))

    @classmethod
    def _of(cls, entries: Entries, **facts: Any) -> Self:
        table = incidence(entries.rows, entries.items, entries.n_rows, len(entries.products))
        return cls(starts=table.starts, items=table.items, products=entries.products, **facts)

    @property
    def incidence(self) -> Incidence:
        """The rows as kernels take them."""
        return Incidence(self.starts, self.items, len(self.products))

    def __len__(self) -> int:
        """How many baskets, empty ones included."""
        return len(self.starts) - 1

    def __repr__(self) -> str:
        """How many baskets, products, and how full they are."""
        mean = len(self.items) / len(self) if len(self) else 0.0
        left_out = (
            (self.without_purchase, self.unit, " without a purchase"),
            (self.unlabelled_lines, "line", " without a label"),
            (len(self.unknown), "unknown label", ""),
        )
        notes = "".join(f"; {check.counted(n, noun)}{why}" for n, noun, why in left_out if n)
        return (
            f"Baskets({check.counted(len(self), self.unit)} of"
            f" {check.counted(len(self.products), 'product')}, {mean:.1f} in each on"
            f" average{notes})"
        )

    def containing(self, items: Iterable[Any]) -> IntArray:
        """Return the rows (int64, ascending) that hold all of some products.

        Args:
            items: labels of `products`.

        Raises:
            InvalidArgumentError: a label that no product has; near ones are offered.

        Examples:
            >>> from crmkit.segmentation import Baskets
            >>> Baskets.from_lists([["milk", "bread"], ["milk"], ["bread"]]).containing(["milk"])
            array([0, 1])
        """
        wanted = np.unique(codes_in(self.products, items))
        there = np.isin(self.items, wanted)
        held = np.bincount(self.incidence.rows()[there], minlength=len(self))
        return np.flatnonzero(held == len(wanted))

    def where(self, mask: BoolArray) -> Self:
        """Return some of the baskets; the catalogue stays.

        Args:
            mask: one boolean for each basket.

        Raises:
            InvalidArgumentError: the mask is not one boolean per basket.

        Examples:
            >>> import numpy as np
            >>> from crmkit.segmentation import Baskets
            >>> baskets = Baskets.from_lists([["milk", "bread"], ["milk"], ["bread"]])
            >>> len(baskets.where(np.array([True, False, True])))
            2
        """
        rows = check.line_mask(mask, len(self), self.unit)
        sizes = np.diff(self.starts)
        return attrs.evolve(
            self,
            starts=np.append(0, np.cumsum(sizes[rows])),
            items=self.items[np.repeat(rows, sizes)],
            ids=None if self.ids is None else self.ids[rows],
            source=None,
        )
