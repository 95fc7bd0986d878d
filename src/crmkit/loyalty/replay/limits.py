"""Caps and trigger limits of rules, by window."""

from __future__ import annotations


# kernels of limits are imported when they land
