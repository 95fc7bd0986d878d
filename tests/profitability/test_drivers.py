"""Drivers of change against the definition in Fractions, axioms, and what is refused."""

from collections import defaultdict
from fractions import Fraction
from itertools import combinations
from math import factorial, prod

import attrs
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import InvalidArgumentError, InvalidDataError, MissingRoleError
from crmkit.profitability import drivers
from effort import THIRD

DAY = "2026-05-03"


def period(rows, **changes):
    """Make transactions of (customer, basket, product, channel, quantity, amount, cost) rows."""
    names = ("customer", "basket", "product", "channel", "quantity", "amount", "cost")
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    columns |= changes
    kinds = {"customer": object, "basket": object, "product": object, "channel": object}
    arrays = {
        name: np.array(values, dtype=kinds.get(name, np.int64))
        for name, values in columns.items()
        if values is not None
    }
    channel = arrays.pop("channel", None)
    return ck.Transactions.from_arrays(
        time=np.array([DAY] * len(rows), dtype="datetime64[s]"),
        attributes=None if channel is None else {"channel": channel},
        **arrays,
    )


# --- the definition, in Fractions ----------------------------------------------------------------

LEVELS = ("customer", "basket", "line")


def visit(row):
    return row[0], row[1]


def parts_of(rows, returns):
    """Sort lines into sales, the tree, returns and lines without units."""
    back = [r for r in rows if r[4] < 0 or r[5] < 0]
    sales = [r for r in rows if r not in back and r[4] > 0]
    buyers = {None, *(r[0] for r in sales)}
    netted = [r for r in back if returns == "net" and r[4] != 0 and r[0] in buyers]
    unitless = [r for r in rows if r not in back and r[4] == 0]
    return sales, sales + netted, [r for r in back if r not in netted], unitless


def one_group_each(rows, entity, group_of):
    seen = defaultdict(set)
    for row in rows:
        seen[entity(row)].add(group_of(row))
    return all(len(groups) == 1 for groups in seen.values())


def level_of(trees, group_of, guests):
    mine = [[r for r in rows if (r[0] is None) == guests] for rows in trees]
    if not guests and all(one_group_each(rows, lambda r: r[0], group_of) for rows in mine):
        return "customer"
    return "basket" if all(one_group_each(rows, visit, group_of) for rows in mine) else "line"


def ratio(above, below):
    return Fraction(above, below) if below else None


def factors_of(sales, tree, cohort, group, level, group_of):
    """Return the factors of one cell in one period, None where undefined, and what is left out."""
    base = [r for r in sales if r[-1] == cohort]
    mine = [r for r in base if group_of(r) == group]
    lines = [r for r in tree if r[-1] == cohort]
    own = [r for r in lines if group_of(r) == group]
    guest = cohort == "guest"
    n, n_g = (1, 1) if guest else (len({r[0] for r in base}), len({r[0] for r in mine}))
    b, b_g = len({visit(r) for r in base}), len({visit(r) for r in mine})
    u_g, r_g, c_g = (sum(r[i] for r in own) for i in (4, 5, 6))
    stray = 0
    if u_g <= 0 or (b if level == "line" else b_g) == 0:
        stray, u_g, r_g, c_g = r_g - c_g, 0, 0, 0
    figures = {"n": n, "n_g": n_g, "b": b, "b_g": b_g, "u_g": u_g, "r_g": r_g, "c_g": c_g}
    return figures, stray


def ratios_of_cell(c, u, level):
    if level == "customer":
        chain = [ratio(c["b_g"], c["n_g"]), ratio(c["u_g"], c["b_g"]), ratio(c["n_g"], c["n"])]
    elif level == "basket":
        chain = [ratio(c["b"], c["n"]), ratio(c["u_g"], c["b_g"]), ratio(c["b_g"], c["b"])]
    else:
        chain = [ratio(c["b"], c["n"]), ratio(u, c["b"]), ratio(c["u_g"], u)]
    return [Fraction(c["n"]), *chain, ratio(c["r_g"], c["u_g"]), ratio(c["c_g"], c["u_g"])]


