"""Which address leads where. The wallet's own pages are listed in `payments.web.urls`."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.views.generic import RedirectView

from payments.api.app import api

# The admin's own sign-in counts no attempts and asks for no second factor; allauth's does both.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def not_offered(_request: HttpRequest, **_: object) -> HttpResponse:
    """Where allauth has a page and this site has none."""
    raise Http404


urlpatterns = [
    path("accounts/login/code/confirm/", not_offered),
    path("accounts/confirm-email/", not_offered),
    path("accounts/2fa/webauthn/keys/<int:pk>/edit/", not_offered),
    path("accounts/2fa/webauthn/", RedirectView.as_view(pattern_name="mfa_index")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", api.urls),
    path("", include("payments.web.urls")),
]
