"""Feature bits: pairs, bytes, and what may not be ignored."""

from __future__ import annotations

import pytest

from payments.lightning.wire.features import (
    CHANNEL_FEATURES,
    INIT_FEATURES,
    INVOICE_FEATURES,
    KNOWN_IN_INIT,
    NODE_FEATURES,
    Feature,
    Features,
)


def test_either_bit_of_a_pair_is_the_feature() -> None:
    assert Features.decode(b"\x01\x00").has(Feature.VAR_ONION_OPTIN)
    assert Features.decode(b"\x02\x00").has(Feature.VAR_ONION_OPTIN)
    assert not Features.decode(b"\x04\x00").has(Feature.VAR_ONION_OPTIN)


def test_only_the_even_bit_requires() -> None:
    assert Features.decode(b"\x01\x00").requires(Feature.VAR_ONION_OPTIN)
    assert not Features.decode(b"\x02\x00").requires(Feature.VAR_ONION_OPTIN)


def test_bytes_are_as_few_as_hold_the_highest_bit() -> None:
    assert b"" == Features().encode()
    assert b"\x80" == Features(1 << 7).encode()
    assert b"\x01\x00" == Features(1 << 8).encode()
    assert b"\x01\x00" == Features.decode(b"\0\0\x01\0").encode()


def test_unknown_even_bits_are_named_and_odd_ones_are_not() -> None:
    features = Features(1 << 100 | 1 << 101 | 1 << Feature.BASIC_MPP)
    assert (100,) == features.unknown_required()
    assert (Feature.BASIC_MPP, 100) == features.unknown_required({Feature.VAR_ONION_OPTIN})


def test_a_set_that_lacks_what_it_builds_on_says_what() -> None:
    assert (Feature.PAYMENT_SECRET,) == Features.of(optional=[Feature.BASIC_MPP]).missing_dependencies()
    assert () == INIT_FEATURES.missing_dependencies()


def test_names_are_those_of_the_specification() -> None:
    assert ("basic_mpp", "bit_200") == Features(1 << 17 | 1 << 200).names()


def test_numbers_rise() -> None:
    assert (8, 14, 17, 37) == INVOICE_FEATURES.numbers()


@pytest.mark.parametrize("features", [INIT_FEATURES, NODE_FEATURES, CHANNEL_FEATURES, INVOICE_FEATURES])
def test_we_require_nothing_that_we_do_not_know_ourselves(features: Features) -> None:
    assert () == features.unknown_required(KNOWN_IN_INIT)


def test_we_announce_what_the_engine_does() -> None:
    # data_loss_protect, var_onion, static_remotekey, payment_secret, basic_mpp, large channels, anchors, shutdown_anysegwit,
    # attribution_data, channel_type
    assert (1, 8, 12, 14, 17, 19, 23, 27, 37, 45) == INIT_FEATURES.numbers()


def test_sets_can_be_joined() -> None:
    assert Features(0b110) == Features(0b100) | Features(0b010)
