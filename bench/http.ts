/**
 * `policyInForce` over HTTP, end to end, against a node:http server that answers the same bytes without thinking.
 *
 *   npx tsc -p tsconfig.bench.json; node node_modules/.cache/bench/bench/http.js
 *
 * What is compared is the processor time of the two server processes for each request, in turns, so that neither the
 * client nor what else the machine does counts.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { addDays } from '../src/domain/time';
import { type BenchRow, median, printBenchRows } from './bench-row';
import { DAYS_BETWEEN, FIRST_DAY, HANDLE, type Order, type Report, VERSIONS } from './http-orders';

const ROUNDS = 7;
const REQUESTS = 3_000;
/** So long takes the compiler until it changes nothing more. */
const WARM_UP = 12_000;
const WAITING_CLIENTS = 16;
const MOST_RATIO = 8;

const QUERY = `query InForce($handle: String!, $on: LocalDate!) {
  policyInForce(handle: $handle, asOf: { effectiveOn: $on }) {
    version { id label sequence effectiveFrom content { locale sha256 } }
    reason { code }
    asOf { effectiveAt position settled }
  }
}`;

export async function run(): Promise<BenchRow[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: WAITING_CLIENTS });
  const samtykke = await start(undefined);
  const answer = await ask(agent, samtykke.address, 0);
  if (!answer.includes('"VERSION_IN_FORCE"')) throw new Error(`This is not the answer to measure: ${answer}`);
  const plain = await start(answer);
  try {
    await askMany(agent, samtykke.address, WARM_UP);
    await askMany(agent, plain.address, WARM_UP);
    const costs: { readonly samtykke: number; readonly plain: number }[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      costs.push({ samtykke: await cost(agent, samtykke), plain: await cost(agent, plain) });
    }
    return rowsOf(median(costs.map((each) => each.samtykke)), median(costs.map((each) => each.plain)));
  } finally {
    agent.destroy();
    for (const { child } of [samtykke, plain]) order(child, { kind: 'stop' });
  }
}

function rowsOf(samtykke: number, plain: number): BenchRow[] {
  const ratio = samtykke / plain;
  const limit = `CPU at most ${MOST_RATIO} x a static answer (${plain.toFixed(0)} µs)`;
  return [
    { name: 'static answer over node:http, CPU', value: plain, unit: 'µs', limit: 'reference', ratio: 1, ok: true },
    { name: 'policyInForce over HTTP, CPU', value: samtykke, unit: 'µs', limit, ratio, ok: ratio <= MOST_RATIO },
  ];
}

interface Server {
  readonly child: ChildProcess;
  readonly address: string;
}

/** @param answer what to send without thinking; undefined: Samtykke itself */
async function start(answer: string | undefined): Promise<Server> {
  // As an operator runs it; graphql-js checks more of itself elsewhere.
  const child = fork(join(__dirname, 'http-server.js'), { env: { ...process.env, NODE_ENV: 'production' } });
  order(child, { kind: 'serve', answer });
  const report = await nextReport(child);
  if (report.kind !== 'serving') throw new Error('The server did not start.');
  return { child, address: report.address };
}

function order(child: ChildProcess, message: Order): void {
  child.send(message);
}

function nextReport(child: ChildProcess): Promise<Report> {
  return new Promise((resolve, reject) => {
    const failed = (code: number | null) => reject(new Error(`A server ended with ${code}.`));
    child.once('exit', failed);
    child.once('message', (message) => {
      child.off('exit', failed);
      resolve(message as Report);
    });
  });
}

/** Microseconds of processor time that the server spends on one request. */
async function cost(agent: Agent, { child, address }: Server): Promise<number> {
  const before = await cpuOf(child);
  await askMany(agent, address, REQUESTS);
  return ((await cpuOf(child)) - before) / REQUESTS;
}

async function cpuOf(child: ChildProcess): Promise<number> {
  order(child, { kind: 'cpu' });
  const report = await nextReport(child);
  if (report.kind !== 'cpu') throw new Error('The server answered something else.');
  return report.microseconds;
}

async function askMany(agent: Agent, address: string, count: number): Promise<void> {
  let asked = 0;
  const client = async () => {
    while (asked < count) {
      asked += 1;
      await ask(agent, address, asked);
    }
  };
  await Promise.all(Array.from({ length: WAITING_CLIENTS }, client));
}

/** Asks for another day each time; the answer as text. */
function ask(agent: Agent, address: string, turn: number): Promise<string> {
  const on = addDays(FIRST_DAY, (turn * 37) % (VERSIONS * DAYS_BETWEEN));
  const body = JSON.stringify({ query: QUERY, variables: { handle: HANDLE, on } });
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(`${address}/graphql`, { method: 'POST', agent, headers }, (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        answer += chunk;
      });
      response.on('end', () =>
        response.statusCode === 200 ? resolve(answer) : reject(new Error(`Status ${response.statusCode}: ${answer}`)),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

if (require.main === module) run().then(printBenchRows);
