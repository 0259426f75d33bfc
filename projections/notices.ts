import { type Numbering, numberIn, numbering, numbersOf } from './numbers';
import { type Correction, correctedRows, factTable, placed } from './person-facts';
import { type EventOf, insert, type Projection, projectionOf, type Row, type RowChange, type View } from './projection';
import { correctedText, SHOWN_TEXTS, textNumber } from './shown-texts';

const TYPES = [
  'NoticeNotified',
  'NoticeShown',
  'NoticeAcknowledged',
  'NoticeDeferred',
  'TermsAccepted',
  'TermsRefused',
  'FactCorrected',
] as const;

type Event = EventOf<(typeof TYPES)[number]>;

export const STEP = { NOTIFIED: 0, SHOWN: 1, ACKNOWLEDGED: 2, DEFERRED: 3 } as const;
export const ACCEPTANCE = { ACCEPTED: 0, REFUSED: 1 } as const;

/**
 * What people were told of policies, and which terms they accepted or refused: one row per person, policy and fact.
 * They are one projection because a correction may name either.
 */
export const notices: Projection = projectionOf({
  name: 'notices',
  version: 2,
  categories: ['subject'],
  eventTypes: TYPES,
  tables: {
    people: numbersOf('subject'),
    policies: numbersOf('policy'),
    versions: numbersOf('version'),
    texts: SHOWN_TEXTS,
    // Some products record at every login that a text was shown; what is asked of them is the first and the last.
    notices: factTable('policy', { step: 'integer', version: 'integer', channel: 'text', method: 'text?' }, [
      'version',
      'step',
    ]),
    acceptances: factTable('policy', { kind: 'integer', text: 'integer' }),
  },
  apply,
});

function apply(event: Event, n: number, view: View, version: number): readonly RowChange[] {
  if (event.type === 'FactCorrected') return corrected(event.data, n, view);
  const { subjectId, policyId } = event.data;
  const numbers = numbering(view);
  const base = {
    policy: numbers.of('policies', { policy: policyId }),
    ...placed(numbers.of('people', { subject: subjectId }), event.data, version, n),
  };
  return [rowOf(event, base, numbers), ...numbers.given()];
}

function rowOf(event: Exclude<Event, { readonly type: 'FactCorrected' }>, base: Row, numbers: Numbering): RowChange {
  const notice = (step: number, method: string | undefined) => {
    const { versionId, channel } = event.data;
    const version = numbers.of('versions', { version: versionId });
    return insert('notices', { step, version, channel, method: method ?? null, ...base });
  };
  switch (event.type) {
    case 'NoticeNotified':
      return notice(STEP.NOTIFIED, event.data.method);
    case 'NoticeShown':
      return notice(STEP.SHOWN, event.data.method);
    case 'NoticeAcknowledged':
      return notice(STEP.ACKNOWLEDGED, event.data.method);
    case 'NoticeDeferred':
      return notice(STEP.DEFERRED, undefined);
    case 'TermsAccepted':
      return insert('acceptances', { kind: ACCEPTANCE.ACCEPTED, text: textNumber(event.data, numbers), ...base });
    case 'TermsRefused':
      return insert('acceptances', { kind: ACCEPTANCE.REFUSED, text: textNumber(event.data, numbers), ...base });
  }
}

/** The fact that is corrected may be of no table here: a decision, say. */
function corrected(correction: Correction, n: number, view: View): readonly RowChange[] {
  const subject = numberIn('people', { subject: correction.subjectId }, view);
  if (subject === undefined) return [];
  const { channel, method } = correction;
  const numbers = numbering(view);
  const changes = [
    ...correctedRows('notices', subject, correction, n, view, () => ({
      ...(channel && { channel }),
      ...(method && { method }),
    })),
    ...correctedRows('acceptances', subject, correction, n, view, (row) => ({
      text: correctedText(row, correction, view, numbers),
    })),
  ];
  return [...changes, ...numbers.given()];
}
