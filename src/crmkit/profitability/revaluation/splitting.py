"""How the charge of a receipt is split between what is on hand of it and what has left."""

from __future__ import annotations

from typing import NamedTuple

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._kernels.exact import is_provable
from crmkit._kernels.grouping import changes, sums_by
from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.money.amounts import rounded_product
from crmkit.profitability.revaluation.layers import History, StockLayers
from crmkit.profitability.revaluation.replay import Replay
from crmkit.typing import (
    AverageRule,
    BoolArray,
    Costing,
    CostPolicy,
    IntArray,
    RoundedPart,
    RoundingMode,
)


@attrs.frozen(kw_only=True)
class SplitRule:
    """How charges are split: see `crmkit.profitability.revalue`.

    Raises:
        InvalidArgumentError: a word outside its domain; past issues under a rule that knows none.
    """

    policy: CostPolicy
    costing: Costing
    average_rule: AverageRule
    rounds: RoundedPart
    rounding: RoundingMode

    def __attrs_post_init__(self) -> None:
        check.choice(self.policy, CostPolicy, "policy")
        check.choice(self.costing, Costing, "costing")
        check.choice(self.average_rule, AverageRule, "average_rule")
        check.choice(self.rounds, RoundedPart, "rounds")
        if self.policy == "restate" and self.rule in ("pool", "earliest"):
            raise InvalidArgumentError(
                f"average_rule={self.average_rule!r} says how much has left, not with which issue,"
                " so policy='restate' has nothing to put it on. Say average_rule='replay', as"
                " ledgers that post again do, or 'depletion'."
            )
        if self.costing == "fifo" and self.average_rule != "depletion":
            raise InvalidArgumentError(
                f"average_rule={self.average_rule!r} is a rule of costing='average'; under 'fifo'"
                " what is left of a receipt is known."
            )

    @property
    def rule(self) -> AverageRule:
        """What counts as on hand; layers of their own are depleted."""
        return self.average_rule


class Split(NamedTuple):
    """Charges of layers, and what of them stays with the stock."""

    charge: IntArray
    to_stock: IntArray


def split(layers: StockLayers, charge: IntArray, rule: SplitRule) -> IntArray:
    """Return what of each layer's charge stays with the stock, in minor units.

    Raises:
        InvalidDataError: charges on receipts of nothing, or too large.
        InvalidArgumentError: the rule asks for moves that are not known.
    """
    if rule.policy == "restate":
        _history(layers, "policy='restate'")
    _refuse_charges(layers, charge)
    whole = rule.rounds == "issued"
    if rule.rule == "replay":
        part = _replayed(layers, charge, rule)
    else:
        received = layers.received.units.astype(np.int64)
        kept = _kept(layers, rule.rule)
        part = _shared(charge, received - kept if whole else kept, received, rule.rounding)
    return charge - part if whole else part


def _history(layers: StockLayers, what: str) -> History:
    if layers.history is None:
        raise InvalidArgumentError(
            f"{what} asks for the moves of the stock, and these layers were given by hand. Give"
            " StockMoves(quantity=[...], ...) instead."
        )
    return layers.history


def _refuse_charges(layers: StockLayers, charge: IntArray) -> None:
    received = layers.received.units
    bounds = np.abs(charge.astype(np.float64))
    beyond = ~is_provable(bounds, np.maximum(received, 1).astype(np.float64))
    problems = [
        *_listed(
            layers,
            (received == 0) & (charge != 0),
            "a charge on a receipt of which nothing was kept",
            "Charge the goods that were kept.",
        ),
        *_listed(
            layers,
            beyond,
            "a charge times a quantity too large to be exact in 64 bits",
            "Use coarser units for the quantities.",
        ),
    ]
    if not problems and float(bounds.sum()) >= 2.0**62:
        problems = ["the charges together do not fit 64 bits. Revalue fewer layers at a time."]
    if problems:
        raise InvalidDataError("\n".join(problems))


def _listed(layers: StockLayers, odd: BoolArray, what: str, remedy: str) -> list[str]:
    if not odd.any():
        return []
    first, count = layers.name(int(np.argmax(odd))), check.counted(odd.sum(), "layer")
    return [f"{what}: {count}, the first of them {first}. {remedy}"]


