"""Incoterms: who bears what under every rule and edition, and that no rule changes the total."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability import Party, Segment, incoterm_bearers
from shared_data import case

# How the rules read segment by segment: the rules under which the seller bears it. ICC, Incoterms
# 2020; the same 11 x 11 answers as the open engine incoterms2020.
SELLER_BEARS = {
    "packing": "EXW FCA FAS FOB CFR CIF CPT CIP DAP DPU DDP",
    "loading": "FCA FAS FOB CFR CIF CPT CIP DAP DPU DDP",
    "pre_carriage": "FCA FAS FOB CFR CIF CPT CIP DAP DPU DDP",
    "export_clearance": "FCA FAS FOB CFR CIF CPT CIP DAP DPU DDP",
    "origin_terminal": "FOB CFR CIF CPT CIP DAP DPU DDP",
    "main_carriage": "CFR CIF CPT CIP DAP DPU DDP",
    "insurance": "CIF CIP DAP DPU DDP",
    "destination_terminal": "DAP DPU DDP",
    "import_clearance": "DDP",
    "on_carriage": "DAP DPU DDP",
    "unloading": "DPU",
}
RULES = SELLER_BEARS["packing"].split()
RETIRED = {
    ("DAT", 2010): "DPU",
    ("DDU", 2000): "DAP",
    ("DDU", 1990): "DAP",
    ("DAF", 2000): "DAP",
    ("DES", 2000): "DAP",
    ("DEQ", 2000): "DPU",
    ("DEQ", 1990): "DPU",
    ("C&F", 1990): "CFR",
    ("C&F", 1980): "CFR",
    ("DCP", 1980): "CPT",
    ("FRC", 1990): "FCA",
    ("FOR", 1980): "FCA",
    ("FOT", 1980): "FCA",
    ("FOR/FOT", 1980): "FCA",
    ("FOA", 1980): "FCA",
}
EVERY = [(code, 2020) for code in RULES] + list(RETIRED)
STARRED = {
    "FCA": {"pre_carriage"},
    "CPT": {"destination_terminal", "on_carriage"},
    "CIP": {"destination_terminal", "on_carriage"},
}


@pytest.mark.parametrize("code", RULES)
@pytest.mark.parametrize("segment", SELLER_BEARS)
def test_each_rule_gives_each_segment_to_one_party(code, segment):
    expected = "seller" if code in SELLER_BEARS[segment].split() else "buyer"
    assert expected == incoterm_bearers(code).bearer(segment)


def test_the_segments_stand_in_the_order_they_arise():
    assert list(SELLER_BEARS) == list(Segment)
    frame = incoterm_bearers("CPT").to_frame()
    assert ["segment", "bearer"] == list(frame.columns)
    assert list(SELLER_BEARS) == frame["segment"].tolist()


@pytest.mark.parametrize("code", RULES)
def test_only_four_rules_are_for_the_sea(code):
    assert ("sea" if code in ("FAS", "FOB", "CFR", "CIF") else "any") == incoterm_bearers(code).mode


def test_insurance_is_owed_under_two_rules_and_taken_for_oneself_under_three():
    owed = {code for code in RULES if incoterm_bearers(code).insurance_owed}
    paid = {code for code in RULES if incoterm_bearers(code).bearer("insurance") is Party.SELLER}
    assert {"CIF", "CIP"} == owed
    assert {"DAP", "DPU", "DDP"} == paid - owed
    covers = {code: incoterm_bearers(code).insurance_cover for code in ("CIF", "CIP", "DAP")}
    assert {"CIF": "ICC C", "CIP": "ICC A", "DAP": None} == covers


@pytest.mark.parametrize(
    ("place", "codes"),
    {
        "premises": "EXW",
        "carrier": "FCA CPT CIP",
        "alongside": "FAS",
        "on board the ship, origin": "FOB CFR CIF",
        "destination, ready to unload": "DAP DDP",
        "destination, unloaded": "DPU",
    }.items(),
)
def test_risk_passes_where_the_rule_says(place, codes):
    assert codes.split() == [c for c in RULES if place in incoterm_bearers(c).risk_passes]


@pytest.mark.parametrize("code", RULES)
def test_the_two_parties_share_out_all_segments(code):
    found = incoterm_bearers(f" {code.lower()} ")
    assert (code, 2020, None, 11) == (found.code, found.version, found.successor, len(found))
    assert sorted(Segment) == sorted(found.seller + found.buyer)


# --- editions ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "successor"), RETIRED.items())
def test_a_retired_rule_answers_in_its_edition_and_names_its_successor(asked, successor):
    code, version = asked
    found = incoterm_bearers(code, version=version)
    assert (version, successor) == (found.version, found.successor)
    with pytest.raises(InvalidArgumentError, match=f"Say '{successor}'.*version={version}"):
        incoterm_bearers(code)


@pytest.mark.parametrize(
    ("asked", "like"),
    {
        ("DDU", 2000): "DAP",
        ("C&F", 1990): "CFR",
        ("DCP", 1990): "CPT",
        ("FRC", 1990): "FCA",
        ("FOR", 1990): "FCA",
        ("FOA", 1990): "FCA",
        ("FOB", 1990): "FOB",
    }.items(),
)
def test_some_only_changed_their_name(asked, like):
    assert incoterm_bearers(asked[0], version=asked[1]).bearers == incoterm_bearers(like).bearers


def test_others_end_sooner_than_their_successor():
    old = [("DAT", 2010), ("DEQ", 2000), ("DES", 2000), ("DAF", 2000)]
    last = [incoterm_bearers(code, version=version).seller[-1].value for code, version in old]
    assert ["destination_terminal", "destination_terminal", "insurance", "insurance"] == last


def test_what_editions_changed():
    def bearer(code, version, segment):
        return incoterm_bearers(code, version=version).bearer(segment).value

    assert ["buyer", "seller", "seller"] == [
        bearer("FAS", version, "export_clearance") for version in (1990, 2000, 2020)
    ]
    assert ["seller", "buyer"] == [bearer("DEQ", v, "import_clearance") for v in (1990, 2000)]
    assert "rail" in incoterm_bearers("FOB", version=2000).risk_passes
    assert "on board" in incoterm_bearers("FOB", version=2010).risk_passes
    assert ["ICC C", "ICC A"] == [
        incoterm_bearers("CIP", version=v).insurance_cover for v in (2010, 2020)
    ]


def test_the_way_to_the_successor_is_told():
    with pytest.raises(InvalidArgumentError, match="DAT, then DPU. Say 'DPU'.*=2000 or .*=1990"):
        incoterm_bearers("DEQ")
    with pytest.raises(InvalidArgumentError, match="Incoterms 2010: it became .* Say 'DAT'"):
        incoterm_bearers("DEQ", version=2010)


@pytest.mark.parametrize(
    ("code", "options", "match"),
    [
        ("FOBB", {}, "'FOBB' is no Incoterm. Those of 2020 are EXW, .*did you mean 'FOB'"),
        (None, {}, "None is no Incoterm"),
        ("FOB", {"version": 2015}, "an edition.* 1980, 1990, 2000, 2010, 2020; got 2015"),
        ("XXX", {"version": "2000"}, "(?s)no Incoterm.*got '2000'"),
        ("DPU", {"version": 2010}, "DPU is no rule of Incoterms 2010. Say version=2020"),
        ("DAP", {"version": 2000}, "Say version=2020 or version=2010"),
    ],
)
def test_rules_that_are_none_are_refused(code, options, match):
    with pytest.raises(InvalidArgumentError, match=match):
        incoterm_bearers(code, **options)


# --- the named place -----------------------------------------------------------------------------


@pytest.mark.parametrize("code", RULES)
@pytest.mark.parametrize("segment", list(Segment))
def test_the_named_place_moves_the_starred_segments_only(code, segment):
    usual = incoterm_bearers(code)
    to = "buyer" if usual.bearer(segment) is Party.SELLER else "seller"
    if segment in STARRED.get(code, ()):
        moved = incoterm_bearers(code, **{f"{to}_bears": segment})
        changed = [s for s in Segment if moved.bearer(s) is not usual.bearer(s)]
        assert [segment] == changed
    else:
        with pytest.raises(InvalidArgumentError, match=f"{code} fixes who bears {segment}"):
            incoterm_bearers(code, **{f"{to}_bears": (segment,)})
    assert STARRED.get(code, set()) == set(usual.place_decides)


def test_all_that_cannot_be_moved_is_listed():
    with pytest.raises(InvalidArgumentError) as refused:
        incoterm_bearers("CPT", buyer_bears=["packing", "on_carriage"], seller_bears="on_carriage")
    assert (
        "on_carriage cannot be borne by buyer and seller both.\nCPT fixes who bears packing; the"
        " named place can move destination_terminal and on_carriage."
    ) == str(refused.value)
    with pytest.raises(InvalidArgumentError, match="can move no segment"):
        incoterm_bearers("FOB", seller_bears=["insurance"])


def test_unknown_segments_are_named_with_the_nearest():
    with pytest.raises(InvalidArgumentError, match="buyer_bears.*did you mean 'pre_carriage'"):
        incoterm_bearers("FCA", buyer_bears=["precarriage"])
    with pytest.raises(InvalidArgumentError, match="'freight' is no segment.*main_carriage"):
        incoterm_bearers("FCA").bearer("freight")


# --- what it costs -------------------------------------------------------------------------------

cents = st.integers(0, 10**9)
all_costs = st.lists(cents, min_size=11, max_size=11)


@given(units=all_costs)
@settings(max_examples=15)
def test_a_rule_moves_the_split_never_the_total(units):
    costs = {s: f"{n // 100}.{n % 100:02}" for s, n in zip(Segment, units, strict=True)}
    for code, version in EVERY:
        found = incoterm_bearers(code, version=version)
        split = found.operation_cost(costs)
        by_hand = [n for s, n in zip(Segment, units, strict=True) if s in found.seller]
        assert (sum(by_hand), sum(units)) == (split.seller, split.total)


def test_the_worked_operation_of_the_open_engine():
    # CallejaJ/incoterms2020, engine.test.ts
    given_ = case("landed.json", "incoterm-total")
    costs = dict(zip(Segment, given_["inputs"]["costs"].values(), strict=True))
    split = {code: incoterm_bearers(code).operation_cost(costs) for code in RULES}
    expected = given_["expected"]
    assert expected["EXW_seller"] * 100 == split["EXW"].seller
    assert expected["DDP_buyer"] * 100 == split["DDP"].buyer
    assert expected["CIF_minus_CFR_seller"] * 100 == split["CIF"].seller - split["CFR"].seller
    assert {sum(costs.values()) * 100} == {both.total for both in split.values()}


def test_costs_are_read_in_the_digits_of_the_currency():
    costs = dict.fromkeys(Segment, 0) | {"packing": 1500, "unloading": np.float64(20)}
    split = incoterm_bearers("EXW").operation_cost(costs, digits=0)
    assert (1500, 20) == (split.seller, split.buyer)
    costs["packing"] = "0.125"
    assert 13 == incoterm_bearers("EXW").operation_cost(costs, rounding="half_up").seller


def test_all_odd_costs_are_told_in_one_error():
    costs = dict.fromkeys(Segment, "1.00")
    costs |= {"packing": None, "insurance": "0.001", "loading": -3}
    del costs["unloading"], costs["on_carriage"]
    with pytest.raises(InvalidDataError) as refused:
        incoterm_bearers("EXW").operation_cost(costs)
    text = str(refused.value)
    assert 4 == len(text.splitlines())
    for part in (
        "no cost is given for on_carriage, unloading. Unknown is not 0",
        "packing: 1 value missing",
        "insurance: 1 value finer than 2 digits",
        "loading: a cost is not negative; got -3",
    ):
        assert part in text
    with pytest.raises(InvalidArgumentError, match="did you mean 'main_carriage'"):
        incoterm_bearers("EXW").operation_cost({"main_cariage": 1})


def test_an_answer_says_its_rule():
    cip = incoterm_bearers("CIP")
    assert "IncotermBearers(CIP 2020: seller bears 7 of 11 segments)" == repr(cip)
    old = incoterm_bearers("DDU", version=2000)
    assert "IncotermBearers(DDU 2000, now DAP: seller bears 9 of 11 segments)" == repr(old)
    assert "<p>IncotermBearers(DDU 2000" in old._repr_html_()
    assert old == incoterm_bearers("ddu", version=2000)
    assert 2 == len({old, incoterm_bearers("DAP")})
