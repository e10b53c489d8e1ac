"""
Write down that something which open pages show has changed, in the transaction that changed it.

Call it last: it takes the lock of the one change counter, which is held until the commit and makes the numbers appear in their order. The
accounts' own log of what came to an end is written behind the same lock.
"""

from __future__ import annotations

from django.db import connection

from payments.models import ChangeRecord
from payments.models.write_rows import insert_rows
from payments.services.account_events import tell_accounts
from payments.services.bells import ring_web

FAULTS = "faults"
"""What goes wrong in the sandbox on purpose, or that it is being put right."""
_COUNT = """
    INSERT INTO payments_changecounter (id, value) VALUES (1, 1)
    ON CONFLICT (id) DO UPDATE SET value = payments_changecounter.value + 1
"""
_READ = "SELECT value FROM payments_changecounter"


def balance_group(account_id: int) -> str:
    """The name under which pages follow the money of an account."""
    return f"balance.{account_id}"


def person_group(user_id: int) -> str:
    """The name under which the open pages of a person follow what that person may see."""
    return f"person.{user_id}"


def payment_group(payment_id: str) -> str:
    """The name under which pages follow a payment."""
    return f"payment.{payment_id}"


def invoice_group(request_id: str) -> str:
    """The name under which pages follow an invoice that a shop was asked for."""
    return f"invoice.{request_id}"


def incoming_group(request_id: str) -> str:
    """The name under which pages follow an invoice of a merchant account."""
    return f"incoming.{request_id}"


def incoming_list_group(account_id: int) -> str:
    """The name under which pages follow all invoices of a merchant account."""
    return f"incoming-list.{account_id}"


def approvals_group(account_id: int) -> str:
    """The name under which pages follow what waits for approval in an account."""
    return f"approvals.{account_id}"


def approval_group(payment_id: str) -> str:
    """The name under which pages follow one request for approval."""
    return f"approval.{payment_id}"


def probe_group(request_id: str) -> str:
    """The name under which pages follow a test of a route."""
    return f"probe.{request_id}"


def note_change(*groups: str) -> None:
    """These things have changed. Only inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT)
        cursor.execute(_READ)
        (sequence,) = cursor.fetchone()
    records = [ChangeRecord(group=group, sequence=sequence) for group in dict.fromkeys(groups)]
    insert_rows(records, unique_fields=("group",), update_fields=("sequence",))
    tell_accounts(groups)
    ring_web()
