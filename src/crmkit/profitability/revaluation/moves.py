"""Moves of stock in time, and which receipts the goods on hand are from."""

from __future__ import annotations

from typing import Any, Self, get_args

import attrs
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.depletion import Pieces, Stretches, pieces_of
from crmkit._kernels.grouping import group_order, sums_by
from crmkit._kernels.ragged import starts_of
from crmkit.data import frames
from crmkit.data.answers import Answer
from crmkit.data.codes import Codes
from crmkit.data.decimals import Decimals
from crmkit.data.problems import Problems
from crmkit.data.reader import ColumnReader
from crmkit.errors import InvalidDataError
from crmkit.money.amounts import check_digits, minor_units
from crmkit.profitability.revaluation.layers import History, StockLayers, money_of, proven_layers
from crmkit.typing import IntArray, StockMoveKind

_KINDS = get_args(StockMoveKind)
RECEIPT, ISSUE, CUSTOMER_RETURN, SUPPLIER_RETURN = range(4)
_COMES = np.array([True, False, True, False])
_UNDOES = np.array([-1, -1, ISSUE, RECEIPT])
"""Which kind of move a return is of; -1 for moves that are none."""


@attrs.frozen(kw_only=True, repr=False, init=False, eq=False)
class StockMoves(Answer):
    """Goods that came and went, in order of time, of many products at once.

    Goods leave first in, first out. What leaves before it came is covered by the next receipts.
    A customer's return names the issue it undoes: its units are again of the layers that they left
    from, the last to leave first, and queue up behind what is there by then. A return to the
    supplier names its receipt, which then counts as if it had been smaller from the start.

    Attributes:
        product: what moved; None for one product.
        quantity: units, above zero for what came and below for what went.
        kind: codes of receipt, issue, customer_return, supplier_return; int8.
        of: the move that a return undoes; -1 for other moves.
        value: money of receipts and of returns to suppliers, int64 minor units, 0 for other moves;
            None if unknown.
        digits: digits of the currency.

    Examples:
        >>> from crmkit.profitability import StockMoves
        >>> moves = StockMoves(quantity=[10, 10, -1], value=["100.00", "200.00", None])
        >>> moves
        StockMoves(3 moves of 1 product, 2 receipts, 1 issue)
        >>> moves.layers().to_frame()
           layer  received  left  value
        0      0      10.0   9.0  100.0
        1      1      10.0  10.0  200.0
    """

    product: Codes | None
    quantity: Decimals
    kind: NDArray[np.int8] = array()
    of: IntArray = array()
    value: IntArray | None = array(optional=True)
    digits: int = 2

    __hash__ = None  # type: ignore[assignment]

    def __init__(
        self,
        *,
        quantity: ArrayLike,
        value: ArrayLike | None = None,
        product: ArrayLike | None = None,
        kind: ArrayLike | None = None,
        of: ArrayLike | None = None,
        digits: int = 2,
    ) -> None:
        """Read moves from arrays or lists, one entry per move, in order of time.

        Args:
            quantity: units, above zero for what came and below for what went.
            value: money paid for a receipt, or credited for a return to the supplier; None for
                other moves. Leave it out if only charges are of interest.
            product: ids; None if all is one product.
            kind: "receipt", "issue", "customer_return" or "supplier_return"; None reads the signs
                of the quantities as receipts and issues.
            of: for a return, the number of the move that it undoes, counted from 0; None or -1
                for other moves.
            digits: digits of the currency.

        Raises:
            InvalidDataError: missing quantities, signs that contradict the kind, returns of moves
                that are not there or of more than these moved, more issued than was ever received,
                missing money. All problems of the moves are listed.
            InvalidArgumentError: arrays of different lengths.
        """
        check_digits(digits)
        given = {"quantity": quantity, "product": product, "kind": kind, "of": of, "value": value}
        table = {name: values for name, values in given.items() if values is not None}
        frame = frames.frame_of_arrays(table, times=())
        reader = ColumnReader(frames.collect(frames.open_frame(frame), list(table)))
        _admit(self, reader, frame, digits)

    def __len__(self) -> int:
        """How many moves."""
        return len(self.kind)

    def __repr__(self) -> str:
        """How many moves of how many products, and of which kinds."""
        products = min(len(self), 1) if self.product is None else self.product.n_used
        counts = np.bincount(self.kind, minlength=len(_KINDS)).tolist()
        nouns = (word.replace("_", " ") for word in _KINDS)
        facts = [check.counted(n, noun) for n, noun in zip(counts, nouns, strict=True) if n]
        moves = f"{check.counted(len(self), 'move')} of {check.counted(products, 'product')}"
        return f"StockMoves({', '.join([moves, *facts])})"

    def layers(self) -> StockLayers:
        """Say what is left of each receipt; layers are numbered in the order of the receipts.

        Time grows with the moves, and with how often a unit was sold again.

        Examples:
            >>> from crmkit.profitability import StockMoves
            >>> moves = StockMoves(
            ...     quantity=[8, 12, -7, 2],
            ...     kind=["receipt", "receipt", "issue", "customer_return"],
            ...     of=[-1, -1, -1, 2],
            ... )
            >>> moves.layers().to_frame()
               layer  received  left
            0      0       8.0   3.0
            1      1      12.0  12.0
        """
        return _layers_of(self)

    def _columns(self) -> dict[str, NDArray[Any]]:
        columns: dict[str, NDArray[Any]] = {}
        if self.product is not None:
            columns["product"] = self.product.decode()
        columns |= {
            "kind": np.array(_KINDS, dtype=object)[self.kind],
            "quantity": self.quantity.values,
            "of": self.of,
        }
        if self.value is not None:
            columns["value"] = money_of(self.value, self.digits)
        return columns


