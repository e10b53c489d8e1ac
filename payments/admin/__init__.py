"""
The records as they are, to look at: nothing about money can be added, changed or deleted here, by anybody.

Links lead along the chain of evidence: from a payment to its attempts and entries, from an entry to its lines and the event that caused
it, from all of them to the audit log, and back. One module for each kind of record; `meanings` says what their words mean.
"""

from __future__ import annotations

from django.contrib import admin

from payments.admin import accounts, audit, events, incoming, ledger, network, payments, people, programs  # noqa: F401  (they register)
from payments.admin.look_only import may_look

admin.site.site_header = admin.site.site_title = "lnweb: the records"
admin.site.index_title = "To look at, not to change"
admin.site.has_permission = may_look  # type: ignore[method-assign]  # Django's takes what this takes
