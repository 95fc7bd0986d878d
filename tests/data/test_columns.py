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


def test_one_attribute_as_bare_text_is_refused_with_the_right_spelling() -> None:
    with pytest.raises(InvalidArgumentError, match=r"Say attributes=\('channel',\)"):
        Columns(attributes="channel")  # type: ignore[arg-type]


def test_an_attribute_may_not_take_the_name_of_a_role() -> None:
    with pytest.raises(InvalidArgumentError, match="'basket' are names of roles"):
        Columns(attributes=("basket",))
