"""Why an invoice cannot be paid the way somebody asked for: one leaf per reason, with the facts and no prose."""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.errors import LightningError


@dataclass(eq=False, kw_only=True)
class TermsError(LightningError):
    """The amount or the fee limit does not go with the invoice."""


@dataclass(eq=False, kw_only=True)
class AmountMissing(TermsError):
    """The invoice leaves the amount to the payer, who named none."""


@dataclass(eq=False, kw_only=True)
class AmountDiffers(TermsError):
    """The invoice asks for another amount than was named."""

    asked_msat: int
    given_msat: int


@dataclass(eq=False, kw_only=True)
class FeeLimitNegative(TermsError):
    """A fee limit below nothing."""

    fee_limit_msat: int


@dataclass(eq=False, kw_only=True)
class ChosenRouteNotOurs(TermsError):
    """A route that we did not show for this invoice."""


@dataclass(eq=False, kw_only=True)
class ChosenRouteGone(TermsError):
    """The route that was chosen does not go any more as it was shown."""
