import { Registry } from 'prom-client';
import type { LedgerState } from '../src/ledger/ledger';
import { registerNodeMetrics } from '../src/node-metrics';

describe('figures of a node', () => {
  const sound: LedgerState = {
    phase: 'SOUND',
    reason: undefined,
    divergence: undefined,
    size: 12,
    signed: 10,
    signedAt: Date.parse('2024-01-01T00:00:01Z'),
    scrub: { leaves: 7, wholeAt: undefined },
  };

  async function figures(lag: () => Promise<{ ms: number; events: number | undefined }>, state = sound) {
    const registry = new Registry();
    registerNodeMetrics(registry, {
      health: async () => [
        { name: 'STORE', ok: true },
        { name: 'LEDGER', ok: state.phase === 'SOUND' },
      ],
      runner: { lag },
      readModels: { applied: () => ({ n: 34 }) },
      ledger: { state: () => state },
    });
    return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  }

  test('tell how far log, read models and ledger are, and of each check whether it is well', async () => {
    expect(await figures(async () => ({ ms: 1_500, events: 3 }))).toEqual([
      'samtykke_check_ok{check="STORE"} 1',
      'samtykke_check_ok{check="LEDGER"} 1',
      'samtykke_events_applied 34',
      'samtykke_read_model_lag_seconds 1.5',
      'samtykke_ledger_leaves 12',
      'samtykke_ledger_signed_leaves 10',
      'samtykke_ledger_checkpoint_timestamp_seconds 1704067201',
      'samtykke_ledger_scrubbed_leaves 7',
      'samtykke_ledger_scrubbed_whole_timestamp_seconds 0',
    ]);
  });

  test('are told, too, where the log diverged, or does not answer', async () => {
    const diverged: LedgerState = { ...sound, phase: 'DIVERGED', signed: 0, signedAt: undefined };
    const said = await figures(() => Promise.reject(new Error('The store does not answer.')), diverged);
    expect(said).toEqual(
      expect.arrayContaining([
        'samtykke_check_ok{check="LEDGER"} 0',
        'samtykke_read_model_lag_seconds Nan',
        'samtykke_ledger_checkpoint_timestamp_seconds 0',
      ]),
    );
  });
});
