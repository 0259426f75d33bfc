/**
 * Thousands of open WebSockets and one publication: how long until the last client has it, against a bare broadcast of
 * the same bytes; what a socket costs in memory; and how long others wait for their answers meanwhile.
 *
 *   npx tsc -p tsconfig.bench.json; node node_modules/.cache/bench/bench/notice-sockets.js [policyChanges] [policyNotices]
 *
 * Both servers and both crowds of clients are processes of their own and open all the while; publications and
 * broadcasts take turns. Half of both are timed, and during the other half a process of its own asks a query every few
 * milliseconds, since asking takes time, too: from a publication until its last client has it, five times as long while
 * nothing happens, while it is recorded who was told, and, since the clients take the processors of this machine from whoever
 * asks, while the bare server broadcasts and ours has nothing to do.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchRow, median, printBenchRows } from './bench-row';
import type { BroadcastOrder, BroadcastReport } from './broadcast-server';
import { type Child, startChild } from './child-server';
import { HANDLE } from './people-node';
import type { HeldMemory, OpenedPeople, PeopleOrder, PeopleReport } from './people-server';
import type { ProberOrder, ProberReport } from './prober';
import type { CrowdOrder, CrowdReport } from './socket-crowd';

const SOCKETS = 5_000;
/** Processes that hold them: one alone would take longer to read than the server to send. */
const CROWDS = 2;
const ROUNDS = 20;
const QUIET_MS = 300;
/** Nothing happens for so many times as long as a publication is told: a p99 of few collections of garbage says little. */
const QUIET_TIMES = 5;
/** Opened and closed again before memory is first looked at: code and caches are made once. */
const WARM_UP_SOCKETS = 200;

const MOST_BYTES_PER_SOCKET = 20_000;
const MOST_P99_RATIO = 2;

interface Feed {
  readonly name: string;
  readonly query: string;
  readonly ofPerson: boolean;
  /** Items that come to each at once, when it opens. */
  readonly itemsFirst: number;
  readonly itemsPerPublication: number;
  readonly mostRatio: number;
}

const ITEM = 'id cursor kind at policy { id kind } version { id label effectiveFrom }';

const FEEDS: readonly Feed[] = [
  {
    name: 'policyChanges',
    query: `subscription { policyChanges(handle: "${HANDLE}") { ${ITEM} } }`,
    ofPerson: false,
    itemsFirst: 0,
    // ANNOUNCED, IN_FORCE.
    itemsPerPublication: 2,
    mostRatio: 1.6,
  },
  {
    name: 'policyNotices',
    query: `subscription { policyNotices {
      ${ITEM} obligation { kind purposes since deadline blocking canActNow changeSummary(locale: "nb") }
    } }`,
    ofPerson: true,
    // The text to read, the consent to decide on.
    itemsFirst: 2,
    // ANNOUNCED, IN_FORCE, OUTSTANDING.
    itemsPerPublication: 3,
    mostRatio: 3.5,
  },
];

const QUESTION = {
  query: `query ($handle: String!) { policyInForce(handle: $handle) {
    version { id label effectiveFrom content { locale sha256 } } reason { code } asOf { position } } }`,
  variables: { handle: HANDLE },
};

type PeopleServer = Child<PeopleOrder, PeopleReport>;
type Broadcaster = Child<BroadcastOrder, BroadcastReport>;
type Crowd = Child<CrowdOrder, CrowdReport>;
type Prober = Child<ProberOrder, ProberReport>;

/** Everybody who takes part. */
interface Parts {
  readonly server: PeopleServer;
  readonly broadcaster: Broadcaster;
  /** Clients of the server. */
  readonly crowds: readonly Crowd[];
  /** Clients of the broadcaster. */
  readonly listeners: readonly Crowd[];
  readonly prober: Prober;
}

/** @param names of feeds; none: all of them */
export async function run(names: readonly string[] = []): Promise<BenchRow[]> {
  const asked = FEEDS.filter(({ name }) => names.length === 0 || names.includes(name));
  const cache = join(process.cwd(), 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'bench-sockets-'));
  const parts: Parts = {
    server: startChild('people-server'),
    broadcaster: startChild('broadcast-server'),
    crowds: Array.from({ length: CROWDS }, (): Crowd => startChild('socket-crowd', 'last')),
    listeners: Array.from({ length: CROWDS }, (): Crowd => startChild('socket-crowd', 'last')),
    prober: startChild('prober', 'first'),
  };
  const { server, broadcaster, crowds, listeners, prober } = parts;
  try {
    const { opened } = await server.ask({ kind: 'open', directory, people: SOCKETS, tokens: true });
    const { address = '' } = await broadcaster.ask({ kind: 'open' });
    if (!opened) throw new Error('The server did not open.');
    await prober.ask({ kind: 'open', address: opened.address, question: QUESTION });
    const nobody = Array.from({ length: SOCKETS }, () => null);
    await joinAll(listeners, { address, tokens: nobody, itemsFirst: 0 });
    const rows: BenchRow[] = [];
    for (const feed of asked) rows.push(...(await measure(feed, opened, parts)));
    return rows;
  } finally {
    const children = [server, broadcaster, ...crowds, ...listeners, prober];
    await Promise.all(children.map((child) => child.stop()));
    rmSync(directory, { recursive: true });
  }
}

