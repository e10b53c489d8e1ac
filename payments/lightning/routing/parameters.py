"""
The wish that the router answers: who shall get how much, what it may cost and how long money may be locked.

Names are LDK's. Limits are part of the wish and always present: a payment without a fee limit is an invitation to take everything.
"""

from __future__ import annotations

import msgspec

from payments.lightning.ids import NodeId, ShortChannelId
from payments.lightning.invoice.features import InvoiceFeature, has_feature
from payments.lightning.invoice.invoice import Invoice, RouteHint

MAX_TOTAL_CLTV_EXPIRY_DELTA = 1_008
"""Blocks that an HTLC of ours may be locked at worst. A week: LDK's default."""
MAX_PATH_LENGTH = 19
"""Channels in a path, ours included. An onion holds 19 hops with usual payloads and the payee's bigger one: LDK's estimate."""
MAX_PATH_COUNT = 10
"""Paths of one payment. LDK's default: each costs a base fee and a slot in every channel."""
MAX_CHANNEL_SATURATION_POWER_OF_HALF = 2
"""Parts found one after the other fill others' channels to 1/2^2 = a quarter while that is enough. LDK's default: fuller ones fail more."""
SURE_CHANCE_PERMILLE = 900
"""A path whose chance is this much of what next to nothing would have is sent alone, nothing else looked for. 900: parts save little."""
FINAL_CLTV_PADDING_BLOCKS = 3
"""Added to what the payee asks for, because blocks may be found while the HTLC travels. LDK's and LND's figure."""
FEE_LIMIT_PPM = 10_000
"""Share of the amount that routing may cost. 1 %: LDK's default."""
FEE_LIMIT_BASE_MSAT = 50_000
"""And this in any case. 50 sat, as LDK: one percent of a small payment is less than one hop's base fee."""


def default_fee_limit_msat(amount_msat: int) -> int:
    """
    What routing may cost when nobody said otherwise: 1 % and 50 sat.

    >>> default_fee_limit_msat(1_000_000)
    60000
    """
    return amount_msat * FEE_LIMIT_PPM // 1_000_000 + FEE_LIMIT_BASE_MSAT


class FailedAmount(msgspec.Struct, frozen=True, kw_only=True):
    """A direction of a channel that could not carry this much of this payment, all of its parts together; less it may."""

    short_channel_id: ShortChannelId
    source: NodeId
    amount_msat: int


class PaymentParameters(msgspec.Struct, frozen=True, kw_only=True):
    """
    What does not change from try to try, but for what was learned in between.

    features                     bit numbers that the payee announced in the invoice
    final_cltv_expiry_delta      blocks that the payee asks for, padding included
    previously_failed_channels   left out of the next route
    failed_amounts               of those, those that failed for want of balance: taken for less than that where nothing else is left
    excluded_nodes               nobody of these is on the way, first peer and hinted nodes included, whatever else is left
    """

    payee: NodeId
    features: frozenset[int] = frozenset()
    route_hints: tuple[RouteHint, ...] = ()
    final_cltv_expiry_delta: int
    max_total_cltv_expiry_delta: int = MAX_TOTAL_CLTV_EXPIRY_DELTA
    max_path_length: int = MAX_PATH_LENGTH
    max_path_count: int = MAX_PATH_COUNT
    max_channel_saturation_power_of_half: int = MAX_CHANNEL_SATURATION_POWER_OF_HALF
    previously_failed_channels: frozenset[ShortChannelId] = frozenset()
    failed_amounts: tuple[FailedAmount, ...] = ()
    excluded_nodes: frozenset[NodeId] = frozenset()

    @property
    def allows_parts(self) -> bool:
        """Whether the payee takes a payment in several parts and we would send more than one."""
        return self.max_path_count > 1 and has_feature(self.features, InvoiceFeature.BASIC_MPP)


class RouteParameters(msgspec.Struct, frozen=True, kw_only=True):
    """One question to the router: this much, for at most this fee."""

    payment_params: PaymentParameters
    final_value_msat: int
    max_total_routing_fee_msat: int

    @classmethod
    def from_invoice(
        cls, invoice: Invoice, *, amount_msat: int | None = None, max_total_routing_fee_msat: int | None = None
    ) -> RouteParameters:
        """
        What an invoice asks for. ValueError when neither it nor `amount_msat` names an amount.

        amount_msat                  what to pay, when the invoice leaves it open or less or more is meant
        max_total_routing_fee_msat   None: `default_fee_limit_msat`
        """
        value_msat = amount_msat if amount_msat is not None else invoice.amount_msat
        if value_msat is None:
            raise ValueError("an invoice without an amount, and none was given")
        params = PaymentParameters(
            payee=invoice.payee,
            features=invoice.features,
            route_hints=invoice.route_hints,
            final_cltv_expiry_delta=invoice.min_final_cltv_expiry_delta + FINAL_CLTV_PADDING_BLOCKS,
        )
        limit_msat = default_fee_limit_msat(value_msat) if max_total_routing_fee_msat is None else max_total_routing_fee_msat
        return cls(payment_params=params, final_value_msat=value_msat, max_total_routing_fee_msat=limit_msat)

    def without(self, short_channel_id: ShortChannelId) -> RouteParameters:
        """The same question after that channel failed."""
        params = self.payment_params
        failed = params.previously_failed_channels | {short_channel_id}
        return msgspec.structs.replace(self, payment_params=msgspec.structs.replace(params, previously_failed_channels=failed))


class FirstHop(msgspec.Struct, frozen=True, kw_only=True):
    """
    One of our channels, with what it can really carry now. LDK's ChannelDetails, reduced.

    outbound_capacity_msat           our balance less the reserve
    next_outbound_htlc_limit_msat    the largest HTLC that we could add now, fees and limits of both sides considered
    next_outbound_htlc_minimum_msat  the smallest
    further_htlc_cost_msat           what an HTLC takes off the limit beyond its amount: room in the commitment that we, the opener, pay for
    """

    short_channel_id: ShortChannelId
    counterparty_node_id: NodeId
    outbound_capacity_msat: int
    next_outbound_htlc_limit_msat: int
    next_outbound_htlc_minimum_msat: int = 1
    further_htlc_cost_msat: int = 0
    capacity_sat: int
