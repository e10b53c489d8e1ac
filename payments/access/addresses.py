"""
Who may call which address: the one table of all pages, sockets and pages of the admin.

Views and sockets ask it through their decorators, templates ask it before they show a link, and a test walks everything that can be called
and compares. An address without a row can be called by nobody: asking for its row raises KeyError.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from payments.access.roles import Permission, ServerPermission
from payments.access.scopes import Scope


class Door(StrEnum):
    """Who may come in where no permission is asked for."""

    PUBLIC = "public"
    """Everybody, signed in or not."""
    ALLAUTH = "allauth"
    """Pages of the sign-in itself, which look after themselves."""
    SIGNED_IN = "signed in"
    """Whoever is signed in, member of an account or not."""
    MEMBER = "member"
    """Whoever belongs to an account, in any role."""
    SUPERUSER = "superuser"
    """People and groups in the admin: whoever may change them could become anybody."""
    API_KEY = "API key"
    """Programs; which scopes open it stands in `API`."""
    CLOSED = "closed"
    """Answers everybody as if it were not there."""
    NOBODY = "nobody"
    """Records that are only looked at have addresses for adding, changing and deleting all the same."""


Need = Permission | ServerPermission | Door

_RECORDS = (
    *("accountbalance", "accountevent", "apikey", "approvalrequest", "attemptrecord", "auditrecord", "channelrecord", "enginecommand"),
    *("engineevent", "faultrecord", "gossippast", "idempotentanswer", "incominginvoice", "invitation", "invoicerequest", "ledgerentry"),
    *("ledgerposting", "membership", "merchantaccount", "noderecord", "paymentrecord", "raterecord", "rolelimit", "routedecision"),
    *("routetest", "webhook", "webhookdelivery"),
)
"""What the admin shows and nobody changes there."""
_PEOPLE = ("auth_user", "auth_group", "account_emailaddress")
_LOOKS = ("changelist", "change", "history")
_CHANGES = ("add", "delete")

PAGES: Mapping[str, Need] = {
    "payments:pay_page": Door.MEMBER,
    "payments:preview": Permission.PAY,
    "payments:preview_rest": Permission.PAY,
    "payments:pay": Permission.PAY,
    "payments:dry_run": Permission.PAY,
    "payments:begin_probe": Permission.PAY,
    "payments:probe": Permission.PAY,
    "payments:probe_status": Permission.PAY,
    "payments:history": Permission.SEE_MONEY,
    "payments:export_history": Permission.SEE_MONEY,
    "payments:receipt": Permission.SEE_MONEY,
    "payments:receipt_file": Permission.SEE_MONEY,
    "payments:statement": Permission.SEE_MONEY,
    "payments:export_statement": Permission.SEE_MONEY,
    "payments:save_filter": Permission.SEE_MONEY,
    "payments:delete_filter": Permission.SEE_MONEY,
    "payments:payment": Permission.SEE_MONEY,
    "payments:payment_status": Permission.SEE_MONEY,
    "payments:replay": Permission.SEE_MONEY,
    "payments:stop": Permission.PAY,
    "payments:receive": Permission.SEE_INCOMING,
    "payments:ask": Permission.ASK_FOR_MONEY,
    "payments:incoming": Permission.SEE_INCOMING,
    "payments:incoming_status": Permission.SEE_INCOMING,
    "payments:incoming_receipt": Permission.SEE_INCOMING,
    "payments:incoming_receipt_file": Permission.SEE_INCOMING,
    "payments:cancel_incoming": Permission.ASK_FOR_MONEY,
    "payments:customer": Permission.ASK_FOR_MONEY,
    "payments:pay_me": Door.PUBLIC,
    "payments:pay_me_status": Door.PUBLIC,
    "payments:approvals": Permission.SEE_MONEY,
    "payments:approvals_status": Permission.SEE_MONEY,
    "payments:approval": Permission.SEE_MONEY,
    "payments:approval_status": Permission.SEE_MONEY,
    "payments:ask_approval": Permission.PAY,
    "payments:approve": Permission.APPROVE,
    "payments:reject": Permission.APPROVE,
    "payments:withdraw_approval": Permission.PAY,
    "payments:limits": Permission.MANAGE_LIMITS,
    "payments:currency": Permission.MANAGE_CURRENCY,
    **dict.fromkeys(
        (f"payments:{name}" for name in ("api_keys", "revoke_key", "webhooks", "webhook", "stop_webhook", "resend_delivery")),
        Permission.MANAGE_KEYS,
    ),
    "payments:network": Door.SIGNED_IN,
    "payments:network_node": Door.SIGNED_IN,
    "payments:shops": Door.SIGNED_IN,
    "payments:shop": Door.SIGNED_IN,
    "payments:shop_invoice": Door.SIGNED_IN,
    "payments:shop_invoice_status": Door.SIGNED_IN,
    "payments:scenarios": ServerPermission.OPERATE,
    "payments:start_scenario": ServerPermission.OPERATE,
    "payments:scenario": ServerPermission.OPERATE,
    "payments:faults": ServerPermission.OPERATE,
    "payments:clear_faults": ServerPermission.OPERATE,
    "payments:advance_blocks": ServerPermission.OPERATE,
    "payments:choose_account": Door.SIGNED_IN,
    "payments:members": Permission.MANAGE_MEMBERS,
    "payments:change_member": Permission.MANAGE_MEMBERS,
    "payments:remove_member": Permission.MANAGE_MEMBERS,
    "payments:invitations": Permission.MANAGE_MEMBERS,
    "payments:revoke_invitation": Permission.MANAGE_MEMBERS,
    "payments:invitation": Door.PUBLIC,
    "payments:accounts": ServerPermission.OPERATE,
    "payments:account": ServerPermission.OPERATE,
    "payments:move_money": ServerPermission.OPERATE,
    "payments:close_account": ServerPermission.OPERATE,
    "payments:add_member": ServerPermission.OPERATE,
    "payments:set_currency": ServerPermission.OPERATE,
    "payments:rates": ServerPermission.OPERATE,
    "payments:import_rates": ServerPermission.OPERATE,
    **dict.fromkeys(
        (
            *("account_login", "account_logout", "account_signup", "account_inactive", "account_reauthenticate"),
            *("account_change_password", "account_set_password", "account_email", "account_email_verification_sent"),
            *("account_confirm_email", "account_reset_password", "account_reset_password_done", "account_reset_password_from_key"),
            *("account_reset_password_from_key_done", "account_confirm_login_code"),
            *("mfa_index", "mfa_authenticate", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp"),
            *("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes", "mfa_list_webauthn"),
            *("mfa_add_webauthn", "mfa_remove_webauthn", "mfa_edit_webauthn", "mfa_reauthenticate_webauthn", "mfa_login_webauthn"),
        ),
        Door.ALLAUTH,
    ),
    "api:api-root": Door.CLOSED,
    "api:openapi-json": Door.PUBLIC,
    **dict.fromkeys(
        (
            f"api:{name}"
            for name in ("decode", "preview", "payments", "payment", "invoices", "invoice", "cancel_invoice", "balance", "events")
        ),
        Door.API_KEY,
    ),
    **dict.fromkeys(("admin:login", "admin:logout"), Door.ALLAUTH),
    **dict.fromkeys(("admin:index", "admin:app_list", "admin:jsi18n", "admin:view_on_site"), ServerPermission.READ_RECORDS),
    "admin:payments_reconciliation": ServerPermission.READ_RECORDS,
    "admin:autocomplete": Door.NOBODY,
    **dict.fromkeys(("admin:password_change", "admin:password_change_done"), ServerPermission.READ_RECORDS),
    **{f"admin:payments_{record}_{look}": ServerPermission.READ_RECORDS for record in _RECORDS for look in _LOOKS},
    **{f"admin:payments_{record}_{change}": Door.NOBODY for record in _RECORDS for change in _CHANGES},
    **{f"admin:{people}_{page}": Door.SUPERUSER for people in _PEOPLE for page in (*_LOOKS, *_CHANGES)},
    "admin:auth_user_password_change": Door.SUPERUSER,
    **{f"admin:mfa_authenticator_{page}": Door.SUPERUSER for page in (*_LOOKS, "delete")},
    "admin:mfa_authenticator_add": Door.NOBODY,
}
"""By the address's name."""