interface Round {
  readonly tookMs: number;
  readonly broadcastMs: number;
  /** Of the server, for saying how much it was, too. */
  readonly cpuMs: number;
  readonly broadcastCpuMs: number;
}

/** Milliseconds that queries waited, by what happened meanwhile. */
interface Waits {
  readonly quiet: number[];
  readonly told: number[];
  readonly recorded: number[];
  readonly broadcast: number[];
}

async function measure(feed: Feed, opened: OpenedPeople, parts: Parts): Promise<BenchRow[]> {
  const { server, crowds } = parts;
  const before = await joinAndLeave(feed, opened, server, crowds);
  await joinAll(crowds, crowdOf(feed, opened, SOCKETS));
  await server.ask({ kind: 'settle' });
  const after = await memoryOf(server);

  const timed: Round[] = [];
  const all: Waits = { quiet: [], told: [], recorded: [], broadcast: [] };
  // The first round only warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    const time = await timedRound(feed, parts);
    const waits = await probedRound(feed, parts);
    if (round === 0) continue;
    timed.push(time);
    for (const kind of ['quiet', 'told', 'recorded', 'broadcast'] as const) all[kind].push(...waits[kind]);
  }
  await Promise.all(crowds.map((crowd) => crowd.ask({ kind: 'leave' })));
  return [timeRow(feed, timed), cpuRow(feed, timed), memoryRow(feed, before, after), ...waitRows(feed, all)];
}

async function timedRound(feed: Feed, { server, broadcaster, crowds, listeners }: Parts): Promise<Round> {
  await server.ask({ kind: 'draft' });
  await server.ask({ kind: 'settle' });
  const before = await cpuMsOf(server);
  const { tookMs, sample } = await publish(feed, server, crowds);
  const cpuMs = (await cpuMsOf(server)) - before;
  await server.ask({ kind: 'settle' });
  const broadcasterBefore = await cpuMsOf(broadcaster);
  const broadcastMs = await broadcast(feed, sample, broadcaster, listeners);
  return { tookMs, broadcastMs, cpuMs, broadcastCpuMs: (await cpuMsOf(broadcaster)) - broadcasterBefore };
}

async function probedRound(feed: Feed, { server, broadcaster, crowds, listeners, prober }: Parts): Promise<Waits> {
  await server.ask({ kind: 'draft' });
  await server.ask({ kind: 'settle' });
  await pause(QUIET_MS);
  const { waits: told, result } = await asking(prober, () => publish(feed, server, crowds));
  const { waits: recorded } = await asking(prober, () => server.ask({ kind: 'settle' }));
  await pause(QUIET_MS);
  const { waits: quiet } = await asking(prober, () => pause(QUIET_TIMES * result.tookMs));
  const during = await asking(prober, () => broadcast(feed, result.sample, broadcaster, listeners));
  return { quiet: [...quiet], told: [...told], recorded: [...recorded], broadcast: [...during.waits] };
}

async function asking<Result>(prober: Prober, work: () => Promise<Result>) {
  await prober.ask({ kind: 'start' });
  const result = await work();
  const { waits } = await prober.ask({ kind: 'stop' });
  return { waits, result };
}

async function cpuMsOf(child: Child<{ readonly kind: 'cpu' }, PeopleReport | BroadcastReport>): Promise<number> {
  return ((await child.ask({ kind: 'cpu' })).cpuMicroseconds ?? Number.NaN) / 1_000;
}

/** Memory when everything that is made once has been. */
async function joinAndLeave(
  feed: Feed,
  opened: OpenedPeople,
  server: PeopleServer,
  crowds: readonly Crowd[],
): Promise<HeldMemory> {
  await joinAll(crowds, crowdOf(feed, opened, WARM_UP_SOCKETS));
  await server.ask({ kind: 'settle' });
  await Promise.all(crowds.map((crowd) => crowd.ask({ kind: 'leave' })));
  await pause(QUIET_MS);
  return memoryOf(server);
}

type Joining = Omit<Extract<CrowdOrder, { kind: 'connect' }>, 'kind'>;

function crowdOf(
  { query, ofPerson, itemsFirst }: Feed,
  { address, subjectTokens }: OpenedPeople,
  size: number,
): Joining {
  const tokens = subjectTokens.slice(0, size).map((token) => (ofPerson ? token : null));
  return { address: `${address.replace('http', 'ws')}/graphql`, tokens, query, itemsFirst };
}

