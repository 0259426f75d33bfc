import type { LocalisedText } from '../src/domain/policy/processing-statement';
import type { Instant } from '../src/domain/time';
import {
  type EventOf,
  existing,
  insert,
  type Projection,
  projectionOf,
  type Row,
  type RowChange,
  update,
  type View,
} from './projection';

const TYPES = ['PolicyCreated', 'PolicyTitleSet', 'PolicyVersionPublished', 'PolicyVersionImported'] as const;

/** Policies with the history of their titles, and from which event on they are public. */
export const policies: Projection = projectionOf({
  name: 'policies',
  version: 1,
  categories: ['policy'],
  eventTypes: TYPES,
  tables: {
    policies: {
      columns: {
        id: 'text',
        n: 'integer',
        organisation: 'text',
        slug: 'text',
        kind: 'text',
        source_path: 'text?',
        template: 'text?',
        first_published_n: 'integer?',
      },
      key: ['id'],
      indexes: {
        by_n: { columns: ['n'] },
        by_organisation: { columns: ['organisation', 'n'] },
        by_slug: { columns: ['organisation', 'slug', 'n'] },
      },
    },
    titles: {
      columns: { policy: 'text', locale: 'text', k_from: 'integer', set_at: 'text', title: 'text' },
      key: ['policy', 'locale', 'k_from'],
    },
  },
  apply,
});

function apply(event: EventOf<(typeof TYPES)[number]>, n: number, view: View): readonly RowChange[] {
  switch (event.type) {
    case 'PolicyCreated': {
      const { policyId: id, organisationId: organisation, slug, kind, title, createdAt } = event.data;
      const { sourcePath = null, templateId = null } = event.data;
      const row = { id, n, organisation, slug, kind, source_path: sourcePath, template: templateId };
      return [insert('policies', { ...row, first_published_n: null }), titleSet(id, title, n, createdAt)];
    }
    case 'PolicyTitleSet':
      policyRow(event.data.policyId, view);
      return [titleSet(event.data.policyId, event.data.title, n, event.data.setAt)];
    case 'PolicyVersionPublished':
    case 'PolicyVersionImported': {
      const id = event.data.policyId;
      return policyRow(id, view).first_published_n === null
        ? [update('policies', { id }, { first_published_n: n })]
        : [];
    }
  }
}

function policyRow(id: string, view: View): Row {
  return existing(view.get('policies', [id]), 'policy');
}

function titleSet(policy: string, { locale, text: title }: LocalisedText, k_from: number, set_at: Instant): RowChange {
  return insert('titles', { policy, locale, k_from, set_at, title });
}