def shapley(before, after):
    def worth(values):
        return prod(values[:4]) * (values[4] - values[5])

    n, shares = 6, []
    for i in range(n):
        others, share = [j for j in range(n) if j != i], Fraction(0)
        for size in range(n) if before[i] != after[i] else ():
            weight = Fraction(factorial(size) * factorial(n - 1 - size), factorial(n))
            for moved in combinations(others, size):
                low = [after[j] if j in moved else before[j] for j in range(n)]
                high = [*low[:i], after[i], *low[i + 1 :]]
                share += weight * (worth(high) - worth(low))
        shares.append(share)
    return shares


def oracle(before, after, by, cohorts, returns):
    """Return {(cohort, group, factor): exact contribution} and the level."""
    group_of = {None: lambda r: "", "channel": lambda r: r[3], "product": lambda r: r[2]}[by]
    sorted_lines = [parts_of(rows, returns) for rows in (before, after)]
    there = [{r[0] for r in s[0]} for s in sorted_lines]

    def cohort_of(customer):
        if customer is None:
            return "guest"
        if not cohorts:
            return "all"
        kinds = {(True, True): "retained", (False, True): "new"}
        return kinds.get((customer in there[0], customer in there[1]), "lost")

    tagged = [
        [[(*r, cohort_of(r[0])) for r in rows] for rows in period_lines[:2]]
        for period_lines in sorted_lines
    ]
    trees = [t[1] for t in tagged]
    levels = {g: level_of(trees, group_of, g) for g in (False, True)}
    cells = {(r[-1], group_of(r)) for tree in trees for r in tree}
    counted, strays = {}, defaultdict(lambda: [0, 0])
    for k in (0, 1):
        for cohort, group in cells:
            level = levels[cohort == "guest"]
            figures, stray = factors_of(*tagged[k], cohort, group, level, group_of)
            counted[k, cohort, group] = figures
            strays[group][k] += stray
    answer = {}
    for cohort, group in cells:
        level, ends = levels[cohort == "guest"], []
        for k in (0, 1):
            u = sum(f["u_g"] for (p, c, _), f in counted.items() if (p, c) == (k, cohort))
            ends.append(ratios_of_cell(counted[k, cohort, group], u, level))
        if all(counted[k, cohort, group]["u_g"] == 0 for k in (0, 1)):
            continue
        low = [a if a is not None else b for a, b in zip(*ends, strict=True)]
        high = [b if b is not None else a for a, b in zip(*ends, strict=True)]
        names = ["customers", "visits_per_customer", "units_per_visit", "mix", "price", "cost"]
        if cohort == "guest":
            names[:2] = [None, "visits"]
        for name, share in zip(
            names, shapley([x or 0 for x in low], [x or 0 for x in high]), strict=True
        ):
            answer[cohort, group, name] = share
    for name, place in (("returns", 2), ("without_units", 3)):
        sums = defaultdict(lambda: [0, 0])
        for k in (0, 1):
            for r in sorted_lines[k][place]:
                sums[group_of(r)][k] += r[5] - r[6]
        if name == "returns":
            for group, extra in strays.items():
                sums[group] = [a + b for a, b in zip(sums[group], extra, strict=True)]
        for group, (low, high) in sums.items():
            answer["all", group, name] = Fraction(high - low)
    return answer, levels


customers = st.sampled_from(["ann", "bob", "cem", "dia", None])
rows = st.tuples(
    customers,
    st.sampled_from(["1", "2", "3"]),
    st.sampled_from(["tea", "mug"]),
    st.sampled_from(["web", "shop"]),
    st.integers(-1, 4),
    st.integers(-20, 60),
    st.integers(0, 30),
)
# Now and then a channel belongs to a customer, or to a basket: then the mix stands higher.
shapes = {
    "line": lambda r: r,
    "basket": lambda r: (*r[:3], "web" if r[1] == "1" else "shop", *r[4:]),
    "customer": lambda r: (*r[:3], "web" if r[0] in ("ann", None) else "shop", *r[4:]),
}
lines = st.builds(
    lambda shape, rows: [shapes[shape](row) for row in rows],
    st.shared(st.sampled_from(LEVELS), key="shape"),
    st.lists(rows, max_size=12),
)
questions = st.fixed_dictionaries(
    {
        "by": st.sampled_from([None, "channel", "product"]),
        "cohorts": st.booleans(),
        "returns": st.sampled_from(["apart", "net"]),
    }
)


