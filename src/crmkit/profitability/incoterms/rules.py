"""The Incoterms as one table, edition by edition: a row per rule, a mark per segment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

import attrs

from crmkit import _validation as check
from crmkit.errors import InvalidArgumentError
from crmkit.typing import TransportMode


class Segment(StrEnum):
    """What a delivery costs, in the order it arises; duty and tax are part of import clearance.

    Examples:
        >>> from crmkit.profitability import Segment
        >>> list(Segment)[5].value
        'main_carriage'
    """

    PACKING = "packing"
    LOADING = "loading"
    PRE_CARRIAGE = "pre_carriage"
    EXPORT_CLEARANCE = "export_clearance"
    ORIGIN_TERMINAL = "origin_terminal"
    MAIN_CARRIAGE = "main_carriage"
    INSURANCE = "insurance"
    DESTINATION_TERMINAL = "destination_terminal"
    IMPORT_CLEARANCE = "import_clearance"
    ON_CARRIAGE = "on_carriage"
    UNLOADING = "unloading"


SEGMENTS: Final = tuple(Segment)


class Party(StrEnum):
    """Who bears a cost.

    Examples:
        >>> from crmkit.profitability import Party, incoterm_bearers
        >>> incoterm_bearers("EXW").bearer("packing") is Party.SELLER
        True
    """

    SELLER = "seller"
    BUYER = "buyer"


def known_segments(names: Iterable[object], what: str) -> list[Segment]:
    """Prove that all *names* are segments."""
    listed = list(names)
    odd = [name for name in listed if name not in SEGMENTS]
    if odd:
        raise InvalidArgumentError(
            f"{what}: "
            + " ".join(f"{name!r} is no segment.{check.hint(name, SEGMENTS)}" for name in odd)
            + f" The segments are {', '.join(s.value for s in SEGMENTS)}."
        )
    return [Segment(str(name)) for name in listed]


# --- the rules -----------------------------------------------------------------------------------


def _marks(text: str) -> tuple[str, ...]:
    return tuple(text.split())


@attrs.frozen
class Rule:
    """A row of the table: the first and last edition it holds in, then who bears each segment.

    S seller, B buyer; "*" the named place may say the other; "+" the seller insures for itself,
    owing it to nobody; "A", "C" the seller owes cover under those Institute Cargo Clauses.
    """

    editions: tuple[int, int]
    mode: TransportMode
    marks: tuple[str, ...] = attrs.field(converter=_marks)
    risk: str
    successor: str | None = None

    @property
    def holds_in(self) -> range:
        """The years of its editions."""
        return range(self.editions[0], self.editions[1] + 1)

    @property
    def bearers(self) -> tuple[Party, ...]:
        """Who bears each segment, unless the named place says otherwise."""
        return tuple(Party.SELLER if mark[0] == "S" else Party.BUYER for mark in self.marks)

    @property
    def place_decides(self) -> tuple[Segment, ...]:
        """The segments that the named place may move."""
        return tuple(s for s, m in zip(SEGMENTS, self.marks, strict=True) if m.endswith("*"))

    @property
    def insurance_cover(self) -> str | None:
        """The clauses of the cover that the seller owes."""
        return _COVERS.get(self.marks[SEGMENTS.index(Segment.INSURANCE)])


_COVERS: Final = {"SA": "ICC A", "SC": "ICC C"}
_VERSIONS: Final = (1980, 1990, 2000, 2010, 2020)
_PREMISES = "at the seller's premises, not loaded"
_CARRIER = "handed to the buyer's carrier"
_FIRST_CARRIER = "handed to the first carrier, origin"
_ALONGSIDE = "alongside the ship, origin"
_ON_BOARD = "on board the ship, origin"
_RAIL = "across the ship's rail, origin"
_READY = "at the destination, ready to unload"
_UNLOADED = "at the destination, unloaded"
_TERMINAL = "at the terminal of destination, unloaded"
_FRONTIER = "at the frontier, not unloaded"
_SHIP = "on board the ship, port of destination"
_QUAY = "on the quay, port of destination"
_WAGON = "handed to the railway, or loaded on the wagon"
_AIRPORT = "handed to the carrier at the airport of departure"

# Columns: packing, loading, pre-carriage, export clearance, origin terminal | main carriage,
# insurance | destination terminal, import clearance, on-carriage, unloading.
TABLE: Final[Mapping[str, tuple[Rule, ...]]] = {
    "EXW": (Rule((1990, 2020), "any", "S B  B  B B   B B    B  B B  B", _PREMISES),),
    "FCA": (Rule((1990, 2020), "any", "S S  S* S B   B B    B  B B  B", _CARRIER),),
    "FAS": (
        Rule((2000, 2020), "sea", "S S  S  S B   B B    B  B B  B", _ALONGSIDE),
        Rule((1990, 1990), "sea", "S S  S  B B   B B    B  B B  B", _ALONGSIDE),
    ),
    "FOB": (
        Rule((2010, 2020), "sea", "S S  S  S S   B B    B  B B  B", _ON_BOARD),
        Rule((1990, 2000), "sea", "S S  S  S S   B B    B  B B  B", _RAIL),
    ),
    "CFR": (
        Rule((2010, 2020), "sea", "S S  S  S S   S B    B  B B  B", _ON_BOARD),
        Rule((1990, 2000), "sea", "S S  S  S S   S B    B  B B  B", _RAIL),
    ),
    "CIF": (
        Rule((2010, 2020), "sea", "S S  S  S S   S SC   B  B B  B", _ON_BOARD),
        Rule((1990, 2000), "sea", "S S  S  S S   S SC   B  B B  B", _RAIL),
    ),
    "CPT": (Rule((1990, 2020), "any", "S S  S  S S   S B    B* B B* B", _FIRST_CARRIER),),
    "CIP": (
        Rule((2020, 2020), "any", "S S  S  S S   S SA   B* B B* B", _FIRST_CARRIER),
        Rule((1990, 2010), "any", "S S  S  S S   S SC   B* B B* B", _FIRST_CARRIER),
    ),
    "DAP": (Rule((2010, 2020), "any", "S S  S  S S   S S+   S  B S  B", _READY),),
    "DPU": (Rule((2020, 2020), "any", "S S  S  S S   S S+   S  B S  S", _UNLOADED),),
    "DDP": (Rule((1990, 2020), "any", "S S  S  S S   S S+   S  S S  B", _READY),),
    "DAT": (Rule((2010, 2010), "any", "S S  S  S S   S S+   S  B B  B", _TERMINAL, "DPU"),),
    "DDU": (Rule((1990, 2000), "any", "S S  S  S S   S S+   S  B S  B", _READY, "DAP"),),
    "DAF": (Rule((1990, 2000), "any", "S S  S  S S   S S+   B  B B  B", _FRONTIER, "DAP"),),
    "DES": (Rule((1990, 2000), "sea", "S S  S  S S   S S+   B  B B  B", _SHIP, "DAP"),),
    "DEQ": (
        Rule((2000, 2000), "sea", "S S  S  S S   S S+   S  B B  B", _QUAY, "DAT"),
        Rule((1990, 1990), "sea", "S S  S  S S   S S+   S  S B  B", _QUAY, "DAT"),
    ),
    "C&F": (Rule((1980, 1990), "sea", "S S  S  S S   S B    B  B B  B", _RAIL, "CFR"),),
    "DCP": (Rule((1980, 1990), "any", "S S  S  S S   S B    B* B B* B", _FIRST_CARRIER, "CPT"),),
    "FRC": (Rule((1980, 1990), "any", "S S  S* S B   B B    B  B B  B", _CARRIER, "FCA"),),
    "FOR": (Rule((1980, 1990), "any", "S S  S  S B   B B    B  B B  B", _WAGON, "FCA"),),
    "FOT": (Rule((1980, 1990), "any", "S S  S  S B   B B    B  B B  B", _WAGON, "FCA"),),
    "FOA": (Rule((1980, 1990), "any", "S S  S  S B   B B    B  B B  B", _AIRPORT, "FCA"),),
}
_SPELLINGS: Final = {"FOR/FOT": "FOR"}
CURRENT: Final = tuple(code for code, rules in TABLE.items() if rules[0].editions[1] == 2020)


def rule_of(code: str, version: int) -> tuple[str, Rule]:
    """Find a rule in the edition it is asked for."""
    name = str(code).strip().upper()
    name = _SPELLINGS.get(name, name)
    problems = []
    if name not in TABLE:
        problems.append(
            f"{code!r} is no Incoterm. Those of 2020 are {', '.join(CURRENT)}."
            + check.hint(name, TABLE)
        )
    if version not in _VERSIONS:
        editions = ", ".join(map(str, _VERSIONS))
        problems.append(
            f"version must be an edition of the Incoterms, {editions}; got {version!r}."
        )
    if problems:
        raise InvalidArgumentError("\n".join(problems))
    for rule in TABLE[name]:
        if version in rule.holds_in:
            return name, rule
    raise InvalidArgumentError(_not_in_edition(name, version))


def _not_in_edition(name: str, version: int) -> str:
    known = " or ".join(f"version={edition}" for edition in reversed(_editions(name)))
    later = successors(name)
    if not later:
        return f"{name} is no rule of Incoterms {version}. Say {known}."
    then = [after for after in later if version in _editions(after)] or later[-1:]
    return (
        f"{name} is no rule of Incoterms {version}: it became {', then '.join(later)}. Say"
        f" {then[0]!r}, or for a contract under the old rules name their edition: {known}."
    )


def _editions(name: str) -> list[int]:
    return [v for v in _VERSIONS if any(v in rule.holds_in for rule in TABLE[name])]


def successors(name: str) -> tuple[str, ...]:
    """Return the rules that took the place of a retired one, one after another."""
    after = TABLE[name][0].successor
    return () if after is None else (after, *successors(after))
