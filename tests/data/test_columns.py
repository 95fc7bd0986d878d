"""Saying which column is which."""

from __future__ import annotations

import pytest

from crmkit import Columns
from crmkit.errors import InvalidArgumentError


def test_columns_default_to_the_canonical_names() -> None:
    columns = Columns()

    assert (columns.customer, columns.time, columns.basket) == ("customer", "time", "basket")
    assert columns.named == {}
    assert columns.required() == {"customer": "customer", "time": "time"}


def test_columns_are_values() -> None:
    assert Columns(attributes=("channel",)) == Columns(attributes={"channel": "channel"})
    assert hash(Columns(amount="paid")) == hash(Columns(amount="paid"))
    assert Columns(amount="paid") != Columns(cost="paid")


def test_a_role_that_is_none_is_left_out() -> None:
    columns = Columns(basket=None, amount="paid")

    assert columns.named == {"amount": "paid"}
    assert columns.present(["customer", "time", "basket", "paid"]) == {
        "customer": "customer",
        "time": "time",
        "amount": "paid",
    }


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (
            {"customer": None},
            "the customer column must be named by text; got None. customer and time are",
        ),
        ({"time": None}, "the time column"),
        ({"basket": 3}, "the basket column must be named by text; got 3"),
        ({"attributes": {"channel": 3}}, "the attribute 'channel' column must be .*got 3"),
    ],
    ids=str,
)
def test_a_column_is_named_by_text(wrong: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidArgumentError, match=says):
        Columns(**wrong)  # type: ignore[arg-type]


def test_one_attribute_as_bare_text_is_refused_with_the_right_spelling() -> None:
    with pytest.raises(InvalidArgumentError, match=r"Say attributes=\('channel',\)"):
        Columns(attributes="channel")  # type: ignore[arg-type]


def test_an_attribute_may_not_take_the_name_of_a_role() -> None:
    with pytest.raises(InvalidArgumentError, match="'basket' are names of roles"):
        Columns(attributes=("basket",))
