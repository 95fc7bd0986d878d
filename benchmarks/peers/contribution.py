"""The waterfall of twelve steps by customer and by product: pandas, Polars and DuckDB.

    python benchmarks/peers/contribution.py --lines 10000000

All start from integer codes, money in cents and units, in memory, on two threads (pandas on one),
and end with the twelve steps summed by customer and by product. crmkit spreads the total of each
step over the lines to the cent. The peers do the same work in their own words, "to the cent": the
floor of each line, and a cent more for the largest fractions. They are also timed as people write
it, "unrounded", in floating point, where no line and no customer has whole cents. Groups must agree
within a cent a line, and each step's total within half a cent.
"""

from __future__ import annotations

import os

os.environ.setdefault("POLARS_MAX_THREADS", "2")

from collections.abc import Callable
from typing import Any

import attrs
import duckdb
import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

import crmkit as ck
from crmkit import Codes, Decimals
from crmkit.profitability import (
    Capital,
    CostModel,
    PerBasket,
    PercentOfCost,
    PercentOfSales,
    PerUnit,
    contribution,
)
from side_by_side import arguments, compare, heading, peak_extra_bytes
from till import till_order

TARIFF = {"store": "0.80", "web": "3.50"}
MODEL = CostModel(
    purchase="cost",
    supplier_funding=PercentOfCost("0.02"),
    warehouse=PerUnit("0.021"),
    transport=PerUnit("0.12"),
    shelf=PercentOfSales("0.015"),
    handling=PerUnit("0.05"),
    capital=Capital("0.08", days=30),
    shrink=PercentOfCost("0.008"),
    loyalty=PercentOfSales("0.01"),
    channel=PerBasket(TARIFF, attribute="channel"),
    payment=PercentOfSales("0.011"),
)
# cents per unit, shares of amount or cost: what the peers multiply by, cost negative
RATES = {
    "purchase": ("cost", -1.0),
    "supplier_funding": ("cost", 0.02),
    "warehouse": ("units", -2.1),
    "transport": ("units", -12.0),
    "shelf": ("amount", -0.015),
    "handling": ("units", -5.0),
    "capital": ("cost", -0.08 * 30 / 365),
    "shrink": ("cost", -0.008),
    "loyalty": ("amount", -0.01),
    "payment": ("amount", -0.011),
}
MOST_WINDOWED = 1_000_000
"""Ten windows over all lines take DuckDB minutes beyond."""
STEPS = ["gross_sales", *RATES, "channel"]
Sums = dict[str, NDArray[np.float64]]


