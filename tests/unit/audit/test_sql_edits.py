"""
Whoever can write to the database and lifts the triggers: each edit is named, with the row or the amount, by one of three commands.

`pytest tests/unit/audit/test_sql_edits.py -rP` shows the table: what was done, which command says so, and in which words.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from msgspec import Struct

from payments.lightning.events import PaymentClaimed
from payments.models import AuditRecord, ChannelRecord, IncomingInvoice, LedgerEntry, LedgerPosting, MerchantAccount
from payments.queries.spending import Payer
from payments.services.move_money import Wish, fund
from payments.services.pay_invoice import pay_invoice
from tests.people import make_account
from tests.unit.audit import damage
from tests.unit.commands.running import run
from tests.unit.queries.small_world import BALANCE_MSAT, build
from tests.unit.services.wallet import FEE_MSAT, ID, OTHER_ID, hash_of, make_invoice, path_successful, sent, started, tell

pytestmark = pytest.mark.django_db
COMMANDS = ("verify_audit", "audit_ledger", "reconcile")
LEDGER = ("audit_ledger", "reconcile")
LOG = ("verify_audit",)
RECEIVED_MSAT = 300_000
HASH = hash_of(b"in" * 16)
_append_only, _owners = (importlib.import_module(f"payments.migrations.{name}") for name in ("0002_append_only", "0011_ledger_owners"))
_TABLES = {**_append_only.TABLES, **_owners.TABLES}


class Edit(Struct, frozen=True, kw_only=True):
    """What somebody does at a database prompt, who must notice, and a part of what is said then."""

    what: str
    sql: tuple[str, ...]
    by: tuple[str, ...]
    says: str
    also_says: str = ""


def _posting(kind: str, account: str) -> str:
    return f"account = '{account}' AND entry_id = (SELECT id FROM payments_ledgerentry WHERE key = '{kind}')"


def _move_posting(kind: str, account: str, change_msat: int) -> str:
    return f"UPDATE payments_ledgerposting SET amount_msat = amount_msat + {change_msat} WHERE {_posting(kind, account)}"


def _move_balance(account: str, change_msat: int) -> str:
    return f"UPDATE payments_accountbalance SET balance_msat = balance_msat + {change_msat} WHERE {{cafe}} AND account = '{account}'"


def _change_payment(payment_id: str, change: str) -> str:
    return f"UPDATE payments_paymentrecord SET {change} WHERE payment_id = '{payment_id}'"


def _delete_entry(key: str) -> tuple[str, ...]:
    chosen = f"SELECT id FROM payments_ledgerentry WHERE key = '{key}'"
    return (f"DELETE FROM payments_ledgerposting WHERE entry_id = ({chosen})", f"DELETE FROM payments_ledgerentry WHERE key = '{key}'")


HOLD, PAID_HOLD, SETTLE, RECEIVED = f"hold:{OTHER_ID}", f"hold:{ID}", f"settle:{ID}", f"received:{HASH.hex()}"
_BACK_TO_AVAILABLE = (_move_posting(HOLD, "available", 7), _move_posting(HOLD, "held", -7))
EDITS = (
    Edit(what="log: alter a row", sql=(damage.change(4, "after", "'{}'"),), by=LOG, says="Row 4 was altered"),
    Edit(what="log: alter who did it", sql=(damage.change(4, "actor_name", "'eve'"),), by=LOG, says="Row 4 was altered"),
    Edit(what="log: delete a row", sql=(damage.remove("sequence = 4"),), by=LOG, says="Row 4 was removed."),
    Edit(what="log: delete the first row", sql=(damage.remove("sequence = 1"),), by=LOG, says="Row 1 was removed."),
    Edit(
        what="log: delete a row and close the gap",
        sql=(damage.remove("sequence = 4"), *(damage.renumber(number, number - 1) for number in range(5, 10))),
        by=LOG,
        says="Row 4 was removed.",
    ),
    Edit(
        what="log: exchange two rows",
        sql=(damage.renumber(4, 100), damage.renumber(5, 4), damage.renumber(100, 5)),
        by=LOG,
        says="stands as row",
    ),
    Edit(what="log: cut off the end", sql=(damage.remove("sequence > 7"),), by=LOG, says="The end of the log was cut off: rows 8 to"),
    Edit(
        what="log: cut off the end and the note of it",
        sql=(damage.remove("sequence > 7"), "UPDATE payments_audithead SET sequence = 7, hash = '{link}'"),
        by=LOG,
        says="The end of the log was cut off: rows 8 to",
    ),
    Edit(what="log: empty it", sql=(damage.remove("TRUE"),), by=LOG, says="The end of the log was cut off: rows 1 to"),
    Edit(
        what="log: empty it, and the note of it",
        sql=(damage.remove("TRUE"), "DELETE FROM payments_audithead"),
        by=LOG,
        says="The end of the log was cut off: rows 1 to",
    ),
    Edit(what="balance: one msat more", sql=(_move_balance("available", 1),), by=LEDGER, says="Account available of cafe is cached as"),
    Edit(what="balance: less held", sql=(_move_balance("held", -5_000),), by=LEDGER, says="Account held of cafe is cached as"),
    Edit(
        what="posting: one line",
        sql=(_move_posting(HOLD, "available", 1),),
        by=LEDGER,
        says=f"Entry {HOLD} has 2 postings that sum to 1 msat.",
    ),
    Edit(what="posting: both lines, in balance", sql=_BACK_TO_AVAILABLE, by=LEDGER, says="Account held of cafe is cached as"),
    Edit(
        what="posting: both lines and both balances",
        sql=(*_BACK_TO_AVAILABLE, _move_balance("available", 7), _move_balance("held", -7)),
        by=LEDGER,
        says=f"Payment {OTHER_ID}: 2069993 msat was set aside in the books, and the payment says 2070000 msat.",
    ),
    Edit(
        what="posting: to another owner",
        sql=(f"UPDATE payments_ledgerposting SET owner_id = 1 WHERE {_posting(RECEIVED, 'available')}",),
        by=LEDGER,
        says="The postings in the books of cafe sum to -300000 msat together.",
    ),
    Edit(
        what="posting: income that nobody paid, balances too",
        sql=(
            *(_move_posting(RECEIVED, "available", 9), _move_posting(RECEIVED, "received", -9)),
            *(_move_balance("available", 9), _move_balance("received", -9)),
        ),
        by=LEDGER,
        says="and 300009 msat was booked for it.",
        also_says="and the channels say",
    ),
    Edit(
        what="payment under way: its amount",
        sql=(_change_payment(OTHER_ID, "amount_msat = 1000000"),),
        by=LEDGER,
        says=f"Payment {OTHER_ID} is checking with 2070000 msat held instead of 1070000.",
    ),
    Edit(
        what="paid payment: its amount",
        sql=(_change_payment(ID, "amount_msat = amount_msat - 500000"),),
        by=LEDGER,
        says=f"Payment {ID}: 1000000 msat was paid out in the books, and the payment says 500000 msat.",
    ),
    Edit(
        what="paid payment: amount and fee limit, their sum as before",
        sql=(_change_payment(ID, "amount_msat = amount_msat - 500, fee_limit_msat = fee_limit_msat + 500"),),
        by=LEDGER,
        says=f"Payment {ID}: 1000000 msat was paid out in the books, and the payment says 999500 msat.",
    ),
    Edit(
        what="paid payment: the fee",
        sql=(_change_payment(ID, "fee_paid_msat = 0"),),
        by=LEDGER,
        says=f"Payment {ID}: {FEE_MSAT} msat was spent on fees in the books, and the payment says 0 msat.",
    ),
    Edit(
        what="paid payment: told as failed",
        sql=(_change_payment(ID, "status = 'failed'"),),
        by=LEDGER,
        says=f"Payment {ID} is stored as failed, and the facts say paid.",
    ),
    Edit(
        what="paid payment: another proof",
        sql=(_change_payment(ID, f"payment_preimage = '{'00' * 32}'"),),
        by=LEDGER,
        says=f"Payment {ID} has a preimage that does not hash to its payment hash.",
    ),
    Edit(
        what="paid payment: to another account",
        sql=(_change_payment(ID, "account_id = 1"),),
        by=LEDGER,
        says=f"Payment {ID}: 0 msat was set aside in the books",
    ),
    Edit(
        what="paid invoice: its amount",
        sql=("UPDATE payments_incominginvoice SET received_msat = 1",),
        by=LEDGER,
        says="is paid with 1 msat, and 300000 msat was booked for it.",
    ),
    Edit(what="entry: delete a hold", sql=_delete_entry(HOLD), by=LEDGER, says=f"Payment {OTHER_ID} is checking with the entries none."),
    Edit(what="entry: delete a settlement", sql=_delete_entry(SETTLE), by=LEDGER, says=f"Payment {ID} is paid with the entries hold."),
    Edit(what="entry: delete an income", sql=_delete_entry(RECEIVED), by=LEDGER, says=f"was handled without its entry {RECEIVED}."),
    Edit(
        what="entry: call a hold a release",
        sql=(f"UPDATE payments_ledgerentry SET kind = 'release' WHERE key = '{HOLD}'",),
        by=LEDGER,
        says=f"Payment {OTHER_ID} is checking with the entries release.",
    ),
)


@pytest.fixture
def head(tmp_path: Path) -> Path:
    """A café that has paid, is paying and was paid; and where the log ended then, kept elsewhere."""
    build()
    cafe = make_account("cafe")
    fund(Wish(slug="cafe", amount_msat=6_000_000, reason="To begin with", movement_id="ab" * 16))
    pay_invoice(make_invoice(1_000_000), payment_id=ID, payer=Payer(account_id=cafe.pk))
    tell(started(), sent(), path_successful())
    pay_invoice(make_invoice(2_000_000, preimage=b"x" * 32), payment_id=OTHER_ID, payer=Payer(account_id=cafe.pk))
    IncomingInvoice.objects.create(
        request_id="cd" * 16, account=cafe, expiry_s=3_600, state="open", invoice="lnbc", payment_hash=HASH.hex(), amount_msat=RECEIVED_MSAT
    )
    tell(PaymentClaimed(payment_hash=HASH, amount_msat=RECEIVED_MSAT))
    ChannelRecord.objects.update(balance_msat=BALANCE_MSAT - 1_000_000 - FEE_MSAT + RECEIVED_MSAT)
    damage.write(9)
    place = tmp_path / "head.json"
    assert 0 == run("export_audit_head", str(place))[0]
    return place


def told(head: Path) -> dict[str, tuple[int, str]]:
    """What each of the commands says now, and its status."""
    said = {}
    for command in COMMANDS:
        status, out, err = run(command, *(["--head", str(head)] if command == "verify_audit" else []))
        said[command] = (status, out + err)
    return said


def do(edit: Edit) -> None:
    """Lift the triggers, do it, put them back."""
    cafe = f"owner_id = {MerchantAccount.objects.get(slug='cafe').pk}"
    link = AuditRecord.objects.get(sequence=7).hash
    sql = [statement.replace("{cafe}", cafe).replace("{link}", link) for statement in edit.sql]
    _settle_constraints()
    with connection.cursor() as cursor:
        for statement in _append_only.drop_statements(connection.vendor, _TABLES):
            cursor.execute(statement)
    damage.attack(*sql)
    _settle_constraints()
    with connection.cursor() as cursor:
        for statement in _append_only.create_statements(connection.vendor, _TABLES):
            cursor.execute(statement)


def _settle_constraints() -> None:
    """PostgreSQL changes no table of which something is still to be checked at the end of the transaction."""
    if connection.vendor == "postgresql":
        connection.check_constraints()


def test_when_nobody_touched_anything_nothing_is_named(head: Path) -> None:
    assert dict.fromkeys(COMMANDS, 0) == {command: status for command, (status, _) in told(head).items()}


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.what)
def test_an_edit_is_named(head: Path, edit: Edit) -> None:
    before = _counted()
    do(edit)
    after = told(head)
    for command in COMMANDS:
        status, words = after[command]
        assert (command in edit.by) is (status == 1), f"{command}: {words}"
        if command in edit.by:
            assert edit.says in words
            assert edit.also_says in words
            sentence = next(line.strip() for line in words.splitlines() if edit.says in line)
            print(f"{edit.what:<55} {command:<13} {sentence}")  # noqa: T201  (the table is read from the run)
    assert before != _counted() or "delete" not in edit.what, "the edit did nothing"


def _counted() -> tuple[Any, ...]:
    return AuditRecord.objects.count(), LedgerEntry.objects.count(), LedgerPosting.objects.count()


@pytest.mark.parametrize("edit", [EDITS[0], EDITS[2], EDITS[12], EDITS[-4]], ids=lambda edit: edit.what)
def test_with_the_triggers_in_place_the_database_refuses_it(head: Path, edit: Edit) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(edit.sql[0])
