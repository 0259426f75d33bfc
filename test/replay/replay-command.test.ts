import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Doors, Node, NodeStatus, Terminal } from '../../src/cli/doors';
import { runCli } from '../../src/cli/run-cli';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import type { ReplayOrder } from '../../src/replay/make-replay';
import { openTestApi, type TestApi } from '../support/api-harness';
import { commandLine } from '../support/command-line';
import { startTypescript } from '../support/typescript-child';

const register = ['organisation', 'register', '--slug', 'fjordlys', '--name', 'Fjordlys AS'];
const oneLine = (code: string) => new RegExp(`^${code}: [^\\n]+\\n$`);

jest.setTimeout(60_000);

describe('samtykke replay', () => {
  let line: ReturnType<typeof commandLine>;
  beforeEach(() => {
    line = commandLine();
  });
  afterEach(() => line.remove());

  const file = (name: string) => join(line.directory, name);
  const applied = async () =>
    (JSON.parse(String((await line.run(['status', '--json'])).out)) as { applied: string }).applied;

  it('makes a file up to a position, says what is in it on stderr, and prints nothing', async () => {
    await line.run(register);
    const position = await applied();
    const { code, out, said } = await line.run(['replay', '--position', position, '--out', file('then.sqlite')]);
    expect([code, out.toString()]).toEqual([0, '']);
    expect(said).toMatch(/^\S+then\.sqlite: 0 people, 0 policies, 1 organisations\.\nrecordedAt \S+Z, position \S+\n$/);
    const database = new Database(file('then.sqlite'), { readonly: true });
    const stamp = database.prepare('SELECT position, effective_at = recorded_at AS same, software_version FROM stamp');
    expect(stamp.get()).toEqual({ position, same: 1, software_version: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    database.close();
  }, 60_000);

  it('refuses by codes and exit codes what it cannot do, and makes no file', async () => {
    await line.run(register);
    const position = await applied();
    const other = commandLine();
    await other.run(register);
    const { applied: foreign } = JSON.parse(String((await other.run(['status', '--json'])).out)) as { applied: string };
    other.remove();
    const out = ['--out', file('x.sqlite')];
    const asked: readonly (readonly [number, string, readonly string[]])[] = [
      [2, 'AS_OF_MISSING', out],
      [2, 'AS_OF_CONTRADICTORY', ['--on', '2020-01-01', '--position', position, ...out]],
      [2, 'NOT_A_DATE', ['--on', '2023-02-30', ...out]],
      [2, 'BAD_POSITION', ['--position', 'nonsense', ...out]],
      [1, 'BAD_POSITION', ['--position', foreign, ...out]],
      [1, 'AS_OF_IN_FUTURE', ['--on', '9000-01-01', ...out]],
      [1, 'NOT_FOUND', ['--on', '2020-01-01', '--organisation', 'nobody', ...out]],
      [1, 'REPLAY_FILE_EXISTS', ['--on', '2020-01-01', '--out', line.directory]],
      [1, 'REPLAY_FILE_UNKNOWN', ['--on', '2020-01-01', '--force', '--out', file('data/events.db')]],
      [1, 'DIRECTORY_MISSING', ['--on', '2020-01-01', '--out', file('nowhere/x.sqlite')]],
    ];
    for (const [exit, code, args] of asked) {
      const { said, ...ended } = await line.run(['replay', ...args]);
      expect([code, { ...ended, said }]).toEqual([
        code,
        { code: exit, out: Buffer.alloc(0), said: expect.stringMatching(oneLine(code)) },
      ]);
    }
    expect((await line.run(['replay', '--on', '2020-01-01'])).code).toBe(2);
    expect(readdirSync(line.directory).filter((name) => name !== '.cache')).toEqual(['data']);
  }, 120_000);

  it('says that a server holds the data directory', async () => {
    await line.run(register);
    const server = openSqliteEventStore({ directory: file('data'), clock: Date.now });
    const { code, said } = await line.run(['replay', '--on', '2020-01-01', '--out', file('x.sqlite')]);
    await server.close();
    expect([code, said]).toEqual([3, expect.stringMatching(oneLine('DATA_DIRECTORY_LOCKED'))]);
  }, 60_000);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s stops a replay, which then clears away', async (signal) => {
  const api = await openTestApi();
  const said: string[] = [];
  const terminal: Terminal = { data: () => undefined, say: (text) => void said.push(text), isTerminal: false };
  const interrupted = runCli(['replay', '--on', '2020-01-01', '--out', 'x'], doorsThatWait(api, signal), terminal);
  expect(await interrupted).toBe(1);
  expect(said).toEqual([expect.stringMatching(/^REPLAY_STOPPED: /)]);
  expect(process.listenerCount(signal)).toBe(0);
  await api.close();
});

test('read models that have stopped are not taken for the whole log', async () => {
  const api = await openTestApi();
  const said: string[] = [];
  const terminal: Terminal = { data: () => undefined, say: (text) => void said.push(text), isTerminal: false };
  const replay = () => Promise.reject(new Error('It was made.'));
  const asked = ['replay', '--on', '2020-01-01', '--out', 'x'];
  expect(await runCli(asked, doorsOf(api, { replay }, 'stopped'), terminal)).toBe(1);
  expect(said).toEqual([expect.stringMatching(/^READ_MODELS_STOPPED: /)]);
  await api.close();
});

/** Somebody presses Ctrl+C while the replay is made. */
function doorsThatWait(api: TestApi, signal: NodeJS.Signals): Doors {
  const replay = async (order: ReplayOrder) => {
    process.emit(signal);
    order.signal.throwIfAborted();
    throw new Error('It was not stopped.');
  };
  return doorsOf(api, { replay });
}

function doorsOf({ services: { app, readModels } }: TestApi, does: Pick<Node, 'replay'>, state = 'live'): Doors {
  const status = async () => ({ readModels: { state, reason: undefined } }) as NodeStatus;
  const nothing = async () => undefined;
  const node: Partial<Node> = { app, readModels, status, applied: nothing, close: nothing, ...does };
  const doors: Partial<Doors> = { openNode: async () => node as Node };
  return doors as Doors;
}

test.each(['events', 'people', 'texts', 'policies'])(
  'killed outright among the %s it leaves no file',
  async (phase) => {
    const directory = mkdtempSync(join(tmpdir(), 'samtykke-killed-'));
    const out = join(directory, 'replay.sqlite');
    const child = startTypescript('test/replay/support/replay-killed.child.ts', out, phase);
    const [, signal] = await once(child, 'close');
    expect([signal, existsSync(out)]).toEqual(['SIGKILL', false]);
    expect(readdirSync(directory)).toEqual([expect.stringMatching(/^\.samtykke-replay-/)]);
    rmSync(directory, { recursive: true });
  },
  30_000,
);
