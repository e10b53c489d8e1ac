// A real LDK node (npm lightningdevkit, LDK compiled to WASM) on 127.0.0.1, driven by JSON lines: commands on stdin, answers and events on
// stdout. No bitcoind: blocks and transactions are handed in through LDK's own Confirm interface, what it broadcasts comes out as an event.
//
//   node ldk_peer.mjs '{"packages": "/folder/with/node_modules", "seed": 7, "anchors": true}'
//   > {"id": 1, "do": "invoice", "msat": 1000}      < {"id": 1, "ok": {"invoice": "lnbcrt..."}}      < {"event": "PaymentClaimed", ...}
//
// Traps of the bindings: what is passed into a call is moved, so every call gets fresh objects; errors are results, not exceptions; unsigned
// numbers of 16, 32 and 64 bits may come out as negative ones.
import { createHash } from 'crypto';
import * as fs from 'fs';
import * as net from 'net';
import { createRequire } from 'module';
import * as path from 'path';
import * as readline from 'readline';

const settings = JSON.parse(process.argv[2]);
const require = createRequire(path.join(settings.packages, 'package.json'));
const ldk = await import(require.resolve('lightningdevkit'));
await ldk.initializeWasmFromBinary(fs.readFileSync(path.join(settings.packages, 'node_modules/lightningdevkit/liblightningjs.wasm')));

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const bin = (text) => Uint8Array.from(Buffer.from(text, 'hex'));
const say = (value) => process.stdout.write(JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? Number(v) : v)) + '\n');
const some = (option) => (option && 'some' in option ? option.some : null);
const id = (channelId) => hex(channelId.get_a());
const now = () => Math.floor(Date.now() / 1000);
const idOf = (text) => ldk.ChannelId.constructor_new(bin(text));
const taken = (result, what) => {
  if (result.is_ok()) return result.res;
  const error = result.err;
  throw new Error(what + ': ' + (error?.err ?? error?.constructor?.name ?? error) + (typeof error?.to_str === 'function' ? ' ' + error.to_str() : ''));
};

// ---- the node
let feerate = settings.feerate_per_kw ?? 253;
const estimator = ldk.FeeEstimator.new_impl({ get_est_sat_per_1000_weight: () => feerate });
const broadcaster = ldk.BroadcasterInterface.new_impl({ broadcast_transactions: (all) => all.forEach((raw) => say({ event: 'Broadcast', transaction: hex(raw) })) });
const logger = ldk.Logger.new_impl({ log(record) { if (record.get_level() >= (settings.log_level ?? 4)) console.error(`${record.get_module_path()}: ${record.get_args()}`); } });
const stored = ldk.ChannelMonitorUpdateStatus.LDKChannelMonitorUpdateStatus_Completed;
const disk = new Map();
const keep = (outpoint, watched) => { if (settings.state) disk.set(hex(outpoint.write()), hex(watched.write())); return stored; };
const persist = ldk.Persist.new_impl({ persist_new_channel: keep, update_persisted_channel: (outpoint, _, watched) => keep(outpoint, watched), archive_persisted_channel: (outpoint) => { disk.delete(hex(outpoint.write())); } });
const monitor = ldk.ChainMonitor.constructor_new(ldk.Option_FilterZ.constructor_none(), broadcaster, logger, estimator, persist);
// LDK draws its randomness from the moment of its start: the second alone would give the hashes of before to one that restarts within it.
const keys = ldk.KeysManager.constructor_new(new Uint8Array(32).fill(settings.seed), BigInt(now()), Number(process.hrtime.bigint() % 1_000_000_000n));
const network = ldk.Network.LDKNetwork_Regtest;
const graph = ldk.NetworkGraph.constructor_new(network, logger);
const scorer = ldk.ProbabilisticScorer.constructor_new(ldk.ProbabilisticScoringDecayParameters.constructor_default(), graph, logger);
const score = ldk.MultiThreadedLockableScore.constructor_new(scorer.as_Score()).as_LockableScore();
const router = ldk.DefaultRouter.constructor_new(graph, logger, keys.as_EntropySource(), score, ldk.ProbabilisticScoringFeeParameters.constructor_default());
const messageRouter = ldk.DefaultMessageRouter.constructor_new(graph, keys.as_EntropySource());

