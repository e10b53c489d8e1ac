"""
Merchant accounts, who may do what in them, and the wishes that two people had to agree on.

Of an invitation its secret is not shown, not even as a hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.contrib import admin

from payments.admin.audit import audit_place
from payments.admin.columns import Link, key_column, list_place, record_place, sat
from payments.admin.look_only import Lines, RecordAdmin, table
from payments.admin.meanings import ACCOUNT
from payments.models import (
    AccountBalance,
    AccountEvent,
    ApiKey,
    ApprovalRequest,
    IncomingInvoice,
    Invitation,
    LedgerPosting,
    Membership,
    MerchantAccount,
    PaymentRecord,
    RoleLimit,
    Webhook,
)
from payments.models.audit import SubjectKind


class _Members(Lines):
    """Who belongs to an account."""

    model = Membership
    verbose_name_plural = "members"
    columns = ("user", "role", "since")
    together = ("user", "account")


class _Limits(Lines):
    """What each role may spend."""

    model = RoleLimit
    verbose_name_plural = "limits of the roles; none: as much as there is"
    columns = ("role", "payment_msat", "day_msat")
    together = ("account",)


@admin.register(MerchantAccount)
class MerchantAccountAdmin(RecordAdmin):
    """Merchant accounts and their members."""

    about = "Whose money it is. The house is the node itself: what belongs to whoever runs it, and to no merchant."
    list_display = ("slug", "name", "currency", "is_house", "approval_threshold_msat", "created_at", "closed_at")
    list_filter = ("is_house", ("closed_at", admin.EmptyFieldListFilter))
    search_fields = ("slug", "name")
    search_help_text = "A part of the short or the full name"
    date_hierarchy = "created_at"
    ordering = ("slug",)
    inlines = (_Members, _Limits)
    more = ("balances",)

    @admin.display(description="balances")
    def balances(self, account: MerchantAccount) -> str:
        """What each of its accounts holds."""
        rows = AccountBalance.objects.filter(owner=account).order_by("account").values_list("account", "balance_msat")
        if not rows:
            return "Nothing was booked yet."
        return table(
            ("Account", "Holds (sat)", "What that is"), [(name, sat(held_msat), ACCOUNT.get(name, "")) for name, held_msat in rows]
        )

    def leads(self, account: MerchantAccount) -> Sequence[Link]:
        """To all that is its."""
        one = {"account__id__exact": account.pk}
        return (
            ("Lines in its books", list_place(LedgerPosting, owner__id__exact=account.pk)),
            ("Payments", list_place(PaymentRecord, **one)),
            ("Invoices", list_place(IncomingInvoice, **one)),
            ("Approvals", list_place(ApprovalRequest, **one)),
            ("Invitations", list_place(Invitation, **one)),
            ("API keys", list_place(ApiKey, **one)),
            ("Webhooks", list_place(Webhook, **one)),
            ("Events that programs are told", list_place(AccountEvent, **one)),
            ("Audit log: what was done to it, and by whom", audit_place(SubjectKind.ACCOUNT, account.slug)),
        )


@admin.register(Membership)
class MembershipAdmin(RecordAdmin):
    """Who may do what where."""

    about = "Who may do what in which account, now. Who it was at another time stands in the audit log."
    list_display = ("user", "account", "role", "since")
    list_filter = ("role", "account")
    search_fields = ("user__username", "user__email", "account__slug")
    search_help_text = "A part of the person's name or address, or of the account's name"
    date_hierarchy = "since"
    ordering = ("account__slug", "user__username")
    list_select_related = ("user", "account")

    def leads(self, member: Membership) -> Iterator[Link]:
        """To the account and to what was done."""
        yield "Audit log of the account", audit_place(SubjectKind.ACCOUNT, member.account.slug)
        yield "Audit log of the person", audit_place(SubjectKind.USER, str(member.user_id))


@admin.register(RoleLimit)
class RoleLimitAdmin(RecordAdmin):
    """What each role may spend."""

    about = "The most that each person with a role may spend from an account, in one payment and in 24 hours. None: as much as there is."
    list_display = ("role", "account", "payment_msat", "day_msat")
    list_filter = ("role", "account")
    list_select_related = ("account",)
    ordering = ("account__slug", "role")

    def leads(self, limit: RoleLimit) -> Iterator[Link]:
        """To who set it."""
        yield "Audit log of the account", audit_place(SubjectKind.ACCOUNT, limit.account.slug)


@admin.register(Invitation)
class InvitationAdmin(RecordAdmin):
    """Ways in, used or not."""

    about = "Who was invited to which account, by whom, and what came of it. The link itself is known to who got it, and stands nowhere."
    list_display = ("email", "account", "role", "invited_by", "created_at", "expires_at", "accepted_at", "accepted_by", "revoked_at")
    list_filter = ("role", "account")
    search_fields = ("email",)
    search_help_text = "A part of the address"
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    list_select_related = ("account", "invited_by", "accepted_by")
    secret = ("token_hash",)

    def leads(self, invitation: Invitation) -> Iterator[Link]:
        """To what was done with it."""
        yield "Audit log", audit_place(SubjectKind.INVITATION, str(invitation.pk))


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(RecordAdmin):
    """Wishes that a second person decides about."""

    about = "Payments that a second person had to agree to. Who asked can never be who approves: the database itself refuses it."
    list_display = (
        key_column("payment_id", "request"),
        *("account", "state", "amount_msat", "created_by", "decided_by", "created_at", "decided_at"),
    )
    list_filter = ("state", "account")
    search_fields = ("payment_id__exact", "payment_hash__exact", "description", "remark")
    search_help_text = "The id or the payment's hash (each whole), or a word of the description or of the reason for a rejection"
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    list_select_related = ("account", "created_by", "decided_by")

    def leads(self, request: ApprovalRequest) -> Iterator[Link]:
        """To the payment that came of it, and to who did what."""
        if PaymentRecord.objects.filter(pk=request.pk).exists():
            yield f"Payment {request.pk[:8]} that came of it", record_place(PaymentRecord, request.pk)
        yield "Audit log: who asked and who decided", audit_place(SubjectKind.PAYMENT, request.pk)
