"""
An invoice as the rest of the engine knows it, and the draft of one that is not signed yet.

Plain values: reading text is `bolt11.decode`'s matter, judging whether it can be paid here and now is `check_payable`'s. The description
is what a stranger wrote; whoever shows it makes control and direction characters visible.
"""

from __future__ import annotations

import msgspec

from payments.lightning.ids import NodeId, PaymentHash, PaymentSecret, ShortChannelId
from payments.lightning.invoice.errors import InvoiceExpired, WrongNetwork
from payments.lightning.invoice.fallback import Fallback
from payments.lightning.invoice.features import has_feature
from payments.lightning.invoice.network import Network

DEFAULT_EXPIRY_S = 3600
DEFAULT_MIN_FINAL_CLTV_EXPIRY_DELTA = 18


class HintHop(msgspec.Struct, frozen=True, kw_only=True):
    """
    A channel that no gossip tells of, and what its owner asks for forwarding over it.

    node_id is the node at the near end. All figures are a stranger's claim and may be as large as their fields allow.
    """

    node_id: NodeId
    short_channel_id: ShortChannelId
    fee_base_msat: int
    fee_proportional_millionths: int
    cltv_expiry_delta: int


class RouteHint(msgspec.Struct, frozen=True, kw_only=True):
    """A way through private channels to the payee: from the first hop's node, hop by hop, to whom the invoice pays."""

    hops: tuple[HintHop, ...]


class InvoiceDraft(msgspec.Struct, frozen=True, kw_only=True):
    """
    All that a payee decides about an invoice: everything but the signature.

    amount_msat        None: the payer chooses
    description        or description_hash[32], exactly one of them
    expiry_s           from created_at_s on; at least 1
    features           bit numbers, as BOLT 9 gives them
    payee_is_given     whether the payee's node id is written out; otherwise it follows from the signature
    """

    network: Network
    created_at_s: int
    payment_hash: PaymentHash
    payment_secret: PaymentSecret
    amount_msat: int | None = None
    description: str | None = None
    description_hash: bytes | None = None
    expiry_s: int = DEFAULT_EXPIRY_S
    min_final_cltv_expiry_delta: int = DEFAULT_MIN_FINAL_CLTV_EXPIRY_DELTA
    features: frozenset[int] = frozenset()
    route_hints: tuple[RouteHint, ...] = ()
    fallbacks: tuple[Fallback, ...] = ()
    metadata: bytes | None = None
    payee_is_given: bool = False


class Invoice(InvoiceDraft, frozen=True, kw_only=True):
    """
    A request to pay whose signature holds.

    text        the invoice in lower case
    payee       who signed it
    signature   65 bytes: r | s | recovery id
    warnings    what was read but not used, as `payment_hash_repeated`, `payee_wrong_length`, `fallback_unknown`, `expiry_shortened`
    """

    text: str
    payee: NodeId
    signature: bytes
    warnings: tuple[str, ...] = ()

    @property
    def expires_at_s(self) -> int:
        """The first second at which the payee need not accept the payment any more."""
        return self.created_at_s + self.expiry_s

    @property
    def fallback_addresses(self) -> tuple[str, ...]:
        """The on-chain addresses, the payee's favourite first."""
        return tuple(fallback.address(self.network) for fallback in self.fallbacks)

    def supports(self, feature: int) -> bool:
        """Whether the payee supports or requires a feature (an `InvoiceFeature`, or either bit of a pair)."""
        return has_feature(self.features, feature)


def check_payable(invoice: Invoice, *, network: Network, now_s: int) -> None:
    """
    Whether this invoice can be paid here and now; silence means yes.

    raises   WrongNetwork, InvoiceExpired
    """
    if invoice.network is not network:
        raise WrongNetwork(found=invoice.network, ours=network)
    if now_s >= invoice.expires_at_s:
        raise InvoiceExpired(expired_at_s=invoice.expires_at_s)
