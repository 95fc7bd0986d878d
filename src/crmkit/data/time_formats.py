"""How a date that came as text or as a number is written, where that is plain to see."""

from __future__ import annotations

import datetime as dt
from typing import Final

ISO: Final = "%Y-%m-%d"
"""What to suggest where nothing is plain."""

_DAYS: Final = (ISO, "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y")
_CLOCKS: Final = ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S")


def time_format(example: object) -> str | None:
    """Return the one usual format that reads *example*; None if there is none, or several."""
    text = str(example)
    fits = [day + clock for day in _DAYS for clock in _CLOCKS if _reads(text, day + clock)]
    return fits[0] if len(fits) == 1 else None


def _reads(text: str, form: str) -> bool:
    # strptime forgives missing zeros, which would make days of short numbers such as 20251.
    if text.isdigit() and len(text) != 8:
        return False
    try:
        dt.datetime.strptime(text, form)
    except ValueError:
        return False
    return True
