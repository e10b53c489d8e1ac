"""Feature bits of invoices: known pairs, unknown ones, and what builds upon what."""

from __future__ import annotations

import pytest

from payments.lightning.invoice.errors import FeatureDependencyMissing, UnknownRequiredFeature
from payments.lightning.invoice.features import InvoiceFeature, has_feature, read_features, write_features

KNOWN = (8, 14, 16, 24, 36, 48)


def test_the_known_features_are_those_of_bolt_9() -> None:
    assert KNOWN == tuple(InvoiceFeature)


@pytest.mark.parametrize("bits", [{8, 14}, {9, 15, 17}, {14, 16, 24, 36, 48}, {8, 14, 99}, {4999}])
def test_bits_are_read_as_written(bits: set[int]) -> None:
    assert bits == read_features(write_features(frozenset(bits)))


def test_the_lowest_unknown_required_bit_is_named() -> None:
    with pytest.raises(UnknownRequiredFeature) as refused:
        read_features(write_features(frozenset({8, 99, 100, 20})))
    assert 20 == refused.value.bit


@pytest.mark.parametrize("bit", range(0, 130, 2))
def test_an_even_bit_is_known_or_refused(bit: int) -> None:
    words = write_features(frozenset({bit, 15}))
    if bit in KNOWN:
        assert bit in read_features(words)
    else:
        with pytest.raises(UnknownRequiredFeature):
            read_features(words)


@pytest.mark.parametrize("bit", [16, 17])
def test_parts_need_a_secret(bit: int) -> None:
    with pytest.raises(FeatureDependencyMissing) as refused:
        read_features(write_features(frozenset({8, bit})))
    assert ("basic_mpp", "payment_secret") == (refused.value.feature, refused.value.needs)


def test_either_bit_of_a_pair_is_support() -> None:
    assert has_feature(frozenset({16}), InvoiceFeature.BASIC_MPP)
    assert has_feature(frozenset({17}), InvoiceFeature.BASIC_MPP)
    assert not has_feature(frozenset({15, 18}), InvoiceFeature.BASIC_MPP)
