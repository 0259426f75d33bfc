import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GraphQLField, getNamedType, isLeafType, isNonNullType } from 'graphql';
import { createAuthentication } from '../../src/api/auth/authentication';
import { parseGrant } from '../../src/api/auth/caller';
import { standingIn } from '../../src/api/auth/subject-standing';
import { openTokenKeys, type TokenKeys } from '../../src/api/auth/token-keys';
import { issueToken, ownIssuer } from '../../src/api/auth/tokens';
import { createApiContext } from '../../src/api/context';
import { buildApiSchema } from '../../src/api/schema';
import { openTestApi, type TestApi } from '../support/api-harness';
import { peopleOf, type ShownVersion } from '../support/people-over-api';
import { type Office, openOffice, STATEMENT, write } from '../support/policy-over-api';
import { type NamedValues, sampleArguments } from '../support/sample-arguments';
import { CALLERS, type MatrixRow, ROWS } from './roles-matrix.table';
import { enterSocket, type RawSocket, type ServerUnderTest, startTestServer } from './server/running-server';

const schema = buildApiSchema();
const ROOTS = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
const fieldOf = ({ type, field }: Pick<MatrixRow, 'type' | 'field'>) => {
  const holder = schema.getType(type);
  return holder && 'getFields' in holder ? (holder.getFields()[field] as GraphQLField<unknown, unknown>) : undefined;
};

/** Look-ups answer null alone where there is nothing for the caller. */
const LOOK_UPS = [
  'node',
  'organisation',
  'policy',
  'policyVersion',
  'policyTemplate',
  'subject',
  'subjects',
  'evidence',
  'me',
  'draft',
  'approvalRequired',
];

/** What is there, by the names that arguments have. What stands in `hidden` is known to a few alone. */
interface World {
  readonly organisation: string;
  readonly customer: string;
  readonly policy: string;
  readonly version: string;
  readonly position: string;
  readonly stamp: string;
  readonly hidden: Hidden;
}
interface Hidden {
  readonly policy: string;
  readonly template: string;
  readonly person: string;
  readonly anonymous: string;
  /** Position of a fact about the person. */
  readonly fact: string;
  /** A copy of what is held about the person. */
  readonly evidence: string;
}

/** What is asked for, beside what the schema requires; undefined leaves something out. */
function namedValues({ hidden, ...world }: World, { name, type, field }: MatrixRow): NamedValues {
  const common = {
    ...world,
    template: hidden.template,
    subject: hidden.person,
    anonymous: hidden.anonymous,
    account: hidden.person,
    corrects: hidden.fact,
    customer: undefined,
    from: undefined,
    slug: `s${randomUUID().slice(0, 8)}`,
    externalId: randomUUID(),
    contentSha256: 'a'.repeat(64),
    expectedVersion: 999,
    statement: STATEMENT,
    purposes: ['newsletter'],
    timeZone: undefined,
  };
  const wanted: Readonly<Record<string, NamedValues>> = {
    'Query.node [published policy]': { id: world.policy },
    'Query.node [unpublished policy]': { id: hidden.policy },
    'Query.node [person]': { id: hidden.person },
    'Query.organisation': { id: world.organisation },
    'Query.policy': { id: world.policy },
    'Query.policy [unpublished]': { id: hidden.policy },
    'Query.policyVersion': { id: world.version },
    'Query.policyTemplate': { id: hidden.template },
    'Query.policyInForce [for a person]': { policy: world.policy, subject: hidden.person },
    'Query.policyVersionComparison': { from: world.version, to: world.version },
    'Query.subject': { id: hidden.person },
    'Query.subjects': { organisation: world.organisation, ids: [hidden.person] },
    'Query.consentState': { subject: hidden.person, policy: world.policy, purpose: 'newsletter' },
    'Query.audit [of a customer]': { policy: world.policy, customer: world.customer },
    'Query.organisationAudit [of a customer]': {
      organisation: world.organisation,
      customer: world.customer,
    },
    'Query.facts [of a customer]': { organisation: world.customer },
    'Query.facts [a person, to their customer]': { organisation: world.customer, subject: hidden.person },
    'Subscription.factsRecorded': { organisation: world.organisation, after: world.position },
    'Subscription.factsRecorded [of a customer]': { organisation: world.customer, after: world.position },
    'Query.evidence [copy of a person]': { id: hidden.evidence },
    'Query.inclusionProof': { position: world.position },
    'Query.consistencyProof': { from: '1' },
    'Subscription.policyChanges': { policy: world.policy, after: world.stamp },
    'Mutation.organisationRegister': { ...common, organisation: undefined, timeZone: 'Europe/Oslo' },
    'Mutation.organisationRegister [a customer]': {
      ...common,
      customerOf: world.organisation,
      timeZone: 'Europe/Oslo',
    },
    'Mutation.subjectRegister': { organisation: world.organisation },
    'Mutation.subjectsRegister': { organisation: world.organisation, externalId: common.externalId },
    'Mutation.noticeRecord': { ...common, step: 'SHOWN' },
    'Mutation.termsAccept': { ...common, purposes: undefined },
    'Mutation.termsRefuse': { ...common, purposes: undefined },
    'Mutation.subjectTokenIssue': { subject: hidden.person },
    'Mutation.evidencePrepare': { ...common, subject: undefined, kind: 'AUDIT', format: 'JSON' },
    'Mutation.evidencePrepare [copy of a person]': { subject: hidden.person, kind: 'SUBJECT_COPY', format: 'JSON' },
    'Policy.draft': { id: world.policy },
    'Organisation.approvalRequired': { id: world.organisation },
  };
  if (wanted[name] !== undefined) return wanted[name];
  if (type !== 'Mutation')
    return {
      organisation: field === 'policies' ? undefined : world.organisation,
      policy: field === 'facts' ? undefined : world.policy,
    };
  return common;
}

