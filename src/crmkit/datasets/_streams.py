"""One stream of random numbers for each part of a shop."""

from __future__ import annotations

from typing import Self

import attrs
import numpy as np

from crmkit.errors import InvalidArgumentError


@attrs.frozen(eq=False)
class Streams:
    """A generator for each part, in this order; a new part goes to the end.

    So a part that draws more or fewer numbers, or one that is added, leaves the others alone.
    """

    customers: np.random.Generator
    visits: np.random.Generator
    products: np.random.Generator
    associations: np.random.Generator
    sizes: np.random.Generator
    choices: np.random.Generator
    planting: np.random.Generator
    quantities: np.random.Generator
    guests: np.random.Generator
    channels: np.random.Generator
    returns: np.random.Generator
    shuffle: np.random.Generator
    losers: np.random.Generator

    @classmethod
    def of(cls, rng: np.random.Generator) -> Self:
        """Spawn the streams.

        Raises:
            InvalidArgumentError: *rng* is no Generator.
        """
        if not isinstance(rng, np.random.Generator):
            raise InvalidArgumentError(
                f"rng must be a numpy Generator; got {rng!r}. Say np.random.default_rng(7)."
            )
        # One child only, however many parts there are: what the caller spawns next does not
        # depend on the number of parts.
        (shop,) = rng.spawn(1)
        return cls(*shop.spawn(len(attrs.fields(cls))))
