from __future__ import annotations

import pytest

from payments.lightning.channel.transactions import SighashType, Transaction, TransactionInput, TransactionOutput, compact_size
from payments.lightning.crypto.hashes import double_sha256

COIN = TransactionInput(txid=bytes(range(32)), output_index=5, sequence=0x80000001)
OTHER_COIN = TransactionInput(txid=b"\x07" * 32, output_index=1)
OUTPUT = TransactionOutput(amount_sat=1000, script_pubkey=b"\x51")
OTHER_OUTPUT = TransactionOutput(amount_sat=2000, script_pubkey=b"\x52\x53")


def digest(tx: Transaction, sighash_type: SighashType = SighashType.ALL, input_index: int = 0) -> bytes:
    return tx.sighash(input_index, script_code=b"\xac", amount_sat=3000, sighash_type=sighash_type)


@pytest.mark.parametrize(("number", "encoded"), [(0, "00"), (252, "fc"), (253, "fdfd00"), (65535, "fdffff"), (65536, "fe00000100")])
def test_counts_are_written_in_one_three_or_five_bytes(number: int, encoded: str) -> None:
    assert encoded == compact_size(number).hex()


def test_a_transaction_is_version_inputs_outputs_locktime() -> None:
    tx = Transaction(inputs=(COIN,), outputs=(OUTPUT, OTHER_OUTPUT), locktime=500)
    inputs = "01" + bytes(range(32)).hex() + "05000000" + "00" + "01000080"
    outputs = "02" + "e803000000000000" + "0151" + "d007000000000000" + "025253"
    assert "02000000" + inputs + outputs + "f4010000" == tx.serialize().hex()


def test_witnesses_come_after_the_outputs_and_do_not_change_the_id() -> None:
    tx = Transaction(inputs=(COIN, OTHER_COIN), outputs=(OUTPUT,))
    signed = tx.with_witness(1, (b"", b"\xaa\xbb"))
    plain = tx.serialize().hex()
    assert plain[:8] + "0001" + plain[8:-8] + "00" + "02" + "00" + "02aabb" + "00000000" == signed.serialize().hex()
    assert double_sha256(tx.serialize()) == tx.txid == signed.txid


def test_the_funding_transaction_of_bolt_3_appendix_b_has_the_id_that_appendix_c_spends() -> None:
    tx = Transaction(
        inputs=(
            TransactionInput(
                txid=bytes.fromhex("fd2105607605d2302994ffea703b09f66b6351816ee737a93e42a841ea20bbad")[::-1],
                output_index=0,
                script_sig=bytes.fromhex(
                    "48304502210090587b6201e166ad6af0227d3036a9454223d49a1f11839c1a362184340ef0240220577f7cd5cca78719405cbf1de7414ac027f"
                    "0239ef6e214c90fcaab0454d84b3b012103535b32d5eb0a6ed0982a0479bbadc9868d9836f6ba94dd5a63be16d875069184"
                ),
            ),
        ),
        outputs=(
            TransactionOutput(
                amount_sat=10_000_000,
                script_pubkey=bytes.fromhex("0020c015c4a6be010e21657068fc2e6a9d02b27ebe4d490a25846f7237f104d1a3cd"),
            ),
            TransactionOutput(amount_sat=4_989_986_080, script_pubkey=bytes.fromhex("00143ca33c2e4446f4a305f23c80df8ad1afdcf652f9")),
        ),
    )
    assert "8984484a580b825b9972d7adb15050b3ab624ccd731946b3eeddb92f4e7ef6be" == tx.txid[::-1].hex()


def test_a_signature_of_all_covers_every_input_output_and_the_locktime() -> None:
    tx = Transaction(inputs=(COIN, OTHER_COIN), outputs=(OUTPUT, OTHER_OUTPUT), locktime=7)
    changed = [
        Transaction(inputs=(COIN,), outputs=tx.outputs, locktime=7),
        Transaction(inputs=tx.inputs, outputs=(OUTPUT,), locktime=7),
        Transaction(inputs=tx.inputs, outputs=tx.outputs, locktime=8),
    ]
    assert 4 == len({digest(tx), *(digest(other) for other in changed)})
    assert digest(tx) != digest(tx, input_index=1)


def test_a_signature_of_single_anyonecanpay_lets_others_add_inputs_and_outputs() -> None:
    tx = Transaction(inputs=(COIN,), outputs=(OUTPUT,))
    extended = Transaction(inputs=(COIN, OTHER_COIN), outputs=(OUTPUT, OTHER_OUTPUT))
    assert digest(tx, SighashType.SINGLE_ANYONECANPAY) == digest(extended, SighashType.SINGLE_ANYONECANPAY)
    swapped = Transaction(inputs=(COIN,), outputs=(OTHER_OUTPUT,))
    assert digest(tx, SighashType.SINGLE_ANYONECANPAY) != digest(swapped, SighashType.SINGLE_ANYONECANPAY)


def test_a_digest_is_the_hash_of_the_ten_parts_of_bip_143() -> None:
    tx = Transaction(inputs=(COIN, OTHER_COIN), outputs=(OUTPUT, OTHER_OUTPUT), locktime=9)
    parts = [
        b"\x02\0\0\0",
        double_sha256(COIN.txid + b"\x05\0\0\0" + OTHER_COIN.txid + b"\x01\0\0\0"),
        double_sha256(b"\x01\0\0\x80" + b"\xff\xff\xff\xff"),
        COIN.txid + b"\x05\0\0\0",
        b"\x01\xac",
        (3000).to_bytes(8, "little"),
        b"\x01\0\0\x80",
        double_sha256(OUTPUT.serialize() + OTHER_OUTPUT.serialize()),
        b"\x09\0\0\0",
        b"\x01\0\0\0",
    ]
    assert double_sha256(b"".join(parts)) == digest(tx)
