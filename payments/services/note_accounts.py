"""
What happens to people and their permissions, as audit rows: sign-ins, passwords, second factors, users, groups.

Heard from Django's signals, so that pages, commands and code that only calls `save` are all noted. Each change is a row of its own,
except inside `one_row_each`, where all that is done to a person or group becomes one. Passwords are only ever said to have changed, and
of a second factor only its kind is said and the name that its owner gave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db import transaction
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete, pre_save

from payments.models.audit import ActorKind, AuditAction, SubjectKind
from payments.services.audit_origin import Actor
from payments.services.note_audit import Note, Subject, note_audits, storable
from payments.services.note_change import note_change, person_group

Picture = dict[str, object]
Key = tuple[SubjectKind, int]

_ACTIONS = {
    SubjectKind.USER: (AuditAction.USER_ADDED, AuditAction.USER_CHANGED, AuditAction.USER_DELETED),
    SubjectKind.GROUP: (AuditAction.GROUP_ADDED, AuditAction.GROUP_CHANGED, AuditAction.GROUP_DELETED),
}
_USER_FIELDS = ("username", "first_name", "last_name", "email", "is_active", "is_staff", "is_superuser")
_PASSWORD = "password"  # noqa: S105  (the name of a column)
_NAMES = ("username", "name")
_gathered: ContextVar[dict[Key, Picture | None] | None] = ContextVar("accounts as they were", default=None)


def listen() -> None:
    """Begin to hear of changes; once for each process."""
    user = get_user_model()
    for sender in (user, Group, EmailAddress):
        for signal in (pre_save, pre_delete):
            signal.connect(_before_row, sender=sender, dispatch_uid=f"audit before {sender}")
        for signal in (post_save, post_delete):
            signal.connect(_after_row, sender=sender, dispatch_uid=f"audit after {sender}")
    for link in (user.groups.through, user.user_permissions.through, Group.permissions.through):
        m2m_changed.connect(_on_links, sender=link, dispatch_uid=f"audit {link}")
    pre_save.connect(_before_factor, sender=Authenticator, dispatch_uid="audit factor")
    post_save.connect(_after_factor, sender=Authenticator, dispatch_uid="audit factor")
    post_delete.connect(_factor_removed, sender=Authenticator, dispatch_uid="audit factor")
    authentication_failed.connect(_factor_failed, dispatch_uid="audit factor")
    user_logged_in.connect(_signed_in, dispatch_uid="audit")
    user_logged_out.connect(_signed_out, dispatch_uid="audit")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="audit")


def actor_for(user: Any) -> Actor:  # noqa: ANN401  (whatever the site's user model is, or nobody)
    """A person as an actor; a visitor when nobody is signed in."""
    if user is None or isinstance(user, AnonymousUser) or user.pk is None:
        return Actor(kind=ActorKind.VISITOR)
    return Actor(kind=ActorKind.PERSON, user_id=user.pk, name=user.get_username())


@contextmanager
def one_row_each() -> Iterator[None]:
    """Everything done to one person or group inside the block is one row, written at its end. Only inside a transaction."""
    before: dict[Key, Picture | None] = {}
    token = _gathered.set(before)
    try:
        yield
        _write([note for key, picture in before.items() if (note := _difference(key, picture, _picture(key)))])
    finally:
        _gathered.reset(token)


# ------------------------------------------------------------------------------------------------------------------------- sign-in
def _signed_in(user: Any, **_: object) -> None:  # noqa: ANN401  (Django's own signature)
    _note_person(AuditAction.SIGNED_IN, user)


def _signed_out(user: Any, **_: object) -> None:  # noqa: ANN401  (Django's own signature)
    if user is not None:
        _note_person(AuditAction.SIGNED_OUT, user)


def _note_person(action: AuditAction, user: Any) -> None:  # noqa: ANN401  (any of the tables that are listened to)
    note = Note(action=action, subject=Subject(kind=SubjectKind.USER, id=str(user.pk)), actor=actor_for(user))
    with transaction.atomic():
        note_audits([note])


def _sign_in_failed(credentials: Mapping[str, Any], **_: object) -> None:
    """The name that was tried; what stood in the password's place is never looked at."""
    tried = str(credentials.get("username") or credentials.get("email") or "")
    note = Note(action=AuditAction.SIGN_IN_FAILED, subject=Subject(kind=SubjectKind.USER), after={"name": storable(tried)})
    with transaction.atomic():
        note_audits([note])


