"""Real data sets and worked cases that stand beside a checkout; a stranger's clone has none.

They are looked for in `../shared` next to the repository, or where CRMKIT_SHARED points. Every
loader skips the test that asks when its file is not there.
"""

from __future__ import annotations

import gzip
import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

ROOT = Path(os.environ.get("CRMKIT_SHARED", Path(__file__).parents[2] / "shared"))


ARULES = {
    "rhsSupport": "consequent_support",
    "hyperLift": "hyper_lift",
    "hyperConfidence": "hyper_confidence",
    "fishersExactTest": "fisher_p",
    "chiSquared": "chi2",
    "oddsRatio": "odds_ratio",
    "doc": "difference_of_confidence",
    "RLD": "rld",
    "mutualInformation": "mutual_information",
    "jMeasure": "j_measure",
    "addedValue": "added_value",
    "centeredConfidence": "added_value",
    "maxconfidence": "max_confidence",
    "rulePowerFactor": "rule_power_factor",
    "confirmedConfidence": "confirmed_confidence",
    "counterexample": "counter_example_rate",
    "leastContradiction": "least_contradiction",
    "varyingLiaison": "varying_liaison",
    "yuleQ": "yule_q",
    "yuleY": "yule_y",
    "implicationIndex": "implication_index",
    "relativeRisk": "relative_risk",
}
"""Figures of rules in the worked cases from arules whose names are not ours."""


def shared_file(*parts: str) -> Path:
    """Return the path of a shared file, or skip the test."""
    path = ROOT.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"shared data not present: {'/'.join(parts)}")
    return path


@cache
def _cases(file: str) -> dict[str, dict[str, Any]]:
    listed = json.loads(shared_file("cases", file).read_text(encoding="utf-8"))["cases"]
    return {case["id"]: case for case in listed}


def case(file: str, case_id: str) -> dict[str, Any]:
    """Return one worked case by its id."""
    return _cases(file)[case_id]


@cache
def uci_online_retail() -> pd.DataFrame:
    """UCI Online Retail, 541,909 lines, with an `amount` column (quantity x unit price)."""
    path = shared_file("data", "uci_online_retail", "online_retail.csv.gz")
    lines = pd.read_csv(
        path,
        dtype={"InvoiceNo": str, "StockCode": str, "CustomerID": "Int64"},
        parse_dates=["InvoiceDate"],
    )
    return lines.assign(amount=lines["Quantity"] * lines["UnitPrice"])


@cache
def complete_journey() -> pd.DataFrame:
    """The Complete Journey transactions, 1,469,307 lines of 2,469 households."""
    path = shared_file("data", "complete_journey", "transactions.csv.gz")
    return pd.read_csv(path, parse_dates=["transaction_timestamp"])


@cache
def ta_feng() -> pd.DataFrame:
    """Ta-Feng grocery, 817,741 lines of 32,266 customers."""
    path = shared_file("data", "ta_feng", "ta_feng.csv.gz")
    return pd.read_csv(path, parse_dates=["TRANSACTION_DT"])


@cache
def cdnow() -> pd.DataFrame:
    """CDNOW master, 69,659 purchases of 23,570 customers."""
    path = shared_file("data", "cdnow", "cdnow_master.csv.gz")
    return pd.read_csv(path, parse_dates=["date"])


@cache
def rfm_orders() -> pd.DataFrame:
    """Orders of the R package rfm: 4,906 orders of 995 customers."""
    path = shared_file("data", "rfm_r", "orders.csv.gz")
    return pd.read_csv(path, parse_dates=["order_date"])


@cache
def rfm_customers() -> pd.DataFrame:
    """Customers of the R package rfm: 39,999 rows."""
    path = shared_file("data", "rfm_r", "customers.csv.gz")
    return pd.read_csv(path, parse_dates=["most_recent_visit"])


@cache
def fimi(name: str) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
    """A frequent-itemset mining set as (basket, item) entries, and how many baskets."""
    path = shared_file("data", "fimi", f"{name}.dat.gz")
    rows = gzip.decompress(path.read_bytes()).decode("ascii").splitlines()
    sizes = [len(row.split()) for row in rows]
    items = np.array(" ".join(rows).split(), dtype=np.int32)
    return np.repeat(np.arange(len(rows), dtype=np.int32), sizes), items, len(rows)


@cache
def groceries() -> list[list[str]]:
    """The baskets of one grocery: 9,835 of 169 products; a label ends in a blank."""
    path = shared_file("data", "groceries", "groceries_baskets.csv.gz")
    rows = gzip.decompress(path.read_bytes()).decode("utf-8").rstrip("\n").split("\n")
    return [row.split(",") for row in rows]


@cache
def scms_shipments() -> pd.DataFrame:
    """Delivery history of USAID's supply chain, 10,324 lines; many point to shared freight."""
    path = shared_file("data", "scms_shipments", "scms_delivery_history.csv.gz")
    return pd.read_csv(path, encoding="utf-8")


@cache
def olist_items() -> pd.DataFrame:
    """Items of a Brazilian marketplace with freight, weight and `volume` in cubic metres."""
    items = pd.read_csv(shared_file("data", "olist_freight", "order_items.csv.gz"))
    products = pd.read_csv(shared_file("data", "olist_freight", "products.csv.gz"))
    sides = ["product_length_cm", "product_height_cm", "product_width_cm"]
    products["volume"] = products[sides].prod(axis=1, skipna=False) / 1e6
    return items.merge(products, on="product_no", how="left")


@cache
def orange_juice() -> pd.DataFrame:
    """Orange juice of Dominick's: 106,139 weeks of 83 shops and 11 brands, with ounces and money.

    The file has the logarithm of ounces, the prices of all brands per ounce, and `profit`: gross
    margin in percent of sales, on the average cost of what is in stock.
    """
    weeks = pd.read_csv(shared_file("data", "retail_weekly", "dominicks_orange_juice.csv.gz"))
    prices = weeks[[f"price{brand}" for brand in range(1, 12)]].to_numpy()
    ounces = np.exp(weeks["logmove"]).round().astype(np.int64)
    amount = (ounces * prices[np.arange(len(weeks)), weeks["brand"] - 1]).round(2)
    return weeks.assign(
        ounces=ounces,
        amount=amount,
        cost=(amount * (1 - weeks["profit"] / 100)).round(2),
        # Week 1 began on 14 September 1989.
        day=np.datetime64("1989-09-07") + weeks["week"].to_numpy() * np.timedelta64(7, "D"),
    )


@cache
def online_retail_weeks() -> pd.DataFrame:
    """Weeks of products of UCI Online Retail II: 197,517 of 4,721 products over 104 weeks."""
    path = shared_file("data", "retail_weekly", "online_retail_product_week.csv.gz")
    return pd.read_csv(path, dtype={"stock_code": str}, parse_dates=["week_start"])
