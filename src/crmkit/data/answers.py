"""What every answer can do: become a frame, and show its first rows in a notebook."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any, cast

import attrs
import pandas as pd
from numpy.typing import NDArray

from crmkit.data.frames import build_frame
from crmkit.typing import Frame, FrameKind

_ROWS_SHOWN = 10


@attrs.frozen(kw_only=True, repr=False)
class Answer:
    """An answer that is a table: it says its columns and inherits the rest.

    Attributes:
        frame_kind: the frame library that `to_frame` returns, the one the data came in.
    """

    frame_kind: FrameKind = attrs.field(default="pandas", eq=False)

    def _columns(self) -> dict[str, NDArray[Any]]:
        raise NotImplementedError

    def to_frame(self) -> Frame:
        """Return the table as a data frame of the kind that came in, ids as a column.

        Examples:
            >>> import crmkit as ck
            >>> tiers = ck.Labels.from_mapping({7: "gold"}, entity="customer", name="tier")
            >>> tiers.to_frame()
               customer  tier
            0         7  gold
        """
        return build_frame(self._columns(), self.frame_kind)

    def _repr_html_(self) -> str:
        return notebook_table(repr(self), self._columns())


def notebook_table(title: str, columns: Mapping[str, NDArray[Any]]) -> str:
    """Show a title and the first rows as HTML; says how many rows there are if not all fit."""
    rows = len(next(iter(columns.values())))
    shown = {name: values[:_ROWS_SHOWN] for name, values in columns.items()}
    table = cast("pd.DataFrame", build_frame(shown, "pandas")).to_html(index=False)
    more = f"<p>{_ROWS_SHOWN} of {rows:,} rows</p>" if rows > _ROWS_SHOWN else ""
    return f"<p>{html.escape(title)}</p>{table}{more}"
