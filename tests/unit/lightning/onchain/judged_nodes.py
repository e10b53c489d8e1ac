"""Two nodes with a channel on a chain that Bitcoin Core's consensus code judges: nothing that they broadcast may be refused."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from msgspec.structs import replace

from payments.lightning.channel.channel import Channel
from payments.lightning.channel.raw_transactions import parse_transaction
from payments.lightning.channel.scripts import p2wpkh
from payments.lightning.channel.transactions import Transaction
from payments.lightning.channel.types import ChannelType
from payments.lightning.crypto.secp256k1 import public_key
from payments.lightning.events import ChannelResolved, FundingGenerationReady, SpendableOutputs
from payments.lightning.ids import PaymentHash, PaymentId
from payments.lightning.invoice.bolt11 import decode
from payments.lightning.manager.receiving import InvoiceWish
from payments.lightning.payment.outbound import Retry
from payments.lightning.routing.parameters import RouteParameters
from tests.regtest import BlockRefused, Chain
from tests.unit.lightning.channel.two_nodes import WISH, TwoNodes

TYPES = pytest.mark.parametrize("channel_type", list(ChannelType))
OTHER = {"alice": "bob", "bob": "alice"}
HTLC_MSAT = 40_000_000
MANY_BLOCKS = 400


class JudgedNodes(TwoNodes):
    """Whatever either node broadcasts is offered to the chain block by block, each transaction in a block of its own."""

    def __init__(self, folder: Path, channel_type: ChannelType) -> None:
        self.chain = Chain(folder)
        self.chain.mine_empty(101)
        self.spent: set[bytes] = set()
        self.confirmed: list[Transaction] = []
        super().__init__()
        self.ask(replace(WISH, channel_type=channel_type, push_msat=500_000_000))
        self.run()
        self.broadcasts.clear()
        self._tell(self.funding)
        for _ in range(5):
            self.chain.mine()
            self._tell()
        self.run()

    def transaction(self, event: FundingGenerationReady) -> Transaction:
        self.funding = self.chain.take_coin(script_pubkey=event.output_script, amount_sat=event.capacity_sat)
        return self.funding

    def _tell(self, *transactions: Transaction) -> None:
        """The newest block, told to both."""
        self.height = self.chain.height
        for node in self.nodes.values():
            if transactions:
                node.transactions_confirmed(list(enumerate(transactions, start=1)), self.height)
            node.best_block_updated(self.height)
        self.run()

    def publish(self, transaction: Transaction) -> None:
        """Somebody gets a transaction into the next block."""
        self.chain.mine(transaction)
        self.confirmed.append(transaction)
        self.spent |= {spent.outpoint for spent in transaction.inputs}
        self._tell(transaction)

    def mine(self, blocks: int, *_: Transaction) -> None:
        """So many blocks at least; each broadcast that spends nothing spent must be accepted."""
        last = self.chain.height + blocks
        while self.chain.height < last:
            waiting, self.broadcasts = self.broadcasts, []
            before = self.chain.height
            for raw in dict.fromkeys(waiting):
                transaction = parse_transaction(raw)
                if self.spent.isdisjoint(spent.outpoint for spent in transaction.inputs):
                    self.publish(transaction)
            if self.chain.height == before:
                self.chain.mine()
                self._tell()

    def mine_until_resolved(self) -> None:
        for _ in range(MANY_BLOCKS):
            if all(self.heard(name, ChannelResolved) for name in self.nodes):
                return
            self.mine(1)
        raise AssertionError("the channel is never done with")

    def channel(self, name: str) -> Channel:
        (details,) = self.nodes[name].list_channels()
        return self.nodes[name].channel(details.channel_id)

    def secrets(self, name: str):
        return self.nodes[name]._state.secrets(self.channel(name).terms.key_index)

    def destination(self, name: str) -> bytes:
        return p2wpkh(public_key(self.secrets(name).destination_private_key))

    def begin_payment(self, payer: str, amount_msat: int = HTLC_MSAT) -> PaymentHash:
        """One begins to pay the other, who holds the payment."""
        text = self.nodes[OTHER[payer]].create_bolt11_invoice(InvoiceWish(amount_msat=amount_msat, description="", expiry_s=3_600))
        invoice = decode(text)
        payment_id = PaymentId(sha256(text.encode()).digest())
        retry = Retry(max_attempts=1, until_ms=self.clock.now_ms() + 60_000)
        params = RouteParameters.from_invoice(invoice)
        assert self.nodes[payer].pay_for_bolt11_invoice(invoice, payment_id, params=params, retry=retry) is None
        self.run()
        return invoice.payment_hash

    def claim(self, payee: str, payment_hash: PaymentHash) -> None:
        self.nodes[payee].claim_funds(self.nodes[payee].preimage_of(payment_hash))
        self.run()

    def force_close(self, name: str) -> None:
        """Without the other one hearing of it but from the chain."""
        self.cut()
        self.nodes[name].force_close_broadcasting_latest_txn(self.channel(name).id)
        self.collect()

    def refuses(self, transaction: Transaction) -> bool:
        try:
            self.chain.mine(transaction)
        except BlockRefused:
            return True
        return False

    def received_sat(self, name: str) -> int:
        told = sum(output.amount_sat for event in self.heard(name, SpendableOutputs) for output in event.outputs)
        (resolved,) = self.heard(name, ChannelResolved)
        assert told == resolved.received_sat
        return told
