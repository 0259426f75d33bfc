import type { ContentRef, PolicyEvent } from '../../domain/policy/policy.events';
import type { ProcessingStatement } from '../../domain/policy/processing-statement';
import { categoryOf } from './bundle-layout';
import { type BundleEvent, isObject, knownEvent } from './event-record';

/** What belongs to a version and goes with the answer: the texts that people saw, and the statement. */
export interface VersionContents {
  readonly policyId: string;
  readonly versionId: string;
  /** Those of locales that were added later, too; as known at the answer's prefix. */
  readonly contents: readonly ContentRef[];
  /** Undefined: text only. */
  readonly statement: ProcessingStatement | undefined;
}

/**
 * The versions that an answer names, or that a fact which it rests on names: also an import that was revoked since, whose
 * text a person may have agreed to (rule C4).
 *
 * @param streams events by stream, up to the end of the answer's prefix
 */
export function contentsOf(
  answer: object,
  streams: ReadonlyMap<string, readonly BundleEvent[]>,
): readonly VersionContents[] {
  const versions = new Map<string, VersionContents>();
  const named = new Set(uuidsIn(answer));
  for (const [stream, events] of streams) {
    if (categoryOf(stream) === 'policy') for (const event of events) note(versions, knownEvent(event) as PolicyEvent);
    if (categoryOf(stream) === 'subject') for (const { data } of events) for (const id of uuidsIn(data)) named.add(id);
  }
  return [...versions.values()].filter(({ versionId }) => named.has(versionId));
}

function note(versions: Map<string, VersionContents>, event: PolicyEvent): void {
  if (event.type === 'PolicyVersionPublished' || event.type === 'PolicyVersionImported') {
    const { policyId, versionId, contents, statement } = event.data;
    versions.set(versionId, { policyId, versionId, contents, statement });
  }
  if (event.type === 'PolicyVersionLocaleAdded') {
    const version = versions.get(event.data.versionId);
    if (!version) return;
    versions.set(version.versionId, { ...version, contents: [...version.contents, event.data.content] });
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function* uuidsIn(value: unknown): Generator<string> {
  if (typeof value === 'string' && UUID.test(value)) yield value;
  if (Array.isArray(value)) for (const each of value) yield* uuidsIn(each);
  else if (isObject(value)) for (const each of Object.values(value)) yield* uuidsIn(each);
}
