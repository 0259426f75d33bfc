import type { Instant } from '../time';
import type {
  AcceptanceFact,
  ConsentDecision,
  ConsentDeferral,
  NoticeFact,
  OnText,
  PersonFacts,
  Placed,
  ProcessingLayer,
} from './person-facts';
import type { SubjectEvent } from './subject.events';

/** A fact about a policy: what may be corrected (rule D6). */
export type PolicyFact = Extract<SubjectEvent, { readonly data: { readonly policyId: string } }>;

interface PurposeLists {
  readonly decisions: ConsentDecision[];
  readonly deferrals: ConsentDeferral[];
  readonly layers: ProcessingLayer[];
}

interface PolicyLists {
  readonly purposes: Map<string, PurposeLists>;
  readonly notices: NoticeFact[];
  readonly acceptances: AcceptanceFact[];
}

/** What of {@link PersonFacts} is asked by policy. */
export type FactsByPolicy = Pick<
  PersonFacts,
  | 'decisions'
  | 'deferrals'
  | 'layers'
  | 'notices'
  | 'noticeEnds'
  | 'acceptances'
  | 'purposesTouched'
  | 'policiesTouched'
>;

/** The facts of one person, to be asked by policy and purpose; each list latest first, by (validFrom, order). */
export function factsByPolicy(facts: ReadonlyMap<number, PolicyFact>): FactsByPolicy {
  const lists = factLists();
  for (const [order, fact] of facts) file(fact, order, lists);
  return lists.sorted();
}

/** Lists of one person's facts, to be filled in any order. */
export interface FactLists {
  ofPolicy(policyId: string): Pick<PolicyLists, 'notices' | 'acceptances'>;
  ofPurpose(policyId: string, purpose: string): PurposeLists;
  /** Once all are in. */
  sorted(): FactsByPolicy;
}

export function factLists(): FactLists {
  const policies = new Map<string, PolicyLists>();
  const ofPolicy = (id: string) => entryOf(policies, id, emptyPolicy);
  return {
    ofPolicy,
    ofPurpose: (id, purpose) => entryOf(ofPolicy(id).purposes, purpose, emptyPurpose),
    sorted: () => {
      for (const lists of policies.values()) sortLists(lists);
      return askedOf(policies);
    },
  };
}

function askedOf(policies: ReadonlyMap<string, PolicyLists>): FactsByPolicy {
  const purpose = (policyId: string, key: string) => policies.get(policyId)?.purposes.get(key);
  return {
    decisions: (policyId, key, at) => from(purpose(policyId, key)?.decisions, at),
    deferrals: (policyId, key, at) => from(purpose(policyId, key)?.deferrals, at),
    layers: (policyId, key, at) => from(purpose(policyId, key)?.layers, at),
    notices: (policyId, at) => from(policies.get(policyId)?.notices, at),
    noticeEnds: (policyId, at) => endsOf(from(policies.get(policyId)?.notices, at)),
    acceptances: (policyId, at) => from(policies.get(policyId)?.acceptances, at),
    purposesTouched: (policyId, at) => {
      const purposes = [...(policies.get(policyId)?.purposes ?? [])];
      return purposes
        .filter(([, lists]) => touched(purposeFacts(lists), at))
        .map(([key]) => key)
        .sort();
    },
    policiesTouched: (at) => {
      const touchedThen = [...policies].filter(([, lists]) => touched(policyFacts(lists), at));
      return touchedThen.map(([id]) => id).sort();
    },
  };
}

const emptyPolicy = (): PolicyLists => ({ purposes: new Map(), notices: [], acceptances: [] });
const emptyPurpose = (): PurposeLists => ({ decisions: [], deferrals: [], layers: [] });

function entryOf<Entry>(map: Map<string, Entry>, key: string, empty: () => Entry): Entry {
  const entry = map.get(key) ?? empty();
  map.set(key, entry);
  return entry;
}

