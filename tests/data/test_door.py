"""What comes in: the same lines from every engine, and every trap of the engines themselves."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

import crmkit as ck
from crmkit.errors import (
    InexactSumsWarning,
    InvalidArgumentError,
    InvalidDataError,
    LongPeriodWarning,
    LookalikeLabelsWarning,
    MissingColumnsError,
    PlaceholderIdsWarning,
    UnsupportedFrameError,
)
from engines import ENGINES, kind_out

LINES: dict[str, Any] = {
    "who": ["ann", "ann", "bob", "cem", "cem", None],
    "when": np.array(
        ["2026-01-03T09:30", "2026-02-20", "2025-11-02", "2026-02-25", "2026-02-27", "2026-02-28"],
        dtype="datetime64[us]",
    ),
    "bill": [2**53 + 1, 2**53 + 2, 3, 4, 5, 6],
    "article": ["b", "a", "a ", "a", "c", "b"],
    "units": [1, 2, 1, 0, -1, 1],
    "paid": [20.0, 35.5, 12.0, 80.0, -15.0, 9.9],
    "way": ["web", "shop", None, "web", "web", "shop"],
}
COLUMNS = ck.Columns(
    customer="who",
    time="when",
    basket="bill",
    product="article",
    quantity="units",
    amount="paid",
    attributes={"channel": "way"},
)


@pytest.fixture(params=list(ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


def times(*texts: str) -> np.ndarray:
    return np.array(texts, dtype="datetime64[us]")


def two_lines(**columns: Any) -> dict[str, Any]:
    return {"customer": [1, 2], "time": times("2026-01-01", "2026-01-02"), **columns}


def read(lines: dict[str, Any], engine: str = "pandas", **options: Any) -> ck.Transactions:
    return ck.Transactions.from_frame(ENGINES[engine](lines), **options)


# --- every engine --------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::crmkit.errors.LookalikeLabelsWarning")
def test_every_engine_gives_the_same_transactions(engine: str) -> None:
    tx = ck.Transactions.from_frame(ENGINES[engine](LINES), COLUMNS)

    assert tx.customer.labels.tolist() == ["ann", "bob", "cem"]
    assert tx.customer.codes.tolist() == [0, 0, 1, 2, 2, -1]
    assert tx.basket is not None
    assert tx.basket.labels.tolist() == [3, 4, 5, 6, 2**53 + 1, 2**53 + 2]
    assert tx.product is not None
    assert tx.product.labels.tolist() == ["a", "a ", "b", "c"]
    assert tx.attributes["channel"].codes.tolist() == [1, 0, -1, 1, 1, 0]
    assert tx.time.dtype == "datetime64[s]"
    assert str(tx.time[0]) == "2026-01-03T09:30:00"
    assert tx.amount is not None
    assert (tx.amount.units.tolist(), tx.amount.digits) == ([200, 355, 120, 800, -150, 99], 1)
    assert tx.frame_kind == kind_out(engine)


@pytest.mark.filterwarnings("ignore::crmkit.errors.LookalikeLabelsWarning")
def test_a_frame_out_is_of_the_kind_that_came_in_and_reads_back(engine: str) -> None:
    tx = ck.Transactions.from_frame(ENGINES[engine](LINES), COLUMNS)
    frame = tx.to_frame()

    assert nw.from_native(frame, eager_only=True).implementation.value == kind_out(engine)
    assert ck.Transactions.from_frame(frame, ck.Columns(attributes=("channel",))) == tx


def test_missing_integer_ids_keep_the_others_exact(engine: str) -> None:
    big = 2**62 + 1
    lines = two_lines(customer=pd.array([big, None], dtype="Int64"))
    if not engine.startswith("pandas"):
        lines["customer"] = [big, None]
    tx = read(lines, engine)

    assert tx.customer.labels.tolist() == [big]
    assert tx.customer.codes.tolist() == [0, -1]


def test_an_empty_frame_gives_no_lines(engine: str) -> None:
    lines = {
        "customer": np.array([], dtype=object if "pandas" in engine else "int64"),
        "time": times(),
        "amount": np.array([], dtype="float64"),
    }
    tx = read(lines, engine)

    assert len(tx) == 0
    assert np.isnat(tx.period.first)
    assert len(ck.CustomerSummary.from_transactions(tx, as_of="2026-01-01")) == 0
    assert "0 lines" in repr(tx)


def test_one_row_is_enough(engine: str) -> None:
    tx = read({"customer": ["ann"], "time": times("2026-01-01")}, engine)

    assert (len(tx), tx.customer.n_used) == (1, 1)


def test_guests_alone_are_no_customers(engine: str) -> None:
    lines = two_lines(customer=pd.Series([None, None], dtype="str"))
    if not engine.startswith("pandas"):
        polars_or_arrow_need_a_type = pd.Series([None, None], dtype="float64").to_numpy()
        lines["customer"] = polars_or_arrow_need_a_type
    tx = read(lines, engine)

    assert (tx.customer.n_used, int(tx.is_guest.sum())) == (0, 2)
    assert len(ck.CustomerSummary.from_transactions(tx, as_of="2026-01-03")) == 0


def test_dates_without_a_time_of_day_are_midnights(engine: str) -> None:
    days = [dt.date(2026, 1, 1), dt.date(1969, 12, 31)]
    tx = read({"customer": [1, 2], "time": days}, engine)

    assert tx.time.astype(str).tolist() == ["2026-01-01T00:00:00", "1969-12-31T00:00:00"]


# --- ids -----------------------------------------------------------------------------------------


def test_polars_categories_do_not_depend_on_what_the_process_did_before() -> None:
    pl = pytest.importorskip("polars")
    pl.Series(["zoe", "yan", "xia"]).cast(pl.Categorical)
    text = pl.Series("customer", ["xia", "ann", "zoe"]).cast(pl.Categorical)
    when = pl.Series("time", times("2026-01-01", "2026-01-02", "2026-01-03"))
    tx = ck.Transactions.from_frame(pl.DataFrame([text, when]))

    assert tx.customer.labels.tolist() == ["ann", "xia", "zoe"]
    assert tx.customer.codes.tolist() == [1, 0, 2]


def test_a_declared_order_of_categories_is_kept() -> None:
    sizes = pd.Categorical(["L", "S"], categories=["S", "M", "L"], ordered=True)
    tx = read(two_lines(product=sizes))

    assert tx.product is not None
    assert tx.product.labels.tolist() == ["S", "L"]


def test_a_declared_order_does_not_excuse_mixed_types() -> None:
    mixed = pd.Categorical(["a", 1], categories=["a", 1], ordered=True)

    with pytest.raises(InvalidDataError, match=r"mixed types, e\.g\. 'a' \(str\) and 1 \(int\)"):
        read(two_lines(customer=mixed))


def test_what_is_measured_becomes_an_attribute_once_it_is_cut_into_classes() -> None:
    columns = ck.Columns(attributes=("weight",))

    with pytest.raises(
        InvalidDataError, match=r"cut .* into classes .*pd\.cut\(frame\['weight'\], 5"
    ):
        read(two_lines(weight=[0.5, 9.5]), columns=columns)
    tx = read(two_lines(weight=pd.cut([0.5, 9.5], 2)), columns=columns)
    assert tx.attributes["weight"].codes.tolist() == [0, 1]


def test_a_polars_enum_keeps_its_declared_order() -> None:
    pl = pytest.importorskip("polars")
    sizes = pl.Series("product", ["L", "S"]).cast(pl.Enum(["S", "M", "L"]))
    frame = pl.DataFrame([sizes]).with_columns(customer=pl.lit(1), time=dt.datetime(2026, 1, 1))
    tx = ck.Transactions.from_frame(frame)

    assert tx.product is not None
    assert tx.product.labels.tolist() == ["S", "L"]


def test_unused_categories_leave_no_label() -> None:
    ids = pd.Categorical(["b", "b"], categories=["c", "b", "a"])
    tx = read(two_lines(customer=ids))

    assert tx.customer.labels.tolist() == ["b"]


def test_integer_categories_stay_integers() -> None:
    tx = read(two_lines(customer=pd.Categorical([30, 4])))

    assert tx.customer.labels.tolist() == [4, 30]


def test_uuids_are_ids_in_their_own_order() -> None:
    ids = [uuid.UUID(int=9), uuid.UUID(int=3)]
    tx = ck.Transactions.from_arrays(customer=ids, time=["2026-01-01"] * 2)

    assert tx.customer.labels.tolist() == sorted(ids)


def test_float_ids_that_are_whole_become_integers_and_nan_a_guest() -> None:
    lines = {"customer": [17850.0, np.nan, -0.0], "time": times(*["2026-01-01"] * 3)}
    tx = read(lines)

    assert tx.customer.labels.tolist() == [0, 17850]
    assert tx.customer.labels.dtype == np.int64


@pytest.mark.parametrize("ids", [[1.0, 2.5], [1.0, 2.0**53 + 2]])
def test_float_ids_that_are_not_whole_or_too_large_are_refused(ids: list[float]) -> None:
    with pytest.raises(InvalidDataError, match="not whole numbers below 2\\*\\*53, e.g."):
        read(two_lines(customer=ids))


def test_unsigned_ids_above_the_signed_range_stay_exact() -> None:
    ids = np.array([2**64 - 1, 2**63], dtype=np.uint64)
    tx = read(two_lines(customer=ids))

    assert tx.customer.labels.tolist() == [2**63, 2**64 - 1]


def test_text_codes_that_look_like_numbers_stay_text() -> None:
    tx = read(two_lines(product=["007", "7"]))

    assert tx.product is not None
    assert tx.product.labels.tolist() == ["007", "7"]


@pytest.mark.parametrize(
    "ids", [[1, "1"], [True, 1], [1, 2.5], ["a", b"a"], [("a",), ("b",)], [True, False]]
)
def test_ids_of_mixed_or_odd_types_are_refused(ids: list[Any]) -> None:
    lines = two_lines(customer=pd.Series(ids, dtype=object))

    with pytest.raises(InvalidDataError, match=r"customer \(column 'customer'\): ids are"):
        read(lines)


def test_times_are_no_ids(engine: str) -> None:
    with pytest.raises(InvalidDataError, match="product .*ids are datetime64"):
        read(two_lines(product=times("2026-01-01", "2026-01-02")), engine)


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint64"])
def test_labels_of_integers_are_64_bits_wide(dtype: str) -> None:
    info = np.iinfo(dtype)
    tx = read(two_lines(customer=np.array([info.max // 2, info.min], dtype=dtype)))

    assert tx.customer.labels.dtype == np.int64
    assert tx.customer.labels.tolist() == [info.min, info.max // 2]


def test_mixed_ids_are_quoted_with_their_types() -> None:
    with pytest.raises(InvalidDataError, match=r"1 \(int\) and '1' \(str\)"):
        read(two_lines(customer=pd.Series([1, "1"], dtype=object)))


def test_booleans_are_attributes_but_not_ids() -> None:
    tx = read(two_lines(online=[True, False]), columns=ck.Columns(attributes=("online",)))

    assert tx.attributes["online"].labels.tolist() == [False, True]


def test_ids_that_differ_by_blanks_or_case_are_kept_apart_with_a_warning() -> None:
    lines = two_lines(product=["cream cheese ", "Cream cheese"])

    with pytest.warns(
        LookalikeLabelsWarning, match="1 of the 2 ids in column 'product' .* 'Cream cheese' and"
    ):
        tx = read(lines)
    assert tx.product is not None
    assert tx.product.labels.tolist() == ["Cream cheese", "cream cheese "]


def test_warnings_are_of_the_rows_that_are_kept_and_come_once() -> None:
    lines = {
        "customer": ["ann", "Ann", "bob", "BOB"],
        "time": times("2026-01-01", "2026-01-02", "2026-01-03", "NaT"),
        "amount": [1 / 3, 2 / 3, 1.0, 2.0],
    }
    with pytest.warns() as caught:
        read(lines, on_invalid="drop")
    assert [w.category for w in caught] == [InexactSumsWarning, LookalikeLabelsWarning]
    assert "1 of the 3 ids" in str(caught[1].message)


def test_ids_that_read_like_missing_values_are_kept_with_a_warning(engine: str) -> None:
    lines = {
        "customer": ["nan", "nan", "", "N/A", "nancy"],
        "time": times(*["2026-01-01"] * 5),
    }
    with pytest.warns(
        PlaceholderIdsWarning, match="'customer' .*: '' in 1 row, 'N/A' in 1 row, 'nan' in 2 rows"
    ):
        tx = read(lines, engine)
    assert tx.customer.n_used == 4


def test_an_attribute_may_well_be_called_none() -> None:
    tx = read(two_lines(offer=["none", "10 %"]), columns=ck.Columns(attributes=("offer",)))

    assert tx.attributes["offer"].n_used == 2


def test_a_trailing_blank_alone_is_kept_without_a_word() -> None:
    tx = read(two_lines(product=["cream cheese ", "milk"]))

    assert tx.product is not None
    assert tx.product.labels.tolist() == ["cream cheese ", "milk"]


@pytest.mark.filterwarnings("ignore::crmkit.errors.PlaceholderIdsWarning")
@pytest.mark.parametrize(
    "ids",
    [
        ["b10", "b9", None, "b9", "b100"],
        ["", None, "é", "z", "\U0001f600"],
        [f"{k * 7919 % 40_000:06d}" for k in range(40_000)],
        [f"{k * 7919 % 40_000}" if k % 3 else None for k in range(40_000)],
        ["11111111-2222-3333-4444-555555555555", "", None, "zzzzzzzz-2222", "a" * 99],
    ],
    ids=["short", "odd", "even", "uneven", "wide"],
)
def test_text_ids_of_every_engine_are_labels_in_code_point_order(
    engine: str, ids: list[str | None]
) -> None:
    day = np.full(len(ids), np.datetime64("2026-01-01", "us"))
    who = np.array(ids, dtype=object)
    tx = ck.Transactions.from_frame(ENGINES[engine]({"customer": who, "time": day}))
    labels = sorted({label for label in ids if label is not None})
    place = {None: -1} | {label: k for k, label in enumerate(labels)}
    assert labels == tx.customer.labels.tolist()
    assert [place[label] for label in ids] == tx.customer.codes.tolist()


@pytest.mark.filterwarnings("ignore::crmkit.errors.PlaceholderIdsWarning")
@pytest.mark.parametrize("kind", ["string", "large_string", "string_view"])
def test_slices_and_empty_chunks_of_arrow_text_are_read(kind: str) -> None:
    pa = pytest.importorskip("pyarrow")
    text = pa.array(["x9", None, "b", "", "c12", "b"], pa.large_string()).cast(kind)
    who = pa.chunked_array([text.slice(1, 3), text.slice(0, 0), text.slice(3)])
    day = pa.array([dt.datetime(2026, 1, 1)] * len(who))
    tx = ck.Transactions.from_frame(pa.table({"customer": who, "time": day}))
    assert ["", "b", "c12"] == tx.customer.labels.tolist()
    assert [-1, 1, 0, 0, 2, 1] == tx.customer.codes.tolist()


@pytest.mark.filterwarnings("ignore::crmkit.errors.PlaceholderIdsWarning")
@pytest.mark.parametrize("ids", [["é", "z"], ["", "x"], ["a\x00", "a"]])
def test_odd_text_survives_in_code_point_order(ids: list[str]) -> None:
    tx = read(two_lines(product=ids))

    assert tx.product is not None
    assert tx.product.decode().tolist() == ids
    assert tx.product.labels.tolist() == sorted(ids)


def test_a_missing_product_or_basket_is_an_error() -> None:
    with pytest.raises(InvalidDataError, match=r"product \(column 'product'\): missing in 1 row"):
        read(two_lines(product=["a", None]))


# --- times ---------------------------------------------------------------------------------------


def test_times_with_a_zone_are_refused_with_the_way_out(engine: str) -> None:
    zoned = pd.Series(pd.to_datetime(["2024-06-01", "2024-06-02"])).dt.tz_localize("Europe/London")
    polars = pytest.importorskip("polars") if engine.startswith("polars") else None
    lines = two_lines()
    if polars is not None:
        frame = ENGINES["polars"](lines).with_columns(
            polars.col("time").dt.replace_time_zone("Europe/London")
        )
    elif engine.startswith("pandas"):
        frame = ENGINES[engine](lines | {"time": zoned})
    else:
        pyarrow = pytest.importorskip("pyarrow")
        frame = pyarrow.table(lines | {"time": pyarrow.array(zoned)})

    with pytest.raises(InvalidDataError, match=r"time zone Europe/London.*tz_localize\(None\)"):
        ck.Transactions.from_frame(frame)


def test_zoned_datetime_objects_are_refused_too() -> None:
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    lines = two_lines(time=pd.Series([moment, moment], dtype=object))

    with pytest.raises(InvalidDataError, match="time zone UTC"):
        read(lines)


def test_dates_as_text_are_refused_with_the_way_to_parse_them(engine: str) -> None:
    lines = two_lines(time=["03/01/2026", "04/01/2026"])

    with pytest.raises(InvalidDataError, match=r"e\.g\. '03/01/2026'.*pd\.to_datetime\(frame\["):
        read(lines, engine)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("31.12.2025", "%d.%m.%Y"),
        ("31/12/2025", "%d/%m/%Y"),
        ("12/31/2025", "%m/%d/%Y"),
        ("2025/12/31", "%Y/%m/%d"),
        ("31-12-2025", "%d-%m-%Y"),
        ("20251231", "%Y%m%d"),
        ("12/31/2025 8:26", "%m/%d/%Y %H:%M"),
        ("31.12.2025 08:26:59", "%d.%m.%Y %H:%M:%S"),
        ("2025-12-31T08:26:59", "%Y-%m-%dT%H:%M:%S"),
        ("01/02/2025", "%Y-%m-%d"),
        ("yesterday", "%Y-%m-%d"),
    ],
)
def test_the_format_of_a_date_is_suggested_where_it_is_plain(text: str, form: str) -> None:
    lines = two_lines(when=[text, text])

    with pytest.raises(InvalidDataError) as caught:
        read(lines, columns=ck.Columns(time="when"))
    assert f"pd.to_datetime(frame['when'], format={form!r})" in str(caught.value)


def test_numbers_are_no_times() -> None:
    with pytest.raises(
        InvalidDataError, match=r"got Int64, e\.g\. 1767225600\. .*\['time'\], unit='s'"
    ):
        read(two_lines(time=[1767225600, 1767225601]))
    with pytest.raises(InvalidDataError, match=r"to_datetime\(frame\['time'\], format='%Y%m%d'\)"):
        read(two_lines(time=[20251231, 20260101]))
    with pytest.raises(InvalidDataError, match=r"got Float64, e\.g\. 20251231\.0.*format='%Y%m%d'"):
        read(two_lines(time=[np.nan, 20251231]))
    with pytest.raises(InvalidDataError, match="got Boolean. Name another column"):
        read(two_lines(time=[True, False]))


@pytest.mark.parametrize(
    ("customer", "time"),
    [([1, "1"], ["2026-01-01"] * 2), ([0.5, 1], ["2026-01-01"] * 2), ([1, 2], ["soon"] * 2)],
    ids=["mixed ids", "fractions", "text"],
)
def test_a_remedy_names_the_column(customer: list[Any], time: list[str]) -> None:
    frame = pd.DataFrame({"who": pd.Series(customer, dtype=object), "when": time})
    if time[0] != "soon":
        frame["when"] = pd.to_datetime(frame["when"])

    with pytest.raises(InvalidDataError, match=r"frame\['wh(o|en)'\]"):
        ck.Transactions.from_frame(frame, ck.Columns(customer="who", time="when"))


def test_periods_are_no_times() -> None:
    with pytest.raises(InvalidDataError, match="expected times or dates"):
        read(two_lines(time=pd.PeriodIndex(["2026-01", "2026-02"], freq="M")))


def test_a_missing_time_is_an_error_that_names_the_row() -> None:
    lines = two_lines(time=times("2026-01-01", "NaT"))

    with pytest.raises(InvalidDataError, match="missing in 1 row, first in row 1"):
        read(lines)


def test_missing_entries_among_date_objects_are_missing_times() -> None:
    lines = two_lines(time=pd.Series([dt.date(2026, 1, 1), None], dtype=object))

    with pytest.raises(InvalidDataError, match="time .*missing in 1 row"):
        read(lines)


def test_seconds_are_floored_before_1970_too() -> None:
    tx = read(two_lines(time=np.array([-1, 1], dtype="datetime64[ns]")))

    assert tx.time.astype(np.int64).tolist() == [-1, 0]
    assert tx.days.astype(str).tolist() == ["1969-12-31", "1970-01-01"]


def test_a_far_sentinel_date_is_legal_and_warned_of() -> None:
    with pytest.warns(LongPeriodWarning, match="9999-12-31"):
        tx = read(two_lines(time=np.array(["2026-01-01", "9999-12-31"], dtype="datetime64[s]")))
    assert len(tx) == 2


# --- numbers -------------------------------------------------------------------------------------


def test_null_nan_and_infinity_are_reported_apart_and_all_at_once() -> None:
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(
        {
            "customer": [1, 2, 3, 4],
            "time": [dt.datetime(2026, 1, 1)] * 3 + [None],
            "amount": [None, float("nan"), float("inf"), 1.0],
        }
    )
    with pytest.raises(InvalidDataError) as caught:
        ck.Transactions.from_frame(frame)

    message = str(caught.value)
    assert "the frame has 4 problems" in message
    assert "time (column 'time'): missing in 1 row, first in row 3" in message
    assert "amount (column 'amount'): missing in 1 row, first in row 0" in message
    assert "NaN in 1 row, first in row 1" in message
    assert "infinite in 1 row, first in row 2" in message
    assert "on_invalid='drop'" in message


def test_invalid_rows_are_dropped_and_counted_on_demand() -> None:
    lines = {
        "customer": [1, 2, None, 9],
        "time": times("2026-01-01", "NaT", "2026-01-02", "2026-01-03"),
        "amount": [1.0, np.nan, 3.0, np.inf],
        "product": ["a", "b", "c", "d"],
    }
    tx = read(lines, on_invalid="drop")

    assert len(tx) == 2
    assert tx.dropped.rows == 2
    assert tx.dropped.reasons == {"time: missing": 1, "amount: missing": 1, "amount: infinite": 1}
    assert tx.customer.labels.tolist() == [1]
    assert "2 rows dropped" in repr(tx)


def test_unreadable_columns_are_errors_even_when_rows_may_be_dropped() -> None:
    lines = two_lines(time=["a", "b"], amount=[1.0, np.nan])

    with pytest.raises(InvalidDataError, match="2 problems"):
        read(lines, on_invalid="drop")


def test_numbers_in_text_are_read_and_other_text_is_named() -> None:
    assert read(two_lines(amount=["1.50", "2"])).amount.total() == 3.5  # type: ignore[union-attr]
    with pytest.raises(
        InvalidDataError, match="not a number in 1 row, first in row 0.*reads '12,50'"
    ):
        read(two_lines(amount=["12,50", "2"]))


def test_decimals_keep_their_cents(engine: str) -> None:
    cents = [decimal.Decimal("0.10"), decimal.Decimal("0.20")]
    tx = read(two_lines(amount=pd.Series(cents, dtype=object)), engine)

    assert tx.amount is not None
    assert (tx.amount.units.tolist(), tx.amount.digits) == ([1, 2], 1)


def test_a_duckdb_sum_of_big_integers_is_read_exactly() -> None:
    duckdb = pytest.importorskip("duckdb")
    pytest.importorskip("pyarrow")
    relation = duckdb.connect().sql(
        "select 7::hugeint as customer, timestamp '2026-01-01' as time, sum(3::bigint) as quantity"
    )
    tx = ck.Transactions.from_frame(relation)

    assert tx.customer.labels.tolist() == [7]
    assert tx.quantity is not None
    assert tx.quantity.units.tolist() == [3]


def test_words_or_truth_values_are_no_amounts() -> None:
    with pytest.raises(InvalidDataError, match="expected numbers; got Boolean"):
        read(two_lines(amount=[True, False]))


def test_numbers_on_no_decimal_grid_stay_floats_and_say_so() -> None:
    with pytest.warns(InexactSumsWarning, match="amount values lie on no decimal grid"):
        tx = read(two_lines(amount=[1 / 3, 2 / 3]))
    assert tx.amount is not None
    assert not tx.amount.exact
    assert tx.amount.total() == 1.0


def test_warnings_point_at_the_callers_line() -> None:
    with pytest.warns(InexactSumsWarning) as caught:
        read(two_lines(amount=[1 / 3, 2 / 3]))
    assert caught[0].filename == __file__


# --- columns and frames --------------------------------------------------------------------------


def test_a_column_that_is_not_there_is_named_with_the_nearest_one() -> None:
    with pytest.raises(MissingColumnsError) as caught:
        read(two_lines(InvoiceNo=[1, 2]), columns=ck.Columns(basket="invoice", amount="paid"))

    message = str(caught.value)
    assert "the basket column 'invoice' is not in the frame." in message
    assert "the amount column 'paid' is not in the frame." in message
    assert "Columns there: customer, time, InvoiceNo." in message


def test_the_nearest_column_is_suggested() -> None:
    with pytest.raises(MissingColumnsError, match="did you mean 'bill'"):
        read(two_lines(bill=[1, 2]), columns=ck.Columns(basket="bil"))


def test_a_role_named_by_its_canonical_name_must_be_there() -> None:
    with pytest.raises(MissingColumnsError, match="basket column 'basket'"):
        read(two_lines(), columns=ck.Columns(basket="basket"))


def test_roles_nobody_named_may_be_absent() -> None:
    assert read(two_lines()).basket is None


def test_a_role_named_none_is_ignored_even_if_its_column_is_there() -> None:
    lines = two_lines(basket=[1, None], amount=["a lot", "little"])

    tx = read(lines, columns=ck.Columns(basket=None, amount=None))

    assert (tx.basket, tx.amount) == (None, None)


def test_one_column_may_play_two_roles() -> None:
    tx = read(two_lines(), columns=ck.Columns(basket="customer"))

    assert tx.basket == tx.customer


@pytest.mark.parametrize("path", ["sales.csv", Path("sales.csv")], ids=["text", "path"])
def test_a_path_is_refused_because_crmkit_opens_no_files(path: Any) -> None:
    with pytest.raises(UnsupportedFrameError, match="crmkit opens no files: read it first"):
        ck.Transactions.from_frame(path)


@pytest.mark.parametrize("thing", [None, 3, [1, 2], {"customer": [1]}])
def test_what_is_no_frame_is_refused(thing: Any) -> None:
    with pytest.raises(UnsupportedFrameError, match="expected a data frame"):
        ck.Transactions.from_frame(thing)


def test_two_columns_of_one_name_are_refused() -> None:
    frame = pd.DataFrame([[1, 2]], columns=["customer", "customer"])

    with pytest.raises(UnsupportedFrameError, match="distinct .* got 'customer' 2 times"):
        ck.Transactions.from_frame(frame)


def test_two_arrow_columns_of_one_name_are_refused_too() -> None:
    pyarrow = pytest.importorskip("pyarrow")

    with pytest.raises(UnsupportedFrameError, match="distinct .* got 'who' 2 times"):
        ck.Transactions.from_frame(pyarrow.table([[1], [2]], names=["who", "who"]))


def test_columns_without_text_names_are_refused() -> None:
    with pytest.raises(UnsupportedFrameError, match=r"names that are text; got 0 \(int\)"):
        ck.Transactions.from_frame(pd.DataFrame([[1, 2]]))


def test_a_misspelt_policy_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="on_invalid must be one of 'raise', 'drop'"):
        read(two_lines(), on_invalid="droop")


def test_later_changes_of_the_frame_do_not_reach_the_transactions() -> None:
    frame = pd.DataFrame(two_lines(amount=[1.0, 2.0], quantity=[3, 4]))
    tx = ck.Transactions.from_frame(frame)
    frame.loc[0, ["amount", "quantity"]] = 99

    assert tx.amount is not None
    assert tx.quantity is not None
    assert tx.amount.values.tolist() == [1.0, 2.0]
    assert tx.quantity.units.tolist() == [3, 4]


def test_later_changes_of_arrays_do_not_reach_the_transactions() -> None:
    lines = two_lines(amount=np.array([1.0, 2.0]), time=times("2026-01-01", "2026-01-02"))
    tx = ck.Transactions.from_arrays(**lines)
    lines["amount"][0], lines["time"][0] = 99, "2020-01-01"

    assert tx.amount is not None
    assert tx.amount.values.tolist() == [1.0, 2.0]
    assert str(tx.period.first) == "2026-01-01"


def test_arrays_of_different_lengths_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="equally long; got .*customer 2, time 1"):
        ck.Transactions.from_arrays(customer=[1, 2], time=["2026-01-01"])


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"amount": np.ones((2, 2))}, r"amount must be a one-dimensional .*shape \(2, 2\)"),
        ({"customer": "ann"}, "customer must be a one-dimensional .*; got str"),
        ({"customer": {1, 2}}, "customer must be a one-dimensional .*; got set"),
        ({"amount": 3.0}, "amount must be a one-dimensional .*; got float"),
        ({"amount": np.array(3.0)}, r"amount must be a one-dimensional .*shape \(\)"),
        ({"attributes": ["web", "shop"]}, r"attributes must be Mapping; got list. Say attributes="),
    ],
    ids=str,
)
def test_arrays_have_one_dimension_and_attributes_a_name(wrong: Any, says: str) -> None:
    with pytest.raises(InvalidArgumentError, match=says):
        ck.Transactions.from_arrays(**(two_lines() | wrong))


def test_a_missing_time_among_iso_texts_is_missing_and_not_odd_text() -> None:
    with pytest.raises(InvalidDataError, match="time .*missing in 1 row, first in row 1"):
        ck.Transactions.from_arrays(customer=[1, 2], time=["2026-01-01", None])


def test_arrays_and_frames_give_the_same_transactions() -> None:
    lines = two_lines(amount=[1.0, 2.0], product=["a", "b"])
    from_arrays = ck.Transactions.from_arrays(
        **lines, attributes={"channel": np.array(["web", "shop"])}
    )
    from_frame = read(
        lines | {"channel": ["web", "shop"]}, columns=ck.Columns(attributes=("channel",))
    )

    assert from_arrays == from_frame


def test_a_series_counts_by_position_whatever_its_index() -> None:
    tx = ck.Transactions.from_arrays(
        customer=pd.Series([1, 2], index=[1, 0]), time=["2026-01-01", "2026-01-31"]
    )
    assert tx.customer.decode().tolist() == [1, 2]


@pytest.mark.parametrize(
    "text", ["today", "now", "20260101", "2026", "2026-01-01T12:00Z", "2026-13-01"]
)
def test_texts_that_numpy_would_guess_at_are_refused(text: str) -> None:
    with pytest.raises(InvalidDataError, match="expected times or dates; got text"):
        ck.Transactions.from_arrays(customer=[1], time=[text])


def test_decimal_ids_that_are_not_whole_are_refused() -> None:
    pl = pytest.importorskip("polars")
    ids = pl.Series("customer", [decimal.Decimal("1.5"), decimal.Decimal("1.2")])
    frame = pl.DataFrame([ids]).with_columns(time=dt.datetime(2026, 1, 1))

    with pytest.raises(InvalidDataError, match="not whole numbers"):
        ck.Transactions.from_frame(frame)


@pytest.mark.filterwarnings("ignore::crmkit.errors.InexactSumsWarning")
def test_unsigned_numbers_beyond_the_signed_range_do_not_turn_negative() -> None:
    tx = read(two_lines(quantity=np.array([1, 2**64 - 1], dtype=np.uint64)))

    assert not tx.is_return.any()


def test_columns_of_another_kind_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match=r"columns must be Columns; got dict"):
        read(two_lines(), columns={"customer": "who"})
