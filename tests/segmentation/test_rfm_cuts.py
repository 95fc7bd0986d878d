"""Cut points: reused on another period, borrowed from a coarser level, sent through JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import FewCustomersWarning, InvalidArgumentError, WindowLengthWarning
from crmkit.segmentation import RfmCuts, RfmMeasures, rfm
from oracles import IndependentCuts, Measures, NestedCuts, lines_of, quietly, transactions
from shared_data import complete_journey

AS_OF = "2026-03-01"

# Money in quarters: quantiles of these are exact floats wherever they meet another value.
PEOPLE = st.lists(
    st.builds(
        Measures,
        recency=st.integers(0, 12),
        frequency=st.integers(1, 5),
        monetary=st.integers(-8, 60).map(lambda quarters: quarters / 4),
    ),
    min_size=1,
    max_size=40,
)


def summary_of(people, *, first_day="2026-02-01") -> ck.CustomerSummary:
    return ck.CustomerSummary.from_arrays(
        customer=list(range(len(people))),
        last_day=np.datetime64(AS_OF) - np.array([m.recency for m in people]),
        as_of=AS_OF,
        first_day=np.full(len(people), first_day),
        baskets=[m.frequency for m in people],
        amount=[m.monetary for m in people],
    )


def triples_of(scores) -> list[tuple[int, int, int]]:
    return list(zip(scores.r.tolist(), scores.f.tolist(), scores.m.tolist(), strict=True))


@given(before=PEOPLE, after=PEOPLE, bins=st.integers(2, 6))
def test_independent_cuts_score_others_on_the_same_scale(before, after, bins):
    cuts = quietly(rfm, summary_of(before), as_of=AS_OF, bins=bins).cuts

    scores = rfm(summary_of(after), as_of=AS_OF, cuts=cuts)

    exact = IndependentCuts.of(dict(enumerate(before)), bins)
    assert [exact.score(m) for m in after] == triples_of(scores)
    assert cuts == scores.cuts
    assert scores.borrowed == 0


@given(before=PEOPLE, after=PEOPLE, bins=st.integers(2, 5))
def test_nested_cells_without_cuts_borrow_those_of_the_coarser_level(before, after, bins):
    cuts = quietly(rfm, summary_of(before), as_of=AS_OF, bins=bins, method="nested").cuts

    scores = rfm(summary_of(after), as_of=AS_OF, cuts=cuts)

    exact = NestedCuts(dict(enumerate(before)), bins)
    assert [exact.score(m) for m in after] == triples_of(scores)
    assert sum(map(exact.borrows, after)) == scores.borrowed


def test_a_borrowed_cell_is_scored_as_its_r_and_then_as_all():
    # Two bins. Recency 1 and 9: r 2 and 1. All of r 2 bought twice (f 1), money 10 and 30.
    before = [Measures(1, 2, 10.0), Measures(1, 2, 30.0), Measures(9, 1, 50.0)]
    cuts = quietly(rfm, summary_of(before), as_of=AS_OF, bins=2, method="nested").cuts
    # Someone of r 2 with five baskets lands in the empty cell (2, 2): money cut of r 2 is 20.
    after = [Measures(1, 5, 20.0), Measures(1, 5, 20.25)]

    scores = rfm(summary_of(after), as_of=AS_OF, cuts=cuts)

    assert triples_of(scores) == [(2, 2, 1), (2, 2, 2)]
    assert scores.borrowed == 2
    # Recency 1, 1, 9 is cut at 1: had all been within one day, r 1 would be empty.
    same = quietly(rfm, summary_of(before[:2]), as_of=AS_OF, bins=2, method="nested").cuts
    stranger = rfm(summary_of([Measures(9, 3, 25.0)]), as_of=AS_OF, cuts=same)
    assert triples_of(stranger) == [(1, 2, 2)]
    assert stranger.borrowed == 1


def test_customers_beyond_the_old_extremes_get_the_lowest_or_highest_score():
    before = [Measures(k, k, float(k)) for k in range(2, 12)]
    cuts = rfm(summary_of(before), as_of=AS_OF).cuts
    after = [Measures(0, 99, 1e6), Measures(28, 1, -50.0)]
    assert triples_of(rfm(summary_of(after), as_of=AS_OF, cuts=cuts)) == [(5, 5, 5), (1, 1, 1)]


# --- definitions must match ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ({"bins": 4}, "bins is 5, not 4"),
        ({"method": "nested"}, "method is 'independent', not 'nested'"),
        ({"frequency": "purchase_days"}, "frequency is 'baskets', not 'purchase_days'"),
        ({"monetary": "mean"}, "monetary is 'total', not 'mean'"),
    ],
    ids=str,
)
def test_an_option_that_contradicts_the_cuts_is_refused(option, says):
    people = [Measures(k, k, float(k)) for k in range(2, 12)]
    cuts = rfm(summary_of(people), as_of=AS_OF).cuts
    with pytest.raises(InvalidArgumentError, match=says):
        rfm(summary_of(people), as_of=AS_OF, cuts=cuts, **option)


def test_all_contradictions_are_named_at_once():
    people = [Measures(k, k, float(k)) for k in range(2, 12)]
    cuts = rfm(summary_of(people), as_of=AS_OF).cuts
    with pytest.raises(InvalidArgumentError, match=r"bins.*monetary"):
        rfm(summary_of(people), as_of=AS_OF, cuts=cuts, bins=3, monetary="mean")


def test_options_that_agree_with_the_cuts_may_be_repeated():
    people = [Measures(k, k, float(k * k)) for k in range(2, 12)]
    scores = rfm(summary_of(people), as_of=AS_OF, monetary="mean")
    again = rfm(
        summary_of(people),
        as_of=AS_OF,
        cuts=scores.cuts,
        bins=5,
        method="independent",
        frequency="baskets",
        monetary="mean",
    )
    assert scores == again


# --- windows -------------------------------------------------------------------------------------


def test_cuts_of_a_window_of_another_length_warn():
    people = [Measures(k, k, float(k)) for k in range(2, 12)]
    cuts = rfm(summary_of(people, first_day="2026-02-01"), as_of=AS_OF).cuts
    assert cuts.window_days == 29
    with pytest.warns(WindowLengthWarning, match=r"window of 29 days.*60.*tx\.between"):
        rfm(summary_of(people, first_day="2026-01-01"), as_of=AS_OF, cuts=cuts)


def test_cuts_by_hand_belong_to_no_window():
    people = [Measures(k, k, float(k)) for k in range(2, 12)]
    cuts = RfmCuts(recency=[3, 6], frequency=[3, 6], monetary=[3, 6])
    assert None is cuts.window_days
    scores = rfm(summary_of(people), as_of=AS_OF, cuts=cuts)
    assert scores.r.tolist() == [3] * 2 + [2] * 3 + [1] * 5
    assert scores.m.tolist() == [1] * 2 + [2] * 3 + [3] * 5


def test_half_years_of_the_complete_journey_compare_without_a_warning():
    tx = ck.Transactions.from_frame(
        complete_journey(),
        ck.Columns(
            customer="household_id",
            time="transaction_timestamp",
            basket="basket_id",
            quantity="quantity",
            amount="sales_value",
        ),
    )
    first = rfm(tx.between("2017-01-01", "2017-07-01"), as_of="2017-07-01")
    second = rfm(tx.between("2017-07-01", "2018-01-02"), as_of="2018-01-02", cuts=first.cuts)
    # Note, section 4.2: 2,393 and 2,416 active households (one of them on New Year's Day only).
    assert (len(first), len(second)) == (2_393, 2_416)


# --- declarations --------------------------------------------------------------------------------


@given(
    lines=lines_of(),
    bins=st.integers(2, 6),
    method=st.sampled_from(["independent", "nested"]),
    monetary=st.sampled_from(["total", "mean"]),
)
def test_cuts_come_back_from_json_as_they_were(lines, bins, method, monetary):
    options = {"bins": bins, "method": method, "monetary": monetary, "frequency": "purchase_days"}
    scores = quietly(rfm, transactions(lines), as_of="1970-01-12", **options)

    again = RfmCuts.from_dict(json.loads(json.dumps(scores.cuts.to_dict())))

    assert scores.cuts == again
    assert scores.triples == again.score(scores.measures)


def test_cuts_by_hand_come_back_from_json():
    cuts = RfmCuts(recency=[30, 90], frequency=[1, 3], monetary=[50, 200], monetary_by="mean")
    assert cuts == RfmCuts.from_dict(json.loads(json.dumps(cuts.to_dict())))


@pytest.mark.parametrize(
    "change",
    [
        {"recency": "soon"},
        {"recency": [90, 30]},
        {"frequency": [1]},
        {"method": "other"},
        {"window_days": "long"},
        {"recencies": [1]},
    ],
    ids=str,
)
def test_a_declaration_that_makes_no_sense_is_refused(change):
    plain = RfmCuts(recency=[30, 90], frequency=[1, 3], monetary=[50, 200]).to_dict()
    with pytest.raises(InvalidArgumentError, match="no RfmCuts"):
        RfmCuts.from_dict({**plain, **change})


def test_missing_entries_of_a_declaration_are_all_named():
    with pytest.raises(InvalidArgumentError, match=r"frequency.*monetary"):
        RfmCuts.from_dict({"recency": [30, 90]})


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"recency": [90, 30]}, "recency.*ascend"),
        ({"frequency": [3, 3]}, "frequency.*ascend"),
        ({"monetary": [1, np.inf]}, "monetary.*finite"),
        ({"monetary": [1, 2, 3]}, "monetary.*shape"),
        ({"method": "nested"}, "shape"),
        ({"frequency_by": "lines"}, "frequency_by"),
        ({"monetary_by": "median"}, "monetary_by"),
        ({"frequency": [1, np.nan], "window_days": 30}, "frequency.*finite"),
        ({"frequency": [1, np.inf], "window_days": 30}, "frequency.*finite"),
    ],
    ids=str,
)
def test_impossible_cuts_by_hand_are_refused(wrong, says):
    right = {"recency": [30, 90], "frequency": [1, 3], "monetary": [50, 200]}
    with pytest.raises(InvalidArgumentError, match=says):
        RfmCuts(**{**right, **wrong})


def test_equal_cuts_are_legal_when_they_are_quantiles():
    cuts = RfmCuts(recency=[3, 3], frequency=[1, 1], monetary=[0, 0], window_days=30)
    one = np.array([1])
    scored = cuts.score(RfmMeasures(recency=one, frequency=one, monetary=one / 1))
    assert (scored.r[0], scored.f[0], scored.m[0]) == (3, 1, 3)


@given(
    people=PEOPLE,
    at=st.lists(st.integers(0, 12), min_size=3, max_size=3, unique=True).map(sorted),
    shift=st.integers(0, 2),
)
def test_cuts_with_ties_above_score_lower_up_to_but_without_upper(people, at, shift):
    cuts = RfmCuts(recency=at, frequency=at, monetary=at).with_ties_above(shift=shift)

    scores = rfm(summary_of(people), as_of=AS_OF, cuts=cuts)

    def above(value):
        return 1 + sum(cut + shift <= value for cut in at)

    expected = [(5 - above(m.recency), above(m.frequency), above(m.monetary)) for m in people]
    assert expected == triples_of(scores)


def test_a_later_customer_on_a_decimal_cut_is_in_the_class_below():
    # Cuts of .10 and 1.50 at four bins are .45, .80 and 1.15; in floats the second would come out
    # one bit below .80, and a customer of .80 a class too high.
    def people(*amounts):
        return ck.CustomerSummary.from_arrays(
            as_of="2026-03-01",
            customer=list(range(len(amounts))),
            last_day=["2026-02-01"] * len(amounts),
            baskets=[1] * len(amounts),
            amount=list(amounts),
        )

    with pytest.warns(FewCustomersWarning):
        cuts = rfm(people(0.1, 1.5), as_of="2026-03-01", bins=4).cuts
    assert [0.45, 0.8, 1.15] == cuts.monetary.tolist()
    assert [1, 2, 3, 4] == rfm(
        people(0.45, 0.8, 1.15, 1.16), as_of="2026-03-01", cuts=cuts
    ).m.tolist()


def test_cuts_of_no_customers_score_nobody():
    nobody = ck.CustomerSummary.from_arrays(
        as_of="2026-03-01", customer=[], last_day=[], baskets=[], amount=[]
    )
    with pytest.warns(FewCustomersWarning):
        cuts = rfm(nobody, as_of="2026-03-01").cuts
    with pytest.raises(InvalidArgumentError, match="made of no customers"):
        rfm(nobody, as_of="2026-03-01", cuts=cuts)


def test_one_dimension_cut_on_no_customers_is_enough_to_refuse():
    cuts = RfmCuts(recency=[30], frequency=[np.nan], monetary=[50], window_days=30)

    with pytest.raises(InvalidArgumentError, match="made of no customers"):
        rfm(summary_of([Measures(1, 1, 1.0)]), as_of=AS_OF, cuts=cuts)


# --- representations -----------------------------------------------------------------------------


def test_cuts_are_shown_with_their_definitions():
    cuts = RfmCuts(recency=range(1, 13), frequency=range(12), monetary=range(12), window_days=1)

    assert repr(cuts) == (
        "RfmCuts(recency 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 ...; frequency 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"
        " ... baskets; monetary 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 ... total; window of 1 day)"
    )


def test_nested_cuts_are_counted_and_tabulated_cell_by_cell():
    people = [Measures(k, k, float(k)) for k in range(1, 20)]
    cuts = quietly(rfm, summary_of(people), as_of=AS_OF, bins=3, method="nested").cuts

    assert repr(cuts).startswith("RfmCuts(3 nested bins; baskets; total; window of ")
    shown = cuts._repr_html_()
    assert "<th>cut 2</th>" in shown
    assert "<td>frequency r = 3</td>" in shown
    assert "<td>monetary r = 2, f = 3</td>" in shown
    assert "10 of 13 rows" in shown


@pytest.mark.parametrize("thresholds", [30, ("a", "b"), ((1, 2), (3, 4)), None])
def test_thresholds_that_are_no_numbers_are_refused(thresholds):
    lines = ck.Transactions.from_arrays(customer=[1], time=["2026-01-01"], basket=[1], amount=[1])

    with pytest.raises(InvalidArgumentError, match="recency thresholds must be numbers such as"):
        rfm(lines, as_of="2026-03-01", cuts={"recency": thresholds})


def test_plain_dicts_that_are_no_cuts_say_why():
    plain = RfmCuts(recency=[1], frequency=[1], monetary=[1]).to_dict()

    with pytest.raises(InvalidArgumentError, match="recency thresholds must be finite and ascend"):
        RfmCuts.from_dict(plain | {"recency": [2, 1], "frequency": [1, 2], "monetary": [1, 2]})
    with pytest.raises(InvalidArgumentError, match="must have shape"):
        RfmCuts.from_dict(plain | {"recency": [1, 2]})


def test_a_window_begins_where_the_period_was_cut_out():
    # The shop opened late in the second window; both are four weeks long all the same.
    lines = ck.Transactions.from_arrays(
        customer=[1, 2, 3, 1, 2, 3],
        time=["2026-01-01", "2026-01-02", "2026-01-28", "2026-02-20", "2026-02-21", "2026-02-22"],
        basket=range(6),
        amount=[1, 2, 3, 4, 5, 6],
    )
    by_hand = {"recency": (10,), "frequency": (1,)}
    first = rfm(lines.between("2026-01-01", "2026-01-29"), as_of="2026-01-29", cuts=by_hand)
    second = rfm(lines.between("2026-02-01", "2026-03-01"), as_of="2026-03-01", cuts=first.cuts)

    since = [str(scores.summary.since) for scores in (first, second)]
    assert ["2026-01-01", "2026-02-01"] == since
    assert [28, 28] == [first.cuts.window_days, second.summary.window_days]


@pytest.mark.parametrize("many", [0, 99, 200])
def test_cuts_make_two_to_ninety_nine_bins(many):
    with pytest.raises(InvalidArgumentError, match="1 to 98 cuts"):
        RfmCuts(recency=range(many), frequency=range(many), monetary=range(many))


def test_thresholds_of_all_dimensions_belong_to_no_window():
    lines = ck.Transactions.from_arrays(customer=[1], time=["2026-01-01"], basket=[1], amount=[1])
    by_hand = {"recency": (30,), "frequency": (1,), "monetary": (1,)}

    assert rfm(lines, as_of="2026-03-01", cuts=by_hand).cuts.window_days is None
