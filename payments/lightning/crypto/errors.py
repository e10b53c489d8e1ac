"""What the cryptographic layer refuses: one leaf per reason, with the facts and no prose."""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.errors import LightningError


@dataclass(eq=False, kw_only=True)
class SecretDoesNotFit(LightningError):
    """A revealed per-commitment secret is not of the same tree as the ones revealed before."""

    commitment_number: int
