"""The door of the lines: a frame's columns are checked all together and encoded once."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np

from crmkit.data import frames
from crmkit.data.codes import Codes
from crmkit.data.columns import Columns
from crmkit.data.decimals import Decimals
from crmkit.data.problems import Dropped
from crmkit.data.reader import ColumnReader, require_columns
from crmkit.typing import FrameKind, IntoFrame, OnInvalid, TimeArray

_NUMBERS = ("quantity", "amount", "cost")
_MUST_HAVE_ID = ("basket", "product")
_DROP = "Or leave such rows out, counted in tx.dropped: on_invalid='drop'."


@attrs.frozen(kw_only=True, eq=False)
class Admitted:
    """What came through the door."""

    time: TimeArray
    ids: Mapping[str, Codes]
    numbers: Mapping[str, Decimals]
    kind: FrameKind
    dropped: Dropped


def admit(frame: IntoFrame, columns: Columns, on_invalid: OnInvalid) -> Admitted:
    """Read, check and encode the columns of a frame; one error names everything wrong with it."""
    opened = frames.open_frame(frame)
    available = opened.collect_schema().names()
    require_columns(columns.required(), available, "Say which is which with Columns(...).")
    wanted = columns.present(available)
    table = frames.collect(opened, list(dict.fromkeys(wanted.values())))
    reader = ColumnReader(table)
    admitted = _read(reader, wanted)
    if not reader.problems:
        reader.warn()
        return admitted
    reader.problems.raise_unreadable()
    if on_invalid == "raise":
        reader.problems.raise_all(_DROP)
    kept = ColumnReader(table.filter(reader.problems.good.tolist()))
    admitted = _read(kept, wanted)
    kept.warn()
    return attrs.evolve(admitted, dropped=reader.problems.dropped())


def _read(reader: ColumnReader, wanted: Mapping[str, str]) -> Admitted:
    time = reader.times("time", wanted["time"])
    reader.problems.rows("time", wanted["time"], "missing", np.isnat(time), "A line needs a time.")
    numbers = {r: reader.numbers(r, column) for r, column in wanted.items() if r in _NUMBERS}
    others = {r: column for r, column in wanted.items() if r != "time" and r not in _NUMBERS}
    ids = {r: reader.ids(r, column, if_missing=_remedy(r)) for r, column in others.items()}
    kind = frames.kind_of(reader.table)
    return Admitted(time=time, ids=ids, numbers=numbers, kind=kind, dropped=Dropped())


def _remedy(role: str) -> str | None:
    """What to do about lines without the id; None where they are legal."""
    if role in _MUST_HAVE_ID:
        return f"Give such lines a {role} of their own, e.g. fill with 'unknown'."
    return None
