import type { PolicyCreated } from '../../domain/policy/policy.events';
import { decodeEvent } from '../../domain/stored-events';
import type { Application } from '../application';
import { policyIdOf, policyStream } from '../stream-names';
import { slugOf, slugsOf } from './policy-names';

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
): Promise<(path: string) => string> {
  // Of many paths as little as can be: those alone that are not the plain ones.
  const slugs = new Map<string, string>();
  const claimed = new Set<string>();
  // A bit for each candidate.
  const free = new Uint8Array(paths.length);
  const claim = (path: string, slug: string) => {
    claimed.add(slug);
    if (slug !== slugOf(path)) slugs.set(path, slug);
  };
  for (const [index, path] of paths.entries()) {
    const found = await findSlug(app, organisationId, path);
    if (typeof found === 'string') claim(path, found);
    else for (const candidate of found) free[index] = (free[index] ?? 0) | (1 << candidate);
  }
  for (const [index, path] of paths.entries()) {
    const candidates = free[index] ?? 0;
    if (candidates === 0) continue;
    const slug = slugsOf(path).find((each, at) => (candidates & (1 << at)) !== 0 && !claimed.has(each));
    if (slug === undefined) throw new Error('Every slug of a path is taken.');
    claim(path, slug);
  }
  return (path) => slugs.get(path) ?? slugOf(path);
}

/** The slug of the policy made from the path, or the places among its slugs of those it may take. */
async function findSlug(app: Application, organisationId: string, path: string): Promise<string | readonly number[]> {
  const free: number[] = [];
  for (const [index, slug] of slugsOf(path).entries()) {
    const created = await creationOf(app, policyIdOf(organisationId, slug));
    if (created === undefined) free.push(index);
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
