"""Every kind of frame the door takes: one constructor each, from a dict of columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

Columns = Mapping[str, Any]


def _pandas(columns: Columns) -> Any:
    return pd.DataFrame(dict(columns))


def _pandas_objects(columns: Columns) -> Any:
    frame = _pandas(columns)
    text = [name for name in frame if pd.api.types.is_string_dtype(frame[name])]
    return frame.astype(dict.fromkeys(text, object))


def _pandas_categories(columns: Columns) -> Any:
    frame = _pandas(columns)
    text = [name for name in frame if pd.api.types.is_string_dtype(frame[name])]
    return frame.astype(dict.fromkeys(text, "category"))


def _pandas_nullable(columns: Columns) -> Any:
    return _pandas(columns).convert_dtypes()


def _pandas_arrow(columns: Columns) -> Any:
    pytest.importorskip("pyarrow")
    return _pandas(columns).convert_dtypes(dtype_backend="pyarrow")


def _polars(columns: Columns) -> Any:
    polars = pytest.importorskip("polars")
    return polars.DataFrame({name: _plain(values) for name, values in columns.items()})


def _polars_lazy(columns: Columns) -> Any:
    return _polars(columns).lazy()


def _polars_categories(columns: Columns) -> Any:
    polars = pytest.importorskip("polars")
    return _polars(columns).with_columns(polars.col(polars.String).cast(polars.Categorical))


def _pyarrow(columns: Columns) -> Any:
    pyarrow = pytest.importorskip("pyarrow")
    return pyarrow.table({name: _plain(values) for name, values in columns.items()})


def _pyarrow_chunks(columns: Columns) -> Any:
    """Several chunks, text as dictionaries that differ from chunk to chunk."""
    pyarrow = pytest.importorskip("pyarrow")
    whole = _pyarrow(columns)
    half = max(len(whole) // 2, 1)
    table = pyarrow.concat_tables([whole.slice(0, half), whole.slice(half)])
    for place, name in enumerate(table.column_names):
        if pyarrow.types.is_string(table.schema.field(name).type):
            chunks = [chunk.dictionary_encode() for chunk in table[name].chunks]
            table = table.set_column(place, name, pyarrow.chunked_array(chunks))
    return table


def _duckdb(columns: Columns) -> Any:
    duckdb = pytest.importorskip("duckdb")
    table = _pyarrow(columns)
    return duckdb.connect().from_arrow(table)


def _plain(values: Any) -> Any:
    return values.tolist() if getattr(values, "dtype", None) is np.dtype(object) else values


ENGINES: dict[str, Callable[[Columns], Any]] = {
    "pandas": _pandas,
    "pandas-objects": _pandas_objects,
    "pandas-categories": _pandas_categories,
    "pandas-nullable": _pandas_nullable,
    "pandas-arrow": _pandas_arrow,
    "polars": _polars,
    "polars-lazy": _polars_lazy,
    "polars-categories": _polars_categories,
    "pyarrow": _pyarrow,
    "pyarrow-chunks": _pyarrow_chunks,
    "duckdb": _duckdb,
}
"""By name; each skips where its library is not installed."""


def kind_out(engine: str) -> str:
    """The frame library in which answers to this engine come back."""
    if engine.startswith("pyarrow") or engine == "duckdb":
        return "pyarrow"
    return engine.partition("-")[0]
