import { setTimeout as sleep } from 'node:timers/promises';
import { type Job, startJobRounds } from '../src/job-rounds';

const ROUND_MS = 5;

function recordedLog() {
  const lines: { level: string; job: unknown; more: Record<string, unknown> }[] = [];
  const at = (level: string) => (line: { job?: unknown }) =>
    void lines.push({ level, job: line.job, more: { ...line } });
  return { lines, log: { info: at('info'), warn: at('warn') } };
}

const job = (name: string, run: Job['run']): Job => ({ name, everyMs: ROUND_MS, run });

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition() && tries < 1_000; tries += 1) await sleep(2);
  expect(condition()).toBe(true);
}

describe('jobs in their rounds', () => {
  test('run at once and again and again, one at a time, never over themselves', async () => {
    const { lines, log } = recordedLog();
    let running = 0;
    let most = 0;
    const runs = { one: 0, two: 0 };
    const work = (name: 'one' | 'two') =>
      job(name, async () => {
        running += 1;
        most = Math.max(most, running);
        await sleep(2);
        running -= 1;
        runs[name] += 1;
        return undefined;
      });
    const rounds = startJobRounds([work('one'), work('two')], log);
    await until(() => runs.one >= 3 && runs.two >= 3);
    await rounds.close();
    expect([most, running, lines]).toEqual([1, 0, []]);
  });

  test('that are wanted sooner run sooner, also when that is only known later', async () => {
    const { log } = recordedLog();
    let runs = 0;
    let wantedInMs: number | undefined = 5;
    const slow: Job = {
      name: 'slow',
      everyMs: 3_600_000,
      run: async () => {
        runs += 1;
        wantedInMs = undefined;
        return undefined;
      },
      wantedInMs: () => wantedInMs,
    };
    const rounds = startJobRounds([slow], log);
    await until(() => runs === 1);
    await sleep(20);
    expect(runs).toBe(1);
    wantedInMs = 5;
    rounds.reconsider();
    await until(() => runs === 2);
    await rounds.close();
  });

  test('that fail are told by their name, run again, and hold up no other', async () => {
    const { lines, log } = recordedLog();
    let failures = 0;
    let others = 0;
    const rounds = startJobRounds(
      [
        job('failing', async () => {
          failures += 1;
          throw new Error('It failed.');
        }),
        job('other', async () => ({ done: ++others })),
      ],
      log,
    );
    await until(() => failures >= 2 && others >= 2);
    await rounds.close();
    expect(lines.filter(({ level }) => level === 'warn').every(({ job: name }) => name === 'failing')).toBe(true);
    expect(lines.find(({ level }) => level === 'info')).toMatchObject({ job: 'other', more: { done: 1 } });
  });

  test('end when the node closes: what is under way is told to stop and waited for, nothing begins any more', async () => {
    const { lines, log } = recordedLog();
    let ended = false;
    let after = 0;
    const rounds = startJobRounds(
      [
        job('long', async (signal) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve));
          await sleep(10);
          ended = true;
          throw new Error('It was stopped.');
        }),
        job('next', async () => ({ done: ++after })),
      ],
      log,
    );
    await sleep(5);
    await rounds.close();
    expect([ended, after, lines]).toEqual([true, 0, []]);
    await rounds.runAll();
    await rounds.close();
    await sleep(3 * ROUND_MS);
    expect(after).toBe(0);
  });
});
