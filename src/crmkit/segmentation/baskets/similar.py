"""Which products do the same customers buy?"""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import attrs
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.grouping import changes
from crmkit._kernels.itemsets.counting import set_counts
from crmkit._kernels.itemsets.incidence import Incidence
from crmkit._kernels.itemsets.sharing import Shared, only_items, shared_rows
from crmkit._kernels.ragged import positions_within
from crmkit.data import Transactions
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.metrics import RuleCounts, metric
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray, LabelArray, Similarity


@attrs.frozen(kw_only=True, repr=False)
class SimilarProducts(Answer):
    """For each product those that the same customers buy, the most similar first.

    As a frame: product, other, customers (who bought both), customers_product, customers_other,
    similarity, rank, and basket_lift where baskets are known. Of two products of the same customers
    the lift tells what they are to each other: above 1 they are bought together, complements; below
    1 one or the other, substitutes.

    Attributes:
        products: the catalogue.
        product: code of the one product, int32; by code, then by rank.
        other: code of the similar one, int32.
        customers: customers who bought both, int64.
        customers_product: customers who bought the one.
        customers_other: customers who bought the other.
        similarity: how alike their customers are.
        rank: 1 for the most similar; equal similarities share a rank, int64.
        by: what similarity is: "cosine", "jaccard" or "yule_q".
        n_customers: all customers who bought anything.
        n_products: products with enough customers to be compared.
        k: the largest rank asked for; None for all.
        min_similarity: the least similarity asked for; None for any.
        min_customers: the fewest customers that a product had to have.
        level: what products are: "product" or an attribute.
        baskets: counts in baskets of each pair; None if baskets are unknown.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.segmentation import similar_products
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann", "ann", "bob", "bob", "cem"],
        ...     time=["2026-01-02"] * 5,
        ...     product=["cola", "pepsi", "cola", "pepsi", "tea"],
        ... )
        >>> similar_products(tx, min_customers=1)
        SimilarProducts(2 pairs by cosine of 3 products bought by 3 customers)
    """

    products: LabelArray = array()
    product: CodeArray = array()
    other: CodeArray = array()
    customers: IntArray = array()
    customers_product: IntArray = array()
    customers_other: IntArray = array()
    similarity: FloatArray = array()
    rank: IntArray = array()
    by: Similarity
    n_customers: int
    n_products: int
    k: int | None
    min_similarity: float | None
    min_customers: int
    level: str = "product"
    baskets: RuleCounts | None = None

    def __len__(self) -> int:
        """How many pairs; one product with the other and the other with the one are two."""
        return len(self.product)

    def __repr__(self) -> str:
        """How many pairs, by what, and of how many products and customers."""
        return (
            f"SimilarProducts({check.counted(len(self), 'pair')} by {self.by} of"
            f" {check.counted(self.n_products, 'product')} bought by"
            f" {check.counted(self.n_customers, 'customer')})"
        )

    @property
    def basket_lift(self) -> FloatArray | None:
        """How much more often than by chance the two are in one basket; None if not known."""
        return None if self.baskets is None else metric("lift", self.baskets).astype(np.float64)

    def matrix(self) -> sparse.csr_array:
        """Return the similarities as a sparse table, products x products in catalogue order.

        Pairs that were not asked for are absent; with *k*, b may be among the most similar of a
        and not a among those of b.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.segmentation import similar_products
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 1], time=["2026-01-02"] * 2, product=["cola", "pepsi"]
            ... )
            >>> similar_products(tx, min_customers=1).matrix().toarray()
            array([[0., 1.],
                   [1., 0.]])
        """
        shape = (len(self.products), len(self.products))
        return sparse.csr_array((self.similarity, (self.product, self.other)), shape=shape)

    def where(self, mask: BoolArray) -> Self:
        """Return some of the pairs, with the ranks they have among all.

        Args:
            mask: one boolean for each pair.

        Raises:
            InvalidArgumentError: the mask is not one boolean per pair.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.segmentation import similar_products
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=[1, 1, 2, 2],
            ...     time=["2026-01-02"] * 4,
            ...     basket=[1, 2, 3, 4],
            ...     product=["cola", "pepsi", "cola", "pepsi"],
            ... )
            >>> alike = similar_products(tx, min_customers=1)
            >>> substitutes = alike.where(alike.basket_lift < 0.5)
            >>> len(alike), len(substitutes)
            (2, 2)
        """
        rows = check.line_mask(mask, len(self))
        columns = ("product", "other", "customers", "customers_product", "customers_other")
        parts = {name: getattr(self, name)[rows] for name in (*columns, "similarity", "rank")}
        return attrs.evolve(self, **parts, baskets=_some(self.baskets, rows))

    def _columns(self) -> dict[str, NDArray[Any]]:
        pair = {"product": self.products[self.product], "other": self.products[self.other]}
        figures = ("customers", "customers_product", "customers_other", "similarity", "rank")
        lift = self.basket_lift
        known = {} if lift is None else {"basket_lift": lift}
        return pair | {name: getattr(self, name) for name in figures} | known


