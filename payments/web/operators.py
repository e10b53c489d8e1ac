"""Pages for those who run this installation: everybody else is told that these are not for them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

View = Callable[..., HttpResponse]


def is_operator(user: Any) -> bool:  # noqa: ANN401  (whatever the site's user model is, or nobody)
    """Whether this person may change how the sandbox behaves: staff, for now."""
    return bool(user and user.is_authenticated and user.is_staff)


def operator_required(view: View) -> View:
    """Sends strangers to the door, and refuses people who are signed in and not operators."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if not is_operator(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return login_required(guarded)
