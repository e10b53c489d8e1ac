"""Why an invitation is not sent or does not open the door: one leaf per reason, with the facts and no prose."""

from __future__ import annotations

from dataclasses import dataclass

from payments.services.errors import ServiceError


@dataclass(eq=False, kw_only=True)
class InvitationError(ServiceError):
    """Nobody was invited or let in."""


@dataclass(eq=False, kw_only=True)
class InvitationUnknown(InvitationError):
    """No invitation has this token or number."""


@dataclass(eq=False, kw_only=True)
class InvitationUsed(InvitationError):
    """Somebody has come in with it already."""


@dataclass(eq=False, kw_only=True)
class InvitationRevoked(InvitationError):
    """It was taken back, or whoever sent it may not invite any more."""


@dataclass(eq=False, kw_only=True)
class InvitationRanOut(InvitationError):
    """It was not used in time."""

    expired_at_s: int


@dataclass(eq=False, kw_only=True)
class InvitationForAnother(InvitationError):
    """Who is signed in has another e-mail address than the one that was invited."""

    email: str


@dataclass(eq=False, kw_only=True)
class AlreadyMember(InvitationError):
    """Who was invited belongs to the account already."""

    email: str


@dataclass(eq=False, kw_only=True)
class AddressHasOwner(InvitationError):
    """Somebody with this e-mail address is here already, and need not sign up again."""

    email: str


@dataclass(eq=False, kw_only=True)
class UsernameTaken(InvitationError):
    """Somebody else has this name."""


@dataclass(eq=False, kw_only=True)
class TooManyInvitations(InvitationError):
    """More open invitations than one account may have."""

    limit: int


@dataclass(eq=False, kw_only=True)
class MailNotSent(InvitationError):
    """The mail server did not take the letter."""

    email: str
