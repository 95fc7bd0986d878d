"""An id column as dense integer codes and the labels they stand for."""

from __future__ import annotations

from functools import cached_property
from typing import Self

import attrs
import numpy as np

from crmkit._fields import array
from crmkit._kernels.grouping import occurring
from crmkit.errors import InvalidArgumentError
from crmkit.typing import BoolArray, CodeArray, IntArray, LabelArray


@attrs.frozen
class Codes:
    """Ids encoded once: `labels[codes]` are the ids again, and code -1 is "unknown".

    Labels stand in label order (numbers by value, text by code point, an ordered categorical as
    declared), never in order of appearance, so no answer depends on the order of the rows. After
    `where` some labels may be unused; `n_used` counts those that occur.

    Attributes:
        codes: int32, one per line.
        labels: the distinct ids: int64, uint64, or objects (str, UUID, bool).

    Example:
        >>> import crmkit as ck
        >>> tx = ck.Transactions.from_arrays(customer=["bob", "ann"], time=["2026-01-02"] * 2)
        >>> tx.customer.codes, tx.customer.labels
        (array([1, 0], dtype=int32), array(['ann', 'bob'], dtype=object))
    """

    codes: CodeArray = array()
    labels: LabelArray = array()

    def __len__(self) -> int:
        """How many lines."""
        return len(self.codes)

    def __getitem__(self, rows: BoolArray | IntArray | CodeArray) -> Self:
        """Return the codes of some lines; the labels stay."""
        return attrs.evolve(self, codes=self.codes[rows])

    @cached_property
    def missing(self) -> BoolArray:
        """Which lines have no id."""
        return self.codes < 0

    @cached_property
    def used(self) -> BoolArray:
        """Which labels occur."""
        return occurring(self.codes, len(self.labels))

    @property
    def n_used(self) -> int:
        """How many different ids occur."""
        return int(np.count_nonzero(self.used))

    def code_of(self, label: object) -> int:
        """Return the code of one label.

        Raises:
            InvalidArgumentError: there is no such label.
        """
        found = np.flatnonzero(self.labels == label)
        if len(found) == 0:
            raise InvalidArgumentError(f"{label!r} is none of the {len(self.labels):,} labels.")
        return int(found[0])

    def decode(self) -> LabelArray:
        """Return the ids of the lines; a numpy masked array if some are unknown."""
        if not self.missing.any():
            return self.labels[self.codes]
        # An empty label array has nothing to index; all lines are unknown then.
        pool = self.labels if len(self.labels) else np.zeros(1, dtype=self.labels.dtype)
        return np.ma.MaskedArray(pool[self.codes], mask=self.missing)
