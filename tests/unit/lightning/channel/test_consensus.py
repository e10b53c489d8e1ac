"""Every way in which BOLT 3 lets an output be spent, tried on a chain that Bitcoin Core's consensus code judges."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

pytest.importorskip("pbk", reason="py-bitcoinkernel is not there: no spend path was judged by Bitcoin Core's code")

from payments.lightning.channel import scripts
from payments.lightning.channel.commitment import (
    Commitment,
    CommitmentHtlc,
    CommitmentSpec,
    CommittedHtlc,
    build_commitment,
    holder_script,
    sign_commitment,
    verify_commitment,
)
from payments.lightning.channel.keys import ChannelSecrets, CommitmentKeys, derive_private_key, derive_revocation_private_key
from payments.lightning.channel.transactions import Transaction, TransactionInput, TransactionOutput
from payments.lightning.channel.types import ChannelType
from payments.lightning.channel.witnesses import complete_commitment, complete_htlc_transaction, signature_element
from payments.lightning.crypto.hashes import hash160, sha256
from payments.lightning.crypto.secp256k1 import public_key, sign
from tests.regtest import Chain

HOLDER, COUNTERPARTY = ChannelSecrets.derive(b"a" * 32, 0), ChannelSecrets.derive(b"b" * 32, 0)
NUMBER = 5
DELAY_BLOCKS = 12
FUNDING_SAT = 100_000_000
PREIMAGES = [bytes([number]) * 32 for number in range(4)]
TYPES = pytest.mark.parametrize("channel_type", list(ChannelType))
FINAL = 0xFFFFFFFF

Witness = Callable[[bytes], tuple[bytes, ...]]


class Published(msgspec.Struct, kw_only=True):
    """A commitment of the holder that is in the chain, with two HTLCs offered (0, 1) and two received (2, 3)."""

    chain: Chain
    spec: CommitmentSpec
    commitment: Commitment
    signatures: tuple[bytes, ...]

    @property
    def is_anchors(self) -> bool:
        return self.spec.channel_type is ChannelType.ANCHORS

    @property
    def point(self) -> bytes:
        return self.spec.keys.per_commitment_point

    @property
    def csv(self) -> int:
        """What an input must wait where there are anchors."""
        return 1 if self.is_anchors else FINAL

    def htlc(self, htlc_id: int) -> CommittedHtlc:
        return next(one for one in self.commitment.htlcs if one.htlc.htlc_id == htlc_id)

    def second_stage(self, htlc_id: int, *, preimage: bytes = b"") -> Transaction:
        htlc = self.htlc(htlc_id)
        signature = self.signatures[self.commitment.htlcs.index(htlc)]
        return complete_htlc_transaction(htlc, self.spec, secrets=HOLDER, counterparty_signature=signature, preimage=preimage)

    def output_of(self, script: bytes) -> int:
        return [output.script_pubkey for output in self.commitment.tx.outputs].index(scripts.p2wsh(script))


def htlcs(expiry: int) -> tuple[CommitmentHtlc, ...]:
    return tuple(
        CommitmentHtlc(
            owner_is_holder=number < 2,
            htlc_id=number,
            amount_msat=40_000_000 + number,
            payment_hash=sha256(preimage),
            cltv_expiry=expiry + number,
        )
        for number, preimage in enumerate(PREIMAGES)
    )


@pytest.fixture
def publish(tmp_path) -> Callable[[ChannelType], Published]:
    def publish_commitment(channel_type: ChannelType) -> Published:
        chain = Chain(tmp_path)
        keys = CommitmentKeys.derive(HOLDER.basepoints, COUNTERPARTY.basepoints, HOLDER.per_commitment_point(NUMBER))
        funding_output = scripts.funding_output_script(keys.holder_funding_pubkey, keys.counterparty_funding_pubkey)
        funding = chain.take_coin(script_pubkey=funding_output, amount_sat=FUNDING_SAT)
        spec = CommitmentSpec(
            channel_type=channel_type,
            funding_txid=funding.txid,
            funding_output_index=0,
            funding_sat=FUNDING_SAT,
            commitment_number=NUMBER,
            opener_payment_basepoint=HOLDER.basepoints.payment_basepoint,
            accepter_payment_basepoint=COUNTERPARTY.basepoints.payment_basepoint,
            holder_is_opener=True,
            to_self_delay_blocks=DELAY_BLOCKS,
            dust_limit_sat=354,
            feerate_per_kw=2_500,
            to_holder_msat=FUNDING_SAT * 500 - 80_000_001,
            to_counterparty_msat=FUNDING_SAT * 500 - 80_000_005,
            htlcs=htlcs(chain.height + 20),
            keys=keys,
        )
        commitment = build_commitment(spec)
        signature, signatures = sign_commitment(commitment, spec, COUNTERPARTY)
        verify_commitment(commitment, spec, signature=signature, htlc_signatures=signatures)
        chain.mine(complete_commitment(commitment, spec, secrets=HOLDER, counterparty_signature=signature))
        return Published(chain=chain, spec=spec, commitment=commitment, signatures=signatures)

    return publish_commitment


def spend(
    source: Transaction, index: int, *, script: bytes, witness: Witness, key: bytes, sequence: int = FINAL, locktime: int = 0
) -> Transaction:
    """A transaction of one input that signs for an output with `key`; `witness` says where the signature stands in the proof."""
    amount_sat = source.outputs[index].amount_sat
    spender = Transaction(
        inputs=(TransactionInput(txid=source.txid, output_index=index, sequence=sequence),),
        outputs=(TransactionOutput(amount_sat=amount_sat - 300, script_pubkey=scripts.p2wpkh(HOLDER.basepoints.funding_pubkey)),),
        locktime=locktime,
    )
    signature = signature_element(sign(key, spender.sighash(0, script_code=script, amount_sat=amount_sat)))
    return spender.with_witness(0, witness(signature))


def sweep_delayed(published: Published, source: Transaction, index: int, *, sequence: int) -> Transaction:
    script = holder_script(published.spec)
    key = derive_private_key(HOLDER.delayed_payment_basepoint_secret, published.point)
    return spend(source, index, script=script, witness=lambda signature: (signature, b"", script), key=key, sequence=sequence)


def revocation_key() -> bytes:
    return derive_revocation_private_key(COUNTERPARTY.revocation_basepoint_secret, HOLDER.per_commitment_secret(NUMBER))


@TYPES
def test_an_offered_htlc_times_out_at_its_expiry_and_not_before(publish, channel_type: ChannelType) -> None:
    published = publish(channel_type)
    chain, timeout = published.chain, published.second_stage(0)
    while chain.height < published.htlc(0).htlc.cltv_expiry:
        assert chain.refuses(timeout)
        chain.mine()
    chain.mine(timeout)


@TYPES
def test_a_received_htlc_is_claimed_with_its_preimage_only(publish, channel_type: ChannelType) -> None:
    published = publish(channel_type)
    published.chain.mine()
    assert published.chain.refuses(published.second_stage(2, preimage=PREIMAGES[3]))
    assert published.chain.refuses(published.second_stage(2))
    published.chain.mine(published.second_stage(2, preimage=PREIMAGES[2]))


@TYPES
def test_the_holder_waits_for_its_own_money(publish, channel_type: ChannelType) -> None:
    published = publish(channel_type)
    chain, index = published.chain, published.output_of(holder_script(published.spec))
    assert chain.refuses(sweep_delayed(published, published.commitment.tx, index, sequence=DELAY_BLOCKS))
    chain.mine_empty(DELAY_BLOCKS)
    assert chain.refuses(sweep_delayed(published, published.commitment.tx, index, sequence=DELAY_BLOCKS - 1))
    chain.mine(sweep_delayed(published, published.commitment.tx, index, sequence=DELAY_BLOCKS))


@TYPES
def test_the_holder_waits_for_what_it_claimed_of_an_htlc_too(publish, channel_type: ChannelType) -> None:
    published = publish(channel_type)
    published.chain.mine()
    success = published.second_stage(3, preimage=PREIMAGES[3])
    published.chain.mine(success)
    sweep = sweep_delayed(published, success, 0, sequence=DELAY_BLOCKS)
    assert published.chain.refuses(sweep)
    published.chain.mine_empty(DELAY_BLOCKS - 1)
    published.chain.mine(sweep)


@TYPES
def test_the_counterparty_takes_its_balance_with_its_payment_key(publish, channel_type: ChannelType) -> None:
    published = publish(channel_type)
    published.chain.mine()
    point, key = COUNTERPARTY.basepoints.payment_basepoint, COUNTERPARTY.payment_basepoint_secret
    script = scripts.to_remote_script(point) if published.is_anchors else b"\x76\xa9\x14" + hash160(point) + b"\x88\xac"
    pays = scripts.p2wsh(script) if published.is_anchors else scripts.p2wpkh(point)
    index = [output.script_pubkey for output in published.commitment.tx.outputs].index(pays)

    def witness(signature: bytes) -> tuple[bytes, ...]:
        return signature, script if published.is_anchors else point

    published.chain.mine(spend(published.commitment.tx, index, script=script, witness=witness, key=key, sequence=published.csv))


@TYPES
def test_the_counterparty_claims_an_offered_htlc_with_the_preimage(publish, channel_type: ChannelType) -> None:
    published = publish(channel_type)
    published.chain.mine()
    htlc, key = published.htlc(1), derive_private_key(COUNTERPARTY.htlc_basepoint_secret, published.point)

    def claim(preimage: bytes) -> Transaction:
        return spend(
            published.commitment.tx,
            htlc.output_index,
            script=htlc.witness_script,
            witness=lambda signature: (signature, preimage, htlc.witness_script),
            key=key,
            sequence=published.csv,
        )

    assert published.chain.refuses(claim(PREIMAGES[0]))
    published.chain.mine(claim(PREIMAGES[1]))


@TYPES
def test_the_counterparty_takes_back_what_the_holder_received_after_its_expiry(publish, channel_type: ChannelType) -> None:
    published = publish(channel_type)
    htlc, key = published.htlc(2), derive_private_key(COUNTERPARTY.htlc_basepoint_secret, published.point)
    expiry = htlc.htlc.cltv_expiry

    def take_back(locktime: int) -> Transaction:
        return spend(
            published.commitment.tx,
            htlc.output_index,
            script=htlc.witness_script,
            witness=lambda signature: (signature, b"", htlc.witness_script),
            key=key,
            sequence=1,
            locktime=locktime,
        )

    published.chain.mine_empty(expiry - 1 - published.chain.height)
    assert published.chain.refuses(take_back(expiry))
    assert published.chain.refuses(take_back(expiry - 1))
    published.chain.mine()
    published.chain.mine(take_back(expiry))


@TYPES
def test_whoever_has_the_revocation_key_takes_everything_at_once(publish, channel_type: ChannelType) -> None:
    published = publish(channel_type)
    script, key = holder_script(published.spec), revocation_key()
    assert published.spec.keys.revocation_pubkey == public_key(key)
    index = published.output_of(script)
    penalties = [spend(published.commitment.tx, index, script=script, witness=lambda signature: (signature, b"\x01", script), key=key)]
    for htlc in published.commitment.htlcs:
        taken = htlc.witness_script
        penalties.append(
            spend(
                published.commitment.tx,
                htlc.output_index,
                script=taken,
                witness=lambda signature, taken=taken: (signature, public_key(key), taken),
                key=key,
            )
        )
    published.chain.mine(*penalties)


@TYPES
def test_the_revocation_key_takes_what_a_cheater_already_claimed_of_an_htlc(publish, channel_type: ChannelType) -> None:
    published = publish(channel_type)
    published.chain.mine()
    success = published.second_stage(2, preimage=PREIMAGES[2])
    script = holder_script(published.spec)
    penalty = spend(success, 0, script=script, witness=lambda signature: (signature, b"\x01", script), key=revocation_key())
    published.chain.mine(success, penalty)


def test_an_anchor_is_its_owner_s_at_once_and_anybody_s_after_sixteen_blocks(publish) -> None:
    published = publish(ChannelType.ANCHORS)
    chain, tx = published.chain, published.commitment.tx
    theirs = scripts.anchor_script(COUNTERPARTY.basepoints.funding_pubkey)
    key = COUNTERPARTY.funding_private_key
    chain.mine(spend(tx, published.output_of(theirs), script=theirs, witness=lambda signature: (signature, theirs), key=key))
    ours = scripts.anchor_script(HOLDER.basepoints.funding_pubkey)
    by_anybody = spend(tx, published.output_of(ours), script=ours, witness=lambda _: (b"", ours), key=key, sequence=16)
    assert chain.refuses(by_anybody)
    chain.mine_empty(16)
    chain.mine(by_anybody)


def test_with_anchors_htlc_transactions_can_be_joined_and_given_a_fee_after_they_were_signed(publish) -> None:
    """The counterparty signed only one input and one output of each; the holder signs anew for the whole."""
    published = publish(ChannelType.ANCHORS)
    published.chain.mine()
    claims = [published.second_stage(number, preimage=PREIMAGES[number]) for number in (2, 3)]
    joined = Transaction(inputs=tuple(claim.inputs[0] for claim in claims), outputs=tuple(claim.outputs[0] for claim in claims))
    key = derive_private_key(HOLDER.htlc_basepoint_secret, published.point)
    for index, claim in enumerate(claims):
        nothing, theirs, _, preimage, script = claim.inputs[0].witness
        amount_sat = published.htlc(index + 2).amount_sat
        ours = signature_element(sign(key, joined.sighash(index, script_code=script, amount_sat=amount_sat)))
        joined = joined.with_witness(index, (nothing, theirs, ours, preimage, script))
    published.chain.mine(joined)
