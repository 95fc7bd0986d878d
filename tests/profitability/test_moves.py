"""Layers of moves against a stock kept unit by unit."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability import StockLayers, StockMoves
from stock_oracles import PRODUCTS, depleted, moves_of, stocks


@given(stocks())
@settings(max_examples=80)
def test_layers_are_those_of_a_stock_kept_unit_by_unit(moves):
    received, left, taken = depleted(moves)

    layers = moves_of(moves).layers()

    assert layers.received.units.tolist() == received
    assert layers.left.units.tolist() == left
    history = layers.history
    pairs = zip(history.issued_layers.tolist(), history.issued_moves.tolist(), strict=True)
    assert dict(zip(pairs, history.issued_units.tolist(), strict=True)) == taken


@given(stocks())
@settings(max_examples=30)
def test_products_do_not_disturb_each_other(moves):
    together = moves_of(moves).layers()
    for name in PRODUCTS:
        mine = together.product.decode() == name
        if mine.any():
            alone = moves_of(_only(moves, name)).layers()
            assert together.left.units[mine].tolist() == alone.left.units.tolist()


def _only(moves, name):
    rows = [row for row, move in enumerate(moves) if move.product == name]
    place = {row: new for new, row in enumerate(rows)}
    return [moves[row]._replace(of=place.get(moves[row].of, -1)) for row in rows]


def test_kilograms_are_exact():
    layers = StockMoves(quantity=[0.3, 0.3, -0.1, -0.1, -0.1]).layers()
    assert layers.left.values.tolist() == [0.0, 0.3]
    assert layers.left.digits == 1


def test_what_left_before_it_came_is_covered_by_the_next_receipt():
    layers = StockMoves(quantity=[-2, 10, -1]).layers()
    assert layers.left.units.tolist() == [7]
    assert layers.history.issued_moves.tolist() == [0, 2]


def test_goods_that_come_back_are_of_the_layer_they_left():
    moves = StockMoves(
        quantity=[5, 5, -7, 3, -4],
        kind=["receipt", "receipt", "issue", "customer_return", "issue"],
        of=[None, None, None, 2, None],
    )
    # Two of B and one of A came back and stood behind three of B, which left first, then one of A.
    assert moves.layers().left.units.tolist() == [0, 2]


def test_goods_sold_and_brought_back_again_and_again_keep_their_layer():
    rounds = 50
    moves = StockMoves(
        quantity=[1, *[-1, 1] * rounds],
        kind=["receipt", *["issue", "customer_return"] * rounds],
        of=[-1, *np.ravel([(-1, 2 * n + 1) for n in range(rounds)])],
    )
    assert moves.layers().left.units.tolist() == [1]
    assert len(moves.layers().history.issued_units) == 0


def test_goods_that_go_back_lower_their_receipt():
    moves = StockMoves(
        quantity=[10, -5],
        kind=["receipt", "supplier_return"],
        of=[-1, 0],
        value=["100.00", "50.00"],
    )
    layers = moves.layers()
    assert (layers.received.units.tolist(), layers.values().tolist()) == ([5], [5000])


def test_moves_show_themselves():
    moves = StockMoves(product=["a", "a"], quantity=[2, -1], value=["3.00", None])
    assert repr(moves) == "StockMoves(2 moves of 1 product, 1 receipt, 1 issue)"
    frame = moves.to_frame()
    assert frame.columns.tolist() == ["product", "kind", "quantity", "of", "value"]
    assert frame["value"].tolist() == [3.0, 0.0]
    assert len(moves) == 2


def test_money_may_come_in_any_type():
    kinds = (["3", None], [3.0, np.nan], np.array([3, 7]), pd.Series([3, None]))
    for value in kinds:
        assert StockMoves(quantity=[2, -1], value=value).value.tolist() == [300, 0]


def test_no_moves_have_no_layers():
    empty = StockMoves(quantity=np.zeros(0), value=np.zeros(0))
    assert len(empty.layers()) == 0
    assert repr(empty) == "StockMoves(0 moves of 0 products)"


BROUGHT_BACK = {"quantity": [2, -1, 2], "kind": ["receipt", "issue", "customer_return"]}


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ({"quantity": [1, -3], "product": ["a", "a"]}, "1 product ended below zero.*'a', by 2"),
        ({"quantity": [0.5, -0.75]}, "below zero, by 0.25"),
        ({"quantity": [1, np.nan]}, "quantity .*1 row"),
        ({"quantity": [1, -1], "kind": ["receipt", "sale"]}, "no kind of move.*'issue'"),
        ({"quantity": [-1], "kind": ["receipt"]}, "wrong sign.*first in row 0"),
        ({"quantity": [2, 1], "kind": ["receipt", "customer_return"]}, "not the move.*row 1"),
        (BROUGHT_BACK | {"of": [-1, -1, 1]}, "less than what came back.*row 1"),
        (BROUGHT_BACK | {"of": [-1, -1, 0]}, "not the move.*row 2"),
        (BROUGHT_BACK | {"of": [-1, -1, 9]}, "not the move.*row 2"),
        (BROUGHT_BACK | {"of": [-1, -1, 1], "product": list("aab")}, "not the move.*row 2"),
        ({"quantity": [2, -1], "of": [-1, 0]}, "not the move.*row 1"),
        ({"quantity": [2, -1], "of": [-1, 0.5]}, "no number of a move"),
        ({"quantity": [2, -1], "value": [None, None]}, "value.*missing.*position 0"),
        ({"quantity": [1 / 3]}, "more than 8 digits"),
    ],
)
def test_refused_moves(moves, words):
    with pytest.raises(InvalidDataError, match=f"(?s){words}"):
        StockMoves(**moves)


def test_all_problems_of_moves_are_in_one_error():
    with pytest.raises(InvalidDataError, match="(?s)3 problems.*product.*kind.*of"):
        StockMoves(product=["a", None], quantity=[1, 2], kind=["x", "receipt"], of=["y", None])


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ({"received": [1, 2], "left": [1, 3]}, "more left than was received.*row 1"),
        ({"received": [-1], "left": [0]}, "received .*negative"),
        ({"received": [1], "left": [-1]}, "left .*negative"),
        ({"received": [1], "left": [np.nan]}, "left"),
        ({"received": [1 / 3], "left": [0]}, "no decimal grid"),
        ({"received": [1], "left": [1], "value": ["0.001"]}, "value.*finer than 2 digits"),
        ({"received": [1], "left": [1], "product": [None]}, "product .*missing"),
    ],
)
def test_refused_layers(layers, words):
    with pytest.raises(InvalidDataError, match=f"(?s){words}"):
        StockLayers(**layers)


def test_arrays_of_layers_are_equally_long():
    with pytest.raises(InvalidArgumentError, match="equally long"):
        StockLayers(received=[1], left=[1, 2])
    with pytest.raises(InvalidArgumentError, match="one amount per layer; got 2 for 1"):
        StockLayers(received=[1], left=[1], value=[1, 2])


def test_layers_are_equal_if_their_receipts_are():
    one = StockLayers(received=[2], left=[1], product=["a"])
    assert one == StockMoves(product=["a", "a"], quantity=[2, -1]).layers()
    assert one != StockLayers(received=[2], left=[2], product=["a"])
    assert one != StockLayers(received=[2], left=[1], product=["b"])
    assert one != "layers"


def test_quantities_of_different_digits_share_a_grid():
    layers = StockLayers(received=[2], left=[0.125])
    assert (layers.received.units.tolist(), layers.left.units.tolist()) == ([2000], [125])
