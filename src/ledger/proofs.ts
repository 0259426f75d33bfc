import type { Position } from '../event-store/event-store';
import type { SignedCheckpoint } from './checkpoint-stream';
import type { Ledger } from './ledger';
import { consistencyProof, inclusionProof } from './merkle-tree';

/** Proofs as text, for whoever verifies them with other tools. Hashes are base64 of 32 bytes, sizes decimal numbers. */
export interface CheckpointText {
  readonly origin: string;
  readonly size: string;
  readonly rootHash: string;
  /** The signed note, C2SP tlog-checkpoint. */
  readonly note: string;
  /** Of the last event that it covers. */
  readonly position: string;
}

export interface InclusionProofText {
  /** Of the leaf, from 0. */
  readonly index: string;
  readonly size: string;
  readonly leafHash: string;
  /** RFC 9162 2.1.3: from the leaf's sibling upwards. */
  readonly hashes: readonly string[];
  /** Of that size; else of the next that was signed. */
  readonly checkpoint: CheckpointText;
}

export interface ConsistencyProofText {
  readonly from: string;
  readonly to: string;
  /** RFC 9162 2.1.4. */
  readonly hashes: readonly string[];
  readonly checkpoint: CheckpointText;
}

/** Makes proofs. Each costs as many hashes as the tree has levels, and no more than one checkpoint a second is signed. */
export interface Proofs {
  /**
   * The newest checkpoint; undefined while there is nothing to sign.
   * @throws LedgerDiverged LedgerKeyUnknown LedgerBehind StoreUnavailable
   */
  checkpoint(): Promise<CheckpointText | undefined>;
  /**
   * That the event at a position is in the log; undefined where no leaf stands there.
   * @param size of the tree; absent: that of the newest checkpoint
   * @throws ProofSizeInvalid LedgerDiverged LedgerKeyUnknown LedgerBehind StoreUnavailable
   */
  inclusion(position: Position, size?: string): Promise<InclusionProofText | undefined>;
  /**
   * That the tree of one size goes on from that of another.
   * @param to absent: that of the newest checkpoint
   * @throws ProofSizeInvalid LedgerDiverged LedgerKeyUnknown LedgerBehind StoreUnavailable
   */
  consistency(from: string, to?: string): Promise<ConsistencyProofText>;
}

/** A size that no tree of this log has, or that does not go with the leaf or size beside it. */
export class ProofSizeInvalid extends Error {
  override readonly name = 'ProofSizeInvalid';
  readonly code = 'PROOF_SIZE_INVALID';
}

/** This node's tree has not come as far as what another node has signed. Trying again works. */
export class LedgerBehind extends Error {
  override readonly name = 'LedgerBehind';
  readonly code = 'LEDGER_BEHIND';
}

/** How long a proof waits for a tree that follows the log. */
const WAIT_FOR_TREE_MS = 2_000;

/** @param textOf a position as users have it */
export function createProofs(ledger: Ledger, textOf: (position: Position) => string): Proofs {
  const { tree } = ledger;

  async function textOfCheckpoint({ origin, size, root, note }: SignedCheckpoint): Promise<CheckpointText> {
    if (!(await ledger.reachSize(size, WAIT_FOR_TREE_MS))) {
      throw new LedgerBehind('This node has not come as far in the log as the newest checkpoint. Try again.');
    }
    const position = textOf(tree.positionOf(size - 1));
    return { origin, size: String(size), rootHash: base64(root), note, position };
  }

  /** The newest checkpoint, unless it does not reach so far. */
  async function newestOf(size: number): Promise<SignedCheckpoint | undefined> {
    const newest = await ledger.checkpoint();
    return newest !== undefined && newest.size >= size ? newest : ledger.covering(size);
  }

  async function covering(size: number): Promise<SignedCheckpoint> {
    await ledger.reachSize(size, WAIT_FOR_TREE_MS);
    const checkpoint = await ledger.covering(size);
    if (checkpoint === undefined) throw new ProofSizeInvalid(`The log has ${tree.size()} leaves.`);
    return checkpoint;
  }

  return {
    checkpoint: async () => {
      const newest = await ledger.checkpoint();
      return newest && textOfCheckpoint(newest);
    },
    inclusion: async (position, askedSize) => {
      const wanted = askedSize === undefined ? undefined : sizeOf(askedSize);
      await ledger.reach(position, WAIT_FOR_TREE_MS);
      const index = ledger.leafAt(position);
      if (index === undefined) return undefined;
      if (wanted !== undefined && wanted <= index) {
        throw new ProofSizeInvalid(`The event is leaf ${index}: a tree that holds it has more than ${index} leaves.`);
      }
      const checkpoint = await (wanted === undefined ? newestOf(index + 1) : covering(wanted));
      if (checkpoint === undefined) return undefined;
      const text = await textOfCheckpoint(checkpoint);
      const size = wanted ?? checkpoint.size;
      return {
        index: String(index),
        size: String(size),
        leafHash: base64(tree.node(0, index)),
        hashes: inclusionProof(tree, index, size).map(base64),
        checkpoint: text,
      };
    },
    consistency: async (askedFrom, askedTo) => {
      const from = sizeOf(askedFrom);
      const wanted = askedTo === undefined ? undefined : sizeOf(askedTo);
      if (wanted !== undefined && from > wanted) {
        throw new ProofSizeInvalid('The first size is larger than the second: a tree only grows.');
      }
      const checkpoint = (wanted === undefined ? await newestOf(from) : undefined) ?? (await covering(wanted ?? from));
      const text = await textOfCheckpoint(checkpoint);
      const to = wanted ?? checkpoint.size;
      return {
        from: String(from),
        to: String(to),
        hashes: consistencyProof(tree, from, to).map(base64),
        checkpoint: text,
      };
    },
  };
}

function sizeOf(text: string): number {
  const size = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(size)) return size;
  throw new ProofSizeInvalid('The size of a tree is a whole number from 1, in decimal digits.');
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