# --- in ------------------------------------------------------------------------------------------


def _admit(moves: StockMoves, reader: ColumnReader, frame: pd.DataFrame, digits: int) -> None:
    """Prove the columns and fill in the fields; raise once for all that is wrong."""
    there = set(frame.columns)
    name_it = "A move is of one product; leave product out if all are of one."
    ids = reader.ids("product", "product", if_missing=name_it) if "product" in there else None
    quantity = reader.numbers("quantity", "quantity")
    kind = _kinds(frame["kind"].to_numpy(), reader.problems) if "kind" in there else None
    if kind is None:
        kind = np.where(quantity.units < 0, ISSUE, RECEIPT).astype(np.int8)
    of = frame["of"].to_numpy() if "of" in there else np.full(len(frame), -1)
    origins = _origins(of, reader.problems)
    _raise(reader)
    if quantity.digits is None:
        raise InvalidDataError("the quantities have more than 8 digits; round them.")
    moves.__attrs_init__(
        product=ids,
        quantity=quantity,
        kind=kind,
        of=origins,
        value=_money(frame["value"].to_numpy(), kind, digits) if "value" in there else None,
        digits=digits,
    )
    _note_contradictions(moves, reader.problems)
    _raise(reader)
    _refuse_negative_stock(moves)


def _raise(reader: ColumnReader) -> None:
    if reader.problems:
        reader.problems.raise_all()


def _kinds(words: NDArray[Any], problems: Problems) -> NDArray[np.int8]:
    kind = np.full(len(words), -1, dtype=np.int8)
    for code, word in enumerate(_KINDS):
        kind[words == word] = code
    known = ", ".join(map(repr, _KINDS))
    problems.rows("kind", "kind", "no kind of move", kind < 0, f"Kinds are {known}.")
    return np.maximum(kind, 0)


def _origins(of: NDArray[Any], problems: Problems) -> IntArray:
    """Read move numbers; missing ones are -1."""
    numbers = pd.to_numeric(pd.Series(of), errors="coerce").to_numpy(dtype=np.float64)
    odd = (~np.isfinite(numbers) & pd.notna(of)) | (np.nan_to_num(numbers) % 1 != 0)
    problems.rows("of", "of", "no number of a move", odd, "Moves are counted from 0.")
    return np.where(np.isfinite(numbers) & ~odd, np.nan_to_num(numbers), -1).astype(np.int64)


