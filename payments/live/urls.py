"""Addresses of the websockets, one for each page that lives."""

from __future__ import annotations

from django.urls import re_path

from payments.live.approvals import ApprovalPage, ApprovalsPage
from payments.live.consumers import LivePage, PaymentPage, RouteTestPage, ShopInvoicePage
from payments.live.incoming import IncomingPage, PayMePage

websocket_urlpatterns = [
    re_path(r"^ws/balance/$", LivePage.as_asgi(), name="balance"),
    re_path(r"^ws/payments/(?P<payment_id>[0-9a-f]{64})/$", PaymentPage.as_asgi(), name="payment"),
    re_path(r"^ws/approvals/$", ApprovalsPage.as_asgi(), name="approvals"),
    re_path(r"^ws/approvals/(?P<payment_id>[0-9a-f]{64})/$", ApprovalPage.as_asgi(), name="approval"),
    re_path(r"^ws/incoming/(?P<request_id>[0-9a-f]{32})/$", IncomingPage.as_asgi(), name="incoming"),
    re_path(r"^ws/i/(?P<request_id>[0-9a-f]{32})/$", PayMePage.as_asgi(), name="pay_me"),
    re_path(r"^ws/tests/(?P<request_id>[0-9a-f]{32})/$", RouteTestPage.as_asgi(), name="probe"),
    re_path(r"^ws/invoices/(?P<request_id>[A-Za-z0-9_-]{1,80})/$", ShopInvoicePage.as_asgi(), name="shop_invoice"),
]
