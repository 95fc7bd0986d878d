"""What may this basket, or this customer, want next?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
from numpy.typing import NDArray

from crmkit import _validation as check
from crmkit._fields import array
from crmkit._kernels.itemsets.firing import best_claims, part_of
from crmkit.data import Transactions
from crmkit.data.answers import Answer
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation.baskets.baskets import Baskets
from crmkit.segmentation.baskets.claims import (
    claims_of,
    known_rows,
    prove_metric,
    weight_along,
)
from crmkit.typing import (
    BasketUnit,
    BoolArray,
    CodeArray,
    FloatArray,
    IntArray,
    LabelArray,
    MetricName,
    ProductWeights,
)

if TYPE_CHECKING:
    from crmkit.segmentation.baskets.rules import AssociationRules


@attrs.frozen(kw_only=True, repr=False)
class Recommendations(Answer):
    """The products that rules call for, for each basket or customer, with the rule that says so.

    One element for each recommendation, by row and rank. As a frame: basket or customer (the row's
    number where ids are not known), rank, product, score, then the strongest rule that calls for
    the product: rule (its id), antecedent, confidence, lift, count.

    Attributes:
        row: for which row of *baskets*, int64.
        rank: 1 for the best product of the row, 2 for the next, int64.
        product: which, int32 codes into `rules.itemsets.products`.
        score: the figure of the rule, times what the product is worth.
        rule: place of the rule among *rules*, int64.
        rules: the rules.
        baskets: what was asked about.
        by: the figure that products are ranked by.
        weight: what each product is worth, along `rules.itemsets.products`; None if not asked.
        k: the most products for one row.
        exclude_owned: whether products of the row itself are left out.
        without_answer: rows that nothing is recommended to.
        without_rule: those of them for which no rule fired at all.
        unknown: labels in the baskets that the rules' catalogue does not have.

    Examples:
        >>> from crmkit.segmentation import Baskets, association_rules, frequent_itemsets
        >>> lists = [["milk", "bread"], ["milk", "bread", "eggs"], ["bread"], ["milk", "eggs"]]
        >>> itemsets = frequent_itemsets(Baskets.from_lists(lists), 0.5)
        >>> rules = association_rules(itemsets, min_confidence=0.6)
        >>> rules.recommend(Baskets.from_lists([["eggs"], ["tea"]]))
        Recommendations(1 product for 1 of 2 baskets; 1 without a rule that fires; 1 label unknown)
    """

    row: IntArray = array()
    rank: IntArray = array()
    product: CodeArray = array()
    score: FloatArray = array()
    rule: IntArray = array()
    rules: AssociationRules
    baskets: Baskets
    by: MetricName
    weight: FloatArray | None = array(optional=True)
    k: int
    exclude_owned: bool
    without_answer: int
    without_rule: int
    unknown: tuple[object, ...] = ()

    def __len__(self) -> int:
        """How many recommendations."""
        return len(self.row)

    def __repr__(self) -> str:
        """How many products for how many rows, and how many rows get none."""
        asked, unit = len(self.baskets), self.baskets.unit
        left_out = {
            "without a rule that fires": self.without_rule,
            "with nothing else to want": self.without_answer - self.without_rule,
        }
        notes = "".join(f"; {count:,} {what}" for what, count in left_out.items() if count)
        lost = f"; {check.counted(len(self.unknown), 'label')} unknown" if self.unknown else ""
        return (
            f"Recommendations({check.counted(len(self), 'product')} for"
            f" {asked - self.without_answer:,} of {check.counted(asked, unit)}{notes}{lost})"
        )

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            self.baskets.unit: _names_of(self.baskets)[self.row],
            "rank": self.rank,
            "product": self.rules.itemsets.products[self.product],
            "score": self.score,
            **_of_rules(self.rules, self.rule, sides=("antecedent",)),
        }

    def explain(self, who: Any) -> FiredRules:
        """Return all rules that fired for one basket or customer, the strongest first.

        Args:
            who: its id; its row number, from 0, where ids are not known.

        Raises:
            InvalidArgumentError: nobody of that id (near ones are offered), or several baskets.

        Examples:
            >>> from crmkit.segmentation import Baskets, association_rules, frequent_itemsets
            >>> lists = [["milk", "bread"], ["milk", "bread", "eggs"], ["bread"], ["milk", "eggs"]]
            >>> itemsets = frequent_itemsets(Baskets.from_lists(lists), 0.5)
            >>> rules = association_rules(itemsets, min_confidence=0.6)
            >>> found = rules.recommend(Baskets.from_lists([["milk", "bread"]]))
            >>> found.explain(0).to_frame()[["product", "score", "owned", "antecedent"]]
              product     score  owned antecedent
            0   bread  0.666667   True    (milk,)
            1    milk  0.666667   True   (bread,)
            2    eggs  0.666667  False    (milk,)
        """
        row = _row_of(self.baskets, who)
        every, _ = known_rows(self.rules.itemsets.products, self.baskets)
        one = part_of(every, slice(row, row + 1))
        claims = claims_of(self.rules, self.by, self.weight)
        fired = claims.antecedents.fired_by(one).antecedent
        made = claims.of(np.isin(claims.antecedent, fired))
        return FiredRules(
            who=who,
            unit=self.baskets.unit,
            product=made.product,
            score=made.score,
            owned=np.isin(made.product, one.items),
            rule=made.rule,
            rules=self.rules,
            frame_kind=self.frame_kind,
        )


@attrs.frozen(kw_only=True, repr=False)
class FiredRules(Answer):
    """All rules that fired for one basket or customer, the strongest first.

    One element for each rule and product that it calls for; products that are owned, worth nothing
    or behind the k best are here too. As a frame: product, score, owned, rule (its id),
    antecedent, consequent, confidence, lift, count.

    Attributes:
        who: the id or row number asked for.
        unit: what that is, a basket or a customer.
        product: int32 codes into `rules.itemsets.products`.
        score: the figure of the rule, times what the product is worth.
        owned: whether the product is there already.
        rule: place of the rule among *rules*, int64.
        rules: the rules.

    Examples:
        >>> from crmkit.segmentation import Baskets, Itemsets, association_rules
        >>> itemsets = Itemsets.from_counts([["a"], ["b"], ["a", "b"]], [3, 2, 2], n=4)
        >>> rules = association_rules(itemsets, min_confidence=0.1)
        >>> rules.recommend(Baskets.from_lists([["a"]])).explain(0)
        FiredRules(1 rule fired for basket 0)
    """

    who: Any
    unit: BasketUnit
    product: CodeArray = array()
    score: FloatArray = array()
    owned: BoolArray = array()
    rule: IntArray = array()
    rules: AssociationRules

    def __len__(self) -> int:
        """How many pairs of a rule and a product that it calls for."""
        return len(self.rule)

    def __repr__(self) -> str:
        """How many rules, and for whom."""
        rules = check.counted(len(np.unique(self.rule)), "rule")
        return f"FiredRules({rules} fired for {self.unit} {self.who!r})"

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "product": self.rules.itemsets.products[self.product],
            "score": self.score,
            "owned": self.owned,
            **_of_rules(self.rules, self.rule, sides=("antecedent", "consequent")),
        }


def _of_rules(
    rules: AssociationRules, places: IntArray, *, sides: tuple[str, ...]
) -> dict[str, NDArray[Any]]:
    """Return columns that tell what some rules say and how strong they are."""
    labels = rules.itemsets.frame_labels()
    # A tuple as a fill value would be taken for a sequence of values.
    labels = np.append(labels, np.empty(1, dtype=object))
    labels[-1] = ()
    said = {side: labels[getattr(rules, side)[places]] for side in sides}
    names: tuple[MetricName, ...] = ("confidence", "lift", "count")
    return {
        "rule": rules.ids[places],
        **said,
        **{name: rules.metric(name)[places] for name in names},
    }


# --- rows ----------------------------------------------------------------------------------------


def _names_of(baskets: Baskets) -> LabelArray:
    return np.arange(len(baskets)) if baskets.ids is None else baskets.ids


def _row_of(baskets: Baskets, who: Any) -> int:
    names = _names_of(baskets)
    found = np.flatnonzero(names == who)
    if len(found) == 0:
        near = "" if baskets.ids is None else check.hint(who, names.tolist())
        raise InvalidArgumentError(
            f"there is no {baskets.unit} {who!r} among the {len(baskets):,} asked about.{near}"
        )
    if len(found) > 1:
        raise InvalidArgumentError(
            f"{baskets.unit} {who!r} is rows {', '.join(map(str, found))}: till numbers come"
            " again. Recommend for one of them: baskets.where(np.arange(len(baskets)) =="
            f" {found[0]})."
        )
    return int(found[0])


# --- the question --------------------------------------------------------------------------------


def recommended(
    rules: AssociationRules,
    asked: Baskets | Transactions,
    k: int,
    *,
    by: MetricName,
    exclude_owned: bool,
    weight: ProductWeights | None,
) -> Recommendations:
    """Rank the products that rules call for; see `AssociationRules.recommend`."""
    prove_metric(by)
    baskets = _baskets_of(asked)
    values = weight_along(rules, weight, by)
    rows, unknown = known_rows(rules.itemsets.products, baskets)
    claims = claims_of(rules, by, values).worth_showing(values)
    most = check.whole_number(k, "k", at_least=1)
    best = best_claims(claims.book(), rows, most, exclude_owned=exclude_owned)
    picks = best.picks
    answered = len(np.unique(picks.row))
    return Recommendations(
        row=picks.row,
        rank=picks.rank + 1,
        product=claims.product[picks.choice],
        score=claims.score[picks.choice],
        rule=claims.rule[picks.choice],
        rules=rules,
        baskets=baskets,
        by=by,
        weight=values,
        k=most,
        exclude_owned=exclude_owned,
        without_answer=len(baskets) - answered,
        without_rule=int(np.count_nonzero(~best.fired)),
        unknown=unknown,
        frame_kind=baskets.frame_kind,
    )


def _baskets_of(asked: Baskets | Transactions) -> Baskets:
    if isinstance(asked, Transactions):
        return Baskets.from_transactions(asked, by="customer")
    check.instance(asked, Baskets, "baskets", "Baskets.from_lists([...]) makes them.")
    return asked
