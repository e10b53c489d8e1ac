"""Bugs in what programs are told and whom we call for that."""

from __future__ import annotations

from tests.sabotage.bug import bug

_HOOKS = "tests/unit/services/webhooks"

PROGRAMS = (
    bug(
        "a webhook calls whatever address its name leads to",
        ("payments/services/webhooks/targets.py", "if not is_named and not all(map(is_public, addresses)):", "if not addresses:"),
        caught_by=f"{_HOOKS}/test_targets.py",
    ),
    bug(
        "a webhook is content with one public address among the others",
        ("payments/services/webhooks/targets.py", "not all(map(is_public, addresses))", "not any(map(is_public, addresses))"),
        caught_by=f"{_HOOKS}/test_targets.py",
    ),
    bug(
        "a webhook looks its name up again when it connects",
        ("payments/services/webhooks/posting.py", "line.connect((str(address), target.port))", "line.connect((target.host, target.port))"),
        caught_by=f"{_HOOKS}/test_posting.py|-k|looked_up_once",
    ),
    bug(
        "each step of a webhook has the whole time",
        (
            "payments/services/webhooks/posting.py",
            "        self._line.settimeout(self._deadline.left().total_seconds())\n        count",
            "        count",
        ),
        caught_by=f"{_HOOKS}/test_posting.py|-k|stretch",
    ),
    bug(
        "a webhook's signature leaves the time out",
        ("payments/services/webhooks/signing.py", 'f"{now_s}.".encode() + body', "body"),
        caught_by=f"{_HOOKS}/test_delivering.py|-k|readme",
    ),
    bug(
        "a delivery is written down after it was sent",
        (
            "payments/services/webhooks/delivering.py",
            "if unchanged.update(tries=delivery.tries + 1, last_try_at=now, next_try_at=again_at):",
            "if again_at and unchanged.exists():",
        ),
        caught_by=f"{_HOOKS}/test_delivering.py|-k|written_down",
    ),
    bug(
        "a revoked key opens what it opened",
        ("payments/services/api_keys.py", "or not is_right or row.revoked_at is not None", "or not is_right"),
        caught_by="tests/web/test_api.py|-k|revoked",
    ),
)
