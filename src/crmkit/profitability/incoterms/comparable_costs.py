"""Bring quotes to one figure: what each costs, delivered and unloaded, whatever its rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Self

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import multiply
from crmkit.profitability.incoterms.incoterms import SAY_ZERO, read_costs
from crmkit.profitability.incoterms.quotes import ImportDuty, Quote
from crmkit.profitability.incoterms.rules import SEGMENTS, Party, Segment, known_segments
from crmkit.typing import BoolArray, IntArray, IntoMoney, RoundingMode


@attrs.frozen(kw_only=True, repr=False)
class ComparableCosts(Answer):
    """What each quote costs in all, delivered and unloaded, without VAT; a row per quote.

    Arrays are int64 minor units; the frame holds major units.

    Attributes:
        supplier: who quotes, shape (quotes,).
        incoterm: their rules.
        price: what they ask.
        added: what the buyer bears on top, duty included.
        comparable: both together.
        customs_value: what duty is taken on; None where no duty was asked for.
        duty: the duty on it: in *added* where the buyer clears the goods, in *price* where the
            seller does.
        import_duty: how it was taken.
        digits: digits of the currency.

    Examples:
        >>> from crmkit.profitability import Quote, comparable_cost
        >>> quotes = [Quote("Acme", 900, "EXW"), Quote("Brix", 1000, "DPU")]
        >>> costs = {"main_carriage": 140, "insurance": 5, "import_clearance": 30}
        >>> others = dict.fromkeys(["loading", "pre_carriage", "export_clearance"], 10)
        >>> others |= dict.fromkeys(["origin_terminal", "destination_terminal"], 20)
        >>> others |= dict.fromkeys(["on_carriage", "unloading"], 25)
        >>> comparable_cost(quotes, costs | others)
        ComparableCosts(2 quotes, cheapest Brix DPU: 1,030.00)
    """

    supplier: NDArray[np.object_] = array()
    incoterm: NDArray[np.object_] = array()
    price: IntArray = array()
    added: IntArray = array()
    customs_value: IntArray | None = array(optional=True)
    duty: IntArray | None = array(optional=True)
    import_duty: ImportDuty | None = None
    digits: int = 2

    @property
    def comparable(self) -> IntArray:
        """Price and what the buyer adds, minor units."""
        return self.price + self.added

    @property
    def rank(self) -> IntArray:
        """Place of each quote, 1 the cheapest; equal costs share one."""
        return np.searchsorted(np.sort(self.comparable), self.comparable).astype(np.int64) + 1

    def __len__(self) -> int:
        """How many quotes."""
        return len(self.price)

    def __repr__(self) -> str:
        """How many quotes, and the cheapest."""
        best = int(np.argmin(self.comparable))
        cost = self.comparable[best] / 10**self.digits
        return (
            f"ComparableCosts({check.counted(len(self), 'quote')}, cheapest"
            f" {self.supplier[best]} {self.incoterm[best]}: {cost:,.{self.digits}f})"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        money = {"price": self.price, "added": self.added, "comparable": self.comparable}
        if self.customs_value is not None and self.duty is not None:
            money |= {"customs_value": self.customs_value, "duty": self.duty}
        amounts = {name: units / 10**self.digits for name, units in money.items()}
        return {"supplier": self.supplier, "incoterm": self.incoterm, **amounts}

    def ranking(self) -> Self:
        """Return the quotes with the cheapest first; equal ones keep their order.

        Examples:
            >>> from crmkit.profitability import Quote, comparable_cost
            >>> quotes = [Quote("Acme", 1000, "DPU"), Quote("Brix", 990, "DPU")]
            >>> comparable_cost(quotes, {"import_clearance": 30}).ranking().to_frame()
              supplier incoterm   price  added  comparable
            0     Brix      DPU   990.0   30.0      1020.0
            1     Acme      DPU  1000.0   30.0      1030.0
        """
        order = np.argsort(self.comparable, kind="stable")
        names = ("supplier", "incoterm", "price", "added", "customs_value", "duty")
        columns = {name: getattr(self, name) for name in names}
        return attrs.evolve(self, **{n: c[order] for n, c in columns.items() if c is not None})


def comparable_cost(
    quotes: Sequence[Quote],
    segment_costs: Mapping[str, IntoMoney],
    *,
    duty: ImportDuty | None = None,
    digits: int = 2,
    rounding: RoundingMode | None = None,
) -> ComparableCosts:
    """Bring quotes under different rules to one figure: the price and all that the buyer bears.

    All amounts are of the same consignment, in one currency and without VAT, which the importer
    recovers. Without *duty*, the segment import_clearance holds what duty there is. With it, that
    segment is the clearance alone and duty is computed from the customs value,

        (price + the buyer's segments before the border - the seller's segments behind it)
        / (1 + rate, where the seller pays the duty out of the price),

    where "before" means up to the insurance (CIF) or up to the terminal of origin (FOB): to a
    price EXW it adds all from loading on, from a price DDP it backs out what follows and the duty.

    Args:
        quotes: what suppliers ask.
        segment_costs: the costs of segments common to all quotes, in major units; those of a quote
            come before them. Only the segments that some buyer bears are needed; with *duty* also
            those which a price holds beyond the customs value.
        duty: the rate and its base; None for duty as a cost like others.
        digits: digits of the currency.
        rounding: what to do with amounts between two minor units; None refuses them.

    Raises:
        InvalidArgumentError: no quotes, names that are no segments.
        InvalidDataError: segments without a cost, costs that are negative or no amounts, a price
            below the costs it is to hold. All quotes are listed.

    Examples:
        >>> from crmkit.profitability import ImportDuty, Quote, comparable_cost
        >>> costs = {"main_carriage": 1400, "insurance": 90, "destination_terminal": 240}
        >>> costs |= {"import_clearance": 160, "on_carriage": 400, "unloading": 90}
        >>> quotes = [Quote("Acme", 20000, "FOB"), Quote("Brix", 23000, "DDP")]
        >>> comparable_cost(quotes, costs, duty=ImportDuty("0.04")).to_frame()
          supplier incoterm    price   added  comparable  customs_value    duty
        0     Acme      FOB  20000.0  3239.6     23239.6       21490.00  859.60
        1     Brix      DDP  23000.0    90.0     23090.0       21346.15  853.85
    """
    listed = _proven(quotes)
    known_segments(segment_costs, "segment_costs")
    book = _Book.of(listed, segment_costs, digits, rounding)
    problems = [*book.problems, *book.missing(listed, duty)]
    if problems:
        more = [f"... and {len(problems) - _SHOWN:,} more."] if len(problems) > _SHOWN else []
        raise InvalidDataError("\n".join(problems[:_SHOWN] + more))
    value, due = (None, None) if duty is None else book.taxed(listed, duty)
    owed = 0 if due is None else np.where(book.clears, due, 0)
    return ComparableCosts(
        supplier=_objects(quote.supplier for quote in listed),
        incoterm=_objects(quote.bearers.code for quote in listed),
        price=book.prices,
        added=book.sums(book.borne) + owed,
        customs_value=value,
        duty=due,
        import_duty=duty,
        digits=digits,
    )


def _proven(quotes: Sequence[Quote]) -> list[Quote]:
    if isinstance(quotes, Quote) or not quotes:
        raise InvalidArgumentError(
            f"quotes must be a list of at least one Quote; got {quotes!r}. Say [Quote(...), ...]."
        )
    for quote in quotes:
        check.instance(quote, Quote, "each quote", "Say Quote('Acme', '20000', 'FOB').")
    return list(quotes)


def _objects(words: Iterable[str]) -> NDArray[np.object_]:
    listed = list(words)
    column = np.empty(len(listed), dtype=object)
    column[:] = listed
    return column


# --- a row per quote, a column per segment -------------------------------------------------------

_SHOWN: Final = 50
_LARGEST: Final = 2.0**61
"""A duty of up to 2**62 on top still fits."""
_IMPORT: Final = SEGMENTS.index(Segment.IMPORT_CLEARANCE)


@attrs.frozen(eq=False)
class _Book:
    """The figures of all quotes.

    Attributes:
        prices: shape (quotes,), minor units.
        costs: shape (quotes, 11), minor units; 0 where unknown.
        known: shape (quotes, 11), where a cost is given.
        borne: shape (quotes, 11), what the buyer bears.
        problems: what is odd about the amounts.
    """

    prices: IntArray
    costs: IntArray
    known: BoolArray
    borne: BoolArray
    problems: list[str]

    @classmethod
    def of(
        cls,
        quotes: list[Quote],
        common: Mapping[str, IntoMoney],
        digits: int,
        rounding: RoundingMode | None,
    ) -> _Book:
        """Read all amounts at once; the costs of a quote come over those common to all."""
        units, problems = read_costs(_named(quotes, common), digits, rounding)
        rows = [row for row, quote in enumerate(quotes) for _ in quote.segment_costs]
        columns = _places(segment for quote in quotes for segment in quote.segment_costs)
        shared, own, prices = np.split(units, [len(common), len(common) + len(rows)])
        costs = np.zeros((len(quotes), len(SEGMENTS)), dtype=np.int64)
        known = np.zeros(costs.shape, dtype=np.bool_)
        everywhere = _places(common)
        costs[:, everywhere], known[:, everywhere] = shared, True
        costs[rows, columns], known[rows, columns] = own, True
        book = cls(prices, costs, known, _borne(quotes), problems)
        return attrs.evolve(book, problems=[*problems, *book.too_large(quotes)])

    def sums(self, mask: BoolArray) -> IntArray:
        """Add up the costs of some segments for each quote."""
        return np.asarray(np.where(mask, self.costs, 0).sum(axis=1))

    @property
    def clears(self) -> BoolArray:
        """Where the buyer clears the goods for import."""
        return self.borne[:, _IMPORT]

    def too_large(self, quotes: list[Quote]) -> list[str]:
        """Say which quotes have sums that 64 bits may not hold."""
        totals = self.costs.astype(np.float64).sum(axis=1) + self.prices
        return [
            f"{_which(quotes, row)}: price and costs are too large for 64 bits. Say fewer digits."
            for row in np.flatnonzero(totals > _LARGEST).tolist()
        ]

    def missing(self, quotes: list[Quote], duty: ImportDuty | None) -> list[str]:
        """Say which costs that are needed nobody gave."""
        needed = self.borne if duty is None else self.borne | self._behind(duty)
        lacking = needed & ~self.known
        why = "its buyer bears" if duty is None else "its buyer bears or its price holds"
        return [
            f"{_which(quotes, row)}: no cost is given for {_listed(lacking[row])}, which {why}."
            f" {SAY_ZERO}"
            for row in np.flatnonzero(lacking.any(axis=1)).tolist()
        ]

    def _behind(self, duty: ImportDuty) -> BoolArray:
        """What the price holds beyond the customs value, the duty apart."""
        return ~self.borne & ~duty.in_value

    def taxed(self, quotes: list[Quote], duty: ImportDuty) -> tuple[IntArray, IntArray]:
        """Return the customs value of each quote and the duty on it."""
        value = self.prices + self.sums(self.borne & duty.in_value) - self.sums(self._behind(duty))
        if problems := _below_costs(quotes, value):
            raise InvalidDataError("\n".join(problems))
        rate = duty.rate
        on_top = multiply(value, rate, rounding=duty.rounding)
        # v holds value and duty, v = c (1 + rate), so the duty is v rate / (1 + rate).
        within = multiply(value, rate / (1 + rate), rounding=duty.rounding)
        due = np.where(self.clears, on_top, within)
        return np.where(self.clears, value, value - due), due


def _named(quotes: list[Quote], common: Mapping[str, IntoMoney]) -> list[tuple[str, IntoMoney]]:
    """Return the common costs, then those of quotes, then prices, each with what it is called."""
    which = [_which(quotes, row) for row in range(len(quotes))]
    pairs = list(zip(which, quotes, strict=True))
    return [
        *((f"{segment} of segment_costs", cost) for segment, cost in common.items()),
        *((f"{s} of {name}", cost) for name, q in pairs for s, cost in q.segment_costs.items()),
        *((f"price of {name}", quote.price) for name, quote in pairs),
    ]


def _borne(quotes: list[Quote]) -> BoolArray:
    return np.array([[p is Party.BUYER for p in q.bearers.bearers] for q in quotes])


def _places(segments: Iterable[str]) -> list[int]:
    return [SEGMENTS.index(Segment(segment)) for segment in segments]


def _which(quotes: list[Quote], row: int) -> str:
    return f"quote {row} ({quotes[row].supplier}, {quotes[row].incoterm})"


def _listed(mask: BoolArray) -> str:
    return ", ".join(SEGMENTS[k].value for k in np.flatnonzero(mask))


def _below_costs(quotes: list[Quote], value: IntArray) -> list[str]:
    return [
        f"{_which(quotes, row)}: the price is below the costs it is to hold, so the goods would be"
        " worth less than nothing. Check the rule, the price and the seller's segment costs."
        for row in np.flatnonzero(value < 0).tolist()
    ]
