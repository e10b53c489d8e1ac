"""A little network in the database: we - relay - shop, named, on the map and with money in our channel."""

from __future__ import annotations

import itertools

from payments.lightning.ids import NodeId, ShortChannelId, format_scid
from payments.lightning.wire.gossip_messages import ChannelAnnouncement, ChannelUpdate
from payments.lightning.wire.messages import encode_message
from payments.models import ChainRecord, ChannelRecord, GossipPast, GossipRecord, NodeRecord
from payments.queries.network import forget_network_graph
from tests.unit.services.wallet import CHANNEL, NEXT_SCID, OUR_SCID, RELAY, SHOP, US, fund

BALANCE_MSAT = 10_000_000
_sequence = itertools.count(1)


def build() -> None:
    """Everything that the engine would have written."""
    forget_network_graph()
    fund(BALANCE_MSAT)
    ChainRecord.objects.create(height=800_000)
    for node_id, slug, role in ((US, "own", "own"), (RELAY, "relay", "routing"), (SHOP, "coffee", "shop")):
        NodeRecord.objects.create(node_id=node_id.hex(), name=slug.title(), slug=slug, role=role, sells="Coffee" if role == "shop" else "")
    ChannelRecord.objects.create(
        channel_id=CHANNEL.hex(),
        counterparty=RELAY.hex(),
        short_channel_id=format_scid(OUR_SCID),
        capacity_sat=1_000_000,
        balance_msat=BALANCE_MSAT,
        outbound_capacity_msat=BALANCE_MSAT,
        next_outbound_htlc_limit_msat=BALANCE_MSAT,
        next_outbound_htlc_minimum_msat=1,
        inbound_capacity_msat=0,
        is_usable=True,
        state="normal",
    )
    announce(NEXT_SCID, RELAY, SHOP)


def announce(scid: ShortChannelId, one: NodeId, two: NodeId, *, fee_base_msat: int = 1_000) -> None:
    """A public channel, with the same price in both directions."""
    first, second = sorted((one, two))
    announcement = ChannelAnnouncement(
        node_signature_1=bytes(64),
        node_signature_2=bytes(64),
        bitcoin_signature_1=bytes(64),
        bitcoin_signature_2=bytes(64),
        features=b"",
        chain_hash=bytes(32),
        short_channel_id=scid,
        node_id_1=first,
        node_id_2=second,
        bitcoin_key_1=first,
        bitcoin_key_2=second,
    )
    _store("channel_announcement", f"channel {scid}", encode_message(announcement))
    for direction in (0, 1):
        set_price(scid, direction, fee_base_msat=fee_base_msat)


def set_price(scid: ShortChannelId, direction: int, *, fee_base_msat: int, timestamp_s: int = 1_700_000_000) -> None:
    """What one end of a channel asks for from now on."""
    update = ChannelUpdate(
        signature=bytes(64),
        chain_hash=bytes(32),
        short_channel_id=scid,
        timestamp=timestamp_s,
        message_flags=1,
        channel_flags=direction,
        cltv_expiry_delta=40,
        htlc_minimum_msat=1,
        fee_base_msat=fee_base_msat,
        fee_proportional_millionths=100,
        htlc_maximum_msat=900_000_000,
    )
    _store("channel_update", f"policy {scid} {direction}", encode_message(update))


def _store(kind: str, key: str, message: bytes) -> None:
    values = {"kind": kind, "message": message, "capacity_sat": 1_000_000, "sequence": next(_sequence)}
    if (old := GossipRecord.objects.filter(key=key).first()) is not None:
        GossipPast.objects.create(
            key=key, message=old.message, capacity_sat=old.capacity_sat, sequence=old.sequence, replaced_at=values["sequence"]
        )
    GossipRecord.objects.update_or_create(key=key, defaults=values)