# ------------------------------------------------------------------------------------------------------------------ second factors
def _before_factor(instance: Authenticator, **_: object) -> None:
    kept = Authenticator.objects.filter(pk=instance.pk).first() if instance.pk else None
    instance._audit_used = _used_codes(kept) if kept else None  # noqa: SLF001  (our own attribute, until the signal after)


def _after_factor(instance: Authenticator, created: bool, update_fields: Iterable[str] | None, **_: object) -> None:  # noqa: FBT001
    """`created` is Django's own. When a factor was last used is written past what it holds, which may be old by then."""
    used_before = instance.__dict__.pop("_audit_used", None)
    if set(update_fields or ()) == {"last_used_at"}:
        return
    if created:
        is_set_of_codes = instance.type == Authenticator.Type.RECOVERY_CODES
        _note_factor(AuditAction.RECOVERY_CODES_MADE if is_set_of_codes else AuditAction.SECOND_FACTOR_ADDED, instance)
    elif used_before is not None and _used_codes(instance) != used_before:
        _note_factor(AuditAction.RECOVERY_CODE_USED, instance)


def _factor_removed(instance: Authenticator, **_: object) -> None:
    """Recovery codes go with the last factor, or give way to new ones: either has a row of its own."""
    if instance.type != Authenticator.Type.RECOVERY_CODES:
        _note_factor(AuditAction.SECOND_FACTOR_REMOVED, instance)


def _factor_failed(user: Any, authenticator: Authenticator, **_: object) -> None:  # noqa: ANN401  (allauth's own signature)
    after = {"name": user.get_username(), "second_factor": str(authenticator.type)}
    note = Note(action=AuditAction.SIGN_IN_FAILED, subject=Subject(kind=SubjectKind.USER, id=str(user.pk)), after=after)
    with transaction.atomic():
        note_audits([note])


def _used_codes(factor: Authenticator) -> int:
    """Which recovery codes are used up, as bits."""
    return int(factor.data.get("used_mask", 0))


def _note_factor(action: AuditAction, factor: Authenticator) -> None:
    kind = str(factor.type)
    after = {"second_factor": kind} | ({"name": storable(str(factor.data["name"]))} if "name" in factor.data else {})
    with transaction.atomic():
        note_audits([Note(action=action, subject=Subject(kind=SubjectKind.USER, id=str(factor.user_id)), after=after)])


# -------------------------------------------------------------------------------------------------------------- people and groups
def _before_row(instance: Any, **options: Any) -> None:  # noqa: ANN401  (Django's own signature)
    if _is_of_no_account(instance, options.get("update_fields")):
        return
    key = _key(instance)
    instance._audit_before = None if key is None else _remember(key)  # noqa: SLF001  (our own attribute, until the signal after)


def _after_row(instance: Any, **options: Any) -> None:  # noqa: ANN401  (Django's own signature)
    if _is_of_no_account(instance, options.get("update_fields")):
        return
    key = _key(instance)
    if key is None:
        return
    if (gathered := _gathered.get()) is not None:
        gathered.setdefault(key, None)
        return
    # A row that is being deleted still has its key here.
    _note_difference(key, instance.__dict__.pop("_audit_before", None))


def _on_links(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **_: object) -> None:  # noqa: ANN401, FBT001  (Django's own)
    keys = [key for key in ([_key(instance)] if not reverse else _others(instance, pk_set)) if key is not None]
    if action.startswith("pre_"):
        instance._audit_links = {key: _remember(key) for key in keys}  # noqa: SLF001  (our own attribute, until the signal after)
        return
    for key, before in instance.__dict__.pop("_audit_links", {}).items():
        if _gathered.get() is None:
            _note_difference(key, before)