async function joinAll(crowds: readonly Crowd[], joining: Joining): Promise<void> {
  const each = joining.tokens.length / crowds.length;
  await Promise.all(
    crowds.map((crowd, place) =>
      crowd.ask({ kind: 'connect', ...joining, tokens: joining.tokens.slice(place * each, (place + 1) * each) }),
    ),
  );
}

async function memoryOf(server: PeopleServer): Promise<HeldMemory> {
  const { memory } = await server.ask({ kind: 'memory' });
  if (!memory) throw new Error('The server did not say what it holds.');
  return memory;
}

/** What was drafted. */
async function publish(feed: Feed, server: PeopleServer, crowds: readonly Crowd[]) {
  await expectAll(crowds, feed.itemsPerPublication);
  const all = awaitAll(crowds);
  const { startedMs = 0 } = await server.ask({ kind: 'publish' });
  const { lastMs, sample } = await all;
  return { tookMs: lastMs - startedMs, sample };
}

async function broadcast(
  feed: Feed,
  messages: readonly string[],
  broadcaster: Broadcaster,
  listeners: readonly Crowd[],
): Promise<number> {
  await expectAll(listeners, feed.itemsPerPublication);
  const all = awaitAll(listeners);
  const { startedMs = Number.NaN } = await broadcaster.ask({ kind: 'broadcast', messages });
  return (await all).lastMs - startedMs;
}

async function expectAll(crowds: readonly Crowd[], items: number): Promise<void> {
  await Promise.all(crowds.map((crowd) => crowd.ask({ kind: 'expect', items })));
}

async function awaitAll(crowds: readonly Crowd[]): Promise<CrowdReport> {
  const reports = await Promise.all(crowds.map((crowd) => crowd.ask({ kind: 'await' })));
  return { lastMs: Math.max(...reports.map(({ lastMs }) => lastMs)), sample: reports[0]?.sample ?? [] };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function timeRow({ name, mostRatio }: Feed, rounds: readonly Round[]): BenchRow {
  const broadcastMs = median(rounds.map((round) => round.broadcastMs));
  const value = median(rounds.map((round) => round.tookMs));
  const ratio = value / broadcastMs;
  return {
    name: `${name}, ${SOCKETS} sockets, a publication until the last client has it`,
    value,
    unit: 'ms',
    limit: `at most ${mostRatio} x a bare broadcast of the same (${broadcastMs.toFixed(0)} ms)`,
    ratio,
    ok: ratio <= mostRatio,
  };
}

/** Says more than the time where others load the machine: it is the server's alone. */
function cpuRow({ name }: Feed, rounds: readonly Round[]): BenchRow {
  const value = median(rounds.map(({ cpuMs }) => cpuMs));
  const reference = median(rounds.map(({ broadcastCpuMs }) => broadcastCpuMs));
  return {
    name: `${name}, processor time of the server for it`,
    value,
    unit: 'ms',
    limit: `none, beside ${reference.toFixed(0)} ms for the broadcast`,
    ratio: value / reference,
    ok: true,
  };
}

function memoryRow({ name }: Feed, before: HeldMemory, after: HeldMemory): BenchRow {
  const value = (after.resident - before.resident) / SOCKETS;
  const objects = ((after.objects - before.objects) / SOCKETS / 1_000).toFixed(1);
  return {
    name: `${name}, memory of the server for each socket`,
    value: value / 1_000,
    unit: 'kB',
    limit: `at most ${MOST_BYTES_PER_SOCKET / 1_000} kB (of it objects: ${objects} kB)`,
    ratio: value / MOST_BYTES_PER_SOCKET,
    ok: value <= MOST_BYTES_PER_SOCKET,
  };
}

function waitRows({ name, ofPerson }: Feed, { quiet, told, recorded, broadcast }: Waits): readonly BenchRow[] {
  const row = (happens: string, waits: readonly number[], most = Number.POSITIVE_INFINITY, peer = quiet): BenchRow => {
    const reference = p99(peer);
    const ratio = p99(waits) / reference;
    const beside = peer === quiet ? 'otherwise' : 'while another process broadcasts the same';
    return {
      name: `${name}, a query's p99 while ${happens} (${waits.length} queries)`,
      value: p99(waits),
      unit: 'ms',
      limit: `${Number.isFinite(most) ? `at most ${most} x` : 'none, beside'} ${beside} (${reference.toFixed(1)} ms of ${peer.length} queries)`,
      ratio,
      ok: ratio <= most,
    };
  };
  return [
    row('a publication is told', told, MOST_P99_RATIO),
    // The same clients do the same work, which another process gives them: what remains is the server's own.
    row('a publication is told', told, MOST_P99_RATIO, broadcast),
    row('another process broadcasts the same', broadcast),
    ...(ofPerson ? [row('it is recorded who was told', recorded)] : []),
  ];
}

function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? Number.NaN;
}

if (require.main === module) run(process.argv.slice(2)).then(printBenchRows);
