"""
Everybody, everything that can be asked for, and what the one table of addresses says must come of it.

The walk finds addresses in the resolver and in the sockets' routes. What an address is about, if anything, is told here by name: something
of the account of whoever asks, the same of another account, or nothing that there is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.contrib.auth.models import Group
from django.urls import get_resolver
from django.utils import timezone
from msgspec import Struct

from payments.access.addresses import PAGES, SOCKETS, UNNAMED, Door, Need
from payments.access.roles import Permission, Role, ServerPermission, is_allowed
from payments.lightning.invoice.bolt11 import decode
from payments.models import (
    AccountEvent,
    ApiKey,
    ApprovalRequest,
    IncomingInvoice,
    Invitation,
    InvoiceRequest,
    RouteTest,
    Webhook,
    WebhookDelivery,
)
from payments.queries.invitations import hash_token
from payments.queries.spending import Payer
from payments.services.move_money import Wish, fund
from payments.services.pay_invoice import pay_invoice
from payments.services.scenarios import SCENARIOS
from tests.people import join, make_account, make_operator, make_user
from tests.unit.queries.small_world import build
from tests.unit.services.wallet import SHOP, make_invoice
from tests.unit.services.wallet import fund as fund_node


class Whose(StrEnum):
    """What is asked for, seen from whoever asks. Members of no account own nothing."""

    NOTHING = "-"
    OWN = "own"
    FOREIGN = "foreign"
    MISSING = "missing"


class Outcome(StrEnum):
    """What comes of asking."""

    ALLOWED = "allowed"
    DOOR = "sent to the door"
    REFUSED = "refused"
    MISSING = "not there"
    NO_METHOD = "not by this method"
    NO_KEY = "without a key"
    ANYTHING = "its own matter"


class Principal(Struct, frozen=True, kw_only=True):
    """Somebody who asks."""

    name: str
    role: Role | None = None
    """In the café, or, for the stranger, in the other account."""
    is_stranger: bool = False
    server: frozenset[ServerPermission] = frozenset()
    is_superuser: bool = False
    is_signed_in: bool = True


PRINCIPALS = {
    each.name: each
    for each in (
        Principal(name="anonymous", is_signed_in=False),
        Principal(name="alone"),
        *(Principal(name=role.value, role=role) for role in Role),
        Principal(name="stranger", role=Role.OWNER, is_stranger=True),
        Principal(name="operator", server=frozenset(ServerPermission)),
        Principal(name="superuser", server=frozenset(ServerPermission), is_superuser=True),
        Principal(name="auditor", server=frozenset({ServerPermission.READ_RECORDS})),
        Principal(name="deactivated", role=Role.OWNER, is_signed_in=False),
    )
}


class Address(Struct, frozen=True, kw_only=True):
    """Something that can be called."""

    name: str
    pattern: str
    arguments: frozenset[str]
    is_socket: bool = False

    @property
    def need(self) -> Need:
        """What the table says; KeyError when it says nothing."""
        return SOCKETS[self.name] if self.is_socket else PAGES[self.name] if self.name else UNNAMED[self.pattern]

    @property
    def is_of_admin(self) -> bool:
        """Whether Django's admin answers it."""
        return (self.name or self.pattern).startswith("admin:")


def all_addresses(resolver: Any = None, namespace: str = "", above: frozenset[str] = frozenset()) -> Iterator[Address]:
    """Everything that the resolver knows."""
    for pattern in (resolver or get_resolver()).url_patterns:
        arguments = above | {*pattern.pattern.converters, *pattern.pattern.regex.groupindex}
        if hasattr(pattern, "url_patterns"):
            yield from all_addresses(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace, arguments)
        else:
            name = namespace + pattern.name if pattern.name else ""
            yield Address(name=name, pattern=namespace + str(pattern.pattern), arguments=arguments)


