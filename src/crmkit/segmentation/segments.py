"""Names for combinations of scores: ordered boxes over r, f and m."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final, Self

import attrs
import numpy as np

from crmkit import _validation as check
from crmkit.data.answers import notebook_table
from crmkit.data.declarations import from_dict, to_dict
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.rfm_cuts import RfmTriples
from crmkit.typing import CodeArray

Span = tuple[int, int]


def _span(scores: int | Sequence[int]) -> Span:
    ends = np.atleast_1d(np.asarray(scores))
    if ends.dtype.kind not in "iu" or ends.shape not in ((1,), (2,)):
        raise InvalidArgumentError(
            f"a range of scores is one integer or (lowest, highest); got {scores!r}."
        )
    return (int(ends[0]), int(ends[-1]))


@attrs.frozen
class SegmentRule:
    """A box of scores and its name; both ends of each range belong to the box.

    Attributes:
        name: the segment.
        r: lowest and highest recency score, or one score.
        f: lowest and highest frequency score, or one score.
        m: lowest and highest monetary score, or one score.

    Examples:
        >>> from crmkit.segmentation import SegmentRule
        >>> SegmentRule("Champions", r=(4, 5), f=(4, 5), m=5)
        SegmentRule(name='Champions', r=(4, 5), f=(4, 5), m=(5, 5))
    """

    name: str
    r: Span = attrs.field(converter=_span)
    f: Span = attrs.field(converter=_span)
    m: Span = attrs.field(converter=_span)


def _as_tuple(rules: Iterable[SegmentRule]) -> tuple[SegmentRule, ...]:
    return tuple(rules)


@attrs.frozen(kw_only=True)
class RuleCheck:
    """What is odd about segment rules.

    Attributes:
        uncovered: score codes that no rule covers, e.g. "215".
        unreachable_rules: rules all of whose codes earlier rules take.
        unreachable_names: names of which no rule can be reached.

    Examples:
        >>> from crmkit.segmentation import SegmentRule, SegmentRules
        >>> found = SegmentRules([SegmentRule("Best", r=2, f=(1, 2), m=(1, 2))], bins=2).check()
        >>> bool(found), found.uncovered
        (False, ('111', '112', '121', '122'))
    """

    uncovered: tuple[str, ...]
    unreachable_rules: tuple[SegmentRule, ...]
    unreachable_names: tuple[str, ...]

    def __bool__(self) -> bool:
        """Whether every code has a name and every rule can be reached."""
        return not (self.uncovered or self.unreachable_rules)


@attrs.frozen(repr=False)
class SegmentRules:
    """Ordered boxes over the scores; the first box that fits names the customer.

    A name may own several boxes. Scores in no box get the name *otherwise*, or none.

    Attributes:
        rules: the boxes, in order.
        bins: how many scores each dimension has, 2 .. 99.
        otherwise: the name for scores in no box; None leaves such customers without a segment.
        source: who published the map.
        scoring: how that tool makes its scores, where it differs from `rfm`.

    Raises:
        InvalidArgumentError: *bins* is no such integer; boxes that go beyond it, or are empty.

    Examples:
        >>> from crmkit.segmentation import SegmentRule, SegmentRules
        >>> best = SegmentRule("Best", r=3, f=3, m=(1, 3))
        >>> rest = SegmentRule("Rest", r=(1, 3), f=(1, 3), m=(1, 3))
        >>> SegmentRules((best, rest), bins=3)
        SegmentRules(2 segments by 2 rules over 3 bins: Best, Rest)
    """

    rules: tuple[SegmentRule, ...] = attrs.field(converter=_as_tuple)
    bins: int = attrs.field(default=5, kw_only=True)
    otherwise: str | None = attrs.field(default=None, kw_only=True)
    source: str = attrs.field(default="", kw_only=True)
    scoring: str = attrs.field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Check that every box lies within the scores; all that do not are named."""
        check.bins(self.bins)
        outside = [rule for rule in self.rules if not self._holds(rule)]
        if outside:
            raise InvalidArgumentError(
                f"scores run from 1 to bins={self.bins}, low end first; these boxes do not fit: "
                + ", ".join(map(str, outside))
            )

    def _holds(self, rule: SegmentRule) -> bool:
        return all(1 <= low <= high <= self.bins for low, high in (rule.r, rule.f, rule.m))

    def __repr__(self) -> str:
        """How many segments, rules and bins, and the names."""
        names, rules = len(self.names), len(self.rules)
        size = f"{check.counted(names, 'segment')} by {check.counted(rules, 'rule')}"
        return f"SegmentRules({size} over {self.bins} bins: {', '.join(self.names)})"

    def _repr_html_(self) -> str:
        columns = {"segment": [rule.name for rule in self.rules]}
        columns |= {d: [_written(getattr(rule, d)) for rule in self.rules] for d in ("r", "f", "m")}
        return notebook_table(
            repr(self), {name: np.array(texts, dtype=object) for name, texts in columns.items()}
        )

    @classmethod
    def from_codes(
        cls,
        codes: Mapping[str, Sequence[str]],
        *,
        bins: int,
        otherwise: str | None = None,
        source: str = "",
        scoring: str = "",
    ) -> Self:
        """Make rules of lists of codes such as {"Premium": ["444", "443"]}.

        Args:
            codes: the three-digit codes of each name; bins below ten.
            bins: how many scores each dimension has.
            otherwise: the name for codes that are not listed.
            source: who published the map.
            scoring: how that tool makes its scores.

        Raises:
            InvalidArgumentError: codes outside 1 .. bins.

        Examples:
            >>> from crmkit.segmentation import SegmentRules
            >>> SegmentRules.from_codes({"Best": ["222", "221"]}, bins=2, otherwise="Rest")
            SegmentRules(2 segments by 2 rules over 2 bins: Best, Rest)
        """
        rules = (SegmentRule(n, *_digits(code)) for n, listed in codes.items() for code in listed)
        return cls(tuple(rules), bins=bins, otherwise=otherwise, source=source, scoring=scoring)

    @property
    def names(self) -> tuple[str, ...]:
        """The segments in the order they first appear, *otherwise* last."""
        rest = () if self.otherwise is None else (self.otherwise,)
        return tuple(dict.fromkeys((*(rule.name for rule in self.rules), *rest)))

    @cached_property
    def _first_rule(self) -> CodeArray:
        """For each (r, f, m) the first rule that covers it; -1 for none."""
        table = np.full((self.bins,) * 3, -1, dtype=np.int32)
        for place, rule in reversed(list(enumerate(self.rules))):
            box = tuple(slice(low - 1, high) for low, high in (rule.r, rule.f, rule.m))
            table[box] = place
        return table

    def codes_of(self, triples: RfmTriples, bins: int) -> CodeArray:
        """Return for each customer the place of the segment in `names`, int32; -1 for none.

        Raises:
            InvalidArgumentError: the scores have another number of bins than the rules.

        Examples:
            >>> import numpy as np
            >>> from crmkit.segmentation import RfmTriples, SegmentRules
            >>> rules = SegmentRules.from_codes({"Best": ["222", "221"]}, bins=2)
            >>> r, f, m = np.array([[2, 2], [2, 1], [1, 1]], dtype=np.int8)
            >>> rules.codes_of(RfmTriples(r, f, m), bins=2)
            array([ 0, -1], dtype=int32)
        """
        if bins != self.bins:
            raise InvalidArgumentError(
                f"these rules were made for {self.bins} bins, the scores have {bins}. Score with"
                f" bins={self.bins}, or write SegmentRules(..., bins={bins})."
            )
        names = [self.names.index(rule.name) for rule in self.rules]
        rest = -1 if self.otherwise is None else self.names.index(self.otherwise)
        place = np.array([*names, rest], dtype=np.int32)
        return place[self._first_rule[triples.r - 1, triples.f - 1, triples.m - 1]]

    def check(self) -> RuleCheck:
        """List the codes nobody covers and the rules nobody can reach.

        Examples:
            >>> from crmkit.segmentation import RSQUARED_ACADEMY_V02
            >>> RSQUARED_ACADEMY_V02.check().unreachable_names
            ('New Customers', 'Promising', "Can't Lose Them")
        """
        first = self._first_rule
        reached = np.zeros(len(self.rules) + 1, dtype=np.bool_)
        reached[first] = True
        dead = tuple(rule for k, rule in enumerate(self.rules) if not reached[k])
        alive = {rule.name for k, rule in enumerate(self.rules) if reached[k]}
        lost = dict.fromkeys(rule.name for rule in dead if rule.name not in alive)
        return RuleCheck(
            uncovered=tuple(_code(*place) for place in np.argwhere(first < 0) + 1),
            unreachable_rules=dead,
            unreachable_names=tuple(lost),
        )

    def to_dict(self) -> dict[str, object]:
        """Return the rules as plain dicts, lists and numbers, ready for JSON.

        Examples:
            >>> from crmkit.segmentation import STANDARD_SEGMENTS
            >>> STANDARD_SEGMENTS.to_dict()["rules"][0]
            {'name': 'Champions', 'r': (4, 5), 'f': (4, 5), 'm': (4, 5)}
        """
        return to_dict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, object]) -> Self:
        """Return the rules that `to_dict` made *plain* of.

        Raises:
            InvalidArgumentError: missing, unknown or unreadable entries.

        Examples:
            >>> from crmkit.segmentation import STANDARD_SEGMENTS, SegmentRules
            >>> SegmentRules.from_dict(STANDARD_SEGMENTS.to_dict()) == STANDARD_SEGMENTS
            True
        """
        return from_dict(cls, plain)


