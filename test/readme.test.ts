import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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
  let editor: string;

  beforeAll(async () => {
    server = line.start(['demo'], { SAMTYKKE_PORT: '0' });
    const welcome = await printed(server, /\noperator\n {2}\S+\n/);
    url = /GraphQL\s+(http:\S+)\/graphql/.exec(welcome)?.[1] ?? '';
    editor = /editor@fjordlys.*\n\s+(\S+)/.exec(welcome)?.[1] ?? '';
  }, 60_000);

  afterAll(async () => {
    const closed = new Promise((resolve) => server.once('close', resolve));
    server.kill('SIGTERM');
    await closed;
    line.remove();
  });

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
    expect(new Set(snippets.map(({ language }) => language))).toEqual(new Set(['sh', 'graphql', 'json']));
    expect(answered.length).toBeGreaterThanOrEqual(2);
  });

  it.each(documents.map((text) => [text.trim().split('\n').slice(0, 2).join(' '), text]))(
    'asks what the schema knows: %s',
    (_, text) => {
      const schema = buildSchema(readFileSync(join(ROOT, 'schema.graphql'), 'utf8'));
      expect(validate(schema, parse(text))).toEqual([]);
    },
  );

  it('shows answers that the demonstration gives', async () => {
    for (const { query, answer } of answered) expect(await ask(query)).toEqual({ data: answer });
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
    const mutation = documents.find((text) => text.startsWith('mutation')) ?? '';
    const { data } = await ask('{ policy(handle: "fjordlys/privacy") { id draft { revision } } }', {}, editor);
    const policy = data.policy as { id: string; draft: { revision: number } };
    const drafted = await ask(mutation, { policy: policy.id, revision: policy.draft.revision }, editor);
    expect(drafted).toMatchObject({ data: { policyDraftEdit: { userErrors: [], position: expect.any(String) } } });
  });

  it('shows pages that are there', async () => {
    for (const path of readme.matchAll(/`(\/p\/[^`]+)`/g)) {
      expect((await fetch(`${url}${path[1]}`)).status).toBe(200);
    }
  });

  it('shows commands of npm that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(shell).toContain('npm ci && npm start');
    expect(shell).toContain('npm ci && npm test');
    for (const name of ['start', 'test', 'build', 'samtykke']) expect(scripts).toHaveProperty(name);
  });

  it('shows commands of samtykke that do what they say', async () => {
    const own = commandLine();
    try {
      for (const command of shell.filter((text) => text.startsWith('npm run -s samtykke -- '))) {
        const args = [...command.slice('npm run -s samtykke -- '.length).matchAll(/"([^"]*)"|(\S+)/g)].map(
          ([, quoted, plain]) => quoted ?? plain ?? '',
        );
        const { code, out, said } = await own.run(args);
        expect({ command, code, said: code === 0 ? '' : said }).toEqual({ command, code: 0, said: '' });
        if (args.includes('at')) expect(out.toString()).toBe(readme);
      }
    } finally {
      own.remove();
    }
  }, 60_000);
});
