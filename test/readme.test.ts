import { type ChildProcess, execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSchema, parse, validate } from 'graphql';
import { commandLine, printed } from './support/command-line';

const ROOT = join(__dirname, '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

interface Snippet {
  readonly language: string;
  readonly text: string;
}

const snippets: readonly Snippet[] = [...readme.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(
  ([, language = '', text = '']) => ({
    language,
    text,
  }),
);
const documents = snippets.filter(({ language }) => language === 'graphql').map(({ text }) => text);
const shell = snippets.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.trim().split('\n'));

const SAMTYKKE = 'npm run -s samtykke -- ';

/** What a shell makes of a command of samtykke. */
function wordsOf(command: string): readonly string[] {
  const words = command.slice(SAMTYKKE.length).matchAll(/"([^"]*)"|(\S+)/g);
  return [...words].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

function documentNamed(name: string): string {
  return documents.find((text) => new RegExp(`^(query|mutation) ${name}\\b`).test(text)) ?? '';
}

/** Questions that stand before their answer. */
const answered = snippets.flatMap(({ language, text }, index) => {
  const next = snippets[index + 1];
  return language === 'graphql' && next?.language === 'json'
    ? [{ query: text, answer: JSON.parse(next.text) as unknown }]
    : [];
});

describe('the README', () => {
  const line = commandLine();
  let server: ChildProcess;
  let url: string;
  let tokens: (role: string) => string;
  let ids: { readonly organisation: string; readonly policy: string };

  beforeAll(async () => {
    server = line.start(['demo'], { SAMTYKKE_PORT: '0' });
    const welcome = await printed(server, /\noperator\n {2}\S+\n/);
    url = /GraphQL\s+(http:\S+)\/graphql/.exec(welcome)?.[1] ?? '';
    tokens = (role) => new RegExp(`${role}@fjordlys.*\\n\\s+(\\S+)`).exec(welcome)?.[1] ?? '';
    const { data } = await ask('{ policy(handle: "fjordlys/privacy") { id organisation { id } } }');
    const policy = data.policy as { id: string; organisation: { id: string } };
    ids = { organisation: policy.organisation.id, policy: policy.id };
  }, 60_000);

  afterAll(async () => {
    const closed = new Promise((resolve) => server.once('close', resolve));
    server.kill('SIGTERM');
    await closed;
    line.remove();
  });

  const inDirectory = (file: string) => join(line.directory, file);

  async function ask(
    query: string,
    variables: object = {},
    token?: string,
  ): Promise<{ data: Record<string, unknown>; errors?: unknown }> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    return (await response.json()) as { data: Record<string, unknown> };
  }

  it('holds snippets of every kind that is tested here', () => {
    expect(new Set(snippets.map(({ language }) => language))).toEqual(new Set(['sh', 'graphql', 'json', 'js', 'csv']));
    expect(answered.length).toBeGreaterThanOrEqual(3);
  });

  it.each(documents.map((text) => [text.trim().split('\n').slice(0, 2).join(' '), text]))(
    'asks what the schema knows: %s',
    (_, text) => {
      const schema = buildSchema(readFileSync(join(ROOT, 'schema.graphql'), 'utf8'));
      expect(validate(schema, parse(text))).toEqual([]);
    },
  );

  it('shows answers that the demonstration gives', async () => {
    for (const { query, answer } of answered) {
      expect(await ask(query, ids, query.includes('$') ? tokens('officer') : undefined)).toEqual({ data: answer });
    }
  });

  it('shows a subscription that opens', async () => {
    const query = documents.find((text) => text.startsWith('subscription'));
    const leave = new AbortController();
    const response = await fetch(`${url}/graphql/stream`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query }),
      signal: leave.signal,
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      expect.stringContaining('text/event-stream'),
    ]);
    leave.abort();
  });

  it('shows a draft edit that an editor may make', async () => {
    const query = '{ policy(handle: "fjordlys/privacy") { draft { revision } } }';
    const { revision } = ((await ask(query, {}, tokens('editor'))).data.policy as { draft: { revision: number } })
      .draft;
    const drafted = await ask(documentNamed('Draft'), { policy: ids.policy, revision }, tokens('editor'));
    expect(drafted).toMatchObject({ data: { policyDraftEdit: { userErrors: [], position: expect.any(String) } } });
  });

  it('shows integrations that work, in the browser over both transports and in the backend', async () => {
    const folder = join(ROOT, 'node_modules/.cache/readme');
    mkdirSync(folder, { recursive: true });
    const [browser, backend] = snippets.filter(({ language }) => language === 'js').map(({ text }) => text);
    writeFileSync(join(folder, 'browser.mjs'), browser ?? '');
    writeFileSync(join(folder, 'backend.mjs'), backend ?? '');
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(__dirname, 'support/readme-snippets.child.mjs'), folder],
      { env: { PATH: process.env.PATH, URL: url, SERVICE: tokens('service'), ORGANISATION: ids.organisation } },
    );
    const settled = ['READ_NOTICE', 'DECIDE_CONSENT', 'DECIDE_CONSENT', 'ACCEPT_TERMS'];
    expect(JSON.parse(stdout)).toEqual({
      outstanding: ['ACCEPT_TERMS', 'READ_NOTICE', 'DECIDE_CONSENT', 'DECIDE_CONSENT'],
      settled: { socket: settled, stream: settled },
      tokens: 4,
      withdrawals: [{ type: 'ConsentWithdrawn', subject: 'string' }],
    });
  }, 40_000);

  it('shows a decision, the gate and a mailing as they are answered', async () => {
    const { version } = (
      await ask(
        `{ policyInForce(handle: "fjordlys/privacy") { version { id content(locale: "nb") { locale sha256 } } } }`,
      )
    ).data.policyInForce as { version: { id: string; content: { locale: string; sha256: string } } };
    const { locale, sha256: contentSha256 } = version.content;
    const input = { version: version.id, locale, contentSha256, purposes: ['newsletter'], method: 'CLICKED_BUTTON' };
    const anna = tokens('subject');
    expect(await ask(documentNamed('Agree'), { input }, anna)).toMatchObject({
      data: { consentGive: { userErrors: [], consents: [{ purpose: 'newsletter', valid: true }] } },
    });
    expect(await ask(documentNamed('Gate'), {}, anna)).toMatchObject({
      data: { me: { obligations: { blocked: true } } },
    });
    const mailing = await ask(
      documentNamed('MayBeMailed'),
      { ...ids, externalIds: ['anna', 'nobody'] },
      tokens('service'),
    );
    expect(mailing.data.subjects).toEqual([
      {
        id: expect.any(String),
        consents: expect.arrayContaining([expect.objectContaining({ purpose: 'newsletter', valid: true })]),
      },
      null,
    ]);
  });

  it('shows rights as they are carried out', async () => {
    const register =
      'mutation ($input: SubjectRegisterInput!) { subjectRegister(input: $input) { position subject { id } } }';
    const person = { organisation: ids.organisation, externalId: 'eli', categories: ['customer'] };
    const { subject } = (await ask(register, { input: person }, tokens('service'))).data.subjectRegister as {
      subject: { id: string };
    };
    const object = 'mutation ($input: ProcessingRightInput!) { processingObject(input: $input) { position } }';
    const objection = { subject: subject.id, policy: ids.policy, purposes: ['statistics'] };
    const { position } = (await ask(object, { input: objection }, tokens('service'))).data.processingObject as {
      position: string;
    };
    const rights = await ask(documentNamed('Rights'), { subject: subject.id, fact: position }, tokens('officer'));
    expect(rights).toEqual({
      data: {
        copy: { evidence: { id: expect.any(String), status: expect.any(String) }, userErrors: [] },
        correct: { fact: { type: 'FactCorrected' }, userErrors: [] },
        hold: { subject: { erased: false }, userErrors: [] },
        erase: { subject: { erased: false }, userErrors: [] },
        lift: { subject: { erased: true }, userErrors: [] },
      },
    });
  });

  it('shows an import of decisions that the demonstration takes', async () => {
    const file = join(line.directory, 'decisions.csv');
    writeFileSync(file, snippets.find(({ language }) => language === 'csv')?.text ?? '');
    const [command = ''] = shell.filter((text) => text.includes('import decisions'));
    const args = wordsOf(command.replace('http://127.0.0.1:4000', url).replace('$SERVICE', tokens('service')));
    const { code, said } = await line.run(args.map((each) => (each === 'decisions.csv' ? file : each)));
    expect([code, said]).toEqual([0, '2 rows imported, 0 already there, 0 refused.\n']);
  });

  it('shows an audit that an officer may have, at the command line too', async () => {
    const audit = await ask(documentNamed('Audit'), { policy: ids.policy }, tokens('officer'));
    expect(audit).toMatchObject({ data: { audit: { inForce: { version: { label: 'Versjon 2. rev. 10' } } } } });
    const commands = shell.filter((text) => text.includes('$OFFICER') || text.includes('-- verify'));
    expect(commands).toHaveLength(4);
    for (const command of commands) {
      const args = wordsOf(command.replace('http://127.0.0.1:4000', url).replace('$OFFICER', tokens('officer')));
      const { code, said } = await line.run(args.map((each) => (/\.(csv|zip)$/.test(each) ? inDirectory(each) : each)));
      expect({ command, code, said: code === 0 ? '' : said }).toEqual({ command, code: 0, said: '' });
    }
  }, 40_000);

  it('shows pages that are there', async () => {
    for (const path of readme.matchAll(/`(\/p\/[^`]+)`/g)) {
      expect((await fetch(`${url}${path[1]}`)).status).toBe(200);
    }
  });

  it('names every variable that the configuration reads, and no other', () => {
    const variables = (text: string) => [...new Set(text.match(/\b(?:SAMTYKKE|EVENTSTORE)_[A-Z_]+\b/g))].sort();
    const [, table = ''] = readme.split('## Operate');
    expect(variables(table)).toEqual(variables(readFileSync(join(ROOT, 'src/config.ts'), 'utf8')));
  });

  it('shows commands of npm that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(shell).toContain('npm ci && npm start');
    expect(shell).toContain('npm ci && npm test');
    for (const name of ['start', 'test', 'build', 'samtykke', 'example']) expect(scripts).toHaveProperty(name);
  });

  it('shows commands of samtykke that do what they say', async () => {
    const own = commandLine();
    try {
      const alone = (text: string) => text.startsWith(SAMTYKKE) && !/--url|-- verify/.test(text);
      for (const command of shell.filter(alone)) {
        const args = wordsOf(command).map((each) => (each.endsWith('.sqlite') ? join(own.directory, each) : each));
        const { code, out, said } = await own.run(args);
        expect({ command, code, said: code === 0 ? '' : said }).toEqual({ command, code: 0, said: '' });
        if (args.includes('at')) expect(out.toString()).toBe(readme);
      }
    } finally {
      own.remove();
    }
  }, 60_000);
});
