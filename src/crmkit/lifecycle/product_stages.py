"""Where does every product stand in its life, and how sure is that?"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import read_only
from crmkit.data import Labels, ProductPeriods, Transactions
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.lifecycle.actions import StageActions, stage_actions
from crmkit.lifecycle.alarms import DeclineAlarms, decline_alarms
from crmkit.lifecycle.history import StageHistory, stage_history
from crmkit.lifecycle.playbook import STANDARD_PLAYBOOK, Playbook
from crmkit.lifecycle.reasons import StageReason, texts
from crmkit.lifecycle.series import looks_at
from crmkit.lifecycle.stage_rules import PolliCook, TwoWindow
from crmkit.lifecycle.telling import STAGES, Method, StageFigures, tell
from crmkit.lifecycle.templates import BassCurves, TemplateBank
from crmkit.lifecycle.transitions import StageTransitions, stage_transitions
from crmkit.typing import (
    BoolArray,
    CodeArray,
    FloatArray,
    LabelArray,
    StageDefinition,
    StageMethod,
    StagePrior,
)

_INDETERMINATE = len(STAGES)


@attrs.frozen(kw_only=True, repr=False)
class ProductStages(Answer):
    """Where every product stands in its life: introduction, growth, maturity or decline.

    As a frame: product, stage, p_introduction, p_growth, p_maturity, p_decline, age, age_known,
    weeks_in_stage, growth_rate, weeks_to_next and its interval, demand_class, reasons.

    Attributes:
        periods: what was looked at.
        definition: what a stage is.
        method: how it was told: a `TemplateBank`, `PolliCook` or `TwoWindow`.
        threshold: a product none of whose stages is as likely is "indeterminate".
        figures: probabilities, durations and reasons, one row per product.

    Examples:
        >>> from crmkit.data import ProductPeriods
        >>> from crmkit.lifecycle import stages
        >>> weeks = [[3, 4, 3, 5, 4, 7, 9, 12, 15, 20], [4, 9, 31, 68, 99, 95, 81, 50, 29, 16]]
        >>> found = stages(ProductPeriods.from_matrix(weeks, products=["up", "down"]))
        >>> found
        ProductStages(2 products, growth_regime by template_bank: 1 growth, 1 decline)
    """

    periods: ProductPeriods
    definition: StageDefinition
    method: TemplateBank | PolliCook | TwoWindow
    threshold: float
    figures: StageFigures

    def __len__(self) -> int:
        """How many products."""
        return len(self.periods)

    def __repr__(self) -> str:
        """How many products are in each stage, by which definition and method."""
        labels = self.labels()
        counts = zip(labels.counts(), labels.names, strict=True)
        shown = ", ".join(f"{n:,} {name}" for n, name in counts if n)
        return (
            f"ProductStages({check.counted(len(self), 'product')}, {self.definition} by"
            f" {method_name(self.method)}{': ' if shown else ''}{shown})"
        )

    @property
    def product(self) -> LabelArray:
        """Ids of the products, in the order of *periods*."""
        return self.periods.products

    @property
    def chances(self) -> FloatArray:
        """Probability of each stage, shape (products, 4); 0 or 1 from a rule of thumb."""
        return self.figures.chances

    @cached_property
    def stage(self) -> CodeArray:
        """Place of each product's stage in the names of `labels`; 4 is "indeterminate"."""
        likeliest = self.chances.argmax(axis=1)
        sure = self.chances.max(axis=1) >= self.threshold
        return read_only(np.where(sure, likeliest, _INDETERMINATE).astype(np.int32))

    @property
    def indeterminate(self) -> BoolArray:
        """Which products have no stage that is likely enough."""
        return np.asarray(self.stage == _INDETERMINATE)

    @property
    def age(self) -> CodeArray:
        """Periods on sale up to the last one observed; where unknown, the least it can be."""
        return self.periods.age

    @property
    def age_known(self) -> BoolArray:
        """Whether the age is known."""
        return np.asarray(self.periods.earlier >= 0)

    def has(self, reason: StageReason) -> BoolArray:
        """Say of which products a reason holds.

        Examples:
            >>> from crmkit.data import ProductPeriods
            >>> from crmkit.lifecycle import StageReason, stages
            >>> found = stages(ProductPeriods.from_matrix([[3, 5, 4], [0, 0, 0]]))
            >>> found.has(StageReason.TOO_SHORT), found.has(StageReason.ALL_ZERO)
            (array([ True,  True]), array([False,  True]))
        """
        check.instance(reason, StageReason, "reason", "Say StageReason.AGE_UNKNOWN or another.")
        return np.asarray(self.figures.flags & reason.value != 0)

    def labels(self) -> Labels:
        """Return the stage of each product as labels; "indeterminate" is a class of its own.

        Examples:
            >>> from crmkit.data import ProductPeriods
            >>> from crmkit.lifecycle import stages
            >>> weeks = [[3, 4, 3, 5, 4, 7, 9, 12, 15, 20]]
            >>> found = stages(ProductPeriods.from_matrix(weeks, products=["tea"]))
            >>> found.labels().members("growth")
            array(['tea'], dtype=object)
        """
        return Labels(
            entity="product",
            name="stage",
            ids=self.product,
            codes=self.stage,
            names=(*STAGES, "indeterminate"),
            frame_kind=self.frame_kind,
        )

    def history(self, product: object) -> StageHistory:
        """Tell the stage of one product as of each period of its life, from what was seen by then.

        Later periods never change an earlier row, unless the periods themselves do (a season
        index or returns that are booked to the sale) or the rule pools products.

        Args:
            product: its id.

        Raises:
            InvalidArgumentError: there is no such product.

        Examples:
            >>> from crmkit.data import ProductPeriods
            >>> from crmkit.lifecycle import stages
            >>> weeks = [[3, 4, 3, 5, 4, 7, 9, 12, 15, 20]]
            >>> found = stages(ProductPeriods.from_matrix(weeks, products=["tea"]))
            >>> len(found.history("tea"))
            10
        """
        rows = np.flatnonzero(np.asarray(self.product == product))
        if not len(rows):
            raise InvalidArgumentError(
                f"there is no product {product!r}." + check.hint(product, self.product.tolist())
            )
        return stage_history(self.periods, int(rows[0]), self.method, self.threshold)

    def alarms(self, *, probability: float = 0.8, periods: int = 1) -> DeclineAlarms:
        """Find products in decline: as likely as *probability* for the last *periods* in a row.

        Products whose sales say little beyond their age are left out.

        Args:
            probability: how likely decline must be.
            periods: how long; each period beyond the first costs as much as `stages` itself, for
                the products that decline now.

        Raises:
            InvalidArgumentError: a probability outside 0 .. 1, or less than one period.

        Examples:
            >>> from crmkit.data import ProductPeriods
            >>> from crmkit.lifecycle import stages
            >>> weeks = [[4, 9, 31, 68, 99, 95, 81, 50, 29, 16]]
            >>> stages(ProductPeriods.from_matrix(weeks, products=["tea"])).alarms().product
            array(['tea'], dtype=object)
        """
        return decline_alarms(
            self.periods, self.method, self.figures, probability=probability, holding=periods
        )

    def transitions(self, earlier: ProductStages) -> StageTransitions:
        """Compare with the stages of an earlier day: who moved where, who is new, who is gone.

        Args:
            earlier: an answer by the same definition.

        Raises:
            InvalidArgumentError: no such answer, or another definition.

        Examples:
            >>> from crmkit.data import ProductPeriods
            >>> from crmkit.lifecycle import stages
            >>> weeks = [[3, 4, 3, 5, 4, 7, 9, 12, 15, 20]]
            >>> then = stages(ProductPeriods.from_matrix([row[:8] for row in weeks]))
            >>> stages(ProductPeriods.from_matrix(weeks)).transitions(then).backward()
            array([], dtype=int64)
        """
        check.instance(earlier, ProductStages, "earlier", "Ask stages() of the earlier periods.")
        if earlier.definition != self.definition:
            raise InvalidArgumentError(
                f"stages by {earlier.definition} and by {self.definition} cannot be compared. Ask"
                f" both with definition={self.definition!r}."
            )
        return stage_transitions(earlier.labels(), self.labels())

    def actions(
        self, playbook: Playbook = STANDARD_PLAYBOOK, *, tx: Transactions | None = None
    ) -> StageActions:
        """Say what to do about each product: whom to address, with what, and when to stop.

        A stage that the age alone tells is no ground to spend money on: such a product counts as
        indeterminate here.

        Args:
            playbook: the action for each stage.
            tx: till lines; the answer then knows the customers concerned.

        Raises:
            InvalidArgumentError: no playbook, or no transactions.
            MissingRoleError: transactions without products or customers.

        Examples:
            >>> from crmkit.data import ProductPeriods
            >>> from crmkit.lifecycle import stages
            >>> weeks = [[4, 9, 31, 68, 99, 95, 81, 50, 29, 16]]
            >>> found = stages(ProductPeriods.from_matrix(weeks, products=["tea"]))
            >>> found.actions().to_frame()[["product", "stage", "audience"]]
              product    stage audience
            0     tea  decline   buyers
        """
        check.instance(playbook, Playbook, "playbook", "Leave it out for the standard playbook.")
        watched = np.where(self.has(StageReason.TOLD_BY_AGE), _INDETERMINATE, self.stage)
        labels = attrs.evolve(self.labels(), codes=watched.astype(np.int32))
        return stage_actions(labels, playbook, self.periods, tx)

    def _columns(self) -> dict[str, NDArray[Any]]:
        figures, chances = self.figures, self.chances.T
        return {
            "product": self.product,
            "stage": self.labels().decode(),
            **{f"p_{name}": column for name, column in zip(STAGES, chances, strict=True)},
            "age": self.age,
            "age_known": self.age_known,
            "weeks_in_stage": figures.in_stage,
            "growth_rate": figures.growth,
            "weeks_to_next": figures.to_next[:, 1],
            "weeks_to_next_low": figures.to_next[:, 0],
            "weeks_to_next_high": figures.to_next[:, 2],
            "demand_class": self.periods.demand_class().decode(),
            "reasons": texts(figures.flags),
        }


