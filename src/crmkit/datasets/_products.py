"""The goods of a simulated shop: popularity, price, life cycle, and what goes with what."""

from __future__ import annotations

from typing import Final, NamedTuple

import attrs
import numpy as np

from crmkit._fields import array
from crmkit.data import Labels
from crmkit.datasets._settings import ShopSettings
from crmkit.errors import InvalidArgumentError
from crmkit.typing import BoolArray, CodeArray, FloatArray, IntArray, ScoreArray

KINDS: Final = ("mature", "growing", "declining", "seasonal", "fad")
STAGES: Final = ("introduction", "growth", "maturity", "decline")

_KIND_SHARES: Final = (0.60, 0.12, 0.12, 0.08, 0.08)
_POPULARITY_EXPONENT: Final = -0.9
_MEDIAN_PRICE: Final = 4.06
_PRICE_SIGMA: Final = 0.6
_COST_SHARE: Final = (12.0, 7.0)
_PACE_WEEKS: Final = 4.0
_YEAR_WEEKS: Final = 52.0
_SWING: Final = 0.7
_FLAT: Final = 0.01
_LOW: Final = 0.25


@attrs.frozen(kw_only=True, repr=False)
class ProductTruth:
    """What is true of each product; the id of a product is the row here, the most popular first.

    With t the middle of a week, in weeks from the start, and L a week of the product's own, sales
    follow the curve of its kind:

    - mature: 1.
    - growing: max(0, 2 S((t - L) / 4) - 1) from its launch in week L, S the logistic function.
    - declining: 1.02 - S((t - L) / 4).
    - seasonal: 1 + 0.7 cos(2 pi (t - L) / 52).
    - fad: Bass (1969) from its launch in week L, scaled to a peak of 1.

    A stage follows from the curve w and its slope w' (per week):

    - introduction: rising, and below a quarter of the peak.
    - growth: rising by more than 0.01 a week.
    - decline: falling by more than 0.01 a week, or below a quarter of the peak and not rising.
    - maturity: the rest.

    A season is no life cycle: seasonal products are mature throughout. Growing products pass
    their introduction within two weeks, and fads have hardly any maturity: so their curves are.

    Attributes:
        seen: bool, whether the product was sold, and so has a code in the transactions.
        kind: mature, growing, declining, seasonal or fad.
        launch_week: float64, first week on sale; -inf for products older than the data.
        turn_week: float64, L of declining (midst of the fall) and seasonal products (peak); else
            NaN.
        innovation: float64, p of the Bass curve of a fad; else NaN.
        imitation: float64, q of the Bass curve of a fad; else NaN.
        popularity: float64, weight, rank ** -0.9.
        price_cents: int64, price of a unit.
        cost_cents: int64, cost of a unit.
        curve: float64, shape (products, weeks).
        expected_share: float64, shape (products, weeks), share of a week's lines by chance,
            planted ones and losers' left out.
        stage: int8, shape (products, weeks), place in `STAGES`, -1 before launch.

    Examples:
        >>> import numpy as np
        >>> from crmkit.datasets import shop
        >>> _, truth = shop(np.random.default_rng(7), customers=100)
        >>> truth.products.kind.members("fad")[:3]
        array([18, 22, 23])
    """

    seen: BoolArray = array()
    kind: Labels
    launch_week: FloatArray = array()
    turn_week: FloatArray = array()
    innovation: FloatArray = array()
    imitation: FloatArray = array()
    popularity: FloatArray = array()
    price_cents: IntArray = array()
    cost_cents: IntArray = array()
    curve: FloatArray = array()
    expected_share: FloatArray = array()
    stage: ScoreArray = array()

    def __len__(self) -> int:
        """How many products, sold or not."""
        return len(self.popularity)

    def __repr__(self) -> str:
        """How many products of each kind."""
        counts = zip(self.kind.names, self.kind.counts(), strict=True)
        return f"ProductTruth({', '.join(f'{count:,} {name}' for name, count in counts)})"


