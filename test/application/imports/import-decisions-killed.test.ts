import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { instantAt, parseInstant } from '../../../src/domain/time';
import { openSqliteEventStore } from '../../../src/event-store/sqlite/sqlite-event-store';
import { temporaryDirectories } from '../../support/import-harness';
import { randomNumbers } from '../../support/synthetic-history';

const SUPPORT = join(__dirname, '..', '..', 'support');
const ROUNDS = process.env.SOAK ? 10 : 1;
const KILLS = 2;
/** Each person's rows are one append. */
const PEOPLE = process.env.SOAK ? 2_000 : 800;
const ROWS = 4 * PEOPLE;
/** A kill comes after so many appends at the most; meanwhile so many more may be acknowledged, and then nothing is. */
const MAX_APPENDS = PEOPLE / 5;
const MORE_APPENDS = PEOPLE / 10;
const FIRST = Date.parse(parseInstant('2019-01-01T00:00:00Z'));
const temporary = temporaryDirectories();

interface Ended {
  readonly said: readonly string[];
  readonly killed: boolean;
}

/** Imports until so many appends of rows are acknowledged, then kills; or to its end. */
async function importUntil(data: string, file: string, appends: number): Promise<Ended> {
  const program = ['--require', join(SUPPORT, 'register-typescript.cjs'), join(SUPPORT, 'import-decisions.child.ts')];
  const most = Number.isFinite(appends) ? [String(appends + MORE_APPENDS)] : [];
  const child = spawn(process.execPath, [...program, data, file, String(PEOPLE), ...most], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  const reader = createInterface({ input: child.stdout });
  let acknowledged = 0;
  reader.on('line', (line) => {
    said.push(line);
    if (line.startsWith('acknowledged') && ++acknowledged === appends) child.kill('SIGKILL');
  });
  const [[code, signal]] = await Promise.all([once(child, 'exit'), once(reader, 'close')]);
  if (code !== 0 && signal !== 'SIGKILL') throw new Error(`The import ended with ${code ?? signal}.`);
  return { said, killed: signal === 'SIGKILL' };
}

function writeRows(path: string): void {
  const rows = Array.from({ length: ROWS }, (_, row) => {
    const at = instantAt(FIRST + row * 3_600_000);
    const fact = row % 7 === 6 ? 'CONSENT_WITHDRAWN' : 'CONSENT_GIVEN';
    const given = fact === 'CONSENT_GIVEN' ? 'Versjon 1' : '';
    return `p${(row * 31) % PEOPLE},${fact},privacy,${given},newsletter,${given && 'PAPER_FORM'},${at}\n`;
  });
  writeFileSync(path, `externalId,fact,policy,version,purposes,method,occurredAt\n${rows.join('')}`);
}

/** Ids and dates of what was imported, in the order of the log. */
async function importedIn(data: string): Promise<readonly (readonly [id: string, occurredAt: string])[]> {
  const store = openSqliteEventStore({ directory: data, clock: Date.now });
  const found: (readonly [string, string])[] = [];
  for await (const { stream, id, data: event } of store.readAll()) {
    if (stream.startsWith('subject-') && event.imported === true) found.push([id, String(event.occurredAt)]);
  }
  await store.close();
  return found;
}

describe('An import of decisions killed with SIGKILL while it writes', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);

  it.each(Array.from({ length: ROUNDS }, (_, round) => seed + round))(
    'goes on where it was: every row once, none lost and none doubled (SEED=%i)',
    async (of) => {
      const random = randomNumbers(of);
      const data = temporary();
      const file = join(temporary(), 'old.csv');
      writeRows(file);
      const acknowledged = new Set<string>();
      const run = async (appends: number) => {
        const ended = await importUntil(data, file, appends);
        for (const line of ended.said) {
          const [what, ...ids] = line.split(' ');
          if (what === 'acknowledged') for (const id of ids) acknowledged.add(id);
        }
        return ended;
      };
      for (let kills = 0; kills < KILLS; kills += 1) {
        expect((await run(1 + random(MAX_APPENDS))).killed).toBe(true);
      }
      const before = (await importedIn(data)).length;
      expect(before).toBeGreaterThan(0);
      expect(before).toBeLessThan(ROWS);
      const last = await run(Number.POSITIVE_INFINITY);
      // What was there is told apart from what was written now.
      expect(last.said.at(-1)).toBe(`finished ${ROWS} ${before}`);
      const imported = await importedIn(data);
      expect(imported).toHaveLength(ROWS);
      expect(new Set(imported.map(([id]) => id)).size).toBe(ROWS);
      const dates = Array.from({ length: ROWS }, (_, row) => instantAt(FIRST + row * 3_600_000));
      expect(imported.map(([, at]) => at).sort()).toEqual(dates);
      const ids = new Set(imported.map(([id]) => id));
      expect([...acknowledged].filter((id) => !ids.has(id))).toEqual([]);
      expect((await run(Number.POSITIVE_INFINITY)).said.at(-1)).toBe(`finished ${ROWS} ${ROWS}`);
      expect(await importedIn(data)).toEqual(imported);
    },
    3_600_000,
  );
});
