import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../support/command-line';
import { runTypescript } from '../support/typescript-child';

const PEOPLE = 5;
const HEADER = 'externalId,fact,policy,version,purposes,method,occurredAt\n';
const given = (person: string, day: number) =>
  `${person},CONSENT_GIVEN,privacy,Versjon 1,newsletter,PAPER_FORM,2019-01-0${day}T10:00:00Z\n`;

const line = commandLine();
afterAll(() => line.remove());

test('samtykke import decisions names what is wrong, writes what is good when asked to, and nothing twice', async () => {
  const data = join(line.directory, 'data');
  const file = (name: string, rows: string) => {
    const path = join(line.directory, name);
    writeFileSync(path, `${HEADER}${rows}`);
    return path;
  };
  mkdirSync(data);
  // Registers the organisation, its policy and the people.
  await runTypescript('test/support/import-decisions.child.ts', data, file('none.csv', ''), String(PEOPLE));
  const rows = Array.from({ length: 2 * PEOPLE }, (_, row) => given(`p${row % PEOPLE}`, 1 + Math.floor(row / PEOPLE)));
  const old = file('old.csv', `${rows.join('')}${given('nobody', 1)}`);
  const run = async (...more: readonly string[]) => {
    const { code, said } = await line.run(['import', 'decisions', old, '--organisation', 'fjordlys', ...more]);
    return { code, said };
  };
  const report = (name: string) => join(line.directory, name);
  const refused = await run();
  expect(refused.code).toBe(1);
  expect(refused.said).toContain('line 12: SUBJECT_UNKNOWN');
  expect(refused.said).toContain('ROWS_REFUSED');
  const first = await run('--skip-bad', report('first.jsonl'));
  expect(first).toEqual({ code: 0, said: expect.stringContaining('10 rows imported, 0 already there, 1 refused.') });
  expect(JSON.parse(readFileSync(report('first.jsonl'), 'utf8'))).toMatchObject({ line: 12, code: 'SUBJECT_UNKNOWN' });
  const again = await run('--skip-bad', report('again.jsonl'));
  expect(again).toEqual({ code: 0, said: expect.stringContaining('0 rows imported, 10 already there, 1 refused.') });
  // What began the log, five people, ten decisions, and one event that closes the first import.
  expect((await line.run(['status'])).out.toString()).toMatch(/^events +21$/m);
}, 120_000);
