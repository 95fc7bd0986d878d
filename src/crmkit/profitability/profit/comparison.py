"""Two contributions side by side, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import FrozenMapping, array
from crmkit.data.answers import Answer
from crmkit.data.encoding import RawIds, encode
from crmkit.profitability.profit.rollup import ProfitRollup
from crmkit.profitability.profit.steps import waterfall_order
from crmkit.profitability.profit.waterfall import Waterfall
from crmkit.typing import CodeArray, IntArray, LabelArray

STATUS: Final = ("both", "gone", "new")


@attrs.frozen(kw_only=True, repr=False)
class ProfitComparison(Answer):
    """What changed from one contribution to another, by customer, product ... or in all.

    Ids that are in one of the two only are "gone" or "new": their other side is nothing, not a
    measured zero. For causes ask `drivers`.

    Attributes:
        ids: the ids; None for the shop as a whole.
        by: what they are.
        status: 0 in both, 1 gone, 2 new.
        changes: by step, later less earlier, minor units.
        digits: digits of the currency.

    Example:
        >>> import crmkit as ck
        >>> from crmkit.profitability import CostModel, PercentOfSales, contribution
        >>> tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], amount=[20])
        >>> now = contribution(tx, CostModel())
        >>> dearer = contribution(tx, CostModel(payment=PercentOfSales("0.02")))
        >>> now.compare(dearer).changes["payment"]
        array([-40])
    """

    ids: LabelArray | None
    by: str | None
    status: CodeArray = array()
    changes: Mapping[str, IntArray] = attrs.field(converter=FrozenMapping[IntArray], eq=False)
    digits: int

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """How many rows."""
        return len(self.status)

    def __repr__(self) -> str:
        """How many rows of which kind."""
        counts = np.bincount(self.status, minlength=3)
        said = ", ".join(f"{n:,} {name}" for n, name in zip(counts, STATUS, strict=True))
        whole = "the whole" if self.by is None else f"by {self.by}: {said}"
        return f"ProfitComparison({check.counted(len(self), 'row')}, {whole})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        columns: dict[str, NDArray[Any]] = {}
        if self.ids is not None and self.by is not None:
            columns = {self.by: self.ids, "status": np.array(STATUS, dtype=object)[self.status]}
        scale = 10.0**self.digits
        return columns | {step: change / scale for step, change in self.changes.items()}


def compared(earlier: ProfitRollup, later: ProfitRollup, by: str) -> ProfitComparison:
    """Compare two rollups by one field, matched by label."""
    labels = [np.ma.asarray(r.keys[by].decode()) for r in (earlier, later)]
    masks = [np.ma.getmaskarray(part) for part in labels]
    together = np.concatenate([part.data for part in labels])
    codes = encode(RawIds(values=together, missing=np.concatenate(masks)))
    unknown = len(codes.labels)
    rows = np.where(codes.codes < 0, unknown, codes.codes)
    before, after = rows[: len(earlier)], rows[len(earlier) :]
    there = np.zeros((2, unknown + 1), dtype=np.bool_)
    there[0, before], there[1, after] = True, True
    kept = np.flatnonzero(there.any(axis=0))
    names = np.append(codes.labels, codes.labels[:1] if unknown else [None])
    changes: dict[str, IntArray] = {}
    for figure in waterfall_order():
        change = np.zeros(unknown + 1, dtype=np.int64)
        change[after] += later.minor(figure)
        change[before] -= earlier.minor(figure)
        if change.any():
            changes[figure] = change[kept]
    ids: Any = np.ma.MaskedArray(names[kept], mask=kept == unknown)
    return ProfitComparison(
        ids=ids if ids.mask.any() else ids.data,
        by=by,
        status=np.where(there.all(axis=0), 0, np.where(there[0], 1, 2))[kept].astype(np.int32),
        changes=changes,
        digits=later.digits,
        frame_kind=later.frame_kind,
    )


def compared_whole(earlier: Waterfall, later: Waterfall) -> ProfitComparison:
    """Compare two shops as wholes, every figure of the waterfall."""
    change = later.amounts - earlier.amounts
    return ProfitComparison(
        ids=None,
        by=None,
        status=np.zeros(1, dtype=np.int32),
        changes={name: change[at : at + 1] for at, name in enumerate(later.figure) if change[at]},
        digits=later.digits,
        frame_kind=later.frame_kind,
    )
