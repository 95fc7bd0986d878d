"""Look a programme over before it is run."""

from __future__ import annotations

from crmkit.loyalty.checking.finding import Finding
from crmkit.loyalty.checking.limits import limit_findings
from crmkit.loyalty.checking.policies import policy_findings
from crmkit.loyalty.checking.reach import reach_findings
from crmkit.loyalty.declaration.programme import Programme


def findings_of(programme: Programme) -> tuple[Finding, ...]:
    """Return what is odd about a programme; nothing of it is an error."""
    return (
        *reach_findings(programme),
        *limit_findings(programme),
        *policy_findings(programme),
    )
