"""What an approval is bound to, as one short word: whoever approves sends back the one that belongs to what they saw."""

from __future__ import annotations

from hashlib import sha256

import msgspec

from payments.models import ApprovalRequest

_DOMAIN = b"lnweb approval\n"


def figures_digest(request: ApprovalRequest) -> str:
    """
    SHA-256 over account, invoice, hash, amount and fee limit, in hex.

    Another figure in any of them is another digest, and what was approved is void.
    """
    figures = (request.account_id, request.invoice, request.payment_hash, request.amount_msat, request.fee_limit_msat)
    return sha256(_DOMAIN + msgspec.json.encode(figures)).hexdigest()
