"""Every address through which something changes writes exactly one audit row, and none of the others changes anything."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import get_resolver, reverse

from payments.access.roles import Role
from payments.models import AuditHead, AuditRecord, EngineCommand, NodeRecord, PaymentRecord
from payments.queries.audit_chain import verify_chain
from payments.services.audited import API, ONLY_READ, PAGES
from payments.services.pay_invoice import pay_invoice
from payments.services.scenarios import SCENARIOS
from tests.people import join, make_account
from tests.unit.services.wallet import ID, OTHER_ID, SHOP, fund, make_invoice
from tests.web.uses_at_the_door import SECRET, USES_AT_THE_DOOR
from tests.web.uses_of_books import USES_OF_BOOKS
from tests.web.uses_of_programs import USES_OF_PROGRAMS
from tests.web.uses_of_receiving import USES_OF_RECEIVING
from tests.web.uses_of_rules import USES_OF_RULES

pytestmark = pytest.mark.django_db
AND = " + "
"""Where one form does several things, each has its row."""
AT_THE_DOOR = {"account_signup", "payments:invitation", "mfa_authenticate"}
"""Who sends these forms is a visitor for some of the rows and a person for the others."""
PASSWORD, NEW_PASSWORD = "lovelace-1843", "babbage-1822-engine"
USERS = get_user_model()
SAMPLES = {
    **dict.fromkeys(("user_id", "object_id", "id", "content_type_id", "uidb36"), "1"),
    "payment_id": ID,
    "request_id": "ab" * 16,
    "slug": "coffee",
    "node_id": SHOP.hex(),
    "key": "set-password",
    "app_label": "auth",
    "url": "anything",
    "invitation_id": "1",
    **dict.fromkeys(("key_id", "webhook_id", "delivery_id"), "1"),
    "invoice_id": "ab" * 16,
    "pk": "1",
    "token": "A" * 43,
}
"""What an address is filled with."""


def addresses(resolver: Any, namespace: str = "", before: tuple[str, ...] = ()) -> dict[str, tuple[str, ...]]:
    """Every named address and what it is filled with."""
    found: dict[str, tuple[str, ...]] = {}
    for pattern in resolver.url_patterns:
        filled = (*before, *pattern.pattern.converters, *pattern.pattern.regex.groupindex)
        if hasattr(pattern, "url_patterns"):
            found |= addresses(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace, filled)
        elif pattern.name:
            found[namespace + pattern.name] = filled
    return found


ADDRESSES = addresses(get_resolver())


@pytest.fixture(autouse=True)
def world(settings, tmp_path: Path, client: Client) -> Client:
    """Somebody who may do everything, with money, a shop and a payment under way."""
    cache.clear()  # who knocks too often is sent away without a row
    settings.LNWEB_STATE_DIR = tmp_path
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.LNWEB_OPEN_SIGN_UP = True
    user = get_user_model().objects.create_superuser("ada", email="ada@example.com", password=PASSWORD)
    EmailAddress.objects.create(user=user, email="ada@example.com", verified=True, primary=True)
    join(user)
    join(get_user_model().objects.create_user("grace", password=PASSWORD), role=Role.VIEWER)
    get_user_model().objects.create_user("heddy", password=PASSWORD)
    make_account("cafe")
    Group.objects.create(name="cashiers")
    NodeRecord.objects.create(node_id=SHOP.hex(), name="Coffee", slug="coffee", role=NodeRecord.Role.SHOP)
    for story in {story.shop for story in SCENARIOS}:
        NodeRecord.objects.create(node_id="03" + f"{hash(story) % 16**64:064x}", name=story, slug=story, role=NodeRecord.Role.SHOP)
    fund(100_000_000)
    pay_invoice(make_invoice(), payment_id=ID)
    client.force_login(user)
    return client


def grace() -> Any:
    return get_user_model().objects.get(username="grace")


def user_form(**changes: object) -> dict[str, object]:
    joined = {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    return {"username": "grace", "is_active": "on", **joined, **changes}


def reset_link(client: Client) -> str:
    Client().post(reverse("account_reset_password"), {"email": "ada@example.com"})
    link = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body).group()
    return client.get(link, follow=True).request["PATH_INFO"]


def without_password(client: Client) -> str:
    user = get_user_model().objects.get(username="ada")
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    return reverse("account_set_password")


PASSWORDS = {"oldpassword": PASSWORD, "password": PASSWORD, "password1": NEW_PASSWORD, "password2": NEW_PASSWORD}
PREPARED = {"payment_id": OTHER_ID, "request_id": "cd" * 16, "fee_limit_msat": "60000", "amount_msat": "", "route": "", "account": "house"}
Use = Callable[[Client], tuple[str, dict[str, Any]]]
"""(address, form), after everything that the form needs was prepared."""


def _to(name: str, form: dict[str, Any] | None = None, **arguments: str) -> Use:
    return lambda _client: (reverse(name, kwargs=arguments), form or {})


def _paying(name: str) -> Use:
    return lambda _client: (reverse(name), PREPARED | {"text": make_invoice(preimage=b"\x08" * 32)})


def _on(model: Any, page: str, form: dict[str, Any] | None = None, *, argument: str = "object_id", **wanted: str) -> Use:
    return lambda _client: (reverse(page, kwargs={argument: str(model.objects.get(**wanted).pk)}), form or {})


def _selected(model: Any, page: str, **wanted: str) -> Use:
    return lambda _client: (
        reverse(page),
        {"action": "delete_selected", "_selected_action": [str(model.objects.get(**wanted).pk)], "post": "yes"},
    )


def _confirm_email(_client: Client) -> tuple[str, dict[str, Any]]:
    address = EmailAddress.objects.create(user=USERS.objects.get(username="ada"), email="second@example.com")
    return reverse("account_confirm_email", args=[EmailConfirmationHMAC(address).key]), {}


def _with_group_and_permission(client: Client) -> tuple[str, dict[str, Any]]:
    permission = Permission.objects.get(codename="view_paymentrecord")
    form = user_form(first_name="Grace", groups=[Group.objects.get().pk], user_permissions=[permission.pk])
    return _on(USERS, "admin:auth_user_change", form, username="grace")(client)


def _unverified(client: Client) -> tuple[str, dict[str, Any]]:
    form = {"user": USERS.objects.get(username="ada").pk, "email": "ada@example.com", "primary": "on"}
    return _on(EmailAddress, "admin:account_emailaddress_change", form, email="ada@example.com")(client)


MOVED = {"way": "fund", "amount": "500", "reason": "Paid in by bank transfer", "movement_id": "ab" * 16}


def _about_grace(name: str, form: dict[str, Any] | None = None) -> Use:
    return lambda _client: (reverse(name, kwargs={"user_id": grace().pk}), form or {})


def _to_funded_cafe(name: str, form: dict[str, Any]) -> Use:
    def use(client: Client) -> tuple[str, dict[str, Any]]:
        client.post(reverse("payments:move_money", kwargs={"slug": "cafe"}), MOVED)
        return reverse(name, kwargs={"slug": "cafe"}), form

    return use


def _to_closed_cafe(name: str, form: dict[str, Any]) -> Use:
    def use(client: Client) -> tuple[str, dict[str, Any]]:
        client.post(reverse("payments:close_account", kwargs={"slug": "cafe"}))
        return reverse(name, kwargs={"slug": "cafe"}), form

    return use


def _sign_in(password: str) -> Use:
    return lambda client: (client.logout(), (reverse("account_login"), {"login": "ada", "password": password}))[1]


USES: dict[str, list[tuple[str, Use]]] = {
    **USES_OF_BOOKS,
    **USES_OF_RULES,
    **USES_AT_THE_DOOR,
    **USES_OF_PROGRAMS,
    **USES_OF_RECEIVING,
    "payments:pay": [("payment begun", _paying("payments:pay"))],
    "payments:stop": [("payment stopped", _to("payments:stop", payment_id=ID))],
    "payments:begin_probe": [("route tested", _paying("payments:begin_probe"))],
    "payments:shop": [
        ("invoice asked for", _to("payments:shop", {"who_chooses": "shop", "amount": "7", "expiry_s": "3600"}, slug="coffee"))
    ],
    "payments:start_scenario": [("scenario started", _to("payments:start_scenario", {"scenario": each.slug})) for each in SCENARIOS],
    "payments:clear_faults": [("faults cleared", _to("payments:clear_faults"))],
    "payments:advance_blocks": [("blocks advanced", _to("payments:advance_blocks", {"blocks": "6"}))],
    "payments:change_member": [("member changed", _about_grace("payments:change_member", {"role": "payer"}))],
    "payments:remove_member": [("member removed", _about_grace("payments:remove_member"))],
    "payments:add_member": [("member added", _to("payments:add_member", {"username": "heddy", "role": "owner"}, slug="cafe"))],
    "payments:accounts": [("account created", _to("payments:accounts", {"name": "Tea", "slug": "tea", "owner": "grace"}))],
    "payments:move_money": [
        ("account funded", _to("payments:move_money", MOVED, slug="cafe")),
        ("withdrawn from account", _to_funded_cafe("payments:move_money", MOVED | {"way": "withdraw", "movement_id": "cd" * 16})),
    ],
    "payments:close_account": [
        ("account closed", _to("payments:close_account", slug="cafe")),
        ("account reopened", _to_closed_cafe("payments:close_account", {"open": "yes"})),
    ],
    "account_login": [("signed in", _sign_in(PASSWORD)), ("sign-in failed", _sign_in("wrong"))],
    "admin:login": [
        ("signed in", _to("admin:login", {"username": "ada", "password": PASSWORD})),
        ("sign-in failed", _to("admin:login", {"username": "ada", "password": "wrong"})),
    ],
    "account_reauthenticate": [("sign-in failed", _to("account_reauthenticate", {"password": "wrong"}))],
    "account_logout": [("signed out", _to("account_logout"))],
    "account_change_password": [("password changed", _to("account_change_password", PASSWORDS))],
    "account_set_password": [("password changed", lambda client: (without_password(client), PASSWORDS))],
    "account_reset_password_from_key": [("password changed", lambda client: (reset_link(client), PASSWORDS))],
    "account_confirm_email": [("user changed", _confirm_email)],
    "admin:logout": [("signed out", _to("admin:logout"))],
    "admin:password_change": [
        (
            "password changed",
            _to("admin:password_change", {"old_password": PASSWORD, "new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}),
        )
    ],
    "admin:auth_user_add": [("user added", _to("admin:auth_user_add", {"username": "eve", "usable_password": "true"} | PASSWORDS))],
    "admin:auth_user_change": [
        ("user changed", _on(USERS, "admin:auth_user_change", user_form(is_staff="on"), username="grace")),
        ("user changed", _with_group_and_permission),
    ],
    "admin:auth_user_delete": [("user deleted", _on(USERS, "admin:auth_user_delete", {"post": "yes"}, username="grace"))],
    "admin:auth_user_changelist": [("user deleted", _selected(USERS, "admin:auth_user_changelist", username="grace"))],
    "admin:auth_user_password_change": [
        (
            "password changed",
            _on(USERS, "admin:auth_user_password_change", PASSWORDS | {"usable_password": "true"}, argument="id", username="grace"),
        )
    ],
    "admin:auth_group_add": [("group added", _to("admin:auth_group_add", {"name": "payers"}))],
    "admin:auth_group_change": [("group changed", _on(Group, "admin:auth_group_change", {"name": "tills"}, name="cashiers"))],
    "admin:auth_group_delete": [("group deleted", _on(Group, "admin:auth_group_delete", {"post": "yes"}, name="cashiers"))],
    "admin:auth_group_changelist": [("group deleted", _selected(Group, "admin:auth_group_changelist", name="cashiers"))],
    "admin:account_emailaddress_add": [
        ("user changed", lambda _client: (reverse("admin:account_emailaddress_add"), {"user": grace().pk, "email": "g@example.com"}))
    ],
    "admin:account_emailaddress_change": [
        (
            "user changed",
            _unverified,
        )
    ],
    "admin:account_emailaddress_delete": [
        ("user changed", _on(EmailAddress, "admin:account_emailaddress_delete", {"post": "yes"}, email="ada@example.com"))
    ],
    "admin:account_emailaddress_changelist": [
        ("user changed", _selected(EmailAddress, "admin:account_emailaddress_changelist", email="ada@example.com"))
    ],
}


IN_A_BROWSER = {"mfa_add_webauthn", "mfa_login_webauthn"}
"""Only a browser makes passkeys: `tests/browser` tries these."""


def tried(uses: list[tuple[str, Use]]) -> set[str]:
    return {action for actions, _ in uses for action in actions.split(AND)}


def test_every_change_that_is_listed_is_tried_here() -> None:
    assert set(PAGES) == set(USES) | IN_A_BROWSER
    each_of_its_own = {name for name in PAGES if name.startswith(("admin:auth_user", "admin:auth_group"))}
    few = set(PAGES) - each_of_its_own - IN_A_BROWSER
    assert {name: set(PAGES[name]) for name in few} == {name: tried(USES[name]) for name in few}


def test_every_listed_address_is_there() -> None:
    assert set() == set(PAGES) - set(ADDRESSES)


@pytest.mark.parametrize(
    ("name", "action", "use"),
    [(name, *each) for name, uses in USES.items() for each in uses],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_change_writes_its_row_and_no_other(world: Client, name: str, action: str, use: Use) -> None:
    address, form = use(world)
    before = AuditRecord.objects.count()
    answer = world.post(address, form, HTTP_USER_AGENT="Browser 1", REMOTE_ADDR="192.0.2.7")
    assert answer.status_code < 500
    rows = list(AuditRecord.objects.order_by("sequence")[before:])
    assert action.split(AND) == [row.action for row in rows], answer.content.decode()[:3_000]
    assert set(action.split(AND)) <= set(PAGES[name])
    origin = ("192.0.2.7", "Browser 1", answer["X-Request-ID"])
    assert {origin} == {(row.came_from, row.user_agent, row.request_id) for row in rows}
    if name not in AT_THE_DOOR:
        nobody = (name, action) == ("account_login", "sign-in failed")
        assert {("visitor", "") if nobody else ("person", "ada")} == {(row.actor, row.actor_name) for row in rows}
    assert None is verify_chain().damage
    for secret in (PASSWORD, NEW_PASSWORD, "pbkdf2", "md5$", SECRET, "gAAAA"):
        assert secret not in "".join(row.before + row.after for row in rows)


def test_a_form_about_a_person_says_all_that_changed(world: Client) -> None:
    address, form = _with_group_and_permission(world)
    world.post(address, form)
    row = AuditRecord.objects.latest("sequence")
    assert {"username": "grace", "first_name": "", "groups": [], "permissions": []} == json.loads(row.before)
    after = {"username": "grace", "first_name": "Grace", "groups": ["cashiers"], "permissions": ["payments.view_paymentrecord"]}
    assert after == json.loads(row.after)


def footprint() -> tuple[object, ...]:
    """What nothing but a noted action may change."""
    head = AuditHead.objects.values_list("sequence", "hash").first()
    people = list(USERS.objects.order_by("pk").values_list("username", "password", "is_staff", "is_superuser", "email"))
    counts = (PaymentRecord.objects.count(), EngineCommand.objects.count(), EmailAddress.objects.count(), Group.objects.count())
    return head, people, counts


@pytest.mark.parametrize("name", sorted(set(ADDRESSES) - set(PAGES) - set(API)))
def test_any_other_address_refuses_a_form_or_is_listed_as_one_that_changes_nothing(world: Client, name: str) -> None:
    missing = set(ADDRESSES[name]) - set(SAMPLES)
    assert not missing, f"say above what to put into an address for {missing}"
    before = footprint()
    form = PREPARED | PASSWORDS | {"text": make_invoice(preimage=b"\x08" * 32), "email": "ada@example.com", "username": "x", "post": "yes"}
    answer = world.post(reverse(name, kwargs={key: SAMPLES[key] for key in ADDRESSES[name]}), form)
    assert before == footprint()
    reads = name in ONLY_READ or name.startswith("admin:") or answer.status_code in {302, 404, 405}
    assert reads, f"{name} answered a form with {answer.status_code} and stands in no list of payments/services/audited.py"


def test_addresses_that_only_read_are_there() -> None:
    assert set() == set(ONLY_READ) - set(ADDRESSES)
