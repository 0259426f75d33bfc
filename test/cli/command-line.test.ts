import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { commandLine, printed } from '../support/command-line';

const register = ['organisation', 'register', '--slug', 'fjordlys', '--name', 'Fjordlys AS'];
const text = Buffer.from(
  'Personvern\r\n\r\nSist oppdatert: 1. november 2023 – Versjon 2. rev. 10\r\n\r\nÆØÅ\u00a0a\u030a\u00ad',
  'utf8',
);

/** A code and a message, and nothing such as a stack after it. */
const oneLine = (code: string) => new RegExp(`^${code}: [^\\n]+\\n$`);

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('the command line', () => {
  let line: ReturnType<typeof commandLine>;
  beforeEach(() => {
    line = commandLine();
  });
  afterEach(() => line.remove());

  const file = (name: string, bytes: Uint8Array) => {
    const path = join(line.directory, name);
    writeFileSync(path, bytes);
    return path;
  };

  const ok = async (args: readonly string[]) => {
    const { code, said } = await line.run(args);
    if (code !== 0) throw new Error(`${args.join(' ')}: ${said}`);
  };
  const begin = () => line.begin('registered', () => ok(register));
  const beginWithText = () =>
    line.begin('with a text', async () => {
      await begin();
      await ok(['import', 'text', file('personvern.txt', text), '--organisation', 'fjordlys']);
    });

  it('imports a text, prints what it found, and gives it back byte for byte', async () => {
    await line.run(register);
    const imported = await line.run(['import', 'text', file('personvern.txt', text), '--organisation', 'fjordlys']);
    expect(imported).toMatchObject({
      code: 0,
      said: expect.stringContaining('in force from 2023-11-01 (line 3), label "Versjon 2. rev. 10" (line 3)'),
    });
    const names = [join(line.directory, 'personvern.txt'), join(line.directory, 'none.txt')];
    const again = await line.run(['import', 'text', ...names, '--organisation', 'fjordlys', '--json']);
    expect([
      again.code,
      ...again.out
        .toString()
        .trimEnd()
        .split('\n')
        .map((found) => JSON.parse(found)),
    ]).toEqual([
      1,
      expect.objectContaining({
        slug: 'personvern',
        effectiveOn: '2023-11-01',
        label: 'Versjon 2. rev. 10',
        written: false,
      }),
      { file: names[1], code: 'FILE_UNREADABLE', message: expect.any(String) },
    ]);
    const day = await line.run(['policy', 'at', 'fjordlys/personvern', '--on', '2023-11-01']);
    expect(day.out.equals(text)).toBe(true);
    expect(day.said).toContain('effectiveAt 2023-11-01T22:59:59.999Z');
    const eve = await line.run(['policy', 'at', 'fjordlys/personvern', '--on', '2023-10-31']);
    expect(eve).toMatchObject({ code: 1, out: Buffer.alloc(0), said: expect.stringMatching(/^NOT_YET_PUBLISHED: /) });
    const toCome = await line.run(['policy', 'at', 'fjordlys/personvern', '--on', '2999-01-01']);
    expect([day.said.includes('forecast'), toCome.said.includes('this is a forecast')]).toEqual([false, true]);
  }, 30_000);

  it('says nothing but data on stdout, and a code for what it refuses', async () => {
    const id = (await line.run(register)).out.toString();
    expect(id).toMatch(/^[0-9a-f-]{36}\n$/);
    const outcomes = await Promise.all([
      line.run(['nonsense']),
      line.run(['status'], { SAMTYKKE_PORT: 'many' }),
      line.run(['token', '--role', 'emperor']),
      line.run(['token', '--role', 'operator', '--for', 'ever']),
      line.run(['token', '--role', 'subject', '--organisation', 'fjordlys', '--subject', 'anna']),
      line.run(['token', '--role', 'editor', '--organisation', 'fjordlys', '--actor', '']),
      line.run(['demo'], { SAMTYKKE_HOST: '0.0.0.0' }),
      line.run(['status'], { EVENTSTORE_URL: 'esdb://admin:secret@db:2113?unheardOf=1' }),
      line.run(['status'], { EVENTSTORE_URL: 'esdb://admin:secret@db:2113?tlsCAFile=/missing/ca.crt' }),
      line.run(['--version']),
    ]);
    const words = (said: string) => said.replace(/^\{.*\}\n/gm, '');
    expect(outcomes.map(({ code, out, said }) => [code, out.toString(), words(said).split(/[: ]/)[0]])).toEqual([
      [2, '', 'error'],
      [2, '', 'SAMTYKKE_PORT'],
      [2, '', 'BAD_ROLE'],
      [2, '', 'BAD_DURATION'],
      [2, '', 'TOKEN_REQUEST_INVALID'],
      [2, '', 'TOKEN_REQUEST_INVALID'],
      [2, '', 'DEMO_NOT_LOOPBACK'],
      [2, '', 'CONFIG_INVALID'],
      [2, '', 'CONFIG_INVALID'],
      [0, `${JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8')).version}\n`, ''],
    ]);
  }, 30_000);

  it('takes flags that cannot be read, or contradict each other, for wrong usage', async () => {
    await beginWithText();
    const at = ['policy', 'at', 'fjordlys/personvern'];
    const imported = ['import', 'text', file('personvern.txt', text), '--organisation', 'fjordlys'];
    const wrong: readonly (readonly [string, readonly string[]])[] = [
      ['NOT_A_DATE', [...at, '--on', '2023-02-30']],
      ['NO_OFFSET', [...at, '--at', '2023-02-03T10:00:00']],
      ['NOT_A_TIME', [...at, '--recorded-at', 'yesterdayZ']],
      ['AS_OF_CONTRADICTORY', [...at, '--on', '2023-11-01', '--at', '2023-11-01T10:00:00Z']],
      ['AS_OF_CONTRADICTORY', [...at, '--recorded-at', '2023-11-01T10:00:00Z', '--known-on', '2023-11-01']],
      ['NOT_A_DATE', [...at, '--known-on', '1.11.2023', '--url', 'http://127.0.0.1:1']],
      ['NOT_A_TIME_ZONE', [...register.with(3, 'nordvind'), '--time-zone', 'Oslo']],
      ['BAD_LOCALE', [...register.with(3, 'nordvind'), '--locale', 'norsk språk']],
      ['ONE_FILE_ONLY', [...imported, 'other.txt', '--slug', 'one']],
      ['NOT_A_DATE', [...imported, '--effective-on', 'soon']],
      ['URL_MISSING', [...register.with(3, 'nordvind'), '--token', 'x']],
      ['BAD_URL', ['status', '--url', 'localhost:4000']],
      ['BAD_URL', ['status', '--url', '4000']],
      ['FLAGS_CONTRADICTORY', ['status', '--url', 'http://127.0.0.1:1', '--token', 'x', '--token-file', 'x']],
      ['BAD_TOKEN_FILE', ['status', '--url', 'http://127.0.0.1:1', '--token-file', 'none.txt']],
      [
        'BAD_TOKEN_FILE',
        ['status', '--url', 'http://127.0.0.1:1', '--token-file', file('two.txt', Buffer.from('a b'))],
      ],
    ];
    for (const [code, args] of wrong) {
      const { said, ...ended } = await line.run(args);
      expect({ ...ended, said }).toEqual({ code: 2, out: Buffer.alloc(0), said: expect.stringMatching(oneLine(code)) });
    }
  }, 60_000);

  it('lets no text and no name of a file command the terminal', async () => {
    await begin();
    const hostile = 'Sist oppdatert: 1. november 2023\n\nVed å bruke tjenesten \u001b[2J\u202esamtykker du.\n';
    const named = file('\u001b[31mrød.txt', Buffer.from(hostile));
    const { code, said } = await line.run(['import', 'text', named, '--organisation', 'fjordlys', '--slug', 'red']);
    expect([code, said]).toEqual([0, expect.stringContaining('\\u{1b}[31mrød.txt: fjordlys/red, in force from')]);
    expect(said).toContain('Ved å bruke tjenesten \\u{1b}[2J\\u{202e}samtykker du.');
    expect(['\u001b', '\u202e'].filter((command) => said.includes(command))).toEqual([]);
  }, 20_000);

  it('names each file it cannot read, and goes on with the next', async () => {
    await begin();
    const last = file('personvern.txt', text);
    const below = join(last, 'below.txt');
    const files = [join(line.directory, 'nope.txt'), line.directory, below, '/dev/zero', last];
    const { code, said } = await line.run(['import', 'text', ...files, '--organisation', 'fjordlys']);
    expect([code, said.trimEnd().split('\n')]).toEqual([
      1,
      [
        `${files[0]}: FILE_UNREADABLE: There is no such file.`,
        `${line.directory}: FILE_UNREADABLE: This is a directory.`,
        `${below}: FILE_UNREADABLE: It cannot be read: ENOTDIR.`,
        expect.stringContaining('/dev/zero: TEXT_TOO_LARGE: '),
        expect.stringContaining(`${last}: fjordlys/personvern, in force from 2023-11-01`),
        'FILES_REFUSED: 4 of 5 files were refused.',
      ],
    ]);
  }, 30_000);

  it('says in one line what the operating system refuses', async () => {
    const inTheWay = file('data-file', text);
    const below = join(inTheWay, 'data');
    const outcomes = [
      [await line.run(['status'], { SAMTYKKE_DATA: inTheWay }), oneLine('EEXIST')],
      [await line.run(['status'], { SAMTYKKE_DATA: below }), oneLine('ENOTDIR')],
      [await line.run(['backup', inTheWay]), oneLine('EEXIST')],
      [await line.run(['backup', '/proc/samtykke/below']), oneLine('ENOENT')],
      [await line.run(['status'], { SAMTYKKE_DATA: '/proc/samtykke' }), oneLine('ENOENT')],
      [await line.run(['status'], { SAMTYKKE_VAULT_URL: 'file:/proc/samtykke/vault.db' }), oneLine('ENOENT')],
      [await line.run(['serve'], { SAMTYKKE_PORT: '0', SAMTYKKE_HOST: '192.0.2.1' }), oneLine('EADDRNOTAVAIL')],
    ] as const;
    for (const [{ code, said }, expected] of outcomes) {
      const words = said.replace(/^\{.*\}\n/gm, '');
      expect([code, words]).toEqual([3, expect.stringMatching(expected)]);
    }
    const keys = await line.run(['token', '--role', 'operator'], { SAMTYKKE_KEYS_DIR: '/proc/samtykke' });
    expect([keys.code, keys.said]).toEqual([1, expect.stringMatching(oneLine('KEY_FILE_UNUSABLE'))]);
  }, 30_000);

  it('names read models that are damaged and what to do, and rebuilds them', async () => {
    await beginWithText();
    const readModel = join(line.directory, 'data/read-model.db');
    truncateSync(readModel, 5_000);
    const { code, said } = await line.run(['status']);
    expect([code, said]).toEqual([1, expect.stringMatching(oneLine('READ_MODEL_DAMAGED'))]);
    expect(said).toContain(readModel);
    expect(said).toContain('samtykke rebuild');
    const rebuilt = await line.run(['rebuild']);
    expect([rebuilt.code, rebuilt.said]).toEqual([0, expect.stringMatching(/^Rebuilt from [1-9]\d* events\.\n$/)]);
    const one = await line.run(['rebuild', '--read-model', 'policies', 'facts']);
    expect([one.code, one.said]).toEqual([0, expect.stringMatching(/^Rebuilt policies, facts from \d+ events\.\n$/)]);
    const none = await line.run(['rebuild', '--read-model', 'persons']);
    expect([none.code, none.said]).toEqual([2, expect.stringMatching(oneLine('UNKNOWN_READ_MODEL'))]);
    expect((await line.run(['policy', 'at', 'fjordlys/personvern'])).out.equals(text)).toBe(true);
  }, 60_000);

  it('backs up, restores into an empty directory, and answers the same', async () => {
    await beginWithText();
    const backup = join(line.directory, 'backup');
    expect((await line.run(['backup', backup])).code).toBe(0);
    const restored = {
      SAMTYKKE_DATA: join(line.directory, 'restored'),
      SAMTYKKE_KEYS_DIR: join(line.directory, 'data/keys'),
    };
    expect((await line.run(['restore', backup], restored)).code).toBe(0);
    expect((await line.run(['policy', 'at', 'fjordlys/personvern'], restored)).out.equals(text)).toBe(true);
    const again = await line.run(['restore', backup], restored);
    expect([again.code, again.said]).toEqual([1, expect.stringContaining('LOG_EXISTS')]);
    const nowhere = await line.run(['restore', line.directory], { SAMTYKKE_DATA: join(line.directory, 'other') });
    expect([nowhere.code, nowhere.said]).toEqual([1, expect.stringContaining('BACKUP_MISSING')]);
  }, 40_000);

  it('backs up beside the server that holds the data directory, as often as asked', async () => {
    await beginWithText();
    writeFileSync(join(line.directory, 'data/samtykke.sock'), 'what a killed server left');
    const server = line.start(['serve'], { SAMTYKKE_PORT: '0' });
    try {
      for await (const said of server.stderr ?? []) if (String(said).includes('Serving at')) break;
      const [one, two] = await Promise.all(
        ['one', 'two'].map((name) => line.run(['backup', join(line.directory, name)])),
      );
      expect([one?.code, two?.code]).toEqual([0, 0]);
      expect(one?.said).toMatch(/^Log up to position \d+\.\nVault without its keys/);
      const again = await line.run(['backup', join(line.directory, 'one')]);
      expect([again.code, again.said]).toEqual([1, expect.stringMatching(oneLine('BACKUP_EXISTS'))]);
      const nowhere = await line.run(['backup', '/proc/samtykke/below']);
      expect([nowhere.code, nowhere.said]).toEqual([3, expect.stringMatching(oneLine('ENOENT'))]);
      expect(statSync(join(line.directory, 'data/samtykke.sock')).mode & 0o777).toBe(0o600);
    } finally {
      const closed = new Promise((resolve) => server.once('close', resolve));
      server.kill('SIGTERM');
      await closed;
    }
    for (const name of ['one', 'two']) {
      const restored = {
        SAMTYKKE_DATA: join(line.directory, `${name}-restored`),
        SAMTYKKE_KEYS_DIR: join(line.directory, 'data/keys'),
      };
      expect((await line.run(['restore', join(line.directory, name)], restored)).code).toBe(0);
      expect((await line.run(['policy', 'at', 'fjordlys/personvern'], restored)).out.equals(text)).toBe(true);
    }
  }, 60_000);

  it('does not begin a log anew where one was lost, and goes on with the one from a backup', async () => {
    await beginWithText();
    const backup = join(line.directory, 'backup');
    expect((await line.run(['backup', backup])).code).toBe(0);
    // A crash may have left its write-ahead log behind.
    const log = join(line.directory, 'data/events.db');
    copyFileSync(log, `${log}-wal`);
    rmSync(log);
    for (const _ of ['once', 'twice']) {
      const { code, said } = await line.run(register.with(3, 'nordvind'));
      expect([code, said]).toEqual([1, expect.stringMatching(oneLine('LOG_MISSING'))]);
    }
    const restored = await line.run(['restore', backup]);
    expect([restored.code, restored.said]).toEqual([0, expect.stringContaining('vault that is there was kept')]);
    expect((await line.run(['policy', 'at', 'fjordlys/personvern'])).out.equals(text)).toBe(true);
    expect(await line.run(['restore', backup])).toMatchObject({
      code: 1,
      said: expect.stringMatching(oneLine('LOG_EXISTS')),
    });
  }, 60_000);

  it('is told that a server holds the data directory, and works against that server instead', async () => {
    const metricsPort = await freePort();
    const server = line.start(['serve'], {
      SAMTYKKE_DEMO: '1',
      SAMTYKKE_PORT: '0',
      SAMTYKKE_METRICS_PORT: String(metricsPort),
      SAMTYKKE_CORS_ORIGINS: 'https://app.example',
      SAMTYKKE_TRUST_PROXY: '1',
    });
    const welcome = await printed(server, /\noperator\n {2}\S+\n/);
    const url = /GraphQL\s+(http:\S+)\/graphql/.exec(welcome)?.[1] ?? '';
    const operator = /\noperator\n\s+(\S+)/.exec(welcome)?.[1] ?? '';
    try {
      const locked = await line.run(register);
      expect([locked.code, locked.said]).toEqual([3, expect.stringMatching(/^DATA_DIRECTORY_LOCKED: .*--url.*\n$/)]);
      const misnamed = await line.run(['status'], { EVENTSTORE_URL: 'esdb://db:2113?unheardOf=1' });
      expect([misnamed.code, misnamed.said]).toEqual([2, expect.stringMatching(oneLine('CONFIG_INVALID'))]);
      const remote = ['--url', url, '--token', operator];
      expect(await line.run([...register.with(3, 'nordvind'), ...remote])).toMatchObject({ code: 0, said: '' });
      const taken = await line.run([...register, ...remote]);
      expect([taken.code, taken.said]).toEqual([1, expect.stringContaining('ORGANISATION_ALREADY_EXISTS')]);
      const at = await line.run(['policy', 'at', 'fjordlys/privacy', '--on', '2022-03-15', '--url', url]);
      expect([at.code, at.out.toString()]).toEqual([0, expect.stringContaining('Versjon 1')]);
      const toCome = await line.run(['policy', 'at', 'fjordlys/privacy', '--on', '2999-01-01', '--url', url]);
      expect([at.said.includes('forecast'), toCome.said.includes('this is a forecast')]).toEqual([false, true]);
      const unknown = await line.run(['policy', 'at', 'fjordlys/privacy', '--known-on', '2020-01-01', '--url', url]);
      expect([unknown.code, unknown.said]).toEqual([1, expect.stringContaining('NOT_YET_PUBLISHED')]);
      const compare = ['policy', 'compare', 'fjordlys/privacy#2', 'fjordlys/privacy', '--url', url];
      const words = await line.run(compare);
      expect([words.code, words.out.toString()]).toEqual([0, expect.stringContaining('{+ Nyhetsbrevet sendes av')]);
      const sections = JSON.parse((await line.run([...compare, '--json'])).out.toString());
      expect(sections[0]).toEqual({ heading: expect.any(String), op: expect.any(String), words: expect.any(Array) });
      const none = await line.run(['policy', 'compare', 'fjordlys/privacy#99', 'fjordlys/privacy', '--url', url]);
      expect([none.code, none.said]).toEqual([1, expect.stringContaining('NOT_FOUND')]);
      const status = await line.run(['status', '--json', ...remote]);
      expect(JSON.parse(status.out.toString())).toMatchObject({
        ...{ lagMs: expect.any(Number), store: null, events: null, organisations: 3, policies: null, notReady: [] },
        readModels: { state: 'ready', reason: null },
      });
      expect((await line.run(['status', ...remote])).out.toString()).not.toMatch(/ null$/m);
      const fromFile = ['--token-file', file('operator.token', Buffer.from(`${operator}\n`))];
      expect(await line.run(['status', '--json', '--url', url, ...fromFile])).toMatchObject({ code: 0, said: '' });
      const nobody = await line.run(['status', '--url', url]);
      expect(nobody.code).toBe(1);
      const metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
      const figures = (await metrics.text()).split('\n');
      expect(figures).toContain('samtykke_check_ok{check="LEDGER"} 1');
      expect(figures).toContainEqual(expect.stringMatching(/^samtykke_ledger_leaves \d+$/));
      const live = await fetch(`${url}/health/live`, { headers: { origin: 'https://app.example' } });
      expect(live.headers.get('access-control-allow-origin')).toBe('https://app.example');
    } finally {
      const closed = new Promise((resolve) => server.once('close', resolve));
      server.kill('SIGTERM');
      await closed;
    }
    const gone = await line.run(['status', '--url', url]);
    expect([gone.code, gone.said]).toEqual([3, expect.stringContaining('SERVER_UNREACHABLE')]);
  }, 60_000);

  it('records a clock fault between events, and none where there is no event', async () => {
    await beginWithText();
    const status = async () => JSON.parse((await line.run(['status', '--json'])).out.toString());
    const { applied, logId, events } = await status();
    const at = (place: string) => Buffer.from(JSON.stringify([logId, place])).toString('base64url');
    for (const [from, to] of [
      [applied, at('999999')],
      [at('start'), applied],
      [applied, 'nonsense'],
    ]) {
      const { code, said } = await line.run(['clock-fault', '--from', from, '--to', to]);
      expect([code, said]).toEqual([1, expect.stringMatching(oneLine('BAD_POSITION'))]);
    }
    expect((await status()).events).toBe(events);
    const { code, said } = await line.run(['clock-fault', '--from', applied, '--to', applied]);
    expect([code, said]).toEqual([0, expect.stringMatching(/^Recorded at /)]);
    expect((await status()).events).toBe(events + 1);
  }, 60_000);

  it('names the address that somebody else listens at, and the variable that changes it', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = String(typeof address === 'object' ? address?.port : '');
    const { code, said } = await line.run(['serve'], { SAMTYKKE_PORT: port });
    other.close();
    await once(other, 'close');
    expect([code, said]).toEqual([
      3,
      expect.stringMatching(new RegExp(`^EADDRINUSE: .*127\\.0\\.0\\.1:${port}; SAMTYKKE_PORT`, 'm')),
    ]);
  }, 20_000);

  it('tells why a server is not ready, and ends refused', async () => {
    const ledger = { state: 'SOUND', reason: null, leaves: '1', signed: '1', scrubbed: '1', scrubbedWholeAt: null };
    const log = {
      head: 'h',
      applied: 'a',
      recordedAt: '2024-01-31T00:00:00.000Z',
      lagMs: 60_000,
      lagEvents: 9,
      ledger,
    };
    const some = { totalCount: 1 };
    const checks = [
      { name: 'STORE', ok: true },
      { name: 'READ_MODELS', ok: false, detail: 'live, 60000 ms behind' },
      { name: 'RECORDS', ok: false, required: false },
    ];
    const behind = createHttpServer(({ url: path }, answer) => {
      const body = path === '/graphql' ? { data: { log, organisations: some } } : { checks };
      answer.writeHead(path === '/graphql' ? 200 : 503).end(JSON.stringify(body));
    }).listen(0, '127.0.0.1');
    await once(behind, 'listening');
    const address = behind.address();
    try {
      const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
      const { code, out, said } = await line.run(['status', '--json', '--url', url]);
      expect([code, said]).toEqual([1, 'NOT_READY: READ_MODELS: live, 60000 ms behind\n']);
      expect(JSON.parse(out.toString())).toMatchObject({
        readModels: { state: 'not ready', reason: 'live, 60000 ms behind' },
        notReady: ['READ_MODELS: live, 60000 ms behind'],
      });
    } finally {
      behind.close();
      await once(behind, 'close');
    }
  }, 20_000);

  it('demonstrates nothing over data of somebody else, but serves it and gives the operator a token', async () => {
    await begin();
    const server = line.start(['demo'], { SAMTYKKE_PORT: '0' });
    try {
      const welcome = await printed(server, /\noperator\n {2}\S+\n/);
      expect(welcome).toMatch(/^\nGraphQL +http:\S+\/graphql\nIDE +http:\S+\n\noperator\n {2}\S+\n$/);
    } finally {
      const closed = new Promise((resolve) => server.once('close', resolve));
      server.kill('SIGTERM');
      await closed;
    }
  }, 40_000);

  it('gets the bytes of a text that is not UTF-8 from a server too', async () => {
    await begin();
    const latin1 = Buffer.from('Personvernerklæring\nSist oppdatert: 1. november 2023\n', 'latin1');
    await line.run(['import', 'text', file('personvern.txt', latin1), '--organisation', 'fjordlys']);
    const port = await freePort();
    const server = line.start(['serve'], { SAMTYKKE_PORT: String(port) });
    const at = ['policy', 'at', 'fjordlys/personvern', '--url', `http://127.0.0.1:${port}`];
    try {
      for await (const said of server.stderr ?? []) if (String(said).includes('Serving at')) break;
      expect((await line.run(at)).out.equals(latin1)).toBe(true);
      expect((await line.run([...at, '--on', '2023-11-01'])).out.equals(latin1)).toBe(true);
    } finally {
      const closed = new Promise((resolve) => server.once('close', resolve));
      server.kill('SIGTERM');
      await closed;
    }
  }, 60_000);

  it('imports a repository, and a second time nothing', async () => {
    await begin();
    const repository = join(line.directory, 'repository');
    mkdirSync(repository);
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', repository, '-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args]);
    git('init', '--quiet');
    for (const word of ['en', 'to']) {
      writeFileSync(join(repository, 'Vilkår for bruk.md'), `# Vilkår\n\n${word}\n`);
      git('add', '.');
      git('commit', '--quiet', '--message', word);
    }
    const importing = ['import', 'git', repository, '--organisation', 'fjordlys', '--kind', 'TERMS'];
    expect((await line.run(importing)).said).toContain('1 policies: 2 versions imported');
    expect((await line.run(importing)).said).toContain('0 versions imported, 0 removals, 0 redated, 2 already there');
    const again = await line.run([...importing, '--json']);
    expect([again.said, JSON.parse(again.out.toString())]).toEqual([
      '',
      expect.objectContaining({ imported: 0, known: 2 }),
    ]);
    expect((await line.run([...importing, '--path', '*.{txt,html}'])).said).toContain('no path matches *.{txt,html}');
    expect(await line.run([...importing, '--path', ''])).toMatchObject({
      code: 1,
      said: expect.stringMatching(oneLine('GLOB_INVALID')),
    });
    const compared = await line.run(['policy', 'compare', 'fjordlys/vilkar-for-bruk#1', 'fjordlys/vilkar-for-bruk#2']);
    expect(compared.out.toString()).toContain('[-en-]{+to+}');
  }, 40_000);

  it('ends refused when a path of a repository was, with all other paths imported', async () => {
    await begin();
    const repository = join(line.directory, 'repository');
    mkdirSync(repository);
    const git = (...args: string[]) =>
      execFileSync('git', ['-C', repository, '-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args]);
    const commit = (name: string, text: string, ...how: string[]) => {
      writeFileSync(join(repository, name), text);
      git('add', '.');
      git('commit', '--quiet', '--message', name, ...how);
    };
    git('init', '--quiet');
    commit('kept.md', '# Kept\n');
    commit('rewritten.md', '# First\n');
    const importing = ['import', 'git', repository, '--organisation', 'fjordlys'];
    expect(await line.run(importing)).toMatchObject({ code: 0 });
    commit('rewritten.md', '# Another\n', '--amend');
    commit('new.md', '# New\n');
    const { code, said } = await line.run(importing);
    expect([code, said.trimEnd().split('\n')]).toEqual([
      1,
      [
        '2 policies: 1 versions imported, 0 removals, 0 redated, 1 already there.',
        expect.stringMatching(/^ {2}refused rewritten\.md: HISTORY_DIVERGED: /),
        'PATHS_REFUSED: 1 of the paths were refused.',
      ],
    ]);
  }, 40_000);
});
