import { MAX_PARAGRAPH_LENGTH } from '../domain/limits';
import { Refusal } from '../domain/refusal';

/** What somebody wrote freely about a person: a paragraph of whole characters. @throws Refusal REASON_INVALID */
export function assertReason(text: string): void {
  if (text.length > 0 && text.length <= MAX_PARAGRAPH_LENGTH && !/[\0\p{Surrogate}]/u.test(text)) return;
  const message = `A reason has 1 to ${MAX_PARAGRAPH_LENGTH} whole characters without NUL.`;
  throw new Refusal('REASON_INVALID', message, 'words: reason', { path: ['reason'] });
}
