"""What goods really cost to put on the shelf: charges spread over shipment lines, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self, get_args

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.data.minor import minor_of
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.allocation import AllocationRule, RefusedError
from crmkit.money.amounts import check_digits, from_minor, rounding_mode
from crmkit.profitability.duties.duties import ImportDuties
from crmkit.profitability.landed.charges import Charge
from crmkit.profitability.landed.explanation import ShareExplanation, explained
from crmkit.profitability.landed.figures import CostFigures
from crmkit.profitability.landed.lots import LotCosts, lots_of
from crmkit.profitability.landed.posting import Books, post
from crmkit.profitability.landed.rollup import CostRollup, rolled_up
from crmkit.profitability.lines import ShipmentLines
from crmkit.typing import FloatArray, IntArray, LineField, RoundingMode


def landed_cost(
    lines: ShipmentLines,
    charges: Sequence[Charge],
    *,
    digits: int = 2,
    rounding: RoundingMode | None = None,
    rule: AllocationRule = AllocationRule(),  # noqa: B008 - frozen
    duties: ImportDuties | None = None,
) -> LandedCosts:
    """Spread charges over shipment lines: what each line really cost, to the last cent.

    Each charge total is converted once at its own rate and spread in whole minor units over the
    lines of its shipment and scope, so that the shares sum to it exactly.

    Args:
        lines: what came with which shipment.
        charges: what was paid beside the goods.
        digits: digits of the lines' currency.
        rounding: what happens to amounts between two minor units; None refuses them, and rounds
            conversions half up.
        rule: how totals are spread; the default is the largest remainder. Other systems have
            other conventions, e.g. AllocationRule(method="last", rounding="half_up").
        duties: duties and import taxes of the same lines; each kind is one more column, and
            charges can be spread by customs value and duty.

    Returns:
        a charge x line matrix of minor units with the totals per line.

    Raises:
        InvalidDataError: what cannot be spread, with charge, shipment and first line: no basis, no
            line in scope, fixed amounts beyond the total, unknown weights, a missing rate ... All
            problems of all charges are listed.
        InvalidArgumentError: options outside their domain.

    Time grows with lines x charges; memory is 8 bytes for each of these cells.

    Source: IAS 2, Inventories, paragraphs 10 to 18; IAS 21 for conversions.

    Examples:
        >>> from crmkit.profitability import Basis, Charge, ShipmentLines, landed_cost
        >>> lines = ShipmentLines(
        ...     shipment=["S1", "S1", "S2"],
        ...     product=["tea", "mug", "mug"],
        ...     quantity=[10, 5, 8],
        ...     value=["100.00", "50.00", "80.00"],
        ...     weight=[20.0, 5.0, 8.0],
        ... )
        >>> charges = [
        ...     Charge("freight", "33.33", Basis.WEIGHT, shipment="S1"),
        ...     Charge("broker", "10.00", Basis.EQUAL),
        ... ]
        >>> landed_cost(lines, charges).to_frame()
          shipment product  quantity  value  freight  broker  landed_total  landed_unit
        0       S1     tea      10.0  100.0    26.66    3.34        130.00     13.00000
        1       S1     mug       5.0   50.0     6.67    3.33         60.00     12.00000
        2       S2     mug       8.0   80.0     0.00    3.33         83.33     10.41625
    """
    check.instance(lines, ShipmentLines, "lines", "ShipmentLines.from_frame makes them.")
    check.instance(rule, AllocationRule, "rule", "Say AllocationRule(method=...).")
    books = Books(
        digits=check_digits(digits),
        rounding=rounding_mode(rounding),
        rule=rule,
        duties=_duties(duties, lines, digits),
    )
    given, problems = _charges(charges), list[str]()
    values = _values(lines, books, problems)
    posted = [_posted(charge, lines, books, problems) for charge in given]
    if problems:
        raise InvalidDataError("\n".join(problems))
    posted += _assessed(duties)
    return LandedCosts(
        lines=lines,
        charges=given,
        books=books,
        amounts=_matrix([p.shares for p in posted], len(lines)),
        figures=_figures(lines, values, posted),
        frame_kind=lines.frame_kind,
    )


class _Posted(NamedTuple):
    """A column of the answer: its share on each line, what of it comes back, and if it is stock."""

    name: str
    shares: IntArray
    comes_back: IntArray
    capitalise: bool


def _duties(duties: ImportDuties | None, lines: ShipmentLines, digits: int) -> ImportDuties | None:
    if duties is None:
        return None
    check.instance(duties, ImportDuties, "duties", "import_duties(...) makes them.")
    if duties.lines is not lines or duties.declared.digits != digits:
        raise InvalidArgumentError(
            f"the duties were computed for other lines or other digits ({duties.declared.digits}):"
            " use the same ShipmentLines and digits for both."
        )
    return duties


def _assessed(duties: ImportDuties | None) -> list[_Posted]:
    """Return each kind of duty and each tax as a column."""
    if duties is None:
        return []
    parts = zip(duties.names[1:], duties.amounts[1:], strict=True)
    untaxed = len(duties.names) - 1 - len(duties.taxes)
    nothing = np.zeros(len(duties), dtype=np.int64)
    back = [*[nothing] * untaxed, *duties.recovered]
    return [_Posted(name, x, b, True) for (name, x), b in zip(parts, back, strict=True)]


def _charges(charges: Sequence[Charge]) -> tuple[Charge, ...]:
    check.instance(charges, Sequence, "charges", "For one charge say [charge].")
    for charge in charges:
        check.instance(charge, Charge, "each charge", "Say Charge(name, amount, basis).")
    taken = {c.name for c in charges} & {"value", "quantity", *_TOTALS, *get_args(LineField)}
    if taken:
        raise InvalidArgumentError(
            f"a charge cannot be called {sorted(taken)[0]!r}: the answer has a column of that name."
        )
    return tuple(charges)


_TOTALS = ("inventory_value", "recoverable", "landed_total", "landed_unit", "line", "lot")


def _values(lines: ShipmentLines, books: Books, problems: list[str]) -> IntArray:
    """Return the value of the goods in minor units."""
    try:
        return minor_of(lines.value, books.digits, "value", books.rounding)
    except InvalidDataError as error:
        problems += str(error).splitlines()
        return np.zeros(len(lines), dtype=np.int64)


def _posted(charge: Charge, lines: ShipmentLines, books: Books, problems: list[str]) -> _Posted:
    try:
        shares, comes_back = post(charge, lines, books)
    except RefusedError as refused:
        problems += refused.problems
        shares = comes_back = np.zeros(len(lines), dtype=np.int64)
    return _Posted(charge.name, shares, comes_back, charge.capitalise)


def _matrix(rows: Sequence[IntArray], lines: int) -> IntArray:
    return np.array(rows, dtype=np.int64).reshape(len(rows), lines)


def _figures(lines: ShipmentLines, values: IntArray, posted: Sequence[_Posted]) -> CostFigures:
    named: dict[str, IntArray] = {}
    inventory, recoverable = values.copy(), np.zeros(len(lines), dtype=np.int64)
    for part in posted:
        named[part.name] = named.get(part.name, 0) + part.shares
        recoverable += part.comes_back
        if part.capitalise:
            inventory += part.shares - part.comes_back
    return CostFigures(
        quantity=lines.quantity,
        value=values,
        charges=named,
        inventory_value=inventory,
        recoverable=recoverable,
    )


# --- the answer ----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True, repr=False)
class LandedCosts(Answer):
    """What each shipment line cost, charge by charge.

    Money is in whole minor units. A unit cost is never stored, because it cannot be multiplied
    back: it is the pair of total and quantity.

    Attributes:
        lines: the lines.
        charges: the charges, in the order of the rows of *amounts*; duties and taxes follow.
        books: digits, rounding, allocation rule, and the duties.
        amounts: shape (charges, lines), int64; each charge's share on each line.
        figures: value, charges by name and totals per line.

    Examples:
        >>> from crmkit.profitability import Basis, Charge, ShipmentLines, landed_cost
        >>> lines = ShipmentLines(
        ...     shipment=[1, 1], product=["tea", "mug"], quantity=[3, 1], value=[30, 10]
        ... )
        >>> landed_cost(lines, [Charge("freight", "1.00", Basis.QUANTITY)])
        LandedCosts(2 lines, 1 charge, value 40.00, landed total 41.00)
    """

    lines: ShipmentLines
    charges: tuple[Charge, ...]
    books: Books
    amounts: IntArray = array()
    figures: CostFigures

    __hash__ = None  # type: ignore[assignment]

    @property
    def inventory_value(self) -> IntArray:
        """Value of each line in the books of stock (IAS 2), minor units.

        Price and charges that are capitalised, without what is recoverable.
        """
        return self.figures.inventory_value

    @property
    def landed_total(self) -> IntArray:
        """Managerial landed cost of each line, minor units.

        Price and all charges, without what is recoverable.
        """
        return self.figures.landed_total

    @property
    def recoverable(self) -> IntArray:
        """What of each line's charges comes back, minor units; it is in neither total."""
        return self.figures.recoverable

    @property
    def landed_unit(self) -> FloatArray:
        """Landed total per unit, major units; NaN for a line of no units."""
        return self.figures.landed_unit(self.books.digits)

    def __len__(self) -> int:
        """How many lines."""
        return len(self.lines)

    def __repr__(self) -> str:
        """How many lines and charges, the value and the landed total."""
        digits = self.books.digits
        value, total = (
            f"{from_minor(int(figures.sum()), digits=digits):,}"
            for figures in (self.figures.value, self.landed_total)
        )
        size = f"{check.counted(len(self), 'line')}, {check.counted(len(self.charges), 'charge')}"
        return f"LandedCosts({size}, value {value}, landed total {total})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        ids = {"shipment": self.lines.shipment, "product": self.lines.product}
        decoded = {name: codes.decode() for name, codes in ids.items()}
        return decoded | self.figures.columns(self.books.digits)

    def by(self, *fields: LineField) -> CostRollup:
        """Sum the costs by product, supplier, shipment ... or any combination.

        Args:
            fields: the fields of the lines to sum by; lines without one have a row of their own.

        Raises:
            InvalidArgumentError: no field, or one that these lines do not have.

        Examples:
            >>> from crmkit.profitability import Basis, Charge, ShipmentLines, landed_cost
            >>> lines = ShipmentLines(
            ...     shipment=[1, 2], product=["tea", "tea"], quantity=[3, 1], value=[30, 10]
            ... )
            >>> landed = landed_cost(lines, [Charge("freight", "1.00", Basis.QUANTITY)])
            >>> landed.by("product").to_frame()
              product  quantity  value  freight  landed_total  landed_unit
            0     tea       4.0   40.0      1.0          41.0        10.25
        """
        return rolled_up(self.lines, self.figures, fields, self.books.digits)

    def explain(self, line: int) -> ShareExplanation:
        """Say for each charge how its share of one line came about.

        Duties and taxes explain themselves: `ImportDuties.explain`.

        Args:
            line: position of the line, counted from 0.

        Raises:
            InvalidArgumentError: there is no such line.

        Examples:
            >>> from crmkit.profitability import Basis, Charge, ShipmentLines, landed_cost
            >>> lines = ShipmentLines(
            ...     shipment=[1, 1], product=["tea", "mug"], quantity=[2, 1], value=[30, 10]
            ... )
            >>> landed = landed_cost(lines, [Charge("freight", "1.00", Basis.QUANTITY)])
            >>> landed.explain(1).to_frame()
                charge     basis  amount  weight  total_weight     exact  share
            0  freight  quantity     1.0     1.0           3.0  0.333333   0.33
        """
        return explained(self.charges, self.amounts, line, self.lines, self.books)

    def to_lots(self, line: Sequence[int] | IntArray, quantity: ArrayLike) -> LotCosts:
        """Spread the cost of lines over their lots, by quantity, to the last cent.

        Args:
            line: for each lot, the position of its line.
            quantity: units of each lot; the lots of a line sum to its quantity.

        Raises:
            InvalidArgumentError: lots of lines that there are not, arrays of different lengths.
            InvalidDataError: the lots of a line do not sum to its quantity.

        Examples:
            >>> from crmkit.profitability import Basis, Charge, ShipmentLines, landed_cost
            >>> lines = ShipmentLines(shipment=[1], product=["tea"], quantity=[3], value=["1.00"])
            >>> landed_cost(lines, []).to_lots([0, 0], [2, 1]).to_frame()
               line product  quantity  value  landed_total  landed_unit
            0     0     tea       2.0   0.67          0.67        0.335
            1     0     tea       1.0   0.33          0.33        0.330
        """
        return lots_of(self.lines, self.figures, (line, quantity), self.books)

    def reverse(self) -> Self:
        """Return the same costs with every sign turned: posted after them, nothing is left.

        The stored shares are turned, not spread again, so they cancel to the last cent whatever
        has changed in between.

        Examples:
            >>> from crmkit.profitability import Basis, Charge, ShipmentLines, landed_cost
            >>> lines = ShipmentLines(
            ...     shipment=[1, 1], product=["tea", "mug"], quantity=[1, 1], value=[30, 10]
            ... )
            >>> landed = landed_cost(lines, [Charge("freight", "0.03", Basis.QUANTITY)])
            >>> landed.amounts, landed.reverse().amounts
            (array([[2, 1]]), array([[-2, -1]]))
        """
        return attrs.evolve(
            self,
            lines=self.lines.reversed(),
            amounts=-self.amounts,
            figures=self.figures.each(np.negative, self.lines.reversed().quantity),
        )
