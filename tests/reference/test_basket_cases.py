"""Worked cases of other libraries for baskets, itemsets and rules; each keeps its origin.

A case is answered by the function of its kind. Kinds without a function yet wait in `WAITING`, and
what is no question of this library stands in `NOT_CLAIMED` with the reason.
"""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from scipy import sparse

from crmkit.segmentation import Baskets, Itemsets, frequent_itemsets
from itemset_oracles import maximal
from shared_data import case, shared_file

FILE = "basket.json"


def baskets_of(given):
    if "transactions" in given:
        return Baskets.from_lists(given["transactions"])
    return Baskets.from_matrix(np.array(given["matrix"], dtype=bool), products=given["columns"])


def mined(given, params, kind="frequent"):
    return frequent_itemsets(
        baskets_of(given), params["min_support"], max_len=params.get("max_len"), kind=kind
    )


def supports(itemsets):
    labels = map(frozenset, itemsets.labels())
    return {z: round(float(s), 4) for z, s in zip(labels, itemsets.support, strict=True)}


def expected_supports(listed):
    return {frozenset(labels): round(support, 4) for labels, support in listed}


# --- kinds of itemsets ---------------------------------------------------------------------------


def check_sets(worked):
    found = mined(worked["input"], worked["params"], worked["kind"])
    if isinstance(worked["expected"][0][0], list):
        assert expected_supports(worked["expected"]) == supports(found)
    else:
        assert set(map(frozenset, worked["expected"])) == set(supports(found))


def check_bool_input(worked):
    """All kinds of 0 and 1 give the same, as the note of the case asks."""
    table = np.array(worked["input"]["matrix"])
    for matrix in (table.astype(bool), table, table.astype(float), sparse.csr_array(table)):
        baskets = Baskets.from_matrix(matrix, products=worked["input"]["columns"])
        found = frequent_itemsets(baskets, worked["params"]["min_support"])
        assert expected_supports(worked["expected"]) == supports(found)


def check_explicit_zeros(worked):
    table = np.array(worked["input"]["matrix"])
    stored = table.copy()
    stored[3] = 1
    matrix = sparse.csr_array(stored)
    matrix.data[matrix.indptr[3] : matrix.indptr[4]] = table[3]
    assert matrix.nnz > np.count_nonzero(table)

    baskets = Baskets.from_matrix(matrix, products=worked["input"]["columns"])
    found = frequent_itemsets(baskets, worked["params"]["min_support"])
    assert expected_supports(worked["expected"]) == supports(found)


def check_nothing(worked):
    found = mined(worked["input"], worked["params"])
    assert worked["expected"]["itemsets"] == list(found.labels())


def check_iterator(worked):
    lists, share = worked["input"]["transactions"], worked["params"]["min_support"]
    one_shot = Baskets.from_lists(iter([iter(basket) for basket in lists]))
    assert frequent_itemsets(one_shot, share) == mined(worked["input"], worked["params"])


def check_maximal_of_a_collection(worked):
    """Which sets of any collection are maximal in it: no mining, so said of the oracle itself.

    Mined maximal sets are those of the collection of all frequent sets; the oracle that they are
    compared with everywhere else has the flags of this case.
    """
    sets = [frozenset(labels) for labels in worked["input"]["sets"]]
    kept = maximal(dict.fromkeys(sets, 1), 1)
    assert worked["expected"] == [labels in kept for labels in sets]

    baskets = Baskets.from_lists(sets)
    found = frequent_itemsets(baskets, 1, kind="maximal")
    assert set(kept) == set(map(frozenset, found.labels()))


# --- which baskets -------------------------------------------------------------------------------


def check_tids(worked):
    baskets = baskets_of(worked["input"])
    assert [0, 3] == baskets.containing([0]).tolist()
    assert [1] == baskets.containing([2, 3]).tolist()
    for labels, share in [([0], 0.5), ([0], 0.55), ([0, 1], 0.25), ([0, 1], 0.26)]:
        name = f"{{{','.join(map(str, labels))}}} at {share:g}".replace("0.", ".")
        there = set(map(frozenset, frequent_itemsets(baskets, share).labels()))
        assert worked["expected"][name] == (frozenset(labels) in there)


def check_tid_matrix(worked):
    baskets = baskets_of(worked["input"])
    found = mined(worked["input"], worked["params"])
    names = [f"Tr{row + 1}" for row in baskets.containing(["a", "d"])]
    assert worked["expected"]["{a,d}"] == names
    assert worked["expected"]["tid_matrix_shape"] == [len(found), len(baskets)]
    tids = [len(baskets.containing(labels)) for labels in found.labels()]
    assert found.counts.tolist() == tids


# --- errors --------------------------------------------------------------------------------------


def ask(given, params):
    if "matrix" in given:
        table = np.array(given["matrix"])
        return Baskets.from_matrix(table, products=given["columns"])
    return mined(given, params)


