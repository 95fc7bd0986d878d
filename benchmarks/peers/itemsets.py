"""Frequent itemsets from the long frame a user has: PyFIM, rusket and mlxtend against crmkit.

    python benchmarks/peers/itemsets.py --rounds 5

Each contender starts from a long pandas frame of integer ids, one row for each product in each
basket, and ends with all sets and their counts, products by set included: crmkit as arrays, PyFIM
as its list of tuples, rusket and mlxtend as their frames. The sets and counts of PyFIM and rusket
are compared with ours, set by set, before anything is timed; not those of PyFIM where a product is
in every row, because it leaves such products out. rusket loses sets at the threshold when a share
is not exact in binary; it gets a share just below, and must then find the same.

Mining alone is timed apart: crmkit from `Baskets`, PyFIM from its lists.
"""

from __future__ import annotations

import argparse
import gc
import gzip
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import attrs
import fim
import numpy as np
import pandas as pd
import rusket
from mlxtend.frequent_patterns import fpgrowth

from crmkit.segmentation import Baskets, Itemsets, frequent_itemsets
from side_by_side import Contenders, compare, heading, peak_extra_bytes

SHARED = Path(__file__).parents[3] / "shared" / "data" / "fimi"
ROWS = [
    ("retail", 0.001),
    ("T10I4D100K", 0.001),
    ("bms_webview2", 0.001),
    ("kosarak_head", 0.003),
    ("mushroom", 0.1),
    ("chess", 0.6),
]
MLXTEND_CELLS = 100_000_000


