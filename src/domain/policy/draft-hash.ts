import { canonicalJson } from '../canonical-json';
import type { Approval, Draft } from './policy.state';

/** Lower-case hex of the SHA-256 of a text's UTF-8; handed in, because the domain has no cryptography of its own. */
export type Sha256 = (text: string) => string;

/** What an approval is bound to: every locale's text and the statement (rules P7, V9). */
export function draftHash(draft: Draft, sha256: Sha256): string {
  const contents = draft.contents.map(({ locale, format, sha256: hash }) => ({ locale, format, sha256: hash }));
  return sha256(canonicalJson({ contents, statement: draft.statement ?? null }));
}

/** An edit after the approval voids it, also one that brings the same text back (rule P7). */
export function isVoid(approval: Approval, draft: Draft): boolean {
  return approval.revision !== draft.revision || draft.authors.includes(approval.approver);
}