interface Operation {
  readonly query: string;
  readonly variables: NamedValues;
}

/** The document and variables for a row: written out of the schema. */
function operationOf(row: MatrixRow, world: World): Operation {
  const nested = row.type === 'Policy' || row.type === 'Organisation';
  const root = nested ? { type: 'Query', field: row.type.toLowerCase() } : row;
  const field = fieldOf(root);
  if (field === undefined) throw new Error(`${root.type}.${root.field} is not in the schema.`);
  const isMutation = root.type === 'Mutation';
  const named = namedValues(world, row);
  const variables = isMutation
    ? { input: sampleArguments(Object.values(inputFieldsOf(field)), named) }
    : sampleArguments(field.args, named);
  const used = field.args.filter(({ name }) => Object.hasOwn(variables, name));
  const declared = used.map(({ name, type }) => `$${name}: ${type}`).join(', ');
  const passed = used.map(({ name }) => `${name}: $${name}`).join(', ');
  const selection = nested ? ` { ${row.field}${leaf(fieldOf(row))} }` : leaf(field);
  const kind = root.type.toLowerCase();
  return {
    query: `${kind}${declared && `(${declared})`} { ${root.field}${passed && `(${passed})`}${selection} }`,
    variables,
  };
}

function inputFieldsOf(field: GraphQLField<unknown, unknown>) {
  const [input] = field.args;
  const type = input && (isNonNullType(input.type) ? input.type.ofType : input.type);
  if (!type || !('getFields' in type)) throw new Error(`${field.name} takes no input.`);
  return type.getFields();
}

function leaf(field: GraphQLField<unknown, unknown> | undefined): string {
  return field && isLeafType(getNamedType(field.type)) ? '' : ' { __typename }';
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}
type Ask = (operation: Operation, caller: string) => Promise<Answer>;

let api: TestApi;
let server: ServerUnderTest;
let keys: TokenKeys;
let directory: string;
let sky: Office;
let world: World;
/** Versions that concern the person: Skysoft's and the customer's. */
let inForce: readonly ShownVersion[];
let people: { readonly peer: string; readonly elsewhere: string };
const tokens = new Map<string, string>();
const sockets = new Map<string, RawSocket>();

