"""A channel between two of our nodes, without messages: both sides made and signed at once, as the sandbox does."""

from __future__ import annotations

import os

from payments.lightning.channel.keys import ChannelSecrets
from payments.lightning.channel.opening import Funding, first_signature, new_channel, party, with_first_signature
from payments.lightning.channel.types import ChannelType
from payments.lightning.ids import make_scid


def join(opener, accepter, *, capacity_sat=1_000_000, push_msat=500_000_000, channel_type=ChannelType.ANCHORS, number=0):
    """Give both nodes a channel with each other; it is not announced."""
    sides = []
    for node in (opener, accepter):
        secrets = ChannelSecrets.derive(node.identity.seed, 1_000 + number)
        wishes = {"config": node.config.channel, "forwarding": node.config.forwarding}
        sides.append((party(node.node_id, 1_000 + number, secrets, **wishes), secrets))
    funding = Funding(
        txid=os.urandom(32),
        output_index=0,
        short_channel_id=make_scid(50, 1 + number, 0),
        capacity_sat=capacity_sat,
        push_msat=push_msat,
        channel_type=channel_type,
        is_announced=False,
    )
    (first, first_secrets), (second, second_secrets) = sides
    ours, theirs = new_channel(first, second, funding, is_opener=True), new_channel(second, first, funding, is_opener=False)
    opener.manager.add_channel(with_first_signature(ours, first_signature(theirs, second_secrets), first_secrets))
    accepter.manager.add_channel(with_first_signature(theirs, first_signature(ours, first_secrets), second_secrets))
    return ours.id