@attrs.frozen(eq=False)
class Lines:
    """Lines without returns, so that all engines mean the same."""

    columns: dict[str, NDArray[Any]]
    customers: int
    products: int

    @classmethod
    def of(cls, lines: int) -> Lines:
        """Invent lines in till order, with product, units, cost and channel."""
        till, rng = till_order(lines), np.random.default_rng(4)
        products = max(lines // 500, 1)
        columns = {
            "customer": till.customer.astype(np.int32),
            "basket": till.basket.astype(np.int32),
            "product": rng.integers(0, products, lines).astype(np.int32),
            "amount": np.abs(till.cents) + 1,
            "units": rng.integers(1, 6, lines),
        }
        columns["cost"] = columns["amount"] * rng.integers(50, 95, lines) // 100
        columns["channel"] = (till.basket % 5 == 0).astype(np.int32)
        return cls(columns, int(till.customer.max()) + 1, products)

    def transactions(self) -> ck.Transactions:
        """Return the lines encoded, remembering nothing of earlier questions."""
        c = self.columns
        ids = {"customer": self.customers, "product": self.products}
        baskets = int(c["basket"].max()) + 1
        return ck.Transactions(
            time=till_order(len(c["amount"])).time,
            basket=Codes(c["basket"], np.arange(baskets)),
            amount=Decimals(c["amount"], 2),
            cost=Decimals(c["cost"], 2),
            quantity=Decimals(c["units"], 0),
            attributes={"channel": Codes(c["channel"], np.array(["store", "web"], dtype=object))},
            **{name: Codes(c[name], np.arange(n)) for name, n in ids.items()},
        )


def main() -> None:
    options = arguments(__doc__)
    packages = ("crmkit", "numpy", "pandas", "polars", "duckdb")
    heading("Contribution by customer and by product, twelve steps", packages)
    for size in sorted({options.lines // 100, options.lines // 10, options.lines}):
        lines = Lines.of(size)
        engines = contenders(lines)
        check_equal(lines, engines)
        compare(f"{size:,} lines", engines, rounds=options.rounds)
        again(lines, options.rounds)


def contenders(lines: Lines) -> dict[str, Callable[[], tuple[Sums, Sums]]]:
    tx = lines.transactions()
    pandas, polars = pd.DataFrame(lines.columns), pl.DataFrame(lines.columns)
    duck = duckdb.connect()
    duck.execute("set threads = 2")
    duck.register("frame", pandas)
    duck.execute("create table lines as select * from frame")
    return {
        "crmkit": lambda: with_crmkit(attrs.evolve(tx)),
        "pandas to the cent": lambda: with_pandas(pandas, exact=True),
        "Polars to the cent": lambda: with_polars(polars, exact=True),
        "pandas unrounded": lambda: with_pandas(pandas),
        "Polars unrounded": lambda: with_polars(polars),
        "DuckDB unrounded": lambda: with_duckdb(duck),
    } | (
        {"DuckDB to the cent": lambda: with_duckdb(duck, exact=True)}
        if len(pandas) <= MOST_WINDOWED
        else {}
    )


def with_crmkit(tx: ck.Transactions) -> tuple[Sums, Sums]:
    earned = contribution(tx, MODEL)
    return tuple(_ours(earned.by(key)) for key in ("customer", "product"))  # type: ignore[return-value]


def _ours(rollup: Any) -> Sums:
    steps = {step: rollup.steps[step] for step in STEPS}
    return {"key": rollup.keys[next(iter(rollup.keys))].codes, **steps}


# --- pandas ---


def with_pandas(frame: pd.DataFrame, *, exact: bool = False) -> tuple[Sums, Sums]:
    steps = pd.DataFrame({"gross_sales": frame["amount"]})
    for step, (base, rate) in RATES.items():
        steps[step] = frame[base] * rate
        if exact:
            steps[step] = largest_fractions(steps[step].to_numpy())
    total = frame.groupby("basket")["amount"].transform("sum")
    fee = pd.Series(np.where(frame["channel"] == 1, -350.0, -80.0))
    steps["channel"] = fee * frame["amount"] / total
    if exact:
        steps["channel"] = fractions_by_basket(frame["basket"], fee, steps["channel"])
    answers = []
    for key in ("customer", "product"):
        summed = steps.groupby(frame[key]).sum()
        answers.append({"key": summed.index.to_numpy(), **{s: summed[s].to_numpy() for s in STEPS}})
    return tuple(answers)  # type: ignore[return-value]


def largest_fractions(values: NDArray[np.float64]) -> NDArray[np.float64]:
    whole = np.floor(values)
    left = int(np.floor(values.sum() + 0.5) - whole.sum())
    whole[np.argsort(whole - values, kind="stable")[:left]] += 1
    return whole


def fractions_by_basket(basket: pd.Series, fee: pd.Series, values: pd.Series) -> pd.Series:
    whole = np.floor(values + 1e-9)
    left = fee - whole.groupby(basket).transform("sum")
    order = pd.DataFrame({"basket": basket, "fraction": whole - values}).sort_values(
        ["basket", "fraction"], kind="stable"
    )
    rank = order.groupby("basket").cumcount().sort_index()
    return whole + (rank < left)


# --- Polars ---


def with_polars(frame: pl.DataFrame, *, exact: bool = False) -> tuple[Sums, Sums]:
    fee = pl.when(pl.col("channel") == 1).then(-350.0).otherwise(-80.0)
    shares = fee * pl.col("amount") / pl.col("amount").sum().over("basket")
    rated = {step: pl.col(base) * rate for step, (base, rate) in RATES.items()}
    steps = frame.with_columns(gross_sales=pl.col("amount"), fee=fee, channel=shares, **rated)
    if exact:
        whole = (pl.col("channel") + 1e-9).floor()
        rank = (pl.col("channel") - whole).rank("ordinal", descending=True).over("basket")
        left = pl.col("fee") - whole.sum().over("basket")
        steps = steps.with_columns(
            channel=whole + (rank <= left), **{step: largest_in_polars(step) for step in RATES}
        )
    answers = []
    for key in ("customer", "product"):
        summed = steps.group_by(key).agg(pl.col(STEPS).sum()).sort(key)
        columns = {s: summed[s].to_numpy() for s in STEPS}
        answers.append({"key": summed[key].to_numpy(), **columns})
    return tuple(answers)  # type: ignore[return-value]


def largest_in_polars(step: str) -> pl.Expr:
    values = pl.col(step)
    left = (values.sum() + 0.5).floor() - values.floor().sum()
    return values.floor() + ((values - values.floor()).rank("ordinal", descending=True) <= left)


# --- DuckDB ---


def with_duckdb(duck: duckdb.DuckDBPyConnection, *, exact: bool = False) -> tuple[Sums, Sums]:
    priced = RATES.items()
    rates = ", ".join(f"{base} * ({rate!r}::double) as {step}" for step, (base, rate) in priced)
    duck.execute(
        f"""create or replace temp table steps as
            select customer, product, basket, amount as gross_sales, {rates}, fee,
                   fee * amount / total as channel
            from (select *, case when channel = 1 then -350.0::double else -80.0::double end as fee
                  from lines)
            join (select basket, sum(amount) as total from lines group by basket) using (basket)"""
    )
    if exact:
        duck.execute(_fractions_in_sql())
    sums = ", ".join(f"sum({step})::double as {step}" for step in STEPS)
    return tuple(  # type: ignore[return-value]
        duck.execute(
            f"select {key} as key, {sums} from steps group by {key} order by {key}"
        ).fetchnumpy()
        for key in ("customer", "product")
    )


def _fractions_in_sql() -> str:
    steps = ", ".join(
        f"floor({s}) + (row_number() over (order by floor({s}) - {s}) <= left_{s})::int as {s}"
        for s in RATES
    )
    left = ", ".join(f"floor(sum({s}) + 0.5) - sum(floor({s})) as left_{s}" for s in RATES)
    whole = "floor(channel + 1e-9)"
    return f"""create or replace temp table steps as
        with t as (select {left} from steps)
        select customer, product, gross_sales, {steps},
               {whole} + (row_number() over (partition by basket order by {whole} - channel)
                          <= fee - sum({whole}) over (partition by basket))::int as channel
        from steps, t"""


def check_equal(lines: Lines, engines: dict[str, Callable[[], tuple[Sums, Sums]]]) -> None:
    ours = engines["crmkit"]()
    counts = [np.bincount(lines.columns[key]) for key in ("customer", "product")]
    for name, run in engines.items():
        for mine, theirs, count in zip(ours, run(), counts, strict=True):
            assert np.array_equal(mine["key"], theirs["key"]), name
            for step in STEPS:
                apart = np.abs(mine[step] - theirs[step])
                assert (apart <= count[mine["key"]] + 1e-3).all(), (name, step)
                assert abs(mine[step].sum() - theirs[step].sum()) < 0.6, (name, step)


def again(lines: Lines, rounds: int) -> None:
    tx = lines.transactions()
    earned = contribution(tx, MODEL)
    size = f"{len(tx):,} lines"
    compare(f"{size}, another by(product)", {"crmkit": lambda: earned.by("product")}, rounds=rounds)
    compare(
        f"{size}, another by(customer)", {"crmkit": lambda: earned.by("customer")}, rounds=rounds
    )
    extra = peak_extra_bytes(lambda: with_crmkit(attrs.evolve(tx)))
    print(f"Peak beyond the lines: {extra / 1e6:,.0f} MB\n")


if __name__ == "__main__":
    main()
