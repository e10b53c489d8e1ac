"""
A channel as a value: everything that must be on disk to go on with it, and what follows from that.

Nothing here changes anything; `updates`, `commitments` and `reestablish` make new values of it. What can be computed is not kept:
balances of a transaction, its HTLCs and its feerate follow from the settled balances and the log.

BOLT 2, Peer Protocol for Channel Management; BOLT 3, Commitment Transaction
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from payments.lightning.channel.commitment import CommitmentHtlc, CommitmentSpec
from payments.lightning.channel.htlc import FeeUpdate, Htlc, Side, holds
from payments.lightning.channel.keys import Basepoints, ChannelSecrets, CommitmentKeys
from payments.lightning.channel.types import ChannelType
from payments.lightning.config import ForwardingConfig
from payments.lightning.crypto.shachain import SecretStore
from payments.lightning.ids import ChannelId, NodeId, ShortChannelId
from payments.lightning.units import MSAT_PER_SAT


class Connection(StrEnum):
    """Whether the peer hears us."""

    OFFLINE = "offline"
    """No bytes can be sent; what we decide meanwhile waits in the log."""
    REESTABLISHING = "reestablishing"
    """We have said where we are and wait to hear where the peer is."""
    ONLINE = "online"


class Phase(StrEnum):
    """Where in its life a channel is."""

    OPENING = "opening"
    """Signed by both; the funding must be buried and both must say so."""
    NORMAL = "normal"
    SHUTTING_DOWN = "shutting_down"
    """No new HTLCs: it is being closed together."""
    FORCE_CLOSING = "force_closing"
    """Our latest commitment has gone to the chain."""
    DATA_LOSS = "data_loss"
    """The peer proved that it knows newer states than we do: publishing ours would forfeit everything. BOLT 2, Message Retransmission"""

    CLOSED = "closed"
    """Nothing is left to be done."""

    @property
    def is_live(self) -> bool:
        """Whether the peer's words still count."""
        return self in {Phase.OPENING, Phase.NORMAL, Phase.SHUTTING_DOWN}


class FundingProgress(Struct, frozen=True, kw_only=True):
    """What is missing until a channel can be used."""

    minimum_depth_blocks: int
    """How many blocks must hold the funding, its own included."""
    raw_transaction: bytes = b""
    """The opener's transaction, to be broadcast again until it is in a block."""
    signed_at_height: int = 0
    """When the channel came to be: the accepter does not wait for ever."""
    is_ready: bool = False
    """We have said channel_ready."""
    is_peer_ready: bool = False
    """The peer has."""


class Closing(Struct, frozen=True, kw_only=True):
    """How far a cooperative close has come."""

    local_script: bytes
    """Where our share goes."""
    is_ours: bool
    """We wanted it; the peer followed."""
    is_said: bool = False
    """Our shutdown has left on this connection."""
    is_heard: bool = False
    """The peer's has come on this connection."""
    remote_script: bytes | None = None
    """Where the peer's share goes: once said, it stays."""
    proposed_fee_sat: int | None = None
    """What we named last on this connection."""
    raw_transaction: bytes | None = None
    """What both have signed."""

    def disconnected(self) -> Closing:
        """The conversation begins anew on the next connection."""
        return replace(self, is_said=False, is_heard=False, proposed_fee_sat=None)


class AnnouncementProgress(Struct, frozen=True, kw_only=True):
    """How far the proof that a channel exists has come. BOLT 7, The `announcement_signatures` Message"""

    is_sent: bool = False
    """Our half was said, on some connection."""
    remote_signatures: tuple[bytes, bytes] | None = None
    """The peer's half: (node signature[64], bitcoin signature[64])."""


class SideTerms(Struct, frozen=True, kw_only=True):
    """One side of the channel: its keys, what it accepts, and what the other side demands of it."""

    basepoints: Basepoints
    dust_limit_sat: int
    """Outputs below this are left out of this side's transaction."""
    channel_reserve_sat: int
    """What this side must keep."""
    htlc_minimum_msat: int
    """The smallest HTLC that this side accepts."""
    max_htlc_value_in_flight_msat: int
    """The most that this side lets be offered to it at once."""
    max_accepted_htlcs: int
    to_self_delay_blocks: int
    """How long this side waits for its own money after publishing its transaction."""


class ChannelTerms(Struct, frozen=True, kw_only=True):
    """What was agreed when the channel was opened and never changes, and where the chain put it."""

    channel_id: ChannelId
    counterparty_node_id: NodeId
    short_channel_id: ShortChannelId
    """Where the funding is in the chain; UNCONFIRMED until it is there."""
    channel_type: ChannelType
    funding_txid: bytes
    """32 bytes in internal byte order."""
    funding_output_index: int
    capacity_sat: int
    is_opener: bool
    is_announced: bool
    key_index: int
    """Which of our node's channel keys are used."""
    local: SideTerms
    remote: SideTerms

    def side(self, side: Side) -> SideTerms:
        """The terms of one side."""
        return self.local if side is Side.LOCAL else self.remote


