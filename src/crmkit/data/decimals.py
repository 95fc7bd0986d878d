"""A column of numbers on its decimal grid, so that sums are exact."""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import array, same_array
from crmkit._kernels.decimals import is_summable, smallest_grid
from crmkit._kernels.grouping import sums_by
from crmkit.errors import InexactSumsWarning
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray, NumberArray


@attrs.frozen(eq=False, repr=False)
class Decimals:
    """Numbers as whole units of 10**-digits: 19.99 is 1999 units of two digits.

    Till data are decimal numbers; as binary floats their sums depend on the order of the rows,
    and two customers who spent the same would differ in the last bits. Units add up exactly.
    Numbers on no grid of up to eight digits stay floats; `exact` then is False. `Decimals.of`
    copies; the constructor keeps the array it is given, which must not change afterwards.

    Attributes:
        units: shape (n,), int64; float64 when *digits* is None.
        digits: decimal digits of the grid; None when there is no grid.

    Examples:
        >>> import numpy as np
        >>> from crmkit import Decimals
        >>> prices = Decimals.of(np.array([0.1, 0.2, 19.99]))
        >>> prices.units, prices.digits
        (array([  10,   20, 1999]), 2)
        >>> prices.total()
        20.29
    """

    units: NumberArray = array()
    digits: int | None = None

    @classmethod
    def of(cls, values: NumberArray, *, name: str = "values") -> Self:
        """Put *values* (finite) on the coarsest decimal grid that holds them all.

        Warns:
            InexactSumsWarning: there is no such grid within eight digits and int64.

        Examples:
            >>> import numpy as np
            >>> from crmkit import Decimals
            >>> Decimals.of(np.array([0.1, 0.25]))
            Decimals(2 numbers of 2 digits, total 0.35)
        """
        numbers = on_grid(values)
        if not numbers.exact:
            check.warn(inexact(name), InexactSumsWarning)
        return cls(numbers.units, numbers.digits)

    @property
    def exact(self) -> bool:
        """Whether sums are exact."""
        return self.digits is not None

    @property
    def values(self) -> FloatArray:
        """The numbers as float64: the float nearest to each decimal number."""
        return self._scaled(self.units)

    def _scaled(self, units: NumberArray) -> FloatArray:
        return np.asarray(units / 10.0 ** (self.digits or 0), dtype=np.float64)

    def __eq__(self, other: object) -> bool:
        """Whether the numbers are equal, whatever grid they are written on."""
        return isinstance(other, Decimals) and same_array(self.values, other.values)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        """How many numbers, their grid and their sum."""
        numbers = check.counted(len(self), "number")
        if self.digits is None:
            return f"Decimals({numbers} on no grid, total {self.total():g})"
        grid = check.counted(self.digits, "digit")
        return f"Decimals({numbers} of {grid}, total {self.total():,.{self.digits}f})"

    def __len__(self) -> int:
        """How many numbers."""
        return len(self.units)

    def __getitem__(self, rows: BoolArray | IntArray | CodeArray) -> Self:
        """Return the numbers of some rows."""
        return attrs.evolve(self, units=self.units[rows])

    def __sub__(self, other: Decimals) -> Decimals:
        """Subtract number by number: exact on the finer of both grids, floats if there is none."""
        digits = max(self.digits or 0, other.digits or 0)
        one, two = self.finer(digits), other.finer(digits)
        if one is None or two is None or not is_summable(np.append(one, two)):
            return Decimals(self.values - other.values)
        return Decimals(one - two, digits)

    def finer(self, digits: int) -> IntArray | None:
        """Return the units on a finer grid; None if there is none that fits.

        Examples:
            >>> import numpy as np
            >>> from crmkit import Decimals
            >>> Decimals.of(np.array([0.1, 0.2])).finer(2)
            array([10, 20])
        """
        if self.digits is None:
            return None
        factor = 10 ** (digits - self.digits)
        units = self.units.astype(np.int64)
        # Asked in floats: in integers the product might already be wrong.
        return units * factor if is_summable(units.astype(np.float64) * factor) else None

    def total(self) -> float:
        """Return the sum.

        Examples:
            >>> import numpy as np
            >>> from crmkit import Decimals
            >>> Decimals.of(np.array([0.1, 0.2])).total()
            0.3
        """
        return float(self.units.sum() / 10.0 ** (self.digits or 0))

    def sums_by(self, codes: CodeArray, groups: int) -> Self:
        """Return the sum per group; codes are 0 .. groups-1.

        Examples:
            >>> import numpy as np
            >>> from crmkit import Decimals
            >>> codes = np.array([0, 0, 2], dtype=np.int32)
            >>> Decimals.of(np.array([0.1, 0.2, 5.0])).sums_by(codes, 3).values
            array([0.3, 0. , 5. ])
        """
        return attrs.evolve(self, units=sums_by(codes, groups, self.units))

    def per(self, counts: IntArray) -> FloatArray:
        """Divide by *counts* in one division, so that equal quotients are equal floats.

        Examples:
            >>> import numpy as np
            >>> from crmkit import Decimals
            >>> Decimals.of(np.array([0.3, 0.9])).per(np.array([1, 3]))
            array([0.3, 0.3])
        """
        return np.asarray(self.units / (counts * 10.0 ** (self.digits or 0)), dtype=np.float64)


def on_grid(values: NumberArray) -> Decimals:
    """Put finite numbers on the coarsest grid that holds them all; floats where there is none."""
    if values.dtype.kind in "iu" and values.max(initial=0) <= np.iinfo(np.int64).max:
        whole = np.array(values, dtype=np.int64)
        if is_summable(whole):
            return Decimals(whole, 0)
    found = smallest_grid(np.asarray(values, dtype=np.float64))
    return Decimals(np.array(values, dtype=np.float64)) if found is None else Decimals(*found)


def inexact(name: str) -> str:
    """Say what it means that numbers lie on no grid."""
    return (
        f"the {name} lie on no decimal grid of up to 8 digits that fits 64-bit sums; they stay"
        " floats, and sums depend on row order in the last bits. Round them to the digits"
        " your till works in."
    )
