"""What to do in each stage of a product's life."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from crmkit import _validation as check
from crmkit.typing import Audience


@attrs.frozen(kw_only=True)
class StageAction:
    """What to do about products in one stage.

    Attributes:
        audience: customers concerned, in a word that `ProductStages.actions` can look up.
        who: whom to address.
        offer: with what.
        stock: stock and space.
        price: price and promotion.
        measure: the figure to watch, and what triggers a change.
        stop: when to stop.
        costs_money: whether doing it does.

    Raises:
        InvalidArgumentError: an unknown audience.

    Examples:
        >>> from crmkit.lifecycle import STANDARD_PLAYBOOK
        >>> STANDARD_PLAYBOOK["decline"].audience
        'buyers'
    """

    audience: Audience
    who: str
    offer: str
    stock: str
    price: str
    measure: str
    stop: str
    costs_money: bool = True

    def __attrs_post_init__(self) -> None:
        """Check the audience."""
        check.choice(self.audience, Audience, "audience")


def _proven(
    _: attrs.AttrsInstance, field: attrs.Attribute[StageAction], value: StageAction
) -> None:
    check.instance(value, StageAction, field.name, "Change one with attrs.evolve(action, ...).")


@attrs.frozen(kw_only=True)
class Playbook(Mapping[str, StageAction]):
    """An action for each stage, and for products whose stage is indeterminate.

    Change one with `attrs.evolve`, which leaves the others as they are.

    Attributes:
        introduction: for products in introduction.
        growth: for those in growth.
        maturity: for those in maturity.
        decline: for those in decline.
        indeterminate: for those whose stage is not known.

    Raises:
        InvalidArgumentError: something else in the place of an action.

    Examples:
        >>> import attrs
        >>> from crmkit.lifecycle import STANDARD_PLAYBOOK
        >>> mild = attrs.evolve(STANDARD_PLAYBOOK.decline, price="no markdown before May")
        >>> ours = attrs.evolve(STANDARD_PLAYBOOK, decline=mild)
        >>> ours["decline"].price, ours["growth"] == STANDARD_PLAYBOOK["growth"]
        ('no markdown before May', True)
    """

    introduction: StageAction = attrs.field(validator=_proven)
    growth: StageAction = attrs.field(validator=_proven)
    maturity: StageAction = attrs.field(validator=_proven)
    decline: StageAction = attrs.field(validator=_proven)
    indeterminate: StageAction = attrs.field(validator=_proven)

    def __getitem__(self, stage: str) -> StageAction:
        """Return the action of a stage."""
        if stage not in _STAGES:
            raise KeyError(stage)
        action: StageAction = getattr(self, stage)
        return action

    def __iter__(self) -> Iterator[str]:
        """Go through the stages, in their order."""
        return iter(_STAGES)

    def __len__(self) -> int:
        """How many stages."""
        return len(_STAGES)

    def __repr__(self) -> str:
        """Whom each stage is about."""
        told = ", ".join(f"{stage}: {action.audience}" for stage, action in self.items())
        return f"Playbook({told})"


_STAGES: Final = ("introduction", "growth", "maturity", "decline", "indeterminate")

STANDARD_PLAYBOOK: Final = Playbook(
    introduction=StageAction(
        audience="early_buyers",
        who="innovators: customers who often buy new items early, heavy buyers of the category,"
        " buyers of the predecessor",
        offer="awareness and trial: samples, and a coupon for the second purchase within a cycle",
        stock="few facings in pilot stores, space paid by the supplier",
        price="trial price, no deep cuts; expect a negative cash flow",
        measure="share of customers who tried, and of triers who repeat at equal time on sale;"
        " many triers but few repeaters: mend the product, do not advertise it",
        stop="the date set before launch, with trial times repeat below what the space earns",
    ),
    growth=StageAction(
        audience="triers",
        who="triers due for their second or third purchase, and customers like them",
        offer="availability first; complements, referral",
        stock="avoid stock-outs: raise the reorder point, add facings and stores",
        price="fewer and shallower promotions; in all they cost more as volume rises",
        measure="weeks out of stock, purchases per repeater, whom the volume was won from",
        stop="it grows on promotion only, or takes more margin from our own products than it adds",
    ),
    maturity=StageAction(
        audience="repeaters",
        who="loyal and heavy buyers, switchers between this and rivals",
        offer="defend: cross-selling, a reminder at the median cycle, loyalty tiers",
        stock="space by landed profit, not by units",
        price="selective promotions, supplier terms",
        measure="share of requirements, length of the purchase cycle, margin",
        stop="cycles lengthen and lapses rise: prepare for decline",
    ),
    decline=StageAction(
        audience="buyers",
        who="everybody who bought it; loyal users apart",
        offer="move them to the successor, trade up",
        stock="last buy; range out store by store",
        price="scheduled markdown; keep it for loyal users while it contributes",
        measure="share of buyers who moved, buyers lost to the category, stock left",
        stop="stock sold and loyal users served",
    ),
    indeterminate=StageAction(
        audience="nobody",
        who="nobody yet",
        offer="none: watch",
        stock="as it is",
        price="as it is",
        measure="the probabilities, each period",
        stop="one stage has become likely enough",
        costs_money=False,
    ),
)
"""An action for each stage, to start from: stage goals as in marketing textbooks, retail decisions
drawn from them."""
