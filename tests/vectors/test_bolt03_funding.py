"""BOLT 3, Appendix B: the funding transaction out of a P2PKH coin."""

from __future__ import annotations

import msgspec

from payments.lightning.channel import scripts
from payments.lightning.channel.transactions import SighashType, Transaction, TransactionInput, TransactionOutput
from payments.lightning.channel.witnesses import signature_element
from payments.lightning.crypto.hashes import double_sha256, hash160
from payments.lightning.crypto.secp256k1 import public_key, sign
from tests.vectors.files import load_vectors


def _sign_p2pkh(tx: Transaction, *, private_key: bytes, script_pubkey: bytes) -> Transaction:
    """Coins older than segwit are signed by hashing the transaction with the coin's own script in place of the proof."""
    coin = tx.inputs[0]
    preimage = Transaction(inputs=(msgspec.structs.replace(coin, script_sig=script_pubkey),), outputs=tx.outputs).serialize()
    digest = double_sha256(preimage + SighashType.ALL.to_bytes(4, "little"))
    signature, key = signature_element(sign(private_key, digest)), public_key(private_key)
    script_sig = bytes([len(signature)]) + signature + bytes([len(key)]) + key
    return Transaction(inputs=(msgspec.structs.replace(coin, script_sig=script_sig),), outputs=tx.outputs)


def test_the_funding_transaction_is_built_and_signed_byte_for_byte() -> None:
    vector = load_vectors("bolt03-b-funding-tx.json")
    private_key = bytes.fromhex(vector["Block 1 coinbase privkey"][:64])
    key_hash = hash160(public_key(private_key))
    local, remote = bytes.fromhex(vector["local_funding_pubkey"]), bytes.fromhex(vector["remote_funding_pubkey"])
    unsigned = Transaction(
        inputs=(TransactionInput(txid=bytes.fromhex(vector["input txid"])[::-1], output_index=int(vector["input index"])),),
        outputs=(
            TransactionOutput(amount_sat=int(vector["funding satoshis"]), script_pubkey=scripts.funding_output_script(local, remote)),
            TransactionOutput(amount_sat=int(vector["change satoshis"]), script_pubkey=scripts.p2wpkh(public_key(private_key))),
        ),
    )
    signed = _sign_p2pkh(unsigned, private_key=private_key, script_pubkey=b"\x76\xa9\x14" + key_hash + b"\x88\xac")
    assert vector["funding tx"] == signed.serialize().hex()
    assert 0 == int(vector["funding output"])
    coinbase = bytes.fromhex(vector["Block 1 coinbase transaction"])
    assert vector["input txid"] == double_sha256(coinbase)[::-1].hex()
