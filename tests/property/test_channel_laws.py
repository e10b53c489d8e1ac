"""
A channel under every order of events: offers, answers, feerates, commitments, single messages, cuts, restarts.

The pair itself checks after every step that its state survives storage and that no commitment pays out more than was funded. Here stands
what must come of any story: every HTLC ends once, as its payee said; both ends then agree to the last satoshi; nobody ever closes.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from payments.lightning.channel.actions import ChannelFailed, IncomingHtlc, OfferRefused, OutgoingFulfilled, OutgoingRemoved
from payments.lightning.channel.channel import Connection, Phase
from payments.lightning.channel.details import balance_msat
from payments.lightning.channel.htlc import Side
from payments.lightning.channel.limits import can_afford_feerate, next_outbound_htlc_limit_msat
from payments.lightning.channel.types import ChannelType
from payments.lightning.channel.updates import send_fee_update
from payments.lightning.config import ChannelConfig
from tests.unit.lightning.channel.channel_pair import OTHER, Pair

NAMES = st.sampled_from(list(OTHER))
QUICK = settings(max_examples=100, stateful_step_count=60, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=1_500, stateful_step_count=100, deadline=None, suppress_health_check=list(HealthCheck))


class TwoEnds(RuleBasedStateMachine):
    """A pair of channels, and what was decided about each HTLC."""

    @initialize(
        channel_type=st.sampled_from(list(ChannelType)),
        capacity_sat=st.sampled_from([20_000, 100_000, 1_000_000]),
        pushed_percent=st.integers(0, 70),
        feerate_per_kw=st.sampled_from([253, 1_000, 2_500]),
        max_accepted_htlcs=st.sampled_from([2, 10, 483]),
    )
    def open(self, channel_type, capacity_sat, pushed_percent, feerate_per_kw, max_accepted_htlcs):
        config = ChannelConfig(feerate_per_kw=feerate_per_kw, max_accepted_htlcs=max_accepted_htlcs)
        self.pair = Pair(channel_type, capacity_sat=capacity_sat, push_msat=capacity_sat * pushed_percent * 10, config=config)
        self.start_msat = dict(zip(OTHER, self.pair.balances_msat, strict=True))
        self.offered = 0
        self.amounts_msat: dict[tuple[str, int], int] = {}
        self.numbers: dict[tuple[str, int], int] = {}
        self.is_paid: dict[tuple[str, int], bool] = {}

    @rule(name=NAMES, share=st.integers(1, 100))
    def offer(self, name, share):
        limit_msat = next_outbound_htlc_limit_msat(self.pair[name], self.pair.config[name])
        self._offer(name, max(1, limit_msat * share // 100))

    @rule(name=NAMES, amount_msat=st.sampled_from([1, 353_999, 354_000, 1_000_000, 2_011_500, 2_111_500]))
    def offer_little(self, name, amount_msat):
        self._offer(name, amount_msat)

    def _offer(self, name, amount_msat):
        htlc_id = self.pair[name].next_htlc_id[Side.LOCAL]
        self.offered += 1
        if any(isinstance(action, OfferRefused) for action in self.pair.offer(name, amount_msat, number=self.offered)):
            return
        self.amounts_msat[name, htlc_id], self.numbers[name, htlc_id] = amount_msat, self.offered

    @rule(data=st.data(), is_paid=st.booleans())
    def answer(self, data, is_paid):
        """A payee decides about one of the HTLCs that it was handed."""
        open_ = [key for key in self._handed_out() if key not in self.is_paid]
        if open_:
            self._answer(data.draw(st.sampled_from(open_)), is_paid=is_paid)

    def _answer(self, key, *, is_paid):
        payer, htlc_id = key
        self.is_paid[key] = is_paid
        if is_paid:
            self.pair.fulfill(OTHER[payer], htlc_id, number=self.numbers[key])
        else:
            self.pair.fail(OTHER[payer], htlc_id)

    def _handed_out(self):
        return [(payer, action.htlc.id) for payer in OTHER for action in self.pair.done(OTHER[payer], IncomingHtlc)]

    @precondition(lambda self: self.pair["alice"].connection is Connection.ONLINE)
    @rule(feerate_per_kw=st.integers(253, 6_000))
    def change_feerate(self, feerate_per_kw):
        if can_afford_feerate(self.pair["alice"], feerate_per_kw):
            self.pair.act("alice", send_fee_update, feerate_per_kw)

    @rule(name=NAMES)
    def commit(self, name):
        self.pair.commit(name)

    @rule(name=NAMES, count=st.integers(1, 4))
    def deliver(self, name, count):
        for _ in range(count):
            if self.pair.wire[name]:
                self.pair.deliver(name)

    @rule()
    def come_to_rest(self):
        if self.pair["alice"].connection is Connection.OFFLINE:
            self.pair.reconnect()
        self.pair.exchange()

    @rule(restarted=st.sampled_from([None, *OTHER]), is_mended=st.booleans())
    def cut(self, restarted, is_mended):
        self.pair.reload(restarted) if restarted else self.pair.cut()
        if is_mended:
            self.pair.reconnect()

    @invariant()
    def nobody_closes(self):
        if not hasattr(self, "pair"):
            return
        assert [] == [action for name in OTHER for action in self.pair.done(name, ChannelFailed)]
        assert {Phase.NORMAL} == {end.phase for end in self.pair.ends.values()}

    @invariant()
    def no_htlc_is_handed_out_or_removed_twice(self):
        if not hasattr(self, "pair"):
            return
        handed_out = self._handed_out()
        assert len(handed_out) == len(set(handed_out))
        for name in OTHER:
            removed = [action.htlc.id for action in self.pair.done(name, OutgoingRemoved)]
            assert len(removed) == len(set(removed))

    def teardown(self):
        """Let the story end: everything is answered, and both ends agree about all of it."""
        if not hasattr(self, "pair"):
            return
        self.come_to_rest()
        for key in self._handed_out():
            if key not in self.is_paid:
                self._answer(key, is_paid=key[1] % 2 == 0)
        self.come_to_rest()
        self.pair.check_agreement()
        assert all(end.htlcs == () for end in self.pair.ends.values())
        assert set(self.is_paid) == set(self.amounts_msat)
        for name in OTHER:
            earned = sum(self.amounts_msat[key] for key, is_paid in self.is_paid.items() if is_paid and key[0] != name)
            spent = sum(self.amounts_msat[key] for key, is_paid in self.is_paid.items() if is_paid and key[0] == name)
            assert self.start_msat[name] + earned - spent == balance_msat(self.pair[name])
            told = {action.htlc.id for action in self.pair.done(name, OutgoingFulfilled)}
            assert told == {htlc_id for (payer, htlc_id), is_paid in self.is_paid.items() if is_paid and payer == name}


def test_any_story_of_a_channel_ends_well():
    run_state_machine_as_test(TwoEnds, settings=QUICK)


@pytest.mark.heavy
@pytest.mark.timeout(3_600)
def test_very_many_stories_of_a_channel_end_well():
    run_state_machine_as_test(TwoEnds, settings=LONG)
