import { epochMsOf, type Instant } from '../../domain/time';
import type { Caller } from './caller';

/** What the log says about a person, as far as their own tokens are concerned. */
export type SubjectStanding =
  /** Tokens issued at or before `tokensRevokedAt` are no good any more. */
  | { readonly status: 'active'; readonly tokensRevokedAt?: Instant }
  /**
   * An anonymous person who has become an account. Their own token never reaches it (rule D7): it is let in, reads
   * nothing of anybody, and what it would write is refused.
   */
  | { readonly status: 'linked'; readonly tokensRevokedAt?: Instant }
  /** From the moment the erasure has started (rule E1). */
  | { readonly status: 'erased' };

/** Undefined where this node knows no such person, or not yet. */
export type StandingOf = (subjectId: string) => SubjectStanding | undefined;

/**
 * Whether a subject's own token has been taken back since it was issued. What else is wrong with it is not asked.
 *
 * A token that names the revocation known when it was issued is judged by that alone, in the order of the log. Others
 * are judged by clocks: of those whose issuer tells whole seconds, all of the revocation's second go.
 */
export function isRevoked(caller: Caller, standingOf: StandingOf): boolean {
  if (caller.kind === 'anonymous' || caller.subject === undefined) return false;
  const standing = standingOf(caller.subject);
  if (standing === undefined) return false;
  if (standing.status === 'erased') return true;
  if (standing.tokensRevokedAt === undefined) return false;
  const revokedAt = epochMsOf(standing.tokensRevokedAt);
  const { issuedAt = 0, knownRevocation } = caller.issuance ?? {};
  return knownRevocation === undefined ? issuedAt <= revokedAt : knownRevocation < revokedAt;
}

/** What the read models know of subjects. */
export interface SubjectRecords<Prefix> {
  /** The place in the log up to which everything is applied here. */
  applied(): Prefix;
  subjectById(id: string, prefix: Prefix): SubjectRecord | undefined;
  tokensRevokedAt(id: string, prefix: Prefix): Instant | undefined;
  /** Whom events after one ordinal, up to another, may concern; undefined: they are too many to say. */
  touchedBetween(afterN: number, untilN: number): { readonly subjects: Iterable<string> } | undefined;
}

interface SubjectRecord {
  readonly linkedTo: string | undefined;
  readonly erasureStartedAt: Instant | undefined;
  readonly erasedAt: Instant | undefined;
}

/** Most standings that are remembered; more, and all are looked up again. */
const MAX_REMEMBERED = 100_000;

/**
 * The standing of subjects as this node has read the log so far. What was looked up is remembered until something is
 * applied that may concern the subject: after thousands of open connections it is asked again and again.
 */
export function standingIn<Prefix extends { readonly n: number }>(records: SubjectRecords<Prefix>): StandingOf {
  const remembered = new Map<string, SubjectStanding>();
  let { n: seen } = records.applied();

  function forgetTouched(n: number): void {
    const touched = n > seen ? records.touchedBetween(seen, n) : undefined;
    if (touched === undefined) remembered.clear();
    else for (const subjectId of touched.subjects) remembered.delete(subjectId);
    seen = n;
  }

  return (subjectId) => {
    const prefix = records.applied();
    if (prefix.n !== seen) forgetTouched(prefix.n);
    const known = remembered.get(subjectId);
    if (known !== undefined) return known;
    const standing = standingAt(records, subjectId, prefix);
    if (standing === undefined) return undefined;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(subjectId, standing);
    return standing;
  };
}

function standingAt<Prefix>(
  records: SubjectRecords<Prefix>,
  subjectId: string,
  prefix: Prefix,
): SubjectStanding | undefined {
  const subject = records.subjectById(subjectId, prefix);
  if (subject === undefined) return undefined;
  if ((subject.erasureStartedAt ?? subject.erasedAt) !== undefined) return { status: 'erased' };
  const status = subject.linkedTo === undefined ? 'active' : 'linked';
  const tokensRevokedAt = records.tokensRevokedAt(subjectId, prefix);
  return { status, ...(tokensRevokedAt !== undefined && { tokensRevokedAt }) };
}
