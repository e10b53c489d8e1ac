"""What people paste: wrappings come off, everything else is told by its name."""

from __future__ import annotations

import pytest

from payments.lightning.crypto import bech32
from payments.lightning.errors import LightningError
from payments.lightning.invoice import bolt11
from payments.lightning.invoice.errors import (
    Bolt12MessagePasted,
    CharacterNotAllowed,
    ChecksumMismatch,
    InvisibleCharacter,
    LightningAddressPasted,
    LnurlPasted,
    MixedCase,
    NodeKeyPasted,
    NotAnInvoice,
    NothingPasted,
    OfferPasted,
    OnChainAddressPasted,
    SpaceInside,
    TooLong,
    TwoInvoices,
    UriAmountDisagrees,
    UriMalformed,
    UriRequirementUnknown,
)
from payments.lightning.invoice.payment_uri import MAX_PASTED_CHARACTERS, decode_pasted
from tests.unit.lightning.invoice.building import signed
from tests.unit.lightning.invoice.examples import COFFEE, DONATION

UPPER = COFFEE.upper()
SEGWIT = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
OLD_ADDRESS = "1RustyRX2oai4EYYDpQGWvEL62BBGqN9T"
LNURL = bech32.encode("lnurl", bytes(40))
NODE_KEY = "03e7156ae33b0a208d0744199163177e909e80176e55d97a2f221ede0f934dd9ad"


def assert_refused(text: str, expected: LightningError) -> None:
    with pytest.raises(LightningError) as refused:
        decode_pasted(text)
    assert (type(expected), vars(expected)) == (type(refused.value), vars(refused.value))


@pytest.mark.parametrize(
    "pasted",
    [
        COFFEE,
        UPPER,
        f"  {COFFEE}\r\n",
        f"\u00a0{COFFEE}\u3000",
        f"lightning:{COFFEE}",
        f"LIGHTNING:{UPPER}",
        f"Lightning:{UPPER}",
        f"lightning://{COFFEE}",
        f"lightning:{COFFEE}?amount=0.0025",
        f"bitcoin:{SEGWIT}?lightning={COFFEE}",
        f"bitcoin:?lightning={COFFEE}",
        f"BITCOIN:{SEGWIT.upper()}?LIGHTNING={UPPER}&AMOUNT=0.0025",
        f"bitcoin:{OLD_ADDRESS}?amount=0.00250000&label=caf%C3%A9&lightning={COFFEE}",
        f"bitcoin:{SEGWIT}?lightning={COFFEE}&message=two%20cups&lno=lno1abc",
    ],
)
def test_an_invoice_is_found_in_its_wrapping(pasted: str) -> None:
    assert bolt11.decode(COFFEE) == decode_pasted(pasted)


@pytest.mark.parametrize(
    ("pasted", "refused"),
    [
        ("", NothingPasted()),
        (" \n", NothingPasted()),
        ("lightning:", NothingPasted()),
        ("hello", NotAnInvoice()),
        ("javascript:alert(1)", NotAnInvoice()),
        ("https://example.com/pay", NotAnInvoice()),
        (f"https://example.com/?lightning={COFFEE}", NotAnInvoice()),
        (f"lightning:lightning:{COFFEE}", NotAnInvoice()),
        (f"xlightning:{COFFEE}", NotAnInvoice()),
        ("00" * 32, NotAnInvoice()),
        (COFFEE[4:], NotAnInvoice()),
        (LNURL, LnurlPasted()),
        (LNURL.upper(), LnurlPasted()),
        (f"lightning:{LNURL}", LnurlPasted()),
        (f"https://example.com/buy?x=1&lightning={LNURL.upper()}", LnurlPasted()),
        ("lnurlp://example.com/pay", LnurlPasted()),
        ("keyauth://example.com/login", LnurlPasted()),
        ("lno1pqps7sjqpgtyzm3qv4uxzmtsd3jjqer9wd3hy6tsw35k7msjzfpy7nz5yqcn", OfferPasted()),
        ("LIGHTNING:LNO1PQPS7SJQPGT", OfferPasted()),
        ("bitcoin:?lno=lno1pqps7sjqpgt", OfferPasted()),
        ("lnr1qqgz2d7u2smys9dc5q2447e8thjlgq3qqc3xu3s3rg94nj40z", Bolt12MessagePasted(prefix="lnr")),
        ("lni1qqgds4gweqxey37gexf5jus4kcrwuq3qqc3xu3s3rg94nj40z", Bolt12MessagePasted(prefix="lni")),
        (SEGWIT, OnChainAddressPasted()),
        (SEGWIT.upper(), OnChainAddressPasted()),
        (OLD_ADDRESS, OnChainAddressPasted()),
        ("3EktnHQD7RiAE6uzMj2ZifT9YgRrkSgzQX", OnChainAddressPasted()),
        ("bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080", OnChainAddressPasted()),
        (f"bitcoin:{SEGWIT}", OnChainAddressPasted()),
        (f"bitcoin:{SEGWIT}?amount=1", OnChainAddressPasted()),
        ("bitcoin:nobody", NotAnInvoice()),
        ("alice@example.com", LightningAddressPasted()),
        ("\u20bfalice@example.com", LightningAddressPasted()),
        ("lightning:Alice+tip@pay.example.com", LightningAddressPasted()),
        (NODE_KEY, NodeKeyPasted()),
        (NODE_KEY.upper(), NodeKeyPasted()),
        (f"{NODE_KEY}@127.0.0.1:9735", NodeKeyPasted()),
        (f"{NODE_KEY}@abcdefghij.onion:9735", NodeKeyPasted()),
    ],
)
def test_what_is_no_invoice_is_told_by_its_name(pasted: str, refused: LightningError) -> None:
    assert_refused(pasted, refused)


