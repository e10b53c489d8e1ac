"""The app, and what `manage.py check` has to say about settings that are allowed but wrong."""

from __future__ import annotations

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Wallet, engine and ledger."""

    name = "payments"
    verbose_name = "Payments"
