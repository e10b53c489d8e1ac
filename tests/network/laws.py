"""The laws of a network at rest: money conserved, both ends of a channel agree, every payment ended as it said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from payments.lightning.channel.channel import Channel, Phase
from payments.lightning.channel.commitment import build_commitment
from payments.lightning.channel.htlc import Side
from payments.lightning.events import PaymentFailed, PaymentSent
from payments.lightning.payment.status import PaymentStatus

if TYPE_CHECKING:
    from tests.network.nodes import Nodes


def check_rest(nodes: Nodes) -> None:
    """Every law at once."""
    for (opener, ours), (accepter, theirs) in nodes.ends():
        assert (ours.phase, theirs.phase) == (Phase.NORMAL, Phase.NORMAL), (opener, accepter)
        assert ours.settled_msat == theirs.settled_msat[::-1]
        assert min(ours.settled_msat) >= 0
        assert sum(ours.settled_msat) == ours.terms.capacity_sat * 1_000
        for side in Side:
            number = ours.latest(side)
            assert number == theirs.latest(side.other)
            assert txid(nodes, opener, ours, side) == txid(nodes, accepter, theirs, side.other)
    total_msat = sum(plan.capacity_sat for plan in nodes.topology.channels) * 1_000
    assert total_msat == sum(map(nodes.balance_msat, nodes.ids))
    for name in nodes.ids:
        check_payments(nodes, name)


def txid(nodes: Nodes, name: str, channel: Channel, side: Side) -> bytes:
    """The id of a side's latest commitment as one end builds it."""
    secrets = nodes.network.managers[nodes.ids[name]]._state.secrets(channel.terms.key_index)
    return build_commitment(channel.commitment_spec(side, channel.latest(side), secrets)).tx.txid


def check_payments(nodes: Nodes, name: str) -> None:
    """What a node told of its payments is what it knows of them."""
    ended = [event.payment_id for event in (*nodes.heard(name, PaymentSent), *nodes.heard(name, PaymentFailed))]
    assert len(ended) == len(set(ended))
    payments = nodes.network.managers[nodes.ids[name]].list_recent_payments()
    assert set(ended) == {payment.payment_id for payment in payments if payment.status.is_final}
    hashes = [payment.payment_hash for payment in payments if payment.status is not PaymentStatus.FAILED]
    assert len(hashes) == len(set(hashes)), "one hash is paid twice"
    for payment in payments:
        assert payment.fee_committed_msat <= payment.params.max_total_routing_fee_msat
        assert payment.missing_msat >= 0
