"""
What must hold at every single commit, not only at rest: looked at right after each one, before a byte of that turn has arrived anywhere.

Nothing is raised here: whoever commits might catch it. What was broken is written down and complained of at rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.db import connection
from msgspec import msgpack

from payments.ledger.accounts import NEVER_NEGATIVE
from payments.lightning.channel.channel import Channel
from payments.lightning.channel.commitment import anchors_sat, build_commitment, commitment_fee_sat
from payments.lightning.channel.htlc import Htlc, OwnPayment, Side
from payments.lightning.ids import NodeId, PaymentHash
from payments.lightning.manager.manager import ChannelManager
from payments.sandbox.network import SandboxNetwork

_LEDGER = {
    "payments_ledgerentry": "id, key, kind, payment_id, event_id, created_at",
    "payments_ledgerposting": "id, entry_id, account, amount_msat",
}


class Watch:
    """One life of a network, however many processes it takes. `broken`: one sentence for each law that did not hold."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.outcomes: dict[tuple[bytes, NodeId, int], dict[NodeId, bool]] = defaultdict(dict)
        """(channel, who offered it, id) of each HTLC -> what its two ends hold its outcome to be: paid or not."""
        self.has_all_memories = True
        """Whether no node was set back: only then do the ends of a channel have to be in step."""
        self._transactions: dict[tuple[bytes, NodeId, int], bytes] = {}
        self._next_ids: dict[tuple[bytes, NodeId], int] = {}
        self._rows: dict[str, list[tuple[object, ...]]] = {table: [] for table in _LEDGER}
        self._statuses: dict[str, str] = {}

    def of_another_life(self) -> Watch:
        """A watch that knows only what was broken so far: what comes now has forgotten what was."""
        other = Watch()
        other.broken = self.broken
        other.has_all_memories = False
        return other

    def saw_commit(self) -> None:
        """Somebody has written something."""
        rows = {table: _select(f"SELECT {columns} FROM {table} ORDER BY id") for table, columns in _LEDGER.items()}
        for table, now in rows.items():
            before, self._rows[table] = self._rows[table], now
            self._expect(before == now[: len(before)], f"{table} was not only added to")
        self.broken += _ledger_faults(*rows.values())
        self._see_statuses(dict(_select("SELECT payment_id, status FROM payments_paymentrecord")))

    def saw_turn(self, network: SandboxNetwork, changed: set[tuple[NodeId, bytes]], own_id: NodeId) -> None:
        """The engine has written a turn; these channels of these nodes are others than before."""
        self._expect(not (differing := _differing(network)), f"memory and disk differ when messages leave: {differing}")
        for node_id, channel_id in sorted(changed) if self.has_all_memories else ():
            self._see_channel(network, node_id, network[node_id].channel(channel_id))
        self.broken += _overpaid(network[own_id])

    def _see_statuses(self, now: dict[str, str]) -> None:
        for payment_id, before in self._statuses.items():
            allowed = {"paid": {"paid"}, "failed": {"failed", "paid"}}.get(before)
            self._expect(allowed is None or now.get(payment_id) in allowed, f"a {before} payment became {now.get(payment_id)}")
        self._statuses = now

    def _see_channel(self, network: SandboxNetwork, node_id: NodeId, channel: Channel) -> None:
        peer_id = channel.terms.counterparty_node_id
        peer = network[peer_id]._state.channels.get(channel.id)
        if not channel.phase.is_live or peer is None or not peer.phase.is_live:
            return
        for side in Side:
            self._see_transaction(network[node_id], channel, side)
        self._see_htlcs(node_id, channel)
        for ours, theirs in ((channel, peer), (peer, channel)):
            unrevoked = {ours.latest(Side.REMOTE) - theirs.local_number, theirs.local_number - ours.remote_number}
            self._expect(unrevoked <= {0, 1}, f"{unrevoked} commitments ahead")
            told = theirs.next_htlc_id[Side.REMOTE]
            known = [htlc.id for htlc in ours.htlcs if htlc.owner is Side.LOCAL and htlc.stands_in(Side.LOCAL, ours.local_number)]
            self._expect(all(htlc_id < told for htlc_id in known), "an HTLC is in its sender's commitment and its peer was not told")
            self._expect(told <= ours.next_htlc_id[Side.LOCAL], "an HTLC was heard of and never offered")

    def _see_transaction(self, manager: ChannelManager, channel: Channel, side: Side) -> None:
        """What it pays adds up to the capacity, and whoever builds it, and whenever, builds the same."""
        number, secrets = channel.latest(side), manager._state.secrets(channel.terms.key_index)
        spec = channel.commitment_spec(side, number, secrets)
        built = build_commitment(spec)
        whole_msat = spec.to_holder_msat + spec.to_counterparty_msat + sum(htlc.amount_msat for htlc in spec.htlcs)
        self._expect(whole_msat == spec.funding_sat * 1_000, f"balances and HTLCs sum to {whole_msat} msat")
        fee_sat = commitment_fee_sat(spec.channel_type, spec.feerate_per_kw, len(built.htlcs))
        paid_sat = sum(output.amount_sat for output in built.tx.outputs)
        dust_sat = sum(htlc.amount_msat for htlc in built.trimmed) // 1_000 + 2 * spec.dust_limit_sat + len(spec.htlcs) + 2
        rest_sat = spec.funding_sat - paid_sat - fee_sat
        self._expect(0 <= rest_sat <= dust_sat + anchors_sat(spec.channel_type), f"{rest_sat} sat are in no output and no fee")
        holder = manager.get_our_node_id() if side is Side.LOCAL else channel.terms.counterparty_node_id
        known = self._transactions.setdefault((channel.id, holder, number), built.tx.txid)
        self._expect(known == built.tx.txid, f"two different commitments {number}")

    def _see_htlcs(self, node_id: NodeId, channel: Channel) -> None:
        first, following = self._next_ids.get((channel.id, node_id), 0), channel.next_htlc_id[Side.LOCAL]
        self._next_ids[channel.id, node_id] = following
        fresh = {htlc.id for htlc in channel.htlcs if htlc.owner is Side.LOCAL and htlc.id >= first}
        self._expect(fresh == set(range(first, following)), f"HTLC ids {fresh} where {first} comes next and then {following}")
        for htlc in channel.htlcs:
            owner = node_id if htlc.owner is Side.LOCAL else channel.terms.counterparty_node_id
            if htlc.outcome is not None:
                ends = self.outcomes[channel.id, owner, htlc.id]
                self._expect(htlc.is_fulfilled or not ends.get(node_id), "an HTLC that was fulfilled has failed")
                ends[node_id] = htlc.is_fulfilled

    def _expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.broken.append(otherwise)


