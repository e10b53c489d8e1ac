"""Whether an invoice can be paid here and now."""

from __future__ import annotations

import pytest

from payments.lightning.invoice import bolt11
from payments.lightning.invoice.errors import InvoiceExpired, WrongNetwork
from payments.lightning.invoice.invoice import check_payable
from payments.lightning.invoice.network import Network
from tests.unit.lightning.invoice.examples import COFFEE

INVOICE = bolt11.decode(COFFEE)


def test_an_invoice_of_our_network_is_payable_until_it_expires() -> None:
    assert 1496314718 == INVOICE.expires_at_s
    check_payable(INVOICE, network=Network.MAINNET, now_s=INVOICE.expires_at_s - 1)
    with pytest.raises(InvoiceExpired) as refused:
        check_payable(INVOICE, network=Network.MAINNET, now_s=INVOICE.expires_at_s)
    assert 1496314718 == refused.value.expired_at_s


@pytest.mark.parametrize("ours", [Network.TESTNET, Network.SIGNET, Network.REGTEST])
def test_an_invoice_of_another_network_is_not(ours: Network) -> None:
    with pytest.raises(WrongNetwork) as refused:
        check_payable(INVOICE, network=ours, now_s=0)
    assert (Network.MAINNET, ours) == (refused.value.found, refused.value.ours)


def test_support_is_read_from_either_bit() -> None:
    assert INVOICE.supports(14)
    assert INVOICE.supports(15)
    assert not INVOICE.supports(16)
