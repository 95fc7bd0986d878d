"""When products were launched, as far as somebody knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import attrs
import numpy as np
import pandas as pd

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.codes import Codes
from crmkit.errors import InvalidArgumentError
from crmkit.typing import BoolArray, IntArray, IntoDay, LabelArray

_UNTOLD = np.iinfo(np.int64).min


@attrs.frozen(kw_only=True)
class Launches:
    """Days of launch of some products.

    Attributes:
        ids: shape (launches,), places of the products among the labels of the lines.
        days: shape (launches,), days since 1970.
        unknown: how many launches are of products that the lines do not know.
    """

    ids: IntArray = array()
    days: IntArray = array()
    unknown: int = 0

    @classmethod
    def of(cls, launched: Mapping[Any, IntoDay | None] | None, product: Codes) -> Self:
        """Read days by product; None or NaT is not known.

        Raises:
            InvalidArgumentError: no mapping, or values that are no days; all of them in one error.
        """
        if launched is None:
            return cls(ids=np.zeros(0, np.int64), days=np.zeros(0, np.int64))
        if not isinstance(launched, Mapping):
            raise InvalidArgumentError(
                "launched must be a mapping from product to day such as {'tea': '2026-03-01'}; got"
                f" {type(launched).__name__}."
            )
        values = np.empty(len(launched), dtype=object)
        values[:] = list(launched.values())
        # Many products share a day: each is read once.
        place, distinct = pd.factorize(values)
        days = _read_days(distinct)
        keys = np.empty(len(launched), dtype=object)
        keys[:] = list(launched)
        ids = pd.Index(product.labels).get_indexer(pd.Index(keys))
        known = (ids >= 0) & (place >= 0)
        return cls(
            ids=ids[known].astype(np.int64),
            days=days[place[known]],
            unknown=int(np.count_nonzero(ids < 0)),
        )

    def days_of(self, labels: LabelArray) -> IntArray:
        """Return the day of each product, far in the past where none is told."""
        days = np.full(len(labels), _UNTOLD, dtype=np.int64)
        days[self.ids] = self.days
        return days

    @staticmethod
    def told(days: IntArray) -> BoolArray:
        """Say for which of *days* there is one."""
        told: BoolArray = days != _UNTOLD
        return told


def _read_days(values: Any) -> IntArray:
    days = np.zeros(len(values), dtype=np.int64)
    wrong = []
    for k, value in enumerate(values):
        try:
            days[k] = check.day(value, "launched").astype(np.int64)
        except InvalidArgumentError as error:
            wrong.append(str(error))
    if wrong:
        raise InvalidArgumentError("\n".join(wrong[:5]) + _more(len(wrong) - 5))
    return days


def _more(count: int) -> str:
    return f"\n... and {count:,} more." if count > 0 else ""
