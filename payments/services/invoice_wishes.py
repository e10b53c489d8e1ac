"""What an invoice may ask for, whoever makes it: our own node or a shop of the sandbox."""

from __future__ import annotations

from payments.lightning.invoice.errors import AmountTooLarge, AmountZero, DescriptionTooLong
from payments.lightning.units import MAX_MSAT
from payments.services.errors import ExpiryOutOfRange

MOST_DESCRIPTION_BYTES = 639
LONGEST_EXPIRY_S = 365 * 24 * 3600


def check_invoice_wish(*, amount_msat: int | None, description: str, expiry_s: int) -> str:
    """
    The description as it can be stored and encoded.

    amount_msat   None: the payer chooses

    raises   AmountZero, AmountTooLarge, DescriptionTooLong, ExpiryOutOfRange
    """
    if amount_msat is not None and amount_msat <= 0:
        raise AmountZero
    if amount_msat is not None and amount_msat > MAX_MSAT:
        raise AmountTooLarge(limit_msat=MAX_MSAT)
    stored = description.replace("\0", "")  # PostgreSQL stores no NUL, and nobody means one
    length_bytes = len(stored.encode(errors="replace"))
    if length_bytes > MOST_DESCRIPTION_BYTES:
        raise DescriptionTooLong(length_bytes=length_bytes, limit_bytes=MOST_DESCRIPTION_BYTES)
    if not 1 <= expiry_s <= LONGEST_EXPIRY_S:
        raise ExpiryOutOfRange(expiry_s=expiry_s, least_s=1, limit_s=LONGEST_EXPIRY_S)
    return stored.encode(errors="replace").decode()
