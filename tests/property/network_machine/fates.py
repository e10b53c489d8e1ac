"""
What the chain did with the HTLCs of a channel that ended there, told by the transactions themselves.

The commitment that was published is built again and found by its id, so there is no doubt which HTLCs stood in it, which had an output of
their own and what became of that. Who lost something that way is the one who held the preimage: everybody before it gets back what was
offered, everybody after it has been paid.

BOLT 3, Trimmed Outputs; BOLT 5, HTLC Output Handling
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from msgspec import Struct

from payments.lightning.channel.channel import Channel
from payments.lightning.channel.commitment import Commitment, build_commitment
from payments.lightning.channel.htlc import Fulfilled, Htlc, Side
from payments.lightning.channel.transactions import Transaction
from payments.lightning.crypto.hashes import sha256
from payments.lightning.ids import ChannelId, PaymentHash
from payments.lightning.units import MSAT_PER_SAT
from tests.network.watched import WatchedNodes

End = tuple[str, Channel]
PREIMAGE_BYTES = 32
SMALLEST_OUTPUT_SAT = 294
LARGEST_CLAIM_WEIGHT = 700
"""Of a transaction that takes an HTLC of the peer's commitment with its preimage: 82 bytes without and at most 340 with proof."""


class Fate(StrEnum):
    """How an HTLC ended on the chain."""

    ABSENT = "absent"
    """It was not in the commitment that was published: not yet, or not any more."""
    TRIMMED = "trimmed"
    """It was too small for an output: what it held went to the miners."""
    LEFT = "left"
    """Its output was never spent."""
    SHOWN = "shown"
    """Whoever it was offered to took it and showed the preimage."""
    TAKEN_BACK = "taken back"
    """Whoever offered it took it back after its time."""


class Ended(Struct, frozen=True, kw_only=True):
    """One HTLC of a channel that ended on the chain: its fate, and what both ends say of it."""

    channel_id: ChannelId
    htlc_id: int
    offerer: str
    receiver: str
    amount_msat: int
    payment_hash: PaymentHash
    fate: Fate
    is_paid: bool
    """The one who offered it has the preimage."""
    is_claimed: bool
    """The one to whom it was offered has it."""
    is_in_peers: bool
    """It was the offerer's commitment that was published: claiming took a transaction of the receiver's own, at its own cost."""

    @property
    def is_lost(self) -> bool:
        """Whether the one who claimed it was never paid, and the one who offered it never paid."""
        return self.is_claimed and not self.is_paid

    def may_be_lost(self, feerate_per_kw: int) -> bool:
        """Whether nobody could have claimed it: no output, or one that costs more to claim than it holds."""
        worth_sat = LARGEST_CLAIM_WEIGHT * feerate_per_kw // 1_000 + SMALLEST_OUTPUT_SAT
        is_worthless = self.is_in_peers and self.amount_msat // MSAT_PER_SAT <= worth_sat
        return self.fate is Fate.TRIMMED or (self.fate in {Fate.LEFT, Fate.TAKEN_BACK} and is_worthless)


def ended_on_chain(nodes: WatchedNodes) -> list[Ended]:
    """Every HTLC that was under way in a channel when the chain ended it."""
    return [ended for ends in nodes.on_chain() for ended in _ended_in(nodes, *ends)]


def _ended_in(nodes: WatchedNodes, left: End, right: End) -> Iterator[Ended]:
    closing = _spend_of(nodes, left[1].terms.funding_txid, left[1].terms.funding_output_index)
    assert closing is not None, "a closed channel was closed by something"
    holder, commitment = _published(nodes, closing[0], left, right)
    for offerer, receiver in ((left, right), (right, left)):
        ids = {htlc.id for htlc in offerer[1].htlcs if htlc.owner is Side.LOCAL}
        ids |= {htlc.id for htlc in receiver[1].htlcs if htlc.owner is Side.REMOTE}
        for htlc_id in sorted(ids):
            offered, received = offerer[1].htlc(Side.LOCAL, htlc_id), receiver[1].htlc(Side.REMOTE, htlc_id)
            known = offered or received
            assert known is not None
            answer = nodes.ended.get((left[1].id, receiver[0], htlc_id))
            yield Ended(
                channel_id=left[1].id,
                htlc_id=htlc_id,
                offerer=offerer[0],
                receiver=receiver[0],
                amount_msat=known.amount_msat,
                payment_hash=known.payment_hash,
                fate=Fate.ABSENT if commitment is None else _fate(nodes, commitment, known, is_holders=offerer[0] == holder),
                is_paid=_is_fulfilled(offered, answer),
                is_claimed=_is_fulfilled(received, answer),
                is_in_peers=offerer[0] == holder,
            )


def _is_fulfilled(htlc: Htlc | None, answer: str | None) -> bool:
    """What is in no log any more ended by a word on the wire."""
    return answer == "fulfil" if htlc is None else isinstance(htlc.outcome, Fulfilled)


def _published(nodes: WatchedNodes, closing: Transaction, left: End, right: End) -> tuple[str, Commitment | None]:
    """Whose commitment ended the channel; none when both agreed on the end."""
    for (name, channel), (other, _) in ((left, right), (right, left)):
        secrets = nodes.network.managers[nodes.ids[name]]._state.secrets(channel.terms.key_index)
        for side, holder in ((Side.LOCAL, name), (Side.REMOTE, other)):
            for number in {channel.irrevocable(side), channel.latest(side)}:
                commitment = build_commitment(channel.commitment_spec(side, number, secrets))
                if commitment.tx.txid == closing.txid:
                    return holder, commitment
    assert left[1].closing is not None, "no commitment that was ever valid"
    return "", None


def _fate(nodes: WatchedNodes, commitment: Commitment, htlc: Htlc, *, is_holders: bool) -> Fate:
    if any((small.owner_is_holder, small.htlc_id) == (is_holders, htlc.id) for small in commitment.trimmed):
        return Fate.TRIMMED
    places = [one.output_index for one in commitment.htlcs if (one.htlc.owner_is_holder, one.htlc.htlc_id) == (is_holders, htlc.id)]
    if not places:
        return Fate.ABSENT
    spend = _spend_of(nodes, commitment.tx.txid, places[0])
    if spend is None:
        return Fate.LEFT
    transaction, position = spend
    witness = transaction.inputs[position].witness
    is_shown = any(len(element) == PREIMAGE_BYTES and sha256(element) == htlc.payment_hash for element in witness)
    return Fate.SHOWN if is_shown else Fate.TAKEN_BACK


def _spend_of(nodes: WatchedNodes, txid: bytes, output_index: int) -> tuple[Transaction, int] | None:
    """What spent an output, and with which of its inputs."""
    for transaction in nodes.confirmed.values():
        for position, spent in enumerate(transaction.inputs):
            if (spent.txid, spent.output_index) == (txid, output_index):
                return transaction, position
    return None
