from __future__ import annotations

import pytest

from payments.ledger.accounts import HOUSE_ID, Account
from payments.ledger.entries import (
    Entry,
    EntryKind,
    Posting,
    entry_for,
    forwarded_entry,
    funded_entry,
    hold_entry,
    opening_entry,
    received_entry,
    release_entry,
    resolved_entry,
    returned_entry,
    settle_entry,
    settle_inside_entry,
    withdrawn_entry,
)
from payments.lightning.events import ChannelClosed, ChannelReady, PaymentClaimable, PaymentClaimed, PaymentFailureReason, PaymentForwarded
from payments.lightning.events import PaymentFailed as Failed
from payments.lightning.ids import ChannelId, NodeId, PaymentHash, PaymentId, ShortChannelId

PAYMENT, CHANNEL, HASH = PaymentId(b"\x01" * 32), ChannelId(b"\x02" * 32), PaymentHash(b"\x03" * 32)
SHOP, BAKERY = 7, 8
NODE = NodeId(b"\x02" + b"\x04" * 32)


def amounts(entry: Entry | None) -> dict[Account, int]:
    assert entry is not None
    return {posting.account: posting.amount_msat for posting in entry.postings}


def books(entry: Entry) -> dict[int, dict[Account, int]]:
    """Of each owner, what the entry does to their accounts."""
    owners = {posting.owner_id for posting in entry.postings}
    return {owner: {posting.account: posting.amount_msat for posting in entry.postings if posting.owner_id == owner} for owner in owners}


def posting(account: Account, amount_msat: int) -> Posting:
    return Posting(owner_id=SHOP, account=account, amount_msat=amount_msat)


@pytest.mark.parametrize(
    "postings",
    [
        (),
        (posting(Account.HELD, 0),),
        (posting(Account.HELD, 5), posting(Account.AVAILABLE, -4)),
        (posting(Account.HELD, 5), posting(Account.AVAILABLE, -5), posting(Account.OPENING, 0)),
        (posting(Account.HELD, 5), posting(Account.HELD, -5)),
        (posting(Account.HELD, 5), Posting(owner_id=BAKERY, account=Account.AVAILABLE, amount_msat=-5)),
    ],
)
def test_an_entry_that_does_not_balance_cannot_be_made(postings: tuple[Posting, ...]) -> None:
    with pytest.raises(ValueError):
        Entry(key="x", kind=EntryKind.HOLD, postings=postings)


def test_a_hold_sets_aside_the_amount_and_the_fee_limit() -> None:
    entry = hold_entry(PAYMENT, owner_id=SHOP, amount_msat=1_000, fee_limit_msat=50)
    assert {Account.AVAILABLE: -1_050, Account.HELD: 1_050} == amounts(entry)
    assert "hold:" + "01" * 32 == entry.key


def test_a_settlement_gives_back_what_the_hold_did_not_need() -> None:
    entry = settle_entry(PAYMENT, owner_id=SHOP, amount_msat=1_000, fee_paid_msat=20, held_msat=1_050)
    assert {Account.HELD: -1_050, Account.PAYMENTS_MADE: 1_000, Account.FEES_PAID: 20, Account.AVAILABLE: 30} == amounts(entry)


def test_a_settlement_without_fee_and_rest_has_two_postings() -> None:
    entry = settle_entry(PAYMENT, owner_id=SHOP, amount_msat=1_000, fee_paid_msat=0, held_msat=1_000)
    assert {Account.HELD: -1_000, Account.PAYMENTS_MADE: 1_000} == amounts(entry)


def test_what_a_payment_takes_beyond_its_hold_is_the_loss_of_the_house() -> None:
    entry = settle_entry(PAYMENT, owner_id=SHOP, amount_msat=1_000, fee_paid_msat=80, held_msat=1_050)
    shop = {Account.HELD: -1_050, Account.PAYMENTS_MADE: 1_000, Account.FEES_PAID: 50}
    assert {SHOP: shop, HOUSE_ID: {Account.FEES_PAID: 30, Account.OVERRUN: -30}} == books(entry)


def test_a_payment_that_succeeds_after_its_hold_was_released_costs_the_house_all_of_it() -> None:
    entry = settle_entry(PAYMENT, owner_id=SHOP, amount_msat=1_000, fee_paid_msat=1, held_msat=0)
    assert {HOUSE_ID: {Account.PAYMENTS_MADE: 1_000, Account.FEES_PAID: 1, Account.OVERRUN: -1_001}} == books(entry)


def test_the_house_pays_its_own_overrun_in_one_set_of_books() -> None:
    entry = settle_entry(PAYMENT, owner_id=HOUSE_ID, amount_msat=1_000, fee_paid_msat=80, held_msat=1_050)
    own = {Account.HELD: -1_050, Account.PAYMENTS_MADE: 1_000, Account.FEES_PAID: 80, Account.OVERRUN: -30}
    assert {HOUSE_ID: own} == books(entry)


def test_a_payment_to_another_account_of_this_node_is_settled_in_both_books() -> None:
    entry = settle_inside_entry(PAYMENT, owner_id=SHOP, payee_id=BAKERY, amount_msat=1_000, held_msat=1_050)
    shop = {Account.HELD: -1_050, Account.PAYMENTS_MADE: 1_000, Account.AVAILABLE: 50}
    assert {SHOP: shop, BAKERY: {Account.RECEIVED: -1_000, Account.AVAILABLE: 1_000}} == books(entry)


