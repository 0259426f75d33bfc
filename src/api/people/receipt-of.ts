import { decodeOpaque, encodeOpaque } from '../../application/opaque-text';
import type { Position } from '../../event-store/event-store';
import type { FactRow } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import type { Scope } from '../scope';
import type { PersonAt } from './person-at';
import { ReceiptNode } from './receipt.type';

/** Facts that a person has a receipt for. */
export const RECEIPT_TYPES = ['ConsentGiven', 'ConsentRefused', 'ConsentWithdrawn', 'TermsAccepted', 'TermsRefused'];

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
  if (subject === undefined || !RECEIPT_TYPES.includes(type)) return undefined;
  return new ReceiptNode(receiptId(subject, version), { subject, stream, version, occurredAt, n }, scope);
}

function receiptId(subject: string, version: number): string {
  return `receipt-${encodeOpaque([subject, version])}`;
}

/** Where the decision of a receipt stands: its person and the place in their stream. */
export function readReceiptId(id: string): { readonly subject: string; readonly version: number } | undefined {
  if (!id.startsWith('receipt-')) return undefined;
  const parts: unknown = decodeOpaque(id.slice('receipt-'.length));
  if (!Array.isArray(parts)) return undefined;
  const [subject, version]: readonly unknown[] = parts;
  return typeof subject === 'string' && typeof version === 'number' ? { subject, version } : undefined;
}
