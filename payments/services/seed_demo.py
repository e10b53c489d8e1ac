"""
What the demo is shown with, made once: somebody who runs this sandbox and owns the node's own account, and a shop with money to spend.

The person's password is random and kept in the state folder, in a file that only its owner can read: whoever can read it can read the
database too.
"""

from __future__ import annotations

import os
import secrets
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from payments.access.roles import Role
from payments.ledger.accounts import HOUSE_ID
from payments.ledger.entries import EntryKind
from payments.lightning.units import MSAT_PER_SAT
from payments.models import Membership, MerchantAccount
from payments.services.book_entry import available_msat, booked_keys
from payments.services.members import add_member
from payments.services.merchant_accounts import create_account
from payments.services.move_money import Wish, fund

USERNAME = "demo"
SHOP_SLUG = "demo-shop"
SHOP_NAME = "Demo shop"
_MOST_MSAT = 2_000_000 * MSAT_PER_SAT
_REASON = "To begin with"
_MOVEMENT_ID = sha256(b"lnweb: what the demo shop begins with").hexdigest()[:32]
_PASSWORD_BYTES = 9
"""12 letters: typed from a terminal, and nobody guesses 72 bits."""


def seed_demo() -> tuple[str, str]:
    """
    Make the demo's account, an administrator of this sandbox, or find it again. Its name and the password that it was made with.

    Somebody who has given the account another password keeps it; deleting the file gives it a new one.
    """
    path = settings.LNWEB_STATE_DIR / "demo_password"
    is_new = not path.exists()
    password = _create(path) if is_new else path.read_text().strip()
    users = get_user_model().objects
    with transaction.atomic():
        user = users.filter(username=USERNAME).first()
        if user is None:
            users.create_superuser(USERNAME, password=password)
        elif is_new:
            user.set_password(password)
            user.save()
    return USERNAME, password


def open_demo_shop() -> None:
    """The shop that the demo pays from, and nothing when there is one; whoever was taken from it stays away."""
    if MerchantAccount.objects.filter(slug=SHOP_SLUG).exists():
        return
    owner_id = get_user_model().objects.values_list("pk", flat=True).get(username=USERNAME)
    create_account(SHOP_SLUG, name=SHOP_NAME, currency="EUR", owner_id=owner_id)


def join_house() -> None:
    """The node's own account gets its first owner; one that has members keeps those whom it has."""
    if not Membership.objects.filter(account_id=HOUSE_ID).exists():
        add_member(HOUSE_ID, username=USERNAME, role=Role.OWNER)


def fund_demo_shop() -> bool:
    """Give the shop its first money as soon as the house has any, once for ever; whether that has happened."""
    if booked_keys([f"{EntryKind.FUNDED}:{_MOVEMENT_ID}"]):
        return True
    amount_msat = min(_MOST_MSAT, available_msat(HOUSE_ID) // 2)
    if amount_msat <= 0:
        return False
    fund(Wish(slug=SHOP_SLUG, amount_msat=amount_msat, reason=_REASON, movement_id=_MOVEMENT_ID))
    return True


def _create(path: Path) -> str:
    password = secrets.token_urlsafe(_PASSWORD_BYTES)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(password + "\n")
    return password