def test_a_broken_bitcoin_uri_is_not_a_mail_address() -> None:
    assert_refused("bitcoin:alice@example.com garbage", SpaceInside(position=25))
    assert_refused("bitcoin:?&lightning=alice@example.com", UriMalformed(part="parameter"))


@pytest.mark.parametrize(
    ("code_point", "name"),
    [
        ("\u200b", "U+200B"),
        ("\u200d", "U+200D"),
        ("\ufeff", "U+FEFF"),
        ("\u00ad", "U+00AD"),
        ("\u202e", "U+202E"),
        ("\u2066", "U+2066"),
        ("\u2028", "U+2028"),
        ("\x00", "U+0000"),
        ("\x1b", "U+001B"),
        ("\U000e0041", "U+E0041"),
        ("\ud800", "U+D800"),
    ],
)
def test_what_cannot_be_seen_is_named_with_its_place(code_point: str, name: str) -> None:
    assert_refused(f" {COFFEE[:50]}{code_point}{COFFEE[50:]}", InvisibleCharacter(position=51, character=name))
    assert_refused(f"{code_point}{COFFEE}", InvisibleCharacter(position=0, character=name))


def test_a_letter_that_only_looks_right_is_named() -> None:
    assert_refused(f"{COFFEE[:40]}\u0430{COFFEE[41:]}", CharacterNotAllowed(position=40, character="\u0430"))
    assert_refused(f"\uff4c{COFFEE[1:]}", CharacterNotAllowed(position=0, character="\uff4c"))


def test_an_invoice_broken_over_lines_is_told_so() -> None:
    assert_refused(f"{COFFEE[:60]}\n{COFFEE[60:]}", SpaceInside(position=60))


@pytest.mark.parametrize(
    "pasted",
    [
        f"{COFFEE} {DONATION}",
        f"{COFFEE}\n{COFFEE}",
        COFFEE + DONATION,
        f"lightning:{COFFEE},{UPPER}",
        f"bitcoin:{SEGWIT}?lightning={COFFEE}&lightning={DONATION}",
        f"bitcoin:{SEGWIT}?lightning={COFFEE}&LIGHTNING={COFFEE}",
        f"lightning:{COFFEE}?lightning={DONATION}",
    ],
)
def test_we_do_not_choose_between_two_invoices(pasted: str) -> None:
    assert_refused(pasted, TwoInvoices())


@pytest.mark.parametrize("amount", ["0.00250001", "0.002", "2500", "0"])
def test_two_amounts_are_one_too_many(amount: str) -> None:
    with pytest.raises(UriAmountDisagrees) as refused:
        decode_pasted(f"bitcoin:?lightning={COFFEE}&amount={amount}")
    assert 250_000_000 == refused.value.invoice_amount_msat


def test_an_amount_beside_an_invoice_that_leaves_it_open_is_refused() -> None:
    assert_refused(f"bitcoin:?amount=0.001&lightning={DONATION}", UriAmountDisagrees(uri_amount_msat=100_000_000, invoice_amount_msat=None))


def test_a_uri_cannot_write_parts_of_a_satoshi() -> None:
    invoice = signed(prefix="lnbc12345670p")
    assert 1_234_567 == decode_pasted(f"bitcoin:?amount=0.00001234&lightning={invoice}").amount_msat
    assert 1_234_567 == decode_pasted(f"bitcoin:?amount=0.00001235&lightning={invoice}").amount_msat
    with pytest.raises(UriAmountDisagrees):
        decode_pasted(f"bitcoin:?amount=0.00001236&lightning={invoice}")


@pytest.mark.parametrize("amount", ["", "1e3", "1,5", "-1", "0x10", ".5", "1.", "0.002500000", "\u0661", "NaN"])
def test_an_amount_is_digits_and_a_point(amount: str) -> None:
    assert_refused(f"bitcoin:?lightning={COFFEE}&amount={amount}", UriMalformed(part="amount"))


def test_parts_that_cannot_be_told_apart_are_refused() -> None:
    assert_refused(f"bitcoin:?lightning={COFFEE}&amount=1&amount=2", UriMalformed(part="amount"))
    assert_refused(f"bitcoin:?lightning={COFFEE}&amount", UriMalformed(part="parameter"))


def test_a_requirement_that_we_do_not_know_is_obeyed() -> None:
    assert_refused(f"bitcoin:?req-bound=1&lightning={COFFEE}", UriRequirementUnknown(name="req-bound"))


def test_faults_of_the_invoice_itself_come_through() -> None:
    assert_refused(f"lightning:{COFFEE[:-1]}q", ChecksumMismatch())
    assert_refused(f"lightning:{COFFEE[:20]}{UPPER[20:]}", MixedCase(position=20))


def test_a_book_is_not_read() -> None:
    assert_refused("l" * (MAX_PASTED_CHARACTERS + 1), TooLong(length=MAX_PASTED_CHARACTERS + 1, limit=MAX_PASTED_CHARACTERS))