/** One world for each transport, which nobody has changed before. */
async function openWorld(): Promise<void> {
  api = await openTestApi(new Date().toISOString());
  sky = await openOffice(api, 'skysoft');
  const elsewhere = await openOffice(api, 'nordvik');
  const customer = await openOffice(api, 'acme', { customerOf: sky.id });
  await openOffice(api, 'bravo', { customerOf: sky.id });
  directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
  keys = await openTokenKeys(directory, () => undefined);
  const stampOf = async (handle: string) => {
    const stamp = `{ policyInForce(handle: "${handle}") { asOf { cursor position } } }`;
    return (await api.get(stamp)).at('policyInForce.asOf') as { readonly cursor: string; readonly position: string };
  };
  const first = await sky.createPolicy('first');
  const firstVersion = await peopleOf(api, sky).publish(first, { text: 'Først.' });
  const stamp = (await stampOf('skysoft/first')).cursor;
  const policy = await sky.createPolicy('privacy');
  const version = await peopleOf(api, sky).publish(policy, { text: 'Teksten.' });
  const template = { organisation: sky.id, slug: 'mal', kind: 'PRIVACY_NOTICE' };
  const created = await write(api, sky.editor, 'policyTemplateCreate', template, 'template { id }');
  const theirs = await elsewhere.createPolicy('privacy');
  const theirVersion = await peopleOf(api, elsewhere).publish(theirs, { text: 'En annen tekst.' });
  const customers = await customer.createPolicy('privacy');
  const customersVersion = await peopleOf(api, customer).publish(customers, { text: 'En tredje tekst.' });
  inForce = [firstVersion, version, customersVersion];
  const notified = async (office: Office, externalId: string, versions: readonly ShownVersion[]) => {
    const { id } = await register(office, { externalId, categories: ['customers'] });
    await notify(office, id, versions);
    return id;
  };
  people = {
    peer: await notified(sky, 'peer', [firstVersion, version]),
    elsewhere: await notified(elsewhere, 'elsewhere', [theirVersion]),
  };
  world = {
    organisation: sky.id,
    customer: customer.id,
    policy,
    version: version.id,
    position: version.position,
    stamp,
    hidden: {
      policy: await sky.createPolicy('hidden'),
      template: String(created.at('template.id')),
      ...(await newPeople(customer.id)),
    },
  };
  const standingOf = standingIn(api.services.readModels);
  const door = createAuthentication({ issuers: [ownIssuer(keys)], standingOf, nowMs: Date.now });
  server = await startTestServer({
    schema,
    createContext: (request) => createApiContext(api.services, request),
    authenticate: door.authenticate,
    isRevoked: door.isRevoked,
  });
  for (const caller of CALLERS) tokens.set(caller, await tokenOf(caller, world.hidden.person));
}

async function closeWorld(): Promise<void> {
  for (const { socket } of sockets.values()) socket.terminate();
  sockets.clear();
  await server?.close();
  await api?.close();
  if (directory) rmSync(directory, { recursive: true });
}

async function register(
  office: Office,
  more: NamedValues,
): Promise<{ readonly id: string; readonly position: string }> {
  const input = { organisation: office.id, ...more };
  const { at } = await write(api, office.service, 'subjectRegister', input, 'subject { id }');
  return { id: String(at('subject.id')), position: String(at('position')) };
}

/** Tells a person of versions, so that a feed that tells them again has nothing to record. */
async function notify({ service }: Office, subject: string, versions: readonly ShownVersion[]): Promise<void> {
  for (const { id, locale, contentSha256 } of versions) {
    const input = { subject, version: id, locale, contentSha256, step: 'NOTIFIED', channel: 'APP' };
    await write(api, service, 'noticeRecord', input, 'notice { step }');
  }
}

/** A person of Skysoft who belongs to a customer, and an anonymous one. */
async function newPeople(customer: string): Promise<Omit<Hidden, 'policy' | 'template'>> {
  const { id, position } = await register(sky, { externalId: randomUUID(), customer, categories: ['customers'] });
  await notify(sky, id, inForce);
  const copy = { subject: id, kind: 'SUBJECT_COPY', format: 'JSON' };
  const evidence = await write(api, sky.officer, 'evidencePrepare', copy, 'evidence { id }');
  return {
    person: id,
    anonymous: (await register(sky, {})).id,
    fact: position,
    evidence: String(evidence.at('evidence.id')),
  };
}

