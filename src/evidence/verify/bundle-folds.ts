import type { EvidenceEvent } from '../../domain/evidence/evidence.events';
import {
  type Organisation,
  type OrganisationState,
  organisationDecider,
} from '../../domain/organisation/organisation.decider';
import type { OrganisationEvent } from '../../domain/organisation/organisation.events';
import type { PolicyEvent } from '../../domain/policy/policy.events';
import { evolvePolicy, noPolicy, type Policy, type PolicyState } from '../../domain/policy/policy.state';
import type { PersonFacts } from '../../domain/subject/person-facts';
import { foldPerson } from '../../domain/subject/person-fold';
import type { SubjectEvent } from '../../domain/subject/subject.events';
import type { Instant } from '../../domain/time';
import type { BundleOrder } from './bundle-answer';
import { BUNDLE_FILES, categoryOf, idOf, type StreamCategory, streamOf } from './bundle-layout';
import { BundleRejected } from './bundle-rejected';
import { type BundleEvent, knownEvent } from './event-record';

/** What the opened streams come to. Asked for a stream that is not opened it says which. */
export interface BundleFolds {
  /** Sorted. */
  readonly policyIds: readonly string[];
  organisation(id: string): Organisation;
  policy(id: string): Policy;
  /** With the titles and the added locales of that instant (rule P6). */
  policyAt(id: string, at: Instant): Policy;
  /** Linked anonymous persons included (rule D7). */
  person(id: string): PersonFacts;
}

/**
 * Folds the opened streams, each up to the end of the answer's prefix.
 *
 * @param opened events by stream, each stream's in their order
 * @throws BundleRejected STREAM_MISSING EVENT_UNKNOWN, also from the folds
 */
export function foldBundle(opened: ReadonlyMap<string, readonly BundleEvent[]>): BundleFolds {
  const decoded = new Map<string, readonly { readonly version: number; readonly event: unknown }[]>();
  const placed = (category: StreamCategory, id: string) => {
    const stream = streamOf(category, id);
    const known = decoded.get(stream);
    if (known) return known;
    const events = opened.get(stream);
    if (!events?.length) throw missing(stream);
    const read = events.map((event) => ({ version: event.version, event: knownEvent(event) }));
    decoded.set(stream, read);
    return read;
  };
  const eventsOf = <Event>(category: StreamCategory, id: string) =>
    placed(category, id).map(({ event }) => event as Event);
  const policyOf = (id: string, events: readonly PolicyEvent[]): Policy => {
    const state = events.reduce<PolicyState>(evolvePolicy, noPolicy);
    if (state.status === 'absent') throw missing(streamOf('policy', id));
    return state;
  };
  const personOf = (id: string, anonymous: readonly PersonFacts[]): PersonFacts => {
    const events = placed('subject', id) as readonly { readonly version: number; readonly event: SubjectEvent }[];
    const person = foldPerson(events, undefined, anonymous);
    if (!person) throw missing(streamOf('subject', id));
    return person;
  };
  const idsOf = (category: StreamCategory) =>
    [...opened.keys()]
      .filter((stream) => categoryOf(stream) === category)
      .map(idOf)
      .sort();
  return {
    policyIds: idsOf('policy'),
    organisation: (id) => {
      const { initialState, evolve } = organisationDecider;
      const state = eventsOf<OrganisationEvent>('organisation', id).reduce<OrganisationState>(evolve, initialState);
      if (state.status === 'absent') throw missing(streamOf('organisation', id));
      return state;
    },
    policy: (id) => policyOf(id, eventsOf<PolicyEvent>('policy', id)),
    policyAt: (id, at) => policyOf(id, standingAt(eventsOf<PolicyEvent>('policy', id), at)),
    person: (id) =>
      personOf(
        id,
        idsOf('subject')
          .filter((other) => other !== id)
          .map((other) => personOf(other, [])),
      ),
  };
}

function standingAt(events: readonly PolicyEvent[], at: Instant): readonly PolicyEvent[] {
  return events.filter((event) => {
    if (event.type === 'PolicyTitleSet') return event.data.setAt <= at;
    return event.type !== 'PolicyVersionLocaleAdded' || event.data.addedAt <= at;
  });
}

function missing(stream: string): BundleRejected {
  const why = 'the answer rests on it, and it is not opened';
  return new BundleRejected('STREAM_MISSING', { file: BUNDLE_FILES.events, stream }, why);
}

/** The order of the bundle, from its own stream. @throws BundleRejected ORDER_MISSING */
export function orderIn(events: readonly BundleEvent[]): BundleOrder {
  const [event] = events;
  if (event?.type === 'EvidencePrepared') {
    const { data } = knownEvent(event) as EvidenceEvent;
    const { kind, events: count, recordedAt, policyId, subjectId, streams } = data;
    const isOfOne = subjectId === undefined ? policyId !== undefined : policyId === undefined && streams !== undefined;
    if (kind === 'BUNDLE' && isOfOne && count !== undefined && recordedAt !== undefined) {
      return { ...data, events: count, recordedAt };
    }
  }
  throw new BundleRejected('ORDER_MISSING', { file: BUNDLE_FILES.events }, 'the order of this bundle is not in it');
}

/**
 * Which streams an answer about a person rests on, as far as the streams at hand tell: the person's own and their
 * organisation's, those that the order names, those of anonymous persons linked to them, the policies that their facts
 * name.
 */
export function streamsOfPerson(
  order: Pick<BundleOrder, 'organisationId' | 'streams'> & { readonly subjectId: string },
  opened: ReadonlyMap<string, readonly BundleEvent[]>,
): ReadonlySet<string> {
  const own = streamOf('subject', order.subjectId);
  const needed = new Set([own, streamOf('organisation', order.organisationId), ...(order.streams ?? [])]);
  for (const event of opened.get(own) ?? []) {
    if (event.type === 'SubjectLinkReceived') needed.add(streamOf('subject', textIn(event, 'anonymousId')));
  }
  for (const stream of [...needed].filter((each) => categoryOf(each) === 'subject')) {
    for (const event of opened.get(stream) ?? []) {
      const policyId = textIn(event, 'policyId');
      if (policyId !== '') needed.add(streamOf('policy', policyId));
    }
  }
  return needed;
}

/** The organisation that a policy's stream says it is of; undefined while it is not opened. */
export function ownerOf(events: readonly BundleEvent[] | undefined): string | undefined {
  const created = events?.[0];
  return created?.type === 'PolicyCreated' ? textIn(created, 'organisationId') : undefined;
}

function textIn({ data }: BundleEvent, field: string): string {
  const value = (data as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'string' ? value : '';
}