def similar_products(
    tx: Transactions,
    *,
    by: Similarity = "cosine",
    k: int | None = 10,
    min_similarity: float | None = None,
    min_customers: int = 20,
    level: str = "product",
) -> SimilarProducts:
    """Find for each product those that the same customers buy, in one visit or in several.

    Products are compared by who bought them at all in the time of the lines; guests cannot be
    followed and are left out. Lift is over all baskets, guests' included. Pairs that no customer
    shares are never in the answer. Equal similarities share a rank, and of those at rank *k* all
    are kept, however many.

    Args:
        tx: till lines with customers and products.
        by: "cosine", shared customers over the root of the product of both; "jaccard", shared
            customers over those of either; "yule_q", (odds ratio - 1) / (odds ratio + 1), where 0
            is what chance brings and a product that all customers buy is like none. The first two
            favour products that nearly everybody buys, Yule's Q favours rare ones.
        k: the most similar ones of each product; None for all.
        min_similarity: the least similarity; None for any. Give *k* or this or both.
        min_customers: products with fewer customers are left out: two products of one and the
            same customer are as alike as can be, and tell nothing.
        level: "product" or an attribute such as "brand".

    Raises:
        MissingRoleError: the lines lack products or the attribute.
        InvalidArgumentError: an option outside its domain, or neither *k* nor *min_similarity*.

    Time: the sum over customers of the square of how many products they bought; baskets / 64 for
    each pair found. Memory: some 300 MB and 100 bytes for each pair found, whatever the number of
    products.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.segmentation import similar_products
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann", "ann", "bob", "bob", "cem"],
        ...     time=["2026-01-02"] * 5,
        ...     basket=[1, 2, 3, 4, 5],
        ...     product=["cola", "pepsi", "cola", "pepsi", "cola"],
        ... )
        >>> frame = similar_products(tx, min_customers=1).to_frame()
        >>> frame[["product", "other", "customers", "similarity", "basket_lift"]]
          product  other  customers  similarity  basket_lift
        0    cola  pepsi          2    0.816497          0.0
        1   pepsi   cola          2    0.816497          0.0
    """
    check.instance(tx, Transactions, "tx", "Say Transactions.from_frame(frame, Columns(...)).")
    check.choice(by, Similarity, "by")
    if not isinstance(level, str):
        raise InvalidArgumentError(f"products are compared at one level; got {level!r}.")
    wanted = _wanted(by, k, min_similarity)
    fewest = check.whole_number(min_customers, "min_customers", at_least=1)
    buyers = Baskets.from_transactions(tx, level=level, by="customer")
    counts = buyers.incidence.counts()
    compared = np.flatnonzero(counts >= fewest)
    pairs = _similar_pairs(only_items(buyers.incidence, compared), wanted)
    product, other = compared[pairs.product], compared[pairs.other]
    return SimilarProducts(
        products=buyers.products,
        product=product.astype(np.int32),
        other=other.astype(np.int32),
        customers=pairs.customers,
        customers_product=counts[product],
        customers_other=counts[other],
        similarity=pairs.similarity,
        rank=pairs.rank,
        by=by,
        n_customers=len(buyers),
        n_products=len(compared),
        k=k,
        min_similarity=min_similarity,
        min_customers=fewest,
        level=level,
        baskets=_basket_counts(tx, level, product, other),
        frame_kind=tx.frame_kind,
    )


class _Wanted(NamedTuple):
    by: Similarity
    k: int
    least: float


def _wanted(by: Similarity, k: int | None, min_similarity: float | None) -> _Wanted:
    if k is None and min_similarity is None:
        raise InvalidArgumentError(
            "all pairs of products that share a customer would be very many; say k=10 for the most"
            " similar of each, or min_similarity=0.2 for all that are as similar."
        )
    least = -np.inf if min_similarity is None else check.number(min_similarity, "min_similarity")
    most = np.iinfo(np.int64).max if k is None else check.whole_number(k, "k", at_least=1)
    return _Wanted(by, int(most), float(least))


