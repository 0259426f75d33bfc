import type { Occurrence, SubjectEvent } from '../src/domain/subject/subject.events';
import { epochMsOf } from '../src/domain/time';
import { insert, numberOf, type Row, type RowChange, type Table, update, type View } from './projection';

/** A correction, as the tables of facts need it. */
export type Correction = Extract<SubjectEvent, { readonly type: 'FactCorrected' }>['data'];

/**
 * Table of facts of one person about one thing: a purpose, or a policy. A row is a fact as it was known for ordinals
 * k_from ≤ k < k_to (open: null). A correction closes it and opens the corrected one beside it, with the place of the
 * original in the stream (rule D6); rows are otherwise never rewritten. Read backwards from (subject, thing, T), the
 * first row that is known is the last fact: one short seek, however many there are. Instants are in milliseconds.
 *
 * @param apart columns by which the facts about a thing lie apart, each group in its own order
 */
export function factTable(thing: string, columns: Table['columns'], apart: readonly string[] = []): Table {
  return {
    columns: {
      subject: 'integer',
      [thing]: 'integer',
      valid_from: 'integer',
      place: 'integer',
      k_from: 'integer',
      k_to: 'integer?',
      occurred_at: 'integer',
      ...columns,
    },
    key: ['subject', thing, ...apart, 'valid_from', 'place', 'k_from'],
  };
}

/** The columns that every fact has. `place` is its place in the stream. */
export function placed(subject: number, { validFrom, occurredAt }: Occurrence, place: number, n: number): Row {
  return {
    subject,
    valid_from: epochMsOf(validFrom),
    place,
    k_from: n,
    k_to: null,
    occurred_at: epochMsOf(occurredAt),
  };
}

/**
 * Closes the rows of the fact that is corrected and opens, unless it is void, the corrected ones. A correction says all
 * that differs from the original, so that it starts from the rows of the original, not from those of the last one.
 *
 * @param corrected what of an original row the correction changes, apart from its times
 */
export function correctedRows(
  table: string,
  subject: number,
  correction: Correction,
  n: number,
  view: View,
  corrected: (original: Row) => Row,
): readonly RowChange[] {
  const rows = view.rows(table, { subject, place: correction.corrects });
  const first = Math.min(...rows.map((row) => numberOf(row, 'k_from')));
  const closed = rows.filter(({ k_to }) => k_to === null).map((row) => update(table, keyOf(row), { k_to: n }));
  if (correction.void) return closed;
  const originals = rows.filter(({ k_from }) => k_from === first);
  const times = timesOf(correction);
  const opened = originals.map((row) => insert(table, { ...row, ...corrected(row), ...times, k_from: n, k_to: null }));
  return [...closed, ...opened];
}

function timesOf({ occurredAt }: Correction): Row {
  if (occurredAt === undefined) return {};
  const at = epochMsOf(occurredAt);
  return { valid_from: at, occurred_at: at };
}

/** What tells a row from all others: of the key, whatever it is about. */
function keyOf({ subject, purpose, policy, valid_from, place, k_from }: Row): Row {
  const about = purpose === undefined ? { policy } : { purpose };
  return { subject, ...about, valid_from, place, k_from } as Row;
}
