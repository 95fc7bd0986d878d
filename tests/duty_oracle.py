"""Duties and taxes the slow way: plain Python, fractions, one line and one row at a time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from fractions import Fraction
from math import floor

BASIC = ("third_country", "preference", "suspension")
KINDS = (*BASIC, "anti_dumping", "countervailing", "safeguard", "additional", "excise")
UNITS = {
    "unit": ("quantity", 1),
    "kg": ("weight", 1),
    "100 kg": ("weight", 100),
    "hl": ("litre", 100),
    "lpa": ("lpa", 1),
}


def rounded(number, mode):
    """Round a fraction to a whole number."""
    size, sign = abs(number), -1 if number < 0 else 1
    whole, rest = floor(size), size - floor(size)
    away = {
        "half_up": rest >= Fraction(1, 2),
        "down": False,
        "up": rest > 0,
        "half_even": rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1),
    }[mode]
    return sign * (whole + away)


def holds(row, line, day, groups):
    """How well a row matches a line: length of prefix, rank of origin, start; None if not."""
    if not line["hs_code"].startswith(row["hs_prefix"]):
        return None
    start, end = row.get("start") or "0001-01-01", row.get("end") or "9999-12-31"
    if not dt.date.fromisoformat(start) <= day <= dt.date.fromisoformat(end):
        return None
    begin, close = row.get("season_from"), row.get("season_to")
    if begin:
        after, before = f"{day:%m-%d}" >= begin, f"{day:%m-%d}" <= close
        if not ((after and before) if begin <= close else (after or before)):
            return None
    ranks = {line["origin"]: 2, None: 0} | dict.fromkeys(groups.get(line["origin"], ()), 1)
    if row.get("origin") not in ranks:
        return None
    return len(row["hs_prefix"]), ranks[row.get("origin")], start


def match(rows, kind, line, day, groups):
    """The number of the one row of a kind that applies to a line; -1 if there is none."""
    ranked = [(holds(row, line, day, groups), k) for k, row in enumerate(rows)]
    ranked = [(rank, k) for rank, k in ranked if rank and rows[k]["kind"] == kind]
    if not ranked:
        return -1
    best = max(rank for rank, _ in ranked)
    (found,) = [k for rank, k in ranked if rank == best]
    return found


def of_form(row, names, base, quantities, price):
    """A rate of the base plus an amount per unit; None if the row has neither."""
    rate, amount, unit = (row.get(name) for name in names)
    if rate is None and amount is None:
        return None
    total = Fraction(str(rate or 0)) * base
    if amount is not None:
        field, size = UNITS[unit or row["unit"]]
        total += Fraction(str(amount)) * quantities[field] / size * price
    return total


def exact_duty(row, base, quantities, price):
    amount = of_form(row, ("ad_valorem", "specific", "unit"), base, quantities, price)
    least = of_form(row, ("minimum_ad_valorem", "minimum", "minimum_unit"), base, quantities, price)
    most = of_form(row, ("maximum_ad_valorem", "maximum", "maximum_unit"), base, quantities, price)
    amount = amount if least is None else max(amount, least)
    amount = amount if most is None else min(amount, most)
    return max(amount, Fraction(0))


def shared(amount, weights):
    """Largest remainders: equal ones to the larger weight, then to the first."""
    weights = weights if any(weights) else [1] * len(weights)
    exact = [Fraction(abs(amount) * w, sum(weights)) for w in weights]
    shares = [floor(x) for x in exact]
    order = sorted(range(len(weights)), key=lambda k: (shares[k] - exact[k], -weights[k], k))
    for k in order[: abs(amount) - sum(shares)]:
        shares[k] += 1
    return [-share if amount < 0 else share for share in shares]


def pools(lines, level, some, extra):
    """Lists of lines that are rounded as one."""
    found = defaultdict(list)
    for k in some:
        keys = {
            "line": (k,),
            "item": (lines[k]["shipment"], lines[k]["hs_code"], lines[k]["origin"], extra[k]),
            "shipment": (lines[k]["shipment"],),
        }
        found[keys[level]].append(k)
    return list(found.values())


def spread(columns, name, pooled, amount, weights):
    for k, share in zip(
        pooled,
        shared(amount, [weights[k] for k in pooled]) if len(pooled) > 1 else [amount],
        strict=True,
    ):
        columns[name][k] = share


def assessed(lines, days, rows, groups, rules, rate=Fraction(1)):
    """Duties per line by kind, and the row each comes from; lines have a customs_value."""
    n = len(lines)
    columns = {"customs_value": [line["customs_value"] for line in lines]}
    applied = {}
    for kind in [kind for kind in KINDS if any(row["kind"] == kind for row in rows)]:
        columns[kind] = [0] * n
        rule = rules.get(kind, {"rounding": "half_up", "level": "line", "on": ["customs_value"]})
        applied[kind] = [
            match(rows, kind, line, day, groups)
            if kind not in BASIC or kind == line.get("claim", "third_country")
            else -1
            for line, day in zip(lines, days, strict=True)
        ]
        names = [b for a in rule["on"] for b in (BASIC if a == "basic_duty" else (a,))]
        base = [sum(columns[name][k] for name in names if name in columns) for k in range(n)]
        some = [k for k in range(n) if applied[kind][k] >= 0]
        for pooled in pools(lines, rule["level"], some, applied[kind]):
            row = rows[applied[kind][pooled[0]]]
            fields = ("quantity", "weight", "litre", "lpa")
            sums = {f: sum(Fraction(str(lines[k].get(f, 0))) for k in pooled) for f in fields}
            price = 100 * (rate if row.get("currency") else 1)
            exact = exact_duty(row, sum(base[k] for k in pooled), sums, price)
            weights = dict(enumerate(base))
            if not float(row.get("ad_valorem") or 0):
                field = UNITS[row["unit"]][0] if row.get("specific") is not None else None
                if field:
                    weights = {k: round(10**6 * Fraction(str(lines[k][field]))) for k in pooled}
            spread(columns, kind, pooled, rounded(exact, rule["rounding"]), weights)
    return columns, applied


def taxed(lines, columns, taxes, incidental):
    """Taxes per line, and what of them is recoverable."""
    n = len(lines)
    duties = [name for name in columns if name in KINDS]
    known = columns | incidental
    known |= {"duty": [sum(columns[name][k] for name in duties) for k in range(n)]}
    known |= {
        "basic_duty": [sum(columns[name][k] for name in duties if name in BASIC) for k in range(n)]
    }
    recovered = {}
    for tax in taxes:
        base = [sum(known[name][k] for name in tax["on"]) for k in range(n)]
        known[tax["name"]], recovered[tax["name"]] = [0] * n, [0] * n
        some = [k for k in range(n) if tax.get("where", [True] * n)[k]]
        for pooled in pools(lines, tax["level"], some, [0] * n):
            amount = rounded(
                Fraction(str(tax["rate"])) * sum(base[k] for k in pooled), tax["rounding"]
            )
            if tax.get("minimum") is not None:
                amount = max(amount, int(100 * Fraction(tax["minimum"])))
            if tax.get("maximum") is not None:
                amount = min(amount, int(100 * Fraction(tax["maximum"])))
            spread(known, tax["name"], pooled, amount, base)
            back = rounded(Fraction(str(tax["recoverable"])) * amount, tax["rounding"])
            spread(recovered, tax["name"], pooled, back, known[tax["name"]])
    return {tax["name"]: known[tax["name"]] for tax in taxes}, recovered
