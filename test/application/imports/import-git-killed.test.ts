import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { decodeEvent } from '../../../src/domain/stored-events';
import { openSqliteEventStore } from '../../../src/event-store/sqlite/sqlite-event-store';
import { addCommits, createRepository, gitLine } from '../../support/git-repository';
import { temporaryDirectories } from '../../support/import-harness';
import { randomNumbers, syntheticHistory } from '../../support/synthetic-history';

const SUPPORT = join(__dirname, '..', '..', 'support');
const KILLS = process.env.SOAK ? 25 : 5;
const temporary = temporaryDirectories();

/** Imports until so many appends are acknowledged, then kills; or to its end. Answers what it said, line by line. */
async function importUntil(data: string, repository: string, lines: number): Promise<string[]> {
  const program = ['--require', join(SUPPORT, 'register-typescript.cjs'), join(SUPPORT, 'import-git.child.ts')];
  const child = spawn(process.execPath, [...program, data, repository], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => {
    said.push(line);
    if (said.length === lines) child.kill('SIGKILL');
  });
  const [[code, signal]] = await Promise.all([once(child, 'exit'), once(reader, 'close')]);
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`The import ended with ${code ?? signal}.`);
  return said;
}

describe('An import killed with SIGKILL', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

  it(`goes on where it was, every acknowledged event once and none invented (SEED=${seed})`, async () => {
    const random = randomNumbers(seed);
    const data = temporary();
    const repository = join(temporary(), 'lager');
    createRepository(repository, { bare: true });
    const acknowledged = new Set<string>();
    const run = async (lines: number) => {
      const said = await importUntil(data, repository, lines);
      for (const line of said) {
        const [what, stream, ...ids] = line.split(' ');
        if (what === 'acknowledged') for (const id of ids) acknowledged.add(`${stream} ${id}`);
      }
      return said.at(-1)?.startsWith('finished') ?? false;
    };
    // Each round there is more to import; some kills come among the texts, some among the versions.
    for (let kills = 0, round = 0; kills < KILLS; round += 1) {
      const shape = {
        paths: 5,
        commits: 60,
        textBytes: 8_000,
        seed: seed + round,
        startS: 1_400_000_000 + round * 100_000,
      };
      await addCommits(repository, syntheticHistory(shape));
      if (!(await run(1 + random(80)))) kills += 1;
    }
    while (!(await run(Number.POSITIVE_INFINITY)));
    await expectWholeLog(data, repository, acknowledged);
    const before = acknowledged.size;
    await run(Number.POSITIVE_INFINITY);
    expect(acknowledged.size).toBe(before);
  }, 900_000);
});

async function expectWholeLog(data: string, repository: string, acknowledged: ReadonlySet<string>): Promise<void> {
  const store = openSqliteEventStore({ directory: data, clock: Date.now });
  const found: string[] = [];
  const commits: string[] = [];
  const texts = new Map<string, number>();
  const named = new Set<string>();
  for await (const { stream, id, type, data: stored, metadata } of store.readAll()) {
    found.push(`${stream} ${id}`);
    const event = decodeEvent(type, metadata.schemaVersion, stored);
    if (event.type === 'TextChunkStored') texts.set(event.data.sha256, (texts.get(event.data.sha256) ?? 0) + 1);
    if (event.type !== 'PolicyVersionImported') continue;
    commits.push(event.data.source?.commit ?? '');
    for (const { sha256 } of event.data.contents) {
      // A text stands in the log before what names it.
      expect(texts.has(sha256)).toBe(true);
      named.add(sha256);
    }
  }
  await store.close();
  const everything = new Set(found);
  expect(everything.size).toBe(found.length);
  expect([...acknowledged].filter((event) => !everything.has(event))).toEqual([]);
  expect(commits.sort()).toEqual(gitLine(repository, 'rev-list', 'HEAD').split('\n').sort());
  expect([...texts.values()].every((chunks) => chunks === 1)).toBe(true);
  // A text whose version was cut off is named by the next run: none stands alone.
  expect([...texts.keys()].filter((sha256) => !named.has(sha256))).toEqual([]);
}
