"""
Mischief: makes the sandbox's world be as its faults say, keeps it so, and puts everything right when they are cleared.

It acts on nodes only through their doors: what an owner could do (ask another fee, refuse a payment, pay to and fro) and the interceptor
that the engine offers. Its state is one value, stored in the same commit as everything else, so that a restart goes on with the same
faults, the same HTLCs held and the same lines cut.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.channel.details import ChannelDetails
from payments.lightning.crypto.hashes import sha256
from payments.lightning.ids import NodeId, PaymentId
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.manager.intercepting import NEVER_MS
from payments.lightning.manager.receiving import InvoiceWish
from payments.lightning.payment.outbound import Retry
from payments.lightning.routing.parameters import RouteParameters
from payments.lightning.units import MSAT_PER_SAT
from payments.sandbox.conduct import Conduct
from payments.sandbox.faults import (
    Depleted,
    Fault,
    ForgetsInvoices,
    Offline,
    Refuses,
    ShortInvoices,
    is_told,
    place_of,
    policy_under,
)
from payments.sandbox.network import SandboxNetwork
from payments.sandbox.topology import Topology

LEFT_OVER_MSAT = 3_000 * MSAT_PER_SAT
"""A direction with less than this counts as drained: what the opener must keep for fees cannot be paid away."""
PAUSE_MS = 2_000
"""Between two payments that drain the same direction: one that comes back must not be sent again at once for ever."""
MOST_BLOCKS = 2_016
"""The most that can be asked for at once: two weeks."""


class SandboxState(Struct, frozen=True, kw_only=True):
    """What of the mischief is stored."""

    faults: tuple[Fault, ...] = ()
    drained_msat: dict[str, int] = {}
    """`node peer` -> what was paid away there, to be paid back when the fault is cleared."""
    owed_msat: dict[str, int] = {}
    """`node peer` -> what is to be paid back as soon as the channel can."""
    blocks_owed: int = 0


class Mischief:
    """The faults of one network."""

    def __init__(self, network: SandboxNetwork, topology: Topology, ids: Mapping[str, NodeId], state: SandboxState | None = None) -> None:
        self.state = state or SandboxState()
        self._network = network
        self._topology = topology
        self._ids = ids
        self._slugs = {node_id: slug for slug, node_id in ids.items()}
        self._special = topology.special_policies()
        self._drained_at_ms: dict[str, int] = {}
        self._apply(told=False)

    @property
    def next_due_ms(self) -> int:
        """When `keep_up` has something to do by itself."""
        return self._network.now_ms if self.state.blocks_owed else NEVER_MS

    def set(self, fault: Fault) -> None:
        """One fault more, in place of the one that was there."""
        others = tuple(other for other in self.state.faults if place_of(other) != place_of(fault))
        self.state = replace(self.state, faults=(*others, fault))
        if isinstance(fault, Depleted):
            self._keep_drained(f"{fault.node} {fault.peer}")
        self._apply(told=is_told(fault))
        self._release()

    def clear(self) -> None:
        """Everything is as it was built: lines, prices, invoices from now on; what was drained goes back, what was learnt is forgotten."""
        self.state = replace(self.state, faults=(), drained_msat={}, owed_msat=self.state.owed_msat | self.state.drained_msat)
        for manager in self._network.managers.values():
            manager.forget_learnt()
        self._apply(told=True)
        self._release()

    def owe_blocks(self, blocks: int) -> None:
        """Let the chain grow by so many blocks, each as soon as nothing is on a wire."""
        self.state = replace(self.state, blocks_owed=min(self.state.blocks_owed + blocks, MOST_BLOCKS))

    def keep_up(self) -> None:
        """What the faults demand of this moment. Call before every turn."""
        if self.state.blocks_owed and not self._network.has_parcels:
            self.state = replace(self.state, blocks_owed=self.state.blocks_owed - 1)
            self._network.advance(self._network.chain.mined().resumed(self._network.now_ms))
        for fault in self.state.faults:
            if isinstance(fault, Depleted):
                self._drain(fault)
        for place, amount_msat in self.state.owed_msat.items():
            node, peer = place.split(" ")
            if self._pay(payer=peer, payee=node, at_most_msat=amount_msat):
                self.state = replace(self.state, owed_msat=_without(self.state.owed_msat, place))

    def create_invoice(self, slug: str, wish: InvoiceWish) -> str:
        """An invoice of a node, as its faults let it make one. KeyError when there is no such node."""
        manager = self._network.wake(self._ids[slug])
        expiries = [fault.expiry_s for fault in self._of(slug) if isinstance(fault, ShortInvoices)]
        text = manager.create_bolt11_invoice(replace(wish, expiry_s=min([wish.expiry_s, *expiries])))
        if any(isinstance(fault, ForgetsInvoices) for fault in self._of(slug)):
            manager.forget_invoice(decode(text).payment_hash)
        return text

    def _of(self, slug: str) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.state.faults if fault.node == slug)

    def _with(self, kind: type[Struct]) -> frozenset[NodeId]:
        return frozenset(self._ids[fault.node] for fault in self.state.faults if isinstance(fault, kind))

    def _apply(self, *, told: bool) -> None:
        self._network.refusing = self._with(Refuses)
        self._network.keep_offline(self._with(Offline))
        for plan in self._topology.nodes:
            faults = self._of(plan.slug)
            self._network.wake(self._ids[plan.slug]).intercept_htlcs(Conduct(faults))
            for channel in self._network[self._ids[plan.slug]].list_channels():
                peer = self._slugs.get(channel.counterparty_node_id, "")
                wanted = policy_under(self._special.get((plan.slug, peer), plan.forwarding), faults, peer=peer)
                manager = self._network.wake(self._ids[plan.slug])
                if manager.channel(channel.channel_id).forwarding != wanted:
                    manager.update_channel_config(channel.channel_id, wanted, is_told=told)

    def _release(self) -> None:
        for node_id in self._ids.values():
            self._network.wake(node_id).holding.release()

    def _keep_drained(self, place: str) -> None:
        """What was to be paid back there stays away for longer."""
        owed_msat = self.state.owed_msat.get(place, 0)
        if owed_msat:
            drained = self.state.drained_msat | {place: self.state.drained_msat.get(place, 0) + owed_msat}
            self.state = replace(self.state, drained_msat=drained, owed_msat=_without(self.state.owed_msat, place))

    def _drain(self, fault: Depleted) -> None:
        place, now_ms = f"{fault.node} {fault.peer}", self._network.now_ms
        if now_ms < self._drained_at_ms.get(place, 0) + PAUSE_MS:
            return
        paid_msat = self._pay(payer=fault.node, payee=fault.peer, at_most_msat=None)
        if paid_msat:
            self._drained_at_ms[place] = now_ms
            before_msat = self.state.drained_msat.get(place, 0)
            self.state = replace(self.state, drained_msat=self.state.drained_msat | {place: before_msat + paid_msat})

    def _pay(self, *, payer: str, payee: str, at_most_msat: int | None) -> int:
        """Pay a neighbour over a channel with it as much as that takes; how much."""
        channel = self._widest(payer, payee)
        limit_msat = 0 if channel is None else channel.next_outbound_htlc_limit_msat
        amount_msat = limit_msat if at_most_msat is None else min(limit_msat, at_most_msat)
        if channel is None or amount_msat < LEFT_OVER_MSAT:
            return 0
        wish = InvoiceWish(amount_msat=amount_msat, description="Between neighbours", expiry_s=3_600)
        invoice = decode(self._network.wake(self._ids[payee]).create_bolt11_invoice(wish))
        params = RouteParameters.from_invoice(invoice)
        manager = self._network.wake(self._ids[payer])
        others = {each.short_channel_id for each in manager.list_channels()} - {channel.short_channel_id}
        only = replace(params.payment_params, previously_failed_channels=frozenset(others), max_path_count=1)
        refusal = manager.pay_for_bolt11_invoice(
            invoice,
            PaymentId(sha256(b"between neighbours " + invoice.payment_hash)),
            params=replace(params, payment_params=only, max_total_routing_fee_msat=0),
            retry=Retry(max_attempts=1, until_ms=self._network.now_ms),
        )
        return 0 if refusal is not None else amount_msat

    def _widest(self, payer: str, payee: str) -> ChannelDetails | None:
        channels = self._network[self._ids[payer]].list_usable_channels()
        between = [channel for channel in channels if channel.counterparty_node_id == self._ids[payee]]
        return max(between, key=lambda channel: channel.next_outbound_htlc_limit_msat, default=None)


def _without(amounts_msat: dict[str, int], place: str) -> dict[str, int]:
    return {each: amount_msat for each, amount_msat in amounts_msat.items() if each != place}
