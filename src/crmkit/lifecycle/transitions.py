"""Which products moved from one stage to another between two days?"""

from __future__ import annotations

from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data import Labels
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.typing import CodeArray, IntArray, LabelArray

_NEW: Final = "new"
_GONE: Final = "gone"


@attrs.frozen(kw_only=True, repr=False)
class StageTransitions(Answer):
    """Stages of products then and now, those that are new or gone included.

    As a frame: one row per pair that occurs: earlier, later, products.

    Attributes:
        names: the stages, in their order, then "indeterminate".
        product: shape (products,), ids in either answer.
        earlier: shape (products,), int32, stage then; -1 for a new product.
        later: shape (products,), int32, stage now; -1 for one that is gone.

    Examples:
        >>> from crmkit.data import ProductPeriods
        >>> from crmkit.lifecycle import stages
        >>> weeks = [[4, 9, 31, 68, 99, 95, 81, 50, 29, 16]]
        >>> then = stages(ProductPeriods.from_matrix([row[:2] for row in weeks]))
        >>> stages(ProductPeriods.from_matrix(weeks)).transitions(then).to_frame()
                earlier    later  products
        0  introduction  decline         1
    """

    names: tuple[str, ...]
    product: LabelArray = array()
    earlier: CodeArray = array()
    later: CodeArray = array()

    def __len__(self) -> int:
        """How many products."""
        return len(self.product)

    def __repr__(self) -> str:
        """How many products moved on, moved back, are new or gone."""
        there = (self.earlier >= 0) & (self.later >= 0)
        moved = int(np.count_nonzero(there & (self.earlier != self.later)))
        new, gone = (int(np.count_nonzero(side < 0)) for side in (self.earlier, self.later))
        return (
            f"StageTransitions({check.counted(len(self), 'product')}: {moved:,} moved,"
            f" {len(self.backward()):,} of them backward; {new:,} new, {gone:,} gone)"
        )

    def counts(self) -> IntArray:
        """Count products by stage then (rows, the last for new) and now (the last for gone).

        Examples:
            >>> from crmkit.data import ProductPeriods
            >>> from crmkit.lifecycle import stages
            >>> found = stages(ProductPeriods.from_matrix([[4, 9, 31, 68, 99, 95, 81, 50, 29, 16]]))
            >>> found.transitions(found).counts().diagonal()
            array([0, 0, 0, 1, 0, 0])
        """
        width = len(self.names) + 1
        cells = (self.earlier % width).astype(np.int64) * width + self.later % width
        return np.bincount(cells, minlength=width * width).reshape(width, width)

    def moved(self, earlier: str, later: str) -> LabelArray:
        """Return the products that were in one stage and are in another.

        Args:
            earlier: a stage, "indeterminate" or "new".
            later: a stage, "indeterminate" or "gone".

        Raises:
            InvalidArgumentError: there is no such stage.

        Examples:
            >>> from crmkit.data import ProductPeriods
            >>> from crmkit.lifecycle import stages
            >>> found = stages(ProductPeriods.from_matrix([[4, 9, 31, 68, 99, 95, 81, 50, 29, 16]]))
            >>> found.transitions(found).moved("decline", "growth")
            array([], dtype=int64)
        """
        then = self.earlier == self._code(earlier, _NEW)
        ids: LabelArray = self.product[then & (self.later == self._code(later, _GONE))]
        return ids

    def backward(self) -> LabelArray:
        """Return the products that went back to an earlier stage: a relaunch, a season, an error.

        Examples:
            >>> from crmkit.data import ProductPeriods
            >>> from crmkit.lifecycle import stages
            >>> found = stages(ProductPeriods.from_matrix([[4, 9, 31, 68, 99, 95, 81, 50, 29, 16]]))
            >>> len(found.transitions(found).backward())
            0
        """
        known = (self.later >= 0) & (self.earlier < len(self.names) - 1)
        ids: LabelArray = self.product[known & (self.later < self.earlier)]
        return ids

    def _code(self, name: str, absent: str) -> int:
        allowed = (*self.names, absent)
        if name not in allowed:
            raise InvalidArgumentError(
                f"there is no stage {name!r} here; there are {', '.join(allowed)}."
                + check.hint(name, allowed)
            )
        return -1 if name == absent else self.names.index(name)

    def _columns(self) -> dict[str, NDArray[Any]]:
        counts = self.counts()
        then, now = np.nonzero(counts)
        names = [np.array([*self.names, other], dtype=object) for other in (_NEW, _GONE)]
        return {"earlier": names[0][then], "later": names[1][now], "products": counts[then, now]}


def stage_transitions(earlier: Labels, later: Labels) -> StageTransitions:
    """Match the products of two answers by their ids."""
    gone = later.codes_of(earlier.ids) < 0
    product = np.concatenate([later.ids, earlier.ids[gone]])
    return StageTransitions(
        names=later.names,
        product=product,
        earlier=np.concatenate([earlier.codes_of(later.ids), earlier.codes[gone]]),
        later=np.concatenate([later.codes, np.full(np.count_nonzero(gone), -1, dtype=np.int32)]),
        frame_kind=later.frame_kind,
    )
