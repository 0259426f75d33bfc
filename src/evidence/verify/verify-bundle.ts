import { createHash } from 'node:crypto';
import { RULES_VERSION } from '../../domain/rules-version';
import type { Checkpoint } from '../../ledger/checkpoint-note';
import { verifierKeyText } from '../../ledger/checkpoint-note';
import { TimestampOfAnother, TimestampRefused, timeStamped } from '../../ledger/timestamp-der';
import { ANSWER_FORMAT, answerOf, type BundleAnswer, type BundleOrder, inWords } from './bundle-answer';
import { contentsOf } from './bundle-contents';
import {
  assertListed,
  assertReadme,
  assertUnaltered,
  readManifest,
  readProofs,
  readStreams,
  textOf,
} from './bundle-files';
import { foldBundle } from './bundle-folds';
import { BUNDLE_FILES, type OpenedStream } from './bundle-layout';
import { BundleRejected } from './bundle-rejected';
import { assertAnswer, assertContents, assertKnownNames, assertPersonalValues } from './check-contents';
import { byStream, type ProvenEvent, proveEvents } from './check-events';
import { type LeafList, readLeaves } from './check-leaves';
import { type Pinned, readSignature, type SignedBundle } from './check-signature';
import { answering, assertComplete, assertNeeded, assertTags, orderOf, type ProvenStreams } from './check-streams';
import { isObject, readRecords } from './event-record';
import { type OpenBundle, openBundle } from './open-bundle';
import { leavesByMap } from './stream-map';
import { jsonOf } from './strict-json';

/** What a bundle that is sound proves. */
export interface VerifiedBundle {
  readonly log: string;
  readonly about: { readonly policy: string } | { readonly subject: string };
  readonly organisation: string;
  readonly evidence: string;
  readonly effectiveAt: string;
  readonly effectiveOn: string | undefined;
  readonly recordedAt: string;
  readonly rules: string;
  /** The answer in a few words, a line for each thing that it is about. */
  readonly says: readonly string[];
  readonly checkpoint: { readonly size: number; readonly rootHash: string; readonly signedBy: readonly string[] };
  /** False: the keys are those in the bundle, which prove nothing of whose log it is. */
  readonly keyGiven: boolean;
  /** How often the log's key was changed before it signed this, each key naming the next. */
  readonly keyChanges: number;
  readonly events: number;
  readonly streams: number;
  /** Events of the same streams that were recorded after what the answer knows. */
  readonly laterEvents: number;
  readonly texts: number;
  readonly personalValues: number;
  /** True: a time stamp of the checkpoint is in it, whose signature `openssl ts -verify` checks. */
  readonly timestamped: boolean;
  /** False: the README is that of another release, and is not known to be what that writes. */
  readonly readmeChecked: boolean;
}

/**
 * Verifies a bundle from its file alone, without a store, a key or the net: that its checkpoint is signed, that every
 * event stands under it and none was left out, and that the answer follows from them.
 *
 * @throws BundleRejected naming the first thing that is wrong
 * @throws a system error where the file cannot be read
 */
export async function verifyBundle(path: string, pinned: Pinned = {}): Promise<VerifiedBundle> {
  const bundle = await openBundle(path);
  try {
    const manifest = await readManifest(bundle);
    assertListed(bundle, manifest);
    const verified = await verifyContent(bundle, pinned);
    // Last, since it says least: whatever was altered so that it still reads.
    await assertUnaltered(bundle, manifest);
    return { ...verified, readmeChecked: await assertReadme(bundle, manifest) };
  } finally {
    bundle.close();
  }
}

async function verifyContent(bundle: OpenBundle, pinned: Pinned): Promise<Omit<VerifiedBundle, 'readmeChecked'>> {
  const signed = await readSignature(bundle, pinned);
  const { checkpoint, logId } = signed;
  const isMapped = bundle.has(BUNDLE_FILES.streamMap);
  const events = readRecords(await bundle.read(BUNDLE_FILES.events));
  const proofs = await readProofs(bundle);
  const leaves = isMapped ? undefined : readLeaves(await bundle.read(BUNDLE_FILES.leaves), checkpoint);
  if (pinned.checkpoint) assertSameLog(pinned.checkpoint, checkpoint, leaves);
  const proven = proveEvents(events, proofs, checkpoint, leaves);
  const streams = byStream(proven);
  const order = orderOf(streams);
  const listed = await readStreams(bundle);
  const later = await assertWhole(bundle, { streams, listed }, signed, order, leaves);
  assertKnownNames(bundle, signed.keys, isMapped, order);
  const answer = await assertFollows(bundle, logId, order, streams);
  const texts = await assertContents(bundle, contentsOf(answer, answering(streams)));
  const personalValues = await assertPersonalValues(bundle, streams, listed, order);
  const timestamped = await assertTimestamp(bundle, signed);
  const summary = {
    keyChanges: signed.keyChanges.length,
    events: proven.length,
    streams: streams.size,
    laterEvents: later,
    texts,
    personalValues,
    timestamped,
  };
  return { ...aboutOf(signed, order), says: inWords(answer), keyGiven: pinned.keys !== undefined, ...summary };
}

