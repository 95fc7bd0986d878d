"""What every answer can do: become a frame, and show its first rows in a notebook."""

from __future__ import annotations

import html
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
        """Return the table as a data frame of the kind that came in, ids as a column."""
        return build_frame(self._columns(), self.frame_kind)

    def _repr_html_(self) -> str:
        shown = {name: values[:_ROWS_SHOWN] for name, values in self._columns().items()}
        rows = cast("pd.DataFrame", build_frame(shown, "pandas"))
        return f"<p>{html.escape(repr(self))}</p>{rows.to_html(index=False)}"
