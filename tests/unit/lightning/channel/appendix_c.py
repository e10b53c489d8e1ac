"""The channel of BOLT 3, Appendix C, as literals: keys, HTLCs and the facts of a commitment, to be varied by tests."""

from __future__ import annotations

import msgspec

from payments.lightning.channel.commitment import CommitmentHtlc, CommitmentSpec
from payments.lightning.channel.keys import ChannelSecrets, CommitmentKeys
from payments.lightning.channel.types import ChannelType
from payments.lightning.crypto.hashes import sha256

UNUSED = bytes(31) + b"\x07"
HOLDER = ChannelSecrets(
    funding_private_key=bytes.fromhex("30ff4956bbdd3222d44cc5e8a1261dab1e07957bdac5ae88fe3261ef321f3749"),
    revocation_basepoint_secret=UNUSED,
    payment_basepoint_secret=b"\x11" * 32,
    delayed_payment_basepoint_secret=b"\x33" * 32,
    htlc_basepoint_secret=b"\x11" * 32,
    per_commitment_seed=bytes(32),
)
COUNTERPARTY = ChannelSecrets(
    funding_private_key=bytes.fromhex("1552dfba4f6cf29a62a0af13c8d6981d36d0ef8d61ba10fb0fe90da7634d7e13"),
    revocation_basepoint_secret=b"\x22" * 32,
    payment_basepoint_secret=b"\x44" * 32,
    delayed_payment_basepoint_secret=UNUSED,
    htlc_basepoint_secret=b"\x44" * 32,
    per_commitment_seed=bytes(32),
)
POINT = bytes.fromhex("025f7117a78150fe2ef97db7cfc83bd57b2e2c0d0dd25eaf467a4a1c2a45ce1486")


def htlc(number: int, *, offered: bool, amount_msat: int, cltv_expiry: int) -> CommitmentHtlc:
    return CommitmentHtlc(
        owner_is_holder=offered,
        htlc_id=number,
        amount_msat=amount_msat,
        payment_hash=sha256(bytes([number]) * 32),
        cltv_expiry=cltv_expiry,
    )


FIVE_HTLCS = (
    htlc(0, offered=False, amount_msat=1_000_000, cltv_expiry=500),
    htlc(1, offered=False, amount_msat=2_000_000, cltv_expiry=501),
    htlc(2, offered=True, amount_msat=2_000_000, cltv_expiry=502),
    htlc(3, offered=True, amount_msat=3_000_000, cltv_expiry=503),
    htlc(4, offered=False, amount_msat=4_000_000, cltv_expiry=504),
)

SIMPLE = CommitmentSpec(
    channel_type=ChannelType.STATIC_REMOTEKEY,
    funding_txid=bytes.fromhex("8984484a580b825b9972d7adb15050b3ab624ccd731946b3eeddb92f4e7ef6be")[::-1],
    funding_output_index=0,
    funding_sat=10_000_000,
    commitment_number=42,
    opener_payment_basepoint=HOLDER.basepoints.payment_basepoint,
    accepter_payment_basepoint=COUNTERPARTY.basepoints.payment_basepoint,
    holder_is_opener=True,
    to_self_delay_blocks=144,
    dust_limit_sat=546,
    feerate_per_kw=15_000,
    to_holder_msat=7_000_000_000,
    to_counterparty_msat=3_000_000_000,
    htlcs=(),
    keys=CommitmentKeys.derive(HOLDER.basepoints, COUNTERPARTY.basepoints, POINT),
)
"""The first commitment of the appendix: no HTLCs."""

WITH_HTLCS = msgspec.structs.replace(SIMPLE, feerate_per_kw=0, to_holder_msat=6_988_000_000, htlcs=FIVE_HTLCS)
"""The second: all five HTLCs and no fee."""

SIMPLE_ANCHORS = msgspec.structs.replace(SIMPLE, channel_type=ChannelType.ANCHORS)
"""The first commitment of Appendix F."""

WITH_HTLCS_ANCHORS = msgspec.structs.replace(WITH_HTLCS, channel_type=ChannelType.ANCHORS, feerate_per_kw=644)
"""The third of Appendix F."""
