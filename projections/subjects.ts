import { epochMsOf, type Instant } from '../src/domain/time';
import { type Numbering, numbering, numbersOf } from './numbers';
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

const TYPES = [
  'SubjectRegistered',
  'SubjectClassified',
  'SubjectLinked',
  'SubjectTokensRevoked',
  'SubjectErasureRequested',
  'SubjectErasureDeclined',
  'SubjectErasureDecided',
  'LegalHoldPlaced',
  'LegalHoldLifted',
  'SubjectErasureStarted',
  'SubjectErased',
] as const;

type Event = EventOf<(typeof TYPES)[number]>;
type DataOf<Type extends Event['type']> = EventOf<Type>['data'];

/** Parts of a profile; each changes by itself, so that the part at an instant is one seek. */
export const PART = { categories: 0, customer: 1, exempt: 2 } as const;

/** Value of the part `customer` while the person belongs to none. */
export const NO_CUSTOMER = '';

export type ErasureStep = 'REQUESTED' | 'DECLINED' | 'DECIDED' | 'STARTED' | 'ERASED';

/**
 * People by their random ids, with what they were to the organisation when, to whom they are linked, and how far an
 * erasure has come. Histories are rows of their own, by the ordinal at which they became known; no row of a person is
 * ever rewritten. Instants are in milliseconds; `subject` is the ordinal of the person's registration.
 */
export const subjects: Projection = projectionOf({
  name: 'subjects',
  version: 1,
  categories: ['subject'],
  eventTypes: TYPES,
  tables: {
    organisations: numbersOf('organisation'),
    subjects: {
      columns: {
        n: 'integer',
        id: 'text',
        organisation: 'integer',
        /** How many people the organisation has registered with this one. */
        so_far: 'integer',
        anonymous: 'integer',
        registered_at: 'integer',
        categories: 'text',
        customer: 'text',
        exempt: 'integer',
      },
      key: ['n'],
      indexes: {
        by_id: { columns: ['id'], whileBuilding: true },
        by_organisation: { columns: ['organisation', 'n', 'so_far'] },
      },
    },
    counts: { columns: { organisation: 'integer', so_far: 'integer' }, key: ['organisation'] },
    // What a person was registered with holds where none of these rows does.
    profiles: {
      columns: {
        subject: 'integer',
        part: 'integer',
        valid_from: 'integer',
        place: 'integer',
        n: 'integer',
        value: 'text',
      },
      key: ['subject', 'part', 'valid_from', 'place'],
    },
    // People that were ever said to be a customer's: where to look for those that are at an instant.
    customers: { columns: { customer: 'integer', subject: 'integer' }, key: ['customer', 'subject'] },
    links: {
      columns: { anonymous: 'integer', account: 'integer', n: 'integer' },
      key: ['anonymous'],
      indexes: { by_account: { columns: ['account', 'n', 'anonymous'] } },
    },
    erasures: {
      columns: { subject: 'integer', n: 'integer', step: 'text', at: 'integer' },
      key: ['subject', 'n'],
    },
    // Erasures that were decided; closed by the outcome or by a decline.
    due: {
      columns: { n: 'integer', subject: 'integer', closed_n: 'integer?' },
      key: ['n'],
      indexes: {
        by_subject: { columns: ['subject', 'closed_n'], whileBuilding: true },
        by_closed: { columns: ['closed_n', 'n'] },
      },
    },
    // `placed_at` null: lifted.
    holds: {
      columns: { subject: 'integer', n: 'integer', placed_at: 'integer?', until: 'integer?' },
      key: ['subject', 'n'],
    },
    revocations: {
      columns: { subject: 'integer', n: 'integer', revoked_at: 'integer' },
      key: ['subject', 'n'],
    },
  },
  apply,
});

