"""An engine that somebody else has replaced while it slept writes nothing any more and stops."""

from __future__ import annotations

import pytest

from payments.models import EngineCommand, EngineEvent, EngineState
from payments.nodes.errors import EngineDeposed
from payments.nodes.lease import Lease
from payments.services.pay_invoice import pay_invoice
from tests.crash.points import CrashPoints
from tests.crash.scenario import AMOUNT_MSAT, ONE_WAY, OURS
from tests.crash.world import in_world

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_deposed_engine_carries_out_nothing():
    with in_world(ONE_WAY, CrashPoints()) as world:
        text = world.invoice("shop", AMOUNT_MSAT)
        Lease(take_over=True)
        pay_invoice(text, payment_id=OURS.hex())
        before = [list(model.objects.values()) for model in (EngineState, EngineEvent)]

        with pytest.raises(EngineDeposed):
            world.host.take_turn()

        assert EngineCommand.State.QUEUED == EngineCommand.objects.get().state
        assert before == [list(model.objects.values()) for model in (EngineState, EngineEvent)]
