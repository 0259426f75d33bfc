import type { Application } from '../application/application';
import { subjectStream } from '../application/stream-names';
import { decodeEvent, type KnownEventType } from '../domain/stored-events';
import { instantAt } from '../domain/time';
import type { StoredEvent } from '../event-store/event-store';
import type { SubjectRow } from '../read-models/people';
import type { FactRow, Prefix, ReadModels } from '../read-models/read-models';
import { ERASED, SubjectKeyGone } from '../vault/vault';
import type { WhoItIs } from './person-rows';
import type { ReplayFile } from './replay-file';

/** What the vault holds in clear, for a file that somebody asked to have it in. */
export interface PersonalValues {
  /** Who these people are, in their order; at most {@link MAX_SUBJECTS_AT_ONCE}. */
  whoTheyAre(rows: readonly SubjectRow[]): Promise<readonly WhoItIs[]>;
  /** What was written about a person with facts of the prefix. */
  writeReasons(row: SubjectRow): Promise<void>;
  /** The name to show for an actor, as the API shows it. */
  nameOf(actor: string): Promise<string>;
}

/** Facts of people that hold what somebody wrote freely, sealed. */
const WITH_REASONS: readonly KnownEventType[] = [
  'ProcessingObjected',
  'ProcessingObjectionLifted',
  'ProcessingRestricted',
  'ProcessingRestrictionLifted',
  'FactCorrected',
  'SubjectErasureDeclined',
  'SubjectErasureDecided',
  'LegalHoldPlaced',
  'LegalHoldLifted',
];
const SEALED = 'reason';
const FACTS_AT_ONCE = 200;
const ERASED_NAME = '(erased)';

export function personalValues(
  app: Pick<Application, 'store' | 'vault'>,
  readModels: ReadModels,
  prefix: Prefix,
  file: ReplayFile,
): PersonalValues {
  const { store, vault } = app;

  function* facts({ id, organisation }: SubjectRow): Generator<FactRow> {
    let after: number | undefined;
    do {
      const range = { organisation, subject: id, types: WITH_REASONS, limit: FACTS_AT_ONCE };
      const page = readModels.factsPage({ ...range, ...(after !== undefined && { after }) }, prefix);
      yield* page.rows;
      after = page.hasMore ? page.rows.at(-1)?.n : undefined;
    } while (after !== undefined);
  }

  async function eventOf({ stream, version }: FactRow): Promise<StoredEvent> {
    for await (const event of store.readStream(stream, { from: version, to: version })) return event;
    throw new Error('The log does not hold a fact that it was folded from.');
  }

  async function writeReason({ id, n }: SubjectRow, fact: FactRow): Promise<void> {
    const stored = await eventOf(fact);
    const { data } = decodeEvent(stored.type, stored.metadata.schemaVersion, stored.data);
    if (!(SEALED in data) || typeof data[SEALED] !== 'string') return;
    const reason = await opened(id, stored, data[SEALED]);
    file.insert('written_reason', {
      person: n,
      place: fact.version,
      fact: fact.type,
      occurred_at: fact.occurredAt,
      recorded_at: instantAt(fact.recordedAtMs),
      reason,
      erased: reason === undefined,
    });
  }

  /** Undefined: it was forgotten, at the latest just now. */
  async function opened(id: string, stored: StoredEvent, sealed: string): Promise<string | undefined> {
    const key = await vault.subjectKey(id);
    const place = { stream: stored.stream, eventId: stored.id, type: stored.type, field: SEALED };
    try {
      return key?.open(place, sealed);
    } catch (error) {
      if (error instanceof SubjectKeyGone) return undefined;
      throw error;
    }
  }

  return {
    whoTheyAre: async (rows) => {
      const known = await vault.externalIdsOf(rows.map(({ id }) => id));
      return rows.map((row, index) => whoItIs(row, known[index]));
    },
    writeReasons: async (row) => {
      // What is about a linked anonymous person stands with that person (rule D7).
      for (const fact of facts(row)) if (fact.stream === subjectStream(row.id)) await writeReason(row, fact);
    },
    nameOf: async (actor) => {
      const name = await vault.actorName(actor);
      return name === ERASED ? ERASED_NAME : (name ?? actor);
    },
  };
}

function whoItIs({ anonymous, erasedAt }: SubjectRow, known: string | typeof ERASED | undefined): WhoItIs {
  if (typeof known === 'string') return { state: 'KNOWN', externalId: known };
  if (known === ERASED || erasedAt !== undefined) return { state: 'ERASED' };
  return { state: anonymous ? 'NONE' : 'ERASED' };
}
