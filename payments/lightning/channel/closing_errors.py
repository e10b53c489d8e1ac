"""Why a cooperative close comes to nothing: one leaf per reason. The channel is then closed by its latest commitment instead."""

from __future__ import annotations

from dataclasses import dataclass

from payments.lightning.errors import LightningError


@dataclass(eq=False, kw_only=True)
class ChannelNotInUse(LightningError):
    """Only a channel that is in use can be closed together: this one is not ready yet, or is being closed already."""


@dataclass(eq=False, kw_only=True)
class ClosedOnOurOwn(LightningError):
    """We closed the channel without its peer."""


@dataclass(eq=False, kw_only=True)
class ClosingError(LightningError):
    """The peer broke the rules of closing together."""


@dataclass(eq=False, kw_only=True)
class ShutdownScriptNotStandard(ClosingError):
    """The peer wants its share paid to a script that nodes do not relay: the transaction would never confirm."""

    script_pubkey: bytes


@dataclass(eq=False, kw_only=True)
class ShutdownScriptChanged(ClosingError):
    """The peer names another script than before: somebody may have got between."""


@dataclass(eq=False, kw_only=True)
class HtlcAfterShutdown(ClosingError):
    """The peer said that it adds no more, and adds."""


@dataclass(eq=False, kw_only=True)
class UnexpectedClosingSigned(ClosingError):
    """A closing transaction is proposed before both sides have said shutdown, or while HTLCs are open."""


@dataclass(eq=False, kw_only=True)
class InvalidClosingSignature(ClosingError):
    """The peer's signature is not one of the closing transaction with this fee."""

    fee_sat: int


@dataclass(eq=False, kw_only=True)
class ClosingFeeUnacceptable(ClosingError):
    """The two sides do not come together about the fee."""

    fee_sat: int
    minimum_sat: int
    maximum_sat: int
