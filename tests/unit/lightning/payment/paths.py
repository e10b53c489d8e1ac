"""A path of three hops and an attempt over it, for tests of what comes back."""

from __future__ import annotations

from hashlib import sha256

from payments.lightning.onion.failure import FailurePacket, create_failure, wrap_failure
from payments.lightning.onion.packet import shared_secrets
from payments.lightning.payment.outbound import OutboundPayment, Retry
from payments.lightning.payment.packet import PaymentOnion, RecipientOnionFields
from payments.lightning.routing.route import Path, RouteHop
from tests.graphs import node, scid, wish

PREIMAGE = sha256(b"preimage").digest()
HASH = sha256(PREIMAGE).digest()
SESSION_KEY = sha256(b"session").digest()
HEIGHT = 800_000
SECRET = b"\x07" * 32


def path(*names: str, amount_msat: int = 1_000_000, fee_msat: int = 1_000, first: int = 1) -> Path:
    """A path over these nodes; channel number `first` leads to the first, and each node but the last keeps the same fee."""
    last = len(names) - 1
    return Path(
        hops=tuple(
            RouteHop(
                node_id=node(name),
                short_channel_id=scid(first + index),
                fee_msat=amount_msat if index == last else fee_msat,
                cltv_expiry_delta=18 if index == last else 40,
            )
            for index, name in enumerate(names)
        )
    )


WAY = path("bob", "carol", "dave")


def secrets_of(way: Path = WAY) -> tuple[bytes, ...]:
    return shared_secrets([hop.node_id for hop in way.hops], SESSION_KEY)


def returned(message: bytes, *, hop: int, way: Path = WAY, attributed: bool = True) -> FailurePacket:
    """What arrives at the payer when the node of this hop fails with this message."""
    secrets = secrets_of(way)
    packet = create_failure(secrets[hop], message, hold_time_100ms=2)
    for secret in reversed(secrets[:hop]):
        packet = wrap_failure(secret, packet, hold_time_100ms=3)
    return packet if attributed else FailurePacket(reason=packet.reason, attribution_data=None)


def onion(*, metadata: bytes | None = None, total_msat: int = 1_000_000) -> PaymentOnion:
    recipient = RecipientOnionFields(payment_secret=SECRET, payment_metadata=metadata)
    return PaymentOnion(payment_hash=HASH, recipient=recipient, total_msat=total_msat, height=HEIGHT)


def payment(*, amount_msat: int = 1_000_000, fee_limit_msat: int = 10_000, max_attempts: int = 3) -> OutboundPayment:
    return OutboundPayment(
        payment_id=bytes(32),
        payment_hash=HASH,
        recipient=RecipientOnionFields(payment_secret=SECRET),
        params=wish("dave", amount_msat, fee_limit_msat=fee_limit_msat),
        retry=Retry(max_attempts=max_attempts, until_ms=60_000),
    )
