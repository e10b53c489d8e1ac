from __future__ import annotations

import pytest

from payments.lightning.channel import scripts
from payments.lightning.crypto.hashes import sha256

LOCAL_FUNDING = bytes.fromhex("023da092f6980e58d2c037173180e9a465476026ee50f96695963e8efe436f54eb")
REMOTE_FUNDING = bytes.fromhex("030e9f7b623d2ccc7c9bd44d66d5ce21ce504c0acf6385a132cec6d3c39fa711c1")
LOCAL_HTLC = bytes.fromhex("030d417a46946384f88d5f3337267c5e579765875dc4daca813e21734b140639e7")
REMOTE_HTLC = bytes.fromhex("0394854aa6eab5b2a8122cc726e9dded053a2184d88256816826d6231c068d4a5b")
REMOTE_PAYMENT = bytes.fromhex("032c0b7cf95324a07d05398b240174dc0c2be444d96b159aa6c7f7b1e668680991")
DELAYED = bytes.fromhex("03fd5960528dc152014952efdb702a88f71e3c1653b2314431701ec77e57fde83c")
REVOCATION = bytes.fromhex("0212a140cd0c6539d07cd08dfe09984dec3251ea808b892efeac3ede9402bf2b19")


@pytest.mark.parametrize(
    ("number", "pushed"),
    [
        (0, "00"),
        (1, "51"),
        (16, "60"),
        (17, "0111"),
        (127, "017f"),
        (128, "028000"),
        (255, "02ff00"),
        (32768, "03008000"),
        (800_000, "0300350c"),
    ],
)
def test_a_number_is_pushed_in_the_fewest_bytes_and_never_reads_as_negative(number: int, pushed: str) -> None:
    assert pushed == scripts.push_number(number).hex()


def test_the_funding_script_is_that_of_bolt_3_appendix_b_in_either_order_of_keys() -> None:
    script = bytes.fromhex(f"5221{LOCAL_FUNDING.hex()}21{REMOTE_FUNDING.hex()}52ae")
    assert script == scripts.funding_script(LOCAL_FUNDING, REMOTE_FUNDING)
    assert script == scripts.funding_script(REMOTE_FUNDING, LOCAL_FUNDING)
    output = "0020c015c4a6be010e21657068fc2e6a9d02b27ebe4d490a25846f7237f104d1a3cd"
    assert output == scripts.funding_output_script(REMOTE_FUNDING, LOCAL_FUNDING).hex()


def test_the_to_local_script_is_that_of_bolt_3_appendix_c() -> None:
    script = scripts.to_local_script(revocation_pubkey=REVOCATION, to_self_delay_blocks=144, delayed_pubkey=DELAYED)
    assert f"6321{REVOCATION.hex()}67029000b27521{DELAYED.hex()}68ac" == script.hex()
    assert "00204adb4e2f00643db396dd120d4e7dc17625f5f2c11a40d857accc862d6b7dd80e" == scripts.p2wsh(script).hex()


def test_the_counterparty_is_paid_as_in_bolt_3_appendices_c_and_f() -> None:
    assert "0014cc1b07838e387deacd0e5232e1e8b49f4c29e484" == scripts.p2wpkh(REMOTE_PAYMENT).hex()
    with_anchors = scripts.p2wsh(scripts.to_remote_script(REMOTE_PAYMENT))
    assert "0020f3394e1e619b0eca1f91be2fb5ab4dfc59ba5b84ebe014ad1d43a564d012994a" == with_anchors.hex()


def test_anchors_are_those_of_bolt_3_appendix_f() -> None:
    outputs = [scripts.p2wsh(scripts.anchor_script(key)).hex() for key in (LOCAL_FUNDING, REMOTE_FUNDING)]
    assert "00202b1b5854183c12d3316565972c4668929d314d81c5dcdbb21cb45fe8a9a8114f" == outputs[0]
    assert "0020e9e86e4823faa62e222ebc858a226636856158f07e69898da3b0d1af0ddb3994" == outputs[1]


@pytest.mark.parametrize(("has_anchors", "tail"), [(False, "6868"), (True, "6851b27568")])
def test_a_received_htlc_is_locked_as_in_bolt_3_appendices_c_and_f(*, has_anchors: bool, tail: str) -> None:
    script = scripts.received_htlc_script(
        revocation_pubkey=REVOCATION,
        counterparty_htlc_pubkey=REMOTE_HTLC,
        holder_htlc_pubkey=LOCAL_HTLC,
        payment_hash=sha256(bytes(32)),
        cltv_expiry=500,
        has_anchors=has_anchors,
    )
    head = f"76a91414011f7254d96b819c76986c277d115efce6f7b58763ac6721{REMOTE_HTLC.hex()}7c820120876"
    preimage_path = f"3a914b8bcb07f6344b42ab04250c86a6e8b75d3fdbbc688527c21{LOCAL_HTLC.hex()}52ae"
    assert head + preimage_path + "677502f401b175ac" + tail == script.hex()


@pytest.mark.parametrize(("has_anchors", "tail"), [(False, "6868"), (True, "6851b27568")])
def test_an_offered_htlc_is_locked_as_in_bolt_3_appendices_c_and_f(*, has_anchors: bool, tail: str) -> None:
    script = scripts.offered_htlc_script(
        revocation_pubkey=REVOCATION,
        counterparty_htlc_pubkey=REMOTE_HTLC,
        holder_htlc_pubkey=LOCAL_HTLC,
        payment_hash=sha256(b"\x02" * 32),
        has_anchors=has_anchors,
    )
    head = f"76a91414011f7254d96b819c76986c277d115efce6f7b58763ac6721{REMOTE_HTLC.hex()}7c820120876"
    timeout_path = f"475527c21{LOCAL_HTLC.hex()}52ae"
    assert head + timeout_path + "67a914b43e1b38138a41b37f7cd9a1d274bc63e3a9b5d188ac" + tail == script.hex()