class Channel(Struct, frozen=True, kw_only=True):
    """A channel and everything that was said in it that still matters."""

    terms: ChannelTerms
    forwarding: ForwardingConfig
    settled_msat: tuple[int, int]
    """Balances (ours, the peer's) without any HTLC that is still in the log."""
    feerate_per_kw: int
    remote_point: bytes
    """The peer's per-commitment point of its current transaction."""
    remote_next_point: bytes
    """Of its next; empty until its channel_ready."""
    local_signature: bytes
    """The peer's signature on our current transaction: what lets us leave alone."""
    local_htlc_signatures: tuple[bytes, ...] = ()
    phase: Phase = Phase.NORMAL
    connection: Connection = Connection.OFFLINE
    local_number: int = 0
    """Our current commitment; all before it are revoked."""
    remote_number: int = 0
    """The peer's oldest commitment that is not revoked."""
    awaiting_revocation: bool = False
    """We have signed the peer's next commitment and it has not revoked the current one."""
    htlcs: tuple[Htlc, ...] = ()
    fee_updates: tuple[FeeUpdate, ...] = ()
    next_htlc_id: tuple[int, int] = (0, 0)
    remote_secrets: SecretStore = SecretStore()
    signed_updates: tuple[bytes, ...] = ()
    """Our update messages that the unanswered commitment_signed covers, as sent: for retransmission."""
    sent_commitment: bytes | None = None
    """That commitment_signed, as sent."""
    unsigned_updates: tuple[bytes, ...] = ()
    """Our update messages that no commitment_signed covers yet."""
    funding: FundingProgress | None = None
    """While the channel is being opened."""
    closing: Closing | None = None
    """Once either side wants to close together."""
    announcement: AnnouncementProgress = AnnouncementProgress()
    revoked_last: bool = False
    """Our last revoke_and_ack went out after our last commitment_signed: retransmission keeps that order."""

    @property
    def id(self) -> ChannelId:
        """The channel id."""
        return self.terms.channel_id

    @property
    def is_usable(self) -> bool:
        """Whether new HTLCs may be offered now."""
        return self.phase is Phase.NORMAL and self.connection is Connection.ONLINE

    @property
    def carries_updates(self) -> bool:
        """Whether HTLCs that are there may be settled and commitments signed now."""
        return self.phase in {Phase.NORMAL, Phase.SHUTTING_DOWN} and self.connection is Connection.ONLINE

    @property
    def opener(self) -> Side:
        """Who pays the commitment fee."""
        return Side.LOCAL if self.terms.is_opener else Side.REMOTE

    def latest(self, side: Side) -> int:
        """The newest signed commitment of a side."""
        return self.local_number if side is Side.LOCAL else self.remote_number + self.awaiting_revocation

    def irrevocable(self, side: Side) -> int:
        """The oldest commitment that a side could still publish unpunished."""
        return self.local_number if side is Side.LOCAL else self.remote_number

    def htlc(self, owner: Side, htlc_id: int) -> Htlc | None:
        """The HTLC that a side offered under this id, while it is in the log."""
        return next((htlc for htlc in self.htlcs if htlc.id == htlc_id and htlc.owner is owner), None)

    def feerate(self, side: Side, number: int) -> int:
        """The feerate of transaction `number` of a side, in satoshi per 1,000 weight units."""
        updates = [update.feerate_per_kw for update in self.fee_updates if holds(update.added, side, number)]
        return updates[-1] if updates else self.feerate_per_kw

    def balances_msat(self, side: Side, number: int) -> tuple[int, int]:
        """(ours, the peer's) in transaction `number` of a side, HTLCs taken out, before fees. Negative when somebody overdrew."""
        balances = list(self.settled_msat)
        for htlc in self.htlcs:
            if not holds(htlc.added, side, number):
                continue
            balances[htlc.owner] -= htlc.amount_msat
            if holds(htlc.removed, side, number):
                balances[htlc.owner.other if htlc.is_fulfilled else htlc.owner] += htlc.amount_msat
        return balances[Side.LOCAL], balances[Side.REMOTE]

    def has_pending_updates(self, side: Side) -> bool:
        """Whether the next commitment of a side would differ from its latest."""
        number = self.latest(side) + 1
        return any(number in (htlc.added[side], htlc.removed[side]) for htlc in self.htlcs) or any(
            update.added[side] == number for update in self.fee_updates
        )

    def per_commitment_point(self, side: Side, number: int, secrets: ChannelSecrets) -> bytes:
        """The point[33] from which the keys of transaction `number` of a side are derived."""
        if side is Side.LOCAL:
            return secrets.per_commitment_point(number)
        assert number in (self.remote_number, self.remote_number + 1)
        return self.remote_point if number == self.remote_number else self.remote_next_point

    def commitment_spec(self, side: Side, number: int, secrets: ChannelSecrets) -> CommitmentSpec:
        """Everything that decides transaction `number` of a side. Both peers must arrive at the same."""
        terms, holder, other = self.terms, self.terms.side(side), self.terms.side(side.other)
        balances = self.balances_msat(side, number)
        opener, accepter = (terms.local, terms.remote) if terms.is_opener else (terms.remote, terms.local)
        return CommitmentSpec(
            channel_type=terms.channel_type,
            funding_txid=terms.funding_txid,
            funding_output_index=terms.funding_output_index,
            funding_sat=terms.capacity_sat,
            commitment_number=number,
            opener_payment_basepoint=opener.basepoints.payment_basepoint,
            accepter_payment_basepoint=accepter.basepoints.payment_basepoint,
            holder_is_opener=self.opener is side,
            to_self_delay_blocks=holder.to_self_delay_blocks,
            dust_limit_sat=holder.dust_limit_sat,
            feerate_per_kw=self.feerate(side, number),
            to_holder_msat=balances[side],
            to_counterparty_msat=balances[side.other],
            htlcs=tuple(
                CommitmentHtlc(
                    owner_is_holder=htlc.owner is side,
                    htlc_id=htlc.id,
                    amount_msat=htlc.amount_msat,
                    payment_hash=htlc.payment_hash,
                    cltv_expiry=htlc.cltv_expiry,
                )
                for htlc in self.htlcs
                if htlc.stands_in(side, number)
            ),
            keys=CommitmentKeys.derive(holder.basepoints, other.basepoints, self.per_commitment_point(side, number, secrets)),
        )

    @property
    def reserve_msat(self) -> int:
        """What we must keep."""
        return self.terms.local.channel_reserve_sat * MSAT_PER_SAT
