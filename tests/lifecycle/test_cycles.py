"""Consumption cycles: what the data come to, whose gaps speak, and what is refused."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import (
    FewGapsWarning,
    InvalidArgumentError,
    LinesAfterAsOfError,
    MissingRoleError,
    PooledGapsWarning,
    UnobservedDaysWarning,
)
from crmkit.lifecycle import replenishment
from cycle_worlds import (
    END,
    LINES,
    START,
    Line,
    World,
    lines_of,
    purchase_days,
    purchases,
    quiet,
    transactions,
)
from effort import THIRD

# --- recovery ------------------------------------------------------------------------------------


def world(**changes: float) -> ck.Transactions:
    return lines_of(World(6_000)._replace(**changes), np.random.default_rng(11))


def test_the_true_cycle_is_found_where_every_average_of_gaps_is_too_short() -> None:
    # True values: k 2.5, r 4, mean cycle 54.8 days, median gap of a customer 39.2.
    cycles = replenishment(world())
    fit = cycles.fits["shop"]

    assert fit.k[0] == pytest.approx(2.5, rel=0.03)
    assert fit.r[0] == pytest.approx(4, rel=0.1)
    assert cycles.model("coffee").mean_cycle == pytest.approx(54.8, rel=0.03)
    assert cycles.median_cycle[0] == pytest.approx(39.2, rel=0.03)
    customer, day = purchases(World(6_000), np.random.default_rng(11))
    order = np.lexsort((day, customer))
    gaps = np.diff(day[order])[np.diff(customer[order]) == 0]
    gaps = gaps[gaps > 0]
    assert 34 < gaps.mean() < 38
    assert 26 < np.median(gaps) < 30


def test_dropout_is_told_from_long_cycles() -> None:
    tx = world(dropout=0.25)

    found, ignored = replenishment(tx), replenishment(tx, dropout=False)

    assert found.fits["shop"].dropout[0] == pytest.approx(0.25, abs=0.015)
    assert found.fits["shop"].k[0] == pytest.approx(2.5, rel=0.05)
    assert found.model("coffee").mean_cycle == pytest.approx(54.8, rel=0.06)
    # Whoever stopped is taken for somebody with an endless cycle.
    assert ignored.model("coffee").mean_cycle > 150
    assert ignored.dropout[0] == 0
    assert ignored.k[0] < 1.4


def test_customers_who_differ_in_how_soon_they_stop_are_told_from_those_who_do_not() -> None:
    rng = np.random.default_rng(6)
    stop = rng.beta(0.6, 1.4, 6_000)  # mean 0.3, weight 2
    rate = rng.gamma(4, 1 / 60, 6_000)
    rows = []
    for who in range(6_000):
        day = rng.random() * 365
        while day < 365:
            rows.append((who, int(day)))
            day += 1e9 if rng.random() < stop[who] else rng.gamma(2) / rate[who]
    customer, day = (np.array(c) for c in zip(*rows, strict=True))
    tx = ck.Transactions.from_arrays(
        customer=customer, time=START + day, product=np.full(len(day), "tea")
    ).between(str(START), END)

    fit = replenishment(tx).fits["shop"]

    assert fit.dropout[0] == pytest.approx(0.3, abs=0.03)
    assert 1.4 < fit.dropout_weight[0] < 2.9
    # Where all are alike no customer's own past says anything.
    assert replenishment(world(dropout=0.25)).fits["shop"].dropout_weight[0] > 20


def test_a_purchase_of_twice_as_much_lasts_as_much_longer_as_planted() -> None:
    rng = np.random.default_rng(5)
    customers, exponent = 800, 0.7
    rate = rng.gamma(4, 1 / 80, customers)
    rows = []
    for who in range(customers):
        day = rng.random() * 100
        while day < 365:
            units = rng.choice([1, 2, 4])
            rows.append((who, int(day), units))
            day += rng.gamma(2.5) / rate[who] * units**exponent
    who, day, units = (np.array(c) for c in zip(*rows, strict=True))
    tx = ck.Transactions.from_arrays(
        customer=who, time=START + day, product=np.zeros(len(who), dtype=int), quantity=units
    ).between(str(START), END)

    by_units, without = replenishment(tx), replenishment(tx, use_units=False)

    # Somewhat low: gaps after large purchases are more often cut off by the end of the data.
    assert 0.5 < by_units.unit_exponent[0] < exponent + 0.05
    assert by_units.k[0] == pytest.approx(2.5, rel=0.06)
    assert without.unit_exponent[0] == 0
    assert without.k[0] < 2.2
    due = by_units.due(END)
    small = due.units < 1.8
    assert np.median((due.due_day - due.last_day)[small]) < np.median(due.due_day - due.last_day)


# --- what the data come to -----------------------------------------------------------------------


@given(LINES)
def test_counts_are_those_of_lines_taken_one_by_one(lines: list[Line]) -> None:
    bought = purchase_days(lines)
    cycles = quiet(transactions(lines))

    products = sorted({product for product, _ in bought})
    assert cycles.item.tolist() == products
    for place, product in enumerate(products):
        mine = [days for (p, _), days in bought.items() if p == product]
        assert cycles.customers[place] == len(mine)
        assert cycles.completed_gaps[place] == sum(len(days) - 1 for days in mine)
        logs = [np.log(units) for days in mine for units in days.values()]
        assert cycles.typical_units[place] == pytest.approx(np.exp(np.mean(logs)))
    assert cycles.left_out.guest_lines == sum(line.customer is None for line in lines)


def planted(products: int = 3, customers: int = 60) -> list[tuple[int, int, int, str]]:
    """Customer, product, day, category: products with ever fewer customers."""
    rng = np.random.default_rng(2)
    rows = []
    for product in range(products):
        for who in range(customers // 4**product):
            day = rng.integers(0, 60)
            while day < 365:
                rows.append((who, product, int(day), "food" if product < 2 else "care"))
                day += 1 + rng.gamma(2, (15 + who % 20) * (product + 1) / 2)
    return rows


def tx_of(rows: list[tuple[int, int, int, str]]) -> ck.Transactions:
    who, product, day, category = (list(c) for c in zip(*rows, strict=True))
    return ck.Transactions.from_arrays(
        customer=who, time=START + np.array(day), product=product, attributes={"category": category}
    ).between(str(START), END)


@THIRD
@given(st.randoms(use_true_random=False))
def test_neither_the_order_of_the_lines_nor_names_nor_repeats_change_a_cycle(random) -> None:
    rows = planted()
    first = replenishment(tx_of(rows))
    names = list(range(100, 160))
    random.shuffle(names)
    renamed = [(names[who], *rest) for who, *rest in rows]
    random.shuffle(renamed)

    second = replenishment(tx_of(renamed + renamed[:50]))

    assert first.level.tolist() == second.level.tolist()
    for name in ("k", "r", "alpha", "dropout", "dropout_weight"):
        np.testing.assert_allclose(getattr(first, name), getattr(second, name), rtol=1e-4)


def test_each_product_says_whose_gaps_its_cycle_was_learnt_from() -> None:
    rows = planted()
    gaps = replenishment(tx_of(rows)).completed_gaps
    assert gaps[0] > gaps[1] >= 50 > gaps[2]

    assert replenishment(tx_of(rows)).level.tolist() == ["product", "product", "shop"]
    fewer = replenishment(tx_of(rows), least_gaps=int(gaps[1]) + 1)
    assert fewer.level.tolist() == ["product", "category", "shop"]
    assert repr(fewer) == (
        "ReplenishmentCycles(3 products, 1 with a cycle of their own, 1 of the category,"
        " 1 of the shop)"
    )
    by_category = replenishment(tx_of(rows), by="category")
    assert dict(zip(by_category.item, by_category.level, strict=True)) == {
        "food": "category",
        "care": "shop",
    }
    assert by_category.completed_gaps.sum() > gaps.sum() - 60  # a substitute restarts the clock


def test_a_product_of_two_categories_belongs_to_none() -> None:
    rows = planted()
    rows += [(0, 1, 300, "care")]
    gaps = replenishment(tx_of(rows)).completed_gaps

    cycles = replenishment(tx_of(rows), least_gaps=int(gaps[1]) + 1)

    assert cycles.level.tolist() == ["product", "shop", "shop"]


def test_products_that_nobody_bought_are_not_listed() -> None:
    rows = planted()
    tx = tx_of(rows)

    part = replenishment(tx.where(tx.product.decode() == 1))

    alone = replenishment(tx_of([row for row in rows if row[1] == 1]))
    assert part.item.tolist() == [1]
    assert part.to_frame().equals(alone.to_frame())
    with pytest.raises(InvalidArgumentError, match="no known customer bought the product 0"):
        part.model(0)


def test_categories_that_nobody_named_are_none() -> None:
    who, product, day, _ = (list(c) for c in zip(*planted(), strict=True))
    tx = ck.Transactions.from_arrays(
        customer=who,
        time=START + np.array(day),
        product=product,
        attributes={"category": np.full(len(who), None)},
    )

    assert replenishment(tx).level.tolist() == ["product", "product", "shop"]
    assert len(quiet(tx, by="category")) == 0


def test_of_many_customers_some_stand_for_those_like_them(monkeypatch) -> None:
    tx = world(dropout=0.2)
    whole = replenishment(tx).fits["product"]
    monkeypatch.setattr("crmkit.lifecycle.cycles.fitting._ROWS", 600)

    few = replenishment(tx).fits["product"]

    assert few.histories[0] < 800 < 5_000 < whole.histories[0]
    assert few.customers.tolist() == whole.customers.tolist()
    for name in ("k", "r", "alpha", "dropout"):
        assert getattr(few, name)[0] == pytest.approx(getattr(whole, name)[0], rel=0.12)


def test_every_fit_says_gaps_censored_customers_and_exposure() -> None:
    rows = planted()
    cycles = replenishment(tx_of(rows))

    fit = cycles.fits["shop"]
    first = {}
    for who, product, day, _ in rows:
        first[who, product] = min(day, first.get((who, product), 365))
    assert fit.open_gaps.tolist() == fit.customers.tolist() == [len(first)]
    assert fit.exposure_days.tolist() == [sum(364 - day for day in first.values())]
    assert fit.completed_gaps[0] == cycles.completed_gaps.sum()
    assert fit.converged.all()
    assert repr(cycles.fits["product"]) == "CycleFits(2 products fitted, 2 converged)"
    assert repr(cycles.fits["category"]) == "CycleFits(1 category fitted, 1 converged)"
    assert list(cycles.fits["product"].to_frame()["product"]) == [0, 1]


def test_returns_take_units_back_and_a_day_that_nets_to_nothing_is_none() -> None:
    lines = [
        Line("ann", "milk", 0, 2),
        Line("ann", "milk", 0, -1),
        Line("ann", "milk", 10, 1),
        Line("ann", "milk", 10, -1),
        Line("ann", "milk", 30, 1),
        Line("ann", "milk", 40, -1),
    ]
    cycles = quiet(transactions(lines))

    assert cycles.completed_gaps.tolist() == [1]
    assert cycles.left_out.cancelled_days == 2
    due = cycles.due(START + 40)
    assert due.last_day.tolist() == [(START + 30).astype(object)]
    assert due.units.tolist() == [1.0]


def test_without_quantities_a_return_line_takes_a_purchase_line_back() -> None:
    tx = ck.Transactions.from_arrays(
        customer=[1, 1, 1],
        time=["2025-01-01", "2025-01-01", "2025-01-20"],
        product=["milk"] * 3,
        amount=[2.0, -2.0, 2.0],
    )
    cycles = quiet(tx)

    assert cycles.completed_gaps.tolist() == [0]
    assert np.isnan(cycles.due("2025-01-20").units).all()


# --- unknown is not zero -------------------------------------------------------------------------


def test_all_purchases_on_one_day_leave_the_cycle_unknown() -> None:
    tx = ck.Transactions.from_arrays(
        customer=[1, 1, 2], time=["2025-01-01"] * 3, product=["milk", "soap", "milk"]
    )
    with pytest.warns(FewGapsWarning, match=r"has 0 completed gaps .* fewer than least_gaps=50"):
        cycles = replenishment(tx)

    assert cycles.level.tolist() == ["unknown", "unknown"]
    assert np.isnan(cycles.median_cycle).all()
    assert np.isnan(cycles.mean_cycle).all()
    due = cycles.due("2025-01-03")
    assert np.isnan(due.buys).all()
    assert np.isnat(due.expected_day).all()
    assert not due.overdue.any()
    assert len(cycles.drift("2025-01-03")) == 0
    assert cycles.regularity().pattern.tolist() == ["unknown", "unknown"]
    assert repr(cycles) == "ReplenishmentCycles(2 products, 0 with a cycle of their own, 2 unknown)"


def test_no_lines_are_no_cycles() -> None:
    tx = transactions([Line("ann", "milk", 0, 1)])
    cycles = quiet(tx.where(np.zeros(1, dtype=bool)))

    assert len(cycles) == len(cycles.gap_medians()) == len(cycles.due("2025-02-01")) == 0
    assert len(cycles.drift("2025-02-01")) == len(cycles.regularity()) == 0


# --- refusals ------------------------------------------------------------------------------------


def test_options_and_roles_that_are_missing_are_named() -> None:
    tx = tx_of(planted())
    with pytest.raises(InvalidArgumentError, match="by must be one of 'product', 'category'"):
        replenishment(tx, by="brand")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgumentError, match="least_gaps must be an integer >= 2; got 1"):
        replenishment(tx, least_gaps=1)
    with pytest.raises(InvalidArgumentError, match="tx must be Transactions; got list"):
        replenishment([])  # type: ignore[arg-type]
    bare = ck.Transactions.from_arrays(customer=[1], time=["2025-01-01"])
    with pytest.raises(MissingRoleError, match=r"replenishment\(by='product'\) needs the product"):
        replenishment(bare)
    with pytest.raises(MissingRoleError, match="category"):
        replenishment(transactions([Line("ann", "milk", 0, 1)]), by="category")


def test_an_unknown_product_is_told_its_nearest_name() -> None:
    cycles = replenishment(world(customers=300))

    with pytest.raises(InvalidArgumentError) as refused:
        cycles.model("cofee")
    assert str(refused.value) == (
        "no known customer bought the product 'cofee'. Hint: did you mean 'coffee'?"
    )
    with pytest.raises(InvalidArgumentError, match="too few repeat purchases"):
        quiet(transactions([Line("ann", "milk", 0, 1)])).model("milk")


def test_the_day_asked_about_lies_not_before_the_end_of_the_data() -> None:
    cycles = replenishment(world(customers=300))

    with pytest.raises(LinesAfterAsOfError) as refused:
        cycles.due("2025-07-01")
    assert str(refused.value) == (
        "the data speak of days up to 2025-12-31, later than as_of=2025-07-01; what was bought"
        " since would leak into the answer. Ask about that day or later, or learn from less:"
        " replenishment(tx.between('2025-01-03', '2025-07-01'))."
    )
    with pytest.warns(UnobservedDaysWarning, match="60 days before as_of=2026-03-01"):
        cycles.drift("2026-03-01")
    with pytest.raises(InvalidArgumentError, match="horizon must be an integer >= 1; got 0"):
        cycles.due(END, horizon=0)
    with pytest.raises(InvalidArgumentError, match=r"least must be a probability; got 2"):
        cycles.due(END, least=2)


def test_pooled_gaps_are_warned_of() -> None:
    cycles = replenishment(world(customers=300))

    with pytest.warns(PooledGapsWarning, match="too short"):
        cycles.gap_medians("pooled")
    with pytest.warns(PooledGapsWarning):
        cycles.gap_curve("coffee", "pooled")
    with pytest.raises(InvalidArgumentError, match="choice must be one of 'first', 'weighted'"):
        cycles.gap_medians("all")  # type: ignore[arg-type]


# --- whatever comes ------------------------------------------------------------------------------


@THIRD
@given(LINES, st.sampled_from([2, 5]), st.booleans(), st.booleans())
def test_few_gaps_of_any_kind_are_answered_without_a_complaint(
    lines: list[Line], least_gaps: int, dropout: bool, use_units: bool
) -> None:
    tx = transactions(lines).between(str(START), "2025-02-01")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewGapsWarning)
        cycles = replenishment(tx, least_gaps=least_gaps, dropout=dropout, use_units=use_units)

    due, drift = cycles.due("2025-02-01"), cycles.drift("2025-02-01")
    known = due.level != "unknown"
    assert ((due.buys[known] >= 0) & (due.buys[known] <= due.active[known])).all()
    assert (due.active[known] <= 1).all()
    assert np.isnan(due.buys[~known]).all()
    told = ~np.isnat(due.latest_day)
    assert (due.earliest_day[told] <= due.expected_day[told]).all()
    assert (due.expected_day[told] <= due.latest_day[told]).all()
    assert (due.earliest_day[told] >= due.as_of).all()
    assert np.isfinite(drift.score).all()