const config = ldk.UserConfig.constructor_default();
const handshake = config.get_channel_handshake_config();
handshake.set_minimum_depth(settings.minimum_depth ?? 1);
handshake.set_negotiate_anchors_zero_fee_htlc_tx(settings.anchors ?? false);
handshake.set_max_inbound_htlc_value_in_flight_percent_of_channel(settings.in_flight_percent ?? 100);
handshake.set_our_to_self_delay(settings.to_self_delay ?? 144);
handshake.set_our_htlc_minimum_msat(BigInt(settings.htlc_minimum_msat ?? 1));
handshake.set_announce_for_forwarding(settings.announced ?? false);
config.set_channel_handshake_config(handshake);
const limits = config.get_channel_handshake_limits();
limits.set_force_announced_channel_preference(false);
config.set_channel_handshake_limits(limits);
const channelConfig = config.get_channel_config();
channelConfig.set_max_dust_htlc_exposure(ldk.MaxDustHTLCExposure.constructor_fixed_limit_msat(BigInt(settings.max_dust_exposure_msat ?? 5_000_000)));
channelConfig.set_forwarding_fee_base_msat(settings.fee_base_msat ?? 1_000);
channelConfig.set_cltv_expiry_delta(settings.cltv_expiry_delta ?? 72);
config.set_channel_config(channelConfig);
config.set_accept_forwards_to_priv_channels(true);
config.set_manually_accept_inbound_channels(true);
const best = ldk.ChainParameters.constructor_new(network, ldk.BestBlock.constructor_from_network(network));
// With `state`, the name of a file, the node goes on from what `save` wrote there. The manager reads its own copies of the monitors.
const saved = settings.state && fs.existsSync(settings.state) ? JSON.parse(fs.readFileSync(settings.state)) : null;
const readMonitors = () => saved.monitors.map((bytes) => taken(ldk.UtilMethods.constructor_C2Tuple_ThirtyTwoBytesChannelMonitorZ_read(bin(bytes), keys.as_EntropySource(), keys.as_SignerProvider()), 'monitor').get_b());
const manager = saved
  ? taken(ldk.UtilMethods.constructor_C2Tuple_ThirtyTwoBytesChannelManagerZ_read(bin(saved.manager), keys.as_EntropySource(), keys.as_NodeSigner(), keys.as_SignerProvider(), estimator, monitor.as_Watch(), broadcaster, router.as_Router(), messageRouter.as_MessageRouter(), logger, config, readMonitors()), 'manager').get_b()
  : ldk.ChannelManager.constructor_new(estimator, monitor.as_Watch(), broadcaster, router.as_Router(), messageRouter.as_MessageRouter(), logger, keys.as_EntropySource(), keys.as_NodeSigner(), keys.as_SignerProvider(), config, best, now());
if (saved) for (const watched of readMonitors()) taken(monitor.as_Watch().watch_channel(watched.get_funding_txo().get_a(), watched), 'watch');
const ignoring = ldk.IgnoringMessageHandler.constructor_new();
const peers = ldk.PeerManager.constructor_new(manager.as_ChannelMessageHandler(), ignoring.as_RoutingMessageHandler(), ignoring.as_OnionMessageHandler(), ignoring.as_CustomMessageHandler(), now(), keys.as_EntropySource().get_secure_random_bytes(), logger, keys.as_NodeSigner());

