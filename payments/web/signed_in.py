"""Who is asking: behind `login_required` there is always somebody, and services want to know who."""

from __future__ import annotations

from django.http import HttpRequest


def user_id_of(request: HttpRequest) -> int:
    """The id of the person who is signed in."""
    user_id = request.user.pk
    assert user_id is not None, "a view without login_required asked who is signed in"
    return int(user_id)
