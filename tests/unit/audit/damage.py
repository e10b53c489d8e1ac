"""What somebody with the database can do: the triggers first, then the rows."""

from __future__ import annotations

import importlib

from django.db import connection, transaction

from payments.models.audit import AuditAction, SubjectKind
from payments.services.note_audit import note_audit

TRIGGERS = importlib.import_module("payments.migrations.0009_audit")
TABLE = "payments_auditrecord"


def write(count: int) -> None:
    """So many rows, each in a transaction of its own."""
    for number in range(count):
        with transaction.atomic():
            note_audit(AuditAction.BLOCKS_ADVANCED, SubjectKind.SANDBOX, after={"blocks": number})


def attack(*statements: str) -> None:
    """Lift the triggers, do it, put them back: nothing looks different afterwards."""
    with connection.cursor() as cursor:
        for statement in (*TRIGGERS.drop_statements(connection.vendor), *statements, *TRIGGERS.create_statements(connection.vendor)):
            cursor.execute(statement)


def renumber(old: int, new: int) -> str:
    return f"UPDATE {TABLE} SET sequence = {new} WHERE sequence = {old}"


def remove(condition: str) -> str:
    return f"DELETE FROM {TABLE} WHERE {condition}"


def change(sequence: int, column: str, value: str) -> str:
    return f"UPDATE {TABLE} SET {column} = {value} WHERE sequence = {sequence}"