def method_name(method: Method) -> StageMethod:
    """Return the word for a method."""
    if isinstance(method, TemplateBank):
        return "template_bank"
    return "polli_cook" if isinstance(method, PolliCook) else "two_window"


def stages(
    periods: ProductPeriods,
    *,
    definition: StageDefinition | None = None,
    method: StageMethod | TemplateBank | PolliCook | TwoWindow = "template_bank",
    prior: StagePrior | None = None,
    threshold: float = 0.5,
) -> ProductStages:
    """Tell in which stage of its life every product is, with probabilities.

    Sales are compared with thousands of curves that a product of that age may be following, whose
    stages are known; each curve weighs as much as it explains the sales, whatever their level.
    Periods in which nothing could be sold are left out of every curve; a product of unknown age is
    compared with curves of several ages. What is noisier, or unlike any curve, is told with less
    certainty. Products do not influence one another.

    A stage has two meanings, told apart by the definition:

    - growth_regime: a slow start, a sustained rise, a plateau, a sustained fall;
    - bass_inflection: before the first inflection point of a Bass curve, up to its peak, up to the
      second inflection point, and after.

    The same sales may well be in growth by one and in maturity by the other.

    Time is O(products * curves * periods): about 6 s for 100,000 products of 104 weeks on two
    cores, beside .03 s for the curves of each age that occurs. Memory is that of the answer
    and some 100 MB.

    Args:
        periods: sales by product and period.
        definition: what a stage is; that of the method's curves by default, "growth_regime".
        method: "template_bank" as above; the rules of thumb "polli_cook" and "two_window" to
            compare with, whose probabilities are 0 and 1; or one of these with options.
        prior: what is even before sales are looked at; "uniform_stage" by default. For a whole
            assortment "uniform_launch" is closer to the truth; it matters where sales say little.
        threshold: a product none of whose stages is as likely is "indeterminate".

    Raises:
        InvalidArgumentError: no product periods, an option outside its domain, or options that
            contradict one another.

    Source: Polli and Cook (1969) and Mahajan, Muller and Srivastava (1990) for the definitions.

    Examples:
        >>> from crmkit.data import ProductPeriods
        >>> from crmkit.lifecycle import stages
        >>> weeks = [[3, 4, 3, 5, 4, 7, 9, 12, 15, 20], [4, 9, 31, 68, 99, 95, 81, 50, 29, 16]]
        >>> found = stages(ProductPeriods.from_matrix(weeks, products=["up", "down"]))
        >>> found.to_frame()[["product", "stage", "age"]]
          product    stage  age
        0      up   growth   10
        1    down  decline   10
    """
    check.instance(
        periods, ProductPeriods, "periods", "ProductPeriods.from_transactions(tx) makes them."
    )
    if not 0 <= check.number(threshold, "threshold") <= 1:
        raise InvalidArgumentError(f"threshold must be a probability, 0 .. 1; got {threshold!r}.")
    chosen = _method(method, definition, prior)
    return ProductStages(
        periods=periods,
        definition=chosen.definition if isinstance(chosen, TemplateBank) else "growth_regime",
        method=chosen,
        threshold=float(threshold),
        figures=tell(looks_at(periods), chosen, threshold),
        frame_kind=periods.frame_kind,
    )


