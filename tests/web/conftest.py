"""A signed-in visitor, and a wallet behind the pages whose answers each test chooses and whose orders it can read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from payments.ledger.accounts import HOUSE_ID
from payments.lightning.errors import LightningError
from payments.queries.account_shapes import AccountShape
from payments.queries.history_filter import HistoryFilter
from payments.queries.shapes import BalanceShape, PaymentShape, PreviewShape, ShopInvoiceShape, ShopShape
from payments.web.views import previews
from tests.people import make_owner
from tests.web import samples

LONG_S = 30


class Wallet:
    """What the pages find, and what they ordered."""

    def __init__(self) -> None:
        self.preview: PreviewShape | LightningError = samples.preview()
        self.paying: str | LightningError = samples.PAYMENT_ID
        self.payment: PaymentShape | None = samples.payment()
        self.rows = samples.Rows(rows=(samples.row(),))
        self.balance: BalanceShape = samples.balance()
        self.shops: tuple[ShopShape, ...] = (samples.shop(),)
        self.shop_invoice: ShopInvoiceShape | None = samples.shop_invoice()
        self.sentence = "This text is no invoice."
        self.place: int | None = None
        self.accounts: tuple[AccountShape, ...] = (samples.account(),)
        """Of whoever opens a socket; pages look for those of their visitor."""
        self.waiting = 0
        """How many requests wait for approval."""
        self.asked: list[tuple[str, dict[str, Any]]] = []
        """Each call: its name and what it was given."""
        self.patience_s: list[float | None] = []
        """How long each look at an invoice would have waited."""

    def preview_payment(self, text: str, *, account_id: int, patience_s: float | None, **wish: Any) -> PreviewShape:
        assert account_id == HOUSE_ID, "the visitor works in the house"
        self.patience_s.append(patience_s)
        self.asked.append(("preview", {"text": text, **wish}))
        return _or_raise(self.preview)

    def pay_invoice(self, text: str, **wish: Any) -> str:
        self.asked.append(("pay", {"text": text, **wish}))
        return _or_raise(self.paying)

    def stop_payment(self, payment_id: str, **wish: Any) -> None:
        self.asked.append(("stop", {"payment_id": payment_id, **wish}))

    def request_shop_invoice(self, shop_slug: str, **wish: Any) -> str:
        self.asked.append(("request", {"shop_slug": shop_slug, **wish}))
        return "r-1"

    def history_page(self, account_id: int, _wanted: HistoryFilter, page: int) -> samples.Rows:
        self.asked.append(("rows", {"page": page, "account_id": account_id}))
        return self.rows

    def find_shop(self, slug: str) -> ShopShape | None:
        return next((shop for shop in self.shops if shop.slug == slug), None)

    def orders(self, name: str) -> list[dict[str, Any]]:
        """What was given to the calls of this name."""
        return [given for called, given in self.asked if called == name]


def _or_raise(answer: Any) -> Any:
    if isinstance(answer, Exception):
        raise answer
    return answer


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy this machine is, previews go out whole."""
    monkeypatch.setattr(previews, "_PATIENCE_S", LONG_S)


@pytest.fixture
def wallet(monkeypatch: pytest.MonkeyPatch) -> Wallet:
    """Stands behind every page in place of queries and services."""
    behind = Wallet()
    places: dict[str, Any] = {
        "payments.web.reading.preview_payment": behind.preview_payment,
        "payments.web.reading.sentence_for": lambda _error: behind.sentence,
        "payments.web.reading.place_of": lambda _error: behind.place,
        "payments.web.views.pay.pay_invoice": behind.pay_invoice,
        "payments.web.views.payment.payment_page": lambda _payment_id, _account_ids: behind.payment,
        "payments.web.views.payment.stop_payment": behind.stop_payment,
        "payments.web.views.history.history_page": behind.history_page,
        "payments.web.views.shops.all_shops": lambda: behind.shops,
        "payments.web.views.shops.find_shop": behind.find_shop,
        "payments.web.views.shops.shop_invoice": lambda _request_id: behind.shop_invoice,
        "payments.web.views.shops.request_shop_invoice": behind.request_shop_invoice,
        "payments.live.consumers.payment_page": lambda _payment_id, _account_ids: behind.payment,
        "payments.live.standing.as_of_now": lambda user: user,
        "payments.live.standing.accounts_of": lambda _user_id: behind.accounts,
        "payments.live.consumers.shop_invoice": lambda _request_id: behind.shop_invoice,
        "payments.templatetags.approvals.waiting_for": lambda _user_id, _account_id: behind.waiting,
        "payments.templatetags.lightning.current_balance": lambda _account_id: behind.balance,
    }
    for place, fake in places.items():
        monkeypatch.setattr(place, fake)
    return behind


@pytest.fixture(autouse=True, scope="session")
def _static_folder() -> None:
    """WhiteNoise warns of a folder that is not there; nothing has been collected under test."""
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clocks on pages stand still, so that two renderings can be compared."""
    monkeypatch.setattr("payments.templatetags.lightning.timezone.now", lambda: samples.NOW)


@pytest.fixture
def visitor(db: None, client: Client) -> Client:
    """Ada's browser, signed in."""
    client.force_login(make_owner("ada", password="lovelace-1843"))
    return client
