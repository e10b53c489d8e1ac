"""
What the chain has said of a channel that ended there, what follows for its HTLCs and its money, and what is to be broadcast now.

`ClosedOnChain` is all that is kept: the transaction that spent the funding and those that spent from it. Everything else is worked out
anew from it whenever something changes, so there is no second truth that could get out of step, and forgetting a block is leaving one out.

A preimage counts as soon as it is seen. Whatever is final only because nothing else happened (a timeout, money received) waits until it is
buried.

BOLT 5, On-chain Transaction Handling
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.channel.channel import Channel
from payments.lightning.channel.htlc import Fulfilled, Htlc, Side, TimedOut
from payments.lightning.channel.scripts import p2wsh
from payments.lightning.channel.transactions import Transaction
from payments.lightning.crypto.hashes import sha256
from payments.lightning.ids import ChannelId, PaymentPreimage
from payments.lightning.onchain.claims import Case, Claim, claim_delayed, claim_of, punish_second_stage
from payments.lightning.onchain.published import Kind, PublishedOutput, Role, holder_balance_script

BURIED_BLOCKS = 6
"""How deep a block must be until we act as if it could not be undone. LDK's ANTI_REORG_DELAY."""


class Confirmed(Struct, frozen=True, kw_only=True):
    """A transaction and the block that holds it."""

    transaction: Transaction
    height: int


class ClosedOnChain(Struct, frozen=True, kw_only=True):
    """A channel whose funding was spent."""

    channel_id: ChannelId
    closing: Confirmed
    """What spent the funding."""
    spends: tuple[Confirmed, ...] = ()
    """What spent from that, and from our or the peer's HTLC transactions."""
    shown: tuple[int, ...] = ()
    """Our HTLCs whose preimage the chain has shown and that were told of."""
    ended: tuple[int, ...] = ()
    """Our HTLCs whose end was told of."""
    told: tuple[bytes, ...] = ()
    """Outputs of our wallet that were told of, as outpoints[36]."""

    def spend_of(self, txid: bytes, index: int) -> tuple[Confirmed, int] | None:
        """What spent an output, and with which of its inputs; None while nothing has."""
        for spend in self.spends:
            for position, spent in enumerate(spend.transaction.inputs):
                if (spent.txid, spent.output_index) == (txid, index):
                    return spend, position
        return None

    def follows(self, transaction: Transaction) -> bool:
        """Whether a transaction spends from one that is kept here."""
        known = {self.closing.transaction.txid, *(spend.transaction.txid for spend in self.spends)}
        return any(spent.txid in known for spent in transaction.inputs)

    def without(self, txid: bytes) -> ClosedOnChain:
        """After the chain took a spend back."""
        return replace(self, spends=tuple(spend for spend in self.spends if spend.transaction.txid != txid))


class OwnOutput(Struct, frozen=True, kw_only=True):
    """An output that pays to a channel's destination: money of our wallet."""

    txid: bytes
    output_index: int
    amount_sat: int

    @property
    def outpoint(self) -> bytes:
        """txid[32] and index[4], little-endian."""
        return self.txid + self.output_index.to_bytes(4, "little")


class Outlook(Struct, kw_only=True):
    """What follows from what the chain has said so far."""

    claims: list[Transaction]
    """To be broadcast now, again and again until they are in a block."""
    shown: list[Htlc]
    """Our HTLCs whose preimage is on the chain, not told of before."""
    ended: list[Htlc]
    """Our HTLCs that are over for good, with their outcome, not told of before."""
    received: list[OwnOutput]
    """Money that is buried in our wallet's outputs, not told of before."""
    is_open: bool = False
    """Whether something can still happen that concerns us."""


def look(case: Case, closed: ClosedOnChain, height: int) -> Outlook:
    """Work out what follows at this height."""
    outlook = Outlook(claims=[], shown=[], ended=[], received=[])
    for output in case.published.outputs:
        _look_at(case, closed, output, height, outlook)
    _end_htlcs(case, closed, height, outlook)
    _receive(case, closed, height, outlook)
    return outlook


def _is_buried(confirmed: Confirmed, height: int) -> bool:
    return height >= confirmed.height + BURIED_BLOCKS - 1


def _look_at(case: Case, closed: ClosedOnChain, output: PublishedOutput, height: int, outlook: Outlook) -> None:
    spend = closed.spend_of(case.published.transaction.txid, output.index)
    if spend is None:
        claim = claim_of(case, output, preimage=_known_preimage(case.channel, output))
        _broadcast(claim, height, outlook)
        outlook.is_open |= claim is not None or (_may_still_concern_us(output, height) and not _is_given_up(case, output, height))
        return
    transaction, position = spend
    outlook.is_open |= not _is_buried(transaction, height)
    if output.role is Role.HTLC:
        _follow_second_stage(case, closed, transaction, position, height=height, outlook=outlook)


