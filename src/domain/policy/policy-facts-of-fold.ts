import type { Instant } from '../time';
import type { Entry, Policy, VersionEntry } from './policy.state';
import type { PolicyFacts, VersionDeciding, VersionTerms } from './policy-facts';
import { rootsAt } from './roots';
import { effectiveDateFor, findVersion, versionInForce } from './version-in-force';

/** What states and obligations ask about a policy, from the fold of its stream: the oracle of the read models. */
export function policyFactsOfFold(policy: Policy): PolicyFacts {
  const { policyId, organisationId, kind } = policy;
  return {
    policyId,
    organisationId,
    kind,
    inForce: (at, registeredAt) => deciding(policy, at, registeredAt),
    version: (id) => {
      const version = findVersion(policy, id);
      return version && termsOf(version);
    },
    scheduled: (at, registeredAt) => scheduledFor(decidedBy(policy, at), at, registeredAt).map(termsOf),
    rootsAt: (versionId, at) => {
      const version = findVersion(policy, versionId);
      return version && rootsAt(version, at);
    },
    knowsPurpose: (purpose) => policy.timeline.some((entry) => entry.kind === 'version' && states(entry, purpose)),
    nextChangeAfter: (at, registeredAt) => nextAfter(at, boundaries(decidedBy(policy, at), registeredAt)),
  };
}

function deciding(policy: Policy, at: Instant, registeredAt: Instant): VersionDeciding {
  const found = versionInForce(policy, at, registeredAt);
  return found.code === 'VERSION_IN_FORCE'
    ? { code: found.code, version: termsOf(found.version) }
    : { code: found.code };
}

function termsOf(version: VersionEntry): VersionTerms {
  const { id, order, effectiveFrom, effectiveFromForExisting, publishedAt, timeZone, imported } = version;
  const { audience, contents, change, statement, withdrawal } = version;
  const dates = { effectiveFrom, effectiveFromForExisting, publishedAt, timeZone };
  return { id, order, ...dates, imported, audience, contents, change, statement, withdrawal };
}

function states({ statement }: VersionEntry, purpose: string): boolean {
  return statement?.purposes.some(({ key }) => key === purpose) ?? false;
}

/** The policy as far as it was decided by an instant: what was decided later says nothing about it (rule T3). */
function decidedBy(policy: Policy, at: Instant): Policy {
  const timeline = policy.timeline.flatMap((entry): readonly Entry[] => {
    if (entry.kind === 'retirement') return entry.retiredAt <= at ? [entry] : [];
    if (entry.publishedAt > at) return [];
    const { withdrawal, ...version } = entry;
    return [withdrawal && withdrawal.withdrawnAt > at ? version : entry];
  });
  return { ...policy, timeline };
}

function scheduledFor(policy: Policy, at: Instant, registeredAt: Instant): readonly VersionEntry[] {
  const dateOf = (version: VersionEntry) => effectiveDateFor(version, registeredAt);
  const decidesOnItsDay = (version: VersionEntry) => {
    const found = versionInForce(policy, dateOf(version), registeredAt);
    return found.code === 'VERSION_IN_FORCE' && found.version.id === version.id;
  };
  return policy.timeline
    .filter((entry) => entry.kind === 'version')
    .filter((version) => dateOf(version) > at && decidesOnItsDay(version))
    .sort((a, b) => (dateOf(a) < dateOf(b) ? -1 : 1));
}

function boundaries({ timeline }: Policy, registeredAt: Instant): readonly Instant[] {
  return timeline.flatMap((entry) => {
    if (entry.kind === 'retirement') return [entry.effectiveFrom];
    const dates = [entry.effectiveFrom, effectiveDateFor(entry, registeredAt)];
    return entry.withdrawal ? [...dates, entry.withdrawal.from] : dates;
  });
}

function nextAfter(at: Instant, instants: readonly Instant[]): Instant | undefined {
  return instants.filter((instant) => instant > at).sort()[0];
}
