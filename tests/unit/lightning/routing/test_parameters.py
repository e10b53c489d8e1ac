"""The question to the router: limits that are always there."""

from __future__ import annotations

import msgspec
import pytest

from payments.lightning.ids import PaymentHash, PaymentSecret
from payments.lightning.invoice.invoice import HintHop, Invoice, RouteHint
from payments.lightning.invoice.network import Network
from payments.lightning.routing.parameters import PaymentParameters, RouteParameters, default_fee_limit_msat
from tests.graphs import node, scid, wish

HINT = RouteHint(
    hops=(HintHop(node_id=node("bob"), short_channel_id=scid(7), fee_base_msat=1, fee_proportional_millionths=2, cltv_expiry_delta=3),)
)
INVOICE = Invoice(
    network=Network.REGTEST,
    created_at_s=1_700_000_000,
    payment_hash=PaymentHash(bytes(32)),
    payment_secret=PaymentSecret(bytes(32)),
    amount_msat=2_500_000,
    features=frozenset({8, 14, 17}),
    route_hints=(HINT,),
    min_final_cltv_expiry_delta=18,
    text="lnbcrt",
    payee=node("carol"),
    signature=bytes(65),
)


@pytest.mark.parametrize(("amount_msat", "limit_msat"), [(1, 50_000), (100_000_000, 1_050_000), (99, 50_000)])
def test_routing_may_cost_one_percent_and_fifty_sat(amount_msat: int, limit_msat: int) -> None:
    assert limit_msat == default_fee_limit_msat(amount_msat)


def test_an_invoice_becomes_a_question() -> None:
    assert RouteParameters(
        payment_params=PaymentParameters(
            payee=node("carol"), features=frozenset({8, 14, 17}), route_hints=(HINT,), final_cltv_expiry_delta=21
        ),
        final_value_msat=2_500_000,
        max_total_routing_fee_msat=75_000,
    ) == RouteParameters.from_invoice(INVOICE)


def test_the_payer_may_name_amount_and_limit() -> None:
    params = RouteParameters.from_invoice(INVOICE, amount_msat=3_000_000, max_total_routing_fee_msat=0)
    assert (3_000_000, 0) == (params.final_value_msat, params.max_total_routing_fee_msat)


def test_an_invoice_that_leaves_the_amount_open_needs_one() -> None:
    open_invoice = msgspec.structs.replace(INVOICE, amount_msat=None)
    assert 7 == RouteParameters.from_invoice(open_invoice, amount_msat=7).final_value_msat
    with pytest.raises(ValueError, match="without an amount"):
        RouteParameters.from_invoice(open_invoice)


def test_a_failed_channel_is_added_to_those_before() -> None:
    params = wish("carol", 1).without(scid(1)).without(scid(2))
    assert {scid(1), scid(2)} == params.payment_params.previously_failed_channels