function apply(event: Event, n: number, view: View, version: number): readonly RowChange[] {
  if (event.type === 'SubjectRegistered') return registered(event.data, n, view);
  const subject = subjectOf(event.data.subjectId, view);
  const step = (name: ErasureStep, at: Instant) => insert('erasures', { subject, n, step: name, at: epochMsOf(at) });
  switch (event.type) {
    case 'SubjectClassified':
      return classified(subject, event.data, n, version, view);
    case 'SubjectLinked': {
      const account = subjectOf(event.data.accountId, view);
      return [insert('links', { anonymous: subject, account, n })];
    }
    case 'SubjectTokensRevoked':
      return [insert('revocations', { subject, n, revoked_at: epochMsOf(event.data.revokedAt) })];
    case 'SubjectErasureRequested':
      return [step('REQUESTED', event.data.requestedAt)];
    case 'SubjectErasureDeclined':
      return [step('DECLINED', event.data.declinedAt), ...closed(subject, n, view)];
    case 'SubjectErasureDecided':
      return [step('DECIDED', event.data.decidedAt), ...opened(subject, n, view)];
    case 'SubjectErasureStarted':
      return [step('STARTED', event.data.startedAt), ...opened(subject, n, view)];
    case 'SubjectErased':
      return [step('ERASED', event.data.erasedAt), ...closed(subject, n, view)];
    case 'LegalHoldPlaced': {
      const { placedAt, until } = event.data;
      return [insert('holds', { subject, n, placed_at: epochMsOf(placedAt), until: until ? epochMsOf(until) : null })];
    }
    case 'LegalHoldLifted':
      return [insert('holds', { subject, n, placed_at: null, until: null })];
  }
}

function registered(data: DataOf<'SubjectRegistered'>, n: number, view: View): readonly RowChange[] {
  const numbers = numbering(view);
  const organisation = numbers.of('organisations', { organisation: data.organisationId });
  const last = view.get('counts', [organisation]);
  const so_far = last ? numberOf(last, 'so_far') + 1 : 1;
  const row = {
    n,
    id: data.subjectId,
    organisation,
    so_far,
    anonymous: Number(data.anonymous),
    registered_at: epochMsOf(data.registeredAt),
    categories: JSON.stringify(data.categories),
    customer: data.customerId ?? NO_CUSTOMER,
    exempt: Number(data.exempt),
  };
  const { customerId } = data;
  const member = customerId === undefined ? [] : [memberRow(customerId, n, numbers)];
  const counted = last ? update('counts', { organisation }, { so_far }) : insert('counts', { organisation, so_far });
  return [insert('subjects', row), counted, ...member, ...numbers.given()];
}

function classified(
  subject: number,
  data: DataOf<'SubjectClassified'>,
  n: number,
  place: number,
  view: View,
): readonly RowChange[] {
  const { categories, customerId, customerEnded, exempt } = data;
  const row = { subject, valid_from: epochMsOf(data.validFrom), place, n };
  const part = (name: keyof typeof PART, value: string) => insert('profiles', { ...row, part: PART[name], value });
  const changes: RowChange[] = [];
  if (categories) changes.push(part('categories', JSON.stringify(categories)));
  if (customerEnded) changes.push(part('customer', NO_CUSTOMER));
  if (exempt !== undefined) changes.push(part('exempt', String(Number(exempt))));
  if (customerId === undefined) return changes;
  const numbers = numbering(view);
  const known = view.get('customers', [numbers.of('organisations', { organisation: customerId }), subject]);
  const member = known ? [] : [memberRow(customerId, subject, numbers)];
  return [...changes, part('customer', customerId), ...member, ...numbers.given()];
}

function memberRow(customerId: string, subject: number, numbers: Numbering): RowChange {
  return insert('customers', { customer: numbers.of('organisations', { organisation: customerId }), subject });
}

function opened(subject: number, n: number, view: View): readonly RowChange[] {
  const open = view.rows('due', { subject, closed_n: null });
  return open.length > 0 ? [] : [insert('due', { n, subject, closed_n: null })];
}

function closed(subject: number, n: number, view: View): readonly RowChange[] {
  return view
    .rows('due', { subject, closed_n: null })
    .map((row) => update('due', { n: numberOf(row, 'n') }, { closed_n: n }));
}

function subjectOf(id: string, view: View): number {
  return numberOf(existing(view.rows('subjects', { id })[0], 'person'), 'n');
}
