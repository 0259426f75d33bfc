import { canonicalJson } from '../src/domain/canonical-json';
import type {
  ContentRef,
  PolicyVersionImported,
  PolicyVersionPublished,
  RerootedVersion,
  TextFlag,
} from '../src/domain/policy/policy.events';
import {
  type EventOf,
  existing,
  insert,
  numberOf,
  type Projection,
  projectionOf,
  type RowChange,
  update,
  type View,
} from './projection';

/** Sorts before every instant: holds from the beginning. */
export const ALWAYS = '';

const TYPES = [
  'PolicyVersionPublished',
  'PolicyVersionImported',
  'PolicyVersionImportRevoked',
  'PolicyVersionLocaleAdded',
  'PolicyVersionWithdrawn',
] as const;

/**
 * Everything that was published with a version, in its own row; `flags` are a list for each of its texts. Lists and the
 * statement are canonical JSON. Texts added later stand in `contents` (rule P6). Roots may change with what precedes the
 * version (rule V6): of those in `roots` the last recorded whose `since` has come holds, else the version's own.
 */
export const policyVersions: Projection = projectionOf({
  name: 'policy-versions',
  version: 3,
  categories: ['policy'],
  eventTypes: TYPES,
  tables: {
    versions: {
      columns: {
        id: 'text',
        n: 'integer',
        policy: 'text',
        sequence: 'integer',
        label: 'text',
        imported: 'integer',
        revoked_n: 'integer?',
        effective_from: 'text',
        effective_on: 'text?',
        existing_from: 'text?',
        existing_on: 'text?',
        time_zone: 'text',
        published_at: 'text',
        published_by: 'text',
        audience: 'text',
        statement: 'text?',
        change: 'text',
        source: 'text?',
        contents: 'text',
        flags: 'text',
        roots: 'text',
      },
      key: ['n'],
      indexes: {
        by_id: { columns: ['id'], whileBuilding: true },
        by_sequence: { columns: ['policy', 'sequence', 'n'] },
      },
    },
    contents: {
      columns: {
        version: 'text',
        n: 'integer',
        since: 'text',
        content: 'text',
        flags: 'text',
      },
      key: ['version', 'n'],
    },
    roots: {
      columns: { version: 'text', k_from: 'integer', since: 'text', roots: 'text' },
      key: ['version', 'k_from', 'since'],
    },
    // Every purpose that a version's statement names.
    purposes: { columns: { policy: 'text', purpose: 'text', n: 'integer' }, key: ['policy', 'purpose', 'n'] },
  },
  apply,
});

function apply(event: EventOf<(typeof TYPES)[number]>, n: number, view: View): readonly RowChange[] {
  switch (event.type) {
    case 'PolicyVersionPublished': {
      const { publisher, publishedAt, effectiveFromForExisting, effectiveOnForExisting } = event.data;
      return versionRows(event.data, n, {
        imported: 0,
        existing_from: effectiveFromForExisting ?? null,
        existing_on: effectiveOnForExisting ?? null,
        published_at: publishedAt,
        published_by: publisher,
        source: null,
      });
    }
    case 'PolicyVersionImported': {
      const { importer, effectiveFrom, source } = event.data;
      return versionRows(event.data, n, {
        imported: 1,
        existing_from: null,
        existing_on: null,
        published_at: effectiveFrom,
        published_by: importer,
        source: source ? canonicalJson(source) : null,
      });
    }
    case 'PolicyVersionImportRevoked': {
      const { versionId: id, rerooted } = event.data;
      return [update('versions', { n: ordinalOf(id, view) }, { revoked_n: n }), ...rootRows(rerooted, n, ALWAYS)];
    }
    case 'PolicyVersionLocaleAdded': {
      const { versionId, content, flags, addedAt } = event.data;
      ordinalOf(versionId, view);
      const json = { content: canonicalJson(content), flags: canonicalJson(flagsOf(content, flags)) };
      return [insert('contents', { version: versionId, n, since: addedAt, ...json })];
    }
    case 'PolicyVersionWithdrawn':
      return rootRows(event.data.rerooted, n, event.data.from);
  }
}

function versionRows(
  data: PolicyVersionPublished['data'] | PolicyVersionImported['data'],
  n: number,
  columns: { readonly [column: string]: string | number | null },
): readonly RowChange[] {
  const { versionId: id, policyId: policy, sequence, label, statement, contents, flags } = data;
  const version = insert('versions', {
    id,
    n,
    policy,
    sequence,
    label,
    revoked_n: null,
    effective_from: data.effectiveFrom,
    effective_on: data.effectiveOn ?? null,
    time_zone: data.timeZone,
    audience: canonicalJson(data.audience),
    statement: statement ? canonicalJson(statement) : null,
    change: canonicalJson(data.change),
    contents: canonicalJson(contents),
    flags: canonicalJson(contents.map((content) => flagsOf(content, flags))),
    roots: canonicalJson(data.roots),
    ...columns,
  });
  const purposes = [...new Set(statement?.purposes.map(({ key }) => key))].map((purpose) =>
    insert('purposes', { policy, purpose, n }),
  );
  return [version, ...purposes, ...rootRows(data.rerooted, n, ALWAYS)];
}

function flagsOf({ locale }: ContentRef, flags: readonly TextFlag[]): readonly TextFlag[] {
  return flags.filter((flag) => flag.locale === locale);
}

function rootRows(rerooted: readonly RerootedVersion[], n: number, otherwise: string): readonly RowChange[] {
  return rerooted.map(({ versionId: version, roots, since = otherwise }) =>
    insert('roots', { version, k_from: n, since, roots: canonicalJson(roots) }),
  );
}

/** @throws FoldBroken there is no such version */
function ordinalOf(id: string, view: View): number {
  return numberOf(existing(view.rows('versions', { id })[0], 'version'), 'n');
}