class Side:
    """An account with people and one thing of each kind."""

    def __init__(self, slug: str, number: int) -> None:
        self.slug = slug
        self.account = make_account(slug)
        self.owner = join(make_user(f"owner of {slug}"), self.account)
        self.extra = join(make_user(f"extra of {slug}"), self.account, role=Role.VIEWER)
        fund(Wish(slug=slug, amount_msat=10_000_000, reason="To begin with", movement_id=f"{number:032x}"))
        text, self.token = make_invoice(preimage=bytes([number]) * 32), f"{slug:-<43}"
        self.payment_id, self.approval_id, self.incoming_id = (f"{number:02x}{kind}" + "a" * 61 for kind in "123")
        self.incoming_id = self.incoming_id[:32]
        pay_invoice(text, payment_id=self.payment_id, payer=Payer(account_id=self.account.pk))
        asked = decode(make_invoice(preimage=bytes([number + 100]) * 32))
        ApprovalRequest.objects.create(
            payment_id=self.approval_id,
            account=self.account,
            invoice=asked.text,
            payment_hash=asked.payment_hash.hex(),
            payee=asked.payee.hex(),
            amount_msat=1_000_000,
            fee_limit_msat=0,
            created_by=self.extra,
            expires_at=timezone.now() + timedelta(hours=1),
        )
        IncomingInvoice.objects.create(request_id=self.incoming_id, account=self.account, expiry_s=3_600)
        self.invitation = Invitation.objects.create(
            account=self.account,
            email=f"{slug}@example.com",
            role=Role.VIEWER,
            token_hash=hash_token(self.token),
            invited_by=self.owner,
            expires_at=timezone.now() + timedelta(days=1),
        )
        self.key = ApiKey.objects.create(account=self.account, name="Till", prefix=slug, scopes=["read"])
        self.webhook = Webhook.objects.create(account=self.account, url="https://shop.example/", secret="00")
        told = AccountEvent.objects.create(account=self.account, kind="payment.paid", subject_id=self.payment_id, body={})
        self.delivery = WebhookDelivery.objects.create(webhook=self.webhook, event=told)


class World:
    """Two accounts, a shop, and everybody who may ask."""

    def __init__(self) -> None:
        fund_node(100_000_000)
        build()
        InvoiceRequest.objects.create(request_id="f" * 32, node="coffee", description="Tea", expiry_s=3_600)
        self.cafe, self.other = Side("cafe", 1), Side("other", 2)
        self.people = {name: self._person(principal) for name, principal in PRINCIPALS.items()}
        for name, person in self.people.items():
            if person is not None:
                RouteTest.objects.create(request_id=self.test_of(name), invoice=make_invoice(), amount_msat=1, created_by=person)

    @staticmethod
    def test_of(name: str) -> str:
        """The id of the test of a route that somebody asked for."""
        return f"{list(PRINCIPALS).index(name) + 1:032x}"

    def _person(self, principal: Principal) -> Any:
        if principal.name == "anonymous":
            return None
        if principal.is_superuser:
            return make_operator(principal.name)
        user = make_user(principal.name, is_staff=bool(principal.server))
        if principal.server:
            user.groups.add(Group.objects.get_or_create(name=principal.name)[0])
        if principal.role is not None:
            join(user, (self.other if principal.is_stranger else self.cafe).account, role=principal.role)
        return user

    def side(self, principal: Principal, whose: Whose) -> Side:
        """Where the thing that is asked for is."""
        return self.other if principal.is_stranger == (whose is Whose.OWN) else self.cafe


_MISSING = {
    "payment_id": "e" * 64,
    "request_id": "e" * 32,
    "user_id": 9_999_999,
    **dict.fromkeys(("invitation_id", "key_id", "webhook_id", "delivery_id"), 9_999_999),
    "token": "e" * 43,
    "slug": "no-such-thing",
    "node_id": "03" + "e" * 64,
    "account": "no-such-thing",
}
_SHARED = {
    **{name: {"request_id": "f" * 32} for name in ("payments:shop_invoice", "payments:shop_invoice_status", "shop_invoice")},
    "payments:shop": {"slug": "coffee"},
    "payments:scenario": {"slug": SCENARIOS[0].slug, "request_id": "f" * 32},
    "payments:network_node": {"node_id": SHOP.hex()},
}
"""Things that belong to nobody."""
_ANY = {
    **dict.fromkeys(("object_id", "id", "pk", "content_type_id", "uidb36"), "1"),
    "app_label": "auth",
    "url": "anything",
    "key": "set-password",
    "payment_id": "e" * 64,
    "invoice_id": "e" * 32,
}
"""For addresses that are judged without looking at what they are asked for."""
OWN_MATTERS = {"payments:invitation"}
"""Open to whoever has the link; what comes of it depends on whose address it was sent to, and has tests of its own."""
BY_FORM = {"payments:choose_account": "account"}
"""What is named in the form and not in the address."""