class _Pairs(NamedTuple):
    """Pairs of products by the product and by rank."""

    product: IntArray
    other: IntArray
    customers: IntArray
    similarity: FloatArray
    rank: IntArray

    def some(self, rows: BoolArray | NDArray[np.intp]) -> _Pairs:
        return _Pairs._make(column[rows] for column in self)


def _similar_pairs(source: Incidence, wanted: _Wanted) -> _Pairs:
    counts = source.counts()
    nothing = np.zeros(0, dtype=np.int64)
    none = _Pairs(nothing, nothing, nothing, np.zeros(0), nothing)
    blocks = (_similar(shared, counts, source.n_rows, wanted) for shared in shared_rows(source))
    found = [_ranked(block, wanted.k) for block in blocks]
    return _Pairs._make(map(np.concatenate, zip(none, *found, strict=True)))


def _similar(shared: Shared, counts: IntArray, n: int, wanted: _Wanted) -> _Pairs:
    """Return the pairs of a block that are similar enough; of each product k or a few more."""
    product = shared.first + shared.items.start
    tables = RuleCounts(
        both=shared.rows, antecedent=counts[product], consequent=counts[shared.second], n=n
    )
    similarity = metric(wanted.by, tables).astype(np.float64)
    possible = (product != shared.second) & (similarity >= wanted.least)
    rows = np.flatnonzero(possible & _near_the_top(shared.first, similarity, possible, wanted.k))
    rank = np.zeros(len(rows), dtype=np.int64)
    return _Pairs(product[rows], shared.second[rows], shared.rows[rows], similarity[rows], rank)


def _near_the_top(
    product: IntArray, similarity: FloatArray, possible: BoolArray, k: int
) -> BoolArray:
    """Mark the k possible pairs of each product that are most similar, and what ties with them."""
    # Similarities lie in -1 .. 1. One sort of plain numbers is ten times as fast as bringing all
    # pairs in order; rounding can only make more of them tie.
    keys = 4.0 * product - np.where(possible, similarity, -2.0)
    heads = np.flatnonzero(changes(product))
    sizes = np.diff(np.append(heads, len(product)))
    kth = np.sort(keys)[heads + np.minimum(sizes, k) - 1]
    return keys <= np.repeat(kth, sizes)


def _ranked(pairs: _Pairs, k: int) -> _Pairs:
    """Rank the pairs of each product and keep ranks up to k; equal ones share a rank."""
    pairs = pairs.some(np.lexsort((pairs.other, -pairs.similarity, pairs.product)))
    if len(pairs.product) == 0:
        return pairs
    place = _places(pairs.product)
    heads = np.flatnonzero(changes(pairs.product, pairs.similarity))
    ties = np.diff(np.append(heads, len(place)))
    rank = np.repeat(place[heads], ties) + 1
    return pairs._replace(rank=rank).some(rank <= k)


def _places(keys: IntArray) -> IntArray:
    """Return 0, 1, ... within each run of equal keys."""
    heads = np.flatnonzero(changes(keys))
    return positions_within(np.diff(np.append(heads, len(keys))))


def _basket_counts(
    tx: Transactions, level: str, product: IntArray, other: IntArray
) -> RuleCounts | None:
    """Count each pair in baskets, if there are any."""
    if tx.basket is None:
        return None
    baskets = Baskets.from_transactions(tx, level=level)
    counts = baskets.incidence.counts()
    # Both directions are one set.
    ordered = np.sort(np.stack([product, other], axis=1), axis=1).astype(np.int32)
    sets, which = np.unique(ordered, axis=0, return_inverse=True)
    single = np.zeros((0, 1), dtype=np.int32)
    both = set_counts(baskets.incidence, [single, sets])[1][which]
    return RuleCounts(
        both=both,
        antecedent=counts[product],
        consequent=counts[other],
        n=max(len(baskets), 1),  # without any basket there is no pair either
    )


def _some(counts: RuleCounts | None, rows: BoolArray) -> RuleCounts | None:
    if counts is None:
        return None
    return attrs.evolve(
        counts,
        both=counts.both[rows],
        antecedent=counts.antecedent[rows],
        consequent=counts.consequent[rows],
    )
