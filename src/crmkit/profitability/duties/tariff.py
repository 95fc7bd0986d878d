"""A customs tariff: which duty stands on which goods, from where, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike

from crmkit import _validation as check
from crmkit._fields import FrozenMapping, array, same_array
from crmkit._kernels.prefixes import DatedRows, ties
from crmkit.data import frames
from crmkit.data.codes import Codes
from crmkit.data.reader import ColumnReader, require_columns
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability.duties.rules import DEFAULT_RULE, KINDS, DutyRule, checked_rules
from crmkit.profitability.duties.tariff_reading import TARIFF_COLUMNS, RateForm, TariffReader
from crmkit.profitability.duties.tariff_words import days_said, form_said
from crmkit.typing import (
    DutyKind,
    IntArray,
    IntoFrame,
    TariffColumn,
)


def _same_rows(one: DatedRows, two: DatedRows) -> bool:
    return all(same_array(a, b) for a, b in zip(one, two, strict=True))


@attrs.frozen(kw_only=True, repr=False, init=False)
class DutySchedule:
    """The rows of a customs tariff: third-country duties, preferences, anti-dumping, excise ...

    A row applies to all codes that start with its prefix. For each line and each kind of duty one
    row is found on its own, so that a long anti-dumping row hides no duty: among the rows that
    are valid on the day and match the origin, the longest prefix wins, then an origin named
    exactly over a group of countries over any origin, then the latest start.

    A duty is `ad_valorem` x customs value + `specific` x quantity in the tariff's unit, at least
    the minimum and at most the maximum, which are of the same form. 9 % MIN 1.10/kg MAX 24 % +
    0.20/kg is ad_valorem 0.09, unit "kg", minimum 1.10, maximum_ad_valorem 0.24, maximum 0.20;
    the amount of a maximum may be negative. No duty is below 0.

    Attributes:
        hs_prefix: digits only; "" is every code.
        kind: the kind of each row, as its place in the list of kinds.
        origin: country or group of each row; missing is any.
        dated: prefixes, origins and validity as integers.
        duty: the rate.
        minimum: the least it comes to.
        maximum: the most it comes to.
        currency: the currency of the amounts per unit; missing is that of the lines.
        groups: the groups of each country.
        rules: how each kind of duty is rounded, and what it stands on.

    Examples:
        >>> from crmkit.profitability import DutySchedule
        >>> DutySchedule(
        ...     {
        ...         "hs_prefix": ["0901", "0901.21", "0901.21"],
        ...         "kind": ["third_country", "third_country", "anti_dumping"],
        ...         "origin": [None, None, "BR"],
        ...         "ad_valorem": ["0.05", "0.075", "0.12"],
        ...         "start": ["2024-01-01", "2025-01-01", "2025-07-01"],
        ...     }
        ... )
        DutySchedule(3 rows, 2 prefixes: third_country 2, anti_dumping 1)
    """

    hs_prefix: Codes
    kind: IntArray = array()
    origin: Codes
    dated: DatedRows = attrs.field(eq=attrs.cmp_using(eq=_same_rows))
    duty: RateForm
    minimum: RateForm
    maximum: RateForm
    currency: Codes
    groups: Mapping[str, tuple[str, ...]]
    rules: Mapping[str, DutyRule]

    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        rows: Mapping[TariffColumn, ArrayLike],
        *,
        groups: Mapping[str, str | Sequence[str]] | None = None,
        rules: Mapping[DutyKind, DutyRule] | None = None,
    ) -> None:
        """Read a tariff from arrays or lists, one entry per row.

        Args:
            rows: columns by name. "hs_prefix" is needed; a missing "kind" is "third_country", a
                missing "origin" any, missing days leave the validity open (both days belong to
                it), and "season_from" and "season_to" ("11-15", "02-28") recur every year.
                Rates and amounts are decimals as they print: "0.065", Decimal or float.
            groups: the groups each country belongs to, e.g. {"DE": "EU", "KE": ["GSP", "EAC"]}.
            rules: how kinds of duty are rounded; half up per line where nothing is said.

        Raises:
            InvalidDataError: unreadable or contradictory rows; everything is listed.
            InvalidArgumentError: unknown columns or kinds, columns of different lengths.
        """
        if not isinstance(rows, Mapping):
            raise InvalidArgumentError(
                f"rows must be columns by name, {{'hs_prefix': [...], ...}}; got"
                f" {type(rows).__name__}. A data frame is read by DutySchedule.from_frame."
            )
        _check_names(rows)
        frame = frames.frame_of_arrays(
            {str(role): x for role, x in rows.items()}, times=("start", "end")
        )
        self._admit(frame, {}, groups, rules)

    @classmethod
    def from_frame(
        cls,
        frame: IntoFrame,
        columns: Mapping[TariffColumn, str] | None = None,
        *,
        groups: Mapping[str, str | Sequence[str]] | None = None,
        rules: Mapping[DutyKind, DutyRule] | None = None,
    ) -> Self:
        """Read a tariff from a data frame.

        Args:
            frame: pandas, Polars, PyArrow, DuckDB, or what else narwhals reads.
            columns: which column plays which role, e.g. {"hs_prefix": "commodity"}; others are
                taken from columns of their own names.
            groups: the groups each country belongs to.
            rules: how kinds of duty are rounded.

        Raises:
            MissingColumnsError: a column is not in the frame; says which are.
            InvalidDataError: unreadable or contradictory rows; everything is listed.

        Examples:
            >>> import pandas as pd
            >>> from crmkit.profitability import DutySchedule
            >>> frame = pd.DataFrame({"commodity": ["0901"], "ad_valorem": [0.075]})
            >>> DutySchedule.from_frame(frame, {"hs_prefix": "commodity"})
            DutySchedule(1 row, 1 prefix: third_country 1)
        """
        schedule = cls.__new__(cls)
        schedule._admit(frame, columns or {}, groups, rules)
        return schedule

    def _admit(
        self,
        frame: IntoFrame,
        columns: Mapping[Any, str],
        groups: Mapping[str, str | Sequence[str]] | None,
        rules: Mapping[DutyKind, DutyRule] | None,
    ) -> None:
        _check_names(columns)
        opened = frames.open_frame(frame)
        available = opened.collect_schema().names()
        required = {"hs_prefix": columns.get("hs_prefix", "hs_prefix"), **columns}
        require_columns(required, available, "Say which is which: columns={'hs_prefix': ...}.")
        named = {role: columns.get(role, role) for role in TARIFF_COLUMNS}
        wanted = {str(role): column for role, column in named.items() if column in available}
        reader = ColumnReader(frames.collect(opened, list(dict.fromkeys(wanted.values()))))
        found = _read(TariffReader(reader, wanted))
        if reader.problems:
            reader.problems.raise_all()
        reader.warn()
        self.__attrs_init__(**found, groups=_groups(groups or {}), rules=checked_rules(rules or {}))
        self._refuse_ties()

    def __len__(self) -> int:
        """How many rows."""
        return len(self.hs_prefix)

    def __repr__(self) -> str:
        """How many rows, prefixes, and rows of each kind."""
        counts = np.bincount(self.kind, minlength=len(KINDS)).tolist()
        kinds = [f"{kind} {n:,}" for kind, n in zip(KINDS, counts, strict=True) if n]
        prefixes = f"{self.hs_prefix.n_used:,} prefix" + "es" * (self.hs_prefix.n_used != 1)
        return f"DutySchedule({check.counted(len(self), 'row')}, {prefixes}: {', '.join(kinds)})"

    @cached_property
    def kinds(self) -> tuple[DutyKind, ...]:
        """The kinds of duty that occur, in the order in which they are computed."""
        there = np.bincount(self.kind, minlength=len(KINDS))
        return tuple(kind for kind, n in zip(KINDS, there, strict=True) if n)

    def rule(self, kind: DutyKind) -> DutyRule:
        """Return how one kind of duty is computed.

        Examples:
            >>> from crmkit.profitability import DutyRule, DutySchedule
            >>> rows = {"hs_prefix": ["2208"], "kind": ["excise"], "ad_valorem": ["0.1"]}
            >>> schedule = DutySchedule(rows, rules={"excise": DutyRule(rounding="down")})
            >>> schedule.rule("excise").rounding, schedule.rule("preference").rounding
            ('down', 'half_up')
        """
        return self.rules.get(kind, DEFAULT_RULE)

    def describe(self, row: int) -> str:
        """Say in words what a row is.

        Examples:
            >>> from crmkit.profitability import DutySchedule
            >>> amounts = {"specific": [1.1], "unit": ["100 kg"], "ad_valorem": [0.09]}
            >>> DutySchedule({"hs_prefix": ["0802"], **amounts}).describe(0)
            "row 0: third_country '0802', any origin, 9% + 1.1 per 100 kg"
        """
        origin = "any origin"
        if self.origin.codes[row] >= 0:
            origin = f"origin {self.origin.labels[self.origin.codes[row]]}"
        prefix = self.hs_prefix.labels[self.hs_prefix.codes[row]]
        days = days_said(self.dated, row)
        kind = KINDS[self.kind[row]]
        return f"row {row}: {kind} {prefix!r}, {origin}{days}, {self.rate_of(row)}"

    def rate_of(self, row: int) -> str:
        """Write the rate of a row: "9% MIN 1.1 per kg".

        Examples:
            >>> from crmkit.profitability import DutySchedule
            >>> DutySchedule({"hs_prefix": ["0802"], "ad_valorem": [0.09]}).rate_of(0)
            '9%'
        """
        currency = ""
        if self.currency.codes[row] >= 0:
            currency = f" {self.currency.labels[self.currency.codes[row]]}"
        said = [form_said(self.duty, row, currency)]
        for word, form in (("MIN", self.minimum), ("MAX", self.maximum)):
            if form.there[row]:
                said.append(f"{word} {form_said(form, row, currency)}")
        return " ".join(said)

    def _refuse_ties(self) -> None:
        problems = []
        clash = ties(self.dated, self.kind)
        if clash:
            problems.append(_tie_said(self, clash, "nothing decides between them"))
        for countries, groups in _shared_groups(self.groups).items():
            some, merged = self._as_one_origin(groups)
            clash = ties(merged, self.kind[some]) if len(some) else None
            if clash:
                pair = (int(some[clash[0]]), int(some[clash[1]]))
                problems.append(_tie_said(self, pair, f"both hold for {countries}"))
        if problems:
            raise InvalidDataError("\n".join(problems))

    def _as_one_origin(self, groups: tuple[str, ...]) -> tuple[IntArray, DatedRows]:
        """Return the rows of some groups as if they were one."""
        member = np.append(np.isin(self.origin.labels, list(groups)), False)
        some = np.flatnonzero(member[self.origin.codes])
        rows = self.dated.some(some)
        return some, rows._replace(origins=np.zeros(len(some), dtype=np.int64))


def _check_names(columns: Mapping[Any, Any]) -> None:
    if odd := [role for role in columns if role not in TARIFF_COLUMNS]:
        raise InvalidArgumentError(
            f"{odd[0]!r} is no column of a tariff; these are: {', '.join(TARIFF_COLUMNS)}."
            + check.hint(odd[0], TARIFF_COLUMNS)
        )


def _read(reader: TariffReader) -> dict[str, Any]:
    prefix, origin, units = reader.prefixes(), reader.texts("origin"), reader.texts("unit")
    duty = reader.form("")
    missing = "Say ad_valorem or specific; a free row says ad_valorem 0."
    reader.note("ad_valorem", "missing, and so is a specific amount", ~duty.there, missing)
    return {
        "hs_prefix": prefix,
        "kind": reader.kinds(),
        "origin": origin,
        "dated": reader.dated(prefix, origin),
        "duty": duty,
        "minimum": reader.form("minimum", units),
        "maximum": reader.form("maximum", units),
        "currency": reader.texts("currency"),
    }


def _groups(groups: Mapping[str, str | Sequence[str]]) -> FrozenMapping[tuple[str, ...]]:
    listed = {c: (g,) if isinstance(g, str) else tuple(g) for c, g in groups.items()}
    named = {group for own in listed.values() for group in own}
    if both := sorted(named & set(listed)):
        raise InvalidArgumentError(
            f"groups: {both[0]!r} is both a country and a group. It maps each country to the"
            " groups it belongs to: {'DE': ['EU'], ...}."
        )
    return FrozenMapping(listed)


def _shared_groups(groups: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return each set of groups that share a country, by that country."""
    sets = {tuple(sorted(set(own))): country for country, own in groups.items()}
    return {country: own for own, country in sets.items() if len(own) > 1}


def _tie_said(schedule: DutySchedule, rows: tuple[int, int], why: str) -> str:
    return (
        f"two rows overlap, and {why}: {schedule.describe(rows[0])}; and"
        f" {schedule.describe(rows[1])}. End the older one, or give the newer one a later start."
    )
