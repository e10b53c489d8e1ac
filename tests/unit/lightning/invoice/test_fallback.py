"""Fallback addresses: a wrong letter here burns money."""

from __future__ import annotations

import pytest

from payments.lightning.invoice.fallback import Fallback, read_fallback, write_fallback
from payments.lightning.invoice.network import Network

HASH = bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6")
X_ONLY = bytes.fromhex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")


@pytest.mark.parametrize(
    ("version", "program", "network", "address"),
    [
        # BIP 173, Examples; BIP 350, Test vectors for v0-v16 native segregated witness addresses
        (0, HASH, Network.MAINNET, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
        (0, HASH, Network.TESTNET, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"),
        (0, HASH, Network.SIGNET, "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"),
        (1, X_ONLY, Network.MAINNET, "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"),
        (1, HASH + HASH, Network.MAINNET, "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y"),
        (16, HASH[:2], Network.MAINNET, "bc1sw50qgdz25j"),
        (17, HASH, Network.MAINNET, "1BgGZ9tcN4rm9KBzDn7KprQz87SZ26SAMH"),
        (17, HASH, Network.TESTNET, "mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r"),
        (18, bytes(20), Network.MAINNET, "31h1vYVSYuKP6AhS86fbRdMw9XHieotbST"),
        (18, bytes(20), Network.REGTEST, "2MsFDzHRUAMpjHxKyoEHU3aMCMsVtMqs1PV"),
    ],
)
def test_an_address_is_what_other_wallets_read(version: int, program: bytes, network: Network, address: str) -> None:
    assert address == Fallback(version=version, program=program).address(network)


@pytest.mark.parametrize("fallback", [Fallback(version=version, program=HASH) for version in (0, 1, 16, 17, 18)])
def test_what_is_written_is_read(fallback: Fallback) -> None:
    assert fallback == read_fallback(write_fallback(fallback))


@pytest.mark.parametrize(("version", "length"), [(0, 19), (0, 21), (0, 33), (1, 1), (1, 41), (17, 19), (18, 32), (19, 20), (31, 32)])
def test_what_nobody_can_pay_to_is_not_an_address(version: int, length: int) -> None:
    fallback = Fallback(version=version, program=bytes(length))
    with pytest.raises(ValueError, match="no such address"):
        write_fallback(fallback)
    words = bytes((version,)) + bytes(-(-length * 8 // 5))
    assert read_fallback(words) is None
