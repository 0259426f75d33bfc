import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import type { AuditedNode, AuditOrder } from './audit-server';
import { type BenchRow, median, printBenchRows } from './bench-row';
import { startChild } from './child-server';
import { postGraphql } from './post-graphql';

/** People; ten facts each. */
const PEOPLE = Number(process.env.AUDITED_PEOPLE ?? 5_000);
const FACTS_EACH = 10;
const WARM_UP = 300;
const QUESTIONS = 500;
const MOST_MS = 5;

const QUERY = `query ($policy: ID!, $on: LocalDate!) {
  audit(policy: $policy, asOf: { effectiveOn: $on }) {
    subjects inBreach
    notices { version { label } step subjects }
    acceptances { version { label } subjects }
    consents { purpose status subjects valid }
    asOf { effectiveAt position settled }
  }
}`;

/** An officer's question over HTTP, for another day of the past each time: from the request to the whole answer. */
export async function run(): Promise<BenchRow[]> {
  const cache = join(process.cwd(), 'node_modules', '.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'bench-audit-'));
  const node = startChild<AuditOrder, AuditedNode>('audit-server');
  const agent = new Agent({ keepAlive: true });
  try {
    const { address, policy, startMs, endMs } = await node.ask({ directory, people: PEOPLE, factsEach: FACTS_EACH });
    const ask = async (turn: number): Promise<number> => {
      const at = new Date(startMs + ((turn * 0.618_034) % 1) * (endMs - startMs));
      const on = at.toISOString().slice(0, 'yyyy-mm-dd'.length);
      const started = performance.now();
      const answer = await postGraphql(agent, address, { query: QUERY, variables: { policy, on } });
      const took = performance.now() - started;
      if (!answer.includes('"subjects"') || answer.includes('"errors"')) throw new Error(`No counts: ${answer}`);
      return took;
    };
    for (let turn = 0; turn < WARM_UP; turn += 1) await ask(turn);
    const times: number[] = [];
    for (let turn = 0; turn < QUESTIONS; turn += 1) times.push(await ask(WARM_UP + turn));
    const sorted = times.toSorted((a, b) => a - b);
    const slow = sorted[Math.floor(QUESTIONS * 0.99)] ?? 0;
    const name = `audit over HTTP, ${PEOPLE} people, ${PEOPLE * FACTS_EACH} facts`;
    return [
      row(name, median(times)),
      { name: 'the slowest of a hundred of them', value: slow, unit: 'ms', limit: 'no limit', ratio: 1, ok: true },
    ];
  } finally {
    agent.destroy();
    await node.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function row(name: string, value: number): BenchRow {
  return { name, value, unit: 'ms', limit: `< ${MOST_MS} ms`, ratio: value / MOST_MS, ok: value < MOST_MS };
}

if (require.main === module) run().then(printBenchRows);