def _follow_second_stage(case: Case, closed: ClosedOnChain, stage: Confirmed, position: int, *, height: int, outlook: Outlook) -> None:
    """An HTLC transaction pays with the output beside its input to the holder after a delay: ours to sweep, or to punish."""
    if position >= len(stage.transaction.outputs):
        return
    pays = p2wsh(holder_balance_script(case.channel, case.keys, case.published.holder))
    if stage.transaction.outputs[position].script_pubkey != pays or case.published.kind is Kind.THEIRS:
        return
    spend = closed.spend_of(stage.transaction.txid, position)
    if spend is not None:
        outlook.is_open |= not _is_buried(spend[0], height)
        return
    if case.published.kind is Kind.OURS:
        claim = claim_delayed(case, stage.transaction, position, stage.height)
    else:
        claim = punish_second_stage(case, stage.transaction, position)
    _broadcast(claim, height, outlook)
    outlook.is_open |= claim is not None


def _broadcast(claim: Claim | None, height: int, outlook: Outlook) -> None:
    if claim is not None and height >= claim.from_height:
        outlook.claims.append(claim.transaction)


def _may_still_concern_us(output: PublishedOutput, height: int) -> bool:
    """An unspent HTLC: ours until we know its end, the peer's while a preimage could still come."""
    htlc = output.htlc
    return htlc is not None and (htlc.owner is Side.LOCAL or height < htlc.cltv_expiry + BURIED_BLOCKS)


def _is_given_up(case: Case, output: PublishedOutput, height: int) -> bool:
    """
    Whether an unspent HTLC of ours is left lying: to take it back costs more than it holds, and its time has been over for long.

    Waiting for its end would be waiting for ever, and whoever gave it to us would go to the chain for it.
    """
    htlc = output.htlc
    is_ours_and_over = htlc is not None and htlc.owner is Side.LOCAL and height >= htlc.cltv_expiry + BURIED_BLOCKS
    return is_ours_and_over and claim_of(case, output, preimage=None) is None


def _known_preimage(channel: Channel, output: PublishedOutput) -> bytes | None:
    if output.htlc is None:
        return None
    htlc = channel.htlc(output.htlc.owner, output.htlc.id)
    return htlc.outcome.payment_preimage if htlc is not None and isinstance(htlc.outcome, Fulfilled) else None


def _end_htlcs(case: Case, closed: ClosedOnChain, height: int, outlook: Outlook) -> None:
    """What becomes of the HTLCs that we offered and that had no end when the channel did."""
    outputs = {(one.htlc.owner, one.htlc.id): one for one in case.published.outputs if one.htlc is not None}
    for htlc in case.channel.htlcs:
        if htlc.owner is Side.REMOTE or htlc.id in closed.ended:
            continue
        output = outputs.get((htlc.owner, htlc.id))
        decided: Confirmed | None = closed.closing
        if output is not None:
            spend = closed.spend_of(case.published.transaction.txid, output.index)
            decided = None if spend is None else spend[0]
            preimage = None if spend is None else _preimage_in(spend[0].transaction, spend[1], htlc)
            if preimage is not None:
                htlc = replace(htlc, outcome=Fulfilled(payment_preimage=preimage))  # noqa: PLW2901  what the chain says of it
                if htlc.id not in closed.shown:
                    outlook.shown.append(htlc)
        if case.published.kind is Kind.FUTURE and not htlc.is_fulfilled:
            continue  # its end is among what we have forgotten: whoever calls it failed may pay twice, or give back what was taken
        if decided is None and output is not None and _is_given_up(case, output, height):
            outlook.ended.append(replace(htlc, outcome=TimedOut()))
        elif decided is None or not _is_buried(decided, height):
            outlook.is_open = True
        else:
            outlook.ended.append(htlc if htlc.is_fulfilled else replace(htlc, outcome=TimedOut()))


def _preimage_in(transaction: Transaction, position: int, htlc: Htlc) -> PaymentPreimage | None:
    """The preimage that a spend of an HTLC's output had to show, if it took that way."""
    for element in transaction.inputs[position].witness:
        if len(element) == 32 and sha256(element) == htlc.payment_hash:
            return PaymentPreimage(element)
    return None


def _receive(case: Case, closed: ClosedOnChain, height: int, outlook: Outlook) -> None:
    script = case.destination_script
    for confirmed in (closed.closing, *closed.spends):
        for index, output in enumerate(confirmed.transaction.outputs):
            if output.script_pubkey != script:
                continue
            own = OwnOutput(txid=confirmed.transaction.txid, output_index=index, amount_sat=output.amount_sat)
            if own.outpoint in closed.told:
                continue
            if _is_buried(confirmed, height):
                outlook.received.append(own)
            else:
                outlook.is_open = True
    outlook.is_open |= not _is_buried(closed.closing, height)
