import type { GivenPurpose } from '../src/domain/subject/subject.events';
import { epochMsOf } from '../src/domain/time';
import { type Numbering, numberIn, numbering, numbersOf } from './numbers';
import { type Correction, correctedRows, factTable, placed } from './person-facts';
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
  type View,
} from './projection';
import { correctedText, SHOWN_TEXTS, textNumber } from './shown-texts';

const TYPES = [
  'ConsentGiven',
  'ConsentRefused',
  'ConsentDeferred',
  'ConsentWithdrawn',
  'ProcessingObjected',
  'ProcessingObjectionLifted',
  'ProcessingRestricted',
  'ProcessingRestrictionLifted',
  'FactCorrected',
] as const;

type Event = EventOf<(typeof TYPES)[number]>;

export const DECISION = { WITHDRAWN: 0, GIVEN: 1, REFUSED: 2 } as const;
export const LAYER = { OBJECTED: 0, OBJECTION_LIFTED: 1, RESTRICTED: 2, RESTRICTION_LIFTED: 3 } as const;

/**
 * What people decided about purposes: one row per person, purpose and fact. Decisions, deferrals and the layers over
 * them (rule D2) lie apart, so that none has to be read past for another. They are one projection because a correction
 * may name any of them.
 */
export const consentDecisions: Projection = projectionOf({
  name: 'consent-decisions',
  version: 1,
  categories: ['subject'],
  eventTypes: TYPES,
  tables: {
    people: numbersOf('subject'),
    purposes: numbersOf('policy', 'purpose'),
    texts: SHOWN_TEXTS,
    // A withdrawal is about no text (rule D1).
    decisions: factTable('purpose', { kind: 'integer', text: 'integer?', expires_at: 'integer?' }),
    deferrals: factTable('purpose', { text: 'integer' }),
    layers: factTable('purpose', { kind: 'integer' }),
  },
  apply,
});

function apply(event: Event, n: number, view: View, version: number): readonly RowChange[] {
  const { subjectId } = event.data;
  if (event.type === 'FactCorrected') return corrected(event.data, n, view);
  const numbers = numbering(view);
  const base = placed(numbers.of('people', { subject: subjectId }), event.data, version, n);
  const rows = rowsOf(event, base, numbers);
  return [...rows, ...numbers.given()];
}

function rowsOf(
  event: Exclude<Event, { readonly type: 'FactCorrected' }>,
  base: Row,
  numbers: Numbering,
): readonly RowChange[] {
  const about = (purpose: string) => ({
    purpose: numbers.of('purposes', { policy: event.data.policyId, purpose }),
    ...base,
  });
  const layers = (kind: number, purposes: readonly string[]) =>
    purposes.map((purpose) => insert('layers', { kind, ...about(purpose) }));
  switch (event.type) {
    case 'ConsentGiven': {
      const text = textNumber(event.data, numbers);
      return event.data.purposes.map(({ purpose, expiresAt }) => {
        const expires_at = expiresAt === undefined ? null : epochMsOf(expiresAt);
        return insert('decisions', { kind: DECISION.GIVEN, text, expires_at, ...about(purpose) });
      });
    }
    case 'ConsentRefused': {
      const text = textNumber(event.data, numbers);
      const refused = (purpose: string) => ({ kind: DECISION.REFUSED, text, expires_at: null, ...about(purpose) });
      return event.data.purposes.map((purpose) => insert('decisions', refused(purpose)));
    }
    case 'ConsentWithdrawn': {
      const decision = { kind: DECISION.WITHDRAWN, text: null, expires_at: null };
      return event.data.purposes.map((purpose) => insert('decisions', { ...decision, ...about(purpose) }));
    }
    case 'ConsentDeferred': {
      const text = textNumber(event.data, numbers);
      return event.data.purposes.map((purpose) => insert('deferrals', { text, ...about(purpose) }));
    }
    case 'ProcessingObjected':
      return layers(LAYER.OBJECTED, event.data.purposes);
    case 'ProcessingObjectionLifted':
      return layers(LAYER.OBJECTION_LIFTED, event.data.purposes);
    case 'ProcessingRestricted':
      return layers(LAYER.RESTRICTED, event.data.purposes);
    case 'ProcessingRestrictionLifted':
      return layers(LAYER.RESTRICTION_LIFTED, event.data.purposes);
  }
}

/** The fact that is corrected may be of no table here: a notice, say. */
function corrected(correction: Correction, n: number, view: View): readonly RowChange[] {
  const subject = numberIn('people', { subject: correction.subjectId }, view);
  if (subject === undefined) return [];
  const numbers = numbering(view);
  const onText = (row: Row) => (row.text === null ? {} : { text: correctedText(row, correction, view, numbers) });
  const changes = [
    ...correctedRows('decisions', subject, correction, n, view, (row) => ({
      ...onText(row),
      ...(correction.purposes && { expires_at: expiryOf(row, correction.purposes, view) }),
    })),
    ...correctedRows('deferrals', subject, correction, n, view, onText),
    ...correctedRows('layers', subject, correction, n, view, () => ({})),
  ];
  return [...changes, ...numbers.given()];
}

function expiryOf(row: Row, purposes: readonly GivenPurpose[], view: View): number | null {
  const named = textOf(existing(view.get('purposes', [numberOf(row, 'purpose')]), 'purpose'), 'purpose');
  const expiresAt = purposes.find(({ purpose }) => purpose === named)?.expiresAt;
  return expiresAt === undefined ? null : epochMsOf(expiresAt);
}
