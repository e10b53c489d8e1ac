"""
Every reason for which an invoice, or what somebody pasted instead of one, is refused.

One leaf per reason, with the field and the place as facts. `position` counts characters of the invoice's own text from 0 (of the pasted
text where that is said). `field` is the name the field has in `Invoice`. Facts never repeat what was pasted: it may be a secret.
"""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.errors import LightningError
from payments.lightning.invoice.network import Network


@dataclass(eq=False, kw_only=True)
class InvoiceError(LightningError):
    """The text cannot be paid as an invoice, or the draft cannot be written as one."""


# The text as a whole


@dataclass(eq=False, kw_only=True)
class TooLong(InvoiceError):
    """More characters than any invoice has."""

    length: int
    limit: int


@dataclass(eq=False, kw_only=True)
class TooShort(InvoiceError):
    """The checksum holds, but there is no room for a time and a signature."""

    length: int


@dataclass(eq=False, kw_only=True)
class CharacterNotAllowed(InvoiceError):
    """A character that no invoice has at this place."""

    position: int
    character: str


@dataclass(eq=False, kw_only=True)
class MixedCase(InvoiceError):
    """Upper and lower case in one invoice; the case changes here."""

    position: int


@dataclass(eq=False, kw_only=True)
class NoSeparator(InvoiceError):
    """The `1` between prefix and data is missing: the beginning is lost."""


@dataclass(eq=False, kw_only=True)
class ChecksumMismatch(InvoiceError):
    """Something was mistyped or lost somewhere."""


# Network and amount


@dataclass(eq=False, kw_only=True)
class UnknownPrefix(InvoiceError):
    """The text starts like an invoice of no network that we know."""

    prefix: str


@dataclass(eq=False, kw_only=True)
class AmountMalformed(InvoiceError):
    """The amount is not a number without leading zeros and one of the letters m, u, n, p."""

    amount: str


@dataclass(eq=False, kw_only=True)
class AmountZero(InvoiceError):
    """An amount of nothing: who wants to leave it open writes none."""


@dataclass(eq=False, kw_only=True)
class AmountTooFine(InvoiceError):
    """The amount is not a whole number of millisatoshi."""

    amount: str


@dataclass(eq=False, kw_only=True)
class AmountTooLarge(InvoiceError):
    """The amount is more bitcoin than will ever exist."""

    limit_msat: int


# Fields


@dataclass(eq=False, kw_only=True)
class FieldMissing(InvoiceError):
    """A field without which nobody can pay safely is not there (or has not its length, which counts as not there)."""

    field: str


@dataclass(eq=False, kw_only=True)
class FieldTruncated(InvoiceError):
    """The field that begins here promises more than is there."""

    field: str
    position: int


@dataclass(eq=False, kw_only=True)
class FieldNotMinimal(InvoiceError):
    """A number with leading zeros, or without any digit."""

    field: str
    position: int


@dataclass(eq=False, kw_only=True)
class FieldTooLong(InvoiceError):
    """A draft's field does not fit the 1023 words that a field can have."""

    field: str
    length_words: int
    limit_words: int


@dataclass(eq=False, kw_only=True)
class DescriptionTooLong(InvoiceError):
    """A description of more bytes than fit; an invoice can carry its hash instead."""

    length_bytes: int
    limit_bytes: int


@dataclass(eq=False, kw_only=True)
class DescriptionNotText(InvoiceError):
    """The description is not UTF-8 from this byte of it on."""

    byte_position: int


@dataclass(eq=False, kw_only=True)
class BothDescriptions(InvoiceError):
    """A description and a description's hash: which of them is being paid for?"""


@dataclass(eq=False, kw_only=True)
class FinalCltvTooLarge(InvoiceError):
    """The payee wants the money locked for longer than anybody should."""

    limit_blocks: int


@dataclass(eq=False, kw_only=True)
class RouteHintTruncated(InvoiceError):
    """A route hint is empty or breaks off inside a hop."""

    position: int
    length_bytes: int


