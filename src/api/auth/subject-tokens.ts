import { Refusal } from '../../domain/refusal';
import { subjectErased, subjectLinked } from '../../domain/subject/subject.refusals';
import { epochMsOf } from '../../domain/time';
import type { StandingOf } from './subject-standing';
import type { TokenKeys } from './token-keys';
import { type IssuedToken, issueToken } from './tokens';

/** How long a subject's own token may be good: short, for it lives in a browser or an app. In seconds. */
export const SUBJECT_TOKEN_SECONDS = { least: 60, usual: 900, greatest: 86_400 } as const;

/** Makes tokens for the clients of subjects (`subjectTokenIssue`). */
export interface SubjectTokens {
  /**
   * Who may ask for it is checked before; the subject is known to be one of `organisation`.
   *
   * @throws Refusal TOKEN_LIFE_OUT_OF_RANGE; SUBJECT_LINKED, SUBJECT_ERASED: such a token would be good for nothing
   */
  issue(order: SubjectTokenOrder): Promise<IssuedToken>;
}

export interface SubjectTokenOrder {
  readonly subject: string;
  /** Slug of the subject's organisation. */
  readonly organisation: string;
  /** Within {@link SUBJECT_TOKEN_SECONDS}; absent: the usual time. */
  readonly validForSeconds?: number;
}

interface SubjectTokenParts {
  readonly keys: TokenKeys;
  readonly standingOf: StandingOf;
  /** Milliseconds since 1970-01-01T00:00Z. */
  readonly nowMs: () => number;
}

export function createSubjectTokens({ keys, standingOf, nowMs }: SubjectTokenParts): SubjectTokens {
  return {
    async issue({ subject, organisation, validForSeconds = SUBJECT_TOKEN_SECONDS.usual }) {
      assertLife(validForSeconds);
      const standing = standingOf(subject) ?? { status: 'active' };
      if (standing.status === 'linked') throw subjectLinked();
      if (standing.status === 'erased') throw subjectErased();
      const { tokensRevokedAt } = standing;
      const request = {
        roles: [{ role: 'subject', organisation }],
        subject,
        knownRevocation: tokensRevokedAt === undefined ? 0 : epochMsOf(tokensRevokedAt),
        expiresIn: validForSeconds * 1_000,
      } as const;
      return issueToken(request, keys, nowMs());
    },
  };
}

function assertLife(seconds: number): void {
  const { least, greatest } = SUBJECT_TOKEN_SECONDS;
  if (Number.isInteger(seconds) && seconds >= least && seconds <= greatest) return;
  throw new Refusal(
    'TOKEN_LIFE_OUT_OF_RANGE',
    `A subject's token is good for ${least} to ${greatest} seconds.`,
    '7-doors: tokens',
    { path: ['validForSeconds'] },
  );
}
