"""Customers, products ... with a counted line, and what lines without an id earned."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import numpy as np

from crmkit.data.codes import Codes
from crmkit.data.decimals import Decimals
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidDataError
from crmkit.profitability.profit.rollup import ProfitRollup, rolled_up
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray, ProfitFigure


@attrs.frozen(kw_only=True, eq=False)
class Entities:
    """The ids of one kind that occur on counted lines, in label order.

    Attributes:
        by: the field they are ids of.
        lines: the counted lines.
        rollup: the waterfall of each; the row of unknown ids, if there is one, is the last.
    """

    by: str
    lines: Transactions
    rollup: ProfitRollup

    @classmethod
    def of(cls, tx: Transactions, steps: Mapping[str, IntArray], by: str, digits: int) -> Entities:
        """Sum the waterfall of counted lines by a field."""
        return cls(by=by, lines=tx, rollup=rolled_up(tx, steps, (by,), digits))

    @property
    def known(self) -> BoolArray:
        """Which rows of the rollup have an id."""
        return ~self.rollup.keys[self.by].missing

    @property
    def ids(self) -> Codes:
        """The ids, each once."""
        return self.rollup.keys[self.by][self.known]

    @property
    def unknown_lines(self) -> int:
        """How many lines have no id."""
        return int(self.rollup.lines[~self.known].sum())

    def minor(self, figure: ProfitFigure) -> IntArray:
        """Return a step or subtotal of each, in minor units."""
        return self.rollup.minor(figure)[self.known]

    def unknown_minor(self, figure: ProfitFigure) -> int:
        """Return a step or subtotal of the lines without an id, in minor units."""
        return int(self.rollup.minor(figure)[~self.known].sum())

    def major(self, figure: ProfitFigure) -> FloatArray:
        """Return a step or subtotal of each, in major units."""
        return np.asarray(self.minor(figure) / 10.0**self.rollup.digits)

    def pieces(self, question: str) -> Decimals:
        """Return the units of each, net of returns."""
        quantity = self.lines.numbers("quantity", question=question)
        ids = self.lines.ids(self.by, question=question)
        rows = ~ids.missing
        return quantity[rows].sums_by(ids.codes[rows], len(ids.labels))[self.ids.codes]

    def classes(self, name: str, question: str) -> Codes:
        """Return the one class of each, by an attribute of the lines; -1 where none is known.

        Raises:
            InvalidDataError: some are of several classes.
        """
        classes, ids = (
            self.lines.ids(name, question=question),
            self.lines.ids(self.by, question=question),
        )
        told = ~ids.missing & ~classes.missing
        found = np.full(len(ids.labels), -1, dtype=np.int32)
        found[ids.codes[told]] = classes.codes[told]
        self._check_single(ids[told], classes[told], found, name)
        return Codes(found[self.ids.codes], classes.labels)

    def _check_single(self, ids: Codes, classes: Codes, found: CodeArray, name: str) -> None:
        differs = classes.codes != found[ids.codes]
        if not differs.any():
            return
        several = np.unique(ids.codes[differs])
        pair = np.unique(classes.codes[ids.codes == several[0]])[:2]
        one, two = classes.labels[pair].tolist()
        raise InvalidDataError(
            f"{len(several):,} of the {self.by} ids are of several classes of {name!r}, the first"
            f" of them {ids.labels[several[:1]].tolist()[0]!r}: {one!r} and {two!r}. Give each"
            " one class: tx.with_labels(name, labels)."
        )
