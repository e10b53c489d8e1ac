"""
Commands from the web, taken in their order in the turn that fulfils them.

Being fulfilled and being marked done are one commit, so a command is carried out once, whatever happens in between. A payment that cannot
even begin is told by the same event as one that fails later: pages know one way to fail.
"""

from __future__ import annotations

import hashlib

import msgspec
from django.utils import timezone

from payments.lightning.config import EngineConfig
from payments.lightning.errors import LightningError
from payments.lightning.events import Event, PaymentFailed
from payments.lightning.ids import NodeId, PaymentId
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.manager.manager import ChannelManager
from payments.lightning.manager.opening import ChannelWish
from payments.lightning.manager.receiving import InvoiceWish
from payments.lightning.payment.inbound import InsideRefusal
from payments.lightning.payment.outbound import Retry
from payments.lightning.payment.probe import ProbeSendFailure
from payments.lightning.ports import Clock
from payments.lightning.routing.parameters import RouteParameters, default_fee_limit_msat
from payments.models import EngineCommand
from payments.models.read_rows import read_rows
from payments.models.write_rows import update_rows
from payments.nodes.commands import (
    AbandonPayment,
    AdvanceBlocks,
    CancelInvoice,
    ChannelAsked,
    ClearFaults,
    CloseChannel,
    CommandRefused,
    CreateInvoice,
    InvoiceCreated,
    OpenChannel,
    PayInvoice,
    ProbeRoute,
    ProbesSent,
    SandboxPay,
    SetFault,
    SettledInside,
    SettleInside,
    decode_command,
)
from payments.sandbox.mischief import Mischief
from payments.sandbox.network import SandboxNetwork


def queued_commands() -> list[EngineCommand]:
    """What waits, oldest first."""
    return read_rows(EngineCommand, "state = 'queued' ORDER BY id")


