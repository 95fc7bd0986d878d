"""The simulated shop keeps its word: its truth is what its lines were made of."""

from __future__ import annotations

import attrs
import numpy as np
import pytest
from scipy.stats import rankdata

import crmkit as ck
from crmkit.datasets import (
    ARCHETYPES,
    KINDS,
    STAGES,
    Archetype,
    Population,
    ShopSettings,
    ShopTruth,
    shop,
)
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation import SegmentRule, SegmentRules, rfm

WEEK_DAYS = 7


def small(seed: int = 5, customers: int = 400, **changes) -> tuple[ck.Transactions, ShopTruth]:
    settings = ShopSettings(**changes)
    return shop(np.random.default_rng(seed), customers=customers, settings=settings)


@pytest.fixture(scope="module")
def big() -> tuple[ck.Transactions, ShopTruth]:
    """A shop of 20,000 customers and half a million lines."""
    return shop(np.random.default_rng(20240101), customers=20_000)


def products_of(tx: ck.Transactions) -> np.ndarray:
    return tx.product.decode()


def weeks_of(tx: ck.Transactions, truth: ShopTruth) -> np.ndarray:
    return (tx.days - truth.settings.first_day).astype(int) // WEEK_DAYS


def is_sold(truth: ShopTruth) -> np.ndarray:
    return truth.lines.original_line < 0


def first_of_each(basket: np.ndarray) -> np.ndarray:
    """One line of every basket."""
    return np.unique(basket, return_index=True)[1]


# --- the same again -----------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_shop():
    assert small(seed=5) == small(seed=5)


def test_another_seed_makes_another_shop():
    assert small(seed=5)[0] != small(seed=6)[0]


def test_two_shops_from_one_generator_differ():
    rng = np.random.default_rng(1)
    assert shop(rng, customers=50)[0] != shop(rng, customers=50)[0]


def test_what_was_drawn_from_the_generator_before_does_not_matter():
    rng = np.random.default_rng(5)
    rng.random(10)
    assert shop(rng, customers=400) == small(seed=5)


def test_the_global_random_state_is_left_alone():
    before = np.random.get_state(legacy=False)["state"]
    small()
    after = np.random.get_state(legacy=False)["state"]
    assert np.array_equal(before["key"], after["key"])
    assert before["pos"] == after["pos"]


