import { decodeOpaque, encodeOpaque } from '../../application/opaque-text';
import { RECEIPT_TYPES } from '../../application/receipts/decision-record';
import type { Position } from '../../event-store/event-store';
import type { FactRow } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import { prefixOf, type Scope } from '../scope';
import type { PersonAt } from './person-at';
import { ReceiptNode } from './receipt.type';
import { subjectNode } from './subject.resolver';

/** The receipt for the decision at a position; undefined where another kind of fact stands there. */
export function receiptAt(
  context: ApiContext,
  { scope, prefix }: Pick<PersonAt, 'scope' | 'prefix'>,
  position: Position,
): ReceiptNode | undefined {
  const row = context.readModels.factByPosition(position, prefix);
  return row && receiptOf(row, scope);
}

export function receiptOf(row: FactRow, scope: Scope): ReceiptNode | undefined {
  const { subject, stream, version, occurredAt, n, type } = row;
  if (subject === undefined || !RECEIPT_TYPES.some((each) => each === type)) return undefined;
  return new ReceiptNode(receiptId(subject, version), { subject, stream, version, occurredAt, n }, scope);
}

function receiptId(subject: string, version: number): string {
  return `receipt-${encodeOpaque([subject, version])}`;
}

/** The receipt with this id, for whoever may see its person where the scope answers. */
export function receiptNode(context: ApiContext, scope: Scope, id: string): ReceiptNode | undefined {
  const place = readReceiptId(id);
  const subject = place && subjectNode(context, scope, place.subject);
  const row = subject && context.readModels.factOfSubject(subject.id, place.version, prefixOf(context, scope));
  return row ? receiptOf(row, scope) : undefined;
}

/** Where the decision of a receipt stands: its person and the place in their stream. */
function readReceiptId(id: string): { readonly subject: string; readonly version: number } | undefined {
  if (!id.startsWith('receipt-')) return undefined;
  const parts: unknown = decodeOpaque(id.slice('receipt-'.length));
  if (!Array.isArray(parts)) return undefined;
  const [subject, version]: readonly unknown[] = parts;
  return typeof subject === 'string' && Number.isSafeInteger(version)
    ? { subject, version: Number(version) }
    : undefined;
}
