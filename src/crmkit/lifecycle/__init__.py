"""Where products stand in their lives, and what to do about it."""

from crmkit.lifecycle.actions import StageActions
from crmkit.lifecycle.alarms import DeclineAlarms
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
    "DeclineAlarms",
    "Playbook",
    "PolliCook",
    "ProductStages",
    "RegimeCurves",
    "StageAction",
    "StageActions",
    "StageFigures",
    "StageHistory",
    "StageReason",
    "StageTransitions",
    "TemplateBank",
    "TwoWindow",
    "stages",
]
