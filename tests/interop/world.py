"""Nodes of ours, LDKs, and the one chain that all of them see: the verbs of the stories."""

from __future__ import annotations

import os
import time

from msgspec.structs import replace

from payments.lightning.channel.commitment import build_commitment
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.keys import ChannelSecrets
from payments.lightning.channel.raw_transactions import parse_transaction
from payments.lightning.channel.transactions import Transaction, TransactionInput, TransactionOutput
from payments.lightning.events import FundingGenerationReady
from payments.lightning.manager.opening import ChannelWish
from tests.interop.bell import Bell
from tests.interop.ldk import Ldk, packages
from tests.interop.peer_node import PeerNode

BURIED_BLOCKS = 6


class World:
    """Makes nodes and lets time pass for all of them."""

    def __init__(self):
        self.bell = Bell()
        self.ours = []
        self.ldks = []
        self.height = 0
        self.mined = set()

    def node(self, name="alice", **settings):
        """A node of ours."""
        node = PeerNode(name, self.bell, height=self.height, **settings)
        self.ours.append(node)
        return node

    async def ldk(self, **settings):
        """A new LDK."""
        ldk = await Ldk.start(self.bell, packages(), seed=7 + len(self.ldks), **settings)
        if self.height:
            await ldk.do("block", count=self.height)
        self.ldks.append(ldk)
        return ldk

    async def stop(self):
        for node in self.ours:
            await node.stop()
        for ldk in self.ldks:
            await ldk.stop()

    async def mine(self, *transactions, blocks=1):
        """Blocks, the first of which holds these raw transactions."""
        parsed = [parse_transaction(raw) for raw in transactions]
        self.mined |= set(transactions)
        for node in self.ours:
            for number in range(blocks):
                node.grow(parsed if number == 0 else ())
        for ldk in self.ldks:
            await ldk.do("block", transactions=[raw.hex() for raw in transactions], count=blocks)
        self.height += blocks

    def unmined(self, node, ldk):
        """What both have broadcast and no block holds, each once."""
        told = [*node.broadcasts, *(bytes.fromhex(event["transaction"]) for event in ldk.told("Broadcast"))]
        return list(dict.fromkeys(raw for raw in told if raw not in self.mined))

    async def connect(self, node, ldk):
        """A line from a node of ours to an LDK, once the LDK has noticed that the last one is gone."""
        await ldk.knows(node.node_id, connected=False)
        await node.connect(ldk.node_id, ldk.port)
        await ldk.knows(node.node_id, connected=True)
        await node.bell.until(lambda: node.manager.is_connected(ldk.node_id), what="LDK's init")

    async def we_open(self, node, ldk, *, capacity_sat=1_000_000, push_msat=300_000_000, channel_type=None, announced=False):
        """A channel that we open and fund; returns its id when both sides can use it."""
        since = len(node.events)
        wish = ChannelWish(capacity_sat=capacity_sat, push_msat=push_msat, channel_type=channel_type, is_announced=announced)
        temporary = node.do(lambda manager: manager.create_channel(ldk.node_id, wish))
        ready = await node.event(FundingGenerationReady, since, temporary_channel_id=temporary)
        transaction = funding_transaction(ready.capacity_sat, ready.output_script)
        node.do(lambda manager: manager.funding_transaction_generated(ldk.node_id, temporary, transaction))
        await self.bell.until(lambda: transaction.serialize() in node.broadcasts, what=lambda: f"our broadcast {node.heard_complaints}")
        return await self._bury(node, ldk, transaction.serialize())

    async def they_open(self, node, ldk, *, capacity_sat=1_000_000, push_msat=300_000_000):
        """A channel that LDK opens to us; its kind and whether it is announced are LDK's settings."""
        await ldk.do("open", node_id=node.node_id.hex(), capacity_sat=capacity_sat, push_msat=push_msat)
        ready = await ldk.event("FundingGenerationReady")
        transaction = funding_transaction(ready["capacity_sat"], bytes.fromhex(ready["script"]))
        order = {"temporary_channel_id": ready["temporary_channel_id"], "node_id": node.node_id.hex()}
        await ldk.do("fund", transaction=transaction.serialize().hex(), **order)
        raw = bytes.fromhex((await ldk.event("Broadcast"))["transaction"])
        return await self._bury(node, ldk, raw)

    async def _bury(self, node, ldk, raw):
        usable = len(node.manager.list_usable_channels())
        known = len([channel for channel in await ldk.channels() if channel["usable"]])
        await self.mine(raw, blocks=BURIED_BLOCKS)
        await node.usable(usable + 1)
        await ldk.usable(known + 1)
        txid = parse_transaction(raw).txid
        return next(channel.id for channel in node.channels() if channel.terms.funding_txid == txid)

    async def pass_time(self, seconds):
        """A block for the LDKs that says so much later: they have no other clock for invoices."""
        for ldk in self.ldks:
            await ldk.do("block", time_s=int(time.time()) + seconds)
        for node in self.ours:
            node.grow()
        self.height += 1

    async def settled(self, *parties):
        """Wait until nothing is under way at any of these."""
        for party in parties:
            await party.quiet()


def funding_transaction(amount_sat, script):
    """A transaction that pays the channel, from a coin that nobody looks at."""
    coin = TransactionInput(txid=os.urandom(32), output_index=0, sequence=0xFFFFFFFD, witness=(b"\1",))
    return Transaction(inputs=(coin,), outputs=(TransactionOutput(amount_sat=amount_sat, script_pubkey=script),))


async def balances_agree(node, ldk, channel_id):
    """Our balance and LDK's, as each of them sees it, make the channel: both sides have counted the same."""
    channel = node.manager.channel(channel_id)
    seen = next(each for each in await ldk.channels() if bytes.fromhex(each["channel_id"]) == channel_id)
    ours, theirs = channel.settled_msat
    assert channel.terms.capacity_sat * 1_000 == ours + theirs
    assert ours == seen["inbound_msat"] + _kept_msat(channel.terms.local, ours)
    return ours, theirs


def _kept_msat(side, balance_msat):
    """What of a balance is reserve: all of it while it is below."""
    return min(balance_msat, side.channel_reserve_sat * 1_000)


def commitment_of_peer(node, channel_id):
    """The peer's latest commitment as we built it when we signed it: the transaction's bytes without witnesses."""
    channel = node.manager.channel(channel_id)
    secrets = ChannelSecrets.derive(node.identity.seed, channel.terms.key_index)
    return build_commitment(channel.commitment_spec(Side.REMOTE, channel.remote_number, secrets)).tx


def without_witnesses(transaction):
    """What is hashed for its id."""
    return replace(transaction, inputs=tuple(replace(spent, witness=()) for spent in transaction.inputs)).serialize()
