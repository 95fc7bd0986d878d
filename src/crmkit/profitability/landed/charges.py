"""A charge on shipments: freight, insurance, a broker's fee; by what it is spread and over what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Literal, TypeAlias, get_args

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import FrozenMapping, read_only, same_array
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import rationals
from crmkit.typing import BoolArray, CostElement, IntoMoney, IntoRate, NumberArray


class Basis(StrEnum):
    """What the shares of a charge are proportional to.

    `VALUE` is what was paid for a line, `QUANTITY`, `WEIGHT` and `VOLUME` are those of the whole
    line, `EQUAL` counts each line of any quantity once. `CUSTOMS_VALUE` and `DUTY` come from the
    duties that a landed cost is computed with.

    Examples:
        >>> from crmkit.profitability import Basis
        >>> [basis.value for basis in Basis]
        ['value', 'quantity', 'weight', 'volume', 'equal', 'customs_value', 'duty']
    """

    VALUE = "value"
    QUANTITY = "quantity"
    WEIGHT = "weight"
    VOLUME = "volume"
    EQUAL = "equal"
    CUSTOMS_VALUE = "customs_value"
    DUTY = "duty"


@attrs.frozen
class ChargeableWeight:
    """The basis that carriers invoice: the greater of weight and volume times a factor.

    Attributes:
        kg_per_m3: dimensional factor, exact; carriers use 1000/6 by air (6000 cubic centimetres
            per kilogram), 200 for parcels, 333 by road and 1000 by sea.
        per: where the greater is taken. "shipment": of the whole consignment, as it is invoiced;
            all its lines then count by the side that binds. "line": of each line, whose sum is
            more than what was invoiced.

    Raises:
        InvalidArgumentError: a factor that is not positive, or an unknown word.

    Examples:
        >>> from fractions import Fraction
        >>> from crmkit.profitability import ChargeableWeight
        >>> ChargeableWeight(Fraction(1000, 6)).per
        'shipment'
    """

    kg_per_m3: IntoRate
    per: Literal["shipment", "line"] = "shipment"

    def __attrs_post_init__(self) -> None:
        top, bottom = rationals(self.kg_per_m3)
        if top[0] <= 0 or bottom[0] <= 0:
            raise InvalidArgumentError(f"kg_per_m3 must be positive; got {self.kg_per_m3!r}.")
        check.choice(self.per, Literal["shipment", "line"], "per")


IntoBasis: TypeAlias = Basis | ChargeableWeight | Sequence[float] | NumberArray
"""A basis, or weights of one's own, one per line."""
Scope: TypeAlias = Mapping[str, Any] | BoolArray
"""Lines by what their fields are, e.g. {"category": "wine"}, or a mask of one boolean per line."""


def _one_or_many(value: Any) -> Any:
    """Keep one value as it is, and many as an array that nobody writes through."""
    if value is None or isinstance(value, str) or np.ndim(value) == 0:
        return value
    return read_only(np.array(value))


def _scope(value: Any) -> Any:
    return FrozenMapping(value) if isinstance(value, Mapping) else _one_or_many(value)


