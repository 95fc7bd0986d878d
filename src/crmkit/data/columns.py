"""Which of your columns is which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, get_args

import attrs

from crmkit._fields import FrozenMapping
from crmkit.errors import InvalidArgumentError
from crmkit.typing import Role

ROLES: Final[tuple[Role, ...]] = get_args(Role)
REQUIRED: Final[tuple[Role, ...]] = ("customer", "time")


class _Canonical(str):
    """A column name that nobody typed: the column may be absent without an error."""

    __slots__ = ()


def _attribute_columns(given: Iterable[str] | Mapping[str, str]) -> Mapping[str, str]:
    if isinstance(given, str):
        raise InvalidArgumentError(
            f"attributes must be a tuple of column names or a mapping; got the text {given!r}."
            f" Say attributes=({given!r},)."
        )
    named = dict(given) if isinstance(given, Mapping) else {name: name for name in given}
    if taken := [name for name in named if name in ROLES]:
        raise InvalidArgumentError(
            f"the attribute names {', '.join(map(repr, taken))} are names of roles;"
            " choose others, for example attributes={'" + taken[0] + "_group': ...}."
        )
    return FrozenMapping(named)


@attrs.frozen(kw_only=True)
class Columns:
    """Which column of a frame plays which role.

    A role you name must be in the frame. A role you do not name is taken from the column of the
    canonical name, if the frame has one; only *customer* and *time* are always required. A role
    that is None is left out, even if there is a column of its canonical name.

    Attributes:
        customer: who bought; a missing value is a guest.
        time: when, in naive local time.
        basket: receipt or invoice number; keeps the lines of one visit together.
        product: what was bought.
        quantity: units of the line; negative is a return.
        amount: money of the whole line; negative is a return.
        cost: what the whole line cost the shop.
        attributes: categorical columns to carry along (channel, region, category, brand ...),
            as names, or as a mapping from the name you want to the column it is in.

    Raises:
        InvalidArgumentError: an attribute has the name of a role; a column name is not text, or
            *customer* or *time* is None.

    Examples:
        >>> from crmkit import Columns
        >>> Columns(customer="who", time="when", attributes=("channel",)).named
        {'customer': 'who', 'time': 'when', 'channel': 'channel'}
    """

    customer: str = _Canonical("customer")
    time: str = _Canonical("time")
    basket: str | None = _Canonical("basket")
    product: str | None = _Canonical("product")
    quantity: str | None = _Canonical("quantity")
    amount: str | None = _Canonical("amount")
    cost: str | None = _Canonical("cost")
    attributes: Mapping[str, str] = attrs.field(default=(), converter=_attribute_columns)

    def __attrs_post_init__(self) -> None:
        """Check that the names are names."""
        for role in ROLES:
            _check_name(role, self.of(role))
        for name, column in self.attributes.items():
            _check_name(f"attribute {name!r}", column)

    @property
    def named(self) -> dict[str, str]:
        """The columns you named yourself, by role or attribute name."""
        own = {r: c for r, c in self._roles().items() if not isinstance(c, _Canonical)}
        return own | dict(self.attributes)

    def of(self, role: Role) -> str | None:
        """Return the column that plays *role*; None if the role is to be left out.

        Examples:
            >>> from crmkit import Columns
            >>> Columns(customer="who").of("customer"), Columns().of("time")
            ('who', 'time')
        """
        name: str | None = getattr(self, role)
        return name

    def required(self) -> dict[str, str]:
        """Return the columns that the frame must have, by role or attribute name.

        Examples:
            >>> from crmkit import Columns
            >>> Columns(amount="paid").required()
            {'customer': 'customer', 'time': 'time', 'amount': 'paid'}
        """
        return {"customer": self.customer, "time": self.time} | self.named

    def present(self, available: Iterable[str]) -> dict[str, str]:
        """Return the columns to read from a frame with these columns, by role or attribute.

        Examples:
            >>> from crmkit import Columns
            >>> Columns(amount=None).present(["customer", "time", "basket", "amount"])
            {'customer': 'customer', 'time': 'time', 'basket': 'basket'}
        """
        there = set(available)
        return {r: c for r, c in self._roles().items() if c in there} | dict(self.attributes)

    def _roles(self) -> dict[str, str]:
        roles = {role: self.of(role) for role in ROLES}
        return {role: column for role, column in roles.items() if column is not None}


def _check_name(role: str, column: object) -> None:
    """Refuse what is no column name; None says that an optional role is to be left out."""
    if isinstance(column, str) or (column is None and role in ROLES and role not in REQUIRED):
        return
    raise InvalidArgumentError(
        f"the {role} column must be named by text; got {column!r}."
        + (" customer and time are always needed." if column is None else "")
    )
