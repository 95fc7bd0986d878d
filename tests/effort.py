"""How many examples a test draws beside others that check the same code.

A test against an oracle draws all of them. One that asks the same functions whether the order of
rows or names matter, or whether parts add up, draws a share; `thorough` raises these as well.
"""

from hypothesis import settings

_ALL = settings().max_examples
HALF = settings(max_examples=max(_ALL // 2, 10))
THIRD = settings(max_examples=max(_ALL // 3, 10))
