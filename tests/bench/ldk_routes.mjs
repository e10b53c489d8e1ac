// LDK's own route search (npm lightningdevkit, LDK compiled to WASM) over a Rapid Gossip Sync file, for the same questions as ours.
//
//   node ldk_routes.mjs '{"packages": "/folder/with/node_modules", "graph": "map.rgs"}' < questions.json > answers.json
//
// questions: [{"payer": hex, "payee": hex, "msat": n, "fee_limit_msat": n, "final_cltv": n, "paths": n, "saturation": n,
//              "first_hops": [[scid, node hex, most msat, least msat], ...] or null}]
// answers:   {"load_ms": ms, "answers": [{"ms": ms, "cpu_ms": ms, "paths": [[[node hex, scid, fee_msat, cltv_expiry_delta], ...], ...]}]}
//            without "paths" where there is no route
//
// The payer's own channels are given to LDK as a wallet gives them, with what each can send now: then LDK neither looks at what the map says
// about the payer nor fears its own channels; with null it takes them from the map and fears them, but pays nothing for them. Only `find_route` itself is timed: what is passed into a call of the bindings is moved, so
// fresh objects are made before the clock starts. The first questions are asked once more before, because V8 compiles what it runs often.
import * as fs from 'fs';
import { createRequire } from 'module';
import * as path from 'path';

const WARM_UP_QUESTIONS = 20;
const settings = JSON.parse(process.argv[2]);
const require = createRequire(path.join(settings.packages, 'package.json'));
const greet = console.log;
console.log = () => {}; // the package greets on stdout
const ldk = await import(require.resolve('lightningdevkit'));
await ldk.initializeWasmFromBinary(fs.readFileSync(path.join(settings.packages, 'node_modules/lightningdevkit/liblightningjs.wasm')));
console.log = greet;

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const bin = (text) => Uint8Array.from(Buffer.from(text, 'hex'));
const someU64 = (number) => ldk.Option_u64Z.constructor_some(BigInt(number));
const noU64 = () => ldk.Option_u64Z.constructor_none();
const noU32 = () => ldk.Option_u32Z.constructor_none();
const logger = ldk.Logger.new_impl({ log() {} });
const graph = ldk.NetworkGraph.constructor_new(ldk.Network.LDKNetwork_Bitcoin, logger);
const sync = ldk.RapidGossipSync.constructor_new(graph, logger);

const before = performance.now();
const read = sync.update_network_graph_no_std(Uint8Array.from(fs.readFileSync(settings.graph)), noU64());
if (!read.is_ok()) throw new Error('LDK does not take this map');
const loadMs = performance.now() - before;

const scorer = ldk.ProbabilisticScorer.constructor_new(ldk.ProbabilisticScoringDecayParameters.constructor_default(), graph, logger);
const score = scorer.as_ScoreLookUp();

function firstHop([scid, node, most, least]) {
  const peer = ldk.ChannelCounterparty.constructor_new(bin(node), ldk.InitFeatures.constructor_empty(), 0n, null, noU64(), noU64());
  const channel = ldk.ChannelId.constructor_new(new Uint8Array(32));
  return ldk.ChannelDetails.constructor_new(
    channel, peer, null, null, someU64(scid), noU64(), noU64(), // ids, funding output, type, short channel id, its aliases
    BigInt(most) / 1000n + 1n, noU64(), 0n, noU32(), // capacity, reserve, user's number, feerate
    BigInt(most), BigInt(most), BigInt(least), 0n, // balance, largest and smallest HTLC, what can come in
    noU32(), noU32(), ldk.Option_u16Z.constructor_none(), // confirmations, delay after a force-close
    true, true, ldk.Option_ChannelShutdownStateZ.constructor_none(), true, true, // opened by us, ready, no shutdown, usable, announced
    noU64(), noU64(), null, [], [], // limits of what comes in, settings, HTLCs
  );
}

function ask(question) {
  const several = question.paths > 1;
  const payment = ldk.PaymentParameters.constructor_for_keysend(bin(question.payee), question.final_cltv, several);
  payment.set_max_path_count(question.paths);
  payment.set_max_channel_saturation_power_of_half(question.saturation);
  const params = ldk.RouteParameters.constructor_new(payment, BigInt(question.msat), someU64(question.fee_limit_msat));
  const fears = ldk.ProbabilisticScoringFeeParameters.constructor_default();
  const payer = bin(question.payer);
  const ours = question.first_hops && question.first_hops.map(firstHop);
  const seed = new Uint8Array(32);
  const cpu = process.cpuUsage();
  const started = performance.now();
  const found = ldk.UtilMethods.constructor_find_route(payer, params, graph, ours, logger, score, fears, seed);
  const ms = performance.now() - started;
  const spent = process.cpuUsage(cpu);
  const answer = { ms, cpu_ms: (spent.user + spent.system) / 1000 };
  if (!found.is_ok()) return answer;
  const hop = (each) => [hex(each.get_pubkey()), BigInt.asUintN(64, each.get_short_channel_id()).toString(), Number(each.get_fee_msat()), each.get_cltv_expiry_delta()];
  return { ...answer, paths: found.res.get_paths().map((one) => one.get_hops().map(hop)) };
}

const questions = JSON.parse(fs.readFileSync(0, 'utf8'));
questions.slice(0, WARM_UP_QUESTIONS).forEach(ask);
const answers = questions.map(ask);
process.stdout.write(JSON.stringify({ load_ms: loadMs, answers }));
