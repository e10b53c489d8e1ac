"""The human-readable part: one factor of a thousand is a disaster, so every unit and every limit stands here."""

from __future__ import annotations

import pytest

from payments.lightning.invoice.amounts import read_amount, read_prefix, write_amount, write_prefix
from payments.lightning.invoice.errors import AmountMalformed, AmountTooFine, AmountTooLarge, AmountZero, UnknownPrefix
from payments.lightning.invoice.network import Network
from payments.lightning.units import MAX_MSAT


@pytest.mark.parametrize(
    ("field", "amount_msat"),
    [
        ("1", 10**11),
        ("20m", 2_000_000_000),
        ("2500u", 250_000_000),
        ("1n", 100),
        ("10p", 1),
        ("9678785340p", 967_878_534),
        ("1000", 10**14),
        ("21000000", MAX_MSAT),
        ("21000000000000000000p", MAX_MSAT),
    ],
)
def test_amounts_are_read(field: str, amount_msat: int) -> None:
    assert amount_msat == read_amount(field)


@pytest.mark.parametrize("field", ["1", "20m", "2500u", "1n", "10p", "9678785340p", "1000", "20999999999999999990p", "123m"])
def test_the_shortest_form_is_written(field: str) -> None:
    assert field == write_amount(read_amount(field))


@pytest.mark.parametrize("field", ["0", "0u", "00", "000p"])
def test_an_amount_is_not_nothing(field: str) -> None:
    with pytest.raises(AmountZero):
        read_amount(field)


@pytest.mark.parametrize("field", ["01", "025m", "2500x", "2500uu", "2500u!zz", "1.5m", "1e3", "-1", "1_000", "1 m", "\u0661", "1M"])
def test_an_amount_is_digits_and_one_letter(field: str) -> None:
    with pytest.raises(AmountMalformed) as refused:
        read_amount(field)
    assert field == refused.value.amount


@pytest.mark.parametrize("field", ["1p", "15p", "2500000001p"])
def test_nothing_is_finer_than_a_millisatoshi(field: str) -> None:
    with pytest.raises(AmountTooFine) as refused:
        read_amount(field)
    assert field == refused.value.amount


@pytest.mark.parametrize("field", ["21000001", "21000000000001u", "21000000000000000010p", "9" * 30, "1" + "0" * 6000])
def test_nothing_is_more_than_all_bitcoin(field: str) -> None:
    with pytest.raises(AmountTooLarge) as refused:
        read_amount(field)
    assert MAX_MSAT == refused.value.limit_msat


def test_what_cannot_be_paid_is_not_written() -> None:
    with pytest.raises(AmountZero):
        write_amount(0)
    with pytest.raises(AmountZero):
        write_amount(-1)
    with pytest.raises(AmountTooLarge):
        write_amount(MAX_MSAT + 1)


@pytest.mark.parametrize(
    ("prefix", "network"),
    [("lnbc", Network.MAINNET), ("lntb", Network.TESTNET), ("lntbs", Network.SIGNET), ("lnbcrt", Network.REGTEST)],
)
def test_every_network_has_its_prefix(prefix: str, network: Network) -> None:
    assert (network, None) == read_prefix(prefix)
    assert (network, 250_000_000) == read_prefix(f"{prefix}2500u")
    assert prefix == write_prefix(network, None)


@pytest.mark.parametrize("prefix", ["lnltc", "lnbcx", "lnb", "ln", "bc", "lnbc!junk", "lnurl", "xlnbc", "lnbcr1"])
def test_other_prefixes_are_named(prefix: str) -> None:
    with pytest.raises(UnknownPrefix) as refused:
        read_prefix(prefix)
    assert prefix == refused.value.prefix
