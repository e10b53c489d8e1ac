"""A thousand invoices of ours as LDK reads them, and LDK's as we read them: the same in every field."""

from __future__ import annotations

import random

from payments.lightning.crypto.secp256k1 import public_key
from payments.lightning.ids import NodeId, PaymentHash, PaymentSecret, make_scid
from payments.lightning.invoice.bolt11 import decode, encode
from payments.lightning.invoice.fallback import Fallback
from payments.lightning.invoice.invoice import HintHop, InvoiceDraft, RouteHint
from payments.lightning.invoice.network import Network
from payments.lightning.wire.features import INVOICE_FEATURES
from tests.interop.ldk import Ldk

HOW_MANY = 1_000
SEED = 20
LDK_READS = 1_023
"""LDK 0.1 refuses longer text, even its own."""
WORDS = ["coffee", "Grüße", "咖啡", "☕🥐", "1 cup of Kopi Luwak", "<b>bold</b>", "", "a" * 400]
KEYS = [bytes([number + 1]) * 32 for number in range(20)]
FALLBACKS = [Fallback(version=0, program=bytes(range(20))), Fallback(version=0, program=bytes(range(32))),
             Fallback(version=1, program=bytes(range(32))), Fallback(version=17, program=bytes(range(20))),
             Fallback(version=18, program=bytes(range(20)))]  # fmt: skip


def a_hint(dice):
    return RouteHint(
        hops=tuple(
            HintHop(
                node_id=NodeId(public_key(dice.choice(KEYS))),
                short_channel_id=make_scid(dice.randrange(1 << 24), dice.randrange(1 << 24), dice.randrange(1 << 16)),
                fee_base_msat=dice.randrange(1 << 32),
                fee_proportional_millionths=dice.randrange(1 << 32),
                cltv_expiry_delta=dice.randrange(1 << 16),
            )
            for _ in range(dice.randrange(1, 4))
        )
    )


def a_draft(dice):
    """Any invoice that LDK can read: it knows no expiry above a century and an amount below 21 million bitcoin."""
    return InvoiceDraft(
        network=Network.REGTEST,
        created_at_s=dice.randrange(1_500_000_000, 2_000_000_000),
        payment_hash=PaymentHash(dice.randbytes(32)),
        payment_secret=PaymentSecret(dice.randbytes(32)),
        amount_msat=dice.choice([None, 1, 10, 999, 1_000, dice.randrange(1, 1 << 20), dice.randrange(1, 1 << 50)]),
        description=dice.choice(WORDS),
        expiry_s=dice.choice([1, 3_600, dice.randrange(1, 1 << 31)]),
        min_final_cltv_expiry_delta=dice.choice([18, dice.randrange(1, 500)]),
        features=frozenset(INVOICE_FEATURES.numbers()),
        route_hints=tuple(a_hint(dice) for _ in range(dice.choice([0, 0, 1, 3]))),
        fallbacks=tuple(dice.sample(FALLBACKS, dice.choice([0, 0, 1, 5]))),
        metadata=dice.choice([None, None, dice.randbytes(20)]),
        payee_is_given=dice.random() < 0.3,
    )


def as_ldk_tells(invoice):
    """The fields of an invoice in the words of `ldk_peer.mjs`."""
    return {
        "payment_hash": invoice.payment_hash.hex(),
        "payment_secret": invoice.payment_secret.hex(),
        "payee": invoice.payee.hex(),
        "amount_msat": invoice.amount_msat,
        "created_at_s": invoice.created_at_s,
        "expiry_s": invoice.expiry_s,
        "min_final_cltv_expiry_delta": invoice.min_final_cltv_expiry_delta,
        "description": invoice.description,
        "metadata": None if invoice.metadata is None else invoice.metadata.hex(),
        "fallbacks": list(invoice.fallback_addresses),
        "hints": [
            [
                [
                    hop.node_id.hex(),
                    str(int(hop.short_channel_id)),
                    hop.fee_base_msat,
                    hop.fee_proportional_millionths,
                    hop.cltv_expiry_delta,
                ]
                for hop in hint.hops
            ]
            for hint in invoice.route_hints
        ],
    }


async def read_by(ldk: Ldk, texts):
    return (await ldk.do("parse", invoices=texts))["invoices"]


async def test_ldk_reads_our_invoices_as_we_meant_them(world, tally):
    dice = random.Random(SEED)
    drawn = (encode(a_draft(dice), private_key=dice.choice(KEYS)) for _ in range(2 * HOW_MANY))
    texts = [text for text in drawn if len(text) <= LDK_READS][:HOW_MANY]
    assert HOW_MANY == len(texts)
    for text, seen in zip(texts, await read_by(await world.ldk(), texts), strict=True):
        assert as_ldk_tells(decode(text)) == seen, text
        tally["invoices of ours read by LDK"] += 1


async def test_we_read_ldks_invoices_as_it_meant_them(world, tally):
    dice, ldk = random.Random(SEED), await world.ldk()
    wishes = [
        {
            "amount_msat": dice.choice([None, dice.randrange(1, 1 << 20), dice.randrange(1, 1 << 50)]),
            "description": dice.choice(WORDS),
            "expiry_s": dice.choice([60, 3_600, dice.randrange(1, 1 << 25)]),
            "min_final_cltv_expiry_delta": dice.choice([None, dice.randrange(24, 200)]),
        }
        for _ in range(HOW_MANY)
    ]
    texts = [await ldk.invoice(wish.pop("amount_msat"), **wish) for wish in [dict(wish) for wish in wishes]]
    for wish, text, seen in zip(wishes, texts, await read_by(ldk, texts), strict=True):
        ours = decode(text)
        assert as_ldk_tells(ours) == seen, text
        assert (wish["amount_msat"], wish["description"], wish["expiry_s"]) == (ours.amount_msat, ours.description, ours.expiry_s)
        tally["invoices of LDK read by us"] += 1


async def test_what_is_no_invoice_is_none_for_both(world):
    dice, ldk = random.Random(SEED), await world.ldk()
    texts = []
    for _ in range(200):
        text = list(encode(a_draft(dice), private_key=KEYS[0]))
        place = dice.randrange(4, len(text))
        text[place] = dice.choice([character for character in "qpzry9x8gf2tvdw0s3jn54khce6mua7l" if character != text[place]])
        texts.append("".join(text))
    for text, seen in zip(texts, await read_by(ldk, texts), strict=True):
        assert "error" in seen, text
