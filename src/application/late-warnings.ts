import { canonicalJson } from '../domain/canonical-json';
import type { PolicyFacts } from '../domain/policy/policy-facts';
import { policyFactsOfFold } from '../domain/policy/policy-facts-of-fold';
import { acceptanceState } from '../domain/subject/acceptance-state';
import { consentState } from '../domain/subject/consent-state';
import type { PersonFact } from '../domain/subject/fact-entries';
import { noticeState } from '../domain/subject/notice-state';
import type { PersonFacts } from '../domain/subject/person-facts';
import { foldPerson, type PlacedSubjectEvent } from '../domain/subject/person-fold';
import type { SubjectClassified } from '../domain/subject/subject.events';
import type { Instant } from '../domain/time';
import type { Position } from '../event-store/event-store';
import { policies, subjects } from './aggregate';
import type { Application, Written } from './application';
import { type Handled, loadFold } from './handle-command';
import { policyStream, subjectStream } from './stream-names';

/** The write was done, and yet there is something that whoever sent it should know. */
export interface FactWarning {
  readonly code: 'LATE_CHANGES_NOTHING';
  readonly message: string;
  readonly path: readonly string[];
}

const LATE_CHANGES_NOTHING: FactWarning = {
  code: 'LATE_CHANGES_NOTHING',
  message: 'The fact is recorded as of its time; what holds now was decided by another.',
  path: ['occurredAt'],
};

export interface FactWritten extends Written {
  readonly warnings: readonly FactWarning[];
}

/** The answer to a fact: the same whenever it is asked for again, since it looks no further than the fact's position. */
export async function factWritten(
  app: Application,
  subjectId: string,
  { position, place }: Handled,
  occurredAt: Instant | undefined,
): Promise<FactWritten> {
  const maybeLate = place !== undefined && occurredAt !== undefined;
  return { id: subjectId, position, warnings: maybeLate ? await lateWarnings(app, subjectId, place) : [] };
}

/** What is to be told of the fact at a place of a person's stream. */
export async function lateWarnings(
  app: Application,
  subjectId: string,
  place: number,
): Promise<readonly FactWarning[]> {
  return (await changesNothing(app, subjectId, place)) ? [LATE_CHANGES_NOTHING] : [];
}

type MaybeLate = PersonFact | SubjectClassified;

/** S5: a late fact that changes no current state says so. Current is when it was noted, known is what stood before it. */
async function changesNothing(app: Application, subjectId: string, place: number): Promise<boolean> {
  const [told] = await eventsOf(app, subjectId, { from: place, to: place });
  if (!told || !('notedAt' in told.event.data) || !('live' in told.event.data) || told.event.data.live) return false;
  const fact = told.event as MaybeLate;
  const { position } = told;
  const events = await eventsOf(app, subjectId, { to: place });
  const linked = await linkedPersons(app, events, position);
  const before = foldPerson(events, place - 1, linked);
  const after = foldPerson(events, place, linked);
  if (!before || !after) throw new Error('A fact stands before its person.');
  const policy = 'policyId' in fact.data ? await policyKnownAt(app, fact.data.policyId, position) : undefined;
  const view = (person: PersonFacts) => canonicalJson(currentView(person, policy, fact));
  return view(before) === view(after);
}

/** As much of the current state as such a fact can change. */
function currentView(person: PersonFacts, policy: PolicyFacts | undefined, { type, data }: MaybeLate): unknown {
  const at = data.notedAt;
  if (type === 'SubjectClassified' || !policy) return person.profileAt(at);
  switch (type) {
    case 'NoticeNotified':
    case 'NoticeShown':
    case 'NoticeAcknowledged': {
      const { step, channel, at: since } = noticeState(person, policy, data.versionId, at);
      return [step, channel, since];
    }
    case 'NoticeDeferred':
      // Putting a notice off is no step: it shows as a fact alone.
      return [...person.notices(data.policyId, at)].length;
    case 'TermsAccepted':
    case 'TermsRefused': {
      const { reason: _, ...state } = acceptanceState(person, policy, at);
      return state;
    }
    case 'ConsentGiven':
      return data.purposes.map(({ purpose }) => consentView(person, policy, purpose, at));
    case 'ConsentRefused':
    case 'ConsentDeferred':
    case 'ConsentWithdrawn':
    case 'ProcessingObjected':
    case 'ProcessingObjectionLifted':
    case 'ProcessingRestricted':
    case 'ProcessingRestrictionLifted':
      return data.purposes.map((purpose) => consentView(person, policy, purpose, at));
  }
}

function consentView(person: PersonFacts, policy: PolicyFacts, purpose: string, at: Instant): unknown {
  const { status, valid, text, decidedAt, expiresAt } = consentState(person, policy, purpose, at);
  return [status, valid, text, decidedAt, expiresAt];
}

interface KnownEvent extends PlacedSubjectEvent {
  readonly position: Position;
}

async function eventsOf(
  app: Application,
  subjectId: string,
  range: { readonly from?: number; readonly to?: number },
): Promise<readonly KnownEvent[]> {
  const events: KnownEvent[] = [];
  for await (const stored of app.store.readStream(subjectStream(subjectId), range)) {
    events.push({ version: stored.version, position: stored.position, event: subjects.read(stored) });
  }
  return events;
}

/** D7: anonymous persons that were this account, as known at a position. */
async function linkedPersons(
  app: Application,
  events: readonly KnownEvent[],
  position: Position,
): Promise<readonly PersonFacts[]> {
  const persons: PersonFacts[] = [];
  for (const { event } of events) {
    if (event.type !== 'SubjectLinkReceived') continue;
    const known = await eventsOf(app, event.data.anonymousId, {});
    const person = foldPerson(known.filter((each) => app.store.comparePositions(each.position, position) <= 0));
    if (person) persons.push(person);
  }
  return persons;
}

async function policyKnownAt(app: Application, policyId: string, position: Position): Promise<PolicyFacts | undefined> {
  const present = await loadFold(app, policies, policyStream(policyId));
  const isAsItWas = present.position !== undefined && app.store.comparePositions(present.position, position) <= 0;
  if (isAsItWas && present.state.status !== 'absent') return policyFactsOfFold(present.state);
  let state = policies.decider.initialState;
  for await (const stored of app.store.readStream(policyStream(policyId))) {
    if (app.store.comparePositions(stored.position, position) > 0) break;
    state = policies.decider.evolve(state, policies.read(stored));
  }
  // The zone moves deadlines alone, and none of them is looked at.
  return state.status === 'absent' ? undefined : policyFactsOfFold(state);
}
