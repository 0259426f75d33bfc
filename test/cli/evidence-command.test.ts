import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { instantAt, localDateOf, parseTimeZone } from '../../src/domain/time';
import { commandLine, printed } from '../support/command-line';
import { fileIn, readZip, relist, writeZip } from '../support/zip-files';

const text = 'Personvern\n\nSist oppdatert: 1. november 2023 – Versjon 2. rev. 10\n\nÆØÅ\n';
/** A code and a message, and nothing such as a stack after it. */
const oneLine = (code: string) => new RegExp(`^${code}: [^\\n]+\\n$`);

describe('bundles at the command line', () => {
  let line: ReturnType<typeof commandLine>;
  let out: string;
  beforeEach(() => {
    line = commandLine();
    out = join(line.directory, 'out');
    mkdirSync(out);
  });
  afterEach(() => line.remove());

  const at = (name: string) => join(out, name);
  async function policy(slug = 'fjordlys', zone = 'Europe/Oslo', effectiveOn?: string): Promise<void> {
    await line.run(['organisation', 'register', '--slug', slug, '--name', 'Fjordlys AS', '--time-zone', zone]);
    writeFileSync(join(line.directory, 'personvern.txt'), text);
    const on = effectiveOn === undefined ? [] : ['--effective-on', effectiveOn, '--label', 'første'];
    await line.run(['import', 'text', join(line.directory, 'personvern.txt'), '--organisation', slug, ...on]);
  }
  const begin = () => line.begin('with a policy', policy);

  it('are made of a policy, and verified in an empty directory by the key that was exported', async () => {
    await begin();
    const made = await line.run(['evidence', 'fjordlys/personvern', '--on', '2024-01-31', '--out', at('b.zip')]);
    expect(made).toMatchObject({
      code: 0,
      out: Buffer.alloc(0),
      said: expect.stringContaining('effectiveAt 2024-01-31T22:59:59.999Z'),
    });
    for (const format of ['vkey', 'pem']) {
      writeFileSync(at(`key.${format}`), (await line.run(['keys', 'export', 'ledger', '--format', format])).out);
    }
    const elsewhere = commandLine();
    try {
      copyFileSync(at('b.zip'), join(elsewhere.directory, 'b.zip'));
      const file = join(elsewhere.directory, 'b.zip');
      const plain = await elsewhere.run(['verify', file]);
      expect(plain).toMatchObject({
        code: 0,
        out: Buffer.alloc(0),
        said: expect.stringMatching(/is sound.*none left out.*--key/s),
      });
      for (const format of ['vkey', 'pem']) {
        const pinned = await elsewhere.run(['verify', file, '--json', '--key', at(`key.${format}`)]);
        expect([pinned.code, pinned.said]).toEqual([0, '']);
        expect(JSON.parse(String(pinned.out))).toMatchObject({
          ok: true,
          keyGiven: true,
          effectiveOn: '2024-01-31',
          texts: 1,
        });
      }
      const note = join(elsewhere.directory, 'note');
      writeFileSync(note, fileIn(await readZip(file), 'checkpoint.note'));
      expect(await elsewhere.run(['verify', file, '--checkpoint', note])).toMatchObject({ code: 0 });
      expect(
        readdirSync(elsewhere.directory)
          .filter((name) => !name.startsWith('.'))
          .sort(),
      ).toEqual(['b.zip', 'note']);
    } finally {
      elsewhere.remove();
    }
  }, 60_000);

  it('that are wrong are named with a code and the culprit, and the exit code is 1', async () => {
    await begin();
    await line.run(['evidence', 'fjordlys/personvern', '--on', '2024-01-31', '--out', at('b.zip')]);
    const files = await readZip(at('b.zip'));
    const [name = ''] = [...files.keys()].filter((each) => each.startsWith('texts/'));
    files.set(name, Buffer.from('En annen tekst.'));
    relist(files);
    await writeZip(at('forged.zip'), files);
    expect(await line.run(['verify', at('forged.zip')])).toMatchObject({
      code: 1,
      out: Buffer.alloc(0),
      said: expect.stringMatching(oneLine('TEXT_ALTERED')),
    });
    const json = await line.run(['verify', at('forged.zip'), '--json']);
    expect([json.code, JSON.parse(String(json.out))]).toEqual([
      1,
      { ok: false, code: 'TEXT_ALTERED', culprit: { file: name }, message: expect.any(String) },
    ]);
    writeFileSync(at('cut.zip'), readFileSync(at('b.zip')).subarray(0, 5_000));
    writeFileSync(at('no-key'), 'ingen nøkkel');
    const wrong: readonly (readonly [number, string, readonly string[]])[] = [
      [1, 'BUNDLE_UNREADABLE', [at('cut.zip')]],
      [1, 'FILE_UNREADABLE', [at('missing.zip')]],
      [1, 'FILE_UNREADABLE', [out]],
      [1, 'FILE_UNREADABLE', [at('b.zip'), '--key', at('missing')]],
      [2, 'BAD_KEY', [at('b.zip'), '--key', at('no-key')]],
      [2, 'BAD_CHECKPOINT', [at('b.zip'), '--checkpoint', at('no-key')]],
    ];
    for (const [code, said, args] of wrong) {
      expect(await line.run(['verify', ...args])).toMatchObject({ code, said: expect.stringMatching(oneLine(said)) });
    }
  }, 60_000);

  it('are refused for what is not there, and nothing is written', async () => {
    await begin();
    await policy('apia', 'Pacific/Apia', '2010-01-01');
    writeFileSync(at('there.zip'), 'noe annet');
    const handle = 'fjordlys/personvern';
    const refused: readonly (readonly [number, string, readonly string[]])[] = [
      [1, 'EVIDENCE_OF_FUTURE', [handle, '--on', '2099-01-01']],
      [1, 'EVIDENCE_BEFORE_START', [handle, '--on', '2020-01-01']],
      [1, 'EVIDENCE_DAY_ABSENT', ['apia/personvern', '--on', '2011-12-30']],
      [1, 'AS_OF_IN_FUTURE', [handle, '--recorded-at', '2099-01-01T00:00:00Z']],
      [1, 'NOT_FOUND', ['fjordlys/ukjent', '--on', '2024-01-31']],
      [1, 'NOT_FOUND', ['00000000-0000-4000-8000-000000000000', '--on', '2024-01-31']],
      [2, 'NOT_A_DATE', [handle, '--on', '2024-02-30']],
      [2, 'NO_OFFSET', [handle, '--at', '2024-03-31T02:30:00']],
      [2, 'AS_OF_CONTRADICTORY', [handle, '--on', '2024-01-31', '--at', '2024-01-31T00:00:00Z']],
    ];
    for (const [code, said, args] of refused) {
      const ended = await line.run(['evidence', ...args, '--out', at('b.zip')]);
      expect([args, ended.code, ended.said]).toEqual([args, code, expect.stringMatching(oneLine(said))]);
    }
    const there = await line.run(['evidence', handle, '--on', '2024-01-31', '--out', at('there.zip')]);
    expect(there).toMatchObject({ code: 1, said: expect.stringMatching(oneLine('FILE_EXISTS')) });
    const nowhere = await line.run(['evidence', handle, '--on', '2024-01-31', '--out', at('none/b.zip')]);
    expect(nowhere).toMatchObject({ code: 1, said: expect.stringMatching(oneLine('DIRECTORY_MISSING')) });
    expect(readdirSync(out)).toEqual(['there.zip']);
    expect(String(readFileSync(at('there.zip')))).toBe('noe annet');
  }, 120_000);

  it('are ordered of a server and fetched by its signed link', async () => {
    const server = line.start(['demo'], { SAMTYKKE_PORT: '0' });
    try {
      const welcome = await printed(server, /\noperator\n {2}\S+\n/);
      const url = /GraphQL\s+(http:\S+)\/graphql/.exec(welcome)?.[1] ?? '';
      const tokens = {
        officer: (await line.run(['token', '--role', 'officer', '--organisation', 'fjordlys'])).out.toString().trim(),
        other: (await line.run(['token', '--role', 'officer', '--organisation', 'annet'])).out.toString().trim(),
      };
      const remote = (token: string) => ['--url', url, '--token', token];
      const made = await line.run([
        'evidence',
        'fjordlys/privacy',
        '--on',
        '2023-03-15',
        '--known-on',
        localDateOf(instantAt(Date.now()), parseTimeZone('Europe/Oslo')),
        '--out',
        at('b.zip'),
        ...remote(tokens.officer),
      ]);
      expect([made.code, made.said]).toEqual([0, expect.stringContaining('effectiveAt 2023-03-15T')]);
      expect(await line.run(['verify', at('b.zip')])).toMatchObject({ code: 0 });
      const refused: readonly (readonly [string, readonly string[]])[] = [
        ['EVIDENCE_OF_FUTURE', ['fjordlys/privacy', '--on', '2099-01-01', ...remote(tokens.officer)]],
        ['EVIDENCE_BEFORE_START', ['fjordlys/privacy', '--known-on', '2001-01-01', ...remote(tokens.officer)]],
        ['NOT_FOUND', ['fjordlys/ukjent', '--on', '2024-01-31', ...remote(tokens.officer)]],
        ['NOT_FOUND', ['00000000-0000-4000-8000-000000000000', ...remote(tokens.officer)]],
        ['(FORBIDDEN|NOT_FOUND)', ['fjordlys/privacy', '--on', '2024-01-31', ...remote(tokens.other)]],
        ['(UNAUTHENTICATED|FORBIDDEN)', ['fjordlys/privacy', '--on', '2024-01-31', '--url', url]],
      ];
      for (const [code, args] of refused) {
        const ended = await line.run(['evidence', ...args, '--out', at('no.zip')]);
        expect([args, ended.code, ended.said]).toEqual([args, 1, expect.stringMatching(oneLine(code))]);
      }
      expect(existsSync(at('no.zip'))).toBe(false);
    } finally {
      const closed = server.exitCode === null ? once(server, 'close') : undefined;
      server.kill('SIGTERM');
      await closed;
    }
  }, 120_000);
});
