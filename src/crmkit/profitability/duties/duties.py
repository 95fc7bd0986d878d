"""What do duties and import taxes cost, line by line?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import from_minor
from crmkit.profitability.duties.assessment import Assessment
from crmkit.profitability.duties.customs_value import check_lengths, customs_value
from crmkit.profitability.duties.declaration import ImportDeclaration
from crmkit.profitability.duties.pools import exact_sum
from crmkit.profitability.duties.rules import BASIC, KINDS
from crmkit.profitability.duties.steps import DutyStep, steps_of
from crmkit.profitability.duties.tariff import DutySchedule
from crmkit.profitability.duties.tariff_match import days_of
from crmkit.profitability.duties.taxes import Tax, check_cascade, levy
from crmkit.profitability.lines import ShipmentLines
from crmkit.typing import DayArray, DutyKind, IntArray, IntoDay, Valuation

VALUE = "customs_value"


@attrs.frozen(kw_only=True, repr=False)
class ImportDuties(Answer):
    """Duties and import taxes of each line of some shipments, in minor units.

    As a frame, in major units: shipment, product, customs_value, one column per kind of duty that
    the tariff knows and per tax, total (duties and taxes), recoverable and cost.

    Attributes:
        lines: the lines they are of.
        schedule: the tariff they were computed by.
        declared: what was declared beside the lines.
        taxes: the taxes, in the order in which they were levied.
        valuation: whether the customs value holds freight and insurance.
        as_of: the day whose tariff holds: one, or one per line.
        names: components: customs_value, kinds of duty, taxes.
        amounts: shape (components, lines), int64 minor units.
        recovered: shape (taxes, lines): what of each tax is claimed back.
        rows: shape (kinds of the tariff, lines): row of the tariff that each duty comes from, -1
            where there is none.

    Examples:
        >>> import crmkit.profitability as pr
        >>> lines = pr.ShipmentLines(
        ...     shipment=["S1"], product=["tea"], quantity=[500], value=[8000], hs_code=["09024000"]
        ... )
        >>> tariff = pr.DutySchedule({"hs_prefix": ["0902"], "ad_valorem": ["0.065"]})
        >>> answer = pr.import_duties(lines, tariff, as_of="2026-03-01", valuation="FOB")
        >>> answer.to_frame()
          shipment product  customs_value  third_country  total  recoverable   cost
        0       S1     tea         8000.0          520.0  520.0          0.0  520.0
    """

    lines: ShipmentLines
    schedule: DutySchedule
    declared: ImportDeclaration
    taxes: tuple[Tax, ...]
    valuation: Valuation
    as_of: DayArray = array()
    names: tuple[str, ...]
    amounts: IntArray = array()
    recovered: IntArray = array()
    rows: IntArray = array()

    def __len__(self) -> int:
        """How many lines."""
        return len(self.lines)

    def __repr__(self) -> str:
        """How many lines, their value, duty, taxes, and what is claimed back."""
        figures = {
            "customs value": self.customs_value,
            "duty": self.duty,
            "taxes": self.total - self.duty,
            "recoverable": self.recoverable,
        }
        digits = self.declared.digits
        said = [f"{n} {from_minor(int(x.sum()), digits=digits):,}" for n, x in figures.items()]
        return f"ImportDuties({check.counted(len(self), 'line')}, {', '.join(said)})"

    def amount(self, name: str) -> IntArray:
        """Return one component per line, in minor units.

        Raises:
            InvalidArgumentError: there is no such component.

        Examples:
            >>> import crmkit.profitability as pr
            >>> lines = pr.ShipmentLines(
            ...     shipment=[1], product=[1], quantity=[1], value=[100], hs_code=["0902"]
            ... )
            >>> tariff = pr.DutySchedule({"hs_prefix": ["09"], "ad_valorem": ["0.065"]})
            >>> answer = pr.import_duties(lines, tariff, as_of="2026-03-01", valuation="FOB")
            >>> answer.amount("third_country")
            array([650])
        """
        if name not in self.names:
            raise InvalidArgumentError(
                f"{name!r} is none of the components {', '.join(map(repr, self.names))}."
                + check.hint(name, self.names)
            )
        amounts: IntArray = self.amounts[self.names.index(name)]
        return amounts

    @property
    def customs_value(self) -> IntArray:
        """The value that duties stand on, per line; int64 minor units."""
        return self.amount(VALUE)

    @property
    def duty(self) -> IntArray:
        """All kinds of duty together, without taxes; int64 minor units."""
        return self._sum(1, 1 + len(self.schedule.kinds))

    @property
    def total(self) -> IntArray:
        """Duties and taxes together; int64 minor units."""
        return self._sum(1, len(self.names))

    @property
    def recoverable(self) -> IntArray:
        """What is claimed back from the taxes: part of no cost; int64 minor units."""
        return np.asarray(self.recovered.sum(axis=0, dtype=np.int64))

    @property
    def cost(self) -> IntArray:
        """What duties and taxes cost for good: the total without what is recoverable."""
        return self.total - self.recoverable

    def _sum(self, first: int, last: int) -> IntArray:
        return np.asarray(self.amounts[first:last].sum(axis=0, dtype=np.int64))

    def explain(self, line: int) -> tuple[DutyStep, ...]:
        r"""Show how the amounts of one line came about, step by step.

        Each step is computed again in fractions: the row of the tariff, its rate, what it stands
        on, the exact amount, and what it was rounded to.

        Args:
            line: position of the line, from 0.

        Raises:
            InvalidArgumentError: there is no such line.

        Examples:
            >>> import crmkit.profitability as pr
            >>> lines = pr.ShipmentLines(
            ...     shipment=[1], product=[1], quantity=[1], value=["99.95"], hs_code=["0902"]
            ... )
            >>> tariff = pr.DutySchedule({"hs_prefix": ["09"], "ad_valorem": ["0.065"]})
            >>> answer = pr.import_duties(lines, tariff, as_of="2026-03-01", valuation="FOB")
            >>> print(*answer.explain(0), sep="\n")
            customs_value: 99.95 (FOB)
            third_country: 6.5% on 99.95 = 6.49675, half_up per line: 6.50 (row 0: '09')
        """
        if check.whole_number(line, "line", at_least=0) >= len(self):
            raise InvalidArgumentError(f"line {line}: there are lines 0 .. {len(self) - 1}.")
        return steps_of(self, line)

    def parts(self) -> dict[str, IntArray]:
        """Return what a tax may be levied on, by name, with incidental costs and sums.

        Examples:
            >>> import crmkit.profitability as pr
            >>> lines = pr.ShipmentLines(
            ...     shipment=[1], product=[1], quantity=[1], value=[100], hs_code=["0902"]
            ... )
            >>> tariff = pr.DutySchedule({"hs_prefix": ["09"], "ad_valorem": ["0.065"]})
            >>> answer = pr.import_duties(lines, tariff, as_of="2026-03-01", valuation="FOB")
            >>> list(answer.parts())
            ['customs_value', 'third_country', 'basic_duty', 'duty']
        """
        named = dict(zip(self.names, self.amounts, strict=True))
        basic = [named[kind] for kind in BASIC if kind in named]
        sums = {
            "basic_duty": exact_sum(basic, "basic duty", len(self)),
            "duty": self.duty,
        }
        return named | sums | dict(self.declared.incidental)

    def _columns(self) -> dict[str, NDArray[Any]]:
        ids = {"shipment": self.lines.shipment, "product": self.lines.product}
        sums = {"total": self.total, "recoverable": self.recoverable, "cost": self.cost}
        columns = {name: codes.decode() for name, codes in ids.items()}
        money = dict(zip(self.names, self.amounts, strict=True)) | sums
        scale = 10.0**self.declared.digits
        return columns | {name: amounts / scale for name, amounts in money.items()}


def import_duties(
    lines: ShipmentLines,
    schedule: DutySchedule,
    *,
    as_of: IntoDay | ArrayLike,
    valuation: Valuation,
    taxes: Sequence[Tax] = (),
    declared: ImportDeclaration | None = None,
) -> ImportDuties:
    """Compute duties and import taxes of each line, exactly, each rounded once where the law says.

    For each line and each kind of duty the row of the tariff is found that holds on the day for
    the origin, by the longest prefix of the tariff code. Every line needs a third-country row; it
    is replaced by a preference or a suspension where the line claims one. Additional duties and
    excise stand on the customs value or the quantity, not on other duties, unless their
    `DutyRule` says so. Then the taxes follow in their order, each on what it names.

    Args:
        lines: the lines, with tariff codes, and origins and weights where the tariff asks.
        schedule: the tariff.
        as_of: the day whose tariff holds, usually that of the declaration; one, or one per line.
        valuation: "CIF" adds main freight and insurance to the value (European Union, United
            Kingdom, India, China, Japan ...), "FOB" leaves them out (United States, Canada ...).
            Freight and insurance that are not *declared* are taken to be in the price already.
        taxes: in the order in which they are levied.
        declared: freight, insurance, additions, claims, measures, rates of exchange; see
            `ImportDeclaration`.

    Raises:
        InvalidDataError: codes the tariff does not know, claims without a row, unknown origins,
            quantities or rates of exchange that a matched row asks for, negative values, amounts
            that 64 bits do not hold exactly; all that can be said together is listed.
        InvalidArgumentError: lines without tariff codes, arrays of the wrong length, taxes on
            what comes later, in a circle, or twice.

    Memory: one int64 per line for each component and each kind of duty; time grows with lines
    x prefix lengths, hardly with rows.

    Source: WTO Customs Valuation Agreement, article 8; Harmonised System.

    Examples:
        >>> import crmkit.profitability as pr
        >>> lines = pr.ShipmentLines(
        ...     shipment=["S1"], product=["tea"], quantity=[500], value=[8000], hs_code=["09024000"]
        ... )
        >>> tariff = pr.DutySchedule({"hs_prefix": ["0902"], "ad_valorem": ["0.065"]})
        >>> vat = pr.Tax(name="vat", rate="0.2", on=("customs_value", "duty"), recoverable=True)
        >>> declared = pr.ImportDeclaration(freight=[60000], insurance=[4000])
        >>> answer = pr.import_duties(
        ...     lines, tariff, as_of="2026-03-01", valuation="CIF", taxes=[vat], declared=declared
        ... )
        >>> answer.customs_value, answer.duty, answer.amount("vat"), answer.cost
        (array([864000]), array([56160]), array([184032]), array([56160]))
    """
    check.instance(lines, ShipmentLines, "lines", "ShipmentLines(...) or from_frame makes them.")
    check.instance(schedule, DutySchedule, "schedule", "DutySchedule(...) makes one.")
    check.choice(valuation, Valuation, "valuation")
    declared = ImportDeclaration() if declared is None else declared
    check.instance(declared, ImportDeclaration, "declared", "ImportDeclaration(...) makes one.")
    taxes = (taxes,) if isinstance(taxes, Tax) else tuple(taxes)
    check_cascade(taxes, _bases(schedule, declared))
    check_lengths(declared.incidental, len(lines))
    days = days_of(as_of, len(lines))
    value, problems = customs_value(lines, declared, valuation)
    assessment = Assessment(lines, schedule, declared, days)
    problems += assessment.problems
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise InvalidDataError(
            f"the import has {check.counted(len(problems), 'problem')}:\n{listed}"
        )
    duties = assessment.amounts(value)
    answer = ImportDuties(
        lines=lines,
        schedule=schedule,
        declared=declared,
        taxes=(),
        valuation=valuation,
        as_of=days,
        names=(VALUE, *schedule.kinds),
        amounts=_stacked([value, *duties], len(lines)),
        recovered=np.zeros((0, len(lines)), dtype=np.int64),
        rows=_stacked([assessment.rows[kind] for kind in schedule.kinds], len(lines)),
        frame_kind=lines.frame_kind,
    )
    return _taxed(answer, taxes)


def _bases(schedule: DutySchedule, declared: ImportDeclaration) -> dict[str, Sequence[str]]:
    """Return what taxes may be levied on, each as the parts that it is the sum of."""
    basic: list[DutyKind] = [kind for kind in schedule.kinds if kind in BASIC]
    bases: dict[str, Sequence[str]] = {VALUE: (VALUE,)}
    # A kind the tariff has no row of is nothing, but a name that may be said.
    bases |= {kind: (kind,) for kind in KINDS}
    bases |= {"basic_duty": tuple(basic), "duty": schedule.kinds}
    if taken := [name for name in declared.incidental if name in bases]:
        raise InvalidArgumentError(
            f"incidental: the name {taken[0]!r} is taken; call that cost something else."
        )
    return bases | {name: (name,) for name in declared.incidental}


def _stacked(columns: Sequence[IntArray], lines: int) -> IntArray:
    stacked = np.empty((len(columns), lines), dtype=np.int64)
    for place, column in enumerate(columns):
        stacked[place] = column
    return stacked


def _taxed(answer: ImportDuties, taxes: tuple[Tax, ...]) -> ImportDuties:
    parts: Mapping[str, IntArray] = answer.parts()
    nothing = np.zeros(len(answer), dtype=np.int64)
    levied: dict[str, IntArray] = {}
    recovered = []
    for tax in taxes:
        bases = [levied.get(name, parts.get(name, nothing)) for name in tax.on]
        found = levy(tax, answer.lines, bases, answer.declared.digits)
        levied[tax.name] = found.amounts
        recovered.append(found.recovered)
    exact_sum([*answer.amounts, *levied.values()], "customs value, duties and taxes", len(answer))
    return attrs.evolve(
        answer,
        taxes=taxes,
        names=(*answer.names, *levied),
        amounts=_stacked([*answer.amounts, *levied.values()], len(answer)),
        recovered=_stacked(recovered, len(answer)),
    )