def told(answer):
    groups = [""] * len(answer) if answer.group is None else answer.group.decode()
    keys = zip(answer.cohort.decode(), groups, answer.factor.decode(), strict=True)
    return dict(zip(keys, answer.contribution_units.tolist(), strict=True))


def net(rows):
    return sum(row[5] - row[6] for row in rows)


@given(lines, lines, questions)
def test_every_contribution_is_the_exact_one_rounded_and_all_add_up(before, after, question):
    answer = drivers(period(before), period(after), **question)
    exact, levels = oracle(before, after, **question)
    found = told(answer)

    assert sum(found.values()) == net(after) - net(before)
    for key, share in exact.items():
        # 0/0 rows and shares of 1 are not told; they contribute nothing.
        assert abs(found.get(key, 0) - share) < 1, key
        assert share or not found.get(key), key
    assert set(found) <= set(exact)
    if question["by"] and any(row[0] is not None for row in before + after):
        assert answer.assumptions.level == levels[False]


@given(lines, lines, questions)
@THIRD
def test_swapping_the_periods_negates_every_row(before, after, question):
    there = told(drivers(period(before), period(after), **question))
    back = told(drivers(period(after), period(before), **question))
    if question["cohorts"]:
        other = {"new": "lost", "lost": "new"}
        back = {(other.get(c, c), *rest): units for (c, *rest), units in back.items()}

    assert {k: v for k, v in there.items() if v} == {k: -v for k, v in back.items() if v}


@given(lines, lines, questions)
@THIRD
def test_cohorts_groups_and_factors_add_up_to_their_own_change(before, after, question):
    answer = drivers(period(before), period(after), **question)
    tables = [answer.by_cohort()] + ([answer.by_group()] if question["by"] else [])

    for table in tables:
        assert np.array_equal(table.after - table.before, table.contribution)
    assert answer.by_factor().contribution_units.sum() == answer.contribution_units.sum()
    assert (answer.total_before, answer.total_after) == (net(before), net(after))
    if question["by"]:
        mix = answer.contribution_units[answer.factor.decode() == "mix"].sum()
        assert answer.mix().contribution_units.sum() == mix


@given(lines, lines, st.sampled_from(["channel", "product", None]))
def test_money_of_cohorts_is_the_same_in_one_tree_or_several(before, after, by):
    found = []
    for cohorts in (True, False):
        totals = drivers(period(before), period(after), by=by, cohorts=cohorts).by_cohort()
        rows = zip(totals.labels, totals.before, totals.after, totals.contribution, strict=True)
        found.append({row for row in rows if row[1] or row[2]})

    assert found[0] == found[1]
    assert sum(row[3] for row in found[1]) == net(after) - net(before)


@given(lines, lines, questions, st.randoms(use_true_random=False))
@THIRD
def test_order_and_names_do_not_matter(before, after, question, random):
    answer = drivers(period(before), period(after), **question)
    moved = [[("x" + r[0] if r[0] else None, *r[1:]) for r in rows] for rows in (before, after)]
    for rows_ in moved:
        random.shuffle(rows_)

    assert told(drivers(period(moved[0]), period(moved[1]), **question)) == told(answer)


@given(lines, lines, questions)
@THIRD
def test_ratios_multiply_to_the_change_or_say_why_not(before, after, question):
    ratios = drivers(period(before), period(after), **question).ratios()

    if ratios.not_positive:
        assert np.isnan(ratios.ratio).all()
        assert np.isnan(ratios.total)
    else:
        assert ratios.total == pytest.approx(net(after) / net(before))
        assert np.prod(ratios.ratio) == pytest.approx(ratios.total)


@given(lines)
@THIRD
def test_nothing_moves_between_a_period_and_itself(rows):
    answer = drivers(period(rows), period(rows), by="product")

    assert not answer.contribution_units.any()


