"""Addresses of the pages."""

from __future__ import annotations

from django.urls import path, register_converter

from payments.web.views import (
    approvals,
    dry_run,
    history,
    invitations,
    limits,
    members,
    merchants,
    network,
    pay,
    payment,
    previews,
    probes,
    programs,
    rates,
    receipts,
    receive,
    replay,
    scenarios,
    shops,
    statements,
)


class PaymentIdConverter:
    """32 bytes in lower-case hex: anything else is no payment, and no query is asked for it."""

    regex = "[0-9a-f]{64}"

    def to_python(self, value: str) -> str:
        """As it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """As it stands in the address."""
        return value


class RequestIdConverter(PaymentIdConverter):
    """16 bytes in lower-case hex."""

    regex = "[0-9a-f]{32}"


class InvitationTokenConverter(PaymentIdConverter):
    """32 random bytes in the letters that an address may hold."""

    regex = "[A-Za-z0-9_-]{43}"


class NodeIdConverter(PaymentIdConverter):
    """33 bytes in lower-case hex, the first as a compressed point has it."""

    regex = "0[23][0-9a-f]{64}"


register_converter(PaymentIdConverter, "payment_id")
register_converter(NodeIdConverter, "node_id")
register_converter(RequestIdConverter, "request_id")
register_converter(InvitationTokenConverter, "invitation_token")

app_name = "payments"
urlpatterns = [
    path("", pay.pay_page, name="pay_page"),
    path("preview/", previews.preview, name="preview"),
    path("preview/rest/", previews.preview_rest, name="preview_rest"),
    path("pay/", pay.pay, name="pay"),
    path("pay/dry-run/", dry_run.rehearse, name="dry_run"),
    path("tests/", probes.begin, name="begin_probe"),
    path("tests/<request_id:request_id>/", probes.probe, name="probe"),
    path("tests/<request_id:request_id>/status/", probes.probe_status, name="probe_status"),
    path("payments/", history.history, name="history"),
    path("payments/export/", history.export, name="export_history"),
    path("payments/statement/", statements.monthly, name="statement"),
    path("payments/statement/export/", statements.export, name="export_statement"),
    path("payments/searches/", history.keep, name="save_filter"),
    path("payments/searches/forget/", history.forget, name="delete_filter"),
    path("payments/<payment_id:payment_id>/", payment.payment, name="payment"),
    path("payments/<payment_id:payment_id>/status/", payment.payment_status, name="payment_status"),
    path("payments/<payment_id:payment_id>/replay/", replay.replay, name="replay"),
    path("payments/<payment_id:payment_id>/stop/", payment.stop, name="stop"),
    path("payments/<payment_id:payment_id>/receipt/", receipts.of_payment, name="receipt"),
    path("payments/<payment_id:payment_id>/receipt/file/", receipts.file_of_payment, name="receipt_file"),
    path("receive/", receive.invoices, name="receive"),
    path("receive/ask/", receive.ask, name="ask"),
    path("receive/<request_id:request_id>/", receive.incoming, name="incoming"),
    path("receive/<request_id:request_id>/status/", receive.incoming_status, name="incoming_status"),
    path("receive/<request_id:request_id>/receipt/", receipts.of_invoice, name="incoming_receipt"),
    path("receive/<request_id:request_id>/receipt/file/", receipts.file_of_invoice, name="incoming_receipt_file"),
    path("receive/<request_id:request_id>/cancel/", receive.cancel, name="cancel_incoming"),
    path("receive/<request_id:request_id>/customer/", receive.customer, name="customer"),
    path("i/<request_id:request_id>/", receive.public, name="pay_me"),
    path("i/<request_id:request_id>/status/", receive.public_status, name="pay_me_status"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/ask/", approvals.ask, name="ask_approval"),
    path("approvals/status/", approvals.approvals_status, name="approvals_status"),
    path("approvals/<payment_id:payment_id>/", approvals.approval, name="approval"),
    path("approvals/<payment_id:payment_id>/status/", approvals.approval_status, name="approval_status"),
    path("approvals/<payment_id:payment_id>/approve/", approvals.approve, name="approve"),
    path("approvals/<payment_id:payment_id>/reject/", approvals.reject, name="reject"),
    path("approvals/<payment_id:payment_id>/withdraw/", approvals.withdraw, name="withdraw_approval"),
    path("network/", network.network, name="network"),
    path("network/<node_id:node_id>/", network.node, name="network_node"),
    path("shops/", shops.shops, name="shops"),
    path("shops/invoices/<slug:request_id>/", shops.invoice, name="shop_invoice"),
    path("shops/invoices/<slug:request_id>/status/", shops.invoice_status, name="shop_invoice_status"),
    path("shops/<slug:slug>/", shops.shop, name="shop"),
    path("account/choose/", members.choose_account, name="choose_account"),
    path("account/limits/", limits.limits, name="limits"),
    path("account/currency/", rates.currency, name="currency"),
    path("account/api/", programs.api_keys, name="api_keys"),
    path("account/api/<int:key_id>/revoke/", programs.revoke, name="revoke_key"),
    path("account/webhooks/", programs.webhooks, name="webhooks"),
    path("account/webhooks/<int:webhook_id>/", programs.webhook, name="webhook"),
    path("account/webhooks/<int:webhook_id>/stop/", programs.stop, name="stop_webhook"),
    path("account/webhooks/<int:webhook_id>/deliveries/<int:delivery_id>/resend/", programs.resend_delivery, name="resend_delivery"),
    path("account/members/", members.members, name="members"),
    path("account/members/<int:user_id>/role/", members.change, name="change_member"),
    path("account/members/<int:user_id>/remove/", members.remove, name="remove_member"),
    path("account/invitations/", invitations.invitations, name="invitations"),
    path("account/invitations/<int:invitation_id>/revoke/", invitations.revoke, name="revoke_invitation"),
    path("invitations/<invitation_token:token>/", invitations.invitation, name="invitation"),
    path("operator/accounts/", merchants.accounts, name="accounts"),
    path("operator/accounts/<slug:slug>/", merchants.account, name="account"),
    path("operator/accounts/<slug:slug>/move/", merchants.move, name="move_money"),
    path("operator/accounts/<slug:slug>/close/", merchants.close, name="close_account"),
    path("operator/accounts/<slug:slug>/members/", merchants.add, name="add_member"),
    path("operator/accounts/<slug:slug>/currency/", merchants.currency, name="set_currency"),
    path("operator/rates/", rates.rates, name="rates"),
    path("operator/rates/file/", rates.upload, name="import_rates"),
    path("scenarios/", scenarios.scenarios, name="scenarios"),
    path("scenarios/start/", scenarios.start, name="start_scenario"),
    path("scenarios/faults/", scenarios.faults, name="faults"),
    path("scenarios/clear/", scenarios.clear, name="clear_faults"),
    path("scenarios/blocks/", scenarios.blocks, name="advance_blocks"),
    path("scenarios/<slug:slug>/<slug:request_id>/", scenarios.pay, name="scenario"),
]
