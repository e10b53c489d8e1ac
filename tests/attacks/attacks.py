"""
The attacks on money and what exactly must come of each. Every one begins in a world of its own and ends with the laws.

An attack returns what it saw, in a few words for the table; whatever is not as it must be raises.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from payments.models import (
    AttemptRecord,
    ChannelRecord,
    EngineCommand,
    IdempotentAnswer,
    IncomingInvoice,
    LedgerEntry,
    LedgerPosting,
    NodeRecord,
    PaymentRecord,
    RoleLimit,
)
from payments.queries.balances import balance
from tests.attacks.arena import Arena, Call
from tests.attacks.moves import answer_inside
from tests.attacks.world import AMOUNT_MSAT, COST_MSAT, LIMIT_MSAT, World, counted, holds, invoices, payment_ids, payments, preimage
from tests.unit.services.wallet import failed, hash_of, make_invoice, path_failed, sent, started, store

Attack = Callable[[Arena], str]
MANY = 100


def same_wish_a_hundred_times(arena: Arena) -> str:
    world = World()
    shop = world.account("shop", 10 * COST_MSAT)
    key = world.key(shop, world.person(shop, "owner", "owner"))
    wish = {"text": make_invoice(AMOUNT_MSAT)}
    answers = arena.all_at_once([("call", {"key": key, "method": "POST", "path": "payments", "name": "order", "wish": wish})] * MANY)

    assert {(201, answers[0][1])} == set(answers), counted(answers)
    assert (1, 1) == (payments(), holds())
    world.laws()
    return f"{MANY} identical answers, 1 payment, 1 hold"


def one_invoice_under_a_hundred_names(arena: Arena) -> str:
    world = World()
    shops = [world.account(slug, 100 * COST_MSAT) for slug in ("shop", "bakery")]
    keys = [world.key(shop, world.person(shop, f"owner-{shop.slug}", "owner")) for shop in shops]
    wish = {"text": make_invoice(AMOUNT_MSAT)}
    calls: list[Call] = [
        ("call", {"key": keys[number % 2], "method": "POST", "path": "payments", "name": f"order {number}", "wish": wish})
        for number in range(MANY)
    ]
    answers = arena.all_at_once(calls)

    assert {201: 1, 409: MANY - 1} == counted(answers), counted(answers)
    assert {"invoice_has_a_payment", "paid_by_another_account"} >= {json.loads(body)["code"] for status, body in answers if status == 409}
    assert (1, 1) == (payments(), holds())
    world.laws()
    return f"1 accepted, {MANY - 1} told of it, 1 hold"


def money_for(count: int) -> Attack:
    """Balance for exactly `count` of a hundred payments."""

    def attack(arena: Arena) -> str:
        world = World()
        shop = world.account("shop", count * COST_MSAT)
        key = world.key(shop, world.person(shop, "owner", "owner"))
        calls: list[Call] = [
            ("call", {"key": key, "method": "POST", "path": "payments", "name": str(number), "wish": {"text": text}})
            for number, text in enumerate(invoices(MANY))
        ]
        answers = arena.all_at_once(calls)

        assert {201: count, 402: MANY - count} == counted(answers), counted(answers)
        assert (count, count, count) == (payments(), holds(), EngineCommand.objects.filter(kind="PayInvoice").count())
        assert (0, count * COST_MSAT) == (balance(shop.pk).available_msat, balance(shop.pk).held_msat)
        world.laws()
        return f"exactly {count} of {MANY}"

    return attack


def edges_of_the_fee(arena: Arena) -> str:
    """What is set aside must be there to the msat; what a lying node takes beyond it is the house's loss."""
    for spare_msat, expected in ((-1, "balance_too_small"), (0, "paid"), (1, "paid")):
        world = World()
        shop = world.account("shop", COST_MSAT + spare_msat)
        (answer,) = arena.all_at_once([("pay", {"account_id": shop.pk, "invoice": make_invoice(AMOUNT_MSAT), "payment_id": "a1" * 32})])
        assert answer == ("a1" * 32 if expected == "paid" else expected), answer
        world.laws()
    for fee_msat in (0, LIMIT_MSAT - 1, LIMIT_MSAT, LIMIT_MSAT + 1, 10 * LIMIT_MSAT):
        world = World()
        shop = world.account("shop", COST_MSAT)
        arena.all_at_once([("pay", {"account_id": shop.pk, "invoice": make_invoice(AMOUNT_MSAT), "payment_id": "a1" * 32})])
        store(sent("a1" * 32, fee_paid_msat=fee_msat))
        arena.all_at_once([("handle", {})] * 8)
        loss_msat = max(0, fee_msat - LIMIT_MSAT)
        assert LIMIT_MSAT - fee_msat + loss_msat == balance(shop.pk).available_msat
        assert -loss_msat == sum(LedgerPosting.objects.filter(account="overrun").values_list("amount_msat", flat=True))
    for limit_msat, code in ((-1, "fee_limit_negative"), (1 << 63, "amount_too_large")):
        world = World()
        shop = world.account("shop", COST_MSAT)
        wish = {"account_id": shop.pk, "invoice": make_invoice(AMOUNT_MSAT), "payment_id": "a1" * 32, "fee_limit_msat": limit_msat}
        assert [code] == arena.all_at_once([("pay", wish)])
    return "1 msat less is refused; beyond the limit the house loses, and says so"


