"""Whatever is done to the rows by SQL is named, with the row it was done to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from payments.models import AuditHead, AuditRecord
from payments.models.audit import AuditRow, hash_row
from payments.queries.audit_chain import Damage, DamageKind, KnownHead, verify_chain
from payments.services.audit_head import own_public_key
from tests.unit.audit.damage import TABLE, attack, change, remove, renumber, write
from tests.unit.commands.running import run

pytestmark = pytest.mark.django_db
ROWS = 9
OTHER_HASH = "'" + "ab" * 32 + "'"


def found(kind: DamageKind, sequence: int, other: int = 0) -> Damage:
    return Damage(kind=kind, sequence=sequence, other=other)


def rewritten(sequence: int, **fields: object) -> list[str]:
    """A row altered with care: its own hash fits its new content."""
    record = AuditRecord.objects.get(pk=sequence)
    row = AuditRow(**{name: getattr(record, name) for name in AuditRow.__struct_fields__} | fields)
    return [*(change(sequence, name, f"'{value}'") for name, value in fields.items()), change(sequence, "hash", f"'{hash_row(row)}'")]


def rewrite_from(sequence: int) -> list[str]:
    """Row `sequence` altered, and all that follow linked anew, head and all."""
    statements, link = [], ""
    for record in AuditRecord.objects.filter(pk__gte=sequence).order_by("pk"):
        fields: dict[str, object] = {"after": '{"blocks":7777}'} if record.pk == sequence else {"previous_hash": link}
        statements += rewritten(record.pk, **fields)
        link = statements[-1].partition("SET hash = '")[2].partition("'")[0]
    return [*statements, f"UPDATE payments_audithead SET hash = '{link}'"]


def test_a_log_that_nobody_touched_is_in_order() -> None:
    assert None is verify_chain().damage, "an empty one too"
    write(ROWS)
    report = verify_chain()
    assert (ROWS, None) == (report.rows, report.damage)


ALTERED = [
    ("at", "'2001-02-03 04:05:06.000007'"),
    ("actor", "'engine'"),
    ("actor_id", "7"),
    ("actor_name", "'somebody else'"),
    ("action", "'fault set'"),
    ("subject", "'user'"),
    ("subject_id", "'other'"),
    ("came_from", "'127.0.0.9'"),
    ("user_agent", "'other'"),
    ("request_id", "'other'"),
    ("before", "'{\"blocks\":1}'"),
    ("after", "'{ }'"),
    ("previous_hash", OTHER_HASH),
    ("hash", OTHER_HASH),
]


def test_each_column_is_tried() -> None:
    assert {column.name for column in AuditRecord._meta.concrete_fields} - {"sequence"} == {column for column, _ in ALTERED}


@pytest.mark.parametrize(("column", "value"), ALTERED)
@pytest.mark.parametrize("sequence", [1, 5, ROWS])
def test_an_altered_column_is_named_with_its_row(column: str, value: str, sequence: int) -> None:
    write(ROWS)
    attack(change(sequence, column, value))
    assert found(DamageKind.ALTERED, sequence) == verify_chain().damage


@pytest.mark.parametrize("sequence", [1, 5, ROWS])
def test_a_row_altered_together_with_its_hash_is_named(sequence: int) -> None:
    write(ROWS)
    attack(*rewritten(sequence, after='{"blocks":1000}'))
    assert found(DamageKind.ALTERED, sequence) == verify_chain().damage


@pytest.mark.parametrize(
    ("condition", "first", "last"), [("sequence = 1", 1, 1), ("sequence = 5", 5, 5), ("sequence BETWEEN 3 AND 6", 3, 6)]
)
def test_removed_rows_are_named(condition: str, first: int, last: int) -> None:
    write(ROWS)
    attack(remove(condition))
    assert found(DamageKind.REMOVED, first, last) == verify_chain().damage


def test_a_row_removed_and_the_gap_closed_is_named() -> None:
    write(ROWS)
    attack(remove("sequence = 4"), *(renumber(number, number - 1) for number in range(5, ROWS + 1)))
    assert found(DamageKind.REMOVED, 4, 4) == verify_chain().damage


def test_two_rows_in_each_others_place_are_named() -> None:
    write(ROWS)
    attack(renumber(3, 100), renumber(6, 3), renumber(100, 6))
    assert found(DamageKind.MOVED, 3, 6) == verify_chain().damage


def test_a_row_moved_to_the_end_is_named() -> None:
    write(ROWS)
    attack(renumber(2, ROWS + 1))
    assert found(DamageKind.MOVED, 2, ROWS + 1) == verify_chain().damage


@pytest.mark.parametrize("kept", [0, 1, ROWS - 1])
def test_an_end_that_was_cut_off_is_named(kept: int) -> None:
    write(ROWS)
    attack(remove(f"sequence > {kept}"))
    assert found(DamageKind.CUT_OFF, kept + 1, ROWS) == verify_chain().damage


@pytest.mark.parametrize(("sequence", "expected"), [(0, 0), (-3, -3), (ROWS + 1, ROWS + 1)])
def test_a_row_that_somebody_else_added_is_named(sequence: int, expected: int) -> None:
    write(ROWS)
    last = AuditRecord.objects.get(pk=ROWS)
    row = AuditRow(
        **{name: getattr(last, name) for name in AuditRow.__struct_fields__} | {"sequence": sequence, "previous_hash": last.hash}
    )
    AuditRecord.objects.create(**{name: getattr(row, name) for name in AuditRow.__struct_fields__}, hash=hash_row(row))
    assert found(DamageKind.ADDED, expected) == verify_chain().damage


def test_a_lost_head_is_named() -> None:
    write(ROWS)
    AuditHead.objects.all().delete()
    assert found(DamageKind.HEAD_LOST, ROWS) == verify_chain().damage


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL stores nothing else than what a column is for")
@pytest.mark.parametrize(
    ("column", "value"), [("actor_name", "x'ff00'"), ("actor_name", "CAST(x'ff00' AS TEXT)"), ("at", "'noon'"), ("at", "NULL")]
)
def test_a_row_that_the_database_itself_cannot_read_is_named(column: str, value: str) -> None:
    write(ROWS)
    try:
        attack(change(5, column, value))
    except IntegrityError:
        return  # refused is as good
    assert found(DamageKind.ALTERED, 5) == verify_chain().damage


def test_only_a_head_that_was_exported_tells_of_a_log_written_anew_or_cut_off_with_its_own_head() -> None:
    write(ROWS)
    head = AuditHead.objects.get()
    known = KnownHead(sequence=head.sequence, hash=head.hash)
    before = AuditRecord.objects.get(pk=ROWS - 2)

    attack(*rewrite_from(3))
    assert None is verify_chain().damage
    assert found(DamageKind.REWRITTEN, ROWS) == verify_chain(known).damage

    attack(remove(f"sequence > {before.pk}"))
    link = AuditRecord.objects.get(pk=before.pk).hash
    AuditHead.objects.update(sequence=before.pk, hash=link)
    assert None is verify_chain().damage
    assert found(DamageKind.CUT_OFF, ROWS - 1, ROWS) == verify_chain(known).damage


def test_a_head_still_fits_when_the_log_has_grown() -> None:
    write(3)
    head = AuditHead.objects.get()
    write(3)
    assert None is verify_chain(KnownHead(sequence=head.sequence, hash=head.hash)).damage


def test_long_logs_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("payments.queries.audit_chain._AT_ONCE", 2)
    write(ROWS)
    assert ROWS == verify_chain().rows


# ------------------------------------------------------------------------------------------------------------------ the triggers
STATEMENTS = {
    "update": f"UPDATE {TABLE} SET after = '' WHERE sequence = 2",
    "renumber": f"UPDATE {TABLE} SET sequence = 50 WHERE sequence = 2",
    "delete": f"DELETE FROM {TABLE} WHERE sequence = 2",
    "empty": f"DELETE FROM {TABLE}",
}
VENDORS = {
    "sqlite": {"replace": f"INSERT OR REPLACE INTO {TABLE} SELECT * FROM {TABLE} WHERE sequence = 2"},
    "postgresql": {"truncate": f"TRUNCATE {TABLE}"},
}


@pytest.mark.parametrize("statement", [*STATEMENTS, "replace", "truncate"])
def test_the_database_refuses(statement: str) -> None:
    known = STATEMENTS | VENDORS[connection.vendor]
    if statement not in known:
        pytest.skip("the other database's word")
    write(3)
    with pytest.raises(IntegrityError, match="written once"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(known[statement])
    assert 3 == verify_chain().rows


def test_the_model_refuses_too() -> None:
    write(1)
    record = AuditRecord.objects.get()
    with pytest.raises(ValueError, match="written once"):
        record.save()
    with pytest.raises(ValueError, match="never deleted"):
        record.delete()


# ------------------------------------------------------------------------------------------------------------------ the commands
def test_the_command_says_that_all_is_well() -> None:
    write(3)
    assert (0, "The audit log is as it was written.\n(3 rows)\n", "") == run("verify_audit")


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        ([change(2, "actor_name", "'x'")], "Row 2 was altered: it is not what was written, or it was put in another's place."),
        ([remove("sequence = 2")], "Row 2 was removed."),
        ([remove("sequence IN (2, 3)")], "Rows 2 to 3 were removed."),
        ([renumber(2, 9)], "The rows were put into another order: the one that was written as row 2 stands as row 9."),
        ([remove("sequence = 4")], "The end of the log was cut off: row 4 was there and is not there any more."),
        ([remove("sequence > 1")], "The end of the log was cut off: rows 2 to 4 were there and are not there any more."),
        (["DELETE FROM payments_audithead"], "The note of where the log ends is gone, so nobody can say whether row 4 was the last."),
        (["UPDATE payments_audithead SET sequence = 3"], "Row 4 was added by something that is not this app."),
    ],
)
def test_the_command_names_the_damage_and_ends_with_status_1(statements: list[str], sentence: str) -> None:
    write(4)
    attack(*statements)
    status, _, said = run("verify_audit")
    assert (1, sentence) == (status, said.splitlines()[0])


def test_json_for_programs() -> None:
    write(4)
    attack(remove("sequence = 2"))
    status, out, _ = run("verify_audit", "--json")
    answer = json.loads(out)
    assert (1, "removed", 2, 1) == (status, answer["damage"], answer["row"], answer["rows"])


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    write(4)
    path = tmp_path / "head.json"
    status, out, _ = run("export_audit_head", str(path))
    assert (0, f"Public key: {own_public_key().hex()}") == (status, out.splitlines()[1])
    return path


def test_an_exported_head_is_compared(exported: Path) -> None:
    status, out, _ = run("verify_audit", "--head", str(exported))
    assert (0, True) == (status, "agrees with the head of row 4" in out)
    attack(remove("sequence > 2"))
    AuditHead.objects.update(sequence=2, hash=AuditRecord.objects.get(pk=2).hash)
    assert 0 == run("verify_audit")[0], "nothing in the database tells"
    status, _, said = run("verify_audit", "--head", str(exported))
    assert (1, "The end of the log was cut off: rows 3 to 4 were there and are not there any more.") == (status, said.splitlines()[0])


def test_a_log_written_anew_is_found_by_its_head(exported: Path) -> None:
    attack(*rewrite_from(2))
    status, _, said = run("verify_audit", "--head", str(exported))
    assert (1, True) == (status, said.startswith("The log was written anew: row 4 is not the one whose hash was exported"))


@pytest.mark.parametrize("field", ["sequence", "hash", "at", "exported_at", "public_key"])
def test_a_forged_head_is_refused(exported: Path, field: str) -> None:
    head = json.loads(exported.read_text())
    values = {"sequence": 2, "hash": "00" * 32, "at": None, "exported_at": "2020-01-01T00:00:00Z", "public_key": "00" * 32}
    exported.write_text(json.dumps(head | {field: values[field]}))
    status, _, said = run("verify_audit", "--head", str(exported))
    assert (1, "The signature of this head is not this key's: it was changed, or another installation wrote it.\n") == (status, said)


def test_another_installations_head_is_refused_here_and_known_by_its_key(exported: Path, settings) -> None:
    key = own_public_key().hex()
    settings.LNWEB_NODE_SECRET = "another"
    assert 1 == run("verify_audit", "--head", str(exported))[0]
    assert 0 == run("verify_audit", "--head", str(exported), "--public-key", key)[0]


@pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"form": 2}', "x" * 10_000])
def test_what_is_no_head_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "head.json"
    path.write_text(text)
    assert (1, True) == ((answer := run("verify_audit", "--head", str(path)))[0], answer[2].startswith("This is no head of an audit log"))


def test_a_key_that_is_none_is_refused(exported: Path) -> None:
    assert run("verify_audit", "--head", str(exported), "--public-key", "abc")[2].startswith("This is no head of an audit log")


def test_files_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    assert "cannot be used (No such file or directory)" in run("verify_audit", "--head", str(tmp_path / "none"))[2]
    assert "cannot be used (Is a directory)" in run("export_audit_head", str(tmp_path))[2]


def test_a_damaged_log_signs_nothing() -> None:
    write(4)
    attack(remove("sequence = 4"))
    status, _, said = run("export_audit_head")
    assert (1, "The newest row of the audit log is 3 and its head says 4, so nothing was signed: run verify_audit.\n") == (status, said)


def test_without_a_file_the_head_itself_is_printed() -> None:
    status, out, _ = run("export_audit_head")
    assert (0, 0, None) == (status, json.loads(out)["sequence"], json.loads(out)["at"])
