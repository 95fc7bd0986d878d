"""What goods really cost, from the supplier to the shelf, and what they earn."""

from crmkit.profitability.lines import ShipmentLines

__all__ = ["ShipmentLines"]
