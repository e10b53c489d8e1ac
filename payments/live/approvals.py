"""Open pages about approvals: the list of an account, and one request with the payment that comes of it."""

from __future__ import annotations

from payments.access.roles import Permission
from payments.live.consumers import LivePage
from payments.live.standing import Standing
from payments.queries.account_shapes import AccountShape
from payments.queries.approvals import approval_page, approval_rows
from payments.services.note_change import approval_group, payment_group


class ApprovalsPage(LivePage):
    """The list. Every page of whoever sees the account's money follows what waits; this one shows all of it."""

    def snapshot(self, standing: Standing) -> str | None:
        """What waits and what was decided, and the balance."""
        if self.account is None or self.account.id not in standing.ids_with(Permission.SEE_MONEY):
            return None
        return self.render("approvals", page=approval_rows(self.account.id))


class ApprovalPage(LivePage):
    """One request, which is about the account that would pay."""

    def find_account(self, standing: Standing) -> AccountShape | None:
        """The request's."""
        approval = approval_page(self.named("payment_id"), standing.ids_with(Permission.SEE_MONEY))
        if approval is None:
            raise LookupError
        return standing.numbered(approval.account_id)

    def more_groups(self) -> tuple[str, ...]:
        """The request's, and that of the payment which may come of it."""
        payment_id = self.named("payment_id")
        return approval_group(payment_id), payment_group(payment_id)

    def snapshot(self, standing: Standing) -> str | None:
        """The request, the payment if there is one, and the balance."""
        approval = approval_page(self.named("payment_id"), standing.ids_with(Permission.SEE_MONEY))
        return None if approval is None else self.render("approval", approval=approval)
