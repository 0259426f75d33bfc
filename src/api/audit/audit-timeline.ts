import { addDays, epochMsOf, type LocalDate, lastMillisecondOf } from '../../domain/time';
import { countsAlong } from '../../read-models/population';
import type { ApiContext } from '../context';
import { badUserInput } from '../errors';
import { found } from '../members';
import { prefixOf } from '../scope';
import type { AuditDay, AuditView } from './audit.type';
import { consentCounts, noticeCounts, versionsNamed } from './audit-counts';

/** Most days of one timeline. */
export const MAX_TIMELINE_DAYS = 800;

/**
 * How everybody stood at the last millisecond of each local day, both ends included (rule S3), by what is known at the
 * audit's stamp. Days whose end is still to come are forecasts (rule T4).
 * @throws BAD_USER_INPUT
 */
export async function auditTimeline(
  context: ApiContext,
  { row, scope, limits }: AuditView,
  from: LocalDate,
  to: LocalDate,
): Promise<readonly AuditDay[]> {
  const days = daysBetween(from, to);
  const prefix = prefixOf(context, scope);
  const instants = days.map((day) => lastMillisecondOf(day, scope.stamp.timeZone));
  const policy = found(context.readModels.policyFacts(row.id, prefix));
  const counts = await countsAlong(context.readModels, { policy, ...limits }, instants, prefix);
  const versions = versionsNamed(context, row, scope);
  return days.flatMap((on, index) => {
    const [effectiveAt, count] = [instants[index], counts[index]];
    if (effectiveAt === undefined || count === undefined) return [];
    const inForce = context.readModels.versionInForce(row.id, { effectiveAt, n: prefix.n });
    const version = inForce.code === 'VERSION_IN_FORCE' ? versions(inForce.versionId) : undefined;
    return {
      on,
      versionSequence: version?.row.sequence ?? null,
      consents: consentCounts(count),
      notices: noticeCounts(count, versions),
      forecast: epochMsOf(effectiveAt) > scope.nowMs,
    };
  });
}

function daysBetween(from: LocalDate, to: LocalDate): readonly LocalDate[] {
  if (from > to) throw badUserInput('A timeline begins before it ends: from is later than to.');
  const days: LocalDate[] = [from];
  // No day is reckoned beyond the last: of the year 10000 there is none.
  for (let day = from; day < to; ) {
    if (days.length === MAX_TIMELINE_DAYS) throw badUserInput(`A timeline has at most ${MAX_TIMELINE_DAYS} days.`);
    day = addDays(day, 1);
    days.push(day);
  }
  return days;
}
