"""Who are the best customers? Recency, frequency and money, scored."""

from __future__ import annotations

from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit.data import CustomerSummary, Labels, Transactions
from crmkit.data.answers import Answer
from crmkit.errors import (
    FewCustomersWarning,
    InvalidArgumentError,
    TiedScoresWarning,
)
from crmkit.segmentation.profile import LeftOut, SegmentProfile, segment_profile
from crmkit.segmentation.rfm_cuts import RfmCuts, RfmMeasures, RfmTriples
from crmkit.segmentation.rfm_recipe import Recipe, Thresholds, recipe_of
from crmkit.segmentation.segments import STANDARD_SEGMENTS, SegmentRules
from crmkit.typing import (
    FloatArray,
    Frequency,
    IntArray,
    IntoDay,
    LabelArray,
    Monetary,
    RfmMethod,
    ScoreArray,
)


@attrs.frozen(kw_only=True, repr=False)
class RfmScores(Answer):
    """Recency, frequency and money of each customer, with their scores.

    As a frame: customer, recency_days, frequency, monetary, r, f, m, score.

    Attributes:
        summary: the customers scored, one row each; `summary.customer` are their ids.
        measures: what was scored.
        triples: the scores.
        cuts: the cut points used; pass them to `rfm` to score another period on the same scale.
        left_out: guests and customers with returns only.
        borrowed: customers scored by cuts of a coarser level (nested, cuts reused).

    Examples:
        >>> import crmkit as ck
        >>> figures = {"last_day": ["2026-02-20", "2025-11-02"], "baskets": [5, 1]}
        >>> summary = ck.CustomerSummary.from_arrays(
        ...     as_of="2026-03-01", customer=["ann", "bob"], amount=[99.0, 12.0], **figures
        ... )
        >>> by_hand = {"recency": (30,), "frequency": (1,), "monetary": (50,)}
        >>> ck.segmentation.rfm(summary, as_of="2026-03-01", cuts=by_hand).to_frame()
          customer  recency_days  frequency  monetary  r  f  m  score
        0      ann             9          5      99.0  2  2  2    222
        1      bob           119          1      12.0  1  1  1    111
    """

    summary: CustomerSummary
    measures: RfmMeasures
    triples: RfmTriples
    cuts: RfmCuts
    left_out: LeftOut
    borrowed: int = 0

    def __len__(self) -> int:
        """How many customers were scored."""
        return len(self.summary)

    def __repr__(self) -> str:
        """How many customers, how, and what was left out."""
        return (
            f"RfmScores({check.counted(len(self), 'customer')} as of {self.as_of}, {self.cuts.bins}"
            f" {self.cuts.method} bins, frequency = {self.cuts.frequency_by}, monetary ="
            f" {self.cuts.monetary_by}; left out:"
            f" {check.counted(self.left_out.guest_lines, 'guest line')},"
            f" {check.counted(self.left_out.returns_only, 'customer')} with returns only)"
        )

    @property
    def customer(self) -> LabelArray:
        """Ids of the customers scored, in label order."""
        return self.summary.customer

    @property
    def as_of(self) -> np.datetime64:
        """The day asked about."""
        return self.summary.as_of

    @property
    def recency_days(self) -> IntArray:
        """Days since the last purchase, int64; 0 on *as_of* itself."""
        return self.measures.recency

    @property
    def frequency(self) -> IntArray:
        """Purchase baskets or purchase days, as `cuts.frequency_by` says; int64."""
        return self.measures.frequency

    @property
    def monetary(self) -> FloatArray:
        """Net money, in total or per basket or day, as `cuts.monetary_by` says; float64."""
        return self.measures.monetary

    @property
    def r(self) -> ScoreArray:
        """Recency score, 1 .. bins, the most recent highest; int8."""
        return self.triples.r

    @property
    def f(self) -> ScoreArray:
        """Frequency score, 1 .. bins, the most frequent highest; int8."""
        return self.triples.f

    @property
    def m(self) -> ScoreArray:
        """Monetary score, 1 .. bins, the most money highest; int8."""
        return self.triples.m

    @property
    def score(self) -> IntArray:
        """The scores as one number, e.g. 545, int64; with ten bins or more, two digits each."""
        base = 10 if self.cuts.bins < 10 else 100
        r, f, m = (part.astype(np.int64) for part in (self.r, self.f, self.m))
        return (r * base + f) * base + m

    def segments(self, rules: SegmentRules = STANDARD_SEGMENTS) -> Labels:
        """Name each customer's segment.

        The standard names were made for independent scores. Nested scores are relative to the
        customer's own r, so f = 5 may be fewer baskets than f = 3 elsewhere.

        Args:
            rules: which scores have which name.

        Raises:
            InvalidArgumentError: the rules were made for another number of bins.

        Examples:
            >>> import numpy as np
            >>> import crmkit as ck
            >>> tx, _ = ck.datasets.shop(np.random.default_rng(7), customers=300)
            >>> scores = ck.segmentation.rfm(tx, as_of=tx.period.last)
            >>> len(scores.segments().members("Champions"))
            60
        """
        check.instance(rules, SegmentRules, "rules", "Leave them out for the standard segments.")
        codes = rules.codes_of(self.triples, self.cuts.bins)
        return Labels(
            entity="customer",
            name="segment",
            ids=self.customer,
            codes=codes,
            names=rules.names,
            frame_kind=self.frame_kind,
        )

    def profile(self, labels: Labels | None = None) -> SegmentProfile:
        """Describe each class of *labels*: customers, baskets, revenue, typical scores.

        Without labels the profile has one row, all customers.

        Args:
            labels: customer to class, e.g. what `segments` returned.

        Raises:
            InvalidArgumentError: the labels are not of customers.

        Examples:
            >>> import numpy as np
            >>> import crmkit as ck
            >>> tx, _ = ck.datasets.shop(np.random.default_rng(7), customers=300)
            >>> scores = ck.segmentation.rfm(tx, as_of=tx.period.last)
            >>> print(scores.profile(scores.segments()).customer_share.max())
            0.2
        """
        if labels is not None:
            check.instance(labels, Labels, "labels", "scores.segments() makes them.")
            if labels.entity != "customer":
                raise InvalidArgumentError(f"labels of customers are needed; got {labels!r}.")
        return segment_profile(self.summary, self.measures, labels, self.left_out)

    def _columns(self) -> dict[str, NDArray[Any]]:
        names = ("customer", "recency_days", "frequency", "monetary", "r", "f", "m", "score")
        return {name: getattr(self, name) for name in names}


