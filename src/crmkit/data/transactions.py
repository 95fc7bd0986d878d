"""The lines of the till as arrays: what every question starts from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple, Self, TypeVar

import attrs
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import FrozenMapping, array
from crmkit._kernels.summaries import days_since_epoch
from crmkit.data.codes import Codes
from crmkit.data.columns import ROLES, Columns
from crmkit.data.decimals import Decimals
from crmkit.data.door import admit
from crmkit.data.frames import build_frame, frame_of_arrays
from crmkit.data.groups import Groups
from crmkit.data.labels import Labels
from crmkit.data.problems import Dropped
from crmkit.errors import InvalidArgumentError, MissingRoleError
from crmkit.typing import (
    BoolArray,
    DayArray,
    Frame,
    FrameKind,
    IntoDay,
    IntoFrame,
    OnInvalid,
    TimeArray,
)


class Period(NamedTuple):
    """First and last day with a line (datetime64[D]); NaT when there are no lines.

    Examples:
        >>> import crmkit as ck
        >>> tx = ck.Transactions.from_arrays(customer=[1, 2], time=["2026-01-03", "2026-01-09"])
        >>> first, last = tx.period
        >>> print(first, last)
        2026-01-03 2026-01-09
    """

    first: np.datetime64
    last: np.datetime64


@attrs.frozen(kw_only=True, repr=False)
class Transactions:
    """Till lines, checked and encoded once; every question is a function of them.

    One row is one line item. Make it with `from_frame` or `from_arrays`; both copy what they
    keep, so later changes of your frame never reach it.

    A line without a customer is a *guest* line: it counts for baskets and products, and is left
    out of questions about customers. A line of negative quantity or negative amount is a *return*;
    every other line, free goods included, is a *purchase line*. A *purchase basket* is a
    (customer, basket) pair with at least one purchase line.

    Attributes:
        customer: who bought; code -1 is a guest.
        time: shape (lines,), datetime64[s], naive local time.
        basket: which visit, if known.
        product: what was bought, if known.
        quantity: units per line, if known.
        amount: money per line, if known.
        cost: what each line cost the shop, if known.
        attributes: further categories per line by name (channel, region, brand ...).
        since: first day asked for, where `between` cut these lines out; None for whole data.
        until: the day after the last one asked for; None for whole data.
        dropped: rows left out at the door, with the reasons.
        frame_kind: the frame library that answers come back in.

    Examples:
        >>> import crmkit as ck
        >>> tx = ck.Transactions.from_arrays(
        ...     customer=["ann", "bob", None],
        ...     time=["2026-01-03", "2026-01-04", "2026-01-04"],
        ...     amount=[20.0, 35.5, 9.9],
        ... )
        >>> tx
        Transactions(3 lines, 2 customers, 2026-01-03 to 2026-01-04, 1 guest line, 0 return lines)
    """

    customer: Codes
    time: TimeArray = array()
    basket: Codes | None = None
    product: Codes | None = None
    quantity: Decimals | None = None
    amount: Decimals | None = None
    cost: Decimals | None = None
    attributes: Mapping[str, Codes] = attrs.field(factory=dict, converter=FrozenMapping[Codes])
    since: np.datetime64 | None = attrs.field(default=None, eq=False)
    until: np.datetime64 | None = attrs.field(default=None, eq=False)
    dropped: Dropped = Dropped()
    frame_kind: FrameKind = attrs.field(default="pandas", eq=False)
    _groups: dict[str, Groups] = attrs.field(factory=dict, init=False, eq=False)

    # Equal by value, and arrays have no hash: "unhashable type: 'Transactions'" is the plain truth.
    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def from_frame(
        cls,
        frame: IntoFrame,
        columns: Columns = Columns(),  # noqa: B008 - frozen
        *,
        on_invalid: OnInvalid = "raise",
    ) -> Self:
        """Read the lines of a data frame.

        Takes pandas, Polars (eager or lazy), PyArrow tables and DuckDB relations, and what else
        narwhals reads. Answers come back in the same kind of frame: a lazy Polars frame answers
        as a Polars DataFrame, a DuckDB relation as a PyArrow table.

        Args:
            frame: one row per line item.
            columns: which column is which; not needed for columns of the canonical names
                (customer, time, basket, product, quantity, amount, cost).
            on_invalid: "raise" lists everything wrong in one error; "drop" leaves the rows out
                and counts them in `dropped`. A missing customer is a guest, not an error.

        Raises:
            UnsupportedFrameError: *frame* is no frame.
            MissingColumnsError: a column you named, or customer or time, is not there.
            InvalidDataError: missing times, baskets, products or numbers, infinite numbers; and,
                whatever *on_invalid* says, columns that cannot be read at all: ids of mixed types,
                times as text or with a time zone, words for numbers.

        Warns:
            LookalikeLabelsWarning: ids that differ only by outer blanks or case.
            PlaceholderIdsWarning: customers, baskets or products called "", "nan", "none" ...
            LongPeriodWarning: times that span more than a century.
            InexactSumsWarning: numbers on no decimal grid.

        Time is O(lines); ids are hashed once unless they are compact integers or already
        categorical. Memory kept: 4 bytes a line for each id, 8 for time and each number.

        Examples:
            >>> import pandas as pd
            >>> import crmkit as ck
            >>> sales = pd.DataFrame({"who": [7, 7, 9], "when": pd.to_datetime(["2026-01-03"] * 3)})
            >>> ck.Transactions.from_frame(sales, ck.Columns(customer="who", time="when"))
            Transactions(3 lines, 2 customers, 2026-01-03 to 2026-01-03, 0 guest lines)
        """
        check.choice(on_invalid, OnInvalid, "on_invalid")
        check.instance(columns, Columns, "columns", "Say Columns(customer=..., time=..., ...).")
        came = admit(frame, columns, on_invalid)
        return cls(
            customer=came.ids["customer"],
            time=came.time,
            basket=came.ids.get("basket"),
            product=came.ids.get("product"),
            quantity=came.numbers.get("quantity"),
            amount=came.numbers.get("amount"),
            cost=came.numbers.get("cost"),
            attributes={name: came.ids[name] for name in columns.attributes},
            dropped=came.dropped,
            frame_kind=came.kind,
        )

    @classmethod
    def from_arrays(
        cls,
        *,
        customer: ArrayLike,
        time: ArrayLike,
        basket: ArrayLike | None = None,
        product: ArrayLike | None = None,
        quantity: ArrayLike | None = None,
        amount: ArrayLike | None = None,
        cost: ArrayLike | None = None,
        attributes: Mapping[str, ArrayLike] | None = None,
        on_invalid: OnInvalid = "raise",
    ) -> Self:
        """Read the lines of arrays or lists, one entry per line item.

        The same rules as for `from_frame` hold; *time* may also be a list of ISO texts, None
        among them for missing. Answers come back as pandas frames.

        Args:
            customer: ids; None or NaN is a guest.
            time: datetime64, dates or ISO texts.
            basket: receipt or invoice numbers.
            product: product ids.
            quantity: units per line.
            amount: money per line.
            cost: cost per line.
            attributes: further categories by name.
            on_invalid: as for `from_frame`.

        Raises:
            InvalidArgumentError: arrays of different lengths, or not one-dimensional; attributes
                that are no mapping.
            InvalidDataError: as for `from_frame`.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=[1, 2], time=["2026-01-03", "2026-01-04"])
            >>> len(tx)
            2
        """
        roles = (customer, time, basket, product, quantity, amount, cost)
        way = "Say attributes={'channel': [...]}."
        check.instance(attributes or {}, Mapping, "attributes", way)
        given: dict[str, ArrayLike] = dict(attributes or {})
        columns = Columns(attributes=tuple(given))
        given |= {role: v for role, v in zip(ROLES, roles, strict=True) if v is not None}
        return cls.from_frame(
            frame_of_arrays(given, times=("time",)), columns, on_invalid=on_invalid
        )

    # --- size and shape --------------------------------------------------------------------------

    def __len__(self) -> int:
        """How many lines."""
        return len(self.time)

    @cached_property
    def period(self) -> Period:
        """First and last day with a line."""
        if len(self) == 0:
            return Period(np.datetime64("NaT", "D"), np.datetime64("NaT", "D"))
        # Integers: minima of datetime64 look for NaT at every step, four times as slow.
        seconds = self.time.view(np.int64)
        ends = np.array([seconds.min(), seconds.max()]).astype("datetime64[s]")
        return Period(*ends.astype("datetime64[D]"))

    @property
    def days(self) -> DayArray:
        """The calendar day of each line, datetime64[D]."""
        return days_since_epoch(self.time.view(np.int64)).astype("datetime64[D]")

    @property
    def is_guest(self) -> BoolArray:
        """Which lines have no customer; boolean, one per line."""
        return self.customer.missing

    @cached_property
    def is_return(self) -> BoolArray:
        """Which lines are returns, negative quantity or amount; boolean, one per line."""
        returned = np.zeros(len(self), dtype=np.bool_)
        for numbers in (self.quantity, self.amount):
            if numbers is not None:
                returned |= numbers.units < 0
        return returned

    def duplicates(self) -> int:
        """Count lines that repeat an earlier line in every role and attribute.

        They are kept: two scans of one article are real. Thousands of them may mean that a file
        was loaded twice.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=[1, 1, 2], time=["2026-01-03"] * 3)
            >>> tx.duplicates()
            1
        """
        columns: dict[str, NDArray[Any]] = {"time": self.time}
        columns |= {name: codes.codes for name, codes in self._all_ids().items()}
        columns |= {name: numbers.units for name, numbers in self._all_numbers().items()}
        return int(pd.DataFrame(columns).duplicated().sum())

    def __repr__(self) -> str:
        """Counts of lines, customers, baskets, products, guests and returns, and the period."""
        return f"Transactions({', '.join(self._facts())})"

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{fact}</li>" for fact in self._facts())
        return f"<b>Transactions</b><ul>{items}</ul>"

    def _facts(self) -> list[str]:
        facts = [check.counted(len(self), "line"), check.counted(self.customer.n_used, "customer")]
        if self.basket is not None:
            facts.append(check.counted(self.basket.n_used, "basket"))
        if self.product is not None:
            facts.append(check.counted(self.product.n_used, "product"))
        if len(self):
            facts.append(f"{self.period.first} to {self.period.last}")
        facts.append(check.counted(np.count_nonzero(self.is_guest), "guest line"))
        if self.quantity is not None or self.amount is not None:
            facts.append(check.counted(np.count_nonzero(self.is_return), "return line"))
        if self.dropped.rows:
            facts.append(f"{check.counted(self.dropped.rows, 'row')} dropped")
        return facts

    # --- roles -----------------------------------------------------------------------------------

    def ids(self, role: str, *, question: str) -> Codes:
        """Return the codes of a role or attribute that *question* cannot do without.

        Raises:
            MissingRoleError: these transactions lack it; says how to give it.
            InvalidArgumentError: *role* holds times or numbers.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=[1, 2], time=["2026-01-03"] * 2)
            >>> tx.ids("customer", question="who came?")
            Codes(2 lines, 2 ids)
        """
        if role == "time" or role in self._all_numbers():
            raise _wrong_kind(question, role, "ids", self._all_ids())
        found = self._all_ids().get(role)
        return found if found is not None else self._lacks(role, question)

    def numbers(self, role: str, *, question: str) -> Decimals:
        """Return the numbers (quantity, amount, cost) that *question* cannot do without.

        Raises:
            MissingRoleError: these transactions lack them; says how to give them.
            InvalidArgumentError: *role* holds times or ids.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=[1], time=["2026-01-03"], amount=[9.9])
            >>> tx.numbers("amount", question="how much?").total()
            9.9
        """
        if role == "time" or role in self._all_ids():
            raise _wrong_kind(question, role, "numbers", self._all_numbers())
        found = self._all_numbers().get(role)
        return found if found is not None else self._lacks(role, question)

    def groups(self, role: str) -> Groups:
        """Return the lines grouped by a role or attribute; sorted once, then kept.

        Raises:
            MissingRoleError: these transactions lack it; says how to give it.
            InvalidArgumentError: *role* holds times or numbers.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=[7, 9, 7], time=["2026-01-03"] * 3)
            >>> tx.groups("customer").of_group(0)
            array([0, 2], dtype=int32)
        """
        if role not in self._groups:
            codes = self.ids(role, question="groups()")
            self._groups[role] = Groups.of(codes.codes, len(codes.labels))
        return self._groups[role]

    def _all_ids(self) -> dict[str, Codes]:
        roles = {"customer": self.customer, "basket": self.basket, "product": self.product}
        return {r: c for r, c in roles.items() if c is not None} | dict(self.attributes)

    def _all_numbers(self) -> dict[str, Decimals]:
        roles = {"quantity": self.quantity, "amount": self.amount, "cost": self.cost}
        return {r: n for r, n in roles.items() if n is not None}

    def _lacks(self, role: str, question: str) -> Any:
        there = ["time", *self._all_ids(), *self._all_numbers()]
        way = f"Columns({role}=...)" if role in ROLES else f"Columns(attributes=({role!r},))"
        raise MissingRoleError(
            f"{question} needs the {role} of each line, which these transactions lack."
            f" They have: {', '.join(there)}. Say which column holds it:"
            f" Transactions.from_frame(frame, {way})."
        )

    # --- parts -----------------------------------------------------------------------------------

    def where(self, mask: NDArray[np.bool_]) -> Self:
        """Return the lines where *mask* is True; labels stay, so some may become unused.

        Raises:
            InvalidArgumentError: the mask is not one boolean per line.

        Examples:
            >>> import numpy as np
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=[1, 2], time=["2026-01-03", "2026-02-01"])
            >>> len(tx.where(tx.days < np.datetime64("2026-02-01")))
            1
        """
        rows = check.line_mask(mask, len(self))
        return attrs.evolve(
            self,
            customer=self.customer[rows],
            time=self.time[rows],
            basket=_part(self.basket, rows),
            product=_part(self.product, rows),
            quantity=_part(self.quantity, rows),
            amount=_part(self.amount, rows),
            cost=_part(self.cost, rows),
            attributes={name: codes[rows] for name, codes in self.attributes.items()},
        )

    def between(self, start: IntoDay, end: IntoDay) -> Self:
        """Return the lines from day *start* up to, but not including, day *end*.

        With `as_of=end` in the question that follows, every line lies before the day asked about.
        The period asked for is kept in `since` and `until`, whether or not there are lines at its
        ends; a part of a part speaks of the days that both ask for.

        Raises:
            InvalidArgumentError: not days, or *end* before *start*.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=[1, 2], time=["2026-01-03", "2026-02-01"])
            >>> january = tx.between("2026-01-01", "2026-02-01")
            >>> print(len(january), january.since, january.until)
            1 2026-01-01 2026-02-01
        """
        first, stop = check.day(start, "start"), check.day(end, "end")
        if stop < first:
            raise InvalidArgumentError(f"end ({stop}) lies before start ({first}); swap them.")
        part = self.where((self.time >= first) & (self.time < stop))
        since = first if self.since is None else max(first, self.since)
        until = stop if self.until is None else min(stop, self.until)
        return attrs.evolve(part, since=since, until=max(since, until))

    def purchases(self) -> Self:
        """Return the purchase lines: all that are not returns.

        Examples:
            >>> import crmkit as ck
            >>> day = "2026-01-03"
            >>> tx = ck.Transactions.from_arrays(customer=[1, 2], time=[day] * 2, amount=[5, -5])
            >>> tx.purchases().amount.total()
            5.0
        """
        return self.where(~self.is_return)

    def returns(self) -> Self:
        """Return the return lines: negative quantity or negative amount.

        Examples:
            >>> import crmkit as ck
            >>> day = "2026-01-03"
            >>> tx = ck.Transactions.from_arrays(customer=[1, 2], time=[day] * 2, amount=[5, -5])
            >>> tx.returns().amount.total()
            -5.0
        """
        return self.where(self.is_return)

    def with_labels(self, name: str, labels: Labels) -> Self:
        """Return the same lines with *labels* as an attribute called *name*.

        Ids are matched by their labels, so the labels may come from other transactions; a line
        whose id they do not name gets code -1, unknown.

        Raises:
            InvalidArgumentError: *name* is a role, or an attribute these lines already have.
            MissingRoleError: the labels are of an id that these lines do not have.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=[7, 9], time=["2026-01-03"] * 2)
            >>> tiers = ck.Labels.from_mapping({7: "gold"}, entity="customer", name="tier")
            >>> tx.with_labels("tier", tiers).attributes["tier"].decode().tolist()
            ['gold', None]
        """
        check.instance(labels, Labels, "labels", "Labels.from_mapping(...) makes them.")
        if name in ROLES:
            raise InvalidArgumentError(f"{name!r} is the name of a role; choose another.")
        if name in self.attributes:
            raise InvalidArgumentError(
                f"these lines already have an attribute {name!r}; choose another name."
            )
        entity = self.ids(labels.entity, question="with_labels()")
        classes = np.append(labels.codes_of(entity.labels), np.int32(-1))
        codes = Codes(classes[entity.codes], np.array(labels.names, dtype=object))
        return attrs.evolve(self, attributes={**self.attributes, name: codes})

    def to_frame(self) -> Frame:
        """Return the lines as a frame with canonical column names.

        `Transactions.from_frame(tx.to_frame(), Columns(attributes=tuple(tx.attributes)))` is *tx*
        again, but for labels that no line uses, for the declared order of categoricals, and for
        the period that `between` cut out.

        Examples:
            >>> import crmkit as ck
            >>> tx = ck.Transactions.from_arrays(customer=[7], time=["2026-01-03"], amount=[9.9])
            >>> tx.to_frame()
               customer       time  amount
            0         7 2026-01-03     9.9
        """
        columns: dict[str, NDArray[Any]] = {"customer": self.customer.decode(), "time": self.time}
        columns |= {name: codes.decode() for name, codes in self._all_ids().items()}
        columns |= {name: numbers.values for name, numbers in self._all_numbers().items()}
        return build_frame(columns, self.frame_kind)


def _wrong_kind(
    question: str, role: str, wanted: str, there: Mapping[str, object]
) -> InvalidArgumentError:
    names = ", ".join(there) or "nothing of that kind"
    return InvalidArgumentError(
        f"{question} needs {wanted}, and the {role} of a line is none of these. There are: {names}."
    )


Column = TypeVar("Column", Codes, Decimals)


def _part(column: Column | None, rows: BoolArray) -> Column | None:
    return None if column is None else column[rows]