def _ledger_faults(entries: list[tuple[object, ...]], postings: list[tuple[object, ...]]) -> Iterator[str]:
    """Every entry sums to zero, no account that must not is below zero, and the balances are the sums."""
    of_entry: dict[object, list[int]] = defaultdict(list)
    of_account: dict[str, int] = defaultdict(int)
    for _, entry_id, account, amount_msat in postings:
        of_entry[entry_id].append(int(str(amount_msat)))
        of_account[str(account)] += int(str(amount_msat))
    for entry_id, key, *_ in entries:
        if sum(of_entry[entry_id]) or len(of_entry[entry_id]) < 2:
            yield f"{key} has the postings {of_entry[entry_id]}"
    yield from (f"{account} is below zero" for account in NEVER_NEGATIVE if of_account[account] < 0)
    cached = dict(_select("SELECT account, balance_msat FROM payments_accountbalance"))
    if {account: balance for account, balance in cached.items() if balance} != {name: sum_ for name, sum_ in of_account.items() if sum_}:
        yield f"the balances {cached} are not the sums {dict(of_account)}"


def _overpaid(own: ChannelManager) -> Iterator[str]:
    """For each hash at most one payment has HTLCs out, and never more than it may cost."""
    live: dict[PaymentHash, list[tuple[OwnPayment, Htlc]]] = defaultdict(list)
    for channel in own._state.channels:
        for htlc in channel.htlcs:
            if isinstance(htlc.origin, OwnPayment) and htlc.outcome is None:
                live[htlc.payment_hash].append((htlc.origin, htlc))
    for found in live.values():
        payment = own._state.payments[found[0][0].payment_id]
        if {origin.payment_id for origin, _ in found} != {payment.payment_id}:
            yield "two payments have HTLCs out for one hash"
        if sum(htlc.amount_msat for _, htlc in found) > payment.amount_msat + payment.params.max_total_routing_fee_msat:
            yield "more is out than the payment may cost"
    for payment in own._state.payments:
        if sum(attempt.path.final_value_msat for attempt in payment.in_flight) > payment.amount_msat:
            yield "the parts in flight are more than the payment"


def _differing(network: SandboxNetwork) -> list[str]:
    """Values that channels and payments rest on and that a new process would read otherwise. What was learnt of routes is none of them."""
    spaces = {shelf.namespace for manager in network.managers.values() for shelf in manager._state.shelves()}
    memory = {
        (shelf.namespace, (node_id + key).hex()): msgpack.encode(value)
        for node_id, manager in network.managers.items()
        for shelf in manager._state.shelves()
        for key, value in shelf._values.items()
    }
    stored = _select("SELECT namespace, key, value FROM payments_enginestate")
    disk = {(space, key): bytes(value) for space, key, value in stored if space in spaces}
    return sorted(
        {f"{space} {key[:8]}" for space, key in memory.keys() | disk.keys() if memory.get((space, key)) != disk.get((space, key))}
    )


def _select(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
