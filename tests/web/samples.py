"""
Made-up values of every page: one ordinary story (you pay Bean There through Alice and Bob) and the hostile and the huge beside it.

Tests give them to pages in place of what queries would find.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from payments.access.roles import Role
from payments.ledger.accounts import HOUSE_ID
from payments.queries.account_shapes import AccountShape
from payments.queries.history import HistoryRowShape
from payments.queries.shapes import (
    AttemptShape,
    BalanceShape,
    HopShape,
    HopState,
    InvoiceShape,
    PathShape,
    PaymentShape,
    PreviewShape,
    RouteShape,
    ShopInvoiceShape,
    ShopShape,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PAYMENT_ID = "5a" * 32
PREIMAGE = "00" * 31 + "01"
PAYMENT_HASH = "ec4916dd28fc4c10d78e287ca5d9cc51ee1ae73cbfde08c6b37324cbfaac8bc5"
"""SHA-256 of PREIMAGE."""
INVOICE_TEXT = "lnbcrt25u1" + "qpzry9x8gf2tvdw0s3jn54khce6mua7l" * 9
PAYEE = "03" + "c4" * 32
HOSTILE_NAME = "<script>alert(1)</script>\u202egnp.exe"


class Rows(Struct, frozen=True, kw_only=True):
    """A page of the history."""

    rows: tuple[HistoryRowShape, ...]
    number: int = 1
    pages: int = 1
    found: int = 1


def hop(name: str, *, amount_msat: int, fee_msat: int, blocks: int, state: HopState = HopState.PLANNED) -> HopShape:
    """One hop; its key and channel follow from its name."""
    mark = sum(name.encode()) % 256
    return HopShape(
        node_id="02" + f"{mark:02x}" * 32,
        name=name,
        short_channel_id=f"{100 + mark}x{mark % 7}x1",
        amount_msat=amount_msat,
        fee_msat=fee_msat,
        cltv_expiry_delta=blocks,
        state=state,
    )


def path(*names: str, amount_msat: int = 2_500_000, states: tuple[HopState, ...] = (), state: HopState = HopState.PLANNED) -> PathShape:
    """A path through these nodes; each but the payee keeps 1 sat and 25 ppm and adds 40 blocks, the payee asks for 18."""
    names = names or ("Alice", "Bob", "Bean There")
    fee_msat = 1_000 + amount_msat * 25 // 1_000_000
    last = len(names) - 1
    hops = tuple(
        hop(
            name,
            amount_msat=amount_msat + fee_msat * (last - place),
            fee_msat=fee_msat if place < last else 0,
            blocks=40 if place < last else 18,
            state=states[place] if states else state,
        )
        for place, name in enumerate(names)
    )
    return PathShape(hops=hops, amount_msat=amount_msat, fee_msat=fee_msat * last, total_cltv_expiry_delta=40 * last + 18, state=state)


def invoice(**changes: object) -> InvoiceShape:
    """Bean There wants 2,500 sat within the hour."""
    ordinary = InvoiceShape(
        text=INVOICE_TEXT,
        network="regtest",
        payment_hash=PAYMENT_HASH,
        payment_secret="77" * 32,
        amount_msat=2_500_000,
        payee=PAYEE,
        payee_name="Bean There",
        description="Flat white, oat milk",
        description_hash=None,
        created_at=NOW - timedelta(minutes=1),
        expires_at=NOW + timedelta(minutes=59),
        expiry_s=3_600,
        min_final_cltv_expiry_delta=18,
        features=("var_onion_optin (required)", "payment_secret (required)", "basic_mpp (optional)"),
        route_hints=(),
    )
    return replace(ordinary, **changes)


def route(*paths: PathShape, **changes: object) -> RouteShape:
    """A route over these paths, or over the usual one."""
    ways = paths or (path(),)
    blocks = max(way.total_cltv_expiry_delta for way in ways)
    ordinary = RouteShape(
        virtues=("balanced", "cheapest"),
        paths=ways,
        fee_msat=sum(way.fee_msat for way in ways),
        chance_permille=874,
        total_cltv_expiry_delta=blocks,
        lock_time_s=blocks * 600,
        why="What weighed most here: the flat fee of every node on the way, then the number of steps, each of which can fail.",
        token="token-1",
    )
    return replace(ordinary, **changes)


def preview(*, paths: tuple[PathShape, ...] = (path(),), **changes: object) -> PreviewShape:
    """What paying Bean There would do. Without routes of their own, the one over these paths."""
    ordinary = PreviewShape(
        invoice=invoice(),
        amount_msat=2_500_000,
        fee_limit_msat=75_000,
        no_route="",
        existing_payment_id=None,
        routes=(route(*paths),) if paths else (),
    )
    return replace(ordinary, **changes)


def attempt(number: int = 1, **changes: object) -> AttemptShape:
    """A try that is on its way."""
    ordinary = AttemptShape(
        number=number,
        path=path(states=(HopState.PASSED, HopState.MOVING, HopState.UNREACHED), state=HopState.MOVING),
        state="sent",
        sentence="On its way to Bean There.",
        failure_code="",
        failing_node="",
        sent_at=NOW + timedelta(seconds=number),
        resolved_at=None,
    )
    return replace(ordinary, **changes)


def failed_attempt(number: int = 1) -> AttemptShape:
    """A try that came back from Bob."""
    return attempt(
        number,
        path=path("Alice", "Bob", "Bean There", states=(HopState.PASSED, HopState.PASSED, HopState.BROKEN), state=HopState.BROKEN),
        state="failed",
        sentence="A channel on the way could not carry this amount just now. This try came back; trying another route.",
        failure_code="temporary_channel_failure",
        failing_node="Bob",
        resolved_at=NOW + timedelta(seconds=number + 1),
    )


def good_attempt(number: int = 2) -> AttemptShape:
    """A try that arrived."""
    return attempt(
        number,
        path=path("Alice", "Carol", "Bean There", state=HopState.PASSED),
        state="succeeded",
        sentence="Arrived.",
        resolved_at=NOW + timedelta(seconds=number + 1),
    )


_STORIES: dict[str, dict[str, object]] = {
    "checking": {"headline": "Nothing has left your account yet.", "explanation": "We are looking for a way.", "attempts": ()},
    "sending": {"headline": "Your money is on its way.", "explanation": "This usually takes a second or two.", "can_stop": True},
    "stopping": {"headline": "No further tries are made.", "explanation": "What is already out may still arrive or come back."},
    "held": {
        "headline": "Held: the outcome is not known yet. Do not pay again.",
        "explanation": "A node on the way holds the money. It is either paid or comes back by itself.",
        "latest_resolution": "At the latest in about 16 hours, at block 842.",
    },
    "paid": {
        "headline": "Bean There has been paid.",
        "explanation": "The payment is complete and cannot be undone.",
        "fee_paid_msat": 1_062,
        "payment_preimage": PREIMAGE,
        "resolved_at": NOW + timedelta(seconds=3),
    },
    "failed": {
        "headline": "This payment failed. No money left your account.",
        "explanation": "We tried 1 route; all tries came back. Ask for a new invoice or try again later.",
        "reason": "retries_exhausted",
        "resolved_at": NOW + timedelta(seconds=9),
    },
}


def account(role: Role = Role.OWNER) -> AccountShape:
    """The house, to one of its members."""
    return AccountShape(id=HOUSE_ID, slug="house", name="The node", currency="", role=role, is_house=True)


def payment(status: str = "sending", **changes: object) -> PaymentShape:
    """The payment to Bean There in one of its states."""
    attempts = {"paid": (failed_attempt(), good_attempt()), "failed": (failed_attempt(),), "checking": ()}.get(
        status, (failed_attempt(), attempt(2))
    )
    ordinary = PaymentShape(
        payment_id=PAYMENT_ID,
        account_id=HOUSE_ID,
        status=status,
        reason="",
        headline="",
        explanation="",
        invoice=invoice(),
        amount_msat=2_500_000,
        fee_limit_msat=75_000,
        fee_paid_msat=None,
        payment_preimage=None,
        attempts=attempts,
        created_at=NOW,
        resolved_at=None,
        latest_resolution="",
        can_stop=False,
    )
    return replace(ordinary, **(_STORIES[status] | changes))


def row(number: int = 0, **changes: object) -> HistoryRowShape:
    """A line of the history."""
    ordinary = HistoryRowShape(
        direction="out",
        id=f"{number:064x}",
        status="paid",
        payee=PAYEE,
        payee_name="Bean There",
        description="Flat white, oat milk",
        amount_msat=2_500_000,
        fee_msat=1_062,
        who="ada",
        payment_hash="",
        payment_preimage="",
        rate=None,
        created_at=NOW - timedelta(minutes=number),
    )
    return replace(ordinary, **changes)


def balance(**changes: object) -> BalanceShape:
    """What the top bar shows."""
    return replace(BalanceShape(available_msat=1_872_400_000, held_msat=0), **changes)


def shop(**changes: object) -> ShopShape:
    """The coffee shop."""
    return replace(ShopShape(name="Bean There", slug="bean-there", node_id=PAYEE, sells="Coffee and cake"), **changes)


def shop_invoice(**changes: object) -> ShopInvoiceShape:
    """What the coffee shop was asked for, with the invoice there."""
    ordinary = ShopInvoiceShape(
        request_id="r-1",
        shop=shop(),
        invoice=INVOICE_TEXT,
        amount_msat=2_500_000,
        description="Flat white, oat milk",
        expires_at=NOW + timedelta(minutes=59),
        refusal="",
    )
    return replace(ordinary, **changes)
