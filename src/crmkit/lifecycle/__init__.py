"""Products and customers over time: where products stand in their lives, when they are due."""

from __future__ import annotations

from crmkit.lifecycle.actions import StageActions
from crmkit.lifecycle.alarms import DeclineAlarms
from crmkit.lifecycle.cycles.cycles import ReplenishmentCycles
from crmkit.lifecycle.cycles.drift import CycleDrift
from crmkit.lifecycle.cycles.due import DuePurchases
from crmkit.lifecycle.cycles.fitting import CycleFits
from crmkit.lifecycle.cycles.gap_curves import GapCurve, GapMedians
from crmkit.lifecycle.cycles.learning import replenishment
from crmkit.lifecycle.cycles.model import CycleModel
from crmkit.lifecycle.cycles.observed import CyclesLeftOut
from crmkit.lifecycle.cycles.regularity import CycleRegularity
from crmkit.lifecycle.history import StageHistory
from crmkit.lifecycle.playbook import STANDARD_PLAYBOOK, Playbook, StageAction
from crmkit.lifecycle.product_stages import ProductStages, stages
from crmkit.lifecycle.reasons import StageReason
from crmkit.lifecycle.stage_rules import PolliCook, TwoWindow
from crmkit.lifecycle.telling import StageFigures
from crmkit.lifecycle.templates import BassCurves, RegimeCurves, TemplateBank
from crmkit.lifecycle.transitions import StageTransitions

__all__ = [
    "STANDARD_PLAYBOOK",
    "BassCurves",
    "CycleDrift",
    "CycleFits",
    "CycleModel",
    "CycleRegularity",
    "CyclesLeftOut",
    "DeclineAlarms",
    "DuePurchases",
    "GapCurve",
    "GapMedians",
    "Playbook",
    "PolliCook",
    "ProductStages",
    "RegimeCurves",
    "ReplenishmentCycles",
    "StageAction",
    "StageActions",
    "StageFigures",
    "StageHistory",
    "StageReason",
    "StageTransitions",
    "TemplateBank",
    "TwoWindow",
    "replenishment",
    "stages",
]
