"""What a type checker sees of the public names; mypy --strict reads it, nothing runs it."""

from __future__ import annotations

from typing import assert_type

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

import crmkit as ck
from crmkit.segmentation import RfmCuts, RfmScores, SegmentProfile, rfm
from crmkit.typing import Frame

pandas_frame = pd.DataFrame({"customer": [1], "time": pd.to_datetime(["2026-01-01"])})
tx = ck.Transactions.from_frame(pandas_frame)
assert_type(tx, ck.Transactions)
ck.Transactions.from_frame(pl.DataFrame({"customer": [1]}), ck.Columns(amount="paid"))
ck.Transactions.from_frame(pl.LazyFrame({"customer": [1]}), on_invalid="drop")

ck.Transactions.from_frame(pandas_frame, ck.Columns(basket=None))

assert_type(tx.customer, ck.Codes)
assert_type(tx.basket, ck.Codes | None)
assert_type(tx.amount, ck.Decimals | None)
assert_type(tx.between("2026-01-01", np.datetime64("2026-02-01")), ck.Transactions)
assert_type(tx.is_return, NDArray[np.bool_])

scores = rfm(tx, as_of="2026-03-01", cuts={"frequency": (1, 2, 3, 5)})
assert_type(scores, RfmScores)
assert_type(scores.cuts, RfmCuts)
assert_type(scores.r, NDArray[np.int8])
assert_type(scores.segments(), ck.Labels)
assert_type(scores.profile(scores.segments()), SegmentProfile)
assert_type(scores.to_frame(), Frame)

# What must not pass:
rfm(tx)  # type: ignore[call-arg]
rfm(tx, as_of=5)  # type: ignore[arg-type]
rfm(tx, as_of="2026-03-01", frequency="lines")  # type: ignore[arg-type]
rfm(tx, as_of="2026-03-01", cuts={"frequnecy": (1,)})  # type: ignore[dict-item]
ck.Transactions.from_frame("sales.csv")  # type: ignore[arg-type]
ck.Transactions.from_frame(pandas_frame, on_invalid="ignore")  # type: ignore[arg-type]
ck.Columns("who")  # type: ignore[call-arg]
ck.Columns(customer=None)  # type: ignore[arg-type]
scores.r = scores.f  # type: ignore[misc]
