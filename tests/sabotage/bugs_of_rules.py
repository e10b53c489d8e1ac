"""Bugs in limits and four eyes: who may spend how much, and who has to agree."""

from __future__ import annotations

from tests.sabotage.bug import bug

_POLICY = "tests/unit/services/test_spending_policy.py"
_DECIDING = "tests/unit/services/test_decide_approval.py"

RULES = (
    bug(
        "what is under way counts towards a day without its fee limit",
        ("payments/queries/spending.py", 'default=F("amount_msat") + F("fee_limit_msat")', 'default=F("amount_msat")'),
        caught_by=_POLICY,
    ),
    bug(
        "limits and threshold look at the amount alone",
        ("payments/services/begin_payment.py", "total_msat=order.amount_msat + order.fee_limit_msat", "total_msat=order.amount_msat"),
        caught_by=_POLICY,
    ),
    bug(
        "a revoked key goes on paying",
        ("payments/queries/spending.py", "account_id=payer.account_id, revoked_at=None)", "account_id=payer.account_id)"),
        caught_by=_POLICY,
    ),
    bug(
        "whoever asked may approve",
        (
            "payments/services/decide_approval.py",
            "    if request.created_by_id == user_id:\n        raise OwnRequest",
            "    if user_id is None:\n        raise OwnRequest",
        ),
        caught_by=_DECIDING,
    ),
    bug(
        "whether it still waits is read first and written afterwards",
        (
            "payments/services/decide_approval.py",
            "filter(pk=request.pk, state=_State.WAITING, expires_at__gt=now)",
            "filter(pk=request.pk)",
        ),
        caught_by=_DECIDING,
    ),
    bug(
        "what was shown is not compared with what would be paid",
        ("payments/services/decide_approval.py", "    if digest != figures_digest(request):\n", "    if not digest:\n"),
        caught_by=_DECIDING,
    ),
)
