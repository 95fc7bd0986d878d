"""The door of customer tables: figures that another system has computed, checked all together."""

from __future__ import annotations

from typing import get_args

import attrs
import numpy as np

from crmkit.data import frames
from crmkit.data.codes import Codes
from crmkit.data.decimals import Decimals
from crmkit.data.reader import ColumnReader, require_columns
from crmkit.typing import BoolArray, DayArray, FrameKind, IntArray, IntoFrame, SummaryFigure

_REQUIRED = {"customer": "customer", "last_day": "last_day"}


@attrs.frozen(kw_only=True, eq=False)
class Figures:
    """What a customer table holds, in its own order; None for columns it does not have."""

    customer: Codes
    last_day: DayArray
    first_day: DayArray | None
    purchase_days: IntArray | None
    baskets: IntArray | None
    amount: Decimals | None
    kind: FrameKind


def read_figures(frame: IntoFrame, as_of: np.datetime64) -> Figures:
    """Read and check a customer table; one error names everything wrong with it."""
    opened = frames.open_frame(frame)
    available = opened.collect_schema().names()
    require_columns(_REQUIRED, available, "Rename yours to these.")
    known = {*_REQUIRED, *(name for name in get_args(SummaryFigure) if name in available)}
    reader = ColumnReader(frames.collect(opened, sorted(known)))
    figures = Figures(
        customer=reader.ids("customer", "customer", if_missing="A row needs a customer."),
        last_day=_days(reader, "last_day", as_of),
        first_day=_days(reader, "first_day", as_of) if "first_day" in known else None,
        purchase_days=_counts(reader, "purchase_days") if "purchase_days" in known else None,
        baskets=_counts(reader, "baskets") if "baskets" in known else None,
        amount=reader.numbers("amount", "amount") if "amount" in known else None,
        kind=frames.kind_of(reader.table),
    )
    _note_repeats(reader, figures.customer)
    _note_disorder(reader, figures)
    for name, counts in (("purchase_days", figures.purchase_days), ("baskets", figures.baskets)):
        if counts is not None:
            never = (counts == 0) & ~np.isnat(figures.last_day)
            reader.problems.rows(name, name, "0 despite a last_day", never, "Count that one too.")
    if reader.problems:
        reader.problems.raise_all()
    return figures


def _days(reader: ColumnReader, name: str, as_of: np.datetime64) -> DayArray:
    days = reader.times(name, name).astype("datetime64[D]")
    remedy = "Summarise up to that day, or ask about a later one."
    reader.problems.rows(name, name, f"later than as_of={as_of}", days > as_of, remedy)
    return days


def _counts(reader: ColumnReader, name: str) -> IntArray:
    numbers = reader.numbers(name, name)
    values = numbers.values
    odd = (values < 0) | (values != np.rint(values))
    remedy = "A count is a whole number, 0 or more."
    reader.problems.rows(name, name, "negative or fractional", odd, remedy)
    return values.astype(np.int64)


def _note_repeats(reader: ColumnReader, customer: Codes) -> None:
    repeats = _repeats(customer)
    remedy = "Each customer must have one row; sum them first."
    reader.problems.rows("customer", "customer", "repeated", repeats, remedy)


def _repeats(customer: Codes) -> BoolArray:
    repeats = np.ones(len(customer), dtype=np.bool_)
    repeats[np.unique(customer.codes, return_index=True)[1]] = False
    return repeats & ~customer.missing


def _note_disorder(reader: ColumnReader, figures: Figures) -> None:
    if figures.first_day is not None:
        wrong = figures.first_day > figures.last_day
        reader.problems.rows("first_day", "first_day", "later than last_day", wrong, "Swap them?")
