"""Which duties stand on which lines, and how much they are."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from crmkit._kernels.grouping import occurring
from crmkit.profitability.duties.amounts import Dutiable, Prices, duty_amounts
from crmkit.profitability.duties.declaration import ImportDeclaration
from crmkit.profitability.duties.line_measures import LineMeasures
from crmkit.profitability.duties.pools import Pools, exact_sum
from crmkit.profitability.duties.rules import BASIC
from crmkit.profitability.duties.tariff import DutySchedule
from crmkit.profitability.duties.tariff_match import LineMatcher, on_lines
from crmkit.profitability.lines import ShipmentLines
from crmkit.typing import BoolArray, DayArray, DutyKind, IntArray


class Assessment:
    """The rows that apply to each line; with problems noted, amounts cannot be asked for.

    Attributes:
        rows: row of the tariff of each line by kind of duty, -1 where there is none.
        problems: everything that is wrong.
    """

    def __init__(
        self,
        lines: ShipmentLines,
        schedule: DutySchedule,
        declared: ImportDeclaration,
        days: DayArray,
    ) -> None:
        """Match the lines with the tariff."""
        self._lines = lines
        self._schedule = schedule
        self._declared = declared
        self._measures = LineMeasures(lines, declared)
        self.problems: list[str] = []
        matcher = LineMatcher(lines, schedule, days)
        self.rows = {kind: self._matched(matcher, kind) for kind in schedule.kinds}
        self._note_unknown_codes()
        self._take_claims()
        self._note_currencies()
        self._note_measures()

    def _matched(self, matcher: LineMatcher, kind: DutyKind) -> IntArray:
        undecided = matcher.undecided(kind) & self._claimed(kind)
        if undecided.any():
            self.problems.append(
                f"no origin {on_lines(undecided)}, and the tariff has {kind} rows for these goods"
                " by origin: fill in the origins of the lines."
            )
        return matcher.rows(kind)

    def _claimed(self, kind: DutyKind) -> BoolArray:
        if kind in ("preference", "suspension"):
            return self._declared.claim(kind, len(self._lines))
        return np.ones(len(self._lines), dtype=np.bool_)

    def _note_unknown_codes(self) -> None:
        none = np.full(len(self._lines), -1, dtype=np.int64)
        unknown = self.rows.get("third_country", none) < 0
        if unknown.any():
            hs = self._lines.ids("hs_code")
            code = int(hs.codes[np.argmax(unknown)])
            said = f"{hs.labels[code]!r}" if code >= 0 else "missing"
            self.problems.append(
                f"the tariff has no third-country row that holds {on_lines(unknown)}, whose tariff"
                f" code is {said}. Add the row for its day and origin; what is free of duty has a"
                " row with ad_valorem 0."
            )

    def _take_claims(self) -> None:
        claims = {kind: self._claimed(kind) for kind in BASIC[1:]}
        both = claims["preference"] & claims["suspension"]
        if both.any():
            self.problems.append(
                f"both a preference and a suspension are claimed {on_lines(both)}: claim one."
            )
        none = np.full(len(self._lines), -1, dtype=np.int64)
        for kind, claimed in claims.items():
            lost = claimed & (self.rows.get(kind, none) < 0)
            if lost.any():
                self.problems.append(
                    f"a {kind} is claimed {on_lines(lost)}, and no {kind} row holds for its code,"
                    " day and origin. Take back the claim, or add the row."
                )
            if kind in self.rows:
                self.rows[kind] = np.where(claimed, self.rows[kind], -1)
        if "third_country" in self.rows:
            elsewhere = claims["preference"] | claims["suspension"]
            self.rows["third_country"] = np.where(elsewhere, -1, self.rows["third_country"])

    # --- what the matched rows ask for -------------------------------------------------------

    def _used(self) -> BoolArray:
        """Say which rows of the tariff apply to any line."""
        used = np.zeros(len(self._schedule), dtype=np.bool_)
        for rows in self.rows.values():
            used |= occurring(rows.astype(np.int32), len(used))
        return used

    def _first(self, rows: BoolArray) -> tuple[BoolArray, int]:
        """Return the lines that some rows apply to, and the row of the first of them."""
        none = np.append(rows, False)
        hit = np.zeros(len(self._lines), dtype=np.bool_)
        row = -1
        for matched in self.rows.values():
            here = none[matched]
            if here.any() and (row < 0 or int(np.argmax(here)) < int(np.argmax(hit))):
                row = int(matched[np.argmax(here)])
            hit |= here
        return hit, row

    def _note_currencies(self) -> None:
        currency, own = self._schedule.currency, self._lines.currency
        forms = (self._schedule.duty, self._schedule.minimum, self._schedule.maximum)
        specific = self._used() & np.logical_or.reduce([form.unit >= 0 for form in forms])
        self._rates = dict(self._declared.rates)
        if own is not None:
            self._rates.setdefault(own, Fraction(1))
        for code, label in enumerate(currency.labels.tolist()):
            rows = specific & (currency.codes == code)
            if label not in self._rates and rows.any():
                hit, row = self._first(rows)
                self.problems.append(
                    f"no rate of exchange from {label} to {own or 'the currency of the lines'}"
                    f" {on_lines(hit)}: {self._schedule.describe(row)}. Say what one {label} is:"
                    f" ImportDeclaration(rates={{{label!r}: '1.09'}})."
                )
            self._rates.setdefault(label, Fraction(1))

    def _note_measures(self) -> None:
        used = self._used()
        for form in (self._schedule.duty, self._schedule.minimum, self._schedule.maximum):
            for place, unit in enumerate(form.units):
                rows = used & (form.unit == place)
                if rows.any():
                    self._note_unknown(unit.measure, rows)
        self.problems += self._measures.problems

    def _note_unknown(self, measure: str, rows: BoolArray) -> None:
        hit, _ = self._first(rows)
        unknown = hit & self._measures.of(measure).unknown
        if unknown.any():
            row = next(
                int(matched[np.argmax(unknown)])
                for matched in self.rows.values()
                if np.append(rows, False)[matched[np.argmax(unknown)]]
            )
            self.problems.append(
                f"the measure {measure!r} is unknown {on_lines(unknown)}, and a row asks for it:"
                f" {self._schedule.describe(row)}. {self._measures.remedy(measure)}"
            )

    # --- how much -----------------------------------------------------------------------------

    def amounts(self, value: IntArray) -> list[IntArray]:
        """Return the duty of each line by kind, in the order of the tariff's kinds."""
        found: dict[str, IntArray] = {"customs_value": value}
        for kind in self._schedule.kinds:
            names = self._schedule.rule(kind).on
            own = [b for n in names for b in (BASIC if n == "basic_duty" else (n,))]
            bases = [found[name] for name in own if name in found]
            base = bases[0] if len(bases) == 1 else exact_sum(bases, kind, len(value))
            found[kind] = self._levied(kind, base)
        return [found[kind] for kind in self._schedule.kinds]

    def _levied(self, kind: DutyKind, base: IntArray) -> IntArray:
        rule, rows = self._schedule.rule(kind), self.rows[kind]
        pools = Pools.of(self._lines, rule.level, rows >= 0, rows)
        row = rows[pools.example]
        measures = {name: self._measures.of(name) for name in self._asked_by(row)}
        dutiable = Dutiable(
            base=pools.summed(base),
            row=row,
            quantities={name: pools.summed(m.units) for name, m in measures.items()},
            digits={name: m.digits for name, m in measures.items()},
            where=lambda place: f"line {pools.example[place]}",
        )
        prices = Prices(self._rates, self._declared.digits)
        amounts = duty_amounts(self._schedule, dutiable, prices, rule.rounding)
        return pools.spread(amounts, self._weights(kind, base), kind)

    def _asked_by(self, rows: IntArray) -> set[str]:
        forms = (self._schedule.duty, self._schedule.minimum, self._schedule.maximum)
        used = occurring(rows.astype(np.int32), len(self._schedule))
        return {
            unit.measure
            for form in forms
            for place, unit in enumerate(form.units)
            if (used & (form.unit == place)).any()
        }

    def _weights(self, kind: DutyKind, base: IntArray) -> IntArray:
        """Return what an item's duty is spread by: its value, or its quantity if it has no rate."""
        rows, duty = self.rows[kind], self._schedule.duty
        if self._schedule.rule(kind).level == "line":
            return base
        weights = base.copy()
        for place, unit in enumerate(duty.units):
            specific = (duty.unit == place) & (duty.ad_valorem == 0)
            by_quantity = np.append(specific, False)[rows]
            if by_quantity.any():
                weights[by_quantity] = self._measures.of(unit.measure).units[by_quantity]
        return weights
