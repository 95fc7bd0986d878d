"""Presets can be changed in each field that their class has, and in nothing else."""

from __future__ import annotations

import inspect

import pytest

from crmkit.loyalty import DiscountPolicy, Policies
from crmkit.loyalty.declaration.changes import DiscountChanges, PolicyChanges


@pytest.mark.parametrize(
    ("changes", "kind"), [(PolicyChanges, Policies), (DiscountChanges, DiscountPolicy)]
)
def test_changes_are_the_fields(changes: type, kind: type) -> None:
    said = {name: one.__forward_arg__ for name, one in changes.__annotations__.items()}
    fields = inspect.signature(kind).parameters.values()

    assert said == {field.name: field.annotation for field in fields}
