"""
What both sides of an opening do alike: name the channel, and sign each other's first commitment before any money moves.

BOLT 2, Channel Establishment v1
"""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.channel.channel import Channel
from payments.lightning.channel.commitment import build_commitment, sign_commitment, verify_commitment
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.keys import ChannelSecrets
from payments.lightning.ids import ChannelId


def channel_id_of(txid: bytes, output_index: int) -> ChannelId:
    """
    The name of a channel: its funding txid with the output index mixed into the last two bytes.

    BOLT 2, Definition of `channel_id`
    """
    return ChannelId((int.from_bytes(txid, "big") ^ output_index).to_bytes(32, "big"))


def first_signature(channel: Channel, secrets: ChannelSecrets) -> bytes:
    """Our signature[64] on the peer's first commitment: what funding_created and funding_signed carry."""
    spec = channel.commitment_spec(Side.REMOTE, 0, secrets)
    return sign_commitment(build_commitment(spec), spec, secrets)[0]


def with_first_signature(channel: Channel, signature: bytes, secrets: ChannelSecrets) -> Channel:
    """
    The channel with the peer's signature[64] on our first commitment: from here on the money in it can be got back.

    raises    InvalidCommitmentSignature
    """
    spec = channel.commitment_spec(Side.LOCAL, 0, secrets)
    verify_commitment(build_commitment(spec), spec, signature=signature, htlc_signatures=())
    return replace(channel, local_signature=signature)
