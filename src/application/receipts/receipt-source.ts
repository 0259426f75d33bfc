import { v5 as uuidv5 } from 'uuid';
import { inLocale } from '../../domain/locale-lookup';
import type { Organisation } from '../../domain/organisation/organisation.decider';
import { isOrganisationNumber } from '../../domain/organisation/organisation-number';
import type { Policy, VersionEntry } from '../../domain/policy/policy.state';
import type { Party, ProcessingStatement } from '../../domain/policy/processing-statement';
import { findVersion, versionInForce } from '../../domain/policy/version-in-force';
import type { SubjectEvent } from '../../domain/subject/subject.events';
import { evolveSubject, noSubject, profileAt } from '../../domain/subject/subject.state';
import { type Instant, laterOf, localDateOf } from '../../domain/time';
import type { StoredEvent } from '../../event-store/event-store';
import { organisations, policies, subjects } from '../aggregate';
import type { Application } from '../application';
import { subjectStream } from '../stream-names';
import {
  type Act,
  type DecidedPurpose,
  type DecisionRecord,
  RECEIPT_TYPES,
  type ReceiptParty,
  type ReceiptType,
  type ShownNotice,
} from './decision-record';
import { type StateAt, statesAt } from './states-at';

type Decision = Extract<SubjectEvent, { type: ReceiptType }>;
type Withdrawal = Extract<Decision, { type: 'ConsentWithdrawn' }>;
type Given = Extract<Decision, { type: 'ConsentGiven' }>;

/** Reads what the receipts of one person tell; what several of them rest on is read once. */
export interface ReceiptSource {
  /** Undefined: the event is no decision that there is a receipt for. */
  recordOf(stored: StoredEvent): Promise<DecisionRecord | undefined>;
}

export function receiptSource(app: Application, subjectId: string): ReceiptSource {
  const parts: Parts = {
    policyAt: statesAt(app, policies),
    organisationAt: statesAt(app, organisations),
    eventsUpTo: eventsOf(app, subjectId),
  };
  return {
    recordOf: async (stored) => {
      const event = subjects.read(stored);
      return isDecision(event) ? recordOf(parts, subjectId, stored, event) : undefined;
    },
  };
}

interface Parts {
  readonly policyAt: StateAt<ReturnType<(typeof policies)['decider']['evolve']>>;
  readonly organisationAt: StateAt<ReturnType<(typeof organisations)['decider']['evolve']>>;
  /** The person's own events up to a place in their stream. */
  readonly eventsUpTo: (place: number) => Promise<readonly SubjectEvent[]>;
}

function isDecision(event: SubjectEvent): event is Decision {
  return RECEIPT_TYPES.some((type) => type === event.type);
}

async function recordOf(
  parts: Parts,
  subjectId: string,
  stored: StoredEvent,
  decision: Decision,
): Promise<DecisionRecord> {
  const { type, data } = decision;
  const policy = await parts.policyAt(data.policyId, stored.position);
  if (policy.status === 'absent') throw new Error('A decision names a policy that was not there.');
  const organisation = await parts.organisationAt(policy.organisationId, stored.position);
  if (organisation.status === 'absent') throw new Error('A policy is of an organisation that was not there.');
  const given = type === 'ConsentWithdrawn' ? await takenBackBy(parts, stored.version, decision) : undefined;
  const shown = type === 'ConsentWithdrawn' ? given?.data : data;
  const version = versionOf(policy, shown?.versionId, data.validFrom);
  const content = version && (shown ?? inLocale(contentsOf(version), undefined, organisation.defaultLocale));
  const locale = content?.locale ?? organisation.defaultLocale;
  const statement = version?.statement;
  return {
    id: stored.id,
    subjectId,
    type,
    act: actOf(decision),
    takenBack: given && actOf(given),
    notedAt: data.notedAt,
    purposes: purposesOf(decision, statement),
    policy: { id: policy.policyId, kind: policy.kind, title: titleOf(policy, locale, organisation) },
    notice: version && content && noticeOf(version, content),
    policyUrl: policyUrlOf(policy, organisation, version, data.occurredAt, locale),
    ...(await partiesOf(parts, stored, data.validFrom, { policy, organisation, statement })),
    statement,
    locale,
  };
}

function eventsOf(app: Application, subjectId: string): Parts['eventsUpTo'] {
  let known: readonly SubjectEvent[] = [];
  return async (place) => {
    if (known.length < place) {
      const more: SubjectEvent[] = [];
      const range = { from: known.length + 1, to: place };
      for await (const stored of app.store.readStream(subjectStream(subjectId), range))
        more.push(subjects.read(stored));
      known = [...known, ...more];
    }
    return known.slice(0, place);
  };
}

/** The last yes before it to any of its purposes: what the withdrawal takes back. */
async function takenBackBy(parts: Parts, place: number, { data }: Withdrawal): Promise<Given | undefined> {
  const before = (await parts.eventsUpTo(place)).slice(0, place - 1);
  return before.findLast(
    (event): event is Given =>
      event.type === 'ConsentGiven' &&
      event.data.policyId === data.policyId &&
      event.data.purposes.some(({ purpose }) => data.purposes.includes(purpose)),
  );
}