def things(address: Address, principal: Principal, world: World) -> Iterator[tuple[Whose, Mapping[str, Any]]]:
    """What the address can be asked for by this person. KeyError: nobody has said here what it is about."""
    names = address.arguments | ({BY_FORM[address.name]} if address.name in BY_FORM else set())
    if not names or address.is_of_admin or address.need in (Door.ALLAUTH, Door.API_KEY):
        yield Whose.NOTHING, {name: _ANY[name] for name in names}
        return
    if address.name in _SHARED:
        yield Whose.NOTHING, _SHARED[address.name]
    else:
        for whose in (Whose.OWN, Whose.FOREIGN):
            yield whose, _thing(address.name, names, principal, world, whose)
    yield Whose.MISSING, {name: _MISSING[name] for name in names}


def _thing(name: str, names: frozenset[str] | set[str], principal: Principal, world: World, whose: Whose) -> dict[str, Any]:
    side, kind = world.side(principal, whose), name.rpartition(":")[2]
    if "probe" in kind:
        others = next(other for other in PRINCIPALS if other not in ("anonymous", principal.name))
        return {"request_id": world.test_of(principal.name if whose is Whose.OWN else others)}
    is_approval = "appro" in kind or kind == "reject"
    known = {
        "payment_id": side.approval_id if is_approval else side.payment_id,
        "request_id": side.incoming_id,
        "user_id": side.extra.pk,
        "invitation_id": side.invitation.pk,
        "key_id": side.key.pk,
        "webhook_id": side.webhook.pk,
        "delivery_id": side.delivery.pk,
        "token": side.token,
        "slug": side.slug,
        "account": side.slug,
    }
    return {name: known[name] for name in names}


def expected(address: Address, principal: Principal, whose: Whose, method: str) -> Outcome:
    """What the table says must come of it."""
    need = address.need
    if need is Door.ALLAUTH or (address.name in OWN_MATTERS and whose is not Whose.MISSING):
        return Outcome.ANYTHING
    if need is Door.API_KEY:
        return Outcome.NO_KEY
    if need is Door.CLOSED or (need is Door.PUBLIC and whose is Whose.MISSING):
        return Outcome.MISSING
    if need is Door.PUBLIC:
        return Outcome.ALLOWED
    if address.is_of_admin:
        return _expected_of_admin(address, principal, method)
    return Outcome.DOOR if not principal.is_signed_in else _expected_inside(address, principal, whose, method)


def _expected_of_admin(address: Address, principal: Principal, method: str) -> Outcome:
    """Who may not come into the admin is sent to its door."""
    if ServerPermission.READ_RECORDS not in principal.server:
        return Outcome.DOOR
    is_look_only = "payments" in address.name or "mfa" in address.name
    is_change = method == "POST" and address.name.endswith("_change") and is_look_only
    if address.need is Door.NOBODY or (address.need is Door.SUPERUSER and not principal.is_superuser):
        return Outcome.REFUSED
    return Outcome.REFUSED if is_change else Outcome.ALLOWED


def _expected_inside(address: Address, principal: Principal, whose: Whose, method: str) -> Outcome:
    need = address.need
    if isinstance(need, ServerPermission):
        if need not in principal.server:
            return Outcome.REFUSED
        return Outcome.MISSING if whose is Whose.MISSING else Outcome.ALLOWED
    if isinstance(need, Permission) and (principal.role is None or not is_allowed(principal.role, need)):
        return Outcome.REFUSED
    if need is Door.MEMBER and principal.role is None:
        return Outcome.REFUSED
    if address.name in BY_FORM and method == "GET":
        return Outcome.ALLOWED
    is_theirs = whose is Whose.NOTHING or (whose is Whose.OWN and principal.role is not None)
    return Outcome.ALLOWED if is_theirs else Outcome.MISSING
