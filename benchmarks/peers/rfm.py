"""RFM from the till's lines: the pandas idiom that counts distinct baskets, against `rfm`.

    python benchmarks/peers/rfm.py --lines 10000000

The idiom is groupby + nunique, then qcut of each measure. `qcut(rank(method="first"))` is what
most notebooks do; it splits ties by row order, so its scores cannot equal ours and only its
measures are compared. `qcut(duplicates="drop")` scores alike where no cut repeats, and is compared
in full.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

import crmkit as ck
from crmkit.segmentation import rfm
from side_by_side import Contenders, arguments, compare, heading
from till import AS_OF, ORDERS, Till, fresh, transactions


def main() -> None:
    options = arguments(__doc__)
    heading(f"RFM, {options.lines:,} lines", ("crmkit", "numpy", "pandas"))
    for order, make in ORDERS.items():
        till = make(options.lines)
        tx, lines = transactions(till), frame(till)
        check_equal(tx, lines)
        compare(order, contenders(tx, lines), rounds=options.rounds)


def contenders(tx: ck.Transactions, lines: pd.DataFrame) -> Contenders:
    return {
        "crmkit": lambda: rfm(fresh(tx), as_of=AS_OF),
        "crmkit, nested": lambda: rfm(fresh(tx), as_of=AS_OF, method="nested"),
        "pandas nunique + qcut(rank first)": lambda: by_rank(measures(lines)),
        "pandas nunique + qcut(duplicates drop)": lambda: by_qcut(measures(lines)),
        "pandas counting lines + qcut(rank first)": lambda: by_rank(measures_of_lines(lines)),
    }


def frame(till: Till) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer": till.customer.astype(np.int32),
            "basket": till.basket.astype(np.int32),
            "time": till.time,
            "amount": till.cents / 100,
        }
    )


def measures(lines: pd.DataFrame) -> pd.DataFrame:
    bought = lines[lines["amount"] >= 0].groupby("customer")
    summary = bought.agg(last=("time", "max"), frequency=("basket", "nunique"))
    summary["monetary"] = lines.groupby("customer")["amount"].sum()
    last_day = summary["last"].dt.floor("D")
    return summary.assign(recency=(pd.Timestamp(AS_OF) - last_day).dt.days)


def measures_of_lines(lines: pd.DataFrame) -> pd.DataFrame:
    """The loose idiom: frequency counts lines, returns among them."""
    by_customer = lines.groupby("customer")
    summary = by_customer.agg(
        last=("time", "max"), frequency=("basket", "count"), monetary=("amount", "sum")
    )
    return summary.assign(recency=(pd.Timestamp(AS_OF) - summary["last"]).dt.days)


def by_rank(table: pd.DataFrame) -> pd.DataFrame:
    ranked = table[["recency", "frequency", "monetary"]].rank(method="first")
    return pd.DataFrame(
        {
            "r": 5 - pd.qcut(ranked["recency"], 5, labels=False),
            "f": 1 + pd.qcut(ranked["frequency"], 5, labels=False),
            "m": 1 + pd.qcut(ranked["monetary"], 5, labels=False),
        }
    )


def by_qcut(table: pd.DataFrame) -> pd.DataFrame:
    cut = {
        name: pd.qcut(table[name], 5, labels=False, duplicates="drop")
        for name in ("recency", "frequency", "monetary")
    }
    return pd.DataFrame(
        {"r": 5 - cut["recency"], "f": 1 + cut["frequency"], "m": 1 + cut["monetary"]}
    )


def check_equal(tx: ck.Transactions, lines: pd.DataFrame) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ck.errors.TiedScoresWarning)
        ours = rfm(fresh(tx), as_of=AS_OF)
    table = measures(lines)
    assert np.array_equal(table.index, ours.customer)
    assert np.array_equal(table["recency"], ours.recency_days)
    assert np.array_equal(table["frequency"], ours.frequency)
    assert np.allclose(table["monetary"], ours.monetary, atol=1e-6)
    scores = by_qcut(table.assign(monetary=ours.monetary))
    for letter in "rfm":
        assert np.array_equal(scores[letter], getattr(ours, letter)), letter


if __name__ == "__main__":
    main()