function file({ type, data }: PolicyFact, order: number, all: FactLists): void {
  const placed: Placed = { order, validFrom: data.validFrom, occurredAt: data.occurredAt };
  const lists = all.ofPolicy(data.policyId);
  const of = (purpose: string) => all.ofPurpose(data.policyId, purpose);
  const notice = (step: NoticeFact['step'], { versionId, channel, method }: NoticeFactParts) =>
    lists.notices.push({ step, versionId, channel, method, ...placed });
  const layer = (kind: ProcessingLayer['kind'], purposes: readonly string[]) => {
    for (const purpose of purposes) of(purpose).layers.push({ kind, ...placed });
  };
  switch (type) {
    case 'NoticeNotified':
      notice('NOTIFIED', data);
      break;
    case 'NoticeShown':
      notice('SHOWN', data);
      break;
    case 'NoticeAcknowledged':
      notice('ACKNOWLEDGED', data);
      break;
    case 'NoticeDeferred':
      notice('DEFERRED', data);
      break;
    case 'TermsAccepted':
      lists.acceptances.push({ kind: 'ACCEPTED', ...textOf(data), ...placed });
      break;
    case 'TermsRefused':
      lists.acceptances.push({ kind: 'REFUSED', ...textOf(data), ...placed });
      break;
    case 'ConsentGiven':
      for (const { purpose, expiresAt } of data.purposes) {
        of(purpose).decisions.push({ kind: 'GIVEN', expiresAt, ...textOf(data), ...placed });
      }
      break;
    case 'ConsentRefused':
      for (const purpose of data.purposes) of(purpose).decisions.push({ kind: 'REFUSED', ...textOf(data), ...placed });
      break;
    case 'ConsentDeferred':
      for (const purpose of data.purposes) of(purpose).deferrals.push({ ...placed, ...textOf(data) });
      break;
    case 'ConsentWithdrawn':
      for (const purpose of data.purposes) of(purpose).decisions.push({ kind: 'WITHDRAWN', ...placed });
      break;
    case 'ProcessingObjected':
      layer('OBJECTED', data.purposes);
      break;
    case 'ProcessingObjectionLifted':
      layer('OBJECTION_LIFTED', data.purposes);
      break;
    case 'ProcessingRestricted':
      layer('RESTRICTED', data.purposes);
      break;
    case 'ProcessingRestrictionLifted':
      layer('RESTRICTION_LIFTED', data.purposes);
      break;
  }
}

type NoticeFactParts = Pick<NoticeFact, 'versionId' | 'channel'> & { readonly method?: NoticeFact['method'] };

function textOf({ versionId, locale, contentSha256 }: OnText): OnText {
  return { versionId, locale, contentSha256 };
}

export function latestFirst(a: Omit<Placed, 'occurredAt'>, b: Omit<Placed, 'occurredAt'>): number {
  return a.validFrom === b.validFrom ? b.order - a.order : a.validFrom < b.validFrom ? 1 : -1;
}

function sortLists({ notices, acceptances, purposes }: PolicyLists): void {
  sort(notices);
  sort(acceptances);
  for (const { decisions, deferrals, layers } of purposes.values()) {
    sort(decisions);
    sort(deferrals);
    sort(layers);
  }
}

/** Most lists hold one fact or none, of a population one by one. */
function sort(facts: Placed[]): void {
  if (facts.length > 1) facts.sort(latestFirst);
}

const purposeFacts = ({ decisions, deferrals, layers }: PurposeLists) => [...decisions, ...deferrals, ...layers];

function policyFacts({ purposes, notices, acceptances }: PolicyLists): readonly Placed[] {
  return [...[...purposes.values()].flatMap(purposeFacts), ...notices, ...acceptances];
}

function touched(facts: readonly Placed[], at: Instant): boolean {
  return facts.some(({ validFrom }) => validFrom <= at);
}

/** What is valid from `at` or before, of a list that comes latest first. */
function from<Fact extends Placed>(facts: readonly Fact[] | undefined, at: Instant): readonly Fact[] {
  if (!facts) return [];
  const first = facts.findIndex(({ validFrom }) => validFrom <= at);
  return first === 0 ? facts : first < 0 ? [] : facts.slice(first);
}

/** The first and the last of each version and step, in the order they come in. */
export function endsOf(facts: readonly NoticeFact[]): readonly NoticeFact[] {
  if (facts.length < 2) return facts;
  const ends = new Map<string, { readonly first: NoticeFact; last: NoticeFact }>();
  for (const fact of facts) {
    const of = `${fact.step} ${fact.versionId}`;
    const known = ends.get(of);
    if (known) known.last = fact;
    else ends.set(of, { first: fact, last: fact });
  }
  const kept = new Set([...ends.values()].flatMap(({ first, last }) => [first, last]));
  return facts.filter((fact) => kept.has(fact));
}
