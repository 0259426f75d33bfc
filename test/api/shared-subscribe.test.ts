import { type ExecutionResult, parse } from 'graphql';
import { ANONYMOUS, type Caller } from '../../src/api/auth/caller';
import { createApiContext } from '../../src/api/context';
import { buildApiSchema } from '../../src/api/schema';
import { createSharedSubscribe } from '../../src/api/shared-subscribe';
import { openTestApi, type TestApi } from '../support/api-harness';
import { type People, type Person, peopleOf, type ShownVersion } from '../support/people-over-api';
import { type Office, openOffice } from '../support/policy-over-api';

let api: TestApi;
let office: Office;
let policy: string;
let open: AsyncGenerator<ExecutionResult, void, void>[];
let watch: (document: string, as?: Caller, variables?: object) => Promise<() => Promise<ExecutionResult>>;

beforeEach(async () => {
  api = await openTestApi('2024-01-10T09:00:00.000Z');
  office = await openOffice(api, 'fjordlys');
  policy = await office.createPolicy('privacy');
  await office.publish(policy, { text: 'Den aller første.', label: 'Null' });
  open = [];
  const schema = buildApiSchema(() => api.clock.nowMs);
  const subscribe = createSharedSubscribe(schema, api.services);
  watch = async (document, caller = ANONYMOUS, variables = {}) => {
    const request = { caller, correlationId: 'test', transport: 'websocket' } as const;
    const contextValue = createApiContext(api.services, request);
    const feed = await subscribe({ schema, document: known(document), contextValue, variableValues: { ...variables } });
    if (!(Symbol.asyncIterator in feed)) throw new Error(feed.errors?.map(String).join());
    open.push(feed);
    return async () => {
      const { value } = await feed.next();
      if (!value) throw new Error('It has ended.');
      return value;
    };
  };
});
afterEach(async () => {
  for (const each of open) await each.return();
  await api.close();
});

const documents = new Map<string, ReturnType<typeof parse>>();
/** The same text is the same document, as at the server. */
function known(text: string) {
  const document = documents.get(text) ?? parse(text);
  documents.set(text, document);
  return document;
}

const publish = (text: string) => office.publish(policy, { text, label: text, reasons: ['WORDING'] });
const IDS = 'subscription { policyChanges { id cursor kind version { label } } }';

it('All who ask the same about a change are given the very same answer', async () => {
  const readers = await Promise.all([watch(IDS), watch(IDS), watch(IDS, office.officer), watch(IDS, office.service)]);
  await publish('En');
  const [first, ...others] = await Promise.all(readers.map((next) => next()));
  expect(first?.data).toMatchObject({ policyChanges: { kind: 'ANNOUNCED', version: { label: 'En' } } });
  for (const other of others) expect(other).toBe(first);
});

it('Who asks something else, by the document or by a variable below the root, is given another answer', async () => {
  const document = `subscription ($after: String, $no: Boolean!) { policyChanges(after: $after) { kind cursor
    version { label @skip(if: $no) } } }`;
  const readers = await Promise.all([
    watch(IDS),
    watch(document, ANONYMOUS, { no: true }),
    watch(document, ANONYMOUS, { no: false }),
  ]);
  await publish('En');
  const [all, without, withLabel] = await Promise.all(readers.map((next) => next()));
  expect(all?.data).toMatchObject({ policyChanges: { version: { label: 'En' } } });
  expect(without?.data).toMatchObject({ policyChanges: { version: {} } });
  expect(withLabel?.data).toMatchObject({ policyChanges: { version: { label: 'En' } } });
  expect(JSON.stringify(without)).not.toContain('label');
});

it('Where one resumes is no other question: live items after it are shared with who began later', async () => {
  const document = 'subscription ($after: String) { policyChanges(after: $after) { id cursor } }';
  const early = await watch(document);
  await publish('En');
  const [announced] = [await early(), await early()];
  const { cursor } = Object(announced?.data).policyChanges;
  const resumed = await watch(document, ANONYMOUS, { after: cursor });
  await resumed();
  const next = [early(), resumed()];
  api.clock.nowMs += 1_000;
  await publish('To');
  const [one, two] = await Promise.all(next);
  expect(one).toBe(two);
});

