"""Discounts: their rules, how they stack, and what they leave to pay on each line."""
