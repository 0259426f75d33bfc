import type { PolicyCreated } from '../../domain/policy/policy.events';
import { decodeEvent } from '../../domain/stored-events';
import type { Application } from '../application';
import { policyIdOf, policyStream } from '../stream-names';
import { slugsOf } from './policy-names';

/**
 * The slug of each path's policy. One that was made from the path keeps it; else the path that comes first in the
 * history has the plain slug, and others that would have it too get some of their hash behind it, so that the same
 * history always gives the same slugs.
 *
 * @param paths oldest first
 */
export async function slugsOfPaths(
  app: Application,
  organisationId: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const slugs = new Map<string, string>();
  const free = new Map<string, readonly string[]>();
  for (const path of paths) {
    const found = await findSlug(app, organisationId, path);
    if (typeof found === 'string') slugs.set(path, found);
    else free.set(path, found);
  }
  const claimed = new Set(slugs.values());
  for (const [path, candidates] of free) {
    const slug = candidates.find((candidate) => !claimed.has(candidate));
    if (slug === undefined) throw new Error('Every slug of a path is taken.');
    claimed.add(slug);
    slugs.set(path, slug);
  }
  return slugs;
}

/** The slug of the policy made from the path, or those it may take, the plain one first. */
async function findSlug(app: Application, organisationId: string, path: string): Promise<string | readonly string[]> {
  const free: string[] = [];
  for (const [index, slug] of slugsOf(path).entries()) {
    const created = await creationOf(app, policyIdOf(organisationId, slug));
    if (created === undefined) free.push(slug);
    else if (created.sourcePath === path) return slug;
    // Behind a free slug with a hash there is none that was taken for want of it.
    if (created === undefined && index > 0) break;
  }
  return free;
}

async function creationOf(app: Application, policyId: string): Promise<PolicyCreated['data'] | undefined> {
  for await (const event of app.store.readStream(policyStream(policyId), { limit: 1 })) {
    return (decodeEvent(event.type, event.metadata.schemaVersion, event.data) as PolicyCreated).data;
  }
  return undefined;
}
