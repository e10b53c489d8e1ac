"""
Nodes that are watched all the time: every message on every wire, every transaction in every block, every commitment while it lives.

What must hold at any moment is checked at any moment (`check_now`), what must hold at rest when everything has come to rest, also for
channels that ended on the chain. Needs lines that take time: what is delivered within a turn is not seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from payments.lightning.channel.channel import Channel, Phase
from payments.lightning.channel.commitment import Commitment, CommitmentSpec, anchors_sat, build_commitment, commitment_fee_sat
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.transactions import Transaction
from payments.lightning.events import SpendableOutputs
from payments.lightning.ids import ChannelId
from payments.lightning.manager.announcing import ANNOUNCEMENT_DEPTH_BLOCKS
from payments.lightning.manager.opening import ChannelWish
from payments.lightning.units import MSAT_PER_SAT
from payments.sandbox.faults import Fault
from payments.sandbox.mischief import Mischief
from payments.sandbox.topology import ChannelPlan, Topology
from tests.network.laws import check_payments
from tests.network.mischievous import MischievousNodes

WARNING, ERROR, ADD, FEE = 1, 17, 128, 134
ENDS = {130: "fulfil", 131: "fail", 135: "fail malformed"}
CLAIM_WEIGHT = 800
"""More than any transaction weighs that takes one output."""
SMALLEST_OUTPUT_SAT = 330


class WatchedNodes(MischievousNodes):
    """Nodes that write down what passes between them."""

    def __init__(self, topology: Topology, *, latency_ms: int) -> None:
        assert latency_ms > 0
        self.seen_of = (0, 0)
        self.added: dict[tuple[bytes, str], int] = {}
        """Channel and who offers -> the highest HTLC id on the wire."""
        self.ended: dict[tuple[bytes, str, int], str] = {}
        """Channel, who answers and HTLC id -> how."""
        self.complaints: list[tuple[str, int, bytes]] = []
        """Errors and warnings: who, which, in which channel."""
        self.fee_updates = 0
        """How often somebody proposed a feerate."""
        self.commitments: dict[tuple[bytes, str, int], bytes] = {}
        """Channel, whose commitment and its number -> its txid."""
        self.confirmed: dict[bytes, Transaction] = {}
        super().__init__(topology, latency_ms=latency_ms)
        self.opened = list(self._opened())
        self.highest_feerate_per_kw = self.config.channel.feerate_per_kw
        self.mischief = Mischief(self.network, self.topology, self.ids)
        self.first_msat = {name: self.balance_msat(name) for name in self.ids}
        self.first_height = self.network.chain.height

    def _opened(self) -> Iterator[ChannelId]:
        """The channel of every plan; two nodes may have several."""
        for number, plan in enumerate(self.topology.channels):
            between = [
                details.channel_id
                for details in self.network.managers[self.ids[plan.opener]].list_channels()
                if details.is_outbound and details.counterparty_node_id == self.ids[plan.accepter]
            ]
            earlier = [other for other in self.topology.channels[:number] if (other.opener, other.accepter) == (plan.opener, plan.accepter)]
            yield between[len(earlier)]

    # -- what is seen

    def turn(self, *, after_ms: int = 0) -> None:
        """One turn, and a look at what it left on the wires and in the chain."""
        super().turn(after_ms=after_ms)
        self.look_at_block()
        which, newest = self.seen_of
        newest = newest if which == id(self.network) else 0
        for parcel in sorted(self.network._parcels, key=lambda parcel: parcel.sequence):
            if parcel.sequence > newest:
                newest = parcel.sequence
                self.look_at_message(self.names[parcel.sender], parcel.data)
        self.seen_of = (id(self.network), newest)

    def look_at_block(self) -> None:
        self.confirmed |= {transaction.txid: transaction for transaction in self.network.chain.block}

    def look_at_message(self, sender: str, data: bytes) -> None:
        """HTLC ids rise by one, and what was answered once is never answered otherwise."""
        kind, channel_id = int.from_bytes(data[:2], "big"), data[2:34]
        if kind in {WARNING, ERROR}:
            self.complaints.append((sender, kind, channel_id))
        self.fee_updates += kind == FEE
        htlc_id = int.from_bytes(data[34:42], "big")
        if kind == ADD:
            highest = self.added.get((channel_id, sender), -1)
            assert htlc_id <= highest + 1
            self.added[channel_id, sender] = max(highest, htlc_id)
        if kind in ENDS:
            assert ENDS[kind] == self.ended.setdefault((channel_id, sender, htlc_id), ENDS[kind])

    # -- what is done

    def behave(self, fault: Fault) -> None:
        """One fault more, from the next turn on."""
        self.mischief.set(fault)
        self.turn()

    def open(self, plan: ChannelPlan) -> None:
        """One channel more, in use at once as far as nobody interferes; nothing happens when the two have no line."""
        opener, accepter = (self.network.managers[self.ids[name]] for name in (plan.opener, plan.accepter))
        ends = (opener.get_our_node_id(), accepter.get_our_node_id())
        if not (opener.is_connected(ends[1]) and accepter.is_connected(ends[0])):
            return
        push_msat = plan.capacity_sat * MSAT_PER_SAT * (100 - plan.opener_percent) // 100
        before = {details.channel_id for details in opener.list_channels()}
        wish = ChannelWish(capacity_sat=plan.capacity_sat, push_msat=push_msat, channel_type=plan.channel_type)
        self[plan.opener].create_channel(ends[1], wish)
        self.run()
        self.opened += [details.channel_id for details in opener.list_channels() if details.channel_id not in before]
        self.topology = replace(self.topology, channels=(*self.topology.channels, plan))
        self.first_msat[plan.opener] += plan.capacity_sat * MSAT_PER_SAT - push_msat
        self.first_msat[plan.accepter] += push_msat
        self.mine(ANNOUNCEMENT_DEPTH_BLOCKS)

    def ask_feerate(self, name: str, feerate_per_kw: int) -> None:
        """A node hears what the chain takes now."""
        self.highest_feerate_per_kw = max(self.highest_feerate_per_kw, feerate_per_kw)
        self[name].update_feerate(feerate_per_kw)

    def restart(self, name: str, *, is_sudden: bool = False) -> None:
        """A node dies and comes back from what was stored, with its faults. is_sudden: what it was told last it never did."""
        if not is_sudden:
            self.turn()
        super().restart(name)
        self.mischief = Mischief(self.network, self.topology, self.ids, self.mischief.state)

    def restart_all(self, *, is_sudden: bool = False) -> None:
        """Everybody dies, and what was on the wires is lost."""
        if not is_sudden:
            self.turn()
        super().restart_all()

    def mine(self, blocks: int) -> None:
        """Blocks come, and after each of them everything that follows."""
        for _ in range(blocks):
            self.block()
            self.run()

    def block(self) -> None:
        """A block comes while messages are under way."""
        self.network.advance(self.network.chain.mined().resumed(self.now_ms))
        self.look_at_block()

    # -- what must hold at any moment

    def check_now(self) -> None:
        """What holds at any moment, whatever is under way."""
        for (left, ours), (right, theirs) in self.ends():
            if not (ours.phase.is_live and theirs.phase.is_live):
                continue
            for name, channel, other, peer in ((left, ours, right, theirs), (right, theirs, left, ours)):
                self.check_channel(name, channel, other)
                assert 0 <= peer.latest(Side.REMOTE) - channel.local_number <= 1
                assert peer.remote_number <= channel.local_number
                assert peer.next_htlc_id[Side.REMOTE] <= channel.next_htlc_id[Side.LOCAL]
        for name in self.ids:
            check_payments(self, name)

    def check_channel(self, name: str, channel: Channel, other: str) -> None:
        """What one end knows fits the funding, what the other end knows, and what was said on the wire."""
        secrets = self.network.managers[self.ids[name]]._state.secrets(channel.terms.key_index)
        for side, holder in ((Side.LOCAL, name), (Side.REMOTE, other)):
            latest = channel.latest(side)
            assert latest - channel.irrevocable(side) <= 1
            for number in {latest, channel.irrevocable(side)}:
                spec = channel.commitment_spec(side, number, secrets)
                commitment = build_commitment(spec)
                check_sum(spec, commitment)
                assert commitment.tx.txid == self.commitments.setdefault((channel.id, holder, number), commitment.tx.txid)
            told = {Side.LOCAL: self.added.get((channel.id, name), -1), Side.REMOTE: self.added.get((channel.id, other), -1)}
            assert all(htlc.id <= told[htlc.owner] for htlc in channel.htlcs if htlc.stands_in(side, latest))
        ids = [(htlc.owner, htlc.id) for htlc in channel.htlcs]
        assert len(ids) == len(set(ids))

    def ends(self) -> Iterator[tuple[tuple[str, Channel], tuple[str, Channel]]]:
        """Both ends of every channel, also where two nodes have several."""
        managers = self.network.managers
        for plan, channel_id in zip(self.topology.channels, self.opened, strict=True):
            opener, accepter = (managers[self.ids[name]].channel(channel_id) for name in (plan.opener, plan.accepter))
            yield (plan.opener, opener), (plan.accepter, accepter)

    # -- what must hold at rest

    def is_resolved(self) -> bool:
        """Whether nothing has to come any more, from peers or from the chain."""
        channels = [channel for ends in self.ends() for _, channel in ends]
        at_rest = all(channel.phase is Phase.CLOSED or (channel.phase is Phase.NORMAL and not channel.htlcs) for channel in channels)
        return at_rest and not self.network.chain.mempool

    def on_chain(self) -> Iterator[tuple[tuple[str, Channel], tuple[str, Channel]]]:
        """Both ends of the channels that the chain has ended."""
        return (ends for ends in self.ends() if Phase.CLOSED in {channel.phase for _, channel in ends})

    def worth_msat(self, name: str) -> int:
        """What a node has, in channels and in outputs of its own."""
        own_sat = sum(output.amount_sat for event in self.heard(name, SpendableOutputs) for output in event.outputs)
        return self.balance_msat(name) + own_sat * MSAT_PER_SAT

    def chain_cost_sat(self) -> int:
        """What the channels that ended on the chain left to miners and to nobody."""
        return sum(self._cost_sat(ends) for ends in self.on_chain())

    def _cost_sat(self, ends: tuple[tuple[str, Channel], tuple[str, Channel]]) -> int:
        """Every output that was told of is in the chain and unspent, told once; nothing that is worth claiming is left over."""
        terms = ends[0][1].terms
        told = [
            (output.txid, output.output_index, output.amount_sat)
            for name, channel in ends
            for event in self.heard(name, SpendableOutputs)
            if event.channel_id == channel.id
            for output in event.outputs
        ]
        left = set(leaves(self.confirmed, terms.funding_txid, terms.funding_output_index, terms.capacity_sat))
        assert len(told) == len(set(told))
        assert set(told) <= left
        worth_claiming_sat = CLAIM_WEIGHT * self.highest_feerate_per_kw // 1_000 + SMALLEST_OUTPUT_SAT
        assert [] == [leaf for leaf in left - set(told) if leaf[2] > worth_claiming_sat]
        return terms.capacity_sat - sum(amount_sat for _, _, amount_sat in told)


def leaves(confirmed: dict[bytes, Transaction], txid: bytes, output_index: int, amount_sat: int) -> Iterator[tuple[bytes, int, int]]:
    """What has become of an output: the unspent ones that follow from it."""
    for transaction in confirmed.values():
        if any((spent.txid, spent.output_index) == (txid, output_index) for spent in transaction.inputs):
            for index, output in enumerate(transaction.outputs):
                yield from leaves(confirmed, transaction.txid, index, output.amount_sat)
            return
    yield txid, output_index, amount_sat


def check_sum(spec: CommitmentSpec, commitment: Commitment) -> None:
    """Balances and HTLCs are the capacity; outputs, fee and what is too small for an output are it as well."""
    balances_msat = (spec.to_holder_msat, spec.to_counterparty_msat)
    assert min(balances_msat) >= 0
    assert sum(balances_msat) + sum(htlc.amount_msat for htlc in spec.htlcs) == spec.funding_sat * MSAT_PER_SAT
    fee_sat = commitment_fee_sat(spec.channel_type, spec.feerate_per_kw, len(commitment.htlcs))
    cost_sat = fee_sat + anchors_sat(spec.channel_type)
    trimmed_sat = sum(htlc.amount_msat for htlc in commitment.trimmed) // MSAT_PER_SAT
    missing_sat = spec.funding_sat - sum(output.amount_sat for output in commitment.tx.outputs)
    roundings_sat = len(spec.htlcs) + len(balances_msat)
    opener_sat = balances_msat[0 if spec.holder_is_opener else 1] // MSAT_PER_SAT
    assert min(fee_sat, opener_sat) + trimmed_sat <= missing_sat
    assert missing_sat <= cost_sat + trimmed_sat + roundings_sat + 2 * spec.dust_limit_sat