def _method(
    method: StageMethod | Method, definition: StageDefinition | None, prior: StagePrior | None
) -> Method:
    """Return the method with its options, proven to fit the definition and the prior."""
    if definition is not None:
        check.choice(definition, StageDefinition, "definition")
    if prior is not None:
        check.choice(prior, StagePrior, "prior")
    if isinstance(method, str):
        check.choice(method, StageMethod, "method")
        method = _named(method, definition)
    if not isinstance(method, Method):
        raise InvalidArgumentError(
            "method must be a word, a TemplateBank, PolliCook or TwoWindow; got"
            f" {type(method).__name__}."
        )
    meant = method.definition if isinstance(method, TemplateBank) else "growth_regime"
    if definition not in (None, meant):
        raise InvalidArgumentError(
            f"{method!r} tells stages by {meant}, not by {definition}. Say method='template_bank',"
            " or give a TemplateBank with curves of that definition."
        )
    if prior is None:
        return method
    if not isinstance(method, TemplateBank):
        raise InvalidArgumentError(f"{method_name(method)} has no prior; leave prior out.")
    return attrs.evolve(method, prior=prior)


def _named(method: StageMethod, definition: StageDefinition | None) -> Method:
    if method == "polli_cook":
        return PolliCook()
    if method == "two_window":
        return TwoWindow()
    return TemplateBank(curves=BassCurves()) if definition == "bass_inflection" else TemplateBank()
