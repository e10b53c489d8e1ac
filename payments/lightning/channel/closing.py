"""
Closing together: both say shutdown, HTLCs end, and one transaction pays each side its balance to a script of its choice.

    NORMAL --our wish, or the peer's shutdown--> SHUTTING_DOWN --no HTLC is left, a fee is agreed--> the transaction is broadcast

The opener pays the fee and proposes it, with the range that it would also take; the other side answers with a fee of both ranges, and
what both have named is final. After a cut line the conversation begins anew with shutdown; what was agreed before stays valid.

BOLT 2, Channel Close; Legacy Closing Negotiation: `closing_signed`; BOLT 3, Closing Transaction
"""

from __future__ import annotations

from msgspec.structs import replace

from payments.lightning.channel import scripts
from payments.lightning.channel.actions import Action, BroadcastTransaction, ChannelFailed, SendMessage, Step, Surroundings
from payments.lightning.channel.channel import Channel, Closing, Connection, Phase
from payments.lightning.channel.closing_errors import (
    ChannelNotInUse,
    ClosingFeeUnacceptable,
    InvalidClosingSignature,
    ShutdownScriptChanged,
    ShutdownScriptNotStandard,
    UnexpectedClosingSigned,
)
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.transactions import Transaction, TransactionInput, TransactionOutput
from payments.lightning.channel.updates import FEERATE_FLOOR_PER_KW
from payments.lightning.channel.witnesses import multisig_witness
from payments.lightning.crypto import secp256k1
from payments.lightning.units import MSAT_PER_SAT
from payments.lightning.wire.messages import ClosingSigned, FeeRange, Shutdown, encode_message

CLOSED_BY_US = "locally_initiated_cooperative_closure"
CLOSED_BY_PEER = "counterparty_initiated_cooperative_closure"
GENEROSITY = 3
"""The opener takes up to so many times the fee that it proposes: a close that fails costs more."""
_WITNESS_WEIGHT = 2 + 222
"""Marker, flag, and the funding output's two signatures and script. BOLT 3, Expected Weights"""


def begin_shutdown(channel: Channel, surroundings: Surroundings) -> Step:
    """
    We want the channel closed. What has to be said is said when nothing of ours is unsigned.

    raises    ChannelNotInUse
    """
    if channel.phase is not Phase.NORMAL:
        raise ChannelNotInUse
    return Step(channel=_shutting_down(channel, surroundings, is_ours=True))


def owes_shutdown(channel: Channel) -> bool:
    """Whether shutdown is to be said now: an update that the peer has not got signed would be lost in the middle."""
    closing = channel.closing
    return closing is not None and not closing.is_said and channel.carries_updates and not channel.unsigned_updates


def send_shutdown(channel: Channel) -> Step:
    """Say that we add no more. Call only when `owes_shutdown`."""
    closing = _closing_of(channel)
    message = Shutdown(channel_id=channel.id, scriptpubkey=closing.local_script)
    return Step(channel=replace(channel, closing=replace(closing, is_said=True)), actions=(SendMessage(data=encode_message(message)),))


def receive_shutdown(channel: Channel, message: Shutdown, surroundings: Surroundings) -> Step:
    """
    The peer adds no more HTLCs, and neither do we.

    raises    ShutdownScriptNotStandard, ShutdownScriptChanged
    """
    if not is_standard(message.scriptpubkey):
        raise ShutdownScriptNotStandard(script_pubkey=message.scriptpubkey)
    shutting = channel if channel.closing is not None else _shutting_down(channel, surroundings, is_ours=False)
    closing = _closing_of(shutting)
    if closing.remote_script not in {None, message.scriptpubkey}:
        raise ShutdownScriptChanged
    return Step(channel=replace(shutting, closing=replace(closing, remote_script=message.scriptpubkey, is_heard=True)))


def owes_closing_signed(channel: Channel) -> bool:
    """Whether we, the opener, have to propose a fee now."""
    closing = channel.closing
    return channel.terms.is_opener and closing is not None and closing.proposed_fee_sat is None and may_negotiate(channel)