def one_invoice_of_this_node(arena: Arena) -> str:
    """Paid by everybody at once, by its own account, and under its hash with another amount."""
    world = World()
    asking, one, other = world.account("asking", COST_MSAT), world.account("one", 100 * COST_MSAT), world.account("other", 100 * COST_MSAT)
    NodeRecord.objects.filter(role="own").update(slug="own")
    text, payment_hash = make_invoice(AMOUNT_MSAT), hash_of(preimage(0)).hex()
    text = make_invoice(AMOUNT_MSAT, preimage=preimage(0))
    IncomingInvoice.objects.create(
        request_id="ab" * 16, account=asking, amount_msat=AMOUNT_MSAT, expiry_s=60, state="open", invoice=text, payment_hash=payment_hash
    )
    ids, altered = payment_ids(MANY), make_invoice(AMOUNT_MSAT // 2, preimage=preimage(0))
    calls: list[Call] = []
    for number, payment_id in enumerate(ids):
        payer = (one, other, asking)[number % 3]
        calls.append(("pay", {"account_id": payer.pk, "invoice": altered if number % 7 == 3 else text, "payment_id": payment_id}))
    answers = arena.all_at_once(calls)

    assert (1, 1) == (payments(), holds()), counted(answers)
    (payment,) = PaymentRecord.objects.all()
    allowed = {"pays_itself", "paid_by_another_account", payment.pk}
    assert set(answers) <= allowed, counted(answers)
    answer_inside({payment_hash: preimage(0).hex()})
    arena.all_at_once([("handle", {})] * 16)
    payment.refresh_from_db()
    assert ("paid", payment.amount_msat) == (payment.status, IncomingInvoice.objects.get().received_msat)
    assert COST_MSAT + payment.amount_msat == balance(asking.pk).available_msat
    assert [1, 0] == [LedgerEntry.objects.filter(kind=kind).count() for kind in ("settle", "received")]
    world.laws()
    return "1 debit, 1 credit, the payee's own account refused"


def doors_that_close_meanwhile(arena: Arena) -> str:
    """An account is closed, a key revoked and a role lowered while payments begin: what has begun goes on, nothing new does."""
    for door in ("close", "revoke", "demote"):
        world = World()
        shop = world.account("shop", MANY * COST_MSAT)
        owner = world.person(shop, "owner", "owner")
        key = world.key(shop, owner)
        texts, ids = invoices(MANY), payment_ids(MANY)
        closing: Call = {
            "close": ("close", {"account_id": shop.pk}),
            "revoke": ("revoke", {"prefix": key.split("_")[1]}),
            "demote": ("demote", {"account_id": shop.pk, "user_id": owner}),
        }[door]
        calls: list[Call] = [
            ("call", {"key": key, "method": "POST", "path": "payments", "name": str(number), "wish": {"text": texts[number]}})
            if door == "revoke"
            else ("pay", {"account_id": shop.pk, "user_id": owner, "invoice": texts[number], "payment_id": ids[number]})
            for number in range(MANY)
        ]
        answers = arena.all_at_once([*calls[:30], closing, *calls[30:]])
        begun = payments()
        accepted = sum(1 for answer in answers if (answer[0] == 201 if isinstance(answer, tuple) else answer in ids))
        assert (begun, begun, begun * COST_MSAT) == (accepted, holds(), balance(shop.pk).held_msat), counted(answers)
        fresh = make_invoice(AMOUNT_MSAT, preimage=preimage(7_000))
        last = dict(calls[-1][1])
        last.update({"wish": {"text": fresh}, "name": "late"} if door == "revoke" else {"invoice": fresh, "payment_id": "ee" * 32})
        (late,) = arena.all_at_once([(calls[-1][0], last)])
        assert late != "ee" * 32, late
        assert not isinstance(late, tuple) or late[0] in {401, 403}, late
        first = PaymentRecord.objects.order_by("payment_id").values_list("pk", "payment_hash").first()
        assert first is not None
        store(failed(first[0]))
        arena.all_at_once([("handle", {})] * 8)
        assert "failed" == PaymentRecord.objects.get(pk=first[0]).status
        assert (begun - 1) * COST_MSAT == balance(shop.pk).held_msat
        world.laws()
    return "what had begun is tracked to its end, nothing new begins"


def one_event_for_eight_workers(arena: Arena) -> str:
    world = World()
    shop = world.account("shop", 10 * COST_MSAT)
    texts, ids = invoices(3), payment_ids(3)
    for text, payment_id in zip(texts, ids, strict=True):
        move_pay = ("pay", {"account_id": shop.pk, "invoice": text, "payment_id": payment_id})
        arena.all_at_once([move_pay])
    events = [started(ids[0]), _sent_to(ids[0], 0), failed(ids[1]), started(ids[2])]
    for _ in range(25):
        store(*events)
    arena.all_at_once([("handle", {})] * 100)

    kinds = dict(LedgerEntry.objects.filter(payment__isnull=False).values_list("key", "kind"))
    assert ["hold", "hold", "hold", "release", "settle"] == sorted(kinds.values())
    assert (1, 1) == (AttemptRecord.objects.filter(payment_id=ids[0]).count(), AttemptRecord.objects.filter(payment_id=ids[2]).count())
    world.laws(spent_msat=AMOUNT_MSAT + 1_100)
    return "100 events told 25 times each: one effect each"


def operator_beside_payments(arena: Arena) -> str:
    world = World()
    shop = world.account("shop", 30 * COST_MSAT)
    texts, ids = invoices(60), payment_ids(60)
    arena.all_at_once([("pay", {"account_id": shop.pk, "invoice": texts[number], "payment_id": ids[number]}) for number in range(20)])
    store(*[_sent_to(ids[number], number) for number in range(20)])
    calls: list[Call] = [("pay", {"account_id": shop.pk, "invoice": texts[number], "payment_id": ids[number]}) for number in range(20, 60)]
    for number in range(30):
        movement = {"slug": "shop", "movement_id": f"{number:032x}", "amount_msat": COST_MSAT // 2, "out": number % 2 == 0}
        calls.insert(number * 2, ("move", movement))
    calls[5:5] = [("handle", {})] * 5
    answers = arena.all_at_once(calls)

    moved = {entry.key for entry in LedgerEntry.objects.filter(kind__in=("funded", "withdrawn"), remark="attack")}
    assert all(answer in {True, False, "not_enough_to_move", "balance_too_small", *ids} or isinstance(answer, int) for answer in answers)
    arena.all_at_once([("handle", {})] * 8)
    spent_msat = 20 * (AMOUNT_MSAT + 1_100)
    world.laws(spent_msat=spent_msat)
    return f"nothing below zero, {len(moved)} movements with who and why"


def opposite_transfers(arena: Arena) -> str:
    """A thousand movements between the house and ten accounts, both ways at once."""
    world = World()
    slugs = [f"shop-{number}" for number in range(10)]
    accounts = [world.account(slug, 50 * COST_MSAT) for slug in slugs]
    calls: list[Call] = [
        ("move", {"slug": slugs[number % 10], "movement_id": f"{number:032x}", "amount_msat": COST_MSAT, "out": (number // 10) % 2 == 0})
        for number in range(1_000)
    ]
    answers = arena.all_at_once(calls)

    assert set(answers) <= {True, "not_enough_to_move"}, counted(answers)
    total_msat = balance(1).available_msat + sum(balance(account.pk).available_msat for account in accounts)
    assert ChannelRecord.objects.values_list("balance_msat", flat=True)[0] == total_msat
    world.laws()
    return f"{counted(answers).get(True, 0)} moved, no deadlock, the sum is the same"


def names_used_again(arena: Arena) -> str:
    world = World()
    shops = [world.account(slug, 10 * COST_MSAT) for slug in ("shop", "bakery")]
    keys = [world.key(shop, world.person(shop, f"owner-{shop.slug}", "owner")) for shop in shops]
    texts = invoices(3)

    def ordered(key: str, text: str) -> Call:
        return "call", {"key": key, "method": "POST", "path": "payments", "name": "order", "wish": {"text": text}}

    (first,) = arena.all_at_once([ordered(keys[0], texts[0])])
    answers = arena.all_at_once([ordered(keys[0], texts[1])] * 50 + [ordered(keys[1], texts[2])] * 50)
    assert {422: 50, 201: 50} == counted(answers), counted(answers)
    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(days=30))
    assert {first} == set(arena.all_at_once([ordered(keys[0], texts[0])] * 20))
    assert (2, 2) == (payments(), holds())
    world.laws()
    return "another wish 422, another account its own, after 30 days the same answer"


def looking_while_paying(arena: Arena) -> str:
    """A thousand looks, and the failure of an old attempt, while a newer one is out: nothing is given back."""
    world = World()
    shop = world.account("shop", 100 * COST_MSAT)
    key = world.key(shop, world.person(shop, "owner", "owner"))
    texts, ids = invoices(40), payment_ids(40)
    arena.all_at_once([("pay", {"account_id": shop.pk, "invoice": texts[0], "payment_id": ids[0]})])
    store(started(ids[0], 1), path_failed(ids[0], 1), started(ids[0], 2), path_failed(ids[0], 1))
    calls: list[Call] = [("call", {"key": key, "method": "GET", "path": f"payments/{ids[0]}"}) for _ in range(1_000)]
    for number in range(1, 40):
        calls.insert(number * 20, ("pay", {"account_id": shop.pk, "invoice": texts[number], "payment_id": ids[number]}))
    calls[3:3] = [("handle", {})] * 8
    calls[500:500] = [("look", {"account_id": shop.pk})] * 20
    arena.all_at_once(calls)

    assert (40, 40, 0) == (payments(), holds(), LedgerEntry.objects.filter(kind="release").count())
    assert 40 * COST_MSAT == balance(shop.pk).held_msat
    assert "sending" == PaymentRecord.objects.get(pk=ids[0]).status
    world.laws()
    return "looking changed nothing; the newer attempt keeps its money"


def cap_of_a_day(arena: Arena) -> str:
    world = World()
    shop = world.account("shop", MANY * COST_MSAT)
    payer = world.person(shop, "payer", "payer")
    RoleLimit.objects.create(account=shop, role="payer", day_msat=7 * COST_MSAT + 1)
    texts, ids = invoices(MANY), payment_ids(MANY)
    calls: list[Call] = [
        ("pay", {"account_id": shop.pk, "user_id": payer, "invoice": texts[number], "payment_id": ids[number]}) for number in range(MANY)
    ]
    answers = arena.all_at_once(calls)

    accepted = [answer for answer in answers if answer in ids]
    assert (7, {"above_day_limit"}) == (len(accepted), set(answers) - set(ids)), counted(answers)
    assert (7, 7) == (payments(), holds())
    world.laws()
    return f"exactly 7 of {MANY}, whatever the order"


def _sent_to(payment_id: str, number: int) -> Any:
    from msgspec.structs import replace

    proof = preimage(number)
    return replace(sent(payment_id), payment_preimage=proof, payment_hash=hash_of(proof))


ATTACKS: dict[str, tuple[str, Attack]] = {
    "C1": ("the same wish 100 times at once", same_wish_a_hundred_times),
    "C2": ("one invoice under 100 names, from two accounts", one_invoice_under_a_hundred_names),
    "C3": ("100 invoices, money for one", money_for(1)),
    "C4/7": ("100 invoices, money for 7", money_for(7)),
    "C4/50": ("100 invoices, money for 50", money_for(50)),
    "C4/99": ("100 invoices, money for 99", money_for(99)),
    "C5": ("the edges of the fee, and nodes that take more", edges_of_the_fee),
    "C8": ("an invoice of this node, by everybody at once", one_invoice_of_this_node),
    "C10": ("closing, revoking, lowering a role meanwhile", doors_that_close_meanwhile),
    "C11": ("the same events for eight workers", one_event_for_eight_workers),
    "C12": ("an operator moves money beside payments", operator_beside_payments),
    "C13": ("1,000 movements in both directions", opposite_transfers),
    "C14": ("names of wishes used again", names_used_again),
    "C15": ("1,000 looks while paying, and a stale failure", looking_while_paying),
    "C17": ("the limit of a day", cap_of_a_day),
}
"""By their number in the plan of attacks."""
