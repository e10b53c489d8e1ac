"""
Asking whether a path would carry an amount, without paying: HTLCs whose preimage nobody has.

Whatever comes back is news for the scorer and for whoever asked. Nothing here touches payments, invoices or the ledger.

LDK, send_probe
"""

from __future__ import annotations

from payments.lightning.channel.htlc import Failed, Htlc, Malformed, OwnProbe, TimedOut
from payments.lightning.events import ProbeFailed, ProbeSuccessful
from payments.lightning.ids import PaymentId, PaymentSecret
from payments.lightning.manager.node_state import NodeState
from payments.lightning.manager.offering import judge, offer_path
from payments.lightning.payment.packet import PaymentOnion, RecipientOnionFields, fits_onion
from payments.lightning.payment.probe import LEAST_HOPS, Probe, ProbeSendFailure, is_probe, probe_hash
from payments.lightning.payment.verdict import Verdict
from payments.lightning.routing.inflight import UsedRoom
from payments.lightning.routing.route import Path


class Prober:
    """Sends probes and reads what becomes of them."""

    def __init__(self, state: NodeState, room: UsedRoom) -> None:
        """`room`: is told what all probes that are out take up."""
        self._state = state
        self._room = room

    def index(self) -> None:
        """Take up room for every probe that is on the shelf."""
        for probe in self._state.probes:
            self._room.put(probe.payment_id, (probe.path,))

    def send(self, path: Path) -> PaymentId | ProbeSendFailure:
        """Send a probe over this path; its id, or why nothing was sent."""
        state = self._state
        if len(path.hops) < LEAST_HOPS:
            return ProbeSendFailure.PATH_TOO_SHORT
        if state.channel_by_scid(path.hops[0].short_channel_id) is None:
            return ProbeSendFailure.ROUTE_NOT_FOUND
        payment_id = PaymentId(state.entropy(32))
        onion = PaymentOnion(
            payment_hash=probe_hash(state.identity.seed, payment_id),
            # A secret as in any payment: the payee must not be able to tell a probe before it has looked for the hash.
            recipient=RecipientOnionFields(payment_secret=PaymentSecret(state.entropy(32))),
            total_msat=path.final_value_msat,
            height=state.height,
        )
        if not fits_onion(path, onion):
            return ProbeSendFailure.ONION_PACKET_SIZE_EXCEEDED
        session_key = state.entropy(32)
        if offer_path(state, path, onion, session_key=session_key, origin=OwnProbe(payment_id=payment_id)) is not None:
            return ProbeSendFailure.CHANNEL_REFUSED
        probe = Probe(payment_id=payment_id, payment_hash=onion.payment_hash, path=path, session_key=session_key)
        state.probes.put(payment_id, probe)
        self._room.put(payment_id, (path,))
        return payment_id

    def removed(self, origin: OwnProbe, htlc: Htlc) -> None:
        """A probe is irrevocably back."""
        probe = self._state.probes.get(origin.payment_id)
        if probe is None:
            return
        secret = self._state.identity.seed
        assert is_probe(secret, payment_id=probe.payment_id, payment_hash=htlc.payment_hash), "a probe travels under no other hash"
        assert isinstance(htlc.outcome, Failed | Malformed | TimedOut), "nobody has a preimage of a probe"
        self._state.probes.drop(probe.payment_id)
        self._room.put(probe.payment_id, ())
        self._state.events.append(_told(probe, judge(probe.path, htlc.outcome, session_key=probe.session_key)))


def _told(probe: Probe, verdict: Verdict) -> ProbeSuccessful | ProbeFailed:
    if verdict.is_permanent:
        return ProbeSuccessful(
            payment_id=probe.payment_id, payment_hash=probe.payment_hash, path=probe.path, hold_times_ms=verdict.hold_times_ms
        )
    return ProbeFailed(
        payment_id=probe.payment_id,
        payment_hash=probe.payment_hash,
        path=probe.path,
        failing_hop=verdict.failing_hop,
        failure_code=verdict.failure_code,
        short_channel_id=verdict.short_channel_id,
        hold_times_ms=verdict.hold_times_ms,
        local_failure=verdict.local_failure,
    )
