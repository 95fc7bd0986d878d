"""The door of a tariff: its columns as arrays, with everything that is wrong noted together."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, get_args

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import same_array
from crmkit._kernels.prefixes import ALL_YEAR, LONGEST, DatedRows
from crmkit.data import frames
from crmkit.data.codes import Codes
from crmkit.data.decimals import on_grid
from crmkit.data.problems import UnreadableError
from crmkit.data.reader import ColumnReader
from crmkit.profitability.duties.rules import KINDS
from crmkit.profitability.duties.tariff_units import TariffUnit, tariff_unit
from crmkit.profitability.tariff_codes import is_tariff_code, without_separators
from crmkit.typing import BoolArray, IntArray, TariffColumn

TARIFF_COLUMNS: tuple[TariffColumn, ...] = get_args(TariffColumn)
FOREVER = 1 << 40
_SEASON = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_PREFIX_REMEDY = (
    "Prefixes are text of 2, 4, 6, 8 or 10 digits, e.g. '0901.21', or '' for every code; as"
    " numbers they lose their leading zero: read the column as text."
)
_NO_UNITS = Codes(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=object))


@attrs.frozen(kw_only=True, eq=False)
class RateForm:
    """A rate of the customs value plus an amount per unit: a duty, its minimum or its maximum.

    Attributes:
        ad_valorem: units of 10**-ad_digits per row; 0 where there is none.
        ad_digits: decimal digits of the rates.
        specific: units of 10**-specific_digits per row; 0 where there is none.
        specific_digits: decimal digits of the amounts.
        unit: place of each row's unit in *units*; -1 where there is no amount.
        units: what amounts are charged by.
        there: which rows have this form at all.
    """

    ad_valorem: IntArray
    ad_digits: int
    specific: IntArray
    specific_digits: int
    unit: IntArray
    units: tuple[TariffUnit, ...]
    there: BoolArray

    def rate(self, row: int) -> Fraction:
        """Return the rate of the customs value."""
        return Fraction(int(self.ad_valorem[row]), 10**self.ad_digits)

    def amount(self, row: int) -> Fraction:
        """Return the amount per unit, in major units of the row's currency."""
        return Fraction(int(self.specific[row]), 10**self.specific_digits)

    def __eq__(self, other: object) -> bool:
        """Whether two forms say the same of every row."""
        if not isinstance(other, RateForm):
            return NotImplemented
        one, two = attrs.astuple(self), attrs.astuple(other)
        return all(
            same_array(a, b) if isinstance(a, np.ndarray) else a == b
            for a, b in zip(one, two, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]


class TariffReader:
    """Reads the columns of a tariff; columns that are not there are empty."""

    def __init__(self, reader: ColumnReader, wanted: dict[str, str]) -> None:
        """Read from *reader* the columns named by role in *wanted*."""
        self._reader = reader
        self._wanted = wanted
        self._rows = len(reader.table)

    def note(self, role: TariffColumn, what: str, bad: BoolArray, remedy: str) -> None:
        """Note what is wrong with some rows."""
        self._reader.problems.rows(role, self._wanted.get(role, role), what, bad, remedy)

    def _read(self, role: TariffColumn, read: Callable[[Any], Any], default: Any) -> Any:
        column = self._wanted.get(role)
        if column is None:
            return default
        series = self._reader.table.get_column(column)
        if series.null_count() == self._rows:
            return default
        try:
            return read(series)
        except UnreadableError as error:
            self._reader.problems.refuse(role, column, error)
            return default

    def texts(self, role: TariffColumn) -> Codes:
        """Read text labels; -1 where there is none."""
        column = self._wanted.get(role)
        nothing = Codes(np.full(self._rows, -1, dtype=np.int32), np.zeros(0, dtype=object))
        if column is None or self._reader.table.get_column(column).null_count() == self._rows:
            return nothing
        return self._reader.ids(role, column)

    # --- what a row applies to ---------------------------------------------------------------

    def prefixes(self) -> Codes:
        """Read prefixes: digits only."""
        codes = self.texts("hs_prefix")
        words = [without_separators(x) if isinstance(x, str) else "?" for x in codes.labels]
        odd = np.array([bool(w) and not is_tariff_code(w) for w in words], dtype=np.bool_)
        self.note("hs_prefix", "missing", codes.missing, "A row needs one; '' is every code.")
        self.note("hs_prefix", "no prefix", _at(odd, codes), _PREFIX_REMEDY)
        labels, places = np.unique(np.array(words, dtype=np.str_), return_inverse=True)
        recoded = np.append(places, -1).astype(np.int32)[codes.codes]
        return Codes(recoded, labels.astype(object))

    def kinds(self) -> IntArray:
        """Read kinds, as places in `KINDS`; a row without one is a third-country duty."""
        codes = self.texts("kind")
        places = [KINDS.index(x) if x in KINDS else -1 for x in codes.labels.tolist()]
        odd = np.array([place < 0 for place in places], dtype=np.bool_)
        unknown = codes.labels[odd].tolist()
        hint = check.hint(unknown[0], KINDS) if unknown else ""
        remedy = f"Kinds are: {', '.join(KINDS)}.{hint}"
        self.note("kind", f"unknown ({unknown[0]!r})" if unknown else "", _at(odd, codes), remedy)
        return np.array([*places, 0], dtype=np.int64)[codes.codes]

    def dated(self, prefix: Codes, origin: Codes) -> DatedRows:
        """Read when rows hold, and put it beside their prefixes and origins."""
        words = prefix.labels.tolist()
        codes = np.array([int(w.ljust(LONGEST, "0")) if w.isdigit() else 0 for w in words] + [0])
        lengths = np.array([len(word) for word in words] + [0])
        starts, ends = self._days("start", -FOREVER), self._days("end", FOREVER)
        self.note("end", "before the start", ends < starts, "Swap them, or leave the row out.")
        begin, close = self._season("season_from", 0), self._season("season_to", 1)
        half = (begin == 0) != (close == 0)
        self.note("season_from", "half a season", half, "Say both its first and its last day.")
        return DatedRows(
            codes=codes[prefix.codes],
            lengths=lengths[prefix.codes],
            origins=origin.codes.astype(np.int64) + 1,
            starts=starts,
            ends=ends,
            season_from=np.where(begin == 0, ALL_YEAR[0], begin),
            season_to=np.where(close == 0, ALL_YEAR[1], close),
        )

    def _days(self, role: TariffColumn, missing: int) -> IntArray:
        none = np.full(self._rows, "NaT", dtype="datetime64[s]")
        days = self._read(role, frames.read_time, none).astype("datetime64[D]")
        return np.where(np.isnat(days), missing, days.astype(np.int64))

    def _season(self, role: TariffColumn, which: int) -> IntArray:
        codes = self.texts(role)
        words = [x if isinstance(x, str) else "" for x in codes.labels.tolist()]
        odd = np.array([_SEASON.fullmatch(word) is None for word in words], dtype=np.bool_)
        self.note(role, "no day of the year", _at(odd, codes), "Write month and day: '11-15'.")
        days = [int(word.replace("-", "")) if _SEASON.fullmatch(word) else 0 for word in words]
        return np.array([*days, 0], dtype=np.int64)[codes.codes]

    # --- what it costs -----------------------------------------------------------------------

    def form(self, which: str, fallback: Codes = _NO_UNITS) -> RateForm:
        """Read the duty (which=""), its "minimum" or its "maximum"."""
        rate: TariffColumn = f"{which}_ad_valorem".lstrip("_")  # type: ignore[assignment]
        amount: TariffColumn = which or "specific"  # type: ignore[assignment]
        unit: TariffColumn = f"{which}_unit".lstrip("_")  # type: ignore[assignment]
        ad_valorem, ad_digits, has_rate = self._decimals(rate)
        specific, digits, has_amount = self._decimals(amount, signed=which == "maximum")
        places, units = self._units(unit, fallback)
        lost = has_amount & (places < 0)
        self.note(amount, "without a unit", lost, f"Say what it is charged by: {unit}='100 kg'.")
        return RateForm(
            ad_valorem=ad_valorem,
            ad_digits=ad_digits,
            specific=specific,
            specific_digits=digits,
            unit=np.where(has_amount, places, -1),
            units=units,
            there=has_rate | has_amount,
        )

    def _decimals(
        self, role: TariffColumn, *, signed: bool = False
    ) -> tuple[IntArray, int, BoolArray]:
        none = np.zeros(self._rows, dtype=np.bool_)
        empty = (np.zeros(self._rows), ~none, none)
        values, missing, unparsable = self._read(role, frames.read_numbers, empty)
        values = np.where(missing, np.nan, values.astype(np.float64))
        odd = unparsable | np.isinf(values)
        self.note(role, "no number", odd, "Write '0.065' for 6.5 %, and amounts as '1.10'.")
        if not signed:
            below = values < 0
            self.note(role, "negative", below, "A duty is never below 0; is it a refund?")
        known = np.isfinite(values)
        found = on_grid(values[known])
        if found.digits is None:
            self.note(role, "finer than 8 digits", known, "Round it to what the tariff prints.")
            return np.zeros(self._rows, dtype=np.int64), 0, known | odd
        units = np.zeros(self._rows, dtype=np.int64)
        units[known] = found.units
        return units, found.digits, known | odd

    def _units(
        self, role: TariffColumn, fallback: Codes
    ) -> tuple[IntArray, tuple[TariffUnit, ...]]:
        codes = self.texts(role)
        read = [tariff_unit(x) if isinstance(x, str) else None for x in codes.labels.tolist()]
        odd = np.array([unit is None for unit in read], dtype=np.bool_)
        self.note(role, "no unit", _at(odd, codes), "Units read 'kg', '100 kg', 'hl', 'unit' ...")
        own = [unit or TariffUnit("?", Fraction(1)) for unit in read]
        if not fallback.n_used:
            return codes.codes.astype(np.int64), tuple(own)
        theirs = [tariff_unit(x) if isinstance(x, str) else None for x in fallback.labels.tolist()]
        units = [*own, *(unit or TariffUnit("?", Fraction(1)) for unit in theirs)]
        others = np.where(fallback.missing, -1, fallback.codes.astype(np.int64) + len(own))
        return np.where(codes.missing, others, codes.codes), tuple(units)


def _at(labels: BoolArray, codes: Codes) -> BoolArray:
    """Carry a verdict on labels to the rows; rows without a label are fine."""
    return np.append(labels, False)[codes.codes]
