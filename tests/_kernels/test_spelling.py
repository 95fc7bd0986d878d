"""Text as numbers, against Python's own order of text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmkit._kernels.encoding import text_order
from crmkit._kernels.spelling import letters_of, letters_of_joined, spell, texts_of

ALPHABETS = st.sampled_from(["01", "0123456789", "aAzZ", "é€\U0001f600\ud800a", "\x01\x7f\u07ff "])
TEXTS = ALPHABETS.flatmap(lambda letters: st.lists(st.text(letters, max_size=4), max_size=30))


def joined(texts):
    return letters_of_joined("\0".join(texts), len(texts)) if texts else np.zeros((0, 0), np.uint8)


def from_buffer(texts):
    encoded = [text.encode(errors="surrogatepass") for text in texts]
    sizes = np.array([len(data) for data in encoded], dtype=np.int32)
    return letters_of(np.frombuffer(b"".join(encoded), dtype=np.uint8), sizes)


@pytest.mark.parametrize("cut", [joined, from_buffer])
@given(first=TEXTS, second=TEXTS)
def test_numbers_of_texts_stand_in_text_order_and_turn_back_into_the_texts(cut, first, second):
    spelled = spell([cut(first), cut(second)])
    texts = first + second

    if spelled is None:  # four letters of four bytes each
        assert max(len(text.encode(errors="surrogatepass")) for text in texts) >= 8
        return
    pairs = sorted(zip(texts, spelled.numbers.tolist(), strict=True))
    assert sorted(set(spelled.numbers.tolist())) == list(dict.fromkeys(n for _, n in pairs))
    assert len(set(texts)) == len(set(spelled.numbers.tolist()))
    assert texts == texts_of(*spelled).tolist()


def test_ids_that_vary_in_their_digits_are_numbered_by_them():
    spelled = spell([joined(["B0010", "B0042"]), joined(["B0097"])])
    # Tens 1 to 9 and units 0 to 7: places of base 9 and 8.
    assert [0 * 8 + 0, 3 * 8 + 2, 8 * 8 + 7] == spelled.numbers.tolist()
    assert (1, 1, 1, 9, 8) == spelled.spelling.bases


def test_a_text_that_ends_comes_before_every_letter():
    spelled = spell([joined(["7", "", "70", "79"])])
    assert [11, 0, 12, 21] == spelled.numbers.tolist()


@pytest.mark.parametrize("texts", [["a\0b"], ["a", "b\0"], ["\0"], ["x" * 65]])
@pytest.mark.parametrize("cut", [joined, from_buffer])
def test_long_texts_and_texts_with_zeros_are_not_spelled(cut, texts):
    assert spell([cut(texts)]) is None


def test_numbers_must_fit_64_bits():
    def spelled(places):
        return spell([joined(["0" * places, "7" * places])])

    assert 2**63 - 1 == spelled(21).numbers.max()
    assert spelled(22) is None


@given(texts=st.lists(st.text("ab\0é\U0001f600", max_size=20), unique=True))
def test_texts_are_ordered_by_code_point(texts):
    order = text_order(np.array(texts, dtype=object))
    assert sorted(texts) == [texts[k] for k in order]


@given(texts=st.lists(st.text("ab", min_size=6, max_size=30), unique=True))
def test_texts_that_tie_for_many_letters_are_ordered_too(texts):
    order = text_order(np.array(texts, dtype=object))
    assert sorted(texts) == [texts[k] for k in order]
