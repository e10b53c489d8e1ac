"""
What the engine can be asked to do: the values that EngineCommand rows carry, and what comes back in their `result`.

A command is written by a web process in its own transaction and taken by the engine's process in one of its turns. Everything in it is
plain data; both sides may be restarted in between. Idempotency keys are made here, so that two ways of asking for the same thing meet.

    PayInvoice      done: begun, the rest is told by events           key  pay:<payment id>
    AbandonPayment  done: no new attempt will be made                 key  abandon:<payment id>
    CreateInvoice   done: result is an InvoiceCreated                 key  invoice:<request id>
    CancelInvoice   done: nobody can pay it any more                  key  cancel:<request id>
    SettleInside    done: result is a SettledInside, nothing was sent key  pay:<payment id>
    SandboxPay      done: begun, by another node of the sandbox       key  sandboxpay:<request id>
    SetFault        done: the sandbox is so from now on               key  fault:<request id>
    ClearFaults     done: every fault is gone                         key  clear:<request id>
    AdvanceBlocks   done: begun, the chain grows turn by turn         key  blocks:<request id>
    OpenChannel     done: asked for; result is a ChannelAsked         key  open:<request id>
    CloseChannel    done: begun, the rest is told by events           key  close:<request id>
    ProbeRoute      done: result is a ProbesSent, events tell more    key  probe:<request id>
    any             refused: result is a CommandRefused, nothing was done
"""

from __future__ import annotations

import msgspec

from payments.lightning.ids import ChannelId, PaymentHash, PaymentId
from payments.lightning.routing.route import Route
from payments.sandbox.faults import Fault


class PayInvoice(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Pay this invoice this much for at most this fee. Amount and fee limit are reserved in the ledger already."""

    payment_id: PaymentId
    invoice: str
    amount_msat: int
    fee_limit_msat: int
    route: Route | None = None
    """The way of the first try, as somebody has chosen it: that one or none."""

    @property
    def idempotency_key(self) -> str:
        """One payment id is begun once."""
        return f"pay:{self.payment_id.hex()}"


class AbandonPayment(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Make no further attempt; what is out may still succeed."""

    payment_id: PaymentId

    @property
    def idempotency_key(self) -> str:
        """Once a payment."""
        return f"abandon:{self.payment_id.hex()}"


class ProbeRoute(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Test the route by which this would be paid now, with HTLCs that nobody can be paid with."""

    request_id: str
    invoice: str
    amount_msat: int
    fee_limit_msat: int
    route: Route | None = None
    """Another one that somebody has chosen."""

    @property
    def idempotency_key(self) -> str:
        """Once a wish."""
        return f"probe:{self.request_id}"


class CreateInvoice(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let the node with this slug make an invoice. amount_msat None: the payer chooses."""

    request_id: str
    node_slug: str
    amount_msat: int | None
    description: str
    expiry_s: int

    @property
    def idempotency_key(self) -> str:
        """One invoice a request."""
        return f"invoice:{self.request_id}"


class CancelInvoice(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let our node take no money for this invoice of its own. Refused once it is paid or being paid."""

    request_id: str
    payment_hash: PaymentHash

    @property
    def idempotency_key(self) -> str:
        """Once an invoice."""
        return f"cancel:{self.request_id}"


class SettleInside(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Count an invoice of our own node as paid by another account of it. The amount is reserved in the ledger already."""

    payment_id: PaymentId
    payment_hash: PaymentHash
    amount_msat: int

    @property
    def idempotency_key(self) -> str:
        """As a payment over the network has it: one payment id is begun once, by one way."""
        return f"pay:{self.payment_id.hex()}"


class SandboxPay(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let another node of the sandbox pay this invoice, as a customer would."""

    request_id: str
    invoice: str
    amount_msat: int

    @property
    def idempotency_key(self) -> str:
        """Once a wish."""
        return f"sandboxpay:{self.request_id}"


class SetFault(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let a node of the sandbox behave like this; `payments.nodes.fault_wish` makes it from words."""

    request_id: str
    fault: Fault

    @property
    def idempotency_key(self) -> str:
        """Once a wish."""
        return f"fault:{self.request_id}"


class ClearFaults(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let every node of the sandbox behave as it was built."""

    request_id: str

    @property
    def idempotency_key(self) -> str:
        """Once a wish."""
        return f"clear:{self.request_id}"


class AdvanceBlocks(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Let the sandbox's chain grow by so many blocks, faster than the clock."""

    request_id: str
    blocks: int

    @property
    def idempotency_key(self) -> str:
        """Once a wish."""
        return f"blocks:{self.request_id}"


class OpenChannel(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Ask the node with this slug for a channel with ours; the sandbox's faucet pays for it."""

    request_id: str
    node_slug: str
    capacity_sat: int
    push_msat: int = 0
    is_announced: bool = True

    @property
    def idempotency_key(self) -> str:
        """One channel a request."""
        return f"open:{self.request_id}"


class CloseChannel(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Close a channel of ours: together with its peer, or alone."""

    request_id: str
    channel_id: ChannelId
    is_alone: bool = False

    @property
    def idempotency_key(self) -> str:
        """Once a wish."""
        return f"close:{self.request_id}"


EngineCommandBody = (
    PayInvoice
    | AbandonPayment
    | ProbeRoute
    | CreateInvoice
    | CancelInvoice
    | SettleInside
    | SandboxPay
    | SetFault
    | ClearFaults
    | AdvanceBlocks
    | OpenChannel
    | CloseChannel
)


class ChannelAsked(msgspec.Struct, frozen=True, kw_only=True):
    """The result of OpenChannel, in hex: ChannelPending or ChannelClosed tells what became of it."""

    temporary_channel_id: str


class ProbesSent(msgspec.Struct, frozen=True, kw_only=True):
    """The result of ProbeRoute: the ids of what was sent, in hex, and the code of the first refusal when a part was not sent."""

    probe_ids: tuple[str, ...]
    refusal: str = ""


class InvoiceCreated(msgspec.Struct, frozen=True, kw_only=True):
    """The result of CreateInvoice. payment_hash in hex."""

    invoice: str
    payment_hash: str


class SettledInside(msgspec.Struct, frozen=True, kw_only=True):
    """The result of SettleInside: the proof, in hex."""

    payment_preimage: str


class CommandRefused(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing was done. `error` is the code of a LightningError, such as `unknown_shop`."""

    error: str


_DECODER: msgspec.msgpack.Decoder[EngineCommandBody] = msgspec.msgpack.Decoder(EngineCommandBody)


def encode_command(body: EngineCommandBody) -> bytes:
    """A command as its row carries it."""
    return msgspec.msgpack.encode(body)


def decode_command(arguments: bytes | memoryview) -> EngineCommandBody:
    """The reverse of `encode_command`."""
    return _DECODER.decode(arguments)