def _equal(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return same_array(a, b)
    return type(a) is type(b) and not isinstance(a, np.ndarray) and bool(a == b)


def _basis(value: Any) -> Any:
    if isinstance(value, str):
        return Basis(value) if value in list(Basis) else value
    return _one_or_many(value)


_EQUAL = attrs.cmp_using(eq=_equal)


@attrs.frozen(repr=False)
class Charge:
    """One kind of cost, to be spread over lines of shipments.

    A charge total is converted once at its own rate and then spread in whole cents. For a million
    shipments *amount* and *shipment* are arrays: the amount of each shipment.

    Attributes:
        name: what it is called in the answer; charges of one name share a column.
        amount: in major units of its currency ("33.33", 40, Decimal), or one per *shipment*.
            Negative is a credit.
        basis: what its shares are proportional to: a `Basis`, a `ChargeableWeight`, or weights
            of your own, one per line.
        shipment: the shipment it belongs to, or one per amount; None is all lines of all shipments
            as one pool.
        currency: of the amount; None is that of the lines.
        rate: units of the lines' currency for one unit of *currency*, exact: "0.006125", Decimal,
            Fraction; or one per amount.
        scope: the lines it is limited to: {"category": "wine"}, {"origin": ["CN", "VN"]}, or a
            mask; None is all.
        fixed: amounts pinned on lines before the rest is spread over the others, one per line in
            the lines' currency, None where nothing is pinned.
        recoverable: whether it comes back, as VAT does, and so is no cost; or the share that does:
            of what each shipment is charged and, apart, of its credits, each rounded once.
        capitalise: whether it belongs to the value of stock (IAS 2); storage, administration and
            selling do not.
        element: which part of the cost it is, for reports.

    Raises:
        InvalidArgumentError: options that contradict each other or lie outside their domain; all
            of them are listed.

    Examples:
        >>> from crmkit.profitability import Basis, Charge
        >>> Charge("freight", "33.33", Basis.WEIGHT, shipment="S1")
        Charge('freight', 33.33 by weight, shipment 'S1')
        >>> Charge("freight", ["33.33", "20.00"], Basis.WEIGHT, shipment=["S1", "S2"])
        Charge('freight', 2 amounts by weight)
    """

    name: str
    amount: IntoMoney | Sequence[IntoMoney] | NDArray[Any] = attrs.field(
        converter=_one_or_many, eq=_EQUAL
    )
    basis: IntoBasis = attrs.field(converter=_basis, eq=_EQUAL)
    shipment: object = attrs.field(default=None, converter=_one_or_many, eq=_EQUAL, kw_only=True)
    currency: str | None = attrs.field(default=None, kw_only=True)
    rate: IntoRate | Sequence[IntoRate] | NDArray[Any] | None = attrs.field(
        default=None, converter=_one_or_many, eq=_EQUAL, kw_only=True
    )
    scope: Scope | None = attrs.field(default=None, converter=_scope, eq=_EQUAL, kw_only=True)
    fixed: Sequence[IntoMoney | None] | NDArray[Any] | None = attrs.field(
        default=None, converter=_one_or_many, eq=_EQUAL, kw_only=True
    )
    recoverable: bool | IntoRate = attrs.field(default=False, kw_only=True)
    capitalise: bool = attrs.field(default=True, kw_only=True)
    element: CostElement | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        problems = [*self._odd_basis(), *self._odd_lengths(), *self._odd_words()]
        if problems:
            raise InvalidArgumentError("\n".join(f"charge {self.name!r}: {p}" for p in problems))

    def _odd_basis(self) -> list[str]:
        if isinstance(self.basis, Basis | ChargeableWeight | np.ndarray):
            return []
        known = ", ".join(f"Basis.{basis.name}" for basis in Basis)
        return [
            f"the basis must be one of {known}, a ChargeableWeight, or weights, one per line; got"
            f" {self.basis!r}."
        ]

    def _odd_lengths(self) -> list[str]:
        amounts, shipments, rates = map(_length, (self.amount, self.shipment, self.rate))
        found = []
        if amounts != shipments:
            found.append(
                f"{_many(amounts, 'amount')} and {_many(shipments, 'shipment')}; give one"
                " shipment per amount."
            )
        if rates not in (None, amounts):
            found.append(f"{_many(rates, 'rate')} for {_many(amounts, 'amount')}.")
        return found

    def _odd_words(self) -> list[str]:
        found = []
        if not self.name:
            found.append("the name must not be empty.")
        if not _is_share(self.recoverable):
            found.append(
                f"recoverable must be True, False or a share from 0 to 1; got {self.recoverable!r}."
            )
        if self.element is not None and self.element not in get_args(CostElement):
            found.append(
                f"element must be one of {', '.join(get_args(CostElement))}; got {self.element!r}."
                + check.hint(self.element, get_args(CostElement))
            )
        return found

    def __repr__(self) -> str:
        """Its name, amount, basis and shipment."""
        basis = self.basis.value if isinstance(self.basis, Basis) else type(self.basis).__name__
        if isinstance(self.amount, np.ndarray):
            return f"Charge({self.name!r}, {check.counted(len(self.amount), 'amount')} by {basis})"
        currency = "" if self.currency is None else f" {self.currency}"
        where = "" if self.shipment is None else f", shipment {self.shipment!r}"
        return f"Charge({self.name!r}, {self.amount}{currency} by {basis}{where})"


def _is_share(value: object) -> bool:
    try:
        top, bottom = rationals(int(value) if isinstance(value, bool) else value)
    except InvalidDataError:
        return False
    return len(top) == 1 and 0 <= int(top[0]) <= int(bottom[0])


def _length(value: object) -> int | None:
    return len(value) if isinstance(value, np.ndarray) else None


def _many(count: int | None, noun: str) -> str:
    return f"one {noun}" if count is None else check.counted(count, noun)