const GRANTS: Readonly<Record<string, string>> = {
  subj: 'subject@skysoft',
  peer: 'subject@skysoft',
  serv: 'service@skysoft',
  edit: 'editor@skysoft',
  appr: 'approver@skysoft',
  publ: 'publisher@skysoft',
  offi: 'officer@skysoft',
  oper: 'operator',
  cOff: 'officer@acme',
  cSer: 'service@acme',
  dOff: 'officer@bravo',
  xSub: 'subject@nordvik',
  xSer: 'service@nordvik',
  xEdi: 'editor@nordvik',
  xApp: 'approver@nordvik',
  xPub: 'publisher@nordvik',
  xOff: 'officer@nordvik',
};

/** The token of a column, empty for nobody. */
async function tokenOf(caller: string, person: string): Promise<string> {
  if (caller === 'none') return '';
  const grant = parseGrant(GRANTS[caller] ?? '');
  if (grant === undefined) throw new Error(`The column ${caller} is nobody.`);
  const subject = { subj: person, peer: people.peer, xSub: people.elsewhere }[caller];
  const request = { roles: [grant], expiresIn: 3_600_000, actor: caller, ...(subject && { subject }) };
  return (await issueToken(request, keys, Date.now())).token;
}

/** Over HTTP; subscriptions as event streams. Whoever is let in is told something at once. */
const overHttp: Ask = async (operation, caller) => {
  const token = tokens.get(caller);
  const headers = token === '' ? {} : { authorization: `Bearer ${token}` };
  if (!operation.query.startsWith('subscription')) return (await server.ask(operation, headers)).body as Answer;
  const leave = new AbortController();
  const response = await fetch(`${server.address}/graphql/stream`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', accept: 'text/event-stream' },
    body: JSON.stringify(operation),
    signal: leave.signal,
  });
  const first = await firstOf(response);
  leave.abort();
  return first;
};

async function firstOf(response: Response): Promise<Answer> {
  let text = '';
  try {
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString('utf8');
      const [, data] = /event: next\ndata:(.*)\n\n/.exec(text) ?? [];
      if (data !== undefined) return JSON.parse(data) as Answer;
    }
  } catch {
    // Left before anything came.
  }
  return {};
}

/** Over one WebSocket for each caller. */
const overSocket: Ask = async (operation, caller) => {
  const token = tokens.get(caller);
  const kept = sockets.get(caller);
  const socket = kept ?? (await enterSocket(server.address, token === '' ? {} : { authorization: token }));
  sockets.set(caller, socket);
  const id = randomUUID();
  socket.send({ id, type: 'subscribe', payload: operation });
  const answer = await firstFor(socket, id);
  socket.send({ id, type: 'complete' });
  return answer;
};

async function firstFor(socket: RawSocket, id: string): Promise<Answer> {
  for (;;) {
    const message = await socket.next();
    if (message.id !== id || message.type === 'complete') continue;
    return message.type === 'error' ? { errors: message.payload ?? [] } : (message.payload ?? {});
  }
}

/** How an answer looks in the table; whatever has no place there, as it is. */
function cellOf({ field, type }: MatrixRow, { data, errors }: Answer, caller: string): string {
  const code = errors?.[0]?.extensions?.code;
  if (errors !== undefined) {
    const denied = caller === 'none' ? ['UNAUTHENTICATED', 'NOT_FOUND'] : ['FORBIDDEN', 'NOT_FOUND'];
    return denied.includes(code ?? '') ? '-' : `${code}: ${errors[0]?.message}`;
  }
  const value = Object.values(data ?? {})[0];
  const answered = type === 'Policy' || type === 'Organisation' ? Object.values(value ?? {})[0] : value;
  const nothing = answered == null || (Array.isArray(answered) && answered.every((each) => each === null));
  if (!nothing) return '+';
  return LOOK_UPS.includes(field) ? '-' : 'null without an error';
}

