import type { Instant } from '../src/domain/time';
import {
  type EventOf,
  existing,
  insert,
  type Projection,
  projectionOf,
  type RowChange,
  textOf,
  type View,
} from './projection';

/** What a log row of policy changes says; what is pushed for it is decided when it is read (rule O4). */
export type ChangeEntry = 'PUBLISHED' | 'IMPORTED' | 'WITHDRAWN' | 'RETIRED' | 'RETIREMENT_IMPORTED' | 'IMPORT_REVOKED';

const TYPES = [
  'PolicyCreated',
  'PolicyVersionPublished',
  'PolicyVersionImported',
  'PolicyVersionImportRevoked',
  'PolicyVersionWithdrawn',
  'PolicyRetired',
  'PolicyRetirementImported',
  'PolicyRetirementImportRevoked',
] as const;

/**
 * What the subscription to policy changes reads: `log` holds the events that may change which version is in force,
 * `boundaries` the instants at which the clock alone may, for persons of an older cohort too (rule V1).
 */
export const policyChanges: Projection = projectionOf({
  name: 'policy-changes',
  version: 2,
  categories: ['policy'],
  eventTypes: TYPES,
  tables: {
    owners: { columns: { policy: 'text', organisation: 'text' }, key: ['policy'] },
    log: {
      columns: {
        n: 'integer',
        policy: 'text',
        organisation: 'text',
        entry: 'text',
        id: 'text',
        at: 'text',
      },
      key: ['n'],
      indexes: { by_organisation: { columns: ['organisation', 'n'] }, by_policy: { columns: ['policy', 'n'] } },
    },
    boundaries: {
      columns: { at: 'text', policy: 'text', n: 'integer', organisation: 'text' },
      key: ['at', 'policy', 'n'],
      indexes: {
        by_organisation: { columns: ['organisation', 'at', 'policy', 'n'] },
        by_policy: { columns: ['policy', 'at', 'n'] },
      },
    },
  },
  apply,
});

function apply(event: EventOf<(typeof TYPES)[number]>, n: number, view: View): readonly RowChange[] {
  const changed = (policy: string, entry: ChangeEntry, id: string, at: Instant, ...instants: readonly Instant[]) => {
    const organisation = textOf(existing(view.get('owners', [policy]), 'policy'), 'organisation');
    const boundaries = [...new Set(instants)].map((boundary) =>
      insert('boundaries', { at: boundary, policy, n, organisation }),
    );
    return [insert('log', { n, policy, organisation, entry, id, at }), ...boundaries];
  };
  switch (event.type) {
    case 'PolicyCreated':
      return [insert('owners', { policy: event.data.policyId, organisation: event.data.organisationId })];
    case 'PolicyVersionPublished': {
      const { policyId, versionId, publishedAt, effectiveFrom, effectiveFromForExisting } = event.data;
      const cohort = effectiveFromForExisting ?? effectiveFrom;
      return changed(policyId, 'PUBLISHED', versionId, publishedAt, effectiveFrom, cohort);
    }
    case 'PolicyVersionImported': {
      const { policyId, versionId, effectiveFrom } = event.data;
      return changed(policyId, 'IMPORTED', versionId, effectiveFrom, effectiveFrom);
    }
    case 'PolicyVersionWithdrawn': {
      const { policyId, versionId, from } = event.data;
      return changed(policyId, 'WITHDRAWN', versionId, from, from);
    }
    case 'PolicyRetired':
      return changed(event.data.policyId, 'RETIRED', event.data.retirementId, event.data.from, event.data.from);
    case 'PolicyRetirementImported': {
      const { policyId, retirementId, from } = event.data;
      return changed(policyId, 'RETIREMENT_IMPORTED', retirementId, from, from);
    }
    case 'PolicyVersionImportRevoked':
      return changed(event.data.policyId, 'IMPORT_REVOKED', event.data.versionId, event.data.revokedAt);
    case 'PolicyRetirementImportRevoked':
      return changed(event.data.policyId, 'IMPORT_REVOKED', event.data.retirementId, event.data.revokedAt);
  }
}
