"""For an account's owners: keys for its programs, and addresses that are told what happens. A secret is shown once, where it is made."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from payments.access.roles import Permission
from payments.access.scopes import Scope
from payments.lightning.errors import LightningError
from payments.queries.account_log import EventKind
from payments.queries.programs import deliveries_to, find_webhook, keys_of, webhooks_of
from payments.services.api_errors import UnknownApiKey
from payments.services.api_keys import create_key, revoke_key
from payments.services.refusals import sentence_for
from payments.services.webhooks.errors import UnknownWebhook
from payments.services.webhooks.registering import add_webhook, resend, stop_webhook
from payments.web.allowed import needs
from payments.web.current_account import account_of
from payments.web.paying import wrong_account
from payments.web.program_forms import KINDS, SCOPES, KeyForm, WebhookForm
from payments.web.signed_in import user_id_of


@never_cache
@needs(Permission.MANAGE_KEYS)
@require_http_methods(["GET", "HEAD", "POST"])
def api_keys(request: HttpRequest) -> HttpResponse:
    """The account's keys, and a form for a new one, which is shown in the answer and never again."""
    form = KeyForm(request.POST or None)
    refusal = _of_another_account(request)
    if request.method != "POST" or refusal or not form.is_valid():
        return _keys(request, form, refusal=refusal)
    scopes = frozenset(Scope(scope) for scope in form.cleaned_data["scopes"])
    try:
        row, key = create_key(account_of(request).id, name=form.cleaned_data["name"], scopes=scopes, user_id=user_id_of(request))
    except LightningError as error:
        return _keys(request, form, refusal=sentence_for(error))
    return _keys(request, KeyForm(), made={"name": row.name, "key": key, "example": _example(request, key, scopes)})


@needs(Permission.MANAGE_KEYS)
@require_POST
def revoke(request: HttpRequest, key_id: int) -> HttpResponse:
    """Let a key open nothing from now on."""
    try:
        revoke_key(key_id, account_id=account_of(request).id)
    except UnknownApiKey as error:
        raise Http404 from error
    return redirect("payments:api_keys")


@never_cache
@needs(Permission.MANAGE_KEYS)
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """The account's webhooks, and a form for a new one, whose secret is shown in the answer and never again."""
    form = WebhookForm(request.POST or None)
    refusal = _of_another_account(request)
    if request.method != "POST" or refusal or not form.is_valid():
        return _webhooks(request, form, refusal=refusal)
    kinds = frozenset(EventKind(kind) for kind in form.cleaned_data["kinds"])
    try:
        row, secret = add_webhook(account_of(request).id, form.cleaned_data["url"], kinds=kinds, user_id=user_id_of(request))
    except LightningError as error:
        return _webhooks(request, form, refusal=sentence_for(error))
    return _webhooks(request, WebhookForm(), made={"url": row.url, "secret": secret})


@needs(Permission.MANAGE_KEYS)
@require_safe
def webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """One webhook and how each event fared on its way there."""
    return _webhook(request, webhook_id)


@needs(Permission.MANAGE_KEYS)
@require_POST
def stop(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Tell an address nothing any more."""
    try:
        stop_webhook(webhook_id, account_id=account_of(request).id)
    except UnknownWebhook as error:
        raise Http404 from error
    return redirect("payments:webhooks")


@needs(Permission.MANAGE_KEYS)
@require_POST
def resend_delivery(request: HttpRequest, webhook_id: int, delivery_id: int) -> HttpResponse:
    """Send an event once more."""
    try:
        resend(delivery_id, account_id=account_of(request).id)
    except UnknownWebhook as error:
        raise Http404 from error
    except LightningError as error:
        return _webhook(request, webhook_id, refusal=sentence_for(error))
    return redirect("payments:webhook", webhook_id)


def _keys(request: HttpRequest, form: KeyForm, *, refusal: str = "", made: dict[str, str] | None = None) -> HttpResponse:
    chosen = request.POST.getlist("scopes") if form.is_bound else [Scope.READ.value]
    facts = {"form": form, "keys": keys_of(account_of(request).id), "scopes": SCOPES, "chosen": chosen, "refusal": refusal, "made": made}
    return render(request, "payments/api_keys.html", facts, status=_status(form, refusal))


def _webhooks(request: HttpRequest, form: WebhookForm, *, refusal: str = "", made: dict[str, str] | None = None) -> HttpResponse:
    chosen = request.POST.getlist("kinds") if form.is_bound else []
    rows = webhooks_of(account_of(request).id)
    facts = {"form": form, "webhooks": rows, "kinds": KINDS, "chosen": chosen, "refusal": refusal, "made": made}
    return render(request, "payments/webhooks.html", facts, status=_status(form, refusal))


def _webhook(request: HttpRequest, webhook_id: int, *, refusal: str = "") -> HttpResponse:
    found = find_webhook(account_of(request).id, webhook_id)
    if found is None:
        raise Http404
    facts = {"webhook": found, "deliveries": deliveries_to(found.id), "refusal": refusal}
    return render(request, "payments/webhook.html", facts, status=400 if refusal else 200)


def _of_another_account(request: HttpRequest) -> str:
    return wrong_account(request, request.POST.get("account", "")) if request.method == "POST" else ""


def _status(form: KeyForm | WebhookForm, refusal: str) -> int:
    return 400 if refusal or form.errors else 200


def _example(request: HttpRequest, key: str, scopes: frozenset[Scope]) -> str:
    """A line that can be tried at once, and moves no money."""
    path = reverse("api:balance" if Scope.READ in scopes else "api:invoices" if Scope.INVOICE in scopes else "api:decode")
    wish = "" if scopes & {Scope.READ, Scope.INVOICE} else ' --json \'{"text": "lnbcrt…"}\''
    return f"curl -H 'Authorization: Bearer {key}'{wish} {request.build_absolute_uri(path)}"
