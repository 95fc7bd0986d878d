"""Two contributions side by side, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import FrozenMapping, array
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.data.encoding import RawIds, encode
from crmkit.data.problems import UnreadableError
from crmkit.errors import InvalidArgumentError
from crmkit.profitability.profit.rollup import ProfitRollup, shown
from crmkit.profitability.profit.waterfall import Waterfall
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray, LabelArray, ProfitFigure

STATUS: Final = ("both", "gone", "new")


@attrs.frozen(kw_only=True, repr=False)
class ProfitComparison(Answer):
    """What changed from one contribution to another, by customer, product ... or in all.

    An id of one of the two only is "gone" or "new": its other side is missing, not zero. Its change
    is all that it had or has, so that changes add up to the change of the whole; the status says
    so. The whole has a row "unallocated" too, which no id carries. For causes ask `drivers`.

    Attributes:
        ids: the ids, in label order, unknown ones last; None for the shop as a whole.
        by: what they are.
        status: 0 in both, 1 gone, 2 new.
        earlier: by figure, minor units; 0 where the status is "new".
        later: the same; 0 where the status is "gone".
        digits: digits of the currency.

    Examples:
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
    earlier: Mapping[str, IntArray] = attrs.field(converter=FrozenMapping[IntArray], eq=False)
    later: Mapping[str, IntArray] = attrs.field(converter=FrozenMapping[IntArray], eq=False)
    digits: int

    __hash__ = None  # type: ignore[assignment]

    @property
    def changes(self) -> Mapping[str, IntArray]:
        """By figure, later less earlier, minor units."""
        return FrozenMapping({name: self.later[name] - self.earlier[name] for name in self.later})

    def sides(self, figure: ProfitFigure | Literal["unallocated"]) -> tuple[FloatArray, FloatArray]:
        """Return a figure before and after, in major units; NaN on the side where an id is not.

        Raises:
            InvalidArgumentError: neither contribution has that figure.

        Examples:
            >>> import crmkit as ck
            >>> from crmkit.profitability import CostModel, contribution
            >>> tx = ck.Transactions.from_arrays(
            ...     customer=["ann", "bob"], time=["2026-01-03", "2026-02-03"], amount=[20, 5]
            ... )
            >>> january = contribution(tx.between("2026-01-01", "2026-02-01"), CostModel())
            >>> february = contribution(tx.between("2026-02-01", "2026-03-01"), CostModel())
            >>> january.compare(february, by="customer").sides("net_sales")
            (array([20., nan]), array([nan,  5.]))
        """
        if figure not in self.later:
            raise InvalidArgumentError(
                f"neither contribution has a figure {figure!r}; there are {', '.join(self.later)}."
                + check.hint(figure, self.later)
            )
        scale = 10.0**self.digits
        return (
            np.where(self.status == STATUS.index("new"), np.nan, self.earlier[figure] / scale),
            np.where(self.status == STATUS.index("gone"), np.nan, self.later[figure] / scale),
        )

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
    codes = _matched(earlier.keys[by], later.keys[by], by)
    # Each id has at most one row on either side; unknown ids are one row, the last.
    rows = np.where(codes.codes < 0, len(codes.labels), codes.codes)
    before, after = rows[: len(earlier)], rows[len(earlier) :]
    there = np.zeros((2, len(codes.labels) + 1), dtype=np.bool_)
    there[0, before], there[1, after] = True, True
    kept = np.asarray(there.any(axis=0))
    figures = shown({**earlier.steps, **later.steps})
    status = np.where(there.all(axis=0), 0, np.where(there[0], 1, 2))
    numbers = np.append(np.arange(len(codes.labels)), -1).astype(np.int32)
    return ProfitComparison(
        ids=Codes(numbers[kept], codes.labels).decode(),
        by=by,
        status=status[kept].astype(np.int32),
        earlier={name: _placed(earlier.minor(name), before, kept) for name in figures},
        later={name: _placed(later.minor(name), after, kept) for name in figures},
        digits=later.digits,
        frame_kind=later.frame_kind,
    )


def _matched(earlier: Codes, later: Codes, by: str) -> Codes:
    """Encode the ids of both sides as one column."""
    parts = [np.ma.asarray(codes.decode()) for codes in (earlier, later)]
    # As objects where the types differ: numpy would make floats of signed and unsigned integers.
    kinds = {part.dtype for part in parts}
    data = [part.data if len(kinds) == 1 else part.data.astype(object) for part in parts]
    missing = np.concatenate([np.ma.getmaskarray(part) for part in parts])
    try:
        return encode(RawIds(values=np.concatenate(data), missing=missing))
    except UnreadableError as error:
        raise InvalidArgumentError(
            f"the {by} {error}: those of the two contributions cannot be matched. Read both"
            " columns as the same type."
        ) from error


def _placed(amounts: IntArray, rows: IntArray, kept: BoolArray) -> IntArray:
    placed = np.zeros(len(kept), dtype=np.int64)
    placed[rows] = amounts
    return placed[kept]


def compared_whole(earlier: Waterfall, later: Waterfall) -> ProfitComparison:
    """Compare two shops as wholes: every figure that is there in one of them."""
    names = [
        name
        for name, subtotal, one, two in zip(
            later.figure, later.is_subtotal, earlier.amounts, later.amounts, strict=True
        )
        if subtotal or one or two or name == "unallocated"
    ]
    at = {name: place for place, name in enumerate(later.figure)}
    return ProfitComparison(
        ids=None,
        by=None,
        status=np.zeros(1, dtype=np.int32),
        earlier={name: earlier.amounts[at[name] : at[name] + 1] for name in names},
        later={name: later.amounts[at[name] : at[name] + 1] for name in names},
        digits=later.digits,
        frame_kind=later.frame_kind,
    )
