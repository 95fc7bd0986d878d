"""Rules of thumb for stages, to compare with."""

from __future__ import annotations

import attrs

from crmkit import _validation as check
from crmkit.errors import InvalidArgumentError
from crmkit.typing import PolliCookForm, PolliCookSigma


@attrs.frozen(kw_only=True)
class TwoWindow:
    """Growth is the mean of the last periods over that of as many before.

    Attributes:
        width: periods in each window.
        threshold: growth above it is growth, below minus it decline, else it is maturity.
        young: a product of at most so many periods is in introduction.

    Raises:
        InvalidArgumentError: an option outside its domain.

    Examples:
        >>> from crmkit.lifecycle import TwoWindow
        >>> TwoWindow(width=8, threshold=0.1)
        TwoWindow(width=8, threshold=0.1, young=8)
    """

    width: int = 4
    threshold: float = attrs.field(default=0.05, converter=check.real)
    young: int = 8

    def __attrs_post_init__(self) -> None:
        """Check the options."""
        check.whole_number(self.width, "width", at_least=1)
        check.whole_number(self.young, "young", at_least=0)
        if not self.threshold >= 0:
            raise InvalidArgumentError(f"threshold must be >= 0; got {self.threshold:g}.")


@attrs.frozen(kw_only=True)
class PolliCook:
    """Growth is a change above half a standard deviation of such changes, decline one below.

    Attributes:
        form: "own_sigma": 8-period changes of 13-period means, by the product's own past;
            "pooled_sigma": 6-period log changes of 9-period means, by all products (an answer
            depends on what else is asked about); "annual": the rule as it was published, on
            changes from one period to the next, for years.
        sigma: changes are measured, and spread, "about_zero" or "about_mean" (n - 1).

    Raises:
        InvalidArgumentError: an unknown word.

    Source: Polli and Cook (1969).

    Examples:
        >>> from crmkit.lifecycle import PolliCook
        >>> PolliCook(form="annual")
        PolliCook(form='annual', sigma='about_zero')
    """

    form: PolliCookForm = "own_sigma"
    sigma: PolliCookSigma = "about_zero"

    def __attrs_post_init__(self) -> None:
        """Check the words."""
        check.choice(self.form, PolliCookForm, "form")
        check.choice(self.sigma, PolliCookSigma, "sigma")
