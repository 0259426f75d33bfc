import type { HealthCheck } from './api/server/server-options';
import type { EventStore } from './event-store/event-store';
import type { Ledger } from './ledger/ledger';
import type { ProjectionRunner } from './read-models/projection-runner';
import type { ReadModels } from './read-models/read-models';

/** A store that does not answer within this is not reachable. */
const STORE_ANSWER_MS = 2_000;
/** A log's head this far ahead of the node's clock is a clock that is wrong (rule S4). */
const CLOCK_LIMIT_MS = 60_000;

export interface HealthParts {
  readonly store: EventStore;
  readonly runner: ProjectionRunner;
  readonly readModels: Pick<ReadModels, 'applied'>;
}

/** What has to be well for the node to be ready: the log answers and takes appends, the read models follow it. */
export async function healthOf(
  { store, runner, readModels }: HealthParts,
  readyLagLimitMs: number,
): Promise<readonly HealthCheck[]> {
  const reachable = await answersInTime(store);
  const writeFault = store.writeFault?.();
  const state = runner.state();
  const lagMs = reachable ? (await runner.lag()).ms : Number.POSITIVE_INFINITY;
  const following = state.phase !== 'stopped' && state.phase !== 'closed';
  const aheadMs = readModels.applied().clockMs - Date.now();
  return [
    { name: 'STORE', ok: reachable },
    {
      name: 'STORE_WRITES',
      ok: writeFault === undefined,
      ...(writeFault !== undefined && { detail: `the last append could not be written: ${writeFault}` }),
    },
    {
      name: 'READ_MODELS',
      ok: following && lagMs <= readyLagLimitMs,
      detail: 'reason' in state ? state.reason : `${state.phase}, ${lagMs} ms behind`,
    },
    { name: 'CLOCK', ok: aheadMs <= CLOCK_LIMIT_MS, ...(aheadMs > 0 && { detail: `the log is ${aheadMs} ms ahead` }) },
  ];
}

/** A node that may not write, because the log or the key of its checkpoints is not what it was, is not ready. */
export function healthOfLedger(ledger: Pick<Ledger, 'state'>): HealthCheck {
  const { phase, reason, size, signed } = ledger.state();
  const ok = phase !== 'DIVERGED' && phase !== 'KEY_UNKNOWN';
  const progress = `${phase}, ${size} leaves, ${signed} under the newest checkpoint`;
  return { name: 'LEDGER', ok, detail: reason === undefined ? progress : `${phase}: ${reason}` };
}

async function answersInTime(store: EventStore): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), STORE_ANSWER_MS);
  });
  try {
    return await Promise.race([
      store.head().then(
        () => true,
        () => false,
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
