"""Through the door: `Transactions.from_frame` against `pd.factorize` of its id columns alone.

    python benchmarks/peers/door.py --lines 10000000

crmkit checks every column, puts amounts on their decimal grid and orders the labels on top of what
factorize does. Answers are checked equal: the same ids, decoded.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

import crmkit as ck
from side_by_side import arguments, compare, heading, peak_extra_bytes
from till import ORDERS, Till, till_order

IDS = ["customer", "basket"]


def main() -> None:
    options = arguments(__doc__)
    heading(f"The door, {options.lines:,} lines", ("crmkit", "numpy", "pandas", "pyarrow"))
    for order, make in ORDERS.items():
        side_by_side(f"integers, {order}", integers(make(options.lines)), options.rounds)
    lines = till_order(options.lines)
    side_by_side("wide integers", wide_integers(lines), options.rounds)
    side_by_side("text, Arrow", text(lines, "pyarrow"), options.rounds)
    side_by_side("text, Python objects", text(lines, "python"), options.rounds)


def integers(till: Till) -> pd.DataFrame:
    columns = {"customer": till.customer, "basket": till.basket, "time": till.time}
    return pd.DataFrame(columns | {"amount": till.cents / 100})


def wide_integers(till: Till) -> pd.DataFrame:
    spread = np.int64(2**39 + 1)
    return integers(till).assign(customer=till.customer * spread, basket=till.basket * spread)


def text(till: Till, storage: str) -> pd.DataFrame:
    frame = integers(till)
    for name in IDS:
        labels = pd.Series([f"{name[0]}{k:011d}" for k in range(frame[name].max() + 1)])
        ids = labels.astype(object).to_numpy()[frame[name]]
        frame[name] = pd.Series(ids, dtype=pd.StringDtype(storage, na_value=np.nan))
    return frame


def side_by_side(title: str, frame: pd.DataFrame, rounds: int) -> None:
    tx = ck.Transactions.from_frame(frame)
    for name in IDS:
        assert tx.ids(name, question="check").decode().tolist() == frame[name].tolist()
    contenders = {
        "crmkit, all four columns": lambda: ck.Transactions.from_frame(frame),
        "pd.factorize, two id columns": lambda: [pd.factorize(frame[name]) for name in IDS],
    }
    kept = 4 * 2 * len(frame) + 8 * 2 * len(frame)
    compare(title, contenders, rounds=rounds)
    peak = peak_extra_bytes(lambda: ck.Transactions.from_frame(frame))
    print(f"peak memory beyond the frame, answer included: {peak / kept:.2f} times what is kept\n")


if __name__ == "__main__":
    main()
