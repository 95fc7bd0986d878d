"""First and last day, distinct days and baskets, net and returned money per customer.

    python benchmarks/peers/customer_summary.py --lines 10000000

All engines get integer codes, days ready made and money in cents, on two threads. Purchase lines
have amount >= 0; days and baskets look at them only. Answers are checked equal before timing.
"""

from __future__ import annotations

import os

os.environ.setdefault("POLARS_MAX_THREADS", "2")

import duckdb
import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

import crmkit as ck
from side_by_side import Contenders, arguments, compare, heading, peak_extra_bytes
from till import AS_OF, ORDERS, START, Till, fresh, transactions

Answer = NDArray[np.int64]
"""One row per customer: customer, first, last, days, baskets, net, returned."""

SQL = """
    select customer,
           coalesce(min(day) filter (amount >= 0), -1) as first,
           coalesce(max(day) filter (amount >= 0), -1) as last,
           count(distinct day) filter (amount >= 0) as days,
           count(distinct basket) filter (amount >= 0) as baskets,
           sum(amount)::bigint as net,
           coalesce(-sum(amount) filter (amount < 0), 0)::bigint as returned
    from lines group by customer
"""


def main() -> None:
    options = arguments(__doc__)
    packages = ("crmkit", "numpy", "scipy", "pandas", "polars", "duckdb")
    heading(f"Customer summary, {options.lines:,} lines", packages)
    for order, make in ORDERS.items():
        till = make(options.lines)
        tx = transactions(till)
        contenders = engines(till, tx)
        check_equal(tx, till)
        compare(order, contenders, rounds=options.rounds)
        report_memory(order, tx)


def engines(till: Till, tx: ck.Transactions) -> Contenders:
    columns = codes(till)
    polars, pandas = pl.DataFrame(columns), pd.DataFrame(columns)
    duck = duckdb.connect()
    duck.execute("set threads = 2")
    duck.execute("create table lines as select * from pandas")
    return {
        "crmkit": lambda: ck.CustomerSummary.from_transactions(fresh(tx), as_of=AS_OF),
        "DuckDB, 2 threads": lambda: duck.sql(SQL).fetchnumpy(),
        "Polars eager, 2 threads": lambda: by_polars(polars),
        "Polars streaming, 2 threads": lambda: by_polars_streaming(polars),
        "pandas": lambda: by_pandas(pandas),
    }


def codes(till: Till) -> dict[str, NDArray[np.generic]]:
    day = (till.time - START).astype(np.int64) // 86_400
    return {
        "customer": till.customer.astype(np.int32),
        "basket": till.basket.astype(np.int32),
        "day": day.astype(np.int32),
        "amount": till.cents,
    }


def by_polars(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.group_by("customer").agg(_aggregates())


def by_polars_streaming(lines: pl.DataFrame) -> pl.DataFrame:
    return lines.lazy().group_by("customer").agg(_aggregates()).collect(engine="streaming")


def _aggregates() -> list[pl.Expr]:
    bought = pl.col("amount") >= 0
    day, basket = pl.col("day").filter(bought), pl.col("basket").filter(bought)
    return [
        day.min().alias("first"),
        day.max().alias("last"),
        day.n_unique().alias("days"),
        basket.n_unique().alias("baskets"),
        pl.col("amount").sum().alias("net"),
        (-pl.col("amount").filter(~bought).sum()).alias("returned"),
    ]


def by_pandas(lines: pd.DataFrame) -> pd.DataFrame:
    bought = lines[lines["amount"] >= 0].groupby("customer")
    summary = bought.agg(
        first=("day", "min"),
        last=("day", "max"),
        days=("day", "nunique"),
        baskets=("basket", "nunique"),
    )
    net = lines.groupby("customer")["amount"].sum().rename("net")
    returned = -lines[lines["amount"] < 0].groupby("customer")["amount"].sum().rename("returned")
    return pd.concat([summary, net, returned], axis=1)


def check_equal(tx: ck.Transactions, till: Till) -> None:
    ours = our_answer(ck.CustomerSummary.from_transactions(fresh(tx), as_of=AS_OF))
    columns = codes(till)
    polars, pandas = pl.DataFrame(columns), pd.DataFrame(columns)
    names = ["customer", "first", "last", "days", "baskets", "net", "returned"]
    answers = {
        "DuckDB": duckdb.sql(SQL.replace("from lines", "from pandas")).df(),
        "Polars": by_polars(polars).to_pandas(use_pyarrow_extension_array=False),
        "Polars streaming": by_polars_streaming(polars).to_pandas(),
        "pandas": by_pandas(pandas).rename_axis("customer").reset_index(),
    }
    for name, answer in answers.items():
        ready = answer.fillna({"first": -1, "last": -1}).fillna(0)[names].sort_values("customer")
        assert np.array_equal(ready.to_numpy(dtype=np.int64), ours), name


def our_answer(summary: ck.CustomerSummary) -> Answer:
    assert summary.amount is not None
    assert summary.returned_amount is not None
    bought = ~np.isnat(summary.last_day)
    epoch = START.astype("datetime64[D]")
    columns = [
        summary.customer,
        np.where(bought, (summary.first_day - epoch).astype(np.int64), -1),
        np.where(bought, (summary.last_day - epoch).astype(np.int64), -1),
        summary.purchase_days,
        summary.baskets,
        summary.amount.units,
        summary.returned_amount.units,
    ]
    return np.column_stack(columns)


def report_memory(order: str, tx: ck.Transactions) -> None:
    lines = fresh(tx)
    peak = peak_extra_bytes(lambda: ck.CustomerSummary.from_transactions(lines, as_of=AS_OF))
    arrays = encoded_bytes(tx)
    print(
        f"{order}: peak extra memory {peak / 1e6:.0f} MB, {peak / arrays:.2f} times the encoded"
        f" arrays ({arrays / 1e6:.0f} MB)\n"
    )


def encoded_bytes(tx: ck.Transactions) -> int:
    assert tx.basket is not None
    assert tx.amount is not None
    columns = (tx.customer.codes, tx.basket.codes, tx.time, tx.amount.units)
    return sum(column.nbytes for column in columns)


if __name__ == "__main__":
    main()