@attrs.frozen
class Task:
    """A long frame and a threshold."""

    frame: pd.DataFrame
    baskets: int
    share: float

    @property
    def count(self) -> int:
        return int(np.ceil(np.round(self.share * self.baskets, 6)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--skip-million", action="store_true")
    options = parser.parse_args()
    heading(
        "Frequent itemsets",
        ("crmkit", "numpy", "scipy", "pandas", "pyfim", "rusket", "mlxtend"),
    )
    for name, share in ROWS:
        run(f"{name} {share:.1%}", from_file(name, share), options.rounds)
    if not options.skip_million:
        run("1 M baskets x 5,000 products 0.05 %", million(), min(options.rounds, 3))


def run(title: str, task: Task, rounds: int) -> None:
    baskets, lists = ours_baskets(task), as_lists(task.frame)
    found = frequent_itemsets(baskets, task.count)
    check_equal(task, found, lists)
    title = f"{title}, {len(found):,} sets"
    gc.collect()
    compare(title, end_to_end(task), rounds=rounds)
    mining: Contenders = {
        "crmkit, mining alone": lambda: frequent_itemsets(baskets, task.count),
        "PyFIM, mining alone": lambda: pyfim(lists, task.count),
    }
    compare(f"{title}: mining", mining, rounds=rounds)
    peak = peak_extra_bytes(lambda: crmkit(task))
    print(f"Peak extra memory of crmkit: {peak / 2**20:,.0f} MB\n", flush=True)


def end_to_end(task: Task) -> Contenders:
    contenders: dict[str, Callable[[], object]] = {
        "crmkit": lambda: crmkit(task),
        "PyFIM with its lists": lambda: pyfim(as_lists(task.frame), task.count),
        "rusket": lambda: rusket_frame(task),
    }
    if task.baskets * task.frame["product"].nunique() <= MLXTEND_CELLS:
        contenders["mlxtend fpgrowth"] = lambda: mlxtend(task)
    return contenders


# --- contenders ----------------------------------------------------------------------------------


def ours_baskets(task: Task) -> Baskets:
    return Baskets.from_arrays(basket=task.frame["basket"], product=task.frame["product"])


def crmkit(task: Task) -> Itemsets:
    return frequent_itemsets(ours_baskets(task), task.count)


def as_lists(frame: pd.DataFrame) -> list[list[int]]:
    ends = np.flatnonzero(np.diff(frame["basket"].to_numpy())) + 1
    return [part.tolist() for part in np.split(frame["product"].to_numpy(), ends)]


def pyfim(lists: list[list[int]], count: int) -> list[tuple[tuple[int, ...], int]]:
    found: list[tuple[tuple[int, ...], int]] = fim.fpgrowth(lists, supp=-count, report="a")
    return found


def rusket_frame(task: Task) -> pd.DataFrame:
    model = rusket.FPGrowth.from_transactions(
        task.frame,
        transaction_col="basket",
        item_col="product",
        min_support=(task.count - 0.5) / task.baskets,
    )
    found: pd.DataFrame = model.mine()
    return found


def mlxtend(task: Task) -> pd.DataFrame:
    basket, product = task.frame["basket"].to_numpy(), task.frame["product"].to_numpy()
    codes, labels = pd.factorize(product)
    table = np.zeros((task.baskets, len(labels)), dtype=bool)
    table[basket, codes] = True
    one_hot = pd.DataFrame(table, columns=labels)
    return fpgrowth(one_hot, min_support=(task.count - 0.5) / task.baskets)


# --- data ----------------------------------------------------------------------------------------


def from_file(name: str, share: float) -> Task:
    text = gzip.decompress((SHARED / f"{name}.dat.gz").read_bytes()).decode("ascii")
    rows = [row.split() for row in text.splitlines()]
    basket = np.repeat(np.arange(len(rows)), [len(row) for row in rows])
    product = np.array([item for row in rows for item in row], dtype=np.int64)
    return Task(pd.DataFrame({"basket": basket, "product": product}), len(rows), share)


def million(baskets: int = 1_000_000, products: int = 5_000) -> Task:
    """Zipf-like products with two hundred planted bundles of three to five."""
    rng = np.random.default_rng(7)
    weight = 1 / np.arange(1, products + 1) ** 0.8
    size = 1 + rng.poisson(7.6, baskets)
    basket = [np.repeat(np.arange(baskets), size)]
    product = [rng.choice(products, size=int(size.sum()), p=weight / weight.sum())]
    for _ in range(200):
        bundle = rng.choice(products, rng.integers(3, 6), replace=False)
        where = rng.choice(baskets, rng.integers(600, 4_000), replace=False)
        basket.append(np.repeat(where, len(bundle)))
        product.append(np.tile(bundle, len(where)))
    frame = pd.DataFrame({"basket": np.concatenate(basket), "product": np.concatenate(product)})
    whole = frame.sort_values("basket", kind="stable", ignore_index=True).drop_duplicates()
    return Task(whole.reset_index(drop=True), baskets, 0.0005)


# --- equal answers -------------------------------------------------------------------------------


def check_equal(task: Task, found: Itemsets, lists: list[list[int]]) -> None:
    """Compare all sets and counts, as numbers that do not depend on order."""
    ours = signature(
        (labels, int(c)) for labels, c in zip(found.labels(), found.counts, strict=True)
    )
    theirs = rusket_frame(task)
    counts = np.rint(theirs["support"].to_numpy(dtype=float) * task.baskets).astype(int)
    assert ours == signature(zip(theirs["itemsets"], counts, strict=True)), "rusket"
    everywhere = {
        labels[0]
        for labels, c in zip(found.labels(), found.counts, strict=True)
        if c == task.baskets
    }
    if not everywhere:
        unique = [list(dict.fromkeys(items)) for items in lists]
        assert ours == signature((s, c) for s, c in pyfim(unique, task.count)), "PyFIM"


def signature(sets: Iterable[tuple[Any, int]]) -> tuple[int, int]:
    """Return how many sets there are, and the exclusive or of all their hashes."""
    number = together = 0
    for items, count in sets:
        number += 1
        together ^= hash((frozenset(map(int, items)), int(count)))
    return number, together


if __name__ == "__main__":
    main()