// ---- its sockets (the package's own net module never writes again once a socket's buffer was full)
let descriptors = 0n;
const attach = (socket) => {
  const number = descriptors++;
  let full = false;
  socket.setNoDelay(true);
  const descriptor = ldk.SocketDescriptor.new_impl({
    send_data(data, resume) {
      if (resume) socket.resume();
      if (full) return 0;
      full = !socket.write(data);
      return data.length;
    },
    disconnect_socket: () => socket.destroy(),
    eq: (other) => other.hash() === number,
    hash: () => number,
  });
  socket.on('drain', () => { full = false; if (!peers.write_buffer_space_avail(descriptor).is_ok()) socket.destroy(); });
  socket.on('data', (data) => {
    const read = peers.read_event(descriptor, data);
    if (!read.is_ok()) socket.destroy();
    else if (read.res) socket.pause();
    work();
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', () => { peers.socket_disconnected(descriptor); work(); });
  return descriptor;
};
const address = ldk.Option_SocketAddressZ.constructor_none;
const server = net.createServer((socket) => { if (!peers.new_inbound_connection(attach(socket), address()).is_ok()) socket.destroy(); });
await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

// ---- what happens in it
let claiming = true;
const held = new Map();
const described = {
  PaymentClaimable(e, o) {
    Object.assign(o, { payment_hash: hex(e.payment_hash), amount_msat: e.amount_msat });
    const preimage = some(e.purpose.preimage());
    if (preimage) held.set(o.payment_hash, preimage);
    o.preimage = preimage && hex(preimage);
    if (claiming && preimage) setImmediate(() => { manager.claim_funds(preimage); work(); });
  },
  PaymentClaimed: (e, o) => Object.assign(o, { payment_hash: hex(e.payment_hash), amount_msat: e.amount_msat, parts: e.htlcs.length }),
  PaymentSent: (e, o) => Object.assign(o, { payment_hash: hex(e.payment_hash), preimage: hex(e.payment_preimage), fee_msat: some(e.fee_paid_msat) }),
  PaymentFailed: (e, o) => Object.assign(o, { payment_hash: hex(some(e.payment_hash)), reason: ldk.PaymentFailureReason[some(e.reason)].replace('LDKPaymentFailureReason_', '') }),
  PaymentPathFailed: (e, o) => Object.assign(o, { payment_hash: hex(e.payment_hash), permanent: e.payment_failed_permanently, scid: some(e.short_channel_id)?.toString() ?? null }),
  PaymentForwarded: (e, o) => Object.assign(o, { fee_msat: some(e.total_fee_earned_msat), amount_msat: some(e.outbound_amount_forwarded_msat) }),
  HTLCHandlingFailed: (e, o) => Object.assign(o, { destination: e.failed_next_destination.constructor.name.replace('HTLCDestination_', '') }),
  PendingHTLCsForwardable: () => setImmediate(() => { manager.process_pending_htlc_forwards(); work(); }),
  OpenChannelRequest(e, o) {
    const accept = settings.zero_conf ? 'accept_inbound_channel_from_trusted_peer_0conf' : 'accept_inbound_channel';
    o.accepted = manager[accept](e.temporary_channel_id, e.counterparty_node_id, 1n).is_ok();
  },
  FundingGenerationReady: (e, o) => Object.assign(o, { temporary_channel_id: id(e.temporary_channel_id), peer: hex(e.counterparty_node_id), capacity_sat: e.channel_value_satoshis, script: hex(e.output_script) }),
  ChannelPending: (e, o) => Object.assign(o, { channel_id: id(e.channel_id), txid: hex(e.funding_txo.get_txid()), output_index: e.funding_txo.get_index() }),
  ChannelReady: (e, o) => Object.assign(o, { channel_id: id(e.channel_id) }),
  ChannelClosed: (e, o) => Object.assign(o, { channel_id: id(e.channel_id), reason: e.reason.constructor.name.replace('ClosureReason_', ''), message: e.reason.peer_msg?.get_a?.() ?? e.reason.err ?? null }),
  BumpTransaction(e, o) { if (e.bump_transaction.commitment_tx) o.transaction = hex(e.bump_transaction.commitment_tx); },
};
const handler = ldk.EventHandler.new_impl({
  handle_event(event) {
    const name = event.constructor.name.replace('Event_', '');
    const told = { event: name };
    try { described[name]?.(event, told); } catch (error) { told.broken = String(error.stack); }
    say(told);
    return ldk.Result_NoneReplayEventZ.constructor_ok();
  },
});
let connected = '';
const work = () => {
  peers.process_events();
  manager.as_EventsProvider().process_pending_events(handler);
  monitor.as_EventsProvider().process_pending_events(handler);
  peers.process_events();
  const now = JSON.stringify(peers.list_peers().map((peer) => hex(peer.get_counterparty_node_id())).sort());
  if (now !== connected) say({ event: 'Peers', peers: JSON.parse((connected = now)) });
};
setInterval(work, 20);

// ---- its chain: headers without work, which Confirm does not look at
const dsha = (bytes) => createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest();
let height = manager.current_best_block().get_height(), previous = manager.current_best_block().get_block_hash(), tip = saved?.tip ?? '';
if (tip) monitor.as_Confirm().best_block_updated(bin(tip), height);
const confirm = (transactions, time = now()) => {
  const header = new Uint8Array(80);
  header.set(previous, 4);
  new DataView(header.buffer).setUint32(68, time, true);
  new DataView(header.buffer).setUint32(76, ++height, true);
  previous = Uint8Array.from(dsha(header));
  tip = hex(header);
  const both = [manager.as_Confirm(), monitor.as_Confirm()];
  const placed = () => transactions.map((raw, index) => ldk.TwoTuple_usizeTransactionZ.constructor_new(1 + index, bin(raw)));
  if (transactions.length) both.forEach((to) => to.transactions_confirmed(header, placed(), height));
  both.forEach((to) => to.best_block_updated(header, height));
};

// ---- what it is told to do
const number = (value) => (value == null ? ldk.Option_u64Z.constructor_none() : ldk.Option_u64Z.constructor_some(BigInt(value)));
const paymentOf = (order) => {
  const invoice = taken(ldk.Bolt11Invoice.constructor_from_str(order.invoice), 'invoice');
  const open = some(invoice.amount_milli_satoshis()) === null;
  const made = open ? ldk.UtilMethods.constructor_payment_parameters_from_variable_amount_invoice(invoice, BigInt(order.msat)) : ldk.UtilMethods.constructor_payment_parameters_from_invoice(invoice);
  const tuple = taken(made, 'parameters');
  return { hash: tuple.get_a(), onion: tuple.get_b(), params: tuple.get_c() };
};
const describe = (text) => {
  const parsed = ldk.Bolt11Invoice.constructor_from_str(text);
  if (!parsed.is_ok()) return { error: parsed.err.constructor.name + ' ' + (parsed.err.to_str?.() ?? '') };
  const invoice = parsed.res;
  const words = invoice.into_signed_raw().raw_invoice();
  return {
    payment_hash: hex(invoice.payment_hash()),
    payment_secret: hex(invoice.payment_secret()),
    payee: hex(invoice.recover_payee_pub_key()),
    amount_msat: some(invoice.amount_milli_satoshis()),
    created_at_s: invoice.duration_since_epoch(),
    expiry_s: invoice.expiry_time(),
    min_final_cltv_expiry_delta: invoice.min_final_cltv_expiry_delta(),
    description: words.description()?.to_str?.() ?? null,
    metadata: ((data) => (data === null ? null : hex(data)))(some(invoice.payment_metadata())),
    fallbacks: invoice.fallback_addresses(),
    hints: invoice.route_hints().map((hint) => hint.get_a().map((hop) => [
      hex(hop.get_src_node_id()), BigInt.asUintN(64, hop.get_short_channel_id()).toString(), hop.get_fees().get_base_msat() >>> 0, hop.get_fees().get_proportional_millionths() >>> 0, hop.get_cltv_expiry_delta() & 0xffff,
    ])),
  };
};
const find = (channelId) => manager.list_channels().find((channel) => id(channel.get_channel_id()) === channelId);
const commands = {
  block(order) { for (let i = 0; i < (order.count ?? 1); i++) confirm(i === 0 ? (order.transactions ?? []) : [], order.time_s); return { height }; },
  invoice(order) {
    const description = ldk.Bolt11InvoiceDescription.constructor_direct(taken(ldk.Description.constructor_new(order.description ?? 'coffee'), 'description'));
    const expiry = ldk.Option_u32Z.constructor_some(order.expiry_s ?? 3600);
    const final = order.min_final_cltv_expiry_delta == null ? ldk.Option_u16Z.constructor_none() : ldk.Option_u16Z.constructor_some(order.min_final_cltv_expiry_delta);
    const made = manager.create_bolt11_invoice(number(order.msat), description, expiry, final, ldk.Option_ThirtyTwoBytesZ.constructor_none());
    return { invoice: taken(made, 'invoice').to_str() };
  },
  pay(order) {
    const { hash, onion, params } = paymentOf(order);
    if (order.fee_limit_msat != null) params.set_max_total_routing_fee_msat(number(order.fee_limit_msat));
    const payment = hex(hash);
    const sent = manager.send_payment(hash, onion, bin(order.payment_id ?? payment), params, ldk.Retry.constructor_attempts(order.attempts ?? 0));
    return { payment_hash: payment, refusal: sent.is_ok() ? null : ldk.RetryableSendFailure[sent.err].replace('LDKRetryableSendFailure_', '') };
  },
  keysend(order) {
    const preimage = bin(order.preimage);
    const params = ldk.RouteParameters.constructor_from_payment_params_and_value(ldk.PaymentParameters.constructor_for_keysend(bin(order.node_id), 40, false), BigInt(order.msat));
    const sent = manager.send_spontaneous_payment(ldk.Option_ThirtyTwoBytesZ.constructor_some(preimage), ldk.RecipientOnionFields.constructor_spontaneous_empty(), bin(order.preimage), params, ldk.Retry.constructor_attempts(0));
    return { payment_hash: hex(taken(sent, 'keysend')) };
  },
  hold() { claiming = false; return {}; },
  claim(order) { claiming = order.payment_hash === undefined; if (order.payment_hash) manager.claim_funds(order.preimage ? bin(order.preimage) : held.get(order.payment_hash)); return {}; },
  fail(order) { manager.fail_htlc_backwards(bin(order.payment_hash)); manager.process_pending_htlc_forwards(); return {}; },
  parse: (order) => ({ invoices: order.invoices.map(describe) }),
  open(order) { return { temporary_channel_id: id(taken(manager.create_channel(bin(order.node_id), BigInt(order.capacity_sat), BigInt(order.push_msat ?? 0), 1n, null, null), 'open')) }; },
  fund(order) { taken(manager.funding_transaction_generated(idOf(order.temporary_channel_id), bin(order.node_id), bin(order.transaction)), 'fund'); return {}; },
  close(order) { taken(manager.close_channel(idOf(order.channel_id), find(order.channel_id).get_counterparty().get_node_id()), 'close'); return {}; },
  force_close(order) { taken(manager.force_close_broadcasting_latest_txn(idOf(order.channel_id), find(order.channel_id).get_counterparty().get_node_id(), 'bye'), 'force close'); return {}; },
  feerate(order) { feerate = order.feerate_per_kw; manager.timer_tick_occurred(); return {}; },
  tick() { manager.timer_tick_occurred(); return {}; },
  connect: (order) => new Promise((done, refuse) => {
    const socket = net.connect(order.port, '127.0.0.1');
    socket.once('error', refuse);
    socket.once('connect', () => {
      const first = peers.new_outbound_connection(bin(order.node_id), attach(socket), address());
      if (!first.is_ok()) return refuse(new Error('no connection'));
      socket.write(first.res);
      done({});
    });
  }),
  announcement(order) { // not channel_update: LDK asks for the time there, which WASM does not have
    const message = taken(ldk.ChannelAnnouncement.constructor_read(bin(order.payload)), 'not an announcement');
    taken(graph.update_channel_from_announcement(message, ldk.Option_UtxoLookupZ.constructor_none()), 'refused');
    return {};
  },
  disconnect(order) { peers.disconnect_by_node_id(bin(order.node_id)); return {}; },
  channels: () => ({
    channels: manager.list_channels().map((channel) => ({
      channel_id: id(channel.get_channel_id()), peer: hex(channel.get_counterparty().get_node_id()), scid: some(channel.get_short_channel_id())?.toString() ?? null,
      usable: channel.get_is_usable(), ready: channel.get_is_channel_ready(), outbound: channel.get_is_outbound(), capacity_sat: channel.get_channel_value_satoshis(),
      outbound_msat: channel.get_outbound_capacity_msat(), inbound_msat: channel.get_inbound_capacity_msat(), feerate_per_kw: some(channel.get_feerate_sat_per_1000_weight()),
      limit_msat: channel.get_next_outbound_htlc_limit_msat(), reserve_sat: some(channel.get_unspendable_punishment_reserve()),
      pending_in: channel.get_pending_inbound_htlcs().length, pending_out: channel.get_pending_outbound_htlcs().length,
    })),
  }),
  save() { fs.writeFileSync(settings.state, JSON.stringify({ manager: hex(manager.write()), monitors: [...disk.values()], tip })); return {}; },
  quit() { process.exit(0); },
};
say({ event: 'Ready', node_id: hex(manager.get_our_node_id()), port: server.address().port, height });
readline.createInterface({ input: process.stdin }).on('line', async (line) => {
  const order = JSON.parse(line);
  try {
    const ok = await commands[order.do](order);
    work();
    say({ id: order.id, ok });
  } catch (error) { say({ id: order.id, error: String(error?.stack ?? error) }); }
}).on('close', () => process.exit(0));
