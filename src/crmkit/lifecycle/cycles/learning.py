"""What are the cycles of a shop's products? Learnt from its lines."""

from __future__ import annotations

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit.data import Transactions
from crmkit.errors import FewGapsWarning
from crmkit.lifecycle.cycles.cycles import ReplenishmentCycles
from crmkit.lifecycle.cycles.fitting import fit_levels
from crmkit.lifecycle.cycles.histories import ScaledGaps
from crmkit.lifecycle.cycles.levels import levels_of
from crmkit.lifecycle.cycles.observed import Observed, observe
from crmkit.lifecycle.cycles.units import typical_units, unit_exponents
from crmkit.typing import CycleUnit


def replenishment(
    tx: Transactions,
    *,
    by: CycleUnit = "product",
    least_gaps: int = 50,
    dropout: bool = True,
    use_units: bool = True,
) -> ReplenishmentCycles:
    """Learn how long it takes until customers buy a product, or anything of its category, again.

    The days on which each customer bought are reduced to gaps. The last gap is open, so it counts
    as at least that long; and since many customers stop for good, a probability to stop is part of
    the model: without it, those who left make every cycle longer. Each customer's cycle is shrunk
    to the product's by what the customer has shown. Regularity and dropout of a product are drawn
    to those of its category (attribute "category"), and these to the shop's; the effect of units
    is that of the category. With too few gaps a product takes the cycle of its category, and a
    category that of the shop.

    Lines of one day are one purchase with its units summed. Returns take units back; a day whose
    units come to nothing or less is no purchase. Returns on a later day leave the purchase as it
    is. Without quantities each line is one unit. Guests and lines without a product are left out
    and counted.

    Time is O(n log n) in the lines, about 10 s for ten million; memory about 80 bytes a line.

    Args:
        tx: the lines; what `tx.between` cut out is observed to its last day.
        by: "product", or "category": a substitute restarts the clock of a category.
        least_gaps: completed gaps from which a product or category has a cycle of its own.
        dropout: False takes everybody as a customer for ever; cycles come out too long.
        use_units: False ignores quantities.

    Raises:
        InvalidArgumentError: an option outside its domain.
        MissingRoleError: the lines lack products, or the attribute "category".

    Warns:
        FewGapsWarning: even the whole shop has too few gaps; cycles are unknown.

    Source: Wheat and Morrison (1990) and Platzer and Reutterer (2016) for gamma gaps; Fader, Hardie
    and Lee (2005) for dropout after purchases.

    Examples:
        >>> import numpy as np
        >>> import crmkit as ck
        >>> from crmkit.lifecycle import replenishment
        >>> tx, truth = ck.datasets.shop(np.random.default_rng(7), customers=400)
        >>> cycles = replenishment(tx)
        >>> cycles.to_frame().head(2)[["product", "level", "median_cycle", "k"]].round(1)
           product    level  median_cycle    k
        0        0  product          96.7  1.0
        1        1  product         123.5  1.1
    """
    check.instance(tx, Transactions, "tx", "Transactions.from_frame(frame, ...) makes them.")
    check.choice(by, CycleUnit, "by")
    least = check.whole_number(least_gaps, "least_gaps", at_least=2)
    seen = observe(tx, by)
    levels = levels_of(tx, seen, by, least)
    exponent = unit_exponents(seen, levels) if use_units else np.zeros(len(seen.items))
    gaps = ScaledGaps(seen=seen, exponent=exponent, typical=typical_units(seen))
    fitted = fit_levels(seen, gaps.histories(seen.end), levels, dropout=dropout)
    _warn_of_few_gaps(seen, least)
    return ReplenishmentCycles(
        by=by,
        item=seen.items,
        parameters=fitted.parameters,
        unit_exponent=exponent,
        typical_units=gaps.typical,
        level=fitted.level,
        fits={k: attrs.evolve(fit, frame_kind=tx.frame_kind) for k, fit in fitted.fits.items()},
        left_out=seen.left_out,
        gaps=gaps,
        frame_kind=tx.frame_kind,
    )


def _warn_of_few_gaps(seen: Observed, least: int) -> None:
    if (count := len(seen.gaps.pair)) < least:
        gaps = check.counted(count, "completed gap")
        check.warn(
            f"the whole shop has {gaps} between purchases, fewer than least_gaps={least}; cycles"
            " are unknown. Bring a longer period, or ask by='category'.",
            FewGapsWarning,
        )