def _money(values: NDArray[Any], kind: NDArray[np.int8], digits: int) -> IntArray:
    paid = (kind == RECEIPT) | (kind == SUPPLIER_RETURN)
    if values.dtype.kind in "iu":
        return np.where(paid, minor_units(values, digits, None, "value"), 0)
    # Issues have no money of their own, whatever stands there.
    nothing = 0.0 if values.dtype.kind == "f" else "0"
    return minor_units(np.where(paid, values, nothing), digits, None, "value")


def _note_contradictions(moves: StockMoves, problems: Problems) -> None:
    """Note signs and references that contradict what kind of move it is."""
    kind, units, of = moves.kind, moves.quantity.units, moves.of
    wrong = np.where(_COMES[kind], units < 0, units > 0)
    sign = "Receipts and customer returns are above zero, issues and supplier returns below."
    problems.rows("quantity", "quantity", "of the wrong sign for its kind", wrong, sign)
    undone = _UNDOES[kind]
    earlier = (of >= 0) & (of < np.arange(len(of)))
    target = np.where(earlier, of, 0)
    fits = earlier & (kind[target] == undone) & (_codes(moves)[target] == _codes(moves))
    lost = np.where(undone >= 0, ~fits, of >= 0)
    problems.rows("of", "of", "not the move that a return undoes", lost, _OF)
    if lost.any():
        return
    back = np.zeros(len(of), dtype=np.int64)
    np.add.at(back, of[undone >= 0], np.abs(units[undone >= 0]).astype(np.int64))
    over = back > np.abs(units)
    problems.rows("quantity", "quantity", "less than what came back of it", over, "Split returns.")


_OF = (
    "A customer_return names an earlier issue of its product, a supplier_return an earlier receipt;"
    " other moves name none. Goods whose issue is unknown come in as a receipt, at their value."
)


def _codes(moves: StockMoves) -> NDArray[np.int32]:
    return np.zeros(len(moves), dtype=np.int32) if moves.product is None else moves.product.codes


def _span(moves: StockMoves) -> int:
    return 1 if moves.product is None else len(moves.product.labels)


def _refuse_negative_stock(moves: StockMoves) -> None:
    stock = sums_by(_codes(moves), _span(moves), moves.quantity.units)
    short = np.flatnonzero(stock < 0)
    if len(short):
        first = moves.product.labels[short[0]] if moves.product is not None else None
        named = "" if first is None else f", the first of them {first!r}"
        missing = Decimals(np.abs(stock[short[:1]]), moves.quantity.digits).total()
        raise InvalidDataError(
            f"{check.counted(len(short), 'product')} ended below zero{named}, by {missing:,.10g}:"
            " more left than ever came, and goods without a receipt have no cost. Add the receipts"
            " that are missing, an opening stock among them, or leave the product out."
        )


# --- which receipt each unit is from -------------------------------------------------------------


@attrs.frozen(kw_only=True, eq=False)
class _Queue:
    """Moves product after product: units that came and went, and the first place of each."""

    order: IntArray
    codes: NDArray[np.int32]
    came: IntArray
    went: IntArray
    came_before: IntArray
    place: IntArray
    """The first place an issue takes in the row of all that came."""

    @classmethod
    def of(cls, codes: NDArray[np.int32], span: int, came: IntArray, went: IntArray) -> Self:
        order, offsets = group_order(codes, span)
        heads = np.repeat(offsets[:-1], np.diff(offsets))
        came, went = came[order], went[order]
        came_before, went_before = np.cumsum(came) - came, np.cumsum(went) - went
        place = came_before[heads] + went_before - went_before[heads]
        return cls(
            order=order.astype(np.int64),
            codes=codes[order],
            came=came,
            went=went,
            came_before=came_before,
            place=place,
        )

    def rest(self) -> tuple[IntArray, IntArray]:
        """Return the places of what is on hand, one stretch per product."""
        last = np.flatnonzero(np.append(self.codes[1:] != self.codes[:-1], True)[: len(self.codes)])
        stops = self.came_before[last] + self.came[last]
        return self.place[last] + self.went[last], stops