it('What depends on who is asking is answered to each: nobody is told a name that only members may read', async () => {
  const document = 'subscription { policyChanges { kind version { label publishedBy } } }';
  // The first to be answered may read it, so that a shared answer would tell it to the others.
  const readers = await Promise.all([watch(document, office.officer), watch(document), watch(document, office.editor)]);
  await publish('En');
  const [member, nobody, other] = await Promise.all(readers.map((next) => next()));
  expect(member?.data).toMatchObject({ policyChanges: { version: { publishedBy: 'Pia of fjordlys' } } });
  expect(nobody?.data).toMatchObject({ policyChanges: { version: { publishedBy: null } } });
  expect(other?.data).toMatchObject({ policyChanges: { version: { publishedBy: 'Pia of fjordlys' } } });
});

it('A token that has run out is refused an item that others are given', async () => {
  const shortly: Caller = { ...office.officer, expiresAt: api.clock.nowMs + 1_000 } as Caller;
  const readers = await Promise.all([watch(IDS), watch(IDS, shortly)]);
  api.clock.nowMs += 2_000;
  await publish('En');
  const [good, bad] = await Promise.all(readers.map((next) => next()));
  expect(good?.errors).toBeUndefined();
  expect(bad?.errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
});

describe('what people are told', () => {
  const NOTICES = `subscription { policyNotices { id cursor kind version { label }
    obligation { kind purposes deadline canActNow changeSummary(locale: "nb") } } }`;
  const told = ({ data }: ExecutionResult) => Object(data).policyNotices;
  let people: People;
  let persons: readonly Person[];
  let shown: ShownVersion;

  beforeEach(async () => {
    people = peopleOf(api, office);
    persons = [await people.register('kari'), await people.register('ola'), await people.register('siri')];
    shown = await people.publish(policy, { text: 'Versjon en.', label: 'En' });
  });

  async function login(document: string): Promise<readonly (() => Promise<ExecutionResult>)[]> {
    return Promise.all(persons.map(({ token }) => watch(document, token)));
  }

  it('is answered once for those who have to do the same, each with an id of their own', async () => {
    const [kari, ola] = await login(NOTICES);
    const [one, other] = [told(await Object(kari)()), told(await Object(ola)())];
    expect(one.obligation).toMatchObject({ kind: 'READ_NOTICE', canActNow: true });
    expect(other.obligation).toBe(one.obligation);
    expect(other.version).toBe(one.version);
    expect(one.id).toContain(persons[0]?.id);
    expect(other.id).toContain(persons[1]?.id);
  });

  it('is never what another has to do: who has read a notice is not told to, whoever was told before them', async () => {
    const [, ola] = persons;
    if (ola) await people.acknowledge(ola, shown);
    if (ola) await people.refuse(ola, shown, ['newsletter']);
    const readers = await login('subscription { policyNotices { id kind version { label } obligation { kind } } }');
    const waiting = readers.map((next) => next().then(told));
    // To the one who has read it, the next publication is the first thing to tell.
    api.clock.nowMs += 1_000;
    await people.publish(policy, { text: 'Versjon to.', label: 'To', reasons: ['WORDING'] });
    const [first, second, third] = await Promise.all(waiting);
    expect([first.kind, first.obligation?.kind]).toEqual(['OUTSTANDING', 'READ_NOTICE']);
    expect([third.kind, third.obligation?.kind]).toEqual(['OUTSTANDING', 'READ_NOTICE']);
    expect([second.kind, second.obligation, second.version.label]).toEqual(['ANNOUNCED', null, 'To']);
    [first, second, third].forEach(({ id }, place) => {
      expect(id).toContain(persons[place]?.id);
    });
  });

  it('is answered to each as soon as why it is to be done is asked: that is a fact of their own', async () => {
    const document =
      'subscription { policyNotices { id obligation { kind reason { code rule sentence(locale: "en") } } } }';
    const [first, second] = await Promise.all((await login(document)).map((next) => next().then(told)));
    expect(first.obligation).toMatchObject({ kind: 'READ_NOTICE', reason: { code: 'NOT_READ' } });
    expect(second.obligation).toEqual(first.obligation);
    expect(second.obligation).not.toBe(first.obligation);
  });

  it('is refused to somebody whose token has run out, though others are told it', async () => {
    const [kari, ola] = persons;
    const shortly: Caller = { ...ola?.token, expiresAt: api.clock.nowMs + 1_000 } as Caller;
    const readers = [await watch(NOTICES, kari?.token), await watch(NOTICES, shortly)];
    await Promise.all(readers.map((next) => next()));
    const waiting = readers.map((next) => next());
    api.clock.nowMs += 2_000;
    await people.publish(policy, { text: 'Versjon to.', label: 'To' });
    const [good, bad] = await Promise.all(waiting);
    expect(good?.errors).toBeUndefined();
    expect(bad?.errors?.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
  });
});
