import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../support/command-line';
import { runTypescript } from '../support/typescript-child';

const PEOPLE = 5;
const HEADER = 'externalId,fact,policy,version,purposes,method,occurredAt\n';
const given = (person: string, day: number) =>
  `${person},CONSENT_GIVEN,privacy,Versjon 1,newsletter,PAPER_FORM,2019-01-0${day}T10:00:00Z\n`;

let line: ReturnType<typeof commandLine>;
beforeEach(() => {
  line = commandLine();
});
afterEach(() => line.remove());

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
  const unknown = ['import', 'decisions', old, '--organisation', 'nobody', '--skip-bad', report('first.jsonl')];
  for (const _ of ['once', 'again']) {
    expect(await line.run(unknown)).toMatchObject({ code: 1, said: expect.stringMatching(/^NOT_FOUND: /m) });
  }
  const missing = ['import', 'decisions', report('missing.csv'), '--organisation', 'fjordlys'];
  expect(await line.run(missing)).toMatchObject({ code: 1, said: 'FILE_UNREADABLE: There is no such file.\n' });
  const refused = await run();
  expect(refused.code).toBe(1);
  expect(refused.said).toContain('line 12: SUBJECT_UNKNOWN');
  expect(refused.said).toContain('ROWS_REFUSED');
  const first = await run('--skip-bad', report('first.jsonl'));
  expect(first).toEqual({ code: 0, said: expect.stringContaining('10 rows imported, 0 already there, 1 refused.') });
  expect(JSON.parse(readFileSync(report('first.jsonl'), 'utf8'))).toMatchObject({ line: 12, code: 'SUBJECT_UNKNOWN' });
  expect(await run('--skip-bad', report('first.jsonl'))).toMatchObject({
    code: 1,
    said: expect.stringMatching(/^FILE_EXISTS: /),
  });
  const again = await run('--skip-bad', report('again.jsonl'));
  expect(again).toEqual({ code: 0, said: expect.stringContaining('0 rows imported, 10 already there, 1 refused.') });
  // What began the log, five people, ten decisions, and one event that closes the first import.
  expect((await line.run(['status'])).out.toString()).toMatch(/^events +21$/m);
}, 120_000);

test('samtykke import decisions --skip-bad does the same against a running server', async () => {
  const data = join(line.directory, 'data');
  const empty = join(line.directory, 'none.csv');
  const old = join(line.directory, 'old.csv');
  mkdirSync(data);
  writeFileSync(empty, HEADER);
  await runTypescript('test/support/import-decisions.child.ts', data, empty, String(PEOPLE));
  const wrong = [given('nobody', 1), 'p0,CONSENT_GIVEN\n', given('p1', 1).replace('newsletter', 'profiling')];
  writeFileSync(old, `${HEADER}${given('p0', 1)}${wrong.join('')}${given('p2', 1)}`);
  const server = line.start(['serve'], { SAMTYKKE_PORT: '0' });
  try {
    const url = await servingAt(server);
    const { out } = await line.run(['token', '--role', 'service', '--organisation', 'fjordlys']);
    const remote = ['--url', url, '--token', out.toString().trim()];
    const run = async (...more: readonly string[]) => {
      const { code, said } = await line.run([
        'import',
        'decisions',
        old,
        '--organisation',
        'fjordlys',
        ...remote,
        ...more,
      ]);
      return [code, said.trimEnd().split('\n').at(-1)];
    };
    const report = (name: string) => join(line.directory, name);
    expect(await run()).toEqual([1, 'ROWS_REFUSED: 3 rows are refused; nothing was written.']);
    const tried = await run('--dry-run', '--skip-bad', report('tried.jsonl'));
    expect(tried).toEqual([0, '2 rows could be imported, 0 already there, 3 refused.']);
    expect(await run('--skip-bad', report('done.jsonl'))).toEqual([0, '2 rows imported, 0 already there, 3 refused.']);
    expect(await run('--skip-bad', report('again.jsonl'))).toEqual([0, '0 rows imported, 2 already there, 3 refused.']);
    const reports = ['tried', 'done', 'again'].map((name) => readFileSync(report(`${name}.jsonl`), 'utf8'));
    expect(new Set(reports).size).toBe(1);
    const told =
      reports[0]
        ?.trimEnd()
        .split('\n')
        .map((each) => JSON.parse(each)) ?? [];
    expect(told.map((row) => `${row.line} ${row.code}`).sort()).toEqual([
      '3 SUBJECT_UNKNOWN',
      '4 IMPORT_LINE_INVALID',
      '5 PURPOSE_UNKNOWN',
    ]);
  } finally {
    server.kill('SIGTERM');
    await once(server, 'close');
  }
}, 120_000);

/** A server says where it is on stderr, for stdout is for data. */
function servingAt(server: ChildProcess): Promise<string> {
  let said = '';
  return new Promise((resolve, reject) => {
    server.once('close', () => reject(new Error(said)));
    server.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const [, address] = /^Serving at (http:\S+)/m.exec(said) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
}
