"""What an API key may do: each scope gives some of the permissions that people have by their roles."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from payments.access.roles import Permission


class Scope(StrEnum):
    """What a key is for. A key has one or more."""

    READ = "read"
    INVOICE = "invoice"
    PAY = "pay"


SCOPE_PERMISSIONS: Mapping[Scope, frozenset[Permission]] = {
    Scope.READ: frozenset({Permission.SEE_MONEY, Permission.SEE_INCOMING}),
    Scope.INVOICE: frozenset({Permission.SEE_INCOMING, Permission.ASK_FOR_MONEY}),
    Scope.PAY: frozenset({Permission.PAY}),
}
