"""Stock kept unit by unit in plain Python, and moving averages in fractions."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from hypothesis import strategies as st

from crmkit.profitability import StockMoves

PRODUCTS = ("mug", "tea")


class Move(NamedTuple):
    """One move: the quantity is signed, `of` is -1 unless it is a return."""

    product: str
    kind: str
    quantity: int
    of: int = -1
    value: int = 0


@dataclass(eq=False)
class Slot:
    """One unit that left: an issue took it, of some receipt that may come later."""

    move: int
    unit: Unit | None = None
    returned: bool = False


@dataclass(eq=False)
class Unit:
    """One unit that came: with a receipt, or back from a slot."""

    layer: int
    slot: Slot | None = None

    def origin(self) -> int:
        unit: Unit | None = self
        while unit is not None and unit.slot is not None:
            unit = unit.slot.unit
        assert unit is not None
        return unit.layer


@dataclass
class Shelf:
    """The queue of one product, and what left before it came."""

    units: deque[Unit] = field(default_factory=deque)
    owed: deque[Slot] = field(default_factory=deque)

    def come(self, unit: Unit) -> None:
        if self.owed:
            self.owed.popleft().unit = unit
        else:
            self.units.append(unit)

    def go(self, slot: Slot) -> None:
        if self.units:
            slot.unit = self.units.popleft()
        else:
            self.owed.append(slot)


def net_quantities(moves: list[Move]) -> list[int]:
    net = [abs(move.quantity) for move in moves]
    for move in moves:
        if move.of >= 0:
            net[move.of] -= abs(move.quantity)
    return net


def layer_numbers(moves: list[Move]) -> dict[int, int]:
    receipts = [row for row, move in enumerate(moves) if move.kind == "receipt"]
    return {row: layer for layer, row in enumerate(receipts)}


def depleted(moves: list[Move]) -> tuple[list[int], list[int], dict[tuple[int, int], int]]:
    """Return received and left per layer, and units per (layer, issue), unit by unit."""
    number, net = layer_numbers(moves), net_quantities(moves)
    back = {row: net[row] for row, move in enumerate(moves) if move.kind == "receipt"}
    shelves = {name: Shelf() for name in {move.product for move in moves}}
    slots: dict[int, list[Slot]] = {}
    for row, move in enumerate(moves):
        shelf = shelves[move.product]
        if move.kind == "receipt":
            for _ in range(back[row]):
                shelf.come(Unit(number[row]))
        elif move.kind == "issue":
            slots[row] = [Slot(row) for _ in range(-move.quantity)]
            for slot in slots[row]:
                shelf.go(slot)
        elif move.kind == "customer_return":
            out = [slot for slot in slots[move.of] if not slot.returned]
            for slot in out[::-1][: move.quantity][::-1]:
                slot.returned = True
                shelf.come(Unit(-1, slot))
    left = [0] * len(number)
    for shelf in shelves.values():
        assert not shelf.owed
        for unit in shelf.units:
            left[unit.origin()] += 1
    taken: dict[tuple[int, int], int] = {}
    for slot in (slot for row in slots.values() for slot in row if not slot.returned):
        assert slot.unit is not None
        key = (slot.unit.origin(), slot.move)
        taken[key] = taken.get(key, 0) + 1
    return [back[row] for row in number], left, taken


def replayed(moves: list[Move]) -> list[Fraction]:
    """Return which share of each receipt a moving average still holds."""
    net, shares, held = net_quantities(moves), [], {}
    stock = dict.fromkeys({move.product for move in moves}, 0)
    for row, move in enumerate(moves):
        before = stock[move.product]
        if move.kind == "receipt":
            stock[move.product] += net[row]
            covers = min(max(-before, 0), net[row])
            share = Fraction(net[row] - covers, net[row]) if net[row] else Fraction(0)
            held[len(shares)] = move.product
            shares.append(share)
        elif move.kind == "issue" and net[row]:
            stock[move.product] -= net[row]
            rest = Fraction(max(stock[move.product], 0), before) if before > 0 else Fraction(0)
            for layer, product in held.items():
                if product == move.product:
                    shares[layer] *= rest
    return shares


@st.composite
def stocks(draw: st.DrawFn, most: int = 12) -> list[Move]:
    """Draw moves of two products, returns among them, that end at zero or above."""
    moves: list[Move] = []
    for _ in range(draw(st.integers(1, most))):
        product = draw(st.sampled_from(PRODUCTS))
        net = net_quantities(moves)
        undoable = {
            kind: [
                row
                for row, move in enumerate(moves)
                if (move.product, move.kind) == (product, kind) and net[row]
            ]
            for kind in ("issue", "receipt")
        }
        kinds = ["receipt", "issue", "issue"]
        kinds += ["customer_return"] if undoable["issue"] else []
        kinds += ["supplier_return"] if undoable["receipt"] else []
        kind = draw(st.sampled_from(kinds))
        if kind.endswith("return"):
            of = draw(st.sampled_from(undoable["issue" if kind[0] == "c" else "receipt"]))
            quantity = draw(st.integers(1, net[of]))
            sign = 1 if kind[0] == "c" else -1
            moves.append(Move(product, kind, sign * quantity, of))
        else:
            quantity = draw(st.integers(1, 6))
            moves.append(Move(product, kind, quantity if kind == "receipt" else -quantity))
    for product in PRODUCTS:
        stock = sum(move.quantity for move in moves if move.product == product)
        if stock < 0:
            moves.append(Move(product, "receipt", draw(st.integers(-stock, 3 - stock))))
    return [
        move._replace(value=draw(st.integers(0, 999))) if move.kind == "receipt" else move
        for move in moves
    ]


def moves_of(moves: list[Move]) -> StockMoves:
    """Put moves into columns."""
    product, kind, quantity, of, value = zip(*moves, strict=True)
    money = [f"{cents / 100:.2f}" for cents in value]
    return StockMoves(product=product, kind=kind, quantity=quantity, of=of, value=money)
