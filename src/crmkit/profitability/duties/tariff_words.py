"""Rows of a tariff in words, for messages and explanations."""

from __future__ import annotations

import numpy as np

from crmkit._kernels.prefixes import ALL_YEAR, DatedRows
from crmkit.profitability.duties.tariff_reading import FOREVER, RateForm


def form_said(form: RateForm, row: int, currency: str) -> str:
    """Write a rate: "9% + 1.1 EUR per 100 kg"."""
    parts = []
    if form.ad_valorem[row] or form.unit[row] < 0:
        parts.append(f"{float(form.rate(row) * 100):.10g}%")
    if form.unit[row] >= 0:
        measure, size = form.units[form.unit[row]]
        unit = measure if size == 1 else f"{size} {measure}"
        parts.append(f"{float(form.amount(row)):.10g}{currency} per {unit}")
    return " + ".join(parts)


def days_said(dated: DatedRows, row: int) -> str:
    """Write when a row holds, with a blank in front; nothing if always."""
    said = ""
    if dated.starts[row] > -FOREVER:
        said += f" from {np.datetime64(int(dated.starts[row]), 'D')}"
    if dated.ends[row] < FOREVER:
        said += f" to {np.datetime64(int(dated.ends[row]), 'D')}"
    season = (int(dated.season_from[row]), int(dated.season_to[row]))
    if season != ALL_YEAR:
        begin, end = (f"{day // 100:02d}-{day % 100:02d}" for day in season)
        said += f" in {begin}..{end}"
    return said
