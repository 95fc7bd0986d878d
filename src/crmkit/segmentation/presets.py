"""Segment maps that other tools publish, for people who move over.

Each map names its source and, where that tool scores differently from `rfm`, how to score as it
does. `check()` shows the codes a map leaves without a name and the names nobody can reach.
"""

from __future__ import annotations

from typing import Final

from crmkit.segmentation.segments import ANY, SegmentRule, SegmentRules

_PLUS_ONE: Final = (
    "quantiles of type 7 plus 1, scored lower <= value < upper:"
    " rfm(..., cuts=scores.cuts.with_ties_above(shift=1))"
)

RSQUARED_ACADEMY_V02 = SegmentRules(
    (
        SegmentRule("Champions", (4, 5), (4, 5), (4, 5)),
        SegmentRule("Loyal Customers", (2, 5), (3, 5), (3, 5)),
        SegmentRule("Potential Loyalist", (3, 5), (1, 3), (1, 3)),
        SegmentRule("New Customers", (4, 5), 1, 1),
        SegmentRule("Promising", (3, 4), 1, 1),
        SegmentRule("Need Attention", (2, 3), (2, 3), (2, 3)),
        SegmentRule("About To Sleep", (2, 3), (1, 2), (1, 2)),
        SegmentRule("At Risk", (1, 2), (2, 5), (2, 5)),
        SegmentRule("Can't Lose Them", 1, (4, 5), (4, 5)),
        SegmentRule("Lost", (1, 2), (1, 2), (1, 2)),
    ),
    otherwise="Others",
    source="R package rfm 0.2 (rsquaredacademy)",
    scoring=_PLUS_ONE,
)
"""The rules of the R package rfm 0.2: 36 codes fall to "Others", three names are never reached."""

RSQUARED_ACADEMY_V03 = SegmentRules(
    (
        SegmentRule("Champions", 5, 5, 5),
        SegmentRule("Potential Loyalist", (3, 5), (3, 5), (2, 5)),
        SegmentRule("Loyal Customers", (2, 4), (2, 4), (2, 4)),
        SegmentRule("Promising", (3, 4), (1, 3), (3, 5)),
        SegmentRule("New Customers", (4, 5), (1, 3), ANY),
        SegmentRule("Can't Lose Them", (1, 2), (3, 4), (4, 5)),
        SegmentRule("At Risk", (1, 2), (2, 5), (4, 5)),
        SegmentRule("Need Attention", (1, 3), (3, 5), (3, 5)),
        SegmentRule("About To Sleep", (2, 3), (1, 3), (1, 4)),
        SegmentRule("Lost", 1, ANY, ANY),
    ),
    otherwise="Others",
    source="R package rfm 0.3 (rsquaredacademy)",
    scoring=_PLUS_ONE,
)
"""The rules of the R package rfm 0.3: ten codes fall to "Others"."""

RFM_PYPI = SegmentRules(
    (
        SegmentRule("Champions", (4, 5), (4, 5), (4, 5)),
        SegmentRule("Promising", (4, 5), (1, 2), (3, 5)),
        SegmentRule("Loyal Accounts", (3, 5), (3, 5), (3, 5)),
        SegmentRule("Potential Loyalist", (3, 5), (2, 3), (2, 4)),
        SegmentRule("New Active Accounts", 5, 1, ANY),
        SegmentRule("Low Spenders", (3, 5), ANY, (1, 2)),
        SegmentRule("Need Attention", (2, 3), (1, 2), (4, 5)),
        SegmentRule("About to Sleep", (2, 3), (1, 2), (1, 3)),
        SegmentRule("At Risk", (1, 2), ANY, (3, 5)),
        SegmentRule("Lost", (1, 2), ANY, (1, 2)),
    ),
    source="Python package rfm 1.0.9 (PyPI)",
    scoring="that package splits ties by row order; rfm() does not, and there is no way to ask it",
)
"""The rules of the Python package rfm: all codes covered, "New Active Accounts" keeps two."""

PYMC_MARKETING = SegmentRules.from_codes(
    {
        "Premium Customer": ["334", "443", "444", "344", "434", "433", "343", "333"],
        "Repeat Customer": ["244", "234", "232", "332", "143", "233", "243"],
        "Top Spender": [
            "424",
            "414",
            "144",
            "314",
            "324",
            "124",
            "224",
            "423",
            "413",
            "133",
            "323",
            "313",
            "134",
        ],
        "At Risk Customer": [
            "422",
            "223",
            "212",
            "122",
            "222",
            "132",
            "322",
            "312",
            "412",
            "123",
            "214",
        ],
        "Inactive Customer": ["411", "111", "113", "114", "112", "211", "311"],
    },
    bins=4,
    otherwise="Other",
    source="Python package pymc-marketing, rfm_segments",
    scoring=(
        "quartiles of purchase days, of days since the last and of the mean per day:"
        " rfm(..., bins=4, frequency='purchase_days', monetary='mean')"
    ),
)
"""The quartile lists of pymc-marketing: 18 of 64 codes are "Other"."""

RECENCY_FREQUENCY_GRID = SegmentRules(
    (
        SegmentRule("Hibernating", (1, 2), (1, 2), ANY),
        SegmentRule("At Risk", (1, 2), (3, 4), ANY),
        SegmentRule("Cannot Lose", (1, 2), 5, ANY),
        SegmentRule("About to Sleep", 3, (1, 2), ANY),
        SegmentRule("Needs Attention", 3, 3, ANY),
        SegmentRule("Loyal", (3, 4), (4, 5), ANY),
        SegmentRule("Promising", 4, 1, ANY),
        SegmentRule("New", 5, 1, ANY),
        SegmentRule("Potential Loyalists", (4, 5), (2, 3), ANY),
        SegmentRule("Champions", 5, (4, 5), ANY),
    ),
    source="the recency x frequency grid of ten names in wide use (after Putler)",
)
"""The grid of ten names over recency and frequency alone; money is not looked at."""
