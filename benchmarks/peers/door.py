"""Through the door: `Transactions.from_frame` against `pd.factorize` of its id columns alone.

    python benchmarks/peers/door.py --lines 10000000

crmkit checks every column, puts amounts on their decimal grid and orders the labels on top of what
factorize does. Answers are checked equal: the same ids, decoded.
"""

from __future__ import annotations

from collections.abc import Callable

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
        side_by_side(f"wide integers, {order}", wide_integers(make(options.lines)), options.rounds)
    lines = till_order(options.lines)
    for storage in ("pyarrow", "python"):
        side_by_side(f"numbered text, {storage}", text(lines, storage, numbered), options.rounds)
        side_by_side(f"random text, {storage}", text(lines, storage, at_random), options.rounds)


def integers(till: Till) -> pd.DataFrame:
    columns = {"customer": till.customer, "basket": till.basket, "time": till.time}
    return pd.DataFrame(columns | {"amount": till.cents / 100})


def wide_integers(till: Till) -> pd.DataFrame:
    spread = np.int64(2**39 + 1)
    return integers(till).assign(customer=till.customer * spread, basket=till.basket * spread)


def numbered(name: str, count: int) -> list[str]:
    return [f"{name[0]}{k:011d}" for k in range(count)]


def at_random(name: str, count: int) -> list[str]:
    """Labels like UUIDs: no numbers of 64 bits stand for them."""
    rng = np.random.default_rng(len(name))
    return [rng.bytes(16).hex() for _ in range(count)]


def text(till: Till, storage: str, labels_of: Callable[[str, int], list[str]]) -> pd.DataFrame:
    frame = integers(till)
    for name in IDS:
        labels = np.array(labels_of(name, frame[name].max() + 1), dtype=object)
        ids = labels[frame[name]]
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
