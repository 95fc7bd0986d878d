"""Where frames end and arrays begin: the only module that knows dataframe libraries.

Columns come out of narwhals except where its plain conversion loses something: nullable integers
(float64 above 2**53), categoricals (decoded one by one), time zones (dropped without a word) and
Arrow dictionaries with nulls (wrong values).
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crmkit._kernels.blocks import blocks
from crmkit._kernels.spelling import Letters, letters_of, letters_of_joined, spell
from crmkit.data.encoding import RawIds
from crmkit.data.problems import UnreadableError
from crmkit.data.time_formats import ISO, time_format
from crmkit.errors import InvalidArgumentError, UnsupportedFrameError
from crmkit.typing import BoolArray, Frame, FrameKind, IntoFrame

Series = nw.Series[Any]
Table = nw.DataFrame[Any]


# --- in ------------------------------------------------------------------------------------------


def open_frame(frame: IntoFrame) -> nw.DataFrame[Any] | nw.LazyFrame[Any]:
    """Wrap a native frame.

    Raises:
        UnsupportedFrameError: it is no frame, or its column names are not distinct text.
    """
    if isinstance(frame, str | os.PathLike):
        raise UnsupportedFrameError(
            f"expected a data frame; got {frame!r}. crmkit opens no files: read it first, for"
            " example with pd.read_csv or pl.scan_parquet."
        )
    try:
        opened = nw.from_native(frame)
        names = opened.collect_schema().names()
    except TypeError as error:
        raise UnsupportedFrameError(
            "expected a data frame (pandas, Polars, PyArrow table, DuckDB relation, or another"
            f" that narwhals reads); got {type(frame).__name__}. For plain arrays there is"
            " from_arrays."
        ) from error
    except nw.exceptions.DuplicateError as error:
        raise UnsupportedFrameError(_repeated_names(frame)) from error
    _refuse_odd_names(names)
    return opened


def _repeated_names(frame: Any) -> str:
    names = Counter(getattr(frame, "column_names", None) or frame.columns)
    repeated = ", ".join(f"{name!r} {n} times" for name, n in names.items() if n > 1)
    return f"expected distinct column names; got {repeated}. Rename or drop the others first."


def _refuse_odd_names(names: Sequence[object]) -> None:
    odd = [name for name in names if not isinstance(name, str)]
    if odd:
        raise UnsupportedFrameError(
            f"expected column names that are text; got {odd[0]!r} ({type(odd[0]).__name__}). Name"
            " the columns: frame.columns = ['customer', 'time', ...] in pandas."
        )


def collect(frame: nw.DataFrame[Any] | nw.LazyFrame[Any], columns: list[str]) -> Table:
    """Bring the wanted columns into memory."""
    wanted = frame.select(columns)
    return wanted.collect() if isinstance(wanted, nw.LazyFrame) else wanted


def kind_of(frame: Table) -> FrameKind:
    """Return the library in which answers are handed back."""
    if frame.implementation.is_polars():
        return "polars"
    return "pyarrow" if frame.implementation.is_pyarrow() else "pandas"


def read_ids(series: Series) -> RawIds:
    """Read an id column, as dictionary codes where the frame has them."""
    if series.dtype in (nw.String, nw.Categorical, nw.Enum):
        if series.implementation.is_polars():
            return _polars_text(series)
        if series.implementation.is_pyarrow():
            return _arrow_text(series.to_native())
        if series.implementation.is_pandas():
            return _pandas_text(series.to_native())
    return _plain_ids(series)


def _polars_text(series: Series) -> RawIds:
    if series.dtype == nw.String:
        letters = _polars_letters(series.fill_null(""))
        if (ids := _spelled(letters, series.is_null().to_numpy())) is not None:
            return ids
    text = series.cast(nw.Categorical()) if series.dtype == nw.String else series
    positions = _physical(text)
    different = text.unique().drop_nulls()
    # Physical codes are global to the process, so they are neither dense nor in any order; what
    # each stands for is looked up from the values that occur. An Enum's follow its list.
    places = _physical(different).to_numpy().astype(np.int64)
    categories = np.empty(int(places.max(initial=-1)) + 1, dtype=object)
    categories[places] = different.cast(nw.String()).to_list()
    return RawIds(
        values=positions.fill_null(0).to_numpy(),
        missing=positions.is_null().to_numpy(),
        categories=categories,
        ordered=series.dtype == nw.Enum,
    )


def _spelled(letters: Iterable[Letters | None], missing: BoolArray) -> RawIds | None:
    spelled = spell(letters)
    if spelled is None:
        return None
    return RawIds(values=spelled.numbers, missing=missing, spelling=spelled.spelling)


def _polars_letters(text: Series) -> Iterator[Letters | None]:
    # One text per block crosses into Python, where each id would cost as much as its hash.
    native = text.to_native()
    for block in blocks(0, len(text)):
        joined = native[block].str.join("\0").item()
        yield letters_of_joined(joined, block.stop - block.start)


def _physical(series: Series) -> Series:
    return nw.from_native(series.to_native().to_physical(), series_only=True)


def _arrow_text(column: Any) -> RawIds:
    """Read an Arrow string or dictionary column through its own methods."""
    if str(column.type) in _OFFSETS:
        letters = _arrow_letters(column.fill_null(""))
        if (ids := _spelled(letters, column.is_null().to_numpy())) is not None:
            return ids
    if not hasattr(column.type, "index_type"):
        column = column.dictionary_encode()
    # Chunks may have dictionaries of their own, and to_numpy of several chunks with nulls
    # returns wrong values, so the codes are read instead.
    encoded = column.unify_dictionaries().combine_chunks()
    return RawIds(
        values=encoded.indices.fill_null(0).to_numpy(zero_copy_only=False),
        missing=encoded.indices.is_null().to_numpy(zero_copy_only=False),
        categories=np.asarray(encoded.dictionary.to_numpy(zero_copy_only=False)),
        ordered=column.type.ordered,
    )


_OFFSETS = {"string": np.int32, "large_string": np.int64}


def _arrow_letters(text: Any) -> Iterator[Letters | None]:
    # Arrow keeps the bytes of all texts in a row, and where each of them starts.
    for chunk in filter(len, text.chunks):
        _, offsets, data = chunk.buffers()
        starts = np.frombuffer(offsets, dtype=_OFFSETS[str(text.type)])[chunk.offset :]
        letters = np.frombuffer(data or b"", dtype=np.uint8)
        for block in blocks(0, len(chunk)):
            cuts = starts[block.start : block.stop + 1]
            yield letters_of(letters[cuts[0] : cuts[-1]], np.diff(cuts))


def _pandas_text(column: pd.Series[Any]) -> RawIds:
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes = column.cat.codes.to_numpy()
        return RawIds(
            values=codes,
            missing=codes < 0,
            categories=column.cat.categories.to_numpy(),
            ordered=bool(column.cat.ordered),
        )
    if getattr(column.dtype, "storage", None) == "pyarrow" or isinstance(
        column.dtype, pd.ArrowDtype
    ):
        return _arrow_text(column.array.__arrow_array__())
    return RawIds(values=column.to_numpy(dtype=object), missing=column.isna().to_numpy())


def _plain_ids(series: Series) -> RawIds:
    missing = series.is_null().to_numpy()
    if series.dtype.is_float():
        values = series.to_numpy()
        return RawIds(values=values, missing=missing | np.isnan(values))
    if series.dtype.is_decimal():
        whole = series.cast(nw.Int64())
        if (series.cast(nw.Float64()) != whole.cast(nw.Float64())).any():
            return RawIds(values=series.cast(nw.Float64()).to_numpy(), missing=missing)
        series = whole
    if series.dtype.is_integer():
        # to_numpy of a nullable integer goes through float64 and loses ids above 2**53.
        return RawIds(values=series.fill_null(0).to_numpy(), missing=missing)
    if series.dtype == nw.Boolean:
        return RawIds(values=series.fill_null(False).to_numpy(), missing=missing)
    return RawIds(values=series.to_numpy(), missing=missing)


def read_time(series: Series) -> NDArray[np.datetime64]:
    """Read a time column as datetime64[s]; missing times are NaT.

    Raises:
        UnreadableError: text, numbers, or times with a zone.
    """
    if not series.dtype.is_temporal() and series.null_count() == len(series):
        return np.full(len(series), "NaT", dtype="datetime64[s]")
    if series.dtype == nw.Date:
        series = series.cast(nw.Datetime("us"))
    if isinstance(series.dtype, nw.Datetime):
        if series.dtype.time_zone is not None:
            raise _zoned(series.dtype.time_zone)
        return series.to_numpy().astype("datetime64[s]")
    if series.dtype == nw.Object:
        return _times_of_objects(series.to_numpy())
    raise _no_times(series)


def _times_of_objects(values: NDArray[np.object_]) -> NDArray[np.datetime64]:
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind not in ("date", "datetime", "datetime64", "empty"):
        raise _text_times(values)
    times = pd.to_datetime(pd.Series(values, dtype=object))
    if isinstance(times.dtype, pd.DatetimeTZDtype):
        raise _zoned(str(times.dtype.tz))
    return times.to_numpy().astype("datetime64[s]")


def _zoned(zone: str) -> UnreadableError:
    return UnreadableError(
        f"times carry the time zone {zone}, and a shop's day is local",
        "Convert to the shop's own time and drop the zone:"
        " frame[{column}].dt.tz_convert(zone).dt.tz_localize(None) in pandas,"
        " pl.col({column}).dt.convert_time_zone(zone).dt.replace_time_zone(None) in Polars.",
    )


def _no_times(series: Series) -> UnreadableError:
    if series.dtype in (nw.String, nw.Categorical, nw.Enum):
        return _text_times(series.drop_nulls().head(1).cast(nw.String()).to_list())
    if series.dtype.is_integer() or series.dtype.is_float():
        return _number_times(series)
    return UnreadableError(
        f"expected times or dates; got {series.dtype}", "Name another column, or convert this one."
    )


def _number_times(series: Series) -> UnreadableError:
    example = series.drop_nulls().head(1).to_list()[0]
    form = time_format(f"{example:.0f}")  # gaps have made floats of whole numbers
    way = "unit='s'), if these are seconds since 1970" if form is None else f"format={form!r})"
    return UnreadableError(
        f"expected times or dates; got {series.dtype}, e.g. {example}",
        f"Convert it first: pd.to_datetime(frame[{{column}}], {way}.",
    )


def _text_times(values: Sequence[Any] | NDArray[Any]) -> UnreadableError:
    example = next((v for v in values if isinstance(v, str)), values[0] if len(values) else None)
    form = time_format(example) or ISO
    return UnreadableError(
        f"expected times or dates; got text or other objects, e.g. {example!r}",
        f"Parse it, naming the format: pd.to_datetime(frame[{{column}}], format={form!r}) in"
        f" pandas, pl.col({{column}}).str.to_datetime({form!r}) in Polars.",
    )


def read_numbers(series: Series) -> tuple[NDArray[Any], BoolArray, BoolArray]:
    """Read a numeric column: the numbers, which are missing, and which cannot be parsed.

    Raises:
        UnreadableError: the column holds no numbers at all.
    """
    missing = series.is_null().to_numpy()
    none = np.zeros(len(missing), dtype=np.bool_)
    if series.dtype.is_decimal():
        series = series.cast(nw.Float64())
    if series.dtype.is_integer():
        return series.fill_null(0).to_numpy(), missing, none
    if series.dtype.is_float():
        return series.to_numpy().astype(np.float64, copy=False), missing, none
    if series.dtype in (nw.String, nw.Object):
        numbers = pd.to_numeric(pd.Series(series.to_numpy(), dtype=object), errors="coerce")
        values = numbers.to_numpy(dtype=np.float64)
        return values, missing, np.isnan(values) & ~missing
    raise UnreadableError(
        f"expected numbers; got {series.dtype}", "Name another column, or convert this one."
    )


def frame_of_arrays(arrays: Mapping[str, ArrayLike], *, times: Collection[str]) -> pd.DataFrame:
    """Put equally long arrays side by side; in those called *times* ISO texts are parsed.

    Raises:
        InvalidArgumentError: the arrays differ in length, or are not one-dimensional.
    """
    # By position: a filtered or sorted Series keeps an index that means nothing here.
    columns = {name: _series(name, v).reset_index(drop=True) for name, v in arrays.items()}
    columns |= {name: _parsed(columns[name]) for name in times if name in columns}
    if len({len(column) for column in columns.values()}) > 1:
        sizes = ", ".join(f"{name} {len(column):,}" for name, column in columns.items())
        raise InvalidArgumentError(f"the arrays must be equally long; got {sizes}.")
    return pd.DataFrame(columns, copy=False)


def _series(name: str, values: ArrayLike) -> pd.Series[Any]:
    if not pd.api.types.is_list_like(values, allow_sets=False) or getattr(values, "ndim", 1) != 1:
        shape = getattr(values, "shape", None)
        came = type(values).__name__ if shape is None else f"an array of shape {shape}"
        raise InvalidArgumentError(
            f"{name} must be a one-dimensional array or list, one entry per row; got {came}."
        )
    return pd.Series(values)


def _parsed(times: pd.Series[Any]) -> pd.Series[Any]:
    if not pd.api.types.is_object_dtype(times) and not pd.api.types.is_string_dtype(times):
        return times
    missing = times.isna().to_numpy()
    texts = times[~missing].to_list()
    # numpy would read "today" from the clock and "20260101" as a year, and shift "...Z"; whatever
    # is not plainly an ISO time is left for the reader to complain about.
    if not all(isinstance(text, str) and _ISO_TIME.fullmatch(text) for text in texts):
        return times
    parsed = np.full(len(times), "NaT", dtype="datetime64[s]")
    with contextlib.suppress(ValueError):
        parsed[~missing] = np.array(texts, dtype="datetime64[s]")
        return pd.Series(parsed)
    return times


_ISO_TIME = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?")


class Flags(NamedTuple):
    """The cells of a frame of numbers or booleans that are not 0: names of columns, and places."""

    names: list[Any]
    rows: NDArray[np.int64]
    items: NDArray[np.int64]
    values: NDArray[Any]
    shape: tuple[int, int]


def read_flags(frame: IntoFrame) -> Flags:
    """Read a one-hot frame: any dtype of numbers or booleans, sparse ones too; nulls are NaN.

    Raises:
        UnsupportedFrameError: it is no frame.
        InvalidArgumentError: a column of other things than numbers.
    """
    if isinstance(frame, pd.DataFrame):  # its column names need not be text
        names, lines = list(frame.columns), len(frame)
        columns = [_flags_of_pandas(frame.iloc[:, k]) for k in range(len(names))]
    else:
        opened = open_frame(frame)
        table = collect(opened, opened.collect_schema().names())
        names, lines = list(table.columns), len(table)
        columns = [_nonzero(_float_flags(table.get_column(name))) for name in names]
    sizes = [len(rows) for rows, _ in columns]
    return Flags(
        names,
        np.concatenate([np.zeros(0, np.int64), *(rows for rows, _ in columns)]),
        np.repeat(np.arange(len(names)), sizes),
        np.concatenate([np.zeros(0), *(values for _, values in columns)]),
        (lines, len(names)),
    )


def _flags_of_pandas(column: pd.Series[Any]) -> tuple[NDArray[np.int64], NDArray[Any]]:
    if isinstance(column.dtype, pd.SparseDtype) and not column.dtype.fill_value:
        stored = column.array
        values = np.asarray(stored.sp_values)
        there = values != 0
        return np.asarray(stored.sp_index.indices)[there].astype(np.int64), values[there]
    try:
        return _nonzero(column.to_numpy(dtype=np.float64, na_value=np.nan))
    except (TypeError, ValueError) as error:
        raise _no_flags(column.name, str(column.dtype)) from error


def _float_flags(series: Series) -> NDArray[np.float64]:
    if not (series.dtype.is_numeric() or series.dtype == nw.Boolean):
        raise _no_flags(series.name, str(series.dtype))
    return series.cast(nw.Float64()).to_numpy()


def _no_flags(name: object, kind: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"column {name!r} of a one-hot frame must hold 0 and 1, or False and True; it is {kind}."
        " For lines of a till there is Baskets.from_transactions."
    )


def _nonzero(values: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    rows = np.flatnonzero(values)
    return rows, values[rows]


# --- out -----------------------------------------------------------------------------------------


def build_frame(columns: Mapping[str, NDArray[Any]], kind: FrameKind) -> Frame:
    """Make a native frame of equally long arrays; masked entries become nulls."""
    series = [_column(name, values, kind).to_frame() for name, values in columns.items()]
    native: Frame = nw.concat(series, how="horizontal").to_native()
    return native


def _column(name: str, values: NDArray[Any], kind: FrameKind) -> Series:
    if isinstance(values, np.ma.MaskedArray):
        return _nullable(name, values, kind)
    if values.dtype.kind == "M":
        # Engines know no unit of days, and Polars none of seconds.
        values = values.astype("datetime64[ms]" if kind == "polars" else "datetime64[s]")
    if values.dtype.kind == "O" and kind != "pandas":
        return nw.new_series(name, values.tolist(), backend=kind)
    return nw.new_series(name, values, backend=kind)


def _nullable(name: str, values: np.ma.MaskedArray[Any, Any], kind: FrameKind) -> Series:
    gaps = np.ma.getmaskarray(values)
    if kind == "pandas" and values.dtype.kind in "iu":
        # numpy-backed pandas would turn integers with gaps into floats.
        integers = pd.arrays.IntegerArray(values.data, gaps)
        return nw.from_native(pd.Series(integers, name=name), series_only=True)
    objects = np.asarray(values.data, dtype=object)
    objects[gaps] = None
    return nw.new_series(name, objects.tolist(), backend=kind)