def test_paid_inside_and_paid_over_the_network_exclude_each_other() -> None:
    inside = settle_inside_entry(PAYMENT, owner_id=SHOP, payee_id=BAKERY, amount_msat=1_000, held_msat=1_050)
    assert inside.key == settle_entry(PAYMENT, owner_id=SHOP, amount_msat=1_000, fee_paid_msat=0, held_msat=1_050).key


def test_what_an_operator_moves_stands_in_both_books() -> None:
    funded = funded_entry("m1", account_id=SHOP, amount_msat=9)
    withdrawn = withdrawn_entry("m1", account_id=SHOP, amount_msat=9)
    gave, got = {Account.AVAILABLE: -9, Account.TRANSFERRED: 9}, {Account.AVAILABLE: 9, Account.TRANSFERRED: -9}
    assert {HOUSE_ID: gave, SHOP: got} == books(funded)
    assert {HOUSE_ID: got, SHOP: gave} == books(withdrawn)


def test_a_release_is_the_hold_backwards() -> None:
    assert {Account.HELD: -1_050, Account.AVAILABLE: 1_050} == amounts(release_entry(PAYMENT, owner_id=SHOP, held_msat=1_050))


def test_income_comes_from_outside_and_is_available() -> None:
    assert {Account.OPENING: -7, Account.AVAILABLE: 7} == amounts(opening_entry(CHANNEL, balance_msat=7))
    assert {Account.RECEIVED: -7, Account.AVAILABLE: 7} == amounts(received_entry(HASH, owner_id=SHOP, amount_msat=7))
    assert {Account.FORWARDING_INCOME: -7, Account.AVAILABLE: 7} == amounts(forwarded_entry(CHANNEL, 3, fee_msat=7))


def test_a_part_that_comes_back_after_the_proof_is_available_again_with_its_fee() -> None:
    entry = returned_entry(PAYMENT, 2, owner_id=SHOP, amount_msat=600, fee_msat=7)

    assert {Account.PAYMENTS_MADE: -600, Account.FEES_PAID: -7, Account.AVAILABLE: 607} == amounts(entry)
    assert "returned:" + "01" * 32 + "/2" == entry.key


def test_a_closed_channel_leaves_its_money_on_the_chain_less_what_that_cost() -> None:
    entry = resolved_entry(CHANNEL, balance_msat=5_000, received_msat=4_000, available_msat=9_000)

    assert {Account.AVAILABLE: -5_000, Account.ON_CHAIN: 4_000, Account.CLOSING_COST: 1_000} == amounts(entry)


def test_a_cheat_that_was_punished_costs_less_than_nothing() -> None:
    entry = resolved_entry(CHANNEL, balance_msat=5_000, received_msat=7_000, available_msat=9_000)

    assert {Account.AVAILABLE: -5_000, Account.ON_CHAIN: 7_000, Account.CLOSING_COST: -2_000} == amounts(entry)


def test_what_is_set_aside_for_payments_stays_so_when_its_channel_is_gone() -> None:
    entry = resolved_entry(CHANNEL, balance_msat=5_000, received_msat=5_000, available_msat=3_000)

    assert {Account.AVAILABLE: -3_000, Account.OVERRUN: -2_000, Account.ON_CHAIN: 5_000} == amounts(entry)


def test_each_forwarded_htlc_has_a_key_of_its_own() -> None:
    keys = {forwarded_entry(CHANNEL, number, fee_msat=7).key for number in (3, 4)}
    assert {"forwarded:" + "02" * 32 + "/3", "forwarded:" + "02" * 32 + "/4"} == keys


def ready(balance_msat: int) -> ChannelReady:
    return ChannelReady(
        channel_id=CHANNEL, counterparty_node_id=NODE, short_channel_id=ShortChannelId(1), capacity_sat=9, balance_msat=balance_msat
    )


def forwarded(fee_msat: int) -> PaymentForwarded:
    return PaymentForwarded(
        payment_hash=HASH,
        prev_channel_id=CHANNEL,
        prev_htlc_id=3,
        next_channel_id=CHANNEL,
        total_fee_earned_msat=fee_msat,
        outbound_amount_forwarded_msat=1_000,
    )


def test_events_that_move_money_have_an_entry() -> None:
    failure = Failed(payment_id=PAYMENT, payment_hash=HASH, reason=PaymentFailureReason.ROUTE_NOT_FOUND)
    assert release_entry(PAYMENT, owner_id=SHOP, held_msat=5) == entry_for(failure, owner_id=SHOP, held_msat=5)
    assert opening_entry(CHANNEL, balance_msat=5) == entry_for(ready(5), owner_id=SHOP, held_msat=0)
    assert received_entry(HASH, owner_id=SHOP, amount_msat=5) == entry_for(
        PaymentClaimed(payment_hash=HASH, amount_msat=5), owner_id=SHOP, held_msat=0
    )
    assert forwarded_entry(CHANNEL, 3, fee_msat=5) == entry_for(forwarded(5), owner_id=SHOP, held_msat=0)


@pytest.mark.parametrize(
    "event",
    [
        Failed(payment_id=PAYMENT, payment_hash=HASH, reason=PaymentFailureReason.ROUTE_NOT_FOUND),
        ready(0),
        forwarded(0),
        PaymentClaimable(payment_hash=HASH, amount_msat=5, claim_deadline_height=1),
        ChannelClosed(channel_id=CHANNEL, counterparty_node_id=NODE, reason="x"),
    ],
)
def test_events_that_move_none_have_none(event: object) -> None:
    assert entry_for(event, owner_id=SHOP, held_msat=0) is None
