"""
Which pages and commands write which audit rows: the one list of everything through which people change something.

A test walks all addresses and all commands. One that is not here must answer that it takes no form, and every one that is here is tried:
each use writes exactly one row with one of its actions.
"""

from __future__ import annotations

from collections.abc import Mapping

from payments.models.audit import AuditAction as Action

_USER = (Action.USER_ADDED, Action.USER_CHANGED, Action.USER_DELETED, Action.PASSWORD_CHANGED)
_GROUP = (Action.GROUP_ADDED, Action.GROUP_CHANGED, Action.GROUP_DELETED)

PAGES: Mapping[str, tuple[Action, ...]] = {
    "payments:pay": (Action.PAYMENT_BEGUN,),
    "payments:stop": (Action.PAYMENT_STOPPED,),
    "payments:begin_probe": (Action.ROUTE_TESTED,),
    "payments:shop": (Action.INVOICE_ASKED,),
    "payments:start_scenario": (Action.SCENARIO_STARTED,),
    "payments:clear_faults": (Action.FAULTS_CLEARED,),
    "payments:advance_blocks": (Action.BLOCKS_ADVANCED,),
    "account_login": (Action.SIGNED_IN, Action.SIGN_IN_FAILED),
    "account_reauthenticate": (Action.SIGN_IN_FAILED,),
    "account_logout": (Action.SIGNED_OUT,),
    "account_change_password": (Action.PASSWORD_CHANGED,),
    "account_set_password": (Action.PASSWORD_CHANGED,),
    "account_reset_password_from_key": (Action.PASSWORD_CHANGED,),
    "account_email": (Action.USER_CHANGED,),
    "account_confirm_email": (Action.USER_CHANGED,),
    "admin:login": (Action.SIGNED_IN, Action.SIGN_IN_FAILED),
    "admin:logout": (Action.SIGNED_OUT,),
    "admin:password_change": (Action.PASSWORD_CHANGED,),
    "admin:auth_user_add": _USER,
    "admin:auth_user_change": _USER,
    "admin:auth_user_delete": _USER,
    "admin:auth_user_changelist": _USER,
    "admin:auth_user_password_change": _USER,
    "admin:auth_group_add": _GROUP,
    "admin:auth_group_change": _GROUP,
    "admin:auth_group_delete": _GROUP,
    "admin:auth_group_changelist": _GROUP,
    "admin:account_emailaddress_add": (Action.USER_CHANGED,),
    "admin:account_emailaddress_change": (Action.USER_CHANGED,),
    "admin:account_emailaddress_delete": (Action.USER_CHANGED,),
    "admin:account_emailaddress_changelist": (Action.USER_CHANGED,),
}
"""By the address's name."""

COMMANDS: Mapping[str, tuple[Action, ...]] = {
    "pay_invoice": (Action.PAYMENT_BEGUN,),
    "sandbox_invoice": (Action.INVOICE_ASKED,),
    "sandbox_channel": (Action.CHANNEL_OPENED, Action.CHANNEL_CLOSED),
    "sandbox_fault": (Action.FAULT_SET, Action.FAULTS_CLEARED, Action.BLOCKS_ADVANCED),
    "import_graph": (Action.MAP_IMPORTED,),
    "demo": (Action.USER_ADDED, Action.PASSWORD_CHANGED, Action.SANDBOX_PLANNED),
    "run_node": (Action.SANDBOX_PLANNED,),
    "createsuperuser": (Action.USER_ADDED,),
    "changepassword": (Action.PASSWORD_CHANGED,),
}

ONLY_READ: Mapping[str, str] = {
    "payments:pay_page": "reads the text in the box",
    "payments:preview": "reads the text in the box",
    "payments:preview_rest": "reads it again",
    "payments:dry_run": "goes through all that paying would, and stops before it",
    "account_signup": "is closed",
    "account_reset_password": "sends a link to whom the address belongs; using it is noted",
    "account_confirm_login_code": "is switched off: no code is ever sent",
}
"""Addresses that take a form and change nothing, and why."""

COMMANDS_THAT_ONLY_READ = frozenset(
    {
        *("audit_ledger", "bench_routes", "decode_invoice", "export_audit_head", "preview_route", "replay_payment", "sandbox_nodes"),
        *("scorer_stats", "verify_audit"),
    }
)
"""Of the money, the sandbox and the accounts; what they write, if anything, is a file that somebody named."""
