import type {
  PolicyRetired,
  PolicyRetirementImported,
  PolicyVersionImported,
  PolicyVersionPublished,
  PolicyVersionWithdrawn,
} from '../src/domain/policy/policy.events';
import type { Instant } from '../src/domain/time';
import {
  type EventOf,
  existing,
  insert,
  numberOf,
  type Projection,
  projectionOf,
  type Row,
  type RowChange,
  textOf,
  update,
  type View,
} from './projection';

/** Kinds of `entries`. */
export const VERSION = 0;
export const RETIREMENT = 1;

const TYPES = [
  'PolicyVersionPublished',
  'PolicyVersionImported',
  'PolicyVersionImportRevoked',
  'PolicyVersionWithdrawn',
  'PolicyRetired',
  'PolicyRetirementImported',
  'PolicyRetirementImportRevoked',
] as const;

/**
 * Which version decides when, as known when (rules V1, V3, V4, V7). A row of `entries` is one version or retirement
 * as it was known for ordinals k_from ≤ k < k_to (open: null). A withdrawal closes the row and opens one that is
 * withdrawn; a revoked import is closed. Read backwards from (policy, T), the first row that is known and eligible
 * decides: one short seek. Rows are otherwise never rewritten.
 */
export const policyTimeline: Projection = projectionOf({
  name: 'policy-timeline',
  version: 2,
  categories: ['policy'],
  eventTypes: TYPES,
  tables: {
    entries: {
      columns: {
        policy: 'text',
        effective_from: 'text',
        n: 'integer',
        k_from: 'integer',
        k_to: 'integer?',
        kind: 'integer',
        id: 'text',
        published_at: 'text',
        existing_from: 'text?',
        withdrawn_from: 'text?',
        withdrawn_at: 'text?',
        voids: 'integer?',
      },
      key: ['policy', 'effective_from', 'n', 'k_from'],
      indexes: {
        by_cohort_date: { columns: ['policy', 'existing_from'] },
        by_withdrawal: { columns: ['policy', 'withdrawn_from'] },
      },
    },
    // Where the rows of a version or retirement stand.
    places: {
      columns: { id: 'text', policy: 'text', effective_from: 'text', n: 'integer', k_from: 'integer' },
      key: ['id'],
    },
  },
  apply,
});

function apply(event: EventOf<(typeof TYPES)[number]>, n: number, view: View): readonly RowChange[] {
  switch (event.type) {
    case 'PolicyVersionPublished':
      return versionEntered(event.data, n, event.data.publishedAt, event.data.effectiveFromForExisting);
    case 'PolicyVersionImported':
      return versionEntered(event.data, n, event.data.effectiveFrom, undefined);
    case 'PolicyRetired':
      return retirementEntered(event.data, n, event.data.retiredAt);
    case 'PolicyRetirementImported':
      return retirementEntered(event.data, n, event.data.from);
    case 'PolicyVersionWithdrawn':
      return withdrawn(event.data, n, view);
    case 'PolicyVersionImportRevoked':
      return [closed(openEntry(event.data.versionId, view), n)];
    case 'PolicyRetirementImportRevoked':
      return [closed(openEntry(event.data.retirementId, view), n)];
  }
}

function versionEntered(
  data: PolicyVersionPublished['data'] | PolicyVersionImported['data'],
  n: number,
  publishedAt: Instant,
  existingFrom: Instant | undefined,
): readonly RowChange[] {
  const { policyId: policy, versionId: id, effectiveFrom: effective_from } = data;
  const dates = { published_at: publishedAt, existing_from: existingFrom ?? null };
  return entered({ policy, effective_from, n, id, kind: VERSION, ...dates });
}

function retirementEntered(
  { policyId: policy, retirementId: id, from }: PolicyRetired['data'] | PolicyRetirementImported['data'],
  n: number,
  published_at: Instant,
): readonly RowChange[] {
  return entered({ policy, effective_from: from, n, id, kind: RETIREMENT, published_at, existing_from: null });
}

function entered(entry: Row & { readonly n: number; readonly id: string }): readonly RowChange[] {
  const { id, policy, effective_from, n } = entry;
  return [
    insert('entries', { ...entry, k_from: n, k_to: null, withdrawn_from: null, withdrawn_at: null, voids: null }),
    insert('places', { id, policy: policy ?? null, effective_from: effective_from ?? null, n, k_from: n }),
  ];
}

function withdrawn(data: PolicyVersionWithdrawn['data'], n: number, view: View): readonly RowChange[] {
  const open = openEntry(data.versionId, view);
  const withdrawal = { withdrawn_from: data.from, withdrawn_at: data.withdrawnAt, voids: Number(data.voidsDecisions) };
  const reopened = { ...open, k_from: n, ...withdrawal };
  return [closed(open, n), insert('entries', reopened), update('places', { id: data.versionId }, { k_from: n })];
}

function closed(open: Row, n: number): RowChange {
  const key = {
    policy: textOf(open, 'policy'),
    effective_from: textOf(open, 'effective_from'),
    n: numberOf(open, 'n'),
    k_from: numberOf(open, 'k_from'),
  };
  return update('entries', key, { k_to: n });
}

function openEntry(id: string, view: View): Row {
  const place = existing(view.get('places', [id]), 'version or retirement');
  const key = [
    textOf(place, 'policy'),
    textOf(place, 'effective_from'),
    numberOf(place, 'n'),
    numberOf(place, 'k_from'),
  ];
  const entry = existing(view.get('entries', key), 'version or retirement');
  if (entry.k_to !== null) existing(undefined, 'version or retirement that still stands');
  return entry;
}