@pytest.mark.parametrize(
    "changes",
    [
        {"return_share": 0.0},
        {"channels": {"store": 0.5, "web": 0.5}},
        {"channel_drift": 0.9},
        {"start": "2020-06-01"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_change_of_one_part_leaves_the_others_alone(changes):
    (tx, truth), (other, changed) = small(), small(**changes)
    sold, also_sold = is_sold(truth), is_sold(changed)

    assert np.array_equal(truth.lines.buyer[sold], changed.lines.buyer[also_sold])
    assert np.array_equal(products_of(tx)[sold], products_of(other)[also_sold])
    assert np.array_equal(tx.amount.units[sold], other.amount.units[also_sold])
    assert truth.customers.rate.tolist() == changed.customers.rate.tolist()


def test_shuffled_lines_give_the_same_answers():
    (tx, truth), (shuffled, _) = small(), small(shuffle=True)

    def summary(lines):
        return ck.CustomerSummary.from_transactions(lines, as_of=truth.end)

    assert shuffled != tx
    assert summary(shuffled) == summary(tx)
    assert rfm(shuffled, as_of=truth.end) == rfm(tx, as_of=truth.end)


# --- lines --------------------------------------------------------------------------------------


def test_lines_come_in_order_of_time_and_basket():
    tx, _ = small()
    assert np.all(np.diff(tx.time.astype(np.int64)) >= 0)
    assert np.all(np.diff(tx.basket.codes) >= 0)


def test_shuffled_lines_do_not():
    tx, _ = small(shuffle=True)
    assert np.any(np.diff(tx.basket.codes) < 0)


def test_a_basket_has_one_time_one_buyer_one_channel_and_one_region():
    tx, truth = small()
    whole = np.column_stack(
        [
            tx.time.astype(np.int64),
            truth.lines.buyer,
            tx.customer.codes,
            tx.attributes["channel"].codes,
            tx.attributes["region"].codes,
        ]
    )
    leader = first_of_each(tx.basket.codes)[tx.basket.codes]
    assert np.array_equal(whole, whole[leader])


def test_the_shop_is_open_from_eight_to_eight_and_within_its_weeks():
    tx, truth = small(start="2023-05-01", weeks=30)
    hour = (tx.time - tx.days).astype("timedelta64[h]").astype(int)
    assert (hour.min(), hour.max()) == (8, 19)
    assert tx.period.first >= np.datetime64("2023-05-01")
    assert tx.period.last < truth.end == np.datetime64("2023-11-27")


def test_money_is_units_times_price_and_cost_to_the_cent():
    tx, truth = small()
    product = products_of(tx)
    assert (tx.amount.digits, tx.cost.digits, tx.quantity.digits) == (2, 2, 0)
    assert np.array_equal(tx.amount.units, tx.quantity.units * truth.products.price_cents[product])
    assert np.array_equal(tx.cost.units, tx.quantity.units * truth.products.cost_cents[product])


def test_prices_end_in_nine_and_costs_are_about_five_eighths_of_them(big):
    products = big[1].products
    assert np.all(products.price_cents % 10 == 9)
    assert np.median(products.price_cents) == pytest.approx(406, rel=0.1)
    assert np.mean(products.cost_cents / products.price_cents) == pytest.approx(12 / 19, abs=0.02)


def test_known_lines_carry_the_id_of_their_buyer():
    tx, truth = small()
    known = ~tx.is_guest
    assert np.array_equal(tx.customer.decode()[known], truth.lines.buyer[known])


# --- customers ----------------------------------------------------------------------------------


def test_nobody_buys_before_joining_or_after_leaving(big):
    tx, truth = big
    sold = is_sold(truth)
    buyer = truth.lines.buyer[sold]
    day = (tx.days[sold] - truth.settings.first_day).astype(int)
    assert np.all(day >= np.floor(WEEK_DAYS * truth.customers.join_week[buyer]))
    assert np.all(day <= WEEK_DAYS * truth.customers.death_week[buyer])


def test_baskets_are_as_many_as_rates_and_lifetimes_say(big):
    tx, truth = big
    people = truth.customers
    observed = np.minimum(people.death_week, truth.settings.weeks) - people.join_week
    expected = len(people) + np.sum(people.rate * observed)
    baskets = len(np.unique(tx.basket.codes[is_sold(truth)]))
    assert abs(baskets - expected) < 4 * np.sqrt(expected)


def test_rates_follow_their_gamma_distributions(big):
    people, stated = big[1].customers, Population()
    mean_rate, mean_dropout = stated.r / stated.alpha, stated.s / stated.beta
    assert np.mean(people.rate) == pytest.approx(mean_rate, rel=0.03)
    assert np.var(people.rate) == pytest.approx(stated.r / stated.alpha**2, rel=0.1)
    assert np.mean(people.dropout) == pytest.approx(mean_dropout, rel=0.03)
    assert np.mean(np.log(people.spend)) == pytest.approx(0, abs=0.02)
    assert np.std(np.log(people.spend)) == pytest.approx(stated.spend_sigma, rel=0.03)
    assert np.mean(people.join_week < 4) == pytest.approx(0.45 + 0.55 * 4 / 104, abs=0.02)


def test_the_future_is_the_integral_of_the_rate_over_survival():
    people = small()[1].customers
    weeks = np.linspace(0, 52, 5_201)[:, None]
    integral = np.trapezoid(people.rate * np.exp(-people.dropout * weeks), weeks, axis=0)
    assert people.future_baskets == pytest.approx(integral, rel=1e-4)


def test_the_expected_future_is_what_lifetimes_hold_in_store(big):
    """Lifetimes are drawn at birth; being memoryless, they agree with the view from the end."""
    truth = big[1]
    people, alive = truth.customers, truth.customers.alive_at_end
    remaining = np.minimum(people.death_week - truth.settings.weeks, 52)[alive]
    held = np.sum(people.rate[alive] * remaining)
    assert held == pytest.approx(np.sum(people.future_baskets[alive]), rel=0.03)


def test_all_who_bought_under_their_name_are_seen(big):
    tx, truth = big
    assert np.flatnonzero(truth.customers.seen).tolist() == tx.customer.labels.tolist()
    assert np.flatnonzero(truth.products.seen).tolist() == tx.product.labels.tolist()


def test_a_dropout_rate_that_underflows_to_zero_means_staying():
    _, truth = small(population=Population(s=0.001))
    assert np.all(truth.customers.dropout > 0)
    assert np.mean(truth.customers.alive_at_end) > 0.95
    assert np.all(np.isfinite(truth.customers.future_baskets))


# --- guests, channels, regions ------------------------------------------------------------------


def test_guests_are_an_eighth_of_the_baskets_after_the_first_and_smaller(big):
    tx, truth = big
    sold = is_sold(truth)
    baskets = first_of_each(np.where(sold, tx.basket.codes, -1))[1:]
    guest, buyer = tx.is_guest[baskets], truth.lines.buyer[baskets]
    is_first = np.zeros(len(baskets), dtype=bool)
    is_first[np.unique(buyer, return_index=True)[1]] = True
    size = np.bincount(tx.basket.codes[sold])[tx.basket.codes[baskets]]

    assert not np.any(guest & is_first)
    assert np.mean(guest[~is_first]) == pytest.approx(0.12, abs=0.005)
    extra = (size - 1)[~is_first]
    assert extra[guest[~is_first]].mean() / extra[~guest[~is_first]].mean() == pytest.approx(
        0.6, abs=0.05
    )


def test_everybody_buys_in_the_region_they_live_in(big):
    tx, truth = big
    home = np.array(truth.customers.region.names, dtype=object)[truth.customers.region.codes]
    assert np.array_equal(tx.attributes["region"].decode(), home[truth.lines.buyer])
    shares = truth.customers.region.counts() / len(truth.customers)
    assert shares == pytest.approx(list(truth.settings.regions.values()), abs=0.015)


def channel_shares(tx, truth, rows) -> np.ndarray:
    """The share of each channel over some lines, in the order of the settings."""
    channel = tx.attributes["channel"].decode()[rows]
    return np.array([np.mean(channel == name) for name in truth.settings.channels])


def test_customers_use_channels_as_they_prefer(big):
    tx, truth = big
    known = np.flatnonzero(is_sold(truth) & ~tx.is_guest)
    baskets = known[first_of_each(tx.basket.codes[known])]
    buyer = truth.lines.buyer[baskets]
    store = tx.attributes["channel"].decode()[baskets] == "store"
    counts = np.bincount(buyer, minlength=len(truth.customers))
    often = counts >= 30
    used = np.bincount(buyer, weights=store, minlength=len(counts))[often] / counts[often]
    assert np.corrcoef(used, truth.customers.channel_preference[often, 0])[0, 1] > 0.97
    assert truth.customers.channel_preference.sum(axis=1) == pytest.approx(1)


def test_guests_use_channels_by_their_shares(big):
    tx, truth = big
    shares = channel_shares(tx, truth, tx.is_guest)
    assert shares == pytest.approx(list(truth.settings.channels.values()), abs=0.015)


def test_drift_moves_baskets_to_the_last_channel():
    """By half a year, one year and two, drift 0.5 has moved 29 %, 50 % and 75 % of the others."""
    tx, truth = small(customers=16_000, channel_drift=0.5, weeks=105)
    guests = np.flatnonzero(tx.is_guest)
    baskets = guests[first_of_each(tx.basket.codes[guests])]
    week = weeks_of(tx, truth)[baskets]
    for year in (0.5, 1, 2):
        near = baskets[abs(week - 52 * year) <= 6]
        expected = 0.2 + 0.8 * (1 - 0.5**year)
        assert channel_shares(tx, truth, near)[-1] == pytest.approx(expected, abs=0.06)


def test_a_channel_without_a_share_is_never_used():
    tx, truth = small(channels={"store": 1.0, "fax": 0.0})
    assert tx.attributes["channel"].labels.tolist() == ["store"]
    assert truth.customers.channel_preference[:, 0] == pytest.approx(1)
    assert not truth.customers.channel_preference[:, 1].any()


# --- returns ------------------------------------------------------------------------------------


@pytest.mark.parametrize("shuffle", [False, True])
def test_a_return_is_the_exact_negative_of_an_earlier_line_of_the_same_customer(shuffle):
    tx, truth = small(customers=2_000, shuffle=shuffle)
    returned = np.flatnonzero(tx.is_return)
    sale = truth.lines.original_line[returned]

    assert np.array_equal(tx.is_return, truth.lines.original_line >= 0)
    for numbers in (tx.quantity, tx.amount, tx.cost):
        assert np.array_equal(numbers.units[returned], -numbers.units[sale])
    for ids in (tx.customer, tx.product, tx.attributes["channel"], tx.attributes["region"]):
        assert np.array_equal(ids.codes[returned], ids.codes[sale])
    assert np.all(tx.days[returned] > tx.days[sale])
    assert not np.any(tx.is_guest[returned])
    assert not np.any(tx.is_return[sale])
    assert len(np.unique(sale)) == len(sale)


def test_a_return_has_a_receipt_of_its_own():
    tx, _ = small(customers=2_000)
    receipts = tx.basket.codes[tx.is_return]
    assert np.all(np.bincount(tx.basket.codes)[receipts] == 1)


def test_returns_wait_a_geometric_number_of_days(big):
    tx, truth = big
    early = np.flatnonzero(tx.is_return & (weeks_of(tx, truth) < 90))
    wait = (tx.days[early] - tx.days[truth.lines.original_line[early]]).astype(int)
    assert wait.min() == 1
    assert np.mean(wait) == pytest.approx(8, rel=0.05)


# --- products -----------------------------------------------------------------------------------


def weekly_lines(tx, truth) -> np.ndarray:
    """Lines bought by chance, products x weeks."""
    rows = is_sold(truth) & ~truth.lines.planted
    counts = np.zeros((len(truth.products), truth.settings.weeks))
    np.add.at(counts, (products_of(tx)[rows], weeks_of(tx, truth)[rows]), 1)
    return counts


def test_weekly_sales_follow_the_expected_shares(big):
    """Pearson's statistic per cell that expects five lines or more is 1, within four errors."""
    tx, truth = big
    observed = weekly_lines(tx, truth)
    expected = truth.products.expected_share * observed.sum(axis=0)
    full = expected >= 5
    statistic = np.sum((observed - expected)[full] ** 2 / expected[full]) / full.sum()
    assert full.sum() > 10_000
    assert statistic == pytest.approx(1, abs=4 * np.sqrt(2 / full.sum()))
    assert np.corrcoef(observed.ravel(), expected.ravel())[0, 1] > 0.98


def test_nothing_is_sold_before_its_launch(big):
    tx, truth = big
    launch = truth.products.launch_week[products_of(tx)]
    assert np.all(weeks_of(tx, truth) >= launch)
    sold = np.arange(truth.settings.weeks) >= truth.products.launch_week[:, None]
    assert np.array_equal(truth.products.curve > 0, sold)
    assert np.array_equal(truth.products.stage >= 0, sold)


def test_kinds_come_in_their_shares_and_with_their_own_parameters():
    products = small(products=1_000)[1].products
    kind = products.kind.codes
    assert products.kind.counts().tolist() == [600, 120, 120, 80, 80]

    def kinds(has):
        return {KINDS[code] for code in np.unique(kind[has])}

    assert kinds(np.isfinite(products.launch_week)) == {"growing", "fad"}
    assert kinds(~np.isnan(products.turn_week)) == {"declining", "seasonal"}
    assert kinds(~np.isnan(products.innovation)) == {"fad"}
    assert kinds(~np.isnan(products.imitation)) == {"fad"}
    assert products.expected_share.sum(axis=0) == pytest.approx(1)


def curves(products, kind: str) -> tuple[np.ndarray, np.ndarray]:
    rows = products.kind.codes == KINDS.index(kind)
    return products.curve[rows], rows


def test_curves_are_the_stated_ones():
    products = small()[1].products
    t = np.arange(104) + 0.5

    growing, rows = curves(products, "growing")
    age = np.maximum(t - products.launch_week[rows, None], 0)
    assert growing == pytest.approx(2 / (1 + np.exp(-age / 4)) - 1)

    declining, rows = curves(products, "declining")
    age = t - products.turn_week[rows, None]
    assert declining == pytest.approx(1.02 - 1 / (1 + np.exp(-age / 4)))

    seasonal, rows = curves(products, "seasonal")
    age = t - products.turn_week[rows, None]
    assert seasonal == pytest.approx(1 + 0.7 * np.cos(2 * np.pi * age / 52))

    assert np.all(curves(products, "mature")[0] == 1)


def test_a_fad_is_adopted_as_bass_says():
    """Week by week the curve is the growth of Bass's cumulative function, to 1.5 % of its peak."""
    products = small()[1].products
    fads, rows = curves(products, "fad")
    p, q = products.innovation[rows, None], products.imitation[rows, None]

    def adopted(age):
        gone = np.exp(-(p + q) * np.maximum(age, 0))
        return (1 - gone) / (1 + q / p * gone)

    age = np.arange(104) - products.launch_week[rows, None]
    peak = (p + q) ** 2 / (4 * q)
    assert fads == pytest.approx((adopted(age + 1) - adopted(age)) / peak, abs=0.015)
    assert np.all(fads <= 1)


def test_stages_follow_one_another_in_order():
    stage = small()[1].products.stage
    assert np.all(np.diff(stage, axis=1) >= 0)
    assert {STAGES[code] for code in np.unique(stage[stage >= 0])} == set(STAGES)


def test_stages_are_those_of_the_slope_of_the_curve():
    products = small()[1].products
    lively = products.kind.codes != KINDS.index("seasonal")
    step = np.diff(products.curve, axis=1)[lively]
    before, after = products.stage[lively, :-1], products.stage[lively, 1:]

    def inside(name):
        return (before == STAGES.index(name)) & (after == STAGES.index(name))

    assert np.all(step[inside("introduction") | inside("growth")] > 0)
    assert np.all(abs(step[inside("maturity")]) <= 0.01)
    assert np.all(step[inside("decline")] < 0)
    assert np.all(products.stage[~lively] == STAGES.index("maturity"))


# --- planted pairs ------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", range(4))
def test_the_confidence_of_a_planted_pair_is_found_again(big, pair):
    """It is q + (1 - q) P(consequent by chance), within four standard errors."""
    tx, truth = big
    pairs, basket, product = truth.pairs, tx.basket.codes, products_of(tx)
    sold, q = is_sold(truth), truth.pairs.q[pair]

    def with_product(wanted, rows):
        held = np.zeros(tx.basket.n_used, dtype=bool)
        held[basket[rows & (product == wanted)]] = True
        return held

    holders = with_product(pairs.antecedent[pair], sold)
    by_chance = with_product(pairs.consequent[pair], sold & ~truth.lines.planted)
    both = with_product(pairs.consequent[pair], sold)
    expected = q + (1 - q) * np.mean(by_chance[holders])
    error = np.sqrt(expected * (1 - expected) / holders.sum())

    assert holders.sum() > 500
    assert np.mean(both[holders]) == pytest.approx(expected, abs=4 * error)
    assert np.mean(both[~holders]) < 0.02


def test_planted_lines_are_consequents_beside_their_antecedent():
    tx, truth = small(customers=2_000)
    product, basket = products_of(tx), tx.basket.codes
    planted = np.flatnonzero(truth.lines.planted)
    partner = dict(zip(truth.pairs.consequent, truth.pairs.antecedent, strict=True))
    held = set(zip(basket.tolist(), product.tolist(), strict=True))

    assert len(planted) > 100
    assert all((basket[row], partner[product[row]]) in held for row in planted)
    assert not np.any(tx.is_return[planted])


def test_pairs_are_of_distinct_mature_products_popular_ones_first():
    truth = small()[1]
    pairs, mature = truth.pairs, truth.products.kind.codes == KINDS.index("mature")
    both = np.concatenate([pairs.antecedent, pairs.consequent])
    assert len(np.unique(both)) == 8
    assert mature[both].all()
    assert np.all(pairs.antecedent < 100)
    assert np.all((pairs.consequent >= 100) & (pairs.consequent < 400))


def test_a_shop_may_have_no_planted_pairs():
    _, truth = small(associations=())
    assert len(truth.pairs) == 0
    assert not truth.lines.planted.any()


# --- is it believable? --------------------------------------------------------------------------


def test_the_shop_looks_like_one(big):
    """The figures of a believable shop, with the tolerance each varies in from seed to seed."""
    tx, truth = big
    scores = rfm(tx, as_of=truth.end)
    money = np.sort(scores.monetary)[::-1]

    assert money[: len(money) // 5].sum() / money.sum() == pytest.approx(0.65, abs=0.02)
    assert np.mean(scores.frequency == 1) == pytest.approx(0.31, abs=0.015)
    assert np.mean(tx.is_return) == pytest.approx(0.027, abs=0.001)
    assert np.mean(tx.is_guest) == pytest.approx(0.07, abs=0.005)
    assert scores.cuts.frequency.tolist() == [1, 2, 4, 9]


def test_segments_agree_with_who_is_really_alive(big):
    tx, truth = big
    scores = rfm(tx, as_of=truth.end)
    alive, segments = truth.customers.alive_at_end[scores.customer], scores.segments()

    def share_alive(name):
        return np.mean(alive[segments.codes == segments.names.index(name)])

    assert share_alive("New") > 0.9
    assert share_alive("Champions") > 0.85
    assert share_alive("Loyal") == pytest.approx(0.49, abs=0.06)
    assert share_alive("Lost") < 0.15
    assert share_alive("Cannot Lose Them") < 0.05


def test_the_recency_score_tells_the_living_from_the_lost(big):
    """The area under the ROC curve, by ranks with ties shared."""
    tx, truth = big
    scores = rfm(tx, as_of=truth.end)
    alive = truth.customers.alive_at_end[scores.customer]
    living, lost = alive.sum(), (~alive).sum()
    area = (rankdata(scores.r)[alive].sum() - living * (living + 1) / 2) / (living * lost)
    assert area > 0.85


# --- archetypes ---------------------------------------------------------------------------------

THRESHOLDS = {"recency": (140, 290), "frequency": (13, 52), "monetary": (300, 2_000)}
RULES = SegmentRules(
    (
        SegmentRule("champion", r=3, f=3, m=3),
        SegmentRule("saver", r=3, f=3, m=(1, 2)),
        SegmentRule("occasional", r=3, f=2, m=(1, 3)),
        SegmentRule("newcomer", r=3, f=1, m=(1, 3)),
        SegmentRule("lapsed regular", r=1, f=3, m=(1, 3)),
        SegmentRule("lost trial", r=1, f=1, m=(1, 3)),
    ),
    bins=3,
    otherwise="none of them",
)


@pytest.mark.parametrize("seed", range(3))
def test_archetypes_are_recovered_by_thresholds_between_them(seed):
    tx, truth = small(seed=seed, customers=3_000, archetypes=ARCHETYPES)
    found = rfm(tx, as_of=truth.end, cuts=THRESHOLDS).segments(RULES)
    true = truth.customers.archetype
    is_right = found.decode() == true.decode()[found.ids]

    assert len(found) == 3_000
    assert np.mean(is_right) >= 0.95
    for code in range(len(true.names)):
        assert np.mean(is_right[true.codes[found.ids] == code]) >= 0.95


def test_archetypes_have_no_spread():
    truth = small(archetypes=ARCHETYPES)[1]
    people = truth.customers
    for code, kind in enumerate(ARCHETYPES):
        members = people.archetype.codes == code
        lifetime = (people.death_week - people.join_week)[members]
        joined = people.join_week[members]
        assert set(people.rate[members]) == {kind.rate}
        assert set(people.spend[members]) == {kind.spend}
        assert lifetime == pytest.approx(kind.lifetime_weeks)
        assert np.all((joined >= kind.join_week) & (joined < kind.join_week + 1))


def test_the_future_of_an_archetype_is_its_rate_over_what_remains():
    leaving = Archetype("leaving", 2.0, 100.5, 1.0, join_week=29, share=0.5)
    staying = Archetype("staying", 2.0, 900.0, 1.0, join_week=29, share=0.5)
    people = small(archetypes=(leaving, staying))[1].customers
    is_leaving = people.archetype.codes == 0
    remaining = people.death_week[is_leaving] - 104
    assert np.all(np.isnan(people.dropout))
    assert people.future_baskets[is_leaving] == pytest.approx(2 * remaining)
    assert people.future_baskets[~is_leaving] == pytest.approx(104)


def test_without_archetypes_nobody_is_of_one():
    archetype = small()[1].customers.archetype
    assert archetype.names == ()
    assert np.all(archetype.codes == -1)


# --- losers -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def losing() -> tuple[ck.Transactions, ShopTruth]:
    """A shop in which one customer in five is a loser."""
    return small(customers=3_000, losers=0.2)


def lines_of_losers(truth: ShopTruth) -> np.ndarray:
    return truth.customers.loser[truth.lines.buyer]


def test_nobody_is_a_loser_unless_asked_for():
    truth = small()[1]
    assert not truth.customers.loser.any()
    assert "loser" not in repr(truth.customers)


def test_losers_are_a_share_of_all_customers(losing):
    people = losing[1].customers
    assert np.mean(people.loser) == pytest.approx(0.2, abs=4 * np.sqrt(0.16 / 3_000))
    assert repr(people).endswith(f"{np.count_nonzero(people.loser)} losers)")


def test_losers_leave_other_customers_and_the_products_as_they_were(losing):
    people, products = losing[1].customers, losing[1].products
    plain = small(customers=3_000)[1]
    others = ~people.loser
    for name in ("rate", "spend", "join_week", "death_week", "future_baskets"):
        np.testing.assert_array_equal(
            getattr(people, name)[others], getattr(plain.customers, name)[others]
        )
    assert products.price_cents.tolist() == plain.products.price_cents.tolist()


def test_losers_come_often_and_buy_little(losing):
    tx, truth = losing
    people, sold = truth.customers, is_sold(truth)
    size = np.bincount(tx.basket.codes[sold])[tx.basket.codes[sold]]
    theirs = lines_of_losers(truth)[sold]

    assert people.rate[people.loser].min() == 0.5
    assert people.rate[~people.loser].min() < 0.5
    assert np.mean(1 / size[theirs]) > 0.75 > 0.5 > np.mean(1 / size[~theirs])


def test_known_losers_buy_in_the_last_channel_only(losing):
    tx, truth = losing
    known = lines_of_losers(truth) & ~tx.is_guest
    assert set(tx.attributes["channel"].decode()[known]) == {"online"}


def test_losers_buy_nothing_by_chance_but_what_earns_least_a_unit(losing):
    tx, truth = losing
    products = truth.products
    margin = (products.price_cents - products.cost_cents)[products_of(tx)]
    theirs = lines_of_losers(truth) & ~planted_or_its_return(truth)
    least = np.quantile(products.price_cents - products.cost_cents, 0.1)
    assert margin[theirs].max() <= least < np.median(margin[~theirs])


def planted_or_its_return(truth: ShopTruth) -> np.ndarray:
    lines = truth.lines
    return lines.planted | ((lines.original_line >= 0) & lines.planted[lines.original_line])


def test_losers_bring_three_lines_in_ten_back(losing):
    tx, truth = losing
    early = ~tx.is_guest & (weeks_of(tx, truth) < 90) & is_sold(truth)
    is_returned = np.zeros(len(tx), dtype=bool)
    is_returned[truth.lines.original_line[truth.lines.original_line >= 0]] = True
    theirs = lines_of_losers(truth)
    assert np.mean(is_returned[early & theirs]) == pytest.approx(0.30, abs=0.015)
    assert np.mean(is_returned[early & ~theirs]) == pytest.approx(0.03, abs=0.005)


def test_the_only_product_is_a_bargain_whatever_it_earns():
    tx, truth = small(customers=5, losers=1.0, products=1, associations=(), weeks=3)
    assert truth.customers.loser.all()
    assert set(products_of(tx)) == {0}


# --- settings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"weeks": 1},
        {"weeks": 3, "guest_share": 1.0, "return_share": 1.0},
        {"products": 1, "associations": ()},
        {"channels": {"store": 1.0}, "regions": {"here": 1.0}},
        {"weeks": 2_000, "channel_drift": 1.0},
    ],
    ids=str,
)
def test_odd_shops_are_shops_too(changes):
    tx, truth = small(customers=3, **changes)
    assert tx.customer.n_used == 3
    assert len(truth.lines) == len(tx)
    assert np.all(np.isfinite(truth.products.expected_share))


def test_a_shop_of_one_customer():
    assert small(customers=1)[0].customer.labels.tolist() == [0]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"weeks": 0}, "weeks must be an integer >= 1; got 0"),
        ({"products": 2.5}, "products must be an integer >= 1; got 2.5"),
        ({"start": "2024-01-01T09:00"}, "start must be a calendar day"),
        ({"guest_share": 1.2}, "guest_share must be a share, 0 .. 1; got 1.2"),
        ({"losers": -0.1}, "losers must be a share, 0 .. 1; got -0.1"),
        ({"associations": (0.5, -0.1)}, "each of associations must be a share"),
        ({"channels": {"store": 0.5}}, "the shares of channels must add up to 1; they make 0.5"),
        ({"regions": {"a": 1.5, "b": -0.5}}, "the share of 'a' in regions must be a share"),
        ({"archetypes": ARCHETYPES[:2]}, "the shares of archetypes must add up to 1"),
        ({"archetypes": ARCHETYPES[:1] * 2}, "two archetypes have the same name"),
        ({"archetypes": ARCHETYPES, "weeks": 52}, "must join within the 52 weeks.*newcomer"),
    ],
)
def test_settings_that_make_no_shop_are_refused(changes, complaint):
    with pytest.raises(InvalidArgumentError, match=complaint):
        ShopSettings(**changes)


