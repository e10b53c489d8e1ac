"""
Bugs that somebody might really write, each with the tests that must notice it.

A bug is a few replacements in the tree as it stands; a text that is not there exactly once is an error, so that no bug is ever tried that
was not made. The tests are the nearest ones: that something somewhere fails is not enough.
"""

from __future__ import annotations

from tests.sabotage.bug import Bug, Change, bug, lines
from tests.sabotage.bugs_of_decisions import DECISIONS
from tests.sabotage.bugs_of_programs import PROGRAMS
from tests.sabotage.bugs_of_rules import RULES

_CRASH = "tests/crash/test_every_store_write.py"
_OLD_COPIES = "tests/crash/test_old_copies.py"
_CHANNEL = "tests/unit/lightning/channel"


ENGINE_HOST = (
    bug(
        "messages leave although their commit failed",
        (
            "payments/nodes/engine.py",
            "no turn is taken before it was\n            self._load()\n",
            "no turn is taken before it was\n            self._is_ahead_of_disk = False\n",
        ),
        caught_by=f"{_CRASH}|-k|wherever",
    ),
    bug(
        "messages leave when the database stays away after a failed commit",
        ("payments/nodes/engine.py", "        if self._is_ahead_of_disk:\n            self._load()\n", ""),
        ("payments/nodes/engine.py", "return not self._is_ahead_of_disk and self._network", "return self._network"),
        caught_by="tests/crash/test_database_stays_away.py",
    ),
    bug(
        "a turn is stored statement by statement",
        (
            "payments/nodes/engine.py",
            "        with transaction.atomic(durable=True):\n            self._lease.check()\n            self._store(",
            "        if self._lease.check() is None:\n            self._store(",
        ),
        caught_by=f"{_CRASH}|-k|wherever",
    ),
    bug(
        "a command is marked done before the turn that fulfils it is stored",
        ("payments/nodes/engine.py", "            clerk.mark_done()\n", ""),
        ("payments/nodes/engine.py", "        self._mischief.keep_up()\n", "        self._mischief.keep_up()\n        clerk.mark_done()\n"),
        caught_by=f"{_CRASH}|-k|wherever",
    ),
    bug(
        "the events of a turn are stored in a commit of their own",
        (
            "payments/nodes/engine.py",
            "            self._store(effects, events=[*clerk.events, *self._own_events(effects)])\n            clerk.mark_done()\n",
            lines(
                "            self._store(effects, events=[])",
                "            clerk.mark_done()",
                "        for event in [*clerk.events, *self._own_events(effects)]:",
                "            EngineEvent.objects.create(kind=type(event).__name__, body=msgpack.encode(event))",
            ),
        ),
        caught_by=f"{_CRASH}|-k|wherever",
    ),
    bug(
        "the lease is not checked",
        ("payments/nodes/engine.py", "            self._lease.check()\n            self._store(effects", "            self._store(effects"),
        caught_by="tests/crash/test_deposed_engine.py",
    ),
    bug(
        "what the engine has forgotten stays on the disk",
        (
            "payments/nodes/store.py",
            "for write in writes if write.value is None]",
            "for write in writes if write.value is None and not write.key]",
        ),
        caught_by=f"{_CRASH}|-k|wherever",
    ),
)

