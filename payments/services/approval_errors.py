"""Why an approval cannot be asked for, given or taken back: one leaf per reason, with the facts and no prose."""

from __future__ import annotations

from dataclasses import dataclass

from payments.services.errors import ServiceError


@dataclass(eq=False, kw_only=True)
class ApprovalError(ServiceError):
    """Nothing was asked for, decided or paid."""


@dataclass(eq=False, kw_only=True)
class ApprovalNotNeeded(ApprovalError):
    """The account's rules ask for no second person, or do not any more."""

    needed_msat: int


@dataclass(eq=False, kw_only=True)
class ApprovalWaits(ApprovalError):
    """Approval is asked for this invoice already, by somebody else or with other figures."""


@dataclass(eq=False, kw_only=True)
class InvoiceHasPayment(ApprovalError):
    """The account is paying this invoice, or has paid it."""


@dataclass(eq=False, kw_only=True)
class UnknownApproval(ApprovalError):
    """Nobody asked for this."""


@dataclass(eq=False, kw_only=True)
class ApprovalChanged(ApprovalError):
    """What would be approved is not what was shown."""


@dataclass(eq=False, kw_only=True)
class ApprovalDecided(ApprovalError):
    """Somebody was faster."""

    state: str


@dataclass(eq=False, kw_only=True)
class ApprovalExpired(ApprovalError):
    """The time for a decision is over."""

    expired_at_s: int


@dataclass(eq=False, kw_only=True)
class OwnRequest(ApprovalError):
    """Nobody decides about what they asked for themselves."""


@dataclass(eq=False, kw_only=True)
class CannotApprove(ApprovalError):
    """This person does not approve for this account, or does not any more."""

    account_name: str


@dataclass(eq=False, kw_only=True)
class NotYourRequest(ApprovalError):
    """Only who asked can take it back."""


@dataclass(eq=False, kw_only=True)
class AskerCannotPay(ApprovalError):
    """Who asked does not pay for this account any more."""

    asked_by: str


@dataclass(eq=False, kw_only=True)
class AskerAboveLimit(ApprovalError):
    """It would be more than who asked may spend. All with fee limits."""

    asked_by: str
    needed_msat: int
    left_msat: int
