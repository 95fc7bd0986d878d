"""What a moving average still holds of each receipt, had the charge been known in time.

Each issue takes the same share of everything in the pool, so of a receipt there remains the
product of (stock after / stock before) over the issues since. Products of many ratios do not fit
64 bits: they are computed as floats, whose error is bounded, and where an amount lies so near to a
rounding boundary that the error matters, the few such rows are computed again in numbers of 192
binary places.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import attrs
import numpy as np

from crmkit._kernels.depletion import Pieces, Stretches, pieces_of, range_products
from crmkit._kernels.grouping import changes as changed
from crmkit._kernels.grouping import sums_by
from crmkit._kernels.ragged import positions_of, run_ends, starts_of
from crmkit.money.amounts import round_ratio
from crmkit.profitability.revaluation.layers import History
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray, RoundingMode


@attrs.frozen(kw_only=True, eq=False)
class Replay:
    """The stock of each product, event by event; layers are in the order of their events.

    Attributes:
        layers: which layer each receipt is.
        at: the event of each of these layers.
        ends: the event after the last of its product.
        heads: the first event of each event's product.
        tops: stock after each issue, never below zero; 1 for receipts.
        bottoms: stock before each issue; 1 for receipts.
        kept: units of a receipt that covered no earlier issue.
        received: units of a receipt.
        moves: which move each event is.
        changes: units that came, or minus those that went.
    """

    layers: IntArray
    at: IntArray
    ends: IntArray
    heads: IntArray
    tops: IntArray
    bottoms: IntArray
    kept: IntArray
    received: IntArray
    moves: IntArray
    changes: IntArray

    @classmethod
    def of(cls, history: History) -> Self:
        """Replay moves, net of returns."""
        changes = history.changes
        heads, ends = _heads(history.products), run_ends(history.products)
        stock = np.cumsum(changes)
        stock -= (stock - changes)[heads]
        issue = history.layers < 0
        before = stock - changes
        at = np.flatnonzero(~issue)
        received = changes[at]
        return cls(
            layers=history.layers[at],
            at=at,
            ends=ends[at],
            heads=heads,
            tops=np.where(issue, np.where(before > 0, np.maximum(stock, 0), changes == 0), 1),
            bottoms=np.where(issue & (before > 0), before, 1),
            kept=np.minimum(received, np.maximum(stock[at], 0)),
            received=np.maximum(received, 1),
            moves=history.moves,
            changes=changes,
        )

    def shares(self, places: IntArray, stops: IntArray) -> FloatArray:
        """Return what remains of receipts before the events *stops*, as floats."""
        later = range_products(self.tops / self.bottoms, self.at[places] + 1, stops)
        return np.asarray(self.kept[places] / self.received[places] * later)

    def precise(self, place: int, stop: int) -> int:
        """Return what remains of one receipt before the event *stop*, times 2**192."""
        share = (int(self.kept[place]) << _PLACES) // int(self.received[place])
        events = slice(int(self.at[place]) + 1, stop)
        for top, bottom in zip(
            self.tops[events].tolist(), self.bottoms[events].tolist(), strict=True
        ):
            if top != bottom:
                share = share * top // bottom
            if share == 0:
                break
        return share

    def rounded(
        self, amounts: IntArray, walks: tuple[IntArray, IntArray], mode: RoundingMode, *, gone: bool
    ) -> IntArray:
        """Return what remains of *amounts*, or what is *gone* of them, each rounded once."""
        places, stops = walks
        shares = self.shares(places, stops)
        figures = amounts * (1.0 - shares if gone else shares)
        errors = np.abs(amounts * shares) * _error(stops - self.at[places])
        if gone:
            errors += np.abs(amounts) * _error(np.zeros(len(places), dtype=np.int64))
        rounded, unsure = _nearest(figures, errors, mode)
        for row in np.flatnonzero(unsure).tolist():
            share = self.precise(int(places[row]), int(stops[row]))
            share = (1 << _PLACES) - share if gone else share
            rounded[row] = _rounded_precisely(int(amounts[row]) * share, mode)
        return rounded

    def pooled(
        self, amounts: IntArray, products: IntArray, span: int, mode: RoundingMode
    ) -> IntArray:
        """Return what remains of the amounts of each product together, rounded once."""
        codes = products.astype(np.int32)
        parts = amounts * self.shares(np.arange(len(self.at)), self.ends)
        roundings = _error(self.ends - self.at + np.bincount(products)[products])
        sums = np.asarray(sums_by(codes, span, parts), dtype=np.float64)
        errors = np.asarray(sums_by(codes, span, np.abs(parts) * roundings), dtype=np.float64)
        rounded, unsure = _nearest(sums, errors, mode)
        first = np.zeros(span, dtype=np.int64)
        first[products[::-1]] = np.arange(len(products))[::-1]
        counts = np.bincount(products, minlength=span)
        for product in np.flatnonzero(unsure & (counts > 0)).tolist():
            places = slice(int(first[product]), int(first[product] + counts[product]))
            rounded[product] = _rounded_precisely(self._pool(amounts, places), mode)
        return rounded

    def _pool(self, amounts: IntArray, places: slice) -> int:
        """Return what remains of the amounts of one product, times 2**192."""
        start, stop = int(self.at[places][0]), int(self.ends[places][0])
        kept = (
            amounts[places].tolist(),
            self.kept[places].tolist(),
            self.received[places].tolist(),
        )
        came = dict(zip(self.at[places].tolist(), zip(*kept, strict=True), strict=True))
        events = slice(start, stop)
        ratios = zip(self.tops[events].tolist(), self.bottoms[events].tolist(), strict=True)
        pool = 0
        for event, (top, bottom) in enumerate(ratios, start):
            pool = pool * top // bottom
            if event in came:
                amount, units, received = came[event]
                pool += (amount * units << _PLACES) // received
        return pool

    def later_issues(self, places: IntArray) -> tuple[IntArray, IntArray]:
        """Return for each receipt the issues that took from it, as rows of *places* and events."""
        sizes = self.ends[places] - self.at[places] - 1
        rows = np.repeat(np.arange(len(places)), sizes)
        events = positions_of(self.at[places] + 1, sizes)
        took = (self.changes[events] < 0) & (self.shares(places[rows], events) > 0)
        return rows[took], events[took]

    def covered_issues(self) -> Pieces:
        """Return the earlier issues that receipts covered: events, places and units."""
        came = np.maximum(self.changes, 0)
        went = np.maximum(-self.changes, 0)
        came_before, went_before = np.cumsum(came) - came, np.cumsum(went) - went
        first = (came_before - went_before)[self.heads] + went_before
        issues = np.flatnonzero(went)
        held = Stretches(first[issues], (first + went)[issues], issues)
        found = pieces_of(held, starts_of(came), np.full(len(came), -1))
        early = found.holders < found.entries
        places = np.searchsorted(self.at, found.entries[early])
        return Pieces(found.holders[early], places, found.sizes[early])


def _heads(keys: CodeArray) -> IntArray:
    """Return for each entry where its run of equal keys starts."""
    heads = np.flatnonzero(changed(keys))
    return np.repeat(heads, np.diff(np.append(heads, len(keys))))


def _error(factors: IntArray) -> FloatArray:
    """Bound the relative error of a share: four roundings per factor, and some for the rest."""
    return np.asarray((2.0 * factors + 6.0) * 2.0**-52)


def _rounded_precisely(figure: int, mode: RoundingMode) -> int:
    """Round a number times 2**192 that is a few thousand of these units off at most."""
    half = 1 << (_PLACES - 1)
    off = (figure + half // 2) % half - half // 2
    # So near to a boundary is on it, but for ratios of more than a hundred bits.
    return round_ratio(figure - off if abs(off) < 1 << _NOISE else figure, 1 << _PLACES, mode)


_PLACES = 192
_NOISE = 92
"""Two million roundings of shares of an amount of 63 bits stay below 2**84."""


_TOWARDS: dict[RoundingMode, Callable[[FloatArray], FloatArray]] = {
    "down": np.trunc,
    "up": lambda figures: np.copysign(np.ceil(np.abs(figures)), figures),
    "floor": np.floor,
    "ceiling": np.ceil,
}


def _nearest(
    figures: FloatArray, errors: FloatArray, mode: RoundingMode
) -> tuple[IntArray, BoolArray]:
    """Round figures that are off by at most *errors*; say where that may change the result."""
    # Half modes break at halves, the others at whole numbers.
    half = 0.5 if mode.startswith("half") else 0.0
    shifted = figures - half
    unsure = np.abs(shifted - np.rint(shifted)) <= errors
    rounded = _TOWARDS.get(mode, np.rint)(figures)
    return np.where(unsure, 0.0, rounded).astype(np.int64), unsure
