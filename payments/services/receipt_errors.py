"""Why there is no receipt, or why one is not believed: one leaf per reason, with the facts and no prose."""

from __future__ import annotations

from dataclasses import dataclass

from payments.services.errors import ServiceError


@dataclass(eq=False, kw_only=True)
class NotPaidYet(ServiceError):
    """Only what is paid has a receipt."""


@dataclass(eq=False, kw_only=True)
class ReceiptMalformed(ServiceError):
    """A file is no receipt, or not written as receipts are, to the letter; or a key is none."""


@dataclass(eq=False, kw_only=True)
class ReceiptAltered(ServiceError):
    """The digest is not that of what the receipt says."""


@dataclass(eq=False, kw_only=True)
class ReceiptForged(ServiceError):
    """A receipt does not bear this key's signature."""


@dataclass(eq=False, kw_only=True)
class ReceiptContradicts(ServiceError):
    """A receipt does not agree with its own invoice, proof or rate."""

    field: str
