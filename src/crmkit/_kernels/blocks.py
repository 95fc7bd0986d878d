"""Long arrays in blocks that fit the cache: no temporary arrays of full length."""

from __future__ import annotations

from collections.abc import Iterator

_BLOCK = 1 << 15


def blocks(length: int) -> Iterator[slice]:
    """Cut 0 .. length into consecutive slices."""
    for start in range(0, length, _BLOCK):
        yield slice(start, min(start + _BLOCK, length))
