"""The door of customer tables: figures that another system has computed, checked all together."""

from __future__ import annotations

from typing import NamedTuple, get_args

import attrs
import numpy as np

from crmkit.data import frames
from crmkit.data.codes import Codes
from crmkit.data.decimals import Decimals
from crmkit.data.problems import Problems
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
    returned_amount: Decimals | None
    kind: FrameKind


class Window(NamedTuple):
    """The days that figures are of; *since* is None where nobody said it."""

    since: np.datetime64 | None
    until: np.datetime64
    as_of: np.datetime64


def read_figures(frame: IntoFrame, window: Window) -> Figures:
    """Read and check a customer table; one error names everything wrong with it."""
    opened = frames.open_frame(frame)
    available = opened.collect_schema().names()
    require_columns(_REQUIRED, available, "Rename yours to these.")
    known = {*_REQUIRED, *(name for name in get_args(SummaryFigure) if name in available)}
    reader = ColumnReader(frames.collect(opened, sorted(known)))
    figures = _figures(reader, known)
    _note_repeats(reader, figures.customer)
    _note_disorder(reader, figures)
    _note_zeros(reader, figures)
    for name, days in (("last_day", figures.last_day), ("first_day", figures.first_day)):
        if days is not None:
            _note_outside(reader.problems, name, days, window)
    if reader.problems:
        reader.problems.raise_all()
    reader.warn()
    return figures


def _figures(reader: ColumnReader, known: set[str]) -> Figures:
    return Figures(
        customer=reader.ids("customer", "customer", if_missing="A row needs a customer."),
        last_day=_days(reader, "last_day"),
        first_day=_days(reader, "first_day") if "first_day" in known else None,
        purchase_days=_counts(reader, "purchase_days") if "purchase_days" in known else None,
        baskets=_counts(reader, "baskets") if "baskets" in known else None,
        amount=reader.numbers("amount", "amount") if "amount" in known else None,
        returned_amount=_returned(reader) if "returned_amount" in known else None,
        kind=frames.kind_of(reader.table),
    )


def _days(reader: ColumnReader, name: str) -> DayArray:
    return reader.times(name, name).astype("datetime64[D]")


def _returned(reader: ColumnReader) -> Decimals:
    returned = reader.numbers("returned_amount", "returned_amount")
    remedy = "Money of returns is given as a positive number."
    reader.problems.rows(
        "returned_amount", "returned_amount", "negative", returned.units < 0, remedy
    )
    return returned


def _note_outside(problems: Problems, name: str, days: DayArray, window: Window) -> None:
    since, until, as_of = window
    late, after = days > as_of, (days >= until) & (days <= as_of)
    ask = "Summarise up to that day, or ask about a later one."
    problems.rows(name, name, f"later than as_of={as_of}", late, ask)
    problems.rows(name, name, f"not before until={until}", after, "Summarise up to that day.")
    if since is not None:
        early = "Summarise the lines from that day on, or say an earlier since."
        problems.rows(name, name, f"earlier than since={since}", days < since, early)


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


def _note_zeros(reader: ColumnReader, figures: Figures) -> None:
    for name, counts in (("purchase_days", figures.purchase_days), ("baskets", figures.baskets)):
        if counts is not None:
            never = (counts == 0) & ~np.isnat(figures.last_day)
            reader.problems.rows(name, name, "0 despite a last_day", never, "Count that one too.")


def _note_disorder(reader: ColumnReader, figures: Figures) -> None:
    if figures.first_day is not None:
        wrong = figures.first_day > figures.last_day
        reader.problems.rows("first_day", "first_day", "later than last_day", wrong, "Swap them?")
