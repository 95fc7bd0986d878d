"""An id column as dense integer codes and the labels they stand for."""

from __future__ import annotations

from functools import cached_property
from typing import Self

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.grouping import occurring
from crmkit.errors import InvalidArgumentError
from crmkit.typing import BoolArray, CodeArray, IntArray, LabelArray


@attrs.frozen(repr=False)
class Codes:
    """Ids encoded once: `labels[codes]` are the ids again, and code -1 is "unknown".

    Labels stand in label order (numbers by value, text by code point, an ordered categorical as
    declared), never in order of appearance, so no answer depends on the order of the rows. After
    `where` some labels may be unused; `n_used` counts those that occur. The constructor keeps the
    arrays it is given; they must not change afterwards.

    Attributes:
        codes: shape (lines,), int32.
        labels: shape (labels,), the distinct ids: int64, uint64, or objects (str, UUID, bool).

    Examples:
        >>> import crmkit as ck
        >>> tx = ck.Transactions.from_arrays(customer=["bob", "ann"], time=["2026-01-02"] * 2)
        >>> tx.customer.codes, tx.customer.labels
        (array([1, 0], dtype=int32), array(['ann', 'bob'], dtype=object))
    """

    codes: CodeArray = array()
    labels: LabelArray = array()

    def __repr__(self) -> str:
        """How many lines, different ids, and lines without one."""
        facts = [check.counted(len(self), "line"), check.counted(self.n_used, "id")]
        if self.missing.any():
            facts.append(f"{np.count_nonzero(self.missing):,} missing")
        return f"Codes({', '.join(facts)})"

    def __len__(self) -> int:
        """How many lines."""
        return len(self.codes)

    def __getitem__(self, rows: BoolArray | IntArray | CodeArray) -> Self:
        """Return the codes of some lines; the labels stay."""
        return attrs.evolve(self, codes=self.codes[rows])

    @cached_property
    def missing(self) -> BoolArray:
        """Which lines have no id; boolean, one per line."""
        return self.codes < 0

    @cached_property
    def used(self) -> BoolArray:
        """Which labels occur; boolean, one per label."""
        return occurring(self.codes, len(self.labels))

    @property
    def n_used(self) -> int:
        """How many different ids occur."""
        return int(np.count_nonzero(self.used))

    def code_of(self, label: object) -> int:
        """Return the code of one label.

        Raises:
            InvalidArgumentError: there is no such label.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=["bob", "ann"], time=["2026-01-02"] * 2)
            >>> tx.customer.code_of("bob")
            1
        """
        found = np.flatnonzero(self.labels == label)
        if len(found) == 0:
            raise InvalidArgumentError(f"{label!r} is none of the {len(self.labels):,} labels.")
        return int(found[0])

    def decode(self) -> LabelArray:
        """Return the ids of the lines; a numpy masked array if some are unknown.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=["bob", None], time=["2026-01-02"] * 2)
            >>> tx.customer.decode().tolist()
            ['bob', None]
        """
        if not self.missing.any():
            return self.labels[self.codes]
        # An empty label array has nothing to index; all lines are unknown then.
        pool = self.labels if len(self.labels) else np.zeros(1, dtype=self.labels.dtype)
        return np.ma.MaskedArray(pool[self.codes], mask=self.missing)