@given(lines, lines)
def test_bennet_takes_means_of_both_periods(before, after):
    answer = drivers(period(before), period(after), method="bennet")
    found = told(answer)

    assert sum(found.values()) == net(after) - net(before)
    for product in ("tea", "mug"):
        ends = []
        for rows_ in (before, after):
            own = [r for r in parts_of(rows_, "apart")[0] if r[2] == product]
            u, r, c = (sum(row[i] for row in own) for i in (4, 5, 6))
            ends.append((u, ratio(r, u), ratio(c, u)))
        (q0, p0, c0), (q1, p1, c1) = ends
        if not q0 + q1:
            continue
        p0, p1 = p0 if q0 else p1, p1 if q1 else p0
        c0, c1 = c0 if q0 else c1, c1 if q1 else c0
        exact = {
            "quantity": (p0 - c0 + p1 - c1) / 2 * (q1 - q0),
            "price": Fraction(q0 + q1, 2) * (p1 - p0),
            "cost": -Fraction(q0 + q1, 2) * (c1 - c0),
        }
        for factor, share in exact.items():
            assert abs(found["all", product, factor] - share) < 1


# --- worked examples -----------------------------------------------------------------------------


def uniform(customers_, visits, units, price, cost):
    """Make a period of equal customers, visits and units."""
    return period(
        [
            (f"c{n}", f"{n}-{v}", "tea", "web", units, units * price, units * cost)
            for n in range(customers_)
            for v in range(visits)
        ]
    )


def test_the_worked_example_of_five_factors():
    answer = drivers(uniform(3, 2, 5, 7, 4), uniform(4, 3, 4, 6, 5), cohorts=False)

    assert (answer.total_before, answer.total_after, answer.total) == (90, 48, -42)
    assert answer.by_factor().contribution_units.tolist() == [22, 31, -17, -39, -39]
    assert answer.by_factor().before.tolist() == [3, 2, 5, 7, 4]
    assert answer.by_factor().after.tolist() == [4, 3, 4, 6, 5]


def test_bennets_prices_and_quantities():
    before = period(
        [("a", "1", "tea", "web", 100, 1000, 0), ("a", "1", "mug", "web", 50, 1000, 0)], cost=None
    )
    after = period(
        [("a", "1", "tea", "web", 80, 880, 0), ("a", "1", "mug", "web", 60, 1140, 0)], cost=None
    )

    totals = drivers(before, after, method="bennet").by_factor()

    assert dict(zip(totals.labels, totals.contribution, strict=True)) == {
        "quantity": -15,
        "price": 35,
    }
    assert totals.before.tolist() == [150, pytest.approx(2000 / 150)]


def test_contributions_are_linear_over_groups_that_share_no_factor():
    # Two segments whose shares stay: the split of both is the sum of the splits of each.
    def of(name, spend):
        return [(f"{name}{i}", f"{name}{i}", "tea", name, 2, spend, 0) for i in range(4)]

    both = drivers(
        period(of("web", 10) + of("shop", 30)), period(of("web", 14) + of("shop", 22)), by="channel"
    )
    each = [
        drivers(period(of(n, a)), period(of(n, b)))
        for n, a, b in (("web", 10, 14), ("shop", 30, 22))
    ]

    totals = [
        dict(zip(a.by_factor().labels, a.by_factor().contribution, strict=True))
        for a in (both, *each)
    ]
    assert {n: v for n, v in totals[0].items() if n != "mix"} == {
        name: totals[1][name] + totals[2][name] for name in totals[1]
    }


def test_cents_are_split_on_the_finer_grid_of_both_periods():
    one = ck.Transactions.from_arrays(customer=[1], time=[DAY], quantity=[2], amount=[3.5])
    two = ck.Transactions.from_arrays(customer=[1], time=[DAY], quantity=[2.5], amount=[4.25])

    answer = drivers(one, two)

    assert answer.digits == 2
    assert answer.contribution_units.tolist() == [0, 0, 86, -11]
    assert answer.total == 0.75
    assert answer.to_frame()["before"].tolist() == [1, 1, 2, 1.75]


# --- conventions ---------------------------------------------------------------------------------


def small(customer, **columns):
    size = len(customer)
    return ck.Transactions.from_arrays(customer=customer, time=[DAY] * size, **columns)


def test_an_empty_period_makes_everybody_new():
    full = uniform(3, 2, 5, 7, 4)
    nothing = full.where(np.zeros(len(full), dtype=bool))
    answer = drivers(nothing, full, cohorts=True)

    assert told(answer)["new", "", "customers"] == 90
    assert told(drivers(nothing, full))["all", "", "customers"] == 90
    assert answer.total == 90
    assert np.isnan(answer.before[1])


