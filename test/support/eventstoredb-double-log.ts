/** The log behind the protocol double: streams, expectations and idempotency as EventStoreDB 23.10 keeps them. */

export interface DoubleRecord {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  readonly createdMs: number;
  readonly position: number;
}

export type Proposed = Pick<DoubleRecord, 'id' | 'type' | 'contentType' | 'data' | 'metadata'>;

export type Expectation = 'any' | 'no_stream' | number;

export type WriteOutcome =
  | { readonly kind: 'written'; readonly revision: number; readonly position: number | undefined }
  | { readonly kind: 'conflict'; readonly current: number | undefined }
  | { readonly kind: 'deleted' };

/** Bytes of log that a record takes beside its data, so that positions are no consecutive numbers. */
const RECORD_OVERHEAD = 117;
const FIRST_POSITION = 548;

/** `$tb` of a stream that was soft-deleted. */
const SOFT_DELETED = Number.MAX_SAFE_INTEGER;

export class DoubleLog {
  readonly records: DoubleRecord[] = [];
  /** Expectations that were sent, for tests that care how an adapter asks. */
  readonly expectations: Expectation[] = [];
  clockAheadMs = 0;
  /** Answer repetitions without a position, as the server sometimes does. */
  forgetPositions = false;
  private readonly streams = new Map<string, DoubleRecord[]>();
  private readonly tombstones = new Set<string>();
  private readonly listeners = new Set<() => void>();
  private end = FIRST_POSITION;

  now(): number {
    return Date.now() + this.clockAheadMs;
  }

  isTombstoned(stream: string): boolean {
    return this.tombstones.has(stream);
  }

  /** Records of a stream that a reader may see. */
  visible(stream: string): readonly DoubleRecord[] {
    const from = this.truncatedBefore(stream);
    return (this.streams.get(stream) ?? []).filter((record) => record.revision >= from);
  }

  /** Place among the records of the first that lies at a position or behind it; how many there are when none does. */
  indexFrom(position: number): number {
    let [from, to] = [0, this.records.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.records[middle]?.position ?? 0) < position) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  write(stream: string, expectation: Expectation, events: readonly Proposed[]): WriteOutcome {
    this.expectations.push(expectation);
    if (this.tombstones.has(stream)) {
      return { kind: 'deleted' };
    }
    const held = this.streams.get(stream) ?? [];
    const current = held.length - 1;
    if (events.length === 0) {
      return { kind: 'written', revision: 0, position: undefined };
    }
    const expected = expectation === 'any' ? current : expectation === 'no_stream' ? -1 : expectation;
    if (expected > current) {
      return conflict(current);
    }
    if (expected < current) {
      const repeated = held.slice(expected + 1, expected + 1 + events.length);
      if (repeated.length === events.length && repeated.every((record, index) => record.id === events[index]?.id)) {
        return this.repetition(repeated.at(-1));
      }
      if (!(expectation === 'no_stream' && this.isSoftDeleted(stream) && repeated[0]?.id !== events[0]?.id)) {
        return conflict(current);
      }
    }
    if (this.isSoftDeleted(stream)) {
      this.setMetadata(stream, { $tb: current + 1 });
    }
    return this.store(stream, events);
  }

  setMetadata(stream: string, metadata: Readonly<Record<string, unknown>>): void {
    this.store(`$$${stream}`, [proposed('$metadata', metadata)]);
    this.tell();
  }

  softDelete(stream: string): void {
    this.setMetadata(stream, { $tb: SOFT_DELETED });
  }

  tombstone(stream: string): void {
    this.tombstones.add(stream);
    this.store(stream, [proposed('$streamDeleted', {})]);
    this.tell();
  }

  /** Takes the newest record of a stream away without a trace, as nobody can who has but the protocol. */
  loseNewest(stream: string): void {
    const lost = this.streams.get(stream)?.pop();
    const place = lost === undefined ? -1 : this.records.indexOf(lost);
    if (place >= 0) this.records.splice(place, 1);
  }

  /** Tells waiting subscriptions that there may be something new. */
  tell(): void {
    for (const listener of this.listeners) {
      listener();
    }
  }

  onTold(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private repetition(last: DoubleRecord | undefined): WriteOutcome {
    const position = this.forgetPositions ? undefined : last?.position;
    return { kind: 'written', revision: last?.revision ?? 0, position };
  }

  private store(stream: string, events: readonly Proposed[]): WriteOutcome {
    const held = this.streams.get(stream) ?? [];
    this.streams.set(stream, held);
    for (const event of events) {
      const record = { ...event, stream, revision: held.length, createdMs: this.now(), position: this.end };
      this.end += RECORD_OVERHEAD + event.data.length + event.metadata.length;
      held.push(record);
      this.records.push(record);
    }
    const last = held.at(-1);
    return { kind: 'written', revision: last?.revision ?? 0, position: last?.position };
  }

  private truncatedBefore(stream: string): number {
    const newest = this.streams.get(`$$${stream}`)?.at(-1);
    const metadata: unknown = newest === undefined ? {} : JSON.parse(Buffer.from(newest.data).toString());
    return typeof metadata === 'object' && metadata !== null && '$tb' in metadata ? Number(metadata.$tb) : 0;
  }

  private isSoftDeleted(stream: string): boolean {
    return this.truncatedBefore(stream) === SOFT_DELETED;
  }
}

function conflict(current: number): WriteOutcome {
  return { kind: 'conflict', current: current < 0 ? undefined : current };
}

function proposed(type: string, data: Readonly<Record<string, unknown>>): Proposed {
  return {
    id: crypto.randomUUID(),
    type,
    contentType: 'application/json',
    data: Buffer.from(JSON.stringify(data)),
    metadata: Buffer.alloc(0),
  };
}