async function assertWhole(
  bundle: OpenBundle,
  { streams, listed }: { readonly streams: ProvenStreams; readonly listed: readonly OpenedStream[] },
  { checkpoint, signers, logId }: SignedBundle,
  order: BundleOrder,
  leaves: LeafList | undefined,
): Promise<number> {
  assertTags(streams, listed, logId, order);
  const leavesOfTag = leaves
    ? (tag: string) => leaves.bearing(Buffer.from(tag, 'base64url'))
    : await leavesByMap(bundle, { streams, listed }, checkpoint, signers);
  const later = assertComplete(streams, listed, order, leavesOfTag);
  assertNeeded(streams, order);
  return later;
}

/** The answer, folded anew. */
async function assertFollows(
  bundle: OpenBundle,
  logId: string,
  order: BundleOrder,
  streams: ReadonlyMap<string, readonly ProvenEvent[]>,
): Promise<BundleAnswer> {
  const file = BUNDLE_FILES.answer;
  const text = await textOf(bundle, file);
  const given = jsonOf(text);
  const stamp = isObject(given) ? given.stamp : undefined;
  if (isObject(given) && given.format !== ANSWER_FORMAT) {
    throw new BundleRejected('BUNDLE_FORMAT_UNKNOWN', { file }, `the form of the answer is not ${ANSWER_FORMAT}`);
  }
  if (isObject(stamp) && stamp.rules !== RULES_VERSION) {
    const why = `it was computed by rules ${stamp.rules}, and this release knows ${RULES_VERSION}`;
    throw new BundleRejected('RULES_UNKNOWN', { file, place: 'stamp.rules' }, why);
  }
  const folded = answerOf(logId, order, foldBundle(answering(streams)));
  assertAnswer(text, folded);
  return folded;
}

/** A checkpoint that was noted earlier is of the same log: its tree is the beginning of this one. */
function assertSameLog(noted: Checkpoint, { size, root }: Checkpoint, leaves: LeafList | undefined): void {
  const file = BUNDLE_FILES.checkpoint;
  const known = noted.size === size ? root : noted.size < size ? leaves?.root(noted.size) : undefined;
  if (known === undefined) {
    const why = `it signs ${size} leaves, and the given one ${noted.size}; ask the log for a proof of consistency`;
    throw new BundleRejected('CHECKPOINT_NOT_COMPARABLE', { file }, why);
  }
  if (Buffer.compare(known, noted.root) === 0) return;
  const why = `its log is not the one that the given checkpoint of ${noted.size} leaves was of`;
  throw new BundleRejected('CHECKPOINT_CONTRADICTED', { file }, why);
}

/** A time stamp that was granted for this note; whether its authority signed it is for other tools to say. */
async function assertTimestamp(bundle: OpenBundle, { note }: SignedBundle): Promise<boolean> {
  const file = BUNDLE_FILES.timestamp;
  if (!bundle.has(file)) return false;
  const response = await bundle.read(file);
  try {
    timeStamped(response, createHash('sha256').update(note, 'utf8').digest());
    return true;
  } catch (error) {
    if (!(error instanceof TimestampRefused)) throw error;
    const code = error instanceof TimestampOfAnother ? 'TIMESTAMP_OF_ANOTHER_CHECKPOINT' : 'TIMESTAMP_INVALID';
    const why = code === 'TIMESTAMP_INVALID' ? 'it is no time stamp that was granted' : 'it is not of this checkpoint';
    throw new BundleRejected(code, { file }, why);
  }
}

function aboutOf({ logId, checkpoint, signers }: SignedBundle, order: BundleOrder) {
  const { subjectId, policyId = '', organisationId, evidenceId, effectiveAt, effectiveOn, recordedAt } = order;
  return {
    log: logId,
    about: subjectId === undefined ? { policy: policyId } : { subject: subjectId },
    organisation: organisationId,
    evidence: evidenceId,
    effectiveAt,
    effectiveOn,
    recordedAt,
    rules: RULES_VERSION,
    checkpoint: {
      size: checkpoint.size,
      rootHash: Buffer.from(checkpoint.root).toString('base64'),
      signedBy: signers.map(verifierKeyText),
    },
  };
}