def test_two_empty_periods_have_no_rows():
    nobody = uniform(1, 1, 1, 1, 1).where(np.zeros(1, dtype=bool))
    answer = drivers(nobody, nobody, by="channel")

    assert len(answer) == 0
    assert answer.total == 0
    assert repr(answer) == "Drivers(margin 0 to 0, change +0: nothing moved)"
    assert answer.ratios().not_positive == "margin before is 0, not positive"


def test_guests_have_visits_and_no_customers():
    one = small([None, None], basket=[1, 2], quantity=[1, 1], amount=[10, 10])
    two = small([None] * 3, basket=[3, 4, 5], quantity=[1, 1, 2], amount=[10, 10, 20])

    assert told(drivers(one, two)) == {
        ("guest", "", "visits"): 12,
        ("guest", "", "units_per_visit"): 8,
        ("guest", "", "price"): 0,
    }
    assert drivers(one, two).by_factor().before.tolist() == [2, 1, 10]
    assert drivers(one, two).assumptions.guest_lines == (2, 3)


def test_without_baskets_days_are_visits_and_guests_have_units_only():
    columns = {"quantity": [1, 2, 3], "amount": [1, 2, 3]}
    answer = drivers(small([7, 7, None], **columns), small([7, None, None], **columns))

    totals = answer.by_factor()
    assert answer.assumptions.visits == "purchase_days"
    assert totals.labels.tolist() == [
        "customers", "visits_per_customer", "units_per_visit", "quantity", "price"
    ]  # fmt: skip
    assert totals.before.tolist() == [1, 1, 3, 3, 1]
    assert totals.after.tolist() == [1, 1, 1, 5, 1]
    assert totals.contribution.tolist() == [0, 0, -2, 2, 0]


def test_without_quantities_lines_are_units():
    answer = drivers(small([7, 7], amount=[1, 2]), small([7], amount=[3]))

    assert answer.assumptions.units == "lines"
    assert answer.by_factor().before.tolist() == [1, 1, 2, 1.5]


def test_revenue_is_explained_where_one_period_lacks_costs():
    one, two = uniform(1, 1, 1, 5, 2), uniform(1, 1, 1, 7, 2)
    answer = drivers(attrs.evolve(one, cost=None), two)

    assert answer.assumptions.measure == "revenue"
    assert (answer.total_before, answer.total) == (5, 2)


def test_returns_and_services_stand_apart():
    one = small([7], quantity=[2], amount=[20])
    two = small([7, 7, 7], quantity=[2, -1, 0], amount=[20, -10, 4])
    answer = drivers(one, two)

    assert told(answer)["all", "", "returns"] == -10
    assert told(answer)["all", "", "without_units"] == 4
    assert answer.assumptions.return_lines == (0, 1)
    assert answer.assumptions.lines_without_units == (0, 1)
    assert "price" not in repr(answer)


def test_netted_returns_lower_units_and_leave_the_price():
    one = small([7], quantity=[2], amount=[20])
    two = small([7, 7], quantity=[2, -1], amount=[20, -10])

    totals = drivers(one, two, returns="net").by_factor()

    assert totals.contribution.tolist() == [0, 0, -10, 0]
    assert totals.after.tolist() == [1, 1, 1, 10]


def test_customers_are_matched_by_their_ids_across_frames():
    one = small(["ann", "bob"], amount=[1, 2])
    two = small(["bob", "cem", "dia"], amount=[2, 3, 4])

    totals = drivers(one, two).by_cohort()

    assert dict(zip(totals.labels, totals.contribution, strict=True)) == {
        "new": 7,
        "lost": -1,
        "retained": 0,
    }


def test_one_frame_cut_into_periods_answers_as_two_frames_do():
    days = np.array(["2026-05-03", "2026-05-09", "2026-06-01", "2026-06-02"], dtype="datetime64[s]")
    columns = {"customer": np.array([5, 9, 5, 7]), "amount": np.array([1, 2, 3, 4])}
    whole = ck.Transactions.from_arrays(time=days, **columns)
    halves = [
        ck.Transactions.from_arrays(time=days[s], **{k: v[s] for k, v in columns.items()})
        for s in (slice(0, 2), slice(2, 4))
    ]

    cut = drivers(
        whole.between("2026-05-01", "2026-06-01"), whole.between("2026-06-01", "2026-07-01")
    )

    assert told(cut) == told(drivers(*halves))