def may_negotiate(channel: Channel) -> bool:
    """Whether both have said shutdown and nothing is left in either transaction but the balances."""
    closing = channel.closing
    if closing is None or channel.connection is not Connection.ONLINE:
        return False
    is_settled = not (channel.htlcs or channel.fee_updates or channel.awaiting_revocation or channel.unsigned_updates)
    return closing.is_said and closing.is_heard and is_settled


def send_closing_signed(channel: Channel, surroundings: Surroundings) -> Step:
    """Propose the fee that today's feerate asks for. Call only when `owes_closing_signed`."""
    fees = fee_range(channel)
    asked_sat = _fee_sat(channel, channel.feerate_per_kw)
    return _propose(channel, min(max(asked_sat, fees.min_fee_satoshis), fees.max_fee_satoshis), surroundings)


def receive_closing_signed(channel: Channel, message: ClosingSigned, surroundings: Surroundings) -> Step:
    """
    The peer proposes a fee, or agrees to ours.

    raises    UnexpectedClosingSigned, InvalidClosingSignature, ClosingFeeUnacceptable
    """
    if not may_negotiate(channel):
        raise UnexpectedClosingSigned
    fees, fee_sat = fee_range(channel), message.fee_satoshis
    transaction = _signed_by_peer(channel, message)
    closing = _closing_of(channel)
    if fee_sat == closing.proposed_fee_sat or fees.min_fee_satoshis <= fee_sat <= fees.max_fee_satoshis:
        agreed = Step(channel=channel) if fee_sat == closing.proposed_fee_sat else _propose(channel, fee_sat, surroundings)
        return _finish(agreed, transaction, message.signature, surroundings)
    refusal = ClosingFeeUnacceptable(fee_sat=fee_sat, minimum_sat=fees.min_fee_satoshis, maximum_sat=fees.max_fee_satoshis)
    theirs = message.fee_range or FeeRange(min_fee_satoshis=0, max_fee_satoshis=channel.terms.capacity_sat)
    low = max(theirs.min_fee_satoshis, fees.min_fee_satoshis)
    high = min(theirs.max_fee_satoshis, fees.max_fee_satoshis)
    if closing.proposed_fee_sat is not None or low > high:
        raise refusal
    return _propose(channel, low if fee_sat < low else high, surroundings)


def fee_range(channel: Channel) -> FeeRange:
    """The fees that we take: whoever pays has a limit, whoever does not only wants it to confirm."""
    lowest_sat = _fee_sat(channel, FEERATE_FLOOR_PER_KW)
    opener_sat = channel.settled_msat[channel.opener] // MSAT_PER_SAT
    if not channel.terms.is_opener:
        return FeeRange(min_fee_satoshis=min(lowest_sat, opener_sat), max_fee_satoshis=opener_sat)
    highest_sat = min(opener_sat, GENEROSITY * _fee_sat(channel, channel.feerate_per_kw))
    return FeeRange(min_fee_satoshis=min(lowest_sat, opener_sat), max_fee_satoshis=max(highest_sat, min(lowest_sat, opener_sat)))


def is_standard(script_pubkey: bytes) -> bool:
    """
    Whether nodes relay a payment to this script: P2WPKH, P2WSH, or a later segwit version.

    BOLT 2, Closing Initiation: `shutdown`
    """
    size = len(script_pubkey)
    if size in {22, 34} and script_pubkey[:2] == bytes([0, size - 2]):
        return True
    return 4 <= size <= 42 and 0x51 <= script_pubkey[0] <= 0x60 and script_pubkey[1] == size - 2


def closing_transaction(channel: Channel, fee_sat: int, *, without_remote: bool = False) -> Transaction:
    """
    The unsigned transaction that ends the channel: balances, the opener's less the fee, dust left out.

    without_remote    leave the peer's output out although it is no dust to us: the peer may do that with its own

    BOLT 3, Closing Transaction
    """
    closing, terms = _closing_of(channel), channel.terms
    assert closing.remote_script is not None
    pays = {Side.LOCAL: closing.local_script, Side.REMOTE: closing.remote_script}
    outputs = []
    for side in Side:
        amount_sat = channel.settled_msat[side] // MSAT_PER_SAT - (fee_sat if side is channel.opener else 0)
        if amount_sat >= terms.local.dust_limit_sat and not (without_remote and side is Side.REMOTE):
            outputs.append(TransactionOutput(amount_sat=amount_sat, script_pubkey=pays[side]))
    outputs.sort(key=lambda output: (output.amount_sat, output.script_pubkey))
    spent = TransactionInput(txid=terms.funding_txid, output_index=terms.funding_output_index)
    return Transaction(inputs=(spent,), outputs=tuple(outputs))


