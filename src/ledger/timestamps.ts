import { hash, randomBytes } from 'node:crypto';
import { v5 as uuidv5 } from 'uuid';
import { type EventStore, type StoredEvent, WrongExpectedVersion } from '../event-store/event-store';
import type { CheckpointStream, SignedCheckpoint } from './checkpoint-stream';
import type { LedgerLog } from './ledger-watch';
import type { TimestampAuthority } from './timestamp-authority';
import { NONCE_BYTES, timeStamped, timestampRequest } from './timestamp-der';

/** Somebody else's word that a checkpoint was there at a time. */
export interface CheckpointTimestamp {
  /** Of the checkpoint. */
  readonly size: number;
  /** What was stamped is SHA-256 of the checkpoint's note, its text byte for byte. */
  readonly note: string;
  /** TimeStampResp of RFC 3161 in DER, as it came: `openssl ts -verify` takes it. */
  readonly response: Uint8Array;
  /** In milliseconds since 1970-01-01T00:00Z, as the authority says. */
  readonly at: number;
}

export interface Timestamps {
  /** Of the checkpoint of that size; undefined where none was asked for. */
  of(size: number): Promise<CheckpointTimestamp | undefined>;
  /**
   * As {@link of}, after asking the authority where there is none yet; undefined without an authority or a checkpoint of
   * that size.
   * @throws TimestampUnavailable TimestampRefused StoreUnavailable
   */
  obtain(size: number): Promise<CheckpointTimestamp | undefined>;
  /** Has the newest checkpoint stamped if it is time to. */
  whenDue(newest: SignedCheckpoint | undefined): Promise<void>;
}

/** How often a checkpoint is stamped by itself, and tried again: authorities are free of charge, not of work. */
export const STAMP_EVERY_MS = 3_600_000;
const RETRY_MS = 300_000;

const TYPE = 'CheckpointTimestamped';
const SCHEMA_VERSION = 1;

interface TimestampParts {
  readonly store: EventStore;
  readonly logId: string;
  readonly checkpoints: Pick<CheckpointStream, 'covering'>;
  readonly authority: TimestampAuthority | undefined;
  readonly nowMs: () => number;
  readonly log: LedgerLog;
}

/**
 * Time stamps of checkpoints, each in a stream of its own that follows from log and size: as the checkpoints no part of
 * the tree, and there for every node and in every copy of the log. Of nodes that have the same one stamped one is first.
 */
export function createTimestamps({ store, logId, checkpoints, authority, nowMs, log }: TimestampParts): Timestamps {
  let nextMs = Number.NEGATIVE_INFINITY;
  let stamped = 0;

  const streamOf = (size: number) => `timestamp-${uuidv5(`timestamp ${size}`, logId)}`;

  async function of(size: number): Promise<CheckpointTimestamp | undefined> {
    for await (const event of store.readStream(streamOf(size), { limit: 1 })) return timestampOf(event);
    return undefined;
  }

  async function obtain(size: number): Promise<CheckpointTimestamp | undefined> {
    const known = await of(size);
    if (known !== undefined || authority === undefined) return known;
    const checkpoint = await checkpoints.covering(size);
    return checkpoint?.size === size ? keep(await askedOf(authority, checkpoint)) : undefined;
  }

  async function keep(made: CheckpointTimestamp): Promise<CheckpointTimestamp | undefined> {
    const { size, note, response, at } = made;
    const text = Buffer.from(response).toString('base64');
    const data = { size, note, response: text, stampedAt: new Date(at).toISOString() };
    const event = { id: uuidv5(text, logId), type: TYPE, data, metadata: { schemaVersion: SCHEMA_VERSION } };
    try {
      await store.append(streamOf(size), [event], 0);
      return made;
    } catch (error) {
      if (error instanceof WrongExpectedVersion) return of(size);
      throw error;
    }
  }

  return {
    of,
    obtain,
    whenDue: async (newest) => {
      if (authority === undefined || newest === undefined || newest.size <= stamped || nowMs() < nextMs) return;
      try {
        nextMs = nowMs() + STAMP_EVERY_MS;
        await obtain(newest.size);
        stamped = newest.size;
      } catch (error) {
        nextMs = nowMs() + RETRY_MS;
        const reason = error instanceof Error ? error.message : String(error);
        log('warn', 'A checkpoint got no time stamp; it is tried again.', { reason });
      }
    },
  };
}

async function askedOf(authority: TimestampAuthority, { size, note }: SignedCheckpoint): Promise<CheckpointTimestamp> {
  const digest = hash('sha256', note, 'buffer');
  const nonce = randomBytes(NONCE_BYTES);
  // A positive number in as many bytes.
  nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40;
  const response = await authority.answer(timestampRequest(digest, nonce));
  return { size, note, response, at: timeStamped(response, digest, nonce) };
}

/** @throws TimestampRefused it is not what the authority answered for that note */
function timestampOf({ data }: StoredEvent): CheckpointTimestamp {
  const size = Number(data.size);
  const note = String(data.note);
  const response = Buffer.from(String(data.response), 'base64');
  return { size, note, response, at: timeStamped(response, hash('sha256', note, 'buffer')) };
}
