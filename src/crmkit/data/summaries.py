"""One row per customer: the sufficient statistics of the questions about customers."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.grouping import Distinct, occurring
from crmkit._kernels.parallel import both
from crmkit._kernels.summaries import (
    Column,
    Lines,
    count_baskets,
    count_days,
    days_since_epoch,
    visits_of,
)
from crmkit.data.answers import Answer
from crmkit.data.decimals import Decimals
from crmkit.data.figures import Figures, Window, read_figures
from crmkit.data.frames import frame_of_arrays
from crmkit.data.transactions import Transactions
from crmkit.errors import InvalidArgumentError, LinesAfterAsOfError, MissingRoleError
from crmkit.typing import (
    BoolArray,
    DayArray,
    Frequency,
    IntArray,
    IntoDay,
    IntoFrame,
    LabelArray,
    SummaryFigure,
)

_FIGURES = ("first_day", "last_day", "purchase_days", "baskets", "amount", "returned_amount")
_DAY = np.timedelta64(1, "D")


@attrs.frozen(kw_only=True, repr=False)
class CustomerSummary(Answer):
    """What each identified customer did up to a day.

    Days and baskets look at purchase lines only; money is net over all lines. A customer who only
    returned goods has no purchase day (NaT) and no baskets. Guests are counted beside the table.

    Attributes:
        customer: shape (customers,), ids in label order: int64, uint64 or objects.
        as_of: the day up to which the table speaks.
        since: first day of the window it was made from: where `tx.between` began, else the first
            day with a line.
        until: the day after the last of that window: where `tx.between` ended, else, or if that
            is later, the day after *as_of*.
        first_day: datetime64[D], first day with a purchase line, if known.
        last_day: datetime64[D], last day with a purchase line; NaT if there is none.
        purchase_days: int64, different days with a purchase line, if known.
        baskets: int64, different purchase baskets, if known.
        amount: net money over all lines, if known.
        returned_amount: money of lines with a negative amount, as a positive number, if known.
        guest_lines: lines without a customer, not in the table.
        guest_amount: their net money.

    Raises:
        InvalidArgumentError: *as_of* before *since*, or *until* outside *since* .. *as_of* + 1.

    Examples:
        >>> import crmkit as ck
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann", "ann", "bob"],
        ...     time=["2026-01-03", "2026-02-20", "2025-11-02"],
        ...     amount=[20.0, 35.5, 12.0],
        ... )
        >>> summary = ck.CustomerSummary.from_transactions(tx, as_of="2026-03-01")
        >>> summary.purchase_days, summary.amount.values
        (array([2, 1]), array([55.5, 12. ]))
    """

    customer: LabelArray = array()
    as_of: np.datetime64
    since: np.datetime64
    until: np.datetime64
    last_day: DayArray = array()
    first_day: DayArray | None = array(optional=True)
    purchase_days: IntArray | None = array(optional=True)
    baskets: IntArray | None = array(optional=True)
    amount: Decimals | None = None
    returned_amount: Decimals | None = None
    guest_lines: int = 0
    guest_amount: float = 0.0

    def __attrs_post_init__(self) -> None:
        """Check that the window lies before the day asked about."""
        if self.since > self.as_of:
            raise InvalidArgumentError(
                f"as_of ({self.as_of}) lies before {self.since}, the first day these data speak"
                " of, so nothing is known up to it. Ask about a later day, or cut out an earlier"
                " period: tx.between(start, end)."
            )
        if self.until < self.since or self.until > self.as_of + _DAY:
            raise InvalidArgumentError(
                f"until ({self.until}), the day after the last of the window, must lie between"
                f" since ({self.since}) and the day after as_of ({self.as_of + _DAY})."
            )

    @classmethod
    def from_transactions(cls, tx: Transactions, *, as_of: IntoDay) -> Self:
        """Summarise transactions per customer, in O(lines + customers).

        Memory beyond *tx* at the peak: up to 24 bytes a line, 40 where basket numbers recur.

        Args:
            tx: the lines.
            as_of: the day asked about; no line may be later.

        Raises:
            InvalidArgumentError: *as_of* is no day, or lies before the period that `tx.between`
                cut out.
            LinesAfterAsOfError: some lines are later than *as_of*.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=[7, 9], time=["2026-01-03", "2026-01-05"])
            >>> ck.CustomerSummary.from_transactions(tx, as_of="2026-01-06").last_day
            array(['2026-01-03', '2026-01-05'], dtype='datetime64[D]')
        """
        check.instance(tx, Transactions, "tx", "Transactions.from_frame(frame, ...) makes them.")
        day = check.day(as_of, "as_of")
        refuse_later_lines(tx, day)
        days, baskets, money = _statistics(tx)
        seen = _seen(tx, days)
        return cls(
            customer=tx.customer.labels[seen],
            as_of=day,
            since=tx.period.first if tx.since is None else tx.since,
            until=day + _DAY if tx.until is None else min(tx.until, day + _DAY),
            first_day=_calendar(days.first[seen], tx.period.first),
            last_day=_calendar(days.last[seen], tx.period.first),
            purchase_days=days.counts[seen],
            baskets=None if baskets is None else baskets[seen],
            amount=None if money is None else money.net[seen],
            returned_amount=None if money is None else money.returned[seen],
            guest_lines=int(np.count_nonzero(tx.is_guest)),
            guest_amount=0.0 if money is None else money.guests,
            frame_kind=tx.frame_kind,
        )

    @classmethod
    def from_frame(
        cls,
        frame: IntoFrame,
        *,
        as_of: IntoDay,
        since: IntoDay | None = None,
        until: IntoDay | None = None,
        guest_lines: int = 0,
        guest_amount: float = 0.0,
    ) -> Self:
        """Read figures that another system has already computed, one row per customer.

        With `since`, `until` and the guests of a summary, its own `to_frame` reads back whole.

        Args:
            frame: with the columns customer and last_day (missing for customers who never
                bought), and, where known, first_day, purchase_days, baskets, amount (net) and
                returned_amount (as a positive number).
            as_of: the day up to which the figures speak.
            since: first day of the window the figures are of; the earliest day in the table if
                not given.
            until: the day after its last; the day after *as_of* if not given.
            guest_lines: lines without a customer, to be reported beside the table.
            guest_amount: their net money.

        Raises:
            UnsupportedFrameError: *frame* is no frame.
            MissingColumnsError: customer or last_day is not there.
            InvalidArgumentError: days that are no days or out of order, guests that are no number.
            InvalidDataError: ids that are missing or repeat, days outside the window or out of
                order, counts that are negative or fractional, missing numbers; all in one error.

        Examples:
            >>> import pandas as pd
            >>> import crmkit as ck
            >>> table = pd.DataFrame(
            ...     {
            ...         "customer": [7, 9],
            ...         "last_day": pd.to_datetime(["2026-02-20", "2026-01-03"]),
            ...         "baskets": [4, 1],
            ...         "amount": [55.5, 12.0],
            ...     }
            ... )
            >>> ck.CustomerSummary.from_frame(table, as_of="2026-03-01")
            CustomerSummary(2 customers as of 2026-03-01)
        """
        window = _window(as_of, since, until)
        figures = read_figures(frame, window)
        in_order = cls(
            customer=figures.customer.labels[figures.customer.codes],
            as_of=window.as_of,
            since=_earliest(figures, window) if window.since is None else window.since,
            until=window.until,
            last_day=figures.last_day,
            first_day=figures.first_day,
            purchase_days=figures.purchase_days,
            baskets=figures.baskets,
            amount=figures.amount,
            returned_amount=figures.returned_amount,
            guest_lines=check.whole_number(guest_lines, "guest_lines", at_least=0),
            guest_amount=check.number(guest_amount, "guest_amount"),
            frame_kind=figures.kind,
        )
        return in_order[np.argsort(figures.customer.codes)]

    @classmethod
    def from_arrays(
        cls,
        *,
        as_of: IntoDay,
        customer: ArrayLike,
        last_day: ArrayLike,
        since: IntoDay | None = None,
        until: IntoDay | None = None,
        guest_lines: int = 0,
        guest_amount: float = 0.0,
        **figures: ArrayLike,
    ) -> Self:
        """Read figures from arrays or lists; the same names and rules as for `from_frame`.

        Args:
            as_of: the day up to which the figures speak.
            customer: ids, each once.
            last_day: days, or ISO texts; missing (NaT, None) for customers who never bought.
            since: as for `from_frame`.
            until: as for `from_frame`.
            guest_lines: as for `from_frame`.
            guest_amount: as for `from_frame`.
            figures: first_day, purchase_days, baskets, amount and returned_amount, where known.

        Raises:
            InvalidArgumentError: arrays of different lengths, or figures of another name.
            InvalidDataError: as for `from_frame`.

        Examples:
            >>> import crmkit as ck
            >>> ck.CustomerSummary.from_arrays(
            ...     as_of="2026-03-01", customer=[7, 9], last_day=["2026-02-20", "2026-01-03"],
            ...     baskets=[4, 1], amount=[55.5, 12.0],
            ... )
            CustomerSummary(2 customers as of 2026-03-01)
        """
        for name in figures:
            check.choice(name, SummaryFigure, "figures")
        arrays = {"customer": customer, "last_day": last_day, **figures}
        frame = frame_of_arrays(arrays, times=("first_day", "last_day"))
        return cls.from_frame(
            frame,
            as_of=as_of,
            since=since,
            until=until,
            guest_lines=guest_lines,
            guest_amount=guest_amount,
        )

    @property
    def window_days(self) -> int:
        """How many days the table speaks of, *since* up to but not including *until*."""
        return 0 if np.isnat(self.since) else int((self.until - self.since).astype(np.int64))

    def counts(self, figure: Frequency, *, question: str) -> IntArray:
        """Return the counts (baskets, purchase_days) that *question* cannot do without, int64.

        Raises:
            MissingRoleError: this summary lacks them.

        Examples:
            >>> import crmkit as ck
            >>> days = ["2026-02-20", None]
            >>> table = ck.CustomerSummary.from_arrays(
            ...     as_of="2026-03-01", customer=[7, 9], last_day=days, baskets=[4, 0]
            ... )
            >>> table.counts("baskets", question="who came twice?")
            array([4, 0])
        """
        found: IntArray | None = getattr(self, figure)
        return self._lacks(figure, question) if found is None else found

    def money(self, *, question: str) -> Decimals:
        """Return the net amounts that *question* cannot do without.

        Raises:
            MissingRoleError: this summary lacks them.

        Examples:
            >>> import crmkit as ck
            >>> days = ["2026-02-20", None]
            >>> table = ck.CustomerSummary.from_arrays(
            ...     as_of="2026-03-01", customer=[7, 9], last_day=days, amount=[4.5, -1]
            ... )
            >>> table.money(question="who paid?").values
            array([ 4.5, -1. ])
        """
        return self._lacks("amount", question) if self.amount is None else self.amount

    def _lacks(self, figure: str, question: str) -> Any:
        raise MissingRoleError(
            f"{question} needs the {figure} of each customer, which this summary lacks. It has:"
            f" {', '.join(self._columns())}. Add that column to its frame."
        )

    def __len__(self) -> int:
        """How many customers."""
        return len(self.customer)

    def __repr__(self) -> str:
        """How many customers, and the day."""
        return f"CustomerSummary({check.counted(len(self), 'customer')} as of {self.as_of})"

    def __getitem__(self, rows: BoolArray | IntArray) -> Self:
        """Return the rows of some customers."""
        parts = {name: getattr(self, name) for name in ("customer", *_FIGURES)}
        return attrs.evolve(self, **{n: v[rows] for n, v in parts.items() if v is not None})

    def _columns(self) -> dict[str, NDArray[Any]]:
        columns: dict[str, NDArray[Any]] = {"customer": self.customer}
        for name in _FIGURES:
            values = getattr(self, name)
            if values is not None:
                columns[name] = values.values if isinstance(values, Decimals) else values
        return columns


def refuse_later_lines(tx: Transactions, as_of: np.datetime64) -> None:
    """Raise if any line, of guests or returns too, is later than the day *as_of*."""
    if len(tx) == 0 or tx.period.last <= as_of:
        return
    part = f" Or leave them out: tx.between('{tx.period.first}', '{as_of + _DAY}')."
    late = tx.time >= as_of + _DAY
    first = int(np.argmax(late))
    raise LinesAfterAsOfError(
        f"found {check.counted(np.count_nonzero(late), 'line')} later than as_of={as_of}, first"
        f" line {first} at {tx.time[first]}; tomorrow's sales and refunds would leak into the"
        f" answer. Ask about {tx.period.last} or later."
        + (part if as_of >= tx.period.first else "")
    )


class _Money(NamedTuple):
    """Net and returned money of each customer, and the net money of all guests."""

    net: Decimals
    returned: Decimals
    guests: float


def _statistics(tx: Transactions) -> tuple[Distinct, IntArray | None, _Money | None]:
    visits = visits_of(_lines(tx))

    def baskets_and_money() -> tuple[IntArray | None, _Money | None]:
        return None if tx.basket is None else count_baskets(visits), _money(tx)

    days, (baskets, money) = both(lambda: count_days(visits), baskets_and_money, lines=len(tx))
    return days, baskets, money


def _seen(tx: Transactions, days: Distinct) -> BoolArray:
    """Which customers have a line: those with a purchase, and those of the few returns."""
    returners = tx.customer.codes[np.flatnonzero(tx.is_return)]
    return (days.counts > 0) | occurring(returners, len(days.counts))


def _lines(tx: Transactions) -> Lines:
    day = days_since_epoch(tx.time.view(np.int64))
    span = 0
    if len(day):
        day -= day.min()
        span = int(day.max()) + 1
    basket = tx.basket
    return Lines(
        ~(tx.is_guest | tx.is_return),
        Column(tx.customer.codes, len(tx.customer.labels)),
        Column(day, span),
        None if basket is None else Column(basket.codes, len(basket.labels)),
    )


def _money(tx: Transactions) -> _Money | None:
    if tx.amount is None:
        return None
    customers = len(tx.customer.labels)
    # Guests have code -1, which numpy counts from the end: the spare last group is theirs.
    net = tx.amount.sums_by(tx.customer.codes, customers + 1)
    negative = np.flatnonzero(tx.amount.units < 0)
    returned = tx.amount[negative].sums_by(tx.customer.codes[negative], customers + 1)
    return _Money(
        net=attrs.evolve(net, units=net.units[:-1]),
        returned=attrs.evolve(returned, units=-returned.units[:-1]),
        guests=attrs.evolve(net, units=net.units[-1:]).total(),
    )


def _calendar(days: NDArray[np.int32], first: np.datetime64) -> DayArray:
    calendar: DayArray = first + days.astype("timedelta64[D]")
    calendar[days < 0] = np.datetime64("NaT", "D")
    return calendar


def _window(as_of: IntoDay, since: IntoDay | None, until: IntoDay | None) -> Window:
    day = check.day(as_of, "as_of")
    return Window(
        since=None if since is None else check.day(since, "since"),
        until=day + _DAY if until is None else check.day(until, "until"),
        as_of=day,
    )


def _earliest(figures: Figures, window: Window) -> np.datetime64:
    days = figures.last_day if figures.first_day is None else figures.first_day
    known = days[~np.isnat(days)]
    return np.sort(known)[0] if len(known) else window.until - _DAY
