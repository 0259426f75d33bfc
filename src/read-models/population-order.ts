import { NOTICE_STEPS } from '../domain/subject/notice-state';
import type { PopulationCounts } from './population';

type Counted = Pick<PopulationCounts, 'notices' | 'acceptances'>;

/**
 * Counts of versions in the order of the versions, and of a version in the order of the steps, so that the same history
 * is told in the same order whatever ids its versions have.
 */
export function byVersion({ notices, acceptances }: Counted, sequenceOf: (versionId: string) => number): Counted {
  const order = (count: { readonly versionId: string }) => sequenceOf(count.versionId);
  return {
    notices: notices.toSorted(
      (a, b) => order(a) - order(b) || NOTICE_STEPS.indexOf(a.step) - NOTICE_STEPS.indexOf(b.step),
    ),
    acceptances: acceptances.toSorted((a, b) => order(a) - order(b)),
  };
}
