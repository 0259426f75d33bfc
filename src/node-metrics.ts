import { Gauge, type Registry } from 'prom-client';
import type { HealthCheck } from './api/server/server-options';
import type { Ledger } from './ledger/ledger';
import type { ProjectionRunner } from './read-models/projection-runner';
import type { Prefix } from './read-models/read-models';

interface MeasuredNode {
  readonly health: () => Promise<readonly HealthCheck[]>;
  readonly runner: Pick<ProjectionRunner, 'lag'>;
  readonly readModels: { applied(): Pick<Prefix, 'n'> };
  readonly ledger: Pick<Ledger, 'state'>;
}

/** Registers what an operator has to be woken for: figures of the node, measured whenever somebody asks. */
export function registerNodeMetrics(registry: Registry, node: MeasuredNode): void {
  const { health, runner, readModels, ledger } = node;
  const gauge = (name: string, help: string, measure: () => number | Promise<number>) =>
    new Gauge({
      name: `samtykke_${name}`,
      help,
      registers: [registry],
      async collect() {
        this.set(await measure());
      },
    });
  new Gauge({
    name: 'samtykke_check_ok',
    help: 'Checks of /health/ready: 1 is well.',
    labelNames: ['check'] as const,
    registers: [registry],
    async collect() {
      for (const { name, ok } of await health()) this.set({ check: name }, ok ? 1 : 0);
    },
  });
  gauge('events_applied', 'Events of the log that the read models know.', () => readModels.applied().n);
  gauge(
    'read_model_lag_seconds',
    'How long the oldest event that the read models lack has been in the log; NaN where the log does not answer.',
    () =>
      runner.lag().then(
        ({ ms }) => ms / 1_000,
        () => Number.NaN,
      ),
  );
  gauge('ledger_leaves', 'Leaves of the tree over the log.', () => ledger.state().size);
  gauge('ledger_signed_leaves', 'Leaves under the newest checkpoint.', () => ledger.state().signed);
  gauge(
    'ledger_checkpoint_timestamp_seconds',
    'When the newest checkpoint was recorded, in seconds since 1970; 0 while there is none.',
    () => (ledger.state().signedAt ?? 0) / 1_000,
  );
  gauge('ledger_scrubbed_leaves', 'Leaves checked in this pass over the log.', () => ledger.state().scrub.leaves);
  gauge(
    'ledger_scrubbed_whole_timestamp_seconds',
    'When the last pass over the whole log ended, in seconds since 1970; 0 before the first.',
    () => (ledger.state().scrub.wholeAt ?? 0) / 1_000,
  );
}
