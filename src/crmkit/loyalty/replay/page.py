"""What was played and booked of one part of the accounts."""

from __future__ import annotations

import attrs

from crmkit.loyalty.replay.accounting import Books, Part
from crmkit.loyalty.replay.play import Played
from crmkit.loyalty.replay.tiers import Standing


@attrs.frozen(eq=False)
class Page:
    """What one part of the accounts adds to the ledger."""

    part: Part
    played: Played
    books: Books
    standing: Standing
