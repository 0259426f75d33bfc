import { type ExecutionResult, parse } from 'graphql';
import { ANONYMOUS, type Caller } from '../../src/api/auth/caller';
import { createApiContext } from '../../src/api/context';
import { buildApiSchema } from '../../src/api/schema';
import { createSharedSubscribe } from '../../src/api/shared-subscribe';
import { openTestApi, type TestApi } from '../support/api-harness';
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