UNNAMED: Mapping[str, Need] = {
    **dict.fromkeys(("accounts/login/code/confirm/", "accounts/confirm-email/", "accounts/2fa/webauthn/keys/<int:pk>/edit/"), Door.CLOSED),
    "accounts/2fa/webauthn/": Door.ALLAUTH,
    **dict.fromkeys(("admin:<path:object_id>/", "admin:(?P<url>.*)$"), ServerPermission.READ_RECORDS),
}
"""Addresses without a name, by their pattern."""

API: Mapping[tuple[str, str], frozenset[Scope]] = {
    ("POST", "/decode"): frozenset({Scope.READ, Scope.PAY}),
    ("POST", "/preview"): frozenset({Scope.READ, Scope.PAY}),
    ("POST", "/payments"): frozenset({Scope.PAY}),
    ("GET", "/payments"): frozenset({Scope.READ}),
    ("GET", "/payments/{payment_id}"): frozenset({Scope.READ, Scope.PAY}),
    ("POST", "/invoices"): frozenset({Scope.INVOICE}),
    ("GET", "/invoices"): frozenset({Scope.READ, Scope.INVOICE}),
    ("GET", "/invoices/{invoice_id}"): frozenset({Scope.READ, Scope.INVOICE}),
    ("POST", "/invoices/{invoice_id}/cancel"): frozenset({Scope.INVOICE}),
    ("GET", "/balance"): frozenset({Scope.READ}),
    ("GET", "/events"): frozenset({Scope.READ}),
}
"""By method and path below `/api/v1`: a key with any of these scopes opens it."""

SOCKETS: Mapping[str, Need] = {
    "balance": Door.SIGNED_IN,
    "payment": Permission.SEE_MONEY,
    "approvals": Permission.SEE_MONEY,
    "approval": Permission.SEE_MONEY,
    "incoming": Permission.SEE_INCOMING,
    "pay_me": Door.PUBLIC,
    "probe": Permission.PAY,
    "shop_invoice": Door.SIGNED_IN,
}
"""By the route's name."""
