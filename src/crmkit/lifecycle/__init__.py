"""Products and customers over time: how long until they buy again."""

from __future__ import annotations

from crmkit.lifecycle.cycles.cycles import ReplenishmentCycles
from crmkit.lifecycle.cycles.drift import CycleDrift
from crmkit.lifecycle.cycles.due import DuePurchases
from crmkit.lifecycle.cycles.fitting import CycleFits
from crmkit.lifecycle.cycles.gap_curves import GapCurve, GapMedians
from crmkit.lifecycle.cycles.learning import replenishment
from crmkit.lifecycle.cycles.model import CycleModel
from crmkit.lifecycle.cycles.observed import CyclesLeftOut
from crmkit.lifecycle.cycles.regularity import CycleRegularity

__all__ = [
    "CycleDrift",
    "CycleFits",
    "CycleModel",
    "CycleRegularity",
    "CyclesLeftOut",
    "DuePurchases",
    "GapCurve",
    "GapMedians",
    "ReplenishmentCycles",
    "replenishment",
]
