"""Who bears which cost of a delivery, and where risk passes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import check_digits, minor_units, rounding_mode
from crmkit.profitability.incoterms.rules import (
    SEGMENTS,
    Party,
    Segment,
    known_segments,
    rule_of,
    successors,
)
from crmkit.typing import IntArray, IntoMoney, RoundingMode, TransportMode


@attrs.frozen
class OperationCost:
    """What a delivery costs each side, and both: a rule moves the split, never the total.

    Attributes:
        seller: minor units of the segments the seller bears.
        buyer: minor units of those the buyer bears.

    Examples:
        >>> from crmkit.profitability import OperationCost
        >>> OperationCost(seller=92000, buyer=238000).total
        330000
    """

    seller: int
    buyer: int

    @property
    def total(self) -> int:
        """Both together, in minor units."""
        return self.seller + self.buyer


@attrs.frozen(kw_only=True, repr=False)
class IncotermBearers(Answer):
    """Who bears each segment of a delivery under one rule; a row per segment.

    Attributes:
        code: the rule, "FOB".
        version: the edition of the Incoterms it is read in.
        mode: "any" transport, or "sea" (and inland waterway) only.
        bearers: who bears each segment, in the order of `Segment`.
        place_decides: segments that the named place or the contract of carriage may move.
        insurance_cover: the clauses the seller owes the buyer cover under, "ICC A" or "ICC C";
            None if nobody owes it. A seller who bears insurance then insures a risk of its own.
        risk_passes: where the risk passes to the buyer.
        successor: the rule of 2020 that took the place of a retired one; None for those in force.

    Examples:
        >>> from crmkit.profitability import incoterm_bearers
        >>> cip = incoterm_bearers("CIP")
        >>> cip.insurance_cover, cip.risk_passes
        ('ICC A', 'handed to the first carrier, origin')
    """

    code: str
    version: int
    mode: TransportMode
    bearers: tuple[Party, ...]
    place_decides: tuple[Segment, ...] = ()
    insurance_cover: str | None = None
    risk_passes: str
    successor: str | None = None

    def __len__(self) -> int:
        """How many segments."""
        return len(self.bearers)

    def __repr__(self) -> str:
        """The rule, and how much of the delivery the seller pays."""
        retired = "" if self.successor is None else f", now {self.successor}"
        return (
            f"IncotermBearers({self.code} {self.version}{retired}: seller bears"
            f" {len(self.seller)} of {len(self)} segments)"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "segment": np.array([s.value for s in SEGMENTS], dtype=object),
            "bearer": np.array([p.value for p in self.bearers], dtype=object),
        }

    @property
    def seller(self) -> tuple[Segment, ...]:
        """The segments that the seller bears."""
        return self._borne_by(Party.SELLER)

    @property
    def buyer(self) -> tuple[Segment, ...]:
        """The segments that the buyer bears."""
        return self._borne_by(Party.BUYER)

    def _borne_by(self, party: Party) -> tuple[Segment, ...]:
        pairs = zip(SEGMENTS, self.bearers, strict=True)
        return tuple(segment for segment, bearer in pairs if bearer is party)

    @property
    def insurance_owed(self) -> bool:
        """Whether the seller owes the buyer insurance."""
        return self.insurance_cover is not None

    def bearer(self, segment: str) -> Party:
        """Return who bears one segment.

        Raises:
            InvalidArgumentError: there is no such segment.

        Examples:
            >>> from crmkit.profitability import incoterm_bearers
            >>> incoterm_bearers("FOB").bearer("main_carriage").value
            'buyer'
        """
        (known,) = known_segments([segment], "segment")
        return self.bearers[SEGMENTS.index(known)]

    def operation_cost(
        self,
        segment_costs: Mapping[str, IntoMoney],
        *,
        digits: int = 2,
        rounding: RoundingMode | None = None,
    ) -> OperationCost:
        """Split what a delivery costs into the seller's part and the buyer's.

        Args:
            segment_costs: the cost of each of the eleven segments, in major units; 0 where one
                costs nothing.
            digits: digits of the currency.
            rounding: what to do with amounts between two minor units; None refuses them.

        Raises:
            InvalidArgumentError: names that are no segments.
            InvalidDataError: segments without a cost, costs that are negative or no amounts.

        Examples:
            >>> from crmkit.profitability import Segment, incoterm_bearers
            >>> incoterm_bearers("FOB").operation_cost(dict.fromkeys(Segment, "100.00"))
            OperationCost(seller=50000, buyer=60000)
        """
        known_segments(segment_costs, "segment_costs")
        missing = [s.value for s in SEGMENTS if s not in segment_costs]
        problems = [f"no cost is given for {', '.join(missing)}. {SAY_ZERO}"] if missing else []
        given = [(s, segment_costs[s]) for s in SEGMENTS if s in segment_costs]
        units, unreadable = read_costs(given, digits, rounding)
        if problems := [*problems, *unreadable]:
            raise InvalidDataError("\n".join(problems))
        totals = dict.fromkeys(Party, 0)
        for bearer, cost in zip(self.bearers, units.tolist(), strict=True):
            totals[bearer] += cost
        return OperationCost(seller=totals[Party.SELLER], buyer=totals[Party.BUYER])


def incoterm_bearers(
    code: str,
    *,
    version: int = 2020,
    buyer_bears: str | Collection[str] = (),
    seller_bears: str | Collection[str] = (),
) -> IncotermBearers:
    """Say who bears each cost of a delivery under a rule of trade, and where risk passes.

    Editions differ: until 1990 the buyer cleared FAS goods for export and the seller DEQ goods for
    import, until 2000 risk passed at the ship's rail, and CIP cover was ICC C until 2010.

    Args:
        code: the rule, in any case: EXW, FCA, FAS, FOB, CFR, CIF, CPT, CIP, DAP, DPU, DDP; with
            its edition also a retired one: DAT, DDU, DAF, DES, DEQ, C&F, DCP, FRC, FOR, FOT, FOA.
        version: the edition that the contract names: 2020, 2010, 2000, 1990 or 1980.
        buyer_bears: segments that the named place makes the buyer's: "pre_carriage" under FCA at
            the seller's premises.
        seller_bears: segments that it makes the seller's: "destination_terminal" and
            "on_carriage" under CPT and CIP to a place inland.

    Raises:
        InvalidArgumentError: no such rule in that edition (a retired one is named with its
            successor), or a segment that no named place can move.

    Source: ICC, Incoterms 2020 and earlier editions.

    Examples:
        >>> from crmkit.profitability import incoterm_bearers
        >>> incoterm_bearers("fas").to_frame().head(5)
                    segment  bearer
        0           packing  seller
        1           loading  seller
        2      pre_carriage  seller
        3  export_clearance  seller
        4   origin_terminal   buyer
        >>> incoterm_bearers("DDU", version=2000).successor
        'DAP'
        >>> [s.value for s in incoterm_bearers("FCA", buyer_bears="pre_carriage").seller]
        ['packing', 'loading', 'export_clearance']
    """
    name, rule = rule_of(code, version)
    free = rule.place_decides
    moved = _moved(name, free, buyer=buyer_bears, seller=seller_bears)
    pairs = zip(SEGMENTS, rule.bearers, strict=True)
    return IncotermBearers(
        code=name,
        version=int(version),
        mode=rule.mode,
        bearers=tuple(moved.get(segment, party) for segment, party in pairs),
        place_decides=free,
        insurance_cover=rule.insurance_cover,
        risk_passes=rule.risk,
        successor=(successors(name) or (None,))[-1],
    )


def _moved(
    name: str,
    free: Collection[Segment],
    *,
    buyer: str | Collection[str],
    seller: str | Collection[str],
) -> dict[Segment, Party]:
    """Return who bears the segments that a named place moves, proven to be movable."""
    to_buyer, to_seller = _listed(buyer, "buyer_bears"), _listed(seller, "seller_bears")
    problems = [
        f"{s.value} cannot be borne by buyer and seller both." for s in to_buyer if s in to_seller
    ]
    if fixed := [s.value for s in dict.fromkeys([*to_buyer, *to_seller]) if s not in free]:
        may = " and ".join(s.value for s in free) or "no segment"
        problems.append(
            f"{name} fixes who bears {', '.join(fixed)}; the named place can move {may}."
        )
    if problems:
        raise InvalidArgumentError("\n".join(problems))
    return dict.fromkeys(to_buyer, Party.BUYER) | dict.fromkeys(to_seller, Party.SELLER)


def _listed(segments: str | Collection[str], name: str) -> list[Segment]:
    return known_segments([segments] if isinstance(segments, str) else segments, name)


# --- costs per segment ---------------------------------------------------------------------------

SAY_ZERO: Final = "Unknown is not 0: say the cost, or 0 where there is none."


def read_costs(
    named: Sequence[tuple[str, IntoMoney]], digits: int, rounding: RoundingMode | None
) -> tuple[IntArray, list[str]]:
    """Read amounts as minor units, 0 where one is odd, and say what is odd by its name."""
    check_digits(digits)
    mode = rounding_mode(rounding)
    texts = np.array([str(amount) for _, amount in named], dtype=np.str_)
    try:
        problems: list[str] = []
        units = minor_units(texts, digits, mode)
    except InvalidDataError:
        units, problems = _one_by_one(named, digits, mode)
    below = np.flatnonzero(units < 0).tolist()
    problems += [f"{named[k][0]}: a cost is not negative; got {named[k][1]!r}." for k in below]
    return units, problems


def _one_by_one(
    named: Sequence[tuple[str, IntoMoney]], digits: int, mode: RoundingMode | None
) -> tuple[IntArray, list[str]]:
    units = np.zeros(len(named), dtype=np.int64)
    problems = []
    for k, (name, amount) in enumerate(named):
        try:
            units[k] = minor_units(np.array([str(amount)]), digits, mode, name)[0]
        except InvalidDataError as odd:
            problems.append(str(odd))
    return units, problems
