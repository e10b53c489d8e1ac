"""
Which bitcoin an invoice asks for.

Invoices of different networks look alike but for their first letters, and paying the wrong one must be impossible: `check_payable`
compares. Testnet and signet share the prefixes of addresses, not those of invoices.
"""

from __future__ import annotations

from enum import StrEnum


class Network(StrEnum):
    """A chain and the coins on it; the value is what we store."""

    MAINNET = "mainnet"
    TESTNET = "testnet"
    SIGNET = "signet"
    REGTEST = "regtest"

    @property
    def prefix(self) -> str:
        """
        What stands behind `ln` in this network's invoices.

        BOLT 11, Human-Readable Part

        >>> Network.REGTEST.prefix
        'bcrt'
        """
        return _INVOICE_PREFIX[self]

    @property
    def segwit_prefix(self) -> str:
        """What stands before the separator in this network's segwit addresses. BIP 173, Segwit address format"""
        return _SEGWIT_PREFIX[self]

    @property
    def base58_versions(self) -> tuple[int, int]:
        """The first bytes of P2PKH and P2SH addresses."""
        return (0, 5) if self is Network.MAINNET else (111, 196)

    @property
    def chain_hash(self) -> bytes:
        """The genesis block's hash[32], as messages carry it. BOLT 0, Glossary and Terminology Guide"""
        return bytes.fromhex(_GENESIS[self])


_GENESIS = {
    Network.MAINNET: "6fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000",
    Network.TESTNET: "43497fd7f826957108f4a30fd9cec3aeba79972084e90ead01ea330900000000",
    Network.SIGNET: "f61eee3b63a380a477a063af32b2bbc97c9ff9f01f2c4225e973988108000000",
    Network.REGTEST: "06226e46111a0b59caaf126043eb5bbf28c34f3a5e332a1fc7b2b73cf188910f",
}
_INVOICE_PREFIX = {Network.MAINNET: "bc", Network.TESTNET: "tb", Network.SIGNET: "tbs", Network.REGTEST: "bcrt"}
_SEGWIT_PREFIX = {Network.MAINNET: "bc", Network.TESTNET: "tb", Network.SIGNET: "tb", Network.REGTEST: "bcrt"}
NETWORK_OF_PREFIX = {prefix: network for network, prefix in _INVOICE_PREFIX.items()}
