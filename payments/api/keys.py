"""Who is calling: the key in the `Authorization` header, and what its scopes allow."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from payments.access.scopes import Scope
from payments.api.problems import Problem
from payments.models.audit import ActorKind
from payments.services.api_keys import KeyInForce, find_key
from payments.services.audit_origin import Actor, acting_as

_NOT_IN_SCOPE = "This key may {may} and not {needed}: use one with that scope."


class ApiKeyBearer(HttpBearer):
    """`Authorization: Bearer lnw_...`, for keys that have any of the scopes."""

    def __init__(self, scopes: frozenset[Scope]) -> None:
        super().__init__()
        self.scopes = scopes

    def authenticate(self, request: HttpRequest, token: str) -> KeyInForce | None:
        """
        The key, if it opens anything; None when it does not. From here on the audit log says that the key acts.

        raises    Problem: it opens something, and not this
        """
        del request
        found = find_key(token)
        if found is None:
            return None
        if found.scopes.isdisjoint(self.scopes):
            may, needed = " and ".join(sorted(found.scopes)), " or ".join(sorted(self.scopes))
            raise Problem(status=403, code="scope_missing", detail=_NOT_IN_SCOPE.format(may=may, needed=needed))
        acting_as(Actor(kind=ActorKind.API_KEY, name=f"{found.prefix} {found.name}"))
        return found


def for_scopes(*scopes: Scope) -> ApiKeyBearer:
    """The guard of an address: which keys open it."""
    return ApiKeyBearer(frozenset(scopes))


def key_of(request: HttpRequest) -> KeyInForce:
    """The key that the request came with."""
    key = request.auth  # type: ignore[attr-defined]  # ninja puts there what `authenticate` gave
    assert isinstance(key, KeyInForce)
    return key


def account_id_of(request: HttpRequest) -> int:
    """The account that the key belongs to: everything that the API shows or does is of this one."""
    return key_of(request).account_id
