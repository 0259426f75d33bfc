import type { Checkpoint } from '../../ledger/checkpoint-note';
import { hashLeaf } from '../../ledger/merkle-tree';
import { verifyInclusion } from '../../ledger/verify-proof';
import { BUNDLE_FILES, type ProofLine } from './bundle-layout';
import { BundleRejected } from './bundle-rejected';
import { type LeafList, leafContent, tagBytes } from './check-leaves';
import type { BundleEvent } from './event-record';

/** An event that is proven to stand in a leaf under the checkpoint. */
export interface ProvenEvent extends BundleEvent {
  readonly leaf: number;
}

/**
 * Every event has its leaf under the checkpoint, by its own proof and, where all leaves are listed, in that list; the
 * events stand in the order of the log, each once, and each stream has all its places from the first on.
 *
 * @throws BundleRejected
 */
export function proveEvents(
  events: readonly BundleEvent[],
  proofs: readonly ProofLine[],
  checkpoint: Checkpoint,
  leaves: LeafList | undefined,
): readonly ProvenEvent[] {
  const proven: ProvenEvent[] = [];
  for (const [index, event] of events.entries()) {
    const proof = proofs[index];
    if (!proof || !isProven(event, proof, checkpoint, leaves)) {
      throw whatIsWrong(event, index, proofs, leaves, { seen: proven, events: events.length });
    }
    const before = proven.at(-1);
    if (before && before.leaf >= proof.leaf) throw wrong('EVENTS_OUT_OF_ORDER', event, 'it stands after a later one');
    proven.push({ ...event, leaf: proof.leaf });
  }
  if (proofs.length > events.length) {
    const { leaf } = proofs[events.length] ?? {};
    throw missingAt(leaf, 'its event is not in the bundle');
  }
  return proven;
}

/** The paths of a list of hashes, as bytes. */
export function pathOf({ hashes }: Pick<ProofLine, 'hashes'>): readonly Buffer[] {
  return hashes.map((each) => Buffer.from(each, 'base64'));
}

function isProven(event: BundleEvent, proof: ProofLine, { size, root }: Checkpoint, leaves?: LeafList): boolean {
  const content = contentOf(event);
  const { leaf: index } = proof;
  if (leaves && (index >= leaves.size || !leaves.at(index).equals(content))) return false;
  return verifyInclusion({ index, size, root, leafHash: hashLeaf(content), hashes: pathOf(proof) });
}

const contentOf = ({ tag, stream, recordHash }: BundleEvent) => leafContent(tagBytes(tag, stream), recordHash);

/** An event whose leaf is not where its proof says: what was done to it, as far as the leaves tell. */
function whatIsWrong(
  event: BundleEvent,
  index: number,
  proofs: readonly ProofLine[],
  leaves: LeafList | undefined,
  { seen, events }: { readonly seen: readonly ProvenEvent[]; readonly events: number },
): BundleRejected {
  const content = contentOf(event);
  const proof = proofs[index];
  if (seen.some((each) => each.id === event.id && each.recordHash.equals(event.recordHash))) {
    return wrong('EVENT_DUPLICATED', event, 'it stands here a second time');
  }
  if (!leaves) return wrong('EVENT_ALTERED', event, 'with its proof it does not lead to the root that was signed');
  const standsAt = leaves.bearing(content.subarray(0, 32)).find((leaf) => leaves.at(leaf).equals(content));
  if (standsAt === undefined) return wrong('EVENT_ALTERED', event, 'no leaf is of it as it is here');
  if (proof?.leaf === standsAt) return wrong('PROOF_WRONG', event, 'its proof does not lead to the signed root');
  if (proof && proofs.length > events) return missingAt(proof.leaf, 'its event is not in the bundle');
  return wrong('EVENTS_OUT_OF_ORDER', event, `its leaf is ${standsAt}, and its proof is of another`);
}

/** Events by stream. @throws BundleRejected a stream does not begin at its first place, or goes on with a gap */
export function byStream(events: readonly ProvenEvent[]): ReadonlyMap<string, readonly ProvenEvent[]> {
  const streams = new Map<string, ProvenEvent[]>();
  for (const event of events) {
    const before = streams.get(event.stream) ?? [];
    streams.set(event.stream, before);
    if (event.version !== before.length + 1) {
      const { stream, id } = event;
      const culprit = { file: BUNDLE_FILES.events, event: id, stream };
      throw new BundleRejected(
        'EVENT_MISSING',
        culprit,
        `place ${before.length + 1} of its stream is missing before it`,
      );
    }
    before.push(event);
  }
  return streams;
}

function wrong(
  code: 'EVENT_ALTERED' | 'EVENT_DUPLICATED' | 'EVENTS_OUT_OF_ORDER' | 'PROOF_WRONG',
  { id, stream }: BundleEvent,
  why: string,
): BundleRejected {
  const file = code === 'PROOF_WRONG' ? BUNDLE_FILES.proofs : BUNDLE_FILES.events;
  return new BundleRejected(code, { file, event: id, stream }, why);
}

function missingAt(leaf: number | undefined, why: string): BundleRejected {
  const culprit = { file: BUNDLE_FILES.events, ...(leaf !== undefined && { leaf }) };
  return new BundleRejected('EVENT_MISSING', culprit, why);
}
