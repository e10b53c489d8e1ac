"""
Money between the house and an account, moved by whoever runs the node.

It goes into an account whose merchant has paid it in by another way, and out of it when it was paid out by another way.
Nothing leaves the node. Each movement has a name that whoever asks has chosen, so that asking twice moves once, and says who and why.
"""

from __future__ import annotations

import re

from django.db import IntegrityError, transaction
from msgspec import Struct

from payments.ledger.accounts import HOUSE_ID
from payments.ledger.entries import Entry, EntryKind, funded_entry, withdrawn_entry
from payments.models import MerchantAccount
from payments.models.audit import AuditAction, SubjectKind
from payments.services.account_errors import (
    AmountNotPositive,
    HouseStaysOpen,
    MovementIdMalformed,
    MovementIdTaken,
    NotEnoughToMove,
    ReasonMissing,
    UnknownAccount,
)
from payments.services.book_entry import Booking, Movement, book_entry, booked_postings
from payments.services.errors import AccountClosed, BalanceTooSmall
from payments.services.note_audit import note_audit
from payments.services.note_change import balance_group, note_change

MOST_REASON_LETTERS = 200
_MOVEMENT_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)


class Wish(Struct, frozen=True, kw_only=True):
    """
    What shall be moved.

    movement_id   16 bytes in hex, chosen by who asks; asking again with it changes nothing
    user_id       the operator; None: whoever sits at the command line
    """

    slug: str
    amount_msat: int
    reason: str
    movement_id: str
    user_id: int | None = None


def fund(wish: Wish) -> bool:
    """
    Give an account money of the house; whether it was not done before.

    raises   UnknownAccount, HouseStaysOpen, AmountNotPositive, ReasonMissing, NotEnoughToMove, AccountClosed,
             MovementIdMalformed, MovementIdTaken
    """
    account = _checked(wish)
    if account.closed_at is not None:
        raise AccountClosed
    entry = funded_entry(wish.movement_id, account_id=account.pk, amount_msat=wish.amount_msat)
    return _move(wish, account, entry)


def withdraw(wish: Wish) -> bool:
    """
    Take money of an account for the house; whether it was not done before. Closed accounts can be emptied.

    raises   as `fund`
    """
    account = _checked(wish)
    entry = withdrawn_entry(wish.movement_id, account_id=account.pk, amount_msat=wish.amount_msat)
    return _move(wish, account, entry)


def _checked(wish: Wish) -> MerchantAccount:
    if not _MOVEMENT_ID.fullmatch(wish.movement_id):
        raise MovementIdMalformed
    if wish.amount_msat <= 0:
        raise AmountNotPositive
    if not wish.reason.strip() or len(wish.reason) > MOST_REASON_LETTERS or "\0" in wish.reason:
        raise ReasonMissing(limit=MOST_REASON_LETTERS)
    account = MerchantAccount.objects.filter(slug=wish.slug).first()
    if account is None:
        raise UnknownAccount
    if account.pk == HOUSE_ID:
        raise HouseStaysOpen
    return account


def _move(wish: Wish, account: MerchantAccount, entry: Entry) -> bool:
    is_in = entry.kind is EntryKind.FUNDED
    try:
        with transaction.atomic():
            if not book_entry(Booking(entry=entry, movement=Movement(user_id=wish.user_id, remark=wish.reason))):
                return _was_the_same(entry)
            said = {"amount_msat": wish.amount_msat, "reason": wish.reason, "movement": wish.movement_id}
            action = AuditAction.ACCOUNT_FUNDED if is_in else AuditAction.ACCOUNT_WITHDRAWN
            note_audit(action, SubjectKind.ACCOUNT, wish.slug, after=said)
            note_change(balance_group(HOUSE_ID), balance_group(account.pk))
    except BalanceTooSmall as error:
        giver = "the house" if is_in else account.name
        raise NotEnoughToMove(giver=giver, available_msat=error.balance_msat, needed_msat=error.needed_msat) from error
    except IntegrityError:
        # Somebody else has booked the same name since we looked.
        return _was_the_same(entry)
    return True


def _was_the_same(entry: Entry) -> bool:
    """Asked again is nothing new; the same name for something else is a mistake of whoever asks."""
    if booked_postings(entry.key) != frozenset(entry.postings):
        raise MovementIdTaken
    return False
