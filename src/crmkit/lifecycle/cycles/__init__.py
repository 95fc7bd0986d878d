"""Consumption cycles: what is bought again, how regularly, and when it is due."""
