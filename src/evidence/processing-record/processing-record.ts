import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Party, ProcessingStatement, Purpose } from '../../domain/policy/processing-statement';
import type { Moment, PolicyRow, Prefix, ReadModels, VersionRow } from '../../read-models/read-models';
import { standingVersions } from '../../read-models/standing-versions';
import type { OrganisationThen } from '../file-head';

/**
 * The record of processing activities of an organisation (GDPR Art. 30) as it stood: what the statements in force then
 * say. As a controller it has the activities of its own policies, and those that its processor carries out for it; as a
 * processor it has each activity once for every customer (rule O1, Art. 30(2)).
 */
export interface ProcessingRecord {
  /** How many there are. */
  readonly total: number;
  activities(): AsyncGenerator<ProcessingActivity>;
  /** Policies that would belong here and that no activity stands for. */
  readonly leftOut: readonly LeftOutPolicy[];
}

/** One purpose of one statement, for one controller. */
export interface ProcessingActivity {
  /** What the organisation whose record it is has to do with it. */
  readonly role: 'CONTROLLER' | 'PROCESSOR';
  readonly policy: PolicyRow;
  readonly version: VersionRow;
  readonly purpose: Purpose;
  readonly controller: Party;
  /** Whom the statement names, and the policy's own organisation where another is the controller. */
  readonly processors: readonly Party[];
  readonly contact: string;
  readonly dataProtectionOfficer: string | undefined;
  readonly subjectCategories: readonly string[];
  readonly dataCategories: readonly string[];
  readonly recipients: readonly string[];
  /** Third countries with their safeguards. */
  readonly transfers: readonly string[];
  readonly retention: string;
  readonly securityMeasures: string | undefined;
}

/** A policy that no activity stands for. */
export interface LeftOutPolicy {
  readonly code: LeftOutCode;
  readonly policy: PolicyRow;
  /** The version in force; undefined: none is. */
  readonly version: VersionRow | undefined;
}

/**
 * RETIRED, ALL_WITHDRAWN: nothing is stated any more, so that nothing is recorded as being done. TEXT_ONLY: the version in
 * force is an imported text without a statement; what it says must be read. PURPOSES_ABSENT: its statement names none.
 */
export type LeftOutCode = 'RETIRED' | 'ALL_WITHDRAWN' | 'TEXT_ONLY' | 'PURPOSES_ABSENT';

export interface RecordAsked {
  readonly organisationId: string;
  readonly at: Moment;
  readonly prefix: Prefix;
  /** Organisations by the names of then. */
  readonly organisationThen: (id: string) => Promise<OrganisationThen>;
}

const ROWS_AT_ONCE = 100;
/** Activities handed on before others get their turn. */
const ACTIVITIES_A_TURN = 100;

export async function processingRecord(readModels: ReadModels, asked: RecordAsked): Promise<ProcessingRecord> {
  const own = statedBy(readModels, asked, asked.organisationId);
  const processor = readModels.organisationById(asked.organisationId, asked.prefix)?.customerOf;
  const isCustomer = processor !== undefined && (await isCustomerAt(readModels, asked, asked.organisationId));
  const forUs = isCustomer ? statedBy(readModels, asked, processor).stated.filter(isForCustomers) : [];
  const customers = own.stated.some(isForCustomers) ? await customersAt(readModels, asked) : [];
  const perPurpose = (each: Stated) => (isForCustomers(each) ? Math.max(1, customers.length) : 1);
  const count = (stated: readonly Stated[], controllers: (each: Stated) => number) =>
    stated.reduce((sum, each) => sum + each.statement.purposes.length * controllers(each), 0);

  async function* activities(): AsyncGenerator<ProcessingActivity> {
    let handedOn = 0;
    const take = async (activity: ProcessingActivity) => {
      handedOn += 1;
      if (handedOn % ACTIVITIES_A_TURN === 0) await nextTurn();
      return activity;
    };
    for (const each of own.stated) {
      const controllers = isForCustomers(each) && customers.length > 0 ? customers : [undefined];
      for (const customer of controllers) {
        for (const purpose of each.statement.purposes) yield take(await activityOf(asked, each, purpose, customer));
      }
    }
    for (const each of forUs) {
      for (const purpose of each.statement.purposes) {
        yield take({ ...(await activityOf(asked, each, purpose, asked.organisationId)), role: 'CONTROLLER' });
      }
    }
  }
  return { total: count(own.stated, perPurpose) + count(forUs, () => 1), activities, leftOut: own.leftOut };
}

interface Stated {
  readonly policy: PolicyRow;
  readonly version: VersionRow;
  readonly statement: ProcessingStatement;
}

const isForCustomers = ({ statement }: Stated) => statement.controllerIsCustomer;

