"""The sandbox's chain: an output is spent once, locks are kept, and blocks come by the clock."""

from __future__ import annotations

import pytest

from payments.lightning.channel.transactions import Transaction, TransactionInput, TransactionOutput
from payments.sandbox.chain import (
    BLOCK_INTERVAL_MS,
    BURIED_BLOCKS,
    BUSY_BLOCK_INTERVAL_MS,
    FIRST_HEIGHT,
    SandboxChain,
    funding_transaction,
)

SCRIPT = bytes(34)
FREE = 0xFFFFFFFD
"""A sequence without a relative lock."""


def spend(txid: bytes, *, sequence: int = FREE, locktime: int = 0, amount_sat: int = 1_000) -> Transaction:
    return Transaction(
        inputs=(TransactionInput(txid=txid, output_index=0, sequence=sequence),),
        outputs=(TransactionOutput(amount_sat=amount_sat, script_pubkey=SCRIPT),),
        locktime=locktime,
    )


def confirmed_after(chain: SandboxChain, transaction: Transaction, *, most: int = 20) -> int | None:
    """How many blocks it takes until this is in one."""
    chain = chain.with_transaction(transaction, 0)
    for blocks in range(1, most + 1):
        chain = chain.mined()
        if transaction in chain.block:
            return blocks
    return None


def test_it_works():
    chain, coin = SandboxChain().with_coin()
    funding = funding_transaction(coin, amount_sat=5_000, script_pubkey=SCRIPT)
    mined = chain.with_transaction(funding, 0).mined()

    assert (funding,) == mined.block
    assert () == mined.mempool
    assert FIRST_HEIGHT + 1 == mined.height == mined.confirmed_at[funding.txid]
    assert () == mined.mined().block


def test_no_two_coins_are_the_same():
    chain, first = SandboxChain().with_coin()
    _, second = chain.with_coin()

    assert first != second


def test_an_output_is_spent_once_and_the_first_to_ask_wins():
    chain, coin = SandboxChain().with_coin()
    first, second = spend(coin, amount_sat=1), spend(coin, amount_sat=2)
    chain = chain.with_transaction(first, 0).with_transaction(second, 0)

    assert (first,) == chain.mempool
    assert chain.mined() == chain.mined().with_transaction(second, 0).with_transaction(first, 0)


def test_what_spends_nothing_that_is_there_waits():
    assert confirmed_after(SandboxChain(), spend(bytes(32))) is None


@pytest.mark.parametrize(("sequence", "blocks"), [(0, 1), (1, 1), (5, 5), (FREE, 1), (1 << 31 | 5, 1)])
def test_a_relative_lock_is_kept(sequence, blocks):
    chain, coin = SandboxChain().with_coin()

    assert blocks == confirmed_after(chain, spend(coin, sequence=sequence))


@pytest.mark.parametrize(("locktime", "blocks"), [(FIRST_HEIGHT, 1), (FIRST_HEIGHT + 1, 2), (FIRST_HEIGHT + 7, 8), (0x20000001, 1)])
def test_an_absolute_lock_is_kept_and_a_commitments_number_is_none(locktime, blocks):
    chain, coin = SandboxChain().with_coin()

    assert blocks == confirmed_after(chain, spend(coin, locktime=locktime))


def test_blocks_come_by_the_clock_and_one_at_a_time():
    chain = SandboxChain().resumed(0)

    assert chain is chain.grown(BLOCK_INTERVAL_MS - 1)
    grown = chain.grown(50 * BLOCK_INTERVAL_MS)
    assert FIRST_HEIGHT + 1 == grown.height
    assert 51 * BLOCK_INTERVAL_MS == grown.next_block_ms


def test_they_come_faster_while_somebody_waits():
    chain, coin = SandboxChain().resumed(0).with_coin()
    chain, now_ms = chain.with_transaction(spend(coin), 0), 0
    for _ in range(BURIED_BLOCKS):
        assert now_ms + BUSY_BLOCK_INTERVAL_MS == chain.next_block_ms
        now_ms = chain.next_block_ms
        chain = chain.grown(now_ms)

    assert now_ms + BLOCK_INTERVAL_MS == chain.next_block_ms