def test_people_who_cannot_exist_are_refused():
    with pytest.raises(InvalidArgumentError, match="beta must be a positive number; got 0"):
        Population(beta=0)
    with pytest.raises(InvalidArgumentError, match="spend_sigma must be a number >= 0; got -1"):
        Population(spend_sigma=-1)
    with pytest.raises(InvalidArgumentError, match="rate must be a number >= 0; got nan"):
        attrs.evolve(ARCHETYPES[0], rate=float("nan"))


def test_too_few_products_for_the_pairs_are_refused():
    with pytest.raises(InvalidArgumentError, match=r"too few for 4 associations\. Say more"):
        small(products=10)


def test_a_seed_is_not_a_generator():
    with pytest.raises(InvalidArgumentError, match=r"got 7\. Say np\.random\.default_rng\(7\)"):
        shop(7)


def test_a_shop_needs_a_customer():
    with pytest.raises(InvalidArgumentError, match="customers must be an integer >= 1; got 0"):
        shop(np.random.default_rng(7), customers=0)


def test_settings_are_values():
    assert ShopSettings() == ShopSettings()
    assert hash(ShopSettings()) == hash(ShopSettings())
    assert ShopSettings(weeks=52) != ShopSettings()
    assert ShopSettings(channels={"a": 0.5, "b": 0.5}) != ShopSettings(
        channels={"b": 0.5, "a": 0.5}
    )


def test_the_truth_cannot_be_overwritten_by_accident():
    truth = small()[1]
    with pytest.raises(ValueError, match="read-only"):
        truth.customers.rate[0] = 0.0


def test_the_truth_shows_its_sizes():
    _, truth = small(customers=50)
    lines = f"{len(truth.lines):,} lines"
    assert repr(truth) == (
        f"ShopTruth(50 customers, 800 products, 4 planted pairs, {lines},"
        " 2024-01-01 up to 2025-12-29)"
    )
    assert repr(truth.lines).startswith(f"LineTruth({lines}, ")
    assert repr(truth.customers).startswith("CustomerTruth(50 customers, ")
    assert len(truth.products) == 800