const rowOf = (name: string) => ROWS.find((row) => row.name === name);
/** Whether the caller sees what the row is about: only then may its being there show. */
const sees = (caller: string, about: 'Query.subject' | 'Query.policyTemplate' | 'Query.policy [unpublished]') =>
  rowOf(about)?.cells[CALLERS.indexOf(caller)] === '+';

/** The same world with other people and things in it that are known to a few alone: none that there are. */
const nowhere = (): World => ({
  ...world,
  hidden: {
    policy: randomUUID(),
    template: randomUUID(),
    person: randomUUID(),
    anonymous: randomUUID(),
    fact: world.position,
    evidence: randomUUID(),
  },
});

const TRANSPORTS: readonly (readonly [string, Ask])[] = [
  ['HTTP', overHttp],
  ['WebSocket', overSocket],
];

const isAboutPeople = (row: MatrixRow) =>
  /person|subject/i.test(row.name) || /subject/.test(JSON.stringify(operationOf(row, placeholder).variables));
const placeholder: World = {
  organisation: 'o',
  customer: 'c',
  policy: 'p',
  version: 'v',
  position: 'P',
  stamp: 's',
  hidden: { policy: 'h', template: 't', person: 'k', anonymous: 'a', fact: 'f', evidence: 'e' },
};

describe.each(TRANSPORTS)('over %s', (_transport, ask) => {
  beforeAll(openWorld, 120_000);
  afterAll(closeWorld);

  for (const row of ROWS) {
    test(row.name, async () => {
      await renewPeople(row);
      const [denied, admitted] = [
        CALLERS.filter((caller) => !may(row, caller)),
        CALLERS.filter((caller) => may(row, caller)),
      ];
      const before = await api.services.app.store.head();
      const cells = new Map<string, string>();
      for (const caller of denied) {
        const answer = await ask(operationOf(row, world), caller);
        cells.set(caller, cellOf(row, answer, caller));
        if (isAboutPeople(row) && !sees(caller, 'Query.subject')) {
          expect([caller, answer]).toEqual([caller, await ask(operationOf(row, nowhere()), caller)]);
        }
      }
      const written = (await api.services.app.store.head()) !== before;
      for (const caller of admitted) cells.set(caller, cellOf(row, await ask(operationOf(row, world), caller), caller));
      const inOrder = Object.fromEntries(CALLERS.map((caller) => [caller, cells.get(caller)]));
      expect({ ...inOrder, written }).toEqual({
        ...Object.fromEntries(CALLERS.map((caller, index) => [caller, row.cells[index]])),
        written: false,
      });
    }, 60_000);
  }

  test('no cell of the above was a fault', () => {
    expect(api.faults).toEqual([]);
  });
});

const may = (row: MatrixRow, caller: string) => row.cells[CALLERS.indexOf(caller)] === '+';

/** A person, and whoever they are on a socket, for every mutation: one may end what the next is about. */
async function renewPeople({ type }: MatrixRow): Promise<void> {
  if (type !== 'Mutation') return;
  world = { ...world, hidden: { ...world.hidden, ...(await newPeople(world.customer)) } };
  tokens.set('subj', await tokenOf('subj', world.hidden.person));
  sockets.get('subj')?.socket.terminate();
  sockets.delete('subj');
}

test('every root field of the schema stands in the table', () => {
  const named = new Set(ROWS.map(({ type, field }) => `${type}.${field}`));
  const fields = ROOTS.flatMap((root) => Object.keys(root?.getFields() ?? {}).map((field) => `${root?.name}.${field}`));
  expect(fields.length).toBeGreaterThan(25);
  expect(fields.filter((field) => !named.has(field))).toEqual([]);
});

test('the table says something of every caller in every line, and no line twice', () => {
  expect(ROWS.filter(({ cells }) => cells.length !== CALLERS.length).map(({ name }) => name)).toEqual([]);
  expect(new Set(ROWS.map(({ name }) => name)).size).toBe(ROWS.length);
  expect(CALLERS.filter((caller) => caller !== 'none' && GRANTS[caller] === undefined)).toEqual([]);
});
