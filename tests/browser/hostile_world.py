"""
A demo in which everything that people and strangers can name is named with harm in mind.

It runs inside of the demo (`manage.py shell`), puts the words where they belong through services where there is one and into the tables
where what comes from outside arrives, and says what each address can be asked for.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth import get_user_model
from django.utils import timezone

from payments.access.roles import Role
from payments.lightning.ids import PaymentSecret
from payments.lightning.invoice.bolt11 import decode, encode
from payments.lightning.invoice.features import InvoiceFeature
from payments.lightning.invoice.invoice import InvoiceDraft
from payments.lightning.invoice.network import Network
from payments.models import (
    AccountEvent,
    ApiKey,
    ApprovalRequest,
    EngineCommand,
    IncomingInvoice,
    Invitation,
    InvoiceRequest,
    Membership,
    MerchantAccount,
    NodeRecord,
    PaymentRecord,
    SavedFilter,
    Webhook,
    WebhookDelivery,
)
from payments.queries.invitations import hash_token
from payments.queries.spending import Payer
from payments.services.incoming_invoices import request_invoice
from payments.services.move_money import Wish, fund
from payments.services.pay_invoice import pay_invoice
from payments.services.probe_route import probe_route
from payments.services.request_shop_invoice import request_shop_invoice
from payments.services.sandbox_customer import send_customer
from payments.services.scenarios import SCENARIOS
from payments.services.start_scenario import start_scenario
from tests.browser.hostile_words import LONG, marked, packed
from tests.unit.services.wallet import SHOP_KEY, hash_of

DESCRIPTION_BYTES = 639
SLUG = "hostile"
TOKEN = "h" * 43
_WAIT_S = 60
_RECORDS_A_KIND = 3
Things = dict[str, list[dict[str, Any]]]


def sow(username: str) -> Things:
    """Put everything there, as the work of this person; what to ask each address for, by its name."""
    person = get_user_model().objects.get(username=username)
    account = _accounts(person)
    _people(account)
    things = _keys(account, person) | _invitations(account, person)
    things |= _unpayable(account) | _approvals(account, person) | _asked(account, person)
    things |= _bought(account, person)
    _wait(lambda: not EngineCommand.objects.filter(state="queued").exists())
    _names_of_nodes()
    scenario = {"slug": SCENARIOS[0].slug, "request_id": start_scenario(SCENARIOS[0].slug)}
    return things | {"payments:scenario": [scenario]} | _nodes_and_accounts() | _records()


def _accounts(person: Any) -> MerchantAccount:
    """One for each of the words, all of the same owner: they stand in the menu of every page."""
    accounts = [MerchantAccount.objects.create(slug=f"a-{number}", name=name) for number, name in enumerate(marked("a"))]
    account = MerchantAccount.objects.create(slug=SLUG, name=next(packed(marked("a"), 80)), currency="EUR")
    for each in (*accounts, account):
        Membership.objects.create(account=each, user=person, role=Role.OWNER)
    for number, reason in enumerate(each for each in marked("m") if "\0" not in each):
        fund(Wish(slug=SLUG, amount_msat=10_000_000, reason=reason, movement_id=f"{number:032x}", user_id=person.pk))
    return account


def _people(account: MerchantAccount) -> None:
    """Usernames and addresses as no form would take them."""
    for name, email in zip(marked("u"), marked("e"), strict=True):
        user = get_user_model().objects.create(username=name, email=f'"{email}"@example.com')
        Membership.objects.create(account=account, user=user, role=Role.VIEWER)


def _keys(account: MerchantAccount, person: Any) -> Things:
    """Programs, addresses that are told, and searches with names."""
    event = AccountEvent.objects.create(account=account, kind="invoice.open", subject_id="0" * 32, body={"description": LONG[0]})
    for number, (name, search, path) in enumerate(zip(marked("k"), marked("f"), marked("w"), strict=True)):
        ApiKey.objects.create(
            account=account, name=name, prefix=f"h{number:03d}", key_hash=f"{number:064x}", scopes=["read"], created_by=person
        )
        SavedFilter.objects.create(account=account, user=person, name=search, query=f"q={number}")
        webhook = Webhook.objects.create(account=account, url=f"https://shop.example/{path}", secret="0" * 64, created_by=person)
        WebhookDelivery.objects.create(webhook=webhook, event=event, state="given up", last_error=marked("x")[number])
    return {"payments:webhook": [{"webhook_id": webhook.pk}]}


def _invitations(account: MerchantAccount, person: Any) -> Things:
    until = timezone.now() + timedelta(days=1)
    for number, email in enumerate(marked("i")):
        token_hash = hash_token(TOKEN if number == 0 else secrets.token_urlsafe(32))
        address = f'"{email}"@example.com'
        Invitation.objects.create(
            account=account, email=address, role=Role.VIEWER, token_hash=token_hash, invited_by=person, expires_at=until
        )
    return {"payments:invitation": [{"token": TOKEN}]}


def _invoice(description: str, amount_msat: int = 1_000_000) -> str:
    """Of a node that nobody can find a way to."""
    draft = InvoiceDraft(
        network=Network.REGTEST,
        created_at_s=int(time.time()),
        expiry_s=86_400,
        payment_hash=hash_of(secrets.token_bytes(32)),
        payment_secret=PaymentSecret(b"\x05" * 32),
        amount_msat=amount_msat,
        description=description,
        features=frozenset({InvoiceFeature.VAR_ONION_OPTIN, InvoiceFeature.PAYMENT_SECRET}),
    )
    return encode(draft, private_key=SHOP_KEY)


def _unpayable(account: MerchantAccount) -> Things:
    """Payments that fail, with each of the words in the list and all of them on a few pages."""
    texts = [*marked("d"), *packed(marked("d"), DESCRIPTION_BYTES), *LONG]
    ids = [pay_invoice(_invoice(text), payment_id=secrets.token_hex(32), payer=Payer(account_id=account.pk)) for text in texts]
    return {"payments:payment": [{"payment_id": each} for each in ids[len(marked("d")) :]]}


def _approvals(account: MerchantAccount, person: Any) -> Things:
    """Asked for with every description, rejected with every remark."""
    made = []
    for state, texts in (("rejected", marked("j")), ("waiting", tuple(packed(marked("d"), DESCRIPTION_BYTES)))):
        for text in texts:
            asked = decode(_invoice(text))
            fields = {"decided_by": person, "decided_at": timezone.now(), "remark": text} if state == "rejected" else {}
            request = ApprovalRequest.objects.create(
                payment_id=secrets.token_hex(32),
                account=account,
                invoice=asked.text,
                payment_hash=asked.payment_hash.hex(),
                payee=asked.payee.hex(),
                description=text,
                amount_msat=1_000_000,
                fee_limit_msat=1_000,
                created_by=get_user_model().objects.get(username=marked("u")[0]),
                expires_at=timezone.now() + timedelta(days=1),
                state=state,
                **fields,
            )
            made.append({"payment_id": request.payment_id})
    shown = [made[0], *made[len(marked("j")) :]]
    return {"payments:approval": shown, "payments:approval_status": shown[:1]}


def _asked(account: MerchantAccount, person: Any) -> Things:
    """Invoices of the account: our node writes the words into them."""
    texts = [*marked("r"), *packed(marked("r"), DESCRIPTION_BYTES), *LONG]
    ids = [request_invoice(account.pk, amount_msat=1_000, description=text, user_id=person.pk) for text in texts]
    paid = IncomingInvoice.objects.filter(pk=ids[len(marked("r"))])
    _wait(lambda: paid.filter(state="open").exists())
    send_customer(paid[0].pk, account_id=account.pk)
    _wait(lambda: paid.filter(state="paid").exists())
    found = [{"request_id": each} for each in ids[len(marked("r")) :]]
    return dict.fromkeys(("payments:incoming", "payments:pay_me"), found) | dict.fromkeys(
        ("payments:incoming_status", "payments:pay_me_status", "payments:incoming_receipt", "payments:incoming_receipt_file"), found[:1]
    )


def _bought(account: MerchantAccount, person: Any) -> Things:
    """Invoices of a shop with every word, one of them paid, one of them tested; and a scenario."""
    shop = NodeRecord.objects.filter(role=NodeRecord.Role.SHOP).order_by("slug")[0].slug
    texts = [*packed(marked("d"), DESCRIPTION_BYTES), LONG[0]]
    asked = [request_shop_invoice(shop, amount_msat=1_000_000, description=text) for text in texts]
    _wait(lambda: not InvoiceRequest.objects.filter(pk__in=asked, invoice="").exists())
    payer, invoices = Payer(account_id=account.pk), InvoiceRequest.objects.filter(pk__in=asked[:2])
    paid = [pay_invoice(each.invoice, payment_id=secrets.token_hex(32), payer=payer) for each in invoices]
    test = probe_route(InvoiceRequest.objects.get(pk=asked[2]).invoice, request_id=secrets.token_hex(16), user_id=person.pk)
    _wait(lambda: not PaymentRecord.objects.filter(pk__in=paid).exclude(status__in=("paid", "failed")).exists())
    found = [{"request_id": each} for each in asked]
    return {
        "payments:shop": [{"slug": shop}],
        "payments:shop_invoice": found,
        "payments:shop_invoice_status": found[:1],
        **{
            name: [{"payment_id": paid[0]}]
            for name in ("payments:payment_status", "payments:replay", "payments:receipt", "payments:receipt_file")
        },
        **{name: [{"request_id": test}] for name in ("payments:probe", "payments:probe_status")},
    }


def _names_of_nodes() -> None:
    """As strangers announce themselves; the engine has said its own names long ago."""
    nodes = NodeRecord.objects.exclude(role=NodeRecord.Role.OWN).order_by("-role", "slug")
    names, wares = cycle(packed(marked("n"), 80)), cycle(packed(marked("s"), 200))
    for node, node.name, node.sells in zip(nodes, names, wares, strict=False):
        node.save()


def _nodes_and_accounts() -> Things:
    nodes = NodeRecord.objects.order_by("-role", "slug").values_list("node_id", flat=True)[:2]
    return {"payments:network_node": [{"node_id": each} for each in nodes], "payments:account": [{"slug": SLUG}]}


def _records() -> Things:
    """The newest of everything that the admin knows."""
    found: Things = {}
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        newest = [
            {"object_id": quote(each)} for each in model._default_manager.order_by("-pk").values_list("pk", flat=True)[:_RECORDS_A_KIND]
        ]
        found |= dict.fromkeys((f"{name}_change", f"{name}_history"), newest)
    return found


def _wait(is_so: Callable[[], bool]) -> None:
    """Until the engine has done its part."""
    until = time.monotonic() + _WAIT_S
    while not is_so():
        if time.monotonic() > until:
            raise TimeoutError("The engine did not do its part in time.")
        time.sleep(0.2)  # in a process of its own, beside the demo
