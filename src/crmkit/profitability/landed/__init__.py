"""Charges on shipments, and what the goods cost with them."""
