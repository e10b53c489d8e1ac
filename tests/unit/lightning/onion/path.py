"""The path of BOLT 4's test vectors: five nodes whose private keys are 41 41 .., 42 42 .. and so on."""

from __future__ import annotations

from payments.lightning.onion.packet import BuiltOnion, build_onion

NODE_KEYS = [bytes([byte]) * 32 for byte in range(0x41, 0x46)]
NODE_IDS = [
    bytes.fromhex(point)
    for point in (
        "02eec7245d6b7d2ccb30380bfbe2a3648cd7a942653f5aa340edcea1f283686619",
        "0324653eac434488002cc06bbfb7f10fe18991e35f9fe4302dbea6d2353dc0ab1c",
        "027f31ebc5462c1fdce1b737ecff52d37d75dea43ce11c74d25aa297165faa2007",
        "032c0b7cf95324a07d05398b240174dc0c2be444d96b159aa6c7f7b1e668680991",
        "02edabbd16b41c8371b92ef2f04c1185b4f03b6dcd52ba9b78d9d7c89c8f221145",
    )
]
SHARED_SECRETS = tuple(
    bytes.fromhex(secret)
    for secret in (
        "53eb63ea8a3fec3b3cd433b85cd62a4b145e1dda09391b348c4e1cd36a03ea66",
        "a6519e98832a0b179f62123b3567c106db99ee37bef036e783263602f3488fae",
        "3a6b412548762f0dbccce5c7ae7bb8147d1caf9b5471c34120b30bc9c04891cc",
        "21e13c2d7cfe7e18836df50872466117a295783ab8aab0e7ecc8c725503ad02d",
        "b5756b9b542727dbafc6765a49488b023a725d631af688fc031217e90770c328",
    )
)
SESSION_KEY = b"\x41" * 32
ASSOCIATED_DATA = b"\x42" * 32
PAYLOADS = [
    bytes.fromhex("02023a98040205dc06080000000000000001"),
    bytes.fromhex("020236b00402057806080000000000000002"),
    bytes.fromhex("020230d4040204e206080000000000000003"),
    bytes.fromhex("02022710040203e806080000000000000004"),
    bytes.fromhex("02022710040203e8082224a33562c54507a9334e79f0dc4f17d407e6d7c61f0e2f3d0d38599502f617042710"),
]


def onion_over(hops: int) -> BuiltOnion:
    """An onion over the first hops of the path."""
    return build_onion(
        path_node_ids=NODE_IDS[:hops],
        payloads=[*PAYLOADS[: hops - 1], PAYLOADS[-1]],
        session_key=SESSION_KEY,
        associated_data=ASSOCIATED_DATA,
    )
