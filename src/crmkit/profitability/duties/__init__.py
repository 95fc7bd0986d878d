"""Duties and import taxes of shipment lines."""