def _kept(layers: StockLayers, rule: AverageRule) -> IntArray:
    """Return how many units of each receipt count as on hand."""
    received = layers.received.units.astype(np.int64)
    if rule == "depletion":
        return layers.left.units.astype(np.int64)
    stock = layers.on_hand()[layers.product_codes]
    kept = stock if rule == "pool" else np.maximum(stock - layers.earlier(), 0)
    return np.minimum(kept, received)


def _shared(amounts: IntArray, tops: IntArray, bottoms: IntArray, mode: RoundingMode) -> IntArray:
    return rounded_product(amounts, tops, np.maximum(bottoms, 1), mode)


def _replayed(layers: StockLayers, charge: IntArray, rule: SplitRule) -> IntArray:
    replay = Replay.of(_history(layers, "average_rule='replay'"))
    part = np.zeros(len(layers), dtype=np.int64)
    charged = np.flatnonzero(charge[replay.layers])
    amounts = charge[replay.layers[charged]]
    part[replay.layers[charged]] = replay.rounded(
        amounts, (charged, replay.ends[charged]), rule.rounding, gone=rule.rounds == "issued"
    )
    return part


# --- the value of the stock without the charge ---------------------------------------------------


def base_values(layers: StockLayers, rule: SplitRule) -> IntArray:
    """Return what the stock of each product is worth without the charge, in minor units."""
    codes, span = layers.product_codes, layers.product_span
    if rule.costing == "fifo":
        received = layers.received.units.astype(np.int64)
        kept = layers.left.units.astype(np.int64)
        values = _shared(layers.values(), kept, received, rule.rounding)
        return np.asarray(sums_by(codes, span, values), dtype=np.int64)
    replay = Replay.of(_history(layers, "the moving average"))
    values, products = layers.values()[replay.layers], codes[replay.layers].astype(np.int64)
    return replay.pooled(values, products, span, rule.rounding)


# --- what goes back on past issues ---------------------------------------------------------------


def issued_parts(
    layers: StockLayers, rule: SplitRule, posted: Split
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return moves, layers, units and amounts of the issues that a charge goes back on."""
    history = _history(layers, "policy='restate'")
    if rule.rule == "replay":
        return _replayed_issues(history, rule, posted)
    order = np.argsort(history.issued_layers, kind="stable")
    on, units = history.issued_layers[order], history.issued_units[order]
    running = _running(on, units)
    gone = (layers.received.units - layers.left.units).astype(np.int64)
    issued = (posted.charge - posted.to_stock)[on]
    sums = _shared(issued, running, gone[on], rule.rounding)
    return history.issued_moves[order], on, units, _steps(on, sums)


def _running(keys: IntArray, units: IntArray) -> IntArray:
    """Return running totals within runs of equal keys."""
    heads = np.flatnonzero(changes(keys))
    before = (np.cumsum(units) - units)[heads]
    return np.cumsum(units) - np.repeat(before, np.diff(np.append(heads, len(keys))))


def _steps(keys: IntArray, sums: IntArray) -> IntArray:
    """Return what each running total adds to the one before, within runs of equal keys."""
    return sums - np.where(changes(keys), 0, np.append(0, sums)[:-1])


def _replayed_issues(
    history: History, rule: SplitRule, posted: Split
) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return the same under a moving average: each later issue took its share of the pool."""
    replay = Replay.of(history)
    charged = np.flatnonzero(posted.charge[replay.layers])
    rows, events = replay.later_issues(charged)
    amounts = posted.charge[replay.layers[charged[rows]]]
    later = replay.rounded(amounts, (charged[rows], events + 1), rule.rounding, gone=True)
    early = replay.covered_issues()
    covered = np.isin(early.entries, charged)
    owed, places = early.sizes[covered], early.entries[covered]
    covers = posted.charge[replay.layers[places]]
    sooner = _shared(covers, _running(places, owed), replay.received[places], rule.rounding)
    on = replay.layers[np.concatenate([places, charged[rows]])]
    at = np.concatenate([early.holders[covered], events])
    sums = np.concatenate([sooner, later])
    units = np.concatenate([owed, -replay.changes[events]])
    order = np.lexsort((at, on))
    on, at, sums = on[order], at[order], sums[order]
    last = np.append(on[1:] != on[:-1], True)[: len(on)]
    # The parts that were posted are not rounded again.
    sums[last] = (posted.charge - posted.to_stock)[on[last]]
    return replay.moves[at], on, units[order], _steps(on, sums)