@attrs.frozen(kw_only=True)
class PlantedPairs:
    """Products that are bought together more often than by chance.

    A basket with the antecedent gets the consequent with probability q besides chance, so the
    confidence of the rule is q + (1 - q) * P(consequent by chance in such baskets).

    Attributes:
        antecedent: shape (pairs,), int64, product ids.
        consequent: shape (pairs,), int64, product ids.
        q: shape (pairs,), float64, the probabilities.

    Examples:
        >>> import numpy as np
        >>> from crmkit.datasets import shop
        >>> _, truth = shop(np.random.default_rng(7), customers=100)
        >>> truth.pairs.q
        array([0.5, 0.4, 0.3, 0.2])
    """

    antecedent: IntArray = array()
    consequent: IntArray = array()
    q: FloatArray = array()

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.q)


class _Shape(NamedTuple):
    """The parameters of the curves; NaN where a kind has none."""

    kind: CodeArray
    week: FloatArray
    p: FloatArray
    q: FloatArray

    def of(self, rows: BoolArray) -> _Shape:
        return _Shape(self.kind[rows], self.week[rows], self.p[rows], self.q[rows])


class _Curve(NamedTuple):
    """Height and slope of each product's curve in the middle of each week."""

    height: FloatArray
    slope: FloatArray


def draw_products(rng: np.random.Generator, settings: ShopSettings) -> ProductTruth:
    """Draw the products; `seen` is True until the lines are known."""
    count, weeks = settings.products, settings.weeks
    shape = _draw_shapes(rng, count, weeks)
    curve = _curves(shape, weeks)
    popularity = np.arange(1.0, count + 1) ** _POPULARITY_EXPONENT
    weight = popularity[:, None] * curve.height
    price = _draw_prices(rng, count)
    launched = np.isin(shape.kind, [KINDS.index("growing"), KINDS.index("fad")])
    turning = np.isin(shape.kind, [KINDS.index("declining"), KINDS.index("seasonal")])
    return ProductTruth(
        seen=np.ones(count, dtype=np.bool_),
        kind=_kind_labels(shape.kind),
        launch_week=np.where(launched, shape.week, -np.inf),
        turn_week=np.where(turning, shape.week, np.nan),
        innovation=shape.p,
        imitation=shape.q,
        popularity=popularity,
        price_cents=price,
        cost_cents=np.maximum(1, _rounded(price * rng.beta(*_COST_SHARE, count))),
        curve=curve.height,
        expected_share=weight / weight.sum(axis=0),
        stage=_stages(curve),
    )


def draw_pairs(
    rng: np.random.Generator, products: ProductTruth, settings: ShopSettings
) -> PlantedPairs:
    """Draw the pairs among mature products: what is popular draws what is less so.

    Raises:
        InvalidArgumentError: fewer mature products than pairs.
    """
    pairs, eighth = len(settings.associations), len(products) // 8
    mature = products.kind.codes == KINDS.index("mature")
    popular = np.flatnonzero(mature[:eighth])
    common = np.flatnonzero(mature[eighth : 4 * eighth]) + eighth
    if min(len(popular), len(common)) < pairs:
        raise InvalidArgumentError(
            f"{settings.products:,} products have {len(popular)} mature ones among their most"
            f" popular eighth, too few for {pairs} associations. Say more products, or fewer"
            " associations."
        )
    return PlantedPairs(
        antecedent=rng.choice(popular, pairs, replace=False),
        consequent=rng.choice(common, pairs, replace=False),
        q=np.array(settings.associations, dtype=np.float64),
    )


# --- parameters ----------------------------------------------------------------------------------


