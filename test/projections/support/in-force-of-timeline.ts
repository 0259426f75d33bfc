import type { Instant } from '../../../src/domain/time';
import type { InForce } from '../../../src/read-models/read-models';

/** What the server-side projection of versions keeps of one policy, as far as it says what is in force. */
export interface ServerTimeline {
  readonly timeline: readonly {
    readonly id: string;
    readonly kind: 'version' | 'retirement';
    readonly effectiveFrom: string;
    readonly withdrawnFrom: string | null;
  }[];
}

/** The version or retirement that its last entry names; undefined: nothing was in force yet. */
export function inForceOfTimeline({ timeline }: ServerTimeline, at: Instant): string | undefined {
  const standing = (entry: ServerTimeline['timeline'][number]) =>
    entry.withdrawnFrom === null || entry.withdrawnFrom > at;
  return timeline.findLast((entry) => entry.effectiveFrom <= at && standing(entry))?.id;
}

/** The same of an answer of our tables. */
export function inForceOfTables(answer: InForce): string | undefined {
  switch (answer.code) {
    case 'VERSION_IN_FORCE':
      return answer.versionId;
    case 'RETIRED':
      return answer.retirementId;
    default:
      return undefined;
  }
}
