"""
The part of an invoice that people can read: which network, and how much.

`lnbc2500u` is Lightning, bitcoin's main network, 2500 micro-bitcoin. Amounts are read and written as integers only; one factor of 1000
gone wrong here is somebody's house.

BOLT 11, Human-Readable Part
"""

from __future__ import annotations

import re

from payments.lightning.invoice.errors import AmountMalformed, AmountTooFine, AmountTooLarge, AmountZero, UnknownPrefix
from payments.lightning.invoice.network import NETWORK_OF_PREFIX, Network
from payments.lightning.units import MAX_MSAT

PICO_PER_MSAT = 10
_PICO_PER_UNIT = {"": 10**12, "m": 10**9, "u": 10**6, "n": 10**3, "p": 1}
_MOST_DIGITS = 20
"""MAX_MSAT in pico-bitcoin has 20 digits; Python would refuse to convert very many."""
_SHOWN = 24
_PREFIX = re.compile(r"ln(bcrt|bc|tbs|tb)([0-9].*)?", re.ASCII | re.DOTALL)
_AMOUNT = re.compile(r"([1-9][0-9]*)([munp]?)", re.ASCII)


def read_prefix(prefix: str) -> tuple[Network, int | None]:
    """
    The network and the amount in msat (None: the payer may choose) of all that stands before the separator, in lower case.

    raises   UnknownPrefix, AmountMalformed, AmountZero, AmountTooFine, AmountTooLarge

    >>> read_prefix("lnbc2500u")
    (<Network.MAINNET: 'mainnet'>, 250000000)
    """
    match = _PREFIX.fullmatch(prefix)
    if match is None:
        raise UnknownPrefix(prefix=prefix[:_SHOWN])
    network, amount = match.groups()
    return NETWORK_OF_PREFIX[network], None if amount is None else read_amount(amount)


def read_amount(amount: str) -> int:
    """
    An amount field in msat.

    >>> read_amount("9678785340p")
    967878534
    """
    match = _AMOUNT.fullmatch(amount)
    if match is None:
        if amount.strip("0") in _PICO_PER_UNIT:
            raise AmountZero
        raise AmountMalformed(amount=amount[:_SHOWN])
    digits, unit = match.groups()
    if len(digits) > _MOST_DIGITS:
        raise AmountTooLarge(limit_msat=MAX_MSAT)
    amount_msat, too_fine = divmod(int(digits) * _PICO_PER_UNIT[unit], PICO_PER_MSAT)
    if too_fine:
        raise AmountTooFine(amount=amount)
    if amount_msat > MAX_MSAT:
        raise AmountTooLarge(limit_msat=MAX_MSAT)
    return amount_msat


def write_amount(amount_msat: int) -> str:
    """
    The shortest amount field of an amount in msat.

    raises   AmountZero, AmountTooLarge

    >>> write_amount(250_000_000), write_amount(1_000 * 10**11), write_amount(1)
    ('2500u', '1000', '10p')
    """
    if amount_msat <= 0:
        raise AmountZero
    if amount_msat > MAX_MSAT:
        raise AmountTooLarge(limit_msat=MAX_MSAT)
    pico = amount_msat * PICO_PER_MSAT
    unit, size = next((unit, size) for unit, size in _PICO_PER_UNIT.items() if pico % size == 0)
    return f"{pico // size}{unit}"


def write_prefix(network: Network, amount_msat: int | None) -> str:
    """
    The reverse of `read_prefix`.

    >>> write_prefix(Network.SIGNET, None)
    'lntbs'
    """
    return f"ln{network.prefix}" + ("" if amount_msat is None else write_amount(amount_msat))
