import { randomUUID } from 'node:crypto';
import { encodePosition } from '../application/position-text';
import type { Ledger } from '../ledger/ledger';
import { createProofs } from '../ledger/proofs';
import type { Records } from '../records/records';
import { standingIn } from './auth/subject-standing';
import { createSubjectTokens } from './auth/subject-tokens';
import type { TokenKeys } from './auth/token-keys';
import type { ApiServices } from './context';
import { createPacedTurns } from './paced-turns';
import { createNoticeBell } from './people/notice-bell';
import { createNotifications } from './people/notifications';
import { createSharedNotices } from './people/shared-notices';
import { createLivePolicyChanges } from './policies/policy-changes';

interface ApiParts extends Pick<ApiServices, 'app' | 'readModels' | 'progress' | 'evidence' | 'nowMs' | 'reportFault'> {
  readonly records: Records;
  readonly ledger: Ledger;
  /** What signs the tokens of subjects. */
  readonly keys: TokenKeys;
}

export interface OpenApi {
  readonly services: ApiServices;
  /** Waits for what is being recorded behind connections, and stops listening. */
  close(): Promise<void>;
}

/** What the API stands on, made of what a node has. */
export function openApi({ records, keys, ledger, ...parts }: ApiParts): OpenApi {
  const { app, readModels, progress, nowMs, reportFault } = parts;
  const report = (where: string) => (error: unknown) =>
    reportFault({ id: randomUUID(), correlationId: '', where, error });
  const turns = createPacedTurns();
  const liveChanges = createLivePolicyChanges(parts, turns);
  const noticeBell = createNoticeBell(readModels, progress, turns);
  const notifications = createNotifications(app, report('notifications'), turns);
  const subjectTokens = createSubjectTokens({ keys, standingOf: standingIn(readModels), nowMs });
  const proofs = createProofs(ledger, (position) => encodePosition(app.logId, position));
  let recording: Promise<void> | undefined;
  const recordAccess: ApiServices['recordAccess'] = (access, times) => {
    const recorded = records.record(Array.from({ length: times }, () => access));
    if (recorded === recording) return;
    recording = recorded;
    // Nobody waits for it: it proves nothing, and a lost one is no fault of the person's.
    recorded.catch(report('records'));
  };
  return {
    services: {
      ...parts,
      liveChanges,
      noticeBell,
      sharedNotices: createSharedNotices(),
      notifications,
      subjectTokens,
      recordAccess,
      proofs,
      ledgerState: ledger.state,
    },
    close: async () => {
      noticeBell.close();
      await notifications.settled();
    },
  };
}
