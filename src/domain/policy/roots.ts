import type { RerootedVersion, Roots } from './policy.events';
import type { VersionEntry } from './policy.state';
import { consentPurposes } from './processing-statement';
import { compareStatements, impliedRenewals } from './statement-comparison';

type Rooted = Pick<VersionEntry, 'id' | 'change' | 'statement'> & { readonly roots: Roots };

/**
 * The roots of a version by the one that precedes it (rule V6). Per purpose on consent: its own id where it asks for
 * renewal, where the purpose or its basis of consent is new, or where the comparison implies a renewal that another
 * version between the two used to ask for; else the predecessor's root.
 */
export function rootsAfter(
  version: Pick<VersionEntry, 'id' | 'change' | 'statement'>,
  predecessor: Rooted | undefined,
): Roots {
  const first = predecessor === undefined || version.change.reasons.includes('FIRST_VERSION');
  const renewed = new Set([...version.change.renewalPurposes, ...renewalsBetween(predecessor, version)]);
  const consent: Record<string, string> = {};
  for (const purpose of consentPurposes(version.statement)) {
    const inherited = first || renewed.has(purpose) ? undefined : predecessor.roots.consent[purpose];
    consent[purpose] = inherited ?? version.id;
  }
  const tells = first || version.change.noticeDuty !== 'NONE';
  return {
    consent,
    notice: tells ? version.id : predecessor.roots.notice,
    acceptance: tells ? version.id : predecessor.roots.acceptance,
  };
}

function renewalsBetween(from: Rooted | undefined, to: Pick<VersionEntry, 'statement'>): readonly string[] {
  if (!from?.statement || !to.statement) return [];
  return impliedRenewals(compareStatements(from.statement, to.statement), to.statement);
}

/**
 * The versions in `later` (standing, in effective order) whose roots change because `predecessor` now stands before
 * the first of them. They are recorded in the event that caused it (rule V6).
 */
export function rerootedBehind(
  predecessor: Rooted | undefined,
  later: readonly VersionEntry[],
): readonly RerootedVersion[] {
  const rerooted: RerootedVersion[] = [];
  let before = predecessor;
  for (const version of later) {
    const roots = rootsAfter(version, before);
    if (sameRoots(currentRoots(version), roots)) break;
    rerooted.push({ versionId: version.id, roots });
    before = { ...version, roots };
  }
  return rerooted;
}

/** A version with the roots it has by everything recorded so far. */
export function rooted(version: VersionEntry | undefined): Rooted | undefined {
  return version && { ...version, roots: currentRoots(version) };
}

function currentRoots(version: VersionEntry): Roots {
  const latest = version.roots.at(-1);
  if (!latest) throw new Error(`Version ${version.id} has no roots.`);
  return latest.roots;
}

function sameRoots(a: Roots, b: Roots): boolean {
  const keys = Object.keys(a.consent);
  return (
    a.notice === b.notice &&
    a.acceptance === b.acceptance &&
    keys.length === Object.keys(b.consent).length &&
    keys.every((key) => a.consent[key] === b.consent[key])
  );
}
