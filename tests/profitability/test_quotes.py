"""Quotes and duties: what they accept, and how they say no."""

from decimal import Decimal
from fractions import Fraction

import pytest

from crmkit.errors import InvalidArgumentError, InvalidDataError
from crmkit.profitability import ImportDuty, Quote


def test_a_quote_knows_who_bears_what():
    quote = Quote("Acme", 5, "cip", seller_bears=["on_carriage"])
    assert ("CIP", "seller") == (quote.bearers.code, quote.bearers.bearer("on_carriage"))
    assert "DAP" == Quote("Acme", 5, "DDU", version=2000).bearers.successor


def test_equal_quotes_are_equal_and_hashable():
    one = Quote("Acme", "5", "FOB", segment_costs={"unloading": "2"})
    assert 1 == len({one, Quote("Acme", "5", "FOB", segment_costs={"unloading": "2"})})
    assert one != Quote("Acme", "5", "FOB")


@pytest.mark.parametrize(
    ("arguments", "options", "match"),
    [
        (("Acme", 1, "DDU"), {}, "became DAP"),
        (("Acme", 1, "FOB"), {"buyer_bears": "packing"}, "FOB fixes who bears packing"),
        (
            ("Acme", 1, "FOB"),
            {"segment_costs": {"insurence": 1, "main": 2}},
            "segment_costs of Acme.*did you mean 'insurance'.*'main' is no segment",
        ),
    ],
)
def test_odd_quotes_are_refused(arguments, options, match):
    with pytest.raises(InvalidArgumentError, match=match):
        Quote(*arguments, **options)


@pytest.mark.parametrize("rate", ["0.065", 0.065, Decimal("0.065"), Fraction(13, 200)])
def test_a_rate_is_exact(rate):
    assert ImportDuty("0.065") == ImportDuty(rate)
    assert Fraction(13, 200) == ImportDuty(rate).rate


@pytest.mark.parametrize(
    ("rate", "options", "error", "match"),
    [
        ("-0.01", {}, InvalidArgumentError, "one number >= 0, '0.065' for 6.5 %; got '-0.01'"),
        (["0.01", "0.02"], {}, InvalidArgumentError, "must be one number"),
        ("6 %", {}, InvalidDataError, "'6 %', no number"),
        ("0.01", {"base": "cif"}, InvalidArgumentError, "base must be one of 'CIF', 'FOB'"),
        ("0.01", {"rounding": "halfup"}, InvalidArgumentError, "did you mean 'half_up'"),
    ],
)
def test_odd_duties_are_refused(rate, options, error, match):
    with pytest.raises(error, match=match):
        ImportDuty(rate, **options)
