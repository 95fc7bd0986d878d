"""Who needs what again: dates, probabilities and their calibration."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

import crmkit as ck
from crmkit.lifecycle import DuePurchases, replenishment
from cycle_worlds import (
    END,
    LINES,
    START,
    Line,
    World,
    enough,
    lines_of,
    purchase_days,
    quiet,
    transactions,
)

CUT = np.datetime64("2025-10-01")


def judged(dropout: float) -> tuple[DuePurchases, np.ndarray]:
    """Learn from nine months; return the list and after how many days each row really bought."""
    tx = lines_of(World(6_000, dropout=dropout), np.random.default_rng(23))
    due = replenishment(tx.between(str(START), str(CUT))).due(CUT, horizon=28)
    place = {label: place for place, label in enumerate(due.customer.tolist())}
    waited = np.full(len(due), 10**6)
    later = tx.between(str(CUT), END)
    for who, day in zip(later.customer.decode().tolist(), later.days, strict=True):
        if who in place:
            waited[place[who]] = min(waited[place[who]], int((day - CUT).astype(int)))
    return due, waited


def test_probabilities_hold_in_the_future() -> None:
    due, waited = judged(dropout=0.1)
    bought = waited < 28

    assert due.buys.sum() == pytest.approx(bought.sum(), rel=0.06)
    assert (due.buys >= 0.6).sum() > 100
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        some = (due.buys >= low) & (due.buys < low + 0.2)
        assert some.sum() < 50 or abs(bought[some].mean() - due.buys[some].mean()) < 0.05


def test_intervals_hold_in_the_future() -> None:
    due, waited = judged(dropout=0.0)

    for told, share in ((due.earliest_day, 0.1), (due.expected_day, 0.5)):
        came = waited <= (told - CUT).astype(int)
        assert came.mean() == pytest.approx(share, abs=0.03)
    # The last tenth of some lies beyond the three months that were watched.
    seen = due.latest_day < np.datetime64(END)
    came = waited[seen] <= (due.latest_day - CUT).astype(int)[seen]
    assert came.mean() == pytest.approx(0.9, abs=0.03)


@given(LINES)
def test_each_pair_is_listed_once_with_its_last_purchase(lines: list[Line]) -> None:
    due = quiet(transactions(lines).between(str(START), "2025-02-05")).due("2025-02-05")

    bought = purchase_days(lines)
    rows = zip(due.item, due.customer, strict=True)
    expected = {pair: (max(days), len(days) - 1) for pair, days in bought.items()}
    found = zip((due.last_day - START).astype(int).tolist(), due.gaps.tolist(), strict=True)
    assert dict(zip(rows, found, strict=True)) == expected
    means = {pair: sum(days.values()) / len(days) for pair, days in bought.items()}
    for item, who, units in zip(due.item, due.customer, due.units, strict=True):
        assert units == pytest.approx(means[item, who])


def test_the_list_is_that_of_the_models_asked_one_by_one() -> None:
    tx = enough()
    cycles = replenishment(tx)
    due = cycles.due(END, horizon=14)

    model = cycles.model("coffee")
    history = {}
    for who, day in zip(tx.customer.decode().tolist(), tx.days, strict=True):
        history.setdefault(who, set()).add(int((day - START).astype(int)))
    assert (np.diff(due.buys) <= 0).all()
    for place in range(0, len(due), 7):
        days = sorted(history[due.customer[place]])
        asked = (len(days) - 1, days[-1] - days[0], 365 - days[-1])
        assert due.active[place] == pytest.approx(model.active(*asked)[0])
        assert due.buys[place] == pytest.approx(model.buys_within(14, *asked)[0])
        last = START + days[-1]
        assert due.due_day[place] == last + round(model.next_gap(0.5, *asked[:2])[0])
        for quantile, told in ((0.1, due.earliest_day), (0.5, due.expected_day)):
            assert told[place] == last + round(model.next_gap(quantile, *asked)[0])
        late = model.next_gap(0.9, *asked[:2])[0] < asked[2]
        assert bool(due.overdue[place]) == late


def test_leaving_out_the_unlikely_leaves_the_others_as_they_are() -> None:
    cycles = replenishment(enough())
    everybody, likely = cycles.due(END), cycles.due(END, least=0.3)

    assert 0 < len(likely) < len(everybody)
    assert (everybody.unlikely, likely.unlikely) == (0, len(everybody) - len(likely))
    assert repr(likely).endswith(f"; {likely.unlikely} unlikely ones left out)")
    whole = everybody.to_frame().head(len(likely))
    assert likely.to_frame().equals(whole)


def test_a_date_ten_years_off_is_not_told() -> None:
    lines = [Line(f"c{i}", "milk", day, 1) for i in range(60) for day in (0, 1)]
    lines += [Line(f"d{i}", "milk", 0, 1) for i in range(3_000)]
    tx = ck.Transactions.from_arrays(
        customer=[line.customer for line in lines],
        time=START + np.array([line.day for line in lines]),
        product=["milk"] * len(lines),
    ).between("2025-01-01", "2026-01-01")
    due = replenishment(tx, dropout=False).due(END)

    never = due.gaps == 0
    assert np.isnat(due.latest_day[never]).all()
    assert (due.buys[never] < 0.01).all()


def test_the_answer_is_a_table() -> None:
    due = replenishment(enough()).due(END, least=0.5)

    assert repr(due).startswith(f"DuePurchases({len(due)} rows as of 2026-01-01, ")
    assert list(due.to_frame().columns)[:3] == ["customer", "product", "last_day"]
    assert "DuePurchases(" in due._repr_html_()
