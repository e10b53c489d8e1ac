"""Every form about the books, filled in: what each writes into the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

Use = Callable[[Client], tuple[str, dict[str, Any]]]
USES_OF_BOOKS: dict[str, list[tuple[str, Use]]] = {
    "payments:export_history": [("history exported", lambda _client: (reverse("payments:export_history") + "?type=in", {}))],
    "payments:export_statement": [("statement exported", lambda _client: (reverse("payments:export_statement"), {"month": "2026-01"}))],
}
