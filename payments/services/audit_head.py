"""
The end of the audit log, signed, for keeping elsewhere: cutting the log's end off, or writing it all anew, shows against an older head.

Whoever keeps a head can check it with a public key and make none: `installation_key`.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import msgspec
from django.db import transaction
from django.utils import timezone
from msgspec import Struct
from msgspec.structs import replace

from payments.models import AuditHead, AuditRecord
from payments.models.audit import FIRST_LINK
from payments.services.errors import AuditHeadDisagrees, AuditHeadForged, AuditHeadMalformed, FileUnusable
from payments.services.installation_key import is_signed, own_public_key, sign

_DOMAIN = b"lnweb audit head\n"
_FORM = 1
_MOST_BYTES = 4_096


class SignedHead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What a file with a head holds, as JSON; hashes, key and signature in hex.

    at    when the newest row was written; None while there is none
    """

    form: int = _FORM
    sequence: int
    hash: str
    at: datetime | None
    exported_at: datetime
    public_key: str
    signature: str = ""


def sign_head() -> SignedHead:
    """
    The log's end as it is now.

    raises    AuditHeadDisagrees: the log is damaged, and nothing is signed
    """
    with transaction.atomic():
        head = AuditHead.objects.first() or AuditHead()
        newest = AuditRecord.objects.order_by("-sequence").values_list("sequence", "hash", "at").first() or (0, FIRST_LINK, None)
    if newest[:2] != (head.sequence, head.hash):
        raise AuditHeadDisagrees(sequence=newest[0], head_sequence=head.sequence)
    unsigned = SignedHead(sequence=newest[0], hash=newest[1], at=newest[2], exported_at=timezone.now(), public_key=own_public_key().hex())
    return replace(unsigned, signature=sign(_DOMAIN, _signed_bytes(unsigned)).hex())


def write_head(head: SignedHead, path: Path) -> None:
    """
    Into a file, readable for people too.

    raises    FileUnusable
    """
    try:
        path.write_bytes(encode_head(head))
    except OSError as error:
        raise FileUnusable(path=str(path), reason=error.strerror or "no reason given") from None


def encode_head(head: SignedHead) -> bytes:
    """As it stands in a file."""
    return msgspec.json.format(msgspec.json.encode(head)) + b"\n"


def read_head(path: Path, *, public_key: str = "") -> SignedHead:
    """
    A head from a file, if it was signed with this key.

    public_key   32 bytes in hex; empty: this installation's own. The key in the file is never believed.
    raises       FileUnusable, AuditHeadMalformed, AuditHeadForged
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise FileUnusable(path=str(path), reason=error.strerror or "no reason given") from None
    return check_head(data, public_key=public_key)


def check_head(data: bytes, *, public_key: str = "") -> SignedHead:
    """
    A head from a file's bytes.

    raises    AuditHeadMalformed, AuditHeadForged
    """
    try:
        head = msgspec.json.decode(data, type=SignedHead)
        key = bytes.fromhex(public_key) if public_key else own_public_key()
        is_ours = is_signed(bytes.fromhex(head.signature), _DOMAIN, _signed_bytes(head), public_key=key)
    except (msgspec.MsgspecError, ValueError):
        raise AuditHeadMalformed from None
    if head.form != _FORM:
        raise AuditHeadMalformed
    if not is_ours:
        raise AuditHeadForged
    return head


def _signed_bytes(head: SignedHead) -> bytes:
    return msgspec.json.encode(replace(head, signature=""))
