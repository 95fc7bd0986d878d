"""What goods really cost, from the supplier to the shelf, and what they earn."""

from crmkit.profitability.duties import ImportDuties, import_duties
from crmkit.profitability.duty_rules import DutyRule
from crmkit.profitability.duty_steps import DutyStep
from crmkit.profitability.import_declaration import ImportDeclaration
from crmkit.profitability.import_taxes import Tax
from crmkit.profitability.lines import ShipmentLines
from crmkit.profitability.tariff import DutySchedule

__all__ = [
    "DutyRule",
    "DutySchedule",
    "DutyStep",
    "ImportDeclaration",
    "ImportDuties",
    "ShipmentLines",
    "Tax",
    "import_duties",
]