def rfm(
    source: Transactions | CustomerSummary,
    *,
    as_of: IntoDay,
    bins: int | None = None,
    cuts: RfmCuts | Thresholds | None = None,
    method: RfmMethod | None = None,
    frequency: Frequency | None = None,
    monetary: Monetary | None = None,
) -> RfmScores:
    """Score customers by how recently, how often and for how much they buy.

    Recency is the days since the last purchase line, frequency counts purchase baskets (or days),
    monetary is net of returns. Each is cut into classes of about equal size at its quantiles of
    type 7; equal customers always score equally, so ties may leave classes of other sizes, or
    empty. Guests and customers with returns only are left out and counted.

    Args:
        source: till lines, or a summary that was made of them.
        as_of: the day asked about; no line may be later. `tx.between` cuts a period out.
        bins: classes per dimension, 2 .. 99. Default 5, or as many as *cuts* has.
        cuts: cut points of an earlier answer (`scores.cuts`), which bring their definitions with
            them; or thresholds by dimension, such as {"frequency": (1, 2, 3, 5)}, in place of
            that dimension's quantiles.
        method: "independent" (default) cuts each dimension over all customers; "nested" cuts
            frequency within each r and money within each (r, f), after Hughes. Nested scores
            need about 20 * bins**3 customers to mean anything.
        frequency: "baskets" (default) or "purchase_days".
        monetary: "total" (default), or "mean": the total over the chosen frequency.

    Raises:
        InvalidArgumentError: an option outside its domain, or one that contradicts *cuts*.
        LinesAfterAsOfError: lines later than *as_of*.
        MissingRoleError: the data lack amounts, or baskets when these are counted.

    Warns:
        FewCustomersWarning: fewer customers than bins; nested cells of fewer.
        TiedScoresWarning: ties leave scores that cannot occur.
        WindowLengthWarning: cuts of a window whose length differs by more than 5 %.

    Source: Hughes, Strategic Database Marketing (1994); Hyndman and Fan (1996) for quantile types.

    Examples:
        >>> import crmkit as ck
        >>> from crmkit.segmentation import rfm
        >>> lines = ck.Transactions.from_arrays(
        ...     customer=["ann", "ann", "bob", "cem"],
        ...     time=["2026-01-03", "2026-02-20", "2025-11-02", "2026-02-25"],
        ...     basket=[1, 2, 3, 4],
        ...     amount=[20.0, 35.5, 12.0, 65.0],
        ... )
        >>> thresholds = {"recency": (30, 90), "frequency": (1, 3), "monetary": (20, 60)}
        >>> scores = rfm(lines, as_of="2026-03-01", cuts=thresholds)
        >>> scores.score
        array([322, 111, 313])
    """
    day = check.day(as_of, "as_of")
    recipe = recipe_of(cuts, bins=bins, method=method, frequency=frequency, monetary=monetary)
    summary = _summary_of(source, day, recipe.frequency)
    bought = ~np.isnat(summary.last_day)
    scored = summary[bought]
    measures = _measures(scored, recipe)
    used = recipe.cuts_for(measures, window_days=summary.window_days)
    triples = used.score(measures)
    _warn_of_thin_classes(triples, used, recipe.by_quantiles)
    return RfmScores(
        summary=scored,
        measures=measures,
        triples=triples,
        cuts=used,
        left_out=_left_out(summary, summary[~bought]),
        borrowed=used.borrowed(triples),
        frame_kind=summary.frame_kind,
    )


