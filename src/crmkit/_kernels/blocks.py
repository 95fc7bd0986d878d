"""Long arrays in blocks that fit the cache: no temporary arrays of full length.

Indexing with int32 codes makes numpy convert all of them to 8-byte integers first. In blocks that
copy stays in the cache, and no fresh memory has to be mapped for it.
"""

from __future__ import annotations

from collections.abc import Iterator

_BLOCK = 1 << 15


def blocks(start: int, stop: int) -> Iterator[slice]:
    """Cut start .. stop into consecutive slices."""
    for first in range(start, stop, _BLOCK):
        yield slice(first, min(first + _BLOCK, stop))
