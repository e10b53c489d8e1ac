"""
What people paste into "pay", and what it is when it is no invoice.

Links, QR codes and mails wrap an invoice in `lightning:` or in a BIP 21 URI, in upper case, with spaces around. All of that is taken off
by patterns that must match the whole of a part: half-matching patterns elsewhere have turned a broken bitcoin URI into a payment to a
mail address. Two invoices, two amounts, or anything invisible in between is refused: what is shown must be what is paid.

BOLT 11, Encoding Overview; BIP 21, URI Scheme
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from payments.lightning.invoice import bolt11
from payments.lightning.invoice.base58 import decode_check
from payments.lightning.invoice.errors import (
    Bolt12MessagePasted,
    CharacterNotAllowed,
    InvisibleCharacter,
    InvoiceError,
    LightningAddressPasted,
    LnurlPasted,
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
from payments.lightning.invoice.invoice import Invoice
from payments.lightning.units import MSAT_PER_SAT, SAT_PER_BTC, sat_ceil

MAX_PASTED_CHARACTERS = 16_384

_SURROUNDING = " \t\r\n\f\v\u00a0\u3000"
_SCHEME = re.compile(r"(lightning|bitcoin|lnurl[pwc]?|keyauth):(?://)?(.*)", re.IGNORECASE | re.DOTALL)
_URI_AMOUNT = re.compile(r"([0-9]{1,8})(?:\.([0-9]{1,8}))?", re.ASCII)
_INVOICE_START = re.compile(r"ln(?:bc|tb)", re.ASCII)
_BOLT12_START = re.compile(r"(lno|lnr|lni)1.*", re.ASCII | re.DOTALL)
_LNURL = re.compile(r"lnurl1.*|https?://.*[?&]lightning=lnurl1.*", re.ASCII | re.DOTALL)
_SEGWIT_ADDRESS = re.compile(r"(?:bc|tb|bcrt)1[02-9ac-hj-np-z]{8,87}", re.ASCII)
_BASE58_ADDRESS = re.compile(r"[123mn][1-9A-HJ-NP-Za-km-z]{25,34}", re.ASCII)
_BASE58_ADDRESS_BYTES = 21
_LIGHTNING_ADDRESS = re.compile(r"\u20bf?[a-z0-9._+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,8}", re.ASCII)
_NODE_KEY = re.compile(r"0[23][0-9a-f]{64}(?:@.{1,300})?", re.ASCII)


class _Uri(NamedTuple):
    """A pasted text taken apart: what it points to, and the parameters behind the question mark."""

    target: str
    parameters: dict[str, str]


def decode_pasted(text: str) -> Invoice:
    """
    Read the one invoice in what somebody pasted.

    returns   the invoice, its signature checked; whether it can be paid here and now is `check_payable`'s matter
    raises    InvoiceError's leaves; `...Pasted` say what it is instead of an invoice

    BOLT 11, Encoding Overview
    """
    if len(text) > MAX_PASTED_CHARACTERS:
        raise TooLong(length=len(text), limit=MAX_PASTED_CHARACTERS)
    bare = _bare(text)
    scheme, rest = _split_scheme(bare)
    if scheme.startswith(("lnurl", "keyauth")):
        raise LnurlPasted
    if not scheme:
        return _decode_target(rest)
    uri = _read_uri(rest)
    _check_parameters(uri.parameters)
    invoice = _decode_target(_invoice_in(uri, scheme=scheme))
    _check_amount(uri.parameters.get("amount"), invoice)
    return invoice


def _bare(text: str) -> str:
    bare = text.strip(_SURROUNDING)
    if not bare:
        raise NothingPasted
    offset = text.index(bare)
    for position, character in enumerate(bare, start=offset):
        if character in _SURROUNDING:
            raise (TwoInvoices if _count_invoices(bare) > 1 else SpaceInside(position=position))
        if not character.isprintable():
            raise InvisibleCharacter(position=position, character=f"U+{ord(character):04X}")
    return bare


def _count_invoices(text: str) -> int:
    # No `b` ever stands behind an invoice's separator, so each of these is the start of one.
    return len(_INVOICE_START.findall(text.lower()))


def _split_scheme(text: str) -> tuple[str, str]:
    match = _SCHEME.fullmatch(text)
    return (match[1].lower(), match[2]) if match else ("", text)


def _read_uri(rest: str) -> _Uri:
    target, _, query = rest.partition("?")
    parameters: dict[str, str] = {}
    for pair in query.split("&") if query else ():
        name, equals, value = pair.partition("=")
        name = name.lower()
        if not equals or not name:
            raise UriMalformed(part="parameter")
        if name in parameters:
            raise TwoInvoices if name == "lightning" else UriMalformed(part=name[:24])
        parameters[name] = unquote(value)
    return _Uri(target, parameters)


def _check_parameters(parameters: dict[str, str]) -> None:
    if required := [name for name in parameters if name.startswith("req-")]:
        raise UriRequirementUnknown(name=required[0][:24])


def _invoice_in(uri: _Uri, *, scheme: str) -> str:
    inside = uri.parameters.get("lightning")
    if scheme == "lightning":
        if inside is not None:
            raise TwoInvoices
        return uri.target
    if inside is not None:
        return inside
    if "lno" in uri.parameters:
        raise OfferPasted
    _refuse_by_name(uri.target)
    raise NotAnInvoice


def _decode_target(target: str) -> Invoice:
    lower = target.lower()
    if _count_invoices(lower) > 1:
        raise TwoInvoices
    _refuse_by_name(target)
    strange = next((position for position, character in enumerate(target) if not character.isascii()), None)
    if strange is not None:
        raise CharacterNotAllowed(position=strange, character=target[strange])
    if not lower.startswith("ln"):
        raise NotAnInvoice
    return bolt11.decode(target)


def _refuse_by_name(target: str) -> None:
    """Raise the leaf that names what this is; silence means that it may be an invoice."""
    lower = target.lower()
    refusals: list[tuple[bool, type[InvoiceError]]] = [
        (not target, NothingPasted),
        (_LNURL.fullmatch(lower) is not None, LnurlPasted),
        (_LIGHTNING_ADDRESS.fullmatch(lower) is not None, LightningAddressPasted),
        (_NODE_KEY.fullmatch(lower) is not None, NodeKeyPasted),
        (_is_on_chain_address(target), OnChainAddressPasted),
        (lower.startswith("lno1"), OfferPasted),
    ]
    for holds, leaf in refusals:
        if holds:
            raise leaf
    if match := _BOLT12_START.fullmatch(lower):
        raise Bolt12MessagePasted(prefix=match[1])


def _is_on_chain_address(target: str) -> bool:
    """Whether it looks like an address; a mistyped one is not an invoice either."""
    if _SEGWIT_ADDRESS.fullmatch(target.lower()):
        return True
    return _BASE58_ADDRESS.fullmatch(target) is not None and len(decode_check(target) or b"") == _BASE58_ADDRESS_BYTES


def _check_amount(uri_amount: str | None, invoice: Invoice) -> None:
    """URIs count in satoshi: an invoice's amount may differ from theirs by the part of a satoshi that they cannot write."""
    if uri_amount is None:
        return
    match = _URI_AMOUNT.fullmatch(uri_amount)
    if match is None:
        raise UriMalformed(part="amount")
    amount_sat = int(match[1]) * SAT_PER_BTC + int((match[2] or "").ljust(8, "0"))
    amount_msat = invoice.amount_msat
    if amount_msat is None or amount_sat not in (amount_msat // MSAT_PER_SAT, sat_ceil(amount_msat)):
        raise UriAmountDisagrees(uri_amount_msat=amount_sat * MSAT_PER_SAT, invoice_amount_msat=amount_msat)