def test_groups_of_none_are_a_group():
    labels = ck.Labels.from_mapping({7: "gold"}, entity="customer", name="tier")
    one = small([7, 8], amount=[10, 5]).with_labels("tier", labels)
    two = small([7, 8], amount=[10, 9]).with_labels("tier", labels)
    answer = drivers(one, two, by="tier")

    assert answer.assumptions.level == "customer"
    assert answer.by_group().to_frame()["contribution"].tolist() == [0, 4]
    assert answer.by_group().to_frame()["group"].isna().tolist() == [False, True]
    assert answer.to_frame()["group"].isna().sum() == 5


def test_till_numbers_that_come_again_are_visits_of_each_customer():
    one = small([7, 8], basket=[1, 1], quantity=[1, 1], amount=[1, 1])

    assert drivers(one, one).by_factor().before.tolist() == [2, 1, 1, 1]


def test_a_ratio_names_what_is_not_positive():
    one, two = uniform(1, 1, 1, 5, 3), uniform(1, 1, 1, 8, 6)

    ratios = drivers(one, two).ratios()

    assert ratios.not_positive == "margin with cost as after and the rest as before is -1"
    assert repr(ratios).startswith("DriverRatios(undefined: margin with cost")
    assert np.isnan(ratios.to_frame()["ratio"]).all()


def test_the_answer_is_a_frame_of_the_kind_that_came():
    frame = pl.DataFrame({"customer": [7], "time": [pd.Timestamp(DAY)], "amount": [3]})
    tx = ck.Transactions.from_frame(frame)
    answer = drivers(tx, tx)

    for table in (answer, answer.by_factor(), answer.by_cohort(), answer.ratios()):
        assert isinstance(table.to_frame(), pl.DataFrame)
    assert answer.to_frame().columns == ["cohort", "factor", "before", "after", "contribution"]
    assert "change +0" in answer._repr_html_()


# --- refused -------------------------------------------------------------------------------------


def test_all_that_is_lacking_is_listed():
    one = small([7], quantity=[1], attributes={"channel": ["web"]})
    two = small([7], amount=[1], basket=[1])

    with pytest.raises(MissingRoleError) as error:
        drivers(one, two, by="channel")

    said = str(error.value)
    assert "before lacks the amount" in said
    assert "only after has a basket" in said
    assert "only before has a quantity" in said
    assert "after has no 'channel', which before has; after has: no attributes" in said


def test_an_unknown_group_is_answered_with_a_hint():
    one = uniform(1, 1, 1, 1, 1)

    with pytest.raises(InvalidArgumentError, match="did you mean 'channel'"):
        drivers(one, one, by="chanel")


def test_bennet_needs_products():
    one = small([7], amount=[1])

    with pytest.raises(MissingRoleError, match="'product'"):
        drivers(one, one, method="bennet")


def test_data_that_cannot_be_compared_are_all_listed():
    one = attrs.evolve(small(["ann"], amount=[1]), amount=ck.Decimals(np.array([1 / 3]), None))
    two = small([7], amount=[2**51])

    with pytest.raises(InvalidDataError) as error:
        drivers(one, two)

    said = str(error.value)
    assert "customer is text in one period and a number in the other" in said
    assert "before: the amount of the lines lies on no decimal grid" in said
    assert "after: the amount of the lines adds up to 2**50 units" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"method": "shaply"}, "did you mean 'shapley'"),
        ({"returns": "nett"}, "did you mean 'net'"),
        ({"cohorts": "yes"}, "cohorts must be bool"),
    ],
)
def test_options_outside_their_domain(options, said):
    one = uniform(1, 1, 1, 1, 1)

    with pytest.raises(InvalidArgumentError, match=said):
        drivers(one, one, **options)


def test_frames_are_no_transactions():
    with pytest.raises(InvalidArgumentError, match="after must be Transactions; got DataFrame"):
        drivers(uniform(1, 1, 1, 1, 1), pd.DataFrame())


def test_follow_up_questions_about_groups_need_groups():
    one = uniform(1, 1, 1, 1, 1)

    with pytest.raises(InvalidArgumentError, match="by='channel'"):
        drivers(one, one).by_group()
    with pytest.raises(InvalidArgumentError, match="method='shapley'"):
        drivers(one, one, method="bennet").mix()
