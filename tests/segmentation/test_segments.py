"""Names for combinations of scores, against a scan of the boxes."""

from __future__ import annotations

import json
from collections import Counter

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import crmkit as ck
from crmkit.errors import InvalidArgumentError
from crmkit.segmentation import STANDARD_SEGMENTS, RfmTriples, SegmentRule, SegmentRules, rfm
from oracles import all_triples, day_asked_about, lines_of, name_of, quietly, transactions

# Note, section 4.6: fourteen ordered boxes, as printed there.
PUBLISHED = [
    ("Champions", (4, 5), (4, 5), (4, 5)),
    ("Cannot Lose Them", (1, 2), (4, 5), (4, 5)),
    ("Loyal", (3, 5), (4, 5), (1, 5)),
    ("Loyal", (4, 5), (3, 3), (4, 5)),
    ("Potential Loyalists", (4, 5), (2, 3), (1, 5)),
    ("New", (5, 5), (1, 1), (1, 5)),
    ("Promising", (4, 4), (1, 1), (1, 5)),
    ("Needs Attention", (3, 3), (3, 3), (1, 5)),
    ("Needs Attention", (3, 3), (1, 2), (4, 5)),
    ("About to Sleep", (3, 3), (1, 2), (1, 5)),
    ("At Risk", (1, 2), (3, 5), (1, 5)),
    ("At Risk", (1, 2), (2, 2), (4, 5)),
    ("Lost", (1, 1), (1, 2), (1, 3)),
    ("Hibernating", (1, 2), (1, 2), (1, 5)),
]


def names_given(rules: SegmentRules) -> list[str | None]:
    """Name every code, in the order of `all_triples`."""
    columns = zip(*all_triples(rules.bins), strict=True)
    triples = RfmTriples(*(np.array(column, dtype=np.int8) for column in columns))
    codes = rules.codes_of(triples, rules.bins)
    return [rules.names[code] if code >= 0 else None for code in codes.tolist()]


def test_the_standard_names_are_those_of_the_note_for_every_code():
    assert [name_of(t, PUBLISHED) for t in all_triples(5)] == names_given(STANDARD_SEGMENTS)


def test_the_standard_names_share_125_codes_as_in_the_note():
    # Note, section 4.6, "Codes per name", enumerated.
    expected = {
        "Champions": 8,
        "Cannot Lose Them": 8,
        "Loyal": 26,
        "Potential Loyalists": 16,
        "New": 5,
        "Promising": 5,
        "Needs Attention": 9,
        "About to Sleep": 6,
        "At Risk": 26,
        "Lost": 6,
        "Hibernating": 10,
    }
    assert expected == Counter(names_given(STANDARD_SEGMENTS))
    assert set(expected) == set(STANDARD_SEGMENTS.names)


def test_the_standard_rules_cover_every_code_and_every_box_is_reached():
    found = STANDARD_SEGMENTS.check()
    assert (found.uncovered, found.unreachable_rules, found.unreachable_names) == ((), (), ())
    assert bool(found)


# --- any rules -----------------------------------------------------------------------------------


@st.composite
def rule_sets(draw):
    bins = draw(st.integers(2, 5))
    span = st.tuples(st.integers(1, bins), st.integers(1, bins)).map(sorted).map(tuple)
    boxes = draw(st.lists(st.tuples(st.sampled_from("ABCD"), span, span, span), max_size=6))
    otherwise = draw(st.sampled_from([None, "Rest", "A"]))
    return boxes, SegmentRules(
        tuple(SegmentRule(*box) for box in boxes), bins=bins, otherwise=otherwise
    )


@given(drawn=rule_sets())
def test_the_first_box_that_fits_names_the_code(drawn):
    boxes, rules = drawn
    expected = [name_of(t, boxes, rules.otherwise) for t in all_triples(rules.bins)]
    assert expected == names_given(rules)


@given(drawn=rule_sets())
def test_check_lists_codes_without_a_box_and_boxes_without_a_code(drawn):
    boxes, rules = drawn
    numbered = [(str(place), *box[1:]) for place, box in enumerate(boxes)]
    taken = {t: name_of(t, numbered) for t in all_triples(rules.bins)}
    dead = [place for place in range(len(boxes)) if str(place) not in taken.values()]
    alive_names = {boxes[int(place)][0] for place in taken.values() if place is not None}
    dead_names = dict.fromkeys(boxes[p][0] for p in dead if boxes[p][0] not in alive_names)

    found = rules.check()

    uncovered = tuple("".join(map(str, t)) for t, place in taken.items() if place is None)
    assert uncovered == found.uncovered
    assert tuple(SegmentRule(*boxes[place]) for place in dead) == found.unreachable_rules
    assert tuple(dead_names) == found.unreachable_names
    assert bool(found) is not (bool(uncovered) or bool(dead))


@given(drawn=rule_sets())
def test_rules_come_back_from_json_as_they_were(drawn):
    _, rules = drawn
    assert rules == SegmentRules.from_dict(json.loads(json.dumps(rules.to_dict())))


def test_a_name_that_one_of_two_equal_boxes_reaches_is_not_unreachable():
    box = SegmentRule("A", (1, 2), (1, 2), (1, 2))
    found = SegmentRules((box, box), bins=2).check()
    assert (box,) == found.unreachable_rules
    assert found.unreachable_names == ()