def _layers_of(moves: StockMoves) -> StockLayers:
    units = np.abs(moves.quantity.units).astype(np.int64)
    net = units - _undone(moves, units)
    kind, receipts = moves.kind, np.flatnonzero(moves.kind == RECEIPT)
    layer = np.full(len(moves), -1, dtype=np.int64)
    layer[receipts] = np.arange(len(receipts))
    pieces = _pieces(moves, units, net)
    layer_of = layer[pieces.entries]
    on_hand = pieces.holders < 0
    left = np.zeros(len(receipts), dtype=np.int64)
    left[layer_of[on_hand]] = pieces.sizes[on_hand]
    changes = np.where(kind == RECEIPT, net, np.where(kind == ISSUE, -net, 0))
    return proven_layers(
        product=None if moves.product is None else moves.product[receipts],
        received=Decimals(net[receipts], moves.quantity.digits),
        left=Decimals(left, moves.quantity.digits),
        value=None if moves.value is None else _net_value(moves)[receipts],
        digits=moves.digits,
        history=_history(moves, changes, layer, pieces),
        frame_kind=moves.frame_kind,
    )


def _undone(moves: StockMoves, units: IntArray) -> IntArray:
    """Return how many units of each move came back or went back later."""
    returns = np.flatnonzero(moves.of >= 0)
    back = np.zeros(len(moves), dtype=np.int64)
    np.add.at(back, moves.of[returns], units[returns])
    return back


def _net_value(moves: StockMoves) -> IntArray:
    assert moves.value is not None
    value = np.array(moves.value)
    credited = np.flatnonzero(moves.kind == SUPPLIER_RETURN)
    np.subtract.at(value, moves.of[credited], moves.value[credited])
    return value


def _pieces(moves: StockMoves, units: IntArray, net: IntArray) -> Pieces:
    """Return who holds which units of which receipt: issues, and -1 for the stock on hand.

    Entries are numbers of moves, in order of products and then of time.
    """
    kind = moves.kind
    came = np.where(kind == RECEIPT, net, np.where(kind == CUSTOMER_RETURN, units, 0))
    queue = _Queue.of(_codes(moves), _span(moves), came, np.where(kind == ISSUE, units, 0))
    place = np.empty(len(moves), dtype=np.int64)
    place[queue.order] = queue.place
    issues = np.flatnonzero((kind == ISSUE) & (net > 0))
    starts, stops = queue.rest()
    held = Stretches(
        np.concatenate([starts, place[issues]]),
        np.concatenate([stops, place[issues] + net[issues]]),
        np.concatenate([np.full(len(starts), -1), issues]),
    )
    origins = _stood(moves, units, place)[queue.order]
    found = pieces_of(held, starts_of(queue.came), origins)
    return Pieces(found.holders, queue.order[found.entries], found.sizes)


def _stood(moves: StockMoves, units: IntArray, place: IntArray) -> IntArray:
    """Return the place where the units of each customer return stood; -1 for other moves."""
    stood = np.full(len(moves), -1, dtype=np.int64)
    returns = np.flatnonzero(moves.kind == CUSTOMER_RETURN)
    if len(returns) == 0:
        return stood
    issues = moves.of[returns]
    order = np.argsort(issues, kind="stable")
    together = issues[order]
    running = np.cumsum(units[returns[order]])
    heads = np.searchsorted(together, together)
    before = (running - units[returns[order]])[heads]
    # The last unit to leave is the first to come back.
    stood[returns[order]] = place[together] + units[together] - (running - before)
    return stood


def _history(moves: StockMoves, changes: IntArray, layer: IntArray, pieces: Pieces) -> History:
    order = group_order(_codes(moves), _span(moves))[0]
    issued = pieces.holders >= 0
    return History(
        moves=order.astype(np.int64),
        changes=changes[order],
        layers=layer[order],
        products=_codes(moves)[order],
        issued_moves=pieces.holders[issued],
        issued_layers=layer[pieces.entries[issued]],
        issued_units=pieces.sizes[issued],
    )