def _digits(code: str) -> tuple[int, int, int]:
    if len(code) != 3 or not code.isdecimal():
        raise InvalidArgumentError(f"a code is three digits, r then f then m; got {code!r}.")
    r, f, m = map(int, code)
    return r, f, m


def _written(span: Span) -> str:
    low, high = span
    return str(low) if low == high else f"{low}-{high}"


def _code(*scores: int) -> str:
    return ("" if max(scores) < 10 else "-").join(map(str, scores))


ANY: Final = (1, 5)

STANDARD_SEGMENTS = SegmentRules(
    (
        SegmentRule("Champions", (4, 5), (4, 5), (4, 5)),
        SegmentRule("Cannot Lose Them", (1, 2), (4, 5), (4, 5)),
        SegmentRule("Loyal", (3, 5), (4, 5), ANY),
        SegmentRule("Loyal", (4, 5), 3, (4, 5)),
        SegmentRule("Potential Loyalists", (4, 5), (2, 3), ANY),
        SegmentRule("New", 5, 1, ANY),
        SegmentRule("Promising", 4, 1, ANY),
        SegmentRule("Needs Attention", 3, 3, ANY),
        SegmentRule("Needs Attention", 3, (1, 2), (4, 5)),
        SegmentRule("About to Sleep", 3, (1, 2), ANY),
        SegmentRule("At Risk", (1, 2), (3, 5), ANY),
        SegmentRule("At Risk", (1, 2), 2, (4, 5)),
        SegmentRule("Lost", 1, (1, 2), (1, 3)),
        SegmentRule("Hibernating", (1, 2), (1, 2), ANY),
    ),
    source="crmkit",
)
"""Eleven names that cover all 125 codes of five independent bins.

"New" means few baskets and recent ones; who first came when is in the profile's tenure.
"""
