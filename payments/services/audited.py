"""
Which pages and commands write which audit rows: the one list of everything through which people change something.

A test walks all addresses and all commands. One that is not here must answer that it takes no form, and every one that is here is tried:
each use writes the rows of its actions and no others; one row, but where a form does two things at once.
"""

from __future__ import annotations

from collections.abc import Mapping

from payments.models.audit import AuditAction as Action

_USER = (Action.USER_ADDED, Action.USER_CHANGED, Action.USER_DELETED, Action.PASSWORD_CHANGED)
_GROUP = (Action.GROUP_ADDED, Action.GROUP_CHANGED, Action.GROUP_DELETED)

PAGES: Mapping[str, tuple[Action, ...]] = {
    "payments:pay": (Action.PAYMENT_BEGUN,),
    "payments:ask_approval": (Action.APPROVAL_ASKED,),
    "payments:approve": (Action.PAYMENT_APPROVED,),
    "payments:reject": (Action.PAYMENT_REJECTED,),
    "payments:withdraw_approval": (Action.APPROVAL_WITHDRAWN,),
    "payments:limits": (Action.LIMITS_CHANGED,),
    "payments:export_history": (Action.HISTORY_EXPORTED,),
    "payments:export_statement": (Action.STATEMENT_EXPORTED,),
    "payments:currency": (Action.CURRENCY_CHANGED,),
    "payments:set_currency": (Action.CURRENCY_CHANGED,),
    "payments:rates": (Action.RATE_ADDED,),
    "payments:import_rates": (Action.RATES_IMPORTED,),
    "payments:api_keys": (Action.KEY_CREATED,),
    "payments:revoke_key": (Action.KEY_REVOKED,),
    "payments:webhooks": (Action.WEBHOOK_ADDED,),
    "payments:stop_webhook": (Action.WEBHOOK_STOPPED,),
    "payments:resend_delivery": (Action.DELIVERY_RESENT,),
    "payments:stop": (Action.PAYMENT_STOPPED,),
    "payments:begin_probe": (Action.ROUTE_TESTED,),
    "payments:shop": (Action.INVOICE_ASKED,),
    "payments:ask": (Action.INVOICE_ASKED,),
    "payments:cancel_incoming": (Action.INVOICE_CANCEL_ASKED,),
    "payments:customer": (Action.CUSTOMER_SENT,),
    "payments:start_scenario": (Action.SCENARIO_STARTED,),
    "payments:clear_faults": (Action.FAULTS_CLEARED,),
    "payments:advance_blocks": (Action.BLOCKS_ADVANCED,),
    "payments:invitations": (Action.INVITATION_SENT, Action.INVITATION_REVOKED),
    "payments:revoke_invitation": (Action.INVITATION_REVOKED,),
    "payments:invitation": (Action.INVITATION_ACCEPTED, Action.USER_ADDED, Action.SIGNED_IN),
    "payments:change_member": (Action.MEMBER_CHANGED,),
    "payments:remove_member": (Action.MEMBER_REMOVED,),
    "payments:add_member": (Action.MEMBER_ADDED,),
    "payments:accounts": (Action.ACCOUNT_CREATED,),
    "payments:move_money": (Action.ACCOUNT_FUNDED, Action.ACCOUNT_WITHDRAWN),
    "payments:close_account": (Action.ACCOUNT_CLOSED, Action.ACCOUNT_REOPENED),
    "account_login": (Action.SIGNED_IN, Action.SIGN_IN_FAILED),
    "account_signup": (Action.USER_ADDED, Action.SIGNED_IN),
    "account_reauthenticate": (Action.SIGN_IN_FAILED,),
    "mfa_authenticate": (Action.SIGNED_IN, Action.SIGN_IN_FAILED, Action.RECOVERY_CODE_USED),
    "mfa_reauthenticate": (Action.SIGN_IN_FAILED, Action.RECOVERY_CODE_USED),
    "mfa_login_webauthn": (Action.SIGNED_IN,),
    "mfa_activate_totp": (Action.SECOND_FACTOR_ADDED, Action.RECOVERY_CODES_MADE),
    "mfa_deactivate_totp": (Action.SECOND_FACTOR_REMOVED,),
    "mfa_add_webauthn": (Action.SECOND_FACTOR_ADDED, Action.RECOVERY_CODES_MADE),
    "mfa_remove_webauthn": (Action.SECOND_FACTOR_REMOVED,),
    "mfa_generate_recovery_codes": (Action.RECOVERY_CODES_MADE,),
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
    "admin:mfa_authenticator_delete": (Action.SECOND_FACTOR_REMOVED,),
    "admin:mfa_authenticator_changelist": (Action.SECOND_FACTOR_REMOVED,),
}
"""By the address's name."""

COMMANDS: Mapping[str, tuple[Action, ...]] = {
    "pay_invoice": (Action.PAYMENT_BEGUN,),
    "sandbox_invoice": (Action.INVOICE_ASKED,),
    "sandbox_channel": (Action.CHANNEL_OPENED, Action.CHANNEL_CLOSED),
    "sandbox_fault": (Action.FAULT_SET, Action.FAULTS_CLEARED, Action.BLOCKS_ADVANCED),
    "import_graph": (Action.MAP_IMPORTED,),
    "rates": (Action.RATE_ADDED, Action.RATES_IMPORTED),
    "demo": (
        *(Action.USER_ADDED, Action.PASSWORD_CHANGED, Action.SANDBOX_PLANNED),
        *(Action.ACCOUNT_CREATED, Action.MEMBER_ADDED, Action.ACCOUNT_FUNDED),
    ),
    "run_node": (Action.SANDBOX_PLANNED,),
    "createsuperuser": (Action.USER_ADDED,),
    "changepassword": (Action.PASSWORD_CHANGED,),
}

API: Mapping[str, tuple[Action, ...]] = {
    "api:payments": (Action.PAYMENT_BEGUN,),
    "api:invoices": (Action.INVOICE_ASKED,),
    "api:cancel_invoice": (Action.INVOICE_CANCEL_ASKED,),
}
"""By the address's name, for programs."""

ONLY_READ: Mapping[str, str] = {
    "payments:pay_page": "reads the text in the box",
    "api:openapi-json": "describes the API, however it is asked",
    "api:decode": "reads an invoice",
    "api:preview": "says what paying would do",
    "payments:preview": "reads the text in the box",
    "payments:preview_rest": "reads it again",
    "payments:choose_account": "chooses whose pages are shown, in this browser alone",
    "payments:save_filter": "keeps a search for whoever searches",
    "payments:delete_filter": "forgets it",
    "payments:dry_run": "goes through all that paying would, and stops before it",
    "account_reset_password": "sends a link to whom the address belongs; using it is noted",
    "mfa_reauthenticate_webauthn": "asks once more who somebody is; being it is no action",
}
"""Addresses that take a form and change nothing, and why."""

COMMANDS_THAT_ONLY_READ = frozenset(
    {
        *(
            "audit_ledger",
            "bench_routes",
            "decode_invoice",
            "deliver_webhooks",
            "export_audit_head",
            "preview_route",
            "reconcile",
            "replay_payment",
            "sandbox_nodes",
        ),
        *("scorer_stats", "verify_audit", "verify_receipt"),
    }
)
"""Of the money, the sandbox and the accounts; what they write, if anything, is a file that somebody named."""