def _shutting_down(channel: Channel, surroundings: Surroundings, *, is_ours: bool) -> Channel:
    script = scripts.p2wpkh(secp256k1.public_key(surroundings.secrets.destination_private_key))
    return replace(channel, phase=Phase.SHUTTING_DOWN, closing=Closing(local_script=script, is_ours=is_ours))


def _closing_of(channel: Channel) -> Closing:
    assert channel.closing is not None
    return channel.closing


def _fee_sat(channel: Channel, feerate_per_kw: int) -> int:
    """What a closing transaction with both outputs costs, rounded up."""
    closing = _closing_of(channel)
    outputs = sum(9 + len(script) for script in (closing.local_script, closing.remote_script or closing.local_script))
    weight = (4 + 1 + 41 + 1 + outputs + 4) * 4 + _WITNESS_WEIGHT
    return -(-weight * feerate_per_kw // 1000)


def _funding_script(channel: Channel) -> bytes:
    return scripts.funding_script(channel.terms.local.basepoints.funding_pubkey, channel.terms.remote.basepoints.funding_pubkey)


def _sighash(channel: Channel, transaction: Transaction) -> bytes:
    return transaction.sighash(0, script_code=_funding_script(channel), amount_sat=channel.terms.capacity_sat)


def _propose(channel: Channel, fee_sat: int, surroundings: Surroundings) -> Step:
    transaction = closing_transaction(channel, fee_sat)
    message = ClosingSigned(
        channel_id=channel.id,
        fee_satoshis=fee_sat,
        signature=secp256k1.sign(surroundings.secrets.funding_private_key, _sighash(channel, transaction)),
        fee_range=fee_range(channel),
    )
    proposed = replace(channel, closing=replace(_closing_of(channel), proposed_fee_sat=fee_sat))
    return Step(channel=proposed, actions=(SendMessage(data=encode_message(message)),))


def _signed_by_peer(channel: Channel, message: ClosingSigned) -> Transaction:
    """The transaction that the peer signed: with its output, or without."""
    opener_sat = channel.settled_msat[channel.opener] // MSAT_PER_SAT
    if message.fee_satoshis > opener_sat:
        raise ClosingFeeUnacceptable(fee_sat=message.fee_satoshis, minimum_sat=0, maximum_sat=opener_sat)
    for without_remote in (False, True):
        transaction = closing_transaction(channel, message.fee_satoshis, without_remote=without_remote)
        signer = channel.terms.remote.basepoints.funding_pubkey
        if transaction.outputs and secp256k1.verify(signer, _sighash(channel, transaction), message.signature):
            return transaction
    raise InvalidClosingSignature(fee_sat=message.fee_satoshis)


def _finish(agreed: Step, transaction: Transaction, signature: bytes, surroundings: Surroundings) -> Step:
    """Both have signed: the channel is over, once, however often the same is said again."""
    channel, closing = agreed.channel, _closing_of(agreed.channel)
    ours = secp256k1.sign(surroundings.secrets.funding_private_key, _sighash(channel, transaction))
    signers = (channel.terms.local.basepoints.funding_pubkey, channel.terms.remote.basepoints.funding_pubkey)
    witness = multisig_witness(_funding_script(channel), signers, (ours, signature))
    raw = transaction.with_witness(0, witness).serialize()
    news: tuple[Action, ...] = ()
    if closing.raw_transaction is None:
        news = (ChannelFailed(code=CLOSED_BY_US if closing.is_ours else CLOSED_BY_PEER),)
    return Step(
        channel=replace(channel, closing=replace(closing, raw_transaction=raw)),
        actions=(*agreed.actions, BroadcastTransaction(transaction=raw), *news),
    )
