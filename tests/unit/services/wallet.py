"""A wallet for tests: channels with money, shops, invoices to pay, and the engine's side of the story told by hand."""

from __future__ import annotations

import hashlib
import time
from typing import TypeVar

import msgspec

from payments.lightning.crypto import secp256k1
from payments.lightning.events import (
    ChannelReady,
    Event,
    PaymentFailed,
    PaymentFailureReason,
    PaymentPathFailed,
    PaymentPathStarted,
    PaymentPathSuccessful,
    PaymentSent,
)
from payments.lightning.ids import ChannelId, NodeId, PaymentHash, PaymentId, PaymentPreimage, PaymentSecret, make_scid
from payments.lightning.invoice.bolt11 import decode, encode
from payments.lightning.invoice.features import InvoiceFeature
from payments.lightning.invoice.invoice import InvoiceDraft
from payments.lightning.invoice.network import Network
from payments.lightning.routing.route import Path, RouteHop
from payments.models import EngineEvent
from payments.services.record_event import handle_pending_events

T = TypeVar("T")

US_KEY, RELAY_KEY, SHOP_KEY = (bytes([number]) * 32 for number in (1, 2, 3))
US, RELAY, SHOP = (NodeId(secp256k1.public_key(key)) for key in (US_KEY, RELAY_KEY, SHOP_KEY))
PREIMAGE = PaymentPreimage(b"\x07" * 32)
CHANNEL = ChannelId(b"\x0c" * 32)
OUR_SCID, NEXT_SCID = make_scid(100, 1, 0), make_scid(101, 2, 1)
ID = "a1" * 32
OTHER_ID = "b2" * 32
FEE_MSAT = 1_100


def hash_of(preimage: bytes) -> PaymentHash:
    return PaymentHash(hashlib.sha256(preimage).digest())


def make_invoice(
    amount_msat: int | None = 1_000_000,
    *,
    preimage: bytes = PREIMAGE,
    network: Network = Network.REGTEST,
    created_at_s: int | None = None,
    expiry_s: int = 3_600,
) -> str:
    """An invoice of the shop, valid for an hour."""
    draft = InvoiceDraft(
        network=network,
        created_at_s=int(time.time()) if created_at_s is None else created_at_s,
        expiry_s=expiry_s,
        payment_hash=hash_of(preimage),
        payment_secret=PaymentSecret(b"\x05" * 32),
        amount_msat=amount_msat,
        description="One coffee",
        features=frozenset({InvoiceFeature.VAR_ONION_OPTIN, InvoiceFeature.PAYMENT_SECRET}),
    )
    return encode(draft, private_key=SHOP_KEY)


def path_to_shop(amount_msat: int = 1_000_000) -> Path:
    return Path(
        hops=(
            RouteHop(node_id=RELAY, short_channel_id=OUR_SCID, fee_msat=FEE_MSAT, cltv_expiry_delta=40),
            RouteHop(node_id=SHOP, short_channel_id=NEXT_SCID, fee_msat=amount_msat, cltv_expiry_delta=21),
        )
    )


def store(*events: Event) -> None:
    """Put events where the engine puts them; nobody has handled them yet."""
    for event in events:
        EngineEvent.objects.create(kind=type(event).__name__, body=msgspec.msgpack.encode(event))


def tell(*events: Event) -> None:
    """Store events and handle them."""
    store(*events)
    handle_pending_events()


def fund(balance_msat: int = 10_000_000, *, channel_id: ChannelId = CHANNEL) -> None:
    """A channel with this much of ours is ready."""
    tell(
        ChannelReady(
            channel_id=channel_id,
            counterparty_node_id=RELAY,
            short_channel_id=OUR_SCID,
            capacity_sat=1_000_000,
            balance_msat=balance_msat,
        )
    )


def started(payment_id: str = ID, number: int = 1, *, amount_msat: int = 1_000_000) -> PaymentPathStarted:
    return PaymentPathStarted(
        payment_id=PaymentId(bytes.fromhex(payment_id)),
        payment_hash=hash_of(PREIMAGE),
        attempt_number=number,
        path=path_to_shop(amount_msat),
        session_key_hash=b"\x09" * 32,
    )


def path_failed(payment_id: str = ID, number: int = 1, *, code: int | None = 0x1007, failing_hop: int | None = 0) -> PaymentPathFailed:
    return PaymentPathFailed(
        payment_id=PaymentId(bytes.fromhex(payment_id)),
        payment_hash=hash_of(PREIMAGE),
        attempt_number=number,
        path=path_to_shop(),
        payment_failed_permanently=False,
        failing_hop=failing_hop,
        failure_code=code,
        failure_data=b"",
        short_channel_id=NEXT_SCID,
        hold_times_ms=(120,),
    )


def path_successful(payment_id: str = ID, number: int = 1) -> PaymentPathSuccessful:
    return PaymentPathSuccessful(
        payment_id=PaymentId(bytes.fromhex(payment_id)), payment_hash=hash_of(PREIMAGE), attempt_number=number, path=path_to_shop()
    )


def sent(payment_id: str = ID, *, fee_paid_msat: int = FEE_MSAT, amount_msat: int = 1_000_000) -> PaymentSent:
    return PaymentSent(
        payment_id=PaymentId(bytes.fromhex(payment_id)),
        payment_preimage=PREIMAGE,
        payment_hash=hash_of(PREIMAGE),
        amount_msat=amount_msat,
        fee_paid_msat=fee_paid_msat,
    )


def failed(payment_id: str = ID, reason: PaymentFailureReason = PaymentFailureReason.RETRIES_EXHAUSTED) -> PaymentFailed:
    return PaymentFailed(payment_id=PaymentId(bytes.fromhex(payment_id)), payment_hash=hash_of(PREIMAGE), reason=reason)


def refused(kind: type[T], call: object, *arguments: object, **options: object) -> T:
    """The refusal that a call ends with."""
    try:
        call(*arguments, **options)
    except kind as refusal:
        return refusal
    raise AssertionError(f"not refused with {kind.__name__}")


assert decode(make_invoice()).payee == SHOP
