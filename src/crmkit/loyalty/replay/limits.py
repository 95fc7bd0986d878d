"""Caps and trigger limits of rules, by window."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from crmkit.loyalty.declaration.caps import Cap, Rolling, Window
from crmkit.loyalty.replay.block import Block
from crmkit.typing import BoolArray, IntArray

# kernels of limits are imported when they land