BOOKS = (
    bug(
        "an event is marked handled before its effects",
        (
            "payments/services/record_event.py",
            "        with transaction.atomic():\n            guard()\n            return _record(commands, events)",
            "        if guard() is None:\n            return _record(commands, events)",
        ),
        caught_by=f"{_CRASH}|-k|wherever",
    ),
    bug(
        "a settle event is booked each time it is told",
        ("payments/services/event_bookings.py", "        if entry.key in self._booked:\n            return\n", ""),
        (
            "payments/services/book_entry.py",
            "            key=booking.entry.key,",
            '            key=f"{booking.entry.key}/{booking.event_id}",',
        ),
        caught_by="tests/unit/services/test_record_event.py",
    ),
    bug(
        "a stale failure takes back a success",
        ("payments/services/record_event.py", " and payments.is_paid(payment_id):\n        return None\n", ":\n        pass\n"),
        (
            "payments/services/payments_at_hand.py",
            "        if payment.payment_preimage is None and not payment.reason:\n",
            "        if not payment.reason:\n            payment.payment_preimage = None\n",
        ),
        caught_by="tests/unit/services/test_record_event.py",
    ),
    bug(
        "a late success is ignored",
        (
            "payments/services/payments_at_hand.py",
            "        if payment.payment_preimage is None:\n",
            "        if payment.payment_preimage is None and not payment.reason:\n",
        ),
        caught_by="tests/unit/services/test_record_event.py",
    ),
    bug(
        "a proof is not compared with its hash",
        (
            "payments/services/payments_at_hand.py",
            '            assert hashlib.sha256(event.payment_preimage).digest() == event.payment_hash, "paid without a proof"\n',
            "            hashlib.sha256(event.payment_preimage)\n",
        ),
        caught_by="tests/unit/services/test_record_event.py",
    ),
    bug(
        "an unanswered HTLC counts as failed once nothing more is tried",
        (
            "payments/lightning/payment/status.py",
            "        return PaymentStatus.STOPPING if given_up else PaymentStatus.SENDING\n",
            "        return PaymentStatus.FAILED if given_up else PaymentStatus.SENDING\n",
        ),
        caught_by="tests/unit/lightning/payment/test_status.py|tests/unit/services/test_record_event.py",
    ),
    bug(
        "the hold, the payment and the command are three commits",
        (
            "payments/services/pay_invoice.py",
            "        with transaction.atomic():\n            begin_payment(",
            "        if True:\n            begin_payment(",
        ),
        caught_by=f"{_CRASH}|-k|wherever",
    ),
    bug(
        "a settle event pays every payment of its hash",
        (
            "payments/services/payments_at_hand.py",
            "            payment.fee_paid_msat, payment.resolved_at = event.fee_paid_msat, told_at\n",
            lines(
                "            payment.fee_paid_msat, payment.resolved_at = event.fee_paid_msat, told_at",
                "            same = PaymentRecord.objects.filter(payment_hash=event.payment_hash.hex())",
                "            same.update(payment_preimage=payment.payment_preimage, fee_paid_msat=event.fee_paid_msat)",
            ),
        ),
        caught_by=f"{_CRASH}|-k|wherever and again",
    ),
    bug(
        "a fee limit in satoshi is taken for one in millisatoshi",
        (
            "payments/nodes/command_queue.py",
            "max_total_routing_fee_msat=order.fee_limit_msat",
            "max_total_routing_fee_msat=order.fee_limit_msat * 1_000",
        ),
        caught_by=f"{_CRASH}|-k|wherever",
    ),
    bug(
        "a fee limit below zero passes",
        (
            "payments/queries/terms.py",
            "if chosen_msat is not None and chosen_msat < 0:",
            "if chosen_msat is not None and chosen_msat < -1:",
        ),
        caught_by="tests/unit/services/test_pay_invoice.py",
    ),
    bug(
        "the balance is read first and changed afterwards",
        ("payments/services/book_entry.py", "-change_msat if account in NEVER_NEGATIVE else _ANYTHING_MSAT", "_ANYTHING_MSAT"),
        caught_by="tests/unit/services/test_pay_invoice.py",
    ),
)

PAYMENTS = (
    bug(
        "an invoice is paid again under another id",
        ("payments/lightning/manager/sending.py", " or payment.payment_hash in self._by_hash:", ":"),
        caught_by="tests/network/test_never_twice.py",
    ),
    bug(
        "a restart forgets which invoices were paid",
        (
            "payments/lightning/manager/sending.py",
            "for payment in self._state.payments if payment.status is not PaymentStatus.FAILED",
            "for payment in ()",
        ),
        caught_by="tests/network/test_never_twice.py",
    ),
    bug(
        "each try has the whole fee limit again",
        (
            "payments/lightning/payment/outbound.py",
            "self.params.max_total_routing_fee_msat - self.fee_committed_msat",
            "self.params.max_total_routing_fee_msat",
        ),
        (
            "payments/lightning/payment/outbound.py",
            "        assert started.fee_committed_msat <= self.params.max_total_routing_fee_msat,",
            "        assert started.fee_committed_msat >= 0,",
        ),
        caught_by="tests/unit/lightning/payment/test_outbound.py|tests/network/test_parts_of_a_payment.py",
    ),
    bug(
        "an invoice that has run out gives the money back while some of it is out",
        (
            "payments/lightning/manager/sending.py",
            "if payment.status is not PaymentStatus.FAILED:",
            "if payment.status is not PaymentStatus.FAILED and not payment.is_expired(self._state.clock.now_ms()):",
        ),
        caught_by="tests/network/test_multi_part.py|-k|run_out",
    ),
    bug(
        "fees are rounded up",
        ("payments/lightning/units.py", "amount_msat * fee_ppm // 1_000_000", "-(-amount_msat * fee_ppm // 1_000_000)"),
        caught_by="tests/unit/lightning/payment/test_forwarding.py|tests/unit/lightning/routing/test_router.py|tests/unit/lightning/routing/test_route.py",
    ),
    bug(
        "a node forwards for less than it asks",
        (
            "payments/lightning/payment/forwarding.py",
            "if amount_msat < payload.amt_to_forward_msat + fee_msat:",
            "if amount_msat < payload.amt_to_forward_msat:",
        ),
        caught_by="tests/unit/lightning/payment/test_forwarding.py",
    ),
    bug(
        "a failure goes upstream before it is irrevocable",
        (
            "payments/lightning/channel/updates.py",
            "    return Step(channel=with_htlc(channel, removed))\n",
            "    return Step(channel=with_htlc(channel, removed), actions=(OutgoingRemoved(htlc=removed),))\n",
        ),
        ("payments/lightning/channel/updates.py", "OfferRefused, OutgoingFulfilled,", "OfferRefused, OutgoingFulfilled, OutgoingRemoved,"),
        caught_by="tests/unit/lightning/manager/test_relaying.py|tests/network/test_tries_another_way.py",
    ),
)

