import { v5 as uuidv5 } from 'uuid';
import type { EventStore, JsonObject, StoredEvent, StreamRange } from '../event-store/event-store';
import {
  type Checkpoint,
  checkpointText,
  NoteInvalid,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  type Signer,
  signersOf,
  signNote,
  type Verifier,
  verifierKeyText,
} from './checkpoint-note';
import { handOver, type KeyHandover, readHandover } from './key-handover';
import { LedgerDiverged } from './ledger-faults';

/** A checkpoint as it stands in the log. */
export interface SignedCheckpoint extends Checkpoint {
  /** Place in its stream, from 1. */
  readonly version: number;
  /** The store's stamp, in milliseconds since 1970-01-01T00:00Z. */
  readonly recordedAt: number;
  readonly note: string;
  /** Who signed it, by the keys that were kept beside it: old keys are needed for old checkpoints. */
  readonly signers: readonly Verifier[];
  /** True when it was signed without the key before, which was lost. */
  readonly replacesLost: boolean;
  /** Where the key was changed with it: each signer names the next. */
  readonly handovers: readonly KeyHandover[];
}

/** The checkpoints of a log, in a stream of its own, which is no part of the tree (rule L3). */
export interface CheckpointStream {
  last(): Promise<SignedCheckpoint | undefined>;
  /** @throws LedgerDiverged there is no such checkpoint, though one of a greater version was seen */
  at(version: number): Promise<SignedCheckpoint>;
  /** The first one of at least so many leaves; undefined when none reaches as far. */
  covering(size: number): Promise<SignedCheckpoint | undefined>;
  /** From a version back to the first. */
  backwards(from?: number): AsyncIterable<SignedCheckpoint>;
  /**
   * Signs a checkpoint and appends it.
   * @param seen how many the signer saw
   * @throws WrongExpectedVersion another node was first
   */
  append(checkpoint: Checkpoint, signers: readonly Signer[], seen: number, replacesLost: boolean): Promise<void>;
}

const TYPE = 'CheckpointSigned';
const SCHEMA_VERSION = 1;

/** Names a log in its checkpoints, and its key. */
export const originOf = (logId: string): string => `samtykke/${logId}`;

export function checkpointStream(store: EventStore, logId: string): CheckpointStream {
  const stream = `ledger-${logId}`;
  const origin = originOf(logId);

  async function* read(range: StreamRange): AsyncGenerator<SignedCheckpoint> {
    try {
      for await (const event of store.readStream(stream, range)) yield checkpointOf(event, origin);
    } catch (error) {
      // What a store says of itself has a code; what it cannot read of an event has none.
      if (error instanceof Error && 'code' in error) throw error;
      throw new LedgerDiverged('CHECKPOINT_ALTERED', 'A checkpoint of the log cannot be read any more.');
    }
  }

  function backwards(from?: number): AsyncGenerator<SignedCheckpoint> {
    return read({ backwards: true, ...(from !== undefined && { from }) });
  }

  async function at(version: number): Promise<SignedCheckpoint> {
    for await (const checkpoint of read({ from: version, limit: 1 })) return checkpoint;
    throw new LedgerDiverged('CHECKPOINT_MISSING', `Checkpoint ${version} of the log is missing.`);
  }

  async function last(): Promise<SignedCheckpoint | undefined> {
    for await (const checkpoint of backwards()) return checkpoint;
    return undefined;
  }

  return {
    last,
    at,
    backwards,
    covering: async (size) => {
      const newest = await last();
      if (newest === undefined || newest.size < size) return undefined;
      return firstWhere(newest, at, (checkpoint) => checkpoint.size >= size);
    },
    append: async (checkpoint, signers, seen, replacesLost) => {
      const note = signNote(checkpointText(checkpoint), signers);
      const handovers = handOver(checkpoint, signers);
      const data: JsonObject = {
        size: checkpoint.size,
        rootHash: Buffer.from(checkpoint.root).toString('base64'),
        note,
        keys: signers.map(verifierKeyText),
        ...(replacesLost && { replacesLost }),
        ...(handovers.length > 0 && { handovers }),
      };
      // The same checkpoint has the same id on every node, and another one another: a retry is known again, a rival is not.
      const event = { id: uuidv5(note, logId), type: TYPE, data, metadata: { schemaVersion: SCHEMA_VERSION } };
      await store.append(stream, [event], seen);
    },
  };
}

/** The first checkpoint of which something is true that stays true, and is true of the newest. */
export async function firstWhere(
  newest: SignedCheckpoint,
  at: (version: number) => Promise<SignedCheckpoint>,
  holds: (checkpoint: SignedCheckpoint) => boolean,
): Promise<SignedCheckpoint> {
  let low = 1;
  let found = newest;
  while (low < found.version) {
    const middle = await at(Math.floor((low + found.version) / 2));
    if (holds(middle)) found = middle;
    else low = middle.version + 1;
  }
  return found;
}

/** @throws LedgerDiverged it is not as its signers made it */
function checkpointOf({ type, data, metadata, version, recordedAt }: StoredEvent, origin: string): SignedCheckpoint {
  const { size, rootHash, note, keys, replacesLost, handovers = [] } = data;
  try {
    if (
      type !== TYPE ||
      metadata.schemaVersion !== SCHEMA_VERSION ||
      typeof note !== 'string' ||
      !isTexts(keys) ||
      !isTexts(handovers)
    ) {
      throw new TypeError('its event has not the form it must');
    }
    const parsed = parseNote(note);
    const checkpoint = parseCheckpoint(parsed.text);
    const signers = signersOf(parsed, keys.map(parseVerifierKey));
    const isWhole = signers.length > 0 && signers.length === keys.length && signers.length === parsed.signatures.length;
    const isSame = checkpoint.size === size && Buffer.from(checkpoint.root).toString('base64') === rootHash;
    if (!isWhole || !isSame || checkpoint.origin !== origin) {
      throw new TypeError('what stands beside its note is not what the note says');
    }
    return {
      ...checkpoint,
      ...{ version, recordedAt, note, signers, replacesLost: replacesLost === true },
      handovers: handoversOf(handovers, signers, checkpoint),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'it cannot be read';
    throw new LedgerDiverged('CHECKPOINT_ALTERED', `Checkpoint ${version} of the log was altered: ${reason}.`);
  }
}

/** None where the key was not changed, or by a release that wrote none. @throws NoteInvalid */
function handoversOf(
  notes: readonly string[],
  signers: readonly Verifier[],
  { size, root }: Checkpoint,
): readonly KeyHandover[] {
  return notes.map((note, place) => {
    const [from, to] = signers.slice(place);
    const handover = from && to && readHandover(note, from);
    const isOfThis = handover?.checkpoint.size === size && Buffer.compare(handover.checkpoint.root, root) === 0;
    if (handover && isOfThis && verifierKeyText(handover.to) === verifierKeyText(to)) return handover;
    throw new NoteInvalid('This hands over to another key, or with another checkpoint.');
  });
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
