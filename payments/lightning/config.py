"""
Every knob of the engine: what it means, its unit, its default, and why that default.

One frozen EngineConfig is built from the settings by the caller and handed in; the engine reads no setting and no environment.
"""

from __future__ import annotations

from msgspec import Struct


class ForwardingConfig(Struct, frozen=True, kw_only=True):
    """What a node asks of those who route through one of its channels. BOLT 7, The `channel_update` Message"""

    fee_base_msat: int = 1_000
    """Per payment. The value most of the network announces."""
    fee_proportional_millionths: int = 100
    """Share of the amount. 0.01 %: a common price of well-connected nodes."""
    cltv_expiry_delta: int = 40
    """Blocks between the expiry of the incoming HTLC and that of the outgoing: time to claim on chain. BOLT 2 suggests 34 or more."""
    htlc_minimum_msat: int = 1
    """The smallest payment carried. 1 msat: nothing is gained by refusing small ones."""
    htlc_maximum_msat: int | None = None
    """The largest payment carried. None: all that the channel can, which leaves it to the payer whether to try."""
    is_disabled: bool = False
    """The channel is switched off in our direction. Off only by its owner's wish: a peer that is away for a moment is no reason."""


class ChannelConfig(Struct, frozen=True, kw_only=True):
    """What we ask of a channel with us. BOLT 2, The `open_channel` Message"""

    dust_limit_sat: int = 354
    """Outputs below this are left out. 354: the smallest that every segwit output may have (BOLT 3, Dust Limits)."""
    channel_reserve_ppm: int = 10_000
    """What each side must always keep, as a share of the capacity. 1 %: so that cheating has a price (BOLT 2)."""
    max_accepted_htlcs: int = 483
    """HTLCs that a peer may have open towards us. 483 each way still fit into a penalty transaction (BOLT 2)."""
    to_self_delay_blocks: int = 144
    """How long a peer must wait for its own money after a force close. A day: time to notice a revoked state."""
    max_dust_exposure_msat: int = 5_000_000
    """What too small HTLCs may add up to: a force close gives them to miners. 5,000 sat, as LDK's fixed limit."""
    fee_spike_multiple: int = 2
    """The opener keeps enough to pay this multiple of today's fee, so that a fee rise cannot lock the channel (BOLT 2)."""
    min_capacity_sat: int = 20_000
    """The smallest channel that is opened with us. 20,000 sat: below, reserve, fees and anchors leave little to pay with."""
    minimum_depth_blocks: int = 3
    """How many blocks must hold a peer's funding before we use its channel. LDK asks for 6, LND for 3 to 6: nothing here is that large."""
    max_openings_per_peer: int = 4
    """Channels that one peer may have begun and that no block has made sure of. As LDK: each costs us memory and the peer nothing."""
    feerate_per_kw: int = 2_500
    """Satoshi per 1,000 weight units. Ten times the network's floor of 253: the sandbox has no fee market to ask."""


class PaymentConfig(Struct, frozen=True, kw_only=True):
    """How hard and how dear we try."""

    max_attempts: int = 6
    """Routes tried for one payment. LDK's examples use 3 to 10: with good knowledge the sixth rarely helps."""
    retry_for_s: int = 60
    """New routes are tried for this long; HTLCs already under way may last longer. A person waits about a minute."""
    held_after_s: int = 10
    """An HTLC without an answer for this long is shown as held. Honest routes answer within seconds, and nobody shall pay twice."""
    mpp_timeout_s: int = 60
    """How long the payee waits for the missing parts of a set. BOLT 4 asks for at least 60 seconds."""


class EngineConfig(Struct, frozen=True, kw_only=True):
    """All of them together."""

    forwarding: ForwardingConfig = ForwardingConfig()
    channel: ChannelConfig = ChannelConfig()
    payment: PaymentConfig = PaymentConfig()
    htlc_deadline_blocks: int = 18
    """Blocks before an incoming HTLC's expiry at which a known preimage goes to the chain. BOLT 2 reckons with 18 for final nodes."""
    min_final_cltv_expiry_delta: int = 24
    """Asked for in our invoices: the deadline above and a margin. LDK's default."""