def test_names_stand_in_the_order_they_first_appear_with_the_rest_last():
    rules = SegmentRules(
        (
            SegmentRule("B", 3, (1, 3), (1, 3)),
            SegmentRule("A", 2, (1, 3), (1, 3)),
            SegmentRule("B", 1, 1, 1),
        ),
        bins=3,
        otherwise="Rest",
    )
    assert rules.names == ("B", "A", "Rest")


def test_lists_of_codes_are_rules_too():
    rules = SegmentRules.from_codes({"Best": ["333", "332"], "Rest": ["111"]}, bins=3)
    boxes = (("Best", 3, 3, 3), ("Best", 3, 3, 2), ("Rest", 1, 1, 1))
    assert tuple(SegmentRule(*box) for box in boxes) == rules.rules


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        SegmentRule("Too high", (4, 5), 1, 1),
        SegmentRule("Too low", 1, (0, 2), 1),
        SegmentRule("Upside down", 1, 1, (3, 2)),
    ],
    ids=lambda rule: rule.name,
)
def test_boxes_beyond_the_scores_are_refused_by_name(rule):
    fits = SegmentRule("Fits", (1, 4), (1, 4), (1, 4))
    with pytest.raises(InvalidArgumentError, match=rf"bins=4.*{rule.name}") as raised:
        SegmentRules((fits, rule), bins=4)
    assert "Fits" not in str(raised.value)


@pytest.mark.parametrize("bins", [5.0, True, 1, 100, "5"])
def test_bins_are_an_integer_from_two_to_ninety_nine(bins):
    with pytest.raises(InvalidArgumentError, match="bins must be"):
        SegmentRules((SegmentRule("Best", r=1, f=1, m=1),), bins=bins)


def test_rules_are_shown_by_their_names_and_as_a_table():
    rules = SegmentRules((SegmentRule("Best", r=(1, 2), f=2, m=2),), bins=2, otherwise="Rest")

    assert repr(rules) == "SegmentRules(2 segments by 1 rule over 2 bins: Best, Rest)"
    assert "<td>Best</td>\n      <td>1-2</td>\n      <td>2</td>" in rules._repr_html_()
    assert "10 of 14 rows" in STANDARD_SEGMENTS._repr_html_()


def test_all_boxes_that_do_not_fit_are_named_at_once():
    with pytest.raises(InvalidArgumentError, match=r"Champions.*Hibernating"):
        attrs.evolve(STANDARD_SEGMENTS, bins=3)


def test_codes_beyond_the_scores_are_refused():
    with pytest.raises(InvalidArgumentError, match=r"bins=4.*Best"):
        SegmentRules.from_codes({"Best": ["445"]}, bins=4)


def test_rules_for_another_number_of_bins_say_so():
    # Note, section 4.6: "made for 5 bins, the scores have 4".
    people = ck.CustomerSummary.from_arrays(
        customer=list(range(8)),
        last_day=np.datetime64("2026-03-01") - np.arange(8),
        as_of="2026-03-01",
        baskets=np.arange(1, 9),
        amount=np.arange(8) / 4,
    )
    scores = rfm(people, as_of="2026-03-01", bins=4)
    with pytest.raises(InvalidArgumentError, match="made for 5 bins, the scores have 4"):
        scores.segments()


@pytest.mark.parametrize(
    "change", [{"bins": "many"}, {"rules": [{"name": "A"}]}, {"boxes": []}], ids=str
)
def test_a_declaration_that_makes_no_sense_is_refused(change):
    with pytest.raises(InvalidArgumentError, match="no SegmentRules"):
        SegmentRules.from_dict({**STANDARD_SEGMENTS.to_dict(), **change})


# --- labels --------------------------------------------------------------------------------------


@given(lines=lines_of())
def test_every_customer_scored_gets_the_name_of_the_code(lines):
    scores = quietly(rfm, transactions(lines), as_of=day_asked_about(lines))

    labels = scores.segments()

    triples = zip(scores.r.tolist(), scores.f.tolist(), scores.m.tolist(), strict=True)
    assert [name_of(t, PUBLISHED) for t in triples] == labels.decode().tolist()
    assert scores.customer.tolist() == labels.ids.tolist()
    assert (labels.entity, labels.name) == ("customer", "segment")
    assert STANDARD_SEGMENTS.names == labels.names


def test_customers_in_no_box_have_no_segment():
    people = ck.CustomerSummary.from_arrays(
        customer=["low", "top"],
        last_day=["2026-01-01", "2026-02-01"],
        as_of="2026-03-01",
        baskets=[1, 2],
        amount=[1.0, 2.0],
    )
    scores = quietly(rfm, people, as_of="2026-03-01", bins=2)
    labels = scores.segments(SegmentRules((SegmentRule("Top", 2, 2, 2),), bins=2))
    assert labels.codes.tolist() == [-1, 0]
    assert labels.members("Top").tolist() == ["top"]


@pytest.mark.parametrize("code", ["4444", "4x4", "", "4.4"])
def test_a_code_is_three_digits(code):
    with pytest.raises(InvalidArgumentError, match="a code is three digits"):
        SegmentRules.from_codes({"a": [code]}, bins=4)


@pytest.mark.parametrize("scores", [(1, 2, 3), "1-2", 1.5, (), None])
def test_a_range_of_scores_is_one_integer_or_two(scores):
    with pytest.raises(InvalidArgumentError, match="one integer or"):
        SegmentRule("a", scores, 1, 1)


def test_numpy_integers_are_scores_too():
    assert SegmentRule("a", 3, (1, 2), 1) == SegmentRule("a", np.int64(3), np.array([1, 2]), 1)