def _draw_shapes(rng: np.random.Generator, count: int, weeks: int) -> _Shape:
    quota = np.searchsorted(np.cumsum(_KIND_SHARES), (np.arange(count) + 0.5) / count)
    kind = rng.permutation(quota.astype(np.int32))
    # Late enough to see what was before, early enough to see what comes of it.
    first = weeks // 10
    turn = rng.integers(first, max(first + 1, weeks * 8 // 10), count).astype(np.float64)
    peak = rng.random(count) * _YEAR_WEEKS
    p, q = rng.uniform(0.01, 0.03, count), rng.uniform(0.15, 0.40, count)
    fad = kind == KINDS.index("fad")
    return _Shape(
        kind,
        np.where(kind == KINDS.index("seasonal"), peak, turn),
        np.where(fad, p, np.nan),
        np.where(fad, q, np.nan),
    )


def _draw_prices(rng: np.random.Generator, count: int) -> IntArray:
    dimes = _rounded(10 * rng.lognormal(np.log(_MEDIAN_PRICE), _PRICE_SIGMA, count))
    return 10 * np.maximum(1, dimes) - 1


def _rounded(values: FloatArray) -> IntArray:
    return np.rint(values).astype(np.int64)


def _kind_labels(codes: CodeArray) -> Labels:
    ids = np.arange(len(codes), dtype=np.int64)
    return Labels(entity="product", name="kind", ids=ids, codes=codes, names=KINDS)


# --- curves --------------------------------------------------------------------------------------


def _curves(shape: _Shape, weeks: int) -> _Curve:
    """Return the curves of all products, products x weeks."""
    # The middle of a week stands for it: a product sells in the very week of its launch, and
    # Bass's density times one week is what is adopted in that week, to within a percent.
    middle = np.arange(weeks) + 0.5
    height = np.ones((len(shape.kind), weeks))
    slope = np.zeros_like(height)
    for name, curve in _CURVES.items():
        rows = shape.kind == KINDS.index(name)
        part = shape.of(rows)
        height[rows], slope[rows] = curve(middle - part.week[:, None], part)
    return _Curve(height, slope)


def _logistic(x: FloatArray) -> FloatArray:
    # As a hyperbolic tangent it cannot overflow.
    return 0.5 * (1 + np.tanh(x / 2))


def _growing(age: FloatArray, _: _Shape) -> _Curve:
    s = _logistic(age / _PACE_WEEKS)
    return _Curve(np.maximum(0.0, 2 * s - 1), 2 * s * (1 - s) / _PACE_WEEKS)


def _declining(age: FloatArray, _: _Shape) -> _Curve:
    s = _logistic(age / _PACE_WEEKS)
    return _Curve(1.02 - s, -s * (1 - s) / _PACE_WEEKS)


def _seasonal(age: FloatArray, _: _Shape) -> _Curve:
    # What comes again next year is no step in a life: the slope is that of the trend.
    return _Curve(1 + _SWING * np.cos(2 * np.pi * age / _YEAR_WEEKS), np.zeros_like(age))


def _fad(age: FloatArray, shape: _Shape) -> _Curve:
    p, q = shape.p[:, None], shape.q[:, None]
    # Bass's density over that of its peak, (p + q)**2 / (4 q); x = (q / p) exp(-(p + q) t).
    x = q / p * np.exp(-(p + q) * np.maximum(age, 0.0))
    height = np.where(age > 0, 4 * x / (1 + x) ** 2, 0.0)
    return _Curve(height, height * (p + q) * (x - 1) / (x + 1))


_CURVES: Final = {
    "growing": _growing,
    "declining": _declining,
    "seasonal": _seasonal,
    "fad": _fad,
}


def _stages(curve: _Curve) -> ScoreArray:
    height, slope = curve
    low, rising = height < _LOW, slope > 0
    cases = [height == 0, low & rising, slope > _FLAT, low | (slope < -_FLAT)]
    names = [-1, *(STAGES.index(name) for name in ("introduction", "growth", "decline"))]
    return np.select(cases, names, STAGES.index("maturity")).astype(np.int8)