CHANNELS = (
    bug(
        "a preimage is believed",
        (
            "payments/lightning/channel/updates.py",
            "    if sha256(message.payment_preimage) != htlc.payment_hash:\n        raise PreimageMismatch(htlc_id=message.id)\n",
            "",
        ),
        caught_by=f"{_CHANNEL}/test_machine.py",
    ),
    bug(
        "a revocation secret is believed",
        (
            "payments/lightning/channel/exchange.py",
            "    if not _is_secret_of(message.per_commitment_secret, channel.remote_point):\n",
            "    if not message.per_commitment_secret:\n",
        ),
        caught_by=f"{_CHANNEL}/test_machine.py",
    ),
    bug(
        "a signature on our commitment is not checked",
        (
            "payments/lightning/channel/exchange.py",
            "    verify_commitment(build_commitment(spec), spec, signature=message.signature, htlc_signatures=message.htlc_signatures)\n",
            "    build_commitment(spec)\n",
        ),
        caught_by=f"{_CHANNEL}/test_machine.py",
    ),
    bug(
        "the peer may spend its reserve",
        (
            "payments/lightning/channel/limits.py",
            "    needed_msat = channel.terms.remote.channel_reserve_sat * MSAT_PER_SAT\n",
            "    needed_msat = 0\n",
        ),
        caught_by=f"{_CHANNEL}/test_limits.py",
    ),
    bug(
        "an HTLC is acted on while it can still disappear",
        ("payments/lightning/channel/exchange.py", " and not htlc.handled and is_locked_in(channel, htlc):", " and not htlc.handled:"),
        caught_by=f"{_CHANNEL}/test_exchange.py",
    ),
    bug(
        "an HTLC is handed out again with the next commitment",
        (
            "payments/lightning/channel/exchange.py",
            "htlc = replace(htlc, handled=True, received_at_ms",
            "htlc = replace(htlc, received_at_ms",
        ),
        caught_by="tests/network/test_many_at_once.py|tests/network/test_scenarios.py",
    ),
    bug(
        "what was signed before a cut is not sent again",
        (
            "payments/lightning/channel/reestablish.py",
            "    commitment = _commitment_again(online) if lost_commitment else []\n",
            "    commitment = []\n",
        ),
        caught_by=f"{_CRASH}|{_CHANNEL}/test_reestablish.py",
    ),
    bug(
        "who lost data publishes what it remembers",
        (
            "payments/lightning/channel/reestablish.py",
            "    if message.next_revocation_number > channel.local_number:\n        return _we_are_behind(channel, message)\n",
            "",
        ),
        caught_by=f"{_OLD_COPIES}|{_CHANNEL}/test_reestablish.py",
    ),
    bug(
        "what became of an HTLC is guessed after data were lost",
        (
            "payments/lightning/onchain/resolution.py",
            "case.published.kind is Kind.FUTURE and not htlc.is_fulfilled",
            "case.published.kind is Kind.FUTURE and htlc.is_fulfilled",
        ),
        caught_by=_OLD_COPIES,
    ),
    bug(
        "an onion is not authenticated",
        ("payments/lightning/onion/packet.py", "    if not hmac.compare_digest(expected, tag):\n", "    if len(expected) != len(tag):\n"),
        caught_by="tests/unit/lightning/onion/test_packet.py",
    ),
    bug(
        "an onion is not bound to its payment hash",
        (
            "payments/lightning/onion/packet.py",
            'next_hmac = authenticate(derive_key("mu", secret), hop_payloads + associated_data)',
            'next_hmac = authenticate(derive_key("mu", secret), hop_payloads)',
        ),
        (
            "payments/lightning/onion/packet.py",
            'expected = authenticate(derive_key("mu", secret), hop_payloads + associated_data)',
            'expected = authenticate(derive_key("mu", secret), hop_payloads)',
        ),
        caught_by="tests/unit/lightning/onion/test_packet.py",
    ),
    bug(
        "a failure is believed whoever wrote it",
        (
            "payments/lightning/onion/failure.py",
            "if hmac.compare_digest(expected, reason[:_HMAC_LENGTH]) and hop_index",
            "if len(expected) == _HMAC_LENGTH and hop_index",
        ),
        caught_by="tests/unit/lightning/onion/test_failure.py",
    ),
)

BUGS = (*ENGINE_HOST, *BOOKS, *PAYMENTS, *CHANNELS, *DECISIONS, *RULES, *PROGRAMS)

__all__ = ["BUGS", "Bug", "Change"]