def check_error(worked):
    assert worked["expected"]["error"] == "ValueError"
    with pytest.raises(
        ValueError, match=re.escape(worked["expected"].get("mentions", "min_support"))
    ):
        ask(worked["input"], worked["params"])


# --- sets with counts given ----------------------------------------------------------------------


def check_given_counts(worked):
    """The half of these cases that is no rule: known counts become itemsets."""
    sets, counts = zip(*worked["input"]["itemset_counts"], strict=True)
    itemsets = Itemsets.from_counts(sets, counts, n_baskets=worked["input"]["n"])
    held = dict(zip(map(frozenset, itemsets.labels()), itemsets.counts.tolist(), strict=True))
    assert dict(zip(map(frozenset, sets), counts, strict=True)) == held


def check_mined_counts(worked):
    found = mined(worked["input"], worked["params"])
    held = dict(zip(map(frozenset, found.labels()), found.counts.tolist(), strict=True))
    assert {frozenset(z): count for z, count in worked["expected"]["itemset_counts"]} == held


CLAIMED = {
    "mlx-freq-maxlen2": check_sets,
    "mlx-maximal-maxlen2": check_sets,
    "mlx-bool-input": check_bool_input,
    "mlx-sparse-explicit-zero": check_explicit_zeros,
    "mlx-err-support0": check_error,
    "mlx-err-nonbinary": check_error,
    "mlx-ex2-max": check_sets,
    "mlx-apr-0.4-max3": check_sets,
    "mlx-apr-support1": check_sets,
    "ea-empty": check_nothing,
    "ea-iterator": check_iterator,
    "ea-tidsets": check_tids,
    "ar-eclat-20": check_sets,
    "ar-eclat-tids": check_tid_matrix,
    "ar-generators": check_sets,
    "ar-closed": check_sets,
    "ar-ismaximal": check_maximal_of_a_collection,
}
"""By id: what proves the case."""


@pytest.mark.parametrize("case_id", CLAIMED)
def test_worked_cases(case_id):
    CLAIMED[case_id](case(FILE, case_id))


ITEMSETS_OF_RULES = {
    "ea-issue57": check_mined_counts,
    "ea-doc-genrules": check_given_counts,
    "ru-kosarak-rules": check_given_counts,
}
"""Cases about rules that also say which counts the rules stand on."""


@pytest.mark.parametrize("case_id", ITEMSETS_OF_RULES)
def test_counts_that_rules_stand_on(case_id):
    ITEMSETS_OF_RULES[case_id](case(FILE, case_id))


# --- kinds whose function is not there yet -------------------------------------------------------

WAITING: dict[str, tuple[str, ...]] = {
    "association_rules(...), how many rules": (
        "mlx-rules-leverage-0.1",
        "mlx-rules-confidence-0.8",
        "mlx-rules-representativity-1.0",  # 1 for every rule where no value is missing
        "mlx-rules-kulczynski-0.9",
        "mlx-rules-kulczynski-0.6",
        "mlx-rules-confidence-2",  # an empty answer, no error
        "ar-apriori-lhs-ab-rhs-c",  # with the empty antecedent
    ),
    "association_rules(...), the rules with their metrics": (
        "ea-vs-R-2",
        "ea-vs-R-3",
        "ea-issue57",
        "ea-doc-apriori",
        "ea-doc-genrules",  # of Itemsets.from_counts
        "ar-induce-1.0",
        "ru-kosarak-rules",  # of Itemsets.from_counts
    ),
    "association_rules(...), confidence at its threshold": ("own-confidence-105of350",),
    "association_rules(...), errors": ("mlx-wrong-metric", "ar-appearance-conflict"),
    "AssociationRules.metric(...) of a table of four counts": (
        "ar-measures-adult-2",
        "ar-measures-adult-4",
        "ar-measures-adult-13",
        "ar-measures-adult-16",
        "ar-measures-adult-31",
        "ar-measures-adult-51",
    ),
    "all-confidence of itemsets": ("ar-allconfidence",),
    "profitable_itemsets(...)": ("ru-hupm",),
    "substitutes(...)": ("ru-substitutes",),
}
"""By the function to come: fill in a check in `CLAIMED` and take the id out here."""

SEQUENCES = "sequences of baskets in time: another question than what is bought together"
NOT_CLAIMED = {
    "as-zaki-0.4": SEQUENCES,
    "as-zaki-0.4-max2": SEQUENCES,
    "as-zaki-maximal": SEQUENCES,
}


def test_every_case_of_the_file_is_mapped_once():
    listed = json.loads(shared_file("cases", FILE).read_text(encoding="utf-8"))["cases"]
    mapped = [*CLAIMED, *NOT_CLAIMED, *(case_id for ids in WAITING.values() for case_id in ids)]

    assert sorted(each["id"] for each in listed) == sorted(mapped)
