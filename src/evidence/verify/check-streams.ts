import { createHmac } from 'node:crypto';
import type { SubjectEvent } from '../../domain/subject/subject.events';
import type { BundleOrder } from './bundle-answer';
import { orderIn, ownerOf, streamsOfPerson } from './bundle-folds';
import { BUNDLE_FILES, categoryOf, type OpenedStream, streamOf } from './bundle-layout';
import { BundleRejected } from './bundle-rejected';
import type { ProvenEvent } from './check-events';
import { tagBytes } from './check-leaves';
import type { BundleEvent } from './event-record';

export type ProvenStreams = ReadonlyMap<string, readonly ProvenEvent[]>;

/** The order of the bundle, which stands in the log as everything else does. @throws BundleRejected ORDER_MISSING */
export function orderOf(streams: ProvenStreams): BundleOrder {
  const orders = [...streams.keys()].filter((stream) => categoryOf(stream) === 'evidence');
  const [stream = ''] = orders;
  const events = streams.get(stream) ?? [];
  const order = orderIn(events);
  const isOwn = orders.length === 1 && events.length === 1 && stream === streamOf('evidence', order.evidenceId);
  // It was recorded after everything that the answer knows.
  if (isOwn && (events[0]?.leaf ?? 0) >= order.events) return order;
  throw new BundleRejected(
    'ORDER_MISSING',
    { file: BUNDLE_FILES.events, stream },
    'it is not the order of this bundle',
  );
}

/** Every stream that the answer rests on is opened, and no other. @throws BundleRejected */
export function assertNeeded(streams: ProvenStreams, order: BundleOrder): void {
  const needed = new Set([streamOf('evidence', order.evidenceId), ...neededStreams(order, streams)]);
  for (const stream of needed) if (!streams.has(stream)) throw missing(stream);
  for (const stream of streams.keys()) {
    if (needed.has(stream)) continue;
    const culprit = { file: BUNDLE_FILES.events, stream };
    throw new BundleRejected('STREAM_UNEXPECTED', culprit, 'the answer does not rest on it');
  }
}

function missing(stream: string): BundleRejected {
  const why = 'the answer rests on it, and it is not opened';
  return new BundleRejected('STREAM_MISSING', { file: BUNDLE_FILES.events, stream }, why);
}

function neededStreams(
  { policyId, subjectId, organisationId, streams: named = [] }: BundleOrder,
  streams: ReadonlyMap<string, readonly BundleEvent[]>,
): ReadonlySet<string> {
  const needed =
    subjectId === undefined
      ? new Set([streamOf('organisation', organisationId), streamOf('policy', policyId ?? '')])
      : new Set(streamsOfPerson({ organisationId, subjectId, streams: named }, streams));
  for (const stream of [...needed].filter((each) => categoryOf(each) === 'policy')) {
    const owner = ownerOf(streams.get(stream));
    if (owner !== undefined) needed.add(streamOf('organisation', owner));
  }
  return needed;
}

/** Each stream bears the tag that follows from its name, and so do all its events. @throws BundleRejected */
export function assertTags(
  streams: ProvenStreams,
  listed: readonly OpenedStream[],
  logId: string,
  order: BundleOrder,
): void {
  const file = BUNDLE_FILES.streams;
  const byName = new Map(listed.map((each) => [each.stream, each]));
  const extra =
    listed.find(({ stream }) => !streams.has(stream)) ?? (byName.size < listed.length ? listed[0] : undefined);
  if (extra) throw new BundleRejected('STREAM_UNEXPECTED', { file, stream: extra.stream }, 'it has no events here');
  for (const [stream, events] of streams) {
    const found = byName.get(stream);
    if (!found) throw new BundleRejected('STREAM_MISSING', { file, stream }, 'it is not listed');
    const expected = expectedTag(found, logId);
    const isRight = expected === undefined ? isForgotten(events, order) : expected === found.tag;
    const other = events.find((event) => !tagBytes(event.tag, stream).equals(Buffer.from(found.tag, 'base64url')));
    if (isRight && !other) continue;
    const culprit = { file, stream, ...(other && { event: other.id }) };
    throw new BundleRejected('STREAM_TAG_WRONG', culprit, 'its tag does not follow from its name');
  }
}

/** The log itself says that the person was being erased when the bundle was asked for, or before (rule E2). */
export function isForgotten(
  events: readonly Pick<BundleEvent, 'type'>[],
  { afterErasure }: Pick<BundleOrder, 'afterErasure'>,
): boolean {
  return afterErasure === true || events.some(({ type }) => ERASING.has(type));
}

const ERASING: ReadonlySet<string> = new Set<SubjectEvent['type']>(['SubjectErasureStarted', 'SubjectErased']);

/** Undefined for a person who is erased: nobody can compute it any more. */
function expectedTag({ stream, salt }: OpenedStream, logId: string): string | undefined {
  const isPersonal = categoryOf(stream) === 'subject';
  if (isPersonal && salt === undefined) return undefined;
  const key = isPersonal ? Buffer.from(salt ?? '', 'base64url') : logId;
  return createHmac('sha256', key).update(stream, 'utf8').digest('base64url');
}

/** Leaves that bear the tag of a stream, wherever a bundle has them from. */
export type LeavesOfTag = (tag: string, stream: string) => readonly number[];

/**
 * Nothing was left out (rule L1): of the leaves that bear a stream's tag each that the answer knows is opened. Answers
 * how many came later.
 *
 * @throws BundleRejected EVENT_MISSING EVENT_UNEXPECTED
 */
export function assertComplete(
  streams: ProvenStreams,
  listed: readonly OpenedStream[],
  order: BundleOrder,
  leavesOfTag: LeavesOfTag,
): number {
  let later = 0;
  for (const { stream, tag } of listed) {
    const known = stream === streamOf('evidence', order.evidenceId) ? Number.POSITIVE_INFINITY : order.events;
    const opened = new Set((streams.get(stream) ?? []).map(({ leaf }) => leaf));
    const bearing = leavesOfTag(tag, stream);
    const leaf = bearing.find((each) => each < known && !opened.has(each));
    if (leaf !== undefined) {
      const culprit = { file: BUNDLE_FILES.events, stream, leaf };
      throw new BundleRejected('EVENT_MISSING', culprit, 'a leaf of this stream is not opened: its event was left out');
    }
    const beyond = (streams.get(stream) ?? []).find((event) => event.leaf >= known);
    if (beyond) {
      const culprit = { file: BUNDLE_FILES.events, stream, event: beyond.id };
      throw new BundleRejected('EVENT_UNEXPECTED', culprit, 'it was recorded after what the answer knows');
    }
    later += bearing.length - opened.size;
  }
  return later;
}

/** The streams as the answer knows them: the order itself is none of it. */
export function answering(streams: ProvenStreams): ProvenStreams {
  return new Map([...streams].filter(([stream]) => categoryOf(stream) !== 'evidence'));
}
