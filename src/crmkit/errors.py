"""Every error and warning that crmkit raises itself.

Each leaf is also the builtin that a caller would expect, so `except ValueError` keeps working.

    CrmkitError
    ├── MissingColumnsError        (KeyError)    a column you named is not in the frame
    ├── MissingRoleError           (ValueError)  a question needs a role the transactions lack
    ├── InvalidDataError           (ValueError)  values no question could answer from
    ├── InvalidArgumentError       (ValueError)  an option outside its domain
    ├── LinesAfterAsOfError        (ValueError)  the data go past the day you ask about
    └── UnsupportedFrameError      (TypeError)   not a frame that crmkit can read

    CrmkitWarning (UserWarning)
    ├── InexactSumsWarning         numbers on no decimal grid: sums are floating-point
    ├── LookalikeLabelsWarning     ids that differ only by blanks or case
    ├── PlaceholderIdsWarning      ids such as "nan" that may stand for "missing"
    ├── LongPeriodWarning          the times span more than a century
    ├── TiedScoresWarning          ties so heavy that some scores cannot occur
    ├── FewCustomersWarning        too few customers for the classes asked for
    ├── WindowLengthWarning        cuts reused on a window of another length
    ├── MeaninglessScoreWarning    money times a figure that is no probability
    ├── OverReceiptWarning         more goods came than were ordered
    ├── CapacityOverrunWarning     activities use more minutes than there are
    ├── TruncatedHistoryWarning    purchases are counted in lines that start in the middle
    ├── FewGapsWarning             too few repeat purchases to tell any cycle
    ├── PooledGapsWarning          a curve of pooled gaps, short for frequent buyers' sake
    ├── UnobservedDaysWarning      days before as_of that the data say nothing of
    └── ClippedReturnsWarning      many periods of products would be negative
"""

from __future__ import annotations


class CrmkitError(Exception):
    """Root of all errors that crmkit raises itself."""


class MissingColumnsError(CrmkitError, KeyError):
    """A column that was named is not in the frame."""

    # KeyError prints the repr of its argument; a message of several lines needs the plain text.
    __str__ = Exception.__str__


class MissingRoleError(CrmkitError, ValueError):
    """A question needs a role (basket, amount, ...) that the data do not have."""


class InvalidDataError(CrmkitError, ValueError):
    """The data hold values that no question could answer from; all of them are listed."""


class InvalidArgumentError(CrmkitError, ValueError):
    """An option lies outside its domain, or two options contradict each other."""


class LinesAfterAsOfError(CrmkitError, ValueError):
    """Some lines are later than the day the question is asked about."""


class UnsupportedFrameError(CrmkitError, TypeError):
    """The object given is not a data frame that crmkit can read."""


class CrmkitWarning(UserWarning):
    """Root of all warnings: the answer stands, but look at the data or the options."""


class InexactSumsWarning(CrmkitWarning):
    """The numbers lie on no decimal grid that fits int64, so sums are floating-point."""


class LookalikeLabelsWarning(CrmkitWarning):
    """Some ids differ only by outer blanks or by case; they are kept apart."""


class PlaceholderIdsWarning(CrmkitWarning):
    """Some ids read like a missing value ("", "nan", "none" ...); they are kept as ids."""


class LongPeriodWarning(CrmkitWarning):
    """The times span more than a century: a sentinel date among them?"""


class TiedScoresWarning(CrmkitWarning):
    """Ties are so heavy that some scores cannot occur."""


class FewCustomersWarning(CrmkitWarning):
    """There are too few customers for the classes asked for."""


class WindowLengthWarning(CrmkitWarning):
    """Cuts are reused on a window of another length than the one they were made on."""


class MeaninglessScoreWarning(CrmkitWarning):
    """Products are weighted by money and ranked by a figure that is no probability."""


class OverReceiptWarning(CrmkitWarning):
    """More goods came than were ordered; the surplus carries no share of the amount."""


class CapacityOverrunWarning(CrmkitWarning):
    """Activities use more minutes of a resource than it has; its unused cost is negative."""


class TruncatedHistoryWarning(CrmkitWarning):
    """Purchases are counted in lines that were cut: the first one there may not be the first."""


class FewGapsWarning(CrmkitWarning):
    """The whole shop has too few repeat purchases to tell any cycle; cycles are unknown."""


class PooledGapsWarning(CrmkitWarning):
    """All gaps are pooled, so that frequent buyers count more often: the curve is too short."""


class UnobservedDaysWarning(CrmkitWarning):
    """The data end well before *as_of*; the days between are taken as days without purchases."""


class ClippedReturnsWarning(CrmkitWarning):
    """Returns outweigh sales in so many periods of products that counting 0 there says too much."""
