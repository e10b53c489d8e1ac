"""What owners type about their programs: a key and what it may, an address and what it is told."""

from __future__ import annotations

from django import forms

from payments.access.scopes import Scope
from payments.queries.account_log import EventKind

SCOPES = (
    (Scope.READ.value, "read balance, payments, invoices and events"),
    (Scope.INVOICE.value, "make invoices and cancel them"),
    (Scope.PAY.value, "pay, within the limits of the role “payer”"),
)
KINDS = (
    (EventKind.PAYMENT_PAID.value, "a payment is paid"),
    (EventKind.PAYMENT_FAILED.value, "a payment has failed"),
    (EventKind.INVOICE_OPEN.value, "an invoice can be paid"),
    (EventKind.INVOICE_PAID.value, "an invoice is paid"),
    (EventKind.INVOICE_CANCELLED.value, "an invoice was cancelled"),
    (EventKind.INVOICE_REFUSED.value, "an invoice could not be made"),
)


class KeyForm(forms.Form):
    """A new key."""

    name = forms.CharField(max_length=60, error_messages={"required": "What is it for?"})
    scopes = forms.MultipleChoiceField(choices=SCOPES, error_messages={"required": "What may it do?"})


class WebhookForm(forms.Form):
    """An address that wants to be told, and of what; nothing chosen: of everything."""

    url = forms.CharField(max_length=500, error_messages={"required": "Which address?"})
    kinds = forms.MultipleChoiceField(choices=KINDS, required=False)