/** The statements in force, in order of the policies' creation, and the policies without. */
function statedBy(
  readModels: ReadModels,
  { at, prefix }: RecordAsked,
  organisationId: string,
): { readonly stated: readonly Stated[]; readonly leftOut: readonly LeftOutPolicy[] } {
  const stated: Stated[] = [];
  const leftOut: LeftOutPolicy[] = [];
  for (const policy of policiesOf(readModels, organisationId, prefix)) {
    const { general, versions } = standingVersions(readModels, policy.id, at, prefix);
    for (const version of versions) {
      const { statement } = version;
      if (statement && statement.purposes.length > 0) stated.push({ policy, version, statement });
      else if (!statement) leftOut.push({ code: 'TEXT_ONLY', policy, version });
      // Terms need none: they are a contract.
      else if (policy.kind !== 'TERMS') leftOut.push({ code: 'PURPOSES_ABSENT', policy, version });
    }
    const { code } = general;
    if (code === 'RETIRED' || code === 'ALL_WITHDRAWN') leftOut.push({ code, policy, version: undefined });
  }
  return { stated, leftOut };
}

function* policiesOf(readModels: ReadModels, organisation: string, prefix: Prefix): Generator<PolicyRow> {
  for (let after: number | undefined; ; ) {
    const range = {
      organisation,
      visibleTo: 'public',
      limit: ROWS_AT_ONCE,
      ...(after !== undefined && { after }),
    } as const;
    const { rows, hasMore } = readModels.policiesPage(range, prefix);
    yield* rows;
    after = rows.at(-1)?.n;
    if (!hasMore || after === undefined) return;
  }
}

async function customersAt(readModels: ReadModels, asked: RecordAsked): Promise<readonly string[]> {
  const customers: string[] = [];
  for (let after: number | undefined; ; ) {
    const range = { customersOf: asked.organisationId, limit: ROWS_AT_ONCE, ...(after !== undefined && { after }) };
    const { rows, hasMore } = readModels.organisationsPage(range, asked.prefix);
    for (const { id } of rows) if (await isCustomerAt(readModels, asked, id)) customers.push(id);
    after = rows.at(-1)?.n;
    if (!hasMore || after === undefined) return customers;
    await nextTurn();
  }
}

/**
 * From its registration on; before it only if somebody who was imported was of this customer by then. So registering a
 * customer today changes no record of a day before (rule T3).
 */
async function isCustomerAt(readModels: ReadModels, { at, prefix }: RecordAsked, id: string): Promise<boolean> {
  const registration = { organisation: id, types: ['OrganisationRegistered'], limit: 1 };
  const [registered] = readModels.factsPage(registration, prefix).rows;
  if (!registered) return false;
  return registered.occurredAt <= at.effectiveAt || hasPeopleAt(readModels, id, at);
}

async function hasPeopleAt(readModels: ReadModels, customer: string, at: Moment): Promise<boolean> {
  let after: number | undefined;
  do {
    const range = { of: { customer }, limit: ROWS_AT_ONCE, ...(after !== undefined && { after }) };
    const { rows, next } = readModels.subjectsPage(range, at);
    if (rows.some(({ registeredAt }) => registeredAt <= at.effectiveAt)) return true;
    after = next;
    await nextTurn();
  } while (after !== undefined);
  return false;
}

/** @param customerId the customer who is the controller; undefined: the one that the statement names */
async function activityOf(
  { organisationThen }: RecordAsked,
  { policy, version, statement }: Stated,
  purpose: Purpose,
  customerId: string | undefined,
): Promise<ProcessingActivity> {
  const { contact, dataProtectionOfficer, securityMeasures } = statement;
  return {
    role: statement.controllerIsCustomer ? 'PROCESSOR' : 'CONTROLLER',
    policy,
    version,
    purpose,
    controller:
      customerId === undefined ? statement.controller : partyOf(await organisationThen(customerId), 'controller'),
    processors: [
      ...(statement.controllerIsCustomer ? [partyOf(await organisationThen(policy.organisation), 'processor')] : []),
      ...processorsOf(statement, purpose),
    ],
    contact,
    dataProtectionOfficer,
    subjectCategories: [...new Set(purpose.bases.map(({ subjectCategory }) => subjectCategory))].sort(),
    dataCategories: purpose.dataCategories,
    recipients: purpose.recipients,
    transfers: purpose.transfers,
    retention: purpose.retention,
    securityMeasures,
  };
}

/** Where purposes name their processors, each has its own; else the statement's are everywhere. */
function processorsOf({ processors, purposes }: ProcessingStatement, purpose: Purpose): readonly Party[] {
  if (purposes.every((each) => each.processors.length === 0)) return processors;
  return purpose.processors.map((name) => processors.find((each) => each.name === name) ?? { name, role: 'processor' });
}

function partyOf({ name, number }: OrganisationThen, role: string): Party {
  return { name, role, ...(number !== undefined && { number }) };
}
