import { once } from 'node:events';
import { commandLine, printed } from '../support/command-line';

/** A code and a message, and nothing such as a stack after it. */
const oneLine = (code: string) => new RegExp(`^${code}: [^\\n]+\\n$`);
const PRIVACY = ['audit', 'fjordlys/privacy'];
const ON = ['--on', '2022-06-01'];
const ANNA = ['--explain', 'anna'];

/** What is asked with and without a server; each has to print the same. */
const QUESTIONS: readonly (readonly string[])[] = [
  [...PRIVACY, ...ON, '--people'],
  [...PRIVACY, ...ON, '--format', 'csv', '--people', '--category', 'customer'],
  ['audit', 'fjordlys/terms', '--format', 'csv', '--people'],
  [...PRIVACY, ...ON, ...ANNA],
  [...PRIVACY, ...ON, ...ANNA, '--locale', 'en'],
];
const AS_JSON: readonly (readonly string[])[] = [
  [...PRIVACY, ...ON, '--format', 'json', '--people'],
  [...PRIVACY, ...ON, ...ANNA, '--format', 'json'],
];
/** What is refused with and without a server: exit code 1, a code, nothing printed. */
const REFUSED: readonly (readonly [code: string, exit: 1 | 2, ...args: readonly string[]])[] = [
  ['NOT_FOUND', 1, 'audit', 'fjordlys/nowhere'],
  ['NOT_YET_PUBLISHED', 1, ...PRIVACY, '--on', '1990-01-01', '--people'],
  ['NOT_FOUND', 1, ...PRIVACY, '--known-on', '1990-01-01'],
  ['AS_OF_IN_FUTURE', 1, ...PRIVACY, '--on', '2190-01-01', '--format', 'csv'],
  ['AS_OF_IN_FUTURE', 1, ...PRIVACY, '--known-on', '2190-01-01'],
  ['NOT_FOUND', 1, ...PRIVACY, '--customer', 'nobody'],
  ['NOT_FOUND', 1, ...PRIVACY, '--explain', '=cmd()'],
  ['BAD_USER_INPUT', 2, ...PRIVACY, '--category', 'nobody'],
  ['NOT_A_DATE', 2, ...PRIVACY, '--on', '2024-03-31T02:30'],
  ['FORMAT_CONTRADICTORY', 2, ...PRIVACY, ...ANNA, '--format', 'csv'],
  ['FLAGS_CONTRADICTORY', 2, ...PRIVACY, ...ANNA, '--people'],
];

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly said: string;
}

