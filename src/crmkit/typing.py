"""The types of crmkit's signatures: arrays by dtype, days, and closed sets of words."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import narwhals.typing as nwt

__all__ = [
    "BoolArray",
    "CodeArray",
    "DayArray",
    "FloatArray",
    "Frame",
    "FrameKind",
    "Frequency",
    "IntArray",
    "IntoDay",
    "IntoFrame",
    "LabelArray",
    "Monetary",
    "NumberArray",
    "OnInvalid",
    "RfmMethod",
    "Role",
    "ScoreArray",
    "SummaryFigure",
    "TimeArray",
]

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
NumberArray: TypeAlias = NDArray[np.int64] | NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]
CodeArray: TypeAlias = NDArray[np.int32]
"""Dense codes 0 .. n-1 of an entity; -1 is "unknown"."""
ScoreArray: TypeAlias = NDArray[np.int8]
DayArray: TypeAlias = NDArray[np.datetime64]
"""datetime64[D]."""
TimeArray: TypeAlias = NDArray[np.datetime64]
"""datetime64[s], naive local time."""
LabelArray: TypeAlias = NDArray[np.int64] | NDArray[np.uint64] | NDArray[np.object_]
"""The distinct ids of an entity, in label order: integers, or objects (str, UUID)."""

IntoDay: TypeAlias = str | dt.date | np.datetime64
"""A calendar day: "2026-03-01", a date, a datetime at midnight or a numpy datetime64."""

Role: TypeAlias = Literal["customer", "time", "basket", "product", "quantity", "amount", "cost"]
IntoFrame: TypeAlias = "nwt.IntoFrame"
"""A data frame that the door reads: pandas, Polars, PyArrow, DuckDB, or what narwhals reads."""
Frame: TypeAlias = "nwt.IntoDataFrame"
"""A data frame that an answer is handed back as: pandas, Polars or PyArrow."""
FrameKind: TypeAlias = Literal["pandas", "polars", "pyarrow"]
"""The frame library that answers are handed back in."""
OnInvalid: TypeAlias = Literal["raise", "drop"]
Frequency: TypeAlias = Literal["baskets", "purchase_days"]
SummaryFigure: TypeAlias = Literal[
    "first_day", "purchase_days", "baskets", "amount", "returned_amount"
]
Monetary: TypeAlias = Literal["total", "mean"]
RfmMethod: TypeAlias = Literal["independent", "nested"]
