import type { ClockEvent } from './clock/clock.events';
import { count, type EventShape, flag, instant, list, localDate, oneOf, optional, shape, text } from './event-shapes';
import { EVIDENCE_FORMATS, EVIDENCE_KINDS, type EvidenceEvent } from './evidence/evidence.events';
import type { LogReplayed } from './evidence/replay.events';
import type { ImportEvent } from './import/import.events';
import type { LogEvent } from './log/log.events';
import { organisationEventShapes } from './organisation/organisation.event-shapes';
import type { OrganisationEvent } from './organisation/organisation.events';
import { contentRef, policyEventShapes } from './policy/policy.event-shapes';
import { POLICY_KINDS, type PolicyEvent } from './policy/policy.events';
import { subjectEventShapes } from './subject/subject.event-shapes';
import type { SubjectEvent } from './subject/subject.events';
import type { TemplateEvent } from './template/template.events';
import type { TextEvent } from './text/text.events';
import type { Instant } from './time';

/** Every event that this release can read. */
export type KnownEvent =
  | LogEvent
  | ClockEvent
  | OrganisationEvent
  | PolicyEvent
  | TemplateEvent
  | TextEvent
  | SubjectEvent
  | ImportEvent
  | EvidenceEvent
  | LogReplayed;

export type KnownEventType = KnownEvent['type'];

type DataOf<Type extends KnownEventType> = Extract<KnownEvent, { type: Type }>['data'];

/** An event of the log that this release cannot read; whoever meets it stops rather than guess (rule S6). */
export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
  constructor(
    readonly code: 'UNKNOWN_EVENT_TYPE' | 'UNKNOWN_SCHEMA_VERSION' | 'MALFORMED_EVENT',
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

/** Turns the data that one schema version of a type had into that of the next. */
export type Upcaster = (data: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

const SHAPES: { readonly [Type in KnownEventType]: EventShape } = {
  ...organisationEventShapes,
  ...policyEventShapes,
  ...subjectEventShapes,
  LogOpened: shape<DataOf<'LogOpened'>>('openedAt', { logId: text, vaultId: text, openedAt: instant }),
  ClockFaultRecorded: shape<DataOf<'ClockFaultRecorded'>>('notedAt', { from: text, to: text, notedAt: instant }),
  PolicyTemplateCreated: shape<DataOf<'PolicyTemplateCreated'>>('createdAt', {
    templateId: text,
    organisationId: text,
    slug: text,
    kind: oneOf(POLICY_KINDS),
    sharedWith: list(text),
    createdAt: instant,
  }),
  PolicyTemplateTextEdited: shape<DataOf<'PolicyTemplateTextEdited'>>('editedAt', {
    templateId: text,
    author: text,
    revision: count,
    content: contentRef,
    variables: list(text),
    editedAt: instant,
  }),
  DecisionsImportCompleted: shape<DataOf<'DecisionsImportCompleted'>>('completedAt', {
    importId: text,
    organisationId: text,
    rows: count,
    repeated: optional(count),
    digest: text,
    completedAt: instant,
  }),
  EvidencePrepared: shape<DataOf<'EvidencePrepared'>>('requestedAt', {
    evidenceId: text,
    organisationId: text,
    kind: oneOf(EVIDENCE_KINDS),
    format: oneOf(EVIDENCE_FORMATS),
    policyId: optional(text),
    subjectId: optional(text),
    personalValues: optional(flag),
    effectiveAt: instant,
    effectiveOn: optional(localDate),
    position: text,
    events: optional(count),
    recordedAt: optional(instant),
    streams: optional(list(text)),
    afterErasure: optional(flag),
    requestedAt: instant,
  }),
  LogReplayed: shape<DataOf<'LogReplayed'>>('replayedAt', {
    replayId: text,
    organisationId: text,
    personalValues: flag,
    effectiveAt: instant,
    effectiveOn: optional(localDate),
    position: text,
    replayedAt: instant,
  }),
  TextChunkStored: shape<DataOf<'TextChunkStored'>>(undefined, {
    organisationId: text,
    sha256: text,
    index: count,
    count,
    encoding: oneOf(['utf-8', 'base64']),
    chunk: text,
  }),
};

/**
 * Upcasters by type, from schema version 1 on: one entry per version that is no longer written. None yet. A golden
 * file of every version's shape stays in test/golden/events for ever.
 */
const UPCASTERS: { readonly [type: string]: readonly Upcaster[] } = {};

/**
 * Reads stored data as an event of the domain: upcasts it, then checks its form. `schemaVersion` is what the event's
 * metadata says; events that say nothing are of the first.
 */
export type EventDecoder = (type: string, schemaVersion: unknown, data: unknown) => KnownEvent;

/** @param upcasters by type; entry 0 turns schema version 1 into 2, and so on */
export function eventDecoder(upcasters: { readonly [type: string]: readonly Upcaster[] }): EventDecoder {
  const shapes = new Map<string, EventShape>(Object.entries(SHAPES));
  const steps = new Map(Object.entries(upcasters));
  return (type, schemaVersion = 1, data) => {
    const known = shapes.get(type);
    if (!known) throw new UnreadableEvent('UNKNOWN_EVENT_TYPE', type, `${type} is not an event of this release.`);
    const upcast = upcastData(type, schemaVersion, data, steps.get(type) ?? []);
    const fault = known.check(upcast);
    if (fault !== undefined) {
      const where = fault === '' ? 'its data' : `its field ${fault}`;
      throw new UnreadableEvent('MALFORMED_EVENT', type, `${type} cannot be read: ${where} has not the form it must.`);
    }
    return { type, data: upcast } as KnownEvent;
  };
}

function upcastData(type: string, schemaVersion: unknown, data: unknown, steps: readonly Upcaster[]): unknown {
  const version = Number.isSafeInteger(schemaVersion) ? Number(schemaVersion) : 0;
  if (version < 1 || version > steps.length + 1) {
    throw new UnreadableEvent('UNKNOWN_SCHEMA_VERSION', type, `${type} is of a schema version this release lacks.`);
  }
  if (typeof data !== 'object' || data === null) return data;
  return steps.slice(version - 1).reduce((old, upcast) => upcast(old), data as Record<string, unknown>);
}

/**
 * Reads one stored event. Folds and projections read through it alone, so that none of them meets data of another form.
 * @throws UnreadableEvent
 */
export const decodeEvent: EventDecoder = eventDecoder(UPCASTERS);

/** Every type this release can read, sorted. */
export const KNOWN_EVENT_TYPES: readonly string[] = Object.keys(SHAPES).sort();

/** When the fact occurred, in business time; pieces of texts occur at no time of their own. */
export function occurredAtOf(event: KnownEvent): Instant | undefined {
  const field = SHAPES[event.type].occurredAt;
  if (field === undefined) return undefined;
  return (event.data as { readonly [name: string]: unknown })[field] as Instant;
}
