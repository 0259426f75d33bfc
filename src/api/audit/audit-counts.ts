import type { PopulationCounts } from '../../read-models/population';
import { byVersion } from '../../read-models/population-order';
import type { PolicyRow } from '../../read-models/read-models';
import type { ApiContext } from '../context';
import { found } from '../members';
import { prefixOf, type Scope } from '../scope';
import { PolicyVersionNode } from '../versions/policy-version.type';
import type { AcceptanceCount, ConsentCount, NoticeCount } from './audit.type';

/** Versions of a policy as counts name them, each looked up once. */
export type VersionNamed = (id: string) => PolicyVersionNode;

export function versionsNamed(context: ApiContext, policy: PolicyRow, scope: Scope): VersionNamed {
  const prefix = prefixOf(context, scope);
  const known = new Map<string, PolicyVersionNode>();
  return (id) => {
    const node =
      known.get(id) ?? new PolicyVersionNode(found(context.readModels.versionById(id, prefix)), policy, scope);
    known.set(id, node);
    return node;
  };
}

export function noticeCounts(counts: PopulationCounts, version: VersionNamed): readonly NoticeCount[] {
  const { notices } = byVersion(counts, (id) => version(id).row.sequence);
  return notices.map(({ versionId, step, subjects }) => ({ version: version(versionId), step, subjects }));
}

export function acceptanceCounts(counts: PopulationCounts, version: VersionNamed): readonly AcceptanceCount[] {
  const { acceptances } = byVersion(counts, (id) => version(id).row.sequence);
  return acceptances.map(({ versionId, subjects }) => ({ version: version(versionId), subjects }));
}

export function consentCounts({ consents }: PopulationCounts): readonly ConsentCount[] {
  return consents;
}
