from __future__ import annotations

import pytest

from payments.lightning.errors import LightningError
from payments.lightning.invoice.errors import (
    CharacterNotAllowed,
    ChecksumMismatch,
    InvoiceExpired,
    SpaceInside,
    UriAmountDisagrees,
    WrongNetwork,
)
from payments.lightning.invoice.network import Network
from payments.lightning.wire.errors import BigsizeTruncated
from payments.services.errors import BalanceTooSmall
from payments.services.refusals import place_of, sentence_for


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            CharacterNotAllowed(position=56, character="b"),
            "Character 57 (b) cannot stand in an invoice. Copy the whole invoice again.",
        ),
        (
            InvoiceExpired(expired_at_s=1_700_000_000),
            "The invoice ran out at 22:13 UTC on 14 Nov 2023. Ask the recipient for a new invoice.",
        ),
        (
            WrongNetwork(found=Network.MAINNET, ours=Network.REGTEST),
            "This is an invoice for mainnet, and this wallet is on regtest: it cannot be paid from here.",
        ),
        (
            BalanceTooSmall(account="available", balance_msat=500_001, needed_msat=1_000_000_000),
            (
                "There is not enough money: the payment and its fee limit need 1,000,000 sat, and 500.001 sat is available. "
                "Nothing was paid."
            ),
        ),
        (
            UriAmountDisagrees(uri_amount_msat=1_000, invoice_amount_msat=None),
            "The link says 1 sat and the invoice in it no amount: do not pay before the recipient has explained this.",
        ),
        (
            BigsizeTruncated(offset=3),
            "A peer sent a message that breaks the Lightning specification, and it was not followed.",
        ),
    ],
)
def test_facts_are_written_as_people_write_them(error: LightningError, sentence: str) -> None:
    assert sentence == sentence_for(error)


def test_an_error_without_a_sentence_is_our_own_mistake() -> None:
    with pytest.raises(KeyError):
        sentence_for(LightningError())


def test_a_place_in_the_invoice_becomes_a_place_in_what_was_pasted() -> None:
    assert 5 == place_of(CharacterNotAllowed(position=5, character="b"))
    assert 15 == place_of(CharacterNotAllowed(position=5, character="b"), "lightning:LNBC1bxyz")
    assert 5 == place_of(SpaceInside(position=5), "lightning:lnbc1 xyz")
    assert place_of(ChecksumMismatch()) is None