@dataclass(eq=False, kw_only=True)
class FieldNotAPoint(InvoiceError):
    """A node id in this field is not a public key."""

    field: str
    position: int


# Features


@dataclass(eq=False, kw_only=True)
class UnknownRequiredFeature(InvoiceError):
    """The payee requires something that we do not know."""

    bit: int


@dataclass(eq=False, kw_only=True)
class FeatureDependencyMissing(InvoiceError):
    """A feature is offered without the one that it builds upon."""

    feature: str
    needs: str


# Signature


@dataclass(eq=False, kw_only=True)
class RecoveryIdOutOfRange(InvoiceError):
    """The signature's last byte is none of 0, 1, 2, 3."""

    recovery_id: int


@dataclass(eq=False, kw_only=True)
class SignatureNotRecoverable(InvoiceError):
    """No key can have made this signature."""


@dataclass(eq=False, kw_only=True)
class SignatureHighS(InvoiceError):
    """The invoice names its payee and is signed in the form that anybody can derive from the payee's own."""


@dataclass(eq=False, kw_only=True)
class SignatureMismatch(InvoiceError):
    """The payee that the invoice names did not sign it."""

    payee: bytes


# Readable, but not payable here and now


@dataclass(eq=False, kw_only=True)
class WrongNetwork(InvoiceError):
    """An invoice of another network than ours."""

    found: Network
    ours: Network


@dataclass(eq=False, kw_only=True)
class InvoiceExpired(InvoiceError):
    """The payee will not accept this payment any more."""

    expired_at_s: int


@dataclass(eq=False, kw_only=True)
class SecondOpinionDisagrees(InvoiceError):
    """An independent reader sees another value in this field, or (field `text`) cannot read the invoice at all."""

    field: str


# What people paste


@dataclass(eq=False, kw_only=True)
class NothingPasted(InvoiceError):
    """No text at all."""


@dataclass(eq=False, kw_only=True)
class NotAnInvoice(InvoiceError):
    """Nothing that we can name."""


@dataclass(eq=False, kw_only=True)
class InvisibleCharacter(InvoiceError):
    """A zero-width, control or direction character at this place of the pasted text."""

    position: int
    character: str
    """As `U+202E`."""


@dataclass(eq=False, kw_only=True)
class SpaceInside(InvoiceError):
    """White space within what was pasted, at this place of the pasted text."""

    position: int


@dataclass(eq=False, kw_only=True)
class TwoInvoices(InvoiceError):
    """More than one invoice: we do not choose."""


@dataclass(eq=False, kw_only=True)
class LnurlPasted(InvoiceError):
    """An LNURL: a link to a service that would hand out an invoice."""


@dataclass(eq=False, kw_only=True)
class OfferPasted(InvoiceError):
    """A BOLT 12 offer."""


@dataclass(eq=False, kw_only=True)
class Bolt12MessagePasted(InvoiceError):
    """A BOLT 12 invoice request (`lnr`) or invoice (`lni`)."""

    prefix: str


@dataclass(eq=False, kw_only=True)
class OnChainAddressPasted(InvoiceError):
    """A bitcoin address: it is paid on the chain."""


@dataclass(eq=False, kw_only=True)
class LightningAddressPasted(InvoiceError):
    """A name at a domain, whose server would hand out an invoice."""


@dataclass(eq=False, kw_only=True)
class NodeKeyPasted(InvoiceError):
    """A node's public key, perhaps with its host: one can connect to it, but it asks for no payment."""


@dataclass(eq=False, kw_only=True)
class UriMalformed(InvoiceError):
    """A payment URI whose parts cannot be told from each other, or that has the same part twice."""

    part: str


@dataclass(eq=False, kw_only=True)
class UriRequirementUnknown(InvoiceError):
    """A payment URI that asks payers who do not know this parameter to refuse it."""

    name: str


@dataclass(eq=False, kw_only=True)
class UriAmountDisagrees(InvoiceError):
    """The URI around the invoice names another amount than the invoice."""

    uri_amount_msat: int
    invoice_amount_msat: int | None