/** The version that was decided on; for a withdrawal without a yes the one in force, if there is one. */
function versionOf(policy: Policy, versionId: string | undefined, at: Instant): VersionEntry | undefined {
  if (versionId !== undefined) return findVersion(policy, versionId);
  const inForce = versionInForce(policy, at);
  return inForce.code === 'VERSION_IN_FORCE' ? inForce.version : undefined;
}

const contentsOf = ({ contents }: VersionEntry) =>
  contents.map(({ locale, sha256 }) => ({ locale, contentSha256: sha256 }));

function noticeOf(
  version: VersionEntry,
  shown: { readonly locale: string; readonly contentSha256: string },
): ShownNotice {
  const { id: versionId, sequence, label, effectiveFrom } = version;
  return { versionId, sequence, label, effectiveFrom, locale: shown.locale, sha256: shown.contentSha256 };
}

function actOf({ type, data }: Decision): Act {
  if (type === 'ConsentWithdrawn') {
    return { at: data.occurredAt, method: undefined, channel: undefined, decidedBy: 'PERSON' };
  }
  const { occurredAt, method, channel, decidedBy } = data;
  return { at: occurredAt, method, channel, decidedBy };
}

function purposesOf(decision: Decision, statement: ProcessingStatement | undefined): readonly DecidedPurpose[] {
  return namedPurposes(decision).map(({ purpose: key, expiresAt }) => ({
    key,
    expiresAt,
    purpose: statement?.purposes.find((each) => each.key === key),
  }));
}

function namedPurposes({ type, data }: Decision): readonly { purpose: string; expiresAt?: Instant }[] {
  switch (type) {
    case 'ConsentGiven':
      return data.purposes;
    case 'ConsentRefused':
    case 'ConsentWithdrawn':
      return data.purposes.map((purpose) => ({ purpose }));
    case 'TermsAccepted':
    case 'TermsRefused':
      return [];
  }
}

function titleOf(policy: Policy, locale: string, { defaultLocale }: Organisation): string {
  return inLocale(policy.titles, locale, defaultLocale)?.text ?? policy.slug;
}

/** The page of the text on the decision's day, or on the day from which a version accepted ahead is in force. */
function policyUrlOf(
  policy: Policy,
  { slug, timeZone }: Organisation,
  version: VersionEntry | undefined,
  occurredAt: Instant,
  locale: string,
): string {
  const shownAt = version ? laterOf(occurredAt, version.effectiveFrom) : occurredAt;
  return `/p/${slug}/${policy.slug}?on=${localDateOf(shownAt, timeZone)}&locale=${encodeURIComponent(locale)}`;
}

/** Who answers for the processing: of a processor's policy the customer that the person belonged to (rule O1). */
async function partiesOf(
  parts: Parts,
  { version: place, position }: StoredEvent,
  at: Instant,
  { policy, organisation, statement }: PartyFacts,
): Promise<Pick<DecisionRecord, 'controller' | 'processor'>> {
  const contact = statement?.contact ?? organisation.name;
  const stated = statement ? statedParty(statement.controller, organisation, contact) : partyOf(organisation, contact);
  if (!statement?.controllerIsCustomer) return { controller: stated, processor: undefined };
  const customerId = profileAt(await personAt(parts, place), at).customerId;
  const customer = customerId === undefined ? undefined : await parts.organisationAt(customerId, position);
  if (customer?.status !== 'registered') return { controller: stated, processor: undefined };
  const processor = partyOf(organisation, contact);
  return {
    controller: partyOf(customer, contact),
    processor: policy.organisationId === customerId ? undefined : processor,
  };
}

interface PartyFacts {
  readonly policy: Policy;
  readonly organisation: Organisation;
  readonly statement: ProcessingStatement | undefined;
}

async function personAt({ eventsUpTo }: Parts, place: number) {
  const state = (await eventsUpTo(place))
    .filter(({ type }) => type === 'SubjectRegistered' || type === 'SubjectClassified')
    .reduce(evolveSubject, noSubject);
  if (state.status === 'absent') throw new Error('A person decided before they were registered.');
  return state;
}

function partyOf({ organisationId, name, number, foreignId }: Organisation, contact: string): ReceiptParty {
  return {
    id: organisationId,
    name,
    number: number ?? foreignId,
    address: undefined,
    contact,
    country: countryOf(number),
  };
}

function countryOf(number: string | undefined): ReceiptParty['country'] {
  return number !== undefined && isOrganisationNumber(number) ? 'NO' : undefined;
}

/** The statement may name another than the organisation whose policy it is; that one has no id of its own here. */
function statedParty({ name, number, address }: Party, organisation: Organisation, contact: string): ReceiptParty {
  const same = name === organisation.name || (number !== undefined && number === organisation.number);
  return {
    id: same ? organisation.organisationId : uuidv5(name, organisation.organisationId),
    name,
    number: number ?? (same ? (organisation.number ?? organisation.foreignId) : undefined),
    address,
    contact,
    country: countryOf(number ?? (same ? organisation.number : undefined)),
  };
}
