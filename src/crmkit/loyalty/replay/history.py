"""What a programme is evaluated on: the lines of the till, and what happened besides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import by_value, read_only
from crmkit.data.labels import Labels
from crmkit.data.line_values import LineValues
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidArgumentError
from crmkit.typing import DayArray, IntArray, LabelArray, TimeArray

IntoColumn: TypeAlias = ArrayLike | Sequence[object]
"""An array, a column of a frame, or a list, None in it for what is unknown."""


def _ids(values: IntoColumn) -> NDArray[Any]:
    found = np.asarray(values)
    return read_only(found if found.dtype.kind in "iu" else np.asarray(values, dtype=object))


def _ids_if_given(values: IntoColumn | None) -> NDArray[Any] | None:
    return None if values is None else _ids(values)


def _times(values: IntoColumn) -> TimeArray:
    try:
        return read_only(np.asarray(values, dtype="datetime64[s]"))
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"times must be datetime64 or ISO texts: {error}.") from None


def _points(values: ArrayLike) -> IntArray:
    found = np.asarray(values)
    if found.size and found.dtype.kind not in "iu":
        raise InvalidArgumentError(f"points must be whole numbers; got {found.dtype}.")
    return read_only(found.astype(np.int64))


def _days(values: IntoColumn) -> DayArray:
    try:
        return read_only(np.asarray(values, dtype="datetime64[D]"))
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"days must be datetime64 or ISO texts: {error}.") from None


def _days_if_given(values: IntoColumn | None) -> DayArray | None:
    return None if values is None else _days(values)


def _labels(values: Iterable[Labels]) -> tuple[Labels, ...]:
    return tuple(values)


def _one_length(table: Any) -> None:
    columns = {f.name: getattr(table, f.name) for f in attrs.fields(type(table))}
    lengths = {name: len(values) for name, values in columns.items() if values is not None}
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name} {n:,}" for name, n in lengths.items())
        raise InvalidArgumentError(
            f"{type(table).__name__}: columns must be of one length; got {shown}."
        )


@attrs.frozen(kw_only=True)
class Redemptions:
    """Points that customers spent, or asked to spend.

    Attributes:
        customer: who.
        time: when; of a redemption in a basket, the basket's own time counts.
        points: how many, whole numbers above zero.
        basket: the basket they paid; a missing one is a redemption by itself.

    Raises:
        InvalidArgumentError: columns of different lengths, or points that are no whole numbers.

    Examples:
        >>> from crmkit.loyalty import Redemptions
        >>> len(Redemptions(customer=["ann"], time=["2026-03-01T12:00"], points=[500]))
        1
    """

    customer: LabelArray = attrs.field(converter=_ids, eq=by_value)
    time: TimeArray = attrs.field(converter=_times, eq=by_value)
    points: IntArray = attrs.field(converter=_points, eq=by_value)
    basket: LabelArray | None = attrs.field(default=None, converter=_ids_if_given, eq=by_value)

    __hash__ = None  # type: ignore[assignment]

    def __attrs_post_init__(self) -> None:
        """Check that the columns are of one length."""
        _one_length(self)

    def __len__(self) -> int:
        """How many redemptions."""
        return len(self.points)


@attrs.frozen(kw_only=True)
class Events:
    """What earns points besides purchases: accounts opened, friends brought.

    Attributes:
        customer: who; of a referral, the friend who was brought.
        time: when.
        event: the name that an `EventRule` waits for; "referral" for `Referral`.
        referrer: of a referral, who brought the friend.

    Raises:
        InvalidArgumentError: columns of different lengths.

    Examples:
        >>> from crmkit.loyalty import Events
        >>> len(Events(customer=["ann"], time=["2026-01-02"], event=["account_created"]))
        1
    """

    customer: LabelArray = attrs.field(converter=_ids, eq=by_value)
    time: TimeArray = attrs.field(converter=_times, eq=by_value)
    event: LabelArray = attrs.field(converter=_ids, eq=by_value)
    referrer: LabelArray | None = attrs.field(default=None, converter=_ids_if_given, eq=by_value)

    __hash__ = None  # type: ignore[assignment]

    def __attrs_post_init__(self) -> None:
        """Check that the columns are of one length."""
        _one_length(self)

    def __len__(self) -> int:
        """How many events."""
        return len(self.time)


@attrs.frozen(kw_only=True)
class Transfers:
    """Points that customers gave to others; they keep the day on which they expire.

    Attributes:
        sender: who gave them.
        receiver: who got them.
        time: when.
        points: how many.

    Raises:
        InvalidArgumentError: columns of different lengths.

    Examples:
        >>> from crmkit.loyalty import Transfers
        >>> len(Transfers(sender=["ann"], receiver=["bob"], time=["2026-03-01"], points=[100]))
        1
    """

    sender: LabelArray = attrs.field(converter=_ids, eq=by_value)
    receiver: LabelArray = attrs.field(converter=_ids, eq=by_value)
    time: TimeArray = attrs.field(converter=_times, eq=by_value)
    points: IntArray = attrs.field(converter=_points, eq=by_value)

    __hash__ = None  # type: ignore[assignment]

    def __attrs_post_init__(self) -> None:
        """Check that the columns are of one length."""
        _one_length(self)

    def __len__(self) -> int:
        """How many transfers."""
        return len(self.points)


@attrs.frozen(kw_only=True)
class Payments:
    """How baskets were paid.

    Attributes:
        basket: which basket.
        tender: by what, such as "card".
        amount: how much, in major units.

    Raises:
        InvalidArgumentError: columns of different lengths.

    Examples:
        >>> from crmkit.loyalty import Payments
        >>> len(Payments(basket=[17, 17], tender=["card", "gift card"], amount=["20.00", "5.00"]))
        2
    """

    basket: LabelArray = attrs.field(converter=_ids, eq=by_value)
    tender: LabelArray = attrs.field(converter=_ids, eq=by_value)
    amount: NDArray[Any] = attrs.field(converter=_ids, eq=by_value)

    __hash__ = None  # type: ignore[assignment]

    def __attrs_post_init__(self) -> None:
        """Check that the columns are of one length."""
        _one_length(self)

    def __len__(self) -> int:
        """How many payments."""
        return len(self.basket)


@attrs.frozen(kw_only=True)
class Customers:
    """What is known of customers besides what they bought.

    Attributes:
        customer: their ids, each once.
        birthday: dates; NaT where unknown.
        joined: the day they joined; NaT where unknown.
        household: who shares an account, for pooled programmes.
        segments: `Labels` of customers that conditions may ask for.

    Raises:
        InvalidArgumentError: columns of different lengths, or an id that is there twice.

    Examples:
        >>> from crmkit.loyalty import Customers
        >>> len(Customers(customer=["ann", "bob"], birthday=["1980-02-29", "NaT"]))
        2
    """

    customer: LabelArray = attrs.field(converter=_ids, eq=by_value)
    birthday: DayArray | None = attrs.field(default=None, converter=_days_if_given, eq=by_value)
    joined: DayArray | None = attrs.field(default=None, converter=_days_if_given, eq=by_value)
    household: LabelArray | None = attrs.field(default=None, converter=_ids_if_given, eq=by_value)
    segments: tuple[Labels, ...] = attrs.field(default=(), converter=_labels)

    __hash__ = None  # type: ignore[assignment]

    def __attrs_post_init__(self) -> None:
        """Check lengths and ids."""
        columns = (self.customer, self.birthday, self.joined, self.household)
        if len({len(values) for values in columns if values is not None}) > 1:
            raise InvalidArgumentError("Customers: columns must be of one length.")
        if len(set(self.customer.tolist())) < len(self.customer):
            raise InvalidArgumentError("Customers: an id is there twice; each customer is one row.")

    def __len__(self) -> int:
        """How many customers."""
        return len(self.customer)


@attrs.frozen
class History:
    """The lines of the till and all that a programme may need beyond them, in one bundle.

    A policy or condition that needs a part that is not here is an error when a programme is
    evaluated, never a silent zero.

    Attributes:
        tx: the lines, with baskets and amounts.
        tax: the tax in each amount.
        discount_given: discounts that the amounts have in them already, as positive figures.
        payments: how baskets were paid.
        redemptions: points spent.
        events: accounts opened, friends brought.
        transfers: points given to others.
        origin: the attribute that names, for a return line, the basket that it undoes.

    Raises:
        InvalidArgumentError: *tx* is no Transactions, or figures of other lines.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.loyalty import History
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann"], time=["2026-03-01"], basket=[1], amount=["10.00"]
        ... )
        >>> History(tx)
        History(1 line)
    """

    tx: Transactions
    tax: LineValues | None = attrs.field(default=None, kw_only=True)
    discount_given: LineValues | None = attrs.field(default=None, kw_only=True)
    payments: Payments | None = attrs.field(default=None, kw_only=True)
    redemptions: Redemptions | None = attrs.field(default=None, kw_only=True)
    events: Events | None = attrs.field(default=None, kw_only=True)
    transfers: Transfers | None = attrs.field(default=None, kw_only=True)
    origin: str | None = attrs.field(default=None, kw_only=True)

    __hash__ = None  # type: ignore[assignment]

    def __attrs_post_init__(self) -> None:
        """Check that it is the history of these lines."""
        check.instance(self.tx, Transactions, "tx", "Transactions.from_frame makes them.")
        for figures in (self.tax, self.discount_given):
            if figures is not None:
                figures.on(self.tx)

    def __repr__(self) -> str:
        """How many lines, and what is there besides."""
        parts = [check.counted(len(self.tx), "line")]
        for name in ("payments", "redemptions", "events", "transfers"):
            table = getattr(self, name)
            if table is not None:
                parts.append(f"{len(table):,} {name}")
        return f"History({', '.join(parts)})"


def moments_of(history: History) -> Mapping[str, IntArray]:
    """Return when all that a history tells of was, in seconds since 1970, table by table."""
    tables = {
        "lines": history.tx,
        "redemptions": history.redemptions,
        "events": history.events,
        "transfers": history.transfers,
    }
    return {name: t.time.view(np.int64) for name, t in tables.items() if t is not None}