def _others(instance: Any, pk_set: Iterable[int] | None) -> list[Key]:  # noqa: ANN401  (any of the tables that are listened to)
    """Whom a change from the far side is about: members of a group, holders of a permission."""
    if isinstance(instance, Group):
        members = instance.user_set.values_list("pk", flat=True) if pk_set is None else pk_set
        return [(SubjectKind.USER, pk) for pk in sorted(members)]
    return []


def _is_of_no_account(instance: Any, update_fields: Iterable[str] | None) -> bool:  # noqa: ANN401  (any of the tables that are listened to)
    """When somebody last signed in has a row of its own; a known password that is only kept in a newer form is no new password."""
    fields = set(update_fields or ())
    is_kept_anew = fields == {_PASSWORD} and getattr(instance, "_password", None) is None
    return fields == {"last_login"} or is_kept_anew


def _key(instance: Any) -> Key | None:  # noqa: ANN401  (any of the tables that are listened to)
    if isinstance(instance, EmailAddress):
        return SubjectKind.USER, instance.user_id
    if instance.pk is None:
        return None
    return (SubjectKind.GROUP if isinstance(instance, Group) else SubjectKind.USER), instance.pk


def _remember(key: Key) -> Picture | None:
    gathered = _gathered.get()
    if gathered is None:
        return _picture(key)
    if key not in gathered:
        gathered[key] = _picture(key)
    return gathered[key]


def _note_difference(key: Key, before: Picture | None) -> None:
    note = _difference(key, before, _picture(key))
    if note is not None:
        with transaction.atomic():
            _write([note])


def _write(notes: Sequence[Note]) -> None:
    """The rows, and a ring for the open pages of whoever they are about: such a person may see less from now on."""
    note_audits(notes)
    if people := [person_group(int(note.subject.id)) for note in notes if note.subject.kind is SubjectKind.USER]:
        note_change(*people)


def _picture(key: Key) -> Picture | None:
    """All that is said of a person or group, from the database; None when there is none."""
    kind, pk = key
    if kind is SubjectKind.GROUP:
        group = Group.objects.filter(pk=pk).first()
        return None if group is None else {"name": group.name, "permissions": _permissions(group.permissions)}
    user = get_user_model().objects.filter(pk=pk).first()
    if user is None:
        return None
    addresses = EmailAddress.objects.filter(user_id=pk).order_by("email").values_list("email", "verified", "primary")
    return {
        **{field: getattr(user, field) for field in _USER_FIELDS},
        "groups": list(user.groups.order_by("name").values_list("name", flat=True)),
        "permissions": _permissions(user.user_permissions),
        "addresses": [list(address) for address in addresses],
        _PASSWORD: user.password,
    }


def _permissions(held: Any) -> list[str]:  # noqa: ANN401  (any of the tables that are listened to)
    return sorted(f"{app}.{name}" for app, name in held.values_list("content_type__app_label", "codename"))


def _difference(key: Key, before: Picture | None, after: Picture | None) -> Note | None:
    if before == after:
        return None
    kind, pk = key
    added, changed, deleted = _ACTIONS[kind]
    old, new = before or {}, after or {}
    differing = {field for field in {**old, **new} if old.get(field) != new.get(field)}
    action = added if before is None else deleted if after is None else changed
    if action is AuditAction.USER_CHANGED and differing == {_PASSWORD}:
        action = AuditAction.PASSWORD_CHANGED
    shown = differing | set(_NAMES)
    said = _said(new, shown)
    if before is not None and after is not None and _PASSWORD in differing:
        said[_PASSWORD] = "another"
    return Note(action=action, subject=Subject(kind=kind, id=str(pk)), before=_said(old, shown), after=said)


def _said(picture: Picture, fields: set[str]) -> Picture:
    """These fields, and never what a password is kept as."""
    return {field: value for field, value in picture.items() if field in fields and field != _PASSWORD}
