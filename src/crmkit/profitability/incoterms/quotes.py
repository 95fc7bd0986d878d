"""What suppliers ask, under which rule of trade, and what duty follows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._fields import FrozenMapping
from crmkit.errors import InvalidArgumentError
from crmkit.money.amounts import rationals
from crmkit.profitability.incoterms.incoterms import IncotermBearers, incoterm_bearers
from crmkit.profitability.incoterms.rules import SEGMENTS, Segment, known_segments
from crmkit.typing import BoolArray, CustomsBase, IntoMoney, IntoRate, RoundingMode


def _names(segments: str | Collection[str]) -> tuple[str, ...]:
    return (segments,) if isinstance(segments, str) else tuple(segments)


@attrs.frozen
class Quote:
    """What a supplier asks for the goods, and under which rule.

    Attributes:
        supplier: who quotes.
        price: for the whole consignment, in major units and without VAT; segment costs are of the
            same consignment.
        incoterm: the rule, "FOB".
        version: the edition of the Incoterms.
        buyer_bears: segments that the named place makes the buyer's, see `incoterm_bearers`.
        seller_bears: segments that it makes the seller's.
        segment_costs: costs of segments that differ from those common to all quotes.

    Raises:
        InvalidArgumentError: no such rule in that edition, segments that are none or that the
            named place cannot move.

    Examples:
        >>> from crmkit.profitability import Quote
        >>> Quote("Acme", "20000", "FCA", buyer_bears="pre_carriage").bearers
        IncotermBearers(FCA 2020: seller bears 3 of 11 segments)
    """

    supplier: str
    price: IntoMoney
    incoterm: str
    version: int = attrs.field(default=2020, kw_only=True)
    buyer_bears: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)
    seller_bears: tuple[str, ...] = attrs.field(default=(), converter=_names, kw_only=True)
    segment_costs: Mapping[str, IntoMoney] = attrs.field(
        factory=dict, converter=FrozenMapping, kw_only=True
    )

    def __attrs_post_init__(self) -> None:
        """Check the rule and the names of the segments."""
        known_segments(self.segment_costs, f"segment_costs of {self.supplier}")
        _ = self.bearers

    @property
    def bearers(self) -> IncotermBearers:
        """Who bears each segment under the quote's rule."""
        return incoterm_bearers(
            self.incoterm,
            version=self.version,
            buyer_bears=self.buyer_bears,
            seller_bears=self.seller_bears,
        )


def _rate(rate: IntoRate) -> Fraction:
    tops, bottoms = rationals(rate)
    if len(tops) != 1 or tops[0] < 0:
        raise InvalidArgumentError(
            f"rate must be one number >= 0, '0.065' for 6.5 %; got {rate!r}."
        )
    return Fraction(int(tops[0]), int(bottoms[0]))


@attrs.frozen
class ImportDuty:
    """A duty in proportion to the customs value.

    Attributes:
        rate: "0.065" for 6.5 %; kept as an exact fraction.
        base: the customs value is the goods at the border with main freight and insurance
            ("CIF": EU, UK, India, China, Japan and most), or loaded for export, without them
            ("FOB": US, Canada, Australia, South Africa).
        rounding: where a duty between two minor units goes.

    Raises:
        InvalidArgumentError: a negative rate, words outside their domain.
        InvalidDataError: a rate that is no number.

    Examples:
        >>> from crmkit.profitability import ImportDuty
        >>> ImportDuty("0.065", base="FOB").rate
        Fraction(13, 200)
    """

    rate: Fraction = attrs.field(converter=_rate)
    base: CustomsBase = "CIF"
    rounding: RoundingMode = attrs.field(default="half_up", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check the words."""
        check.choice(self.base, CustomsBase, "base")
        check.choice(self.rounding, RoundingMode, "rounding")

    @property
    def in_value(self) -> BoolArray:
        """Which segments the customs value holds, shape (11,)."""
        last = Segment.INSURANCE if self.base == "CIF" else Segment.ORIGIN_TERMINAL
        return np.arange(len(SEGMENTS)) <= SEGMENTS.index(last)
