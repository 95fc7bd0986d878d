"""Which rules would chance alone hardly bring about?"""

from __future__ import annotations

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit._kernels.multiple_testing import adjusted
from crmkit.errors import InvalidArgumentError
from crmkit.typing import Adjustment, BoolArray, FloatArray


@attrs.frozen(kw_only=True)
class Significance:
    """The test that rules passed.

    Attributes:
        alpha: the largest adjusted p-value.
        adjust: how p-values were adjusted.
        n_tests: for how many tests.

    Examples:
        >>> from crmkit.segmentation import Significance
        >>> print(Significance(alpha=0.05, adjust="holm", n_tests=120))
        significant at 0.05 (holm, 120 tests)
    """

    alpha: float
    adjust: Adjustment
    n_tests: int

    def __str__(self) -> str:
        """One clause for the rules' own line."""
        return f"significant at {self.alpha:g} ({self.adjust}, {self.n_tests:,} tests)"


def tested(
    log_p: FloatArray, alpha: float, adjust: Adjustment, n_tests: int | None
) -> tuple[Significance, BoolArray]:
    """Say which p-values are small enough for so many tests."""
    proven_alpha(alpha)
    check.choice(adjust, Adjustment, "adjust")
    tests = len(log_p) if n_tests is None else check.whole_number(n_tests, "n_tests", at_least=0)
    if tests < len(log_p):
        raise InvalidArgumentError(
            f"n_tests = {tests:,} is less than the {len(log_p):,} rules tested; leave it out, or"
            " say rules.n_evaluated for all that were judged."
        )
    kept: BoolArray = adjusted(np.exp(log_p), adjust, tests) <= alpha
    return Significance(alpha=alpha, adjust=adjust, n_tests=tests), kept


def proven_alpha(alpha: float) -> float:
    """Prove that *alpha* can be a share of errors."""
    if not 0 < check.real(alpha) < 1:
        raise InvalidArgumentError(f"alpha must lie above 0 and below 1; got {alpha!r}.")
    return alpha
