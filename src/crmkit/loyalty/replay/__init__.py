"""Playing a programme over a history: binding, points, returns, tiers and lots."""
