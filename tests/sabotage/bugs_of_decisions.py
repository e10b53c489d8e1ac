"""Bugs of how a route is decided, kept, asked again, and of the history of the map that it was decided on."""

from __future__ import annotations

from tests.sabotage.bug import bug

DECISIONS = (
    bug(
        "the map of the past shows what came later",
        ("payments/queries/past.py", "        if sequence <= version:\n", "        if sequence:\n"),
        caught_by="tests/unit/queries/test_past.py",
    ),
    bug(
        "a restart draws the map in another order",
        ("payments/nodes/gossip_map.py", '.order_by("kind", "id")', '.order_by("sequence")'),
        caught_by="tests/unit/queries/test_past.py",
    ),
    bug(
        "a turn that leaves nothing but news is not stored",
        ("payments/nodes/engine.py", "effects.events or effects.gossip or self", "effects.events or self"),
        caught_by="tests/unit/queries/test_forgetting.py|-k|nothing_but_news",
    ),
    bug(
        "what is stale is forgotten before anybody could speak",
        ("payments/lightning/manager/freshness.py", "forgetting(graph, stale & self._suspects)", "forgetting(graph, stale)"),
        caught_by="tests/unit/lightning/manager/test_freshness.py",
    ),
    bug(
        "what failed is tried once more with as much",
        ("payments/lightning/routing/search.py", "(amount_msat - 1) * quarters", "amount_msat * quarters"),
        caught_by="tests/unit/lightning/routing/test_router.py",
    ),
    bug(
        "a channel that failed for good comes back at last",
        ("payments/lightning/payment/outbound.py", "if failed is None or is_out else", "if failed is None else"),
        caught_by="tests/unit/lightning/payment/test_outbound.py",
    ),
    bug(
        "where a decision is told nobody knows",
        ("payments/services/payments_at_hand.py", 'insert_rows(self._decisions, unique_fields=("event",))', "pass"),
        caught_by="tests/web/test_replay.py",
    ),
    bug(
        "a dry run pays",
        ("payments/services/dry_run.py", "transaction.set_rollback(True)", "transaction.set_rollback(False)"),
        caught_by="tests/web/test_dry_run.py",
    ),
)
