"""What goods really cost, from the supplier to the shelf, and what they earn."""

from crmkit.profitability.duty_rules import DutyRule
from crmkit.profitability.lines import ShipmentLines
from crmkit.profitability.tariff import DutySchedule

__all__ = ["DutyRule", "DutySchedule", "ShipmentLines"]
