import type { Logger } from 'pino';

/** Work that a node does by itself, again and again. */
export interface Job {
  /** Stands in the log. */
  readonly name: string;
  /** Between the end of one run and the beginning of the next, in milliseconds. */
  readonly everyMs: number;
  /**
   * Does as much as one run may, and says what it did in numbers; undefined: nothing worth telling. It stops between two
   * pieces of its work when the signal is aborted. What is left is done by the next run.
   */
  run(signal: AbortSignal): Promise<JobReport | undefined>;
  /** When its next run is wanted, in milliseconds from now, if that is before its round comes; undefined: no sooner. */
  wantedInMs?(): number | undefined;
}

/** Never names anybody. */
export type JobReport = Readonly<Record<string, number | readonly number[]>>;

export interface JobRounds {
  /** Runs every job now, one after the other, and answers when that is done; those under way are waited for. */
  runAll(): Promise<void>;
  /** Asks every waiting job again when its next run is wanted: something happened since. */
  reconsider(): void;
  /** Begins no run any more, stops the one under way between two pieces of its work, and answers when all is quiet. */
  close(): Promise<void>;
}

/** However soon a job is wanted again: two clocks may differ about whether its time has come. */
const LEAST_REST_MS = 5;

/**
 * Runs jobs at once and then in their rounds, one job at a time, so that they never hold a node up together and none
 * overlaps with itself. A job that fails is told in the log and runs again in its next round; it never stops the node.
 */
export function startJobRounds(jobs: readonly Job[], log: Pick<Logger, 'info' | 'warn'>): JobRounds {
  const abort = new AbortController();
  /** Of the jobs that wait, when their round comes, and what wakes them. */
  const rests = new Map<Job, { readonly roundAtMs: number; readonly timer: NodeJS.Timeout }>();
  let turn: Promise<void> = Promise.resolve();

  async function runOnce(job: Job): Promise<void> {
    if (abort.signal.aborted) return;
    try {
      const report = await job.run(abort.signal);
      if (report) log.info({ job: job.name, ...report }, 'A job was done');
    } catch (error) {
      if (!abort.signal.aborted) log.warn({ job: job.name, err: error }, 'A job failed; it runs again');
    }
  }
  function inTurn(job: Job): Promise<void> {
    turn = turn.then(() => runOnce(job));
    return turn;
  }
  function round(job: Job): void {
    rests.delete(job);
    void inTurn(job).then(() => {
      if (!abort.signal.aborted) rest(job, performance.now() + job.everyMs);
    });
  }
  function rest(job: Job, roundAtMs: number): void {
    clearTimeout(rests.get(job)?.timer);
    const waitMs = Math.max(Math.min(roundAtMs - performance.now(), wantedIn(job)), LEAST_REST_MS);
    rests.set(job, { roundAtMs, timer: setTimeout(() => round(job), waitMs).unref() });
  }
  function wantedIn(job: Job): number {
    try {
      return job.wantedInMs?.() ?? Number.POSITIVE_INFINITY;
    } catch (error) {
      log.warn({ job: job.name, err: error }, 'When a job is wanted could not be told; it runs in its round');
      return Number.POSITIVE_INFINITY;
    }
  }

  jobs.forEach(round);
  return {
    reconsider: () => {
      for (const [job, { roundAtMs }] of [...rests]) if (job.wantedInMs) rest(job, roundAtMs);
    },
    runAll: async () => {
      for (const job of jobs) await inTurn(job);
    },
    close: async () => {
      abort.abort();
      for (const { timer } of rests.values()) clearTimeout(timer);
      await turn;
    },
  };
}
