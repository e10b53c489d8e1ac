"""BOLT 3, Appendix C (static_remotekey) and F (anchors): commitments, HTLC transactions and all their signatures, byte for byte."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from payments.lightning.channel.commitment import (
    Commitment,
    CommitmentHtlc,
    CommitmentSpec,
    build_commitment,
    sign_commitment,
    verify_commitment,
)
from payments.lightning.channel.keys import Basepoints, ChannelSecrets, CommitmentKeys
from payments.lightning.channel.types import ChannelType
from payments.lightning.channel.witnesses import complete_commitment, complete_htlc_transaction
from payments.lightning.crypto.hashes import sha256
from payments.lightning.crypto.secp256k1 import public_key, signature_to_der
from tests.vectors.files import load_vectors

STATIC_REMOTEKEY_FILE = "bolt03-c-commitment-static-remotekey.json"
ANCHORS_FILE = "bolt03-f-commitment-anchors.json"
UNUSED = bytes(31) + b"\x07"


class Case(msgspec.Struct, kw_only=True):
    """One commitment of either appendix under one set of names."""

    name: str
    spec: CommitmentSpec
    counterparty_signature: str
    commitment_tx: str
    htlc_signatures: list[str]
    htlc_transactions: list[str]


def _secret(parameters: dict[str, str], name: str) -> bytes:
    """Private keys end in an extra 01 there."""
    return bytes.fromhex(parameters[name][:64])


def _secrets(parameters: dict[str, str], side: str) -> ChannelSecrets:
    payment = _secret(parameters, f"{side}_payment_basepoint_secret")
    return ChannelSecrets(
        funding_private_key=_secret(parameters, f"{side}_funding_privkey"),
        revocation_basepoint_secret=_secret(parameters, "remote_revocation_basepoint_secret") if side == "remote" else UNUSED,
        payment_basepoint_secret=payment,
        delayed_payment_basepoint_secret=_secret(parameters, "local_delayed_payment_basepoint_secret") if side == "local" else UNUSED,
        htlc_basepoint_secret=payment,
        per_commitment_seed=bytes(32),
    )


def _htlcs(numbers: list[int]) -> tuple[CommitmentHtlc, ...]:
    known = load_vectors(STATIC_REMOTEKEY_FILE)["htlcs"]
    return tuple(
        CommitmentHtlc(
            owner_is_holder=known[str(number)]["direction"].startswith("local"),
            htlc_id=number,
            amount_msat=known[str(number)]["amount_msat"],
            payment_hash=sha256(bytes.fromhex(known[str(number)]["payment_preimage"])),
            cltv_expiry=known[str(number)]["expiry"],
        )
        for number in numbers
    )


def _spec(channel_type: ChannelType, *, to_local_msat: int, to_remote_msat: int, feerate_per_kw: int, htlcs: list[int]) -> CommitmentSpec:
    parameters = load_vectors(STATIC_REMOTEKEY_FILE)["params"]
    holder, counterparty = _secrets(parameters, "local").basepoints, _secrets(parameters, "remote").basepoints
    return CommitmentSpec(
        channel_type=channel_type,
        funding_txid=bytes.fromhex(parameters["funding_tx_id"])[::-1],
        funding_output_index=int(parameters["funding_output_index"]),
        funding_sat=int(parameters["funding_amount_satoshi"]),
        commitment_number=int(parameters["commitment_number"]),
        opener_payment_basepoint=holder.payment_basepoint,
        accepter_payment_basepoint=counterparty.payment_basepoint,
        holder_is_opener=True,
        to_self_delay_blocks=int(parameters["local_delay"]),
        dust_limit_sat=int(parameters["local_dust_limit_satoshi"]),
        feerate_per_kw=feerate_per_kw,
        to_holder_msat=to_local_msat,
        to_counterparty_msat=to_remote_msat,
        htlcs=_htlcs(htlcs),
        keys=CommitmentKeys.derive(holder, counterparty, bytes.fromhex(parameters["local_per_commitment_point"])),
    )


def _which_htlcs(name: str, *, has_htlcs: bool) -> list[int]:
    """The appendices say in words which of the seven HTLCs a commitment carries."""
    if "same amount and preimage" in name:
        return [1, 5, 6]
    return [0, 1, 2, 3, 4] if has_htlcs else []


def _static_remotekey_case(vector: dict[str, Any]) -> Case:
    return Case(
        name=vector["name"],
        spec=_spec(
            ChannelType.STATIC_REMOTEKEY,
            to_local_msat=vector["to_local_msat"],
            to_remote_msat=vector["to_remote_msat"],
            feerate_per_kw=vector["local_feerate_per_kw"],
            htlcs=_which_htlcs(vector["name"], has_htlcs=vector["to_local_msat"] == 6_988_000_000),
        ),
        counterparty_signature=vector["remote_signature"],
        commitment_tx=vector["commit_tx"],
        htlc_signatures=[entry["remote_htlc_signature"] for entry in vector["htlc_txs"]],
        htlc_transactions=[entry["tx"] for entry in vector["htlc_txs"]],
    )


def _anchors_case(vector: dict[str, Any]) -> Case:
    spec = _spec(
        ChannelType.ANCHORS,
        to_local_msat=vector["LocalBalance"],
        to_remote_msat=vector["RemoteBalance"],
        feerate_per_kw=vector["FeePerKw"],
        htlcs=_which_htlcs(vector["Name"], has_htlcs=vector["UseTestHtlcs"]),
    )
    return Case(
        name=vector["Name"],
        spec=msgspec.structs.replace(spec, dust_limit_sat=vector["DustLimitSatoshis"]),
        counterparty_signature=vector["RemoteSigHex"],
        commitment_tx=vector["ExpectedCommitmentTxHex"],
        htlc_signatures=[entry["RemoteSigHex"] for entry in vector["HtlcDescs"]],
        htlc_transactions=[entry["ResolutionTxHex"] for entry in vector["HtlcDescs"]],
    )


def _cases(channel_type: ChannelType) -> list[Case]:
    if channel_type is ChannelType.ANCHORS:
        return [_anchors_case(vector) for vector in load_vectors(ANCHORS_FILE)]
    return [_static_remotekey_case(vector) for vector in load_vectors(STATIC_REMOTEKEY_FILE)["cases"]]


def _preimage(number: int) -> bytes:
    return bytes.fromhex(load_vectors(STATIC_REMOTEKEY_FILE)["htlcs"][str(number)]["payment_preimage"])


def _complete_htlcs(commitment: Commitment, spec: CommitmentSpec, *, secrets: ChannelSecrets, signatures: tuple[bytes, ...]) -> list[str]:
    return [
        complete_htlc_transaction(
            htlc,
            spec,
            secrets=secrets,
            counterparty_signature=signature,
            preimage=b"" if htlc.htlc.owner_is_holder else _preimage(htlc.htlc.htlc_id),
        )
        .serialize()
        .hex()
        for htlc, signature in zip(commitment.htlcs, signatures, strict=True)
    ]


@pytest.mark.parametrize(
    ("channel_type", "commitments", "htlc_transactions"), [(ChannelType.STATIC_REMOTEKEY, 16, 33), (ChannelType.ANCHORS, 9, 15)]
)
def test_every_commitment_of_the_appendix_is_built_and_signed_byte_for_byte(
    channel_type: ChannelType, commitments: int, htlc_transactions: int
) -> None:
    parameters = load_vectors(STATIC_REMOTEKEY_FILE)["params"]
    holder, counterparty = _secrets(parameters, "local"), _secrets(parameters, "remote")
    cases = _cases(channel_type)
    assert (commitments, htlc_transactions) == (len(cases), sum(len(case.htlc_transactions) for case in cases))
    for case in cases:
        commitment = build_commitment(case.spec)
        signature, htlc_signatures = sign_commitment(commitment, case.spec, counterparty)
        assert case.counterparty_signature == signature_to_der(signature).hex(), case.name
        assert case.htlc_signatures == [signature_to_der(one).hex() for one in htlc_signatures], case.name
        verify_commitment(commitment, case.spec, signature=signature, htlc_signatures=htlc_signatures)
        complete = complete_commitment(commitment, case.spec, secrets=holder, counterparty_signature=signature)
        assert case.commitment_tx == complete.serialize().hex(), case.name
        assert case.htlc_transactions == _complete_htlcs(commitment, case.spec, secrets=holder, signatures=htlc_signatures), case.name


def test_the_keys_of_the_commitments_are_those_of_appendix_c() -> None:
    parameters = load_vectors(STATIC_REMOTEKEY_FILE)["params"]
    keys = _spec(ChannelType.ANCHORS, to_local_msat=0, to_remote_msat=0, feerate_per_kw=0, htlcs=[]).keys
    expected = [parameters[name] for name in ("local_htlcpubkey", "remote_htlcpubkey", "local_delayedpubkey", "local_revocation_pubkey")]
    found = [keys.holder_htlc_pubkey, keys.counterparty_htlc_pubkey, keys.holder_delayed_pubkey, keys.revocation_pubkey]
    assert expected == [key.hex() for key in found]
    holder: Basepoints = _secrets(parameters, "local").basepoints
    assert parameters["local_delayed_payment_basepoint"] == holder.delayed_payment_basepoint.hex()
    assert parameters["local_per_commitment_point"] == public_key(_secret(parameters, "x_local_per_commitment_secret")).hex()