class Clerk:
    """Carries out the commands of one turn and marks them."""

    def __init__(self, network: SandboxNetwork, ids: dict[str, NodeId], *, mischief: Mischief, clock: Clock, config: EngineConfig) -> None:
        self._network = network
        self._ids = ids
        self._mischief = mischief
        self._clock = clock
        self._config = config
        self._finished: list[EngineCommand] = []
        self.events: list[Event] = []
        """What is to be told beside what the engine tells."""

    def execute(self, command: EngineCommand) -> None:
        """Hand one command to the node that it is for."""
        command.state = EngineCommand.State.DONE
        match decode_command(command.arguments):
            case PayInvoice() | AbandonPayment() | ProbeRoute() | SettleInside() as wish:
                self._spend(command, wish)
            case CreateInvoice() | CancelInvoice() | SandboxPay() as wish:
                self._be_paid(command, wish)
            case SetFault() | ClearFaults() | AdvanceBlocks() as wish:
                self._make_mischief(wish)
            case OpenChannel() | CloseChannel() as wish:
                self._change_channels(command, wish)
        self._finished.append(command)

    def mark_done(self) -> None:
        """Write the results. Only inside the transaction of the turn."""
        for command in self._finished:
            command.done_at = timezone.now()
        update_rows(self._finished, ("state", "result", "done_at"))

    @property
    def _own(self) -> ChannelManager:
        return self._network.wake(next(iter(self._ids.values())))

    def _spend(self, command: EngineCommand, wish: PayInvoice | AbandonPayment | ProbeRoute | SettleInside) -> None:
        match wish:
            case PayInvoice():
                self._pay(wish)
            case AbandonPayment():
                self._own.abandon_payment(wish.payment_id)
            case ProbeRoute():
                self._probe(command, wish)
            case SettleInside():
                self._settle_inside(command, wish)

    def _be_paid(self, command: EngineCommand, wish: CreateInvoice | CancelInvoice | SandboxPay) -> None:
        match wish:
            case CreateInvoice():
                self._create_invoice(command, wish)
            case CancelInvoice():
                if not self._own.forget_invoice(wish.payment_hash):
                    _refuse(command, "invoice_not_open")
            case SandboxPay():
                self._pay_from_sandbox(command, wish)

    def _make_mischief(self, wish: SetFault | ClearFaults | AdvanceBlocks) -> None:
        match wish:
            case SetFault():
                self._mischief.set(wish.fault)
            case ClearFaults():
                self._mischief.clear()
            case AdvanceBlocks():
                self._mischief.owe_blocks(wish.blocks)

    def _pay(self, order: PayInvoice) -> None:
        invoice = decode(order.invoice)
        params = RouteParameters.from_invoice(invoice, amount_msat=order.amount_msat, max_total_routing_fee_msat=order.fee_limit_msat)
        payment = self._config.payment
        retry = Retry(max_attempts=payment.max_attempts, until_ms=self._clock.now_ms() + payment.retry_for_s * 1_000)
        failure = self._own.pay_for_bolt11_invoice(invoice, order.payment_id, params=params, retry=retry, chosen=order.route)
        if failure is not None and failure.reason is not None:
            self.events.append(PaymentFailed(payment_id=order.payment_id, payment_hash=invoice.payment_hash, reason=failure.reason))

    def _settle_inside(self, command: EngineCommand, order: SettleInside) -> None:
        answer = self._own.settle_inside(order.payment_hash, order.amount_msat)
        if isinstance(answer, InsideRefusal):
            _refuse(command, answer.value)
        else:
            command.result = msgspec.to_builtins(SettledInside(payment_preimage=answer.hex()))

    def _pay_from_sandbox(self, command: EngineCommand, wish: SandboxPay) -> None:
        """As a customer's wallet would. How it ends is the customer's matter: we hear of it when the money is here."""
        invoice = decode(wish.invoice)
        fee_limit_msat = default_fee_limit_msat(wish.amount_msat)
        params = RouteParameters.from_invoice(invoice, amount_msat=wish.amount_msat, max_total_routing_fee_msat=fee_limit_msat)
        payment_id = PaymentId(hashlib.sha256(wish.request_id.encode()).digest())
        payment = self._config.payment
        retry = Retry(max_attempts=payment.max_attempts, until_ms=self._clock.now_ms() + payment.retry_for_s * 1_000)
        failure = self._richest().pay_for_bolt11_invoice(invoice, payment_id, params=params, retry=retry)
        if failure is not None:
            _refuse(command, failure.value)

    def _richest(self) -> ChannelManager:
        """The node beside ours that can send the most."""
        others = list(self._ids.values())[1:]
        sendable_msat = {
            node_id: sum(channel.next_outbound_htlc_limit_msat for channel in self._network[node_id].list_usable_channels())
            for node_id in others
        }
        return self._network.wake(max(others, key=lambda node_id: sendable_msat[node_id]))

    def _probe(self, command: EngineCommand, wish: ProbeRoute) -> None:
        invoice = decode(wish.invoice)
        params = RouteParameters.from_invoice(invoice, amount_msat=wish.amount_msat, max_total_routing_fee_msat=wish.fee_limit_msat)
        chosen = wish.route
        answers = self._own.send_preflight_probes(params) if chosen is None else [self._own.send_probe(path) for path in chosen.paths]
        refusal = next((answer.value for answer in answers if isinstance(answer, ProbeSendFailure)), "")
        sent = tuple(answer.hex() for answer in answers if not isinstance(answer, ProbeSendFailure))
        command.state = EngineCommand.State.DONE if sent else EngineCommand.State.REFUSED
        command.result = msgspec.to_builtins(ProbesSent(probe_ids=sent, refusal=refusal) if sent else CommandRefused(error=refusal))

    def _change_channels(self, command: EngineCommand, wish: OpenChannel | CloseChannel) -> None:
        try:
            if isinstance(wish, OpenChannel):
                command.result = msgspec.to_builtins(self._open_channel(wish))
            elif wish.is_alone:
                self._own.force_close_broadcasting_latest_txn(wish.channel_id)
            else:
                self._own.close_channel(wish.channel_id)
        except (LightningError, KeyError) as refusal:
            _refuse(command, refusal.code if isinstance(refusal, LightningError) else "unknown_node")

    def _open_channel(self, wish: OpenChannel) -> ChannelAsked:
        peer = self._ids[wish.node_slug]
        self._network.join(self._own.get_our_node_id(), peer)
        asked = ChannelWish(capacity_sat=wish.capacity_sat, push_msat=wish.push_msat, is_announced=wish.is_announced)
        return ChannelAsked(temporary_channel_id=self._own.create_channel(peer, asked).hex())

    def _create_invoice(self, command: EngineCommand, wish: CreateInvoice) -> None:
        if wish.node_slug not in self._ids:
            _refuse(command, "unknown_shop")
            return
        text = self._mischief.create_invoice(
            wish.node_slug, InvoiceWish(amount_msat=wish.amount_msat, description=wish.description, expiry_s=wish.expiry_s)
        )
        created = InvoiceCreated(invoice=text, payment_hash=decode(text).payment_hash.hex())
        command.result = msgspec.to_builtins(created)


def _refuse(command: EngineCommand, code: str) -> None:
    command.state = EngineCommand.State.REFUSED
    command.result = msgspec.to_builtins(CommandRefused(error=code))