def _summary_of(
    source: Transactions | CustomerSummary, day: np.datetime64, frequency: Frequency
) -> CustomerSummary:
    if isinstance(source, Transactions):
        if frequency == "baskets":
            source.ids("basket", question="rfm() by baskets (frequency='purchase_days' needs none)")
        source.numbers("amount", question="rfm()")
        return CustomerSummary.from_transactions(source, as_of=day)
    if not isinstance(source, CustomerSummary):
        raise InvalidArgumentError(
            f"rfm() takes Transactions or a CustomerSummary; got {type(source).__name__}. Bring a"
            " frame in first: Transactions.from_frame(frame, Columns(...))."
        )
    if source.as_of != day:
        raise InvalidArgumentError(
            f"the summary speaks as of {source.as_of}, the question as of {day};"
            " what happened in between is not known. Summarise again with that as_of."
        )
    return source


def _measures(summary: CustomerSummary, recipe: Recipe) -> RfmMeasures:
    frequency = summary.counts(recipe.frequency, question="rfm()")
    total, mean = summary.money(question="rfm()"), recipe.monetary == "mean"
    return RfmMeasures(
        recency=(summary.as_of - summary.last_day).astype(np.int64),
        frequency=frequency,
        monetary=total.per(frequency) if mean else total.values,
        digits=None if mean else total.digits,
    )


def _left_out(summary: CustomerSummary, returns_only: CustomerSummary) -> LeftOut:
    return LeftOut(
        guest_lines=summary.guest_lines,
        guest_amount=summary.guest_amount,
        returns_only=len(returns_only),
        returns_only_amount=0.0 if returns_only.amount is None else returns_only.amount.total(),
    )


def _warn_of_thin_classes(
    triples: RfmTriples, cuts: RfmCuts, by_quantiles: tuple[str, ...]
) -> None:
    """Warn of the gravest reason why classes made by quantiles say little, if there is one."""
    if not by_quantiles:
        return
    customers, bins = len(triples.r), cuts.bins
    typical = _median_cell(triples, bins) if cuts.method == "nested" else np.inf
    if customers < bins:
        check.warn(
            f"{check.counted(customers, 'customer')} cannot fill {bins} classes; the scores say"
            " little. Use fewer bins, or thresholds of your own: cuts={'recency': (30, 90), ...}.",
            FewCustomersWarning,
        )
    elif typical < bins:
        check.warn(
            f"the median (r, f) cell holds {typical:g} customers, too few for {bins} classes of"
            " money. Use fewer bins or method='independent'.",
            FewCustomersWarning,
        )
    else:
        _warn_of_ties(triples, bins, by_quantiles)


def _median_cell(triples: RfmTriples, bins: int) -> float:
    cells = np.bincount((triples.r - 1).astype(np.int64) * bins + triples.f - 1)
    return float(np.median(cells[cells > 0])) if len(cells) else 0.0


def _warn_of_ties(triples: RfmTriples, bins: int, by_quantiles: tuple[str, ...]) -> None:
    scores = {"recency": triples.r, "frequency": triples.f, "monetary": triples.m}
    absent, tied = [], ""
    for name in by_quantiles:
        there = np.bincount(scores[name], minlength=bins + 1)[1:] > 0
        if not there.all():
            tied = tied or name
            absent.append(f"{name} never scores {', '.join(map(str, np.flatnonzero(~there) + 1))}")
    if absent:
        check.warn(
            f"ties leave scores that cannot occur: {'; '.join(absent)}. Equal customers"
            " are never split. Thresholds of your own may spread them (with method='independent'):"
            f" cuts={{{tied!r}: (...)}} takes {bins - 1} of them, ascending.",
            TiedScoresWarning,
        )
