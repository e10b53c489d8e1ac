"""A channel between two of our nodes, without messages on their line: both sides made and signed at once."""

from __future__ import annotations

from payments.lightning.channel.keys import ChannelSecrets
from payments.lightning.channel.types import ChannelType
from payments.lightning.ids import make_scid
from tests.channels import Deal, Side, opened


def join(opener, accepter, *, capacity_sat=1_000_000, push_msat=500_000_000, channel_type=ChannelType.ANCHORS, number=0):
    """Give both nodes a channel with each other; it is not announced."""
    sides = [
        Side(
            node_id=node.node_id,
            secrets=ChannelSecrets.derive(node.identity.seed, 1_000 + number),
            key_index=1_000 + number,
            config=node.config.channel,
            forwarding=node.config.forwarding,
        )
        for node in (opener, accepter)
    ]
    deal = Deal(
        channel_type=channel_type,
        capacity_sat=capacity_sat,
        push_msat=push_msat,
        is_announced=False,
        short_channel_id=make_scid(50, 1 + number, 0),
    )
    ours, theirs = opened(*sides, deal)
    opener.manager.add_channel(ours)
    accepter.manager.add_channel(theirs)
    return ours.id