describe('samtykke audit', () => {
  let line: ReturnType<typeof commandLine>;
  /** By the arguments. */
  const here = new Map<string, Outcome>();
  const there = new Map<string, Outcome>();
  let withoutToken: Outcome;
  let withEditor: Outcome;

  async function run(args: readonly string[]): Promise<Outcome> {
    const { code, out, said } = await line.run(args);
    return { code, out: out.toString(), said };
  }
  async function askAll(answers: Map<string, Outcome>, atOnce: number, ...more: readonly string[]): Promise<void> {
    const all = [...QUESTIONS, ...AS_JSON, ...REFUSED.map(([, , ...each]) => each)];
    for (let from = 0; from < all.length; from += atOnce) {
      const some = all.slice(from, from + atOnce);
      await Promise.all(some.map(async (args) => answers.set(args.join(' '), await run([...args, ...more]))));
    }
  }

  beforeAll(async () => {
    line = commandLine();
    const server = line.start(['demo'], { SAMTYKKE_PORT: '0' });
    const welcome = await printed(server, /\noperator\n {2}\S+\n/);
    const url = /GraphQL\s+(http:\S+)\/graphql/.exec(welcome)?.[1] ?? '';
    const token = (role: string) => new RegExp(`\\n${role}@fjordlys \\([^)]+\\)\\n {2}(\\S+)`).exec(welcome)?.[1] ?? '';
    try {
      await askAll(there, 3, '--url', url, '--token', token('officer'));
      withoutToken = await run([...PRIVACY, '--url', url]);
      withEditor = await run([...PRIVACY, '--people', '--url', url, '--token', token('editor')]);
    } finally {
      const closed = once(server, 'close');
      server.kill('SIGTERM');
      await closed;
    }
    // One at a time: each holds the data directory.
    await askAll(here, 1);
  }, 240_000);
  afterAll(() => line.remove());

  test.each(QUESTIONS.map((args) => [args.join(' ')]))('%s prints the same with and without a server', (args) => {
    expect(here.get(args)).toMatchObject({ code: 0, said: expect.stringContaining('effectiveAt ') });
    expect(there.get(args)?.out).toBe(here.get(args)?.out);
    expect(there.get(args)?.code).toBe(0);
  });

  test.each(AS_JSON.map((args) => [args.join(' ')]))('%s says the same with and without a server', (args) => {
    const [one, other] = [here, there].map((answers) => JSON.parse(answers.get(args)?.out ?? '{}'));
    expect(one).toMatchObject({ policy: 'fjordlys/privacy', asOf: { effectiveAt: '2022-06-01T21:59:59.999Z' } });
    // A server may write after it was asked.
    expect({ ...other, asOf: undefined }).toEqual({ ...one, asOf: undefined });
  });

  test.each(REFUSED.map(([code, exit, ...args]) => [args.join(' '), code, exit] as const))(
    '%s is refused as %s, with nothing printed',
    (args, code, exit) => {
      for (const answers of [here, there]) {
        const { said, ...ended } = answers.get(args) ?? { said: '' };
        expect({ ...ended, said }).toEqual({ code: exit, out: '', said: expect.stringMatching(oneLine(code)) });
      }
    },
  );

  test('nobody in particular, and an editor, are refused by a server', () => {
    expect([withoutToken.code, withoutToken.out, withoutToken.said]).toEqual([
      1,
      '',
      expect.stringMatching(oneLine('UNAUTHENTICATED')),
    ]);
    expect([withEditor.code, withEditor.out, withEditor.said]).toEqual([
      1,
      '',
      expect.stringMatching(oneLine('FORBIDDEN')),
    ]);
  });

  test('what it says is what there is', () => {
    const table = here.get([...PRIVACY, ...ON, '--people'].join(' '))?.out ?? '';
    expect(table).toContain('Versjon som gjelder: Versjon 1 (2), fra 2021-05-31T22:00:00.000Z');
    expect(table).toMatch(/newsletter +gitt \(GIVEN\) +1 +1\n/);
    expect(table).toMatch(/\n[0-9a-f-]{36} {2}PENDING {7}newsletter=GIVEN/);
    const story = here.get([...PRIVACY, ...ON, ...ANNA, '--locale', 'en'].join(' '))?.out ?? '';
    expect(story).toMatch(
      /\n2\. \S+ \S+ \(Europe\/Oslo\) {2}Consented to newsletter .+ \(happened 2022-02-01 10:15 \(Europe\/Oslo\)\)\n/,
    );
    expect(story).toContain('Rule C2: The answer is about exactly the version');
    expect(story).toContain(
      '→ Purpose newsletter: not decided (may not be processed) → given (may be processed). The person consented. [D1]',
    );
    expect(story).toMatch(/So it stands \(2022-06-01 23:59 \(Europe\/Oslo\)\):\n/);
    expect(story).toContain('  Purpose newsletter: given (may be processed). The person consented. [D1]\n');
    const norwegian = here.get([...PRIVACY, ...ON, ...ANNA].join(' '))?.out ?? '';
    expect(norwegian).toContain('Regel D1: Den siste avgjørelsen om formålet gjelder');
    expect(norwegian).not.toContain('anna');
  });

  test('a day that is still to come is told when a forecast is asked for', async () => {
    const told = await run([...PRIVACY, '--on', '2190-01-01', '--forecast', '--locale', 'en']);
    expect([told.code, told.said]).toEqual([0, expect.stringContaining('this is a forecast')]);
    expect(told.out).toContain('Version in force: ');
  }, 20_000);

  test('whoever stops reading is not told of a fault', async () => {
    const reader = line.start([...PRIVACY, '--format', 'json', '--people']);
    reader.stdout?.destroy();
    let said = '';
    reader.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const [code] = await once(reader, 'close');
    expect([code, said]).toEqual([0, expect.not.stringContaining('EPIPE')]);
  }, 20_000);
});
